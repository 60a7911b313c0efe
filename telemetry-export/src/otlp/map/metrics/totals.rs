//! What is counted of one host: for each combination of a few words, what belongs to them.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::metrics::v1::Metric;
use serde::{Deserialize, Serialize};
use telemetry_core::name::Name;

use super::histogram::Histogram;
use super::points::{Point, Time, histogram, labelled, sum};
use crate::otlp::attributes::Attributes;
use crate::otlp::map::agent::agent;
use crate::otlp::map::ending::{kind_of_tool, kind_of_verdict};
use crate::otlp::map::model::Tokens;
use crate::otlp::map::provider::answers;
use crate::otlp::map::role::{CHAT, EXECUTE_TOOL, INVOKE_AGENT};
use crate::otlp::map::server::server;
use crate::otlp::names;
use crate::spans::{Fact, Span};

/// The most combinations of words there may be of one kind; what comes after is counted as one more. A provider may give any
/// model any name, and what is kept must not grow with it.
const MOST: usize = 1_000;

/// What is counted of one host.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Totals {
    #[serde(with = "pairs")]
    calls: BTreeMap<Words, Calls>,
    #[serde(with = "pairs")]
    attempts: BTreeMap<Words, u64>,
    #[serde(with = "pairs")]
    tools: BTreeMap<Words, Histogram>,
    #[serde(with = "pairs")]
    agents: BTreeMap<Words, Agents>,
    #[serde(with = "pairs")]
    runs: BTreeMap<Words, u64>,
    #[serde(with = "pairs")]
    turns: BTreeMap<Words, u64>,
}

/// What points are told apart by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Words {
    provider: Option<Name>,
    request_model: Option<Name>,
    response_model: Option<Name>,
    server: Option<(Name, i64)>,
    agent: Option<Name>,
    tool: Option<Name>,
    error: Option<Name>,
    outcome: Option<Name>,
    overflow: bool,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Calls {
    duration: Histogram,
    first: Histogram,
    input: Histogram,
    output: Histogram,
    /// Tokens by bucket, as [`BUCKETS`] has them.
    tokens: [u64; 4],
    /// Billionths of a dollar by the word for how well they are known.
    cost: BTreeMap<Name, i64>,
    unpriced: u64,
}

/// Buckets of tokens, in the order of `Usage::buckets`; reasoning is part of the output.
const BUCKETS: [(&str, usize); 4] = [("input", 0), ("output", 1), ("cache_read", 2), ("cache_write", 3)];

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
struct Agents {
    duration: Histogram,
    model_calls: Histogram,
    tool_calls: Histogram,
}

