//! Our own export: spans that say what they are in `telemetry.kind`, and log records that are events of ours.
//!
//! Ids are those of the events they were made of, so that the same session by the own wire and by this one is one.

use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use serde_json::{Map, Value};
use telemetry_core::codec;
use telemetry_core::cost::NanoDollars;
use telemetry_core::event::{
    ApprovalAnswered, ApprovalRequested, AttemptFailed, AttemptStarted, Billing, Body, Event, ModelCall,
    ProcessEnded, ProcessStarted, RunEnded, RunStarted, SubagentEnded, SubagentStarted, ToolCall, TurnEnded,
    TurnStarted,
};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::outcome::{IDLE_TIMEOUT, NO_RESPONSE, Outcome, PROCESS_EXIT, PROCESS_LOST};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{Command, Entrypoint, ErrorClass, ProcessEnd, RunClose, ToolStatus};

use super::said::{self, key};
use crate::otlp::gathered::Gathered;
use crate::otlp::items::{LogItem, SpanItem};
use crate::otlp::mark::Mark;
use crate::otlp::usage::Counts;

const MARK: Mark = Mark { whole: true, ..Mark::SPAN };

/// A span of a run.
struct Of<'s, 'a> {
    span: &'s SpanItem<'a>,
    run: RunId,
}

pub(super) fn span(span: &SpanItem<'_>, out: &mut Gathered) {
    let Some(run) = span.of.text(&["telemetry.run.id"]).and_then(|id| id.parse().ok()) else { return };
    let of = Of { span, run };
    match span.of.text(&["telemetry.kind"]).unwrap_or_default() {
        "run" => of.run(out),
        "turn" => of.turn(out),
        "model_call" => of.call(out),
        "attempt" => of.attempt(out),
        "tool_call" => of.tool(out),
        "approval" => of.approval(out),
        _ => {}
    }
}

impl Of<'_, '_> {
    fn say(&self, at: UnixNanos, key: Key, mark: Mark, body: impl Into<Body>, out: &mut Gathered) {
        let mut event = Event::new(at, self.run, &key.number(self.run.0), body);
        mark.put(&mut event);
        out.keep(&self.span.origin.host, event);
    }

    fn outcome(&self) -> (Option<Outcome>, Option<Name>) {
        let of = &self.span.of;
        (of.text(&["telemetry.outcome"]).and_then(Outcome::parse), of.name(&["telemetry.outcome.reason"]))
    }

    fn run(&self, out: &mut Gathered) {
        let (of, start, end) = (&self.span.of, self.span.start, self.span.end);
        let run = Key::new("otlp run");
        let process: Option<ProcessId> = of.text(&["telemetry.process.id"]).and_then(|id| id.parse().ok());
        let parent: Option<RunId> = of.text(&["telemetry.run.parent.id"]).and_then(|id| id.parse().ok());
        let host = of.name(&["telemetry.host"]);
        let session = of.name(&["telemetry.session.id"]);
        if let (Some(process), Some(host), Some(session_id)) = (process, &host, &session) {
            let (host, session_id) = (host.clone(), session_id.clone());
            let started = RunStarted {
                process,
                session_id,
                host,
                platform: of.name(&["telemetry.run.platform"]),
                entrypoint: of
                    .text(&["telemetry.run.entrypoint"])
                    .and_then(|word| known(Entrypoint::KNOWN, Entrypoint::as_str, word)),
                profile: of.name(&["telemetry.run.profile"]),
                model: of.name(&["telemetry.run.model"]),
                parent,
                continues: of.text(&["telemetry.run.continues"]).and_then(|id| id.parse().ok()),
            };
            self.say(start, run.clone(), MARK, started, out);
        }
        if let (Some(process), Some(host)) = (process, host) {
            let command = of
                .text(&["telemetry.run.command"])
                .and_then(|word| known(Command::KNOWN, Command::as_str, word));
            let version = of.name(&["telemetry.version"]);
            let started =
                ProcessStarted { process, host, pid: 0, birthplace: None, born: None, version, command };
            let mut event = Event::new(start, None, &Key::new("otlp process").number(process.0), started);
            MARK.put(&mut event);
            out.keep(&self.span.origin.host, event);
        }
        if let (Some(parent), Some(child_session_id)) = (parent, session) {
            let role = of.name(&["telemetry.run.role"]);
            let child = self.run;
            let above = Of { span: self.span, run: parent };
            let started = SubagentStarted { child, child_session_id, turn: None, subagent_id: None, role };
            above.say(start, Key::new("otlp delegated").number(child.0), MARK, started, out);
            let ended =
                SubagentEnded { child, turn: None, status: None, duration_ns: Some(self.span.took()) };
            above.say(end, Key::new("otlp returned").number(child.0), MARK, ended, out);
        }
        self.run_over(process, out);
    }

