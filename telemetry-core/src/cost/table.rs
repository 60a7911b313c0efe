//! The price table: static rows, made from `data/prices.json` by `build/main.rs`.

use regex_lite::Regex;

use super::bucket::Bucket;
use super::rate::Rate;
use crate::time::{Day, UnixNanos};

mod rows {
    use super::Bucket::*;
    use super::{ClauseRow, Day, EntryRow, ModelRow, ProviderRow, RateRow, Span, Text, VariantRow};
    use super::{ClauseRow::*, Terms::*, When::*};

    include!(concat!(env!("OUT_DIR"), "/price_table.rs"));
}

pub(super) use rows::{HASH, ORIGIN, PROVIDERS, TAKEN};

/// A part of the one text: where it begins, and its length in bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Text(u32, u16);

impl Text {
    pub fn get(self) -> &'static str {
        let start = self.0 as usize;
        &rows::TEXT[start..start + usize::from(self.1)]
    }

    /// The pattern it is.
    ///
    /// Compiled when asked: that takes microseconds, and what came out of it is remembered by who asks. One that cannot
    /// be compiled would match nothing; a test compiles them all.
    fn regex(self) -> Option<Regex> {
        Regex::new(self.get()).ok()
    }

    /// Where the pattern it is ends in `text`, if it matches at all.
    pub fn match_end(self, text: &str) -> Option<usize> {
        self.regex()?.find(text).map(|found| found.end())
    }

    fn matches(self, text: &str) -> Option<bool> {
        Some(self.regex()?.is_match(text))
    }
}

/// Rows that lie next to each other: the first, and how many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span(u32, u16);

impl Span {
    fn of<T>(self, rows: &'static [T]) -> &'static [T] {
        let start = self.0 as usize;
        &rows[start..start + usize::from(self.1)]
    }
}

pub(super) struct ProviderRow {
    id: Text,
    url: Text,
    models: Span,
    fallbacks: Span,
}

impl ProviderRow {
    pub fn id(&self) -> &'static str {
        self.id.get()
    }

    /// The pattern of the beginnings of its URLs.
    pub fn url(&self) -> Text {
        self.url
    }

    pub fn models(&self) -> &'static [ModelRow] {
        self.models.of(&rows::MODELS)
    }

    /// Providers, as places in [`PROVIDERS`], whose models it sells at their prices.
    pub fn fallbacks(&self) -> &'static [u16] {
        self.fallbacks.of(&rows::FALLBACKS)
    }
}

pub(super) struct ModelRow {
    id: Text,
    clause: u16,
    entries: Span,
    variants: Span,
}

impl ModelRow {
    pub fn id(&self) -> &'static str {
        self.id.get()
    }

    /// Whether it is the model of an id in lower case.
    pub fn is(&self, id: &str) -> bool {
        rows::CLAUSES[usize::from(self.clause)].admits(id)
    }

    /// The usual rates at a moment: the last that are in force, else the first.
    pub fn rates(&self, at: UnixNanos) -> &'static [RateRow] {
        let entries = self.entries.of(&rows::ENTRIES);
        let entry = entries.iter().rev().find(|entry| entry.0.holds(at)).or(entries.first());
        entry.map_or(&[], |entry| entry.1.of(&rows::RATES))
    }

    /// Rates on other terms, in force at a moment; they stand in for the usual ones, the first for each bucket.
    pub fn variants(&self, at: UnixNanos) -> impl Iterator<Item = (Terms, &'static [RateRow])> {
        let all = self.variants.of(&rows::VARIANTS).iter();
        all.filter(move |row| row.1.holds(at)).map(|row| (row.0, row.2.of(&rows::RATES)))
    }
}

/// When its rates are in force, and which they are.
pub(super) struct EntryRow(When, Span);

/// For whom, when, and which rates.
pub(super) struct VariantRow(Terms, When, Span);

