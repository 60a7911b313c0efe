//! The model call every bench tells of.

use telemetry_core::event::{Event, ModelCall};
use telemetry_core::ids::{Key, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;

/// What an agent knows of its calls; its words are resolved once as an agent's are.
pub struct Facts {
    pub run: RunId,
    pub turn: SpanId,
    model: Name,
    provider: Name,
    base_url: Name,
    api_mode: Name,
    finish_reason: Name,
}

pub const MODEL: &str = "claude-opus-4-5";
pub const PROVIDER: &str = "anthropic";
pub const BASE_URL: &str = "https://api.anthropic.com/v1";
pub const API_MODE: &str = "anthropic_messages";
pub const FINISH_REASON: &str = "tool_use";
pub const USAGE: Usage = Usage {
    input: 1_204,
    output: 310,
    cache_read: 48_210,
    cache_write: 512,
    cache_write_1h: 0,
    reasoning: 120,
};

impl Facts {
    pub fn new() -> Self {
        Facts {
            run: RunId(0x8e27_9fec_7403_c5b3_7582_dce8_d315_656d),
            turn: SpanId(0xb1cc_4299_f74f_d9c6),
            model: Name::intern(MODEL),
            provider: Name::intern(PROVIDER),
            base_url: Name::intern(BASE_URL),
            api_mode: Name::intern(API_MODE),
            finish_reason: Name::intern(FINISH_REASON),
        }
    }

    pub fn call(number: u64) -> SpanId {
        SpanId(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    pub fn latency_ns(number: u64) -> i64 {
        844_721_079 + (number & 0xffff) as i64
    }

    /// The event: the clock is read, the id derived and the words cloned here, as in a hook.
    pub fn event(&self, number: u64) -> Event {
        let now = UnixNanos::now();
        let call = Self::call(number);
        let latency_ns = Self::latency_ns(number);
        let body = ModelCall {
            turn: self.turn,
            call,
            model: Some(self.model.clone()),
            response_model: None,
            provider: Some(self.provider.clone()),
            base_url: Some(self.base_url.clone()),
            api_mode: Some(self.api_mode.clone()),
            start_ns: Some(now.plus(-latency_ns)),
            latency_ns: Some(latency_ns),
            attempt_ns: Some(latency_ns),
            ttft_ns: None,
            retries: 0,
            finish_reason: Some(self.finish_reason.clone()),
            messages: Some(12),
            tool_calls: Some(1),
            usage: Some(USAGE),
            billing: None,
        };
        Event::new(now, self.run, &Key::new("model_call").number(call.0), body)
    }
}
