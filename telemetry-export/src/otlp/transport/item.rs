//! How an item that a receiver refuses is found again.

use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::logs::v1::LogRecord;

use crate::otlp::convention::Conventions;
use crate::otlp::{Request, names};

/// The first item: a span by trace and id, a record by its own id, a point by its metric.
pub(super) fn name(piece: &Request) -> Option<String> {
    match piece {
        Request::Traces(request) => {
            let mut scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
            let span = scopes.find_map(|scope| scope.spans.first())?;
            Some(format!("span {} of trace {}", hex(&span.span_id), hex(&span.trace_id)))
        }
        Request::Metrics(request) => {
            let mut scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
            Some(format!("a point of {}", scopes.find_map(|scope| scope.metrics.first())?.name))
        }
        Request::Logs(request) => {
            let mut scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
            let record = scopes.find_map(|scope| scope.log_records.first())?;
            Some(format!("record {}", uid(record).unwrap_or(&record.event_name)))
        }
    }
}

fn uid(record: &LogRecord) -> Option<&str> {
    let is_uid = |key: &str| names::LOG_UID.names(Conventions::UNIVERSAL).any(|name| name == key);
    let attribute = record.attributes.iter().find(|attribute| is_uid(&attribute.key))?;
    match attribute.value.as_ref()?.value.as_ref()? {
        any_value::Value::StringValue(uid) => Some(uid),
        _ => None,
    }
}

fn hex(id: &[u8]) -> String {
    id.iter().map(|byte| format!("{byte:02x}")).collect()
}
