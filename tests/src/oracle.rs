//! What a recording must come to: the rules for runs, turns and outcomes (DESIGN, D6 and D7), written a second time
//! over the raw lines, and sums of what the lines say.
//!
//! It is deliberately naive (a whole file in memory, strings for everything) and knows nothing of the product. What it
//! says about the recordings we have is checked against a table written by hand; it then judges inputs too many to
//! write down, such as a recording cut at every line.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::recording::{Call, Recording};

/// An outcome and its reason.
pub type Verdict = (&'static str, Option<String>);

/// Token counts by bucket.
pub type Tokens = BTreeMap<&'static str, u64>;

/// The buckets as the answers name them, and the key of each in a host's `usage`.
pub const BUCKETS: [(&str, &str); 5] = [
    ("input", "input_tokens"),
    ("output", "output_tokens"),
    ("cache_read", "cache_read_tokens"),
    ("cache_write", "cache_write_tokens"),
    ("reasoning", "reasoning_tokens"),
];

/// One run: one session in one process.
#[derive(Debug, Clone, Default)]
pub struct Run {
    /// The process.
    pub pid: u64,
    /// The host's id of the session.
    pub session: String,
    /// The session of the run this is a subagent of.
    pub parent: Option<String>,
    /// What started its process: program and words; empty if it never registered.
    pub command_line: Vec<String>,
    /// The host's word for where it ran; `None` as long as no hook gave one.
    pub platform: Option<String>,
    /// The first hook of it, on the wall clock.
    pub started_ns: i64,
    /// When its parent announced it: the first hook that names it, if not the first of its own.
    pub announced_ns: Option<i64>,
    /// The host's word that it is over, on the wall clock.
    pub finalized_ns: Option<i64>,
    /// The last line of its process.
    pub gone_ns: i64,
    /// Why it is over, when not by its last turn.
    pub closed: Option<Verdict>,
    /// Its turns, in order.
    pub turns: Vec<Turn>,
    /// Its model calls by the host's id of the request.
    pub calls: BTreeMap<String, ModelCall>,
    /// Status and duration (ms) of its tool calls.
    pub tools: Vec<(String, String, f64)>,
}

/// One user message to its answer.
#[derive(Debug, Clone, Default)]
pub struct Turn {
    id: String,
    /// The first hook of it.
    pub started_ns: i64,
    /// The hook that ended it, if one did.
    pub ended_ns: Option<i64>,
    /// How it went.
    pub verdict: Option<Verdict>,
    last_error: Option<Failure>,
}

/// One call to a model, of one or more attempts.
#[derive(Debug, Clone, Default)]
pub struct ModelCall {
    /// Answers, one in every recording there is.
    pub answers: u64,
    /// Attempts that got no answer.
    pub failures: Vec<Failure>,
    /// What was used.
    pub tokens: Tokens,
    /// Whether the host said what was used.
    pub has_usage: bool,
    /// The whole call, retries and waits included.
    pub latency_ms: f64,
    /// The model that answered.
    pub model: String,
    finalized: bool,
}

/// One failed attempt.
#[derive(Debug, Clone, Default)]
pub struct Failure {
    reason: String,
    kind: String,
    final_by_itself: bool,
}

/// What a recording must come to.
#[derive(Debug, Clone, Default)]
pub struct Oracle {
    /// Oldest first.
    pub runs: Vec<Run>,
    /// The status each subagent stopped with, if it did.
    pub subagents: Vec<Option<String>>,
    /// Children that were announced and never said a word themselves. Whether such a one is a run is nobody's rule.
    pub silent_children: BTreeSet<String>,
}

impl Run {
    /// The outcome of the run, by D7.
    pub fn verdict(&self) -> Verdict {
        let last = self.turns.last().and_then(|turn| turn.verdict.clone());
        self.closed.clone().or(last).unwrap_or_else(|| ("unknown", word("empty")))
    }

    /// The surface it came from, by D2.
    pub fn entrypoint(&self) -> &'static str {
        match self.platform.as_deref() {
            Some("cli") => "cli",
            Some("tui") => "tui",
            Some("api_server") => "api",
            Some("cron") => "cron",
            Some("") => "batch",
            Some("acp") => "acp",
            Some("webhook") => "webhook",
            Some("subagent") => "subagent",
            Some(
                "gateway" | "telegram" | "discord" | "slack" | "whatsapp" | "signal" | "matrix" | "email",
            ) => "gateway",
            _ => "other",
        }
    }

    /// The command that started its process, as far as it is known.
    pub fn command(&self) -> Option<&'static str> {
        let words: Vec<&str> = self.command_line.iter().map(String::as_str).collect();
        match words[..] {
            [] => None,
            [program, ..] if program.ends_with("/batch_runner.py") => Some("batch_runner"),
            [program, ..] if program.ends_with("/tui_gateway/entry.py") => Some("tui_gateway"),
            [_, "chat", "-q", ..] => Some("chat -q"),
            [_, "chat"] => Some("chat"),
            [_, "-z", ..] => Some("-z"),
            [_, "gateway", "run"] => Some("gateway run"),
            [_, "cron", "run", _] => Some("cron run"),
            [_, "cron", "tick"] => Some("cron tick"),
            _ => panic!("no rule for {words:?}"),
        }
    }

    /// What kind of work it is, where that can be told.
    pub fn kind(&self) -> Option<&'static str> {
        match (self.entrypoint(), self.command()) {
            _ if self.parent.is_some() => Some("subagent"),
            ("gateway" | "api" | "webhook", _) => Some("gateway"),
            ("tui" | "acp", _) => Some("interactive"),
            (word @ ("subagent" | "cron" | "batch"), _) => Some(word),
            ("cli", Some("-z" | "chat -q")) => Some("one-shot"),
            ("cli", Some(_)) => Some("interactive"),
            _ => None,
        }
    }

    /// Answered model calls.
    pub fn model_calls(&self) -> u64 {
        self.calls.values().map(|call| call.answers).sum()
    }

    /// Attempts without an answer.
    pub fn failed_attempts(&self) -> usize {
        self.calls.values().map(|call| call.failures.len()).sum()
    }

    /// What was used.
    pub fn tokens(&self) -> Tokens {
        let mut sum: Tokens = BUCKETS.iter().map(|(bucket, _)| (*bucket, 0)).collect();
        for (bucket, count) in self.calls.values().flat_map(|call| &call.tokens) {
            *sum.entry(*bucket).or_default() += count;
        }
        sum
    }

    /// The class of each model call that failed for good.
    pub fn errors(&self) -> Vec<&'static str> {
        self.calls.values().filter_map(ModelCall::error).collect()
    }

    fn close_turn(&mut self, id: Option<&str>, at: Option<i64>, verdict: impl Fn(&Turn) -> Verdict) {
        let wanted = |turn: &&mut Turn| turn.verdict.is_none() && id.is_none_or(|id| turn.id == id);
        if let Some(turn) = self.turns.iter_mut().rev().find(wanted) {
            turn.verdict = Some(verdict(turn));
            turn.ended_ns = at;
        }
    }
}

