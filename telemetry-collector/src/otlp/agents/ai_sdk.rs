//! The AI SDK for TypeScript, which opencode is made with: spans whose names are those of its functions.
//!
//! A call is the span of a provider's method (`doStream`, `doGenerate`); the one around it has the same tokens again. A tool call of
//! opencode has two spans, which have its id.

use telemetry_core::event::{AttemptFailed, ModelCall, ToolCall};
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ToolStatus;

use super::said::{self, key};
use super::{Sessions, genai, opencode};
use crate::otlp::attributes::name;
use crate::otlp::failure;
use crate::otlp::gathered::{Gathered, Session};
use crate::otlp::items::SpanItem;
use crate::otlp::mark::Mark;
use crate::otlp::usage::Counts;

pub(super) fn span(span: &SpanItem<'_>, sessions: &Sessions, out: &mut Gathered) {
    let of = &span.of;
    let operation = of.text(&["ai.operationId"]).unwrap_or(span.name);
    let calls = operation.ends_with(".doStream") || operation.ends_with(".doGenerate");
    let tool_id = of.text(&["ai.toolCall.id", "tool.call_id"]);
    if !calls && tool_id.is_none() {
        return;
    }
    let service = span.origin.service.as_deref();
    let agent = if span.scope == opencode::AGENT { opencode::AGENT } else { service.unwrap_or("ai-sdk") };
    let id = genai::session(of).map(str::to_owned).or_else(|| sessions.get(&span.trace).cloned());
    let session = Session::new(span.origin, agent, &id.unwrap_or_else(|| span.trace_name()));
    let turn = session.span("turn", &span.trace_name());
    if let Some(id) = tool_id {
        let tool = of.name(&["ai.toolCall.name", "tool.name", "gen_ai.tool.name"]).unwrap_or(Name::fixed(""));
        let status = if span.failed() { ToolStatus::Error } else { ToolStatus::Ok };
        let tool_call_id = Some(name(id));
        let tool = ToolCall {
            tool_call_id,
            duration_ns: Some(span.took()),
            ..said::tool_call(turn, session.span("tool", id), tool, status)
        };
        // Both spans of it are kept: one of them may come alone.
        return out.say(&session, span.end, key("otlp tool", span.id), Mark::SPAN, tool);
    }
    let model = of.name(&["gen_ai.request.model", "ai.model.id"]);
    let provider = of.text(&["ai.model.provider", "gen_ai.system"]);
    let provider = provider.and_then(|provider| provider.split('.').next()).map(name);
    if span.failed() {
        let class = failure::class(None, of.text(&["error.type"]));
        let attempt_ns = Some(span.took());
        let failed =
            AttemptFailed { model, provider, attempt_ns, ..said::attempt_failed(turn, span.id, 0, class) };
        return out.say(
            &session,
            span.end,
            key("otlp attempt", span.id),
            Mark::SPAN.loose().chained(),
            failed,
        );
    }
    let response_model = of.name(&["gen_ai.response.model", "ai.response.model"]);
    let answered = ModelCall {
        response_model: response_model.filter(|answered| Some(answered) != model.as_ref()),
        model,
        provider,
        start_ns: Some(span.start),
        latency_ns: Some(span.took()),
        ttft_ns: of.millis(&["ai.response.msToFirstChunk"]),
        finish_reason: of.first(&["ai.response.finishReason", "gen_ai.response.finish_reasons"]),
        usage: Counts::of_conventions(of).cached_in_input(),
        ..said::model_call(turn, span.id)
    };
    out.say(&session, span.end, key("otlp call", span.id), Mark::SPAN, answered);
}
