//! Asks a collector on this machine whether it is ready, for whoever watches over it and has no client of its own.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Long enough for a busy one.
const PATIENCE: Duration = Duration::from_secs(4);

/// The first line of an answer is within this.
const MOST: u64 = 64;

/// Whether the collector at an address says that it is ready, over plain HTTP.
///
/// # Errors
/// When nobody answers there in a few seconds.
pub async fn is_ready(address: SocketAddr) -> io::Result<bool> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(b"GET /ready HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await?;
        let mut head = Vec::new();
        stream.take(MOST).read_to_end(&mut head).await?;
        Ok(head.starts_with(b"HTTP/1.1 200 "))
    };
    timeout(PATIENCE, asked).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
