use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use telemetry_export::Undelivered;
use tempfile::TempDir;

use crate::server::{Reply, Server};
use crate::world::{spans, transport};
use telemetry_export::otlp::Courier;

const VARIABLE: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";

/// An authority that nobody knows, and a server with a certificate of it.
struct Encrypted {
    server: Server,
    folder: TempDir,
    authority: String,
}

impl Encrypted {
    fn new() -> Self {
        Self::of("Nobody")
    }

    /// With an authority of this name.
    fn of(authority: &str) -> Self {
        Self::with(authority, &["localhost"], |_| {})
    }

    fn with(authority: &str, names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, authority);
        let authority = params.self_signed(&key).unwrap().pem();
        let issuer = Issuer::new(params, key);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        change(&mut params);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &issuer).unwrap();
        let server = Server::encrypted(config(certificate.der().clone(), &key));
        Encrypted { server, folder: tempfile::tempdir().unwrap(), authority }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn host(&self) -> String {
        format!("localhost:{}", self.server.port())
    }

    /// What comes of sending there with this as the list of authorities.
    fn send(&self, authorities: &str) -> Result<u64, Undelivered> {
        let path = self.file("authorities.pem", authorities);
        let mut transport =
            transport(&format!("https://{}", self.host()), "", &[(VARIABLE, path.to_str().unwrap())])?;
        transport.send(spans(&["a"; 100])).map(|sent| sent.items)
    }
}

fn config(certificate: CertificateDer<'static>, key: &KeyPair) -> ServerConfig {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap()
}

#[test]
fn an_authority_of_the_owners_own_is_trusted() {
    let encrypted = Encrypted::new();
    assert_eq!(encrypted.send(&encrypted.authority), Ok(100));
    // Among others, and with words around it.
    let other = Encrypted::new().authority;
    assert_eq!(encrypted.send(&format!("# ours\n{other}\n{}", encrypted.authority)), Ok(100));
    assert!(encrypted.server.received().iter().all(crate::server::Received::is_gzip));
}

#[test]
fn a_certificate_that_cannot_be_trusted_says_what_to_do() {
    let unknown = |host: &str| {
        format!(
            "the certificate of {host} is signed by nobody this machine trusts: name a PEM file with its authority in \
             {VARIABLE}"
        )
    };
    let encrypted = Encrypted::new();
    // Another one, and another one of the same name.
    for other in [Encrypted::of("Somebody").authority, Encrypted::new().authority] {
        assert_eq!(encrypted.send(&other), Err(Undelivered::for_good(unknown(&encrypted.host()))));
    }

    let elsewhere = Encrypted::with("Nobody", &["elsewhere.example"], |_| {});
    let is = format!(
        "the certificate of {} is not for this name: correct telemetry.export.otlp.endpoint, or the certificate",
        elsewhere.host()
    );
    assert_eq!(elsewhere.send(&elsewhere.authority), Err(Undelivered::for_good(is)));

    let old = Encrypted::with("Nobody", &["localhost"], |params| {
        params.not_after = rcgen::date_time_ymd(2001, 1, 1)
    });
    let is = format!("the certificate of {} is not valid today: renew it, or set the clock", old.host());
    assert_eq!(old.send(&old.authority), Err(Undelivered::for_good(is)));

    let itself = Encrypted::with("Nobody", &["localhost"], |params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)
    });
    let is = format!(
        "the certificate of {} is an authority's: give the receiver one of its own, which that authority has signed",
        itself.host()
    );
    assert_eq!(itself.send(&itself.authority), Err(Undelivered::for_good(is)));
    for refusing in [encrypted, elsewhere, old, itself] {
        assert_eq!(refusing.server.received().len(), 0);
    }
}

#[test]
fn a_file_without_a_certificate_is_named() {
    let encrypted = Encrypted::new();
    let path = encrypted.folder.path().join("authorities.pem").display().to_string();
    let is = format!("{path}, which {VARIABLE} names, holds no certificate: it must be a PEM file with one");
    for text in ["", "what", "-----BEGIN CERTIFICATE-----\n"] {
        assert_eq!(encrypted.send(text), Err(Undelivered::for_good(is.clone())));
    }
    let why = transport("https://localhost", "", &[(VARIABLE, "/nowhere/at/all.pem")]).unwrap_err();
    let is = format!("/nowhere/at/all.pem, which {VARIABLE} names, cannot be read: ");
    assert!(why.message.starts_with(&is) && !why.temporary, "{why}");
    // Nobody looks where nothing is encrypted.
    assert!(transport("http://localhost", "", &[(VARIABLE, "/nowhere/at/all.pem")]).is_ok());
}

#[test]
fn what_does_not_speak_tls_is_told_from_what_is_not_trusted() {
    let server = Server::script([Reply::ok()]);
    let encrypted = Encrypted::new();
    let path = encrypted.file("authority.pem", &encrypted.authority);
    // A server that waits for a line of HTTP and answers in it.
    let plain = Server::new(|_| Reply::raw("HTTP/1.1 400 Bad Request\r\n\r\n").closing());
    let url = format!("https://localhost:{}", plain.port());
    let why =
        transport(&url, "", &[(VARIABLE, path.to_str().unwrap())]).unwrap().send(spans(&["a"])).unwrap_err();
    let is = "does not speak TLS: write http:// in telemetry.export.otlp.endpoint if that is meant";
    let closed = "closed the connection before it had answered: check the receiver";
    assert!(why.message.ends_with(is) || why.message.ends_with(closed), "{why}");
    drop(server);
}

/// What is not encrypted never goes through a proxy, nor what stays on this machine; of one that cannot be used it is said so.
#[test]
fn a_proxy_is_for_what_is_encrypted_and_elsewhere() {
    let proxy = Server::script([Reply::new(403, "text/plain", "no")]);
    let encrypted = Encrypted::new();
    let path = encrypted.file("authority.pem", &encrypted.authority);
    let environment =
        |proxy| [("HTTPS_PROXY", proxy), ("HTTP_PROXY", proxy), (VARIABLE, path.to_str().unwrap())];
    let url = proxy.url();

    let plain = Server::script([Reply::ok()]);
    assert_eq!(
        transport(&plain.url(), "", &environment(&url)).unwrap().send(spans(&["a"])).unwrap().items,
        1
    );
    let here = format!("https://{}", encrypted.host());
    assert_eq!(transport(&here, "", &environment(&url)).unwrap().send(spans(&["a"])).unwrap().items, 1);
    assert_eq!(proxy.received().len(), 0);

    let elsewhere = "https://elsewhere.example";
    let why = transport(elsewhere, "", &environment(&url)).unwrap().send(spans(&["a"])).unwrap_err();
    assert!(
        why.message.starts_with("the proxy on the way to elsewhere.example does not let us through ("),
        "{why}"
    );
    assert!(why.temporary && proxy.received()[0].path == "elsewhere.example:443", "{:?}", proxy.received());

    let why = transport(elsewhere, "", &environment("socks5://user:SECRET@h.example")).unwrap_err();
    let is = "the environment variable HTTPS_PROXY names no proxy that can be used: it must be http:// or https://, a host \
              and a port; or except elsewhere.example in NO_PROXY";
    assert_eq!(why, Undelivered::for_good(is));
}
