//! The database as an analyst sees it: the field's names for tables and columns (D2), filled from what happened.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use telemetry_tests::json::assert_same;
use telemetry_tests::oracle::{Oracle, Run};
use telemetry_tests::{Home, Recording};

const TABLES: [(&str, &str); 10] = [
    (
        "tel_runs",
        "run_id trace_id session_id profile_id entrypoint platform start_ns end_ns end_reason model_call_count \
         tool_call_count error_count estimated_cost_usd cost_status schema_v",
    ),
    ("tel_spans", "span_id trace_id run_id parent_span_id name kind start_ns end_ns status attrs_json"),
    (
        "tel_model_calls",
        "span_id run_id provider model base_url input_tokens output_tokens cache_read_tokens cache_write_tokens \
         reasoning_tokens latency_ms ttft_ms estimated_cost_usd cost_status cost_source end_reason retry_count",
    ),
    ("tel_tool_calls", "span_id run_id tool_name backend duration_ms result_class retry_count approval"),
    ("tel_gateway_events", "run_id ts_ns platform direction result voice attachments"),
    ("tel_cron_events", "run_id ts_ns kind result"),
    ("tel_skill_events", "run_id ts_ns action skill_name"),
    ("tel_memory_events", "run_id ts_ns action result"),
    ("tel_feedback_events", "run_id ts_ns kind"),
    ("tel_error_events", "run_id ts_ns error_class subsystem recovery"),
];

fn open(home: &Home) -> Connection {
    home.runs();
    Connection::open_with_flags(home.telemetry().join("telemetry.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)
        .unwrap()
}

fn number(database: &Connection, query: &str) -> i64 {
    database.query_row(query, [], |row| row.get(0)).unwrap_or_else(|e| panic!("{query}: {e}"))
}

fn texts(database: &Connection, query: &str) -> Vec<String> {
    let mut statement = database.prepare(query).unwrap_or_else(|e| panic!("{query}: {e}"));
    let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0)).unwrap();
    rows.map(|text| text.unwrap().unwrap_or_else(|| "null".to_owned())).collect()
}

fn counts(database: &Connection, query: &str) -> Value {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    texts(database, query).into_iter().for_each(|text| *counts.entry(text).or_default() += 1);
    json!(counts)
}

#[test]
fn all_ten_tables_have_their_columns() {
    for home in [Home::new(), Home::with([&Recording::named("tool")])] {
        home.replay([&Recording::named("plain")]);
        let database = open(&home);
        for (table, columns) in TABLES {
            let query = format!("SELECT name FROM pragma_table_info('{table}')");
            let shown: BTreeSet<String> = texts(&database, &query).into_iter().collect();
            let missing: Vec<&str> =
                columns.split_whitespace().filter(|column| !shown.contains(*column)).collect();
            assert!(missing.is_empty(), "{table} has no {missing:?}: {shown:?}");
            number(&database, &format!("SELECT count(*) FROM {table}"));
        }
    }
}

#[test]
fn tables_hold_what_the_recordings_say() {
    let recordings = Recording::all();
    let oracle = Oracle::of_all(&recordings);
    let home = Home::with(&recordings);
    let database = open(&home);
    let is = |query: &str, expected: u64| assert_eq!(number(&database, query), expected as i64, "{query}");

    is("SELECT count(*) FROM tel_runs", oracle.runs.len() as u64);
    is("SELECT count(DISTINCT run_id) FROM tel_runs", oracle.runs.len() as u64);
    is("SELECT sum(model_call_count) FROM tel_runs", oracle.runs.iter().map(Run::model_calls).sum());
    is("SELECT sum(tool_call_count) FROM tel_runs", oracle.tools().count() as u64);
    is(
        "SELECT sum(error_count) FROM tel_runs",
        oracle.runs.iter().map(|run| run.errors().len() as u64).sum(),
    );
    is("SELECT count(*) FROM tel_model_calls", oracle.answered().count() as u64);
    for bucket in ["input", "output", "cache_read", "cache_write", "reasoning"] {
        let expected = oracle.runs.iter().map(|run| run.tokens()[bucket]).sum();
        is(&format!("SELECT sum({bucket}_tokens) FROM tel_model_calls"), expected);
    }
    // No price, no cost; never zero.
    is("SELECT count(*) FROM tel_model_calls WHERE estimated_cost_usd IS NOT NULL", 0);
    is("SELECT count(*) FROM tel_model_calls WHERE cost_status <> 'unknown'", 0);
    is("SELECT count(*) FROM tel_model_calls WHERE ttft_ms IS NOT NULL", 0);

    let mut statuses: BTreeMap<&str, u64> = BTreeMap::new();
    oracle.tools().for_each(|(_, status, _)| *statuses.entry(status).or_default() += 1);
    assert_same("tools", &counts(&database, "SELECT result_class FROM tel_tool_calls"), &json!(statuses));

    let failed: usize = oracle.runs.iter().map(Run::failed_attempts).sum();
    is("SELECT count(*) FROM tel_error_events WHERE subsystem = 'provider'", failed as u64);
    is("SELECT count(*) FROM tel_gateway_events WHERE platform = 'webhook'", 1);
    assert!(number(&database, "SELECT count(*) FROM tel_cron_events") > 0);
    assert!(number(&database, "SELECT count(*) FROM tel_feedback_events") > 0);
    let surfaces = oracle.runs.iter().map(|run| run.entrypoint().to_owned()).collect::<BTreeSet<_>>();
    let shown: BTreeSet<String> =
        texts(&database, "SELECT DISTINCT entrypoint FROM tel_runs").into_iter().collect();
    assert_eq!(shown, surfaces);
}

