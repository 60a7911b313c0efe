//! What `insights --json` must say of a world: durations in nanoseconds and money in nano-dollars, everything else as it
//! stands there.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::facts::{Fact, Item, Kind, facts};
use super::numbers::{Stretch, distribution, rate, share, spent};
use super::rates::Cost;
use super::story::{Answer, Attempt, Call, Ended, Run, Tool, Turn, Usage, World};
use super::zone::{WEEKDAYS, Zone};

/// What is asked.
#[derive(Clone, Copy)]
pub struct Question<'q> {
    /// From then on.
    pub since: Option<i64>,
    /// Before then.
    pub until: Option<i64>,
    /// The zone of days.
    pub zone: &'q Zone,
    /// What facts must be: dimension and key.
    pub filters: &'q [(&'q str, &'q str)],
}

impl Question<'_> {
    /// Whether a moment is in the window.
    pub fn holds(&self, at: i64) -> bool {
        self.since.is_none_or(|since| since <= at) && self.until.is_none_or(|until| at < until)
    }

    /// The facts that count.
    pub fn facts<'w>(&self, world: &'w World) -> Vec<Fact<'w>> {
        let mut all = facts(world);
        all.retain(|fact| {
            let fits =
                |(dimension, key): &(&str, &str)| fact.key(dimension, self.zone).as_deref() == Some(*key);
            self.holds(fact.at) && self.filters.iter().all(fits)
        });
        all
    }

    /// The answers, but for breakdowns.
    pub fn answers(&self, world: &World) -> Value {
        let facts = self.facts(world);
        let turns: Vec<&Turn> =
            pick(&facts, |item| if let Item::Turn(turn) = item { Some(turn) } else { None });
        let mut of_turns = turns_ended(&turns);
        of_turns["breakdown_ms"] = breakdown(&turns);
        of_turns["idle_ms"] =
            distribution(pick(&facts, |item| if let Item::Idle(_, idle) = item { Some(idle) } else { None }));
        let (answers, attempts, errors) = (answered(&facts), attempts(&facts), errors(&facts));
        let runs: Vec<&Run> =
            facts.iter().filter(|fact| matches!(fact.item, Item::Run)).map(|fact| fact.run).collect();
        let approvals = pick(&facts, |item| if let Item::Approval(one) = item { Some(one) } else { None });
        let delegations =
            pick(&facts, |item| if let Item::Delegation(one) = item { Some(one) } else { None });
        let chains: (Vec<&Ended>, Vec<Option<i64>>) =
            pick(&facts, |item| if let Item::Chain(ended, took) = item { Some((ended, took)) } else { None })
                .into_iter()
                .unzip();
        let tokens = tokens(&answers);
        let prompt =
            number(&tokens, "input") + number(&tokens, "cache_read") + number(&tokens, "cache_write");
        let recovered =
            facts.iter().filter(|fact| matches!(fact.item, Item::Attempt(call, _) if call.answer.is_some()));
        let (recovered, known) = (recovered.count(), known_costs(&answers));
        json!({
            "runs": runs_ended(&runs),
            "chains": outcomes(&chains.0, chains.1.into_iter().flatten().collect()),
            "turns": of_turns,
            "model_calls": {
                "total": answers.len(),
                "failed_attempts": attempts.len(),
                "latency_ms": latency(&answers),
                "attempt_ms": distribution(answers.iter().filter_map(|(_, answer)| answer.alone).collect()),
                "ttft_ms": distribution(answers.iter().filter_map(|(_, answer)| answer.first_token).collect()),
                "failed_attempt_ms": distribution(attempts.iter().filter_map(|attempt| attempt.alone).collect()),
                "messages": answers.iter().map(|(_, answer)| u64::from(answer.messages.unwrap_or(0))).sum::<u64>(),
                "cache_hit_rate": share(number(&tokens, "cache_read") as usize, prompt as usize),
                "tokens": tokens,
            },
            "tool_calls": tools_ended(&tools(&facts)),
            "approvals": {
                "total": approvals.len(),
                "by_choice": count(approvals.iter().map(|one| one.answered.map_or("open", |(_, choice)| choice))),
                "wait_ms": distribution(
                    approvals.iter().filter_map(|one| Some(one.answered?.0 - one.asked)).collect(),
                ),
            },
            "subagents": {
                "total": delegations.len(),
                "by_status": count(delegations.iter().map(|one| one.back.map_or("open", |(_, status, _)| status))),
            },
            "errors": {
                "total": errors.len(),
                "by_class": count(errors.iter().copied()),
                "recovered_attempts": recovered,
            },
            "cost": cost(&answers),
            "quality": {
                "dropped_events": 0,
                "unreadable_lines": 0,
                "usage_coverage": share(answers.iter().filter(|(_, answer)| answer.usage.is_some()).count(), answers.len()),
                "cost_coverage": share(known, answers.len()),
                "ttft_coverage": share(answers.iter().filter(|(_, answer)| answer.first_token.is_some()).count(), answers.len()),
            },
        })
    }

    /// A breakdown by one dimension or two: its groups in order.
    pub fn groups(&self, world: &World, dimensions: &[&str]) -> Value {
        let mut groups: BTreeMap<Vec<String>, Vec<Fact<'_>>> = BTreeMap::new();
        for fact in self.facts(world) {
            let keys =
                dimensions.iter().map(|dimension| fact.key(dimension, self.zone)).collect::<Option<Vec<_>>>();
            let shown = !matches!(
                fact.item,
                Item::Approval(_) | Item::Delegation(_) | Item::Idle(..) | Item::Chain(..)
            );
            if let Some(keys) = keys.filter(|_| shown) {
                groups.entry(keys).or_default().push(fact);
            }
        }
        let mut groups: Vec<(Vec<String>, Vec<Fact<'_>>)> = groups.into_iter().collect();
        let has = |kind: Kind| dimensions.iter().all(|dimension| kind.has(dimension));
        groups.sort_by_cached_key(|(keys, facts)| order(dimensions, keys, facts));
        groups.iter().map(|(keys, facts)| group(keys, facts, &has)).collect()
    }
}

