//! How far budgets are used up.

use std::io;

use jiff::tz::TimeZone;
use telemetry_core::budget::Limit;
use telemetry_store::budgets::BudgetState;

use super::Sheet;
use super::bar;
use super::ink::{Ink, Words};
use super::money::dollars;
use super::text::{count, fit, grouped, local, percent};
use crate::span::zone_name;

/// Columns of a bar.
const BAR: usize = 20;

/// Each budget with a bar, and what it is of, until when and at what pace.
pub(crate) fn budgets(sheet: &mut Sheet<'_>, states: &[BudgetState], zone: &TimeZone) -> io::Result<()> {
    for (at, state) in states.iter().enumerate() {
        if at > 0 {
            sheet.gap()?;
        }
        let mut title = vec![Words::new(Ink::Heading, fit(&state.budget.title(), sheet.width() / 2))];
        if state.budget.name.is_some() {
            title.push(format!("  {}", fit(&state.budget.to_string(), sheet.width() / 2 - 4)).into());
        }
        sheet.line(&title)?;
        sheet.line(&used(state))?;
        sheet.wrapped(about(state, zone), " · ")?;
    }
    Ok(())
}

/// `████████············  40 %, at least $2.00 of $5.00`: a bar that is full when all is spent and not before.
pub(super) fn used(state: &BudgetState) -> Vec<Words> {
    let share = state.share();
    let ink = if state.is_exceeded() { Ink::Bad } else { Ink::Good };
    let mut full = bar::share(share, BAR);
    if !state.is_exceeded() && full.chars().filter(|block| *block == '█').count() == BAR {
        full.pop();
        full.push('▉');
    }
    let empty = "·".repeat(BAR - full.chars().count());
    // As with the bar: what is nearly all is not all.
    let share = if state.is_exceeded() { share } else { share.min(0.99) };
    let exceeded = if state.is_exceeded() { " exceeded" } else { "" };
    let least = if state.unknown_calls > 0 { "at least " } else { "" };
    let limit = state.budget.limit;
    let tokens = if matches!(limit, Limit::Tokens(_)) { " tokens" } else { "" };
    let amounts = format!("{} of {}{tokens}", amount(limit, state.spent), amount(limit, limit.amount()));
    vec![
        Words::new(ink, full),
        Words::new(Ink::Quiet, empty),
        format!("  {}{exceeded}, {least}{amounts}", percent(share)).into(),
    ]
}

fn about(state: &BudgetState, zone: &TimeZone) -> Vec<Words> {
    let mut about: Vec<Words> =
        vec![format!("until {} ({})", local(&state.period.end.to_string(), zone), zone_name(zone)).into()];
    if let Some(projected) = state.projected.filter(|_| !state.is_exceeded()) {
        about.push(format!("at this pace {} by then", amount(state.budget.limit, projected)).into());
    }
    if state.unknown_calls > 0 {
        let calls = count(state.unknown_calls, "call", "calls");
        let missing =
            if matches!(state.budget.limit, Limit::Usd(_)) { "a known price" } else { "known tokens" };
        about.push(format!("{calls} without {missing}").into());
    }
    about
}

fn amount(limit: Limit, amount: i64) -> String {
    match limit {
        Limit::Usd(_) => dollars(Some(amount as f64 / 1e9)),
        Limit::Tokens(_) => grouped(amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::tests::made;
    use crate::screen::Screen;

    #[test]
    fn a_page_of_budgets() {
        let mut out = Vec::new();
        budgets(&mut Sheet::new(&mut out, Screen::PLAIN), &made::budgets(), &TimeZone::UTC).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn a_bar_is_full_when_all_is_spent_and_not_before() {
        let budget = &made::budgets()[0];
        let said = |spent: i64| {
            let words = used(&BudgetState { spent, ..budget.clone() });
            format!("{}{}", words[0].text, words[2].text)
        };
        assert_eq!(said(4_999_999_999), "███████████████████▉  99 %, $5.00 of $5.00");
        assert_eq!(said(5_000_000_000), "████████████████████  100 % exceeded, $5.00 of $5.00");
        assert_eq!(said(0), "  0 %, $0.00 of $5.00");
    }
}
