//! What calls cost, in the index: with each call, with its run, with the run's tree; and priced anew.

use rusqlite::Connection;
use rusqlite::types::Value;
use serde_json::json;
use telemetry_core::cost::{NanoDollars, Overrides, Prices};
use telemetry_core::event::{Billing, Event, ModelCall, RunStarted, SubagentStarted};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_store::index::{Index, Patience, StatusChange};
use telemetry_store::insights::{Cost, RunSummary, Window, run_detail, runs};

use super::versions::become_older;
use super::{Home, home};

/// 2026-11-21T12:00:00Z, when the rates below are in force.
const NOON: i64 = 1_795_262_400_000_000_000;

fn run_of(session: &str) -> RunId {
    RunId::of(ProcessId(1), session)
}

fn run_started(session: &str, parent: Option<&str>) -> Event {
    let started = RunStarted {
        process: ProcessId(1),
        session_id: Name::new(session),
        host: Name::new("hermes"),
        platform: None,
        entrypoint: None,
        profile: None,
        model: None,
        parent: parent.map(run_of),
        continues: None,
    };
    let run = run_of(session);
    Event::new(UnixNanos(NOON), run, &Key::new("r").number(run.0), started)
}

fn delegated(parent: &str, child: &str) -> Event {
    let started = SubagentStarted {
        child: run_of(child),
        child_session_id: Name::new(child),
        turn: None,
        subagent_id: None,
        role: None,
    };
    let (run, child) = (run_of(parent), run_of(child));
    Event::new(UnixNanos(NOON), run, &Key::new("s").number(child.0), started)
}

/// Input, output, read from a cache, written to one, of these for an hour.
fn tokens(counts: [u64; 5]) -> Option<Usage> {
    let [input, output, cache_read, cache_write, cache_write_1h] = counts;
    Some(Usage { input, output, cache_read, cache_write, cache_write_1h, reasoning: 0 })
}

fn call(number: u64, provider: Option<&str>, model: Option<&str>, usage: Option<Usage>) -> ModelCall {
    ModelCall {
        turn: SpanId(1),
        call: SpanId(number),
        model: model.map(Name::new),
        response_model: None,
        provider: provider.map(Name::new),
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
    }
}

fn billed(call: ModelCall, billing: Billing) -> ModelCall {
    ModelCall { billing: Some(Box::new(billing)), ..call }
}

fn answered(session: &str, call: ModelCall) -> Event {
    let (run, span) = (run_of(session), call.call.0);
    let at = UnixNanos(NOON + span as i64);
    Event::new(at, run, &Key::new("c").number(run.0).number(span), call)
}

fn index(home: &Home, prices: Prices) -> Index {
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap().priced_by(prices);
    assert!(index.catch_up(None).unwrap().complete);
    index
}

/// Rates for what the table does not know.
fn overrides() -> Prices {
    let entries =
        json!([{ "provider": "*", "model": "house-*", "input": 1, "output": 2, "cache_read": 0.5 }]);
    Prices::new(Overrides::read(&entries).unwrap())
}

/// Eight calls of one session, one of each kind.
fn every_kind() -> Vec<Event> {
    let opus = |number| {
        call(
            number,
            Some("anthropic"),
            Some("claude-opus-4-8"),
            tokens([10_000, 1_000, 80_000, 10_000, 4_000]),
        )
    };
    let gpt = |number| call(number, Some("openai"), Some("gpt-5.5"), tokens([10_000, 2_000, 5_000, 0, 0]));
    let house = call(5, Some("custom"), Some("house-7b"), tokens([1_000, 100, 0, 0, 0]));
    let reported = |nanos| Billing { reported: Some(NanoDollars(nanos)), ..Billing::default() };
    let calls = [
        // 10,000 at 5, 1,000 at 25, 80,000 at 0.50, 6,000 at 6.25, 4,000 at 10.
        opus(1),
        // 10,000 at 12.50, 2,000 at 75, 5,000 at 1.25.
        billed(gpt(2), Billing { service_tier: Some(Name::new("priority")), ..Billing::default() }),
        // The provider knows better than 0.1125; a plan pays that.
        billed(gpt(3), reported(100_000_000)),
        billed(gpt(4), Billing { included: true, ..Billing::default() }),
        house,
        // Nobody said how many; nobody knows it; half of it has no rate: Sonar has none for caches.
        call(6, Some("anthropic"), Some("claude-opus-4-8"), None),
        call(7, None, None, tokens([5, 5, 0, 0, 0])),
        // 1,000 at 1.50 and 500 at 7.50, 2,000 for an hour at 3.
        billed(
            call(8, Some("anthropic"), Some("claude-sonnet-4-5"), tokens([1_000, 500, 0, 2_000, 2_000])),
            Billing { batch: true, ..Billing::default() },
        ),
    ];
    let started = run_started("s", None);
    std::iter::once(started).chain(calls.into_iter().map(|call| answered("s", call))).collect()
}

