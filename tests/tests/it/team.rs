//! A team's answers are those of the command line: every recorded session, told to a collector's database, gives the documents
//! that `telemetry` prints of the same log.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use telemetry_collector::answers::{Answers as _, By, Question, Team};
use telemetry_collector::intake::Recorded;
use telemetry_collector::storage::sqlite::Sqlite;
use telemetry_collector::storage::{CellFilter, RunsAsked, Storage, postgres};
use telemetry_core::codec;
use telemetry_core::source::Source as _;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::TimeZone;
use telemetry_store::layout::Layout;
use telemetry_store::log::LogReader;
use telemetry_tests::home::files_below;
use telemetry_tests::json::assert_same;
use telemetry_tests::{Home, Recording};

/// The machine that everything is told to be from.
const MACHINE: &str = "build-1";

/// The log of a home, as a machine sends it.
fn told(home: &Home) -> Vec<Recorded> {
    let mut told = Vec::new();
    LogReader::new(Layout::of(&home.path()))
        .read(&mut |event| {
            let mut line = Vec::new();
            codec::encode(&event, &mut line);
            let line = String::from_utf8(line).unwrap().trim_end().to_owned();
            told.push(Recorded { host: MACHINE.to_owned(), event, line });
            true
        })
        .unwrap();
    told
}

/// A team whose database has all that a home has, told in pieces, some of them twice, with answers in between.
async fn team(storage: Arc<dyn Storage>, home: &Home) -> Team {
    let team = Team::new(Arc::clone(&storage), Arc::default());
    let mut told = told(home);
    // Not in the order they happened.
    let places = told.len();
    told.rotate_left(places / 3);
    for (place, piece) in told.chunks(97).enumerate() {
        storage.keep_events(piece).await.unwrap();
        if place % 3 == 0 {
            storage.keep_events(piece).await.unwrap();
        }
        if place % 5 == 0 {
            team.names().await.unwrap();
        }
    }
    team
}

/// `insights` of a window and what facts must be, by `by`: of the command line, and of the team.
struct Asked<'a> {
    window: Option<(&'a str, &'a str)>,
    zone: &'a str,
    filter: &'a [(&'a str, &'a str)],
    by: &'a [(By, Option<By>)],
}

impl Asked<'_> {
    fn of_machine(&self, home: &Home) -> Value {
        let mut line: Vec<String> = ["insights", "--json", "--tz", self.zone].map(str::to_owned).to_vec();
        if let Some((since, until)) = self.window {
            line.extend(["--since", since, "--until", until].map(str::to_owned));
        }
        for (dimension, value) in self.filter {
            line.extend(["--where".to_owned(), format!("{}={value}", local(dimension))]);
        }
        for (one, other) in self.by {
            let other = other.map_or(String::new(), |other| format!(",{}", local(other.as_str())));
            line.extend(["--by".to_owned(), format!("{}{other}", local(one.as_str()))]);
        }
        let mut document = home.json(line);
        let document = document.as_object_mut().unwrap();
        document.remove("schema");
        // What an agent is to a team is the host on a machine.
        let by = document["by"].as_object_mut().unwrap();
        for name in by.keys().cloned().collect::<Vec<_>>() {
            let groups = by.remove(&name).unwrap();
            by.insert(
                name.split(',')
                    .map(|word| if word == "host" { "agent" } else { word })
                    .collect::<Vec<_>>()
                    .join(","),
                groups,
            );
        }
        by.values_mut().for_each(nothing_is_not_known);
        Value::Object(document.clone())
    }

    async fn of_team(&self, team: &Team) -> Value {
        let moment = |text: &str| UnixNanos(text.parse::<jiff::Timestamp>().unwrap().as_nanosecond() as i64);
        let filter =
            |name| self.filter.iter().find(|(of, _)| *of == name).map(|(_, value)| (*value).to_owned());
        let question = Question {
            since: self.window.map(|(since, _)| moment(since)),
            until: self.window.map(|(_, until)| moment(until)),
            zone: TimeZone::get(self.zone).unwrap(),
            by: self.by.to_vec(),
            filter: CellFilter {
                host: None,
                agent: filter("agent"),
                model: filter("model"),
                provider: filter("provider"),
                outcome: filter("outcome"),
            },
            top: 5,
        };
        let page = team.insights(&question).await.unwrap();
        assert_eq!(page.reports.as_ref().map(|reports| reports.total), Some(0));
        serde_json::to_value(page.insights).unwrap()
    }

    async fn compare(&self, what: &str, home: &Home, team: &Team) {
        let (mut machine, found) = (self.of_machine(home), self.of_team(team).await);
        if self.window.is_none() {
            machine["window"] = found["window"].clone();
        }
        if self.filter.iter().any(|(_, value)| *value == "(unknown)") {
            // No runs are named for what is not known.
            machine["top_runs"] = Value::Array(Vec::new());
        }
        assert_same(what, &near(&machine, found), &machine);
    }
}

