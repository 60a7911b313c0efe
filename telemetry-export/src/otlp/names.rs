//! Every name and word that is sent. Made from `otlp/names.toml` by a test, which also says how: not to be edited.

use telemetry_core::name::Name;

use super::convention::Convention::{General, GenAi, Langfuse, Mlflow, OpenInference, Ours};
use super::convention::{Conventions, Fact, Instrument, Provider};

/// What is sent under the profile `all`.
pub(crate) const ALL: Conventions = Conventions::of(&[GenAi, OpenInference, Langfuse, Mlflow, General, Ours]);

/// What is sent under the profile `genai`.
pub(crate) const GENAI: Conventions = Conventions::of(&[GenAi, General, Mlflow, Ours]);

/// What is sent under the profile `langfuse`.
pub(crate) const LANGFUSE: Conventions = Conventions::of(&[GenAi, Langfuse, General, Ours]);

/// What is sent under the profile `openinference`.
pub(crate) const OPENINFERENCE: Conventions = Conventions::of(&[OpenInference, General, Ours]);

/// what the span is, in the words of `tel_spans.kind`
pub(crate) const KIND: Fact<str> = Fact::new(&[(Ours, "telemetry.kind")]);

/// the run it is of: 32 hex digits, as in `telemetry runs`
pub(crate) const RUN: Fact<str> = Fact::new(&[(Ours, "telemetry.run.id")]);

/// the host's id of the session at the top of the tree: a trace is of one session, also where subagents have their own
pub(crate) const SESSION: Fact<str> = Fact::new(&[(GenAi, "gen_ai.conversation.id"), (Langfuse, "langfuse.session.id"), (OpenInference, "session.id")]);

/// the host's id of the run's own session
pub(crate) const OWN_SESSION: Fact<str> = Fact::new(&[(Ours, "telemetry.session.id")]);

/// `invoke_agent`, `chat` or `execute_tool`; absent from turns, attempts and approvals, which would count twice
pub(crate) const OPERATION: Fact<str> = Fact::new(&[(GenAi, "gen_ai.operation.name")]);

/// `AGENT`, `LLM`, `TOOL`, or `CHAIN` for turns, attempts and approvals
pub(crate) const SPAN_KIND: Fact<str> = Fact::new(&[(OpenInference, "openinference.span.kind")]);

/// `agent`, `generation`, `tool`, `chain`, or `span` for attempts and approvals
pub(crate) const OBSERVATION_TYPE: Fact<str> = Fact::new(&[(Langfuse, "langfuse.observation.type")]);

/// `ERROR` for a span that failed, `WARNING` for one that was interrupted, lost or not let run
pub(crate) const LEVEL: Fact<str> = Fact::new(&[(Langfuse, "langfuse.observation.level")]);

/// the message of the span's status
pub(crate) const STATUS_MESSAGE: Fact<str> = Fact::new(&[(Langfuse, "langfuse.observation.status_message")]);

/// `deployment.environment.name` of the resource, where it is given
pub(crate) const ENVIRONMENT: Fact<str> = Fact::new(&[(Langfuse, "langfuse.environment")]);

/// what kind of failure: the error class, the host's kind of tool error, `timeout`, or how the run or turn ended
pub(crate) const ERROR_TYPE: Fact<str> = Fact::new(&[(General, "error.type")]);

/// the role of a subagent, else the host
pub(crate) const AGENT: Fact<str> = Fact::new(&[(GenAi, "gen_ai.agent.name"), (OpenInference, "agent.name")]);

/// the host, for example `hermes`
pub(crate) const HOST: Fact<str> = Fact::new(&[(Ours, "telemetry.host")]);

/// our version in the host
pub(crate) const RECORDED_BY: Fact<str> = Fact::new(&[(Ours, "telemetry.version")]);

/// the process of the host: 32 hex digits
pub(crate) const PROCESS: Fact<str> = Fact::new(&[(Ours, "telemetry.process.id")]);

/// `interactive`, `one-shot`, `cron`, `batch`, `gateway` or `subagent`
pub(crate) const RUN_KIND: Fact<str> = Fact::new(&[(Ours, "telemetry.run.kind")]);

/// the surface, in our list
pub(crate) const ENTRYPOINT: Fact<str> = Fact::new(&[(Ours, "telemetry.run.entrypoint")]);

