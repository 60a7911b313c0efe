//! Answers made by hand, so that pages can be seen with every part there is, and with next to none.

use std::collections::BTreeMap;

use telemetry_core::cost::NanoDollars;
use telemetry_core::name::Name;
use telemetry_store::insights::{
    ApprovalSpan, Approvals, AttemptSpan, Auxiliary, Breakdown, ByWord, CallCost, CallSpan, Change, Compared,
    Cost, CostTotals, Distribution, Errors, Group, Insights, ModelCalls, Quality, Rate, RunDetail,
    RunSummary, Runs, Subagents, Tokens, ToolCalls, ToolEnds, ToolSpan, TurnDetail, Turns, WindowShown,
};

/// Seconds as nanoseconds.
const SECOND: i64 = 1_000_000_000;

pub(super) fn counts(counts: &[(&str, u64)]) -> ByWord {
    counts.iter().map(|(word, n)| (Name::new(word), *n)).collect()
}

fn took(n: u64, ms: f64) -> Distribution {
    if n == 0 {
        return Distribution::default();
    }
    let of = |factor: f64| Some(ms * factor);
    Distribution { n, avg: of(1.3), p50: of(1.0), p95: of(4.2), p99: of(9.1), max: of(17.0) }
}

/// So many completed, errored and interrupted, and one each that no rate counts.
fn runs(completed: u64, errored: u64, interrupted: u64, ms: f64) -> Runs {
    let judged = completed + errored + interrupted;
    Runs {
        total: judged + 3,
        running: 1,
        by_outcome: counts(&[
            ("completed", completed),
            ("errored", errored),
            ("interrupted", interrupted),
            ("timed_out", 1),
            ("running", 1),
            ("unknown", 1),
        ]),
        by_reason: counts(&[("rate_limit", errored), ("idle_timeout", 1), ("process_lost", 1)]),
        completion_rate: Rate::of(completed, judged),
        failure_rate: Rate::of(errored, judged),
        duration_ms: took(judged, ms),
    }
}

fn none() -> Runs {
    Runs {
        total: 0,
        running: 0,
        by_outcome: ByWord::default(),
        by_reason: ByWord::default(),
        completion_rate: None,
        failure_rate: None,
        duration_ms: Distribution::default(),
    }
}

fn tools(ok: u64, error: u64, ms: f64) -> ToolEnds {
    ToolEnds {
        by_status: counts(&[("ok", ok), ("error", error), ("denied", 2)]),
        failure_rate: Rate::of(error, ok + error),
        duration_ms: took(ok + error, ms),
    }
}

fn tokens(scale: i64) -> Tokens {
    Tokens {
        input: 1_234 * scale,
        output: 321 * scale,
        cache_read: 4_567 * scale,
        cache_write: 89 * scale,
        reasoning: 45 * scale,
    }
}

pub(super) fn group(key: &str, size: u64) -> Group {
    Group {
        key: key.to_owned(),
        keys: None,
        runs: Some(Box::new(runs(size, size / 10, 1, 3_100.0))),
        turns: Some(Box::new(runs(size * 3, size / 4, 2, 1_100.0))),
        model_calls: Some(size * 7),
        failed_attempts: Some(size / 5),
        errors: Some(size / 9),
        latency_ms: Some(took(size * 7, 640.0)),
        tokens: Some(tokens(size as i64)),
        cost: Some(Box::new(CostTotals {
            total_usd: Some(size as f64 * 0.0123),
            estimated_usd: Some(size as f64 * 0.0123),
            estimated_calls: size * 7,
            unknown_calls: size % 2,
            ..CostTotals::default()
        })),
        tool_calls: Some(size * 2),
        tools: Some(tools(size * 2, size / 8, 220.0)),
    }
}

fn models() -> Vec<Group> {
    let calls = |key: &str, size| Group {
        runs: None,
        turns: None,
        tool_calls: None,
        tools: None,
        ..group(key, size)
    };
    vec![
        calls("anthropic/claude-opus-4-20250514-extended-thinking", 40),
        calls("gpt-5", 21),
        calls("模型-large", 9),
        calls("(unknown)", 4),
        calls("gemini-2.5-pro", 2),
        calls("qwen", 1),
    ]
}

