//! Model calls and their attempts.

use telemetry_core::event::{AttemptFailed, AttemptStarted, ModelCall};
use telemetry_core::ids::{Key, SpanId};
use telemetry_core::name::Name;
use telemetry_core::usage::{MAX_TOKENS, Usage};

use super::billing::billing;
use super::session::Place;
use super::state::Call;
use super::{After, Seen};
use crate::classify;
use crate::payload::Payload;

impl Seen<'_> {
    pub(super) fn attempt_start(&mut self) -> After {
        let Some((place, turn, call)) = self.call() else { return After::GoOn };
        let at = self.at;
        let attempt = self.with_call(&place, turn, call, |call| {
            call.attempt_started = Some(at);
            call.attempts_started += 1;
            call.attempts_started - 1
        });
        let attempt = attempt.unwrap_or_default();
        let key = Key::new("attempt_started").number(call.0).number(attempt);
        let started = AttemptStarted {
            turn,
            call,
            attempt,
            model: self.word("model"),
            provider: self.word("provider"),
        };
        self.emit(Some(place.run), &key, started);
        self.say_request(&place, call, attempt);
        After::GoOn
    }

    pub(super) fn model_answer(&mut self) -> After {
        let Some((place, turn, mut call)) = self.call() else { return After::GoOn };
        let seen = self.with_call(&place, turn, call, |call| {
            call.answers += 1;
            (call.failed, call.answers, call.attempt_started)
        });
        let (retries, answers, attempt_started) = seen.unwrap_or((0, 1, None));
        if answers > 1 {
            // The host gave one id to two answers: two calls all the same.
            call = SpanId(Key::new("call again").number(call.0).number(answers).narrow());
        }
        let latency_ns = self.elapsed();
        let attempt_ns = match attempt_started {
            // Between hooks lies a little more than the host measured.
            Some(started) => Some(self.at.since(started)).map(|ns| latency_ns.map_or(ns, |all| ns.min(all))),
            None => latency_ns.filter(|_| retries == 0),
        };
        let model = self.word("model");
        let answer = ModelCall {
            turn,
            call,
            response_model: self.word("response_model").filter(|answered| Some(answered) != model.as_ref()),
            model,
            provider: self.word("provider"),
            base_url: self.payload.text("base_url", classify::endpoint),
            api_mode: self.word("api_mode"),
            start_ns: self.moment("started_at"),
            latency_ns,
            attempt_ns,
            ttft_ns: self.seconds("time_to_first_token"),
            retries,
            finish_reason: self.word("finish_reason"),
            messages: self.count("message_count"),
            tool_calls: self.count("assistant_tool_call_count"),
            usage: self.payload.map("usage", usage).flatten(),
            billing: billing(self.payload),
        };
        self.emit(Some(place.run), &Key::new("model_call").number(call.0), answer);
        self.say(place.run, call);
        After::GoOn
    }

    pub(super) fn attempt_failure(&mut self) -> After {
        let Some((place, turn, call)) = self.call() else { return After::Flush };
        let seen = self.with_call(&place, turn, call, |call| {
            call.failed += 1;
            (call.failed - 1, call.attempt_started.take())
        });
        let (attempt, attempt_started) = seen.unwrap_or((0, None));
        let reason = self.word("reason");
        let error_type = self.payload.map("error", |error| error.text("type", Name::intern)).flatten();
        let status_code = self.payload.integer("status_code").and_then(|code| u16::try_from(code).ok());
        let elapsed_ns = self.elapsed();
        let attempt_ns = match attempt_started {
            Some(started) => Some(self.at.since(started)),
            None => elapsed_ns.filter(|_| attempt == 0),
        };
        let failed = AttemptFailed {
            turn,
            call,
            attempt,
            class: classify::error_class(reason.as_deref(), status_code, error_type.as_deref()),
            reason,
            error_type,
            status_code,
            exhausted: self.exhausted(),
            model: self.word("model"),
            provider: self.word("provider"),
            base_url: self.payload.text("base_url", classify::endpoint),
            elapsed_ns,
            attempt_ns,
        };
        let after = if failed.exhausted { After::Flush } else { After::GoOn };
        let key = Key::new("attempt_failed").number(call.0).number(attempt);
        self.emit(Some(place.run), &key, failed);
        // An attempt has no span of its own in the events: its event's id is taken for one.
        self.say(place.run, SpanId(key.narrow()));
        after
    }

    /// Whether a failed request will not be tried again. A host that does not say whether it is retryable has given
    /// up only if it says that the retries are used up.
    fn exhausted(&self) -> bool {
        let out_of_retries = match (self.payload.integer("retry_count"), self.payload.integer("max_retries"))
        {
            (Some(count), Some(max)) => count.saturating_add(1) >= max,
            _ => false,
        };
        out_of_retries || self.payload.flag("retryable") == Some(false)
    }

    /// From the start of the call to now, as the host measured it; else between the moments it gives.
    fn elapsed(&self) -> Option<i64> {
        self.seconds("api_duration").or_else(|| {
            let (started, ended) = (self.moment("started_at")?, self.moment("ended_at")?);
            Some(ended.since(started))
        })
    }

    fn count(&self, key: &str) -> Option<u32> {
        self.payload.integer(key).and_then(|count| u32::try_from(count).ok())
    }

    /// Where this hook's call belongs: its session, its turn and its span.
    fn call(&mut self) -> Option<(Place, SpanId, SpanId)> {
        let place = self.place()?;
        let turn = self.turn(&place);
        let key = Key::new("call").number(turn.0);
        let key = match (self.name("api_request_id"), self.payload.integer("api_call_count")) {
            (Some(id), _) => key.text(&id),
            (None, Some(count)) => key.text("#").number(count as u64),
            (None, None) => key.text("?").number(self.anonymous_call(&place, turn)),
        };
        Some((place, turn, SpanId(key.narrow())))
    }

    /// The ordinal of a call without any id: attempts and failures belong to the one that the next answer ends.
    fn anonymous_call(&mut self, place: &Place, turn: SpanId) -> u32 {
        self.with_turn(place, turn, |turn| turn.calls.values().map(|call| call.answers).sum())
            .unwrap_or_default()
    }

    fn with_call<R>(
        &mut self,
        place: &Place,
        turn: SpanId,
        call: SpanId,
        look: impl FnOnce(&mut Call) -> R,
    ) -> Option<R> {
        self.with_turn(place, turn, |turn| look(turn.calls.entry(call).or_default()))
    }

    pub(super) fn call_of_request(&self, turn: SpanId) -> Option<SpanId> {
        self.payload.text("api_request_id", |id| SpanId(Key::new("call").number(turn.0).text(id).narrow()))
    }
}

