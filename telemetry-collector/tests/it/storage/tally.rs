//! A way to work out what runs come to that can be read at a glance.
//!
//! What they really come to is told of where that is at issue; a database has to handle whatever it is. All that matters here
//! is that it depends on the events alone, and on all of them.

use std::collections::{BTreeMap, BTreeSet};

use telemetry_collector::intake::Recorded;
use telemetry_collector::rollup::{Cells, Fact, Measure, Series, Sums};
use telemetry_collector::settle::Derive;
use telemetry_collector::storage::{Derived, StorageError, Unit};
use telemetry_core::cost::NanoDollars;
use telemetry_core::event::{Body, Event, RunStarted};
use telemetry_core::ids::RunId;
use telemetry_store::insights::{Cost, RunSummary, Tokens};

pub struct Tally;

impl Derive for Tally {
    fn derive(&self, units: &[Unit]) -> Result<Vec<Derived>, StorageError> {
        for unit in units {
            let times = unit.events.iter().map(|event| event.ts);
            assert!(times.is_sorted(), "in the order of their time");
            let once: BTreeSet<_> = unit.events.iter().map(|event| (event.ts, event.id)).collect();
            assert_eq!(once.len(), unit.events.len(), "each event once");
        }
        Ok(units.iter().filter_map(of_unit).collect())
    }
}

/// What the runs of these events come to, worked out without a database.
pub fn expected(events: &[Recorded]) -> BTreeMap<RunId, Derived> {
    let mut once: BTreeMap<_, &Recorded> = BTreeMap::new();
    for recorded in events {
        once.entry((recorded.event.ts, recorded.event.id)).or_insert(recorded);
    }
    let mut runs: Vec<RunId> = once.values().filter_map(|recorded| recorded.event.run).collect();
    runs.sort();
    runs.dedup();
    let units = runs.into_iter().map(|run| {
        let own = || once.values().filter(move |recorded| recorded.event.run == Some(run));
        let processes: Vec<_> = own().filter_map(|recorded| recorded.process()).collect();
        let concerns = |recorded: &Recorded| match recorded.event.run {
            Some(of) => of == run || recorded.about() == Some(run),
            None => recorded.process().is_some_and(|process| processes.contains(&process)),
        };
        let events =
            once.values().filter(|recorded| concerns(recorded)).map(|recorded| recorded.event.clone());
        Unit { run, host: own().next().unwrap().host.clone(), events: events.collect() }
    });
    units.filter_map(|unit| of_unit(&unit)).map(|derived| (derived.run, derived)).collect()
}