/// By the calendar where it is one, then by size, then by name.
fn order(dimensions: &[&str], keys: &[String], facts: &[Fact<'_>]) -> (Vec<String>, usize, Vec<String>) {
    let calendar = |(dimension, key): (&&str, &String)| match *dimension {
        "day" | "hour" => Some(key.clone()),
        "weekday" => WEEKDAYS.iter().position(|day| day == key).map(|place| place.to_string()),
        _ => None,
    };
    let in_time = dimensions.iter().zip(keys).filter_map(calendar).collect();
    // The first of these that the breakdown has at all.
    let sizes = [Kind::Call, Kind::Tool, Kind::Turn, Kind::Run];
    let counted = sizes.into_iter().find(|kind| dimensions.iter().all(|dimension| kind.has(dimension)));
    let counts = |fact: &&Fact<'_>| {
        Some(fact.item.kind()) == counted && !matches!(fact.item, Item::Idle(..) | Item::Chain(..))
    };
    (in_time, usize::MAX - facts.iter().filter(counts).count(), keys.to_vec())
}

fn group(keys: &[String], facts: &[Fact<'_>], has: &impl Fn(Kind) -> bool) -> Value {
    let mut group = Map::from_iter([("key".to_owned(), json!(keys.join(" / ")))]);
    let mut add = |key: &str, value: Value| drop(group.insert(key.to_owned(), value));
    if keys.len() > 1 {
        add("keys", json!(keys));
    }
    if has(Kind::Run) {
        let runs: Vec<&Run> =
            facts.iter().filter(|fact| matches!(fact.item, Item::Run)).map(|fact| fact.run).collect();
        add("runs", runs_ended(&runs));
    }
    if has(Kind::Turn) {
        add(
            "turns",
            turns_ended(&pick(facts, |item| if let Item::Turn(turn) = item { Some(turn) } else { None })),
        );
    }
    if has(Kind::Call) {
        let answers = answered(facts);
        add("model_calls", json!(answers.len()));
        add("latency_ms", latency(&answers));
        add("tokens", tokens(&answers));
        add("cost", cost(&answers));
    }
    if has(Kind::Attempt) {
        add("failed_attempts", json!(attempts(facts).len()));
        add("errors", json!(errors(facts).len()));
    }
    if has(Kind::Tool) {
        let mut ends = tools_ended(&tools(facts));
        add("tool_calls", ends["total"].take());
        if let Some(ends) = ends.as_object_mut() {
            ends.remove("total");
        }
        add("tools", ends);
    }
    Value::Object(group)
}

fn pick<'w, T>(facts: &[Fact<'w>], item: impl Fn(Item<'w>) -> Option<T>) -> Vec<T> {
    facts.iter().filter_map(|fact| item(fact.item)).collect()
}