    fn run_over(&self, process: Option<ProcessId>, out: &mut Gathered) {
        let (of, end) = (&self.span.of, self.span.end);
        let (outcome, reason) = self.outcome();
        let end_reason = of.name(&["telemetry.run.end_reason"]);
        let by_process = match (outcome, reason.as_deref()) {
            (Some(Outcome::Unknown), Some(PROCESS_LOST)) => Some(ProcessEnd::Lost),
            (Some(Outcome::Interrupted), Some(PROCESS_EXIT)) => Some(ProcessEnd::Exit),
            _ => None,
        };
        if let (Some(process), Some(how)) = (process, by_process) {
            let mut event = Event::new(
                end,
                None,
                &Key::new("otlp process over").number(process.0),
                ProcessEnded { process, end: how },
            );
            MARK.put(&mut event);
            return out.keep(&self.span.origin.host, event);
        }
        let close = match (outcome, reason.as_deref()) {
            (None | Some(Outcome::Running), _) => return,
            (Some(Outcome::Reset), _) => RunClose::Reset,
            (Some(Outcome::Compressed), _) => RunClose::Compressed,
            (Some(Outcome::TimedOut), Some(IDLE_TIMEOUT)) => RunClose::Idle,
            _ => RunClose::Finalized,
        };
        let reopened = of.count(&["telemetry.run.reopened"]).unwrap_or(0);
        let reason = end_reason.or(reason.filter(|_| close != RunClose::Finalized));
        self.say(end, Key::new("otlp run over").number(reopened), MARK, RunEnded { close, reason }, out);
    }

    fn turn(&self, out: &mut Gathered) {
        let (of, turn) = (&self.span.of, self.span.id);
        let started = TurnStarted {
            model: of.name(&["telemetry.turn.model"]),
            ..said::turn_started(turn, of.name(&["telemetry.turn.id"]))
        };
        self.say(self.span.start, key("otlp turn", turn), MARK, started, out);
        let (outcome, reason) = self.outcome();
        let (completed, interrupted, failed) = match (outcome, reason.as_deref()) {
            // Concluded from what left the turn behind, and to be again.
            (Some(Outcome::Errored), Some(NO_RESPONSE)) => return,
            (Some(Outcome::Completed), _) => (true, false, false),
            (Some(Outcome::Interrupted), _) => (false, true, false),
            (Some(Outcome::Errored | Outcome::TimedOut), _) => (false, false, true),
            (Some(Outcome::Limited), _) => (false, false, false),
            _ => return,
        };
        let ended = TurnEnded { turn, completed, interrupted, failed, reason };
        self.say(self.span.end, key("otlp turn over", turn), MARK, ended, out);
    }

    fn call(&self, out: &mut Gathered) {
        let (span, of) = (self.span, &self.span.of);
        let Some(turn) = span.parent else { return };
        if span.failed() {
            // Its attempts are told by themselves, but not which turn they are of.
            let (model, provider) =
                (of.name(&["gen_ai.request.model", "llm.request.model_name"]), self.provider());
            let started = AttemptStarted { turn, call: span.id, attempt: 0, model, provider };
            return self.say(span.start, key("otlp attempt begun", span.id), MARK, started, out);
        }
        let status = of.text(&["telemetry.cost.status"]);
        let reported = of.number(&["telemetry.cost.reported_nanos"]).map(|nanos| NanoDollars(nanos as i64));
        let service_tier = of.name(&["telemetry.service_tier"]);
        let batch = of.flag(&["telemetry.batch"]).unwrap_or(false);
        let billing = Billing { reported, service_tier, batch, included: status == Some("included") };
        let retries = of.count(&["telemetry.retries"]).unwrap_or(0).min(u64::from(u32::MAX)) as u32;
        let ttft = of.number(&["gen_ai.response.time_to_first_chunk"]);
        let answered = ModelCall {
            model: of.name(&["gen_ai.request.model", "llm.request.model_name"]),
            response_model: of.name(&["gen_ai.response.model", "llm.response.model_name"]),
            provider: self.provider(),
            base_url: super::genai::server(of),
            api_mode: of.name(&["telemetry.api_mode"]),
            start_ns: Some(span.start),
            latency_ns: Some(span.took()),
            ttft_ns: ttft.map(|seconds| (seconds * 1e9).round() as i64),
            retries,
            finish_reason: of.first(&["gen_ai.response.finish_reasons", "llm.finish_reason"]),
            usage: Counts::of_conventions(of).cached_in_input(),
            billing: (billing != Billing::default()).then(|| Box::new(billing)),
            ..said::model_call(turn, span.id)
        };
        self.say(span.end, key("otlp call", span.id), MARK, answered, out);
    }

    /// The provider in the host's own words.
    fn provider(&self) -> Option<Name> {
        let of = &self.span.of;
        of.name(&["telemetry.provider", "gen_ai.provider.name", "llm.provider"])
            .filter(|word| *word != "_OTHER")
    }

