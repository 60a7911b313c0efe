//! The log, and what was said, read on as they grow: for destinations that keep up with them.

use std::io;

use serde::{Deserialize, Serialize};
use telemetry_core::content::Content;
use telemetry_core::event::Event;
use telemetry_core::source::{Lag, Recorded, Step, Tail, Then};
use telemetry_core::time::UnixNanos;

use crate::days::{Cursor, Marks};
use crate::layout::{Days, Layout};

/// Content goes to the disk on a thread of its own, where secrets are taken out of it first. An event of the last second is left
/// for later, so that what was said before it is there.
const MOMENT_NS: i64 = 1_000_000_000;
/// What was said so long after the last event of a step comes before that too: processes write one after the other.
const SLACK_NS: i64 = 5_000_000_000;

/// Where a reader of a home is.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Position {
    log: Marks,
    #[serde(default, skip_serializing_if = "Marks::is_empty")]
    content: Marks,
}

/// Reads a home on from a [`Position`].
///
/// Days of the log come in order, and again from the first when the last is read: a process that is late may write to a day that
/// is over. Memory is for some thousand records and the ids of the latest of two days, however large the files are.
pub struct HomeTail {
    position: Position,
    events: Cursor<Event>,
    /// `None` for who does not want to know what was said.
    content: Option<Cursor<Content>>,
    /// Whether the last moment is left for later.
    holds: bool,
    clock: fn() -> UnixNanos,
}

impl HomeTail {
    /// Reads the events of `layout` on from `position`.
    pub fn of_events(layout: Layout, position: Position) -> Self {
        let events = Cursor::new(layout, Days::Log, position.log.clone());
        HomeTail { position, events, content: None, holds: true, clock: UnixNanos::now }
    }

    /// Reads events and what was said on from `position`.
    pub fn of_everything(layout: Layout, position: Position) -> Self {
        let content = Cursor::new(layout.clone(), Days::Content, position.content.clone());
        HomeTail { content: Some(content), ..HomeTail::of_events(layout, position) }
    }

    /// The same with another clock, by which the last moment is told from what was before.
    #[must_use]
    pub fn with_clock(self, clock: fn() -> UnixNanos) -> Self {
        HomeTail { clock, ..self }
    }

    /// Whether events of this very moment are left for later. Who knows that what was said before them is on the disk already need
    /// not wait.
    pub fn hold_the_moment(&mut self, holds: bool) {
        self.holds = holds;
    }

    /// Events of this step, `most` of them, and what comes after it.
    fn events(&mut self, most: usize) -> io::Result<(Vec<Event>, Then)> {
        let now = (self.clock)();
        // A clock that leaps ahead must not hold up everything else until then.
        let is_of_this_moment =
            |event: &Event| event.ts.since(now) <= MOMENT_NS && now.since(event.ts) < MOMENT_NS;
        let mut events = Vec::new();
        while events.len() < most {
            match self.events.peek()? {
                None => return Ok((events, Then::End)),
                Some(event) if self.holds && self.content.is_some() && is_of_this_moment(event) => {
                    return Ok((events, Then::Soon));
                }
                Some(_) => events.extend(self.events.take()),
            }
        }
        Ok((events, Then::More))
    }
}

impl Tail for HomeTail {
    type Position = Position;

    fn read_on(&mut self, most: usize, each: &mut dyn FnMut(Recorded)) -> io::Result<Step> {
        self.events.look()?;
        let (events, mut then) = self.events(most)?;
        let mut records = events.len() as u64;
        if let Some(content) = &mut self.content {
            content.look()?;
            // At the end of the log whatever was said belongs to what is there, or to what is about to be.
            let latest = events.iter().map(|event| event.ts).max().filter(|_| then == Then::More);
            let until = latest.map(|latest| latest.plus(SLACK_NS));
            let mut pieces = 0;
            while let Some(piece) = content.peek()? {
                if until.is_some_and(|until| piece.ts > until) {
                    break;
                }
                if events.is_empty() && pieces == most as u64 {
                    then = Then::More;
                    break;
                }
                content.take().map(Recorded::Content).into_iter().for_each(&mut *each);
                pieces += 1;
            }
            records += pieces;
            self.position.content.clone_from(content.settle()?);
        }
        events.into_iter().map(Recorded::Event).for_each(each);
        self.position.log.clone_from(self.events.settle()?);
        let passed = [self.events.passed(), self.content.as_mut().map(Cursor::passed).unwrap_or_default()];
        let duplicates = passed.iter().map(|passed| passed.duplicates).sum();
        let unreadable = passed.iter().map(|passed| passed.unreadable).sum();
        Ok(Step { records, duplicates, unreadable, then })
    }

    fn position(&self) -> &Position {
        &self.position
    }

    fn lag(&self) -> io::Result<Lag> {
        let events = self.events.lag()?;
        let content = self.content.as_ref().map(Cursor::lag).transpose()?.unwrap_or_default();
        let since = events.since.into_iter().chain(content.since).min();
        Ok(Lag { bytes: events.bytes + content.bytes, since })
    }
}