impl Totals {
    /// Counts a span; whether it is one that counts.
    pub fn count(&mut self, span: &Span) -> bool {
        let took = span.end.since(span.start).unsigned_abs();
        match &span.fact {
            Fact::Call(over) => {
                let call = &over.call;
                let mut words =
                    Words::of_call(call.provider.as_ref(), call.base_url.as_ref(), call.model.as_ref());
                words.response_model.clone_from(&call.response_model);
                let calls = entry(&mut self.calls, words);
                calls.duration.record(&names::OPERATION_DURATION, took);
                if let Some(waited) = call.ttft_ns.and_then(|waited| u64::try_from(waited).ok()) {
                    calls.first.record(&names::TIME_TO_FIRST, waited);
                }
                if let Some(usage) = &call.usage {
                    let Tokens { input, output } = Tokens::of(usage);
                    calls.input.record(&names::TOKEN_USAGE, input.unsigned_abs());
                    calls.output.record(&names::TOKEN_USAGE, output.unsigned_abs());
                    let buckets = usage.buckets();
                    for (tokens, (_, bucket)) in calls.tokens.iter_mut().zip(BUCKETS) {
                        *tokens = tokens.saturating_add(buckets[bucket].unsigned_abs());
                    }
                }
                match over.cost.amount {
                    Some(amount) => {
                        let status = Name::fixed(over.cost.status.as_str());
                        let sum = calls.cost.entry(status).or_default();
                        *sum = sum.saturating_add(amount.0);
                    }
                    None => calls.unpriced += 1,
                }
            }
            Fact::FailedCall(over) => {
                let Some((_, last)) = over.failed.last() else { return false };
                let words =
                    Words::of_call(last.provider.as_ref(), last.base_url.as_ref(), last.model.as_ref());
                let error = Some(Name::new(last.class.as_str()));
                let calls = entry(&mut self.calls, Words { error, ..words });
                calls.duration.record(&names::OPERATION_DURATION, took);
            }
            Fact::Attempt(over) => {
                let Some(failed) = &over.failed else { return false };
                let words =
                    Words::of_call(failed.provider.as_ref(), failed.base_url.as_ref(), failed.model.as_ref());
                let error = Some(Name::new(failed.class.as_str()));
                *entry(&mut self.attempts, Words { error, ..words }) += 1;
            }
            Fact::Tool(call) => {
                let error = kind_of_tool(call).map(Name::new);
                let words = Words { tool: Some(call.tool.clone()), error, ..Words::default() };
                entry(&mut self.tools, words).record(&names::TOOL_DURATION, took);
            }
            Fact::Run(over) => {
                let agent = agent(&span.run).cloned();
                let error = kind_of_verdict(&over.verdict).map(Name::new);
                let agents =
                    entry(&mut self.agents, Words { agent: agent.clone(), error, ..Words::default() });
                agents.duration.record(&names::AGENT_DURATION, took);
                agents.model_calls.record(&names::AGENT_CALLS, over.model_calls);
                agents.tool_calls.record(&names::AGENT_TOOL_CALLS, over.tool_calls);
                let outcome = Some(Name::fixed(over.verdict.outcome.as_str()));
                *entry(&mut self.runs, Words { agent, outcome, ..Words::default() }) += 1;
            }
            Fact::Turn(over) => {
                let agent = agent(&span.run).cloned();
                let outcome = Some(Name::fixed(over.verdict.outcome.as_str()));
                *entry(&mut self.turns, Words { agent, outcome, ..Words::default() }) += 1;
            }
            Fact::Approval(_) => return false,
        }
        true
    }

