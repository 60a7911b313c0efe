//! The way to a receiver of OTLP: its requests, over [HTTP](crate::http), and what its answers mean.

mod answer;
mod dialect;
mod encode;
mod item;
mod setup;
mod split;

use std::fmt;

pub use setup::Setup;

use crate::exporter::{Delivered, Undelivered};
use crate::http::{Clock, Machine, Opening, Way};
use crate::otlp::{Courier, Request, Signal};
use dialect::Spoken;

/// The way to one receiver.
pub struct Transport(Way<Spoken>);

impl Transport {
    /// A way as `setup` says. Nothing is sent or looked up yet.
    ///
    /// # Errors
    /// When a setting is wrong: an address that cannot be asked, a variable that is not set or holds no header, a file
    /// without a certificate, a proxy that is none.
    pub fn new(setup: &Setup<'_>) -> Result<Self, Undelivered> {
        Self::with_clock(setup, Box::new(Machine::new()))
    }

    /// The same with a clock of the caller's.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_clock(setup: &Setup<'_>, clock: Box<dyn Clock>) -> Result<Self, Undelivered> {
        let opening = Opening {
            endpoint: setup.endpoint,
            endings: &Signal::ALL.map(Signal::path),
            headers: setup.headers,
            plain: &[],
            limits: setup.limits,
            interrupt: setup.interrupt.clone(),
            environment: setup.environment,
            clock,
        };
        Way::open(Spoken(setup.protocol), opening).map(Transport)
    }
}

impl Courier<Request> for Transport {
    /// Sends a request, and in parts what is not taken as a whole. One without items is not sent.
    ///
    /// # Errors
    /// When not all of it was answered. Some of it may have been taken then; sent again, it is the same again.
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        self.0.send(request)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transport").field(&self.0).finish()
    }
}
