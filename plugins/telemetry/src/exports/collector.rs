//! The destination of a team's collector, from the settings.

use std::sync::Arc;
use std::time::Duration;

use telemetry_export::collector::{self, Setup, Transport};
use telemetry_export::http::{Interrupt, Limits};
use telemetry_export::{Exporter, Undelivered};
use telemetry_policy::Settings;

use super::network::{Counting, Network, Sent, Tally, environment};
use super::{Export, Unmade};

/// What goes to the collector of the settings.
#[derive(Clone)]
pub struct Collector {
    settings: Settings,
    patience: Duration,
    interrupt: Interrupt,
    events: Tally,
}

impl Collector {
    /// The name of its files.
    pub const NAME: &str = "collector";

    /// For somebody who waits for it.
    pub fn of(settings: &Settings) -> Self {
        let patience = Limits::default().patience;
        let (interrupt, events) = (Interrupt::default(), Tally::default());
        Collector { settings: settings.clone(), patience, interrupt, events }
    }

    /// For whoever comes again by itself: what is not taken is left for then.
    pub fn in_the_background(settings: &Settings) -> Self {
        Collector { patience: Duration::ZERO, ..Self::of(settings) }
    }

    fn transport(&self) -> Result<Transport, Undelivered> {
        let limits = Limits { patience: self.patience, ..Limits::default() };
        let setup = Setup::of(&self.settings, &environment)?;
        Transport::new(&Setup { limits, interrupt: self.interrupt.clone(), ..setup })
    }

    fn exporter(&self) -> Result<Box<dyn Exporter + Send>, Unmade> {
        let events = self.events.clone();
        let courier = Counting { courier: self.transport()?, tally: move |_: &_| events.clone() };
        Ok(Box::new(collector::Collector::new(courier)))
    }
}

impl Network for Collector {
    fn host(&self) -> String {
        self.settings.collector_endpoint().map(ToString::to_string).unwrap_or_default()
    }

    fn export(&self) -> Export {
        let itself = self.clone();
        Export {
            name: Self::NAME.to_owned(),
            to: self.host(),
            with_content: false,
            // It has no state: one is as good as another.
            make: Arc::new(move |_| itself.exporter()),
        }
    }

    fn check(&self) -> Result<(), Undelivered> {
        self.transport().map(drop)
    }

    fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    fn sent(&self) -> Sent {
        Sent { events: self.events.taken(), ..Sent::default() }
    }
}
