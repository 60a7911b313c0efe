//! What was said finds what it was said of.

use std::collections::VecDeque;

use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::Part;

use super::held::{Said, Spoken};
use super::message::Message;
use super::turn::{Approval, Call, Child, Request, Tool, Turn};

/// What was said in a turn, all parts of it included. `messages` is how many the run's last request had.
pub(super) fn of_turn(turn: &mut Turn, messages: &mut Option<u64>, spoken: &mut dyn Spoken) {
    let run = turn.run.id;
    for said in spoken.take(run, turn.span) {
        match said.part {
            Part::UserMessage => turn.user_message = Some(said.value()),
            Part::FinalAnswer => turn.final_answer = Some(said.value()),
            _ => {}
        }
    }
    of_calls(run, &mut turn.calls, messages, spoken);
    for tool in &mut turn.tools {
        of_tool(run, tool, spoken);
    }
    for approval in &mut turn.approvals {
        of_approval(run, approval, spoken);
    }
    spoken.forget(run, turn.end);
}

/// What was said in model calls, in the order in which they were over. Each also says what requests before it had said that were
/// never answered: a host that is interrupted, or goes on by itself where a model stopped, tells of no end.
pub(super) fn of_calls(run: RunId, calls: &mut [Call], messages: &mut Option<u64>, spoken: &mut dyn Spoken) {
    let last = calls.iter().map(|call| call.end).max().unwrap_or(UnixNanos(i64::MIN));
    let told = calls.iter().map(|call| call.span).collect();
    let mut unanswered = VecDeque::from(spoken.unanswered(run, last, &told));
    for call in calls {
        let earlier = unanswered.iter().take_while(|said| said.ts < call.end).count();
        let mut earlier_request = None;
        for said in unanswered.drain(..earlier) {
            match said.part {
                Part::RequestMessages => {
                    let next = request(&said, messages);
                    earlier_request = Some(match earlier_request {
                        Some(earlier) => next.after(earlier),
                        None => next,
                    });
                }
                _ => of_request(call, &said),
            }
        }
        for said in spoken.take(run, call.span) {
            match said.part {
                Part::RequestMessages => {
                    let next = request(&said, messages);
                    call.requests.push(match earlier_request.take() {
                        Some(earlier) => next.after(earlier),
                        None => next,
                    });
                }
                Part::AssistantMessage => call.message = Some(Message::read(&said.value())),
                Part::Reasoning => call.reasoning = Some(said.value()),
                _ => of_request(call, &said),
            }
        }
        // What is sent once more has no news of its own.
        call.requests.extend(earlier_request);
        for failure in &mut call.failures {
            failure.message = spoken.take(run, failure.span).pop().map(|said| said.value());
        }
    }
}

/// What a request says beside its messages.
fn of_request(call: &mut Call, said: &Said) {
    match said.part {
        Part::SystemPrompt => call.system_prompt = Some(said.value()),
        Part::ToolDefinitions => call.tool_definitions = Some(said.value()),
        _ => {}
    }
}

/// What was said in a tool call.
pub(super) fn of_tool(run: RunId, tool: &mut Tool, spoken: &mut dyn Spoken) {
    for said in spoken.take(run, tool.call.span) {
        let place = match said.part {
            Part::ToolArguments => &mut tool.arguments,
            Part::ToolResult => &mut tool.result,
            Part::ErrorMessage => &mut tool.error,
            _ => continue,
        };
        *place = Some(said.value());
    }
}

/// What was asked to be allowed.
pub(super) fn of_approval(run: RunId, approval: &mut Approval, spoken: &mut dyn Spoken) {
    approval.request = spoken.take(run, approval.span).pop().map(|said| said.value());
}

/// What was said between a subagent and its parent.
pub(super) fn of_child(child: &mut Child, spoken: &mut dyn Spoken) {
    let run = child.end.run.id;
    for said in spoken.take(run, run.span()) {
        match said.part {
            Part::SubagentGoal => child.goal = Some(said.value()),
            Part::SubagentSummary => child.summary = Some(said.value()),
            _ => {}
        }
    }
}

