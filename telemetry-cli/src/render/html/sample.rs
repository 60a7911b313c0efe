//! Made answers for tests: each part of a page has something to say, and names are what they should not be.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::date;
use jiff::tz::TimeZone;
use telemetry_core::cost::NanoDollars;
use telemetry_policy::redact::{Options, Redactor};
use telemetry_store::insights::*;

use super::{Names, Report};

/// A name that would run, close what it stands in, and turn the line around.
pub(super) const EVIL: &str = "</td></table><script>alert(1)</script>\" onload=\"x\u{202e}\u{1b}[31m";
/// A name that holds a credential.
pub(super) const SECRET: &str = concat!("ghp_", "k3Jd82hQm1Xw7Lp0Zs9Vb4Nc6Rt5Yf2GaEu8");

/// Days in the made window.
const DAYS: u64 = 30;

fn spread(values: impl Iterator<Item = u64>) -> Distribution {
    Distribution::of(values.map(|ms| (ms * 1_000_000) as i64).collect())
}

fn counts<const N: usize>(counts: [(&str, u64); N]) -> BTreeMap<String, u64> {
    counts.into_iter().filter(|(_, n)| *n > 0).map(|(word, n)| (word.to_owned(), n)).collect()
}

fn runs(completed: u64, failed: u64, interrupted: u64) -> Runs {
    let total = completed + failed + interrupted + 1;
    let (errored, late) = (failed.div_ceil(2), failed / 2);
    Runs {
        total,
        running: 0,
        by_outcome: counts([
            ("completed", completed),
            ("errored", errored),
            ("timed_out", late),
            ("interrupted", interrupted),
            ("unknown", 1),
        ]),
        by_reason: counts([("rate_limit", errored), ("process_lost", 1), (EVIL, late)]),
        completion_rate: Rate::of(completed, total - 1),
        failure_rate: Rate::of(failed, total - 1),
        duration_ms: spread((0..total).map(|n| 900 + n * n * 37 % 47_000)),
    }
}

fn tokens(calls: u64) -> Tokens {
    let calls = calls as i64;
    Tokens {
        input: calls * 1_840,
        output: calls * 415,
        cache_read: calls * 9_230,
        cache_write: calls * 610,
        reasoning: calls * 120,
    }
}

fn cost(usd: f64, calls: u64) -> CostTotals {
    CostTotals {
        total_usd: Some(usd),
        estimated_usd: Some(usd),
        estimated_calls: calls,
        ..CostTotals::default()
    }
}

fn calls(key: &str, calls: u64, usd: Option<f64>) -> Group {
    Group {
        key: key.to_owned(),
        model_calls: Some(calls),
        failed_attempts: Some(calls / 40),
        latency_ms: Some(spread((0..calls).map(|n| 350 + n * 131 % 9_000))),
        tokens: Some(tokens(calls)),
        cost: Some(
            usd.map_or(CostTotals { unknown_calls: calls, ..CostTotals::default() }, |usd| cost(usd, calls)),
        ),
        ..Group::default()
    }
}

fn tool(key: &str, calls: u64, errors: u64) -> Group {
    Group {
        key: key.to_owned(),
        tool_calls: Some(calls),
        tools: Some(ToolEnds {
            by_status: counts([("ok", calls - errors), ("error", errors)]),
            failure_rate: Rate::of(errors, calls),
            duration_ms: spread((0..calls).map(|n| 15 + n * 71 % 2_400)),
        }),
        ..Group::default()
    }
}

/// How busy a day is: up and down with the week, and some days are bad.
fn busy(day: u64) -> u64 {
    if day % 7 >= 5 { 9 + day % 4 } else { 38 + day * 13 % 23 }
}

fn day(at: u64) -> String {
    date(2026, 1, 1).saturating_add(jiff::Span::new().days(at as i64)).to_string()
}

fn days() -> Vec<Group> {
    let of = |at: u64| Group {
        turns: Some(runs(busy(at), if at == 19 { 16 } else { at * 7 % 5 }, at % 3)),
        tool_calls: Some(busy(at) * 3),
        ..calls(&day(at), busy(at) * 4, Some(busy(at) as f64 * 0.31))
    };
    // Nothing happened on one day.
    (0..DAYS).filter(|at| *at != 11).map(of).collect()
}

