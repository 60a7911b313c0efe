//! Claude Code: spans (`claude_code.*`) and log records. A call has the id of its request in both, a tool call its id.
//!
//! Input excludes what is cached, and output includes reasoning, as Anthropic counts. What it says a call costs is its own estimate, not the
//! provider's word, and is not taken.

use telemetry_core::event::ToolCall;
use telemetry_core::ids::SpanId;
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::ToolStatus;

use super::said::{self, Decision, Delegation, key};
use crate::otlp::attributes::{Attributes, name};
use crate::otlp::failure;
use crate::otlp::gathered::{Gathered, Origin, Session};
use crate::otlp::items::{LogItem, SpanItem, moment};
use crate::otlp::mark::Mark;
use crate::otlp::usage::Counts;

const AGENT: &str = "claude-code";

fn session(origin: &Origin, of: &Attributes<'_>) -> Option<Session> {
    of.text(&["session.id", "gen_ai.conversation.id"]).map(|id| Session::new(origin, AGENT, id))
}

fn usage(of: &Attributes<'_>) -> Counts {
    Counts {
        input: of.count(&["input_tokens"]),
        output: of.count(&["output_tokens"]),
        cache_read: of.count(&["cache_read_tokens"]).unwrap_or(0),
        cache_write: of.count(&["cache_creation_tokens"]).unwrap_or(0),
        cache_write_1h: of.count(&["cache_creation_1h_tokens"]).unwrap_or(0),
        reasoning: 0,
    }
}

fn provider(of: &Attributes<'_>) -> Option<Name> {
    match of.text(&["anthropic.provider"]) {
        Some("firstParty") | None => {
            of.name(&["gen_ai.provider.name", "gen_ai.system"]).or(Some(Name::fixed("anthropic")))
        }
        Some(provider) => Some(name(provider)),
    }
}

fn by_someone(source: Option<&str>) -> bool {
    // Rules of a config are no question: nobody was asked.
    source.is_some_and(|source| source.starts_with("user") || source == "hook")
}

fn refused(source: Option<&str>) -> ToolStatus {
    match source {
        Some(source) if source.starts_with("user") => ToolStatus::Denied,
        _ => ToolStatus::Blocked,
    }
}

pub(super) fn span(span: &SpanItem<'_>, out: &mut Gathered) {
    let Some(session) = session(span.origin, &span.of) else { return };
    let turn = session.span("turn", &span.trace_name());
    match span.name {
        "claude_code.interaction" => {
            let first = span.of.count(&["interaction.sequence"]).map(|number| number == 1);
            let started = telemetry_core::event::TurnStarted { first, ..said::turn_started(turn, None) };
            out.say(&session, span.start, key("otlp turn", turn), Mark::SPAN, started);
            let mark = Mark { end_unsaid: true, ..Mark::SPAN };
            out.say(&session, span.end, key("otlp turn over", turn), mark, said::turn_over(turn));
        }
        "claude_code.llm_request" => llm_request(span, &session, turn, out),
        "claude_code.tool" => {
            let (id, tool) = tool_of(&session, &span.of, span.id);
            let tool = ToolCall {
                duration_ns: span.of.millis(&["duration_ms"]).or(Some(span.took())),
                ..tool(turn, ToolStatus::Unknown)
            };
            let mark = Mark { also: Some(span.id), ..Mark::SPAN };
            out.say(&session, span.end, key("otlp tool", id), mark, tool);
        }
        "claude_code.tool.execution" => {
            let Some(parent) = span.parent else { return };
            let status = match span.of.flag(&["success"]) {
                Some(true) => ToolStatus::Ok,
                Some(false) => ToolStatus::Error,
                None => ToolStatus::Unknown,
            };
            let tool = said::tool_call(turn, parent, Name::fixed(""), status);
            out.say(&session, span.end, key("otlp tool ran", parent), Mark::SPAN, tool);
        }
        "claude_code.tool.blocked_on_user" => blocked(span, &session, turn, out),
        _ => {}
    }
}

