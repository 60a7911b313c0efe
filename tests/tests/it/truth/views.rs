//! The views, row by row, as an analyst reads them.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use telemetry_tests::Home;
use telemetry_tests::json::assert_same;
use telemetry_tests::truth::facts::{Fact, Item, facts};
use telemetry_tests::truth::generate;
use telemetry_tests::truth::rates::Cost;
use telemetry_tests::truth::story::{Answer, Call, Tool, Turn, World};

use super::told;

fn rows(home: &Home, sql: &str) -> Vec<Value> {
    let path = home.telemetry().join("telemetry.db");
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = database.prepare(sql).unwrap();
    let columns = statement.column_count();
    let cell = |value: ValueRef<'_>| match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => json!(number),
        ValueRef::Real(number) => json!(number),
        ValueRef::Text(text) => json!(std::str::from_utf8(text).unwrap()),
        ValueRef::Blob(_) => panic!("no view has blobs: {sql}"),
    };
    let read =
        statement.query_map([], |row| (0..columns).map(|column| row.get_ref(column).map(cell)).collect());
    sorted(read.unwrap().map(|row: Result<Vec<Value>, _>| Value::Array(row.unwrap())).collect())
}

fn sorted(mut rows: Vec<Value>) -> Vec<Value> {
    rows.sort_by_cached_key(Value::to_string);
    rows
}

/// Fails unless the view has just these rows. A duration in it is taken back to nanoseconds.
fn check(home: &Home, view: &str, columns: &str, truth: Vec<Value>) {
    let columns: Vec<String> = columns
        .split_whitespace()
        .map(|column| match column.ends_with("_ms") {
            true => format!("CAST(round(v.{column} * 1e6) AS INTEGER)"),
            false if column.contains('.') => column.to_owned(),
            false => format!("v.{column}"),
        })
        .collect();
    let (run, runs) = match view {
        "tel_runs" => ("run_id", "tel_runs"),
        "tel_subagents" => ("child_run_id", "tel_runs"),
        _ => ("run_id", "tel_runs"),
    };
    let sql =
        format!("SELECT {} FROM {view} AS v JOIN {runs} AS r ON r.run_id = v.{run}", columns.join(", "));
    assert_same(view, &json!(rows(home, &sql)), &json!(sorted(truth)));
}

fn of<'w, T>(world: &'w World, row: impl Fn(&Fact<'w>) -> Option<T>) -> Vec<T> {
    facts(world).iter().filter_map(row).collect()
}

/// The last answer to a question about a tool call.
fn allowed(turn: &Turn, tool: &Tool) -> Option<&'static str> {
    let about = turn.approvals.iter().filter(|approval| approval.tool == tool.id);
    about.filter_map(|approval| approval.answered).max_by_key(|(at, _)| *at).map(|(_, choice)| choice)
}

/// Status, amount, estimate, what the provider said, and the part of an unknown amount that is known.
fn costs(call: &Call, answer: &Answer) -> [Value; 5] {
    let reported = json!(answer.reported);
    let none = Value::Null;
    match call.endpoint.cost(answer) {
        Cost::Actual(amount) => {
            [json!("actual"), json!(amount), json!(call.endpoint.estimate(answer)), reported, none]
        }
        Cost::Estimated(amount) => [json!("estimated"), json!(amount), json!(amount), none.clone(), none],
        Cost::Included(estimate) => [json!("included"), json!(0), json!(estimate), reported, none],
        Cost::Unknown(part) => [json!("unknown"), none.clone(), none.clone(), none, json!(part)],
    }
}

#[test]
fn every_row_of_the_views_is_true() {
    for seed in 7..=8 {
        let world = generate::world(seed);
        let home = told(&world);
        home.runs();
        check_views(&home, &world);
    }
}

