//! MLflow 3.17: `mlflow/tracing/otel/translation`, `mlflow/tracing/utils/__init__.py`, `mlflow/store/tracking/sqlalchemy_store.py`.

use std::collections::{BTreeMap, BTreeSet};

use super::{Sums, span::Span};

/// The type of a span: OpenInference is asked before OpenTelemetry.
fn kind(span: &Span) -> Option<&str> {
    match span.text("openinference.span.kind") {
        Some(kind) => Some(kind),
        None => match span.text("gen_ai.operation.name")? {
            "chat" => Some("CHAT_MODEL"),
            "execute_tool" => Some("TOOL"),
            "invoke_agent" => Some("AGENT"),
            _ => None,
        },
    }
}

/// Tokens and cost are summed from the root down, and below a span that has some nothing is counted any more. The first
/// session it comes by is the trace's.
pub fn shows(spans: &[Span]) -> Sums {
    let mut sums = Sums::default();
    let mut sessions = BTreeMap::new();
    // Ids are unique in their trace.
    let place = |span: &'_ Span| (span.trace.clone(), span.id.clone());
    let parents: BTreeMap<_, _> = spans.iter().map(|span| (place(span), span.parent.as_ref())).collect();
    let with = |some: &dyn Fn(&Span) -> bool| -> BTreeSet<_> {
        spans.iter().filter(|span| some(span)).map(place).collect()
    };
    let with_tokens = with(&|span| tokens(span).is_some());
    let with_cost = with(&|span| cost(span).is_some());
    let hidden = |span: &Span, by: &BTreeSet<(String, String)>| {
        let mut above = span.parent.as_ref();
        while let Some(id) = above {
            let at = (span.trace.clone(), id.clone());
            if by.contains(&at) {
                return true;
            }
            above = parents.get(&at).copied().flatten();
        }
        false
    };
    for span in spans {
        if let Some(session) = span.text("session.id").or(span.text("gen_ai.conversation.id")) {
            sessions.entry(&span.trace).or_insert(session);
        }
        match kind(span) {
            Some("AGENT") => sums.agents += 1,
            Some("TOOL") => sums.tools += 1,
            Some("CHAT_MODEL" | "LLM") if span.status.0 != 2 => sums.calls += 1,
            _ => {}
        }
        if let Some([input, output, read, written]) = tokens(span).filter(|_| !hidden(span, &with_tokens)) {
            sums.input += input;
            sums.output += output;
            sums.cache_read += read;
            sums.cache_write += written;
        }
        sums.nanos += cost(span).filter(|_| !hidden(span, &with_cost)).unwrap_or(0);
    }
    sums.sessions = sessions.into_values().map(str::to_owned).collect();
    sums
}

/// By the first convention that has any: OpenInference, then OpenTelemetry.
fn tokens(span: &Span) -> Option<[i64; 4]> {
    let by = |names: [&str; 4]| {
        let [input, output, read, written] = names.map(|name| span.int(name));
        Some([input?, output?, read.unwrap_or(0), written.unwrap_or(0)])
    };
    by([
        "llm.token_count.prompt",
        "llm.token_count.completion",
        "llm.token_count.prompt_details.cache_read",
        "llm.token_count.prompt_details.cache_write",
    ])
    .or_else(|| {
        by([
            "gen_ai.usage.input_tokens",
            "gen_ai.usage.output_tokens",
            "gen_ai.usage.cache_read.input_tokens",
            "gen_ai.usage.cache_write.input_tokens",
        ])
    })
}

/// What the span says of its cost; its own table does not have the recordings' models.
fn cost(span: &Span) -> Option<i64> {
    let dollars = span.json("mlflow.llm.cost")?["total_cost"].as_f64()?;
    Some((dollars * 1e9).round() as i64)
}
