use telemetry_policy::{Consent, HeaderVariable, Planes};

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

#[test]
fn destinations_are_read_in_every_form() {
    let world = World::with_user(
        "telemetry:\n  export:\n    otlp:\n      endpoint: https://me:${KEY}@otlp.example:4318/v1/${KEY}\n      \
         headers_env: {authorization: OTLP_TOKEN, x-tenant: TENANT}\n    \
         collector: {endpoint: 'http://team.example', api_key_env: TEAM_KEY}\n",
    );
    let settings = world.settings_with(&|name| (name == "KEY").then(|| "hunter2".to_owned()));
    let endpoint = settings.otlp_endpoint().unwrap();
    assert_eq!(endpoint.url(), "https://me:hunter2@otlp.example:4318/v1/hunter2");
    assert_eq!(endpoint.host(), "otlp.example:4318");
    let header = |header: &str, variable: &str| HeaderVariable {
        header: Some(header.to_owned()),
        variable: variable.to_owned(),
    };
    assert_eq!(
        settings.otlp_headers(),
        [header("authorization", "OTLP_TOKEN"), header("x-tenant", "TENANT")]
    );
    assert_eq!(settings.collector_endpoint().unwrap().host(), "team.example");
    assert_eq!(settings.collector_key_variable(), Some("TEAM_KEY"));
    // However settings are shown: the key is nowhere in them.
    let shown = format!("{settings:?}{}", world.table(&settings));
    assert!(!shown.contains("hunter2") && shown.contains("otlp.example"), "{shown}");

    for (written, variables) in
        [("ONE", vec!["ONE"]), ("[ONE, TWO]", vec!["ONE", "TWO"]), ("''", vec![]), ("[]", vec![])]
    {
        let world = World::with_user(&format!("telemetry: {{export: {{otlp: {{headers_env: {written}}}}}}}"));
        let settings = world.settings();
        let found: Vec<_> = settings.otlp_headers().iter().map(|header| header.variable.as_str()).collect();
        assert_eq!((found, world.warnings(&settings)), (variables, String::new()), "{written}");
    }
    let nothing = World::new().settings();
    assert_eq!(
        (nothing.otlp_endpoint(), nothing.otlp_headers(), nothing.collector_key_variable()),
        (None, &[][..], None)
    );
}

/// Who wrote a name and slipped may have wished that the machine's own is not told.
#[test]
fn what_a_machine_is_called_is_its_own_name_only_where_nobody_wrote_one() {
    for (written, called) in [
        ("''", None),
        ("build-7", Some("build-7")),
        ("'two words'", Some("unknown")),
        ("[a]", Some("unknown")),
        ("true", Some("unknown")),
    ] {
        let world = World::with_user(&format!("telemetry: {{export: {{collector: {{host: {written}}}}}}}"));
        assert_eq!(world.settings().collector_host(), called, "{written}");
    }
    assert_eq!(World::new().settings().collector_host(), None);
    let off = World::with_user("telemetry: {local: false, export: {collector: {enabled: true}}}");
    assert!(!off.settings().collector_enabled());
    let on = World::with_user("telemetry: {export: {collector: {enabled: true}}}");
    assert!(on.settings().collector_enabled());
}
