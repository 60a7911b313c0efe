//! Reading recorded events back, without knowing where they are kept.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::content::Content;
use crate::event::Event;
use crate::time::UnixNanos;

/// Recorded events, oldest file first; what exports of everything read.
pub trait Source {
    /// Calls `each` for every recorded event once, duplicates left out, until it says stop (`false`).
    ///
    /// # Errors
    /// When a file cannot be read; lines that are no events are counted, not errors.
    fn read(&self, each: &mut dyn FnMut(Event) -> bool) -> io::Result<SourceSummary>;
}

/// What reading a source came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceSummary {
    /// Events, or pieces of content, that were handed over.
    pub events: u64,
    /// Those that were there more than once.
    pub duplicates: u64,
    /// Lines that are neither.
    pub unreadable: u64,
}

/// Something that was recorded.
#[derive(Debug, Clone, PartialEq)]
pub enum Recorded {
    /// What happened.
    Event(Event),
    /// What was said.
    Content(Content),
}

/// What is recorded, read on step by step from where another reader left off; what goes to a destination as it grows.
///
/// Of content and events of one moment the content comes first, as far as the order in which they were recorded allows:
/// whoever is told of the end of a turn has what was said in it.
pub trait Tail {
    /// Where a reader is. Small; kept beside what became of the records before it.
    type Position: Clone + Default + PartialEq + Serialize + DeserializeOwned;

    /// Calls `each` for what follows, about `most` events of it, duplicates left out. What is recorded at this very moment may
    /// be left for later.
    ///
    /// # Errors
    /// When a file cannot be read. What was handed over counts as read; begin anew from a position of before to have it again.
    fn read_on(&mut self, most: usize, each: &mut dyn FnMut(Recorded)) -> io::Result<Step>;

    /// Where the next step begins.
    fn position(&self) -> &Self::Position;

    /// How much there is that was not read.
    ///
    /// # Errors
    /// When a file cannot be read.
    fn lag(&self) -> io::Result<Lag>;
}

/// What a step of a [`Tail`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Step {
    /// Records that were handed over.
    pub records: u64,
    /// Those that were there more than once.
    pub duplicates: u64,
    /// Lines that are no records.
    pub unreadable: u64,
    /// What comes after this step.
    pub then: Then,
}

/// What comes after a step of a [`Tail`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Then {
    /// More, at once.
    #[default]
    More,
    /// What is so new that the rest of its moment may still be on its way.
    Soon,
    /// Nothing, until something is recorded.
    End,
}

/// How much there is that was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Lag {
    /// In whole lines.
    pub bytes: u64,
    /// The time of the first of them that is a record.
    pub since: Option<UnixNanos>,
}
