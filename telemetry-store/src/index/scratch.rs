//! An index of a few events, for a moment.

use rusqlite::Connection;
use telemetry_core::cost::Prices;
use telemetry_core::event::Event;

use super::apply::Batch;
use super::names::Names;
use super::{schema, set_up};
use crate::error::StoreError;

/// An index in memory that is used again and again: each time of other events, of which nothing is left afterwards.
///
/// Making its tables takes milliseconds. Events are applied in a transaction that is taken back, so tables and prepared
/// statements stay, and what one use has told can have no part in the answers of the next.
pub struct Scratch {
    connection: Connection,
    prices: Prices,
}

impl Scratch {
    /// An empty one, which prices what it is given with `prices`.
    ///
    /// # Errors
    /// [`StoreError::Database`] when there is no memory for it.
    pub fn new(prices: Prices) -> Result<Self, StoreError> {
        let mut connection = Connection::open_in_memory()?;
        set_up(&mut connection)?;
        Ok(Scratch { connection, prices })
    }

    /// What `ask` finds out of an index of `events` and of nothing else. Their order does not matter; one that is there twice
    /// counts once.
    ///
    /// # Errors
    /// [`StoreError::Database`] when there is no memory for it, and those of `ask`.
    pub fn with<'e, T>(
        &mut self,
        events: impl IntoIterator<Item = &'e Event>,
        ask: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        // Taken back when it is dropped.
        let transaction = self.connection.transaction()?;
        let mut names = Names::default();
        names.check(schema::made(&transaction)?);
        let mut batch = Batch::new(&transaction, &mut names, &mut self.prices);
        for event in events {
            batch.apply(event)?;
        }
        batch.finish()?;
        ask(&transaction)
    }
}