    fn attempt(&self, out: &mut Gathered) {
        let (span, of) = (self.span, &self.span.of);
        let (Some(call), true) = (span.parent, span.failed()) else { return };
        let attempt = of.count(&["telemetry.attempt.number"]).unwrap_or(0).min(u64::from(u32::MAX)) as u32;
        let status = of.count(&["http.response.status_code"]).and_then(|status| u16::try_from(status).ok());
        let word = of.text(&["error.type"]);
        let class = word
            .and_then(|word| known(ErrorClass::KNOWN, ErrorClass::as_str, word))
            .unwrap_or(ErrorClass::Unknown);
        let thrown = span.events.iter().find(|event| event.name == "exception");
        let thrown = thrown.and_then(|event| {
            crate::otlp::attributes::Attributes::of(&event.attributes).name(&["exception.type"])
        });
        let failed = AttemptFailed {
            reason: of.name(&["telemetry.attempt.reason"]),
            error_type: thrown.filter(|thrown| thrown.as_str() != class.as_str()),
            status_code: status,
            exhausted: of.flag(&["telemetry.attempt.exhausted"]).unwrap_or(false),
            attempt_ns: Some(span.took()),
            // A call that fails has a turn by the span around it.
            ..said::attempt_failed(self.run.span(), call, attempt, class)
        };
        self.say(span.end, key("otlp attempt", call).number(attempt), MARK.turn_unsaid(), failed, out);
    }

    fn tool(&self, out: &mut Gathered) {
        let (span, of) = (self.span, &self.span.of);
        let Some(turn) = span.parent else { return };
        let status = of
            .text(&["telemetry.tool.status"])
            .and_then(|word| known(ToolStatus::KNOWN, ToolStatus::as_str, word));
        let tool = ToolCall {
            call: of.text(&["telemetry.tool.model_call"]).and_then(|id| id.parse().ok()),
            toolset: of.name(&["telemetry.tool.toolset"]),
            tool_call_id: of.name(&["gen_ai.tool.call.id", "tool.id"]),
            error_type: of.name(&["telemetry.tool.error_type"]),
            duration_ns: Some(span.took()),
            ..said::tool_call(
                turn,
                span.id,
                of.name(&["gen_ai.tool.name", "tool.name"]).unwrap_or(Name::fixed("")),
                status.unwrap_or(ToolStatus::Unknown),
            )
        };
        self.say(span.end, key("otlp tool", span.id), MARK, tool, out);
    }

    fn approval(&self, out: &mut Gathered) {
        let (span, of) = (self.span, &self.span.of);
        let (approval, turn): (SpanId, SpanId) = (span.id, self.run.span());
        let (tool_call_id, surface) =
            (of.name(&["telemetry.approval.tool_call_id"]), of.name(&["telemetry.approval.surface"]));
        let asked = ApprovalRequested {
            turn,
            approval,
            tool_call_id: tool_call_id.clone(),
            surface: surface.clone(),
        };
        self.say(span.start, key("otlp asked", approval), MARK.turn_unsaid(), asked, out);
        let Some(choice) = of.name(&["telemetry.approval.choice"]) else { return };
        let wait_ns = Some(span.took());
        let answered =
            ApprovalAnswered { turn, approval, tool_call_id, surface, choice: Some(choice), wait_ns };
        self.say(span.end, key("otlp approval", approval), MARK.turn_unsaid(), answered, out);
    }
}

/// A word of a list. Any other is nothing: texts from outside are not to be kept for ever.
fn known<T: Clone>(words: &[T], as_str: fn(&T) -> &str, word: &str) -> Option<T> {
    words.iter().find(|known| as_str(known) == word).cloned()
}

/// An event as it was, but for those that spans tell of.
pub(super) fn log(log: &LogItem<'_>, out: &mut Gathered) {
    let Some(kind) = log.name.strip_prefix("telemetry.") else { return };
    let Some(id) = log.of.text(&["log.record.uid"]) else { return };
    let mut line = Map::new();
    for (field, said) in log.of.below(&format!("{}.", log.name)) {
        line.insert(field.to_owned(), json(said));
    }
    line.insert("v".into(), telemetry_core::event::SCHEMA_VERSION.into());
    line.insert("event".into(), kind.into());
    line.insert("id".into(), id.into());
    line.insert("ts".into(), log.at.0.into());
    if let Some(run) = log.of.text(&["telemetry.run.id"]) {
        line.insert("run".into(), run.into());
    }
    let line = serde_json::to_vec(&Value::Object(line)).unwrap_or_default();
    if let Ok(event) = codec::decode(&line) {
        out.keep(&log.origin.host, event);
    }
}

fn json(said: &Said) -> Value {
    let of = |value: &AnyValue| value.value.as_ref().map_or(Value::Null, json);
    match said {
        Said::StringValue(text) => text.as_str().into(),
        Said::BoolValue(flag) => (*flag).into(),
        Said::IntValue(number) => (*number).into(),
        Said::DoubleValue(number) => (*number).into(),
        Said::ArrayValue(list) => list.values.iter().map(of).collect(),
        Said::KvlistValue(list) => {
            let field = |field: &opentelemetry_proto::tonic::common::v1::KeyValue| {
                Some((field.key.clone(), field.value.as_ref().map(of)?))
            };
            Value::Object(list.values.iter().filter_map(field).collect())
        }
        Said::BytesValue(_) | Said::StringValueStrindex(_) => Value::Null,
    }
}
