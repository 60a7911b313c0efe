//! The example host, in process.

#[expect(dead_code, reason = "the example's own main")]
#[path = "../../examples/host.rs"]
mod host;

use std::ffi::OsString;

use crate::home::Home;

/// Runs the example host in `home`; what it said.
fn said(home: &Home, words: &[&str]) -> (String, String) {
    let line = ["host", "--home"].map(OsString::from).into_iter().chain([home.path().into_os_string()]);
    let line: Vec<OsString> = line.chain(words.iter().map(OsString::from)).collect();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    assert_eq!(host::run(&line, &mut out, &mut err), 0);
    let text = |bytes| home.fixed(&String::from_utf8(bytes).unwrap());
    (text(out), text(err))
}

/// What it recorded in `home`: each run's entrypoint, outcome and reason.
fn recorded(home: &Home) -> Vec<[String; 3]> {
    let (runs, _) = said(home, &["telemetry", "runs", "--json"]);
    let runs: serde_json::Value = serde_json::from_str(&runs).unwrap();
    let word = |word: &serde_json::Value| word.as_str().unwrap_or_default().to_owned();
    let run = |run: &serde_json::Value| ["entrypoint", "outcome", "reason"].map(|key| word(&run[key]));
    runs["runs"].as_array().unwrap().iter().map(run).collect()
}

#[test]
fn it_works_and_is_recorded() {
    let home = Home::empty();
    std::fs::remove_file(home.path().join("config.yaml")).unwrap();
    let (out, err) = said(&home, &[]);
    assert_eq!((out.as_str(), err.as_str()), ("worked in ~/.hermes, plugins loaded: [\"telemetry\"]\n", ""));
    let expected = [["cli", "completed", ""], ["subagent", "completed", ""], ["cli", "errored", "auth"]];
    assert_eq!(recorded(&home), expected.map(|run| run.map(str::to_owned)));

    let (insights, _) = said(&home, &["telemetry", "insights", "--json"]);
    let insights: serde_json::Value = serde_json::from_str(&insights).unwrap();
    let numbers = [
        ("/model_calls/total", 3),
        ("/model_calls/failed_attempts", 2),
        ("/errors/total", 1),
        ("/errors/recovered_attempts", 1),
        ("/tool_calls/by_status/error", 1),
        ("/subagents/by_status/completed", 1),
        ("/model_calls/tokens/cache_read", 1_000),
    ];
    for (pointer, expected) in numbers {
        assert_eq!(insights.pointer(pointer).unwrap(), expected, "{pointer}");
    }
    let (shown, _) = said(&home, &["telemetry", "show", "chat-1"]);
    for word in ["approval", "once", "rate_limit, recovered", "subagent", "turn 1"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn its_config_switches_the_plugin_off() {
    for (config, complaint) in [
        (r#"{"plugins": {"enabled": []}}"#, false),
        (r#"{"plugins": {"enabled": ["telemetry"]}, "telemetry": {"local": false}}"#, true),
    ] {
        let home = Home::empty();
        std::fs::write(home.path().join("config.yaml"), config).unwrap();
        let (out, err) = said(&home, &[]);
        assert_eq!(out, "worked in ~/.hermes, plugins loaded: []\n");
        assert_eq!(err.contains("telemetry.local"), complaint, "{err}");
        assert!(!home.path().join("telemetry").exists());
    }
}
