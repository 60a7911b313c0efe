//! `telemetry budget`: how far each budget is used up, with an exit code for scripts.

use serde::Serialize;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Key;
use telemetry_store::budgets::{self, BudgetState};

use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;
use crate::{answers, render, span};

/// What the command leaves with when a budget is exceeded: not a failure, and not to be taken for one.
const EXCEEDED: u8 = 3;

#[derive(Serialize)]
struct Document<'a> {
    timezone: String,
    /// Whether any of them is exceeded.
    exceeded: bool,
    budgets: &'a [BudgetState],
}

pub(super) fn run(home: &Home, args: &args::Budget, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let zone = span::zone(args.tz.as_deref(), &home.settings)?;
    // Who relies on the exit code should hear of a budget that is none.
    let name = Key::Budgets.spec().name;
    for warning in home.settings.warnings() {
        if warning.key.as_deref().is_some_and(|key| key.starts_with(name)) {
            writeln!(streams.err, "telemetry: {}", render::clean(&warning.to_string()))?;
        }
    }
    let index = answers::open(home, streams)?;
    let states = budgets::states(index.connection(), home.settings.budgets(), &zone, UnixNanos::now())
        .map_err(telemetry_store::StoreError::from)?;
    let exceeded = states.iter().any(BudgetState::is_exceeded);
    if args.json.json {
        let timezone = span::zone_name(&zone);
        streams.json("telemetry.budget/1", &Document { timezone, exceeded, budgets: &states })?;
    } else if args.csv {
        render::budgets_as_csv(streams.out, &states)?;
    } else if states.is_empty() {
        let file = home.path.join("config.yaml");
        writeln!(streams.out, "no budgets; set some in {}:\n", file.display())?;
        writeln!(streams.out, "telemetry:\n  budgets:\n    - {{per: day, usd: 5.00}}")?;
    } else {
        render::budgets(&mut streams.sheet(), &states, &zone)?;
    }
    match exceeded {
        true => Err(Failure::Told(EXCEEDED)),
        false => Ok(()),
    }
}
