//! `telemetry preview`: what the aggregate plane would hold. Nothing is sent: there is nothing that could send.

use jiff::{SignedDuration, Timestamp};
use telemetry_core::outcome::Outcome;
use telemetry_core::time::UnixNanos;
use telemetry_policy::InstallId;
use telemetry_store::insights::{self, RunSummary, Window};

use crate::args;
use crate::documents::preview::{AggregateRun, Heartbeat, Preview};
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;
use crate::{answers, render};

pub(super) fn run(home: &Home, args: &args::Preview, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let since = Timestamp::now()
        .checked_sub(SignedDuration::from_hours(24 * i64::from(args.days)))
        .ok()
        .and_then(|at| i64::try_from(at.as_nanosecond()).ok())
        .map(UnixNanos);
    let index = answers::open(home, streams)?;
    let ended = insights::runs(index.connection(), Window { since, until: None })?;
    let ended: Vec<RunSummary> =
        ended.into_iter().filter(|run| run.outcome != Outcome::Running.as_str()).collect();
    let newest = ended.len().saturating_sub(args.limit);
    let mut runs = Vec::new();
    for run in &ended[newest..] {
        runs.push(AggregateRun::of(run, &insights::turns_of(index.connection(), &run.run_id)?));
    }
    let preview = Preview {
        sent: false,
        allowed: home.settings.may_upload_aggregate(),
        heartbeat: Heartbeat {
            install_id: InstallId::peek(&home.settings, &home.path).id().map(str::to_owned),
            version: env!("CARGO_PKG_VERSION"),
            os: std::env::consts::OS,
        },
        runs,
    };
    if args.json.json {
        streams.json("telemetry.preview/1", &preview)?;
    } else {
        render::preview(streams.out, &preview)?;
    }
    Ok(())
}
