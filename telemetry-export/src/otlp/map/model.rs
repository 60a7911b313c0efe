//! Model calls and their attempts: the only spans with tokens and cost.

use opentelemetry_proto::tonic::trace::v1::Status;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use telemetry_core::cost::{Cost, NanoDollars};
use telemetry_core::event::AttemptFailed;
use telemetry_core::usage::Usage;

use super::ending::Ending;
use super::provider::answers;
use super::role::{CHAT, Role};
use super::server::server;
use super::traces::Shape;
use super::{count, nanos};
use crate::otlp::attributes::Attributes;
use crate::otlp::names;
use crate::spans::{AttemptOver, CallOver, FailedCall, Span};

/// A call that was answered.
pub(super) fn call(span: &Span, over: &CallOver, attributes: &mut Attributes) -> Shape {
    let call = &over.call;
    let asked = call.model.as_deref();
    who(call.provider.as_deref(), call.base_url.as_deref(), asked, attributes);
    attributes.put_known(names::RESPONSE_MODEL, call.response_model.as_deref());
    attributes.put_known(names::MODEL, call.response_model.as_deref().or(asked));
    attributes.put_known(names::API_MODE, call.api_mode.as_deref());
    attributes.put_known(names::FINISH_REASONS, call.finish_reason.as_ref().map(std::slice::from_ref));
    attributes.put_known(names::FINISH_REASON, call.finish_reason.as_deref());
    if let Some(waited) = call.ttft_ns.filter(|waited| *waited >= 0) {
        attributes.put(names::TIME_TO_FIRST_CHUNK, &(waited as f64 / 1e9));
        attributes.put_with(names::COMPLETION_START_TIME, || span.start.plus(waited).to_string());
    }
    attributes.put_known(names::RETRIES, (call.retries > 0).then_some(&i64::from(call.retries)));
    if let Some(billing) = call.billing.as_deref() {
        attributes.put_known(names::SERVICE_TIER, billing.service_tier.as_deref());
        attributes.put_known(names::BATCH, billing.batch.then_some(&true));
    }
    if let Some(usage) = &call.usage {
        tokens(usage, attributes);
    }
    cost(&over.cost, attributes);
    Shape::of(Role::ModelCall, name(asked), Ending::Unsaid.put(attributes))
}

/// A call that never was answered: what its last attempt went to, and why it failed.
pub(super) fn failed_call(over: &FailedCall, attributes: &mut Attributes) -> Shape {
    let Some((_, last)) = over.failed.last() else {
        return Shape::of(Role::ModelCall, name(None), Status::default());
    };
    let asked = last.model.as_deref();
    who(last.provider.as_deref(), last.base_url.as_deref(), asked, attributes);
    attributes.put_known(names::MODEL, asked);
    attributes.put(names::RETRIES, &count(over.failed.len() as u64));
    attributes.put_known(names::HTTP_STATUS, last.status_code.map(i64::from).as_ref());
    Shape::of(Role::ModelCall, name(asked), Ending::of_attempt(last).put(attributes))
}

/// One attempt. It has no model under a name by which a receiver would take it for a call.
pub(super) fn attempt(span: &Span, over: &AttemptOver, attributes: &mut Attributes) -> Shape {
    attributes.put(names::ATTEMPT, &i64::from(over.attempt));
    let Some(failed) = &over.failed else {
        return Shape::of(Role::Attempt, "attempt".to_owned(), Ending::Unsaid.put(attributes));
    };
    attributes.put_known(names::FAILURE_REASON, failed.reason.as_deref());
    attributes.put_known(names::HTTP_STATUS, failed.status_code.map(i64::from).as_ref());
    attributes.put(names::EXHAUSTED, &failed.exhausted);
    let mut said = attributes.like();
    said.put(names::EXCEPTION_TYPE, exception(failed));
    let event = Event {
        time_unix_nano: nanos(span.end),
        name: "exception".to_owned(),
        attributes: said.into_list(),
        dropped_attributes_count: 0,
    };
    Shape::of(Role::Attempt, "attempt".to_owned(), Ending::of_attempt(failed).put(attributes)).with(event)
}