impl ModelCall {
    fn error(&self) -> Option<&'static str> {
        let last = self.failures.last().filter(|_| self.answers == 0)?;
        (last.final_by_itself || self.finalized).then(|| class(&last.reason, &last.kind))
    }
}

/// The class of an error, by D2, from the host's own reason; where that says nothing, from the kind of the error.
fn class(reason: &str, kind: &str) -> &'static str {
    match reason {
        "timeout" => "provider_timeout",
        "rate_limit" | "upstream_rate_limit" => "rate_limit",
        "overloaded" => "overloaded",
        "auth" | "auth_permanent" => "auth",
        "billing" => "billing",
        "context_overflow" => "context_overflow",
        "content_policy_blocked" => "content_policy",
        "model_not_found" => "model_not_found",
        "format_error" => "bad_request",
        "server_error" => "provider_error",
        // The one recorded error the host had no word for: the provider sent nothing.
        _ if kind == "EmptyStreamError" => "provider_error",
        _ => "unknown",
    }
}

fn word(text: &str) -> Option<String> {
    Some(text.to_owned())
}

fn failed(failure: &Failure) -> Verdict {
    (if failure.reason == "timeout" { "timed_out" } else { "errored" }, word(&failure.reason))
}

impl Oracle {
    /// What a recording must come to.
    pub fn of(recording: &Recording) -> Self {
        Self::of_calls(&recording.calls())
    }

