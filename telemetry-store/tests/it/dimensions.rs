//! What facts are grouped by and no single event says: the command of their process and the kind of their run.

use telemetry_core::cost::Prices;
use telemetry_core::event::{Body, Event, RunUpdated, SubagentStarted, ToolCall};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{Command, Entrypoint, ToolStatus};
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::{Dimension, Grouping, Question, TimeZone, Window, insights};

use super::versions::become_older;
use super::{Home, NEW_YEAR, home, process_started, run};

/// Process 1 was started for one question and has a run whose surface is told late; process 2, of which nobody knows what
/// started it, has a run that is delegated to, and one of a surface that says enough by itself.
fn events() -> Vec<Event> {
    let at = |ms: i64| UnixNanos(NEW_YEAR + ms * 1_000_000);
    let mut started = process_started(1, 1, None, None);
    if let Body::ProcessStarted(started) = &mut started.body {
        started.command = Some(Command::ChatQuery);
    }
    let mut asked = run(1, "asked", true);
    if let Body::RunStarted(started) = &mut asked[0].body {
        started.entrypoint = None;
    }
    let asked_run = RunId::of(ProcessId(1), "asked");
    let known = RunUpdated { platform: None, entrypoint: Some(Entrypoint::Cli), model: None };
    asked.push(Event::new(at(3), asked_run, &Key::new("known"), known));
    let tool = |number: u64, name: &str, toolset: Option<&str>| {
        let body = ToolCall {
            turn: SpanId(asked_run.0 as u64),
            span: SpanId(number),
            call: None,
            tool: name.into(),
            toolset: toolset.map(Into::into),
            tool_call_id: None,
            status: ToolStatus::Ok,
            error_type: None,
            duration_ns: None,
        };
        Event::new(at(4), asked_run, &Key::new("tool").number(number), body)
    };
    asked.extend([tool(1, "read_file", Some("file")), tool(2, "own", Some("file")), tool(3, "own", None)]);

    let delegated = SubagentStarted {
        child: RunId::of(ProcessId(2), "child"),
        child_session_id: "child".into(),
        turn: None,
        subagent_id: None,
        role: None,
    };
    let mut parent = run(2, "parent", true);
    if let Body::RunStarted(started) = &mut parent[0].body {
        started.entrypoint = Some(Entrypoint::Webhook);
    }
    parent.push(Event::new(at(5), RunId::of(ProcessId(2), "parent"), &Key::new("delegated"), delegated));
    let second = process_started(2, 2, None, None);
    let rest = [asked, parent, run(2, "child", true), run(2, "unsaid", true)].into_iter().flatten();
    [started, second].into_iter().chain(rest).collect()
}

const RUNS: [&str; 4] = [
    "asked Some(\"chat -q\") Some(\"one-shot\")",
    "child None Some(\"subagent\")",
    "parent None Some(\"gateway\")",
    "unsaid None None",
];
const TOOLS: [&str; 3] = ["own None", "own Some(\"file\")", "read_file Some(\"file\")"];

fn rows(index: &Index, sql: &str) -> Vec<String> {
    let mut statement = index.connection().prepare(sql).unwrap();
    let columns = statement.column_count();
    let row = |row: &rusqlite::Row<'_>| {
        let name: String = row.get(0)?;
        let rest = (1..columns).map(|column| Ok(format!(" {:?}", row.get::<_, Option<String>>(column)?)));
        Ok(name + &rest.collect::<rusqlite::Result<String>>()?)
    };
    let mut rows: Vec<String> = statement.query_map([], row).unwrap().collect::<Result<_, _>>().unwrap();
    rows.sort();
    rows
}

fn open(home: &Home) -> Index {
    Index::open(home.layout.clone(), Patience::Person).unwrap()
}

fn assert_known(index: &Index, order: &str) {
    assert_eq!(rows(index, "SELECT session_id, command, kind FROM tel_runs"), RUNS, "{order}");
    assert_eq!(rows(index, "SELECT tool_name, toolset FROM tel_tool_calls"), TOOLS, "{order}");
}

#[test]
fn command_kind_and_toolset_are_known_in_whatever_order_they_are_told() {
    let events = events();
    for turn in 0..events.len() {
        let mut order = events.clone();
        order.rotate_left(turn);
        if turn % 2 == 1 {
            order.reverse();
        }
        // All at once, one by one, and in pieces of a few, each a transaction of its own.
        for piece in [order.len(), 1, 5] {
            let home = home();
            let mut index = open(&home);
            for piece in order.chunks(piece) {
                home.write(piece);
                index.catch_up(None).unwrap();
            }
            assert_known(&index, &format!("{piece} from {turn}"));
        }
    }
}

#[test]
fn questions_are_answered_by_command_kind_and_toolset() {
    let home = home();
    home.write(&events());
    let mut index = open(&home);
    index.catch_up(None).unwrap();
    let groups = |dimension: Dimension| -> Vec<(String, u64, u64)> {
        let by = vec![Grouping::One(dimension)];
        let question = Question { by, ..Question::page(Window::default(), TimeZone::UTC) };
        let answers = insights(index.connection(), &question).unwrap();
        let mut groups: Vec<_> = answers.by[dimension.as_str()]
            .iter()
            .map(|group| {
                (
                    group.key.clone(),
                    group.runs.as_ref().map_or(0, |runs| runs.total),
                    group.tool_calls.unwrap_or(0),
                )
            })
            .collect();
        groups.sort();
        groups
    };
    let group = |key: &str, runs: u64, tools: u64| (key.to_owned(), runs, tools);
    assert_eq!(groups(Dimension::Command), [group("(unknown)", 3, 0), group("chat -q", 1, 3)]);
    assert_eq!(
        groups(Dimension::Kind),
        [group("(unknown)", 1, 0), group("gateway", 1, 0), group("one-shot", 1, 3), group("subagent", 1, 0)]
    );
    assert_eq!(groups(Dimension::Toolset), [group("(unknown)", 0, 1), group("file", 0, 2)]);
}

/// What an older version wrote has the kinds its surfaces tell; the rest comes with an index made anew.
#[test]
fn an_older_index_gets_the_kinds_that_its_rows_tell() {
    let home = home();
    home.write(&events());
    open(&home).catch_up(None).unwrap();
    become_older(&home, 3);
    let index = open(&home);
    let kinds = [
        "asked None None",
        "child None Some(\"subagent\")",
        "parent None Some(\"gateway\")",
        "unsaid None None",
    ];
    assert_eq!(rows(&index, "SELECT session_id, command, kind FROM tel_runs"), kinds);
    drop(index);
    Index::rebuild(&home.layout, Prices::default(), &mut |_| {}).unwrap();
    assert_known(&open(&home), "anew");
}
