//! Asks a collector on this machine whether it is ready, for whoever watches over it and has no client of its own.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::pinned;
use super::tls::TlsError;

/// Long enough for a busy one.
const PATIENCE: Duration = Duration::from_secs(4);

/// The first line of an answer is within this.
const MOST: u64 = 64;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nobody is there, or nobody answers in a few seconds.
    #[error("no collector answers at {address}: {why}")]
    Silent {
        /// Where.
        address: SocketAddr,
        /// What the system says.
        why: io::Error,
    },
    /// The certificate that it should have cannot be read.
    #[error(transparent)]
    Certificate(#[from] TlsError),
    /// Something else is spoken there.
    #[error(
        "what answers at {0} does not speak HTTP: where a collector has a certificate, name it by --tls-cert"
    )]
    NoHttp(SocketAddr),
    /// TLS is not spoken there.
    #[error(
        "what answers at {0} does not speak TLS: leave --tls-cert away for a collector that has no certificate"
    )]
    NoTls(SocketAddr),
    /// Another one is there, or the file was renewed since it started.
    #[error(
        "what answers at {address} has another certificate than the one in {}: a collector reads it when it starts, so \
         restart it once it is renewed", certificate.display()
    )]
    Stranger {
        /// Where.
        address: SocketAddr,
        /// The file.
        certificate: PathBuf,
    },
}

/// Whether the collector at an address says that it is ready: over TLS where the file with its `certificate` is named, and then
/// only if it has exactly that one; else over plain HTTP.
///
/// # Errors
/// When nobody says so or otherwise.
pub async fn is_ready(address: SocketAddr, certificate: Option<&Path>) -> Result<bool, ProbeError> {
    let connector = certificate.map(pinned::connector).transpose()?;
    let asked = async {
        let stream = TcpStream::connect(address).await?;
        match connector {
            None => ask(stream).await,
            Some(connector) => ask(connector.connect(address.ip().into(), stream).await?).await,
        }
    };
    let answered = timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    let answered = answered.map_err(|why| match (pinned::refusal(&why), certificate) {
        (None, _) | (_, None) => ProbeError::Silent { address, why },
        (Some(pinned::Refusal::Stranger), Some(file)) => {
            ProbeError::Stranger { address, certificate: file.to_owned() }
        }
        (Some(pinned::Refusal::NoTls), Some(_)) => ProbeError::NoTls(address),
    })?;
    match answered.starts_with(b"HTTP/1.1 ") {
        true => Ok(answered.starts_with(b"HTTP/1.1 200 ")),
        false => Err(ProbeError::NoHttp(address)),
    }
}

/// The beginning of the answer.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<Vec<u8>> {
    stream.write_all(b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
    let mut head = Vec::new();
    stream.take(MOST).read_to_end(&mut head).await?;
    Ok(head)
}
