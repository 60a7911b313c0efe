//! A secret of its own is planted in every place that one can come from, and every command is asked: exactly which
//! outputs may hold it is a table.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rusqlite::Connection;
use serde_json::Value;
use telemetry_tests::home::files_below;
use telemetry_tests::{Home, Output, Recording};

/// Every command, in text and as a document, and such as fail. `RUN` and `FILE` are put in.
const COMMANDS: &[&str] = &[
    "insights",
    "insights --json",
    "insights --by tool",
    "insights --by model",
    "insights --csv",
    "insights --csv --by tool",
    "insights --csv --by model",
    "runs",
    "runs --csv",
    "runs --json",
    "show RUN",
    "show RUN --json",
    "show nothing-like-it",
    "tail --no-follow --lines 1000",
    "tail --no-follow --lines 1000 --json",
    "report --html -",
    "report --html - --top 3 --where platform=cli",
    // Not a terminal: it refuses.
    "top",
    "status",
    "status --json",
    "budget",
    "budget --json",
    "budget --csv",
    "sql --tables",
    "sql select(model)from(tel_model_calls)",
    "sql select(title)from(host.sessions)",
    "preview --days 36500",
    "preview --days 36500 --json",
    "doctor",
    "doctor --json",
    "export --out -",
    "export --out - --format json",
    "export --out - --include-content",
    "export --out - --include-content --format json",
    "export --out /nowhere/at/all",
    "export --out - --since never",
    "replay FILE",
    "replay /nowhere/at/all",
    "demo",
    "insights --tz Mars/Olympus",
    "no-such-command",
    "redact",
    "redact --pii --report",
    "reindex",
    "reprice --dry-run",
    "reprice --json",
    "prune --dry-run",
    // What would go on is asked for what it refuses.
    "serve --listen 192.0.2.1:8686",
    "collector key list",
    "collector serve --listen 192.0.2.1:8787 --tls-cert FILE",
    // Last: it removes what the recordings told.
    "prune",
];

/// Where what is content, or opens something, may be seen: nowhere.
const NOWHERE: &[&str] = &[];

/// Where a model's name may be seen.
const MODEL: &[&str] = &[
    "export --out -",
    "export --out - --format json",
    "export --out - --include-content",
    "export --out - --include-content --format json",
    "insights",
    "insights --by model",
    "insights --csv --by model",
    "insights --json",
    "preview --days 36500",
    "preview --days 36500 --json",
    "report --html -",
    "report --html - --top 3 --where platform=cli",
    "runs --csv",
    "runs --json",
    "show RUN",
    "show RUN --json",
    "tail --no-follow --lines 1000",
    "tail --no-follow --lines 1000 --json",
    "sql select(model)from(tel_model_calls)",
];
/// Where the title of a session in the host's own database may be seen: by its owner, who asks for it.
const TITLE: &[&str] = &["sql select(title)from(host.sessions)"];
/// Where a tool's name may be seen.
const TOOL: &[&str] = &[
    "export --out -",
    "export --out - --format json",
    "export --out - --include-content",
    "export --out - --include-content --format json",
    "insights",
    "insights --by tool",
    "insights --csv --by tool",
    "insights --json",
    "preview --days 36500",
    "preview --days 36500 --json",
    "report --html -",
    "report --html - --top 3 --where platform=cli",
    "show RUN",
    "show RUN --json",
    "tail --no-follow --lines 1000",
    "tail --no-follow --lines 1000 --json",
];
/// Where a session's id may be seen.
const SESSION: &[&str] = &[
    "export --out -",
    "export --out - --format json",
    "export --out - --include-content",
    "export --out - --include-content --format json",
    "insights --json",
    "runs --csv",
    "runs --json",
    "show RUN",
    "show RUN --json",
    "tail --no-follow --lines 1000",
    "tail --no-follow --lines 1000 --json",
];
/// Where the type of an error may be seen.
const ERROR: &[&str] = &[
    "export --out -",
    "export --out - --format json",
    "export --out - --include-content",
    "export --out - --include-content --format json",
    "tail --no-follow --lines 1000 --json",
];

/// Where a line of the log may be seen as it is: on the machine whose log it is, by who asks for lines.
const LINE: &[&str] = &["tail --no-follow --lines 1000 --json"];

