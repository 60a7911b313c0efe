//! From a turn to steps.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use telemetry_core::ids::Key;
use telemetry_core::vocabulary::ToolStatus;

use super::model::{Observation, ObservationResult, Source, Step, SubagentRef, ToolCall};
use super::totals::metrics;
use crate::trajectory::{Answer, Call, Child, Failure, Message, Tool, Turn, micros, object, rfc3339, text};

/// What the steps before tell of those to come.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Memory {
    /// When the last one was, in microseconds since the epoch; none is before it.
    pub last: i64,
    /// A hash of the system prompt that was told last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_prompt: Option<u64>,
    /// Hashes of the ids of tool calls. Some providers count them anew in each answer; in a document each is one.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub tool_calls: BTreeSet<u32>,
}

impl Memory {
    /// An id that no tool call had before: itself, else with a number.
    fn only(&mut self, id: String) -> String {
        let is_new = |id: &String, known: &mut BTreeSet<u32>| {
            known.insert(Key::new("tool call").text(id).narrow() as u32)
        };
        if is_new(&id, &mut self.tool_calls) {
            return id;
        }
        let numbered = (2u32..).map(|nth| format!("{id}~{nth}"));
        let mut new = numbered.filter(|id| is_new(id, &mut self.tool_calls));
        new.next().unwrap_or(id)
    }
}

/// Writes steps one after the other, in time. Every turn has one at least.
pub(super) struct Steps<'a> {
    pub steps: Vec<Step>,
    pub memory: &'a mut Memory,
    /// How to refer to a subagent that is embedded; `None` for one that has no step.
    pub refer: &'a dyn Fn(&Child) -> Option<SubagentRef>,
}

