//! OTLP as it is spoken over HTTP (OTLP 1.x, "OTLP/HTTP").

use prost::Message as _;
use telemetry_policy::otlp::Protocol;

use super::answer;
use super::{encode, item, split};
use crate::exporter::Undelivered;
use crate::http::{Answer, Asked, Dialect, Keys, Noun, Parcel, Response};
use crate::otlp::{Request, Signal};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTracePartialSuccess;

/// OTLP in one of its encodings.
pub(super) struct Spoken(pub Protocol);

/// What its settings are called. The certificate is where OpenTelemetry's own exporters have it.
pub(super) const KEYS: Keys = Keys {
    endpoint: "telemetry.export.otlp.endpoint",
    headers: "telemetry.export.otlp.headers_env",
    certificate: "OTEL_EXPORTER_OTLP_CERTIFICATE",
    speaks: "OTLP over HTTP (port 4318 as a rule; 4317 is gRPC's)",
    receiver: "receiver",
    example: "http://localhost:4318",
    advice: "see what it wants, in headers by telemetry.export.otlp.headers_env for example",
};

impl Dialect for Spoken {
    type Parcel = Request;

    const KEYS: Keys = KEYS;

    /// Answers are short; of anything else the first words do.
    const ANSWER: u64 = 64 << 10;

    fn kind(&self) -> &'static str {
        encode::kind(self.0)
    }

    fn path(&self, request: &Request) -> String {
        request.signal().path().to_owned()
    }

    fn encoded(&self, request: &Request) -> Result<Vec<u8>, Undelivered> {
        encode::encoded(request, self.0)
    }

    fn taken(&self, response: &Response, asked: &Asked<'_>) -> Answer {
        answer::taken(response, asked, self.0)
    }

    /// A receiver may take some signals and not others; without traces the path is wrong.
    fn absent(&self, request: &Request, said: &str, asked: &Asked<'_>) -> Answer {
        let (host, endpoint) = (asked.host, KEYS.endpoint);
        match request.signal() {
            Signal::Traces => Answer::Not(Undelivered::for_good(format!(
                "{host} takes no traces there ({said}): correct the path of {endpoint}, to which /v1/traces is added, or \
                 what the headers name"
            ))),
            signal => Answer::Absent(format!(
                "{host} takes no {0} ({said}): leave {0} out of telemetry.export.otlp.signals, or correct the path of \
                 {endpoint}",
                signal.as_str()
            )),
        }
    }

    fn unread(&self, said: &str, asked: &Asked<'_>) -> Undelivered {
        let other = match self.0 {
            Protocol::HttpProtobuf => Protocol::HttpJson,
            Protocol::HttpJson => Protocol::HttpProtobuf,
        };
        Undelivered::for_good(format!(
            "{} does not read {} ({said}): set telemetry.export.otlp.protocol to {}",
            asked.host,
            self.kind(),
            other.as_str()
        ))
    }

    /// OTLP errors are `google.rpc.Status`: like this message a number, and a text in field 2.
    fn text(&self, response: &Response) -> Option<String> {
        if !response.is("protobuf") || response.is("json") {
            return None;
        }
        let status = ExportTracePartialSuccess::decode(&response.body[..]).ok()?;
        Some(status.error_message)
    }
}

impl Parcel for Request {
    fn items(&self) -> u64 {
        Request::items(self)
    }

    fn noun(&self) -> Noun {
        let signal = self.signal();
        let one = match signal {
            Signal::Traces => "span",
            Signal::Metrics => "metric point",
            Signal::Logs => "log record",
        };
        Noun { one, all: signal.as_str() }
    }

    fn name(&self) -> Option<String> {
        item::name(self)
    }

    fn halves(self) -> (Self, Self) {
        split::halves(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(kind: &str, body: &[u8]) -> Option<String> {
        let response = Response { kind: kind.to_owned(), body: body.to_vec(), ..Response::default() };
        Spoken(Protocol::HttpProtobuf).text(&response)
    }

    #[test]
    fn an_error_in_protobuf_is_read() {
        let status = ExportTracePartialSuccess { rejected_spans: 3, error_message: "bad span".to_owned() };
        assert_eq!(text("application/x-protobuf", &status.encode_to_vec()).as_deref(), Some("bad span"));
        assert_eq!(text("application/x-protobuf", b"<garbage>"), None);
        assert_eq!(text("text/plain", &status.encode_to_vec()), None);
    }
}
