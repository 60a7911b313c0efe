use insta::assert_snapshot;
use telemetry_policy::{ContentRedaction, Settings};

use crate::{World, warnings_of};

#[test]
fn every_wrong_type_is_named_with_its_key_its_line_and_what_applies() {
    let world = World::with_user(
        "telemetry:\n  local: maybe\n  allow_aggregate: {a: 1}\n  consent_state: Aggregate\n  install_id: 1.5\n  \
         retention_days: 0\n  redact_secrets: off\n  content_redaction: true\n  trajectories: [enabled]\n  \
         capture:\n    attempts: 2\n  timezone: Mars/Olympus\n  pricing: 7\n",
    );
    let settings = world.settings();
    assert_snapshot!(world.warnings(&settings), @r#"
    home/config.yaml:2: `telemetry.local` is "maybe", but must be true or false; the safe value applies (false)
    home/config.yaml:3: `telemetry.allow_aggregate` is a mapping, but must be true or false; the safe value applies (false)
    home/config.yaml:4: `telemetry.consent_state` is "Aggregate", but must be unknown or local or aggregate; the safe value applies (unknown)
    home/config.yaml:5: `telemetry.install_id` is 1.5, but must be a quoted id of at most 128 visible ASCII characters; the safe value applies (not set)
    home/config.yaml:6: `telemetry.retention_days` is 0, but must be a whole number of days from 1 to 36500; the safe value applies (90)
    home/config.yaml:7: `telemetry.redact_secrets` is false, but must be true: secrets are always redacted; the safe value applies (true)
    home/config.yaml:8: `telemetry.content_redaction` is true, but must be none or pii; the safe value applies (pii)
    home/config.yaml:9: `telemetry.trajectories` is a list where a mapping must be (as for `telemetry.trajectories.enabled`); read as `telemetry.trajectories.enabled: false`, `telemetry.trajectories.retention_days: 30`
    home/config.yaml:11: `telemetry.capture.attempts` is 2, but must be true or false; the safe value applies (false)
    home/config.yaml:12: `telemetry.timezone` is "Mars/Olympus", but must be a time zone name such as Europe/Berlin, or empty; the safe value applies (not set)
    home/config.yaml:13: `telemetry.pricing` is 7 where a mapping must be (as for `telemetry.pricing.overrides`); read as `telemetry.pricing.overrides: `
    "#);
    assert_snapshot!(world.table(&settings), @r"
    telemetry.local = false (user, not understood)
    telemetry.allow_aggregate = false (user, not understood)
    telemetry.consent_state = unknown (user, not understood)
    telemetry.install_id =  (user, not understood)
    telemetry.retention_days = 90 (user, not understood)
    telemetry.redact_secrets = true (user, not understood)
    telemetry.content_redaction = pii (user, not understood)
    telemetry.trajectories.enabled = false (user, not understood)
    telemetry.trajectories.retention_days = 30 (user, not understood)
    telemetry.capture.attempts = false (user, not understood)
    telemetry.timezone =  (user, not understood)
    telemetry.budgets =  (default)
    telemetry.pricing.overrides =  (user, not understood)
    telemetry.export.otlp.enabled = false (default)
    telemetry.export.otlp.endpoint =  (default)
    telemetry.export.otlp.headers_env =  (default)
    telemetry.export.otlp.protocol = http/protobuf (default)
    telemetry.export.otlp.profile = genai (default)
    telemetry.export.otlp.signals = traces, metrics, logs (default)
    telemetry.export.otlp.temporality = cumulative (default)
    telemetry.export.atof.enabled = false (default)
    telemetry.export.atof.directory =  (default)
    telemetry.export.atif.enabled = false (default)
    telemetry.export.atif.directory =  (default)
    telemetry.export.collector.enabled = false (default)
    telemetry.export.collector.endpoint =  (default)
    telemetry.export.collector.api_key_env =  (default)
    telemetry.export.collector.host =  (default)
    ");
}

#[test]
fn unknown_keys_are_named_with_what_was_meant() {
    assert_snapshot!(warnings_of(
        "telemetry:\n  retention: 5\n  enabled: false\n  locl: true\n  trajectory: {enabled: true}\n  \
         trajectories: {enable: true}\n  attempts: true\n  otlp: {endpoint: x}\n  xyzzy: 1\n  time_zone: UTC\n  \
         consent: local\n  \"trajectories.enabled\": true\n  7: x\n  on: x\n  [a]: x\n",
    ), @r"
    home/config.yaml:2: unknown key `telemetry.retention` (a number) is ignored; did you mean `telemetry.retention_days`?
    home/config.yaml:3: unknown key `telemetry.enabled` (a boolean) is ignored; did you mean `telemetry.local`?
    home/config.yaml:4: unknown key `telemetry.locl` (a boolean) is ignored; did you mean `telemetry.local`?
    home/config.yaml:5: unknown key `telemetry.trajectory` (a mapping) is ignored; did you mean `telemetry.trajectories`?
    home/config.yaml:6: unknown key `telemetry.trajectories.enable` (a boolean) is ignored; did you mean `telemetry.trajectories.enabled`?
    home/config.yaml:7: unknown key `telemetry.attempts` (a boolean) is ignored; did you mean `telemetry.capture.attempts`?
    home/config.yaml:8: unknown key `telemetry.otlp` (a mapping) is ignored; did you mean `telemetry.export.otlp`?
    home/config.yaml:9: unknown key `telemetry.xyzzy` (a number) is ignored
    home/config.yaml:10: unknown key `telemetry.time_zone` (a string) is ignored; did you mean `telemetry.timezone`?
    home/config.yaml:11: unknown key `telemetry.consent` (a string) is ignored; did you mean `telemetry.consent_state`?
    home/config.yaml:12: unknown key `telemetry.trajectories.enabled` (a boolean) is ignored; write it nested, one level for each dot
    home/config.yaml:13: unknown key `telemetry.7` (a string) is ignored
    home/config.yaml:14: unknown key `telemetry.true` (a string) is ignored
    home/config.yaml:15: unknown key `telemetry.(a list)` (a string) is ignored
    ");
}

#[test]
fn a_flat_dotted_name_at_the_top_is_not_taken_and_said_so() {
    let world = World::with_user("telemetry.local: false\n");
    let settings = world.settings();
    assert!(settings.local());
    assert_snapshot!(world.warnings(&settings), @"home/config.yaml:1: `telemetry.local` at the top level is ignored; write it nested, as `telemetry:` with the rest of the name under it");
}

#[test]
fn the_hosts_own_key_is_not_judged_and_destinations_that_are_off_are_fine() {
    assert_eq!(warnings_of("telemetry:\n  shared_metrics:\n    enabled: maybe\n    x: {y: [z]}\n"), "");
    assert_eq!(
        warnings_of(
            "telemetry:\n  export:\n    otlp: {enabled: false, endpoint: 'http://x', headers_env: A_B, profile: all, temporality: delta}\n    \
             collector: {enabled: \"off\", endpoint: 'https://x/y', api_key_env: KEY_2}\n  pricing: {overrides: []}\n  \
             trajectories: {enabled: false}\n"
        ),
        ""
    );
}

#[test]
fn secrets_are_always_redacted() {
    for (user, managed) in [("false", "true"), ("true", "false"), ("0", "no"), ("[]", "x")] {
        let world = World::with_both(
            &format!("telemetry: {{redact_secrets: {user}}}"),
            &format!("telemetry: {{redact_secrets: {managed}}}"),
        );
        let settings = world.settings();
        let entry = settings.entries().find(|entry| entry.name() == "telemetry.redact_secrets").unwrap();
        assert_eq!(entry.value.to_string(), "true", "{user} {managed}");
        assert!(!settings.warnings().is_empty());
    }
}

#[test]
fn a_word_that_is_nearly_none_redacts_rather_than_not() {
    for word in ["None", "email", "''", "~x", "no"] {
        let world = World::with_user(&format!("telemetry: {{content_redaction: {word}}}"));
        assert_eq!(world.settings().content_redaction(), ContentRedaction::Pii, "{word}");
    }
}

#[test]
fn an_empty_value_is_no_value() {
    assert_eq!(warnings_of("telemetry:\n"), "");
    assert_eq!(warnings_of("telemetry: {}\n"), "");
    assert_eq!(warnings_of("telemetry:\n  local:\n  trajectories:\n  timezone: null\n"), "");
}

#[test]
fn telemetry_false_turns_it_off() {
    let world = World::with_both("telemetry: true\n", "telemetry: off\n");
    let settings = world.settings();
    assert!(!settings.local());
    assert_snapshot!(world.warnings(&settings), @r"
    managed/config.yaml:1: `telemetry` is false where a mapping must be; read as `telemetry.local: false`; write that instead
    home/config.yaml:1: the file has a boolean under `telemetry` where a mapping must be; the defaults apply
    ");
}

#[test]
fn what_may_be_a_secret_is_never_in_a_warning() {
    let secrets = [
        "sk-proj-abc123DEF456ghi789JKL012",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "postgres://user:hunter2@db/prod",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN PRIVATE KEY----- MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
        "correct horse battery staple and then some more words",
        "12345678901234567890",
        "p@ssw0rd",
        "hunter2",
        "sk-live-Zq7Xw2Lk9Pf4",
        "correctHorse",
    ];
    for secret in secrets {
        for config in [
            format!("telemetry:\n  local: '{secret}'\n"),
            format!("telemetry:\n  local: {secret}\n"),
            format!("telemetry:\n  consent_state: ['{secret}']\n  retention_days: {{'{secret}': 1}}\n"),
            format!("telemetry:\n  timezone: '{secret}'\n  content_redaction: '{secret}'\n"),
            format!(
                "telemetry:\n  install_id: 'x {secret}'\n  api_key: '{secret}'\n  trajectories: '{secret}'\n"
            ),
            format!("telemetry: '{secret}'\n"),
            format!(
                "telemetry:\n  export:\n    otlp: {{endpoint: '{secret}', headers_env: '{secret}', temporality: '{secret}'}}\n    \
                 collector: {{endpoint: 'https://x/ {secret}', api_key_env: '{secret}'}}\n"
            ),
            format!(
                "telemetry:\n  export: {{otlp: {{headers_env: {{'{secret}': A, authorization: '{secret}'}}}}}}\n"
            ),
            format!(
                "telemetry:\n  export:\n    otlp: {{profile: '{secret}', protocol: '{secret}', signals: ['{secret}']}}\n    \
                 atof: {{directory: '{secret}'}}\n    atif: {{enabled: '{secret}', directory: ['{secret}']}}\n"
            ),
            format!("telemetry:\n  export: {{otlp: {{endpoint: word, headers_env: [A, '{secret}']}}}}\n"),
            format!("telemetry:\n  - '{secret}'\n"),
            format!("'{secret}'\n"),
            format!("key: '{secret}\ntelemetry: {{}}\n"),
            format!("key: [{secret}\ntelemetry: {{}}\n"),
            format!("key: *{secret}\n"),
            format!("key: \"\\q{secret}\"\n"),
            format!("key:\n\t{secret}: 1\n"),
            format!("key: |9999\n {secret}\n"),
            format!("key: %{secret}\n @{secret}: - : x\n"),
            format!("key: !!binary '{secret}'\ntelemetry: !!int '{secret}'\n"),
            format!("a: 1\n--- {secret}\n"),
        ] {
            let warnings = warnings_of(&config);
            assert!(!warnings.contains(secret), "{config}\n{warnings}");
        }
        let world =
            World::with_user("telemetry: {local: '${KEY}', timezone: '${KEY}', retention_days: '${KEY}'}");
        let settings = world.settings_with(&|_| Some(secret.to_owned()));
        assert_eq!(settings.warnings().len(), 3);
        assert!(!world.warnings(&settings).contains(secret));
    }
    // Nor when the secret stands where a name belongs, if it looks like one at all.
    for secret in &secrets[..2] {
        assert!(!warnings_of(&format!("telemetry:\n  '{secret}': 1\n")).contains(secret));
    }
}

#[test]
fn many_unknown_keys_are_one_mistake() {
    let config: String = (0..5_000).map(|index| format!("  key{index}: 1\n")).collect();
    let world = World::with_user(&format!("telemetry:\n{config}"));
    let settings = world.settings();
    assert_eq!(settings.warnings().len(), 21);
    assert!(settings.warnings()[20].message.starts_with("4980 more"), "{:?}", settings.warnings()[20]);
}

#[test]
fn settings_can_be_shared() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Settings>();
}

/// Of a destination nothing that stands in the wrong place is quoted, not even a word: `hunter2` is one.
#[test]
fn a_malformed_destination_is_named_by_its_type() {
    assert_snapshot!(warnings_of(
        "telemetry:\n  export:\n    otlp:\n      enabled: perhaps\n      endpoint: hunter2\n      headers_env: hunter2\n      \
         temporality: monthly\n      protocol: grpc\n      profile: hunter2\n      signals: [traces, spans]\n    \
         atof: {directory: hunter2}\n    collector:\n      endpoint: [a]\n      api_key_env: hunter2\n"
    ), @r#"
    home/config.yaml:4: `telemetry.export.otlp.enabled` is "perhaps", but must be true or false; the safe value applies (false)
    home/config.yaml:5: `telemetry.export.otlp.endpoint` is a string, but must be an http or https URL, or empty; the safe value applies (not set)
    home/config.yaml:6: `telemetry.export.otlp.headers_env` is a string, but must be names of environment variables in capitals: one, a list, or a mapping from headers; the safe value applies (not set)
    home/config.yaml:7: `telemetry.export.otlp.temporality` is "monthly", but must be cumulative or delta; the safe value applies (cumulative)
    home/config.yaml:8: `telemetry.export.otlp.protocol` is "grpc", but must be http/protobuf or http/json; the safe value applies (http/protobuf)
    home/config.yaml:9: `telemetry.export.otlp.profile` is a string, but must be genai or openinference or langfuse or all; the safe value applies (genai)
    home/config.yaml:10: `telemetry.export.otlp.signals` is a list, but must be some of traces, metrics and logs in a list, or none; the safe value applies (none)
    home/config.yaml:11: `telemetry.export.atof.directory` is a string, but must be an absolute path (~ is the user's home), or empty; the safe value applies (not set)
    home/config.yaml:13: `telemetry.export.collector.endpoint` is a list, but must be an http or https URL, or empty; the safe value applies (not set)
    home/config.yaml:14: `telemetry.export.collector.api_key_env` is a string, but must be the name of an environment variable in capitals, or empty; the safe value applies (not set)
    "#);
}
