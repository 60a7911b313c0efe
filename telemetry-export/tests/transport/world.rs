//! Settings, clocks and requests of the tests.

use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, span};
use prost::Message;
use telemetry_core::time::UnixNanos;
use telemetry_export::Undelivered;
use telemetry_export::http::{Clock, Interrupt, Limits};
use telemetry_export::otlp::transport::Setup;
use telemetry_export::otlp::{Request, Transport};
use telemetry_policy::Settings;

use crate::server::{Received, Server};

/// Settings with this section `telemetry.export.otlp`.
pub fn settings(otlp: &str) -> Settings {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), format!("telemetry: {{export: {{otlp: {{{otlp}}}}}}}"))
        .unwrap();
    let settings = Settings::load_with(home.path(), &|_| None);
    let unexpected: Vec<_> = settings.warnings().iter().map(ToString::to_string).collect();
    assert_eq!(
        unexpected.iter().filter(|warning| !warning.contains("not built")).count(),
        0,
        "{unexpected:?}"
    );
    settings
}

/// A way to `url` with no patience, by a section with `more` in it and an environment of these variables.
pub fn transport(url: &str, more: &str, environment: &[(&str, &str)]) -> Result<Transport, Undelivered> {
    build(
        url,
        more,
        environment,
        Limits { patience: Duration::ZERO, ..Limits::default() },
        None,
        Interrupt::default(),
    )
}

pub fn build(
    url: &str,
    more: &str,
    environment: &[(&str, &str)],
    limits: Limits,
    clock: Option<Box<dyn Clock>>,
    interrupt: Interrupt,
) -> Result<Transport, Undelivered> {
    let settings = settings(&format!("endpoint: '{url}'{}{more}", if more.is_empty() { "" } else { ", " }));
    let environment = |name: &str| {
        environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    };
    let setup = Setup { limits, interrupt, ..Setup::of(&settings, &environment)? };
    match clock {
        Some(clock) => Transport::with_clock(&setup, clock),
        None => Transport::new(&setup),
    }
}

/// A way to a server with no patience.
pub fn to(server: &Server) -> Transport {
    transport(&server.url(), "", &[]).unwrap()
}

/// A clock that stands still but for those who wait by it.
#[derive(Clone, Default)]
pub struct Still(Arc<Mutex<Vec<Duration>>>);

impl Still {
    /// How long was waited each time.
    pub fn waits(&self) -> Vec<Duration> {
        self.0.lock().unwrap().clone()
    }
}

impl Clock for Still {
    fn elapsed(&self) -> Duration {
        self.waits().iter().sum()
    }

    fn now(&self) -> UnixNanos {
        // 1994-11-06T08:49:37Z, the date of the examples in RFC 9110.
        UnixNanos::from_seconds(784_111_777.0).unwrap()
    }

    fn sleep(&self, time: Duration, _interrupt: &Interrupt) {
        self.0.lock().unwrap().push(time);
    }
}

fn resource() -> Option<Resource> {
    let service =
        KeyValue { key: "service.name".to_owned(), value: text("telemetry"), ..KeyValue::default() };
    Some(Resource { attributes: vec![service], ..Resource::default() })
}

fn scope() -> Option<InstrumentationScope> {
    Some(InstrumentationScope { name: "telemetry".to_owned(), ..InstrumentationScope::default() })
}

fn text(value: &str) -> Option<AnyValue> {
    Some(AnyValue { value: Some(any_value::Value::StringValue(value.to_owned())) })
}

/// Spans of these names, in scopes and resources of at most three.
pub fn spans(names: &[&str]) -> Request {
    let span = |(number, name): (usize, &&str)| {
        let trace_id = vec![0xab; 16];
        let links =
            vec![span::Link { trace_id: trace_id.clone(), span_id: vec![9; 8], ..span::Link::default() }];
        let span_id = (number as u64 + 1).to_be_bytes().to_vec();
        let (start, end) = (1_700_000_000_000_000_000, 1_700_000_000_000_000_001);
        let times = Span { start_time_unix_nano: start, end_time_unix_nano: end, ..Span::default() };
        Span { trace_id, span_id, links, name: (*name).to_owned(), ..times }
    };
    let all: Vec<Span> = names.iter().enumerate().map(span).collect();
    let scopes = all.chunks(3).map(|spans| ScopeSpans {
        scope: scope(),
        spans: spans.to_vec(),
        ..ScopeSpans::default()
    });
    let scopes: Vec<ScopeSpans> = scopes.collect();
    let resources = scopes.chunks(2).map(|scopes| ResourceSpans {
        resource: resource(),
        scope_spans: scopes.to_vec(),
        ..ResourceSpans::default()
    });
    Request::Traces(ExportTraceServiceRequest { resource_spans: resources.collect() })
}

/// One metric with so many points.
pub fn points(points: u64) -> Request {
    let point = |number: u64| NumberDataPoint { time_unix_nano: number + 1, ..NumberDataPoint::default() };
    let sum = Sum { data_points: (0..points).map(point).collect(), is_monotonic: true, ..Sum::default() };
    let metric =
        Metric { name: "telemetry.turns".to_owned(), data: Some(Data::Sum(sum)), ..Metric::default() };
    let scope = ScopeMetrics { scope: scope(), metrics: vec![metric], ..ScopeMetrics::default() };
    let resource =
        ResourceMetrics { resource: resource(), scope_metrics: vec![scope], ..ResourceMetrics::default() };
    Request::Metrics(ExportMetricsServiceRequest { resource_metrics: vec![resource] })
}

/// Log records with these ids.
pub fn records(ids: &[&str]) -> Request {
    let record = |id: &&str| {
        let uid = KeyValue { key: "log.record.uid".to_owned(), value: text(id), ..KeyValue::default() };
        LogRecord { attributes: vec![uid], ..LogRecord::default() }
    };
    let scope =
        ScopeLogs { scope: scope(), log_records: ids.iter().map(record).collect(), ..ScopeLogs::default() };
    let resource = ResourceLogs { resource: resource(), scope_logs: vec![scope], ..ResourceLogs::default() };
    Request::Logs(ExportLogsServiceRequest { resource_logs: vec![resource] })
}

/// The names of the spans in what arrived as protobuf.
pub fn names(received: &Received) -> Vec<String> {
    let request = ExportTraceServiceRequest::decode(&received.body[..]).unwrap();
    let scopes = request.resource_spans.iter().flat_map(|resource| {
        assert_eq!(resource.resource, self::resource());
        &resource.scope_spans
    });
    let spans = scopes.flat_map(|scope| {
        assert_eq!(scope.scope, self::scope());
        &scope.spans
    });
    spans.map(|span| span.name.clone()).collect()
}