fn answered<'w>(facts: &[Fact<'w>]) -> Vec<(&'w Call, &'w Answer)> {
    pick(facts, |item| if let Item::Call(call, answer) = item { Some((call, answer)) } else { None })
}

fn attempts<'w>(facts: &[Fact<'w>]) -> Vec<&'w Attempt> {
    pick(facts, |item| if let Item::Attempt(_, attempt) = item { Some(attempt) } else { None })
}

fn errors(facts: &[Fact<'_>]) -> Vec<&'static str> {
    pick(facts, |item| if let Item::Error(last) = item { Some(last.failure.class) } else { None })
}

fn tools<'w>(facts: &[Fact<'w>]) -> Vec<&'w Tool> {
    pick(facts, |item| if let Item::Tool(tool) = item { Some(tool) } else { None })
}

fn runs_ended(runs: &[&Run]) -> Value {
    let durations = runs.iter().filter_map(|run| Some((run.end? - run.start).max(0)));
    outcomes(&runs.iter().map(|run| &run.ended).collect::<Vec<_>>(), durations.collect())
}

fn turns_ended(turns: &[&Turn]) -> Value {
    let durations = turns.iter().filter_map(|turn| Some((turn.over? - turn.start).max(0)));
    outcomes(&turns.iter().map(|turn| &turn.ended).collect::<Vec<_>>(), durations.collect())
}

fn outcomes(ended: &[&Ended], durations: Vec<i64>) -> Value {
    let class = |class| ended.iter().filter(|one| one.class() == Some(class)).count();
    let judged = class("success") + class("failure") + class("user");
    json!({
        "total": ended.len(),
        "running": ended.iter().filter(|one| one.outcome == "running").count(),
        "by_outcome": count(ended.iter().map(|one| one.outcome)),
        "by_reason": count(ended.iter().filter_map(|one| one.reason.as_deref())),
        "completion_rate": rate(class("success"), judged),
        "failure_rate": rate(class("failure"), judged),
        "duration_ms": distribution(durations),
    })
}

fn tools_ended(tools: &[&Tool]) -> Value {
    let count_of = |is: fn(&Tool) -> bool| tools.iter().filter(|tool| is(tool)).count();
    json!({
        "total": tools.len(),
        "by_status": count(tools.iter().map(|tool| tool.status)),
        "failure_rate": rate(count_of(Tool::failed), count_of(Tool::ran)),
        "duration_ms": distribution(tools.iter().filter_map(|tool| tool.duration).collect()),
    })
}

fn latency(answers: &[(&Call, &Answer)]) -> Value {
    distribution(answers.iter().map(|(_, answer)| answer.latency).collect())
}

