use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};
use telemetry_core::content::Content;
use telemetry_core::conversation::{Conversations as _, Message, Origin, Session};
use telemetry_core::event::{Event, ToolCall};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::sink::Sink as _;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{Part, ToolStatus};
use telemetry_store::content::ContentWriter;
use telemetry_store::conversations::{HostDatabase, Recorded};
use telemetry_store::index::{Index, Patience};

use super::{Home, NEW_YEAR, home, run};

const TOOL: SpanId = SpanId(77);

/// The run and turn that `run(1, session, _)` in the harness records, and a tool call in it.
fn with_tool(session: &str) -> (RunId, SpanId, SpanId, Vec<Event>) {
    let id = RunId::of(ProcessId(1), session);
    let (turn, call) = (SpanId(id.0 as u64), SpanId(id.0 as u64 + 1));
    let tool = ToolCall {
        turn,
        span: TOOL,
        call: Some(call),
        tool: Name::new("terminal"),
        toolset: None,
        tool_call_id: Some(Name::new("call_1")),
        status: ToolStatus::Ok,
        error_type: None,
        duration_ns: None,
    };
    let mut events = run(1, session, true);
    events.push(Event::new(UnixNanos(NEW_YEAR + 5_000_000), id, &Key::new("t"), tool));
    (id, turn, call, events)
}

fn piece(ms: i64, run: RunId, span: SpanId, part: Part, body: &Value) -> Content {
    let body = serde_json::value::to_raw_value(body).unwrap();
    Content::new(UnixNanos(NEW_YEAR + ms * 1_000_000), run, span, part, 0, body)
}

fn say(home: &Home, content: &[Content]) {
    ContentWriter::new(home.layout.clone()).write(content).unwrap();
}

/// Everything that is told of a home, and what is said to be left out.
fn told(home: &Home) -> (Vec<Session>, Vec<Message>, Vec<String>) {
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    let host = HostDatabase::open(home.folder.path()).unwrap();
    let recorded = Recorded::new(index.connection(), &home.layout, host).unwrap();
    let (mut sessions, mut messages) = (Vec::new(), Vec::new());
    recorded
        .sessions(&mut |session| {
            sessions.push(session);
            true
        })
        .unwrap();
    recorded
        .messages(&mut |message| {
            messages.push(message);
            true
        })
        .unwrap();
    (sessions, messages, recorded.left_out())
}

/// A message in short: session, place, role, text and what else it has.
fn short(message: &Message) -> String {
    let mut said =
        format!("{} {} {}", message.session_id.as_deref().unwrap_or("-"), message.seq, message.role);
    for (name, value) in
        [("", &message.content), ("args=", &message.arguments), ("thought=", &message.reasoning)]
    {
        if let Some(value) = value {
            said += &format!(" {name}{value}");
        }
    }
    for call in &message.tool_calls {
        said +=
            &format!(" call={}:{}", call.id.as_deref().unwrap_or("-"), call.name.as_deref().unwrap_or("-"));
    }
    if let (Some(tool), Some(id)) = (&message.tool_name, &message.tool_call_id) {
        said += &format!(" of={tool}:{id}");
    }
    said
}

fn shorts(messages: &[Message]) -> Vec<String> {
    messages.iter().map(short).collect()
}

