//! `telemetry show RUN`: one run as a waterfall.

use serde::Serialize;
use telemetry_store::insights::{self, RunDetail};

use super::{Home, Streams};
use crate::args;
use crate::failure::Failure;
use crate::{answers, render, span};

#[derive(Serialize)]
struct Document {
    #[serde(flatten)]
    detail: RunDetail,
}

pub(super) fn run(home: &Home, args: &args::Show, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let zone = span::zone(None, &home.settings)?;
    let index = answers::open_saying(&home.layout, streams)?;
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
        n if found.iter().all(|run| run.session_id == found[0].session_id) => {
            let latest = found.remove(n - 1);
            let others: Vec<&str> = found.iter().map(|run| run.run_id.as_str()).collect();
            writeln!(streams.err, "telemetry: the latest of {n} runs; the others: {}", others.join(" "))?;
            latest
        }
        n => {
            return Err(Failure::Failed(format!("`{}` may be {n} runs; give more of the run id", args.run)));
        }
    };
    let detail = insights::run_detail(index.connection(), wanted)?;
    if args.json.json {
        streams.json("telemetry.show/1", &Document { detail })?;
    } else {
        render::show(streams.out, &detail, &zone)?;
    }
    Ok(())
}
