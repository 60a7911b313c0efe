//! Calls that were never answered, by what went wrong.

use std::io;

use telemetry_store::insights::Errors;

use crate::render::Sheet;
use crate::render::bar;
use crate::render::ink::{Ink, Words};
use crate::render::text::{count, grouped, named, padded};

/// Classes that are named; there are a dozen.
const CLASSES: usize = 12;
/// Columns before a bar: the class and how many.
const BEFORE: usize = 26;
/// Columns of a bar, where there is room.
const BAR: usize = 24;

pub(super) fn errors(sheet: &mut Sheet<'_>, errors: &Errors) -> io::Result<()> {
    if errors.total == 0 && errors.recovered_attempts == 0 {
        return Ok(());
    }
    let ink = if errors.total > 0 { Ink::Bad } else { Ink::Plain };
    let mut said = vec![Words::new(ink, format!("{} unanswered", count(errors.total, "call", "calls")))];
    if errors.recovered_attempts > 0 {
        let attempts = count(errors.recovered_attempts, "attempt", "attempts");
        said.push(format!("{attempts} recovered by a retry").into());
    }
    sheet.entries("errors", said, ", ")?;
    let mut classes: Vec<_> = errors.by_class.iter().collect();
    classes.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let room = BAR.min(sheet.text_width() - BEFORE);
    let most = classes.first().map_or(1, |(_, n)| *n).max(1);
    for (class, n) in classes.into_iter().take(CLASSES) {
        let row = format!("{}{:>6}  ", padded(&named(class, 18), 18), grouped(n as i64));
        let bar = bar::share(n as f64 / most as f64, room);
        sheet.entry("", vec![row.into(), Words::new(Ink::Bad, bar)])?;
    }
    Ok(())
}