#[test]
fn pieces_become_the_messages_of_a_conversation() {
    let home = home();
    let (run, turn, call, events) = with_tool("s");
    home.write(&events);
    let earlier = json!([
        {"role": "user", "content": "long ago"},
        {"role": "assistant", "content": null, "tool_calls": [{"id": "c0", "function": {"name": "ls", "arguments": "{}"}}]},
        {"role": "tool", "content": "a b", "tool_call_id": "c0", "name": "ls"},
        {"role": "user", "content": "clean up"},
    ]);
    let answer = json!({"role": "assistant", "content": "", "tool_calls": [
        {"id": "call_1", "type": "function", "function": {"name": "terminal", "arguments": "{\"command\":\"rm x\"}"}}]});
    say(
        &home,
        &[
            piece(2, run, turn, Part::UserMessage, &json!("clean up")),
            piece(3, run, call, Part::SystemPrompt, &json!("be good")),
            piece(3, run, call, Part::ToolDefinitions, &json!([{"name": "terminal"}])),
            piece(3, run, call, Part::RequestMessages, &earlier),
            piece(4, run, call, Part::AssistantMessage, &answer),
            piece(4, run, call, Part::Reasoning, &json!("it asked")),
            piece(5, run, TOOL, Part::ToolArguments, &json!({"command": "rm x"})),
            piece(5, run, TOOL, Part::ToolResult, &json!("done")),
            piece(6, run, call, Part::RequestMessages, &json!([{"role": "tool", "content": "done"}])),
            piece(7, run, SpanId(99), Part::SubagentGoal, &json!("go on")),
            piece(8, run, turn, Part::FinalAnswer, &json!("never repeated")),
        ],
    );
    let (sessions, messages, left_out) = told(&home);
    assert_eq!(
        shorts(&messages),
        [
            r#"s 0 system "be good""#,
            r#"s 1 tool_definitions [{"name":"terminal"}]"#,
            r#"s 2 user "long ago""#,
            r#"s 3 assistant call=c0:ls"#,
            r#"s 4 tool "a b" of=ls:c0"#,
            r#"s 5 user "clean up""#,
            r#"s 6 assistant "" thought="it asked" call=call_1:terminal"#,
            r#"s 7 tool "done" args={"command":"rm x"} of=terminal:call_1"#,
            r#"s 8 subagent_goal "go on""#,
        ]
    );
    let tool = &messages[7];
    assert_eq!((tool.run, tool.turn, tool.span), (Some(run), Some(turn), Some(TOOL)));
    assert_eq!((tool.content_bytes, tool.arguments_bytes), (Some(4), Some(18)));
    assert_eq!(messages[6].turn, Some(turn), "the turn of a model call is looked up");
    let [session] = &sessions[..] else { panic!("{sessions:?}") };
    assert_eq!((session.origin, &session.runs[..]), (Origin::Content, &[run][..]));
    assert_eq!(
        (session.counts.turns, session.counts.model_calls, session.counts.tool_calls),
        (Some(1), Some(1), Some(1))
    );
    assert_eq!(left_out, [] as [String; 0]);
}

