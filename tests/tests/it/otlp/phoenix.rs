//! Arize Phoenix 20: `phoenix/trace/gen_ai/conversion.py`, `phoenix/db/insertion/{span,helpers}.py`.

use std::collections::BTreeMap;

use super::{Sums, span::Span};

/// What it says a span is: OpenInference's word, else what it makes of the operation.
fn kind(span: &Span) -> &str {
    let derived = || match span.text("gen_ai.operation.name") {
        Some("chat" | "text_completion" | "generate_content") => "LLM",
        Some("execute_tool") => "TOOL",
        Some("invoke_agent" | "create_agent") => "AGENT",
        Some(_) => "UNKNOWN",
        // Without an operation it guesses.
        None if span.text("gen_ai.tool.name").or(span.text("gen_ai.tool.call.id")).is_some() => "TOOL",
        None if span.text("gen_ai.request.model").is_some() => "LLM",
        None => "UNKNOWN",
    };
    span.text("openinference.span.kind").unwrap_or_else(derived)
}

/// Tokens of spans of the kind LLM, and of those a cost where it has a model and, in its table, the rates: the ones the
/// index has. The first session of a trace stays.
pub fn shows(spans: &[Span]) -> Sums {
    let mut sums = Sums::default();
    let mut sessions = BTreeMap::new();
    for span in spans {
        if let Some(session) = span.text("session.id").or(span.text("gen_ai.conversation.id")) {
            sessions.entry(&span.trace).or_insert(session);
        }
        let tokens = |openinference: &str, gen_ai: &str| span.int(openinference).or(span.int(gen_ai));
        match kind(span) {
            "AGENT" => sums.agents += 1,
            "TOOL" => sums.tools += 1,
            // One that failed is an LLM span too; it has the status.
            "LLM" if span.status.0 == 2 => {}
            "LLM" => {
                sums.calls += 1;
                let input = tokens("llm.token_count.prompt", "gen_ai.usage.input_tokens").unwrap_or(0);
                let output = tokens("llm.token_count.completion", "gen_ai.usage.output_tokens").unwrap_or(0);
                let read = tokens(
                    "llm.token_count.prompt_details.cache_read",
                    "gen_ai.usage.cache_read.input_tokens",
                );
                // It does not know the newer name.
                let written = tokens(
                    "llm.token_count.prompt_details.cache_write",
                    "gen_ai.usage.cache_creation.input_tokens",
                );
                let (read, written) = (read.unwrap_or(0), written.unwrap_or(0));
                sums.input += input;
                sums.output += output;
                sums.cache_read += read;
                sums.cache_write += written;
                let model = span.text("llm.model_name").or(span.text("gen_ai.request.model"));
                if model == Some("fake-model") && span.text("telemetry.cost.status") == Some("estimated") {
                    sums.nanos +=
                        (input - read - written) * 3_000 + read * 300 + written * 3_750 + output * 15_000;
                }
            }
            _ => {}
        }
    }
    sums.sessions = sessions.into_values().map(str::to_owned).collect();
    sums
}
