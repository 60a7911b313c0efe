//! The sections of a page.

use std::collections::{BTreeMap, HashMap};

use telemetry_core::cost::Status;
use telemetry_core::name::Name;
use telemetry_store::insights::{
    Approvals, Breakdown, CostTotals, Errors, Insights, ModelCalls, Quality, Runs, Subagents, Tokens,
    ToolCalls, ToolEnds, Turns,
};

use super::chains::chains;
use super::facts::{Facts, UNKNOWN, count};
use super::groups::{self, groups};
use super::reports::reports;
use super::rows::{Rows, Time};
use super::window::Hours;
use crate::answers::{AnswerError, By, Page, Question};
use crate::rollup::{Fact, Measure, Sums};
use crate::storage::{RunsAsked, Storage};

/// What the answer to a question that was not answered is called, and the end of a delegation that did not come back.
const OPEN: &str = "open";

/// Answers a question.
pub(super) async fn page(storage: &dyn Storage, question: &Question) -> Result<Page, AnswerError> {
    let (hours, filter) = (Hours::of(question), &question.filter);
    let (in_time, plain): (Vec<_>, Vec<_>) =
        question.by.iter().copied().partition(|by| groups::time(*by, &question.zone) != Time::Whole);
    let dimensions = |(one, other): &groups::Grouping| [Some(*one), *other].into_iter().flatten();
    let apart: Vec<By> = plain.iter().flat_map(dimensions).collect();
    let runs = RunsAsked {
        since: hours.since(),
        until: hours.until(),
        filter: filter.clone(),
        most: question.top,
        after: None,
    };
    // Runs have no provider: by one they are filtered out.
    let named = async {
        match filter.provider {
            Some(_) => Ok(Default::default()),
            None => tokio::try_join!(storage.top_runs(&runs), storage.linked(hours.since())),
        }
    };
    let whole = Rows::ask(storage, hours, Time::Whole, filter, &apart);
    let (rows, (top_runs, linked), volumes) = tokio::try_join!(whole, named, storage.volumes())?;
    let mut by = BTreeMap::new();
    for grouping in plain {
        by.insert(groups::name(grouping), groups(&rows, grouping, &question.zone));
    }
    for grouping in in_time {
        let time = groups::time(grouping, &question.zone);
        let apart: Vec<By> = dimensions(&grouping).collect();
        let rows = Rows::ask(storage, hours, time, filter, &apart).await?;
        by.insert(groups::name(grouping), groups(&rows, grouping, &question.zone));
    }
    let facts = rows.all();
    let (calls, failures) = (facts.sum(Fact::ModelCall), failures(&facts));
    let cost = cost(&facts);
    let insights = Insights {
        window: hours.shown(question),
        runs: ended(&facts, Fact::Run),
        chains: chains(&facts, &linked, hours, filter),
        turns: turns(&facts),
        model_calls: model_calls(&facts, calls, failures.attempts),
        tool_calls: tools(&facts),
        approvals: Approvals {
            total: count(facts.sum(Fact::Approval).n),
            by_choice: facts.by_word(Fact::Approval, |series| or(&series.status, OPEN)),
            wait_ms: facts.distribution(Fact::Approval, Measure::Duration),
        },
        errors: failures.errors,
        subagents: Subagents {
            total: count(facts.sum(Fact::Subagent).n),
            by_status: facts.by_word(Fact::Subagent, |series| or(&series.status, OPEN)),
        },
        cost,
        by,
        top_runs,
        compared: None,
        quality: Quality {
            dropped_events: volumes.dropped_events,
            // What is no event is refused when it comes.
            unreadable_lines: 0,
            usage_coverage: share(calls.with_usage, calls.n),
            cost_coverage: share(calls.n - cost.unknown_calls as i64, calls.n),
            ttft_coverage: share(calls.first_tokens, calls.n),
        },
    };
    Ok(Page { insights, reports: Some(reports(&facts)) })
}

/// A word, or another where there is none.
fn or<'a>(word: &'a str, none: &'a str) -> &'a str {
    if word.is_empty() { none } else { word }
}

