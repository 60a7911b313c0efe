//! `telemetry insights`: the answers on one page.

mod asked;

use telemetry_core::time::UnixNanos;
use telemetry_store::{StoreError, budgets, insights};

use self::asked::Asked;
use super::{Home, Streams};
use crate::args;
use crate::failure::Failure;
use crate::{answers, render};

pub(super) fn run(home: &Home, args: &args::Insights, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let asked = Asked::read(args, &home.settings)?;
    let index = answers::open(home, streams)?;
    let mut found = insights::insights(index.connection(), &asked.question)?;
    if found.window.until.is_none() {
        found.window.until = Some(UnixNanos::now().to_string());
    }
    if args.json.json || args.csv {
        asked.cut(&mut found);
    }
    let budgets =
        budgets::states(index.connection(), home.settings.budgets(), &asked.question.zone, UnixNanos::now())
            .map_err(StoreError::from)?;
    let page = render::Page {
        found: &found,
        window: asked.question.window,
        zone: &asked.question.zone,
        filters: &asked.question.filters,
        top: asked.top,
        budgets: &budgets,
    };
    match asked.by.first() {
        _ if args.json.json => streams.json("telemetry.insights/1", &found)?,
        Some(by) if args.csv => render::csv::groups(streams.out, *by, found.by(&by.to_string()))?,
        None if args.csv => render::csv::metrics(streams.out, &found)?,
        Some(_) => render::breakdowns(&mut streams.sheet(), &page, &asked.by)?,
        None => render::insights(&mut streams.sheet(), &page)?,
    }
    Ok(())
}
