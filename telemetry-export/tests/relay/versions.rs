//! What the reference's own pages show for each version, in our words.

use insta::assert_snapshot;
use telemetry_core::time::UnixNanos;
use telemetry_export::atif::{FilenameTemplate, Subagents};
use telemetry_export::atof::{Filename, Mode};

use crate::{atof_file, file, warnings};

/// The README of hermes-agent 0.19: version 1, which no release of the reference after 0.5 takes.
const VERSION_1: &str = r#"
version = 1

[[components]]
kind = "observability"
enabled = true

[components.config]
version = 1

[components.config.atof]
enabled = true
output_directory = "out/atof"
filename = "run.jsonl"
mode = "overwrite"

[components.config.atif]
enabled = true
output_directory = "/out/atif"
filename_template = "run-{session_id}.json"
agent_name = "Ada"
agent_version = "7"
"#;

/// Since version 2 files and streams are sinks.
fn with_sinks(version: u32, more: &str) -> String {
    format!(
        r#"
version = 1

[[components]]
kind = "observability"

[components.config]
version = {version}

[components.config.atof]
enabled = true

[[components.config.atof.sinks]]
type = "file"
output_directory = "out/atof"
filename = "run.jsonl"
mode = "overwrite"

[components.config.atif]
enabled = true
output_directory = "/out/atif"
filename_template = "run-{{session_id}}.json"
agent_name = "Ada"
agent_version = "7"
{more}"#
    )
}

#[test]
fn every_version_of_the_component_asks_for_the_same_files() {
    let unversioned =
        |text: &str| text.replace("[components.config]\nversion = 1\n", "[components.config]\n");
    let texts = [
        VERSION_1.to_owned(),
        with_sinks(2, ""),
        with_sinks(3, ""),
        with_sinks(4, ""),
        // The form tells the version where none is written.
        unversioned(VERSION_1),
        with_sinks(4, "").replace("version = 4\n", ""),
    ];
    for text in texts {
        let asked = file(&text);
        assert_eq!(warnings(&asked), "", "{text}");
        assert_eq!(asked.atof, [atof_file("/here/out/atof", "run.jsonl", Mode::Overwrite)], "{text}");
        let atif = asked.atif.unwrap();
        assert_eq!(
            (
                atif.directory.to_str().unwrap(),
                atif.agent_name.as_str(),
                atif.agent_version.as_str(),
                atif.model_name.as_str(),
                atif.subagents
            ),
            ("/out/atif", "Ada", "7", "unknown", Subagents::Embedded),
            "{text}"
        );
        assert_eq!(atif.filename_template, FilenameTemplate::of_file("run-{session_id}.json").unwrap());
    }
}

#[test]
fn what_a_file_leaves_out_is_the_references_default() {
    for text in [
        "[[components]]\nkind = 'observability'\nconfig = {version = 1, atof = {enabled = true}, atif = {enabled = true}}\n",
        "[[components]]\nkind = 'observability'\n[components.config]\n\
         atof = {enabled = true, sinks = [{type = 'file'}]}\natif = {enabled = true}\n",
    ] {
        let asked = file(text);
        assert_eq!(warnings(&asked), "", "{text}");
        let [atof] = &asked.atof[..] else { panic!("{asked:?}") };
        assert_eq!((&atof.filename, atof.mode), (&Filename::STAMPED, Mode::Append));
        let began = UnixNanos::from_seconds(1_770_128_116.0).unwrap();
        assert_eq!(atof.path(began).to_str(), Some("/here/nemo-relay-events-2026-02-03-14.15.16.jsonl"));
        let atif = asked.atif.unwrap();
        assert_eq!(atif.path("s1", &|_| None).to_str(), Some("/here/nemo-relay-atif-s1.json"));
        assert_eq!((atif.agent_name.as_str(), atif.model_name.as_str()), ("NeMo Relay", "unknown"));
        assert_eq!(atif.agent_version, env!("CARGO_PKG_VERSION"));
    }
}

#[test]
fn what_is_not_switched_on_is_off() {
    for text in [
        "",
        "# nothing\n",
        "version = 1\n",
        "version = 1\ncomponents = []\n",
        &VERSION_1
            .replace("kind = \"observability\"\nenabled = true", "kind = \"observability\"\nenabled = false"),
        &VERSION_1
            .replace("atof]\nenabled = true", "atof]\nenabled = false")
            .replace("atif]\nenabled = true", "atif]"),
        "[[components]]\nkind = 'observability'\n",
        "[[components]]\nkind = 'observability'\nconfig = {}\n",
        "[[components]]\nkind = 'adaptive'\nenabled = false\n",
    ] {
        let asked = file(text);
        assert_eq!((asked.atof, asked.atif, asked.warnings), (vec![], None, vec![]), "{text}");
    }
}

