//! Model calls as `llm` scopes: one for each attempt that is known, the failed ones with their error.

use serde_json::{Map, Value, json};
use telemetry_core::ids::{Key, SpanId};
use telemetry_core::name::Name;

use super::line::uuid;
use super::map::Place;
use super::scope::{Out, Scope, Side, correlation, with};
use crate::trajectory::{Answer, Call, Failure, Message, Tool, micros, object, text};

/// A model call in its turn.
pub(super) struct InTurn<'a> {
    pub call: &'a Call,
    pub turn_id: Option<&'a Name>,
    /// What the turn was asked, for its first call.
    pub user_message: Option<&'a Value>,
    /// The tool calls it led to.
    pub tools: Vec<&'a Tool>,
}

impl InTurn<'_> {
    /// Writes its attempts; when the last was over.
    pub fn write(&self, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
        let mut over = place.start;
        for (nth, failure) in self.call.failures.iter().enumerate() {
            over = over.max(self.failed(failure, nth, place, out));
        }
        match &self.call.answer {
            Some(answer) => over.max(self.answered(answer, place, out)),
            None => over,
        }
    }

    fn failed(&self, failure: &Failure, nth: usize, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
        let start = micros(failure.start).max(place.start);
        let failed = &failure.failed;
        let error = json!({
            "type": failed.class,
            "message": failure.message.as_ref().map(text),
            "error_type": failed.error_type,
            "reason": failed.reason,
            "status_code": failed.status_code,
        });
        let last = json!({
            "status": "error",
            "otel.status_code": "ERROR",
            "otel.status_description": failed.class,
            "error": Value::Object(with(Map::new(), error)),
            "exhausted": failed.exhausted,
        });
        let id = uuid(start, &Key::new("atof failed attempt").number(place.run.id.0).number(failure.span.0));
        let profile = profile(failed.model.as_ref());
        Scope {
            category: "llm",
            uuid: id,
            parent: place.uuid,
            name: failed.provider.as_deref().or(failed.model.as_deref()).unwrap_or("llm"),
            start,
            end: micros(failure.end),
            first: Side {
                profile: profile.clone(),
                data: self.request(nth, failed.model.as_ref()),
                metadata: self.metadata(place, failure.span, failed.attempt),
            },
            last: Side {
                profile,
                data: Value::Null,
                metadata: with(self.metadata(place, failure.span, failed.attempt), last),
            },
        }
        .write(out)
    }

    fn answered(&self, answer: &Answer, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
        let Call { span, start, end, failures, .. } = self.call;
        let model_call = &answer.call;
        let from = self.call.answered_from.or(failures.last().map(|failure| failure.end)).unwrap_or(*start);
        let from = micros(from).max(place.start);
        let attempt = model_call.retries;
        Scope {
            category: "llm",
            uuid: uuid(from, &Key::new("atof call").number(place.run.id.0).number(span.0)),
            parent: place.uuid,
            name: model_call.provider.as_deref().or(model_call.model.as_deref()).unwrap_or("llm"),
            start: from,
            end: micros(*end),
            first: Side {
                profile: profile(model_call.model.as_ref()),
                data: self.request(failures.len(), model_call.model.as_ref()),
                metadata: self.metadata(place, *span, attempt),
            },
            last: Side {
                profile: profile(model_call.response_model.as_ref().or(model_call.model.as_ref())),
                data: self.response(answer),
                metadata: with(self.metadata(place, *span, attempt), accounting(answer)),
            },
        }
        .write(out)
    }

    fn metadata(&self, place: &Place<'_>, span: SpanId, attempt: u32) -> Map<String, Value> {
        let more = json!({
            "turn_id": self.turn_id,
            "call_span_id": self.call.span,
            "attempt": attempt,
            "messages_before": self.call.requests.first().map(|request| request.from),
        });
        with(correlation(place.run, span), more)
    }

    /// What the `nth` attempt sent and the run's request before did not have. A request that sends what was sent is null:
    /// a converter that finds no message where there is data takes it for a loss.
    fn request(&self, nth: usize, model: Option<&Name>) -> Value {
        let mut messages = Vec::new();
        let message = |role: &str, content: &Value| json!({"role": role, "content": content});
        if nth == 0 {
            messages.extend(self.call.system_prompt.as_ref().map(|prompt| message("system", prompt)));
        }
        match self.call.requests.get(nth) {
            Some(request) => match &request.messages {
                Value::Array(sent) => messages.extend(sent.iter().cloned()),
                withheld => messages.push(message("user", &json!(text(withheld)))),
            },
            None if nth == 0 => messages.extend(self.user_message.map(|asked| message("user", asked))),
            None => {}
        }
        if messages.is_empty() {
            return Value::Null;
        }
        let mut data = with(Map::new(), json!({"model": model, "messages": messages}));
        if let (0, Some(tools)) = (nth, &self.call.tool_definitions) {
            data.insert("tools".to_owned(), tools.clone());
        }
        Value::Object(data)
    }

    /// The answer, its tool calls with their ids also where nothing that was said is known. Null where it has neither a
    /// text nor a tool call.
    fn response(&self, answer: &Answer) -> Value {
        let content = self.call.message.as_ref().map(Message::text).unwrap_or_default();
        let asked = asked(self.call.message.as_ref(), &self.tools);
        if content.is_empty() && asked.is_empty() {
            return Value::Null;
        }
        let call = &answer.call;
        let usage = call.usage.map(|usage| {
            let prompt = usage.input.saturating_add(usage.cache_read).saturating_add(usage.cache_write);
            json!({
                "prompt_tokens": prompt,
                "completion_tokens": usage.output,
                "total_tokens": usage.total(),
                "prompt_tokens_details": {"cached_tokens": usage.cache_read},
                "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
            })
        });
        let calls = (!asked.is_empty()).then_some(asked);
        let data = json!({
            "content": content,
            "tool_calls": calls,
            "reasoning_content": self.call.reasoning.as_ref().map(text),
            "finish_reason": call.finish_reason,
            "model": call.response_model.as_ref().or(call.model.as_ref()),
            "usage": usage,
        });
        Value::Object(with(Map::new(), data))
    }
}

