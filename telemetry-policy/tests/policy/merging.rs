use insta::assert_snapshot;
use telemetry_policy::{Consent, ContentRedaction, KEYS, Settings};

use crate::{World, default_settings_apply};

#[test]
fn the_list_of_keys_is_in_order_and_says_something_of_each() {
    for (index, spec) in KEYS.iter().enumerate() {
        assert_eq!(spec.key as usize, index, "{}", spec.name);
        assert!(spec.key.spec().name.starts_with("telemetry.") && !spec.doc.is_empty());
    }
}

#[test]
fn without_files_every_key_is_its_default() {
    let world = World::new();
    let settings = world.settings();
    default_settings_apply(&world);
    assert_eq!(world.warnings(&settings), "");
    assert_snapshot!(world.table(&settings), @r"
    telemetry.local = true (default)
    telemetry.allow_aggregate = true (default)
    telemetry.consent_state = unknown (default)
    telemetry.install_id =  (default)
    telemetry.retention_days = 90 (default)
    telemetry.redact_secrets = true (default)
    telemetry.content_redaction = none (default)
    telemetry.trajectories.enabled = false (default)
    telemetry.trajectories.retention_days = 30 (default)
    telemetry.capture.attempts = false (default)
    telemetry.timezone =  (default)
    telemetry.budgets =  (default)
    telemetry.pricing.overrides =  (default)
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
    assert_eq!(world.table(&Settings::default()), world.table(&settings));
}

#[test]
fn the_users_values_are_read() {
    let world = World::with_user(
        "model: {default: some/model}\n\
         telemetry:\n  \
           local: true\n  allow_aggregate: false\n  consent_state: aggregate\n  install_id: box-17\n  \
           retention_days: 30\n  redact_secrets: true\n  content_redaction: pii\n  \
           trajectories: {enabled: true, retention_days: 3}\n  capture: {attempts: true}\n  timezone: Europe/Berlin\n  \
           pricing: {overrides: [{provider: a, model: b, input: 1}]}\n",
    );
    let settings = world.settings();
    assert_snapshot!(world.warnings(&settings), @"");
    assert_eq!(
        (
            settings.local(),
            settings.allow_aggregate(),
            settings.consent(),
            settings.configured_install_id(),
            settings.retention_days(),
            settings.content_redaction(),
            settings.planes().trajectories,
            settings.content_retention_days(),
            settings.capture_attempts(),
            settings.timezone(),
        ),
        (
            true,
            false,
            Consent::Aggregate,
            Some("box-17"),
            30,
            ContentRedaction::Pii,
            true,
            3,
            true,
            Some("Europe/Berlin")
        )
    );
    let of_the_user = |entry: &telemetry_policy::Entry<'_>| {
        entry.source.file() == Some(&world.user_file()) && !entry.locked
    };
    assert!(
        settings
            .entries()
            .filter(|entry| !entry.name().contains(".export.") && entry.name() != "telemetry.budgets")
            .all(|entry| of_the_user(&entry))
    );
}

#[test]
fn content_is_never_kept_longer_than_the_events_it_belongs_to() {
    for (written, kept) in [
        ("{}", 30),
        ("{retention_days: 7}", 7),
        ("{retention_days: 7, trajectories: {retention_days: 9}}", 7),
    ] {
        let world = World::with_user(&format!("telemetry: {written}\n"));
        assert_eq!(world.settings().content_retention_days(), kept, "{written}");
    }
}