fn rows(connection: &Connection, sql: &str) -> Vec<Vec<Value>> {
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}

/// Cells as text, one row a line.
fn table(connection: &Connection, sql: &str) -> Vec<String> {
    let cell = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(_) => "blob".to_owned(),
    };
    rows(connection, sql).iter().map(|row| row.iter().map(cell).collect::<Vec<_>>().join(" ")).collect()
}

fn summary(index: &Index, session: &str) -> RunSummary {
    let all = runs(index.connection(), Window::default()).unwrap();
    all.into_iter().find(|run| run.session_id.as_deref() == Some(session)).unwrap()
}

fn known(nanos: i64, status: &str) -> Cost {
    Cost {
        usd: Some(nanos as f64 / 1e9),
        status: status.to_owned(),
        priced_part: None,
        nanos: Some(NanoDollars(nanos)),
    }
}

fn unknown(priced_part: Option<i64>) -> Cost {
    Cost { priced_part: priced_part.map(NanoDollars), ..Cost::unknown() }
}

const COSTS: &str =
    "SELECT cost_nanos, cost_status, cost_source, estimate_nanos, reported_cost_nanos, priced_part_nanos,
        coalesce(unpriced_reason, unpriced_buckets), priced_as, service_tier, batch, cache_write_1h_tokens
    FROM tel_model_calls ORDER BY ts_ns";

#[test]
fn a_call_has_its_amount_and_how_that_is_known() {
    let home = home();
    home.write(&every_kind());
    let index = index(&home, overrides());
    assert_eq!(
        table(index.connection(), COSTS),
        [
            "192500000 estimated price_table 192500000 - - - anthropic/claude-opus-4-8 - 0 4000",
            "281250000 estimated price_table 281250000 - - - openai/gpt-5.5 priority 0 -",
            "100000000 actual provider 112500000 100000000 - - openai/gpt-5.5 - 0 -",
            "0 included subscription 112500000 - - - openai/gpt-5.5 - 0 -",
            "1200000 estimated override 1200000 - - - - - 0 -",
            "- unknown none - - - no_usage anthropic/claude-opus-4-8 - 0 -",
            "- unknown none - - - unknown_provider - - 0 -",
            "11250000 estimated price_table 11250000 - - - anthropic/claude-sonnet-4-5 - 1 2000",
        ]
    );
    let versions = "SELECT DISTINCT substr(price_version, 1, 8) FROM tel_model_calls ORDER BY 1";
    assert_eq!(table(index.connection(), versions), ["-", "2026-11-", "override"]);
    // 192.5 + 281.25 + 100 + 0 + 1.2 + 11.25 million.
    let run = summary(&index, "s");
    assert_eq!(run.cost, unknown(Some(586_200_000)));
    assert_eq!(run.tree_cost, run.cost);
    let sums =
        "SELECT estimated_cost_usd, cost_nanos, included_equivalent_nanos, unknown_cost_calls FROM tel_runs";
    assert_eq!(table(index.connection(), sums), ["- - 112500000 2"]);
    let turns = run_detail(index.connection(), run).unwrap().turns;
    let calls: Vec<String> = turns[0]
        .model_calls
        .iter()
        .map(|call| {
            let nanos =
                |money: Option<NanoDollars>| money.map_or("-".to_owned(), |money| money.0.to_string());
            let cost = &call.cost;
            let amounts = [cost.cost.nanos, cost.estimate, cost.reported, cost.cost.priced_part].map(nanos);
            format!("{} {} {}", cost.cost.status, cost.source, amounts.join(" "))
        })
        .collect();
    assert_eq!(
        calls,
        [
            "estimated price_table 192500000 192500000 - -",
            "estimated price_table 281250000 281250000 - -",
            "actual provider 100000000 112500000 100000000 -",
            "included subscription 0 112500000 - -",
            "estimated override 1200000 1200000 - -",
            "unknown none - - - -",
            "unknown none - - - -",
            "estimated price_table 11250000 11250000 - -",
        ]
    );
}

