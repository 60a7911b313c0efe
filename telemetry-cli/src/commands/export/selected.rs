//! Which runs trajectories are wanted of: whole trees, because a subagent without who sent it is half a story.

use std::collections::{BTreeMap, BTreeSet};

use telemetry_core::event::{Body, Event};
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::log::LogReader;

use crate::args;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::streams::Streams;

/// What is known of a run before anything of it is written.
#[derive(Default)]
struct Known {
    session: Option<String>,
    parent: Option<RunId>,
    last: Option<UnixNanos>,
}

/// The runs that are wanted.
pub(super) struct Selected {
    runs: BTreeSet<RunId>,
    /// The sessions at the top of their trees.
    #[cfg_attr(not(feature = "atif"), expect(dead_code, reason = "a document is of one, a stream of any"))]
    pub sessions: BTreeSet<String>,
    /// Lines of the log that are no events.
    pub unreadable: u64,
}

impl Selected {
    /// Reads the log for them. A run may be given by the beginning of its id.
    pub fn read(
        log: &LogReader,
        args: &args::Export,
        since: Option<UnixNanos>,
        streams: &mut Streams<'_>,
    ) -> Result<Self, Failure> {
        let mut known: BTreeMap<RunId, Known> = BTreeMap::new();
        let mut progress = Progress::of("looking for runs", streams);
        let learn_all = &mut |event: Event| {
            learn(&mut known, &event);
            true
        };
        let summary = log.read_watched(learn_all, &mut |done, total| progress.has_read(done, total))?;
        let top = |run: RunId| {
            let above = std::iter::successors(Some(run), |run| known.get(run)?.parent);
            // Runs that are each other's parents, which no host means.
            above.take(known.len().max(1)).last().unwrap_or(run)
        };
        let is_wanted = |run: &RunId, of: &Known| match (&args.run, &args.session) {
            (Some(id), _) => run.to_string().starts_with(id.as_str()),
            (None, Some(id)) => of.session.as_ref() == Some(id),
            (None, None) => since.is_none_or(|since| of.last.is_some_and(|last| last >= since)),
        };
        let wanted = known.iter().filter(|(run, of)| is_wanted(run, of)).map(|(run, _)| *run);
        let wanted: Vec<RunId> = wanted.collect();
        if wanted.is_empty() {
            no_such(args)?;
        }
        if let (Some(id), true) = (&args.run, wanted.len() > 1) {
            return Err(Failure::Failed(format!(
                "{} runs begin with {id}; give more of the id",
                wanted.len()
            )));
        }
        let tops: BTreeSet<RunId> = wanted.into_iter().map(top).collect();
        let session = |run: &RunId| {
            let session = known.get(run).and_then(|of| of.session.clone());
            session.unwrap_or_else(|| run.to_string())
        };
        Ok(Selected {
            sessions: tops.iter().map(session).collect(),
            runs: known.keys().filter(|run| tops.contains(&top(**run))).copied().collect(),
            unreadable: summary.unreadable,
        })
    }

    /// Whether something of a run is wanted; what is of no run tells of processes.
    pub fn has(&self, run: Option<RunId>) -> bool {
        run.is_none_or(|run| self.runs.contains(&run))
    }
}

fn no_such(args: &args::Export) -> Result<(), Failure> {
    let what = match (&args.run, &args.session) {
        (Some(id), _) => format!("no run {id}; `telemetry runs` lists them"),
        (None, Some(id)) => format!("no session {id}; `telemetry runs` lists them"),
        (None, None) => return Ok(()),
    };
    Err(Failure::Failed(what))
}

fn learn(known: &mut BTreeMap<RunId, Known>, event: &Event) {
    let Some(run) = event.run else { return };
    let of = known.entry(run).or_default();
    of.last = of.last.max(Some(event.ts));
    match &event.body {
        Body::RunStarted(started) => {
            of.session = Some(started.session_id.to_string());
            of.parent = of.parent.or(started.parent);
        }
        Body::SubagentStarted(started) if started.child != run => {
            known.entry(started.child).or_default().parent = Some(run);
        }
        _ => {}
    }
}