fn tool_groups() -> Vec<Group> {
    let calls = |key: &str, ok, error| Group {
        key: key.to_owned(),
        tool_calls: Some(ok + error + 2),
        tools: Some(tools(ok, error, 180.0)),
        ..Group::default()
    };
    vec![calls("read_file", 320, 4), calls("terminal", 120, 31), calls("delegate_task", 7, 0)]
}

/// Five weeks, the third day of each without a fact.
fn days() -> Vec<Group> {
    let day = |n: i8| jiff::civil::date(2026, 1, 1).saturating_add(jiff::Span::new().days(n));
    (0..35i8).filter(|n| n % 7 != 2).map(|n| group(&day(n).to_string(), 3 + (n as u64 * 5) % 23)).collect()
}

pub(super) fn pairs() -> Vec<Group> {
    let pair = |one: &str, other: &str, size| Group {
        keys: Some([one, other].map(Name::new)),
        ..group(&format!("{one} / {other}"), size)
    };
    vec![pair("gpt-5", "completed", 30), pair("gpt-5", "errored", 11), pair("claude-opus-4", "completed", 8)]
}

pub(super) fn run(id: &str, cost: Option<f64>) -> RunSummary {
    let of = |usd: Option<f64>| {
        usd.map_or_else(Cost::unknown, |usd| Cost::of(NanoDollars((usd * 1e9) as i64), "estimated"))
    };
    RunSummary {
        run_id: id.repeat(32).chars().take(32).collect(),
        session_id: Some("20260101_000000".to_owned()),
        parent_run_id: None,
        continues_run_id: None,
        host: Some("hermes".to_owned()),
        platform: Some("cli".to_owned()),
        entrypoint: Some("cli".to_owned()),
        profile: None,
        model: Some("gpt-5".to_owned()),
        started_at: "2026-01-31T08:00:00Z".to_owned(),
        ended_at: Some("2026-01-31T08:02:05Z".to_owned()),
        duration_ms: Some(125_000.0),
        outcome: "errored".to_owned(),
        reason: Some("rate_limit".to_owned()),
        turns: 2,
        model_calls: 31,
        failed_attempts: 4,
        tool_calls: 12,
        errors: 1,
        tokens: tokens(3),
        cost: of(cost),
        tree_cost: of(cost),
    }
}

fn change(metric: &str, before: f64, now: f64, significant: Option<bool>) -> Change {
    let delta = Some(now - before);
    Change { metric: metric.to_owned(), before: Some(before), now: Some(now), delta, significant }
}

/// A page with every part.
pub(in crate::render) fn full() -> Insights {
    let mut by = BTreeMap::new();
    by.insert("model".to_owned(), models());
    by.insert("tool".to_owned(), tool_groups());
    by.insert("day".to_owned(), days());
    by.insert("platform".to_owned(), vec![group("cli", 60), group("telegram", 17)]);
    by.insert("model,outcome".to_owned(), pairs());
    Insights {
        window: window(),
        runs: runs(212, 31, 12, 61_000.0),
        chains: runs(198, 31, 12, 71_000.0),
        turns: Turns {
            ended: runs(811, 64, 33, 9_400.0),
            breakdown_ms: Breakdown { model: 71_000.0, tool: 30_000.0, approval: 4_000.0, other: 900.0 },
            idle_ms: took(640, 31_000.0),
        },
        model_calls: ModelCalls {
            total: 2_345,
            failed_attempts: 87,
            latency_ms: took(2_345, 810.0),
            attempt_ms: took(2_300, 760.0),
            ttft_ms: took(1_100, 210.0),
            failed_attempt_ms: took(80, 15_000.0),
            messages: 45_678,
            cache_hit_rate: Some(0.775),
            tokens: tokens(2_345),
        },
        tool_calls: ToolCalls { total: 486, ends: tools(447, 35, 180.0) },
        approvals: Approvals {
            total: 14,
            by_choice: counts(&[("once", 9), ("deny", 3), ("open", 2)]),
            wait_ms: took(12, 4_300.0),
        },
        errors: Errors {
            total: 19,
            by_class: counts(&[("rate_limit", 11), ("provider_timeout", 7), ("auth", 1)]),
            recovered_attempts: 55,
        },
        subagents: Subagents { total: 21, by_status: counts(&[("completed", 20), ("open", 1)]) },
        cost: CostTotals {
            total_usd: Some(48.123_456),
            estimated_usd: Some(40.0),
            actual_usd: Some(8.123_456),
            included_equivalent_usd: Some(3.21),
            priced_part_usd: Some(0.0012),
            estimated_calls: 2_000,
            actual_calls: 300,
            included_calls: 40,
            unknown_calls: 5,
            auxiliary: Some(Auxiliary { calls: 12, tokens: tokens(1), usd: Some(0.04), unknown_calls: 0 }),
        },
        by,
        top_runs: vec![run("a1", Some(12.5)), run("b2", Some(0.031)), run("c3", None)],
        compared: Some(Compared {
            window: WindowShown {
                since: Some("2025-11-27T00:00:00Z".to_owned()),
                until: Some("2026-01-01T00:00:00Z".to_owned()),
                timezone: "UTC".to_owned(),
            },
            changes: vec![
                change("turns.total", 700.0, 911.0, None),
                change("turns.completion_rate", 0.95, 0.893, Some(true)),
                change("turns.duration_ms.p50", 9_900.0, 9_400.0, Some(false)),
                change("approvals.total", 14.0, 14.0, None),
                change("cost.total_usd", 31.5, 48.123_456, None),
                Change { before: None, delta: None, ..change("tool_calls.failure_rate", 0.0, 0.07, None) },
            ],
        }),
        quality: Quality {
            dropped_events: 12,
            unreadable_lines: 1,
            usage_coverage: Some(0.997),
            cost_coverage: Some(0.98),
            ttft_coverage: Some(0.47),
        },
    }
}