/// A wait for a decision whether a tool may run; its tool call is its parent.
fn blocked(span: &SpanItem<'_>, session: &Session, turn: SpanId, out: &mut Gathered) {
    let (source, choice) = (span.of.text(&["source"]), span.of.name(&["decision"]));
    if choice.as_deref() == Some("reject")
        && let Some(parent) = span.parent
    {
        let tool = said::tool_call(turn, parent, Name::fixed(""), refused(source));
        out.say(session, span.end, key("otlp tool refused", parent), Mark::SPAN, tool);
    }
    if by_someone(source) {
        let wait_ns = Some(span.took());
        let decision =
            Decision { turn, approval: span.id, tool_call_id: None, choice, surface: source, wait_ns };
        decision.say(session, span.end, Mark::SPAN, out);
    }
}

/// The span of a tool call, and how to make one.
fn tool_of(
    session: &Session,
    of: &Attributes<'_>,
    own: SpanId,
) -> (SpanId, impl FnOnce(SpanId, ToolStatus) -> ToolCall) {
    let id = of.name(&["tool_use_id", "gen_ai.tool.call.id"]);
    let span = id.as_ref().map_or(own, |id| session.span("tool", id));
    let tool = of.name(&["tool_name", "gen_ai.tool.name"]).unwrap_or(Name::fixed(""));
    let call = of.text(&["request_id"]).map(|id| session.span("call", id));
    let error_type = of.name(&["error_type"]);
    let make = move |turn, status| ToolCall {
        tool_call_id: id,
        call,
        error_type,
        ..said::tool_call(turn, span, tool, status)
    };
    (span, make)
}

fn llm_request(span: &SpanItem<'_>, session: &Session, turn: SpanId, out: &mut Gathered) {
    let of = &span.of;
    let named = of.text(&["request_id", "gen_ai.response.id"]);
    let call = named.map_or(span.id, |id| session.span("call", id));
    let mark = if named.is_some() { Mark::SPAN } else { Mark::SPAN.loose() };
    let attempts = of.count(&["attempt"]).unwrap_or(1).clamp(1, 64) as u32;
    let failed = of.flag(&["success"]) == Some(false) || span.failed();
    let begun: Vec<UnixNanos> = span
        .events
        .iter()
        .filter(|event| event.name == "gen_ai.request.attempt")
        .filter_map(|event| moment(event.time_unix_nano))
        .collect();
    let before = |attempt: u32| {
        // An attempt failed before the next began.
        let next = begun.get(attempt as usize + 1).copied().unwrap_or(span.end);
        next.min(span.end.plus(-i64::from(attempts - attempt)))
    };
    failures(
        session,
        of,
        (turn, call),
        mark,
        if failed { attempts } else { attempts - 1 },
        |attempt| {
            if failed && attempt + 1 == attempts { (span.end, true) } else { (before(attempt), false) }
        },
        out,
    );
    if failed {
        return;
    }
    let answered = telemetry_core::event::ModelCall {
        model: of.name(&["gen_ai.request.model", "model"]),
        provider: provider(of),
        start_ns: Some(span.start),
        latency_ns: Some(span.took()),
        ttft_ns: of.millis(&["ttft_ms"]),
        retries: attempts - 1,
        finish_reason: of.first(&["stop_reason", "gen_ai.response.finish_reasons"]),
        usage: usage(of).exclusive(),
        ..said::model_call(turn, call)
    };
    out.say(session, span.end, key("otlp call", call), mark, answered);
}

/// Attempts at a call that failed. Of all but the last nothing is told but that they were.
fn failures(
    session: &Session,
    of: &Attributes<'_>,
    (turn, call): (SpanId, SpanId),
    mark: Mark,
    count: u32,
    when: impl Fn(u32) -> (UnixNanos, bool),
    out: &mut Gathered,
) {
    for attempt in 0..count {
        let (at, last) = when(attempt);
        let status_code =
            of.count(&["status_code"]).and_then(|status| u16::try_from(status).ok()).filter(|_| last);
        let word = of.text(&["error_class", "error_type"]).filter(|_| last);
        let failed = telemetry_core::event::AttemptFailed {
            reason: word.map(name),
            status_code,
            exhausted: last,
            model: of.name(&["gen_ai.request.model", "model"]),
            provider: provider(of),
            ..said::attempt_failed(turn, call, attempt, failure::class(status_code, word))
        };
        out.say(session, at, key("otlp attempt", call).number(attempt), mark, failed);
    }
}

