//! A receiver of OTLP on loopback that keeps what it is sent, and answers as it is told.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use flate2::read::GzDecoder;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;

/// A receiver; gone when dropped.
pub struct Receiver {
    address: SocketAddr,
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
    over: AtomicBool,
}

impl Receiver {
    /// One that takes everything.
    ///
    /// # Panics
    /// When there is no port to listen at.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap_or_else(|error| panic!("loopback: {error}"));
        let address = listener.local_addr().unwrap_or_else(|error| panic!("loopback: {error}"));
        let shared = Arc::<Shared>::default();
        shared.status.store(200, SeqCst);
        let listening = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if listening.over.load(SeqCst) {
                    return;
                }
                let shared = Arc::clone(&listening);
                std::thread::spawn(move || serve(&shared, &stream));
            }
        });
        Receiver { address, shared }
    }

    /// Where it is: `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.address.to_string()
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

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.over.store(true, SeqCst);
        // Wakes the thread that listens.
        drop(TcpStream::connect_timeout(&self.address, Duration::from_secs(1)));
    }
}

/// Serves a connection until it ends, or something comes that is no request.
fn serve(shared: &Shared, stream: &TcpStream) {
    let mut reader = BufReader::new(stream);
    while let Ok(Some(request)) = read(&mut reader) {
        let status = shared.status.load(SeqCst);
        if shared.over.load(SeqCst) || status == 0 {
            return;
        }
        {
            let mut received = shared.received.lock().unwrap_or_else(PoisonError::into_inner);
            let authorization = request.headers.get("authorization").cloned().unwrap_or_default();
            *received.requests.entry(authorization).or_default() += 1;
            if status == 200 {
                received.take(&request);
            }
        }
        let head = format!(
            "HTTP/1.1 {status} Said\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n"
        );
        let mut out = stream;
        if out.write_all(head.as_bytes()).is_err() {
            return;
        }
    }
}

struct Request {
    path: String,
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
}

/// The next request; `None` at the end of the connection.
fn read(reader: &mut BufReader<&TcpStream>) -> io::Result<Option<Request>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    let path = line.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok());
    let mut body = vec![0; length.ok_or(io::ErrorKind::InvalidData)?];
    reader.read_exact(&mut body)?;
    if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
        let mut plain = Vec::new();
        GzDecoder::new(&body[..]).read_to_end(&mut plain)?;
        body = plain;
    }
    Ok(Some(Request { path, headers, body }))
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
