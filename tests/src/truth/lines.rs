//! What happened in processes of another host than hermes, as lines of the event log: with what no hook can say, such as
//! the host and its profile, and with ids of our own.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::story::{Answer, Call, Process, Run, Tool, Turn, World};
use super::zone::ZONES;

/// The log of all processes that are not hermes', by day: the name of the file and its lines.
pub fn days(world: &World) -> BTreeMap<String, String> {
    let mut lines = Lines::default();
    for process in world.processes.iter().filter(|process| process.host != "hermes") {
        lines.process(process);
    }
    let mut days: BTreeMap<String, String> = BTreeMap::new();
    for (at, line) in lines.lines {
        let day = days.entry(format!("{}.jsonl", ZONES[0].day(at))).or_default();
        *day += &format!("{line}\n");
    }
    days
}

#[derive(Default)]
struct Lines {
    lines: Vec<(i64, Value)>,
    serial: u64,
}

impl Lines {
    fn id(&mut self) -> String {
        self.serial += 1;
        format!("{:016x}", self.serial)
    }

    fn add(&mut self, event: &str, at: i64, run: Option<&str>, more: Value) {
        let mut line = json!({ "v": 1, "event": event, "id": self.id(), "ts": at });
        if let Some(run) = run {
            line["run"] = json!(run);
        }
        let fields = more.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        fields.for_each(|(key, value)| line[key] = value.clone());
        self.lines.push((at, line));
    }

    fn process(&mut self, process: &Process) {
        let id = format!("{:032x}", process.pid);
        let started = json!({ "process": id, "host": process.host, "pid": process.pid });
        let first = process.runs.iter().map(|run| run.start).min().unwrap_or(process.started);
        self.add("process_started", first, None, started);
        for (index, run) in process.runs.iter().enumerate() {
            self.run(process, &id, index, run);
        }
        let (end, at) = match process.exit {
            Some(at) => ("exit", at),
            None => ("lost", super::hooks::last_moment(process)),
        };
        self.add("process_ended", at, None, json!({ "process": id, "end": end }));
    }

    fn run(&mut self, process: &Process, process_id: &str, index: usize, run: &Run) {
        let name = |index: usize| format!("{:016x}{index:016x}", process.pid);
        let id = name(index);
        let started = json!({
            "process": process_id, "session_id": run.session, "host": process.host, "profile": process.profile,
            "platform": run.platform, "entrypoint": run.entrypoint, "model": run.model,
            "parent": run.delegated.as_ref().map(|one| name(one.parent)), "continues": run.continues.map(name),
        });
        self.add("run_started", run.start, Some(&id), started);
        if let Some(from) = run.continues {
            let compressed = json!({ "close": "compressed", "reason": "inferred" });
            self.add("run_ended", run.start, Some(&name(from)), compressed);
        }
        if let Some(one) = &run.delegated {
            let parent = name(one.parent);
            let announced = json!({ "child": id, "child_session_id": run.session, "role": "leaf" });
            self.add("subagent_started", one.started, Some(&parent), announced);
            if let Some((at, status, duration)) = one.back {
                let back = json!({ "child": id, "status": status, "duration_ns": duration });
                self.add("subagent_ended", at, Some(&parent), back);
            }
        }
        run.turns.iter().for_each(|turn| self.turn(&id, turn));
        if let Some(close) = &run.close {
            let word = match close.reason {
                "session_expired" => "idle",
                "session_boundary" => "reset",
                _ => "finalized",
            };
            self.add("run_ended", close.at, Some(&id), json!({ "close": word, "reason": close.reason }));
        }
    }

    fn turn(&mut self, run: &str, turn: &Turn) {
        let id = self.id();
        let started = json!({ "turn": id, "turn_id": turn.id, "model": turn.model, "first": turn.first });
        self.add("turn_started", turn.start, Some(run), started);
        let calls: Vec<String> = turn.calls.iter().map(|call| self.call(run, &id, call)).collect();
        turn.tools.iter().for_each(|tool| self.tool(run, &id, &calls, tool));
        for approval in &turn.approvals {
            let span = self.id();
            let about = json!({
                "turn": id, "approval": span, "tool_call_id": approval.tool, "surface": approval.surface,
            });
            self.add("approval_requested", approval.asked, Some(run), about.clone());
            if let Some((at, choice)) = approval.answered {
                let mut answered = about;
                answered["choice"] = json!(choice);
                answered["wait_ns"] = json!(at - approval.asked);
                self.add("approval_answered", at, Some(run), answered);
            }
        }
        if let Some(said) = &turn.said {
            let ended = json!({
                "turn": id, "completed": said.completed, "interrupted": said.interrupted, "failed": said.failed,
                "reason": said.reason,
            });
            self.add("turn_ended", said.at, Some(run), ended);
        }
    }

    fn call(&mut self, run: &str, turn: &str, call: &Call) -> String {
        let span = self.id();
        for (number, at) in call.requests.iter().enumerate() {
            let started = json!({ "turn": turn, "call": span, "attempt": number });
            self.add("attempt_started", *at, Some(run), started);
        }
        for (number, attempt) in call.failed.iter().enumerate() {
            let failed = json!({
                "turn": turn, "call": span, "attempt": number, "class": attempt.failure.class,
                "reason": attempt.failure.reason, "error_type": attempt.failure.error_type,
                "status_code": attempt.failure.status, "exhausted": attempt.exhausted,
                "model": attempt.endpoint.model, "provider": attempt.endpoint.provider,
                "base_url": attempt.endpoint.url, "elapsed_ns": attempt.elapsed, "attempt_ns": attempt.alone,
            });
            self.add("attempt_failed", attempt.at, Some(run), failed);
        }
        if let Some(answer) = &call.answer {
            let more = answered(turn, &span, call, answer);
            self.add("model_call", answer.at, Some(run), more);
        }
        span
    }

    fn tool(&mut self, run: &str, turn: &str, calls: &[String], tool: &Tool) {
        let ended = json!({
            "turn": turn, "span": self.id(), "call": tool.call.map(|call| &calls[call]), "tool": tool.name,
            "tool_call_id": tool.id, "status": tool.status, "error_type": tool.error_type,
            "duration_ns": tool.duration, "toolset": tool.toolset,
        });
        self.add("tool_call", tool.at, Some(run), ended);
    }
}

fn answered(turn: &str, span: &str, call: &Call, answer: &Answer) -> Value {
    let usage = answer.usage.map(|usage| {
        json!({
            "input_tokens": usage.input, "output_tokens": usage.output, "cache_read_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write, "cache_write_1h_tokens": usage.cache_write_1h,
            "reasoning_tokens": usage.reasoning,
        })
    });
    json!({
        "turn": turn, "call": span, "model": call.endpoint.model, "provider": call.endpoint.provider,
        "base_url": call.endpoint.url, "start_ns": answer.began, "latency_ns": answer.latency,
        "attempt_ns": answer.alone, "ttft_ns": answer.first_token, "retries": call.failed.len(),
        "finish_reason": answer.finish, "messages": answer.messages, "usage": usage,
        "billing": answer.reported.map(|nanos| json!({ "reported_nanos": nanos })),
    })
}