/// the surface, in the host's words
pub(crate) const PLATFORM: Fact<str> = Fact::new(&[(Ours, "telemetry.run.platform")]);

/// what started the process
pub(crate) const COMMAND: Fact<str> = Fact::new(&[(Ours, "telemetry.run.command")]);

/// the host's configuration profile
pub(crate) const HOST_PROFILE: Fact<str> = Fact::new(&[(Ours, "telemetry.run.profile")]);

/// the model the session began with
pub(crate) const RUN_MODEL: Fact<str> = Fact::new(&[(Ours, "telemetry.run.model")]);

/// the run that delegated to this one
pub(crate) const PARENT_RUN: Fact<str> = Fact::new(&[(Ours, "telemetry.run.parent.id")]);

/// the session that delegated to this one
pub(crate) const PARENT_SESSION: Fact<str> = Fact::new(&[(Ours, "telemetry.run.parent.session_id")]);

/// a subagent's role, in the host's words
pub(crate) const ROLE: Fact<str> = Fact::new(&[(Ours, "telemetry.run.role")]);

/// the run this one continues under a new session id
pub(crate) const CONTINUES: Fact<str> = Fact::new(&[(Ours, "telemetry.run.continues")]);

/// the host's word for what closed the run
pub(crate) const END_REASON: Fact<str> = Fact::new(&[(Ours, "telemetry.run.end_reason")]);

/// how often the run was closed and taken up again before
pub(crate) const REOPENED: Fact<i64> = Fact::new(&[(Ours, "telemetry.run.reopened")]);

/// turns of the run that are over
pub(crate) const TURNS: Fact<i64> = Fact::new(&[(Ours, "telemetry.run.turns")]);

/// answered model calls of the run or turn
pub(crate) const MODEL_CALLS: Fact<i64> = Fact::new(&[(Ours, "telemetry.model_calls")]);

/// failed requests of the run to a provider, retried or not
pub(crate) const FAILED_ATTEMPTS: Fact<i64> = Fact::new(&[(Ours, "telemetry.failed_attempts")]);

/// tool calls of the run or turn
pub(crate) const TOOL_CALLS: Fact<i64> = Fact::new(&[(Ours, "telemetry.tool_calls")]);

/// how the run or turn ended: `completed`, `errored`, `timed_out`, `interrupted` ...
pub(crate) const OUTCOME: Fact<str> = Fact::new(&[(Ours, "telemetry.outcome")]);

/// why, in the host's words or ours
pub(crate) const OUTCOME_REASON: Fact<str> = Fact::new(&[(Ours, "telemetry.outcome.reason")]);

/// true when it was still open at the end of the export
pub(crate) const UNCLOSED: Fact<bool> = Fact::new(&[(Ours, "telemetry.unclosed")]);

/// the host's id of the turn
pub(crate) const TURN_ID: Fact<str> = Fact::new(&[(Ours, "telemetry.turn.id")]);

/// counted from 0 in its run, by when turns were over
pub(crate) const TURN_NUMBER: Fact<i64> = Fact::new(&[(Ours, "telemetry.turn.number")]);

/// the model the turn asked for; not under a name that makes a turn a model call
pub(crate) const TURN_MODEL: Fact<str> = Fact::new(&[(Ours, "telemetry.turn.model")]);

/// the provider, in the convention's list where it is in there
pub(crate) const PROVIDER: Fact<str> = Fact::new(&[(GenAi, "gen_ai.provider.name")]);

/// the provider, in OpenInference's words
pub(crate) const LLM_PROVIDER: Fact<str> = Fact::new(&[(OpenInference, "llm.provider")]);

/// the provider in the host's words, when they are others
pub(crate) const HOST_PROVIDER: Fact<str> = Fact::new(&[(Ours, "telemetry.provider")]);

/// the model asked for
pub(crate) const REQUEST_MODEL: Fact<str> = Fact::new(&[(GenAi, "gen_ai.request.model"), (OpenInference, "llm.request.model_name")]);

/// the model that answered, when the host says that it is another
pub(crate) const RESPONSE_MODEL: Fact<str> = Fact::new(&[(GenAi, "gen_ai.response.model"), (OpenInference, "llm.response.model_name")]);

