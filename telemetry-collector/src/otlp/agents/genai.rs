//! Anybody who follows OpenTelemetry's conventions for generative AI, of today or before, or OpenInference's.

use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use telemetry_core::event::{AttemptFailed, ModelCall, ToolCall, TurnEnded};
use telemetry_core::ids::SpanId;
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ToolStatus;

use super::Sessions;
use super::said::{self, key};
use crate::otlp::attributes::Attributes;
use crate::otlp::failure;
use crate::otlp::gathered::{Gathered, Session};
use crate::otlp::items::SpanItem;
use crate::otlp::mark::Mark;
use crate::otlp::usage::Counts;

/// The session that attributes name.
pub(super) fn session<'a>(of: &Attributes<'a>) -> Option<&'a str> {
    of.text(&[
        "gen_ai.conversation.id",
        "session.id",
        "langfuse.session.id",
        "ai.telemetry.metadata.sessionId",
        "mlflow.trace.session",
    ])
}

/// What a span is.
enum Kind {
    Call,
    Tool,
    Agent,
}

fn kind(of: &Attributes<'_>) -> Option<Kind> {
    match of.text(&["gen_ai.operation.name"]) {
        Some("chat" | "generate_content" | "text_completion") => return Some(Kind::Call),
        Some("execute_tool") => return Some(Kind::Tool),
        Some("invoke_agent") => return Some(Kind::Agent),
        // Embeddings, the making of an agent, and what is not in the conventions.
        Some(_) => return None,
        None => {}
    }
    match of.text(&["openinference.span.kind", "traceloop.span.kind"]) {
        Some("LLM") => return Some(Kind::Call),
        Some("TOOL" | "tool") => return Some(Kind::Tool),
        Some("AGENT" | "agent") => return Some(Kind::Agent),
        _ => {}
    }
    // Before there were operations, a call was what has a model and tokens.
    let model = of.has("gen_ai.request.model") || of.has("llm.request.type");
    let tokens = Counts::of_conventions(of);
    (model && (tokens.input.is_some() || tokens.output.is_some())).then_some(Kind::Call)
}

fn session_of(span: &SpanItem<'_>, sessions: &Sessions) -> Session {
    let agent = span.origin.service.clone().or_else(|| span.of.name(&["gen_ai.agent.name", "agent.name"]));
    let known = session(&span.of).map(str::to_owned).or_else(|| sessions.get(&span.trace).cloned());
    let id = known.unwrap_or_else(|| span.trace_name());
    Session::new(span.origin, agent.as_deref().unwrap_or("unknown"), &id)
}

pub(super) fn span(span: &SpanItem<'_>, sessions: &Sessions, out: &mut Gathered) {
    let Some(kind) = kind(&span.of) else { return };
    let session = session_of(span, sessions);
    let turn = session.span("turn", &span.trace_name());
    match kind {
        Kind::Call if span.failed() => {
            let failed = failed(span, turn);
            out.say(&session, span.end, key("otlp attempt", span.id), Mark::SPAN, failed);
        }
        Kind::Call => {
            let answered = ModelCall {
                start_ns: Some(span.start),
                latency_ns: Some(span.took()),
                ..answered(&span.of, turn, span.id)
            };
            out.say(&session, span.end, key("otlp call", span.id), Mark::SPAN, answered);
        }
        Kind::Tool => {
            let of = &span.of;
            // The conventions want an error of a tool that failed.
            let error = of.name(&["error.type"]);
            let status = if span.failed() || error.is_some() { ToolStatus::Error } else { ToolStatus::Ok };
            let tool = ToolCall {
                tool_call_id: of.name(&["gen_ai.tool.call.id", "tool.id", "tool_call.id"]),
                error_type: error,
                duration_ns: Some(span.took()),
                ..said::tool_call(
                    turn,
                    span.id,
                    of.name(&["gen_ai.tool.name", "tool.name", "traceloop.entity.name"])
                        .unwrap_or(Name::fixed("")),
                    status,
                )
            };
            out.say(&session, span.end, key("otlp tool", span.id), Mark::SPAN, tool);
        }
        Kind::Agent => {
            let started = said::turn_started(turn, None);
            out.say(&session, span.start, key("otlp turn", turn).number(span.id.0), Mark::SPAN, started);
            let ended = TurnEnded {
                completed: span.status == StatusCode::Ok,
                failed: span.failed(),
                reason: span.of.name(&["error.type"]),
                ..said::turn_over(turn)
            };
            // An agent may be within an agent of the same trace: the last end is the turn's.
            let mark = Mark { end_unsaid: true, ..Mark::SPAN };
            out.say(&session, span.end, key("otlp turn over", turn).number(span.id.0), mark, ended);
        }
    }
}

fn answered(of: &Attributes<'_>, turn: SpanId, call: SpanId) -> ModelCall {
    let model = of.name(&["gen_ai.request.model", "llm.request.model_name", "llm.model_name"]);
    let answered = of.name(&["gen_ai.response.model", "llm.response.model_name"]);
    let ttft = of.number(&["gen_ai.response.time_to_first_chunk"]).filter(|seconds| *seconds >= 0.0);
    ModelCall {
        response_model: answered.filter(|answered| Some(answered) != model.as_ref()),
        model,
        provider: of.name(&["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"]),
        base_url: server(of),
        ttft_ns: ttft.map(|seconds| (seconds * 1e9) as i64),
        finish_reason: of.first(&[
            "gen_ai.response.finish_reasons",
            "llm.finish_reason",
            "gen_ai.completion.0.finish_reason",
        ]),
        usage: Counts::of_conventions(of).cached_in_input(),
        ..said::model_call(turn, call)
    }
}

fn failed(span: &SpanItem<'_>, turn: SpanId) -> AttemptFailed {
    let of = &span.of;
    let status_code = of
        .count(&["http.response.status_code", "http.status_code"])
        .and_then(|status| u16::try_from(status).ok());
    let word = of.text(&["error.type"]);
    // Many say a status where a kind of error is wanted.
    let status_code = status_code.or_else(|| word?.parse().ok());
    AttemptFailed {
        error_type: of.name(&["error.type"]),
        status_code,
        exhausted: true,
        model: of.name(&["gen_ai.request.model", "llm.request.model_name", "llm.model_name"]),
        provider: of.name(&["gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system"]),
        base_url: server(of),
        elapsed_ns: Some(span.took()),
        attempt_ns: Some(span.took()),
        ..said::attempt_failed(turn, span.id, 0, failure::class(status_code, word))
    }
}

/// Where a call went, as a URL without its path: prices know endpoints by their hosts.
pub(super) fn server(of: &Attributes<'_>) -> Option<Name> {
    let address = of.text(&["server.address"]).filter(|address| !address.contains(['/', '@', ' ']))?;
    let url = match of.count(&["server.port"]) {
        None | Some(443) => format!("https://{address}"),
        Some(80) => format!("http://{address}"),
        Some(port) => format!("http://{address}:{port}"),
    };
    Some(crate::otlp::attributes::name(&url))
}