fn days_by_model() -> Vec<Group> {
    let shares = [("claude-sonnet-4-5", 0.62), ("gpt-5", 0.23), ("gemini-2.5-pro", 0.1), (EVIL, 0.05)];
    let of = |(at, (model, share)): (u64, (&str, f64))| {
        let usd = busy(at) as f64 * 0.31 * share;
        let keys = vec![day(at), model.to_owned()];
        Group { keys, ..calls(&format!("{} / {model}", day(at)), busy(at), Some(usd)) }
    };
    (0..DAYS).filter(|at| *at != 11).flat_map(|at| shares.map(|share| (at, share))).map(of).collect()
}

/// The answers.
pub(super) fn insights() -> Insights {
    let moment = |day: &str| Some(format!("2026-{day}T00:00:00Z"));
    let window = |since, until| WindowShown {
        since: moment(since),
        until: moment(until),
        timezone: "Europe/Berlin".to_owned(),
    };
    let change = |metric: &str, before, now, significant| Change {
        metric: metric.to_owned(),
        before: Some(before),
        now: Some(now),
        delta: Some(now - before),
        significant,
    };
    let models = vec![
        calls("claude-sonnet-4-5", 3_120, Some(224.3)),
        calls("gpt-5", 1_240, Some(83.2)),
        calls("gemini-2.5-pro", 610, Some(36.2)),
        calls(EVIL, 42, Some(18.1)),
        calls(&format!("tuned {SECRET}"), 7, None),
        calls(&"long-".repeat(2_000), 3, None),
    ];
    let tools = vec![
        tool("terminal", 1_804, 96),
        tool("read_file", 1_410, 12),
        tool("search_files", 702, 3),
        tool("patch", 388, 41),
        tool("مرحبا <b>", 12, 1),
    ];
    let tool_calls = ToolEnds {
        by_status: counts([("ok", 4_163), ("error", 141), ("timeout", 12), ("denied", 9)]),
        failure_rate: Rate::of(153, 4_316),
        duration_ms: spread((0..4_316).map(|n| 8 + n * 7 % 4_100)),
    };
    Insights {
        window: window("01-01", "01-31"),
        runs: runs(402, 31, 14),
        chains: runs(388, 31, 14),
        turns: Turns {
            ended: runs(1_108, 84, 29),
            breakdown_ms: Breakdown { model: 9.1e6, tool: 3.7e6, approval: 1.2e6, other: 4.1e5 },
            idle_ms: spread((1..600).map(|n| n * 1_310)),
        },
        model_calls: ModelCalls {
            total: 5_022,
            failed_attempts: 131,
            latency_ms: spread((0..5_022).map(|n| 400 + n * n % 21_000)),
            attempt_ms: spread((0..5_022).map(|n| 380 + n * n % 14_000)),
            ttft_ms: Distribution::default(),
            failed_attempt_ms: spread((0..131).map(|n| 90 + n * 231)),
            messages: 61_000,
            cache_hit_rate: Some(0.79),
            tokens: tokens(5_022),
        },
        tool_calls: ToolCalls { total: 4_325, ends: tool_calls },
        approvals: Approvals {
            total: 61,
            by_choice: counts([("once", 40), ("session", 12), ("deny", 9)]),
            wait_ms: spread((1..61).map(|n| n * 900)),
        },
        errors: Errors {
            total: 41,
            by_class: counts([("rate_limit", 22), ("overloaded", 11), ("provider_timeout", 8)]),
            recovered_attempts: 90,
        },
        subagents: Subagents { total: 18, by_status: counts([("completed", 18)]) },
        cost: CostTotals {
            included_calls: 12,
            included_equivalent_usd: Some(0.8),
            unknown_calls: 10,
            ..cost(361.8, 5_000)
        },
        by: [("day", days()), ("model", models), ("tool", tools), ("day,model", days_by_model())]
            .map(|(word, groups)| (word.to_owned(), groups))
            .into(),
        top_runs: Vec::new(),
        compared: Some(Compared {
            window: window("12-02", "01-01"),
            changes: vec![
                change("turns.total", 1_090.0, 1_222.0, None),
                change("turns.completion_rate", 0.861, 0.907, Some(true)),
                change("turns.failure_rate", 0.091, 0.069, Some(false)),
                change("turns.duration_ms.p50", 21_300.0, 18_200.0, Some(true)),
                change("cost.total_usd", 402.0, 361.8, None),
            ],
        }),
        quality: Quality {
            dropped_events: 0,
            unreadable_lines: 2,
            usage_coverage: Some(0.998),
            cost_coverage: Some(0.997),
            ttft_coverage: Some(0.0),
        },
    }
}