#[test]
fn a_managed_key_wins_and_is_locked_and_its_neighbours_stay_the_users() {
    let world = World::with_both(
        "telemetry:\n  local: true\n  retention_days: 7\n  trajectories: {enabled: true}\n  capture: {attempts: true}\n",
        "telemetry:\n  local: false\n  retention_days: 365\n  trajectories: {}\n  capture:\n",
    );
    let settings = world.settings();
    assert_snapshot!(world.warnings(&settings), @"");
    assert_snapshot!(world.table(&settings), @r"
    telemetry.local = false (managed, locked)
    telemetry.allow_aggregate = true (default)
    telemetry.consent_state = unknown (default)
    telemetry.install_id =  (default)
    telemetry.retention_days = 365 (managed, locked)
    telemetry.redact_secrets = true (default)
    telemetry.content_redaction = none (default)
    telemetry.trajectories.enabled = true (user)
    telemetry.trajectories.retention_days = 30 (default)
    telemetry.capture.attempts = true (user)
    telemetry.timezone =  (default)
    telemetry.budgets =  (default)
    telemetry.pricing.overrides =  (default)
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
fn a_malformed_managed_value_is_the_safe_one_and_still_locked() {
    let world = World::with_both(
        "telemetry:\n  local: true\n  allow_aggregate: true\n  consent_state: aggregate\n  content_redaction: none\n  \
         retention_days: 7\n  trajectories: {enabled: true}\n",
        "telemetry:\n  local: flase\n  allow_aggregate: [no]\n  consent_state: granted\n  content_redaction: all\n  \
         retention_days: -1\n  trajectories: yes\n",
    );
    let settings = world.settings();
    assert_snapshot!(world.table(&settings), @r"
    telemetry.local = false (managed, locked, not understood)
    telemetry.allow_aggregate = false (managed, locked, not understood)
    telemetry.consent_state = unknown (managed, locked, not understood)
    telemetry.install_id =  (default)
    telemetry.retention_days = 90 (managed, locked, not understood)
    telemetry.redact_secrets = true (default)
    telemetry.content_redaction = pii (managed, locked, not understood)
    telemetry.trajectories.enabled = false (managed, locked, not understood)
    telemetry.trajectories.retention_days = 30 (managed, locked, not understood)
    telemetry.capture.attempts = false (default)
    telemetry.timezone =  (default)
    telemetry.budgets =  (default)
    telemetry.pricing.overrides =  (default)
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
    assert_snapshot!(world.warnings(&settings), @r#"
    managed/config.yaml:2: `telemetry.local` is "flase", but must be true or false; the safe value applies (false)
    managed/config.yaml:3: `telemetry.allow_aggregate` is a list, but must be true or false; the safe value applies (false)
    managed/config.yaml:4: `telemetry.consent_state` is "granted", but must be unknown or local or aggregate; the safe value applies (unknown)
    managed/config.yaml:5: `telemetry.content_redaction` is "all", but must be none or pii; the safe value applies (pii)
    managed/config.yaml:6: `telemetry.retention_days` is -1, but must be a whole number of days from 1 to 36500; the safe value applies (90)
    managed/config.yaml:7: `telemetry.trajectories` is true where a mapping must be (as for `telemetry.trajectories.enabled`); read as `telemetry.trajectories.enabled: false`, `telemetry.trajectories.retention_days: 30`
    "#);
}

#[test]
fn a_malformed_user_value_under_a_managed_one_is_named_and_changes_nothing() {
    let world = World::with_both("telemetry: {retention_days: soon}", "telemetry: {retention_days: 14}");
    let settings = world.settings();
    assert_eq!(settings.retention_days(), 14);
    assert_snapshot!(world.warnings(&settings), @r#"home/config.yaml:1: `telemetry.retention_days` is "soon", but must be a whole number of days from 1 to 36500; the managed value applies (14)"#);
}

#[test]
fn a_managed_directory_that_is_not_there_is_no_managed_scope() {
    let world = World::with_user("telemetry: {retention_days: 7}");
    let nowhere = world.home().join("nowhere").display().to_string();
    let in_place_of_a_directory = world.user_file().display().to_string();
    for directory in [nowhere, in_place_of_a_directory] {
        let settings = Settings::load_with(&world.home(), &|name| {
            (name == "HERMES_MANAGED_DIR").then(|| directory.clone())
        });
        assert_eq!((settings.retention_days(), settings.warnings()), (7, &[][..]));
    }
}

#[test]
fn what_the_hosts_config_set_writes_is_understood() {
    for (written, local) in [
        ("true", true),
        ("false", false),
        ("yes", true),
        ("No", false),
        ("on", true),
        ("OFF", false),
        ("1", true),
        ("0", false),
        ("'false'", false),
        ("\" yes \"", true),
        ("!!str off", false),
    ] {
        let world = World::with_user(&format!("telemetry:\n  local: {written}\n"));
        let settings = world.settings();
        assert_eq!((settings.local(), world.warnings(&settings)), (local, String::new()), "{written}");
    }
    for (written, days) in [("30", 30), ("30.0", 30), ("'30'", 30), ("0x1e", 30), ("1", 1), ("36500", 36_500)]
    {
        let world = World::with_user(&format!("telemetry:\n  retention_days: {written}\n"));
        let settings = world.settings();
        assert_eq!(
            (settings.retention_days(), world.warnings(&settings)),
            (days, String::new()),
            "{written}"
        );
    }
    // `config set` makes a number of what is all digits.
    let world =
        World::with_user("telemetry:\n  install_id: 20260101\n  timezone: ''\n  consent_state: local\n");
    let settings = world.settings();
    assert_eq!(world.warnings(&settings), "");
    assert_eq!((settings.configured_install_id(), settings.timezone()), (Some("20260101"), None));
    assert_eq!(settings.consent(), Consent::Local);
}

#[test]
fn a_variable_in_a_value_is_replaced_as_the_host_does_and_never_told() {
    let world = World::with_user(
        "telemetry:\n  install_id: box-${NUMBER}\n  timezone: ${ZONE}\n  local: ${UNSET}\n  consent_state: ${KEY}\n  \
         content_redaction: ${}${\n",
    );
    let settings = world.settings_with(&|name| match name {
        "NUMBER" => Some("17".to_owned()),
        "ZONE" => Some("Asia/Tokyo".to_owned()),
        "KEY" => Some("planted".to_owned()),
        _ => None,
    });
    assert_eq!((settings.configured_install_id(), settings.timezone()), (Some("box-17"), Some("Asia/Tokyo")));
    assert_snapshot!(world.warnings(&settings), @r#"
    home/config.yaml:4: `telemetry.local` is "${UNSET}", but must be true or false; the safe value applies (false)
    home/config.yaml:5: `telemetry.consent_state` is "${KEY}", but must be unknown or local or aggregate; the safe value applies (unknown)
    home/config.yaml:6: `telemetry.content_redaction` is "${}${", but must be none or pii; the safe value applies (pii)
    "#);
}

#[test]
fn the_rest_of_the_file_is_the_hosts_and_may_hold_anything() {
    let everything = "\
%YAML 1.1
---
secrets: !vault |
  not ours
object: !!python/object:some.Class {x: 1}
? [a, list]
: as a key
? {a: mapping}
: too
1: one
null: nothing
1.5: half
yes: yes
defaults: &defaults
  retention_days: 12
  nested: &nested {on: off}
again: *nested
merged: {<<: *nested, z: 1}
numbers: [.inf, -.inf, .nan, 1e999, 0o17, 017, 99999999999999999999999999999999999999999999]
same: 1
same: 2
dates: [2001-01-01, 2001-12-14t21:59:43.10-05:00]
binary: !!binary R0lGODlhDAAMAIQAAP==
broken_binary: !!binary '***'
folded: >-
  telemetry:
    local: true
'telemetry.local.': 1
telemetry:
  <<: *defaults
  local: false
  shared_metrics: {anything: [goes, {here: 1}]}
  export: {otlp: {headers_env: [A, B]}, collector: {api_key_env: TEAM_KEY}}
  pricing: {overrides: {some/model: {input: 1.5}}}
  timezone:
...
";
    let world = World::with_user(everything);
    let settings = world.settings();
    assert_eq!((settings.local(), settings.timezone()), (false, None));
    assert_snapshot!(world.warnings(&settings), @r"
    home/config.yaml:28: `telemetry.local.` at the top level is ignored; write it nested, as `telemetry:` with the rest of the name under it
    home/config.yaml:30: unknown key `telemetry.nested` (a mapping) is ignored
    home/config.yaml:34: `telemetry.pricing.overrides` is a mapping, but must be a list of entries with a provider, a model and rates; the safe value applies (not set)
    ");
}

#[test]
fn a_key_or_a_section_that_stands_twice_means_the_last_one_as_to_the_host() {
    let world = World::with_user(
        "telemetry: {local: false}\nother: 1\ntelemetry: {retention_days: x, retention_days: 9}\n",
    );
    let settings = world.settings();
    assert_eq!((settings.local(), settings.retention_days()), (true, 9));
    assert_eq!(world.warnings(&settings), "");
}

#[test]
fn a_byte_order_mark_and_carriage_returns_are_read_past() {
    let world = World::with_user("\u{feff}telemetry:\r\n  local: false\r\n  retention_days: 5\r\n");
    let settings = world.settings();
    assert_eq!((settings.local(), settings.retention_days(), settings.warnings()), (false, 5, &[][..]));
}
