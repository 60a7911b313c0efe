//! The planes: nothing that is built by default could send anything anywhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use telemetry_tests::binary::{cargo, workspace};
use telemetry_tests::{Home, Recording};

/// Packages that open connections, or speak what is spoken over them.
const CLIENTS: &[&str] = &[
    "async-std",
    "attohttpc",
    "awc",
    "aws-sdk-s3",
    "curl",
    "curl-sys",
    "grpcio",
    "h2",
    "h3",
    "hickory-resolver",
    "http",
    "hyper",
    "hyper-util",
    "isahc",
    "libssh2-sys",
    "minreq",
    "native-tls",
    "openssl",
    "openssl-sys",
    "opentelemetry-http",
    "opentelemetry-otlp",
    "quinn",
    "reqwest",
    "rustls",
    "sentry",
    "smol",
    "socket2",
    "surf",
    "tiny_http",
    "tokio",
    "tonic",
    "trust-dns-resolver",
    "tungstenite",
    "ureq",
    "webpki",
    "zmq",
];

/// What waits for things to happen, connections too: nobody but what reads a terminal's keys may have brought it.
const WAITER: &str = "mio";
const BRINGS_THE_WAITER: [&str; 3] = ["crossterm", "signal-hook-mio", WAITER];

/// Words of the standard library, and of what it stands on, that open a connection. Spelled in two parts, because this
/// file is a source too.
const WORDS: &[&str] = &[
    concat!("std::", "net"),
    concat!("Tcp", "Stream"),
    concat!("Tcp", "Listener"),
    concat!("Udp", "Socket"),
    concat!("Unix", "Stream"),
    concat!("Unix", "Datagram"),
    concat!("ToSocket", "Addrs"),
    concat!("libc::", "socket"),
    concat!("libc::", "connect"),
    concat!("get", "addrinfo"),
    concat!("import ", "socket"),
    concat!("import ", "http"),
    concat!("import ", "ssl"),
    concat!("url", "lib"),
    concat!("import ", "requests"),
    concat!("import ", "httpx"),
];

/// What is built when nobody asks for more, and the plugin for the host. Development dependencies are not shipped.
fn shipped(package: &str) -> BTreeSet<String> {
    tree(package, &[])
}

fn tree(package: &str, more: &[&str]) -> BTreeSet<String> {
    let output = cargo()
        .args(["tree", "--package", package, "--edges", "normal,build", "--prefix", "none"])
        .args(["--target", "all", "--format", "{p}"])
        .args(more)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect()
}

#[test]
fn no_package_of_a_default_build_opens_a_connection() {
    for package in ["telemetry-cli", "telemetry-plugin", "telemetry-hermes", "telemetry-export"] {
        let shipped = shipped(package);
        assert!(shipped.contains(package) && shipped.len() > 5, "{shipped:?}");
        let clients: Vec<_> = CLIENTS.iter().filter(|client| shipped.contains(**client)).collect();
        assert_eq!(clients, [] as [&&str; 0], "of {package}");
        assert!(!shipped.iter().any(|name| name.contains("tls") || name.contains("ssl")), "{shipped:?}");
    }
}

#[test]
fn what_could_wait_for_a_connection_waits_for_keys() {
    let brought_by = tree("telemetry-cli", &["--invert", WAITER, "--depth", "1"]);
    assert!(brought_by.iter().all(|name| BRINGS_THE_WAITER.contains(&name.as_str())), "{brought_by:?}");
    for package in ["telemetry-plugin", "telemetry-hermes", "telemetry-export"] {
        assert!(!shipped(package).contains(WAITER), "{package}");
    }
}

