//! Which file decides, and what a mistake in one costs.

use std::fs;

use telemetry_tests::{Home, Output, Recording};

fn with_config(user: &str, managed: Option<&str>) -> Home {
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), user).unwrap();
    if let Some(managed) = managed {
        fs::write(home.root().join("managed/config.yaml"), managed).unwrap();
    }
    home
}

/// Both forms, since both are read.
fn status(home: &Home) -> (serde_json::Value, Output) {
    (home.json(["status", "--json"]), home.ok(["status"]))
}

#[test]
fn status_names_the_file_that_switched_the_local_plane_off() {
    let home = with_config("telemetry:\n  local: false\n", None);
    let (document, printed) = status(&home);
    let file = home.path().join("config.yaml");
    assert!(document.to_string().contains(file.to_str().unwrap()), "{document}");
    assert!(printed.stdout.contains(file.to_str().unwrap()), "{printed}");
}

#[test]
fn a_managed_file_wins_key_by_key() {
    let home =
        with_config("telemetry:\n  local: true\n  retention_days: 7\n", Some("telemetry:\n  local: false\n"));
    let (document, printed) = status(&home);
    let file = home.root().join("managed/config.yaml");
    assert!(document.to_string().contains(file.to_str().unwrap()), "{document}");
    assert!(printed.stdout.contains(file.to_str().unwrap()), "{printed}");
    assert!(document.to_string().contains('7'), "the user's other keys still count: {document}");
}

/// Recording stops: a hook that is called all the same writes nothing.
#[test]
fn a_local_plane_that_is_off_records_nothing() {
    for (user, managed) in
        [("telemetry: {local: false}", None), ("telemetry: {local: true}", Some("telemetry: {local: false}"))]
    {
        let home = with_config(user, managed);
        let output = home.run(["replay", Recording::named("tool").path.to_str().unwrap()]);
        assert!(!output.stderr.trim().is_empty(), "a replay that records nothing says so\n{output}");
        assert_eq!(home.runs()["runs"], serde_json::json!([]));
    }
}

/// A mistake in a file is a warning that names it, and never an end.
#[test]
fn mistakes_are_named_and_survived() {
    for (content, named) in [
        ("telemetry:\n  lokal: false\n", "lokal"),
        ("telemetry:\n  retention_days: soon\n", "retention_days"),
        ("telemetry: 7\n", "telemetry"),
        ("telemetry:\n  consent_state: everything\n", "consent_state"),
        ("telemetry: [\n", "config.yaml"),
        ("\u{0}\u{1}\u{2}", "config.yaml"),
        ("- just\n- a\n- list\n", "config.yaml"),
    ] {
        let home = with_config(content, None);
        home.replay([&Recording::named("tool")]);
        assert_eq!(home.runs()["runs"].as_array().map(Vec::len), Some(1), "{content:?}: recording goes on");
        let (document, printed) = status(&home);
        assert!(document.to_string().contains(named), "{content:?}: {named} in {document}");
        let printed_text = format!("{}{}", printed.stdout, printed.stderr);
        assert!(printed_text.contains(named), "{content:?}: {named}\n{printed}");
    }
}

/// A switch that says neither on nor off is off: nobody is recorded by a slip of the pen.
#[test]
fn a_malformed_switch_is_off_and_named() {
    let home = with_config("telemetry:\n  local: perhaps\n", None);
    let output = home.run(["replay", Recording::named("tool").path.to_str().unwrap()]).assert_code(1);
    assert!(output.stderr.contains("config.yaml") && output.stderr.contains("telemetry.local"), "{output}");
    let (document, _) = status(&home);
    assert!(document.to_string().contains("perhaps"), "{document}");
    assert_eq!(home.runs()["runs"], serde_json::json!([]));
}

/// A folder in the place of the file, or a file nobody may read, is no file.
#[test]
fn a_config_that_cannot_be_read_is_survived() {
    let home = Home::new();
    fs::create_dir(home.path().join("config.yaml")).unwrap();
    home.replay([&Recording::named("tool")]);
    assert_eq!(home.runs()["runs"].as_array().map(Vec::len), Some(1));
    assert!(home.json(["status", "--json"]).to_string().contains("config.yaml"));
}

/// Keys of ours that the host uses, and everything else in the host's file, are none of our business.
#[test]
fn the_hosts_own_keys_are_no_mistake() {
    let home = with_config(
        "model: {default: fake-model}\nmonitoring: {enabled: true}\ntelemetry:\n  shared_metrics: {enabled: true}\n",
        None,
    );
    let (document, printed) = status(&home);
    assert!(!document.to_string().contains("shared_metrics"), "{document}");
    assert!(!printed.stdout.contains("shared_metrics") && printed.stderr.is_empty(), "{printed}");
}

