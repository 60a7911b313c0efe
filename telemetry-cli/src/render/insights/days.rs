//! Sparklines: each day of the window, or as many days as share a mark.

use std::io;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use telemetry_store::insights::{Group, Runs};

use crate::render::bar;
use crate::render::ink::{Ink, Words};
use crate::render::money::dollars;
use crate::render::text::{count, fit, grouped};
use crate::render::{Page, Sheet};

/// Columns beside a sparkline: what it is of, and its highest.
const BESIDE: usize = 28;

pub(super) fn days(sheet: &mut Sheet<'_>, page: &Page<'_>) -> io::Result<()> {
    let groups: Vec<(Date, &Group)> =
        page.found.by("day").iter().filter_map(|group| Some((group.key.parse().ok()?, group))).collect();
    let Some((first, last)) = ends(page, &groups) else { return Ok(()) };
    let days = since(first, last) + 1;
    if days < 2 {
        return Ok(());
    }
    let each = days.div_ceil(sheet.text_width() - BESIDE);
    let mut marks = vec![Mark::default(); days.div_ceil(each)];
    for (day, group) in groups {
        if first <= day && day <= last {
            marks[since(first, day) / each].add(group);
        }
    }
    sheet.gap()?;
    let scale =
        if each == 1 { String::new() } else { format!(", {} a mark", count(each as u64, "day", "days")) };
    sheet.entry("per day", vec![format!("{first} to {last}{scale}").into()])?;
    let whole = |value: f64| grouped(value.round() as i64);
    row(sheet, "runs", Ink::Plain, &marks, |mark| Some(mark.runs), whole)?;
    row(sheet, "turns", Ink::Plain, &marks, |mark| Some(mark.turns), whole)?;
    row(sheet, "failed", Ink::Bad, &marks, |mark| Some(mark.failed), whole)?;
    row(sheet, "cost", Ink::Plain, &marks, Mark::cost, |usd| dollars(Some(usd)))
}

/// The first and the last day of the window; of one without a beginning the first day with a fact, and of one without
/// either the last.
fn ends(page: &Page<'_>, groups: &[(Date, &Group)]) -> Option<(Date, Date)> {
    let (oldest, newest) = (groups.first()?.0, groups.last()?.0);
    let day = |at: Timestamp| at.to_zoned(page.zone.clone()).date();
    let at = |nanos: i64| Timestamp::from_nanosecond(nanos.into()).ok();
    let Some(since) = page.window.since.and_then(|since| at(since.0)) else { return Some((oldest, newest)) };
    // The end is no longer in it. Without one it is now, which the document says.
    let until = page.found.window.until.as_deref().and_then(|until| until.parse::<Timestamp>().ok());
    let until = until.and_then(|until| until.checked_sub(SignedDuration::from_nanos(1)).ok());
    Some((day(since).min(oldest), until.map_or(newest, day).max(newest)))
}

/// Days from one to another that is not before it.
fn since(first: Date, day: Date) -> usize {
    usize::try_from(first.duration_until(day).as_hours() / 24).unwrap_or(0)
}

/// What a mark stands for.
#[derive(Clone, Default)]
struct Mark {
    runs: f64,
    turns: f64,
    failed: f64,
    known_cost: Option<f64>,
    unknown_calls: u64,
}

impl Mark {
    fn add(&mut self, group: &Group) {
        let total = |runs: Option<&Runs>| runs.map_or(0.0, |runs| runs.total as f64);
        self.runs += total(group.runs.as_deref());
        self.turns += total(group.turns.as_deref());
        let failure = group.turns.as_deref().and_then(|turns| turns.failure_rate);
        // A rate is a count over `n`, so this is that count.
        self.failed += failure.map_or(0.0, |rate| (rate.value * rate.n as f64).round());
        if let Some(cost) = &group.cost {
            self.unknown_calls += cost.unknown_calls;
            if let Some(usd) = cost.total_usd {
                *self.known_cost.get_or_insert(0.0) += usd;
            }
        }
    }

    /// Nothing was spent where nothing was called; of calls without a price it is not known.
    fn cost(&self) -> Option<f64> {
        self.known_cost.or((self.unknown_calls == 0).then_some(0.0))
    }
}

/// One sparkline and its highest value; none where there is nothing but zero.
fn row(
    sheet: &mut Sheet<'_>,
    name: &str,
    ink: Ink,
    marks: &[Mark],
    of: impl Fn(&Mark) -> Option<f64>,
    say: impl Fn(f64) -> String,
) -> io::Result<()> {
    let values: Vec<Option<f64>> = marks.iter().map(of).collect();
    let highest = values.iter().flatten().copied().fold(0.0, f64::max);
    if highest <= 0.0 {
        return Ok(());
    }
    let line = Words::new(ink, bar::sparkline(&values));
    let most = format!("  at most {}", fit(&say(highest), BESIDE - 20));
    sheet.entry("", vec![format!("{name:<8}").into(), line, most.into()])
}