pub(super) fn log(log: &LogItem<'_>, out: &mut Gathered) {
    let of = &log.of;
    let Some(session) = session(log.origin, of) else { return };
    let prompt = of.text(&["prompt.id"]);
    let by_trace = log.trace_name().map(|trace| session.span("turn", &trace));
    let (turn, mark) = match prompt {
        Some(prompt) => (session.span("turn", prompt), Mark { turn_is: by_trace, ..Mark::LOG }),
        None => match by_trace {
            Some(turn) => (turn, Mark::LOG),
            None => (session.run.span(), Mark::LOG.turn_unsaid()),
        },
    };
    let named = of.text(&["request_id"]);
    let anonymous = || format!("{}/{}", log.at.0, of.count(&["event.sequence"]).unwrap_or(0));
    match log.name.trim_start_matches("claude_code.") {
        "user_prompt" if prompt.is_some() => {
            out.say(
                &session,
                log.at,
                key("otlp turn", turn),
                mark,
                said::turn_started(turn, prompt.map(name)),
            );
        }
        "api_request" => {
            let call =
                named.map_or_else(|| session.span("call", &anonymous()), |id| session.span("call", id));
            let took = of.millis(&["duration_ms"]);
            let answered = telemetry_core::event::ModelCall {
                model: of.name(&["model"]),
                provider: provider(of),
                start_ns: took.map(|took| log.at.plus(-took)),
                latency_ns: took,
                ttft_ns: of.millis(&["ttft_ms"]),
                usage: usage(of).exclusive(),
                ..said::model_call(turn, call)
            };
            let mark = if named.is_some() { mark } else { mark.loose() };
            out.say(&session, log.at, key("otlp call", call), mark, answered);
        }
        "api_error" => {
            let call =
                named.map_or_else(|| session.span("call", &anonymous()), |id| session.span("call", id));
            let mark = if named.is_some() { mark } else { mark.loose() };
            let count = of.count(&["attempt"]).unwrap_or(1).clamp(1, 64) as u32;
            let took = of.millis(&["duration_ms"]).unwrap_or(0).max(1);
            // Those before failed before the last began.
            let before = |attempt: u32| log.at.plus(-took).plus(-i64::from(count - attempt));
            failures(
                &session,
                of,
                (turn, call),
                mark,
                count,
                |attempt| {
                    if attempt + 1 == count { (log.at, true) } else { (before(attempt), false) }
                },
                out,
            );
        }
        "tool_decision" => {
            let (span, tool) = tool_of(&session, of, log.span.unwrap_or(session.run.span()));
            let (source, choice) = (of.text(&["source"]), of.name(&["decision"]));
            if choice.as_deref() == Some("reject") {
                out.say(&session, log.at, key("otlp tool refused", span), mark, tool(turn, refused(source)));
            }
            if by_someone(source) {
                let (approval, wait_ns) = (log.span.unwrap_or(span), None);
                let tool_call_id = of.name(&["tool_use_id"]);
                let decision = Decision { turn, approval, tool_call_id, choice, surface: source, wait_ns };
                decision.say(&session, log.at, mark, out);
            }
        }
        "tool_result" => {
            let own = session.span("tool", &anonymous());
            let (span, tool) = tool_of(&session, of, own);
            let status = match (of.text(&["decision", "decision_type"]), of.flag(&["success"])) {
                (Some("reject"), _) => refused(of.text(&["source", "decision_source"])),
                (_, Some(true)) => ToolStatus::Ok,
                (_, Some(false)) => ToolStatus::Error,
                (_, None) => ToolStatus::Unknown,
            };
            let tool = ToolCall { duration_ns: of.millis(&["duration_ms"]), ..tool(turn, status) };
            let mark = if of.has("tool_use_id") { mark } else { mark.loose() };
            out.say(&session, log.at, key("otlp tool", span), mark, tool);
        }
        "subagent_completed" => {
            let role = of.name(&["agent_type"]);
            let took_ns = of.millis(&["duration_ms"]).unwrap_or(0);
            let completed = of.flag(&["success"]).unwrap_or(true);
            let id = of
                .text(&["agent_id"])
                .map_or_else(|| format!("{}/{}", session.id(), anonymous()), str::to_owned);
            Delegation { id: &id, turn, role, status: None, completed, took_ns }
                .say(&session, log.at, mark, out);
        }
        _ => {}
    }
}
