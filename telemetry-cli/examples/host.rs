//! A toy agent with telemetry in it: two scripted conversations, and the answers about them.
//!
//! ```text
//! cargo run --example host                          works, and records what it does
//! cargo run --example host -- telemetry insights    answers
//! cargo run --example host -- telemetry show chat-1
//! ```
//!
//! `<home>/config.yaml` decides twice. `plugins.enabled` is this host's own list and says what it loads;
//! `telemetry.local: false` makes the plugin refuse. Without the file telemetry is on.

use std::ffi::OsString;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use clap::{Arg, Command, value_parser};
use telemetry_hooks::payload::{Fields, Value};
use telemetry_hooks::registry::Registry;

fn main() -> ExitCode {
    run(&std::env::args_os().collect::<Vec<_>>(), &mut io::stdout(), &mut io::stderr()).into()
}

/// The program: what it says goes to `out` and `err`, and its exit code comes back.
pub fn run(args: &[OsString], out: &mut dyn Write, err: &mut dyn Write) -> u8 {
    // `telemetry` has a global `--home` too. Declared with its name and type the two are one, and so `host telemetry`
    // looks where this host works.
    let home = Arg::new("home").long("home").global(true).value_parser(value_parser!(PathBuf));
    let host = Command::new("host").arg(home.default_value("target/toy-host"));
    let matches = host.subcommand(telemetry_cli::command()).get_matches_from(args);
    if let Some((_telemetry, asked)) = matches.subcommand() {
        return telemetry_cli::run_matches(asked, &mut telemetry_cli::Streams::new(out, err));
    }
    let Some(home) = matches.get_one::<PathBuf>("home") else { return 2 };
    let host = Host::start(home, err);
    host.a_good_day();
    host.a_bad_day();
    let loaded: Vec<String> = host.plugins.loaded().iter().map(|plugin| plugin.name.clone()).collect();
    let _ = writeln!(out, "worked in {}, plugins loaded: {loaded:?}", home.display());
    0
}

struct Host {
    plugins: Registry,
}

impl Host {
    /// Offers the plugins this program is built with, and loads those its config names.
    fn start(home: &Path, err: &mut dyn Write) -> Self {
        let plugins = Registry::new();
        telemetry_plugin::offer(&plugins, "toy-host", home.to_owned());
        // A plugin that cannot be loaded says why; it never stops the host.
        for warning in plugins.load(|name| enabled(home, name)) {
            let _ = writeln!(err, "host: {warning}");
        }
        Host { plugins }
    }

    /// Calls `hook` about a turn. To ask first costs nothing when nobody listens.
    fn hook(&self, hook: &str, (session, turn): (&str, &str), more: &[(&str, Value<'_>)]) {
        if self.plugins.has_hook(hook) {
            let from = if session.contains('/') { "subagent" } else { "cli" };
            let about = [("session_id", session.into()), ("turn_id", turn.into()), ("platform", from.into())];
            self.plugins.invoke(hook, &Fields(&[&about, more].concat()));
        }
    }

    /// A model answers `call`, at the second attempt if the first fails for a `reason`.
    fn model(&self, at: (&str, &str), call: &str, reason: Option<&str>, tokens: [i64; 3]) {
        let began = now();
        if let Some(reason) = reason {
            self.refusal(at, call, reason, true);
        }
        sleep(Duration::from_millis(80));
        let [input, cached, output] = tokens.map(Value::from);
        let usage = [("input_tokens", input), ("cache_read_tokens", cached), ("output_tokens", output)];
        let [id, model] = [("api_request_id", call.into()), ("model", "toy-model".into())];
        let time = [("started_at", began.into()), ("api_duration", (now() - began).into())];
        self.hook("post_api_request", at, &[id, model, time[0], time[1], ("usage", Value::Map(&usage))]);
    }

    /// A request to the provider fails.
    fn refusal(&self, at: (&str, &str), call: &str, reason: &str, retryable: bool) {
        sleep(Duration::from_millis(30));
        let [id, model] = [("api_request_id", call.into()), ("model", "toy-model".into())];
        let why = [("reason", reason.into()), ("retryable", retryable.into())];
        self.hook("api_request_error", at, &[id, model, why[0], why[1], ("api_duration", 0.03.into())]);
    }

    /// A tool runs, once a person has allowed it if it is one to ask for.
    fn tool(&self, at: (&str, &str), tool: &str, ask: bool, status: &str) {
        let began = now();
        let id = ("tool_call_id", tool.into());
        if ask {
            let answer = [id, ("surface", "cli".into()), ("choice", "once".into())];
            self.hook("pre_approval_request", at, &answer[..2]);
            sleep(Duration::from_millis(40));
            self.hook("post_approval_response", at, &answer);
        }
        sleep(Duration::from_millis(20));
        let took = (now() - began) * 1e3;
        let call = [("tool_name", tool.into()), ("status", status.into()), ("duration_ms", took.into())];
        self.hook("post_tool_call", at, &[id, call[0], call[1], call[2]]);
    }

    /// A turn with a retry, an approval, a tool that fails, and a subagent, that comes to its answer.
    fn a_good_day(&self) {
        let (me, it) = (("chat-1", "turn-1"), ("chat-1/research", "turn-1"));
        self.hook("on_session_start", me, &[]);
        self.hook("pre_llm_call", me, &[]);
        self.model(me, "call-1", Some("rate_limit"), [1_000, 0, 80]);
        self.tool(me, "terminal", true, "ok");
        self.tool(me, "read_file", false, "error");
        let child = [("parent_session_id", me.0.into()), ("child_session_id", it.0.into())];
        self.hook("subagent_start", me, &child);
        self.hook("pre_llm_call", it, &[]);
        self.model(it, "call-1", None, [400, 0, 120]);
        self.hook("on_session_end", it, &[("completed", true.into())]);
        self.hook("subagent_stop", me, &[child[0], child[1], ("child_status", "completed".into())]);
        self.model(me, "call-2", None, [300, 1_000, 200]);
        self.hook("on_session_end", me, &[("completed", true.into())]);
        self.hook("on_session_finalize", me, &[("reason", "shutdown".into())]);
    }

    /// A turn that the provider refuses for good. Nobody tells of its end; its session is closed.
    fn a_bad_day(&self) {
        let me = ("chat-2", "turn-1");
        self.hook("pre_llm_call", me, &[]);
        self.refusal(me, "call-1", "auth", false);
        self.hook("on_session_finalize", me, &[("reason", "shutdown".into())]);
    }
}

fn now() -> f64 {
    SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_secs_f64()
}

/// Whether `plugins.enabled` has `name`. Read as JSON, which is YAML too: an example needs no more.
fn enabled(home: &Path, name: &str) -> bool {
    let text = std::fs::read_to_string(home.join("config.yaml")).unwrap_or_default();
    let config: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    config["plugins"]["enabled"].as_array().is_none_or(|names| names.iter().any(|one| one == name))
}
