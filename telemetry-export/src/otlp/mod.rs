//! OpenTelemetry's protocol: spans, metrics and log records as its official messages.
//!
//! ```text
//! event ──spans::Assembler──> Piece ──map──> Span, LogRecord, totals ──batch──> Request ──Courier──> a receiver
//! ```
//!
//! - [`Otlp`] is the exporter; [`Config`] what its owner chose, [`Resource`] who sends.
//! - The names of everything are in one pinned list, `otlp/names.toml`, and a profile chooses among them. It never changes a
//!   number: what is said is a fact with a value, and the profile knows the fact's names only.
//! - Whoever carries requests to a receiver is a [`Courier`]; [`Transport`] is the one that goes over HTTP.
//!
//! We build the messages ourselves: the SDK for Rust takes no finished log records or metrics with times of their own, drops
//! what fails, and hides a receiver's answer. What it would send of the same spans is in the tests.
//!
//! What was said (`gen_ai.input.messages` and the like) is not sent: see `docs/otlp.md`.

mod attributes;
mod batch;
mod config;
mod convention;
mod map;
#[rustfmt::skip]
mod names;
mod percent;
mod resource;
mod signal;
pub mod transport;

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use telemetry_core::content::Content;
use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Cleared;

pub use config::Config;
pub use resource::Resource;
pub use signal::{Request, Signal};
pub use transport::Transport;

use crate::exporter::{Delivered, Exporter, Undelivered};
use crate::spans::{Assembler, Open, Piece};
use batch::Batch;
use convention::Conventions;
use map::metrics::Metrics;
use map::{logs, traces};

/// Who carries requests to a receiver.
pub trait Courier {
    /// Delivers a request, whatever that takes.
    ///
    /// # Errors
    /// When some of it was not taken, and may be or must be later.
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered>;
}

/// The exporter. What it has mapped waits in memory until it is delivered, so whoever feeds it delivers now and then.
pub struct Otlp<C> {
    config: Config,
    courier: C,
    assembler: Assembler,
    outbox: Outbox,
}

/// What was mapped and waits.
struct Outbox {
    spans: Batch<Span>,
    logs: Batch<LogRecord>,
    metrics: Metrics,
}

/// What is kept between two deliveries.
#[derive(Default, Deserialize)]
#[serde(default)]
struct State {
    open: Open,
    metrics: Metrics,
}

/// The same, to be written.
#[derive(Serialize)]
struct StateOf<'a> {
    open: &'a Open,
    metrics: &'a Metrics,
}

impl<C: Courier> Otlp<C> {
    /// An exporter that begins at the beginning.
    pub fn new(config: Config, prices: Prices, courier: C) -> Self {
        Self::with(config, prices, courier, State::default())
    }

    /// One that goes on from the [`state`](Exporter::state) of another.
    ///
    /// # Errors
    /// When it is no such state.
    pub fn resume(config: Config, prices: Prices, courier: C, state: Value) -> serde_json::Result<Self> {
        Ok(Self::with(config, prices, courier, serde_json::from_value(state)?))
    }

    fn with(config: Config, prices: Prices, courier: C, state: State) -> Self {
        let assembler = Assembler::resume(prices, state.open);
        let outbox = Outbox { spans: Batch::new(), logs: Batch::new(), metrics: state.metrics };
        Otlp { config, courier, assembler, outbox }
    }
}

impl Outbox {
    fn take(&mut self, piece: Piece, config: &Config) {
        match piece {
            Piece::Span(span) => {
                let host = &span.run.host;
                if config.signals.traces {
                    let by = Conventions::under(config.profile);
                    let message = traces::span(&span, by, config.resource.environment());
                    self.spans.push(host.clone(), message);
                }
                if config.signals.metrics {
                    self.metrics.count(&span);
                }
                if let Some(record) = logs::of_span(&span).filter(|_| config.signals.logs) {
                    self.logs.push(host.clone(), record);
                }
            }
            Piece::Moment(moment) => {
                if let Some(record) = logs::of_moment(&moment).filter(|_| config.signals.logs) {
                    self.logs.push(moment.run.as_ref().and_then(|run| run.host.clone()), record);
                }
            }
        }
    }
}

impl<C: Courier> Exporter for Otlp<C> {
    fn event(&mut self, event: Cleared<Event>) {
        let (outbox, config) = (&mut self.outbox, &self.config);
        self.assembler.take(event, &mut |piece| outbox.take(piece, config));
    }

    /// What was said is not sent.
    fn content(&mut self, _content: Cleared<Content>) {}

    fn finish(&mut self) {
        let (outbox, config) = (&mut self.outbox, &self.config);
        self.assembler.finish(&mut |piece| outbox.take(piece, config));
    }

    /// Spans first and metrics last: a span or a log record that is sent twice is known by its id, and a delta that is sent
    /// twice counts twice. So when something before it fails, it was not sent yet.
    fn deliver(&mut self, _now: UnixNanos) -> Result<Delivered, Undelivered> {
        let (config, outbox) = (&self.config, &mut self.outbox);
        let by = Conventions::under(config.profile);
        let mut requests = outbox.spans.take(&config.resource, by);
        requests.extend(outbox.logs.take(&config.resource, by));
        let mut metrics = Batch::new();
        for (host, of_host) in outbox.metrics.collect(config.temporality) {
            of_host.into_iter().for_each(|metric| metrics.push(host.clone(), metric));
        }
        requests.extend(metrics.take(&config.resource, by));
        let mut all = Delivered::default();
        all.notes.extend(config.resource.problem().map(str::to_owned));
        for request in requests {
            let delivered = self.courier.send(request)?;
            all.items += delivered.items;
            all.refused += delivered.refused;
            all.notes.extend(
                delivered.notes.into_iter().filter(|note| !all.notes.contains(note)).collect::<Vec<_>>(),
            );
        }
        outbox.metrics.sent(config.temporality);
        Ok(all)
    }

    fn state(&self) -> Value {
        let state = StateOf { open: self.assembler.open(), metrics: &self.outbox.metrics };
        // Every key is a text, and a value does not run out.
        serde_json::to_value(state).unwrap_or_default()
    }
}