    /// What a few recordings together must come to.
    pub fn of_all<'a>(recordings: impl IntoIterator<Item = &'a Recording>) -> Self {
        let mut all = Self::default();
        for one in recordings.into_iter().map(Self::of) {
            all.runs.extend(one.runs);
            all.subagents.extend(one.subagents);
            all.silent_children.extend(one.silent_children);
        }
        all.runs.sort_by_key(|run| run.started_ns);
        all
    }

    /// What these lines must come to.
    pub fn of_calls(calls: &[Call]) -> Self {
        let mut oracle = Self::default();
        let mut parents: BTreeMap<(u64, String), (String, i64)> = BTreeMap::new();
        let mut stopped: BTreeMap<(u64, String), String> = BTreeMap::new();
        let mut command_lines: BTreeMap<u64, Vec<String>> = BTreeMap::new();
        for call in calls {
            match (call.kind.as_str(), call.hook.as_str()) {
                ("atexit", _) => oracle.leave(call),
                ("register", _) => _ = command_lines.insert(call.pid, call.command_line.clone()),
                ("hook", "subagent_start") => {
                    if let (Some(parent), Some(child)) =
                        (call.text("parent_session_id"), call.text("child_session_id"))
                    {
                        parents.insert((call.pid, child.to_owned()), (parent.to_owned(), call.wall_ns));
                    }
                }
                ("hook", "subagent_stop") => {
                    if let (Some(child), Some(status)) =
                        (call.text("child_session_id"), call.text("child_status"))
                    {
                        stopped.insert((call.pid, child.to_owned()), status.to_owned());
                    }
                }
                ("hook", _) => oracle.hook(call, &parents),
                _ => {}
            }
        }
        oracle.lose(calls);
        for run in &mut oracle.runs {
            run.command_line = command_lines.get(&run.pid).cloned().unwrap_or_default();
        }
        for (child, (parent, announced_ns)) in &parents {
            match oracle.runs.iter_mut().find(|run| run.pid == child.0 && run.session == child.1) {
                Some(run) => {
                    run.parent = Some(parent.clone());
                    run.announced_ns = Some(*announced_ns);
                }
                None => _ = oracle.silent_children.insert(child.1.clone()),
            }
            oracle.subagents.push(stopped.get(child).cloned());
        }
        oracle.runs.sort_by_key(|run| run.started_ns);
        oracle
    }

    fn hook(&mut self, call: &Call, parents: &BTreeMap<(u64, String), (String, i64)>) {
        let Some(session) = call.text("session_id").map(str::to_owned) else { return };
        let known = self.runs.iter().position(|run| run.pid == call.pid && run.session == session);
        let index = known.unwrap_or_else(|| {
            let announced = matches!(call.hook.as_str(), "on_session_start" | "on_session_reset")
                || parents.contains_key(&(call.pid, session.clone()));
            if !announced {
                self.rotate(call.pid);
            }
            self.runs.push(Run { pid: call.pid, session, started_ns: call.wall_ns, ..Run::default() });
            self.runs.len() - 1
        });
        let run = &mut self.runs[index];
        if run.platform.is_none() {
            run.platform = call.kwargs.get("platform").and_then(Value::as_str).map(str::to_owned);
        }
        match call.hook.as_str() {
            "pre_llm_call" => {
                assert!(run.turns.iter().all(|turn| turn.verdict.is_some()), "no rule for two turns at once");
                let id = call.text("turn_id").unwrap_or_default().to_owned();
                run.turns.push(Turn { id, started_ns: call.wall_ns, ..Turn::default() });
            }
            "post_api_request" => run.answer(call),
            "api_request_error" => run.fail(call),
            "post_tool_call" => {
                let text = |key| call.text(key).unwrap_or_default().to_owned();
                run.tools.push((text("tool_name"), text("status"), call.number("duration_ms")));
            }
            "on_session_end" => {
                let verdict = match (call.flag("interrupted"), call.flag("completed")) {
                    (true, _) => "interrupted",
                    (false, true) => "completed",
                    (false, false) => "limited",
                };
                let reason = call.text("reason").map(str::to_owned);
                run.close_turn(call.text("turn_id"), Some(call.wall_ns), |_| (verdict, reason.clone()));
            }
            "on_session_finalize" => run.finalize(call),
            _ => {}
        }
    }

    /// A session id out of nowhere while another waits: the host compressed the other and did not say so.
    fn rotate(&mut self, pid: u64) {
        let waits = |run: &&mut Run| {
            run.pid == pid
                && run.closed.is_none()
                && run.finalized_ns.is_none()
                && run.platform.as_deref() != Some("subagent")
                && run.turns.last().is_some_and(|turn| turn.verdict.is_some())
        };
        if let Some(run) = self.runs.iter_mut().rev().find(waits) {
            run.closed = Some(("compressed", word("inferred")));
        }
    }

    /// The process leaves in order.
    fn leave(&mut self, call: &Call) {
        for run in self.runs.iter_mut().filter(|run| run.pid == call.pid) {
            run.close_turn(None, Some(call.wall_ns), |turn| match &turn.last_error {
                Some(failure) if failure.final_by_itself => failed(failure),
                _ => ("interrupted", word("process_exit")),
            });
        }
    }

    /// The recording ends; what is open by now was left by a process that is gone.
    fn lose(&mut self, calls: &[Call]) {
        for run in &mut self.runs {
            run.close_turn(None, None, |turn| match &turn.last_error {
                Some(failure) if failure.final_by_itself => failed(failure),
                _ => ("unknown", word("process_lost")),
            });
            let last = calls.iter().filter(|call| call.pid == run.pid).map(|call| call.wall_ns).max();
            run.gone_ns = last.unwrap_or(run.started_ns);
        }
    }
}

