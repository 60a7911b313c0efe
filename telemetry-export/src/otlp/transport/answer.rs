//! What an answer means (OTLP 1.x, "OTLP/HTTP Response").

use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use serde_json::Value;
use telemetry_core::time::UnixNanos;
use telemetry_policy::otlp::Protocol;
use ureq::http::Uri;

use super::client::Response;
use super::encode;
use super::retry;
use super::words::Secrets;
use crate::exporter::Undelivered;
use crate::otlp::Signal;

const ENDPOINT: &str = "telemetry.export.otlp.endpoint";
const HEADERS: &str = "telemetry.export.otlp.headers_env";
/// Where each signal's answer in JSON says how many items were refused.
const REJECTED: [&str; 3] = ["rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"];

/// What was asked.
pub(super) struct Asked<'a> {
    pub host: &'a str,
    pub signal: Signal,
    pub items: u64,
    pub protocol: Protocol,
    /// The names of the variables that the headers come from.
    pub variables: &'a [String],
    pub secrets: &'a Secrets,
    pub now: UnixNanos,
}

/// What an answer means for what was sent.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    /// It was taken, but for so many items; and what is said about that.
    Taken { refused: u64, words: Option<String> },
    /// It is too much at once.
    TooLarge,
    /// There is something in it that cannot be taken, or nothing of it can; with the receiver's reason.
    Bad(String),
    /// This encoding, of the body or of its compression, is not taken.
    Unread(Undelivered),
    /// This signal is not taken here.
    Absent(String),
    /// The same again, as soon as this.
    Again { why: Undelivered, after: Option<Duration> },
    /// Nothing was taken, and nothing else would be now.
    Not(Undelivered),
}

impl Answer {
    /// What `response` means.
    pub(super) fn of(response: &Response, asked: &Asked<'_>) -> Self {
        let (host, status) = (asked.host, response.status);
        let words = asked.secrets.words_of(response);
        // The status and the reason, if there is one, as they stand in a message.
        let said = words.as_ref().map_or_else(|| status.to_string(), |words| format!("{status}: {words}"));
        let stays = |message: String| Answer::Not(Undelivered::for_good(message));
        match status {
            200..=299 => asked.taken(response),
            300..=399 => stays(asked.redirected(response)),
            400 | 422 => Answer::Bad(said),
            401 | 403 => stays(asked.refused(&said)),
            404 | 405 | 501 => match asked.signal {
                Signal::Traces => stays(format!(
                    "{host} takes no traces there ({said}): correct the path of {ENDPOINT}, to which /v1/traces is added, or \
                     what the headers name"
                )),
                signal => Answer::Absent(format!(
                    "{host} takes no {0} ({said}): leave {0} out of telemetry.export.otlp.signals, or correct the path of \
                     {ENDPOINT}",
                    signal.as_str()
                )),
            },
            408 => Answer::Not(Undelivered::for_now(format!("{host} waited too long for us ({said})"))),
            413 => Answer::TooLarge,
            415 => Answer::Unread(Undelivered::for_good(format!(
                "{host} does not read {} ({said}): set telemetry.export.otlp.protocol to {}",
                encode::kind(asked.protocol),
                other(asked.protocol).as_str()
            ))),
            429 | 502 | 503 | 504 => {
                let after =
                    response.retry_after.as_deref().and_then(|when| retry::retry_after(when, asked.now));
                let why = match status {
                    429 => format!("{host} has too much to do ({said}): it is asked again later"),
                    _ => format!("{host} is not up ({said}): it is asked again later"),
                };
                Answer::Again { why: Undelivered { retry_after: after, ..Undelivered::for_now(why) }, after }
            }
            500..=599 => Answer::Not(Undelivered::for_now(format!(
                "{host} failed ({said}): look at the receiver's own log"
            ))),
            _ => stays(format!(
                "{host} does not take this ({said}): check {ENDPOINT} and what the receiver wants"
            )),
        }
    }
}

impl Asked<'_> {
    /// All is well, unless what came is no answer to what was asked.
    fn taken(&self, response: &Response) -> Answer {
        let no_answer = || {
            let kind = response.kind.split(';').next().unwrap_or_default().trim();
            let kind =
                if kind.is_empty() { String::new() } else { format!(" with {}", self.secrets.shown(kind)) };
            Answer::Not(Undelivered::for_good(format!(
                "{} answers {}{kind} and not as OTLP does, so nobody may have taken anything: is {ENDPOINT} that of an \
                 OTLP receiver?",
                self.host, response.status
            )))
        };
        if response.body.is_empty() {
            return match response.is("html") {
                true => no_answer(),
                false => Answer::Taken { refused: 0, words: None },
            };
        }
        let is_json =
            response.is("json") || (!response.is("protobuf") && self.protocol == Protocol::HttpJson);
        let is_foreign = !response.kind.is_empty() && !response.is("json") && !response.is("protobuf");
        let is_plain = response.is("octet-stream") || response.is("text/plain");
        let read = match (is_foreign && !is_plain, is_json) {
            (true, _) => None,
            (false, true) => in_json(&response.body),
            (false, false) => in_protobuf(&response.body),
        };
        let Some((refused, words)) = read else { return no_answer() };
        let refused = u64::try_from(refused).unwrap_or(0).min(self.items);
        Answer::Taken { refused, words: Some(self.secrets.shown(&words)).filter(|words| !words.is_empty()) }
    }

    fn redirected(&self, response: &Response) -> String {
        let location = response.location.as_deref().and_then(|to| to.parse::<Uri>().ok());
        // No more than where it is: a path or a query may have been copied from ours.
        let to = location.and_then(|to| {
            let host = to.authority()?.as_str().rsplit('@').next()?.to_owned();
            Some(format!("{}://{}", to.scheme_str().unwrap_or("http"), self.secrets.shown(&host)))
        });
        let to = to.unwrap_or_else(|| "another path".to_owned());
        format!(
            "{} sends us on to {to} ({}), where we do not go by ourselves: set {ENDPOINT} to where the receiver is",
            self.host, response.status
        )
    }

    fn refused(&self, said: &str) -> String {
        let key = match self.variables {
            [] => format!("name the environment variable with its key in {HEADERS}"),
            variables => {
                format!(
                    "check the key in the environment variable {}, which {HEADERS} names",
                    variables.join(", ")
                )
            }
        };
        format!("{} does not let us in ({said}): {key}", self.host)
    }
}

fn other(protocol: Protocol) -> Protocol {
    match protocol {
        Protocol::HttpProtobuf => Protocol::HttpJson,
        Protocol::HttpJson => Protocol::HttpProtobuf,
    }
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
