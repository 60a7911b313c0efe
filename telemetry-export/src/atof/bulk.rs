//! All lines of a log, in the order of their times.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_policy::Cleared;

use super::line::{Line, Rank};
use super::map::Mapper;
use crate::inside::told_apart;
use crate::trajectory::{Feed, FeedState, Place, Spoken, Spool};

/// Takes all events of a log, and writes the lines when it has them. Lines wait in a file; in memory is where they are,
/// 32 bytes of each.
pub struct Bulk {
    feed: Feed,
    mapper: Mapper,
    spool: Spool,
    lines: Vec<Waiting>,
    trees: Vec<String>,
    numbers: HashMap<String, u32>,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Lines.
    pub lines: u64,
    /// Sessions at the top of their trees.
    pub trees: u64,
}

/// The name of a session's file: no two sessions have the same, whatever a host calls them.
pub fn file_name(session: &str) -> String {
    format!("{}.jsonl", told_apart(session))
}

struct Waiting {
    at: i64,
    place: Place,
    tree: u32,
    rank: Rank,
}

impl Bulk {
    /// With no lines, and a file in `directory` for those to come.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn new(prices: Prices, directory: &Path) -> io::Result<Self> {
        Ok(Bulk {
            feed: Feed::resume(prices, FeedState::default()),
            mapper: Mapper::default(),
            spool: Spool::new(directory)?,
            lines: Vec::new(),
            trees: Vec::new(),
            numbers: HashMap::new(),
        })
    }

    /// Takes an event.
    ///
    /// # Errors
    /// When lines cannot be put aside.
    pub fn event(&mut self, event: Cleared<Event>, spoken: &mut dyn Spoken) -> io::Result<()> {
        let Bulk { feed, mapper, .. } = self;
        let mut lines = Vec::new();
        feed.event(event, spoken, &mut |told| mapper.take(&told, &mut lines));
        self.put_aside(lines)
    }

    /// There are no more events.
    ///
    /// # Errors
    /// As [`Bulk::event`].
    pub fn finish(&mut self, spoken: &mut dyn Spoken) -> io::Result<()> {
        let Bulk { feed, mapper, .. } = self;
        let mut lines = Vec::new();
        feed.finish(spoken, &mut |told| mapper.take(&told, &mut lines));
        self.put_aside(lines)
    }

    /// Writes all lines to `out`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write(mut self, out: &mut dyn Write) -> io::Result<Written> {
        self.lines.sort_by_key(|line| (line.at, line.rank));
        for line in &self.lines {
            out.write_all(&self.spool.read(line.place)?)?;
        }
        out.flush()?;
        Ok(Written { lines: self.lines.len() as u64, trees: self.trees.len() as u64 })
    }

    /// Writes the lines of each tree to what `open` gives for the session at its top, and hands that to `close`.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn write_trees<W: Write>(
        mut self,
        open: &mut dyn FnMut(&str) -> io::Result<W>,
        close: &mut dyn FnMut(&str, W) -> io::Result<()>,
    ) -> io::Result<Written> {
        self.lines.sort_by_key(|line| (line.tree, line.at, line.rank));
        for of_tree in self.lines.chunk_by(|one, other| one.tree == other.tree) {
            let session = &self.trees[of_tree[0].tree as usize];
            let mut out = open(session)?;
            for line in of_tree {
                out.write_all(&self.spool.read(line.place)?)?;
            }
            out.flush()?;
            close(session, out)?;
        }
        Ok(Written { lines: self.lines.len() as u64, trees: self.trees.len() as u64 })
    }

    fn put_aside(&mut self, lines: Vec<Line>) -> io::Result<()> {
        for Line { tree, at, rank, text } in lines {
            let next = self.trees.len() as u32;
            let number = *self.numbers.entry(tree.clone()).or_insert(next);
            if number == next {
                self.trees.push(tree);
            }
            self.lines.push(Waiting { at, place: self.spool.push(text.as_bytes())?, tree: number, rank });
        }
        Ok(())
    }
}