/// the model that answered: what receivers price by
pub(crate) const MODEL: Fact<str> = Fact::new(&[(Langfuse, "langfuse.observation.model.name"), (OpenInference, "llm.model_name")]);

/// why the model stopped
pub(crate) const FINISH_REASONS: Fact<[Name]> = Fact::new(&[(GenAi, "gen_ai.response.finish_reasons")]);

/// why the model stopped
pub(crate) const FINISH_REASON: Fact<str> = Fact::new(&[(OpenInference, "llm.finish_reason")]);

/// seconds to the first token, where the host tells
pub(crate) const TIME_TO_FIRST_CHUNK: Fact<f64> = Fact::new(&[(GenAi, "gen_ai.response.time_to_first_chunk")]);

/// when the first token came, where the host tells: RFC 3339
pub(crate) const COMPLETION_START_TIME: Fact<str> = Fact::new(&[(Langfuse, "langfuse.observation.completion_start_time")]);

/// the host of the endpoint
pub(crate) const SERVER_ADDRESS: Fact<str> = Fact::new(&[(General, "server.address")]);

/// its port
pub(crate) const SERVER_PORT: Fact<i64> = Fact::new(&[(General, "server.port")]);

/// the wire protocol, in the host's words
pub(crate) const API_MODE: Fact<str> = Fact::new(&[(Ours, "telemetry.api_mode")]);

/// the service tier it was served in
pub(crate) const SERVICE_TIER: Fact<str> = Fact::new(&[(Ours, "telemetry.service_tier")]);

/// true for one of a batch
pub(crate) const BATCH: Fact<bool> = Fact::new(&[(Ours, "telemetry.batch")]);

/// attempts that failed before the answer, or all of a call that never was answered
pub(crate) const RETRIES: Fact<i64> = Fact::new(&[(Ours, "telemetry.retries")]);

/// prompt tokens, those read from and written to a cache included
pub(crate) const INPUT_TOKENS: Fact<i64> = Fact::new(&[(GenAi, "gen_ai.usage.input_tokens"), (OpenInference, "llm.token_count.prompt")]);

/// completion tokens, reasoning included
pub(crate) const OUTPUT_TOKENS: Fact<i64> = Fact::new(&[(GenAi, "gen_ai.usage.output_tokens"), (OpenInference, "llm.token_count.completion")]);

/// prompt and completion tokens
pub(crate) const TOTAL_TOKENS: Fact<i64> = Fact::new(&[(OpenInference, "llm.token_count.total")]);

/// prompt tokens read from a cache
pub(crate) const CACHE_READ_TOKENS: Fact<i64> = Fact::new(&[(GenAi, "gen_ai.usage.cache_read.input_tokens"), (OpenInference, "llm.token_count.prompt_details.cache_read")]);

/// prompt tokens written to a cache; under its name of 1.41 too, which Phoenix reads
pub(crate) const CACHE_WRITE_TOKENS: Fact<i64> = Fact::new(&[(GenAi, "gen_ai.usage.cache_write.input_tokens"), (GenAi, "gen_ai.usage.cache_creation.input_tokens"), (OpenInference, "llm.token_count.prompt_details.cache_write")]);

/// those of them that are kept for an hour, where there are any
pub(crate) const CACHE_WRITE_1H_TOKENS: Fact<i64> = Fact::new(&[(Ours, "telemetry.usage.cache_write_1h_tokens")]);

/// completion tokens spent on reasoning
pub(crate) const REASONING_TOKENS: Fact<i64> = Fact::new(&[(GenAi, "gen_ai.usage.reasoning.output_tokens"), (OpenInference, "llm.token_count.completion_details.reasoning")]);

/// JSON of exclusive buckets, which Langfuse sums: `input`, `input_cached_tokens`, `input_cache_creation`, `output`, `output_reasoning_tokens`
pub(crate) const USAGE_DETAILS: Fact<str> = Fact::new(&[(Langfuse, "langfuse.observation.usage_details")]);

/// what the call costs in billionths of a US dollar; absent when that is unknown
pub(crate) const COST_NANOS: Fact<i64> = Fact::new(&[(Ours, "telemetry.cost.nanos")]);

/// what the call costs in US dollars
pub(crate) const COST_USD: Fact<f64> = Fact::new(&[(OpenInference, "llm.cost.total")]);

