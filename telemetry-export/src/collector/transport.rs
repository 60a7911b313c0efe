//! The way to one collector.

use std::fmt;
use std::slice;

use super::dialect::{Lines, MACHINE, PATH};
use super::{Batch, Setup};
use crate::exporter::{Courier, Delivered, Undelivered};
use crate::http::{Clock, Machine, Opening, Way};

/// The way to one collector.
pub struct Transport(Way<Lines>);

impl Transport {
    /// A way as `setup` says. Nothing is sent or looked up yet.
    ///
    /// # Errors
    /// When a setting is wrong: an address that cannot be asked, a variable that is not set, a file without a certificate, a
    /// proxy that is none.
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
            endings: &[PATH],
            headers: slice::from_ref(&setup.key),
            plain: &[(MACHINE, setup.machine.clone())],
            limits: setup.limits,
            interrupt: setup.interrupt.clone(),
            environment: setup.environment,
            clock,
        };
        Way::open(Lines, opening).map(Transport)
    }
}

impl Courier<Batch> for Transport {
    /// Sends a batch, and in parts what is not taken as a whole.
    ///
    /// # Errors
    /// When not all of it was answered. Some of it may have been taken then; sent again, it is the same again.
    fn send(&mut self, batch: Batch) -> Result<Delivered, Undelivered> {
        self.0.send(batch)
    }
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Transport").field(&self.0).finish()
    }
}