impl Steps<'_> {
    pub fn turn(&mut self, turn: &Turn) {
        if turn.begins_compressed() {
            self.compaction(micros(turn.start), turn.calls.first(), turn);
        }
        if let Some(prompt) = turn.calls.iter().find_map(|call| call.system_prompt.as_ref()) {
            self.system_prompt(prompt, micros(turn.start));
        }
        self.user(turn);
        let mut failed: Vec<&Failure> = Vec::new();
        for (nth, call) in turn.calls.iter().enumerate() {
            if call.requests.iter().any(|request| request.rewritten) {
                self.compaction(micros(call.start), Some(call), turn);
            }
            failed.extend(&call.failures);
            let Some(answer) = &call.answer else { continue };
            let is_last = !turn.calls[nth + 1..].iter().any(|call| call.answer.is_some());
            let final_answer = turn.final_answer.as_ref().filter(|_| is_last);
            self.agent(
                call,
                answer,
                &turn.tools_of(nth),
                &turn.children,
                &std::mem::take(&mut failed),
                final_answer,
            );
        }
        self.failed_for_good(&failed);
        if turn.calls.iter().all(|call| call.answer.is_none()) {
            self.without_model(turn);
        }
        let known = |child: &&Child| !turn.tools.iter().any(|tool| child.place == Some(tool.call.span));
        self.children(turn.children.iter().filter(known));
    }

    /// A model call that came when its turn had been told.
    pub fn late_call(&mut self, call: &Call) {
        match &call.answer {
            Some(answer) => {
                let failed: Vec<&Failure> = call.failures.iter().collect();
                self.agent(call, answer, &[], &[], &failed, None);
            }
            None => self.failed_for_good(&call.failures.iter().collect::<Vec<_>>()),
        }
    }

    /// Subagents of no tool call that is known.
    pub fn children<'c>(&mut self, children: impl Iterator<Item = &'c Child>) {
        for child in children {
            let Some(refer) = (self.refer)(child) else { continue };
            let result = ObservationResult { subagent_trajectory_ref: vec![refer], ..Default::default() };
            let step = self.step(Source::System, micros(child.end.end), "Subagent finished");
            step.observation = Some(Observation { results: vec![result] });
        }
    }

    fn step(&mut self, source: Source, at: i64, message: &str) -> &mut Step {
        self.memory.last = self.memory.last.max(at);
        self.steps.push(Step { timestamp: rfc3339(self.memory.last), ..Step::new(source, message) });
        let nth = self.steps.len() - 1;
        &mut self.steps[nth]
    }

    /// The host has compressed the conversation. What is known of it afterwards is what the next request sends.
    fn compaction(&mut self, at: i64, next: Option<&Call>, turn: &Turn) {
        let sent = next.and_then(|call| call.requests.first()).filter(|request| request.from == 0);
        let mut management = json!({"type": "compaction"});
        let context = sent.map(|request| request.messages.to_string());
        if context.is_some() {
            management["boundary"] = json!("replace");
        }
        let before = turn.run.continues.as_ref().and_then(|before| before.session_id.clone());
        let step = self.step(Source::System, at, "The conversation was compressed");
        step.extra.insert("context_management".to_owned(), management);
        if let Some(before) = before {
            step.extra.insert("continues_session_id".to_owned(), json!(before));
        }
        step.observation = context.map(|content| Observation {
            results: vec![ObservationResult { content: Some(content), ..Default::default() }],
        });
    }

    fn system_prompt(&mut self, prompt: &Value, at: i64) {
        let prompt = text(prompt);
        let hash = Key::new("system prompt").text(&prompt).narrow();
        if self.memory.system_prompt.replace(hash) != Some(hash) {
            self.step(Source::System, at, &prompt);
        }
    }

    /// What was asked, once for each turn, however often it was sent. A turn that goes on after a compression was asked
    /// nothing new.
    fn user(&mut self, turn: &Turn) {
        let goes_on = turn.begins_compressed() && turn.user_message.is_none();
        if goes_on && turn.calls.iter().any(|call| call.message.is_some()) {
            return;
        }
        let asked = turn.user_message.as_ref().map(text).unwrap_or_default();
        let step = self.step(Source::User, micros(turn.start), &asked);
        let verdict = &turn.verdict;
        let mut told = json!({
            "span_id": turn.span,
            "outcome": if turn.unclosed { "unclosed" } else { verdict.outcome.as_str() },
            "duration_ms": millis(turn.end.since(turn.start)),
        });
        if let Some(id) = &turn.turn_id {
            told["turn_id"] = json!(id);
        }
        if let Some(reason) = &verdict.reason {
            told["reason"] = json!(reason);
        }
        step.extra.insert("turn".to_owned(), told);
    }

    fn agent(
        &mut self,
        call: &Call,
        answer: &Answer,
        tools: &[&Tool],
        children: &[Child],
        failed: &[&Failure],
        final_answer: Option<&Value>,
    ) {
        let (tool_calls, results) = self.calls(call.message.as_ref(), tools, children);
        let said = call.message.as_ref().map(Message::text).unwrap_or_default();
        let message = match final_answer {
            Some(answer) if said.is_empty() && tool_calls.is_empty() => text(answer),
            _ => said,
        };
        let model = answer.call.response_model.as_ref().or(answer.call.model.as_ref());
        let step = self.step(Source::Agent, micros(call.end), &message);
        step.model_name = model.map(|model| model.to_string());
        step.reasoning_content = call.reasoning.as_ref().map(text);
        step.tool_calls = tool_calls;
        step.observation = (!results.is_empty()).then_some(Observation { results });
        step.metrics = metrics(answer);
        step.llm_call_count = Some(1);
        step.extra.insert("span_id".to_owned(), json!(call.span));
        step.extra.insert("duration_ms".to_owned(), millis(call.end.since(call.start)));
        for (key, word) in
            [("provider", &answer.call.provider), ("finish_reason", &answer.call.finish_reason)]
        {
            if let Some(word) = word {
                step.extra.insert(key.to_owned(), json!(word));
            }
        }
        if let Some(nanos) = answer.call.ttft_ns {
            step.extra.insert("time_to_first_token_ms".to_owned(), millis(nanos));
        }
        if !failed.is_empty() {
            step.extra.insert("failed_attempts".to_owned(), failed.iter().map(|one| failure(one)).collect());
        }
    }

    /// The tool calls in the model's order, after them those that ran and are not in the answer, and what each gave back, in
    /// that order too.
    fn calls(
        &mut self,
        message: Option<&Message>,
        tools: &[&Tool],
        children: &[Child],
    ) -> (Vec<ToolCall>, Vec<ObservationResult>) {
        let mut rest: Vec<&Tool> = tools.to_vec();
        let mut found: Vec<(ToolCall, Option<&Tool>)> = Vec::new();
        for asked in message.map(|message| &message.asked[..]).unwrap_or_default() {
            let ran = rest.iter().position(|tool| match &asked.id {
                Some(id) => tool.call.tool_call_id.as_deref() == Some(id),
                None => *tool.call.tool == *asked.name,
            });
            let tool = ran.map(|at| rest.remove(at));
            let id = asked.id.clone().or(tool.map(Tool::id)).unwrap_or_else(|| asked.name.clone());
            let arguments = object(&asked.arguments, "arguments");
            found.push((ToolCall { tool_call_id: id, function_name: asked.name.clone(), arguments }, tool));
        }
        for tool in rest {
            let arguments = tool.arguments.as_ref().map(|said| object(said, "arguments")).unwrap_or_default();
            let function_name = tool.call.tool.to_string();
            found.push((ToolCall { tool_call_id: tool.id(), function_name, arguments }, Some(tool)));
        }
        let (mut calls, mut results) = (Vec::new(), Vec::new());
        for (call, tool) in found {
            let call = ToolCall { tool_call_id: self.memory.only(call.tool_call_id), ..call };
            results.push(self.result(&call.tool_call_id, tool, children));
            calls.push(call);
        }
        (calls, results)
    }

    fn result(&self, id: &str, tool: Option<&Tool>, children: &[Child]) -> ObservationResult {
        let mut result = ObservationResult { source_call_id: Some(id.to_owned()), ..Default::default() };
        match tool {
            Some(tool) => {
                fill(&mut result, tool);
                let of_tool = children.iter().filter(|child| child.place == Some(tool.call.span));
                result.subagent_trajectory_ref = of_tool.filter_map(|child| (self.refer)(child)).collect();
            }
            None => {
                result.extra.insert("status".to_owned(), json!(ToolStatus::Unknown));
            }
        }
        result
    }

    /// The turn came to nothing: its attempts are told by a step of their own.
    fn failed_for_good(&mut self, failed: &[&Failure]) {
        let Some(last) = failed.last() else { return };
        let message = format!("LLM request failed: {}", last.failed.class);
        let step = self.step(Source::System, micros(last.end), &message);
        step.extra.insert("failed_attempts".to_owned(), failed.iter().map(|one| failure(one)).collect());
    }

    /// A turn without a model call that was answered: its answer, and tools that ran all the same.
    fn without_model(&mut self, turn: &Turn) {
        let tools: Vec<&Tool> = turn.tools.iter().collect();
        if tools.is_empty() && turn.final_answer.is_none() {
            return;
        }
        let (tool_calls, results) = self.calls(None, &tools, &turn.children);
        let said = turn.final_answer.as_ref().map(text).unwrap_or_default();
        let step = self.step(Source::Agent, micros(turn.end), &said);
        step.tool_calls = tool_calls;
        step.observation = (!results.is_empty()).then_some(Observation { results });
        step.llm_call_count = Some(0);
    }
}

