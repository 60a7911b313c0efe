//! How a destination stands, for who asks.

use std::io;

use telemetry_core::source::{Lag, Tail as _};
use telemetry_store::layout::Layout;
use telemetry_store::tail::{HomeTail, Position};

use super::State;

/// How a destination stands.
#[derive(Debug)]
pub struct Standing {
    /// What is noted of it; `None` if it was never begun, or the note cannot be gone on from.
    pub state: Option<State>,
    /// Why the note cannot be gone on from.
    pub unreadable: Option<String>,
    /// What it did not get yet.
    pub lag: Lag,
}

impl Standing {
    /// Of the destination called `name` at `layout`, which wants to know what was said if `with_content`. Nothing is written, and
    /// nobody who is at it is waited for.
    ///
    /// # Errors
    /// When what is recorded cannot be read.
    pub fn of(layout: &Layout, name: &str, with_content: bool) -> io::Result<Self> {
        let (state, unreadable) = match State::read(layout, name) {
            Ok(state) => (state, None),
            Err(unreadable) => (None, Some(unreadable.to_string())),
        };
        let position = state.as_ref().map_or_else(Position::default, |state| state.position.clone());
        let tail = match with_content {
            true => HomeTail::of_everything(layout.clone(), position),
            false => HomeTail::of_events(layout.clone(), position),
        };
        Ok(Standing { state, unreadable, lag: tail.lag()? })
    }
}
