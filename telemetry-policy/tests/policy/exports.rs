use std::path::Path;

use insta::assert_snapshot;
use telemetry_policy::Settings;
use telemetry_policy::otlp::{Profile, Protocol, Signals, Temporality};

use crate::World;

fn settings_of(export: &str) -> (Settings, String) {
    let world = World::with_user(&format!("telemetry: {{export: {export}}}\n"));
    let settings = world.settings_with(&|name| (name == "HOME").then(|| "/home/ada".to_owned()));
    let warnings = world.warnings(&settings);
    (settings, warnings)
}

#[test]
fn what_nobody_chose_is_the_default() {
    let settings = Settings::default();
    assert_eq!(
        (
            settings.otlp_protocol(),
            settings.otlp_profile(),
            settings.otlp_signals(),
            settings.otlp_temporality()
        ),
        (Protocol::HttpProtobuf, Profile::GenAi, Signals::ALL, Temporality::Cumulative)
    );
    assert_eq!(
        (Protocol::default(), Profile::default(), Signals::default(), Temporality::default()),
        (
            settings.otlp_protocol(),
            settings.otlp_profile(),
            settings.otlp_signals(),
            settings.otlp_temporality()
        )
    );
    assert!(!settings.otlp_enabled() && !settings.atof_enabled() && !settings.atif_enabled());
    assert_eq!((settings.atof_directory(), settings.atif_directory()), (None, None));
}

#[test]
fn every_word_is_the_choice_it_names() {
    for (word, is) in [("http/protobuf", Protocol::HttpProtobuf), ("http/json", Protocol::HttpJson)] {
        let (settings, warnings) = settings_of(&format!("{{otlp: {{protocol: {word}}}}}"));
        assert_eq!((settings.otlp_protocol(), is.as_str(), warnings), (is, word, String::new()));
    }
    for (word, is) in [
        ("genai", Profile::GenAi),
        ("openinference", Profile::OpenInference),
        ("langfuse", Profile::Langfuse),
        ("all", Profile::All),
    ] {
        let (settings, warnings) = settings_of(&format!("{{otlp: {{profile: {word}}}}}"));
        assert_eq!((settings.otlp_profile(), is.as_str(), warnings), (is, word, String::new()));
    }
    for (word, is) in [("cumulative", Temporality::Cumulative), ("delta", Temporality::Delta)] {
        let (settings, warnings) = settings_of(&format!("{{otlp: {{temporality: {word}}}}}"));
        assert_eq!((settings.otlp_temporality(), is.as_str(), warnings), (is, word, String::new()));
    }
}

