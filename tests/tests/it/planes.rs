//! The planes: what goes over a network is OTLP, or events for a team's collector, by one folder of one crate, to the receivers
//! that their owner names; and without the features of these two there is nothing that could open a connection.

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

/// The features of what is sent, each of which brings the one client, and what they are called where they are a part of a command;
/// the feature of the client; the crate that it is of, and the folder that speaks to it.
const SENDING: [&str; 2] = ["collector", "otlp"];
const SENDS_FOR_A_COMMAND: &str = "shipping";
const CLIENT: &str = "http";
const SENDER: &str = "telemetry-export";
const SENDS: &str = "telemetry-export/src/http";

/// The clients that it brings, and what they encrypt with.
const BRINGS: [&str; 3] = ["http", "rustls", "ureq"];
const ENCRYPTS: [&str; 5] =
    ["openssl-probe", "rustls", "rustls-native-certs", "rustls-pki-types", "rustls-webpki"];

/// What waits for things to happen, connections too: nobody but what reads a terminal's keys may have brought it.
const WAITER: &str = "mio";
const BRINGS_THE_WAITER: [&str; 3] = ["crossterm", "signal-hook-mio", WAITER];

/// Words of the standard library, of what it stands on, and of the client, that open a connection. Spelled in two parts, because this
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
    concat!("ureq", "::"),
    concat!("rustls", "::"),
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

/// Every feature of a package that does not send.
fn features_that_do_not_send(package: &str) -> String {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let features = &packages.iter().find(|known| known["name"] == package).unwrap()["features"];
    let names = features.as_object().unwrap().keys().map(String::as_str);
    names
        .filter(|name| !SENDING.contains(name) && ![SENDS_FOR_A_COMMAND, CLIENT, "default"].contains(name))
        .collect::<Vec<_>>()
        .join(",")
}

fn metadata() -> Value {
    let metadata = cargo().args(["metadata", "--no-deps", "--format-version", "1"]).output().unwrap();
    serde_json::from_slice(&metadata.stdout).unwrap()
}

fn clients(tree: &BTreeSet<String>) -> Vec<&str> {
    CLIENTS.iter().copied().filter(|client| tree.contains(*client)).collect()
}

fn encrypts(tree: &BTreeSet<String>) -> Vec<&str> {
    tree.iter().map(String::as_str).filter(|name| name.contains("tls") || name.contains("ssl")).collect()
}

const NONE: [&str; 0] = [];

/// What records, judges and keeps has no way out, whatever is switched on.
#[test]
fn no_package_below_the_exports_opens_a_connection() {
    for package in ["telemetry-core", "telemetry-hooks", "telemetry-store", "telemetry-policy"] {
        let all = tree(package, &["--all-features"]);
        assert!(all.contains(package) && all.len() > 5, "{all:?}");
        assert_eq!((clients(&all), encrypts(&all)), (NONE.to_vec(), NONE.to_vec()), "of {package}");
    }
}

#[test]
fn the_exports_have_a_client_by_what_sends_alone() {
    let features = features_that_do_not_send(SENDER);
    assert!(features.contains("ndjson") && features.contains("spans"), "{features}");
    let without = tree(SENDER, &["--no-default-features", "--features", &features]);
    assert_eq!((clients(&without), encrypts(&without)), (NONE.to_vec(), NONE.to_vec()));
    for feature in SENDING {
        let with = tree(SENDER, &["--no-default-features", "--features", feature]);
        assert_eq!((clients(&with), encrypts(&with)), (BRINGS.to_vec(), ENCRYPTS.to_vec()), "{feature}");
    }
}

/// What is shipped has no client but the one that the exports brought, and none where they did not bring it.
#[test]
fn nothing_else_that_is_shipped_opens_a_connection() {
    for package in ["telemetry-cli", "telemetry-plugin", "telemetry-hermes"] {
        let shipped = shipped(package);
        assert!(shipped.contains(package) && shipped.len() > 20, "{shipped:?}");
        let rest = if shipped.contains(SENDER) { tree(package, &["--prune", SENDER]) } else { shipped };
        assert!(rest.contains("telemetry-store") && !rest.contains(SENDER), "{rest:?}");
        assert_eq!((clients(&rest), encrypts(&rest)), (NONE.to_vec(), NONE.to_vec()), "of {package}");
    }
    for package in ["telemetry-cli", "telemetry-plugin"] {
        let features = features_that_do_not_send(package);
        let without = tree(package, &["--no-default-features", "--features", &features]);
        assert_eq!((clients(&without), encrypts(&without)), (NONE.to_vec(), NONE.to_vec()), "of {package}");
    }
}

#[test]
fn what_could_wait_for_a_connection_waits_for_keys() {
    let brought_by = tree("telemetry-cli", &["--invert", WAITER, "--depth", "1"]);
    assert!(brought_by.iter().all(|name| BRINGS_THE_WAITER.contains(&name.as_str())), "{brought_by:?}");
    for package in ["telemetry-plugin", "telemetry-hermes"] {
        assert!(!shipped(package).contains(WAITER), "{package}");
    }
    assert!(!tree(SENDER, &["--all-features"]).contains(WAITER));
}

/// Files of the crates and of the Python package that a default build is made of.
fn sources() -> Vec<PathBuf> {
    let packages = ["telemetry-cli", "telemetry-hermes"].into_iter().flat_map(shipped);
    let ours: BTreeSet<String> = packages.filter(|name| name.starts_with("telemetry-")).collect();
    let metadata = metadata();
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
fn no_source_but_those_of_one_folder_opens_a_connection() {
    let sources = sources();
    assert!(sources.len() > 100, "{}", sources.len());
    let sends = workspace().join(SENDS);
    let (mut elsewhere, mut there) = (Vec::new(), 0);
    for path in sources {
        let words = opens_a_connection(&fs::read_to_string(&path).unwrap());
        match path.starts_with(&sends) {
            true => there += words.len(),
            false => elsewhere.extend(words.into_iter().map(|word| format!("{}: {word}", path.display()))),
        }
    }
    assert_eq!(elsewhere, [] as [&str; 0]);
    assert!(there > 0, "what this looks for is not what sends");
}

/// Who asks whether the plane may upload shows the answer on a page, and what sends does not know that there is such a plane.
#[test]
fn the_aggregate_plane_has_no_uploader() {
    let ours = |path: &Path| path.strip_prefix(workspace()).unwrap().display().to_string();
    let holding = |word: &str| {
        let paths = sources().into_iter().filter(|path| fs::read_to_string(path).unwrap().contains(word));
        paths.map(|path| ours(&path)).collect::<BTreeSet<_>>()
    };
    let asks: Vec<_> =
        holding("may_upload_aggregate()").into_iter().filter(|path| !path.contains("policy")).collect();
    assert_eq!(asks, ["telemetry-cli/src/commands/preview.rs", "telemetry-cli/src/commands/status.rs"]);
    let knows: Vec<_> = holding("ggregate").into_iter().filter(|path| path.starts_with(SENDER)).collect();
    assert_eq!(knows, [] as [&str; 0]);
}

#[test]
fn the_search_for_connections_finds_one() {
    for code in [
        concat!("use std::", "net::Tcp", "Stream;"),
        concat!("unsafe { libc::", "socket(2, 1, 0) }"),
        concat!("from url", "lib.request import urlopen"),
        concat!("let agent = ureq", "::Agent::new_with_defaults();"),
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
