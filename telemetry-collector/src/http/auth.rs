//! What every route behind a key shares: the key, what it opens, and for which machine.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::keyring::Keyring;
use super::problem::Problem;
use crate::intake::MOST_HOST;
use crate::keys::Scope;

/// The header that says which machine sends.
pub const HOST_HEADER: &str = "x-telemetry-host";
/// The header of a key.
pub const KEY_HEADER: &str = "x-api-key";

/// Where a request came from; the server puts it into every one.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub IpAddr);

/// Who sends: taken by handlers behind [`require`].
#[derive(Debug, Clone)]
pub struct Sender {
    /// The name of the key.
    pub key: Arc<str>,
    /// The machine that the key is for, else the one that the header says.
    pub host: Option<Arc<str>>,
    /// Whether the key is for that machine alone.
    pub bound: bool,
}

impl Sender {
    /// Whether it may send what happened on `host`.
    pub fn speaks_for(&self, host: &str) -> bool {
        !self.bound || self.host.as_deref() == Some(host)
    }
}

impl<S: Sync> FromRequestParts<S> for Sender {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        parts.extensions.get().cloned().ok_or_else(Problem::internal)
    }
}

/// A middleware that lets through whoever has a key for `scope`, as a [`Sender`]:
/// `axum::middleware::from_fn_with_state((keyring, Scope::Ingest), require)`.
pub async fn require(
    State((keyring, scope)): State<(Arc<Keyring>, Scope)>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get().copied().unwrap_or(Peer(IpAddr::from([0; 4])));
    match admit(&keyring, scope, request.headers(), peer).await {
        Ok(sender) => {
            request.extensions_mut().insert(sender);
            next.run(request).await
        }
        Err(problem) => problem.into_response(),
    }
}

async fn admit(keyring: &Keyring, scope: Scope, headers: &HeaderMap, peer: Peer) -> Result<Sender, Problem> {
    let key = keyring.open(sent_key(headers), peer.0).await?;
    if !key.scopes.contains(&scope) && !key.scopes.contains(&Scope::Admin) {
        return Err(Problem::forbidden(format!("it takes a key with the scope `{}`", scope.as_str())));
    }
    let said = said_host(headers)?;
    let bound = key.host.is_some();
    if let (Some(host), Some(said)) = (&key.host, &said)
        && host != said
    {
        return Err(Problem::forbidden("the key is for another machine than `X-Telemetry-Host` says"));
    }
    let host = key.host.as_deref().or(said.as_deref()).map(Arc::from);
    Ok(Sender { key: key.name.as_str().into(), host, bound })
}

/// The key in the headers. Of two that differ, neither.
fn sent_key(headers: &HeaderMap) -> Option<&[u8]> {
    let bearer = |value: &'_ [u8]| -> Option<usize> {
        let scheme = value.get(..7)?;
        scheme.eq_ignore_ascii_case(b"bearer ").then_some(7)
    };
    let mut keys = headers.get_all(KEY_HEADER).iter().map(|value| value.as_bytes()).chain(
        headers.get_all(AUTHORIZATION).iter().map(|value| value.as_bytes()).filter_map(|value| {
            let from = bearer(value)?;
            Some(value[from..].trim_ascii())
        }),
    );
    let first = keys.next()?;
    keys.all(|other| other == first).then_some(first)
}

fn said_host(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let malformed = |what: &str| Problem::malformed(format!("`X-Telemetry-Host` {what}"));
    let mut said = headers.get_all(HOST_HEADER).iter();
    let Some(host) = said.next() else { return Ok(None) };
    if said.next().is_some() {
        return Err(malformed("is there twice"));
    }
    let host = std::str::from_utf8(host.as_bytes()).map_err(|_| malformed("is not UTF-8"))?.trim();
    match host.chars().count() {
        0 => Err(malformed("is empty")),
        1..=MOST_HOST if !host.chars().any(char::is_control) => Ok(Some(host.to_owned())),
        1..=MOST_HOST => Err(malformed("has control characters")),
        _ => Err(malformed("is longer than 255 characters")),
    }
}