#[test]
fn there_may_be_more_than_one_sink() {
    let asked = file(with_sinks(
        4,
        "[[components.config.atof.sinks]]\ntype = 'file'\noutput_directory = '/all'\nfilename = 'all.jsonl'\n\
         [[components.config.atof.sinks]]\ntype = 'file'\noutput_directory = 'out/atof'\nfilename = 'run.jsonl'\n",
    ));
    assert_eq!(
        asked.atof,
        [
            atof_file("/here/out/atof", "run.jsonl", Mode::Overwrite),
            atof_file("/all", "all.jsonl", Mode::Append)
        ]
    );
    assert_snapshot!(warnings(&asked), @"plugins.toml:29: `components[0].config.atof.sinks[2]` is the file of another sink; it is ignored");
}

#[test]
fn what_is_understood_and_not_served_is_named_with_what_to_use_instead() {
    let newest = file(
        with_sinks(
            4,
            r#"
model_name = "some/model"
tool_definitions = [{type = "function"}]
extra = {team = "a"}

[[components.config.atif.storage]]
type = "s3"
bucket = "hunter2"
secret_access_key_var = "KEY"

[[components.config.atif.storage]]
type = "http"
endpoint = "https://hunter2.example"
header_env = {authorization = "TOKEN"}

[[components.config.atof.sinks]]
type = "stream"
url = "https://hunter2.example"
headers = {authorization = "hunter2"}
field_name_policy = "replace_dots"

[components.config.opentelemetry]
enabled = true
endpoints = [{type = "gen_ai", endpoint = "https://hunter2.example"}]
logs = {enabled = true}

[[components]]
kind = "pricing"

[[components]]
kind = "pii_redaction"
config = {anything = "hunter2"}

[[components]]
kind = "adaptive"

[[dynamic_plugins]]
plugin_id = "x"
"#,
        )
        .replace("version = 4\n", "version = 4\nenable_full_payloads = true\n"),
    );
    assert_snapshot!(warnings(&newest), @r"
    plugins.toml:9: `components[0].config.enable_full_payloads` is understood, but not served here; what of content is in a file is decided by telemetry.trajectories.enabled in config.yaml
    plugins.toml:28: `components[0].config.atif.tool_definitions` is understood, but not served here; they are taken from what was sent to the model
    plugins.toml:29: `components[0].config.atif.extra` is understood, but not served here; it is left out
    plugins.toml:31: `components[0].config.atif.storage[0]` is understood, but not served here; nothing is uploaded
    plugins.toml:36: `components[0].config.atif.storage[1]` is understood, but not served here; nothing is uploaded
    plugins.toml:41: `components[0].config.atof.sinks[1]` is understood, but not served here; nothing is sent; for a receiver over the network use telemetry.export.otlp in config.yaml
    plugins.toml:47: `components[0].config.opentelemetry` is understood, but not served here; use telemetry.export.otlp in config.yaml
    plugins.toml:53: `components[1]` is understood, but not served here; rates of your own are telemetry.pricing.overrides in config.yaml
    plugins.toml:56: `components[2]` is understood, but not served here; personal data is taken out by telemetry.content_redaction in config.yaml
    plugins.toml:60: `components[3]` is understood, but not served here; it is ignored
    plugins.toml:62: `dynamic_plugins` is understood, but not served here; no plugin is loaded from it
    ");
    assert!(!warnings(&newest).contains("hunter2"));
    // What can be done is done.
    assert_eq!((newest.atof.len(), newest.atif.unwrap().model_name.as_str()), (1, "some/model"));

    let oldest = file(format!(
        "{VERSION_1}\n[components.config.opentelemetry]\nenabled = true\nendpoint = 'https://hunter2.example'\n\
         [components.config.openinference]\nenabled = true\ntransport = 'grpc'\n\
         [[components.config.atof.endpoints]]\nurl = 'https://hunter2.example'\n"
    ));
    assert_snapshot!(warnings(&oldest), @r"
    plugins.toml:24: `components[0].config.opentelemetry` is understood, but not served here; use telemetry.export.otlp in config.yaml
    plugins.toml:27: `components[0].config.openinference` is understood, but not served here; use telemetry.export.otlp in config.yaml
    plugins.toml:30: `components[0].config.atof.endpoints[0]` is understood, but not served here; nothing is sent; for a receiver over the network use telemetry.export.otlp in config.yaml
    ");
    assert_eq!((oldest.atof.len(), oldest.atif.is_some()), (1, true));

    let off =
        file(format!("{VERSION_1}\n[components.config.opentelemetry]\nenabled = false\nendpoint = 'x'\n"));
    assert_eq!(warnings(&off), "");
}

/// The reference only uploads then, so nobody asked for a file on this machine.
#[test]
fn storage_without_a_directory_writes_no_file() {
    let asked = file(
        "[[components]]\nkind = 'observability'\n[components.config.atif]\nenabled = true\n\
         storage = [{type = 's3', bucket = 'b'}]\n",
    );
    assert_eq!(asked.atif, None);
    assert_snapshot!(warnings(&asked), @r"
    plugins.toml:3: `components[0].config.atif.output_directory` is not there and storage is not served; no file is written
    plugins.toml:5: `components[0].config.atif.storage[0]` is understood, but not served here; nothing is uploaded
    ");
}
