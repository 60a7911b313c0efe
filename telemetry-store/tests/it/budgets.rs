use proptest::collection::vec;
use proptest::prelude::*;
use rusqlite::types::Value;
use telemetry_core::budget::{Budget, Limit, Per};
use telemetry_core::cost::Prices;
use telemetry_core::event::{Body, Event, ModelCall, RunStarted};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::source::Source as _;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::Entrypoint;
use telemetry_store::budgets::{BudgetState, states};
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::TimeZone;
use telemetry_store::log::LogReader;

use super::{Home, NEW_YEAR, home};

const HOUR: i64 = 3_600_000_000_000;
const DAY: i64 = 24 * HOUR;

/// A call of so many tokens that was answered `after` the new year, in a run of its own.
struct Call {
    after: i64,
    tokens: Option<u64>,
    model: &'static str,
    platform: &'static str,
}

fn call(after: i64, tokens: u64) -> Call {
    Call { after, tokens: Some(tokens), model: "m", platform: "cli" }
}

fn write(home: &Home, calls: &[Call]) {
    for (number, call) in calls.iter().enumerate() {
        let at = UnixNanos(NEW_YEAR + call.after);
        let process = ProcessId(7);
        let run = RunId::of(process, &format!("{}-{number}", call.after));
        let started = RunStarted {
            process,
            session_id: Name::new("s"),
            host: Name::new("hermes"),
            platform: Some(Name::new(call.platform)),
            entrypoint: Some(Entrypoint::Cli),
            profile: None,
            model: None,
            parent: None,
            continues: None,
        };
        // One in each bucket, and the rest in the first.
        let usage = call.tokens.map(|tokens| Usage {
            input: tokens - 3,
            cache_read: 1,
            cache_write: 1,
            output: 1,
            reasoning: 1,
            ..Usage::default()
        });
        let answer = ModelCall {
            turn: SpanId(1),
            call: SpanId(run.0 as u64),
            model: Some(Name::new(call.model)),
            response_model: None,
            provider: None,
            base_url: None,
            api_mode: None,
            start_ns: None,
            latency_ns: None,
            attempt_ns: None,
            ttft_ns: None,
            retries: 0,
            finish_reason: None,
            messages: None,
            tool_calls: None,
            usage,
            billing: None,
        };
        let key = |kind: &'static str| Key::new(kind).number(run.0);
        home.write(&[Event::new(at, run, &key("r"), started), Event::new(at, run, &key("c"), answer)]);
    }
}

fn tokens(limit: i64, per: Per) -> Budget {
    Budget { name: None, per, limit: Limit::Tokens(limit), model: None, platform: None }
}

fn index(home: &Home) -> Index {
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    index
}

fn at(after: i64) -> UnixNanos {
    UnixNanos(NEW_YEAR + after)
}

fn state(home: &Home, budget: &Budget, now: UnixNanos) -> BudgetState {
    let found = states(index(home).connection(), std::slice::from_ref(budget), &TimeZone::UTC, now).unwrap();
    found.into_iter().next().unwrap()
}

/// What the log says of budgets: when, the threshold, what was spent.
fn told(home: &Home) -> Vec<(i64, u32, i64)> {
    let mut told = Vec::new();
    let events = LogReader::new(home.layout.clone());
    events
        .read(&mut |event| {
            if let Body::BudgetCrossed(crossed) = &event.body {
                told.push((event.ts.0 - NEW_YEAR, crossed.threshold, crossed.spent));
            }
            true
        })
        .unwrap();
    told
}

