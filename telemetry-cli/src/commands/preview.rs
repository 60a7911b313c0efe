//! `telemetry preview`: what the aggregate plane would hold. Nothing is sent: there is nothing that could send.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use telemetry_core::outcome::Outcome;
use telemetry_core::time::UnixNanos;
use telemetry_policy::InstallId;
use telemetry_store::insights::{self, Cost, RunSummary, Tokens, TurnDetail, Window};

use super::{Home, Streams};
use crate::args;
use crate::failure::Failure;
use crate::{answers, render};

/// What the aggregate plane would hold.
#[derive(Serialize)]
pub(crate) struct Preview {
    /// Always `false`.
    pub sent: bool,
    /// Whether consent and policy would allow it.
    pub allowed: bool,
    pub heartbeat: Heartbeat,
    pub runs: Vec<AggregateRun>,
}

#[derive(Serialize)]
pub(crate) struct Heartbeat {
    pub install_id: Option<String>,
    pub version: &'static str,
    pub os: &'static str,
}

/// One ended run without anything that tells whose it was: no ids, no times of day, no names but models' and tools'.
#[derive(Serialize)]
pub(crate) struct AggregateRun {
    pub day: String,
    pub entrypoint: Option<String>,
    pub platform: Option<String>,
    pub outcome: String,
    pub duration_ms: Option<f64>,
    pub models: BTreeMap<String, u64>,
    pub tools: BTreeMap<String, u64>,
    pub tokens: Tokens,
    pub cost: Cost,
}

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

impl AggregateRun {
    fn of(run: &RunSummary, turns: &[TurnDetail]) -> Self {
        let mut models = BTreeMap::new();
        let mut tools = BTreeMap::new();
        for turn in turns {
            for call in &turn.model_calls {
                *models.entry(call.model.clone().unwrap_or_else(|| "(unknown)".into())).or_insert(0) += 1;
            }
            for tool in &turn.tool_calls {
                *tools.entry(tool.tool.clone()).or_insert(0) += 1;
            }
        }
        AggregateRun {
            day: run.started_at.chars().take(10).collect(),
            entrypoint: run.entrypoint.clone(),
            platform: run.platform.clone(),
            outcome: run.outcome.clone(),
            duration_ms: run.duration_ms,
            models,
            tools,
            tokens: run.tokens,
            cost: run.cost.clone(),
        }
    }
}