/// A conversation only grows; a request that is shorter than the one before has lost some of it.
fn request(said: &Said, before: &mut Option<u64>) -> Request {
    let (from, messages) = (said.from.unwrap_or(0), said.value());
    let length = messages.as_array().map(|new| u64::from(from) + new.len() as u64);
    let rewritten = matches!((length, &before), (Some(length), Some(before)) if length < *before);
    *before = length.or(*before);
    Request { from, messages, rewritten }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use serde_json::{Value, json};
    use telemetry_core::content::Content;
    use telemetry_core::ids::{EventId, SpanId};
    use telemetry_policy::{Cleared, Gate, Redact, Settings};

    use super::super::held::Held;
    use super::super::spool::Kept;
    use super::*;

    const RUN: RunId = RunId(1);

    /// What one request said.
    fn request(gate: &Gate, span: u64, ts: i64, from: u32, messages: &Value) -> Cleared<Content> {
        said(gate, span, ts, Part::RequestMessages, Some(from), messages)
    }

    fn said(
        gate: &Gate,
        span: u64,
        ts: i64,
        part: Part,
        from: Option<u32>,
        body: &Value,
    ) -> Cleared<Content> {
        let body = serde_json::value::to_raw_value(body).unwrap();
        let id = EventId(1);
        gate.clear(Content { id, ts: UnixNanos(ts), run: RUN, span: SpanId(span), part, from, body })
    }

    /// Nothing of a test is a secret.
    struct Untouched;

    impl Redact for Untouched {
        fn redact(&self, _: &mut Value) {}
    }

    fn gate(home: &Path) -> Gate {
        std::fs::write(home.join("config.yaml"), "telemetry: {trajectories: {enabled: true}}").unwrap();
        let managed = home.join("unmanaged").display().to_string();
        let environment = |name: &str| (name == "HERMES_MANAGED_DIR").then(|| managed.clone());
        Gate::new(&Settings::load_with(home, &environment)).with_redactor(Arc::new(Untouched))
    }

    fn call(span: u64, end: i64) -> Call {
        let (span, end) = (SpanId(span), UnixNanos(end));
        Call { end, ..super::super::gatherer::empty_call(span, end) }
    }

    /// In memory and in a file.
    fn everywhere(home: &Path, pieces: impl Fn() -> Vec<Cleared<Content>>) -> [Box<dyn Spoken>; 2] {
        let (mut held, mut kept) = (Held::default(), Kept::new(home).unwrap());
        pieces().into_iter().for_each(|piece| held.keep(piece));
        pieces().into_iter().for_each(|piece| kept.keep(piece).unwrap());
        [Box::new(held), Box::new(kept)]
    }

    #[test]
    fn the_next_request_says_what_an_unanswered_one_said() {
        let home = tempfile::tempdir().unwrap();
        let gate = gate(home.path());
        let pieces = || {
            vec![
                said(&gate, 1, 1, Part::SystemPrompt, None, &json!("be good")),
                request(&gate, 1, 1, 0, &json!(["asked"])),
                request(&gate, 2, 3, 1, &json!(["half an answer", "go on"])),
                request(&gate, 3, 7, 3, &json!(["more"])),
            ]
        };
        for mut spoken in everywhere(home.path(), pieces) {
            // The first is a turn of its own, of which no call is told.
            of_calls(RUN, &mut [], &mut None, &mut *spoken);
            spoken.forget(RUN, UnixNanos(2));
            let (mut calls, mut messages) = ([call(2, 5), call(3, 9)], None);
            of_calls(RUN, &mut calls, &mut messages, &mut *spoken);
            assert_eq!(calls[0].system_prompt, Some(json!("be good")));
            let told: Vec<_> = calls
                .iter()
                .flat_map(|call| &call.requests)
                .map(|told| (told.from, &told.messages))
                .collect();
            assert_eq!(told, [(0, &json!(["asked", "half an answer", "go on"])), (3, &json!(["more"]))]);
            assert_eq!((calls[1].system_prompt.as_ref(), messages), (None, Some(4)));
            assert_eq!(spoken.unanswered(RUN, UnixNanos(i64::MAX), &[].into()).len(), 0);
        }
    }

    #[test]
    fn what_is_sent_once_more_as_it_was_is_told_with_the_answer() {
        let home = tempfile::tempdir().unwrap();
        let gate = gate(home.path());
        let pieces =
            || vec![request(&gate, 1, 1, 0, &json!(["asked"])), request(&gate, 3, 8, 1, &json!(["later"]))];
        for mut spoken in everywhere(home.path(), pieces) {
            let mut calls = [call(2, 5)];
            of_calls(RUN, &mut calls, &mut None, &mut *spoken);
            assert_eq!(calls[0].requests.len(), 1);
            assert_eq!(calls[0].requests[0].messages, json!(["asked"]));
        }
    }
}
