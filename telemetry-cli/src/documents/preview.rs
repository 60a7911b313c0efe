//! What the aggregate plane would hold.

use std::collections::BTreeMap;

use serde::Serialize;
use telemetry_store::insights::{Cost, RunSummary, Tokens, TurnDetail};

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

impl AggregateRun {
    pub fn of(run: &RunSummary, turns: &[TurnDetail]) -> Self {
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
