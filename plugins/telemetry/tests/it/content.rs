//! Content in a Rust host: where it goes, and that its troubles are its own.

use std::fs;
use std::path::Path;

use telemetry_core::pipeline::Losses;
use telemetry_hooks::payload::Value;
use telemetry_plugin::Telemetry;
use telemetry_store::content::ContentReader;
use telemetry_store::layout::Layout;

use super::{ended_turns, eventually, telemetry};

fn talkative(home: &Path) -> Telemetry {
    fs::write(home.join("config.yaml"), "telemetry: {trajectories: {enabled: true}}\n").unwrap();
    telemetry(home)
}

/// Calls the hooks of one turn in which something is said.
fn conversation(telemetry: &Telemetry, turn: &str) {
    let ids = [("session_id", Value::from("s")), ("turn_id", turn.into()), ("platform", "cli".into())];
    let with = |more: &[(&'static str, Value<'static>)]| [&ids[..], more].concat();
    telemetry.on_hook("pre_llm_call", &&with(&[("user_message", "what is in alpha?".into())])[..]);
    let args = [("path", Value::from("alpha.txt")), ("lines", Value::List(&[Value::Int(1), Value::Int(2)]))];
    let tool = [&ids[..], &[("tool_name", "read_file".into()), ("args", Value::Map(&args))]].concat();
    telemetry.on_hook("post_tool_call", &&tool[..]);
    telemetry.on_hook("post_llm_call", &&with(&[("assistant_response", "alpha".into())])[..]);
    telemetry.on_hook("on_session_end", &&with(&[("completed", true.into())])[..]);
}

fn said(home: &Path) -> Vec<String> {
    let mut said = Vec::new();
    ContentReader::new(Layout::of(home))
        .read(&mut |content| {
            said.push(format!("{} {}", content.part, content.body));
            true
        })
        .unwrap();
    said
}

const ONE_TURN: [&str; 3] = [
    r#"user_message "what is in alpha?""#,
    r#"tool_arguments {"path":"alpha.txt","lines":[1,2]}"#,
    r#"final_answer "alpha""#,
];

#[test]
fn what_was_said_is_in_the_content_log_when_the_turn_is_over() {
    let home = tempfile::tempdir().unwrap();
    let telemetry = talkative(home.path());
    let hooks = telemetry.hook_names();
    assert!(hooks.contains(&"pre_api_request") && hooks.contains(&"post_llm_call"), "{hooks:?}");
    conversation(&telemetry, "t");
    // The wait is bounded, so on a machine that is very busy the files may be a moment late.
    eventually("the end of the turn is in the log", || ended_turns(home.path()) == 1);
    eventually("what was said is in the content log", || said(home.path()) == ONE_TURN);
}

#[test]
fn while_it_is_off_nothing_is_heard_and_nothing_is_made() {
    let home = tempfile::tempdir().unwrap();
    let telemetry = telemetry(home.path());
    let hooks = telemetry.hook_names();
    assert!(!hooks.contains(&"pre_api_request") && !hooks.contains(&"post_llm_call"), "{hooks:?}");
    conversation(&telemetry, "t");
    eventually("the end of the turn is in the log", || ended_turns(home.path()) == 1);
    assert!(!home.path().join("telemetry/content").exists());
}

#[test]
fn a_content_folder_that_cannot_be_written_waits_and_costs_no_event() {
    let home = tempfile::tempdir().unwrap();
    let in_the_way = home.path().join("telemetry/content");
    fs::create_dir_all(in_the_way.parent().unwrap()).unwrap();
    fs::write(&in_the_way, "a file in the place of the folder").unwrap();
    let telemetry = talkative(home.path());
    for turn in 0..5 {
        conversation(&telemetry, &format!("t{turn}"));
    }
    eventually("the turns are in the log", || ended_turns(home.path()) == 5);
    eventually("the reason is kept", || telemetry.content_losses().last_error.is_some());
    assert!(telemetry.content_losses().last_error.unwrap().contains("content"));
    assert_eq!(telemetry.losses(), Losses::default(), "the log knows nothing of it");
    fs::remove_file(&in_the_way).unwrap();
    eventually("all is written after all", || said(home.path()).len() == 5 * ONE_TURN.len());
}
