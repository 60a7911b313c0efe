//! Sessions of one host at the same time, errors, retries and ends: what the reference is known to get wrong.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use telemetry_tests::{Home, Recording};

use super::{documents, home_with, stream};

/// A recording as another session of the same process: its ids and its texts are its own, and it is a little later.
fn as_session(name: &str, session: &str, later_ns: i64) -> Vec<Value> {
    let lines = Recording::named(name).lines;
    let mut lines: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::from_str(&line.replace("20260101_000000_000000", session)).unwrap())
        .collect();
    let first = lines[0]["wall_ns"].as_i64().unwrap();
    let start = 1_767_225_600_000_000_000;
    for line in &mut lines {
        let since = line["wall_ns"].as_i64().unwrap() - first;
        line["wall_ns"] = json!(start + since + later_ns);
        for key in ["user_message", "result", "assistant_response", "command", "description"] {
            if let Some(said) = line["kwargs"].get_mut(key).filter(|said| said.is_string()) {
                *said = json!(format!("SAID-IN-{session} {}", said.as_str().unwrap()));
            }
        }
    }
    lines
}

/// A home in which sessions went on at the same time in one process.
fn interleaved(sessions: [Vec<Value>; 2]) -> Home {
    let [mut lines, other] = sessions;
    lines.extend(other.into_iter().filter(|line| line["kind"] == "hook"));
    lines
        .sort_by_key(|line| (line["kind"] != "register", line["kind"] == "atexit", line["wall_ns"].as_i64()));
    let last = lines.iter().filter_map(|line| line["wall_ns"].as_i64()).max().unwrap();
    if let Some(exit) = lines.last_mut().filter(|line| line["kind"] == "atexit") {
        exit["wall_ns"] = json!(last);
    }
    recorded(&lines)
}

fn recorded(lines: &[Value]) -> Home {
    let home = home_with(true, []);
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    home.replay([&Recording::open(&home.file("recording.jsonl", text))]);
    home
}

#[test]
fn sessions_at_the_same_time_never_hold_anything_of_each_other() {
    let (alice, bob) = ("20260101_000000_00000a", "20260101_000000_00000b");
    let home =
        interleaved([as_session("parallel", alice, 0), as_session("interactive_approval", bob, 40_000_000)]);
    let lines = stream(&home, &[]);
    assert_eq!(super::atof::broken(&lines), [] as [String; 0]);
    let order: Vec<&Value> = lines.iter().map(|line| &line["metadata"]["session_id"]).collect();
    let changes = order.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!(changes > 2, "they are interleaved: {order:?}");
    let mut said = BTreeSet::new();
    for line in &lines {
        let own = line["metadata"]["session_id"].as_str().unwrap();
        let other = if own == alice { bob } else { alice };
        assert!(!line.to_string().contains(other), "{line}");
        said.extend(line.to_string().contains(&format!("SAID-IN-{own}")).then(|| own.to_owned()));
    }
    assert_eq!(said.len(), 2);
    let documents = documents(&home, &[]);
    assert_eq!(documents.len(), 2);
    for (name, document) in documents {
        let (own, other) = if name.contains(alice) { (alice, bob) } else { (bob, alice) };
        assert!(document.to_string().contains(&format!("SAID-IN-{own}")), "{name}");
        assert!(!document.to_string().contains(other), "{name}");
        assert_eq!(super::atif::broken(&document), [] as [String; 0]);
    }
}

/// The hooks of approvals name no session.
#[test]
fn an_approval_is_in_its_session_and_its_tool_call() {
    let (alice, bob) = ("20260101_000000_00000a", "20260101_000000_00000b");
    let home =
        interleaved([as_session("interactive_approval", bob, 40_000_000), as_session("parallel", alice, 0)]);
    let lines = stream(&home, &[]);
    let marks: Vec<&Value> =
        lines.iter().filter(|line| line["name"].as_str().unwrap().contains(".approval.")).collect();
    assert_eq!(marks.len(), 3, "asked twice and answered once");
    let tool = lines
        .iter()
        .find(|line| line["category"] == "tool" && line["metadata"]["session_id"] == bob)
        .unwrap();
    for mark in marks {
        assert_eq!((&mark["metadata"]["session_id"], &mark["parent_uuid"]), (&json!(bob), &tool["uuid"]));
        let command = mark["metadata"]["request"]["command"].as_str().unwrap();
        assert!(command.starts_with("SAID-IN-20260101_000000_00000b rm -rf"), "{command}");
    }
    let agents = lines.iter().filter(|line| line["category"] == "agent" && line["scope_category"] == "start");
    assert_eq!(agents.count(), 2, "and no session that nobody had");
}

