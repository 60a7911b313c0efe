//! Whatever is in the file and in the environment: no panic, no path that is not absolute, no control character in what
//! is said.

use proptest::prelude::*;
use telemetry_export::relay::Destinations;

use crate::{file, variables};

fn holds(asked: &Destinations) {
    for atof in &asked.atof {
        assert!(atof.directory.is_absolute(), "{atof:?}");
    }
    assert!(asked.atif.iter().all(|atif| atif.directory.is_absolute()), "{asked:?}");
    for warning in &asked.warnings {
        assert!(!warning.message.contains(char::is_control), "{warning:?}");
        assert!(!warning.message.contains("hunter2"), "{warning:?}");
    }
}

/// The words of such a file, in any order.
fn tokens() -> impl Strategy<Value = String> {
    const TOKENS: &[&str] = &[
        "\n",
        " = ",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ", ",
        ".",
        "'",
        "\"",
        "1",
        "4",
        "true",
        "planted = 'hunter2'\n",
        "[[components]]\n",
        "kind = 'observability'\n",
        "[components.config]\n",
        "version = 1\n",
        "version = 2\n",
        "[components.config.atof]\n",
        "[components.config.atif]\n",
        "[[components.config.atof.sinks]]\n",
        "enabled = true\n",
        "type = 'file'\n",
        "type = 'stream'\n",
        "output_directory = 'hunter2'\n",
        "filename = 'hunter2'\n",
        "filename_template = '{session_id}'\n",
        "filename_template = '{metadata.hunter2'\n",
        "mode = 'hunter2'\n",
        "[components.config.policy]\n",
        "[policy]\n",
        "unsupported_value = 'warn'\n",
        "unknown_field = 'ignore'\n",
        "storage = [{type = 's3'}]\n",
        "endpoints = [{}]\n",
        "[components.config.opentelemetry]\n",
        "atof = 7\n",
        "\\u0000",
        "\u{1b}",
        "#",
        "config = {}\n",
        "components = [{kind = 'observability', config = {atof = {}}}]\n",
    ];
    proptest::collection::vec(proptest::sample::select(TOKENS), 0..24).prop_map(|tokens| tokens.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_a_file(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        holds(&file(bytes));
    }

    #[test]
    fn any_words_are_a_file(text in tokens()) {
        holds(&file(text));
    }

    #[test]
    fn any_values_are_an_environment(values in proptest::collection::vec("[^\0]*|hunter2.*|\\{session_id\\}", 9)) {
        let names = ["ATOF_FILENAME", "ATOF_MODE", "ATOF_OUTPUT_DIRECTORY", "ATIF_OUTPUT_DIRECTORY", "ATIF_FILENAME_TEMPLATE",
            "ATIF_AGENT_NAME", "ATIF_SUBAGENT_EXPORT_MODE", "ATOF_ENABLED", "ATIF_ENABLED"];
        let mut set: Vec<(&str, &str)> = names.into_iter().zip(values.iter().map(String::as_str)).collect();
        holds(&variables(&set));
        set.truncate(7);
        set.extend([("ATOF_ENABLED", "1"), ("ATIF_ENABLED", "1")]);
        holds(&variables(&set));
    }
}