impl Run {
    fn answer(&mut self, call: &Call) {
        if let Some(turn) = self.turns.last_mut() {
            turn.last_error = None;
        }
        let model = self.calls.entry(call.text("api_request_id").unwrap_or_default().to_owned()).or_default();
        model.answers += 1;
        model.latency_ms = call.number("api_duration") * 1000.0;
        model.model = call.text("model").unwrap_or_default().to_owned();
        if let Some(usage) = call.kwargs.get("usage").and_then(Value::as_object) {
            model.has_usage = true;
            for (bucket, key) in BUCKETS {
                let count = usage.get(key).and_then(Value::as_u64).unwrap_or(0);
                *model.tokens.entry(bucket).or_default() += count;
            }
        }
    }

    fn fail(&mut self, call: &Call) {
        let attempt = call.number("retry_count") + 1.0;
        let failure = Failure {
            reason: call.text("reason").unwrap_or_default().to_owned(),
            kind: call
                .kwargs
                .get("error")
                .and_then(|error| error["type"].as_str())
                .unwrap_or_default()
                .to_owned(),
            final_by_itself: !call.flag("retryable") || attempt >= call.number("max_retries"),
        };
        if let Some(turn) = self.turns.last_mut() {
            turn.last_error = Some(failure.clone());
        }
        let model = self.calls.entry(call.text("api_request_id").unwrap_or_default().to_owned()).or_default();
        model.failures.push(failure);
    }

    fn finalize(&mut self, call: &Call) {
        if self.finalized_ns.is_some() {
            return;
        }
        self.finalized_ns = Some(call.wall_ns);
        if self.turns.last().is_some_and(|turn| turn.verdict.is_none()) {
            self.calls.values_mut().for_each(|model| model.finalized = true);
        }
        self.close_turn(None, Some(call.wall_ns), |turn| match &turn.last_error {
            Some(failure) => failed(failure),
            None => ("errored", word("no_response")),
        });
        self.closed = match call.text("reason") {
            Some(reason @ ("session_boundary" | "new_session")) => Some(("reset", word(reason))),
            Some("session_expired") => Some(("timed_out", word("idle_timeout"))),
            _ => None,
        };
    }
}

impl Oracle {
    /// The answer to `runs --json`, as [`crate::answers::comparable_runs`] shows it.
    pub fn runs_document(&self) -> Value {
        self.runs.iter().map(Run::document).collect()
    }

    /// All turns.
    pub fn turns(&self) -> impl Iterator<Item = &Turn> {
        self.runs.iter().flat_map(|run| &run.turns)
    }

    /// All answered calls.
    pub fn answered(&self) -> impl Iterator<Item = &ModelCall> {
        self.runs.iter().flat_map(|run| run.calls.values()).filter(|call| call.answers > 0)
    }

    /// All tool calls: name, status, duration in ms.
    pub fn tools(&self) -> impl Iterator<Item = &(String, String, f64)> {
        self.runs.iter().flat_map(|run| &run.tools)
    }
}

impl Run {
    fn document(&self) -> Value {
        let (outcome, reason) = self.verdict();
        json!({
            "session_id": self.session,
            "parent_session_id": self.parent,
            "host": "hermes",
            "platform": self.platform.as_deref().filter(|platform| !platform.is_empty()),
            "entrypoint": self.entrypoint(),
            "outcome": outcome,
            "reason": reason,
            "turns": self.turns.len(),
            "model_calls": self.model_calls(),
            "failed_attempts": self.failed_attempts(),
            "tool_calls": self.tools.len(),
            "errors": self.errors().len(),
            "tokens": self.tokens(),
        })
    }
}