    /// All of it as metrics that have points, in the order of the list.
    pub fn metrics(&self, time: &Time) -> Vec<Metric> {
        let called = |words: &Words| labelled(|attributes| words.put(Some(CHAT), attributes));
        let of_calls = |pick: fn(&Calls) -> &Histogram| {
            self.calls.iter().map(move |(words, calls)| (called(words), pick(calls))).collect()
        };
        let typed = self.calls.iter().flat_map(|(words, calls)| {
            [("input", &calls.input), ("output", &calls.output)].map(|(word, tokens)| {
                let put = |attributes: &mut Attributes| {
                    words.put(Some(CHAT), attributes);
                    attributes.put(names::TOKEN_TYPE, word);
                };
                (labelled(put), tokens)
            })
        });
        let bucketed = self.calls.iter().flat_map(|(words, calls)| {
            calls.tokens.iter().zip(BUCKETS).map(move |(tokens, (word, _))| {
                let put = |attributes: &mut Attributes| {
                    words.put(Some(CHAT), attributes);
                    attributes.put(names::TOKEN_BUCKET, word);
                };
                (labelled(put), Point::of(*tokens))
            })
        });
        let paid = self.calls.iter().flat_map(|(words, calls)| {
            calls.cost.iter().map(move |(status, amount)| {
                let put = |attributes: &mut Attributes| {
                    words.put(Some(CHAT), attributes);
                    attributes.put(names::COST_STATUS, &**status);
                };
                (labelled(put), Point::Dollars(*amount))
            })
        });
        let unpriced = self.calls.iter().map(|(words, calls)| (called(words), Point::of(calls.unpriced)));
        let tools = self
            .tools
            .iter()
            .map(|(words, took)| (labelled(|attributes| words.put(Some(EXECUTE_TOOL), attributes)), took));
        let of_agents = |pick: fn(&Agents) -> &Histogram| {
            let put = |words: &Words| labelled(|attributes| words.put(Some(INVOKE_AGENT), attributes));
            self.agents.iter().map(move |(words, agents)| (put(words), pick(agents))).collect()
        };
        let counted = |counts: &BTreeMap<Words, u64>| {
            let put = |words: &Words| labelled(|attributes| words.put(None, attributes));
            counts.iter().map(|(words, count)| (put(words), Point::of(*count))).collect::<Vec<_>>()
        };
        [
            histogram(&names::OPERATION_DURATION, of_calls(|calls| &calls.duration), time),
            histogram(&names::TOKEN_USAGE, typed.collect(), time),
            histogram(&names::TIME_TO_FIRST, of_calls(|calls| &calls.first), time),
            histogram(&names::TOOL_DURATION, tools.collect(), time),
            histogram(&names::AGENT_DURATION, of_agents(|agents| &agents.duration), time),
            histogram(&names::AGENT_CALLS, of_agents(|agents| &agents.model_calls), time),
            histogram(&names::AGENT_TOOL_CALLS, of_agents(|agents| &agents.tool_calls), time),
            sum(&names::TOKENS, bucketed.collect(), time),
            sum(&names::COST, paid.collect(), time),
            sum(&names::UNPRICED_CALLS, unpriced.collect(), time),
            sum(&names::FAILED_REQUESTS, counted(&self.attempts), time),
            sum(&names::TURN_OUTCOMES, counted(&self.turns), time),
            sum(&names::RUN_OUTCOMES, counted(&self.runs), time),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

impl Words {
    fn of_call(provider: Option<&Name>, base_url: Option<&Name>, model: Option<&Name>) -> Self {
        let server = base_url.and_then(|url| server(url));
        let answers = answers(provider.map(Name::as_str), server.map(|(address, _)| address));
        // Cloning what the call has is cheaper than a text of its own.
        let provider = provider.filter(|word| word.as_str() == answers.name).cloned();
        Words {
            provider: Some(provider.unwrap_or_else(|| Name::new(answers.name))),
            request_model: model.cloned(),
            server: server.map(|(address, port)| (Name::new(address), port)),
            ..Words::default()
        }
    }

    fn put(&self, operation: Option<&str>, attributes: &mut Attributes) {
        attributes.put_known(names::OPERATION, operation);
        attributes.put_known(names::PROVIDER, self.provider.as_deref());
        attributes.put_known(names::REQUEST_MODEL, self.request_model.as_deref());
        attributes.put_known(names::RESPONSE_MODEL, self.response_model.as_deref());
        if let Some((address, port)) = &self.server {
            attributes.put(names::SERVER_ADDRESS, &**address);
            attributes.put(names::SERVER_PORT, port);
        }
        attributes.put_known(names::AGENT, self.agent.as_deref());
        attributes.put_known(names::TOOL, self.tool.as_deref());
        attributes.put_known(names::ERROR_TYPE, self.error.as_deref());
        attributes.put_known(names::OUTCOME, self.outcome.as_deref());
        attributes.put_known(names::OVERFLOW, self.overflow.then_some(&true));
    }
}

/// What belongs to these words, or to all that came after [`MOST`] of them.
fn entry<T: Default>(counted: &mut BTreeMap<Words, T>, words: Words) -> &mut T {
    let full = counted.len() >= MOST && !counted.contains_key(&words);
    counted.entry(if full { Words { overflow: true, ..Words::default() } } else { words }).or_default()
}

/// A map whose keys are no texts, as JSON: a list of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer, K: Serialize, V: Serialize>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, D: Deserializer<'de>, K: Deserialize<'de> + Ord, V: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<K, V>, D::Error> {
        Ok(Vec::deserialize(deserializer)?.into_iter().collect())
    }
}