/// The tool calls of an answer in the model's order, and after them those that ran and are not in it.
fn asked(message: Option<&Message>, tools: &[&Tool]) -> Vec<Value> {
    let said = message.map(|message| &message.asked[..]).unwrap_or_default();
    let mut calls: Vec<Value> = Vec::new();
    for asked in said {
        let ran = |tool: &&&Tool| tool.call.tool_call_id.as_deref() == asked.id.as_deref();
        let id = asked.id.clone().or_else(|| tools.iter().find(ran).map(|tool| tool.id()));
        let arguments = match &asked.arguments {
            Value::String(text) => text.clone(),
            Value::Null => "{}".to_owned(),
            other => other.to_string(),
        };
        calls.push(json!({"id": id, "name": asked.name, "arguments": arguments}));
    }
    for tool in tools {
        let id = tool.id();
        if !calls.iter().any(|call| call["id"] == id) {
            let arguments = tool.arguments.as_ref().map(|said| object(said, "arguments")).unwrap_or_default();
            let arguments = Value::Object(arguments).to_string();
            calls.push(json!({"id": id, "name": tool.call.tool, "arguments": arguments}));
        }
    }
    calls
}

/// What an answered call took, in exclusive buckets, and what it costs.
fn accounting(answer: &Answer) -> Value {
    let call = &answer.call;
    let usage = call.usage.map(|usage| {
        json!({
            "input_tokens": usage.input,
            "output_tokens": usage.output,
            "cache_read_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write,
            "reasoning_tokens": usage.reasoning,
        })
    });
    let cost = json!({
        "usd": answer.cost.map(|cost| cost.0 as f64 / 1e9),
        "status": answer.cost_status,
    });
    json!({
        "status": "ok",
        "otel.status_code": "OK",
        "provider": call.provider,
        "finish_reason": call.finish_reason,
        "usage": usage,
        "cost": Value::Object(with(Map::new(), cost)),
        "latency_ms": call.latency_ns.map(|nanos| nanos as f64 / 1e6),
        "time_to_first_token_ms": call.ttft_ns.map(|nanos| nanos as f64 / 1e6),
    })
}

fn profile(model: Option<&Name>) -> Value {
    model.map_or(Value::Null, |model| json!({"model_name": model}))
}