/// What no hook says: what started a process, what kind of work its runs are, and which set a tool is in.
#[test]
fn each_recording_has_its_commands_kinds_and_toolsets() {
    let mut seen = BTreeSet::new();
    for recording in Recording::all() {
        let oracle = Oracle::of(&recording);
        let home = Home::with([&recording]);
        let database = open(&home);
        let shown = texts(
            &database,
            "SELECT session_id || ' ' || coalesce(command, '-') || ' ' || coalesce(kind, '-') FROM tel_runs",
        );
        let row = |run: &Run| {
            seen.extend(run.kind());
            format!("{} {} {}", run.session, run.command().unwrap_or("-"), run.kind().unwrap_or("-"))
        };
        let sorted = |mut rows: Vec<String>| {
            rows.sort();
            rows
        };
        assert_eq!(sorted(shown), sorted(oracle.runs.iter().map(row).collect()), "{}", recording.name);
        let set = |tool: &str| match tool {
            "read_file" => "file",
            "terminal" => "terminal",
            "delegate_task" => "delegation",
            _ => panic!("no rule for {tool}"),
        };
        let sets = oracle.tools().map(|(tool, ..)| set(tool).to_owned()).collect();
        let shown = texts(&database, "SELECT toolset FROM tel_tool_calls");
        assert_eq!(sorted(shown), sorted(sets), "{}", recording.name);
    }
    assert_eq!(seen, ["batch", "cron", "gateway", "interactive", "one-shot", "subagent"].into());
}

/// A memory or skill tool leaves its trace in the table of that name.
#[test]
fn memory_and_skill_tables_are_filled_from_tools() {
    for (tool, table) in [("memory", "tel_memory_events"), ("skill_view", "tel_skill_events")] {
        let home = Home::new();
        let text = Recording::named("tool").lines.join("\n").replace("\"read_file\"", &format!("\"{tool}\""));
        home.replay([&Recording::open(&home.file("tool.jsonl", text))]);
        assert_eq!(number(&open(&home), &format!("SELECT count(*) FROM {table}")), 1, "{table}");
    }
}

/// Spans are trees: each has a parent in its trace or is a root, lies in its parent's run or a run below, and a
/// subagent's run is in the trace of the run that started it.
#[test]
fn spans_are_trees() {
    let home = Home::with(&Recording::all());
    let database = open(&home);
    let none = |query: &str| assert_eq!(texts(&database, query), [] as [&str; 0], "{query}");
    none("SELECT span_id FROM tel_spans GROUP BY span_id, run_id HAVING count(*) > 1");
    none(
        "SELECT s.name FROM tel_spans s WHERE parent_span_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM tel_spans p WHERE p.span_id = s.parent_span_id AND p.trace_id = s.trace_id)",
    );
    none(
        "SELECT r.run_id FROM tel_runs r JOIN tel_runs p ON p.run_id = r.parent_run_id WHERE r.trace_id <> p.trace_id",
    );
    none(
        "SELECT s.name FROM tel_spans s WHERE NOT EXISTS (SELECT 1 FROM tel_runs r WHERE r.run_id = s.run_id)",
    );
    none("SELECT name FROM tel_spans WHERE end_ns < start_ns");
    none("SELECT name FROM tel_spans WHERE attrs_json IS NULL OR NOT json_valid(attrs_json)");
    none(
        "SELECT trace_id FROM tel_spans WHERE parent_span_id IS NULL GROUP BY trace_id HAVING count(*) <> 1",
    );
    // Nothing is null, not an empty text.
    for (table, column) in
        [("tel_spans", "parent_span_id"), ("tel_runs", "parent_run_id"), ("tel_gateway_events", "run_id")]
    {
        none(&format!("SELECT {column} FROM {table} WHERE {column} = ''"));
    }
    // Nor an id of zeros.
    for (table, column) in [("tel_tool_calls", "call_span_id"), ("tel_subagents", "turn_span_id")] {
        none(&format!("SELECT {column} FROM {table} WHERE {column} = '0000000000000000'"));
    }
    let roots = number(&database, "SELECT count(*) FROM tel_spans WHERE parent_span_id IS NULL");
    let subagents: usize =
        Recording::all().iter().map(|recording| Oracle::of(recording).subagents.len()).sum();
    let runs = number(&database, "SELECT count(*) FROM tel_runs");
    assert_eq!(roots, runs - subagents as i64, "one root for each run that is no subagent");
}

/// The database of a version to come is opened, and never taken back.
#[test]
fn a_newer_database_is_opened_and_not_downgraded() {
    let home = Home::with(&Recording::all());
    let before = home.answers();
    let version = {
        let database = Connection::open(home.telemetry().join("telemetry.db")).unwrap();
        database.execute("UPDATE tel_schema SET version = version + 900", []).unwrap();
        database.execute("CREATE TABLE of_tomorrow (x)", []).unwrap();
        number(&database, "SELECT max(version) FROM tel_schema")
    };
    assert_same("with a newer database", &home.answers(), &before);
    home.replay([&Recording::named("tool")]);
    let database = open(&home);
    assert_eq!(number(&database, "SELECT max(version) FROM tel_schema"), version);
    assert_eq!(number(&database, "SELECT count(*) FROM of_tomorrow"), 0);
}

/// The old index is rebuilt when it cannot be brought up: here one without a version, as left by a torn first start.
#[test]
fn a_database_without_our_tables_is_filled() {
    let home = Home::with([&Recording::named("tool")]);
    let before = home.answers();
    let path = home.telemetry().join("telemetry.db");
    for file in [path.clone(), path.with_extension("db-wal"), path.with_extension("db-shm")] {
        let _ = std::fs::remove_file(file);
    }
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1);")
        .unwrap();
    assert_same("filled", &home.answers(), &before);
    assert_eq!(number(&open(&home), "SELECT count(*) FROM theirs"), 1, "what is not ours stays");
}
