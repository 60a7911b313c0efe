//! A request as bytes.

use prost::Message;
use telemetry_policy::otlp::Protocol;

use crate::exporter::Undelivered;
use crate::otlp::Request;

/// The media type that a protocol has.
pub(super) fn kind(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::HttpProtobuf => "application/x-protobuf",
        Protocol::HttpJson => "application/json",
    }
}

/// A request as it is.
///
/// # Errors
/// When it cannot be written as JSON; protobuf always can.
pub(super) fn encoded(request: &Request, protocol: Protocol) -> Result<Vec<u8>, Undelivered> {
    let json = match (protocol, request) {
        (Protocol::HttpProtobuf, Request::Traces(request)) => return Ok(request.encode_to_vec()),
        (Protocol::HttpProtobuf, Request::Metrics(request)) => return Ok(request.encode_to_vec()),
        (Protocol::HttpProtobuf, Request::Logs(request)) => return Ok(request.encode_to_vec()),
        (Protocol::HttpJson, Request::Traces(request)) => serde_json::to_vec(request),
        (Protocol::HttpJson, Request::Metrics(request)) => serde_json::to_vec(request),
        (Protocol::HttpJson, Request::Logs(request)) => serde_json::to_vec(request),
    };
    json.map_err(|error| {
        Undelivered::for_good(format!("what is to be sent cannot be written as JSON: {error}"))
    })
}
