//! How far budgets are used up.

use std::io;

use crate::render::Sheet;
use crate::render::bar;
use crate::render::ink::{Ink, Words};
use crate::render::money::dollars;
use crate::render::text::{fit, grouped, percent};

/// A budget and what was spent of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BudgetLine {
    /// What it is called.
    pub name: String,
    /// What it is for, in words: `a day`, `a week of claude-opus-4`.
    pub of: String,
    /// How much, and of what.
    pub budget: Budget,
    /// Calls without a price, so that at least as much was spent as is known.
    pub unknown_calls: u64,
}

/// What a budget is in: spent, and allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(not(test), expect(dead_code, reason = "the config has no budgets yet"))]
pub(crate) enum Budget {
    /// Dollars.
    Dollars { spent: f64, limit: f64 },
    /// Tokens.
    Tokens { spent: i64, limit: i64 },
}

impl Budget {
    /// Spent, of what is allowed; more than 1 is too much. Of nothing, anything is too much.
    fn share(self) -> f64 {
        let (spent, limit) = match self {
            Budget::Dollars { spent, limit } => (spent, limit),
            Budget::Tokens { spent, limit } => (spent as f64, limit as f64),
        };
        match limit > 0.0 {
            true => spent / limit,
            false if spent > 0.0 => f64::INFINITY,
            false => 0.0,
        }
    }

    fn said(self) -> String {
        match self {
            Budget::Dollars { spent, limit } => {
                format!("{} of {}", dollars(Some(spent)), dollars(Some(limit)))
            }
            Budget::Tokens { spent, limit } => format!("{} of {} tokens", grouped(spent), grouped(limit)),
        }
    }
}

pub(super) fn budgets(sheet: &mut Sheet<'_>, budgets: &[BudgetLine]) -> io::Result<()> {
    /// Columns of a bar.
    const BAR: usize = 20;
    if budgets.is_empty() {
        return Ok(());
    }
    sheet.gap()?;
    for (at, line) in budgets.iter().enumerate() {
        let share = line.budget.share();
        let ink = if share > 1.0 { Ink::Bad } else { Ink::Good };
        let bar = bar::share(share, BAR);
        let empty = "·".repeat(BAR - bar.chars().count());
        let used = match share {
            share if share > 1.0 && share.is_finite() => format!("{} exceeded", percent(share)),
            share if share > 1.0 => "exceeded".to_owned(),
            share => percent(share),
        };
        let name = format!("{}: {}", fit(&line.name, 24), fit(&line.of, 40));
        sheet.entries(if at == 0 { "budgets" } else { "" }, vec![name.into()], "")?;
        let least = if line.unknown_calls > 0 { "at least " } else { "" };
        sheet.entry(
            "",
            vec![
                Words::new(ink, bar),
                Words::new(Ink::Quiet, empty),
                format!("  {used}, {least}{}", line.budget.said()).into(),
            ],
        )?;
    }
    Ok(())
}
