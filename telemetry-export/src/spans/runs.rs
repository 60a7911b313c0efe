//! Runs and the processes they are in: how they begin, delegate and end.

use std::cmp::Reverse;
use std::sync::Arc;

use telemetry_core::event::{ProcessStarted, RunEnded, RunStarted, RunUpdated, SubagentStarted};
use telemetry_core::ids::{ProcessId, RunId, SpanId};
use telemetry_core::outcome::{Closed, ProcessOver, judge_run};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::ProcessEnd;

use super::assembler::{Assembler, Each};
use super::open::{Closing, Counts, Delegation, OpenRun};
use super::span::{Continued, Fact, Run, RunOver};

/// Runs that are remembered when they are over: what comes late is put where it belongs.
const RUNS_REMEMBERED: usize = 1_024;
/// How long they are when their process is over too, by the clock of the log: ten minutes.
const REMEMBERED_NS: i64 = 600_000_000_000;

impl Assembler {
    /// Takes care that a run is known, if only by its id.
    pub(super) fn run(&mut self, id: RunId, at: UnixNanos) {
        let open = self.open.runs.entry(id).or_insert_with(|| OpenRun::new(unheard_of(id), at));
        open.heard(at);
    }

    pub(super) fn known(&self, id: RunId) -> Option<Arc<Run>> {
        self.open.runs.get(&id).map(|open| Arc::clone(&open.run))
    }

    pub(super) fn counted(&mut self, run: RunId, count: impl FnOnce(&mut Counts)) {
        if let Some(open) = self.open.runs.get_mut(&run) {
            count(&mut open.counts);
        }
    }

    pub(super) fn process_started(&mut self, started: &ProcessStarted) {
        let process = self.open.processes.entry(started.process).or_default();
        process.host = Some(started.host.clone());
        process.version = started.version.clone();
        process.command = started.command.clone();
    }

    pub(super) fn run_started(&mut self, id: RunId, at: UnixNanos, started: &RunStarted) {
        let parent =
            started.parent.or_else(|| self.open.delegations.get(&id).map(|delegation| delegation.parent));
        let process = self.open.processes.entry(started.process).or_default().clone();
        let continues = started.continues.map(|run| {
            let known = self.known(run);
            let session_id = known.as_ref().and_then(|run| run.session_id.clone());
            Continued { run, trace: known.map_or(run, |run| run.trace), session_id }
        });
        let Some(open) = self.open.runs.get_mut(&id) else { return };
        let run = Arc::make_mut(&mut open.run);
        run.process = Some(started.process);
        run.session_id = Some(started.session_id.clone());
        run.host = Some(started.host.clone());
        run.version = process.version;
        run.command = process.command;
        run.profile = started.profile.clone();
        run.platform = started.platform.clone().or(run.platform.take());
        run.entrypoint = started.entrypoint.clone().or(run.entrypoint.take());
        run.model = started.model.clone().or(run.model.take());
        run.continues = continues.or(run.continues.take());
        if let Some(parent) = parent {
            self.adopt(id, parent, at);
        }
    }

    pub(super) fn run_updated(&mut self, id: RunId, updated: &RunUpdated) {
        let Some(open) = self.open.runs.get_mut(&id) else { return };
        let run = Arc::make_mut(&mut open.run);
        run.platform = run.platform.take().or(updated.platform.clone());
        run.entrypoint = run.entrypoint.take().or(updated.entrypoint.clone());
        run.model = run.model.take().or(updated.model.clone());
    }

    pub(super) fn delegated(&mut self, parent: RunId, at: UnixNanos, started: &SubagentStarted) {
        if started.child == parent {
            return;
        }
        let known = self.open.delegations.get(&started.child);
        if known.is_none_or(|known| known.place.is_none()) {
            let (turn, role) = (started.turn, started.role.clone());
            let delegation = Delegation { parent, turn, at, role, place: None };
            self.open.delegations.insert(started.child, delegation);
        }
        if self.open.runs.contains_key(&started.child) {
            self.adopt(started.child, parent, at);
        }
    }

