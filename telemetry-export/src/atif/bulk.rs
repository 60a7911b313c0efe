//! All documents of a log, made anew.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_policy::Cleared;

use super::config::Config;
use super::draft::path;
use super::live::write;
use crate::trajectory::{Child, Feed, FeedState, Late, Spoken, Told};

/// Turns that wait in memory to be written together. A document is copied when it grows, so few large batches are better
/// than many small ones.
const TURNS_IN_MEMORY: usize = 4_096;

/// Takes all events of a log and writes the documents of its sessions.
pub struct Bulk {
    config: Config,
    feed: Feed,
    told: Vec<Told>,
    documents: BTreeSet<PathBuf>,
}

impl Bulk {
    /// Documents where `config` says, which should be an empty directory: what is there is added to.
    pub fn new(config: Config, prices: Prices) -> Self {
        let feed = Feed::resume(prices, FeedState::default());
        Bulk { config, feed, told: Vec::new(), documents: BTreeSet::new() }
    }

    /// Takes an event.
    ///
    /// # Errors
    /// When a document cannot be written.
    pub fn event(&mut self, event: Cleared<Event>, spoken: &mut dyn Spoken) -> io::Result<()> {
        let Bulk { feed, told, .. } = self;
        feed.event(event, spoken, &mut |one| told.push(one));
        if self.told.len() >= TURNS_IN_MEMORY { self.write() } else { Ok(()) }
    }

    /// There are no more events: where the documents are.
    ///
    /// # Errors
    /// As [`Bulk::event`].
    pub fn finish(mut self, spoken: &mut dyn Spoken) -> io::Result<BTreeSet<PathBuf>> {
        let Bulk { feed, told, .. } = &mut self;
        feed.finish(spoken, &mut |one| told.push(one));
        self.write()?;
        Ok(self.documents.into_iter().filter(|path| path.exists()).collect())
    }

    fn write(&mut self) -> io::Result<()> {
        let mut told = std::mem::take(&mut self.told);
        // Runs of one session may overlap, and a document has its steps in time.
        told.sort_by_key(|one| match one {
            Told::Turn(turn) => (0, turn.start),
            Told::Run(end) => (1, end.end),
            Told::Late(_) => (1, telemetry_core::time::UnixNanos(i64::MAX)),
        });
        for one in &told {
            match one {
                Told::Turn(turn) => {
                    self.documents.insert(path(&self.config, &turn.run));
                    turn.children.iter().for_each(|child| self.of_child(child));
                }
                Told::Late(late) => match late {
                    Late::Child { child, .. } => self.of_child(child),
                    Late::Tool { run, .. } | Late::Call { run, .. } => {
                        self.documents.insert(path(&self.config, run));
                    }
                },
                Told::Run(_) => {}
            }
        }
        write(&self.config, &told)
            .map(|_| ())
            .map_err(|(path, error)| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    fn of_child(&mut self, child: &Child) {
        if self.config.subagents == super::Subagents::All {
            self.documents.insert(path(&self.config, &child.end.run));
        }
        child.turns.iter().flat_map(|turn| &turn.children).for_each(|child| self.of_child(child));
    }
}