fn of_unit(unit: &Unit) -> Option<Derived> {
    let own = || unit.events.iter().filter(|event| event.run == Some(unit.run));
    let start = own().next()?.ts;
    let started = own().find_map(|event| match &event.body {
        Body::RunStarted(started) => Some(started),
        _ => None,
    });
    let told_by = unit.events.iter().find_map(|event| match &event.body {
        Body::SubagentStarted(told) if told.child == unit.run => event.run,
        _ => None,
    });
    let parent = started.and_then(|started| started.parent).or(told_by);
    let ended = |is_end: fn(&Body) -> bool| {
        unit.events.iter().find(|event| is_end(&event.body)).map(|event| event.ts)
    };
    let closed = ended(|body| matches!(body, Body::RunEnded(_)));
    let left = ended(|body| matches!(body, Body::ProcessEnded(_)));
    let outcome = match (closed, left) {
        (Some(_), _) => "completed",
        (None, Some(_)) => "interrupted",
        (None, None) => "running",
    };
    let text = |of: fn(&RunStarted) -> Option<String>| started.and_then(of);
    let agent = text(|started| Some(started.host.to_string()));
    let model = text(|started| started.model.as_deref().map(str::to_owned));
    let mut counted = Counting {
        cells: Cells::default(),
        host: &unit.host,
        agent: agent.clone().unwrap_or_default(),
        outcome: outcome.to_owned(),
    };
    counted.run(start, model.clone().unwrap_or_default());
    own().for_each(|event| counted.event(event));

    let n = |kind: &str| own().filter(|event| event.body.kind() == kind).count() as i64;
    let calls = || {
        own().filter_map(|event| match &event.body {
            Body::ModelCall(call) => Some(call),
            _ => None,
        })
    };
    let reported: Vec<Option<i64>> = calls().map(reported).collect();
    let sum = reported.iter().flatten().sum::<i64>();
    let cost = match reported.as_slice() {
        [] => Cost::unknown(),
        all if all.iter().all(Option::is_some) => Cost::of(NanoDollars(sum), "actual"),
        _ => Cost::kept(None, "unknown".into(), (sum > 0).then_some(NanoDollars(sum))),
    };
    let mut tokens = Tokens::default();
    for usage in calls().filter_map(|call| call.usage) {
        tokens.input += usage.input as i64;
        tokens.output += usage.output as i64;
        tokens.cache_read += usage.cache_read as i64;
    }
    let end = closed.or(left);
    let summary = RunSummary {
        run_id: unit.run.to_string(),
        session_id: text(|started| Some(started.session_id.to_string())),
        parent_run_id: parent.map(|run| run.to_string()),
        continues_run_id: started.and_then(|started| started.continues).map(|run| run.to_string()),
        host: agent,
        platform: text(|started| started.platform.as_deref().map(str::to_owned)),
        entrypoint: None,
        profile: None,
        model,
        started_at: start.to_string(),
        ended_at: end.map(|end| end.to_string()),
        duration_ms: end.map(|end| end.since(start) as f64 / 1e6),
        outcome: outcome.to_owned(),
        reason: None,
        turns: n("turn_started"),
        model_calls: n("model_call"),
        failed_attempts: n("attempt_failed"),
        tool_calls: n("tool_call"),
        errors: 0,
        tokens,
        tree_cost: cost.clone(),
        cost,
    };
    Some(Derived {
        run: unit.run,
        host: unit.host.clone(),
        process: started.map(|started| started.process),
        parent,
        start,
        end,
        provider: calls().find_map(|call| call.provider.as_deref().map(str::to_owned)),
        summary,
        cells: counted.cells,
    })
}

fn reported(call: &telemetry_core::event::ModelCall) -> Option<i64> {
    call.billing.as_ref()?.reported.map(|nanos| nanos.0)
}

struct Counting<'a> {
    cells: Cells,
    host: &'a str,
    agent: String,
    outcome: String,
}

impl Counting<'_> {
    fn series(&self, fact: Fact) -> Series {
        Series { host: self.host.into(), agent: self.agent.clone(), ..Series::new(fact) }
    }

    fn run(&mut self, start: telemetry_core::time::UnixNanos, model: String) {
        let series = Series { outcome: self.outcome.clone(), model, ..self.series(Fact::Run) };
        self.cells.at(start, series).sums.n += 1;
    }

    fn event(&mut self, event: &Event) {
        let (series, sums, duration) = match &event.body {
            Body::TurnStarted(_) => (self.series(Fact::Turn), Sums::default(), None),
            Body::SubagentStarted(_) => (self.series(Fact::Subagent), Sums::default(), None),
            Body::ModelCall(call) => {
                let cost = reported(call);
                let word = |name: &Option<telemetry_core::name::Name>| {
                    name.as_deref().unwrap_or_default().to_owned()
                };
                let series = Series {
                    model: word(&call.model),
                    provider: word(&call.provider),
                    status: if cost.is_some() { "actual" } else { "unknown" }.into(),
                    ..self.series(Fact::ModelCall)
                };
                let usage = call.usage.unwrap_or_default();
                let sums = Sums {
                    cost_nanos: cost.unwrap_or(0),
                    input_tokens: usage.input as i64,
                    output_tokens: usage.output as i64,
                    cache_read_tokens: usage.cache_read as i64,
                    ..Sums::default()
                };
                (series, sums, call.latency_ns)
            }
            Body::ToolCall(tool) => {
                let (name, status) = (tool.tool.to_string(), tool.status.to_string());
                (
                    Series { tool: name, status, ..self.series(Fact::ToolCall) },
                    Sums::default(),
                    tool.duration_ns,
                )
            }
            _ => return,
        };
        let cell = self.cells.at(event.ts, series);
        cell.sums += Sums { n: 1, ..sums };
        if let Some(nanos) = duration {
            cell.sums.durations += 1;
            cell.sums.duration_ns += nanos;
            cell.measure(Measure::Duration, nanos);
        }
    }
}
