use serde::{Deserialize, Serialize};

use crate::cost::NanoDollars;
use crate::ids::SpanId;
use crate::name::Name;
use crate::time::UnixNanos;
use crate::usage::Usage;
use crate::vocabulary::ErrorClass;

/// A model answered. One call has one or more attempts; the failed ones are [`AttemptFailed`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCall {
    /// The turn it belongs to.
    pub turn: SpanId,
    /// The call's span, the same for all of its attempts.
    pub call: SpanId,
    /// The model asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Name>,
    /// The model that answered, when it is another.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub response_model: Option<Name>,
    /// The provider, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<Name>,
    /// The endpoint, without credentials and query.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base_url: Option<Name>,
    /// The wire protocol, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub api_mode: Option<Name>,
    /// When the call began: its first attempt.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub start_ns: Option<UnixNanos>,
    /// From the beginning of the first attempt to the answer, failed attempts and pauses included, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub latency_ns: Option<i64>,
    /// The attempt that was answered, alone, in nanoseconds; only where the host tells when it began.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attempt_ns: Option<i64>,
    /// Time to the first token, in nanoseconds; only where the host gives it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ttft_ns: Option<i64>,
    /// Attempts that failed before the answer.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub retries: u32,
    /// Why the model stopped.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub finish_reason: Option<Name>,
    /// Messages in the request.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub messages: Option<u32>,
    /// Tool calls in the answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tool_calls: Option<u32>,
    /// Tokens, when the provider said.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usage: Option<Usage>,
    /// How it is charged for, when the host said anything of it. Few hosts do, so it takes a pointer and no more.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub billing: Option<Box<Billing>>,
}

/// What a host says of how a call is charged for, beside its tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Billing {
    /// What the provider said the call costs, in billionths of a US dollar. Never what somebody made of its tokens.
    #[serde(rename = "reported_nanos", skip_serializing_if = "Option::is_none", default)]
    pub reported: Option<NanoDollars>,
    /// The service tier it was served in, in the provider's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub service_tier: Option<Name>,
    /// It was one of a batch.
    #[serde(skip_serializing_if = "is_false", default)]
    pub batch: bool,
    /// A plan pays for it.
    #[serde(skip_serializing_if = "is_false", default)]
    pub included: bool,
}

fn is_zero(count: &u32) -> bool {
    *count == 0
}

fn is_false(switch: &bool) -> bool {
    !*switch
}

/// A request to a provider is about to go out. Recorded only under `capture.attempts`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptStarted {
    /// The turn it belongs to.
    pub turn: SpanId,
    /// The call's span.
    pub call: SpanId,
    /// Counted from 0 within the call.
    pub attempt: u32,
    /// The model asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Name>,
    /// The provider, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<Name>,
}

/// A request to a provider failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AttemptFailed {
    /// The turn it belongs to.
    pub turn: SpanId,
    /// The call's span.
    pub call: SpanId,
    /// Counted from 0 within the call.
    pub attempt: u32,
    /// What kind of failure.
    pub class: ErrorClass,
    /// The host's word for it, verbatim.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<Name>,
    /// The error's type, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_type: Option<Name>,
    /// The HTTP status, if there was an answer.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status_code: Option<u16>,
    /// It will not be tried again: not retryable, or out of retries.
    pub exhausted: bool,
    /// The model asked for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Name>,
    /// The provider, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<Name>,
    /// The endpoint, without credentials and query.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub base_url: Option<Name>,
    /// From the beginning of the call's first attempt to this failure, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub elapsed_ns: Option<i64>,
    /// This attempt alone, in nanoseconds; only where the host tells when it began.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub attempt_ns: Option<i64>,
}
