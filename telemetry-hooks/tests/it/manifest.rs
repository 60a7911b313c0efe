use proptest::prelude::*;
use telemetry_hooks::manifest::{Kind, Manifest};

const GOOD: &str = "\
name: telemetry
version: 0.1.0
description: Local-first observability
author: The telemetry authors
manifest_version: 1
kind: standalone
hooks:
  - on_session_start
  - post_api_request
provides_hooks:
  - post_api_request
  - post_tool_call
provides_tools: []
requires_env:
  - TELEMETRY_HOME
";

fn parse(text: &str) -> Manifest {
    Manifest::parse("p/plugin.yaml", text).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(text: &str) -> String {
    Manifest::parse("p/plugin.yaml", text).expect_err(text).to_string()
}

/// The message for a manifest that is good but for one line.
fn refusal_with(line: &str) -> String {
    let key = line.split(':').next().unwrap();
    let base = "name: good\nversion: 1.0.0\n";
    let text: String =
        base.lines().filter(|good| !good.starts_with(key)).map(|good| format!("{good}\n")).collect();
    refusal(&format!("{text}{line}\n"))
}

#[test]
fn a_whole_manifest() {
    let manifest = parse(GOOD);
    assert_eq!(manifest.path.to_str(), Some("p/plugin.yaml"));
    assert_eq!(manifest.name, "telemetry");
    assert_eq!(manifest.version, "0.1.0");
    assert_eq!(manifest.description, "Local-first observability");
    assert_eq!(manifest.author, "The telemetry authors");
    assert_eq!(manifest.hooks, ["on_session_start", "post_api_request", "post_tool_call"]);
    assert_eq!(manifest.provides_tools, [""; 0]);
    assert_eq!(manifest.requires_env, ["TELEMETRY_HOME"]);
    assert_eq!(manifest.kind, Kind::Standalone);
    assert_eq!(manifest.warnings, []);
    assert!(manifest.declares("post_tool_call") && !manifest.declares("pre_tool_call"));
}

#[test]
fn name_and_version_are_enough() {
    let manifest = parse("name: p\nversion: '1'\nhooks:\nauthor: null\n");
    assert_eq!((manifest.author.as_str(), manifest.hooks.len()), ("", 0));
}

/// The shapes of hermes-agent's bundled manifests: keys only that host reads, and variables described in full.
#[test]
fn manifests_of_the_real_host() {
    let manifest = parse(
        "\u{feff}name: irc-platform\nlabel: IRC\nkind: Platform\nversion: 1.0.0\n\
         requires_env:\n  - name: IRC_SERVER\n    description: hostname\n    password: false\n  - IRC_CHANNEL\n\
         optional_env:\n  - name: IRC_PORT\nplatforms: [linux]\npip_dependencies: [irc]\n",
    );
    assert_eq!(manifest.requires_env, ["IRC_SERVER", "IRC_CHANNEL"]);
    assert_eq!(manifest.kind, Kind::Platform);
}

#[test]
fn all_problems_are_told_at_once() {
    let text = "\
nmae: telemetry
version: one
author: 7
kind: standalon
hooks: post_tool_call
provides_hooks: [post_tool_call, 3, 'post tool call']
manifest_version: 2
colour: blue
";
    assert_eq!(
        refusal(text),
        r#"p/plugin.yaml: name: missing; use a-z, 0-9, `_` and `-`, starting with a letter or digit, at most 64 characters, like "telemetry"
p/plugin.yaml:1: nmae: unknown key; did you mean "name"?
p/plugin.yaml:2: version: "one" is not allowed; use MAJOR.MINOR.PATCH, like "1.0.0"
p/plugin.yaml:3: author: 7 is a number; expected text
p/plugin.yaml:4: kind: "standalon" is not a kind; did you mean "standalone"?
p/plugin.yaml:5: hooks: "post_tool_call" is text; expected a list of hook names
p/plugin.yaml:6: provides_hooks[1]: 3 is not one of the hook names; expected text of letters, digits and `_ - . : /`, at most 64
p/plugin.yaml:6: provides_hooks[2]: "post tool call" is not one of the hook names; expected text of letters, digits and `_ - . : /`, at most 64
p/plugin.yaml:7: manifest_version: 2 is newer than 1, the newest this version reads; update it
p/plugin.yaml:8: colour: unknown key; a manifest has manifest_version, name, version, description, author, kind, hooks, provides_hooks, provides_tools, requires_env"#
    );
}

#[test]
fn an_empty_file_lacks_what_is_required() {
    for empty in ["", "# nothing\n", "---\n", "{}"] {
        let error = Manifest::parse("p/plugin.yaml", empty).expect_err(empty);
        let fields: Vec<_> = error.problems.iter().map(|problem| problem.field.as_str()).collect();
        assert_eq!(fields, ["name", "version"], "{empty:?}");
    }
}

#[test]
fn names() {
    let longest = "a".repeat(64);
    for good in ["a", "0", "web-xai", "google_meet", &longest] {
        assert_eq!(parse(&format!("name: \"{good}\"\nversion: 1.0.0")).name, good);
    }
    let too_long = "a".repeat(65);
    for bad in ["", "A", "-a", "_a", "a b", "a/b", "..", "é", "a\\n", &too_long] {
        assert!(refusal_with(&format!("name: \"{bad}\"")).contains(": name: \""), "{bad:?}");
    }
    assert!(refusal_with("name: 12").contains(":2: name: 12 is a number; expected text"));
}

#[test]
fn versions() {
    for good in ["1", "1.10", "1.2.3", "0.1.0-alpha.1", "1.0.0+build.7", "1.0.0-rc-1+x"] {
        assert_eq!(parse(&format!("name: p\nversion: '{good}'")).version, good);
    }
    for bad in ["", "v1", "1.", "1..2", "1.2.3.4", "1.0.0-", "1.0.0+", "1.0.0-a..b", "one", "1 0", "-1"] {
        assert!(refusal_with(&format!("version: '{bad}'")).contains("version: "), "{bad:?}");
    }
    assert_eq!(
        refusal_with("version: 1.10"),
        r#"p/plugin.yaml:2: version: 1.1 is a number to YAML; put it in quotes and use MAJOR.MINOR.PATCH, like "1.0.0""#
    );
}

#[test]
fn manifest_versions() {
    for good in ["0", "1", "null"] {
        parse(&format!("name: p\nversion: 1.0.0\nmanifest_version: {good}"));
    }
    for bad in ["-1", "1.5", "one", "[1]", "true"] {
        assert!(
            refusal_with(&format!("manifest_version: {bad}")).contains("is not a manifest version"),
            "{bad:?}"
        );
    }
}

#[test]
fn a_hook_of_a_newer_host_is_only_a_remark() {
    let manifest = parse("name: p\nversion: 1.0.0\nhooks: [post_tool_calls, PreCompact, post_tool_call]\n");
    assert_eq!(manifest.hooks, ["post_tool_calls", "PreCompact", "post_tool_call"]);
    assert_eq!(manifest.unknown_hooks().collect::<Vec<_>>(), ["post_tool_calls", "PreCompact"]);
    let remarks: Vec<_> =
        manifest.warnings.iter().map(|remark| remark.at(&manifest.path).to_string()).collect();
    assert_eq!(
        remarks,
        [
            r#"p/plugin.yaml:3: hooks: unknown hook "post_tool_calls"; did you mean "post_tool_call"?"#,
            r#"p/plugin.yaml:3: hooks: unknown hook "PreCompact"; it is called only if the host invokes it by this name"#,
        ]
    );
}

#[test]
fn what_is_not_a_manifest_says_where() {
    let broken = [
        "name: [unclosed",
        "name: a\nname: b\nversion: 1.0.0",
        "- name: p",
        "just text",
        "name: a\n---\nname: b",
        "name: *nowhere",
        "a: &a [x]\n b: *a",
        "? [a, b]\n: c",
    ];
    for text in broken {
        let error = Manifest::parse("p/plugin.yaml", text).expect_err(text);
        let message = error.to_string();
        assert!(
            message.starts_with("p/plugin.yaml:") && message.contains("cannot be read as YAML: "),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
}

/// Ten aliases of ten aliases, ten deep: a few hundred bytes that would fill the memory if they were expanded.
#[test]
fn a_small_file_does_not_become_a_large_one() {
    let mut text = "a0: &a0 [x]\n".to_owned();
    for depth in 1..12 {
        let aliases = vec![format!("*a{}", depth - 1); 10].join(", ");
        text.push_str(&format!("a{depth}: &a{depth} [{aliases}]\n"));
    }
    assert!(refusal(&text).len() < 10_000);
    assert!(refusal(&"[".repeat(100_000)).len() < 10_000);
}

#[test]
fn values_are_shown_short_and_escaped() {
    let message = refusal_with(&format!("name: \"\\e[31m{}\"", "x".repeat(10_000)));
    assert!(message.len() < 400 && !message.contains('\u{1b}'), "{message}");
    let message = refusal_with(&format!("\"k\\e{}\": 1", "x".repeat(10_000)));
    assert!(message.len() < 400 && !message.contains('\u{1b}'), "{message}");
}

proptest! {
    #[test]
    fn any_text_is_a_manifest_or_an_error_with_a_problem(text in "[a-z:\\[\\]{}&*!|>'\"#\\-?, \n\t0-9]{0,200}|\\PC{0,80}") {
        match Manifest::parse("p/plugin.yaml", &text) {
            Ok(manifest) => prop_assert!(!manifest.name.is_empty()),
            Err(error) => prop_assert!(!error.problems.is_empty()),
        }
    }

    /// Names of fields that exist, values of every type: no combination is read halfway.
    #[test]
    fn every_field_takes_every_type(
        key in prop::sample::select(vec!["manifest_version", "name", "version", "description", "author", "kind",
            "hooks", "provides_hooks", "provides_tools", "requires_env", "optional_env"]),
        value in prop::sample::select(vec!["~", "true", "0", "-7", "1e400", ".nan", "''", "x", "[]", "[~]", "[[x]]", "{}", "{name: x}", "[{name: ~}]"]),
    ) {
        let text = format!("{key}: {value}\n");
        if let Err(error) = Manifest::parse("p/plugin.yaml", &text) {
            prop_assert!(error.to_string().lines().all(|line| line.starts_with("p/plugin.yaml")));
        }
    }
}