/// Tokens in exclusive buckets, from a usage in which input tokens exclude cached ones (hermes-agent 0.19.0,
/// `agent/usage_pricing.py`). A usage that only gives the prompt's sum is split.
fn usage(usage: &dyn Payload) -> Option<Usage> {
    let tokens = |key| {
        usage.integer(key).and_then(|count| u64::try_from(count).ok()).filter(|count| *count <= MAX_TOKENS)
    };
    let cache_read = tokens("cache_read_tokens");
    let cache_write = tokens("cache_write_tokens");
    let cached = cache_read.unwrap_or(0).saturating_add(cache_write.unwrap_or(0));
    let input =
        tokens("input_tokens").or_else(|| tokens("prompt_tokens").map(|all| all.saturating_sub(cached)));
    let output = tokens("output_tokens");
    if [input, output, cache_read, cache_write].iter().all(Option::is_none) {
        return None;
    }
    Some(Usage {
        input: input.unwrap_or(0),
        output: output.unwrap_or(0),
        cache_read: cache_read.unwrap_or(0),
        cache_write: cache_write.unwrap_or(0),
        cache_write_1h: tokens("cache_write_1h_tokens").or_else(|| kept_for_an_hour(usage)).unwrap_or(0),
        reasoning: tokens("reasoning_tokens").unwrap_or(0),
    })
}

/// Cache writes for an hour as Anthropic tells them, whose sum is the host's `cache_write_tokens`.
fn kept_for_an_hour(usage: &dyn Payload) -> Option<u64> {
    let tokens =
        usage.map("cache_creation", |writes| writes.integer("ephemeral_1h_input_tokens")).flatten()?;
    u64::try_from(tokens).ok().filter(|count| *count <= MAX_TOKENS)
}
