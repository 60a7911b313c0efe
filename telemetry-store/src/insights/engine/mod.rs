//! Answers a question from columns of facts.
//!
//! Each kind of fact is gone through once, for the whole page and all its breakdowns: which facts count and in which
//! groups they are ([`scan`], [`codes`], [`groups`]), what is counted and summed of them ([`tally`]), and percentiles,
//! which are exact ([`spread`]). [`compare`] holds the window against the one before it.

mod breakdowns;
mod calendar;
mod codes;
mod compare;
mod gather;
mod groups;
mod page;
mod scan;
mod spread;
mod tally;
mod top;
mod words;

use rusqlite::Connection;

use super::{Insights, Question};
use crate::error::StoreError;

/// The answers to `question`.
///
/// # Errors
/// When the index cannot be read.
pub fn insights(connection: &Connection, question: &Question) -> Result<Insights, StoreError> {
    let mut page = page::answer(connection, question)?;
    if question.compare {
        page.insights.compared = compare::with_window_before(connection, question, &page)?;
    }
    Ok(page.insights)
}
