use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use insta::assert_snapshot;

use crate::{World, default_settings_apply};

/// The one warning that a user file of these bytes comes to, after checking that the defaults apply.
fn warning_for(bytes: &[u8]) -> String {
    let world = World::new();
    fs::write(world.user_file(), bytes).unwrap();
    only_warning(&world)
}

fn only_warning(world: &World) -> String {
    let settings = world.settings();
    default_settings_apply(world);
    assert_eq!(settings.warnings().len(), 1, "{}", world.warnings(&settings));
    world.warnings(&settings).trim_end().to_owned()
}

#[test]
fn a_file_that_is_not_yaml_is_one_warning_with_its_line() {
    assert_snapshot!(warning_for(b"model: x\ntelemetry: {local: false\nother: 1\n"), @"home/config.yaml:3: the file is not valid YAML (while parsing a flow mapping, did not find expected ',' or '}'); the defaults apply");
    assert_snapshot!(warning_for(b"a: \"never closed\nb: 2\n"), @"home/config.yaml:2: the file is not valid YAML (invalid indentation in multiline quoted scalar); the defaults apply");
    assert_snapshot!(warning_for(b"a:\n\tb: 1\n"), @"home/config.yaml:2: the file is not valid YAML (tabs disallowed within this context (block indentation)); the defaults apply");
    assert_snapshot!(warning_for(b"a: *nowhere\n"), @"home/config.yaml:1: the file is not valid YAML (alias references unknown anchor); the defaults apply");
    assert_snapshot!(warning_for(b"a: 1\n---\nb: 2\n"), @"home/config.yaml:3: the file is not valid YAML (it holds more than one document); the defaults apply");
    assert_snapshot!(warning_for(b"a: 1\nb\xff: 2\n"), @"home/config.yaml:2: the file is not valid UTF-8; the defaults apply");
    assert_snapshot!(warning_for(b"a: \x00\n"), @r#"home/config.yaml:1: the file is not valid YAML (unexpected character: `\u{0}'); the defaults apply"#);
}

#[test]
fn a_file_that_is_not_a_mapping_is_one_warning() {
    assert_snapshot!(warning_for(b"- telemetry\n- local\n"), @"home/config.yaml: the file is a list where a mapping of sections must be; the defaults apply");
    assert_snapshot!(warning_for(b"telemetry"), @"home/config.yaml: the file is a string where a mapping of sections must be; the defaults apply");
    assert_snapshot!(warning_for(b"17"), @"home/config.yaml: the file is a number where a mapping of sections must be; the defaults apply");
    assert_snapshot!(warning_for(b"telemetry:\n  - local\n"), @"home/config.yaml:1: the file has a list under `telemetry` where a mapping must be; the defaults apply");
    assert_snapshot!(warning_for(b"telemetry: local\n"), @"home/config.yaml:1: the file has a string under `telemetry` where a mapping must be; the defaults apply");
}

#[test]
fn an_empty_file_says_nothing() {
    for bytes in [&b""[..], b"\n\n", b"# only a comment\n", b"---\n", b"null\n", b"{}"] {
        let world = World::new();
        fs::write(world.user_file(), bytes).unwrap();
        default_settings_apply(&world);
        assert_eq!(world.settings().warnings(), &[]);
    }
}

#[test]
fn something_else_in_the_place_of_the_file_is_one_warning() {
    let world = World::new();
    fs::create_dir(world.user_file()).unwrap();
    assert_snapshot!(only_warning(&world), @"home/config.yaml: the file cannot be read (it is a directory); the defaults apply");

    // A pipe that nobody writes to: reading it would never end.
    let world = World::new();
    let path = std::ffi::OsStr::from_bytes(world.user_file().as_os_str().as_bytes()).to_owned();
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    assert_snapshot!(only_warning(&world), @"home/config.yaml: the file cannot be read (it is not a regular file); the defaults apply");

    // A file in the place of the home.
    let world = World::new();
    fs::remove_dir(world.home()).unwrap();
    fs::write(world.home(), "").unwrap();
    assert_snapshot!(only_warning(&world), @"home/config.yaml: the file cannot be read (Not a directory (os error 20)); the defaults apply");

    // A link that leads nowhere is a file that is not there.
    let world = World::new();
    std::os::unix::fs::symlink("nowhere", world.user_file()).unwrap();
    default_settings_apply(&world);
    assert_eq!(world.settings().warnings(), &[]);

    // A link that leads to itself is not.
    let world = World::new();
    std::os::unix::fs::symlink("config.yaml", world.user_file()).unwrap();
    assert_snapshot!(only_warning(&world), @"home/config.yaml: the file cannot be read (Too many levels of symbolic links (os error 40)); the defaults apply");
}

#[test]
fn a_file_that_may_not_be_read_is_one_warning() {
    use std::os::unix::fs::PermissionsExt;
    let world = World::with_user("telemetry: {local: false}\n");
    fs::set_permissions(world.user_file(), fs::Permissions::from_mode(0o000)).unwrap();
    if fs::read(world.user_file()).is_ok() {
        return; // root reads everything
    }
    assert_snapshot!(only_warning(&world), @"home/config.yaml: the file cannot be read (Permission denied (os error 13)); the defaults apply");
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let at_the_limit = |over: usize| {
        let mut bytes = b"telemetry: {local: false}\n#".to_vec();
        bytes.resize(1024 * 1024 + over, b'x');
        bytes
    };
    assert_snapshot!(warning_for(&at_the_limit(1)), @"home/config.yaml: the file cannot be read (it is larger than 1048576 bytes); the defaults apply");
    let world = World::new();
    fs::write(world.user_file(), at_the_limit(0)).unwrap();
    assert!(!world.settings().local());
}

#[test]
fn a_file_made_to_hurt_is_a_warning_and_not_a_crash() {
    let deep = format!("a: {}\n", "[".repeat(300_000));
    let deep_blocks: String = (0..900).map(|depth| format!("{}k:\n", " ".repeat(depth))).collect();
    let mut bomb = "x0: &x0 [1,1,1,1,1,1,1,1,1,1]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*x{}", level - 1); 10].join(",");
        bomb += &format!("x{level}: &x{level} [{aliases}]\n");
    }
    let many = "- ".repeat(200_000);
    for hostile in [deep, deep_blocks, bomb, many] {
        warning_for(hostile.as_bytes());
    }
}

