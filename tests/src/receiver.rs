//! A receiver of OTLP on loopback that keeps what it is sent, and answers as it is told.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU16, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

use crate::http::{Reply, Request, Server};

/// A receiver; gone when dropped.
pub struct Receiver {
    server: Server,
    shared: Arc<Shared>,
}

/// What came, as often as it came.
#[derive(Debug, Default, Clone)]
pub struct Received {
    /// Spans.
    pub spans: Vec<Span>,
    /// Log records.
    pub logs: Vec<LogRecord>,
    /// Metrics.
    pub metrics: Vec<Metric>,
    /// Requests, those that were not taken too, by the value of their `authorization`.
    pub requests: BTreeMap<String, usize>,
}

#[derive(Default)]
struct Shared {
    received: Mutex<Received>,
    /// What is answered; what is not taken with it is not kept.
    status: AtomicU16,
}

impl Receiver {
    /// One that takes everything.
    ///
    /// # Panics
    /// When there is no port to listen at.
    pub fn start() -> Self {
        let shared = Arc::<Shared>::default();
        shared.status.store(200, SeqCst);
        let answering = Arc::clone(&shared);
        Receiver { server: Server::start(move |request| answering.answer(request)), shared }
    }

    /// Where it is: `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.server.host()
    }

    /// A config that has it as its endpoint, switched on or not.
    pub fn config(&self, enabled: bool) -> String {
        let host = self.host();
        format!("telemetry:\n  export:\n    otlp: {{enabled: {enabled}, endpoint: 'http://{host}'}}\n")
    }

    /// From now on it answers with this status; 0 is to hang up.
    pub fn answers(&self, status: u16) {
        self.shared.status.store(status, SeqCst);
    }

    /// What it has.
    pub fn received(&self) -> Received {
        self.shared.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How often each span came, by its id.
    pub fn spans(&self) -> BTreeMap<String, usize> {
        let mut spans = BTreeMap::new();
        for span in self.received().spans {
            let id: String = span.span_id.iter().map(|byte| format!("{byte:02x}")).collect();
            *spans.entry(id).or_default() += 1;
        }
        spans
    }
}

impl Shared {
    fn answer(&self, request: &Request) -> Reply {
        let status = self.status.load(SeqCst);
        if status == 0 {
            return Reply::HangUp;
        }
        let mut received = self.received.lock().unwrap_or_else(PoisonError::into_inner);
        let authorization = request.headers.get("authorization").cloned().unwrap_or_default();
        *received.requests.entry(authorization).or_default() += 1;
        if status == 200 {
            received.take(request);
        }
        Reply::Answer { status, kind: "application/x-protobuf", body: Vec::new() }
    }
}

impl Received {
    /// # Panics
    /// When a body is not what its address says: nothing else listens for these tests.
    fn take(&mut self, request: &Request) {
        let body = &request.body[..];
        match request.path.as_str() {
            "/v1/traces" => {
                let none = |error: prost::DecodeError| panic!("traces: {error}");
                let request = ExportTraceServiceRequest::decode(body).unwrap_or_else(none);
                let scopes = request.resource_spans.into_iter().flat_map(|resource| resource.scope_spans);
                self.spans.extend(scopes.flat_map(|scope| scope.spans));
            }
            "/v1/logs" => {
                let none = |error: prost::DecodeError| panic!("logs: {error}");
                let request = ExportLogsServiceRequest::decode(body).unwrap_or_else(none);
                let scopes = request.resource_logs.into_iter().flat_map(|resource| resource.scope_logs);
                self.logs.extend(scopes.flat_map(|scope| scope.log_records));
            }
            "/v1/metrics" => {
                let none = |error: prost::DecodeError| panic!("metrics: {error}");
                let request = ExportMetricsServiceRequest::decode(body).unwrap_or_else(none);
                let scopes = request.resource_metrics.into_iter().flat_map(|resource| resource.scope_metrics);
                self.metrics.extend(scopes.flat_map(|scope| scope.metrics));
            }
            path => panic!("nothing is sent to {path}"),
        }
    }
}