/// JSON of what the call costs in US dollars: `total`
pub(crate) const COST_DETAILS: Fact<str> = Fact::new(&[(Langfuse, "langfuse.observation.cost_details")]);

/// JSON of what the call costs in US dollars: `total_cost`
pub(crate) const LLM_COST: Fact<str> = Fact::new(&[(Mlflow, "mlflow.llm.cost")]);

/// `actual`, `estimated`, `included` or `unknown`
pub(crate) const COST_STATUS: Fact<str> = Fact::new(&[(Ours, "telemetry.cost.status")]);

/// `provider`, `override`, `price_table`, `subscription` or `none`
pub(crate) const COST_SOURCE: Fact<str> = Fact::new(&[(Ours, "telemetry.cost.source")]);

/// the rates it was priced with
pub(crate) const COST_VERSION: Fact<str> = Fact::new(&[(Ours, "telemetry.cost.version")]);

/// what the provider said it costs, in billionths of a US dollar
pub(crate) const COST_REPORTED_NANOS: Fact<i64> = Fact::new(&[(Ours, "telemetry.cost.reported_nanos")]);

/// counted from 0 within the call
pub(crate) const ATTEMPT: Fact<i64> = Fact::new(&[(Ours, "telemetry.attempt.number")]);

/// the host's word for why it failed
pub(crate) const FAILURE_REASON: Fact<str> = Fact::new(&[(Ours, "telemetry.attempt.reason")]);

/// whether it was the last: not to be tried again, or out of retries
pub(crate) const EXHAUSTED: Fact<bool> = Fact::new(&[(Ours, "telemetry.attempt.exhausted")]);

/// the provider's status
pub(crate) const HTTP_STATUS: Fact<i64> = Fact::new(&[(General, "http.response.status_code")]);

/// the error's type in the host's words, else the error class; of the event `exception`
pub(crate) const EXCEPTION_TYPE: Fact<str> = Fact::new(&[(General, "exception.type")]);

/// the tool
pub(crate) const TOOL: Fact<str> = Fact::new(&[(GenAi, "gen_ai.tool.name"), (OpenInference, "tool.name")]);

/// the model's id of the call
pub(crate) const TOOL_CALL_ID: Fact<str> = Fact::new(&[(GenAi, "gen_ai.tool.call.id"), (OpenInference, "tool.id")]);

/// the set the host has the tool in
pub(crate) const TOOLSET: Fact<str> = Fact::new(&[(Ours, "telemetry.tool.toolset")]);

/// `ok`, `error`, `timeout`, `blocked`, `cancelled`, `denied` or `unknown`
pub(crate) const TOOL_STATUS: Fact<str> = Fact::new(&[(Ours, "telemetry.tool.status")]);

/// the kind of error, in the host's words
pub(crate) const TOOL_ERROR: Fact<str> = Fact::new(&[(Ours, "telemetry.tool.error_type")]);

/// the span of the model call that asked for it
pub(crate) const TOOL_ASKED_BY: Fact<str> = Fact::new(&[(Ours, "telemetry.tool.model_call")]);

/// the answer, in the host's words; absent when there was none
pub(crate) const APPROVAL_CHOICE: Fact<str> = Fact::new(&[(Ours, "telemetry.approval.choice")]);

/// where it was asked
pub(crate) const APPROVAL_SURFACE: Fact<str> = Fact::new(&[(Ours, "telemetry.approval.surface")]);

/// the model's id of the tool call it is about
pub(crate) const APPROVAL_OF: Fact<str> = Fact::new(&[(Ours, "telemetry.approval.tool_call_id")]);

/// `continues` to the run that this one continues, `reopened` to the first span of a run that was taken up again
pub(crate) const LINK: Fact<str> = Fact::new(&[(Ours, "telemetry.link")]);

/// the id of the event: the same however often it is sent
pub(crate) const LOG_UID: Fact<str> = Fact::new(&[(General, "log.record.uid")]);

/// `input` or `output`
pub(crate) const TOKEN_TYPE: Fact<str> = Fact::new(&[(GenAi, "gen_ai.token.type")]);

/// `input`, `cache_read`, `cache_write` or `output`: they exclude each other
pub(crate) const TOKEN_BUCKET: Fact<str> = Fact::new(&[(Ours, "telemetry.token.bucket")]);

