//! What happened, as the hook calls that a host would have made: a recording for each process.

use serde_json::{Map, Value, json};

use super::rates::Endpoint;
use super::story::{Answer, Call, Process, Run, Tool, Turn, World};

/// The recordings of all processes, by process.
pub fn recordings(world: &World) -> Vec<String> {
    world.processes.iter().filter(|process| process.host == "hermes").map(recording).collect()
}

/// One process, line by line.
fn recording(process: &Process) -> String {
    let mut lines = Vec::new();
    for (index, run) in process.runs.iter().enumerate() {
        Hooks { process, run, index, lines: &mut lines }.all();
    }
    lines.sort_by_key(|(at, _)| *at);
    let line = |kind: &str, at: i64| json!({ "kind": kind, "pid": process.pid, "wall_ns": at });
    if let Some(arguments) = process.arguments {
        let mut register = line("register", process.started);
        let program = std::iter::once("/VENV/bin/hermes");
        register["argv"] = program.chain(arguments.iter().copied()).collect();
        lines.insert(0, (process.started, register));
    }
    if let Some(exit) = process.exit {
        lines.push((exit, line("atexit", exit)));
    }
    lines.into_iter().map(|(_, line)| format!("{line}\n")).collect()
}

/// The last line of a process, but for its exit.
pub fn last_moment(process: &Process) -> i64 {
    let mut lines = Vec::new();
    for (index, run) in process.runs.iter().enumerate() {
        Hooks { process, run, index, lines: &mut lines }.all();
    }
    lines.into_iter().map(|(at, _)| at).max().unwrap_or(process.started)
}

/// The last that was heard of a turn, but for its end.
pub fn last_of_turn(turn: &Turn) -> i64 {
    let calls = turn.calls.iter().flat_map(|call| {
        let failed = call.failed.iter().map(|attempt| attempt.at);
        failed.chain(call.answer.as_ref().map(|answer| answer.at)).chain(call.requests.iter().copied())
    });
    let tools = turn.tools.iter().map(|tool| tool.at);
    let approvals = turn
        .approvals
        .iter()
        .flat_map(|approval| [Some(approval.asked), approval.answered.map(|(at, _)| at)])
        .flatten();
    calls.chain(tools).chain(approvals).fold(turn.start, i64::max)
}

struct Hooks<'a> {
    process: &'a Process,
    run: &'a Run,
    index: usize,
    lines: &'a mut Vec<(i64, Value)>,
}

