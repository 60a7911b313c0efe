//! `telemetry serve`: the answers as a page on this machine.

use std::sync::Arc;

use telemetry_collector::local::{LocalError, LocalServer};
use tokio::runtime;

use crate::failure::{self, Failure};
use crate::home::Home;
use crate::local::Local;
use crate::streams::Streams;
use crate::{answers, args};

/// Answers wait for each other and not for a thread; one more takes new connections meanwhile.
const THREADS: usize = 2;

pub(super) fn run(home: &Home, args: &args::Serve, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let runtime = runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build()?;
    runtime.block_on(async {
        let server = LocalServer::bind(&args.listen).await.map_err(refused)?;
        // What takes long or cannot be used is said now, to somebody who reads it.
        answers::open(home, streams)?;
        writeln!(streams.out, "{}", server.url())?;
        streams.out.flush()?;
        Ok(server.serve(Arc::new(Local::of(&home.path)), asked_to_end()).await?)
    })
}

fn refused(error: LocalError) -> Failure {
    match error {
        LocalError::Address(told) => Failure::Usage(told),
        LocalError::Taken { address, source } => Failure::Failed(format!(
            "{address}: {}; give another with --listen 127.0.0.1:PORT, or port 0 for any that is free",
            failure::reason(&source)
        )),
    }
}

/// Ends when a person presses Ctrl-C, or the system asks.
pub(super) async fn asked_to_end() {
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
