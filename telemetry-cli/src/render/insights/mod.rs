//! The answers on one page.

mod compared;
mod days;
mod endings;
mod errors;
mod latency;
mod missing;
mod spent;
mod top;

use std::io;

use jiff::tz::TimeZone;
use telemetry_store::budgets::BudgetState;
use telemetry_store::insights::{Filter, Group, Insights, Window};

use super::Sheet;
use super::breakdown::{self, measures};
use super::budget;
use super::ink::{Ink, Words};
use super::text::{named, nothing, span};

/// Rows of a breakdown on the page; `--by` shows all, `--top` as many as it says.
const TOP: usize = 5;

/// What is to be shown, and what was asked.
pub(crate) struct Page<'a> {
    /// The answers.
    pub found: &'a Insights,
    /// The window they are of.
    pub window: Window,
    /// The zone of dates.
    pub zone: &'a TimeZone,
    /// What a fact had to be.
    pub filters: &'a [Filter],
    /// At most so many rows in a table, where somebody said.
    pub top: Option<usize>,
    /// How far budgets are used up.
    pub budgets: &'a [BudgetState],
}

impl Page<'_> {
    /// The window and the filters in words.
    pub(super) fn heading(&self) -> Vec<Words> {
        let filters = self.filters.iter().map(|filter| {
            format!("only {} = {}", filter.dimension.as_str(), named(&filter.value, 30)).into()
        });
        std::iter::once(span(self.window, self.zone).into()).chain(filters).collect()
    }

    fn rows(&self) -> usize {
        self.top.unwrap_or(TOP)
    }

    /// Whether nothing at all happened in the window.
    fn is_empty(&self) -> bool {
        let found = self.found;
        let facts = [
            found.runs.total,
            found.turns.ended.total,
            found.model_calls.total,
            found.model_calls.failed_attempts,
            found.tool_calls.total,
            found.approvals.total,
            found.subagents.total,
        ];
        facts.iter().all(|n| *n == 0)
    }
}

/// The whole page, from what matters most to what is missing.
pub(crate) fn insights(sheet: &mut Sheet<'_>, page: &Page<'_>) -> io::Result<()> {
    if page.is_empty() {
        sheet.wrapped(page.heading(), ", ")?;
        sheet.gap()?;
        sheet.say(nothing("runs", page.window))?;
        return budgets(sheet, page);
    }
    let mut heading = page.heading();
    heading.push("rates with their 95 % intervals".into());
    sheet.wrapped(heading, ", ")?;
    sheet.gap()?;
    endings::endings(sheet, page.found)?;
    compared::compared(sheet, page)?;
    days::days(sheet, page)?;
    latency::latency(sheet, page.found)?;
    spent::spent(sheet, page.found)?;
    errors::errors(sheet, &page.found.errors)?;
    breakdowns(sheet, page)?;
    top::top(sheet, page)?;
    budgets(sheet, page)?;
    missing::missing(sheet, &page.found.quality)
}

/// How far budgets are used up now, whatever the window.
fn budgets(sheet: &mut Sheet<'_>, page: &Page<'_>) -> io::Result<()> {
    if page.budgets.is_empty() {
        return Ok(());
    }
    sheet.gap()?;
    sheet.line(&[Words::new(Ink::Heading, "budgets")])?;
    budget::budgets(sheet, page.budgets, page.zone)
}

/// Models and tools, each in a table of its own.
fn breakdowns(sheet: &mut Sheet<'_>, page: &Page<'_>) -> io::Result<()> {
    use measures::{
        CACHED, CALL_P50, CALL_P95, CALLS, COST, FAILED_ATTEMPTS, INPUT, OUTPUT, TOOL_CALLS, TOOL_P50,
        TOOL_P95, TOOLS_ENDED, TOOLS_FAILED,
    };
    let models = [&CALLS, &FAILED_ATTEMPTS, &CALL_P50, &CALL_P95, &INPUT, &CACHED, &OUTPUT, &COST];
    let tools = [&TOOL_CALLS, &TOOLS_FAILED, &TOOL_P50, &TOOL_P95, &TOOLS_ENDED];
    for (name, measures) in [("model", &models[..]), ("tool", &tools)] {
        // Runs and turns have a model too; the table is of calls.
        let is_called = |group: &&Group| {
            [group.model_calls, group.failed_attempts, group.tool_calls].into_iter().flatten().any(|n| n > 0)
        };
        let groups: Vec<&Group> = page.found.by(name).iter().filter(is_called).collect();
        if !groups.is_empty() {
            sheet.gap()?;
            breakdown::table(sheet, &[name], &groups, measures, (page.rows(), sheet.width() / 4))?;
            breakdown::more(sheet, groups.len(), page.rows(), Some(name))?;
        }
    }
    Ok(())
}