/// true for the one point that has what came after the most points there may be
pub(crate) const OVERFLOW: Fact<bool> = Fact::new(&[(General, "otel.metric.overflow")]);

/// the host (`hermes`), unless `OTEL_SERVICE_NAME` or `OTEL_RESOURCE_ATTRIBUTES` say otherwise
pub(crate) const SERVICE_NAME: Fact<str> = Fact::new(&[(General, "service.name")]);

/// Phoenix's project: the service's name unless `OTEL_RESOURCE_ATTRIBUTES` has another
pub(crate) const PROJECT: Fact<str> = Fact::new(&[(OpenInference, "openinference.project.name")]);

/// a hash of the machine's id and the home: whose totals a cumulative metric has
pub(crate) const INSTANCE: Fact<str> = Fact::new(&[(General, "service.instance.id")]);

/// a hash of the machine's id
pub(crate) const HOST_ID: Fact<str> = Fact::new(&[(General, "host.id")]);

/// only from `OTEL_RESOURCE_ATTRIBUTES`
pub(crate) const DEPLOYMENT_ENVIRONMENT: Fact<str> = Fact::new(&[(General, "deployment.environment.name")]);

/// `telemetry`
pub(crate) const DISTRIBUTION: Fact<str> = Fact::new(&[(General, "telemetry.distro.name")]);

/// the version that exports
pub(crate) const DISTRIBUTION_VERSION: Fact<str> = Fact::new(&[(General, "telemetry.distro.version")]);

/// From the beginning of a model call's first attempt to its answer, or to its last failure.
pub(crate) const OPERATION_DURATION: Instrument = Instrument {
    name: "gen_ai.client.operation.duration",
    unit: "s",
    note: "From the beginning of a model call's first attempt to its answer, or to its last failure.",
    per: 1000000000,
    bounds: &[10000000, 20000000, 40000000, 80000000, 160000000, 320000000, 640000000, 1280000000, 2560000000, 5120000000, 10240000000, 20480000000, 40960000000, 81920000000],
};

