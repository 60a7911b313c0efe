//! Connections: how many, how long, and how they end.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

use super::auth::Peer;
use super::limits::Limits;

/// Bytes of a request's head.
const MOST_HEAD: usize = 32 << 10;
/// Headers of a request.
const MOST_HEADERS: usize = 64;

/// What is said to whoever sends the head of a request too slowly.
const TOO_SLOW: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n";

/// How connections are taken.
#[derive(Clone)]
pub struct Doorway {
    /// What answers.
    pub router: Router,
    /// TLS, if it is spoken.
    pub tls: Option<TlsAcceptor>,
    /// Times and numbers.
    pub limits: Arc<Limits>,
    /// Told of each connection.
    pub connected: Arc<dyn Fn() + Send + Sync>,
}

/// Takes connections until `stop` says so; then lets requests that are in flight finish, within their time.
pub async fn listen(listener: TcpListener, doorway: Doorway, mut stop: watch::Receiver<bool>) {
    let room = Arc::new(Semaphore::new(doorway.limits.connections));
    let mut connections = JoinSet::new();
    loop {
        // Taken first, so that the system keeps those that wait, and refuses them when it has too many.
        let accepted = tokio::select! {
            () = stopped(&mut stop) => break,
            accepted = async { (room.clone().acquire_owned().await, listener.accept().await) } => accepted,
        };
        match accepted {
            (Ok(place), Ok((stream, address))) => {
                (doorway.connected)();
                let (doorway, stop) = (doorway.clone(), stop.clone());
                connections.spawn(async move {
                    let _place = place;
                    serve(stream, address, doorway, stop).await;
                });
            }
            // Out of file descriptors, most likely: some will be free when other connections have ended.
            _ => sleep(Duration::from_millis(50)).await,
        }
        while connections.try_join_next().is_some() {}
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    let _ = timeout(doorway.limits.drain, ended).await;
}

/// Until it is stopped, or nobody is left to stop it.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn serve(stream: TcpStream, address: SocketAddr, doorway: Doorway, mut stop: watch::Receiver<bool>) {
    let _ = stream.set_nodelay(true);
    match doorway.tls.clone() {
        None => converse(stream, address, doorway, stop).await,
        Some(tls) => {
            let shaken = tokio::select! {
                shaken = timeout(doorway.limits.handshake, tls.accept(stream)) => shaken,
                // Nothing was asked yet, so nobody is left without an answer.
                () = stopped(&mut stop) => return,
            };
            if let Ok(Ok(stream)) = shaken {
                converse(stream, address, doorway, stop).await;
            }
        }
    }
}

async fn converse(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    address: SocketAddr,
    doorway: Doorway,
    mut stop: watch::Receiver<bool>,
) {
    let Doorway { router, limits, .. } = doorway;
    let service = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(Peer(address.ip()));
        router.clone().oneshot(request)
    });
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    let ended = {
        let mut connection = pin!(&mut connection);
        tokio::select! {
            ended = connection.as_mut() => Some(ended),
            () = stopped(&mut stop) => None,
        }
    };
    let ended = match ended {
        Some(ended) => ended,
        None => {
            std::pin::Pin::new(&mut connection).graceful_shutdown();
            (&mut connection).await
        }
    };
    let parts = connection.into_parts();
    // Of an idle connection nothing was read, and it ends without a word.
    if ended.is_err_and(|error| error.is_timeout()) && !parts.read_buf.is_empty() {
        let mut stream = parts.io.into_inner();
        let _ = timeout(Duration::from_secs(1), stream.write_all(TOO_SLOW)).await;
        let _ = timeout(Duration::from_secs(1), stream.shutdown()).await;
    }
}
