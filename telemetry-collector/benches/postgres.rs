//! PostgreSQL, beside the least it can do with the same rows.
//!
//! ```text
//! scripts/with-postgres cargo bench -p telemetry-collector --bench postgres [-- keep settle ask]
//! ```
//! - `keep`: events a second in batches, beside COPY of the same rows into a table without an index.
//! - `settle`: events a second of what runs come to.
//! - `ask`: a page of 30 days, of the rollups of 10 million events on 720 hours, in which 30 series have facts all the time.
//!
//! 2026-11-21, two shared cores, PostgreSQL 15.18, fsync off: `keep` 80,000 to 111,000 events/s, which is 48 to 77 % of COPY without an
//! index; `ask` 75 to 112 ms for the page, 475 ms with six breakdowns, 350 to 375 ms for each hour of it; each day with its latencies
//! 1.7 s, of 118,800 rows.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench says what it found, and stops at what is wrong"
)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use telemetry_collector::answers::{Answers as _, By, Question, Team};
use telemetry_collector::intake::Recorded;
use telemetry_collector::rollup::{Hour, Span};
use telemetry_collector::settle::Deriver;
use telemetry_collector::storage::{CellFilter, CellsAsked, Storage, postgres};
use telemetry_core::codec;
use telemetry_core::event::{Body, Event, ModelCall, RunEnded, RunStarted, ToolCall, TurnEnded, TurnStarted};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::{RunClose, ToolStatus};
use telemetry_store::insights::TimeZone;

const SECOND: i64 = 1_000_000_000;
/// 2026-03-02T00:00:00Z.
const MONDAY: UnixNanos = UnixNanos(1_772_409_600 * SECOND);
/// Events of each measurement of `keep`, and of `settle`.
const EVENTS: usize = 100_000;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |what: &str| wanted.is_empty() || wanted.iter().any(|word| word == what);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        if wants("keep") {
            keep().await;
        }
        if wants("settle") {
            settle().await;
        }
        if wants("ask") {
            ask().await;
        }
    });
}