/// `exception.type`: the error's type in the host's words, else its class.
pub(super) fn exception(failed: &AttemptFailed) -> &str {
    failed.error_type.as_deref().unwrap_or(failed.class.as_str())
}

fn name(model: Option<&str>) -> String {
    model.map_or_else(|| CHAT.to_owned(), |model| format!("{CHAT} {model}"))
}

/// Who was asked for what.
pub(super) fn who(
    provider: Option<&str>,
    base_url: Option<&str>,
    model: Option<&str>,
    attributes: &mut Attributes,
) {
    let server = base_url.and_then(server);
    let answers = answers(provider, server.map(|(address, _)| address));
    attributes.put(names::PROVIDER, answers.name);
    attributes.put(names::LLM_PROVIDER, answers.openinference);
    attributes.put_known(names::HOST_PROVIDER, answers.host);
    attributes.put_known(names::REQUEST_MODEL, model);
    if let Some((address, port)) = server {
        attributes.put(names::SERVER_ADDRESS, address);
        attributes.put(names::SERVER_PORT, &port);
    }
}

/// Tokens by the conventions: cached ones are part of the input, reasoning is part of the output.
fn tokens(usage: &Usage, attributes: &mut Attributes) {
    let Tokens { input, output } = Tokens::of(usage);
    let [plain, _, read, written, reasoning] = usage.buckets();
    let reasoning = reasoning.min(output);
    attributes.put(names::INPUT_TOKENS, &input);
    attributes.put(names::OUTPUT_TOKENS, &output);
    attributes.put(names::TOTAL_TOKENS, &(input + output));
    attributes.put(names::CACHE_READ_TOKENS, &read);
    attributes.put(names::CACHE_WRITE_TOKENS, &written);
    attributes.put(names::REASONING_TOKENS, &reasoning);
    let hour = count(usage.cache_write_1h).min(written);
    attributes.put_known(names::CACHE_WRITE_1H_TOKENS, (hour > 0).then_some(&hour));
    attributes.put_with(names::USAGE_DETAILS, || {
        format!(
            r#"{{"input":{plain},"input_cached_tokens":{read},"input_cache_creation":{written},"output":{},"output_reasoning_tokens":{reasoning}}}"#,
            output - reasoning
        )
    });
}

/// The tokens of a call as the conventions count them.
pub(super) struct Tokens {
    /// Prompt tokens, cached ones included.
    pub input: i64,
    /// Completion tokens, reasoning included.
    pub output: i64,
}

impl Tokens {
    pub fn of(usage: &Usage) -> Self {
        let [input, output, read, written, _] = usage.buckets();
        Tokens { input: input + read + written, output }
    }
}

/// What is known of the cost. An unknown amount is absent, never nothing.
fn cost(cost: &Cost, attributes: &mut Attributes) {
    if let Some(amount) = cost.amount {
        attributes.put(names::COST_NANOS, &amount.0);
        attributes.put(names::COST_USD, &dollars(amount));
        attributes.put_with(names::COST_DETAILS, || format!(r#"{{"total":{amount}}}"#));
        attributes.put_with(names::LLM_COST, || format!(r#"{{"total_cost":{amount}}}"#));
    }
    attributes.put(names::COST_STATUS, cost.status.as_str());
    attributes.put(names::COST_SOURCE, cost.source.as_str());
    attributes.put_known(names::COST_VERSION, cost.version.map(|version| version.to_string()).as_deref());
    attributes.put_known(names::COST_REPORTED_NANOS, cost.reported.map(|reported| reported.0).as_ref());
}

/// In dollars: the float nearest to the amount.
pub(super) fn dollars(amount: NanoDollars) -> f64 {
    amount.0 as f64 / 1e9
}
