use telemetry_core::codec::{decode, encode};
use telemetry_policy::{Gate, Settings};

use crate::World;

/// What a line of the log comes to on its way out.
fn cleared(settings: &Settings, line: &str) -> String {
    let event = decode(line.as_bytes()).unwrap();
    let mut out = Vec::new();
    encode(&Gate::new(settings).clear(event), &mut out);
    String::from_utf8(out).unwrap().trim_end().to_owned()
}

const TURN: &str = concat!(
    r#"{"v":1,"event":"turn_ended","id":"00000000000000aa","ts":17,"run":"000000000000000000000000000000ff","#,
    r#""turn":"00000000000000bb","completed":true,"interrupted":false"#
);

#[test]
fn a_structural_event_passes_as_it_is() {
    let line = format!("{TURN}}}");
    assert_eq!(cleared(&Settings::default(), &line), line);
}

#[test]
fn what_a_newer_version_wrote_keeps_its_shape_and_not_its_texts() {
    assert_eq!(
        cleared(
            &Settings::default(),
            &format!(r#"{TURN},"note":"a prompt","what":{{"at":1.5,"in":["x",true,null]}}}}"#)
        ),
        format!(
            r#"{TURN},"note":"[redaction-unavailable]","what":{{"at":1.5,"in":["[redaction-unavailable]",true,null]}}}}"#
        )
    );
    assert_eq!(
        cleared(
            &Settings::default(),
            r#"{"v":9,"event":"thought","id":"00000000000000aa","ts":17,"text":"a prompt","tokens":3}"#
        ),
        r#"{"v":9,"event":"thought","id":"00000000000000aa","ts":17,"text":"[redaction-unavailable]","tokens":3}"#
    );
}

#[test]
fn clearing_twice_is_clearing_once() {
    let once = cleared(&Settings::default(), &format!(r#"{TURN},"note":"a prompt"}}"#));
    assert_eq!(cleared(&Settings::default(), &once), once);
}

#[test]
fn a_skills_name_leaves_only_while_content_may() {
    let line = concat!(
        r#"{"v":1,"event":"skill","id":"00000000000000aa","ts":17,"turn":"00000000000000bb","action":"view","#,
        r#""skill_name":"quarterly-layoffs","result":"ok"}"#
    );
    let without = line.replace(r#""skill_name":"quarterly-layoffs","#, "");
    assert_eq!(cleared(&Settings::default(), line), without);
    let world = World::with_user("telemetry: {trajectories: {enabled: true}}");
    assert_eq!(cleared(&world.settings(), line), line);
}