/// Tokens of a model call, cached ones and reasoning included.
pub(crate) const TOKEN_USAGE: Instrument = Instrument {
    name: "gen_ai.client.token.usage",
    unit: "{token}",
    note: "Tokens of a model call, cached ones and reasoning included.",
    per: 1,
    bounds: &[1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
};

/// Until the first token, where the host tells.
pub(crate) const TIME_TO_FIRST: Instrument = Instrument {
    name: "gen_ai.client.operation.time_to_first_chunk",
    unit: "s",
    note: "Until the first token, where the host tells.",
    per: 1000000000,
    bounds: &[10000000, 20000000, 40000000, 80000000, 160000000, 320000000, 640000000, 1280000000, 2560000000, 5120000000, 10240000000, 20480000000, 40960000000, 81920000000],
};

/// Of a tool call, a wait for approval included.
pub(crate) const TOOL_DURATION: Instrument = Instrument {
    name: "gen_ai.execute_tool.duration",
    unit: "s",
    note: "Of a tool call, a wait for approval included.",
    per: 1000000000,
    bounds: &[10000000, 20000000, 40000000, 80000000, 160000000, 320000000, 640000000, 1280000000, 2560000000, 5120000000, 10240000000, 20480000000, 40960000000, 81920000000],
};

/// Of a run.
pub(crate) const AGENT_DURATION: Instrument = Instrument {
    name: "gen_ai.invoke_agent.duration",
    unit: "s",
    note: "Of a run.",
    per: 1000000000,
    bounds: &[100000000, 200000000, 400000000, 800000000, 1600000000, 3200000000, 6400000000, 12800000000, 25600000000, 51200000000, 102400000000, 204800000000, 409600000000],
};

/// Answered model calls of a run.
pub(crate) const AGENT_CALLS: Instrument = Instrument {
    name: "gen_ai.invoke_agent.inference_calls",
    unit: "{inference_call}",
    note: "Answered model calls of a run.",
    per: 1,
    bounds: &[1, 2, 4, 8, 16, 32, 64, 128],
};

/// Tool calls of a run.
pub(crate) const AGENT_TOOL_CALLS: Instrument = Instrument {
    name: "gen_ai.invoke_agent.tool_calls",
    unit: "{tool_call}",
    note: "Tool calls of a run.",
    per: 1,
    bounds: &[1, 2, 4, 8, 16, 32, 64, 128],
};

/// Tokens by bucket; the buckets exclude each other.
pub(crate) const TOKENS: Instrument = Instrument {
    name: "telemetry.tokens",
    unit: "{token}",
    note: "Tokens by bucket; the buckets exclude each other.",
    per: 1,
    bounds: &[],
};

/// What model calls cost, where that is known.
pub(crate) const COST: Instrument = Instrument {
    name: "telemetry.cost",
    unit: "USD",
    note: "What model calls cost, where that is known.",
    per: 1,
    bounds: &[],
};

/// Answered model calls that are not in the cost, because theirs is not known.
pub(crate) const UNPRICED_CALLS: Instrument = Instrument {
    name: "telemetry.cost.unknown_calls",
    unit: "{inference_call}",
    note: "Answered model calls that are not in the cost, because theirs is not known.",
    per: 1,
    bounds: &[],
};

/// Failed requests to a provider, retried or not.
pub(crate) const FAILED_REQUESTS: Instrument = Instrument {
    name: "telemetry.failed_attempts",
    unit: "{attempt}",
    note: "Failed requests to a provider, retried or not.",
    per: 1,
    bounds: &[],
};

/// Turns by how they ended.
pub(crate) const TURN_OUTCOMES: Instrument = Instrument {
    name: "telemetry.turns",
    unit: "{turn}",
    note: "Turns by how they ended.",
    per: 1,
    bounds: &[],
};

/// Runs by how they ended.
pub(crate) const RUN_OUTCOMES: Instrument = Instrument {
    name: "telemetry.runs",
    unit: "{run}",
    note: "Runs by how they ended.",
    per: 1,
    bounds: &[],
};

/// The providers that the conventions have a word for.
pub(crate) const PROVIDERS: &[Provider] = &[
    Provider { name: "anthropic", openinference: "anthropic", words: &[], endpoints: &["api.anthropic.com"] },
    Provider { name: "aws.bedrock", openinference: "aws", words: &["bedrock", "aws", "aws-bedrock", "amazon-bedrock"], endpoints: &[".amazonaws.com"] },
    Provider { name: "azure.ai.inference", openinference: "azure", words: &["azure-foundry"], endpoints: &[".services.ai.azure.com", ".models.ai.azure.com"] },
    Provider { name: "azure.ai.openai", openinference: "azure", words: &["azure", "azure-openai"], endpoints: &[".openai.azure.com"] },
    Provider { name: "cohere", openinference: "cohere", words: &[], endpoints: &["api.cohere.com", "api.cohere.ai"] },
    Provider { name: "deepseek", openinference: "deepseek", words: &[], endpoints: &["api.deepseek.com"] },
    Provider { name: "gcp.gemini", openinference: "google", words: &["gemini", "google", "google-gemini-cli"], endpoints: &["generativelanguage.googleapis.com"] },
    Provider { name: "gcp.gen_ai", openinference: "google", words: &[], endpoints: &[] },
    Provider { name: "gcp.vertex_ai", openinference: "google", words: &["vertex", "google-vertex"], endpoints: &["-aiplatform.googleapis.com", "aiplatform.googleapis.com"] },
    Provider { name: "groq", openinference: "groq", words: &[], endpoints: &["api.groq.com"] },
    Provider { name: "ibm.watsonx.ai", openinference: "ibm", words: &["watsonx"], endpoints: &[".ml.cloud.ibm.com"] },
    Provider { name: "mistral_ai", openinference: "mistralai", words: &["mistral", "mistralai"], endpoints: &["api.mistral.ai"] },
    Provider { name: "moonshot_ai", openinference: "moonshot", words: &["moonshot", "moonshotai", "kimi-coding", "kimi-coding-cn"], endpoints: &["api.moonshot.ai", "api.moonshot.cn", "api.kimi.com"] },
    Provider { name: "openai", openinference: "openai", words: &["openai-api", "openai-codex"], endpoints: &["api.openai.com", "chatgpt.com"] },
    Provider { name: "perplexity", openinference: "perplexity", words: &[], endpoints: &["api.perplexity.ai"] },
    Provider { name: "x_ai", openinference: "xai", words: &["xai", "x-ai", "xai-oauth", "grok"], endpoints: &["api.x.ai"] },
];
