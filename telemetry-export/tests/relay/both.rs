use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use telemetry_export::atof::Mode;
use telemetry_export::relay::{self, Destinations};
use telemetry_policy::Settings;

use crate::{HERE, atif_files, atof_file, environment, file_and, warnings};

const VARIABLES: [(&str, &str); 3] =
    [("ATOF_ENABLED", "1"), ("ATIF_ENABLED", "1"), ("ATIF_OUTPUT_DIRECTORY", "/env")];

fn observability(config: &str) -> String {
    format!("[[components]]\nkind = 'observability'\nconfig = {{{config}}}\n")
}

#[test]
fn a_file_that_can_be_used_stands_in_for_the_variables_of_atof() {
    for config in
        ["version = 1, atof = {enabled = true, filename = 'f'}", "version = 1, atof = {enabled = false}", ""]
    {
        let asked = file_and(observability(config), &VARIABLES);
        let expected =
            if config.contains("true") { vec![atof_file("/here", "f", Mode::Append)] } else { vec![] };
        assert_eq!(asked.atof, expected, "{config}");
        // ATIF it does not turn on.
        assert_eq!(asked.atif, Some(atif_files("/env")), "{config}");
        assert_eq!(
            warnings(&asked),
            "environment: `HERMES_NEMO_RELAY_ATOF_ENABLED` has no effect: the file that HERMES_NEMO_RELAY_PLUGINS_TOML names decides\n"
        );
    }
}

#[test]
fn and_for_those_of_atif_if_it_turns_that_on() {
    let asked = file_and(observability("atif = {enabled = true, output_directory = '/file'}"), &VARIABLES);
    assert_snapshot!(warnings(&asked), @r"
    environment: `HERMES_NEMO_RELAY_ATOF_ENABLED` has no effect: the file that HERMES_NEMO_RELAY_PLUGINS_TOML names decides
    environment: `HERMES_NEMO_RELAY_ATIF_ENABLED` has no effect: the file that HERMES_NEMO_RELAY_PLUGINS_TOML names decides
    ");
    assert_eq!((asked.atof, asked.atif.unwrap().directory.to_str()), (vec![], Some("/file")));
    let asked = file_and(observability("atif = {enabled = false, output_directory = '/file'}"), &VARIABLES);
    assert_eq!(asked.atif, Some(atif_files("/env")));
}

#[test]
fn one_that_cannot_be_used_is_as_good_as_none() {
    for text in [
        "".to_owned(),
        "[".to_owned(),
        observability("version = 1, atof = {enabled = true, mode = 'x'}, atif = {enabled = true}"),
    ] {
        let asked = file_and(&text, &VARIABLES);
        assert_eq!(asked.atof, [atof_file("/here", "hermes-atof.jsonl", Mode::Append)], "{text}");
        assert_eq!(asked.atif, Some(atif_files("/env")), "{text}");
    }
}

/// What variables ask for under a user's config and an administrator's.
fn under(user: &str, managed: &str) -> (Destinations, String) {
    let directory = tempfile::tempdir().unwrap();
    let at = |name: &str| directory.path().join(name);
    fs::create_dir(at("managed")).unwrap();
    fs::write(at("config.yaml"), user).unwrap();
    fs::write(at("managed/config.yaml"), managed).unwrap();
    let settings = Settings::load_with(directory.path(), &|name| {
        (name == "HERMES_MANAGED_DIR").then(|| at("managed").display().to_string())
    });
    let asked = relay::destinations(&settings, &environment(&VARIABLES), Path::new(HERE));
    let warnings = warnings(&asked).replace(&format!("{}/", directory.path().display()), "");
    (asked, warnings)
}

#[test]
fn what_the_config_says_is_off_no_variable_opens() {
    let (asked, said) = under("telemetry: {export: {atof: {enabled: false}}}", "");
    assert_eq!((asked.atof, asked.atif), (vec![], Some(atif_files("/env"))));
    assert_snapshot!(said, @"config.yaml: `telemetry.export.atof.enabled` is false, so what HERMES_NEMO_RELAY_* asks for is not written");
    let (asked, said) = under(
        "telemetry: {export: {atof: {enabled: true}, atif: {enabled: true}}}",
        "telemetry: {export: {atif: {enabled: false}}}",
    );
    assert_eq!((asked.atof.len(), asked.atif), (1, None));
    assert_snapshot!(said, @"managed/config.yaml: `telemetry.export.atif.enabled` is false, so what HERMES_NEMO_RELAY_* asks for is not written");
    // A rule that cannot be read must not be the reason that something is written.
    let (asked, _) = under("", "telemetry: [");
    assert_eq!((asked.atof, asked.atif), (vec![], None));
    // Nothing is recorded.
    let (asked, said) = under("telemetry: {local: false}", "");
    assert_eq!((asked, said.as_str()), (Destinations::default(), ""));
    // Nothing is said of what nobody asked for.
    let (asked, said) = under("telemetry: {export: {atof: {enabled: true}}}", "");
    assert_eq!((asked.atof.len(), asked.atif.is_some(), said.as_str()), (1, true, ""));
}
