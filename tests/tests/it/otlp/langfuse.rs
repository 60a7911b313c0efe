//! Langfuse 4.16: its `OtelIngestionProcessor`, as the notes of its source say.

use std::collections::BTreeMap;

use super::{Sums, span::Span};

/// Its own word, else OpenInference's, else the operation; and anything else that has a model is a generation.
fn kind(span: &Span) -> &str {
    if let Some(kind) = span.text("langfuse.observation.type") {
        return kind;
    }
    match (span.text("openinference.span.kind"), span.text("gen_ai.operation.name")) {
        (Some("LLM"), _) | (None, Some("chat" | "generate_content")) => "generation",
        (Some("AGENT"), _) | (None, Some("invoke_agent")) => "agent",
        (Some("TOOL"), _) | (None, Some("execute_tool")) => "tool",
        (Some("CHAIN"), _) => "chain",
        _ if span.attributes.keys().any(|name| name.ends_with(".model")) => "generation",
        _ => "span",
    }
}

/// Details that are given go before what it would make of names of tokens; it sums every bucket, so they must exclude each
/// other. Model, usage and cost of an agent are dropped.
pub fn shows(spans: &[Span]) -> Sums {
    let mut sums = Sums::default();
    let mut sessions = BTreeMap::new();
    for span in spans {
        let session = ["langfuse.session.id", "session.id", "gen_ai.conversation.id"];
        if let Some(session) = session.iter().find_map(|name| span.text(name)) {
            sessions.entry(&span.trace).or_insert(session);
        }
        match kind(span) {
            "agent" => {
                sums.agents += 1;
                continue;
            }
            "tool" => sums.tools += 1,
            "generation" if span.text("langfuse.observation.level") != Some("ERROR") => sums.calls += 1,
            _ => {}
        }
        if let Some(usage) = span.json("langfuse.observation.usage_details") {
            let bucket = |name: &str| usage[name].as_i64().unwrap();
            let (read, written) = (bucket("input_cached_tokens"), bucket("input_cache_creation"));
            sums.input += bucket("input") + read + written;
            sums.output += bucket("output") + bucket("output_reasoning_tokens");
            sums.cache_read += read;
            sums.cache_write += written;
        }
        if let Some(cost) = span.json("langfuse.observation.cost_details") {
            sums.nanos += (cost["total"].as_f64().unwrap() * 1e9).round() as i64;
        }
    }
    sums.sessions = sessions.into_values().map(str::to_owned).collect();
    sums
}
