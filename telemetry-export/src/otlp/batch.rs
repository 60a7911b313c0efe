//! Requests of a size that receivers take.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::{Metric, ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::resource::v1::Resource as ResourceMessage;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use telemetry_core::name::Name;

use super::convention::Conventions;
use super::resource::Resource;
use super::signal::Request;
use crate::exporter::Undelivered;

/// The most items of a request, as the exporters of OpenTelemetry have it.
const ITEMS: usize = 512;
/// The most bytes of a request, as protobuf and before it is compressed: a quarter of what collectors take.
const BYTES: usize = 1 << 20;

/// An item: a span, a log record or a metric.
pub(super) trait Item: Message + Sized {
    /// The request with these items, of each host in turn.
    fn request(hosts: Vec<(ResourceMessage, Vec<Self>)>) -> Request;
}

/// Sends items, with their hosts, in requests of a size that receivers take. Items are made as they are asked for, so that
/// no more than a request of them is in memory.
pub(super) fn in_requests<T: Item>(
    items: impl IntoIterator<Item = (Option<Name>, T)>,
    resource: &Resource,
    by: Conventions,
    send: &mut dyn FnMut(Request) -> Result<(), Undelivered>,
) -> Result<(), Undelivered> {
    let mut hosts = Vec::<(Option<Name>, Vec<T>)>::new();
    let (mut count, mut bytes) = (0, 0);
    let request = |hosts: &mut Vec<(Option<Name>, Vec<T>)>| {
        let hosts = hosts.drain(..).map(|(host, items)| (resource.of(host.as_ref(), by), items));
        T::request(hosts.collect())
    };
    for (host, item) in items {
        let size = item.encoded_len();
        if count == ITEMS || (count > 0 && bytes + size > BYTES) {
            send(request(&mut hosts))?;
            (count, bytes) = (0, 0);
        }
        (count, bytes) = (count + 1, bytes + size);
        match hosts.iter_mut().find(|(known, _)| *known == host) {
            Some((_, of_host)) => of_host.push(item),
            None => hosts.push((host, vec![item])),
        }
    }
    if count > 0 {
        send(request(&mut hosts))?;
    }
    Ok(())
}

/// Who made the items, and in which version.
fn scope() -> Option<InstrumentationScope> {
    let (name, version) = ("telemetry".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    Some(InstrumentationScope { name, version, ..InstrumentationScope::default() })
}

impl Item for Span {
    fn request(hosts: Vec<(ResourceMessage, Vec<Self>)>) -> Request {
        let of_host = |(resource, spans)| ResourceSpans {
            resource: Some(resource),
            scope_spans: vec![ScopeSpans { scope: scope(), spans, ..ScopeSpans::default() }],
            ..ResourceSpans::default()
        };
        let resource_spans = hosts.into_iter().map(of_host).collect();
        Request::Traces(ExportTraceServiceRequest { resource_spans })
    }
}

impl Item for LogRecord {
    fn request(hosts: Vec<(ResourceMessage, Vec<Self>)>) -> Request {
        let of_host = |(resource, log_records)| ResourceLogs {
            resource: Some(resource),
            scope_logs: vec![ScopeLogs { scope: scope(), log_records, ..ScopeLogs::default() }],
            ..ResourceLogs::default()
        };
        let resource_logs = hosts.into_iter().map(of_host).collect();
        Request::Logs(ExportLogsServiceRequest { resource_logs })
    }
}

impl Item for Metric {
    fn request(hosts: Vec<(ResourceMessage, Vec<Self>)>) -> Request {
        let of_host = |(resource, metrics)| ResourceMetrics {
            resource: Some(resource),
            scope_metrics: vec![ScopeMetrics { scope: scope(), metrics, ..ScopeMetrics::default() }],
            ..ResourceMetrics::default()
        };
        let resource_metrics = hosts.into_iter().map(of_host).collect();
        Request::Metrics(ExportMetricsServiceRequest { resource_metrics })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::names;

    fn requests(items: impl IntoIterator<Item = (&'static str, usize)>) -> Vec<Vec<(usize, usize)>> {
        let span = |(host, size): (&str, usize)| {
            (Some(Name::new(host)), Span { name: "x".repeat(size), ..Span::default() })
        };
        let mut requests = Vec::new();
        let mut keep = |request| {
            requests.push(request);
            Ok(())
        };
        in_requests(items.into_iter().map(span), &Resource::default(), names::GENAI, &mut keep).unwrap();
        let outline = |request| {
            let Request::Traces(request) = request else { panic!("{request:?}") };
            let spans = |resource: &ResourceSpans| {
                (resource.resource.as_ref().unwrap().attributes.len(), resource.scope_spans[0].spans.len())
            };
            request.resource_spans.iter().map(spans).collect()
        };
        requests.into_iter().map(outline).collect()
    }

    #[test]
    fn a_request_has_so_many_items_and_bytes_and_no_more() {
        assert!(requests([]).is_empty(), "nothing is no request");
        assert_eq!(requests([("a", 1), ("b", 1), ("a", 1)]), [[(3, 2), (3, 1)]]);
        assert_eq!(requests((0..ITEMS + 1).map(|_| ("a", 1))), [[(3, ITEMS)], [(3, 1)]]);
        // One that is too large alone goes alone: the receiver says what it thinks of it.
        assert_eq!(
            requests([("a", BYTES), ("a", 1), ("a", BYTES / 2), ("a", BYTES)]),
            [[(3, 1)], [(3, 2)], [(3, 1)]]
        );
    }
}
