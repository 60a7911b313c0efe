//! `telemetry collector health`, with the settings of the collector that it asks.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use telemetry_tests::Home;
use telemetry_tests::home::Output;

/// A collector, with these variables in its environment.
struct Collector {
    process: Child,
    /// Kept open: one whose output nobody takes ends.
    _output: BufReader<ChildStdout>,
    scheme: String,
    port: String,
}

impl Collector {
    fn start(home: &Home, environment: &[(&str, &str)]) -> Self {
        // Everywhere, as in a container; any port.
        let mut command = home.command(["collector", "serve"]);
        command.env("TELEMETRY_COLLECTOR_LISTEN", "0.0.0.0:0").envs(environment.iter().copied());
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let (mut line, mut output) = (String::new(), BufReader::new(process.stdout.take().unwrap()));
        output.read_line(&mut line).unwrap();
        let said = line.strip_prefix("listening  ").and_then(|url| url.trim().strip_suffix('/'));
        let (scheme, address) =
            said.and_then(|url| url.split_once("://")).unwrap_or_else(|| panic!("{line:?}"));
        let port = address.strip_prefix("0.0.0.0:").unwrap().to_owned();
        Collector { process, _output: output, scheme: scheme.to_owned(), port }
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn health(home: &Home, more: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command: Command = home.command(["collector", "health"]);
    command.args(more).envs(environment.iter().copied());
    Output::of(command)
}

/// What a container's health check has is the environment of the collector, and no flag.
#[test]
fn a_collector_is_asked_with_its_own_settings() {
    let home = Home::new();
    // As most make one for themselves: signed by itself, and not for the name or address that it is asked at.
    let made = rcgen::generate_simple_self_signed(vec!["collector.example".to_owned()]).unwrap();
    let certificate = home.file("server.pem", made.cert.pem());
    let key = home.file("server.key", made.signing_key.serialize_pem());
    let tls = [
        ("TELEMETRY_COLLECTOR_TLS_CERT", certificate.to_str().unwrap()),
        ("TELEMETRY_COLLECTOR_TLS_KEY", key.to_str().unwrap()),
    ];
    for (environment, scheme) in [(&tls[..], "https"), (&[][..], "http")] {
        let home = Home::new();
        let collector = Collector::start(&home, environment);
        assert_eq!(collector.scheme, scheme);
        let everywhere = format!("0.0.0.0:{}", collector.port);
        let same = [&[("TELEMETRY_COLLECTOR_LISTEN", everywhere.as_str())], environment].concat();
        let said = health(&home, &[], &same).assert_code(0);
        assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("ready\n", ""));
        // Flags count more.
        let here = format!("127.0.0.1:{}", collector.port);
        let said = health(
            &home,
            &["--listen", &here],
            &[&[("TELEMETRY_COLLECTOR_LISTEN", "nowhere")], environment].concat(),
        );
        assert_eq!(said.assert_code(0).stdout, "ready\n");
    }

    let collector = Collector::start(&home, &tls);
    let here = format!("127.0.0.1:{}", collector.port);
    let at = ["--listen", here.as_str()];
    let without = health(&home, &at, &[]).assert_code(1).stderr;
    assert!(without.contains("does not speak HTTP") && without.contains("--tls-cert"), "{without}");
    let renewed = rcgen::generate_simple_self_signed(vec!["collector.example".to_owned()]).unwrap();
    fs::write(&certificate, renewed.cert.pem()).unwrap();
    let other = health(&home, &at, &tls).assert_code(1).stderr;
    assert!(other.contains("restart it once it is renewed") && other.lines().count() == 1, "{other}");
    drop(collector);
    let nobody = health(&home, &at, &tls).assert_code(1).stderr;
    assert_eq!(nobody, format!("telemetry: no collector answers at {here}: Connection refused\n"));
    let unread = health(&home, &[], &[("TELEMETRY_COLLECTOR_LISTEN", "nowhere")]).assert_code(2).stderr;
    assert!(unread.contains("TELEMETRY_COLLECTOR_LISTEN is `nowhere`"), "{unread}");

    // And a collector that cannot start says which file it is.
    let mut command = home.command(["collector", "serve", "--listen", "127.0.0.1:0"]);
    command.envs(tls);
    let said = Output::of(command).assert_code(1).stderr;
    let is = format!("{}: not the key of the certificate in {}", key.display(), certificate.display());
    assert!(said.contains(&is) && said.lines().count() == 1, "{said}");
}
