//! Goes through the facts of a window: which count, and in which groups they are.

use std::ops::Range;

use jiff::tz::TimeZone;
use rusqlite::Connection;

use super::carriers::Carriers;
use super::codes::{self, Codes, Facts};
use super::groups::{Members, Partition};
use super::words::Words;
use crate::columns::{self, Block, Column, Field, Kept, Kind, NULL};
use crate::insights::{Dimension, Filter, Grouping, Window};

/// A question on its way through the facts.
pub(super) struct Scan<'a> {
    pub connection: &'a Connection,
    pub words: Words<'a>,
    window: (i64, i64),
    /// The days that have facts.
    days: Vec<Kept>,
    zone: TimeZone,
    filters: Vec<(Dimension, u32)>,
    /// Everything, then the breakdowns.
    pub partitions: Vec<Partition>,
}

/// What facts are looked at as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum As {
    Themselves,
    /// Runs as the chains they begin.
    Chains,
}

/// The facts of a block that count.
pub(super) struct Chosen {
    block: Block,
    rows: Range<usize>,
    /// Which of `rows`; `None` for all.
    kept: Option<Vec<u32>>,
    /// What they have in common with others that says in which groups they are.
    pub carriers: Carriers,
    /// Their groups in each breakdown that facts of the kind have, everything first.
    pub members: Vec<Members>,
}

impl Chosen {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.kept.as_ref().map_or(self.rows.len(), Vec::len)
    }

    pub(super) fn column(&self, field: Field) -> Option<&Column> {
        self.block.column(field)
    }

    /// The numbers of a column; `missing` where they are not known.
    pub(super) fn numbers(&self, field: Field, missing: i64) -> Vec<i64> {
        let mut numbers = Vec::new();
        self.read(field, missing, &mut numbers);
        numbers
    }

    /// Makes `numbers` those of a column; `missing` where they are not known. Who reads day after day has the room for it
    /// already, which the system would otherwise give and take each time.
    pub(super) fn read(&self, field: Field, missing: i64, numbers: &mut Vec<i64>) {
        numbers.clear();
        let known = |value| if value == NULL { missing } else { value };
        match (self.block.column(field), &self.kept) {
            (None, _) => numbers.resize(self.len(), missing),
            (Some(column), None) => column.numbers.read(self.rows.clone(), numbers, known),
            (Some(column), Some(kept)) => {
                let rows = kept.iter().map(|&place| self.rows.start + place as usize);
                numbers.extend(rows.map(|row| known(column.numbers.get(row))));
            }
        }
    }
}

impl<'a> Scan<'a> {
    pub(super) fn new(
        connection: &'a Connection,
        window: Window,
        zone: TimeZone,
        by: &[Grouping],
        filters: &[Filter],
    ) -> rusqlite::Result<Self> {
        let mut words = Words::new(connection);
        let filters = filters.iter().map(|filter| (filter.dimension, words.number(&filter.value))).collect();
        let partitions =
            std::iter::once(None).chain(by.iter().copied().map(Some)).map(Partition::of).collect();
        let window = window.bounds();
        let days = columns::days(connection, window.0, window.1)?;
        Ok(Scan { connection, words, window, days, zone, filters, partitions })
    }

    /// About how many facts of a kind the days of the window have.
    pub(super) fn about(&self, kind: Kind) -> rusqlite::Result<usize> {
        self.days.iter().map(|day| columns::kept_facts(self.connection, *day, kind)).sum()
    }

    /// The places of the breakdowns that facts of a kind have; that of everything is the first.
    pub(super) fn breakdowns(&self, kind: Kind) -> Vec<usize> {
        let all = |partition: &Partition| partition.dimensions().into_iter().all(|of| codes::has(kind, of));
        (0..self.partitions.len()).filter(|&place| all(&self.partitions[place])).collect()
    }

