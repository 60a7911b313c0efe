//! `telemetry show RUN`: one run as a waterfall.

use serde::Serialize;
use telemetry_store::insights::{self, RunDetail, RunSummary};

use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;
use crate::{answers, render, span};

#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    detail: RunDetail,
}

pub(super) fn run(home: &Home, args: &args::Show, streams: &mut Streams<'_>) -> Result<(), Failure> {
    if args.run.is_empty() {
        return Err(Failure::Usage("no run given; `telemetry runs` lists them".into()));
    }
    let zone = span::zone(args.tz.as_deref(), &home.settings)?;
    let index = answers::open(home, streams)?;
    let mut found = insights::find_run(index.connection(), &args.run)?;
    let wanted = match found.len() {
        0 => {
            return Err(Failure::Failed(format!(
                "no run or session `{}` in {}; `telemetry runs` lists them",
                args.run,
                home.path.display()
            )));
        }
        1 => found.remove(0),
        // A session taken up again is several runs: the latest is meant, the others are named.
        n if found.iter().all(|run| run.session_id.as_ref() == Some(&args.run)) => {
            let latest = found.remove(n - 1);
            let others: Vec<&str> = found.iter().map(|run| run.run_id.as_str()).collect();
            writeln!(streams.err, "telemetry: the latest of {n} runs; the others: {}", others.join(" "))?;
            latest
        }
        _ => return Err(Failure::Failed(ambiguous(&args.run, &found))),
    };
    let detail = insights::run_detail(index.connection(), wanted)?;
    if args.json.json {
        streams.json("telemetry.show/1", &Document { detail })?;
    } else {
        render::show(&mut streams.sheet(), &detail, &zone)?;
    }
    Ok(())
}

/// Which runs `wanted` may be, the first few of them.
fn ambiguous(wanted: &str, found: &[RunSummary]) -> String {
    const FEW: usize = 5;
    // So much of each that it differs from what was given.
    let shown = wanted.len().max(4) + 4;
    let some: Vec<&str> =
        found.iter().take(FEW).map(|run| &run.run_id[..shown.min(run.run_id.len())]).collect();
    let more = match found.len().saturating_sub(FEW) {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    format!("`{wanted}` may be {}{more}; give more of the run id", some.join(", "))
}