    /// Puts a run into the tree of its parent.
    fn adopt(&mut self, id: RunId, parent: RunId, at: UnixNanos) {
        let above = self.known(parent);
        let trace = above.as_ref().map_or(parent, |above| above.trace);
        // Runs that are each other's parents, which no host means.
        if trace == id {
            return;
        }
        let delegation = self.open.delegations.entry(id).or_insert_with(|| {
            let turn = self.open.runs.get(&parent).and_then(OpenRun::turn_at_work);
            Delegation { parent, turn, at, role: None, place: None }
        });
        let role = delegation.role.clone();
        let Some(open) = self.open.runs.get_mut(&id) else { return };
        let run = Arc::make_mut(&mut open.run);
        (run.parent, run.trace) = (Some(parent), trace);
        run.parent_session_id = above.as_ref().and_then(|above| above.session_id.clone());
        run.trace_session_id =
            above.and_then(|above| above.trace_session_id.clone().or_else(|| above.session_id.clone()));
        run.role = role.or(run.role.take());
    }

    pub(super) fn run_ended(&mut self, id: RunId, at: UnixNanos, ended: &RunEnded, each: Each<'_>) {
        let Some(open) = self.open.runs.get_mut(&id) else { return };
        open.closes.push(Closed { at, close: ended.close.clone(), reason: ended.reason.clone() });
        self.turns_over(id, |_, _| true, false, each);
        self.run_over(id, false, each);
    }

    /// A run came back to who delegated to it.
    pub(super) fn returned(&mut self, child: RunId, each: Each<'_>) {
        if let Some(open) = self.open.runs.get_mut(&child) {
            open.returned = true;
            self.over_if_returned(child, each);
        }
    }

    pub(super) fn over_if_returned(&mut self, id: RunId, each: Each<'_>) {
        let over = |open: &OpenRun| open.returned && open.turns.is_empty() && open.last_turn.is_some();
        if self.open.runs.get(&id).is_some_and(over) {
            self.run_over(id, false, each);
        }
    }

    pub(super) fn process_ended(
        &mut self,
        process: ProcessId,
        end: &ProcessEnd,
        at: UnixNanos,
        each: Each<'_>,
    ) {
        self.open.processes.entry(process).or_default().over = Some((end.clone(), at));
        self.all_over(|run| run.process == Some(process), false, each);
        self.forget_process(process);
    }

    /// There is no more to come: what is open is handed on as it is.
    pub fn finish(&mut self, each: Each<'_>) {
        self.all_over(|_| true, true, each);
    }

    /// Hands on runs that are not yet, those that were delegated to before those that delegated.
    fn all_over(&mut self, which: impl Fn(&Run) -> bool, unclosed: bool, each: Each<'_>) {
        let of_those = self.open.runs.values().filter(|open| which(&open.run));
        let mut runs: Vec<(usize, UnixNanos, RunId)> =
            of_those.map(|open| (self.depth(open.run.id), open.first, open.run.id)).collect();
        runs.sort_unstable_by_key(|(depth, start, id)| (Reverse(*depth), *start, *id));
        for (.., id) in runs {
            self.turns_over(id, |_, _| true, unclosed, each);
            self.settle_place(id);
            self.run_over(id, unclosed, each);
        }
    }

    /// How many runs are above one.
    fn depth(&self, id: RunId) -> usize {
        let parent = |id: &RunId| self.open.runs.get(id).and_then(|open| open.run.parent);
        std::iter::successors(Some(id), parent).take(self.open.runs.len()).count() - 1
    }

    /// Hands on a run that is over, or lets it wait until it is known in which call it was delegated to.
    fn run_over(&mut self, id: RunId, unclosed: bool, each: Each<'_>) {
        let process = self.process_over(id);
        let Some(parent) = self.place_of(id) else {
            if let Some(open) = self.open.runs.get_mut(&id) {
                open.state = Closing::Waiting;
            }
            return;
        };
        let Some(open) = self.open.runs.get_mut(&id) else { return };
        if open.state == Closing::HandedOn {
            return;
        }
        open.state = Closing::HandedOn;
        let judged = judge_run(open.last_turn.as_ref(), &open.closes, process.as_ref());
        let end = judged.end.or(open.last_turn.as_ref().and_then(|turn| turn.over)).unwrap_or(open.last);
        let Counts { turns, model_calls, failed_attempts, tool_calls } = open.counts;
        let over = RunOver {
            verdict: judged.verdict,
            end_reason: judged.end_reason,
            unclosed: unclosed && open.closes.is_empty() && process.is_none(),
            reopened: open.reopened,
            turns,
            model_calls,
            failed_attempts,
            tool_calls,
        };
        let (span, start) = (open.span(), open.first);
        self.hand_on(id, span, parent, (start, end), Fact::Run(over), each);
        self.open.closed.push_back(id);
    }

