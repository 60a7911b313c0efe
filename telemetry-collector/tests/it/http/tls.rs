//! TLS: what is said over it, who is not let in, and files that cannot be used.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, RootCertStore, SupportedProtocolVersion};
use serde_json::json;
use telemetry_collector::http::{Limits, Options, Server, TlsFiles, is_ready};
use telemetry_collector::keys::Scope;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::server::{PATIENCE, Response, Running, post, receive, rest};
use super::wires::{BATCH, EVENTS, JSON, NDJSON, a_line, event, gzip};

/// An authority that nobody knows, and a certificate of it with its key.
struct Made {
    folder: TempDir,
    authority: CertificateDer<'static>,
}

impl Made {
    fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).unwrap().der().clone();
        let issuer = Issuer::new(params, key);
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec!["collector.example".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let made = Made { folder: tempfile::tempdir().unwrap(), authority };
        made.file("server.pem", &certificate.pem());
        made.file("server.key", &key.serialize_pem());
        made
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        fs::write(self.path(name), text).unwrap();
        self.path(name)
    }

    fn files(&self) -> TlsFiles {
        TlsFiles { certificate: self.path("server.pem"), key: self.path("server.key") }
    }

    async fn serve(&self, limits: Limits) -> Running {
        Running::of(Options { tls: Some(self.files()), limits, ..Options::default() }).await
    }

    /// A connection of somebody who trusts the authority, and wants this version and one of these protocols.
    async fn connect(
        &self,
        server: &Running,
        version: &'static SupportedProtocolVersion,
        protocols: &[&str],
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.authority.clone()).unwrap();
        let mut config =
            ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .with_protocol_versions(&[version])
                .unwrap()
                .with_root_certificates(roots)
                .with_no_client_auth();
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let stream = TcpStream::connect(server.address).await?;
        let name = ServerName::try_from("collector.example").unwrap();
        let connecting = TlsConnector::from(Arc::new(config)).connect(name, stream);
        timeout(PATIENCE, connecting).await.expect("the handshake does not end")
    }

    async fn send(&self, server: &Running, request: &[u8]) -> Response {
        let mut stream = self.connect(server, &TLS13, &[]).await.unwrap();
        let _ = stream.write_all(request).await;
        receive(&mut stream).await
    }
}

fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").into_bytes()
}

#[tokio::test]
async fn what_is_said_over_tls_is_what_is_said_without() {
    let made = Made::new();
    let (plain, encrypted) = (Running::start().await, made.serve(Limits::default()).await);
    let of_plain = plain.key("ship", &[Scope::Ingest]).await;
    let of_encrypted = encrypted.key("ship", &[Scope::Ingest]).await;
    let (batch, lines) = (json!({"events": [event()]}).to_string(), gzip(&a_line(1)));
    let requests = |key: &str| {
        let key = ("x-api-key", key);
        let host = ("x-telemetry-host", "laptop");
        vec![
            get("/health"),
            get("/ready"),
            get("/openapi.json"),
            get("/"),
            get("/nothing"),
            get(BATCH),
            post(BATCH, &[JSON], batch.as_bytes()),
            post(BATCH, &[key, JSON], batch.as_bytes()),
            post(BATCH, &[key, JSON], batch.as_bytes()),
            post(BATCH, &[key, JSON], b"{"),
            post(EVENTS, &[key, host, NDJSON, ("content-encoding", "gzip")], &lines),
            post(EVENTS, &[key, host, NDJSON], &vec![b' '; 9 << 20]),
        ]
    };
    let mut statuses = Vec::new();
    for (request, encrypted_request) in requests(&of_plain).iter().zip(requests(&of_encrypted)) {
        let said = plain.send(request).await;
        for version in [&TLS12, &TLS13] {
            let mut stream = made.connect(&encrypted, version, &["h2", "http/1.1"]).await.unwrap();
            assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
            // It may answer, and close, before all of a request is sent.
            let _ = stream.write_all(&encrypted_request).await;
            let answer = receive(&mut stream).await;
            assert_eq!(answer.status, said.status, "{answer:?}");
            assert_eq!(answer.header("content-type"), said.header("content-type"));
            // What was kept the first time is a duplicate the second time, whoever says it.
            if said.status != 200 || version == &TLS12 {
                assert_eq!(answer.text(), said.text());
            }
        }
        statuses.push(said.status);
    }
    assert_eq!(statuses, [200, 200, 200, 200, 404, 405, 401, 200, 200, 400, 200, 413]);
    assert_eq!(encrypted.storage.reports.lock().unwrap().len(), 1);
    assert_eq!(encrypted.storage.events.lock().unwrap().len(), 1);
    made.connect(&encrypted, &TLS13, &["h2"]).await.expect_err("it speaks nothing but HTTP/1.1");
    Made::new().connect(&encrypted, &TLS13, &[]).await.expect_err("another authority signed it");
}