fn window() -> WindowShown {
    WindowShown {
        since: Some("2026-01-01T00:00:00Z".to_owned()),
        until: Some("2026-02-05T00:00:00Z".to_owned()),
        timezone: "UTC".to_owned(),
    }
}

/// Nothing at all.
pub(in crate::render) fn empty() -> Insights {
    Insights {
        window: window(),
        runs: none(),
        chains: none(),
        turns: Turns { ended: none(), breakdown_ms: Breakdown::default(), idle_ms: Distribution::default() },
        model_calls: ModelCalls {
            total: 0,
            failed_attempts: 0,
            latency_ms: Distribution::default(),
            attempt_ms: Distribution::default(),
            ttft_ms: Distribution::default(),
            failed_attempt_ms: Distribution::default(),
            messages: 0,
            cache_hit_rate: None,
            tokens: Tokens::default(),
        },
        tool_calls: ToolCalls { total: 0, ends: ToolEnds::default() },
        approvals: Approvals { total: 0, by_choice: ByWord::default(), wait_ms: Distribution::default() },
        errors: Errors { total: 0, by_class: ByWord::default(), recovered_attempts: 0 },
        subagents: Subagents { total: 0, by_status: ByWord::default() },
        cost: CostTotals::default(),
        by: BTreeMap::new(),
        top_runs: Vec::new(),
        compared: None,
        quality: Quality {
            dropped_events: 0,
            unreadable_lines: 0,
            usage_coverage: None,
            cost_coverage: None,
            ttft_coverage: None,
        },
    }
}

/// One run that opened and said nothing more.
pub(in crate::render) fn one_run() -> Insights {
    let open = Runs { total: 1, running: 1, by_outcome: counts(&[("running", 1)]), ..none() };
    Insights { runs: open.clone(), chains: open, ..empty() }
}

/// Runs of which nobody knows anything.
pub(in crate::render) fn unknowns() -> Insights {
    let lost = |total| Runs {
        total,
        by_outcome: counts(&[("unknown", total)]),
        by_reason: counts(&[("process_lost", total)]),
        ..none()
    };
    let unknown = |group: Group| Group { key: "(unknown)".to_owned(), ..group };
    let mut by = BTreeMap::new();
    let calls = Group {
        model_calls: Some(9),
        failed_attempts: Some(0),
        latency_ms: Some(Distribution::default()),
        tokens: Some(Tokens::default()),
        cost: Some(Box::new(CostTotals { unknown_calls: 9, ..CostTotals::default() })),
        ..Group::default()
    };
    by.insert("model".to_owned(), vec![unknown(calls)]);
    let made = empty();
    Insights {
        runs: lost(5),
        chains: lost(5),
        turns: Turns { ended: lost(8), ..made.turns },
        model_calls: ModelCalls { total: 9, ..made.model_calls },
        cost: CostTotals { unknown_calls: 9, ..CostTotals::default() },
        by,
        quality: Quality {
            usage_coverage: Some(0.0),
            cost_coverage: Some(0.0),
            ttft_coverage: Some(0.0),
            ..made.quality
        },
        ..made
    }
}