/// What is planted where, and which commands may show it. Ids and names are structure, and shown as such: a host that
/// puts a secret into one is beyond help here.
const PLANTED: &[(&str, &str, &[&str])] = &[
    ("value of an environment variable", "ENVIRONMENT", NOWHERE),
    ("value of a variable that holds a header", "HEADERVARIABLE", NOWHERE),
    ("user of the endpoint", "ENDPOINTUSER", NOWHERE),
    ("password of the endpoint", "ENDPOINTPASSWORD", NOWHERE),
    ("path of the endpoint", "ENDPOINTPATH", NOWHERE),
    ("query of the endpoint", "ENDPOINTQUERY", NOWHERE),
    ("header in the place of a variable's name", "HEADERITSELF", NOWHERE),
    ("key in the place of a variable's name", "KEYITSELF", NOWHERE),
    ("key of the host in its own section", "HOSTSECTION", NOWHERE),
    ("value of an unknown key", "UNKNOWNKEY", NOWHERE),
    ("value of a switch", "SWITCH", NOWHERE),
    ("zone", "ZONE", NOWHERE),
    ("line of a managed file that is no YAML", "ADMINISTRATORS", NOWHERE),
    ("content of a hook", "CONTENT", NOWHERE),
    ("question on a command line", "COMMANDLINE", NOWHERE),
    ("message of an error", "ERRORMESSAGE", NOWHERE),
    ("user of a base URL", "BASEUSER", NOWHERE),
    ("query of a base URL", "BASEQUERY", NOWHERE),
    ("unknown argument of a hook", "UNKNOWNARGUMENT", NOWHERE),
    ("line of a recording that is none", "NOHOOK", NOWHERE),
    ("torn line of the log", "LOGLINE", NOWHERE),
    ("field of a newer version", "NEWERFIELD", LINE),
    ("message in the host's database", "HOSTMESSAGE", NOWHERE),
    ("title in the host's database", "HOSTTITLE", TITLE),
    ("another column of the host's database", "HOSTCOLUMN", NOWHERE),
    ("model", "MODELNAME", MODEL),
    ("tool", "TOOLNAME", TOOL),
    ("session", "SESSIONID", SESSION),
    ("type of an error", "ERRORTYPE", ERROR),
];

/// A text nobody says by chance, with what makes it look like a key.
fn secret(name: &str) -> String {
    format!("sk-live-{name}-Zq7Xw2Lk9Pf4")
}

/// The arguments of hooks that carry content.
const CONTENT: [&str; 12] = [
    "args",
    "assistant_message",
    "assistant_response",
    "child_goal",
    "child_summary",
    "command",
    "error_message",
    "output",
    "request_messages",
    "response_text",
    "result",
    "user_message",
];

/// A recorded hook call with a secret in everything that may hold one.
fn planted(line: &str) -> String {
    let mut line: Value = serde_json::from_str(line).unwrap();
    for word in line.get_mut("argv").and_then(Value::as_array_mut).into_iter().flatten() {
        if word.as_str().is_some_and(|word| word.contains(' ')) {
            plant(word, &secret("COMMANDLINE"));
        }
    }
    if let Some(fields) = line.get_mut("kwargs").and_then(Value::as_object_mut) {
        for (key, value) in fields.iter_mut() {
            match key.as_str() {
                "error" => {
                    value["message"] = secret("ERRORMESSAGE").into();
                    value["type"] = secret("ERRORTYPE").into();
                }
                "base_url" => {
                    *value = format!(
                        "https://{}:x@127.0.0.1:18080/v1?key={}#{1}",
                        secret("BASEUSER"),
                        secret("BASEQUERY")
                    )
                    .into();
                }
                "model" => *value = secret("MODELNAME").into(),
                "tool_name" => *value = secret("TOOLNAME").into(),
                "session_id" => *value = secret("SESSIONID").into(),
                key if CONTENT.contains(&key) => plant(value, &secret("CONTENT")),
                _ => {}
            }
        }
        if !fields.is_empty() {
            fields.insert("what_nobody_knows".to_owned(), secret("UNKNOWNARGUMENT").into());
        }
    }
    line.to_string()
}

fn plant(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => text.push_str(secret),
        Value::Array(items) => items.iter_mut().for_each(|item| plant(item, secret)),
        Value::Object(fields) => fields.values_mut().for_each(|field| plant(field, secret)),
        _ => {}
    }
}