/// A turn whose answers nobody saw still has its last; a session killed before its first request, its question.
#[test]
fn what_came_to_no_answer_is_told_too() {
    let home = home();
    let (run, turn, _, events) = with_tool("s");
    home.write(&events);
    let stranger = RunId(5);
    say(
        &home,
        &[
            piece(2, run, turn, Part::UserMessage, &json!("a")),
            piece(2, stranger, SpanId(6), Part::UserMessage, &json!("b")),
            piece(8, run, turn, Part::FinalAnswer, &json!("c")),
            piece(9, run, SpanId(7), Part::UserMessage, &json!("d")),
        ],
    );
    let (_, messages, _) = told(&home);
    assert_eq!(
        shorts(&messages),
        [r#"s 0 user "a""#, r#"s 1 assistant "c""#, r#"s 2 user "d""#, r#"- 0 user "b""#]
    );
    assert_eq!(messages[3].run, Some(stranger), "its events are gone: what is left is the run");
}

/// The host's schema as of 0.19.0, as far as it matters, with rows in it.
fn host(home: &Home, sql: &str) -> Connection {
    let host = Connection::open(home.folder.path().join("state.db")).unwrap();
    host.execute_batch(sql).unwrap();
    host
}

const HOST: &str = r#"
    PRAGMA journal_mode = WAL;
    CREATE TABLE sessions (id TEXT PRIMARY KEY, source TEXT, model TEXT, title TEXT, started_at REAL, ended_at REAL,
        message_count INTEGER, tool_call_count INTEGER, api_call_count INTEGER, cwd TEXT);
    CREATE TABLE messages (id INTEGER PRIMARY KEY AUTOINCREMENT, session_id TEXT, role TEXT, content TEXT, tool_call_id TEXT,
        tool_calls TEXT, tool_name TEXT, timestamp REAL, reasoning TEXT, reasoning_content TEXT, active INTEGER);
    INSERT INTO sessions VALUES ('a', 'cli', 'm', 'Of old', 1767225500.25, 1767225501.0, 4, 1, 2, '/secret/path'),
        ('s', 'tui', 'n', 'In both', 1767225500.0, NULL, 2, 0, 1, NULL);
    INSERT INTO messages (session_id, role, content, tool_call_id, tool_calls, tool_name, timestamp, reasoning, active) VALUES
        ('a', 'user', 'read it', NULL, NULL, NULL, 1767225500.5, NULL, 1),
        ('s', 'user', 'in both', NULL, NULL, NULL, 1767225500.5, NULL, 1),
        ('a', 'assistant', '', NULL, '[{"id":"c","function":{"name":"read_file","arguments":"{}"}}]', NULL, 1767225501, 'hm', 1),
        ('a', 'tool', char(0) || 'json:[{"type":"text","text":"x"}]', 'c', NULL, 'read_file', 1767225502, NULL, 0);
"#;

#[test]
fn what_the_host_kept_is_told_of_sessions_that_were_not_recorded() {
    let home = home();
    let (run, turn, _, events) = with_tool("s");
    home.write(&events);
    // Open, and in the middle of a write, as inside a host that runs.
    let host = host(&home, HOST);
    host.execute_batch("BEGIN IMMEDIATE; INSERT INTO messages (session_id, role) VALUES ('a', 'unfinished')")
        .unwrap();
    let (sessions, messages, left_out) = told(&home);
    assert_eq!(
        shorts(&messages),
        [
            r#"a 0 user "read it""#,
            r#"s 0 user "in both""#,
            r#"a 1 assistant "" thought="hm" call=c:read_file"#,
            r#"a 2 tool [{"text":"x","type":"text"}] of=read_file:c"#,
        ]
    );
    assert!(messages.iter().all(|message| message.origin == Origin::Host));
    assert_eq!(
        messages.iter().map(|message| message.active).collect::<Vec<_>>(),
        [None, None, None, Some(false)]
    );
    assert_eq!(messages[0].ts, UnixNanos(NEW_YEAR - 99_500_000_000));
    let known: Vec<_> = sessions
        .iter()
        .map(|session| {
            let title = session.title.as_ref().and_then(Value::as_str);
            (session.session_id.as_str(), session.origin, title, session.runs.len(), session.counts.messages)
        })
        .collect();
    assert_eq!(
        known,
        [("a", Origin::Host, Some("Of old"), 0, Some(4)), ("s", Origin::Host, Some("In both"), 1, Some(2)),]
    );
    assert_eq!(sessions[1].platform.as_deref(), Some("cli"), "what we recorded comes first");
    assert_eq!(
        sessions[1].start_ns,
        Some(UnixNanos(NEW_YEAR - 100_000_000_000)),
        "it is older than its recording"
    );
    assert!(!format!("{sessions:?}{messages:?}").contains("/secret/path"));
    assert_eq!(left_out, [] as [String; 0]);

    // Once it was recorded what the host kept of it would tell it twice.
    say(&home, &[piece(2, run, turn, Part::UserMessage, &json!("in both"))]);
    let (sessions, messages, _) = told(&home);
    assert_eq!(messages.iter().filter(|message| message.content == Some("in both".into())).count(), 1);
    assert_eq!(
        sessions.iter().map(|session| session.origin).collect::<Vec<_>>(),
        [Origin::Host, Origin::Content]
    );
    assert_eq!(sessions[1].title, Some("In both".into()), "only the host knows its title");
}

/// More rows than a page, and more bytes.
#[test]
fn every_page_of_the_host_is_read() {
    let home = home();
    host(
        &home,
        "CREATE TABLE sessions (id TEXT PRIMARY KEY); CREATE TABLE messages (session_id TEXT, role TEXT, content TEXT);
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
         INSERT INTO sessions SELECT printf('%04d', i) FROM n;
         WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999)
         INSERT INTO messages SELECT printf('%04d', i), 'user', CASE i % 100 WHEN 0 THEN hex(zeroblob(3000000)) ELSE i END FROM n",
    );
    let (sessions, messages, _) = told(&home);
    assert_eq!((sessions.len(), messages.len()), (1000, 1000));
    assert!(sessions.iter().map(|session| &session.session_id).is_sorted());
    let of: Vec<_> = messages.iter().map(|message| message.session_id.clone().unwrap()).collect();
    assert_eq!(of, (0..1000).map(|i| format!("{i:04}")).collect::<Vec<_>>());
}

