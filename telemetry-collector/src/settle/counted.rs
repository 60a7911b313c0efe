//! A fact as it counts in the rollups.

use telemetry_store::insights::{self, Fate, What};

use crate::rollup::{Cells, Fact, Measure, Series, Sums};

/// Adds a fact of a run on the machine `host` to what the run comes to.
pub(super) fn count(cells: &mut Cells, host: &str, fact: &insights::Fact<'_>) {
    let cell = cells.at(fact.at, series(host, fact));
    cell.sums += sums(fact);
    let [attempt, first_token, idle] = match fact.what {
        What::Turn { idle_ns, .. } => [None, None, idle_ns],
        What::ModelCall { attempt_ns, first_token_ns, .. } => [attempt_ns, first_token_ns, None],
        _ => [None; 3],
    };
    let measured = [
        (Measure::Duration, fact.duration_ns),
        (Measure::Attempt, attempt),
        (Measure::FirstToken, first_token),
        (Measure::Idle, idle),
    ];
    for (measure, nanos) in measured {
        if let Some(nanos) = nanos {
            cell.measure(measure, nanos);
        }
    }
}

/// What a fact of a run on the machine `host` shares with others.
pub(super) fn series(host: &str, fact: &insights::Fact<'_>) -> Series {
    let (of, status, detail) = match fact.what {
        What::Run => (Fact::Run, None, None),
        What::Turn { .. } => (Fact::Turn, None, None),
        What::ModelCall { cost, .. } => (Fact::ModelCall, Some(cost.as_str()), None),
        What::FailedAttempt(fate) => {
            let fate = match fate {
                Fate::Recovered => Some("recovered"),
                Fate::Error => Some("error"),
                Fate::Retried => None,
            };
            (Fact::FailedAttempt, fact.error, fate)
        }
        What::ToolCall => (Fact::ToolCall, fact.status, fact.error),
        What::Approval => (Fact::Approval, fact.status, None),
        What::Subagent => (Fact::Subagent, fact.status, None),
    };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    Series {
        kind: text(fact.kind),
        host: host.to_owned(),
        agent: text(fact.host),
        platform: text(fact.platform),
        entrypoint: text(fact.entrypoint),
        provider: text(fact.provider),
        model: text(fact.model),
        tool: text(fact.tool),
        outcome: text(fact.outcome),
        reason: text(fact.reason),
        status: text(status),
        detail: text(detail),
        ..Series::new(of)
    }
}

fn sums(fact: &insights::Fact<'_>) -> Sums {
    let (n, nanos) =
        (|value: Option<i64>| i64::from(value.is_some()), |value: Option<i64>| value.unwrap_or(0));
    let all = Sums {
        n: 1,
        durations: n(fact.duration_ns),
        duration_ns: nanos(fact.duration_ns),
        ..Sums::default()
    };
    match fact.what {
        What::Turn { spent_ns, idle_ns } => {
            let [model_ns, tool_ns, approval_ns] = spent_ns.unwrap_or_default();
            Sums { idles: n(idle_ns), idle_ns: nanos(idle_ns), model_ns, tool_ns, approval_ns, ..all }
        }
        What::ModelCall { attempt_ns, first_token_ns, messages, tokens, cost: _, amount, rated } => {
            let with_usage = i64::from(tokens.is_some());
            let tokens = tokens.unwrap_or_default();
            Sums {
                first_tokens: n(first_token_ns),
                first_token_ns: nanos(first_token_ns),
                attempts: n(attempt_ns),
                attempt_ns: nanos(attempt_ns),
                messages: nanos(messages),
                with_usage,
                input_tokens: tokens.input,
                output_tokens: tokens.output,
                cache_read_tokens: tokens.cache_read,
                cache_write_tokens: tokens.cache_write,
                reasoning_tokens: tokens.reasoning,
                cost_nanos: nanos(amount),
                rated: n(rated),
                rated_nanos: nanos(rated),
                ..all
            }
        }
        What::Run | What::FailedAttempt(_) | What::ToolCall | What::Approval | What::Subagent => all,
    }
}
