//! How runs, turns and what they asked for ended, and where the time of turns went.

use std::io;

use telemetry_core::outcome::{IDLE_TIMEOUT, Outcome, OutcomeClass};
use telemetry_store::insights::{ByWord, Insights, Rate, Runs};

use crate::render::Sheet;
use crate::render::bar::{self, Part};
use crate::render::ink::{Ink, Words};
use crate::render::text::{counted, duration, grouped, interval, named, percent};

/// Reasons that are named; the rest is counted.
const REASONS: usize = 6;
/// Columns before a bar: how many, or how long. One more than most need.
const BEFORE: usize = 8;
/// A bar is not longer than this, however wide the screen.
const LONGEST: usize = 60;

pub(super) fn endings(sheet: &mut Sheet<'_>, found: &Insights) -> io::Result<()> {
    ended(sheet, "runs", &found.runs)?;
    why(sheet, &found.runs)?;
    // Where no chat was compressed, each run is a chain, and they are the same numbers.
    if found.chains.total != found.runs.total && found.chains.total > 0 {
        ended(sheet, "chains", &found.chains)?;
    }
    ended(sheet, "turns", &found.turns.ended)?;
    why(sheet, &found.turns.ended)?;
    others(sheet, "subagents", found.subagents.total, &found.subagents.by_status)?;
    others(sheet, "approvals", found.approvals.total, &found.approvals.by_choice)?;
    time_of_turns(sheet, found)
}

/// What happened so often, in one shade.
struct Kind {
    word: String,
    count: u64,
    class: OutcomeClass,
}

impl Kind {
    /// The shade says the same as the colour.
    fn look(&self) -> (char, Ink) {
        match self.class {
            OutcomeClass::Success => ('█', Ink::Good),
            OutcomeClass::Failure => ('▓', Ink::Bad),
            OutcomeClass::User => ('▒', Ink::Person),
            OutcomeClass::Neutral | OutcomeClass::Unknown | OutcomeClass::Open => ('░', Ink::Quiet),
        }
    }
}

/// The outcomes by class, the largest of each first.
fn kinds(runs: &Runs) -> Vec<Kind> {
    let mut kinds = Vec::new();
    // Of those that timed out, the ones that merely expired are no failures.
    let timed_out = runs.by_outcome.get(Outcome::TimedOut.as_str()).unwrap_or(0);
    let expired = runs.by_reason.get(IDLE_TIMEOUT).unwrap_or(0).min(timed_out);
    for (word, count) in runs.by_outcome.iter() {
        let outcome = Outcome::parse(word).unwrap_or(Outcome::Unknown);
        let count = if outcome == Outcome::TimedOut { count - expired } else { count };
        kinds.push(Kind { word: named(word, 20), count, class: outcome.class(None) });
    }
    kinds.push(Kind { word: "expired".to_owned(), count: expired, class: OutcomeClass::Neutral });
    kinds.retain(|kind| kind.count > 0);
    kinds.sort_by_key(|kind| (kind.class, std::cmp::Reverse(kind.count)));
    kinds
}

fn ended(sheet: &mut Sheet<'_>, name: &str, runs: &Runs) -> io::Result<()> {
    let kinds = kinds(runs);
    let total = grouped(runs.total as i64);
    let parts: Vec<Part> = kinds
        .iter()
        .map(|kind| {
            let (shade, ink) = kind.look();
            Part { amount: kind.count as f64, shade, ink }
        })
        .collect();
    let mut line = vec![format!("{total:<BEFORE$}").into()];
    line.extend(bar::divided(&parts, (sheet.text_width() - BEFORE).min(LONGEST)));
    sheet.entry(name, line)?;
    let legend = kinds.iter().map(|kind| {
        let (shade, ink) = kind.look();
        Words::new(ink, format!("{shade} {} {}", kind.word, grouped(kind.count as i64)))
    });
    sheet.entries("", legend.collect(), " · ")?;
    if let (Some(completion), Some(failure)) = (&runs.completion_rate, &runs.failure_rate) {
        sheet.entries("", rates(completion, failure, runs.total), ", ")?;
    }
    Ok(())
}

/// The reasons of those that have one.
fn why(sheet: &mut Sheet<'_>, runs: &Runs) -> io::Result<()> {
    match counted(&runs.by_reason, REASONS) {
        why if why.is_empty() => Ok(()),
        mut why => {
            why[0].text.insert_str(0, "why: ");
            sheet.entries("", why, " · ")
        }
    }
}

fn rates(completion: &Rate, failure: &Rate, total: u64) -> Vec<Words> {
    let mut said = vec![
        format!("{} completed", interval(completion)).into(),
        format!("{} failed", interval(failure)).into(),
        format!("of {}", grouped(completion.n as i64)).into(),
    ];
    match total.saturating_sub(completion.n) {
        0 => {}
        n => said.push(format!("{} left out", grouped(n as i64)).into()),
    }
    said
}

/// What has no rate: how many, and how they ended.
fn others(sheet: &mut Sheet<'_>, name: &str, total: u64, by: &ByWord) -> io::Result<()> {
    if total == 0 {
        return Ok(());
    }
    let mut pieces = counted(by, REASONS);
    if let Some(first) = pieces.first_mut() {
        first.text.insert_str(0, &format!("{:<BEFORE$}", grouped(total as i64)));
    }
    sheet.entries(name, pieces, " · ")
}

fn time_of_turns(sheet: &mut Sheet<'_>, found: &Insights) -> io::Result<()> {
    let spent = &found.turns.breakdown_ms;
    let parts = [
        ("model", spent.model, '█', Ink::Plain),
        ("tools", spent.tool, '▓', Ink::Tool),
        ("approvals", spent.approval, '▒', Ink::Person),
        ("other", spent.other, '░', Ink::Quiet),
    ];
    let whole: f64 = parts.iter().map(|(_, ms, ..)| ms).sum();
    if whole <= 0.0 {
        return Ok(());
    }
    let divided = parts.map(|(_, amount, shade, ink)| Part { amount, shade, ink });
    let mut line = vec![format!("{:<BEFORE$}", duration(Some(whole))).into()];
    line.extend(bar::divided(&divided, (sheet.text_width() - BEFORE).min(LONGEST)));
    sheet.entry("turn time", line)?;
    let legend = parts
        .map(|(word, ms, shade, ink)| Words::new(ink, format!("{shade} {word} {}", percent(ms / whole))));
    sheet.entries("", legend.into(), " · ")
}