    /// The span a run happened in: none at the top of a tree. `None` while it is not known.
    fn place_of(&self, id: RunId) -> Option<Option<SpanId>> {
        let parent = self.open.runs.get(&id)?.run.parent;
        let Some(parent) = parent else { return Some(None) };
        match self.open.delegations.get(&id) {
            None => Some(Some(parent.span())),
            Some(delegation) => delegation.place.map(Some),
        }
    }

    /// Settles where the runs were delegated to from `turn`, as far as the calls that are over tell; all of them when the
    /// turn `is_over`.
    pub(super) fn place_children(&mut self, run: RunId, turn: SpanId, is_over: bool, each: Each<'_>) {
        let Some(open) = self.open.runs.get(&run).and_then(|open| open.turns.get(&turn)) else { return };
        let mut placed = Vec::new();
        for (child, delegation) in &mut self.open.delegations {
            if delegation.parent == run && delegation.turn == Some(turn) && delegation.place.is_none() {
                let place = match is_over {
                    true => Some(open.place(delegation.at).unwrap_or(turn)),
                    false => open.place_of_delegating(delegation.at),
                };
                delegation.place = place;
                placed.extend(place.map(|_| *child));
            }
        }
        for child in placed {
            if self.open.runs.get(&child).is_some_and(|open| open.state == Closing::Waiting) {
                self.run_over(child, false, each);
            }
        }
    }

    /// Decides where a run was delegated to by what is known now.
    fn settle_place(&mut self, id: RunId) {
        let Some(delegation) = self.open.delegations.get_mut(&id).filter(|known| known.place.is_none())
        else {
            return;
        };
        let above = self.open.runs.get(&delegation.parent);
        let turn = delegation.turn.and_then(|turn| above?.turns.get(&turn));
        let place = turn.and_then(|turn| turn.place(delegation.at)).or(delegation.turn);
        delegation.place = Some(place.unwrap_or_else(|| match above {
            Some(above) => above.span(),
            None => delegation.parent.span(),
        }));
    }

    pub(super) fn process_over(&self, run: RunId) -> Option<ProcessOver> {
        let process = self.open.runs.get(&run)?.run.process?;
        self.open.processes.get(&process)?.over.clone()
    }

    /// Forgets what nobody will speak of any more.
    pub(super) fn forget(&mut self, now: UnixNanos) {
        while let Some(&oldest) = self.open.closed.front() {
            let open = self.open.runs.get(&oldest);
            let is_over = open.is_none_or(|open| open.state == Closing::HandedOn);
            let long_ago = || self.process_over(oldest).is_some_and(|(_, at)| now.since(at) > REMEMBERED_NS);
            if is_over && self.open.closed.len() <= RUNS_REMEMBERED && !long_ago() {
                return;
            }
            self.open.closed.pop_front();
            if !is_over {
                continue;
            }
            let process = self.open.runs.remove(&oldest).and_then(|open| open.run.process);
            let runs = &self.open.runs;
            self.open.delegations.retain(|child, delegation| {
                *child != oldest && (delegation.parent != oldest || runs.contains_key(child))
            });
            if let Some(process) = process {
                self.forget_process(process);
            }
        }
    }

    /// Forgets a process that is over and of which no run is remembered.
    fn forget_process(&mut self, process: ProcessId) {
        let over = self.open.processes.get(&process).is_some_and(|known| known.over.is_some());
        if over && !self.open.runs.values().any(|open| open.run.process == Some(process)) {
            self.open.processes.remove(&process);
        }
    }
}

/// A run of which nothing but its id is known.
fn unheard_of(id: RunId) -> Run {
    Run {
        id,
        trace: id,
        process: None,
        session_id: None,
        host: None,
        version: None,
        command: None,
        platform: None,
        entrypoint: None,
        profile: None,
        model: None,
        parent: None,
        parent_session_id: None,
        trace_session_id: None,
        role: None,
        continues: None,
    }
}
