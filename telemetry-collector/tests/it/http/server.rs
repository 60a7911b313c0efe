//! A running server, and requests to it as bytes: those of a test are often none that a client would send.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use telemetry_collector::http::{Limits, Log, Options, Parts, Server};
use telemetry_collector::keys::{KeyRecord, Scope, Secret};
use telemetry_collector::settle::Deriver;
use telemetry_collector::storage::Storage;
use telemetry_core::time::UnixNanos;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::fake::{Fake, NoAnswers};

/// Long enough for anything that is not hanging.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server on a port of its own.
pub struct Running {
    pub address: SocketAddr,
    pub metrics: SocketAddr,
    pub storage: Arc<Fake>,
    /// What it told of trouble.
    pub told: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

impl Running {
    pub async fn start() -> Self {
        Self::with(Limits::default()).await
    }

    pub async fn with(limits: Limits) -> Self {
        Self::of(Options { limits, ..Options::default() }).await
    }

    /// With these options, but for the ports.
    pub async fn of(options: Options) -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let server = Server::bind(Options { listen: any, metrics: Some(any), ..options }).await.unwrap();
        let address = server.address().unwrap();
        let metrics = server.metrics_address().unwrap().unwrap();
        let storage = Arc::new(Fake::default());
        let told = Arc::new(Mutex::new(Vec::new()));
        let log: Log = Arc::new({
            let told = told.clone();
            move |line: &str| told.lock().unwrap().push(line.to_owned())
        });
        let parts = Parts {
            storage: storage.clone(),
            answers: Arc::new(NoAnswers),
            deriver: Arc::new(Deriver::default()),
            log,
        };
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(server.run(parts, async {
            let _ = stopped.await;
        }));
        Running { address, metrics, storage, told, stop: Some(stop), served }
    }

    /// Tells it to stop, and does not wait.
    pub fn tell_to_stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Waits until it has stopped.
    pub async fn stopped(self) {
        timeout(PATIENCE, self.served).await.expect("it does not stop").unwrap();
    }

    /// A new key; its text.
    pub async fn key(&self, name: &str, scopes: &[Scope]) -> String {
        self.key_like(name, scopes, |_| {}).await
    }

    pub async fn key_like(
        &self,
        name: &str,
        scopes: &[Scope],
        change: impl FnOnce(&mut KeyRecord),
    ) -> String {
        let secret = Secret::random().unwrap();
        let mut record = KeyRecord {
            hash: secret.hash(),
            name: name.to_owned(),
            scopes: scopes.to_vec(),
            host: None,
            created: UnixNanos::now(),
            expires: None,
            used: None,
            revoked: None,
        };
        change(&mut record);
        self.storage.add_key(&record).await.unwrap();
        secret.reveal().to_owned()
    }

    /// A request in one piece.
    pub async fn send(&self, request: impl AsRef<[u8]>) -> Response {
        send(self.address, request.as_ref()).await
    }

    pub async fn get(&self, path: &str) -> Response {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")).await
    }

    /// A POST with these headers besides those it must have.
    pub async fn post(&self, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Response {
        self.send(post(path, headers, body.as_ref())).await
    }

    /// What `/metrics` says in the line that begins so.
    pub async fn metric(&self, line: &str) -> Option<f64> {
        let text =
            send(self.metrics, b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await.text();
        text.lines().find_map(|one| one.strip_prefix(line)?.trim().parse().ok())
    }
}

/// A POST as bytes.
pub fn post(path: &str, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head =
        format!("POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

pub async fn send(address: SocketAddr, request: &[u8]) -> Response {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // It may answer, and close, before all of a request is sent.
    let _ = stream.write_all(request).await;
    receive(&mut stream).await
}

/// All that comes until the connection ends, as a response.
pub async fn receive(stream: &mut (impl AsyncRead + Unpin)) -> Response {
    Response::parse(&rest(stream).await)
}

/// All that comes until the connection ends.
pub async fn rest(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut received = Vec::new();
    let read = async {
        let mut piece = [0; 8192];
        // A connection that is reset after the answer has answered.
        while let Ok(read @ 1..) = stream.read(&mut piece).await {
            received.extend_from_slice(&piece[..read]);
        }
    };
    timeout(PATIENCE, read).await.expect("the connection does not end");
    received
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Response {
    fn parse(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("this is no answer: {:?}", String::from_utf8_lossy(bytes)));
        let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Response { status, head, body: bytes[end + 4..].to_vec() }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        lines.find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// What is wrong, according to the problem document that this must be.
    pub fn problem(&self, status: u16) -> String {
        let problem = self.json();
        assert_eq!(self.status, status, "{problem}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(problem["status"], status);
        assert!(problem["type"].as_str().unwrap().starts_with("urn:telemetry:problem:"), "{problem}");
        assert!(!problem["title"].as_str().unwrap().is_empty(), "{problem}");
        problem["detail"].as_str().unwrap().to_owned()
    }
}