impl Hooks<'_> {
    fn all(&mut self) {
        let run = self.run;
        if let Some(delegation) = &run.delegated {
            let parent = &self.process.runs[delegation.parent];
            let ids = json!({
                "parent_session_id": parent.session, "parent_turn_id": delegation.turn,
                "child_session_id": run.session, "child_subagent_id": format!("sa-{}", self.index),
                "child_role": "leaf",
            });
            self.hook(delegation.started, "subagent_start", ids.clone());
            if let Some((at, status, duration)) = delegation.back {
                let mut back = ids;
                back["child_status"] = json!(status);
                back["duration_ms"] = millis(duration);
                self.hook(at, "subagent_stop", back);
            }
        }
        let after_reset = self.process.runs[..self.index].last().and_then(|before| before.close.as_ref());
        if after_reset.is_some_and(|close| close.reason == "session_boundary") && run.announced {
            self.of_session(
                run.start,
                "on_session_reset",
                json!({ "reason": "new_session", "model": run.model }),
            );
        } else if run.announced {
            self.of_session(run.start, "on_session_start", json!({ "model": run.model }));
        }
        run.turns.iter().for_each(|turn| self.turn(turn));
        if let Some(close) = &run.close {
            self.of_session(close.at, "on_session_finalize", json!({ "reason": close.reason }));
        }
    }

    fn turn(&mut self, turn: &Turn) {
        if !turn.midway {
            let began = json!({ "turn_id": turn.id, "model": turn.model, "is_first_turn": turn.first });
            self.of_session(turn.start, "pre_llm_call", began);
        }
        turn.calls.iter().for_each(|call| self.call(turn, call));
        turn.tools.iter().for_each(|tool| self.tool(turn, tool));
        for approval in &turn.approvals {
            let question = json!({
                "turn_id": turn.id, "tool_call_id": approval.tool, "surface": approval.surface,
                "session_key": self.run.session,
            });
            self.hook(approval.asked, "pre_approval_request", question.clone());
            if let Some((at, choice)) = approval.answered {
                let mut answer = question;
                answer["choice"] = json!(choice);
                self.hook(at, "post_approval_response", answer);
            }
        }
        if let Some(said) = &turn.said {
            let mut end = json!({
                "turn_id": turn.id, "completed": said.completed, "interrupted": said.interrupted,
                "reason": said.reason,
            });
            if said.failed {
                end["failed"] = json!(true);
            }
            self.of_session(said.at, "on_session_end", end);
        }
    }

    fn call(&mut self, turn: &Turn, call: &Call) {
        for at in &call.requests {
            self.of_call(*at, "pre_api_request", turn, call, call.endpoint, json!({}));
        }
        for (number, attempt) in call.failed.iter().enumerate() {
            let failed = json!({
                "api_duration": seconds(attempt.elapsed), "reason": attempt.failure.reason,
                "status_code": attempt.failure.status, "error": { "type": attempt.failure.error_type },
                "retryable": !attempt.exhausted, "retry_count": number, "max_retries": 9,
            });
            self.of_call(attempt.at, "api_request_error", turn, call, attempt.endpoint, failed);
        }
        if let Some(answer) = &call.answer {
            self.of_call(answer.at, "post_api_request", turn, call, call.endpoint, answered(answer));
        }
    }

    fn tool(&mut self, turn: &Turn, tool: &Tool) {
        let mut ended = json!({
            "turn_id": turn.id, "tool_name": tool.name, "tool_call_id": tool.id, "status": tool.status,
            "error_type": tool.error_type,
        });
        let of_call = tool.call.map(|call| turn.calls[call].id.clone());
        let optional = [
            ("duration_ms", tool.duration.map(millis)),
            ("toolset", tool.toolset.map(Value::from)),
            ("api_request_id", of_call.map(Value::from)),
        ];
        for (key, value) in optional {
            if let Some(value) = value {
                ended[key] = value;
            }
        }
        self.of_session(tool.at, "post_tool_call", ended.clone());
        if let Some(at) = tool.echo {
            ended["status"] = json!("ok");
            self.of_session(at, "post_tool_call", ended);
        }
    }

    fn of_call(&mut self, at: i64, hook: &str, turn: &Turn, call: &Call, endpoint: Endpoint, more: Value) {
        let mut arguments = json!({
            "turn_id": turn.id, "api_request_id": call.id, "model": endpoint.model,
            "provider": endpoint.provider, "base_url": endpoint.url, "api_mode": "chat_completions",
        });
        merge(&mut arguments, more);
        self.of_session(at, hook, arguments);
    }

    fn of_session(&mut self, at: i64, hook: &str, mut arguments: Value) {
        arguments["session_id"] = json!(self.run.session);
        if let Some(platform) = self.run.platform {
            arguments["platform"] = json!(platform);
        }
        self.hook(at, hook, arguments);
    }

    fn hook(&mut self, at: i64, hook: &str, arguments: Value) {
        let line = json!({
            "kind": "hook", "hook": hook, "kwargs": arguments, "pid": self.process.pid, "wall_ns": at,
        });
        self.lines.push((at, line));
    }
}

fn answered(answer: &Answer) -> Value {
    let mut more = json!({
        "api_duration": seconds(answer.latency), "finish_reason": answer.finish, "message_count": answer.messages,
    });
    if let Some(began) = answer.began {
        more["started_at"] = seconds(began);
    }
    if let Some(first_token) = answer.first_token {
        more["time_to_first_token"] = seconds(first_token);
    }
    if let Some(usage) = answer.usage {
        more["usage"] = json!({
            "input_tokens": usage.input, "output_tokens": usage.output, "cache_read_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write, "cache_write_1h_tokens": usage.cache_write_1h,
            "reasoning_tokens": usage.reasoning,
        });
    }
    if let Some(reported) = answer.reported {
        // What a provider says it charged, in dollars: with the tokens, or beside them.
        let place = if answer.usage.is_some() { &mut more["usage"] } else { &mut more };
        place["cost"] = json!(reported as f64 / 1e9);
    }
    more
}

fn merge(into: &mut Value, more: Value) {
    let (Value::Object(into), Value::Object(more)) = (into, more) else { return };
    let mut more: Map<String, Value> = more;
    into.append(&mut more);
}

/// Nanoseconds as seconds: a host's float, which holds 1/512 s of any moment exactly.
fn seconds(nanos: i64) -> Value {
    let (whole, fraction) = (nanos.div_euclid(1_000_000_000), nanos.rem_euclid(1_000_000_000));
    json!(whole as f64 + fraction as f64 / 1e9)
}

/// Nanoseconds as milliseconds.
fn millis(nanos: i64) -> Value {
    json!(nanos as f64 / 1e6)
}