/// An older or newer schema gives what it has, whatever its types.
#[test]
fn a_schema_of_another_version_gives_what_it_has() {
    for (sql, sessions_told, messages_told) in [
        ("CREATE TABLE sessions (id TEXT, novel TEXT); INSERT INTO sessions VALUES ('old', 1)", 1, 0),
        ("CREATE TABLE messages (session_id TEXT); INSERT INTO messages VALUES ('old')", 0, 1),
        (
            "CREATE TABLE sessions (id TEXT, title BLOB, started_at TEXT, message_count REAL);
             INSERT INTO sessions VALUES ('odd', x'00ff', 'soon', 1.5);
             CREATE TABLE messages (session_id TEXT, role INT, content BLOB, timestamp TEXT, tool_calls INT, active TEXT);
             INSERT INTO messages VALUES ('odd', 7, x'ff', 'then', 3, 'no'), (NULL, NULL, NULL, NULL, NULL, NULL)",
            1,
            2,
        ),
    ] {
        let home = home();
        host(&home, sql);
        let (sessions, messages, left_out) = told(&home);
        assert_eq!((sessions.len(), messages.len()), (sessions_told, messages_told), "{sql}");
        assert_eq!(left_out, [] as [String; 0], "{sql}");
    }
}

#[test]
fn a_host_database_that_cannot_be_read_is_a_sentence_and_no_failure() {
    let why = |prepare: &dyn Fn(&std::path::Path)| {
        let home = home();
        prepare(&home.folder.path().join("state.db"));
        HostDatabase::open(home.folder.path()).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(why(&|_| {}), "", "none at all is none");
    for (sentence, prepare) in [
        (
            "is not a database",
            &(|path: &std::path::Path| fs::write(path, [b'x'; 8192]).unwrap()) as &dyn Fn(&_),
        ),
        ("I/O error", &|path| fs::create_dir(path).unwrap()),
        ("no table of sessions or messages", &|path| fs::write(path, "").unwrap()),
        ("unable to open", &|path| std::os::unix::fs::symlink("nowhere", path).unwrap()),
    ] {
        let said = why(prepare);
        assert!(said.contains("state.db") && said.contains(sentence), "{sentence}: {said}");
    }
}

/// A writer that never ends keeps us out of a database without write-ahead log: two seconds, then a sentence.
#[test]
fn a_locked_host_database_is_a_sentence_and_no_failure() {
    let home = home();
    let host = host(&home, &HOST.replace("WAL", "DELETE"));
    let opened = HostDatabase::open(home.folder.path()).unwrap();
    host.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let error = HostDatabase::open(home.folder.path()).err().unwrap().to_string();
    assert!(error.contains("locked"), "{error}");
    // Locked in between: what was told stays, and the rest is said to be missing.
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    let recorded = Recorded::new(index.connection(), &home.layout, opened).unwrap();
    recorded.messages(&mut |_| true).unwrap();
    let left_out = recorded.left_out();
    assert!(left_out.len() == 1 && left_out[0].contains("locked"), "{left_out:?}");
}

#[test]
fn nothing_of_the_hosts_database_changes() {
    let home = home();
    drop(host(&home, HOST));
    let before = fs::read(home.folder.path().join("state.db")).unwrap();
    told(&home);
    assert_eq!(fs::read(home.folder.path().join("state.db")).unwrap(), before);
}

/// Whoever takes records may have enough of them at any moment.
#[test]
fn a_reader_who_stops_is_asked_no_more() {
    let home = home();
    let (run, turn, _, events) = with_tool("s");
    home.write(&events);
    host(&home, HOST);
    say(
        &home,
        &[
            piece(2, run, turn, Part::UserMessage, &json!("a")),
            piece(8, run, turn, Part::FinalAnswer, &json!("b")),
        ],
    );
    let (all_sessions, all_messages, _) = told(&home);
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    let host = HostDatabase::open(home.folder.path()).unwrap();
    let recorded = Recorded::new(index.connection(), &home.layout, host).unwrap();
    for most in 1..=all_messages.len() {
        let mut asked = 0;
        recorded
            .messages(&mut |_| {
                asked += 1;
                asked < most
            })
            .unwrap();
        assert_eq!(asked, most);
    }
    for most in 1..=all_sessions.len() {
        let mut asked = 0;
        recorded
            .sessions(&mut |_| {
                asked += 1;
                asked < most
            })
            .unwrap();
        assert_eq!(asked, most);
    }
}