/// A run with a retry, an approval and a subagent.
pub(super) fn run() -> RunDetail {
    let at = |ms: i64| 1_767_225_600_000_000_000 + ms * 1_000_000;
    let span = |from: i64, to: i64| (at(from), at(to));
    let call = |from: i64, to: i64| CallSpan {
        span_id: format!("{from:016x}"),
        started_at: String::new(),
        latency_ms: Some((to - from) as f64),
        attempt_ms: None,
        ttft_ms: None,
        retries: 0,
        model: Some("claude-sonnet-4-5".to_owned()),
        provider: Some("anthropic".to_owned()),
        finish_reason: None,
        tokens: Some(tokens(1)),
        cost: CallCost {
            cost: Cost::of(NanoDollars(71_000_000), "estimated"),
            source: "price_table".to_owned(),
            reported: None,
            estimate: None,
            unpriced_reason: None,
            unpriced_buckets: None,
            price_version: None,
            priced_as: None,
        },
        span_ns: span(from, to),
    };
    let tool = |name: &str, from: i64, to: i64| ToolSpan {
        span_id: format!("{from:016x}"),
        tool: name.to_owned(),
        tool_call_id: None,
        ended_at: String::new(),
        duration_ms: Some((to - from) as f64),
        status: "ok".to_owned(),
        error_type: None,
        span_ns: span(from, to),
    };
    let turn = |from: i64, to: i64| TurnDetail {
        span_id: format!("{from:016x}"),
        turn_id: None,
        started_at: String::new(),
        ended_at: None,
        duration_ms: Some((to - from) as f64),
        outcome: "completed".to_owned(),
        reason: None,
        breakdown_ms: None,
        model_calls: Vec::new(),
        failed_attempts: Vec::new(),
        tool_calls: Vec::new(),
        approvals: Vec::new(),
        start_ns: at(from),
        end_ns: Some(at(to)),
    };
    let failed = AttemptSpan {
        call_span_id: format!("{:016x}", 0),
        failed_at: String::new(),
        attempt: 0,
        class: "rate_limit".to_owned(),
        reason: None,
        error_type: None,
        status_code: Some(429),
        recovery: "recovered".to_owned(),
        attempt_ms: Some(900.0),
        span_ns: span(0, 900),
    };
    let asked = ApprovalSpan {
        span_id: String::new(),
        tool_call_id: None,
        surface: None,
        choice: Some("once".to_owned()),
        wait_ms: Some(6_000.0),
        span_ns: Some(span(5_200, 11_200)),
    };
    let summary = |id: &str, ms: i64| RunSummary {
        run_id: id.repeat(4),
        session_id: None,
        parent_run_id: None,
        continues_run_id: None,
        host: None,
        platform: None,
        entrypoint: Some("cli".to_owned()),
        profile: None,
        model: Some("claude-sonnet-4-5".to_owned()),
        started_at: "2026-01-20T09:14:00Z".to_owned(),
        ended_at: None,
        duration_ms: Some(ms as f64),
        outcome: "completed".to_owned(),
        reason: None,
        turns: 1,
        model_calls: 3,
        failed_attempts: 1,
        tool_calls: 3,
        errors: 0,
        tokens: tokens(3),
        cost: Cost::of(NanoDollars(214_000_000), "estimated"),
        tree_cost: Cost::of(NanoDollars(428_000_000), "estimated"),
    };
    let child = RunDetail {
        run: summary("75d87e22", 9_000),
        turns: vec![TurnDetail {
            model_calls: vec![call(14_100, 17_000), call(18_200, 22_800)],
            tool_calls: vec![tool(EVIL, 17_000, 18_200)],
            ..turn(14_000, 23_000)
        }],
        subagents: Vec::new(),
    };
    RunDetail {
        run: summary("9cf7c0bb", 31_000),
        turns: vec![TurnDetail {
            model_calls: vec![call(0, 4_800), call(12_600, 13_900), call(23_200, 31_000)],
            failed_attempts: vec![failed],
            tool_calls: vec![tool("terminal", 5_000, 12_500), tool("delegate_task", 13_950, 23_100)],
            approvals: vec![asked],
            ..turn(0, 31_000)
        }],
        subagents: vec![child],
    }
}

/// The page of all that.
pub(super) fn page() -> String {
    let names = Names::new(Redactor::new(Options::default()));
    let filter: Filter = format!("platform={EVIL}").parse().unwrap();
    let made: Timestamp = "2026-02-01T08:30:00Z".parse().unwrap();
    Report {
        found: &insights(),
        filters: &[filter],
        runs: &[run()],
        zone: &TimeZone::get("Europe/Berlin").unwrap(),
        made,
        names: &names,
    }
    .page()
}
