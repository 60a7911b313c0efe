//! Runs and turns.

use telemetry_core::name::Name;

use super::count;
use super::ending::Ending;
use super::role::{INVOKE_AGENT, Role};
use super::traces::Shape;
use crate::otlp::attributes::Attributes;
use crate::otlp::names;
use crate::spans::{Run, RunOver, TurnOver};

/// The agent a run is of: the role of a subagent, else the host.
pub(super) fn agent(run: &Run) -> Option<&Name> {
    run.role.as_ref().filter(|_| run.parent.is_some()).or(run.host.as_ref())
}

/// A run. It has no tokens, no cost and no model of its own: those are its calls', and receivers that add up spans would
/// count them twice.
pub(super) fn run(run: &Run, over: &RunOver, attributes: &mut Attributes) -> Shape {
    let agent = agent(run);
    attributes.put_known(names::AGENT, agent.map(Name::as_str));
    attributes.put_known(names::HOST, run.host.as_deref());
    attributes.put_known(names::RECORDED_BY, run.version.as_deref());
    attributes.put_known(names::RUN_KIND, run.kind().map(|kind| kind.as_str()));
    attributes.put_known(names::ENTRYPOINT, run.entrypoint.as_ref().map(|entrypoint| entrypoint.as_str()));
    attributes.put_known(names::PLATFORM, run.platform.as_deref());
    attributes.put_known(names::COMMAND, run.command.as_ref().map(|command| command.as_str()));
    attributes.put_known(names::HOST_PROFILE, run.profile.as_deref());
    attributes.put_known(names::RUN_MODEL, run.model.as_deref());
    attributes.put_known(names::PROCESS, run.process.map(|process| process.to_string()).as_deref());
    attributes.put_known(names::PARENT_RUN, run.parent.map(|parent| parent.to_string()).as_deref());
    attributes.put_known(names::PARENT_SESSION, run.parent_session_id.as_deref());
    attributes.put_known(names::ROLE, run.role.as_deref());
    attributes
        .put_known(names::CONTINUES, run.continues.as_ref().map(|other| other.run.to_string()).as_deref());
    attributes.put_known(names::END_REASON, over.end_reason.as_deref());
    attributes.put_known(names::REOPENED, (over.reopened > 0).then_some(&i64::from(over.reopened)));
    attributes.put(names::TURNS, &count(over.turns));
    attributes.put(names::MODEL_CALLS, &count(over.model_calls));
    attributes.put(names::FAILED_ATTEMPTS, &count(over.failed_attempts));
    attributes.put(names::TOOL_CALLS, &count(over.tool_calls));
    verdict(&over.verdict, over.unclosed, attributes);
    let name = agent.map_or_else(|| INVOKE_AGENT.to_owned(), |agent| format!("{INVOKE_AGENT} {agent}"));
    Shape::of(Role::Run, name, Ending::of_verdict(&over.verdict).put(attributes))
}

/// A turn.
pub(super) fn turn(over: &TurnOver, attributes: &mut Attributes) -> Shape {
    attributes.put_known(names::TURN_ID, over.turn_id.as_deref());
    attributes.put(names::TURN_NUMBER, &count(over.number));
    attributes.put_known(names::TURN_MODEL, over.model.as_deref());
    attributes.put(names::MODEL_CALLS, &count(over.model_calls));
    attributes.put(names::TOOL_CALLS, &count(over.tool_calls));
    verdict(&over.verdict, over.unclosed, attributes);
    Shape::of(Role::Turn, "turn".to_owned(), Ending::of_verdict(&over.verdict).put(attributes))
}

fn verdict(verdict: &telemetry_core::outcome::Verdict, unclosed: bool, attributes: &mut Attributes) {
    attributes.put(names::OUTCOME, verdict.outcome.as_str());
    attributes.put_known(names::OUTCOME_REASON, verdict.reason.as_deref());
    attributes.put_known(names::UNCLOSED, unclosed.then_some(&true));
}