/// A database that nothing is in.
async fn fresh(name: &str) -> String {
    let server = std::env::var("TELEMETRY_TEST_POSTGRES").unwrap();
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    for sql in [format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"), format!("CREATE DATABASE {name}")] {
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    format!("{server}/{name}")
}

/// A day of a team: runs of ten turns with a call and a tool each, 42 events, on 20 machines.
fn events(from: usize) -> Vec<Recorded> {
    (from..).flat_map(run).take(EVENTS).collect()
}

fn run(number: usize) -> Vec<Recorded> {
    let process = ProcessId(Key::new("bench").number(number as u128).wide());
    let (id, host) = (format!("20260302_{number:08}"), format!("machine-{}", number % 20));
    let run = RunId::of(process, &id);
    let start = MONDAY.plus((number as i64 * 7 % 80_000) * SECOND);
    let mut found = Vec::new();
    let mut say = |seconds: i64, body: Body| {
        let at = start.plus(seconds * SECOND + 123_456_789);
        let key = Key::new("bench").number(run.0).number(found.len() as u128);
        let event = Event::new(at, run, &key, body);
        let mut line = Vec::new();
        codec::encode(&event, &mut line);
        let line = String::from_utf8(line).unwrap().trim_end().to_owned();
        found.push(Recorded { host: host.clone(), event, line });
    };
    let model = ["claude-sonnet-4-5", "claude-haiku-4-5", "gpt-5.1"][number % 3];
    say(
        0,
        RunStarted {
            process,
            session_id: id.as_str().into(),
            host: "hermes".into(),
            platform: Some("cli".into()),
            entrypoint: None,
            profile: None,
            model: Some(model.into()),
            parent: None,
            continues: None,
        }
        .into(),
    );
    for n in 0..10_i64 {
        let span = |what: &'static str| SpanId(Key::new(what).number(run.0).number(n as u128).narrow());
        let (turn, call) = (span("turn"), span("call"));
        say(n * 60, TurnStarted { turn, turn_id: None, model: None, first: None }.into());
        let nanos = (900 + (number as i64 * 131 + n * 977) % 4_000) * 1_000_000;
        say(
            n * 60 + 5,
            ModelCall {
                turn,
                call,
                model: Some(model.into()),
                response_model: None,
                provider: Some(if number % 3 == 2 { "openai" } else { "anthropic" }.into()),
                base_url: None,
                api_mode: None,
                start_ns: Some(start.plus((n * 60 + 1) * SECOND)),
                latency_ns: Some(nanos),
                attempt_ns: None,
                ttft_ns: None,
                retries: 0,
                finish_reason: Some("tool_use".into()),
                messages: Some(3 + n as u32),
                tool_calls: Some(1),
                usage: Some(Usage { input: 1_200, output: 300, cache_read: 9_000, ..Usage::default() }),
                billing: None,
            }
            .into(),
        );
        say(
            n * 60 + 6,
            ToolCall {
                turn,
                span: span("tool"),
                call: Some(call),
                tool: ["Bash", "Read", "Edit", "Grep"][n as usize % 4].into(),
                toolset: None,
                tool_call_id: None,
                status: ToolStatus::Ok,
                error_type: None,
                duration_ns: Some(nanos / 10),
            }
            .into(),
        );
        let ended = TurnEnded { turn, completed: true, interrupted: false, failed: false, reason: None };
        say(n * 60 + 8, ended.into());
    }
    say(620, RunEnded { close: RunClose::Finalized, reason: None }.into());
    found
}

fn a_second(events: usize, time: Duration) -> f64 {
    events as f64 / time.as_secs_f64()
}

async fn keep() {
    let (first, second) = (events(0), events(1_000_000));
    let bytes: usize = first.iter().map(|event| event.line.len()).sum::<usize>() / EVENTS;
    println!("keep: {EVENTS} events with lines of {bytes} bytes");
    for batch in [1_000, 5_000] {
        let url = fresh("bench_keep").await;
        let storage = postgres::open(&url).await.unwrap();
        let mut plain = PgConnection::connect(&url).await.unwrap();
        let made = "CREATE TABLE plain (ts_ns bigint, id bigint, run uuid, process uuid, about uuid, kind text, host text, line text)";
        sqlx::raw_sql(made).execute(&mut plain).await.unwrap();
        // Of each the first time is for what is made once: partitions, statements, files.
        for (round, events) in [("first", &first), ("second", &second)] {
            let began = Instant::now();
            for batch in events.chunks(batch) {
                storage.keep_events(batch).await.unwrap();
            }
            let ours = began.elapsed();
            let began = Instant::now();
            for batch in events.chunks(batch) {
                copy(&mut plain, batch).await;
            }
            let least = began.elapsed();
            let (ours, least) = (a_second(EVENTS, ours), a_second(EVENTS, least));
            println!(
                "  batches of {batch}, {round}: {ours:.0} events/s, COPY without an index {least:.0}: {:.0} %",
                ours / least * 100.0
            );
        }
        let began = Instant::now();
        for batch in first.chunks(batch) {
            assert!(!storage.keep_events(batch).await.unwrap().contains(&true));
        }
        println!("  batches of {batch}, again: {:.0} events/s", a_second(EVENTS, began.elapsed()));
    }
}

async fn copy(connection: &mut PgConnection, events: &[Recorded]) {
    use std::fmt::Write as _;
    let mut text = String::new();
    for Recorded { host, event, line } in events {
        let uuid = |id: Option<u128>| id.map_or("\\N".to_owned(), |id| format!("{id:032x}"));
        let run = uuid(event.run.map(|run| run.0));
        let (kind, line) = (event.body.kind(), line.replace('\\', "\\\\"));
        writeln!(text, "{}\t{}\t{run}\t\\N\t\\N\t{kind}\t{host}\t{line}", event.ts.0, { event.id.0 } as i64)
            .unwrap();
    }
    let mut copy = connection.copy_in_raw("COPY plain FROM STDIN").await.unwrap();
    copy.send(text.as_bytes()).await.unwrap();
    copy.finish().await.unwrap();
}

async fn settle() {
    let url = fresh("bench_settle").await;
    let storage = postgres::open(&url).await.unwrap();
    let deriver = Arc::new(Deriver::default());
    let events = events(0);
    for batch in events.chunks(5_000) {
        storage.keep_events(batch).await.unwrap();
    }
    for most in [100, 500] {
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let again = "DELETE FROM unsettled; INSERT INTO unsettled (run) SELECT DISTINCT run FROM events";
        sqlx::raw_sql(again).execute(&mut connection).await.unwrap();
        let (began, mut steps) = (Instant::now(), 0);
        while !storage.settle(most, deriver.clone()).await.unwrap().complete {
            steps += 1;
        }
        println!(
            "settle: {:.0} events/s, {most} runs a step, {steps} steps",
            a_second(EVENTS, began.elapsed())
        );
    }
}

/// Rows of rollups as runs leave them, by hours and by days: 30 series with facts in every hour of 30 days, and some 60 buckets each.
const FILL: &str = "
    INSERT INTO series (id, fact, host, agent, model, provider, outcome, tool)
    SELECT s, (ARRAY['run', 'turn', 'model_call', 'tool_call', 'report'])[s % 5 + 1], 'machine-' || s % 20, 'hermes',
           (ARRAY['claude-sonnet-4-5', 'claude-haiku-4-5', 'gpt-5.1'])[s % 3 + 1], 'anthropic', 'completed',
           (ARRAY['Bash', 'Read', 'Edit', 'Grep'])[s % 4 + 1]
    FROM generate_series(1, 30) AS s;
    INSERT INTO rollup_hours (at, series, n, durations, duration_ns, with_usage, input_tokens, output_tokens, cost_nanos)
    SELECT timestamptz '2026-03-02Z' + h * interval '1 hour', s, 463, 463, 463 * 1500000000::bigint, 463, 555600, 138900, 463 * 12345
    FROM generate_series(0, 719) AS h, generate_series(1, 30) AS s;
    INSERT INTO latency_hours
    SELECT timestamptz '2026-03-02Z' + h * interval '1 hour', s, 0, 600 + b, 7
    FROM generate_series(0, 719) AS h, generate_series(1, 30) AS s, generate_series(1, 66) AS b;
    INSERT INTO rollup_days (at, series, n, durations, duration_ns, with_usage, input_tokens, output_tokens, cost_nanos)
    SELECT date_trunc('day', at), series, sum(n), sum(durations), sum(duration_ns), sum(with_usage), sum(input_tokens), sum(output_tokens),
           sum(cost_nanos) FROM rollup_hours GROUP BY 1, 2;
    INSERT INTO latency_days
    SELECT date_trunc('day', at), series, measure, bucket, sum(n) FROM latency_hours GROUP BY 1, 2, 3, 4;
    ANALYZE";

async fn ask() {
    let url = fresh("bench_ask").await;
    let storage: Arc<dyn Storage> = postgres::open(&url).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    // As someone would look at them who keeps them up all the time.
    sqlx::raw_sql("SET TimeZone = 'UTC'").execute(&mut connection).await.unwrap();
    sqlx::raw_sql(FILL).execute(&mut connection).await.unwrap();
    let (n, rows): (i64, i64) = sqlx::query_as("SELECT sum(n)::bigint, count(*) FROM rollup_hours")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    println!("ask: {n} events, in {rows} rows of hours");
    let first = Hour::of(MONDAY);
    let at = |hours: i32| Hour(first.0 + hours);
    let hours = vec![(Span::Hour, at(0), at(720))];
    // From half past the first day to the middle of the last.
    let both = vec![
        (Span::Hour, at(5), at(24)),
        (Span::Day, at(24), at(29 * 24)),
        (Span::Hour, at(29 * 24), at(29 * 24 + 13)),
    ];
    let by = Some(vec!["host", "model", "outcome"]);
    let questions = [
        ("30 days by days and the hours at their ends", both.clone(), false, true, None),
        ("the same, each day", both.clone(), true, true, None),
        ("the same, by three dimensions", both, false, true, by),
        ("30 days, each hour, without latencies", hours, true, false, None),
    ];
    for (name, parts, each, latencies, by) in questions {
        let asked = CellsAsked { parts, each, latencies, by, ..CellsAsked::default() };
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..5 {
            let began = Instant::now();
            found = storage.cells(&asked).await.unwrap().len();
            times.push(began.elapsed());
        }
        times.sort();
        println!("  {name}: {:.1} ms (median of 5), {found} cells", times[2].as_secs_f64() * 1e3);
    }
    let team = Team::new(storage, Arc::default());
    let by = [By::Model, By::Provider, By::Platform, By::Entrypoint, By::Tool, By::Day].map(|by| (by, None));
    let question = Question {
        since: Some(at(5).start()),
        until: Some(at(29 * 24 + 13).start()),
        zone: TimeZone::UTC,
        by: by.to_vec(),
        filter: CellFilter::default(),
        top: 5,
    };
    let mut times = Vec::new();
    for _ in 0..10 {
        let began = Instant::now();
        team.insights(&question).await.unwrap();
        times.push(began.elapsed());
    }
    times.sort();
    println!(
        "  a page of 30 days with six breakdowns: {:.1} ms (median of 10)",
        times[5].as_secs_f64() * 1e3
    );
}