fn check_views(home: &Home, world: &World) {
    let calls = of(world, |fact| match fact.item {
        Item::Call(call, answer) => {
            let tokens = answer.usage.map(|u| [u.input, u.output, u.cache_read, u.cache_write, u.reasoning]);
            let cost = costs(call, answer);
            let token = |bucket: usize| tokens.map(|tokens| tokens[bucket]);
            Some(json!([
                fact.run.session,
                fact.at,
                call.endpoint.provider,
                call.endpoint.model,
                call.endpoint.url,
                token(0),
                token(1),
                token(2),
                token(3),
                token(4),
                answer.began,
                answer.latency,
                answer.alone,
                answer.first_token,
                answer.finish,
                call.failed.len(),
                cost[0],
                cost[1],
                cost[2],
                cost[3],
                cost[4],
            ]))
        }
        _ => None,
    });
    check(
        home,
        "tel_model_calls",
        "r.session_id ts_ns provider model base_url input_tokens output_tokens cache_read_tokens cache_write_tokens
         reasoning_tokens start_ns latency_ms attempt_ms ttft_ms end_reason retry_count cost_status
         cost_nanos estimate_nanos reported_cost_nanos priced_part_nanos",
        calls,
    );
    let attempts = of(world, |fact| match fact.item {
        Item::Attempt(call, attempt) => {
            let number = call.failed.iter().position(|other| other.at == attempt.at);
            let recovery = if call.answer.is_some() { "recovered" } else { "final" };
            Some(json!([
                fact.run.session,
                fact.at,
                number,
                attempt.endpoint.provider,
                attempt.endpoint.model,
                attempt.failure.class,
                attempt.failure.reason,
                attempt.failure.error_type,
                attempt.failure.status,
                i32::from(attempt.exhausted),
                recovery,
                attempt.elapsed,
                attempt.alone,
            ]))
        }
        _ => None,
    });
    check(
        home,
        "tel_attempts",
        "r.session_id ts_ns attempt provider model error_class reason error_type status_code exhausted recovery
         elapsed_ms attempt_ms",
        attempts,
    );
    let tools = of(world, |fact| match fact.item {
        Item::Tool(tool) => Some(json!([
            fact.run.session,
            fact.at,
            tool.name,
            tool.id,
            tool.duration,
            tool.status,
            tool.error_type,
            allowed(fact.turn?, tool),
            tool.toolset,
        ])),
        _ => None,
    });
    check(
        home,
        "tel_tool_calls",
        "r.session_id ts_ns tool_name tool_call_id duration_ms result_class error_type approval toolset",
        tools,
    );
    let approvals = of(world, |fact| match fact.item {
        Item::Approval(one) => {
            let (at, choice) = one.answered.unzip();
            let wait = at.map(|at| at - one.asked);
            Some(json!([fact.run.session, one.tool, one.surface, one.asked, at, choice, wait]))
        }
        _ => None,
    });
    check(
        home,
        "tel_approvals",
        "r.session_id tool_call_id surface asked_ns answered_ns choice wait_ms",
        approvals,
    );
    let turns = of(world, |fact| match fact.item {
        Item::Turn(turn) => Some(json!([
            fact.run.session,
            turn.id,
            turn.model,
            turn.start,
            turn.over,
            turn.ended.outcome,
            turn.ended.reason,
        ])),
        _ => None,
    });
    check(home, "tel_turns", "r.session_id turn_id model start_ns end_ns outcome reason", turns);
    let delegations = world.processes.iter().flat_map(|process| {
        process.runs.iter().filter_map(|run| {
            let one = run.delegated.as_ref()?;
            let (at, status, duration) = one.back.map_or((None, None, None), |(at, status, duration)| {
                (Some(at), Some(status), Some(duration))
            });
            Some(json!([run.session, one.started, at, status, duration]))
        })
    });
    check(home, "tel_subagents", "r.session_id start_ns end_ns status duration_ms", delegations.collect());
    let runs = of(world, |fact| match fact.item {
        Item::Run => Some(json!([
            fact.run.session,
            fact.run.platform,
            fact.run.entrypoint,
            fact.run.model,
            fact.run.start,
            fact.run.end,
            fact.run.ended.outcome,
            fact.run.ended.reason,
            fact.run.turns.len(),
            fact.process.command,
            fact.run.kind,
        ])),
        _ => None,
    });
    check(
        home,
        "tel_runs",
        "session_id platform entrypoint model start_ns end_ns outcome reason turn_count command kind",
        runs,
    );
    check_spans(home, world);
}

/// One span for each thing, and every parent is there.
fn check_spans(home: &Home, world: &World) {
    let number = |is: fn(&Item<'_>) -> bool| facts(world).iter().filter(|fact| is(&fact.item)).count();
    let truth = json!([
        ["approval", number(|item| matches!(item, Item::Approval(_)))],
        ["attempt", number(|item| matches!(item, Item::Attempt(..)))],
        ["model_call", number(|item| matches!(item, Item::Call(..)))],
        ["run", number(|item| matches!(item, Item::Run))],
        ["tool_call", number(|item| matches!(item, Item::Tool(_)))],
        ["turn", number(|item| matches!(item, Item::Turn(_)))],
    ]);
    assert_same(
        "tel_spans",
        &json!(rows(home, "SELECT kind, count(*) FROM tel_spans GROUP BY kind")),
        &truth,
    );
    let lost = "SELECT * FROM tel_spans WHERE parent_span_id IS NOT NULL
                AND parent_span_id NOT IN (SELECT span_id FROM tel_spans)";
    assert_eq!(rows(home, lost), Vec::<Value>::new(), "spans without their parent");
}
