//! `telemetry insights`: the answers on one page.

pub(super) mod asked;

use telemetry_core::time::UnixNanos;
use telemetry_store::{StoreError, budgets, insights};

use self::asked::Asked;
use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::process::Process;
use crate::streams::Streams;
use crate::{answers, auxiliary, render, span};

pub(super) fn run(
    home: &Home,
    args: &args::Insights,
    process: &Process,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let asked = Asked::read(args, &home.settings)?;
    let index = answers::open(home, streams)?;
    let mut found = insights::insights(index.connection(), &asked.question)?;
    // The host's books do not say of what they are but the session and the model.
    if asked.question.filters.is_empty() {
        found.cost.auxiliary = auxiliary::of(home, process, &index, asked.question.window, streams)?;
    }
    if found.window.until.is_none() {
        found.window.until = Some(UnixNanos::now().to_string());
    }
    let for_machines = args.json.json || args.csv;
    if for_machines {
        asked.cut(&mut found);
    }
    // The page alone has them: `budget --json` is theirs. By the clocks they are kept by, whatever zone the page is in.
    let shown = if for_machines { &[] } else { home.settings.budgets() };
    let zone = span::zone(None, &home.settings)?;
    let budgets =
        budgets::states(index.connection(), shown, &zone, UnixNanos::now()).map_err(StoreError::from)?;
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