#[test]
fn a_bucket_without_a_rate_makes_the_amount_unknown_and_the_rest_shown() {
    let home = home();
    let house = call(1, Some("custom"), Some("house-7b"), tokens([1_000, 100, 50, 70, 0]));
    home.write(&[run_started("s", None), answered("s", house)]);
    let index = index(&home, overrides());
    // 1,000 at 1, 100 at 2 and 50 at 0.50; nothing is said of writes.
    let expected = "- unknown override - - 1225000 cache_write - - 0 -";
    assert_eq!(table(index.connection(), COSTS), [expected]);
    assert_eq!(summary(&index, "s").cost, unknown(Some(1_225_000)));
}

/// A sum is as well known as its least known part.
#[test]
fn a_run_costs_what_its_calls_cost_if_all_of_them_are_known() {
    let gpt = |number| call(number, Some("openai"), Some("gpt-5.5"), tokens([10_000, 2_000, 5_000, 0, 0]));
    let reported = Billing { reported: Some(NanoDollars(7)), ..Billing::default() };
    let included = Billing { included: true, ..Billing::default() };
    let (actual, included) = (|n| billed(gpt(n), reported.clone()), |n| billed(gpt(n), included.clone()));
    let nobody = |number| call(number, None, None, None);
    let of = |calls: Vec<ModelCall>| {
        let home = home();
        let calls = calls.into_iter().map(|call| answered("s", call));
        home.write(&std::iter::once(run_started("s", None)).chain(calls).collect::<Vec<_>>());
        summary(&index(&home, Prices::default()), "s").cost
    };
    assert_eq!(of(vec![actual(1), actual(2)]), known(14, "actual"));
    assert_eq!(of(vec![actual(1), gpt(2)]), known(112_500_007, "estimated"));
    assert_eq!(of(vec![included(1)]), known(0, "included"));
    assert_eq!(of(vec![included(1), actual(2)]), known(7, "actual"));
    assert_eq!(of(vec![actual(1), nobody(2)]), unknown(Some(7)));
    assert_eq!(of(vec![nobody(1)]), unknown(None));
    assert_eq!(of(vec![]), unknown(None));
}

/// Whichever hook of a subagent comes first, and whoever is told of its parent last.
#[test]
fn a_tree_costs_what_all_its_runs_cost_in_any_order() {
    let gpt = |number| call(number, Some("openai"), Some("gpt-5.5"), tokens([10_000, 2_000, 5_000, 0, 0]));
    let mut events = vec![
        run_started("top", None),
        run_started("child", None),
        run_started("grandchild", Some("child")),
        run_started("other", None),
        delegated("top", "child"),
        answered("top", gpt(1)),
        answered("child", gpt(2)),
        answered("grandchild", gpt(3)),
        answered("grandchild", gpt(4)),
        answered("other", gpt(5)),
    ];
    for _ in 0..events.len() {
        events.rotate_left(3);
        events.swap(0, 5);
        let home = home();
        for event in &events {
            home.write(std::slice::from_ref(event));
            index(&home, Prices::default());
        }
        let index = index(&home, Prices::default());
        let of = |session: &str| {
            let run = summary(&index, session);
            (run.cost.nanos.unwrap().0 / 112_500_000, run.tree_cost.nanos.unwrap().0 / 112_500_000)
        };
        assert_eq!([of("top"), of("child"), of("grandchild"), of("other")], [(1, 4), (1, 3), (2, 2), (1, 1)]);
        let traces =
            "SELECT session_id, (SELECT session_id FROM tel_runs AS top WHERE top.run_id = tel_runs.trace_id)
                      FROM tel_runs ORDER BY 1";
        let expected = ["child top", "grandchild top", "other other", "top top"];
        assert_eq!(table(index.connection(), traces), expected);
    }
}

