//! OpenTelemetry's protocol: spans, metrics and log records as its official messages.
//!
//! ```text
//! event ──spans::Assembler──> Piece ──map──> Span, LogRecord, Metric ──batch──> Request ──Courier──> a receiver
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
mod resource;
mod signal;
pub mod transport;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use telemetry_core::content::Content;
use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Cleared;
use telemetry_policy::otlp::Signals;

pub use config::Config;
pub use resource::Resource;
pub use signal::{Request, Signal};
pub use transport::Transport;

pub use crate::exporter::Courier;
use crate::exporter::{Delivered, Exporter, Undelivered};
use crate::spans::{Assembler, Open, Piece};
use batch::in_requests;
use convention::Conventions;
use map::metrics::Metrics;
use map::{logs, traces};

/// The exporter. What is to be sent waits in memory until it is delivered, so whoever feeds it delivers now and then.
pub struct Otlp<C> {
    config: Config,
    courier: C,
    assembler: Assembler,
    outbox: Outbox,
}

/// What waits to be mapped and sent. As it was handed on, since messages take many times the room.
struct Outbox {
    pieces: Vec<Piece>,
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

impl<C: Courier<Request>> Otlp<C> {
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
        let outbox = Outbox { pieces: Vec::new(), metrics: state.metrics };
        Otlp { config, courier, assembler, outbox }
    }
}

impl Outbox {
    fn take(&mut self, piece: Piece, signals: Signals) {
        if let (Piece::Span(span), true) = (&piece, signals.metrics) {
            self.metrics.count(span);
        }
        let wanted = match &piece {
            Piece::Span(_) => signals.traces || signals.logs,
            Piece::Moment(_) => signals.logs,
        };
        if wanted {
            self.pieces.push(piece);
        }
    }
}

/// The host a piece is of.
fn host(piece: &Piece) -> Option<Name> {
    let run = match piece {
        Piece::Span(span) => Some(&span.run),
        Piece::Moment(moment) => moment.run.as_ref(),
    };
    run.and_then(|run| run.host.clone())
}

impl<C: Courier<Request>> Exporter for Otlp<C> {
    fn event(&mut self, event: Cleared<Event>) {
        let (outbox, signals) = (&mut self.outbox, self.config.signals);
        self.assembler.take(event, &mut |piece| outbox.take(piece, signals));
    }

    /// What was said is not sent.
    fn content(&mut self, _content: Cleared<Content>) {}

    fn finish(&mut self) {
        let (outbox, signals) = (&mut self.outbox, self.config.signals);
        self.assembler.finish(&mut |piece| outbox.take(piece, signals));
    }

    /// Spans first and metrics last: a span or a log record that is sent twice is known by its id, and a delta that is sent
    /// twice counts twice. So when something before it fails, it was not sent yet.
    fn deliver(&mut self, _now: UnixNanos) -> Result<Delivered, Undelivered> {
        let (config, outbox, courier) = (&self.config, &mut self.outbox, &mut self.courier);
        let (by, resource) = (Conventions::under(config.profile), &config.resource);
        let mut all = Delivered::default();
        all.notes.extend(resource.problem().map(str::to_owned));
        let mut send = |request| {
            let delivered = courier.send(request)?;
            all.items += delivered.items;
            all.refused += delivered.refused;
            for note in delivered.notes {
                if !all.notes.contains(&note) {
                    all.notes.push(note);
                }
            }
            Ok(())
        };
        let pieces = std::mem::take(&mut outbox.pieces);
        if config.signals.traces {
            let message = |piece: &Piece| match piece {
                Piece::Span(span) => Some((host(piece), traces::span(span, by, resource.environment()))),
                Piece::Moment(_) => None,
            };
            in_requests(pieces.iter().filter_map(message), resource, by, &mut send)?;
        }
        if config.signals.logs {
            let record = |piece: &Piece| {
                let record = match piece {
                    Piece::Span(span) => logs::of_span(span),
                    Piece::Moment(moment) => logs::of_moment(moment),
                };
                Some((host(piece), record?))
            };
            in_requests(pieces.iter().filter_map(record), resource, by, &mut send)?;
        }
        let metrics = outbox.metrics.collect(config.temporality).into_iter();
        let metrics =
            metrics.flat_map(|(host, of_host)| of_host.into_iter().map(move |one| (host.clone(), one)));
        in_requests(metrics, resource, by, &mut send)?;
        outbox.metrics.sent(config.temporality);
        Ok(all)
    }

    fn state(&self) -> Value {
        let state = StateOf { open: self.assembler.open(), metrics: &self.outbox.metrics };
        // Every key is a text, and a value does not run out.
        serde_json::to_value(state).unwrap_or_default()
    }
}