/// Terms on which a call costs something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Terms {
    /// Sent in through the provider's interface for batches.
    Batch,
    /// Served in the service tier of this name.
    Tier(&'static str),
}

#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    Always,
    /// From the beginning of this day (UTC).
    From(Day),
    /// From this second of each day (UTC) to that one, over midnight where the first is the later.
    Daily(u32, u32),
}

impl When {
    fn holds(self, at: UnixNanos) -> bool {
        match self {
            When::Always => true,
            When::From(day) => at.day() >= day,
            When::Daily(start, end) => {
                let now = at.since(at.day().start()) / 1_000_000_000;
                let (start, end) = (i64::from(start), i64::from(end));
                if start <= end { (start..end).contains(&now) } else { now >= start || now < end }
            }
        }
    }
}

/// A bucket's rate for calls with more prompt tokens than this; without a number for every call.
pub(super) struct RateRow(Bucket, Option<u32>, u16);

impl RateRow {
    pub fn bucket(&self) -> Bucket {
        self.0
    }

    /// Whether it holds for a call with a prompt of this many tokens; the last of a bucket that does, counts.
    pub fn holds(&self, prompt: u64) -> bool {
        self.1.is_none_or(|above| prompt > u64::from(above))
    }

    pub fn rate(&self) -> Rate {
        Rate::from_units(rows::AMOUNTS[usize::from(self.2)])
    }
}

/// What an id must be to be a model's.
pub(super) enum ClauseRow {
    Equals(Text),
    StartsWith(Text),
    EndsWith(Text),
    Contains(Text),
    Matches(Text),
    MatchesNot(Text),
    All(Span),
    Any(Span),
}

impl ClauseRow {
    fn admits(&self, id: &str) -> bool {
        match self {
            ClauseRow::Equals(text) => id == text.get(),
            ClauseRow::StartsWith(text) => id.starts_with(text.get()),
            ClauseRow::EndsWith(text) => id.ends_with(text.get()),
            ClauseRow::Contains(text) => id.contains(text.get()),
            ClauseRow::Matches(text) => text.matches(id) == Some(true),
            ClauseRow::MatchesNot(text) => text.matches(id) == Some(false),
            ClauseRow::All(parts) => parts.of(&rows::CLAUSES).iter().all(|part| part.admits(id)),
            ClauseRow::Any(parts) => parts.of(&rows::CLAUSES).iter().any(|part| part.admits(id)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for provider in &PROVIDERS {
            assert!(provider.url.regex().is_some(), "{}", provider.url.get());
        }
        for clause in &rows::CLAUSES {
            if let ClauseRow::Matches(text) | ClauseRow::MatchesNot(text) = clause {
                assert!(text.regex().is_some(), "{}", text.get());
            }
        }
    }

    /// More input, a larger tier: no tier is cheaper than the one below it, so a call never gets cheaper by growing.
    #[test]
    fn tiers_rise() {
        for rows in rows::RATES.windows(2) {
            if rows[0].bucket() == rows[1].bucket() && rows[1].1.is_some() {
                assert!(rows[0].rate() <= rows[1].rate() && rows[0].1 < rows[1].1);
            }
        }
    }

    #[test]
    fn times_of_day_and_dates_hold_from_the_first_second_to_the_last() {
        let day: Day = "2026-08-17".parse().unwrap();
        let midnight = day.start();
        assert!(When::From(day).holds(midnight) && !When::From(day).holds(midnight.plus(-1)));
        // From 00:30 to 16:30, and from 16:30 to 00:30.
        let day = When::Daily(1_800, 59_400);
        let night = When::Daily(59_400, 1_800);
        for (second, is_day) in [(0, false), (1_799, false), (1_800, true), (59_399, true), (59_400, false)] {
            let at = midnight.plus(second * 1_000_000_000);
            assert_eq!((day.holds(at), night.holds(at)), (is_day, !is_day), "{second}");
        }
    }
}