/// A home with all of them.
fn full_of_secrets() -> Home {
    let home = Home::new();
    let config = format!(
        "model: {{api_key: '{}'}}\n\
         telemetry:\n  capture: {{attempts: true}}\n  api_key: '{}'\n  redact_secrets: '{}'\n  timezone: '{}'\n\
         \x20 export:\n    otlp: {{endpoint: 'https://{}:{}@otlp.example/{}?key={}', headers_env: 'authorization={}'}}\n\
         \x20   collector: {{api_key_env: '{}'}}\n",
        secret("HOSTSECTION"),
        secret("UNKNOWNKEY"),
        secret("SWITCH"),
        secret("ZONE"),
        secret("ENDPOINTUSER"),
        secret("ENDPOINTPASSWORD"),
        secret("ENDPOINTPATH"),
        secret("ENDPOINTQUERY"),
        secret("HEADERITSELF"),
        secret("KEYITSELF"),
    );
    fs::write(home.path().join("config.yaml"), config).unwrap();
    let managed = home.root().join("managed/config.yaml");
    fs::write(&managed, format!("telemetry: [{}\n", secret("ADMINISTRATORS"))).unwrap();
    for name in ["tool", "h401", "toolerr", "interactive_approval", "delegate_inline"] {
        let lines: Vec<String> = Recording::named(name).lines.iter().map(|line| planted(line)).collect();
        let no_hook = format!("{{\"kind\":\"hook\",\"hook\":\"{}", secret("NOHOOK"));
        let path = home.file(&format!("{name}.jsonl"), format!("{}\n{no_hook}\n", lines.join("\n")));
        home.run(["replay", path.to_str().unwrap()]);
    }
    let log = home.telemetry().join("log/2026-01-01.jsonl");
    let mut lines = fs::read_to_string(&log).unwrap();
    let newer = secret("NEWERFIELD");
    lines += &format!("{{\"v\":1,\"event\":\"{}\n", secret("LOGLINE"));
    lines += &format!(
        r#"{{"v":9,"event":"thought","id":"00000000000000aa","ts":1767225605687524811,"text":"{newer}"}}"#
    );
    fs::write(&log, lines + "\n").unwrap();
    let host = Connection::open(home.path().join("state.db")).unwrap();
    host.execute_batch(&format!(
        "CREATE TABLE sessions (id TEXT PRIMARY KEY, title TEXT, cwd TEXT, origin_json TEXT);
         CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content TEXT, api_content TEXT);
         INSERT INTO sessions VALUES ('a', '{}', '{column}', '{column}');
         INSERT INTO messages VALUES (1, 'a', 'user', '{}', '{column}');",
        secret("HOSTTITLE"),
        secret("HOSTMESSAGE"),
        column = secret("HOSTCOLUMN"),
    ))
    .unwrap();
    home
}

/// What a command printed, with every way of spelling undone that a page or a document has.
fn printed(home: &Home, words: &str) -> String {
    let run =
        home.runs()["runs"].as_array().and_then(|runs| Some(runs.first()?["run_id"].as_str()?.to_owned()));
    let file = home.root().join("tool.jsonl");
    let put_in = |word: &str| match word {
        "RUN" => run.clone().unwrap_or_else(|| "none".to_owned()),
        "FILE" => file.to_str().unwrap().to_owned(),
        word => word.to_owned(),
    };
    let mut command = home.command(words.split(' ').map(put_in));
    command
        .env("OPENAI_API_KEY", secret("ENVIRONMENT"))
        .env("OTLP_HEADERS", secret("HEADERVARIABLE"))
        .env("RUST_BACKTRACE", "1");
    let output = Output::of(command);
    format!("{}\n{}", output.stdout, output.stderr)
}

/// Whether the secret of this name is there, or what a page left of it that cut it in the middle.
fn shows(printed: &str, name: &str) -> bool {
    printed.split("sk-live-").skip(1).any(|rest| {
        let same = rest.bytes().zip(name.bytes()).take_while(|(one, other)| one == other).count();
        same == name.len() || rest[same..].starts_with('…')
    })
}

#[test]
fn every_command_shows_what_the_table_allows_and_nothing_else() {
    let home = full_of_secrets();
    let mut shown: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for command in COMMANDS {
        let printed = printed(&home, command);
        for (_, name, _) in PLANTED {
            if shows(&printed, name) {
                shown.entry(name).or_default().insert(command);
            }
        }
    }
    let mut wrong = Vec::new();
    for (place, name, allowed) in PLANTED {
        let allowed: BTreeSet<&str> = allowed.iter().copied().collect();
        let shown = shown.remove(name).unwrap_or_default();
        if shown != allowed {
            wrong.push((place, shown));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// On the disk there are ids and names, and what stood in the log before: nothing else of all that was handed over.
#[test]
fn files_hold_names_and_ids_alone() {
    let home = full_of_secrets();
    home.insights();
    home.run(["doctor"]);
    let mut found: BTreeSet<String> = BTreeSet::new();
    for path in files_below(&home.telemetry()) {
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        found.extend(
            PLANTED
                .iter()
                .map(|(_, name, _)| *name)
                .filter(|name| text.contains(&secret(name)))
                .map(str::to_owned),
        );
    }
    let names = ["ERRORTYPE", "MODELNAME", "NEWERFIELD", "SESSIONID", "TOOLNAME", "LOGLINE"];
    assert_eq!(found, names.map(str::to_owned).into());
}

/// A secret that is nowhere to begin with would be found nowhere.
#[test]
fn every_secret_is_really_planted() {
    let home = full_of_secrets();
    let files = files_below(home.root()).into_iter().filter(|path| !path.ends_with("telemetry.db"));
    let all: Vec<String> =
        files.map(|path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()).collect();
    for (place, name, _) in
        PLANTED.iter().filter(|(_, name, _)| !["ENVIRONMENT", "HEADERVARIABLE"].contains(name))
    {
        assert!(all.iter().any(|text| text.contains(&secret(name))), "{place}");
    }
}

/// A command that is not here was not looked at.
#[test]
fn every_command_is_in_the_table() {
    let asked: BTreeSet<&str> = COMMANDS.iter().filter_map(|command| command.split(' ').next()).collect();
    for command in telemetry_cli::command().get_subcommands() {
        assert!(asked.contains(command.get_name()), "{}", command.get_name());
    }
}
