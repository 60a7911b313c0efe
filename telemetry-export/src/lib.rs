//! Exports of what was recorded, one feature per destination.
//!
//! **Copies.** [`export`] reads recorded events from any [`Source`], and what was said from any [`Conversations`], has each
//! record cleared by the [`Gate`], and hands it to a [`Destination`] (`Ndjson`, `Json`).
//!
//! **What goes on as it is recorded.** An `Exporter` is fed with the log from a cursor, by whoever keeps that. `collector` sends
//! events as they are to a team's collector. `spans` puts runs, turns and calls together from events; `otlp` sends them to a
//! receiver; `trajectory` joins them with what was said, for `atof` and `atif`; `relay` reads the settings that the reference plugin
//! has for those two. Both that send do it by way of `http`, the one place that opens a connection.
//!
//! None of them takes anything but what is [`Cleared`], so nothing leaves that policy has not seen. Memory does not grow with what
//! was recorded: a record is in memory while it passes, and of a turn what happened until it is over.

#[cfg(feature = "relay")]
pub mod atif;
#[cfg(feature = "relay")]
pub mod atof;
#[cfg(feature = "collector")]
pub mod collector;
#[cfg(feature = "exporter")]
mod exporter;
#[cfg(any(feature = "collector", feature = "otlp"))]
pub mod http;
#[cfg(feature = "relay")]
mod inside;
#[cfg(feature = "json")]
mod json;
#[cfg(any(feature = "collector", feature = "otlp"))]
mod machine;
#[cfg(feature = "ndjson")]
mod ndjson;
#[cfg(feature = "otlp")]
pub mod otlp;
#[cfg(any(feature = "atof", feature = "atif"))]
mod private;
#[cfg(any(feature = "json", feature = "ndjson"))]
mod record;
#[cfg(feature = "relay")]
pub mod relay;
#[cfg(feature = "spans")]
pub mod spans;
#[cfg(any(feature = "atof", feature = "atif"))]
pub mod trajectory;

use std::io;

use telemetry_core::conversation::{Conversations, Message, Session};
use telemetry_core::event::Event;
use telemetry_core::source::Source;
use telemetry_core::time::UnixNanos;
use telemetry_policy::{Cleared, Gate};

#[cfg(feature = "exporter")]
pub use exporter::{Courier, Delivered, Exporter, Undelivered};
#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "ndjson")]
pub use ndjson::Ndjson;

/// Where cleared records go: first all events, then, where they are asked for, all sessions and all messages.
pub trait Destination {
    /// Takes one event.
    ///
    /// # Errors
    /// When it cannot be written.
    fn event(&mut self, event: Cleared<Event>) -> io::Result<()>;

    /// Takes one session.
    ///
    /// # Errors
    /// When it cannot be written.
    fn session(&mut self, session: Cleared<Session>) -> io::Result<()>;

    /// Takes one message.
    ///
    /// # Errors
    /// When it cannot be written.
    fn message(&mut self, message: Cleared<Message>) -> io::Result<()>;

    /// All records were written.
    ///
    /// # Errors
    /// When what was still held back cannot be written.
    fn finish(&mut self) -> io::Result<()>;
}

/// What to export.
#[derive(Clone, Copy, Default)]
pub struct Selection<'a> {
    /// Events and messages from this moment on, and sessions that were heard of since; all of them when `None`.
    pub since: Option<UnixNanos>,
    /// Sessions and messages too, from here.
    pub conversations: Option<&'a dyn Conversations>,
}

/// What an export came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Exported {
    /// Events.
    pub events: u64,
    /// Sessions.
    pub sessions: u64,
    /// Messages.
    pub messages: u64,
    /// Lines of the log that are no events.
    pub unreadable: u64,
}

/// Why an export stopped.
#[derive(Debug)]
pub enum ExportError {
    /// What was recorded cannot be read: look at the log and the index.
    Source(io::Error),
    /// The destination cannot be written: look at it.
    Destination(io::Error),
}

/// Sends what `selection` says of `events` through `gate` to `destination`.
///
/// # Errors
/// When what was recorded cannot be read or the destination cannot be written.
pub fn export(
    events: &dyn Source,
    gate: &Gate,
    selection: Selection<'_>,
    destination: &mut dyn Destination,
) -> Result<Exported, ExportError> {
    let since = selection.since.unwrap_or(UnixNanos(i64::MIN));
    let mut exported = Exported::default();
    let mut door = Door { gate, failure: None };
    let read = events.read(&mut |event| {
        event.ts < since || door.pass(event, &mut exported.events, |event| destination.event(event))
    });
    exported.unreadable = door.closed(read)?.unreadable;
    if let Some(conversations) = selection.conversations {
        let read = conversations.sessions(&mut |session| {
            let heard = session.end_ns.or(session.start_ns);
            heard.is_some_and(|heard| heard < since)
                || door.pass(session, &mut exported.sessions, |session| destination.session(session))
        });
        door.closed(read)?;
        let read = conversations.messages(&mut |message| {
            message.ts < since
                || door.pass(message, &mut exported.messages, |message| destination.message(message))
        });
        door.closed(read)?;
    }
    destination.finish().map_err(ExportError::Destination)?;
    Ok(exported)
}

/// What every record passes.
struct Door<'a> {
    gate: &'a Gate,
    failure: Option<io::Error>,
}

impl Door<'_> {
    /// Clears a record and writes it; whether to go on.
    fn pass<T: telemetry_policy::Clearable>(
        &mut self,
        record: T,
        passed: &mut u64,
        write: impl FnOnce(Cleared<T>) -> io::Result<()>,
    ) -> bool {
        *passed += 1;
        self.failure = write(self.gate.clear(record)).err();
        self.failure.is_none()
    }

    /// What reading came to, unless writing came to an end before.
    fn closed<R>(&mut self, read: io::Result<R>) -> Result<R, ExportError> {
        match self.failure.take() {
            Some(error) => Err(ExportError::Destination(error)),
            None => read.map_err(ExportError::Source),
        }
    }
}
