//! How far budgets are used up.

use std::borrow::Cow;
use std::io::{self, Write};

use jiff::tz::TimeZone;
use telemetry_core::budget::Limit;
use telemetry_store::budgets::BudgetState;
use unicode_width::UnicodeWidthStr as _;

use super::ink::{Ink, Words};
use super::money::dollars;
use super::text::{count, edge, fit, grouped, padded, percent};
use super::{Sheet, csv};
use crate::span::zone_name;

/// Columns of a bar, where there is room.
const BAR: usize = 16;
/// Columns of a name, at most.
const NAME: usize = 28;

/// Each budget with a bar, and below it what it is of and until when.
pub(crate) fn budgets(sheet: &mut Sheet<'_>, states: &[BudgetState], zone: &TimeZone) -> io::Result<()> {
    let names: Vec<String> = states.iter().map(|state| fit(&state.budget.title(), NAME)).collect();
    let width = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let longest = states.iter().map(|state| spent(state).width()).max().unwrap_or(0);
    // Between name, bar, share and amounts there are 12 columns.
    let columns = sheet.width().saturating_sub(width + 12 + longest).clamp(4, BAR);
    for (state, name) in states.iter().zip(names) {
        let used = percent(state.share());
        let mut line = vec![format!("{}  ", padded(&name, width)).into()];
        line.extend(bar(state.share(), columns));
        line.push(format!("  {used:>6}  {}", spent(state)).into());
        sheet.line(&line)?;
        let under = " ".repeat(width + 2);
        for line in about(state, zone) {
            let text = fit(&line.text, sheet.width() - width - 2);
            sheet.line(&[under.as_str().into(), Words { text, ..line }])?;
        }
    }
    Ok(())
}

/// Full blocks for what is spent, light ones for what is left.
fn bar(share: f64, columns: usize) -> [Words; 2] {
    let full = ((share.clamp(0.0, 1.0) * columns as f64).round() as usize).max(usize::from(share > 0.0));
    // A bar that is full says that all is spent.
    let full = if share < 1.0 { full.min(columns - 1) } else { full };
    let ink = if share < 1.0 { Ink::Good } else { Ink::Bad };
    [Words::new(ink, "█".repeat(full)), Words::new(Ink::Quiet, "░".repeat(columns - full))]
}

/// `$3.10 of $5.00`, `120 of 1,000 tokens`.
fn spent(state: &BudgetState) -> String {
    let limit = state.budget.limit;
    let tokens = if matches!(limit, Limit::Tokens(_)) { " tokens" } else { "" };
    format!("{} of {}{tokens}", amount(limit, state.spent), amount(limit, limit.amount()))
}

fn about(state: &BudgetState, zone: &TimeZone) -> Vec<Words> {
    let budget = &state.budget;
    let until = format!("until {} ({})", edge(&state.period.end.to_string(), zone), zone_name(zone));
    let mut lines = vec![match state.is_exceeded() {
        true => Words::new(Ink::Bad, format!("exceeded, {until}")),
        false => until.into(),
    }];
    if budget.name.is_some() {
        lines.insert(0, fit(&budget.to_string(), 80 - NAME).into());
    }
    if let Some(projected) = state.projected.filter(|_| !state.is_exceeded()) {
        lines.push(format!("at this pace {} by then", amount(budget.limit, projected)).into());
    }
    if state.unknown_calls > 0 {
        let calls = count(state.unknown_calls, "call has", "calls have");
        let missing =
            if matches!(budget.limit, Limit::Usd(_)) { "no known price" } else { "no known tokens" };
        lines.push(format!("at least: {calls} {missing}").into());
    }
    lines
}

/// Dollars as everywhere; tokens as they are.
fn amount(limit: Limit, amount: i64) -> String {
    match limit {
        Limit::Tokens(_) => grouped(amount),
        Limit::Usd(_) => dollars(Some(amount as f64 / 1e9)),
    }
}

/// One record a budget: exact amounts, in dollars or tokens.
pub(crate) fn budgets_as_csv(out: &mut dyn Write, states: &[BudgetState]) -> io::Result<()> {
    const HEAD: [&str; 13] = [
        "name",
        "per",
        "model",
        "platform",
        "since",
        "until",
        "unit",
        "limit",
        "spent",
        "projected",
        "unknown_calls",
        "share",
        "exceeded",
    ];
    csv::record(out, HEAD.map(Cow::from))?;
    for state in states {
        let budget = &state.budget;
        let amount = |amount: i64| match budget.limit {
            Limit::Usd(_) => telemetry_core::cost::NanoDollars(amount).to_string(),
            Limit::Tokens(_) => amount.to_string(),
        };
        let title = budget.title();
        let name = |name: &Option<telemetry_core::name::Name>| {
            name.as_ref().map_or(Cow::from(""), |name| csv::text(name).into_owned().into())
        };
        csv::record(
            out,
            [
                csv::text(&title),
                budget.per.as_str().into(),
                name(&budget.model),
                name(&budget.platform),
                state.period.start.to_string().into(),
                state.period.end.to_string().into(),
                if matches!(budget.limit, Limit::Usd(_)) { "usd" } else { "tokens" }.into(),
                amount(budget.limit.amount()).into(),
                amount(state.spent).into(),
                state.projected.map(amount).unwrap_or_default().into(),
                state.unknown_calls.to_string().into(),
                state.share().to_string().into(),
                state.is_exceeded().to_string().into(),
            ],
        )?;
    }
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use telemetry_core::budget::{Budget, Per};
    use telemetry_core::cost::NanoDollars;
    use telemetry_core::name::Name;
    use telemetry_core::time::UnixNanos;
    use telemetry_store::budgets::Period;

    use super::*;
    use crate::screen::Screen;

    pub(in crate::render) fn states() -> Vec<BudgetState> {
        let usd = |nanos| Limit::Usd(NanoDollars(nanos));
        let state = |name: Option<&str>, per, limit, model: Option<&str>, spent, unknown_calls, projected| {
            BudgetState {
                budget: Budget {
                    name: name.map(Name::new),
                    per,
                    limit,
                    model: model.map(Name::new),
                    platform: None,
                },
                period: Period { start: UnixNanos(0), end: UnixNanos(86_400_000_000_000) },
                spent,
                unknown_calls,
                projected,
            }
        };
        vec![
            state(None, Per::Day, usd(5_000_000_000), None, 3_104_999_999, 0, Some(6_400_000_000)),
            state(
                Some("team"),
                Per::Month,
                usd(1_000_000_000_000),
                Some("gpt-5"),
                1_032_000_000_001,
                3,
                Some(1),
            ),
            state(None, Per::Week, Limit::Tokens(1_000), None, 1, 1, None),
            state(Some("=\u{1b}[31m"), Per::Day, usd(1), None, 0, 0, Some(0)),
        ]
    }

    #[test]
    fn a_page_of_budgets() {
        let mut out = Vec::new();
        budgets(&mut Sheet::new(&mut out, Screen::PLAIN), &states(), &TimeZone::UTC).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap());
    }

    #[test]
    fn a_table_of_budgets() {
        let mut out = Vec::new();
        budgets_as_csv(&mut out, &states()).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap().replace("\r\n", "\n"));
    }

    #[test]
    fn a_bar_is_full_when_all_is_spent_and_not_before() {
        let full = |share: f64| bar(share, BAR)[0].width();
        assert_eq!([0.0, 1e-9, 0.5, 0.999, 1.0, 7.0].map(full), [0, 1, 8, 15, 16, 16]);
    }
}
