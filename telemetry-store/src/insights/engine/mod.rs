//! Answers a question from columns of facts.
//!
//! Each kind of fact is gone through once, for the whole page and all its breakdowns: which facts count and in which
//! groups they are ([`scan`], [`codes`], [`groups`]), what is counted and summed of them ([`tally`]), and percentiles,
//! which are exact ([`spread`]). [`compare`] holds the window against the one before it.

mod breakdowns;
mod calendar;
mod calls;
mod carriers;
mod codes;
mod compare;
mod counts;
mod ends;
mod facts;
mod gather;
mod groups;
mod lane;
mod largest;
mod page;
mod pairs;
mod scan;
mod spread;
mod spreads;
mod tally;
mod tools;
mod top;
mod words;

use rusqlite::Connection;

pub use facts::{Fact, Fate, What, facts};

use super::{Insights, Question};
use crate::columns;
use crate::error::StoreError;

/// The answers to `question`.
///
/// # Errors
/// When the index cannot be read.
pub fn insights(connection: &Connection, question: &Question) -> Result<Insights, StoreError> {
    let before = question.compare.then(|| compare::window_before(question.window)).flatten();
    let earliest = before.unwrap_or(question.window);
    columns::freshen(connection, earliest.bounds().0, question.window.bounds().1, &mut || true)?;
    // One state of the index for all of the page, whoever writes meanwhile.
    let snapshot = connection.is_autocommit().then(|| connection.unchecked_transaction()).transpose()?;
    let mut page = page::answer(connection, question)?;
    if let Some(window) = before {
        page.insights.compared = Some(compare::with_window_before(connection, question, window, &page)?);
    }
    if let Some(snapshot) = snapshot {
        snapshot.finish()?;
    }
    Ok(page.insights)
}