#[test]
fn long_comments_and_many_sections_are_nothing_special() {
    let mut config = "# a comment\n".repeat(500);
    for section in 0..3_000 {
        config += &format!(
            "section{section}:\n  # about it\n  name: \"v\\U0001F600\\\n    \\ more\"\n  list: [1, 2]\n"
        );
    }
    config += "telemetry:\n";
    config += &"  # a comment\n".repeat(200);
    config += "  local: false\n";
    let world = World::with_user(&config);
    let settings = world.settings();
    assert_eq!((settings.local(), settings.warnings()), (false, &[][..]));
}

#[test]
fn a_broken_managed_file_closes_what_could_leave_and_leaves_the_rest_to_the_user() {
    let user = "telemetry:\n  consent_state: aggregate\n  content_redaction: none\n  retention_days: 7\n  \
                trajectories: {enabled: true}\n";
    let world = World::with_both(user, "telemetry: {local: [\n");
    let settings = world.settings();
    assert_snapshot!(world.warnings(&settings), @"managed/config.yaml:1: the file is not valid YAML (unclosed bracket '['); no managed value applies, and until it is mended telemetry.allow_aggregate is false, telemetry.content_redaction is pii, telemetry.trajectories.enabled is false, telemetry.export.otlp.enabled is false, telemetry.export.atof.enabled is false, telemetry.export.atif.enabled is false, telemetry.export.collector.enabled is false");
    assert_snapshot!(world.table(&settings), @r"
    telemetry.local = true (default)
    telemetry.allow_aggregate = false (managed, locked, not understood)
    telemetry.consent_state = aggregate (user)
    telemetry.install_id =  (default)
    telemetry.retention_days = 7 (user)
    telemetry.redact_secrets = true (default)
    telemetry.content_redaction = pii (managed, locked, not understood)
    telemetry.trajectories.enabled = false (managed, locked, not understood)
    telemetry.trajectories.retention_days = 30 (default)
    telemetry.capture.attempts = false (default)
    telemetry.timezone =  (default)
    telemetry.budgets =  (default)
    telemetry.pricing.overrides =  (default)
    telemetry.export.otlp.enabled = false (managed, locked, not understood)
    telemetry.export.otlp.endpoint =  (default)
    telemetry.export.otlp.headers_env =  (default)
    telemetry.export.otlp.protocol = http/protobuf (default)
    telemetry.export.otlp.profile = genai (default)
    telemetry.export.otlp.signals = traces, metrics, logs (default)
    telemetry.export.otlp.temporality = cumulative (default)
    telemetry.export.atof.enabled = false (managed, locked, not understood)
    telemetry.export.atof.directory =  (default)
    telemetry.export.atif.enabled = false (managed, locked, not understood)
    telemetry.export.atif.directory =  (default)
    telemetry.export.collector.enabled = false (managed, locked, not understood)
    telemetry.export.collector.endpoint =  (default)
    telemetry.export.collector.api_key_env =  (default)
    telemetry.export.collector.host =  (default)
    ");
    assert!(!settings.may_upload_aggregate());

    // The same when only the section is none.
    let closed = world.table(&settings);
    for section in ["telemetry: [local]\n", "telemetry: nothing\n", "- telemetry\n"] {
        let world = World::with_both(user, section);
        let settings = world.settings();
        assert_eq!((world.table(&settings), settings.warnings().len()), (closed.clone(), 1), "{section}");
    }
    // And when there is a directory in the file's place.
    let world = World::with_user(user);
    fs::create_dir(world.managed_file()).unwrap();
    assert!(!world.settings().may_upload_aggregate() && !world.settings().planes().trajectories);
}