/// Calls what is told as an empty text what a team calls it.
fn nothing_is_not_known(groups: &mut Value) {
    let name = |part: &str| if part.is_empty() { "(unknown)" } else { part }.to_owned();
    for group in groups.as_array_mut().unwrap() {
        let key = group["key"].as_str().unwrap().split(" / ").map(name).collect::<Vec<_>>().join(" / ");
        group["key"] = key.into();
        for part in group.get_mut("keys").and_then(Value::as_array_mut).into_iter().flatten() {
            *part = name(part.as_str().unwrap()).into();
        }
    }
}

/// A dimension in the words of the command line.
fn local(word: &str) -> &str {
    if word == "agent" { "host" } else { word }
}

/// A document with those percentiles of another in it that are within 1 % of its own.
fn near(machine: &Value, found: Value) -> Value {
    /// In milliseconds: what is shorter than a microsecond counts as one.
    const SHORTEST: f64 = 0.001;
    let is_percentile = |key: &str| matches!(key, "p50" | "p95" | "p99" | "max");
    let is_near = |expected: &Value, found: &Value| {
        let (Some(expected), Some(found)) = (expected.as_f64(), found.as_f64()) else { return false };
        (found - expected).abs() <= (expected * 0.01).max(SHORTEST)
    };
    match found {
        Value::Object(fields) => {
            let near = |(key, value): (String, Value)| {
                let expected = &machine[&key];
                let value = match is_percentile(&key) && is_near(expected, &value) {
                    true => expected.clone(),
                    false => near(expected, value),
                };
                (key, value)
            };
            Value::Object(fields.into_iter().map(near).collect::<Map<_, _>>())
        }
        Value::Array(items) => {
            Value::Array(items.into_iter().enumerate().map(|(at, item)| near(&machine[at], item)).collect())
        }
        other => other,
    }
}

const BY: [(By, Option<By>); 13] = [
    (By::Agent, None),
    (By::Model, None),
    (By::Provider, None),
    (By::Platform, None),
    (By::Entrypoint, None),
    (By::Kind, None),
    (By::Tool, None),
    (By::Outcome, None),
    (By::Day, None),
    (By::Model, Some(By::Outcome)),
    (By::Tool, Some(By::Model)),
    (By::Day, Some(By::Provider)),
    (By::Outcome, Some(By::Day)),
];

async fn same_numbers(team: &Team, home: &Home) {
    let all = Asked { window: None, zone: "UTC", filter: &[], by: &BY };
    all.compare("all", home, team).await;
    Asked { zone: "America/New_York", ..all }.compare("in a zone", home, team).await;
    for window in [
        ("2026-01-01T00:00:00Z", "2026-01-03T00:00:00Z"),
        ("2025-12-31T22:00:00Z", "2026-01-01T01:00:00Z"),
        ("2026-01-01T01:00:00Z", "2026-01-02T05:00:00Z"),
    ] {
        let what = format!("{window:?}");
        Asked { window: Some(window), ..all }.compare(&what, home, team).await;
    }
    for filter in [
        ("model", "claude-opus-4-5"),
        ("model", "(unknown)"),
        ("provider", "custom"),
        ("provider", "(unknown)"),
        ("outcome", "completed"),
        ("outcome", "errored"),
        ("agent", "hermes"),
        ("agent", "nobody"),
    ] {
        let what = format!("{filter:?}");
        Asked { filter: &[filter], ..all }.compare(&what, home, team).await;
    }
}

