//! What `runs --json` and `show --json` must say of a world, in the units of [`super::compare`].

use serde_json::{Value, json};

use super::insights::{Question, split, tokens};
use super::rates::Cost;
use super::story::{Answer, Approval, Attempt, Call, Process, Run, Tool, Turn, World};
use super::zone::rfc3339;

/// A run's name in a world: its session and the moment it began.
pub type Name = (String, i64);

/// The runs that began in the window, oldest first.
pub fn runs(world: &World, question: &Question<'_>) -> Vec<(Name, Value)> {
    let all = world.processes.iter().flat_map(|process| process.runs.iter().map(move |run| (process, run)));
    let mut listed: Vec<(Name, Value)> = all
        .filter(|(_, run)| question.holds(run.start))
        .map(|(process, run)| (name(run), summary(process, run)))
        .collect();
    listed.sort_by(|(one, _), (other, _)| (one.1, &one.0).cmp(&(other.1, &other.0)));
    listed
}

fn name(run: &Run) -> Name {
    (run.session.clone(), run.start)
}

fn summary(process: &Process, run: &Run) -> Value {
    let calls = || run.turns.iter().flat_map(|turn| &turn.calls);
    let answers: Vec<(&Call, &Answer)> =
        calls().filter_map(|call| Some((call, call.answer.as_ref()?))).collect();
    let named = |index: usize| {
        let (session, start) = name(&process.runs[index]);
        json!([session, start])
    };
    json!({
        "session_id": run.session,
        "parent": run.delegated.as_ref().map(|delegation| named(delegation.parent)),
        "continues": run.continues.map(named),
        "host": process.host,
        "profile": process.profile,
        "platform": run.platform,
        "entrypoint": run.entrypoint,
        "model": run.model,
        "started_at": rfc3339(run.start),
        "ended_at": run.end.map(rfc3339),
        "duration_ms": run.end.map(|end| (end - run.start).max(0)),
        "outcome": run.ended.outcome,
        "reason": run.ended.reason,
        "turns": run.turns.len(),
        "model_calls": answers.len(),
        "failed_attempts": calls().map(|call| call.failed.len()).sum::<usize>(),
        "tool_calls": run.turns.iter().map(|turn| turn.tools.len()).sum::<usize>(),
        "errors": calls().filter(|call| call.answer.is_none()).count(),
        "tokens": tokens(&answers),
        "cost": spent(&answers),
        "tree_cost": spent(&of_tree(process, run)),
    })
}

/// The answered calls of a run and of all it delegated to, on all levels.
fn of_tree<'w>(process: &'w Process, run: &'w Run) -> Vec<(&'w Call, &'w Answer)> {
    let asked = |other: &&Run| {
        other.delegated.as_ref().is_some_and(|one| name(&process.runs[one.parent]) == name(run))
    };
    let own =
        run.turns.iter().flat_map(|turn| &turn.calls).filter_map(|call| Some((call, call.answer.as_ref()?)));
    own.chain(process.runs.iter().filter(asked).flat_map(|child| of_tree(process, child))).collect()
}

/// What calls cost together: as well known as the least known of them.
fn spent(answers: &[(&Call, &Answer)]) -> Value {
    let costs: Vec<Cost> = answers.iter().map(|(call, answer)| call.endpoint.cost(answer)).collect();
    let any = |is: fn(&Cost) -> bool| costs.iter().any(is);
    let status = match () {
        () if costs.is_empty() || any(|cost| matches!(cost, Cost::Unknown(_))) => "unknown",
        () if any(|cost| matches!(cost, Cost::Estimated(_))) => "estimated",
        () if any(|cost| matches!(cost, Cost::Actual(_))) => "actual",
        () => "included",
    };
    let known: i64 = costs
        .iter()
        .map(|cost| match cost {
            Cost::Actual(amount) | Cost::Estimated(amount) | Cost::Unknown(Some(amount)) => *amount,
            Cost::Included(_) | Cost::Unknown(None) => 0,
        })
        .sum();
    json!({
        "usd": (status != "unknown").then_some(known),
        "status": status,
        "priced_part_usd": (status == "unknown" && known > 0).then_some(known),
    })
}

/// A run in full, without the runs it delegated to.
pub fn show(run: &Run) -> Value {
    json!({ "turns": run.turns.iter().map(turn).collect::<Vec<_>>() })
}

fn turn(turn: &Turn) -> Value {
    let answered = |call: &Call| Some(answer(call, call.answer.as_ref()?));
    let mut calls: Vec<(i64, Value)> = turn.calls.iter().filter_map(answered).collect();
    calls.sort_by_key(|(at, _)| *at);
    let mut failed: Vec<(i64, Value)> = turn
        .calls
        .iter()
        .flat_map(|call| call.failed.iter().enumerate().map(move |(number, one)| attempt(call, number, one)))
        .collect();
    failed.sort_by_key(|(at, _)| *at);
    let mut approvals: Vec<&Approval> = turn.approvals.iter().collect();
    approvals.sort_by_key(|approval| approval.asked);
    let split = split(turn);
    let part = |index: usize| split.map(|parts| parts[index]);
    json!({
        "turn_id": turn.id,
        "started_at": rfc3339(turn.start),
        "ended_at": turn.over.map(rfc3339),
        "duration_ms": turn.over.map(|over| (over - turn.start).max(0)),
        "outcome": turn.ended.outcome,
        "reason": turn.ended.reason,
        "breakdown_ms": { "model": part(0), "tool": part(1), "approval": part(2), "other": part(3) },
        "model_calls": calls.into_iter().map(|(_, call)| call).collect::<Vec<_>>(),
        "failed_attempts": failed.into_iter().map(|(_, attempt)| attempt).collect::<Vec<_>>(),
        "tool_calls": turn.tools.iter().map(tool).collect::<Vec<_>>(),
        "approvals": approvals.into_iter().map(approval).collect::<Vec<_>>(),
    })
}

fn answer(call: &Call, answer: &Answer) -> (i64, Value) {
    let began = answer.began.unwrap_or(answer.at - answer.latency);
    let shown = json!({
        "started_at": rfc3339(began),
        "latency_ms": answer.latency,
        "attempt_ms": answer.alone,
        "ttft_ms": answer.first_token,
        "retries": call.failed.len(),
        "model": call.endpoint.model,
        "provider": call.endpoint.provider,
        "finish_reason": answer.finish,
        "tokens": answer.usage.map(|_| tokens(&[(call, answer)])),
    });
    (answer.at, shown)
}

fn attempt(call: &Call, number: usize, attempt: &Attempt) -> (i64, Value) {
    let shown = json!({
        "failed_at": rfc3339(attempt.at),
        "attempt": number,
        "class": attempt.failure.class,
        "reason": attempt.failure.reason,
        "error_type": attempt.failure.error_type,
        "status_code": attempt.failure.status,
        "recovery": if call.answer.is_some() { "recovered" } else { "final" },
        "attempt_ms": attempt.alone,
    });
    (attempt.at, shown)
}

fn tool(tool: &Tool) -> Value {
    json!({
        "tool": tool.name,
        "tool_call_id": tool.id,
        "ended_at": rfc3339(tool.at),
        "duration_ms": tool.duration,
        "status": tool.status,
        "error_type": tool.error_type,
    })
}

fn approval(approval: &Approval) -> Value {
    json!({
        "tool_call_id": approval.tool,
        "surface": approval.surface,
        "choice": approval.answered.map(|(_, choice)| choice),
        "wait_ms": approval.answered.map(|(at, _)| at - approval.asked),
    })
}