/// No host means it, and a log may say it.
#[test]
fn runs_that_are_each_others_parents_have_one_tree_however_they_were_told() {
    let mut events = vec![
        run_started("a", Some("b")),
        run_started("b", Some("c")),
        run_started("c", Some("a")),
        run_started("below", Some("b")),
        run_started("itself", Some("itself")),
    ];
    let traces = "SELECT session_id, trace_id, tree_cost_status FROM tel_runs ORDER BY 1";
    let mut found = Vec::new();
    for _ in 0..events.len() {
        events.rotate_left(1);
        events.swap(0, 2);
        let home = home();
        home.write(&events);
        found.push(table(index(&home, Prices::default()).connection(), traces));
    }
    let tops = |rows: &[String]| {
        rows.iter().map(|row| row.split(' ').nth(1).unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(found.iter().all(|rows| *rows == found[0]), "{found:?}");
    let tops = tops(&found[0]);
    assert!(tops[0] == tops[1] && tops[1] == tops[2] && tops[2] == tops[3] && tops[3] != tops[4], "{tops:?}");
}

/// A database of version 2, which priced nothing; and a process of that version which goes on beside one of this.
#[test]
fn what_an_older_version_left_unpriced_is_priced_by_the_next() {
    let home = home();
    home.write(&every_kind());
    home.write(&[run_started("child", Some("s")), run_started("grandchild", Some("child"))]);
    let all = ["SELECT * FROM tel_runs ORDER BY run_id", "SELECT * FROM tel_model_calls ORDER BY ts_ns"];
    let dump = |index: &Index| all.map(|sql| table(index.connection(), sql));
    let before = dump(&index(&home, overrides()));

    // What version 2 did not keep (terms, what was reported, writes for an hour) is as if it had not been said.
    become_older(&home, 2);
    let migrated = index(&home, overrides());
    assert_eq!(
        table(migrated.connection(), "SELECT cost_nanos, cost_status FROM tel_model_calls ORDER BY ts_ns"),
        [
            "177500000 estimated",
            "112500000 estimated",
            "112500000 estimated",
            "112500000 estimated",
            "1200000 estimated",
            "- unknown",
            "- unknown",
            "18000000 estimated",
        ]
    );
    let run = summary(&migrated, "s");
    assert_eq!(run.cost, unknown(Some(534_200_000)));
    let tops = "SELECT count(DISTINCT trace_id) FROM tel_runs";
    assert_eq!(table(migrated.connection(), tops), ["1"]);
    assert_eq!(migrated.outdated_calls().unwrap(), 0);
    drop(migrated);

    // The log has all of it.
    Index::rebuild(&home.layout, overrides(), &mut |_| {}).unwrap();
    assert_eq!(dump(&index(&home, overrides())), before);
}

#[test]
fn pricing_what_was_left_unpriced_goes_on_where_a_budget_ended() {
    let home = home();
    let gpt = |number| call(number, Some("openai"), Some("gpt-5.5"), tokens([10_000, 2_000, 5_000, 0, 0]));
    home.write(&[run_started("s", None)]);
    home.write(&(0..1_000).map(|number| answered("s", gpt(number))).collect::<Vec<_>>());
    drop(index(&home, Prices::default()));
    become_older(&home, 2);
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    let mut steps = 0;
    while !index.catch_up(Some(std::time::Duration::from_micros(1))).unwrap().complete {
        steps += 1;
        // A budget that is over at once does nothing, and says so.
        if steps == 3 {
            index.catch_up(None).unwrap();
        }
    }
    assert_eq!(summary(&index, "s").cost, known(112_500_000_000, "estimated"));
}

#[test]
fn a_dry_run_tells_what_a_real_one_changes_and_changes_nothing() {
    let home = home();
    home.write(&every_kind());
    drop(index(&home, Prices::default()));
    let mut index = index(&home, overrides());
    assert_eq!(index.outdated_calls().unwrap(), 8);
    let before = table(index.connection(), "SELECT * FROM tel_model_calls ORDER BY ts_ns");
    let would = index.reprice(false, &mut |_| {}).unwrap();
    assert_eq!(table(index.connection(), "SELECT * FROM tel_model_calls ORDER BY ts_ns"), before);
    assert_eq!(summary(&index, "s").cost, unknown(Some(585_000_000)));
    assert_eq!(
        (index.outdated_calls().unwrap(), table(index.connection(), "SELECT * FROM repricing").len()),
        (8, 0)
    );

    let done = index.reprice(true, &mut |_| {}).unwrap();
    assert_eq!(done, would);
    assert_eq!((done.calls, done.changed), (8, 1));
    assert_eq!(done.days, [UnixNanos(NOON).day()].into());
    assert_eq!(done.statuses, [StatusChange { from: "unknown", to: "estimated", calls: 1 }]);
    let [house] = done.models.as_slice() else { panic!("{:?}", done.models) };
    assert_eq!((house.model.as_deref(), house.calls, house.changed), (Some("house-7b"), 1, 1));
    assert_eq!((house.before.nanos, house.before.unknown_calls), (None, 1));
    assert_eq!((house.after.nanos, house.after.unknown_calls), (Some(NanoDollars(1_200_000)), 0));
    assert_eq!(summary(&index, "s").cost, unknown(Some(586_200_000)));
    assert_eq!(index.outdated_calls().unwrap(), 0);
    assert_eq!(index.reprice(true, &mut |_| {}).unwrap().changed, 0);
}

/// And back: sums go down as they went up.
#[test]
fn rates_that_are_taken_back_leave_what_was_there_before() {
    let home = home();
    home.write(&every_kind());
    let all = ["SELECT * FROM tel_runs", "SELECT * FROM tel_model_calls ORDER BY ts_ns"];
    let dump = |index: &Index| all.map(|sql| table(index.connection(), sql));
    let mut index = index(&home, Prices::default());
    let before = dump(&index);
    index = index.priced_by(overrides());
    index.reprice(true, &mut |_| {}).unwrap();
    assert_ne!(dump(&index), before);
    index = index.priced_by(Prices::default());
    index.reprice(true, &mut |_| {}).unwrap();
    assert_eq!(dump(&index), before);
}

/// Stopped after its first calls, while another process indexed more with the old rates.
#[test]
fn a_repricing_that_was_stopped_goes_on_where_it_was() {
    let home = home();
    home.write(&every_kind());
    drop(index(&home, Prices::default()));
    let mut index = index(&home, overrides());
    index
        .connection()
        .execute(
            "INSERT INTO repricing SELECT ?1, run, ts_ns, span FROM model_call ORDER BY run, ts_ns LIMIT 1 OFFSET 2",
            [overrides().fingerprint() as i64],
        )
        .unwrap();
    index.connection().execute("UPDATE price_book SET before = calls", []).unwrap();
    let late = call(9, Some("custom"), Some("house-7b"), tokens([1_000, 100, 0, 0, 0]));
    home.write(&[run_started("t", None), answered("t", late)]);
    let mut old = Index::open(home.layout.clone(), Patience::Person).unwrap();
    old.catch_up(None).unwrap();

    let done = index.reprice(true, &mut |_| {}).unwrap();
    // The five behind the third, and the new one, which lies behind them.
    assert_eq!((done.calls, done.changed), (6, 2));
    assert_eq!(summary(&index, "s").cost, unknown(Some(586_200_000)));
    // It cannot know that it came to the new one too.
    assert_eq!(index.outdated_calls().unwrap(), 1);
    assert_eq!(index.reprice(true, &mut |_| {}).unwrap().changed, 0);
    assert_eq!(index.outdated_calls().unwrap(), 0);
}

/// What a log says need not make sense; sums must hold it.
#[test]
fn amounts_that_no_sum_can_hold_do_no_harm() {
    let home = home();
    let reported = |number, nanos| {
        let billing = Billing { reported: Some(NanoDollars(nanos)), ..Billing::default() };
        answered("s", billed(call(number, None, None, None), billing))
    };
    let child = answered(
        "child",
        billed(
            call(9, None, None, None),
            Billing { reported: Some(NanoDollars(i64::MAX)), ..Billing::default() },
        ),
    );
    home.write(&[run_started("s", None), run_started("child", Some("s")), child]);
    home.write(&[reported(1, i64::MAX), reported(2, i64::MAX)]);
    let mut index = index(&home, Prices::default());
    home.write(&[reported(3, i64::MAX), reported(4, -5)]);
    index.catch_up(None).unwrap();
    let run = summary(&index, "s");
    assert_eq!(run.cost, unknown(Some(9_000_000_000_000_000_000)));
    assert_eq!(run.tree_cost, unknown(Some(i64::MAX)));
    index.reprice(true, &mut |_| {}).unwrap();
    assert_eq!(summary(&index, "s"), run);
}
