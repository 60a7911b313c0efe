//! `telemetry serve`: the answers as a page on this machine.

use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::runtime;

use super::{Home, Streams};
use crate::args;
use crate::failure::{self, Failure};
use crate::{answers, serve};

/// Answers wait for each other and not for a thread; one more takes new connections meanwhile.
const THREADS: usize = 2;

pub(super) fn run(home: &Home, args: &args::Serve, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let address = args.listen;
    if !address.ip().is_loopback() {
        return Err(Failure::Usage(format!(
            "{address} can be reached from other machines, and this page asks for no key: give a loopback address like 127.0.0.1:{}",
            address.port()
        )));
    }
    // What takes long or cannot be used is said now, to somebody who reads it.
    answers::open(home, streams)?;
    let runtime = runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    runtime.block_on(async {
        let refused = |error: std::io::Error| {
            let reason = failure::reason(&error);
            Failure::Failed(format!("{address}: {reason}; give another with --listen 127.0.0.1:PORT, or port 0 for any that is free"))
        };
        let listener = TcpListener::bind(address).await.map_err(refused)?;
        let bound: SocketAddr = listener.local_addr()?;
        writeln!(streams.out, "http://{bound}/")?;
        streams.out.flush()?;
        Ok(axum::serve(listener, serve::routes(home)).with_graceful_shutdown(asked_to_end()).await?)
    })
}

/// Ends when a person presses Ctrl-C, or the system asks.
async fn asked_to_end() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    // Where nothing can be heard, the system ends it.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