/// Sums of the buckets, as answers name them.
pub fn tokens(answers: &[(&Call, &Answer)]) -> Value {
    let usages: Vec<Usage> = answers.iter().filter_map(|(_, answer)| answer.usage).collect();
    let sum = |bucket: fn(&Usage) -> u64| usages.iter().map(bucket).sum::<u64>();
    json!({
        "input": sum(|usage| usage.input),
        "output": sum(|usage| usage.output),
        "cache_read": sum(|usage| usage.cache_read),
        "cache_write": sum(|usage| usage.cache_write),
        "reasoning": sum(|usage| usage.reasoning),
    })
}

fn number(value: &Value, key: &str) -> u64 {
    value[key].as_u64().unwrap_or(0)
}

fn known_costs(answers: &[(&Call, &Answer)]) -> usize {
    answers.iter().filter(|(call, answer)| !matches!(call.endpoint.cost(answer), Cost::Unknown(_))).count()
}

/// Money, in nano-dollars.
fn cost(answers: &[(&Call, &Answer)]) -> Value {
    let costs: Vec<Cost> = answers.iter().map(|(call, answer)| call.endpoint.cost(answer)).collect();
    let sum = |of: fn(&Cost) -> Option<i64>| {
        costs.iter().filter_map(of).fold(None, |sum, one| Some(sum.unwrap_or(0) + one))
    };
    let of = |is: fn(&Cost) -> bool| costs.iter().filter(|one| is(one)).count();
    let estimated: Option<i64> =
        sum(|cost| if let Cost::Estimated(amount) = cost { Some(*amount) } else { None });
    let actual: Option<i64> = sum(|cost| if let Cost::Actual(amount) = cost { Some(*amount) } else { None });
    // What a plan pays for is paid for: with nothing.
    let included = costs.iter().any(|one| matches!(one, Cost::Included(_))).then_some(0);
    json!({
        "total_usd": estimated.into_iter().chain(actual).chain(included).reduce(|one, other| one + other),
        "estimated_usd": estimated,
        "actual_usd": actual,
        "included_equivalent_usd": sum(|cost| if let Cost::Included(amount) = cost { *amount } else { None }),
        "priced_part_usd": sum(|cost| if let Cost::Unknown(part) = cost { *part } else { None }),
        "estimated_calls": of(|cost| matches!(cost, Cost::Estimated(_))),
        "actual_calls": of(|cost| matches!(cost, Cost::Actual(_))),
        "included_calls": of(|cost| matches!(cost, Cost::Included(_))),
        "unknown_calls": of(|cost| matches!(cost, Cost::Unknown(_))),
    })
}

/// Where the time of turns went.
fn breakdown(turns: &[&Turn]) -> Value {
    let mut parts = [0; 4];
    for turn in turns {
        for (part, more) in parts.iter_mut().zip(split(turn).unwrap_or_default()) {
            *part += more;
        }
    }
    let [model, tool, approval, other] = parts;
    json!({ "model": model, "tool": tool, "approval": approval, "other": other })
}

/// Where the time of a turn went: model, tools, approvals, the rest.
pub fn split(turn: &Turn) -> Option<[i64; 4]> {
    let calls = turn.calls.iter().flat_map(|call| {
        let answer = call.answer.as_ref().map(|answer| {
            let began = answer.began.unwrap_or(answer.at - answer.latency);
            (began, began + answer.latency)
        });
        call.failed.iter().map(|attempt| (attempt.at - attempt.elapsed, attempt.at)).chain(answer)
    });
    let tools = turn.tools.iter().map(|tool| (tool.at - tool.duration.unwrap_or(0), tool.at));
    let approvals = turn.approvals.iter().filter_map(|one| Some((one.asked, one.answered?.0)));
    let (calls, tools, approvals): (Vec<Stretch>, Vec<Stretch>, Vec<Stretch>) =
        (calls.collect(), tools.collect(), approvals.collect());
    Some(spent(turn.start, turn.over?, &calls, &tools, &approvals))
}

fn count<'a>(words: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, usize> {
    let mut counts = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    counts
}
