//! What each agent means by what it sends.

mod ai_sdk;
mod claude_code;
mod codex;
mod gemini;
mod genai;
mod opencode;
mod ours;
mod said;

use std::collections::HashMap;

use super::gathered::Gathered;
use super::items::{LogItem, SpanItem};

/// Sessions by trace: agents say on some of a trace's spans which session it is of.
pub(super) type Sessions = HashMap<u128, String>;

/// Notes of which session the trace of a span is.
pub(super) fn note_session(span: &SpanItem<'_>, sessions: &mut Sessions) {
    if let Some(session) = genai::session(&span.of) {
        sessions.entry(span.trace).or_insert_with(|| session.to_owned());
    }
}

/// What is made of a span.
pub(super) fn span(span: &SpanItem<'_>, sessions: &Sessions, out: &mut Gathered) {
    let service = span.origin.service.as_deref().unwrap_or_default();
    if span.of.has("telemetry.kind") {
        ours::span(span, out);
    } else if span.scope.starts_with("com.anthropic.claude_code") || span.name.starts_with("claude_code.") {
        claude_code::span(span, out);
    } else if span.scope == "gemini-cli" || span.of.text(&["gen_ai.agent.name"]) == Some("gemini-cli") {
        gemini::span(span, out);
    } else if service.starts_with("codex") {
        // Hundreds of spans of its insides. What matters of them is in its log records.
    } else if span.scope == "opencode" || span.of.has("ai.operationId") {
        ai_sdk::span(span, sessions, out);
    } else {
        genai::span(span, sessions, out);
    }
}

/// What is made of a log record.
pub(super) fn log(log: &LogItem<'_>, out: &mut Gathered) {
    if log.scope.starts_with("com.anthropic.claude_code") || log.name.starts_with("claude_code.") {
        claude_code::log(log, out);
    } else if log.name.starts_with("codex.") {
        codex::log(log, out);
    } else if log.name.starts_with("gemini_cli.") {
        gemini::log(log, out);
    } else if log.scope == "opencode" {
        opencode::log(log, out);
    } else if log.of.has("log.record.uid") && log.name.starts_with("telemetry.") {
        ours::log(log, out);
    }
    // The conventions' events repeat what the span of the same call says, often without its session.
}
