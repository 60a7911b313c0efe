//! The destination of OTLP, from the settings.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use telemetry_core::cost::Prices;
use telemetry_export::http::{Interrupt, Limits};
use telemetry_export::otlp::transport::Setup;
use telemetry_export::otlp::{self, Config, Request, Resource, Signal, Transport};
use telemetry_export::{Exporter, Undelivered};
use telemetry_policy::Settings;
use telemetry_policy::otlp::Signals;

use super::network::{Counting, Network, Sent, Tally, environment};
use super::{Export, Unmade};

/// What goes to the endpoint of the settings.
#[derive(Clone)]
pub struct Otlp {
    home: PathBuf,
    settings: Settings,
    patience: Duration,
    interrupt: Interrupt,
    /// Of each signal.
    sent: [Tally; Signal::ALL.len()],
}

impl Otlp {
    /// The name of its files.
    pub const NAME: &str = "otlp";

    /// For somebody who waits for it.
    pub fn of(home: &Path, settings: &Settings) -> Self {
        let patience = Limits::default().patience;
        let (interrupt, sent) = (Interrupt::default(), Default::default());
        Otlp { home: home.to_owned(), settings: settings.clone(), patience, interrupt, sent }
    }

    /// For whoever comes again by itself: what is not taken is left for then.
    pub fn in_the_background(home: &Path, settings: &Settings) -> Self {
        Otlp { patience: Duration::ZERO, ..Self::of(home, settings) }
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
        let sent = self.sent.clone();
        let tally = move |request: &Request| sent[request.signal() as usize].clone();
        let courier = Counting { courier: self.transport()?, tally };
        if state.is_null() {
            return Ok(Box::new(otlp::Otlp::new(config, prices, courier)));
        }
        match otlp::Otlp::resume(config, prices, courier, state) {
            Ok(exporter) => Ok(Box::new(exporter)),
            Err(error) => Err(Unmade::State(error.to_string())),
        }
    }
}

impl Network for Otlp {
    fn host(&self) -> String {
        self.settings.otlp_endpoint().map(ToString::to_string).unwrap_or_default()
    }

    fn export(&self) -> Export {
        let itself = self.clone();
        Export {
            name: Self::NAME.to_owned(),
            to: self.host(),
            with_content: false,
            make: Arc::new(move |state| itself.exporter(state)),
        }
    }

    fn check(&self) -> Result<(), Undelivered> {
        self.transport().map(drop)
    }

    fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    fn sent(&self) -> Sent {
        let [spans, points, logs] =
            [Signal::Traces, Signal::Metrics, Signal::Logs].map(|of| self.sent[of as usize].taken());
        Sent { spans, points, logs, ..Sent::default() }
    }
}