/// Nobody gets an answer without TLS, and who speaks it does not notice that somebody tried.
#[tokio::test]
async fn plain_http_is_refused_where_tls_is_spoken() {
    let made = Made::new();
    let server = made.serve(Limits::default()).await;
    let mut open = made.connect(&server, &TLS13, &[]).await.unwrap();
    for request in [&get("/health")[..], b"\r\n\r\n", &[0; 100_000], b"\x16\x03\x01\xff\xff"] {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        let _ = stream.write_all(request).await;
        let _ = stream.shutdown().await;
        let said = rest(&mut stream).await;
        assert!(said.len() < 16 && !said.starts_with(b"HTTP"), "{}", String::from_utf8_lossy(&said));
    }
    // One connection that was there before, and goes on; and new ones.
    for _ in 0..2 {
        open.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut head = [0; 16];
        timeout(PATIENCE, open.read_exact(&mut head)).await.expect("no answer").unwrap();
        assert_eq!(&head, b"HTTP/1.1 200 OK\r");
        // The rest of that answer.
        let mut body = Vec::new();
        while !body.ends_with(b"}") {
            body.push(timeout(PATIENCE, open.read_u8()).await.expect("no body").unwrap());
        }
    }
    assert_eq!(made.send(&server, &get("/health")).await.status, 200);
}

#[tokio::test]
async fn whoever_does_not_finish_a_handshake_holds_nobody_up() {
    let made = Made::new();
    // Nobody says anything; half a greeting; and what would be one of a megabyte.
    let beginnings =
        [&b""[..], b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"\x16\x03\x01\x40\x00\x01\xff"];
    let hang = async |server: &Running, beginning: &[u8]| {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(beginning).await.unwrap();
        stream
    };
    // They stay for longer than this test, and others are answered.
    let for_ever = Duration::from_secs(3600);
    let limits = Limits { handshake: for_ever, drain: for_ever, ..Limits::default() };
    let mut patient = made.serve(limits).await;
    let mut hanging = Vec::new();
    for beginning in beginnings {
        hanging.push(hang(&patient, beginning).await);
    }
    assert_eq!(made.send(&patient, &get("/health")).await.status, 200);
    // When it is told to stop, it does not wait for them.
    patient.tell_to_stop();
    patient.stopped().await;

    // There is room for one, who is shown out in time, so that the next one gets in.
    let limits = Limits { handshake: Duration::from_millis(200), connections: 1, ..Limits::default() };
    let quick = made.serve(limits).await;
    for beginning in beginnings {
        let mut stream = hang(&quick, beginning).await;
        assert_eq!(made.send(&quick, &get("/health")).await.status, 200);
        assert!(rest(&mut stream).await.len() < 16);
    }
}

