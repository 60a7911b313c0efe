//! What was said finds what it was said of.

use serde_json::Value;
use telemetry_core::ids::RunId;
use telemetry_core::vocabulary::Part;

use super::held::Spoken;
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
    for call in &mut turn.calls {
        of_call(run, call, messages, spoken);
    }
    for tool in &mut turn.tools {
        of_tool(run, tool, spoken);
    }
    for approval in &mut turn.approvals {
        of_approval(run, approval, spoken);
    }
    spoken.forget(run, turn.end);
}

/// What was said in a model call.
pub(super) fn of_call(run: RunId, call: &mut Call, messages: &mut Option<u64>, spoken: &mut dyn Spoken) {
    for said in spoken.take(run, call.span) {
        match said.part {
            Part::SystemPrompt => call.system_prompt = Some(said.value()),
            Part::ToolDefinitions => call.tool_definitions = Some(said.value()),
            Part::RequestMessages => {
                call.requests.push(request(said.from.unwrap_or(0), said.value(), messages));
            }
            Part::AssistantMessage => call.message = Some(Message::read(&said.value())),
            Part::Reasoning => call.reasoning = Some(said.value()),
            _ => {}
        }
    }
    for failure in &mut call.failures {
        failure.message = spoken.take(run, failure.span).pop().map(|said| said.value());
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
fn request(from: u32, sent: Value, before: &mut Option<u64>) -> Request {
    let length = sent.as_array().map(|new| u64::from(from) + new.len() as u64);
    let rewritten = matches!((length, &before), (Some(length), Some(before)) if length < *before);
    *before = length.or(*before);
    Request { from, messages: sent, rewritten }
}
