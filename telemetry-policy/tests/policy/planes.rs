use telemetry_policy::{Consent, Planes};

use crate::World;

#[test]
fn only_consent_and_permission_and_recording_together_open_the_aggregate_plane() {
    for local in [true, false] {
        for allow in [true, false] {
            for consent in [Consent::Unknown, Consent::Local, Consent::Aggregate] {
                let world = World::with_user(&format!(
                    "telemetry: {{local: {local}, allow_aggregate: {allow}, consent_state: {consent}, \
                     trajectories: {{enabled: true}}, capture: {{attempts: true}}}}"
                ));
                let settings = world.settings();
                assert_eq!((settings.consent(), settings.allow_aggregate()), (consent, allow));
                let aggregate = local && allow && consent == Consent::Aggregate;
                assert_eq!(settings.may_upload_aggregate(), aggregate);
                assert_eq!(settings.planes(), Planes { local, aggregate, trajectories: local });
                assert_eq!(settings.capture_attempts(), local);
            }
        }
    }
}

#[test]
fn any_other_word_is_no_consent() {
    for word in
        ["Aggregate", "AGGREGATE", "aggregated", "yes", "true", "1", "''", "[aggregate]", "{aggregate: true}"]
    {
        let world = World::with_user(&format!("telemetry: {{consent_state: {word}}}"));
        let settings = world.settings();
        assert_eq!(settings.consent(), Consent::Unknown, "{word}");
        assert_eq!(settings.warnings().len(), 1, "{word}");
        assert!(!settings.may_upload_aggregate());
    }
}

#[test]
fn a_permission_that_is_not_understood_is_no_permission() {
    for word in ["nope", "2", "''", "[]"] {
        let world =
            World::with_user(&format!("telemetry: {{consent_state: aggregate, allow_aggregate: {word}}}"));
        assert!(!world.settings().may_upload_aggregate(), "{word}");
    }
}

#[test]
fn an_administrator_closes_the_gate_whatever_the_user_says() {
    let world = World::with_both(
        "telemetry: {consent_state: aggregate, allow_aggregate: true}",
        "telemetry: {allow_aggregate: false}",
    );
    assert!(!world.settings().may_upload_aggregate());
    let world =
        World::with_both("telemetry: {consent_state: local}", "telemetry: {consent_state: aggregate}");
    assert!(world.settings().may_upload_aggregate());
}