    /// Calls `each` with what counts of every block of `kind` that has facts of the window. Blocks have the columns
    /// `fields`, and those that say which facts count and where they belong.
    pub(super) fn each(
        &mut self,
        kind: Kind,
        seen_as: As,
        fields: &[Field],
        mut each: impl FnMut(&mut Words<'a>, Chosen) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let breakdowns = if seen_as == As::Chains { vec![0] } else { self.breakdowns(kind) };
        if !self.filters.iter().all(|(dimension, _)| codes::has(kind, *dimension)) {
            return Ok(());
        }
        let dimensions = breakdowns.iter().flat_map(|&place| self.partitions[place].dimensions());
        let dimensions = dimensions.chain(self.filters.iter().map(|(dimension, _)| *dimension));
        let mut needed: Vec<Field> =
            dimensions.flat_map(|dimension| codes::fields(kind, dimension)).collect();
        needed.extend(fields);
        if seen_as == As::Chains {
            needed.extend([Field::ChainOutcome, Field::ChainReason, Field::ChainDuration]);
        }
        for day in self.days.clone() {
            let mut needed = needed.clone();
            needed.extend(self.is_cut(day).then_some(Field::Time));
            needed.sort_unstable();
            needed.dedup();
            let block = columns::block(self.connection, day, kind, &needed)?;
            if let Some(chosen) = self.choose(block, day, seen_as, &breakdowns)? {
                each(&mut self.words, chosen)?;
            }
        }
        Ok(())
    }

    /// Whether the window begins or ends within a day.
    fn is_cut(&self, day: Kept) -> bool {
        let (first, end) = day.bounds();
        self.window.0 > first || self.window.1 < end
    }

    fn choose(
        &mut self,
        block: Block,
        day: Kept,
        seen_as: As,
        breakdowns: &[usize],
    ) -> rusqlite::Result<Option<Chosen>> {
        let rows = match block.column(Field::Time) {
            Some(time) if self.is_cut(day) => {
                time.numbers.lower_bound(self.window.0)..time.numbers.lower_bound(self.window.1)
            }
            _ => 0..block.rows(),
        };
        if rows.is_empty() {
            return Ok(None);
        }
        let block = if seen_as == As::Chains { block.chains() } else { block };
        let kept = self.kept(&block, seen_as, &rows)?;
        let facts = Facts { block: &block, rows: &rows, kept: kept.as_deref() };
        let mut carriers = Carriers::default();
        let mut known: Vec<(Dimension, Codes)> = Vec::new();
        let mut members = Vec::with_capacity(breakdowns.len());
        for &place in breakdowns {
            let dimensions = self.partitions[place].dimensions();
            for &dimension in &dimensions {
                if !known.iter().any(|(of, _)| *of == dimension) {
                    let codes = codes::codes(&mut self.words, &self.zone, facts, dimension, &mut carriers)?;
                    known.push((dimension, codes));
                }
            }
            let codes: Vec<&Codes> = dimensions
                .iter()
                .filter_map(|dimension| known.iter().find(|(of, _)| of == dimension))
                .map(|(_, codes)| codes)
                .collect();
            members.push(self.partitions[place].members(&codes, &carriers));
        }
        Ok(Some(Chosen { block, rows, kept, carriers, members }))
    }

    /// Which of `rows` pass the filters; `None` when all do.
    fn kept(
        &mut self,
        block: &Block,
        seen_as: As,
        rows: &Range<usize>,
    ) -> rusqlite::Result<Option<Vec<u32>>> {
        if self.filters.is_empty() && seen_as == As::Themselves {
            return Ok(None);
        }
        let mut kept: Vec<u32> = (0..rows.len() as u32).collect();
        if let (As::Chains, Some(outcome)) = (seen_as, block.column(Field::Outcome)) {
            kept.retain(|&place| outcome.numbers.get(rows.start + place as usize) != NULL);
        }
        for &(dimension, wanted) in &self.filters {
            let (all, mut carriers) = (Facts { block, rows, kept: None }, Carriers::default());
            let codes = codes::codes(&mut self.words, &self.zone, all, dimension, &mut carriers)?;
            let codes = codes.each(&carriers);
            kept.retain(|&place| codes[place as usize] == wanted);
        }
        Ok(Some(kept))
    }
}