async fn same_runs(team: &Team, home: &Home) {
    let most = RunsAsked { most: usize::MAX, ..RunsAsked::default() };
    let mut runs = serde_json::to_value(team.runs(&most).await.unwrap()).unwrap();
    runs.as_array_mut().unwrap().reverse();
    let machine = home.runs();
    assert!(machine["runs"].as_array().unwrap().len() > 50);
    assert_same("runs", &runs, &machine["runs"]);
    for run in machine["runs"].as_array().unwrap() {
        let id = run["run_id"].as_str().unwrap();
        let mut shown = home.json(["show", id, "--json"]);
        shown.as_object_mut().unwrap().remove("schema");
        let found = serde_json::to_value(team.run(id).await.unwrap()).unwrap();
        assert_same(id, &found, &shown);
    }
}

/// All recorded sessions, as if their calls had gone to providers with prices: some at rates, some paid for by a plan, some of which
/// the provider said what they cost, and some of which nobody knows.
fn with_prices() -> Home {
    let (recorded, priced) = (Home::with(&Recording::all()), Home::new());
    for file in files_below(&recorded.telemetry().join("log")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let lines = text.lines().map(|line| with_price(line) + "\n").collect::<String>();
        priced.file(&format!("home/telemetry/log/{}", file.file_name().unwrap().to_str().unwrap()), lines);
    }
    priced
}

fn with_price(line: &str) -> String {
    let mut event: Value = serde_json::from_str(line).unwrap();
    if event["event"] == "model_call" {
        let digit = event["id"].as_str().unwrap().chars().last().unwrap();
        let (model, billing) = match digit {
            '0'..='5' => ("claude-opus-4-5", json!({})),
            '6'..='8' => ("claude-sonnet-4-5", json!({"included": true})),
            '9'..='b' => ("claude-sonnet-4-5", json!({"reported_nanos": 1_234_567})),
            _ => return line.to_owned(),
        };
        event["model"] = model.into();
        event["provider"] = "anthropic".into();
        event["billing"] = billing;
        event.as_object_mut().unwrap().remove("base_url");
    }
    event.to_string()
}

async fn same_documents(storage: Arc<dyn Storage>) {
    let home = with_prices();
    let team = team(storage, &home).await;
    let cost = Asked { window: None, zone: "UTC", filter: &[], by: &[] }.of_team(&team).await["cost"].take();
    for calls in ["estimated_calls", "actual_calls", "included_calls", "unknown_calls"] {
        assert!(cost[calls].as_u64() > Some(3), "{calls}: {cost:#}");
    }
    same_numbers(&team, &home).await;
    same_runs(&team, &home).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_answers_as_the_command_line_does() {
    let folder = tempfile::tempdir().unwrap();
    same_documents(Arc::new(Sqlite::open(&folder.path().join("collector.db")).await.unwrap())).await;
}

/// On a server that `scripts/with-postgres` starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn postgres_answers_as_the_command_line_does() {
    let Some(server) = std::env::var("TELEMETRY_TEST_POSTGRES").ok() else {
        assert!(
            std::env::var_os("CI").is_none(),
            "there is no PostgreSQL: run this under scripts/with-postgres"
        );
        println!("left out: there is no PostgreSQL (scripts/with-postgres starts one)");
        return;
    };
    let name = format!("team_{}", std::process::id());
    let on_server = async |sql: String| {
        let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    };
    on_server(format!("CREATE DATABASE {name}")).await;
    same_documents(postgres::open(&format!("{server}/{name}")).await.unwrap()).await;
    on_server(format!("DROP DATABASE {name} WITH (FORCE)")).await;
}
