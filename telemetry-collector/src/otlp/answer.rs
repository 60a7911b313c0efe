//! What a sender is answered, in the encoding of its request.

use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsPartialSuccess, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsPartialSuccess, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use prost::Message;
use serde_json::json;

use super::mark::Signal;
use super::read::Encoding;

/// Items of a request that were not taken in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rejected {
    /// How many spans, log records or points.
    pub items: u64,
    /// What was wrong with the first.
    pub reason: String,
}

impl Rejected {
    /// One more.
    pub fn add(&mut self, reason: &str) {
        if self.items == 0 {
            reason.clone_into(&mut self.reason);
        }
        self.items += 1;
    }
}

/// `google.rpc.Status`, which is what OTLP answers with when a request is refused.
#[derive(Clone, PartialEq, Message)]
struct Status {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// The answer to a request that was taken in, but for what was `rejected`.
pub fn taken(signal: Signal, encoding: Encoding, rejected: &Rejected) -> Vec<u8> {
    let Rejected { items, reason } = rejected;
    let (count, partial) = (i64::try_from(*items).unwrap_or(i64::MAX), *items > 0);
    match (encoding, signal) {
        (Encoding::Json, _) if !partial => b"{}".to_vec(),
        // 64-bit numbers are texts in the protocol's JSON.
        (Encoding::Json, _) => {
            let of = match signal {
                Signal::Span => "rejectedSpans",
                Signal::Log => "rejectedLogRecords",
                Signal::Metric => "rejectedDataPoints",
            };
            json!({"partialSuccess": {of: count.to_string(), "errorMessage": reason}})
                .to_string()
                .into_bytes()
        }
        (Encoding::Protobuf, Signal::Span) => {
            let success = ExportTracePartialSuccess { rejected_spans: count, error_message: reason.clone() };
            ExportTraceServiceResponse { partial_success: partial.then_some(success) }.encode_to_vec()
        }
        (Encoding::Protobuf, Signal::Log) => {
            let success =
                ExportLogsPartialSuccess { rejected_log_records: count, error_message: reason.clone() };
            ExportLogsServiceResponse { partial_success: partial.then_some(success) }.encode_to_vec()
        }
        (Encoding::Protobuf, Signal::Metric) => {
            let success =
                ExportMetricsPartialSuccess { rejected_data_points: count, error_message: reason.clone() };
            ExportMetricsServiceResponse { partial_success: partial.then_some(success) }.encode_to_vec()
        }
    }
}

/// The answer to a request that was refused: `code` is one of gRPC's.
pub fn refused(encoding: Encoding, code: i32, message: &str) -> Vec<u8> {
    match encoding {
        Encoding::Json => json!({"code": code, "message": message}).to_string().into_bytes(),
        Encoding::Protobuf => Status { code, message: message.to_owned() }.encode_to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_what_was_rejected_and_nothing_when_nothing_was() {
        for signal in [Signal::Span, Signal::Log, Signal::Metric] {
            assert_eq!(taken(signal, Encoding::Protobuf, &Rejected::default()), b"");
            assert_eq!(taken(signal, Encoding::Json, &Rejected::default()), b"{}");
        }
        let mut rejected = Rejected::default();
        rejected.add("first");
        rejected.add("second");
        let bytes = taken(Signal::Log, Encoding::Protobuf, &rejected);
        let said = ExportLogsServiceResponse::decode(&bytes[..]).unwrap().partial_success.unwrap();
        assert_eq!((said.rejected_log_records, said.error_message.as_str()), (2, "first"));
        assert_eq!(
            taken(Signal::Span, Encoding::Json, &rejected),
            br#"{"partialSuccess":{"errorMessage":"first","rejectedSpans":"2"}}"#
        );
        assert_eq!(Status::decode(&refused(Encoding::Protobuf, 3, "no")[..]).unwrap().message, "no");
    }
}