#[test]
fn a_retry_is_one_question_with_the_error_told() {
    let home = home_with(true, [&Recording::named("flaky500")]);
    let document = &documents(&home, &[])[0].1;
    let sources: Vec<&Value> =
        document["steps"].as_array().unwrap().iter().map(|step| &step["source"]).collect();
    assert_eq!(sources, ["user", "agent"]);
    let attempts = &document["steps"][1]["extra"]["failed_attempts"];
    assert_eq!(attempts.as_array().unwrap().len(), 1);
    assert_eq!(
        (&attempts[0]["error_class"], &attempts[0]["status_code"]),
        (&json!("provider_error"), &json!(500))
    );
    let lines = stream(&home, &[]);
    let asked = lines.iter().filter(|line| line["data"]["messages"].to_string().contains("Flaky"));
    assert_eq!(asked.count(), 1);
    let ends = lines.iter().filter(|line| line["category"] == "llm" && line["scope_category"] == "end");
    let codes: Vec<&Value> = ends.map(|end| &end["metadata"]["otel.status_code"]).collect();
    assert_eq!(codes, ["ERROR", "OK"]);
}

/// The provider's answer to a wrong key has the key in it.
#[test]
fn a_key_in_an_error_does_not_get_out() {
    const KEY: &str = "sk-proj-Qz7Xw2Lk9Vb4Nm8Rt3Yp6Hs1Df5Gj0Ka";
    let recorded_key = format!("sk-fake-{}", "0".repeat(48));
    let lines: Vec<Value> = Recording::named("h401")
        .lines
        .iter()
        .map(|line| serde_json::from_str(&line.replace(&recorded_key, KEY)).unwrap())
        .collect();
    assert!(
        lines.iter().any(|line| line.to_string().contains(&format!("Incorrect API key provided: {KEY}")))
    );
    let home = recorded(&lines);
    let lines = stream(&home, &[]);
    let failed = lines.iter().find(|line| !line["metadata"]["error"].is_null()).unwrap();
    assert_eq!((&failed["data"], &failed["metadata"]["otel.status_code"]), (&Value::Null, &json!("ERROR")));
    let document = documents(&home, &[])[0].1.clone();
    let step = &document["steps"][1];
    assert_eq!((&step["source"], &step["message"]), (&json!("system"), &json!("LLM request failed: auth")));
    for message in [&failed["metadata"]["error"]["message"], &step["extra"]["failed_attempts"][0]["message"]]
    {
        assert!(message.as_str().unwrap().contains("Incorrect API key provided: "), "{message}");
    }
    for text in [document.to_string(), lines.iter().map(Value::to_string).collect()] {
        assert!(!text.contains(&KEY[8..]), "{text}");
    }
}

/// A process that is killed in its second turn: the first is told, and nothing is left open.
#[test]
fn a_killed_process_has_its_completed_turns() {
    let recording = Recording::named("interactive_2turns");
    let lines: Vec<Value> = recording.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of_second = |line: &&Value| line["hook"] == "post_api_request";
    let until = lines.iter().rposition(|line| of_second(&line)).unwrap();
    let home = recorded(&lines[..until]);
    let lines = stream(&home, &[]);
    assert_eq!(super::atof::broken(&lines), [] as [String; 0]);
    let last = lines.last().unwrap();
    assert_eq!((&last["category"], &last["metadata"]["status"]), (&json!("agent"), &json!("unclosed")));
    let document = documents(&home, &[])[0].1.clone();
    assert_eq!(super::atif::broken(&document), [] as [String; 0]);
    let told: Vec<(&str, &str)> = document["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["source"].as_str().unwrap(), step["message"].as_str().unwrap()))
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!((told[0], told[2]), (("user", "First turn"), ("user", "Second turn")));
    assert_eq!(document["steps"][2]["extra"]["turn"]["outcome"], "unknown");
}

/// The session goes on under another id after a compression, in a document of its own.
#[test]
fn a_compressed_session_leads_to_the_one_that_goes_on() {
    let home = home_with(true, [&Recording::named("compress_rotate")]);
    let documents = documents(&home, &[]);
    let [(_, before), (name, after)] = &documents[..] else { panic!("{documents:?}") };
    assert_eq!(before["continued_trajectory_ref"], **name);
    assert_eq!(after["steps"][0]["extra"]["context_management"]["type"], "compaction");
    assert_eq!(after["steps"][0]["extra"]["continues_session_id"], before["session_id"]);
    let lines = stream(&home, &[]);
    let compactions =
        lines.iter().filter(|line| line["category"] == "custom" && line["scope_category"] == "start");
    let subtypes: Vec<&Value> = compactions.map(|line| &line["category_profile"]["subtype"]).collect();
    assert_eq!(subtypes, ["hermes.context_compaction"]);
}
