//! The destination of OTLP, from the settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde_json::Value;
use telemetry_core::cost::Prices;
use telemetry_export::otlp::transport::{Interrupt, Limits, Setup};
use telemetry_export::otlp::{self, Config, Courier, Request, Resource, Signal, Transport};
use telemetry_export::{Delivered, Exporter, Undelivered};
use telemetry_policy::Settings;
use telemetry_policy::otlp::Signals;

use super::{Export, Unmade};

/// What goes to the endpoint of the settings.
#[derive(Clone)]
pub struct Otlp {
    home: PathBuf,
    settings: Settings,
    patience: Duration,
    interrupt: Interrupt,
    sent: Arc<Tally>,
}

/// What a receiver took, in items of each signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Spans.
    pub spans: u64,
    /// Points of metrics.
    pub points: u64,
    /// Log records.
    pub logs: u64,
}

#[derive(Default)]
struct Tally([AtomicU64; Signal::ALL.len()]);

impl Otlp {
    /// The name of its files.
    pub const NAME: &str = "otlp";

    /// For somebody who waits for it.
    pub fn of(home: &Path, settings: &Settings) -> Self {
        let patience = Limits::default().patience;
        let (interrupt, sent) = (Interrupt::default(), Arc::default());
        Otlp { home: home.to_owned(), settings: settings.clone(), patience, interrupt, sent }
    }

    /// For whoever comes again by itself: what is not taken is left for then.
    pub fn in_the_background(home: &Path, settings: &Settings) -> Self {
        Otlp { patience: Duration::ZERO, ..Self::of(home, settings) }
    }

    /// What ends a delivery that is under way.
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// What was taken so far, from this process.
    pub fn sent(&self) -> Sent {
        let [spans, points, logs] =
            [Signal::Traces, Signal::Metrics, Signal::Logs].map(|of| self.sent.of(of).load(Relaxed));
        Sent { spans, points, logs }
    }

    /// The destination.
    pub fn export(&self) -> Export {
        let itself = self.clone();
        Export {
            name: Self::NAME.to_owned(),
            to: self.settings.otlp_endpoint().map(ToString::to_string).unwrap_or_default(),
            with_content: false,
            make: Arc::new(move |state| itself.exporter(state)),
        }
    }

    /// Whether its settings can be used.
    ///
    /// # Errors
    /// When they cannot: what is wrong, and what to do.
    pub fn check(&self) -> Result<(), Undelivered> {
        self.transport().map(drop)
    }

    fn transport(&self) -> Result<Transport, Undelivered> {
        if self.settings.otlp_signals() == Signals::NONE {
            // To go on would be to leave out what was recorded meanwhile, for ever.
            return Err(Undelivered::for_good(
                "telemetry.export.otlp.signals says that nothing is sent: give some of traces, metrics and logs",
            ));
        }
        let limits = Limits { patience: self.patience, ..Limits::default() };
        let setup = Setup::of(&self.settings, &environment)?;
        Transport::new(&Setup { limits, interrupt: self.interrupt.clone(), ..setup })
    }

    fn exporter(&self, state: Value) -> Result<Box<dyn Exporter + Send>, Unmade> {
        let config = Config::of(&self.settings, Resource::of_this_machine(&environment, &self.home));
        let prices = Prices::new(self.settings.pricing_overrides());
        let courier = Counting { transport: self.transport()?, sent: Arc::clone(&self.sent) };
        if state.is_null() {
            return Ok(Box::new(otlp::Otlp::new(config, prices, courier)));
        }
        match otlp::Otlp::resume(config, prices, courier, state) {
            Ok(exporter) => Ok(Box::new(exporter)),
            Err(error) => Err(Unmade::State(error.to_string())),
        }
    }
}

fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

impl Tally {
    fn of(&self, signal: Signal) -> &AtomicU64 {
        &self.0[signal as usize]
    }
}

/// Counts what is taken on the way.
struct Counting {
    transport: Transport,
    sent: Arc<Tally>,
}

impl Courier for Counting {
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        let signal = request.signal();
        let delivered = self.transport.send(request)?;
        self.sent.of(signal).fetch_add(delivered.items, Relaxed);
        Ok(delivered)
    }
}