/// Files of the crates and of the Python package that a default build is made of.
fn sources() -> Vec<PathBuf> {
    let packages = ["telemetry-cli", "telemetry-hermes"].into_iter().flat_map(shipped);
    let ours: BTreeSet<String> = packages.filter(|name| name.starts_with("telemetry-")).collect();
    let metadata = cargo().args(["metadata", "--no-deps", "--format-version", "1"]).output().unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let mut open: Vec<PathBuf> = packages
        .filter(|package| ours.contains(package["name"].as_str().unwrap()))
        .map(|package| Path::new(package["manifest_path"].as_str().unwrap()).with_file_name("src"))
        .chain([workspace().join("plugins/hermes/python")])
        .collect();
    assert!(open.len() > 7, "{open:?}");
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => open.push(path),
                false => found.push(path),
            }
        }
    }
    found.retain(|path| path.extension().is_some_and(|extension| extension == "rs" || extension == "py"));
    found
}

/// Where `text` opens a connection, by the words above.
fn opens_a_connection(text: &str) -> Vec<&'static str> {
    WORDS.iter().copied().filter(|word| text.contains(word)).collect()
}

#[test]
fn no_source_of_a_default_build_opens_a_connection() {
    let sources = sources();
    assert!(sources.len() > 100, "{}", sources.len());
    let mut found = Vec::new();
    for path in sources {
        let words = opens_a_connection(&fs::read_to_string(&path).unwrap());
        found.extend(words.into_iter().map(|word| format!("{}: {word}", path.display())));
    }
    assert_eq!(found, [] as [&str; 0]);
}

#[test]
fn the_search_for_connections_finds_one() {
    for code in [
        concat!("use std::", "net::Tcp", "Stream;"),
        concat!("unsafe { libc::", "socket(2, 1, 0) }"),
        concat!("from url", "lib.request import urlopen"),
    ] {
        assert_ne!(opens_a_connection(code), [] as [&str; 0], "{code}");
    }
    assert_eq!(opens_a_connection("let socket_count = 1; // nothing"), [] as [&str; 0]);
}

/// Consent and permission both, or the plane is off; and whatever they say, nothing is sent.
#[test]
fn the_aggregate_plane_is_off_unless_it_is_wanted_and_allowed() {
    for (config, on) in [
        ("", false),
        ("telemetry: {consent_state: aggregate}", true),
        ("telemetry: {consent_state: aggregate, allow_aggregate: true}", true),
        ("telemetry: {consent_state: aggregate, allow_aggregate: false}", false),
        ("telemetry: {consent_state: local, allow_aggregate: true}", false),
        ("telemetry: {consent_state: aggregate, local: false}", false),
        ("telemetry: {consent_state: Aggregate}", false),
    ] {
        let home = Home::new();
        fs::write(home.path().join("config.yaml"), config).unwrap();
        assert_eq!(home.json(["status", "--json"])["planes"]["aggregate"], on, "{config}");
        let preview = home.json(["preview", "--json"]);
        assert_eq!(
            (&preview["sent"], &preview["allowed"]),
            (&Value::from(false), &Value::from(on)),
            "{config}"
        );
    }
}

/// What the aggregate plane would hold: these keys and no others, and nothing that tells whose run it was.
#[test]
fn a_preview_holds_what_it_says_and_no_more() {
    let home =
        Home::with(&["tool", "flaky500", "delegate_inline", "interactive_2turns"].map(Recording::named));
    let output = home.ok(["preview", "--days", "36500", "--json"]);
    let preview = output.document();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
    let set = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(keys(&preview), set(&["schema", "sent", "allowed", "heartbeat", "runs"]));
    assert_eq!(keys(&preview["heartbeat"]), set(&["install_id", "version", "os"]));
    let runs = preview["runs"].as_array().unwrap();
    assert!(runs.len() >= 4, "{preview}");
    let held =
        ["day", "entrypoint", "platform", "outcome", "duration_ms", "models", "tools", "tokens", "cost"];
    for run in runs {
        assert_eq!(keys(run), set(&held));
        assert_eq!(keys(&run["cost"]), set(&["usd", "status"]));
    }
    let listed = home.runs();
    for run in listed["runs"].as_array().unwrap() {
        for id in ["run_id", "session_id", "started_at"] {
            assert!(!output.stdout.contains(run[id].as_str().unwrap()), "{id} of {run}");
        }
    }
    let text = home.ok(["preview", "--days", "36500"]);
    assert!(text.stdout.starts_with("Nothing is sent"), "{text}");
}
