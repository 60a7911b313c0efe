//! Points of metrics that count tokens. What else is measured is told of by spans and log records, or by nobody.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric, metric::Data};
use telemetry_core::ids::Key;
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;

use super::attributes::Attributes;
use super::gathered::{Gathered, Origin, Session};
use super::items::moment;
use super::reported::{Bucket, UsageReported};

/// The buckets that tokens of a kind are added to, and those they are taken from.
type Moves = (&'static [Bucket], &'static [Bucket]);

/// A metric that counts tokens.
struct Known {
    agent: Option<&'static str>,
    provider: Option<&'static str>,
    /// The attribute that says of which kind they are.
    kind: &'static str,
    buckets: fn(&str) -> Option<Moves>,
}

/// The metric of a name; `scope` is who counts.
fn known(name: &str, scope: &str) -> Option<Known> {
    use Bucket::{CacheRead, CacheWrite, Input, Output, Reasoning};
    Some(match name {
        "claude_code.token.usage" => Known {
            agent: Some("claude-code"),
            provider: Some("anthropic"),
            kind: "type",
            buckets: |kind| match kind {
                "input" => Some((&[Input], &[])),
                "output" => Some((&[Output], &[])),
                "cacheRead" => Some((&[CacheRead], &[])),
                "cacheCreation" => Some((&[CacheWrite], &[])),
                _ => None,
            },
        },
        "gemini_cli.token.usage" => Known {
            agent: Some("gemini-cli"),
            provider: Some("gemini"),
            kind: "type",
            buckets: |kind| match kind {
                "input" | "tool" => Some((&[Input], &[])),
                "output" => Some((&[Output], &[])),
                "cache" => Some((&[CacheRead], &[Input])),
                "thought" => Some((&[Output, Reasoning], &[])),
                _ => None,
            },
        },
        "codex.turn.token_usage" => Known {
            agent: Some("codex"),
            provider: None,
            kind: "token_type",
            buckets: |kind| match kind {
                "input" => Some((&[Input], &[])),
                "output" => Some((&[Output], &[])),
                "cached_input" => Some((&[CacheRead], &[Input])),
                "reasoning_output" => Some((&[Reasoning], &[])),
                _ => None,
            },
        },
        // Gemini CLI counts by its own metric too, and our export by spans.
        "gen_ai.client.token.usage" if scope != "gemini-cli" && scope != "telemetry" => Known {
            agent: None,
            provider: None,
            kind: "gen_ai.token.type",
            buckets: |kind| match kind {
                "input" => Some((&[Input], &[])),
                "output" | "completion" => Some((&[Output], &[])),
                _ => None,
            },
        },
        _ => return None,
    })
}

/// A point, of whatever kind its metric is.
struct Point<'a> {
    attributes: &'a [KeyValue],
    start: u64,
    at: u64,
    tokens: Option<u64>,
}

/// Takes the points of a metric. `reject` is told of each that cannot be taken.
pub(super) fn take(
    origin: &Origin,
    resource: &Attributes<'_>,
    scope: &str,
    metric: &Metric,
    out: &mut Gathered,
    accept: &dyn Fn(UnixNanos) -> Result<(), String>,
    reject: &mut dyn FnMut(&str),
) {
    let Some(known) = known(&metric.name, scope) else { return };
    let (points, temporality) = points(metric);
    for point in points {
        let Some(tokens) = point.tokens else { continue };
        let Some(at) = moment(point.at) else {
            reject("a point without a time");
            continue;
        };
        if let Err(reason) = accept(at) {
            reject(&format!("a point whose time {reason}"));
            continue;
        }
        let cumulative = match temporality {
            AggregationTemporality::Delta => false,
            AggregationTemporality::Cumulative => true,
            AggregationTemporality::Unspecified => {
                reject("a sum without a temporality");
                continue;
            }
        };
        let of = Attributes::of(point.attributes);
        let Some((adds, takes)) = of.text(&[known.kind]).and_then(known.buckets) else { continue };
        let agent = known.agent.or(origin.service.as_deref()).unwrap_or("unknown");
        let session =
            of.text(&["session.id", "gen_ai.conversation.id"]).or_else(|| resource.text(&["session.id"]));
        let session = session.map(|id| Session::new(origin, agent, id));
        let reported = UsageReported {
            series: series(origin, resource, &metric.name, point.attributes),
            model: of.name(&["model", "gen_ai.response.model", "gen_ai.request.model"]),
            provider: of.name(&["gen_ai.provider.name", "gen_ai.system"]).or(known.provider.map(Name::fixed)),
            adds: adds.to_vec(),
            takes: takes.to_vec(),
            tokens,
            cumulative,
            start_ns: moment(point.start),
        };
        if let Some(session) = &session {
            out.began_with(session, at, None);
        }
        out.keep(&origin.host, reported.event(at, session.map(|session| session.run)));
    }
}

fn points(metric: &Metric) -> (Vec<Point<'_>>, AggregationTemporality) {
    let whole = |sum: f64| (0.0..=1e15).contains(&sum).then_some(sum.round() as u64);
    match &metric.data {
        Some(Data::Sum(sum)) => {
            let points = sum.data_points.iter().map(|point| Point {
                attributes: &point.attributes,
                start: point.start_time_unix_nano,
                at: point.time_unix_nano,
                tokens: point.value.as_ref().and_then(|value| match value {
                    Number::AsInt(count) => u64::try_from(*count).ok(),
                    Number::AsDouble(count) => whole(*count),
                }),
            });
            (points.collect(), sum.aggregation_temporality())
        }
        Some(Data::Histogram(histogram)) => {
            let points = histogram.data_points.iter().map(|point| Point {
                attributes: &point.attributes,
                start: point.start_time_unix_nano,
                at: point.time_unix_nano,
                tokens: point.sum.and_then(whole),
            });
            (points.collect(), histogram.aggregation_temporality())
        }
        Some(Data::ExponentialHistogram(histogram)) => {
            let points = histogram.data_points.iter().map(|point| Point {
                attributes: &point.attributes,
                start: point.start_time_unix_nano,
                at: point.time_unix_nano,
                tokens: point.sum.and_then(whole),
            });
            (points.collect(), histogram.aggregation_temporality())
        }
        // A gauge is no count, and the quantiles of a summary have no sum that could be split.
        _ => (Vec::new(), AggregationTemporality::Unspecified),
    }
}

/// What tells a series from others, in hex.
fn series(origin: &Origin, resource: &Attributes<'_>, metric: &str, attributes: &[KeyValue]) -> String {
    let mut parts: Vec<(&str, String)> =
        attributes.iter().map(|attribute| (attribute.key.as_str(), plain(attribute))).collect();
    parts.sort_unstable();
    let instance = resource.text(&["service.instance.id"]).unwrap_or_default();
    let pid = resource.count(&["process.pid"]).unwrap_or(0);
    let key = Key::new("series")
        .text(&origin.host)
        .text(origin.service.as_deref().unwrap_or_default())
        .text(instance)
        .number(pid);
    let key = parts.iter().fold(key.text(metric), |key, (name, value)| key.text(name).text(value));
    format!("{:032x}", key.wide())
}

fn plain(attribute: &KeyValue) -> String {
    match attribute.value.as_ref().and_then(|value| value.value.as_ref()) {
        Some(Said::StringValue(text)) => text.clone(),
        Some(Said::BoolValue(flag)) => flag.to_string(),
        Some(Said::IntValue(number)) => number.to_string(),
        Some(Said::DoubleValue(number)) => number.to_string(),
        _ => String::new(),
    }
}
