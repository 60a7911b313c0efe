//! Why there was no answer, and what to do about it.

use std::io::{self, ErrorKind};

use rustls::CertificateError;
use ureq::{Error, Timeout};

use super::Limits;
use super::dialect::Keys;
use super::words::Secrets;
use crate::exporter::Undelivered;

/// No answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub why: Undelivered,
    /// Whether to try again soon.
    pub again: bool,
}

impl Failure {
    /// What `error` means for who asked `host`.
    pub(super) fn of(error: Error, host: &str, keys: &Keys, limits: Limits, secrets: &Secrets) -> Self {
        let Keys { endpoint, speaks, .. } = keys;
        match error {
            Error::Timeout(Timeout::Resolve | Timeout::Connect) => Self::again(format!(
                "{host} cannot be reached: no connection within {:?}; check the network and {endpoint}",
                limits.connect
            )),
            Error::Timeout(_) => {
                Self::again(format!("{host} did not answer within {:?}: check the receiver", limits.request))
            }
            Error::HostNotFound => Self::again(format!(
                "{host} is a name that is not known here: check the network, or correct {endpoint}"
            )),
            Error::Io(error) => Self::of_connection(&error, host, keys),
            Error::Rustls(error) => Self::of_tls(&error, host, keys),
            Error::Protocol(_) | Error::LargeResponseHeader(..) | Error::BodyStalled => {
                Self::stays(format!("{host} does not answer in HTTP: {endpoint} must be that of {speaks}"))
            }
            Error::ConnectProxyFailed(words) => Self::again(format!(
                "the proxy on the way to {host} does not let us through ({}): ask it, or except {host} in NO_PROXY",
                secrets.shown(&words)
            )),
            Error::Tls(_) => {
                Self::stays(format!("{host} is no name that a certificate can be for: correct {endpoint}"))
            }
            other => Self::later(format!(
                "{host} cannot be asked: {}; check {endpoint}",
                secrets.shown(&other.to_string())
            )),
        }
    }

    fn of_connection(error: &io::Error, host: &str, keys: &Keys) -> Self {
        let endpoint = keys.endpoint;
        if let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
            return Self::of_tls(tls, host, keys);
        }
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::again(format!(
                "{host} refuses connections: start the receiver there, or correct {endpoint}"
            )),
            ErrorKind::UnexpectedEof
            | ErrorKind::ConnectionReset
            | ErrorKind::ConnectionAborted
            | ErrorKind::NotConnected
            | ErrorKind::BrokenPipe => Self::again(format!(
                "{host} closed the connection before it had answered: check the receiver"
            )),
            // An error of ours about what came, such as a length that is none.
            ErrorKind::InvalidData | ErrorKind::Other => {
                Self::again(format!("{host} answered in part only: check the receiver"))
            }
            _ => Self::again(format!("{host} cannot be reached ({error}): check the network and {endpoint}")),
        }
    }

    fn of_tls(error: &rustls::Error, host: &str, keys: &Keys) -> Self {
        let Keys { endpoint, certificate, .. } = keys;
        let what = match error {
            // A bad signature is that of an authority which only has the name of one that is trusted.
            rustls::Error::InvalidCertificate(
                CertificateError::UnknownIssuer | CertificateError::BadSignature,
            ) => {
                format!(
                    "is signed by nobody this machine trusts: name a PEM file with its authority in {certificate}"
                )
            }
            rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            ) => format!("is not for this name: correct {endpoint}, or the certificate"),
            rustls::Error::InvalidCertificate(
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. },
            ) => "is not valid today: renew it, or set the clock".to_owned(),
            rustls::Error::InvalidCertificate(CertificateError::Other(other))
                if other.to_string().contains("CaUsedAsEndEntity") =>
            {
                "is an authority's: give the receiver one of its own, which that authority has signed"
                    .to_owned()
            }
            rustls::Error::InvalidCertificate(other) => format!("is not one to trust ({other})"),
            rustls::Error::InvalidMessage(_) => {
                return Self::stays(format!(
                    "{host} does not speak TLS: write http:// in {endpoint} if that is meant"
                ));
            }
            other => {
                return Self::again(format!(
                    "{host} and we find no way to encrypt ({other}): check the receiver"
                ));
            }
        };
        Self::stays(format!("the certificate of {host} {what}"))
    }

    fn again(message: String) -> Self {
        Failure { why: Undelivered::for_now(message), again: true }
    }

    fn later(message: String) -> Self {
        Failure { why: Undelivered::for_now(message), again: false }
    }

    fn stays(message: String) -> Self {
        Failure { why: Undelivered::for_good(message), again: false }
    }
}
