//! Gemini CLI: spans (`llm_call`, `tool_call`) and log records.
//!
//! Input includes what is cached, output excludes thoughts, and prompts of tools are beside the input. Spans tell of neither the
//! cached tokens nor the thoughts. A record of an answer has no span, so the two are told to be one by when they were.

use telemetry_core::event::{AttemptFailed, ModelCall, ToolCall};
use telemetry_core::ids::SpanId;
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ToolStatus;

use super::said::{self, Delegation, key};
use crate::otlp::attributes::name;
use crate::otlp::failure;
use crate::otlp::gathered::{Gathered, Session};
use crate::otlp::items::{LogItem, SpanItem};
use crate::otlp::mark::Mark;
use crate::otlp::usage::Counts;

const AGENT: &str = "gemini-cli";
const PROVIDER: &str = "gemini";

/// The turn of a prompt, where it is one of the session's own: subagents have prompts too.
fn turn(session: &Session, prompt: Option<&str>, mark: Mark) -> (SpanId, Mark) {
    match prompt.filter(|prompt| prompt.starts_with(session.id().as_str())) {
        Some(prompt) => (session.span("turn", prompt), mark),
        None => (session.run.span(), mark.turn_unsaid()),
    }
}

pub(super) fn span(span: &SpanItem<'_>, out: &mut Gathered) {
    let of = &span.of;
    let Some(id) = of.text(&["gen_ai.conversation.id", "session.id"]) else { return };
    let session = Session::new(span.origin, AGENT, id);
    let (turn, mark) = turn(&session, of.text(&["gen_ai.prompt.name"]), Mark::SPAN.loose());
    let model = of.name(&["gen_ai.request.model"]);
    match of.text(&["gen_ai.operation.name"]) {
        Some("llm_call") if span.failed() => {
            let failed = AttemptFailed {
                model,
                provider: Some(Name::fixed(PROVIDER)),
                attempt_ns: Some(span.took()),
                ..said::attempt_failed(turn, span.id, 0, failure::class(None, of.text(&["error.type"])))
            };
            out.say(&session, span.end, key("otlp attempt", span.id), mark.chained(), failed);
        }
        Some("llm_call") => {
            let counts = Counts::of_conventions(of);
            let answered = ModelCall {
                model,
                response_model: of.name(&["gen_ai.response.model"]),
                provider: Some(Name::fixed(PROVIDER)),
                start_ns: Some(span.start),
                latency_ns: Some(span.took()),
                usage: counts.reasoning_beside_output(),
                ..said::model_call(turn, span.id)
            };
            out.say(&session, span.end, key("otlp call", span.id), mark, answered);
        }
        Some("tool_call") => {
            let said_status = of.text(&["gen_ai.output.messages"]).and_then(told_status);
            let status =
                if span.failed() { ToolStatus::Error } else { said_status.unwrap_or(ToolStatus::Unknown) };
            let tool = ToolCall {
                tool_call_id: of.name(&["gen_ai.tool.call_id", "gen_ai.tool.call.id"]),
                duration_ns: Some(span.took()),
                ..said::tool_call(
                    turn,
                    span.id,
                    of.name(&["gen_ai.tool.name"]).unwrap_or(Name::fixed("")),
                    status,
                )
            };
            out.say(&session, span.end, key("otlp tool", span.id), mark, tool);
        }
        _ => {}
    }
}

/// The status at the beginning of what a tool came to, which is all that is read of it.
fn told_status(messages: &str) -> Option<ToolStatus> {
    let rest = messages.strip_prefix("{\"status\":\"")?;
    match rest.split('"').next()? {
        "success" => Some(ToolStatus::Ok),
        "error" => Some(ToolStatus::Error),
        "cancelled" => Some(ToolStatus::Cancelled),
        _ => None,
    }
}

pub(super) fn log(log: &LogItem<'_>, out: &mut Gathered) {
    let of = &log.of;
    let Some(id) = of.text(&["session.id"]) else { return };
    let session = Session::new(log.origin, AGENT, id);
    let prompt = of.text(&["prompt_id"]);
    let (turn, mark) = turn(&session, prompt, Mark::LOG.loose());
    let took = of.millis(&["duration_ms", "duration"]);
    let model = of.name(&["model", "model_name"]);
    let named = |what: &str| format!("{}/{what}/{}", log.at.0, took.unwrap_or(0));
    match log.name {
        "gemini_cli.user_prompt" => {
            let mark = Mark { loose: false, ..mark };
            out.say(
                &session,
                log.at,
                key("otlp turn", turn),
                mark,
                said::turn_started(turn, prompt.map(name)),
            );
        }
        "gemini_cli.api_response" => {
            let call = session.span("call", &named(model.as_deref().unwrap_or_default()));
            let counts = Counts {
                input: of.count(&["input_token_count"]),
                output: of.count(&["output_token_count"]),
                cache_read: of.count(&["cached_content_token_count"]).unwrap_or(0),
                reasoning: of.count(&["thoughts_token_count"]).unwrap_or(0),
                ..Counts::default()
            };
            let mut usage = counts.reasoning_beside_output();
            if let Some(usage) = &mut usage {
                usage.input = usage.input.saturating_add(of.count(&["tool_token_count"]).unwrap_or(0));
            }
            let answered = ModelCall {
                model,
                provider: Some(Name::fixed(PROVIDER)),
                start_ns: took.map(|took| log.at.plus(-took)),
                latency_ns: took,
                finish_reason: of.first(&["finish_reasons"]),
                usage,
                ..said::model_call(turn, call)
            };
            out.say(&session, log.at, key("otlp call", call), mark, answered);
        }
        "gemini_cli.api_error" => {
            let call = session.span("failed call", &named(model.as_deref().unwrap_or_default()));
            let status =
                of.count(&["status_code", "http.status_code"]).and_then(|status| u16::try_from(status).ok());
            let failed = AttemptFailed {
                error_type: of.name(&["error.type", "error_type"]),
                status_code: status,
                model,
                provider: Some(Name::fixed(PROVIDER)),
                attempt_ns: took,
                ..said::attempt_failed(turn, call, 0, failure::class(status, None))
            };
            out.say(&session, log.at, key("otlp attempt", call), mark.chained(), failed);
        }
        "gemini_cli.tool_call" => {
            let tool = of.name(&["function_name"]).unwrap_or(Name::fixed(""));
            let span = session.span("tool", &named(&tool));
            let status = match (of.text(&["decision"]), of.flag(&["success"])) {
                (Some("reject"), _) => ToolStatus::Denied,
                (_, Some(true)) => ToolStatus::Ok,
                (_, Some(false)) => ToolStatus::Error,
                (_, None) => ToolStatus::Unknown,
            };
            let error_type = of.name(&["error_type"]);
            let tool =
                ToolCall { duration_ns: took, error_type, ..said::tool_call(turn, span, tool, status) };
            out.say(&session, log.at, key("otlp tool", span), mark, tool);
        }
        "gemini_cli.agent.finish" => {
            let Some(id) = of.text(&["agent_id"]) else { return };
            let status = of.name(&["terminate_reason"]);
            let (completed, took_ns) = (status.as_deref() == Some("GOAL"), took.unwrap_or(0));
            let role = of.name(&["agent_name"]);
            let mark = Mark { loose: false, ..mark };
            Delegation { id, turn, role, status, completed, took_ns }.say(&session, log.at, mark, out);
        }
        _ => {}
    }
}