/// What a tool call gave back, and how it ended.
pub(super) fn fill(result: &mut ObservationResult, tool: &Tool) {
    result.content = tool.result.as_ref().or(tool.error.as_ref()).map(text);
    result.extra.insert("status".to_owned(), json!(tool.call.status));
    result.extra.insert("duration_ms".to_owned(), millis(tool.end.since(tool.start)));
    result.extra.insert("span_id".to_owned(), json!(tool.call.span));
    if let Some(error) = &tool.call.error_type {
        result.extra.insert("error_type".to_owned(), json!(error));
    }
}

fn failure(failure: &Failure) -> Value {
    let failed = &failure.failed;
    let mut told = json!({
        "attempt": failed.attempt,
        "error_class": failed.class,
        "timestamp": rfc3339(micros(failure.end)),
        "duration_ms": millis(failure.end.since(failure.start)),
    });
    for (key, word) in
        [("error_type", &failed.error_type), ("reason", &failed.reason), ("model", &failed.model)]
    {
        if let Some(word) = word {
            told[key] = json!(word);
        }
    }
    if let Some(status) = failed.status_code {
        told["status_code"] = json!(status);
    }
    if let Some(message) = &failure.message {
        told["message"] = json!(text(message));
    }
    told
}

fn millis(nanos: i64) -> Value {
    json!(nanos as f64 / 1e6)
}
