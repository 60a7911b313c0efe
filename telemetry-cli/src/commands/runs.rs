//! `telemetry runs`: the list of runs, oldest first.

use serde::Serialize;
use telemetry_store::insights::{self, RunSummary};

use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;
use crate::{answers, render, span};

#[derive(Serialize)]
struct Document {
    runs: Vec<RunSummary>,
}

pub(super) fn run(home: &Home, args: &args::Runs, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let (window, zone) = span::window(&args.span, &home.settings)?;
    if args.csv && args.json.json {
        return Err(Failure::Usage("--csv and --json at once: give one of them".into()));
    }
    let index = answers::open(home, streams)?;
    let runs = insights::runs(index.connection(), window)?;
    match () {
        () if args.json.json => streams.json("telemetry.runs/1", &Document { runs })?,
        () if args.csv => render::csv::runs(streams.out, &runs)?,
        () => render::runs(&mut streams.sheet(), &runs, window, &zone)?,
    }
    Ok(())
}
