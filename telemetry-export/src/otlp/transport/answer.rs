//! What an answer means that says all is well (OTLP 1.x, "OTLP/HTTP Response").

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::Value;
use telemetry_policy::otlp::Protocol;

use crate::http::{Answer, Asked, Response};

/// Where each signal's answer in JSON says how many items were refused.
const REJECTED: [&str; 3] = ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"];

/// All is well, unless what came is no answer to what was asked in `protocol`.
pub(super) fn taken(response: &Response, asked: &Asked<'_>, protocol: Protocol) -> Answer {
    let no_answer = || asked.no_answer(response, "OTLP", "an OTLP receiver");
    if response.body.is_empty() {
        return match response.is("html") {
            true => no_answer(),
            false => Answer::Taken { refused: 0, words: None },
        };
    }
    let is_json = response.is("json") || (!response.is("protobuf") && protocol == Protocol::HttpJson);
    let is_foreign = !response.kind.is_empty() && !response.is("json") && !response.is("protobuf");
    let is_plain = response.is("octet-stream") || response.is("text/plain");
    let read = match (is_foreign && !is_plain, is_json) {
        (true, _) => None,
        (false, true) => in_json(&response.body),
        (false, false) => in_protobuf(&response.body),
    };
    let Some((refused, words)) = read else { return no_answer() };
    let refused = u64::try_from(refused).unwrap_or(0).min(asked.items);
    Answer::Taken { refused, words: Some(asked.secrets.shown(&words)).filter(|words| !words.is_empty()) }
}

/// How many were refused, and why. The three answers have the same form, so one is enough to read them. They have one field;
/// without looking at its tag "It works!" would be an answer too, with a field of a newer version.
fn in_protobuf(body: &[u8]) -> Option<(i64, String)> {
    const PARTIAL_SUCCESS: u8 = 1 << 3 | 2;
    let body = Some(body).filter(|body| body.first() == Some(&PARTIAL_SUCCESS))?;
    let answer = ExportTraceServiceResponse::decode(body).ok()?;
    Some(answer.partial_success.map_or((0, String::new()), |some| (some.rejected_spans, some.error_message)))
}

/// The same in JSON, where a 64-bit number may be a text, and nothing may be `null`.
fn in_json(body: &[u8]) -> Option<(i64, String)> {
    let answer = serde_json::from_slice::<Value>(body).ok()?;
    let some = answer.as_object()?.get("partialSuccess").unwrap_or(&Value::Null);
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.parse().ok());
    let refused = REJECTED.iter().find_map(|name| number(&some[*name])).unwrap_or(0);
    Some((refused, some["errorMessage"].as_str().unwrap_or_default().to_owned()))
}
