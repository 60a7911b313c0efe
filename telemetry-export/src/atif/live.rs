//! Files of ATIF that grow as turns end.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use telemetry_core::content::Content;
use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Cleared;

use super::config::{Config, Subagents};
use super::draft::{Draft, path};
use crate::exporter::{Delivered, Exporter, Undelivered};
use crate::spans::Run;
use crate::trajectory::{Child, Feed, FeedState, Held, Late, Told, Turn};

/// Adds a turn to the document of its session when it is over, and its subagents with it.
pub struct Atif {
    config: Config,
    feed: Feed,
    said: Held,
    told: Vec<Told>,
}

/// What it needs to go on later. What is in a document, the document says.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct State {
    feed: FeedState,
    said: Held,
}

impl Atif {
    /// Goes on from `state`, as [`Exporter::state`] gave it; from the beginning with null.
    ///
    /// # Errors
    /// When it is no such state.
    pub fn resume(config: Config, prices: Prices, state: Value) -> Result<Self, serde_json::Error> {
        let state: State = if state.is_null() { State::default() } else { serde_json::from_value(state)? };
        let feed = Feed::resume(prices, state.feed);
        Ok(Atif { config, feed, said: state.said, told: Vec::new() })
    }
}

impl Exporter for Atif {
    fn event(&mut self, event: Cleared<Event>) {
        let Atif { feed, said, told, .. } = self;
        feed.event(event, said, &mut |one| told.push(one));
    }

    fn content(&mut self, content: Cleared<Content>) {
        self.said.keep(content);
    }

    fn finish(&mut self) {
        let Atif { feed, said, told, .. } = self;
        feed.finish(said, &mut |one| told.push(one));
    }

    fn deliver(&mut self, _: UnixNanos) -> Result<Delivered, Undelivered> {
        let written = write(&self.config, &std::mem::take(&mut self.told));
        written.map_err(|(path, error)| Undelivered {
            message: format!("cannot write {}: {error}", path.display()),
            temporary: true,
            retry_after: None,
        })
    }

    fn state(&self) -> Value {
        json!({ "feed": self.feed.state(), "said": self.said })
    }
}

/// Writes what is told to the documents it is of, each of them once.
pub(super) fn write(config: &Config, told: &[Told]) -> Result<Delivered, (PathBuf, io::Error)> {
    let mut documents = Documents { config, drafts: BTreeMap::new() };
    for one in told {
        match one {
            Told::Turn(turn) => documents.turn(turn)?,
            // What a document tells of a run is told by its turns.
            Told::Run(_) => {}
            Told::Late(late) => documents.late(late)?,
        }
    }
    let mut delivered = Delivered::default();
    for (path, draft) in documents.drafts {
        if let Some(path) = draft.replaces() {
            delivered.notes.push(format!("{} was no document of ours, and is replaced", path.display()));
        }
        delivered.items += u64::from(draft.commit().map_err(|error| (path, error))?);
    }
    Ok(delivered)
}

struct Documents<'c> {
    config: &'c Config,
    drafts: BTreeMap<PathBuf, Draft<'c>>,
}

impl<'c> Documents<'c> {
    fn of(&mut self, run: &Run) -> Result<&mut Draft<'c>, (PathBuf, io::Error)> {
        let path = path(self.config, run);
        if !self.drafts.contains_key(&path) {
            let draft = Draft::open(self.config, run).map_err(|error| (path.clone(), error))?;
            self.drafts.insert(path.clone(), draft);
        }
        self.drafts.get_mut(&path).ok_or_else(|| (path, io::ErrorKind::NotFound.into()))
    }

    fn turn(&mut self, turn: &Turn) -> Result<(), (PathBuf, io::Error)> {
        self.of(&turn.run)?.turn(turn);
        if let (true, Some(before)) = (turn.begins_compressed(), &turn.run.continues) {
            let session_id = before.session_id.clone();
            let before = Run { id: before.run, session_id, ..(*turn.run).clone() };
            self.of(&before)?.continued_in(&turn.run);
        }
        turn.children.iter().try_for_each(|child| self.file_of(child))
    }

    fn late(&mut self, late: &Late) -> Result<(), (PathBuf, io::Error)> {
        match late {
            Late::Child { above, child } => {
                if let Some(top) = above.first() {
                    self.of(top)?.late_child(above, child);
                }
                self.file_of(child)?;
            }
            Late::Tool { run, tool } => self.of(run)?.late_tool(tool),
            Late::Call { run, call } => self.of(run)?.late_call(call),
        }
        Ok(())
    }

    /// A subagent's own file, where it has one.
    fn file_of(&mut self, child: &Child) -> Result<(), (PathBuf, io::Error)> {
        match self.config.subagents {
            Subagents::Embedded => Ok(()),
            Subagents::All => child.turns.iter().try_for_each(|turn| self.turn(turn)),
        }
    }
}
