//! Model calls, tokens, money and tool calls, in sum.

use std::io;

use telemetry_store::insights::{Auxiliary, CostTotals, Insights};

use crate::render::Sheet;
use crate::render::ink::{Ink, Words};
use crate::render::money::dollars;
use crate::render::text::{count, counted, grouped, interval, percent};

pub(super) fn spent(sheet: &mut Sheet<'_>, found: &Insights) -> io::Result<()> {
    let calls = &found.model_calls;
    sheet.gap()?;
    let mut models = vec![count(calls.total, "call", "calls").into()];
    if calls.failed_attempts > 0 {
        models.push(Words::new(Ink::Bad, count(calls.failed_attempts, "failed attempt", "failed attempts")));
    }
    if calls.messages > 0 {
        models.push(count(calls.messages, "message", "messages").into());
    }
    sheet.entries("models", models, ", ")?;
    if calls.total > 0 {
        tokens(sheet, found)?;
    }
    cost(sheet, &found.cost, calls.total)?;
    let tools = &found.tool_calls;
    if tools.total > 0 {
        let mut said = vec![count(tools.total, "call", "calls").into()];
        if let Some(failed) = &tools.ends.failure_rate {
            said.push(format!("{} failed of {} run", interval(failed), grouped(failed.n as i64)).into());
        }
        said.extend(counted(&tools.ends.by_status, usize::MAX));
        sheet.entries("tools", said, " · ")?;
    }
    Ok(())
}

fn tokens(sheet: &mut Sheet<'_>, found: &Insights) -> io::Result<()> {
    if found.quality.usage_coverage == Some(0.0) {
        return sheet.entry("tokens", vec!["unknown: no call has usage".into()]);
    }
    let tokens = &found.model_calls.tokens;
    let hit = found.model_calls.cache_hit_rate.map(|share| format!(" ({} of the prompt)", percent(share)));
    sheet.entries(
        "tokens",
        vec![
            format!("input {}", grouped(tokens.input)).into(),
            format!("cache read {}{}", grouped(tokens.cache_read), hit.unwrap_or_default()).into(),
            format!("cache write {}", grouped(tokens.cache_write)).into(),
            format!("output {} (reasoning {})", grouped(tokens.output), grouped(tokens.reasoning)).into(),
        ],
        " · ",
    )
}

/// What is to be paid, then what is known beside it and is in no total.
fn cost(sheet: &mut Sheet<'_>, cost: &CostTotals, calls: u64) -> io::Result<()> {
    let mut name = "cost";
    let mut say =
        |sheet: &mut Sheet<'_>, pieces: Vec<Words>| sheet.entries(std::mem::take(&mut name), pieces, " · ");
    let of = |n: u64| count(n, "call", "calls");
    if cost.total_usd.is_some() {
        // With calls that have no price, the sum is what is known of it.
        let least = if cost.unknown_calls > 0 { "at least " } else { "" };
        let total = format!("{least}{}", dollars(cost.total_usd));
        let mut pieces = vec![Words::new(Ink::Heading, total)];
        for (usd, word, calls) in [
            (cost.estimated_usd, "estimated", cost.estimated_calls),
            (cost.actual_usd, "reported", cost.actual_calls),
        ] {
            if usd.is_some() {
                pieces.push(format!("{} {word} ({})", dollars(usd), of(calls)).into());
            }
        }
        say(sheet, pieces)?;
    }
    if cost.included_calls > 0 {
        let equivalent = match cost.included_equivalent_usd {
            Some(usd) => format!("would have cost {} without it", dollars(Some(usd))),
            None => "of unknown price".to_owned(),
        };
        say(sheet, vec![format!("{} in a plan", of(cost.included_calls)).into(), equivalent.into()])?;
    }
    if cost.unknown_calls > 0 {
        let mut pieces = vec![match cost.unknown_calls == calls {
            true => "unknown: no call has a price".into(),
            false => format!("unknown for {}", of(cost.unknown_calls)).into(),
        }];
        if let Some(usd) = cost.priced_part_usd.filter(|usd| *usd > 0.0) {
            pieces.push(format!("{} for the part that has a price", dollars(Some(usd))).into());
        }
        say(sheet, pieces)?;
    }
    if let Some(auxiliary) = &cost.auxiliary {
        say(sheet, hosts_own(auxiliary))?;
    }
    Ok(())
}

/// Calls of the host for itself, which are in no other number of the page.
fn hosts_own(auxiliary: &Auxiliary) -> Vec<Words> {
    let calls = count(auxiliary.calls, "call", "calls");
    let cost = match auxiliary.usd {
        Some(usd) => dollars(Some(usd)),
        None => format!("unknown for {}", grouped(auxiliary.unknown_calls as i64)),
    };
    vec![
        format!("the host's own: {calls}").into(),
        format!("{} tokens", grouped(auxiliary.tokens.total())).into(),
        cost.into(),
        "in no other number".into(),
    ]
}
