use std::process::Command;

use insta::assert_snapshot;
use telemetry_export::atof::{Filename, Mode};

use crate::{atof_file, file, variables, warnings};

/// A file that warns of everything.
fn lenient(text: &str) -> String {
    format!("version = 1\npolicy = {{unsupported_value = 'warn'}}\n{text}")
}

const UNKNOWN: &str = "\
versoin = 1
[policy]
unknown_fields = 'warn'
[[components]]
kind = 'observability'
enable = true
[components.config]
version = 4
atoff = {}
openinference = {enabled = true}
[components.config.policy]
strict = true
[components.config.atof]
enabled = true
mode = 'append'
[[components.config.atof.sinks]]
type = 'file'
filname = 'x'
[[components.config.atof.sinks]]
type = 'stream'
uri = 'x'
[components.config.atif]
enabled = true
directory = '/x'
[[components.config.atif.storage]]
type = 's3'
buckets = 'x'
[components.config.opentelemetry]
endpoint = 'x'
[[components]]
kind = 'observabilty'
";

#[test]
fn an_unknown_key_is_named_at_every_level_and_ignored() {
    let asked = file(UNKNOWN);
    assert_snapshot!(warnings(&asked), @r"
    plugins.toml:1: `versoin` is no key that is known here; it is ignored
    plugins.toml:3: `policy.unknown_fields` is no key that is known here; it is ignored
    plugins.toml:6: `components[0].enable` is no key that is known here; it is ignored
    plugins.toml:9: `components[0].config.atoff` is no key that is known here; it is ignored
    plugins.toml:10: `components[0].config.openinference` is no key that is known here (version 3 has opentelemetry instead); it is ignored
    plugins.toml:12: `components[0].config.policy.strict` is no key that is known here; it is ignored
    plugins.toml:15: `components[0].config.atof.mode` is no key that is known here (since version 2 it belongs to a sink, [[components.config.atof.sinks]]); it is ignored
    plugins.toml:18: `components[0].config.atof.sinks[0].filname` is no key that is known here; it is ignored
    plugins.toml:19: `components[0].config.atof.sinks[1]` is understood, but not served here; nothing is sent; for a receiver over the network use telemetry.export.otlp in config.yaml
    plugins.toml:21: `components[0].config.atof.sinks[1].uri` is no key that is known here; it is ignored
    plugins.toml:22: `components[0].config.atif.output_directory` is not there and storage is not served; no file is written
    plugins.toml:24: `components[0].config.atif.directory` is no key that is known here; it is ignored
    plugins.toml:25: `components[0].config.atif.storage[0]` is understood, but not served here; nothing is uploaded
    plugins.toml:27: `components[0].config.atif.storage[0].buckets` is no key that is known here; it is ignored
    plugins.toml:29: `components[0].config.opentelemetry.endpoint` is no key that is known here; it is ignored
    plugins.toml:31: `components[1].kind` is no kind of component that is known here; the component is ignored
    ");
    assert_eq!((asked.atof.len(), asked.atof[0].filename.clone()), (1, Filename::STAMPED));
}

#[test]
fn a_file_says_itself_what_comes_of_what_is_unknown() {
    let with = |policy: &str| UNKNOWN.replace("[policy]", &format!("[policy]\n{policy}"));
    let silent = file(with("unknown_field = 'ignore'\nunknown_component = 'ignore'"));
    // What is not served is said all the same.
    assert_eq!((silent.warnings.len(), silent.atof.len()), (3, 1), "{}", warnings(&silent));
    for policy in ["unknown_field = 'error'", "unknown_component = 'error'"] {
        let strict = file(with(policy));
        assert_eq!((strict.atof, strict.atif), (vec![], None), "{policy}");
    }
    // The component's own word, for what is in it.
    let own = UNKNOWN.replace("strict = true", "unknown_field = 'error'");
    let asked = file(&own);
    assert!(asked.atof.is_empty());
    assert_snapshot!(warnings(&asked).lines().filter(|line| line.contains("by the file's policy")).collect::<Vec<_>>().join("\n"), @r"
    plugins.toml:9: `components[0].config.atoff` is no key that is known here; by the file's policy that is an error, so nothing of the file is used
    plugins.toml:10: `components[0].config.openinference` is no key that is known here (version 3 has opentelemetry instead); by the file's policy that is an error, so nothing of the file is used
    plugins.toml:15: `components[0].config.atof.mode` is no key that is known here (since version 2 it belongs to a sink, [[components.config.atof.sinks]]); by the file's policy that is an error, so nothing of the file is used
    plugins.toml:18: `components[0].config.atof.sinks[0].filname` is no key that is known here; by the file's policy that is an error, so nothing of the file is used
    plugins.toml:21: `components[0].config.atof.sinks[1].uri` is no key that is known here; by the file's policy that is an error, so nothing of the file is used
    plugins.toml:24: `components[0].config.atif.directory` is no key that is known here; by the file's policy that is an error, so nothing of the file is used
    plugins.toml:27: `components[0].config.atif.storage[0].buckets` is no key that is known here; by the file's policy that is an error, so nothing of the file is used
    plugins.toml:29: `components[0].config.opentelemetry.endpoint` is no key that is known here; by the file's policy that is an error, so nothing of the file is used
    ");
    // The file's word is over it, unless it is what it would be anyway.
    let over = with("unknown_field = 'ignore'").replace("strict = true", "unknown_field = 'error'");
    assert_eq!(file(over).atof.len(), 1);
}

const UNSUPPORTED: &str = "\
[[components]]
kind = 'observability'
[components.config]
version = 5
enable_full_payloads = 'yes'
[components.config.policy]
unknown_field = 'loud'
[components.config.atof]
enabled = true
[[components.config.atof.sinks]]
type = 'file'
mode = 'rotate'
filename = '../x'
[[components.config.atof.sinks]]
type = 'file'
output_directory = 7
[[components.config.atof.sinks]]
type = 'pipe'
[[components.config.atof.sinks]]
mode = 'append'
[components.config.atif]
enabled = true
output_directory = '/out'
agent_name = 1
filename_template = 'x/../{session_id}'
[[components.config.atif.storage]]
type = 'ftp'
[[components]]
kind = 'observability'
[[components]]
kind = 7
[[components]]
enabled = true
";

#[test]
fn a_value_that_does_not_do_is_named_and_what_it_directs_is_left_out() {
    let asked = file(lenient(UNSUPPORTED));
    assert_snapshot!(warnings(&asked), @r"
    plugins.toml:6: `components[0].config.version` must be 1, 2, 3 or 4; it is read as version 4
    plugins.toml:7: `components[0].config.enable_full_payloads` must be true or false; it is taken for false
    plugins.toml:9: `components[0].config.policy.unknown_field` must be ignore or warn or error; the default applies
    plugins.toml:14: `components[0].config.atof.sinks[0].mode` must be append or overwrite; the default applies
    plugins.toml:15: `components[0].config.atof.sinks[0].filename` must be the name of a file below the directory; the name is made of the time
    plugins.toml:18: `components[0].config.atof.sinks[1].output_directory` must be a string; no file is written there
    plugins.toml:20: `components[0].config.atof.sinks[2].type` must be file or stream; the sink is ignored
    plugins.toml:21: `components[0].config.atof.sinks[3].type` must be file or stream; the sink is ignored
    plugins.toml:26: `components[0].config.atif.agent_name` must be a string; the default applies
    plugins.toml:27: `components[0].config.atif.filename_template` must be a template (it must lead to a file below the directory); names are made by the default
    plugins.toml:29: `components[0].config.atif.storage[0].type` must be s3 or http; it is ignored
    plugins.toml:30: `components[1]` is a second component of observability; it is ignored
    plugins.toml:33: `components[2].kind` must be a string; the component is ignored
    plugins.toml:34: `components[3].kind` must be there; the component is ignored
    ");
    let [atof] = &asked.atof[..] else { panic!("{asked:?}") };
    assert_eq!(
        (atof.directory.to_str(), &atof.filename, atof.mode),
        (Some("/here"), &Filename::STAMPED, Mode::Append)
    );
    let atif = asked.atif.unwrap();
    assert_eq!(atif.agent_name, "NeMo Relay");
    assert_eq!(atif.path("s1", &|_| None).to_str(), Some("/out/nemo-relay-atif-s1.json"));
}

/// The reference's default for values: an error.
#[test]
fn unless_the_file_says_otherwise_such_a_file_is_not_used() {
    let asked = file(UNSUPPORTED);
    assert_eq!((asked.atof, asked.atif), (vec![], None));
    let of_values = asked.warnings.iter().filter(|warning| warning.message.contains("by the file's policy"));
    assert_eq!(of_values.count(), 13);
    let quiet = file(format!("policy = {{unsupported_value = 'ignore'}}\n{UNSUPPORTED}"));
    assert_eq!((quiet.atof.len(), quiet.atif.is_some()), (1, true));
    assert_snapshot!(warnings(&quiet), @"plugins.toml:29: `components[1]` is a second component of observability; it is ignored");
}

#[test]
fn wrong_types_of_sections_are_named() {
    for (text, warned) in [
        ("components = {}", 1),
        ("components = [1]", 1),
        ("policy = 1", 1),
        ("version = '1'", 1),
        ("version = 2", 1),
        ("[[components]]\nkind = 'observability'\nconfig = 1", 1),
        ("[[components]]\nkind = 'observability'\nenabled = 1", 1),
        ("[[components]]\nkind = 'observability'\nconfig = {atof = 1, atif = [], opentelemetry = ''}", 3),
        ("[[components]]\nkind = 'observability'\nconfig = {atof = {sinks = {}}}", 1),
        ("[[components]]\nkind = 'observability'\nconfig = {atof = {enabled = true}}", 1),
        ("[[components]]\nkind = 'observability'\nconfig = {atof = {enabled = true, sinks = ['x']}}", 1),
        ("[[components]]\nkind = 'observability'\nconfig = {version = -1}", 1),
        (
            "[[components]]\nkind = 'observability'\nconfig = {atif = {enabled = true, output_directory = \"\\u0000\"}}",
            1,
        ),
    ] {
        let asked = file(text);
        assert_eq!((asked.atof.len(), &asked.atif), (0, &None), "{text}");
        assert_eq!(asked.warnings.len(), warned, "{text}\n{}", warnings(&asked));
        assert!(asked.warnings.iter().all(|warning| warning.line.is_some()), "{text}\n{}", warnings(&asked));
    }
}

/// The first documented file with the number of a newer version: what the newer releases refuse.
#[test]
fn keys_of_another_version_are_named_with_where_they_belong() {
    let asked = file(lenient(
        "[[components]]\nkind = 'observability'\n[components.config]\nversion = 4\n\
         atof = {enabled = true, output_directory = 'x', filename = 'y', mode = 'append', endpoints = []}\n\
         [[components]]\nkind = 'observability'\nconfig = {version = 1, atof = {sinks = []}}\n",
    ));
    assert_snapshot!(warnings(&asked), @r"
    plugins.toml:7: `components[0].config.atof.endpoints` is no key that is known here (since version 2 it belongs to a sink, [[components.config.atof.sinks]]); it is ignored
    plugins.toml:7: `components[0].config.atof.filename` is no key that is known here (since version 2 it belongs to a sink, [[components.config.atof.sinks]]); it is ignored
    plugins.toml:7: `components[0].config.atof.mode` is no key that is known here (since version 2 it belongs to a sink, [[components.config.atof.sinks]]); it is ignored
    plugins.toml:7: `components[0].config.atof.output_directory` is no key that is known here (since version 2 it belongs to a sink, [[components.config.atof.sinks]]); it is ignored
    plugins.toml:7: `components[0].config.atof.sinks` must be a list of at least one sink; no file is written
    plugins.toml:8: `components[1]` is a second component of observability; it is ignored
    ");
    let asked = file("[[components]]\nkind = 'observability'\nconfig = {version = 1, atof = {sinks = []}}\n");
    assert_snapshot!(warnings(&asked), @"plugins.toml:3: `components[0].config.atof.sinks` is no key that is known here (it is read since version 2); it is ignored");
}

#[test]
fn a_file_that_cannot_be_read_is_one_warning_and_the_variables_count() {
    let with_atof = |path: &str| {
        let asked = variables(&[("PLUGINS_TOML", path), ("ATOF_ENABLED", "1")]);
        assert_eq!(asked.atof, [atof_file("/here", "hermes-atof.jsonl", Mode::Append)]);
        assert_eq!(asked.warnings.len(), 1);
        warnings(&asked)
    };
    assert_snapshot!(with_atof("plugins.toml"), @"/here/plugins.toml: the file is not there; the other variables of HERMES_NEMO_RELAY_* apply");
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().to_str().unwrap();
    assert_snapshot!(with_atof(place).replace(place, "PLACE"), @"PLACE: the file cannot be read (it is a directory); the other variables of HERMES_NEMO_RELAY_* apply");
    // A pipe that nobody writes to: reading it would never end.
    let pipe = format!("{place}/pipe");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert_snapshot!(with_atof(&pipe).replace(place, "PLACE"), @"PLACE/pipe: the file cannot be read (it is not a regular file); the other variables of HERMES_NEMO_RELAY_* apply");
}

#[test]
fn a_file_that_is_no_toml_is_one_warning_with_its_line_and_none_of_its_text() {
    let of = |text: &[u8]| {
        let asked = file(text);
        assert_eq!((asked.atof, asked.atif, asked.warnings.len()), (vec![], None, 1));
        let warning = asked.warnings[0].to_string();
        assert!(!warning.contains("hunter2"), "{warning}");
        warning
    };
    assert_snapshot!(of(b"version = 1\nhunter2\n"), @"plugins.toml:2: the file is not valid TOML (key with no value, expected `=`); the other variables of HERMES_NEMO_RELAY_* apply");
    assert_snapshot!(of(b"version = 1\n\nkey = hunter2\n"), @"plugins.toml:3: the file is not valid TOML (string values must be quoted, expected literal string); the other variables of HERMES_NEMO_RELAY_* apply");
    assert_snapshot!(of(b"hunter2 = 1\nhunter2 = 2\n"), @"plugins.toml:2: the file is not valid TOML (duplicate key); the other variables of HERMES_NEMO_RELAY_* apply");
    assert_snapshot!(of(b"[hunter2\n"), @"plugins.toml:1: the file is not valid TOML (unclosed table, expected `]`); the other variables of HERMES_NEMO_RELAY_* apply");
    assert_snapshot!(of(b"key = \"hunter2\n"), @r#"plugins.toml:1: the file is not valid TOML (invalid basic string, expected `"`); the other variables of HERMES_NEMO_RELAY_* apply"#);
    assert_snapshot!(of(b"key = 1\n# \xff hunter2\n"), @"plugins.toml:2: the file is not valid UTF-8; the other variables of HERMES_NEMO_RELAY_* apply");
    assert_snapshot!(of(format!("key = {}", "[".repeat(100_000)).as_bytes()), @"plugins.toml:1: the file is not valid TOML (cannot recurse further; max recursion depth met); the other variables of HERMES_NEMO_RELAY_* apply");
}

#[test]
fn many_mistakes_are_one() {
    let keys: String = (0..5_000).map(|index| format!("key{index} = 1\n")).collect();
    let asked = file(keys);
    assert_eq!(asked.warnings.len(), 51);
    assert_snapshot!(asked.warnings[50], @"plugins.toml: 4950 more findings are not told one by one");
}

#[test]
fn no_file_opens_more_files_than_a_person_would_name() {
    let sinks: String = (0..20_000)
        .map(|index| format!("[[components.config.atof.sinks]]\ntype = 'file'\nfilename = '{index}'\n"))
        .collect();
    let sinks = &sinks[..1_000_000].rsplit_once("[[").unwrap().0;
    let asked = file(format!(
        "[[components]]\nkind = 'observability'\n[components.config.atof]\nenabled = true\n{sinks}"
    ));
    assert_eq!(asked.atof.len(), 16);
    assert_snapshot!(warnings(&asked), @"plugins.toml:5: `components[0].config.atof.sinks` has more than 16 entries; the others are ignored");
}

#[test]
fn a_key_that_may_be_a_secret_is_not_told() {
    let secret = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let asked = file(format!("'{secret}' = 1\n\"a\\u001b\\n\" = 1\n"));
    assert_snapshot!(warnings(&asked), @r"
    plugins.toml:1: `(40 characters)` is no key that is known here; it is ignored
    plugins.toml:2: `a\u{1b}\n` is no key that is known here; it is ignored
    ");
}