/// A secret in the config, where it should not be, or in the environment, is never shown.
#[test]
fn status_shows_no_secret() {
    let home = with_config(
        "telemetry:\n  export:\n    otlp:\n      enabled: true\n      endpoint: https://user:hunter2-secret@collector.example/v1\n\
         \x20     headers_env: OTLP_HEADERS\n",
        None,
    );
    for args in [vec!["status"], vec!["status", "--json"]] {
        let mut command = home.command(&args);
        command.env("OTLP_HEADERS", "authorization=Bearer tok-0123456789-secret");
        let output = Output::of(command).assert_code(0);
        for secret in ["hunter2", "tok-0123456789"] {
            assert!(!output.stdout.contains(secret) && !output.stderr.contains(secret), "{secret}\n{output}");
        }
    }
}

/// Of a destination the host is told, and of its key where it is kept and whether it is there.
#[test]
fn status_tells_the_posture_of_a_destination_and_nothing_that_opens_it() {
    let home = with_config(
        "telemetry:\n  export:\n    otlp:\n      enabled: true\n      endpoint: https://user:hunter2-secret@collector.example:4318/v1/hunter2-path\n\
         \x20     headers_env: {authorization: OTLP_TOKEN, x-tenant: OTLP_TENANT}\n\
         \x20   collector: {endpoint: 'https://team.example/?key=hunter2-query', api_key_env: TEAM_KEY}\n",
        Some("telemetry: {export: {otlp: {enabled: false}}}"),
    );
    let ask = |args: &[&str]| {
        let mut command = home.command(args);
        command.env("OTLP_TOKEN", "Bearer hunter2-header").env("TEAM_KEY", "");
        Output::of(command).assert_code(0)
    };
    let (text, json) = (ask(&["status"]), ask(&["status", "--json"]));
    assert!(!format!("{text}{json}").contains("hunter2"), "{text}{json}");
    let export = &json.document()["export"];
    assert_eq!(
        (&export["otlp"], &export["collector"]),
        (
            &serde_json::json!({"enabled": false, "host": "collector.example:4318", "environment": [
                {"header": "authorization", "variable": "OTLP_TOKEN", "set": true},
                {"header": "x-tenant", "variable": "OTLP_TENANT", "set": false}], "delivery": null}),
            &serde_json::json!({"enabled": false, "host": "team.example", "environment": [
                {"header": null, "variable": "TEAM_KEY", "set": false}], "delivery": null})
        )
    );
    for line in [
        "  otlp        off: collector.example:4318, authorization from OTLP_TOKEN (set), x-tenant from OTLP_TENANT (not set)",
        "  collector   off: team.example, TEAM_KEY (not set)",
    ] {
        assert!(text.stdout.lines().any(|is| is == line), "{line}\n{text}");
    }
    let managed = home.root().join("managed/config.yaml");
    let locked = text.stdout.lines().find(|line| line.starts_with("telemetry.export.otlp.enabled")).unwrap();
    assert!(locked.ends_with(&format!("{} (managed, locked)", managed.display())), "{locked}");
}

/// A managed directory that nobody may look into may hold a rule: what could leave is closed, and it is said why.
#[test]
fn a_managed_directory_that_cannot_be_read_closes_what_could_leave() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    let home = with_config(
        "telemetry: {trajectories: {enabled: true}, consent_state: aggregate}\n",
        Some("telemetry: {retention_days: 7}\n"),
    );
    let managed = home.root().join("managed");
    let mode =
        |path: &std::path::Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    mode(&managed, 0o000);
    let mut command = home.command(["status", "--json"]);
    if fs::read_dir(&managed).is_ok() {
        // Root reads everything, so somebody else asks: with a program and a home that they can reach.
        let program = home.root().join("telemetry");
        fs::copy(command.get_program(), &program).unwrap();
        mode(home.root(), 0o755);
        let mut other = Command::new("setpriv");
        other
            .args(["--reuid=65534", "--regid=65534", "--clear-groups"])
            .arg(program)
            .args(command.get_args());
        other.env_clear().current_dir("/");
        other.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command = other;
    }
    let output = Output::of(command).assert_code(0);
    mode(&managed, 0o755);
    let document = output.document();
    assert_eq!(
        document["planes"],
        serde_json::json!({"local": true, "aggregate": false, "trajectories": false}),
        "{output}"
    );
    let warnings = document["warnings"].to_string();
    let file = managed.join("config.yaml");
    assert!(
        warnings.contains(file.to_str().unwrap()) && warnings.contains("telemetry.allow_aggregate"),
        "{warnings}"
    );
}
