//! One request and its answer.

use std::io::Read;

use ureq::Agent;
use ureq::http::HeaderMap;
use ureq::tls::TlsConfig;
use ureq::unversioned::transport::DefaultConnector;

use super::Limits;
use super::body::Body;
use super::headers::Headers;
use super::interrupt::{Interrupt, Watched};
use super::resolver::Names;

/// A client of one receiver. It keeps a connection open between requests, follows no redirect, and keeps no state but that.
pub(super) struct Client {
    agent: Agent,
    _watched: Watched,
}

/// What came back.
#[derive(Debug, Default)]
pub(crate) struct Response {
    pub status: u16,
    /// The media type in lower case; empty when there is none.
    pub kind: String,
    pub retry_after: Option<String>,
    pub location: Option<String>,
    /// Its beginning.
    pub body: Vec<u8>,
}

impl Response {
    /// Whether the media type has `word` in it.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.kind.contains(word)
    }
}

impl Client {
    /// A client whose connection is closed when `interrupt` is raised.
    pub(super) fn new(
        limits: Limits,
        tls: Option<TlsConfig>,
        proxy: Option<ureq::Proxy>,
        interrupt: &Interrupt,
    ) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            // A redirect is a setting that is wrong: following it would send headers that are meant for one host to another.
            .max_redirects(0)
            .proxy(proxy)
            .user_agent(concat!("telemetry/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(limits.connect))
            .timeout_connect(Some(limits.connect))
            .timeout_global(Some(limits.request))
            .max_idle_connections(1)
            .max_idle_connections_per_host(1);
        let config = match tls {
            Some(tls) => config.tls_config(tls),
            None => config,
        };
        let agent = Agent::with_parts(config.build(), DefaultConnector::default(), Names);
        Client { _watched: interrupt.watch(&agent), agent }
    }

    /// Sends a body and reads of the answer `most` bytes.
    ///
    /// # Errors
    /// When there is no answer, or half of one that says all is well: what it takes back may be in the other half.
    pub(super) fn post(
        &self,
        url: &str,
        headers: &Headers,
        body: &Body,
        accept: &str,
        most: u64,
    ) -> Result<Response, ureq::Error> {
        let mut request = self.agent.post(url).header("content-type", body.kind).header("accept", accept);
        if body.is_compressed {
            request = request.header("content-encoding", "gzip");
        }
        for (name, value) in headers.iter() {
            request = request.header(name, value);
        }
        let mut answer = request.send(&body.bytes[..])?;
        let mut response = head(answer.status().as_u16(), answer.headers());
        let read = answer.body_mut().as_reader().take(most).read_to_end(&mut response.body);
        match read {
            Err(error) if answer.status().is_success() => Err(error.into()),
            _ => Ok(response),
        }
    }
}

fn head(status: u16, headers: &HeaderMap) -> Response {
    let text =
        |name: &str| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    Response {
        status,
        kind: text("content-type").unwrap_or_default().to_ascii_lowercase(),
        retry_after: text("retry-after"),
        location: text("location"),
        body: Vec::new(),
    }
}
