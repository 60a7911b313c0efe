//! `telemetry insights`: the answers on one page.

use telemetry_store::insights::{self, Question};

use super::{Home, Streams};
use crate::args;
use crate::failure::Failure;
use crate::process::Process;
use crate::{answers, auxiliary, render, span};

pub(super) fn run(
    home: &Home,
    args: &args::Insights,
    process: &Process,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let (window, zone) = span::window(&args.span, &home.settings)?;
    let index = answers::open(home, streams)?;
    let mut found = insights::insights(index.connection(), &Question::page(window, zone.clone()))?;
    found.cost.auxiliary = auxiliary::of(home, process, &index, window, streams)?;
    if found.window.until.is_none() {
        found.window.until = Some(telemetry_core::time::UnixNanos::now().to_string());
    }
    match args.by {
        _ if args.json.json => streams.json("telemetry.insights/1", &found)?,
        Some(by) => render::breakdown(streams.out, &found, by, window, &zone)?,
        None => render::insights(streams.out, &found, window, &zone)?,
    }
    Ok(())
}
