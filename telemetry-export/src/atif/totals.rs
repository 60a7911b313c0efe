//! Sums over the steps of a document.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::model::{FinalMetrics, Metrics};
use crate::trajectory::{Answer, Call, Turn};

/// What model calls came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Totals {
    pub model_calls: u64,
    pub failed_attempts: u64,
    pub tool_calls: u64,
    /// Calls whose provider said how many tokens they took; sums are over these.
    pub calls_with_usage: u64,
    pub prompt_tokens: u64,
    pub completion_tokens: u64,
    pub cached_tokens: u64,
    pub cost_nanos: i64,
    /// Calls whose cost is not known.
    pub calls_without_cost: u64,
}

impl Totals {
    pub fn is_nothing(&self) -> bool {
        *self == Totals::default()
    }

    pub fn turn(&mut self, turn: &Turn) {
        turn.calls.iter().for_each(|call| self.call(call));
        self.tool_calls += turn.tools.len() as u64;
    }

    pub fn call(&mut self, call: &Call) {
        self.failed_attempts += call.failures.len() as u64;
        let Some(answer) = &call.answer else { return };
        self.model_calls += 1;
        if let Some(usage) = &answer.call.usage {
            self.calls_with_usage += 1;
            self.prompt_tokens += usage.total().saturating_sub(usage.output);
            self.completion_tokens += usage.output;
            self.cached_tokens += usage.cache_read;
        }
        match answer.cost {
            Some(cost) => self.cost_nanos = self.cost_nanos.saturating_add(cost.0),
            None => self.calls_without_cost += 1,
        }
    }

    pub fn add(&mut self, other: &Totals) {
        self.model_calls += other.model_calls;
        self.failed_attempts += other.failed_attempts;
        self.tool_calls += other.tool_calls;
        self.calls_with_usage += other.calls_with_usage;
        self.prompt_tokens += other.prompt_tokens;
        self.completion_tokens += other.completion_tokens;
        self.cached_tokens += other.cached_tokens;
        self.cost_nanos = self.cost_nanos.saturating_add(other.cost_nanos);
        self.calls_without_cost += other.calls_without_cost;
    }

    /// Of a document with so many steps and such subagents. Tokens are its own; the cost is that of all of it, and unknown
    /// when that of one call is: what is known of it is beside.
    pub fn finally(&self, steps: u64, subagents: &Totals) -> FinalMetrics {
        let tokens = |count: u64| (self.calls_with_usage > 0).then_some(count);
        let mut all = *self;
        all.add(subagents);
        let mut extra = self.counts();
        if all.calls_without_cost > 0 {
            if all.calls_without_cost < all.model_calls {
                extra.insert("known_cost_usd".to_owned(), json!(dollars(all.cost_nanos)));
            }
            extra.insert("calls_without_cost".to_owned(), json!(all.calls_without_cost));
        }
        if !subagents.is_nothing() {
            let mut counts = subagents.counts();
            if subagents.calls_with_usage > 0 {
                counts.insert("prompt_tokens".to_owned(), json!(subagents.prompt_tokens));
                counts.insert("completion_tokens".to_owned(), json!(subagents.completion_tokens));
                counts.insert("cached_tokens".to_owned(), json!(subagents.cached_tokens));
            }
            if subagents.model_calls > 0 && subagents.calls_without_cost == 0 {
                counts.insert("cost_usd".to_owned(), json!(dollars(subagents.cost_nanos)));
            }
            extra.insert("subagents".to_owned(), Value::Object(counts));
        }
        let is_known = all.model_calls > 0 && all.calls_without_cost == 0;
        FinalMetrics {
            total_prompt_tokens: tokens(self.prompt_tokens),
            total_completion_tokens: tokens(self.completion_tokens),
            total_cached_tokens: tokens(self.cached_tokens),
            total_cost_usd: is_known.then(|| dollars(all.cost_nanos)),
            total_steps: steps,
            extra,
        }
    }

    fn counts(&self) -> Map<String, Value> {
        Map::from_iter([
            ("model_calls".to_owned(), json!(self.model_calls)),
            ("failed_attempts".to_owned(), json!(self.failed_attempts)),
            ("tool_calls".to_owned(), json!(self.tool_calls)),
        ])
    }
}

/// Of one answered call; `None` when nothing is known of it.
pub(super) fn metrics(answer: &Answer) -> Option<Metrics> {
    let usage = answer.call.usage.as_ref();
    let mut extra = Map::new();
    if let Some(usage) = usage {
        for (key, count) in
            [("cache_creation_input_tokens", usage.cache_write), ("reasoning_tokens", usage.reasoning)]
        {
            if count > 0 {
                extra.insert(key.to_owned(), json!(count));
            }
        }
    }
    if answer.cost.is_some() {
        extra.insert("cost_status".to_owned(), json!(answer.cost_status));
    }
    let metrics = Metrics {
        prompt_tokens: usage.map(|usage| usage.total().saturating_sub(usage.output)),
        completion_tokens: usage.map(|usage| usage.output),
        cached_tokens: usage.map(|usage| usage.cache_read),
        cost_usd: answer.cost.map(|cost| dollars(cost.0)),
        extra,
    };
    (usage.is_some() || answer.cost.is_some()).then_some(metrics)
}

fn dollars(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}