fn share(part: i64, whole: i64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How runs or turns ended.
pub(super) fn ended(facts: &Facts<'_>, fact: Fact) -> Runs {
    let each = facts.of(fact).map(|counted| {
        let series = &counted.series;
        let reason = (!series.reason.is_empty()).then(|| Name::new(&series.reason));
        (Name::new(or(&series.outcome, UNKNOWN)), reason, count(counted.cell.sums.n))
    });
    Runs::of(each, facts.distribution(fact, Measure::Duration))
}

fn turns(facts: &Facts<'_>) -> Turns {
    let sums = facts.sum(Fact::Turn);
    let ms = |nanos: i64| nanos as f64 / 1e6;
    let Sums { duration_ns, model_ns, tool_ns, approval_ns, .. } = sums;
    Turns {
        ended: ended(facts, Fact::Turn),
        breakdown_ms: Breakdown {
            model: ms(model_ns),
            tool: ms(tool_ns),
            approval: ms(approval_ns),
            // The parts of a turn sum to the whole.
            other: ms(duration_ns - model_ns - tool_ns - approval_ns),
        },
        idle_ms: facts.distribution(Fact::Turn, Measure::Idle),
    }
}

fn model_calls(facts: &Facts<'_>, sums: Sums, failed_attempts: u64) -> ModelCalls {
    let tokens = tokens(facts);
    ModelCalls {
        total: count(sums.n),
        failed_attempts,
        latency_ms: facts.distribution(Fact::ModelCall, Measure::Duration),
        attempt_ms: facts.distribution(Fact::ModelCall, Measure::Attempt),
        ttft_ms: facts.distribution(Fact::ModelCall, Measure::FirstToken),
        failed_attempt_ms: facts.distribution(Fact::FailedAttempt, Measure::Duration),
        messages: count(sums.messages),
        cache_hit_rate: share(tokens.cache_read, tokens.input + tokens.cache_read + tokens.cache_write),
        tokens,
    }
}

/// The tokens of model calls, and those that were reported of none.
pub(super) fn tokens(facts: &Facts<'_>) -> Tokens {
    let mut sums = facts.sum(Fact::ModelCall);
    sums += facts.sum(Fact::Usage);
    Tokens {
        input: sums.input_tokens,
        output: sums.output_tokens,
        cache_read: sums.cache_read_tokens,
        cache_write: sums.cache_write_tokens,
        reasoning: sums.reasoning_tokens,
    }
}

/// What model calls cost, and what was reported of none.
pub(super) fn cost(facts: &Facts<'_>) -> CostTotals {
    let mut by_status: HashMap<&str, (i64, Sums)> = HashMap::new();
    for fact in [Fact::ModelCall, Fact::Usage] {
        for counted in facts.of(fact) {
            let (calls, sums) = by_status.entry(counted.series.status.as_str()).or_default();
            *calls += if fact == Fact::ModelCall { counted.cell.sums.n } else { 0 };
            *sums += counted.cell.sums;
        }
    }
    CostTotals::of(|status| {
        let (calls, sums) = by_status.get(status.as_str()).copied().unwrap_or_default();
        let nanos = match status {
            Status::Actual | Status::Estimated => (sums.n > 0).then_some(sums.cost_nanos),
            Status::Included | Status::Unknown => (sums.rated > 0).then_some(sums.rated_nanos),
        };
        (count(calls), nanos)
    })
}

/// Failed attempts.
pub(super) struct Failures {
    pub attempts: u64,
    pub errors: Errors,
}

/// Failed attempts, and the model calls that were never answered.
pub(super) fn failures(facts: &Facts<'_>) -> Failures {
    let became = |detail: &'static str| {
        facts.of(Fact::FailedAttempt).filter(move |counted| counted.series.detail == detail)
    };
    let by_class: telemetry_store::insights::ByWord = became("error")
        .map(|counted| (Name::new(or(&counted.series.status, UNKNOWN)), count(counted.cell.sums.n)))
        .collect();
    Failures {
        attempts: count(facts.sum(Fact::FailedAttempt).n),
        errors: Errors {
            total: by_class.total(),
            by_class,
            recovered_attempts: became("recovered").map(|counted| count(counted.cell.sums.n)).sum(),
        },
    }
}

/// Tool calls.
pub(super) fn tools(facts: &Facts<'_>) -> ToolCalls {
    let statuses = facts
        .of(Fact::ToolCall)
        .map(|counted| (Name::new(or(&counted.series.status, UNKNOWN)), count(counted.cell.sums.n)));
    ToolCalls {
        total: count(facts.sum(Fact::ToolCall).n),
        ends: ToolEnds::of(statuses, facts.distribution(Fact::ToolCall, Measure::Duration)),
    }
}
