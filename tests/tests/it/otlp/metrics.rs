//! Sums of metrics, and the same sums of spans.

use std::collections::BTreeMap;

use serde_json::Value;
use telemetry_export::otlp::Request;

use super::span::{Span, attributes};

/// How many and how much by metric and one of its words; seconds and dollars in billionths.
type Totals = BTreeMap<(String, String), (u64, i64)>;

fn add(totals: &mut Totals, metric: &str, word: &str, count: u64, sum: i64) {
    let total = totals.entry((metric.to_owned(), word.to_owned())).or_default();
    *total = (total.0 + count, total.1 + sum);
}

/// Of the metrics that were sent.
pub fn sums(requests: &[Request]) -> Totals {
    let mut totals = Totals::new();
    for request in requests {
        let Request::Metrics(request) = request else { continue };
        let document = serde_json::to_value(request).unwrap();
        for of_host in document["resourceMetrics"].as_array().unwrap() {
            for metric in of_host["scopeMetrics"][0]["metrics"].as_array().unwrap() {
                let name = metric["name"].as_str().unwrap();
                let billionths = matches!(metric["unit"].as_str(), Some("s" | "USD"));
                let scale = if billionths { 1e9 } else { 1.0 };
                let points = metric.get("histogram").or(metric.get("sum")).unwrap()["dataPoints"].as_array();
                for point in points.unwrap() {
                    let said = attributes(&point["attributes"]);
                    let word =
                        word(name).and_then(|word| said.get(word)).and_then(Value::as_str).unwrap_or("");
                    let number = |field: &str| {
                        point.get(field).and_then(Value::as_str).map(|text| text.parse().unwrap())
                    };
                    let float = |field: &str| point.get(field).and_then(Value::as_f64);
                    let sum = float("sum").or(float("asDouble")).map(|sum| (sum * scale).round() as i64);
                    let count = number("count").unwrap_or(0_i64);
                    add(&mut totals, name, word, count as u64, sum.or(number("asInt")).unwrap());
                }
            }
        }
    }
    totals
}

/// What points of a metric are told apart by here.
fn word(metric: &str) -> Option<&'static str> {
    Some(match metric {
        "gen_ai.client.token.usage" => "gen_ai.token.type",
        "telemetry.tokens" => "telemetry.token.bucket",
        "telemetry.cost" => "telemetry.cost.status",
        "telemetry.turns" | "telemetry.runs" => "telemetry.outcome",
        "gen_ai.client.operation.duration" | "gen_ai.execute_tool.duration" | "telemetry.failed_attempts" => {
            "error.type"
        }
        _ => return None,
    })
}

/// What they have to be.
pub fn of(spans: &[Span]) -> Totals {
    let mut totals = Totals::new();
    for span in spans {
        let took = (span.end - span.start) as i64;
        let error = span.text("error.type").unwrap_or("");
        let int = |name: &str| span.int(name).unwrap();
        match span.text("telemetry.kind").unwrap() {
            "run" => {
                add(&mut totals, "gen_ai.invoke_agent.duration", "", 1, took);
                add(&mut totals, "gen_ai.invoke_agent.inference_calls", "", 1, int("telemetry.model_calls"));
                add(&mut totals, "gen_ai.invoke_agent.tool_calls", "", 1, int("telemetry.tool_calls"));
                add(&mut totals, "telemetry.runs", span.text("telemetry.outcome").unwrap(), 0, 1);
            }
            "turn" => add(&mut totals, "telemetry.turns", span.text("telemetry.outcome").unwrap(), 0, 1),
            "tool_call" => add(&mut totals, "gen_ai.execute_tool.duration", error, 1, took),
            "attempt" if !error.is_empty() => add(&mut totals, "telemetry.failed_attempts", error, 0, 1),
            "model_call" => {
                add(&mut totals, "gen_ai.client.operation.duration", error, 1, took);
                if error.is_empty() {
                    answered(span, &mut totals);
                }
            }
            _ => {}
        }
    }
    totals
}

fn answered(span: &Span, totals: &mut Totals) {
    if let Some(input) = span.int("gen_ai.usage.input_tokens") {
        let output = span.int("gen_ai.usage.output_tokens").unwrap();
        let read = span.int("gen_ai.usage.cache_read.input_tokens").unwrap();
        let written = span.int("gen_ai.usage.cache_write.input_tokens").unwrap();
        add(totals, "gen_ai.client.token.usage", "input", 1, input);
        add(totals, "gen_ai.client.token.usage", "output", 1, output);
        let plain = input - read - written;
        for (bucket, tokens) in
            [("input", plain), ("output", output), ("cache_read", read), ("cache_write", written)]
        {
            // What was never counted has no point.
            if tokens > 0 {
                add(totals, "telemetry.tokens", bucket, 0, tokens);
            }
        }
    }
    match span.int("telemetry.cost.nanos") {
        Some(nanos) => add(totals, "telemetry.cost", span.text("telemetry.cost.status").unwrap(), 0, nanos),
        None => add(totals, "telemetry.cost.unknown_calls", "", 0, 1),
    }
    if let Some(waited) = span.attributes.get("gen_ai.response.time_to_first_chunk") {
        let nanos = (waited.as_f64().unwrap() * 1e9).round() as i64;
        add(totals, "gen_ai.client.operation.time_to_first_chunk", "", 1, nanos);
    }
}