#[test]
fn signals_are_a_list_or_a_text_and_what_is_not_understood_sends_nothing() {
    let only = |traces, metrics, logs| Signals { traces, metrics, logs };
    for (written, signals, shown) in [
        ("[traces]", only(true, false, false), "traces"),
        ("[logs, traces, logs]", only(true, false, true), "traces, logs"),
        ("'metrics,logs'", only(false, true, true), "metrics, logs"),
        ("' traces , metrics , logs '", Signals::ALL, "traces, metrics, logs"),
        ("none", Signals::NONE, "none"),
        ("[]", Signals::NONE, "none"),
        ("null", Signals::ALL, "traces, metrics, logs"),
    ] {
        let (settings, warnings) = settings_of(&format!("{{otlp: {{signals: {written}}}}}"));
        let is = settings.otlp_signals();
        assert_eq!((is, is.to_string().as_str(), warnings.as_str()), (signals, shown, ""), "{written}");
    }
    for written in ["all", "''", "[Traces]", "[none, traces]", "[1]", "true", "{traces: true}", "[[traces]]"]
    {
        let (settings, warnings) = settings_of(&format!("{{otlp: {{signals: {written}}}}}"));
        assert_eq!((settings.otlp_signals(), warnings.lines().count()), (Signals::NONE, 1), "{written}");
    }
    let written = serde_json::to_string(&only(true, false, true)).unwrap();
    assert_eq!(written, r#"["traces","logs"]"#);
}

#[test]
fn a_directory_is_absolute() {
    for (written, directory) in [
        ("/var/traces", Some("/var/traces")),
        ("' /var/my traces/ '", Some("/var/my traces/")),
        ("~/traces", Some("/home/ada/traces")),
        ("'~'", Some("/home/ada")),
        ("'${HOME}/traces'", Some("/home/ada/traces")),
        ("''", None),
    ] {
        let (settings, warnings) =
            settings_of(&format!("{{atof: {{directory: {written}}}, atif: {{directory: {written}}}}}"));
        let expected = directory.map(Path::new);
        assert_eq!((settings.atof_directory(), settings.atif_directory()), (expected, expected), "{written}");
        assert_eq!(warnings, "", "{written}");
    }
    for written in ["traces", "./traces", "../traces", "~ada/traces", "[/traces]", "7", "\"/a\\0b\""] {
        let (settings, warnings) = settings_of(&format!("{{atif: {{directory: {written}}}}}"));
        assert_eq!((settings.atif_directory(), warnings.lines().count()), (None, 1), "{written}");
    }
    // There is no home to begin with.
    let world = World::with_user("telemetry: {export: {atof: {directory: ~/traces}}}\n");
    let settings = world.settings();
    assert_eq!(settings.atof_directory(), None);
    assert_snapshot!(world.warnings(&settings), @"home/config.yaml:1: `telemetry.export.atof.directory` is a string, but must be an absolute path (~ is the user's home), or empty; the safe value applies (not set)");
}

#[test]
fn what_is_switched_on_is_on_while_anything_is_recorded() {
    for local in [true, false] {
        let world = World::with_user(&format!(
            "telemetry:\n  local: {local}\n  export: {{otlp: {{enabled: on}}, atof: {{enabled: on}}, atif: {{enabled: on}}}}\n"
        ));
        let settings = world.settings();
        assert_eq!(
            (settings.otlp_enabled(), settings.atof_enabled(), settings.atif_enabled()),
            (local, local, local)
        );
    }
}

#[test]
fn an_administrator_decides_each_choice_of_a_destination_alone() {
    let world = World::with_both(
        "telemetry: {export: {otlp: {profile: all, signals: [traces, logs], protocol: http/json},\n\
         \x20 atof: {enabled: true, directory: /mine}, atif: {enabled: true}}}\n",
        "telemetry: {export: {otlp: {signals: traces}, atof: {directory: /ours}, atif: {enabled: false}}}\n",
    );
    let settings = world.settings();
    assert_eq!(
        (settings.otlp_profile(), settings.otlp_protocol(), settings.otlp_signals().to_string()),
        (Profile::All, Protocol::HttpJson, "traces".to_owned())
    );
    assert_eq!((settings.atof_enabled(), settings.atof_directory()), (true, Some(Path::new("/ours"))));
    assert!(!settings.atif_enabled());
    let table = world.table(&settings);
    for line in [
        "telemetry.export.otlp.protocol = http/json (user)",
        "telemetry.export.otlp.signals = traces (managed, locked)",
        "telemetry.export.atof.directory = /ours (managed, locked)",
        "telemetry.export.atif.enabled = false (managed, locked)",
    ] {
        assert!(table.lines().any(|is| is == line), "{line}\n{table}");
    }
}

#[test]
fn a_choice_that_is_nearly_right_is_named_with_what_was_meant() {
    assert_snapshot!(crate::warnings_of(
        "telemetry:\n  export:\n    otlp: {signal: traces, protocols: x, profil: all}\n    atof: {dir: /x, directory: ~}\n    \
         atfi: {enabled: true}\n  atif: {directory: /x}\n"
    ), @r"
    home/config.yaml:3: unknown key `telemetry.export.otlp.profil` (a string) is ignored; did you mean `telemetry.export.otlp.profile`?
    home/config.yaml:3: unknown key `telemetry.export.otlp.protocols` (a string) is ignored; did you mean `telemetry.export.otlp.protocol`?
    home/config.yaml:3: unknown key `telemetry.export.otlp.signal` (a string) is ignored; did you mean `telemetry.export.otlp.signals`?
    home/config.yaml:4: unknown key `telemetry.export.atof.dir` (a string) is ignored; did you mean `telemetry.export.atof`?
    home/config.yaml:5: unknown key `telemetry.export.atfi` (a mapping) is ignored; did you mean `telemetry.export.atif`?
    home/config.yaml:6: unknown key `telemetry.atif` (a mapping) is ignored; did you mean `telemetry.export.atif`?
    ");
}
