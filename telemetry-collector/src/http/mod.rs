//! The server: routes, keys, limits.
//!
//! ```text
//! listen ─> around every request ─> require a key ─> ingest, reading, otlp
//!                                └─────────────────> health, openapi.json, the page
//! ```
//!
//! [`Server::bind`] takes the addresses, [`Server::run`] serves until it is told to stop.

mod around;
pub mod auth;
pub mod background;
pub mod body;
mod health;
mod ingest;
mod keyring;
pub mod limits;
mod listen;
pub mod metrics;
mod openapi;
#[cfg(feature = "otlp")]
mod otlp;
mod pinned;
mod probe;
pub mod problem;
mod rate;
pub mod reading;
mod tls;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use axum::{Json, Router, middleware};
use telemetry_core::time::UnixNanos;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use utoipa_axum::router::OpenApiRouter;

use crate::answers::Answers;
use crate::intake::Intake;
use crate::keys::Scope;
use crate::page;
use crate::settle::Derive;
use crate::storage::Storage;
use around::Around;
use background::Background;
use body::Bodies;
use health::Health;
use ingest::Ingest;
use listen::{Doorway, listen};
use metrics::Metrics;

pub use auth::{Peer, Sender, require};
pub use keyring::{Keyring, REMEMBERED};
pub use limits::Limits;
pub use probe::{ProbeError, is_ready};
pub use problem::Problem;
pub use tls::{TlsError, TlsFiles};

/// Where a running server tells of trouble, one line at a time.
pub type Log = Arc<dyn Fn(&str) + Send + Sync>;

const DAY_NS: i64 = 86_400_000_000_000;

/// How a server is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Where it tells of itself, to Prometheus; nowhere by default.
    pub metrics: Option<SocketAddr>,
    /// The certificate with which it speaks TLS; without one it speaks plain HTTP.
    pub tls: Option<TlsFiles>,
    /// Days that events, reports and transcripts are kept.
    pub event_days: u32,
    /// Days that runs and rollups are kept.
    pub rollup_days: u32,
    /// Times and numbers.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            listen: SocketAddr::from(([127, 0, 0, 1], 8787)),
            metrics: None,
            tls: None,
            event_days: 90,
            rollup_days: 400,
            limits: Limits::default(),
        }
    }
}

/// What a server is made of.
#[derive(Clone)]
pub struct Parts {
    /// Where everything is kept.
    pub storage: Arc<dyn Storage>,
    /// What answers questions.
    pub answers: Arc<dyn Answers>,
    /// What works out runs.
    pub deriver: Arc<dyn Derive>,
    /// Where it tells of trouble.
    pub log: Log,
}

/// A server that has its addresses.
pub struct Server {
    options: Options,
    tls: Option<TlsAcceptor>,
    listener: TcpListener,
    metrics: Option<TcpListener>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("{address}: {source}")]
    Address {
        /// Which.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// A certificate or its key cannot be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

impl Server {
    /// Takes the addresses and reads the certificate.
    ///
    /// # Errors
    /// When one of them cannot be had.
    pub async fn bind(options: Options) -> Result<Self, StartError> {
        let tls = options.tls.as_ref().map(tls::acceptor).transpose()?;
        let listener = bind(options.listen).await?;
        let metrics = match options.metrics {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        Ok(Server { options, tls, listener, metrics })
    }

    /// Where it listens.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Where it tells of itself, if it does.
    ///
    /// # Errors
    /// When the system does not say.
    pub fn metrics_address(&self) -> io::Result<Option<SocketAddr>> {
        self.metrics.as_ref().map(TcpListener::local_addr).transpose()
    }

    /// Serves until `stop` is ready; then finishes what is in flight, and keeps what was taken in.
    pub async fn run(self, parts: Parts, stop: impl Future<Output = ()>) {
        let metrics = Arc::new(Metrics::default());
        // One writer in a file, several in a server that can have them.
        let at_once = if parts.storage.name() == "postgres" { 2 } else { 1 };
        let (intake, committing) = Intake::start(parts.storage.clone(), at_once);
        let limits = Arc::new(self.options.limits.clone());
        let kept = |days: u32| i64::from(days).saturating_mul(DAY_NS);
        let (event_ns, rollup_ns) = (kept(self.options.event_days), kept(self.options.rollup_days));

        let background = Background {
            storage: parts.storage.clone(),
            intake: intake.clone(),
            metrics: metrics.clone(),
            log: parts.log.clone(),
        };
        let mut tasks = JoinSet::new();
        tasks.spawn(background.clone().settle(parts.deriver.clone()));
        tasks.spawn(background.prune(event_ns, rollup_ns));

        let (stopping, stopped) = watch::channel(false);
        let router = router(&parts, &intake, &metrics, &limits, event_ns);
        let connected = metrics.clone();
        let connected = Arc::new(move || connected.connected());
        let doorway = Doorway { router, tls: self.tls, limits: limits.clone(), connected };
        let mut listening = JoinSet::new();
        listening.spawn(listen(self.listener, doorway, stopped.clone()));
        if let Some(listener) = self.metrics {
            let router = metrics_router(metrics, intake.clone());
            let doorway = Doorway { router, tls: None, limits, connected: Arc::new(|| {}) };
            listening.spawn(listen(listener, doorway, stopped));
        }

        stop.await;
        let _ = stopping.send(true);
        while listening.join_next().await.is_some() {}
        tasks.shutdown().await;
        drop(intake);
        committing.finish().await;
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|source| StartError::Address { address, source })
}

/// All routes.
fn router(
    parts: &Parts,
    intake: &Intake,
    metrics: &Arc<Metrics>,
    limits: &Arc<Limits>,
    kept_ns: i64,
) -> Router {
    let keyring = Arc::new(Keyring::new(parts.storage.clone(), limits.requests_per_second));
    let behind = |scope| middleware::from_fn_with_state((keyring.clone(), scope), require);
    let bodies = Bodies::new(limits.clone());
    let ingest = Ingest { intake: intake.clone(), bodies, metrics: metrics.clone(), kept_ns };

    #[cfg(feature = "otlp")]
    let taking_otlp = otlp::router(ingest.clone()).route_layer(behind(Scope::Ingest));
    #[cfg(not(feature = "otlp"))]
    let taking_otlp = OpenApiRouter::new();
    // Routes behind a key have it asked for by a layer of the routes: a wrong method is one with or without a key.
    let (router, mut document) = OpenApiRouter::with_openapi(openapi::base())
        .merge(ingest::router(ingest).route_layer(behind(Scope::Ingest)))
        .merge(taking_otlp)
        .merge(reading::router(parts.answers.clone()).route_layer(behind(Scope::Read)))
        .merge(health::router(Health::new(parts.storage.clone())))
        .split_for_parts();
    #[cfg(feature = "otlp")]
    openapi::add_otlp(&mut document);
    openapi::complete(&mut document);
    let document = Arc::new(document);
    let around = Around { metrics: metrics.clone(), time: limits.answer };
    router
        .merge(page::routes())
        .route("/openapi.json", get(async move || Json(document.clone())))
        .fallback(async || Problem::not_found("`/openapi.json` says what there is"))
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(middleware::from_fn_with_state(around, around::every_request))
}

/// The only route of the other listener.
fn metrics_router(metrics: Arc<Metrics>, intake: Intake) -> Router {
    let text = async move || {
        let text = metrics.text(intake.waiting(), intake.commits(), UnixNanos::now());
        ([(CONTENT_TYPE, metrics::TEXT)], text)
    };
    Router::new().route("/metrics", get(text))
}
