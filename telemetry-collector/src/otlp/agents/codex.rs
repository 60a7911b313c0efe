//! Codex: log records. Its spans are of its insides, and its metrics do not say which session they are of.
//!
//! Input includes what is cached, and output includes reasoning, as OpenAI counts. Nothing names a turn or a call, so a turn is what
//! comes after a prompt, and failures are attempts at the next call that is answered.

use telemetry_core::event::{AttemptFailed, ModelCall, ToolCall};
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ToolStatus;

use super::said::{self, Decision, key};
use crate::otlp::failure;
use crate::otlp::gathered::{Gathered, Session};
use crate::otlp::items::LogItem;
use crate::otlp::mark::Mark;
use crate::otlp::usage::Counts;

const AGENT: &str = "codex";

pub(super) fn log(log: &LogItem<'_>, out: &mut Gathered) {
    let of = &log.of;
    let Some(id) = of.text(&["conversation.id"]) else { return };
    let session = Session::new(log.origin, AGENT, id);
    let (unsaid, mark) = (session.run.span(), Mark::LOG.turn_unsaid());
    let at = log.at.0.to_string();
    let model = of.name(&["model", "slug"]);
    match log.name {
        "codex.conversation_starts" => out.began_with(&session, log.at, model),
        "codex.user_prompt" => {
            let turn = session.span("turn", &at);
            out.say(&session, log.at, key("otlp turn", turn), Mark::LOG, said::turn_started(turn, None));
        }
        "codex.api_request" => {
            let status =
                of.count(&["http.response.status_code"]).and_then(|status| u16::try_from(status).ok());
            let refused = status.is_some_and(|status| !(200..300).contains(&status));
            if refused || of.has("error.message") {
                failed(log, &session, status, out);
            }
        }
        "codex.sse_event" | "codex.websocket_event" => {
            if of.text(&["event.kind"]) == Some("response.failed") {
                return failed(log, &session, None, out);
            }
            let counts = Counts {
                input: of.count(&["input_token_count"]),
                output: of.count(&["output_token_count"]),
                cache_read: of.count(&["cached_token_count"]).unwrap_or(0),
                cache_write: of.count(&["cache_write_token_count"]).unwrap_or(0),
                cache_write_1h: 0,
                reasoning: of.count(&["reasoning_token_count"]).unwrap_or(0),
            };
            // The end of the stream is told twice, and once with tokens.
            let Some(usage) = counts.cached_in_input() else { return };
            let call = session.span("call", &at);
            let answered = ModelCall { model, usage: Some(usage), ..said::model_call(unsaid, call) };
            out.say(&session, log.at, key("otlp call", call), mark, answered);
        }
        "codex.tool_decision" => decided(log, &session, out),
        "codex.tool_result" => {
            let status = match of.flag(&["success"]) {
                Some(true) => ToolStatus::Ok,
                Some(false) => ToolStatus::Error,
                None => ToolStatus::Unknown,
            };
            let tool = ToolCall { duration_ns: of.millis(&["duration_ms"]), ..tool(log, &session, status) };
            out.say(&session, log.at, key("otlp tool", tool.span), mark, tool);
        }
        _ => {}
    }
}

fn failed(log: &LogItem<'_>, session: &Session, status_code: Option<u16>, out: &mut Gathered) {
    let of = &log.of;
    let call = session.span("failed call", &log.at.0.to_string());
    let attempt = of.count(&["attempt"]).unwrap_or(0).min(64) as u32;
    let failed = AttemptFailed {
        status_code,
        model: of.name(&["model", "slug"]),
        attempt_ns: of.millis(&["duration_ms"]),
        ..said::attempt_failed(session.run.span(), call, attempt, failure::class(status_code, None))
    };
    out.say(session, log.at, key("otlp attempt", call), Mark::LOG.turn_unsaid().chained(), failed);
}

fn tool(log: &LogItem<'_>, session: &Session, status: ToolStatus) -> ToolCall {
    let id = log.of.name(&["call_id"]);
    let span = match &id {
        Some(id) => session.span("tool", id),
        None => session.span("tool at", &log.at.0.to_string()),
    };
    let name = log.of.name(&["tool_name"]).unwrap_or(Name::fixed(""));
    ToolCall { tool_call_id: id, ..said::tool_call(session.run.span(), span, name, status) }
}

/// A decision whether a tool may run; one by the config is no question.
fn decided(log: &LogItem<'_>, session: &Session, out: &mut Gathered) {
    let (source, choice) = (log.of.text(&["source"]), log.of.name(&["decision"]));
    let (turn, mark) = (session.run.span(), Mark::LOG.turn_unsaid());
    let tool = tool(log, session, ToolStatus::Denied);
    let (span, tool_call_id) = (tool.span, tool.tool_call_id.clone());
    if choice.as_deref().is_some_and(|choice| choice.starts_with("denied") || choice == "abort") {
        out.say(session, log.at, key("otlp tool refused", span), mark, tool);
    }
    if source.is_some_and(|source| !source.eq_ignore_ascii_case("config")) {
        let decision =
            Decision { turn, approval: span, tool_call_id, choice, surface: source, wait_ns: None };
        decision.say(session, log.at, mark, out);
    }
}
