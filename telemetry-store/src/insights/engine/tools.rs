//! How tool calls went.

use super::counts::Counts;
use super::lane::Work;
use super::scan::Chosen;
use super::spread::Spread;
use super::spreads::Spreads;
use super::tally::{ByGroup, Sorts};
use super::words::{Texts, UNKNOWN, Words, lookup};
use crate::columns::{Field, NULL};
use crate::insights::{Distribution, ToolEnds};

/// Tool calls.
pub(super) struct Tools {
    statuses: Sorts<u32>,
    pub counts: ByGroup<Counts>,
    pub durations: Spreads,
}

/// Tool calls while they are gone through.
pub(super) struct ToolsWork {
    statuses: Sorts<u32>,
    counts: ByGroup<Counts>,
    durations: Spread,
    /// The column that is just being looked at.
    column: Vec<i64>,
    /// The places of the breakdowns that tool calls have.
    breakdowns: Vec<usize>,
    /// Whether the values themselves are asked for.
    values: bool,
}

impl ToolsWork {
    pub(super) const FIELDS: [Field; 2] = [Field::Status, Field::Duration];

    /// For about so many.
    pub(super) fn new(about: usize, breakdowns: Vec<usize>, values: bool) -> Self {
        ToolsWork {
            statuses: Sorts::default(),
            counts: ByGroup::default(),
            durations: Spread::of_about(about),
            column: Vec::new(),
            breakdowns,
            values,
        }
    }

    /// Some tool calls, with the numbers of the texts the codes of their status stand for.
    pub(super) fn piece(words: &mut Words<'_>, chosen: Chosen) -> rusqlite::Result<(Chosen, Vec<u32>)> {
        let known = chosen.column(Field::Status).map(|status| words.of(status)).transpose()?;
        Ok((chosen, known.unwrap_or_default()))
    }
}

impl Work for ToolsWork {
    type Piece = (Chosen, Vec<u32>);
    type Done = Tools;

    fn add(&mut self, (chosen, statuses): Self::Piece) {
        let known: Vec<u32> = statuses.into_iter().map(|word| self.statuses.number(word)).collect();
        let unknown = self.statuses.number(UNKNOWN);
        let status = lookup(&known, unknown);
        chosen.read(Field::Status, NULL, &mut self.column);
        let codes = &self.column;
        self.counts.add(&chosen, |counts, place| counts.add(status(codes[place])));
        chosen.read(Field::Duration, NULL, &mut self.column);
        self.durations.add(&self.column, &chosen);
    }

    fn done(self) -> Tools {
        let durations = Spreads::of(self.breakdowns, self.durations, self.values);
        Tools { statuses: self.statuses, counts: self.counts, durations }
    }
}

impl Tools {
    /// The numbers of a group.
    pub(super) fn ends(&self, texts: &Texts, counts: Option<&Counts>, duration_ms: Distribution) -> ToolEnds {
        let statuses = counts.into_iter().flat_map(Counts::each);
        let word = |status| texts.get(self.statuses.get(status)).clone();
        ToolEnds::of(statuses.map(|(status, count)| (word(status), count)), duration_ms)
    }
}
