use insta::assert_snapshot;
use telemetry_export::atif::{FilenameTemplate, Subagents};
use telemetry_export::atof::Mode;
use telemetry_export::relay::Destinations;

use crate::{atif_files, atof_file, variables, warnings};

#[test]
fn without_variables_nothing_is_asked_for() {
    assert_eq!(variables(&[]), Destinations::default());
    // Nor by variables that say how, and not that.
    let how = [("ATOF_OUTPUT_DIRECTORY", "/a"), ("ATOF_MODE", "never"), ("ATIF_FILENAME_TEMPLATE", "{x}")];
    assert_eq!(variables(&how), Destinations::default());
}

#[test]
fn a_switch_is_on_in_four_words() {
    for word in ["1", "true", "yes", "on", "TRUE", " Yes "] {
        let asked =
            variables(&[("ATOF_ENABLED", word), ("ATIF_ENABLED", word), ("ATIF_OUTPUT_DIRECTORY", "/a")]);
        assert_eq!(
            (asked.atof.len(), asked.atif.is_some(), warnings(&asked).as_str()),
            (1, true, ""),
            "{word}"
        );
    }
    for word in ["0", "false", "no", "Off", "", "  "] {
        assert_eq!(
            variables(&[("ATOF_ENABLED", word), ("ATIF_ENABLED", word)]),
            Destinations::default(),
            "{word}"
        );
    }
    let neither = variables(&[("ATOF_ENABLED", "y"), ("ATIF_ENABLED", "2")]);
    assert_eq!((neither.atof.len(), &neither.atif), (0, &None));
    assert_snapshot!(warnings(&neither), @r"
    environment: `HERMES_NEMO_RELAY_ATOF_ENABLED` must be 1, true, yes or on; it is taken for off
    environment: `HERMES_NEMO_RELAY_ATIF_ENABLED` must be 1, true, yes or on; it is taken for off
    ");
}

#[test]
fn atof_goes_to_a_file_in_the_current_directory() {
    let asked = variables(&[("ATOF_ENABLED", "1")]);
    assert_eq!(asked.atof, [atof_file("/here", "hermes-atof.jsonl", Mode::Append)]);
    assert_eq!((asked.atif, asked.warnings), (None, Vec::new()));
}

#[test]
fn each_variable_of_atof_is_one_part_of_it() {
    for (variable, value, expected) in [
        ("OUTPUT_DIRECTORY", "/traces", atof_file("/traces", "hermes-atof.jsonl", Mode::Append)),
        ("OUTPUT_DIRECTORY", "my/traces", atof_file("/here/my/traces", "hermes-atof.jsonl", Mode::Append)),
        ("FILENAME", "events.jsonl", atof_file("/here", "events.jsonl", Mode::Append)),
        ("FILENAME", "", atof_file("/here", "hermes-atof.jsonl", Mode::Append)),
        ("MODE", "append", atof_file("/here", "hermes-atof.jsonl", Mode::Append)),
        ("MODE", "Overwrite", atof_file("/here", "hermes-atof.jsonl", Mode::Overwrite)),
    ] {
        let asked = variables(&[("ATOF_ENABLED", "1"), (&format!("ATOF_{variable}"), value)]);
        assert_eq!((asked.atof, asked.warnings), (vec![expected], vec![]), "{variable} {value}");
    }
}

/// As in the reference, except that it is said.
#[test]
fn without_a_directory_there_is_no_file_of_atif() {
    let asked = variables(&[("ATIF_ENABLED", "on"), ("ATIF_AGENT_NAME", "mine")]);
    assert_eq!(asked.atif, None);
    assert_snapshot!(warnings(&asked), @"environment: `HERMES_NEMO_RELAY_ATIF_ENABLED` is on, but HERMES_NEMO_RELAY_ATIF_OUTPUT_DIRECTORY is not set, so no file is written");
}

#[test]
fn each_variable_of_atif_is_one_part_of_it() {
    let default = || atif_files("/traces");
    let template = |text| FilenameTemplate::of_environment(text).unwrap();
    for (variable, value, expected) in [
        ("AGENT_NAME", "", default()),
        ("FILENAME_TEMPLATE", "t-{session_id}.json", {
            let mut config = default();
            config.filename_template = template("t-{session_id}.json");
            config
        }),
        ("AGENT_NAME", "Ada's agent", {
            let mut config = default();
            config.agent_name = "Ada's agent".to_owned();
            config
        }),
        ("AGENT_VERSION", "7", {
            let mut config = default();
            config.agent_version = "7".to_owned();
            config
        }),
        ("MODEL_NAME", "some/model", {
            let mut config = default();
            config.model_name = "some/model".to_owned();
            config
        }),
        ("SUBAGENT_EXPORT_MODE", "embedded", default()),
        ("SUBAGENT_EXPORT_MODE", "ALL", {
            let mut config = default();
            config.subagents = Subagents::All;
            config
        }),
    ] {
        let asked = variables(&[
            ("ATIF_ENABLED", "1"),
            ("ATIF_OUTPUT_DIRECTORY", "/traces"),
            (&format!("ATIF_{variable}"), value),
        ]);
        assert_eq!((asked.atif, asked.warnings), (Some(expected), vec![]), "{variable} {value}");
    }
    let relative = variables(&[("ATIF_ENABLED", "1"), ("ATIF_OUTPUT_DIRECTORY", "traces")]);
    assert_eq!(relative.atif, Some(atif_files("/here/traces")));
}

#[test]
fn a_value_that_does_not_do_is_named_and_the_default_applies() {
    let asked = variables(&[
        ("ATOF_ENABLED", "1"),
        ("ATOF_FILENAME", "../hunter2.jsonl"),
        ("ATOF_MODE", "hunter2"),
        ("ATIF_ENABLED", "1"),
        ("ATIF_OUTPUT_DIRECTORY", "/traces"),
        ("ATIF_FILENAME_TEMPLATE", "{hunter2}-{session_id}.json"),
        ("ATIF_SUBAGENT_EXPORT_MODE", "hunter2"),
    ]);
    assert_eq!(asked.atof, [atof_file("/here", "hermes-atof.jsonl", Mode::Append)]);
    assert_eq!(asked.atif, Some(atif_files("/traces")));
    assert_snapshot!(warnings(&asked), @r"
    environment: `HERMES_NEMO_RELAY_ATOF_MODE` must be append or overwrite; lines are appended
    environment: `HERMES_NEMO_RELAY_ATOF_FILENAME` must be the name of a file below the directory; it is hermes-atof.jsonl
    environment: `HERMES_NEMO_RELAY_ATIF_FILENAME_TEMPLATE` must be a template (only {session_id} may be in braces; a brace itself is {{ or }}); it is hermes-atif-{session_id}.json
    environment: `HERMES_NEMO_RELAY_ATIF_SUBAGENT_EXPORT_MODE` must be embedded or all; subagents are embedded
    ");
    assert!(!warnings(&asked).contains("hunter2"));
}

#[test]
fn a_template_that_does_not_tell_sessions_apart_is_made_to() {
    let asked = variables(&[
        ("ATIF_ENABLED", "1"),
        ("ATIF_OUTPUT_DIRECTORY", "/traces"),
        ("ATIF_FILENAME_TEMPLATE", "trajectory.json"),
    ]);
    let path = |session| asked.atif.as_ref().unwrap().path(session, &|_| None).display().to_string();
    assert_eq!(
        (path("s1").as_str(), path("s2").as_str()),
        ("/traces/trajectory-s1.json", "/traces/trajectory-s2.json")
    );
    assert_snapshot!(warnings(&asked), @"environment: `HERMES_NEMO_RELAY_ATIF_FILENAME_TEMPLATE` has no {session_id}, and all sessions would be one file; -{session_id} is put before its ending");
}