/// One line that names the file, and says what to do.
#[tokio::test]
async fn a_file_that_cannot_be_used_is_named() {
    let made = Made::new();
    let (other, folder) = (Made::new(), made.folder.path().to_owned());
    let good = made.files();
    let text = |path: &Path| fs::read_to_string(path).unwrap();
    let (certificate_text, key_text) = (text(&good.certificate), text(&good.key));
    let empty = made.file("empty.pem", "");
    let torn = made.file("torn.pem", &certificate_text[..certificate_text.len() / 2]);
    let not_base64 =
        made.file("not_base64.pem", "-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n");
    let other_bytes =
        made.file("other_bytes.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let torn_key = made.file("torn.key", &key_text[..key_text.len() / 2]);
    let other_key =
        made.file("other_bytes.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let with_password = made.file("password.key", &key_text.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"));

    let no_certificate = "no certificate that can be used: it must be in PEM, a server's own first, then those between it \
                          and an authority";
    let no_key =
        "no private key that can be used: it must be in PEM, RSA, ECDSA or Ed25519, without a password";
    let missing = "No such file or directory (os error 2): name a file that the collector may read";
    let is_folder = "Is a directory (os error 21): name a file that the collector may read";
    let (nowhere, foreign) = (made.path("nowhere"), other.files().key);
    let mismatch = format!(
        "not the key of the certificate in {}: name two files that were made together",
        good.certificate.display()
    );
    let of_certificate = [
        (&nowhere, missing),
        (&folder, is_folder),
        (&empty, no_certificate),
        (&torn, no_certificate),
        (&not_base64, no_certificate),
        (&other_bytes, no_certificate),
        // The two, mixed up.
        (&good.key, no_certificate),
    ];
    let of_key = [
        (&nowhere, missing),
        (&folder, is_folder),
        (&empty, no_key),
        (&torn_key, no_key),
        (&other_key, no_key),
        (&with_password, no_key),
        (&good.certificate, no_key),
        (&foreign, &mismatch),
    ];
    let of_certificate = of_certificate.map(|(path, is)| {
        (TlsFiles { certificate: path.clone(), key: good.key.clone() }, path, is.to_owned())
    });
    let of_key = of_key.map(|(path, is)| {
        (TlsFiles { certificate: good.certificate.clone(), key: path.clone() }, path, is.to_owned())
    });
    for (files, path, is) in of_certificate.into_iter().chain(of_key) {
        let listen = ([127, 0, 0, 1], 0).into();
        let refused = Server::bind(Options { listen, tls: Some(files), ..Options::default() }).await;
        let said = refused.err().unwrap_or_else(|| panic!("{} is taken", path.display())).to_string();
        assert_eq!(said, format!("{}: {is}", path.display()));
    }
}

/// It asks who has the certificate of the file and nobody else, whatever name that is for and whoever signed it.
#[tokio::test]
async fn a_collector_is_asked_whether_it_is_ready_by_its_certificate() {
    let made = Made::new();
    let server = made.serve(Limits::default()).await;
    let (plain, certificate) = (Running::start().await, made.path("server.pem"));
    assert!(is_ready(server.address, Some(&certificate)).await.unwrap());
    assert!(is_ready(plain.address, None).await.unwrap());
    let without_database = made.serve(Limits::default()).await;
    without_database.storage.is_down.store(true, Ordering::SeqCst);
    assert!(!is_ready(without_database.address, Some(&certificate)).await.unwrap());

    let why = async |server: &Running, certificate: Option<&Path>| {
        is_ready(server.address, certificate).await.unwrap_err().to_string()
    };
    let (here, there) = (server.address, plain.address);
    assert_eq!(
        why(&server, None).await,
        format!(
            "what answers at {here} does not speak HTTP: where a collector has a certificate, name it by --tls-cert"
        )
    );
    assert_eq!(
        why(&plain, Some(&certificate)).await,
        format!(
            "what answers at {there} does not speak TLS: leave --tls-cert away for a collector that has no certificate"
        )
    );
    let nowhere = made.path("nowhere.pem");
    let missing = "No such file or directory (os error 2): name a file that the collector may read";
    assert_eq!(why(&server, Some(&nowhere)).await, format!("{}: {missing}", nowhere.display()));
    let other = Made::new();
    assert_eq!(
        why(&server, Some(&other.path("server.pem"))).await,
        format!(
            "what answers at {here} has another certificate than the one in {}: a collector reads it when it starts, so \
             restart it once it is renewed",
            other.path("server.pem").display()
        )
    );
}
