//! What destinations over a network have in common, for who sends there when it is asked to.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use telemetry_export::http::Interrupt;
use telemetry_export::{Courier, Delivered, Undelivered};

use super::Export;

/// A destination over a network, from the settings.
pub trait Network {
    /// Where it is: the host of its endpoint, with a port if one is given.
    fn host(&self) -> String;

    /// The destination.
    fn export(&self) -> Export;

    /// Whether its settings can be used.
    ///
    /// # Errors
    /// When they cannot: what is wrong, and what to do.
    fn check(&self) -> Result<(), Undelivered>;

    /// What ends a delivery that is under way.
    fn interrupt(&self) -> Interrupt;

    /// What was taken so far, from this process.
    fn sent(&self) -> Sent;
}

/// What a receiver took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sent {
    /// Events.
    pub events: u64,
    /// Spans.
    pub spans: u64,
    /// Points of metrics.
    pub points: u64,
    /// Log records.
    pub logs: u64,
}

/// What was taken of one kind, counted on the way.
#[derive(Clone, Default)]
pub(super) struct Tally(Arc<AtomicU64>);

impl Tally {
    pub(super) fn taken(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

/// Counts what a receiver takes, each parcel in the tally that it belongs to.
pub(super) struct Counting<C, T> {
    pub courier: C,
    pub tally: T,
}

impl<P, C: Courier<P>, T: FnMut(&P) -> Tally> Courier<P> for Counting<C, T> {
    fn send(&mut self, parcel: P) -> Result<Delivered, Undelivered> {
        let tally = (self.tally)(&parcel);
        let delivered = self.courier.send(parcel)?;
        tally.0.fetch_add(delivered.items, Relaxed);
        Ok(delivered)
    }
}

pub(super) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