/// A page whose every name is from somebody who means harm.
pub(in crate::render) fn evil() -> Insights {
    let names = [
        "m".repeat(10_000),
        "\u{1b}[2J\u{1b}]0;owned\u{7}model".to_owned(),
        "\u{202e}lmth.live\u{2066}".to_owned(),
        "line\r\nfeed\ttab".to_owned(),
        "模".repeat(300),
        String::new(),
        "a\u{301}".repeat(5_000),
    ];
    let mut found = full();
    for (at, groups) in found.by.values_mut().enumerate() {
        for (group, name) in groups.iter_mut().zip(names.iter().cycle().skip(at)) {
            group.key.clone_from(name);
            group.keys.iter_mut().flatten().for_each(|key| *key = Name::new(name));
        }
    }
    let many = || names.iter().zip(3..).map(|(name, n)| (Name::new(name), n)).collect::<ByWord>();
    found.runs.by_outcome = many();
    found.runs.by_reason = many();
    found.turns.ended.by_reason = many();
    found.errors.by_class = many();
    found.subagents.by_status = many();
    found.approvals.by_choice = many();
    found.tool_calls.ends.by_status = many();
    for (run, name) in found.top_runs.iter_mut().zip(&names) {
        run.entrypoint = Some(name.clone());
        run.model = Some(name.clone());
        run.reason = Some(name.clone());
        run.started_at.clone_from(name);
    }
    if let Some(compared) = &mut found.compared {
        compared.changes[0].metric.clone_from(&names[1]);
        compared.changes[1].metric.clone_from(&names[0]);
    }
    found
}

/// A run with a turn of everything and a subagent.
pub(in crate::render) fn detail() -> RunDetail {
    let at = |from: i64, to: i64| (from * SECOND, to * SECOND);
    let turn = |subagent: bool| TurnDetail {
        span_id: "1".repeat(16),
        turn_id: None,
        started_at: "2026-01-31T08:00:00Z".to_owned(),
        ended_at: None,
        duration_ms: Some(100_000.0),
        outcome: "errored".to_owned(),
        reason: Some("rate_limit".to_owned()),
        breakdown_ms: None,
        model_calls: vec![CallSpan {
            span_id: "2".repeat(16),
            started_at: "2026-01-31T08:00:00Z".to_owned(),
            latency_ms: Some(20_000.0),
            attempt_ms: None,
            ttft_ms: None,
            retries: 0,
            model: Some("anthropic/claude-opus-4-20250514-extended-thinking".to_owned()),
            provider: None,
            finish_reason: None,
            tokens: Some(tokens(2)),
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
            span_ns: at(0, 20),
        }],
        failed_attempts: vec![AttemptSpan {
            call_span_id: "3".repeat(16),
            failed_at: "2026-01-31T08:01:40Z".to_owned(),
            attempt: 0,
            class: "rate_limit".to_owned(),
            reason: None,
            error_type: None,
            status_code: Some(429),
            recovery: "final".to_owned(),
            attempt_ms: None,
            span_ns: at(80, 100),
        }],
        tool_calls: vec![ToolSpan {
            span_id: "4".repeat(16),
            tool: "terminal\u{1b}[31m".to_owned(),
            tool_call_id: None,
            ended_at: "2026-01-31T08:01:00Z".to_owned(),
            duration_ms: Some(40_000.0),
            status: if subagent { "ok" } else { "error" }.to_owned(),
            error_type: (!subagent).then(|| "PermissionError".repeat(20)),
            span_ns: at(20, 60),
        }],
        approvals: vec![ApprovalSpan {
            span_id: "5".repeat(16),
            tool_call_id: None,
            surface: None,
            choice: None,
            wait_ms: Some(30_000.0),
            span_ns: Some(at(25, 55)),
        }],
        start_ns: 0,
        end_ns: Some(100 * SECOND),
    };
    let child = RunDetail { run: run("d4", Some(0.25)), turns: vec![turn(true)], subagents: Vec::new() };
    RunDetail { run: run("a1", Some(1.5)), turns: vec![turn(false)], subagents: vec![child] }
}