fn rows(index: &Index) -> Vec<Vec<Value>> {
    let mut statement = index
        .connection()
        .prepare("SELECT ts_ns, budget, per, threshold, limit_tokens, spent_tokens, limit_usd, unknown_calls, model FROM tel_budget_events ORDER BY ts_ns, threshold")
        .unwrap();
    let rows = statement.query_map([], |row| (0..9).map(|column| row.get(column)).collect()).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

#[test]
fn the_calls_of_the_period_count_each_by_its_answer() {
    let home = home();
    let of_another = Call { model: "n", platform: "telegram", ..call(5 * HOUR, 1_000) };
    let unmetered = Call { tokens: None, ..call(6 * HOUR, 0) };
    write(&home, &[call(-1, 100), call(0, 10), call(DAY - 1, 20), call(DAY, 200), of_another, unmetered]);
    let spent = |model: Option<&str>, platform: Option<&str>| {
        let budget = Budget {
            model: model.map(Name::new),
            platform: platform.map(Name::new),
            ..tokens(100, Per::Day)
        };
        let state = state(&home, &budget, at(DAY / 2));
        (state.spent, state.unknown_calls)
    };
    assert_eq!(spent(None, None), (1_030, 1));
    assert_eq!(spent(Some("m"), None), (30, 1));
    assert_eq!(spent(Some("n"), None), (1_000, 0));
    assert_eq!(spent(None, Some("telegram")), (1_000, 0));
    assert_eq!(spent(Some("m"), Some("telegram")), (0, 0));
    assert_eq!(spent(Some("nobody asked for it"), None), (0, 0));
    // 2026-01-01 is a Thursday, so the week before it and the day after it are in the same week.
    assert_eq!(state(&home, &tokens(100, Per::Week), at(0)).spent, 1_330);
    assert_eq!(state(&home, &tokens(100, Per::Month), at(0)).spent, 1_230);
}

#[test]
fn a_state_says_how_far_it_is_and_goes() {
    let home = home();
    write(&home, &[call(HOUR, 40)]);
    let shown = |now| serde_json::to_value(state(&home, &tokens(100, Per::Day), now)).unwrap();
    assert_eq!(
        shown(at(6 * HOUR)),
        serde_json::json!({
            "name": "100 tokens a day", "per": "day", "since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z",
            "limit_tokens": 100, "spent_tokens": 40, "projected_tokens": 160,
            "unknown_calls": 0, "share": 0.4, "exceeded": false,
        })
    );
    assert_eq!(shown(at(2 * HOUR))["projected_tokens"], serde_json::Value::Null);
    assert!(!state(&home, &tokens(41, Per::Day), at(DAY - 1)).is_exceeded());
    assert!(state(&home, &tokens(40, Per::Day), at(DAY - 1)).is_exceeded());
}

#[test]
fn a_crossing_is_told_once_by_whoever_looks() {
    let home = home();
    write(&home, &[call(HOUR, 30), call(2 * HOUR, 30), call(3 * HOUR, 30), call(4 * HOUR, 30)]);
    let budgets = [tokens(100, Per::Day)];
    let note = |index: &mut Index, now| index.note_crossings(&budgets, &TimeZone::UTC, now).unwrap();
    let (mut one, mut other) = (index(&home), index(&home));
    assert_eq!(note(&mut one, at(5 * HOUR)), 3);
    let expected = [(2 * HOUR, 50, 60), (3 * HOUR, 80, 90), (4 * HOUR, 100, 120)];
    assert_eq!(told(&home), expected);
    // Another that had not read what the first one told.
    assert_eq!((note(&mut other, at(6 * HOUR)), note(&mut one, at(7 * HOUR))), (0, 0));
    // Its name may change; what it limits is the same.
    let renamed = [Budget { name: Some(Name::new("team")), ..budgets[0].clone() }];
    assert_eq!(one.note_crossings(&renamed, &TimeZone::UTC, at(8 * HOUR)).unwrap(), 0);
    assert_eq!(told(&home), expected);
    // And in an index made anew.
    Index::rebuild(&home.layout, Prices::default(), &mut |_| {}).unwrap();
    let mut anew = index(&home);
    assert_eq!((rows(&anew).len(), note(&mut anew, at(9 * HOUR))), (3, 0));
    // Another day, and another limit, are others.
    write(&home, &[call(DAY, 50)]);
    anew.catch_up(None).unwrap();
    assert_eq!(note(&mut anew, at(DAY + HOUR)), 1);
    assert_eq!(anew.note_crossings(&[tokens(200, Per::Week)], &TimeZone::UTC, at(DAY + HOUR)).unwrap(), 2);
    assert_eq!(told(&home).len(), 6);
}

#[test]
fn what_is_over_is_left_as_it_was_recorded() {
    let home = home();
    write(&home, &[call(HOUR, 60)]);
    let mut index = index(&home);
    assert_eq!(index.note_crossings(&[tokens(100, Per::Day)], &TimeZone::UTC, at(2 * HOUR)).unwrap(), 1);
    // A call that is told of a day late, and a budget that was not there then.
    write(&home, &[call(3 * HOUR, 60)]);
    index.catch_up(None).unwrap();
    let budgets = [tokens(100, Per::Day), tokens(10, Per::Day)];
    assert_eq!(index.note_crossings(&budgets, &TimeZone::UTC, at(DAY + HOUR)).unwrap(), 0);
    assert_eq!(told(&home), [(HOUR, 50, 60)]);
}

#[test]
fn a_row_says_what_the_event_says() {
    let home = home();
    write(&home, &[Call { tokens: None, ..call(1, 0) }, call(HOUR, 60)]);
    let mut index = index(&home);
    let budget = Budget { model: Some(Name::new("m")), ..tokens(100, Per::Day) };
    index.note_crossings(&[budget], &TimeZone::UTC, at(2 * HOUR)).unwrap();
    let text = |text: &str| Value::Text(text.to_owned());
    let expected = vec![
        Value::Integer(NEW_YEAR + HOUR),
        text("100 tokens a day of m"),
        text("day"),
        Value::Real(0.5),
        Value::Integer(100),
        Value::Integer(60),
        Value::Null,
        Value::Integer(1),
        text("m"),
    ];
    assert_eq!(rows(&index), [expected]);
}

#[test]
fn an_index_in_memory_tells_nothing() {
    let home = home();
    write(&home, &[call(HOUR, 60)]);
    let mut index = Index::in_memory(home.layout.clone()).unwrap();
    index.catch_up(None).unwrap();
    assert_eq!(index.note_crossings(&[tokens(10, Per::Day)], &TimeZone::UTC, at(2 * HOUR)).unwrap(), 0);
    assert_eq!(told(&home), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Whenever somebody looks, and in whatever order, the log holds of every threshold the first call that crossed it, once.
    #[test]
    fn whoever_looks_and_when(
        calls in vec((0..DAY, 3_u64..100), 1..12),
        looks in vec(any::<bool>(), 12),
        limit in 1..600_i64,
    ) {
        let home = home();
        let budget = [tokens(limit, Per::Day)];
        let mut calls = calls;
        calls.sort_unstable();
        calls.dedup_by_key(|(after, _)| *after);
        let mut indexes = [index(&home), index(&home)];
        for ((after, tokens), look) in calls.iter().zip(looks) {
            write(&home, &[call(*after, *tokens)]);
            let index = &mut indexes[usize::from(look)];
            index.catch_up(None).unwrap();
            index.note_crossings(&budget, &TimeZone::UTC, at(DAY - 1)).unwrap();
        }
        for index in &mut indexes {
            index.catch_up(None).unwrap();
            index.note_crossings(&budget, &TimeZone::UTC, at(DAY - 1)).unwrap();
        }
        let mut expected = Vec::new();
        for threshold in [50, 80, 100_u32] {
            let mut spent = 0;
            for (after, tokens) in &calls {
                spent += *tokens as i64;
                if spent * 100 >= limit * i64::from(threshold) {
                    expected.push((*after, threshold, spent));
                    break;
                }
            }
        }
        prop_assert_eq!(told(&home), expected);
    }
}
