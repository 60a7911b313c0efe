//! Runs, listed and found.

use std::collections::BTreeSet;

use telemetry_collector::storage::{CellFilter, RunsAsked};
use telemetry_core::cost::NanoDollars;
use telemetry_core::event::Body;
use telemetry_core::ids::RunId;
use telemetry_store::insights::Cost;

use super::databases::Databases;
use super::sessions::{DAY, HOUR, MONDAY, Session, whole};
use super::settling::sessions;
use super::state::settle_all;

fn ids(runs: &[telemetry_store::insights::RunSummary]) -> Vec<RunId> {
    runs.iter().map(|run| run.run_id.parse().unwrap()).collect()
}

pub async fn runs_come_a_page_at_a_time(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    // Three begin at the same moment each time.
    let sessions: Vec<Session> =
        (0..12).map(|n| whole("one", &n.to_string(), MONDAY.plus(n / 3 * HOUR))).collect();
    let events: Vec<_> = sessions.iter().flat_map(|session| session.events.clone()).collect();
    storage.keep_events(&events).await.unwrap();
    settle_all(&storage).await;
    let mut expected: Vec<_> =
        sessions.iter().map(|session| (session.events[1].event.ts, session.run)).collect();
    expected.sort_unstable_by(|one, other| other.cmp(one));

    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let asked = RunsAsked { most: 5, after, ..RunsAsked::default() };
        let page = storage.runs(&asked).await.unwrap();
        let Some(last) = page.last() else { break };
        let run: RunId = last.run_id.parse().unwrap();
        after = expected.iter().find(|(_, of)| *of == run).copied();
        found.extend(ids(&page));
    }
    assert_eq!(found, expected.iter().map(|(_, run)| *run).collect::<Vec<_>>());

    let (since, until) = (Some(expected[8].0), Some(expected[2].0));
    let window = RunsAsked { since, until, most: 100, ..RunsAsked::default() };
    assert_eq!(ids(&storage.runs(&window).await.unwrap()), found[3..9]);
    assert_eq!(storage.runs(&RunsAsked { most: 0, ..window }).await.unwrap(), []);
}

pub async fn runs_are_filtered_by_what_they_are(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    storage.keep_events(&sessions()).await.unwrap();
    settle_all(&storage).await;
    let found = async |filter: CellFilter| {
        let asked = RunsAsked { most: 100, filter, ..RunsAsked::default() };
        let runs = storage.runs(&asked).await.unwrap();
        runs.into_iter().map(|run| run.session_id.unwrap()).collect::<BTreeSet<_>>()
    };
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<BTreeSet<_>>();
    let (all, none) = (texts(&["parent", "child", "told", "lonely"]), texts(&[]));
    let filter = CellFilter::default;
    assert_eq!(found(filter()).await, all);
    assert_eq!(found(CellFilter { host: Some("other".into()), ..filter() }).await, texts(&["lonely"]));
    assert_eq!(found(CellFilter { agent: Some("hermes".into()), ..filter() }).await, all);
    assert_eq!(found(CellFilter { model: Some("sonnet".into()), ..filter() }).await, all);
    assert_eq!(found(CellFilter { model: Some("opus".into()), ..filter() }).await, none);
    assert_eq!(found(CellFilter { provider: Some("anthropic".into()), ..filter() }).await, all);
    let outcome = |outcome: &str| CellFilter { outcome: Some(outcome.into()), ..filter() };
    assert_eq!(found(outcome("interrupted")).await, texts(&["lonely"]));
    assert_eq!(found(CellFilter { host: Some("one".into()), ..outcome("interrupted") }).await, none);
    assert_eq!(found(CellFilter { host: Some(String::new()), ..filter() }).await, none);
}

pub async fn a_tree_costs_what_is_in_it(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let parent = Session::begin("one", "parent", MONDAY).turn().call("opus", Some(9_000));
    let child = Session::below(&parent, "child").turn().call("haiku", Some(100));
    let grandchild =
        Session::below(&child, "grandchild").turn().call("haiku", Some(20)).call("haiku", Some(3));
    let idle = Session::below(&child, "idle").turn();
    let trees = async || {
        let runs = storage.runs(&RunsAsked { most: 10, ..RunsAsked::default() }).await.unwrap();
        let found = |session: &Session| {
            let run = session.run.to_string();
            runs.iter().find(|summary| summary.run_id == run).unwrap().tree_cost.clone()
        };
        [&parent, &child, &grandchild, &idle].map(found)
    };
    let known = |nanos| Cost::of(NanoDollars(nanos), "actual");
    for session in [&parent, &child, &grandchild, &idle] {
        storage.keep_events(&session.events).await.unwrap();
    }
    settle_all(&storage).await;
    assert_eq!(trees().await, [known(9_123), known(123), known(23), Cost::unknown()]);
    // One call nobody knows the price of makes every sum unknown that it is in.
    let unknown = Session::below(&child, "unknown").wait(HOUR).turn().call("mystery", None);
    storage.keep_events(&unknown.events).await.unwrap();
    settle_all(&storage).await;
    let part = |nanos| Cost::kept(None, "unknown".into(), Some(NanoDollars(nanos)));
    assert_eq!(trees().await, [part(9_123), part(123), known(23), Cost::unknown()]);
}

pub async fn the_runs_that_cost_most_come_first(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let session = |id: &str, hour: i64| Session::begin("one", id, MONDAY.plus(hour * HOUR)).turn();
    let sessions = [
        session("dear", 5).call("opus", Some(900)).end(),
        session("part", 4).call("opus", Some(500)).call("mystery", None).end(),
        session("long", 3).call("opus", Some(100)).wait(HOUR).end(),
        session("short", 2).call("opus", Some(100)).end(),
        session("later", 3).call("opus", Some(100)).end(),
        session("open", 1).call("opus", Some(100)),
        session("free", 9).call("opus", Some(0)).end(),
        session("unknown", 0).call("mystery", None).wait(DAY).end(),
    ];
    let order = ["dear", "part", "long", "short", "later", "open", "free", "unknown"];
    for session in &sessions {
        storage.keep_events(&session.events).await.unwrap();
    }
    settle_all(&storage).await;
    let top = async |asked: RunsAsked| {
        let runs = storage.top_runs(&asked).await.unwrap();
        runs.into_iter().map(|run| run.session_id.unwrap()).collect::<Vec<_>>()
    };
    let asked = RunsAsked { most: 100, ..RunsAsked::default() };
    assert_eq!(top(asked.clone()).await, order);
    assert_eq!(top(RunsAsked { most: 3, ..asked.clone() }).await, order[..3]);
    // Where a page before stopped is of no concern.
    let after = Some((MONDAY, sessions[0].run));
    assert_eq!(top(RunsAsked { after, ..asked.clone() }).await, order);
    let until = Some(MONDAY.plus(3 * HOUR));
    assert_eq!(top(RunsAsked { until, ..asked }).await, ["short", "open", "unknown"]);
}

pub async fn runs_that_continue_others_are_told_with_them(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let first = whole("one", "first", MONDAY);
    let second = Session::continuing(&first, "second", MONDAY.plus(DAY)).turn().end();
    let third = Session::continuing(&second, "third", MONDAY.plus(2 * DAY)).turn();
    let apart = whole("one", "apart", MONDAY.plus(2 * DAY));
    for session in [&third, &first, &apart, &second] {
        storage.keep_events(&session.events).await.unwrap();
    }
    settle_all(&storage).await;
    let linked = async |since| {
        let linked = storage.linked(since).await.unwrap();
        linked.into_iter().map(|link| (link.start, link)).collect::<std::collections::BTreeMap<_, _>>()
    };
    let runs = |linked: &std::collections::BTreeMap<_, telemetry_collector::storage::Linked>| {
        linked.values().map(|link| (link.run, link.continues)).collect::<Vec<_>>()
    };
    let chain = [(first.run, None), (second.run, Some(first.run)), (third.run, Some(second.run))];
    let all = linked(None).await;
    assert_eq!(runs(&all), chain);
    assert_eq!(runs(&linked(Some(MONDAY.plus(2 * DAY))).await), chain[1..]);
    assert_eq!(runs(&linked(Some(MONDAY.plus(3 * DAY))).await), []);
    let last = all.values().last().unwrap();
    assert_eq!(
        (last.host.as_str(), last.agent.as_deref(), last.model.as_deref()),
        ("one", Some("hermes"), Some("sonnet"))
    );
    assert_eq!((last.end, last.outcome.as_str(), last.reason.as_deref()), (None, "running", None));
}

pub async fn a_run_is_found_by_what_people_copy(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let sessions: Vec<Session> =
        (0..15).map(|n| whole("one", &format!("s{}", n % 2), MONDAY.plus(n * HOUR))).collect();
    // Two sessions of one id: of another machine.
    let elsewhere = whole("other", "s0", MONDAY.plus(DAY));
    for session in sessions.iter().chain([&elsewhere]) {
        storage.keep_events(&session.events).await.unwrap();
    }
    settle_all(&storage).await;
    let run = sessions[0].run;
    let digits = run.to_string();
    for length in [32, 20, 12] {
        assert_eq!(storage.find_runs(&digits[..length]).await.unwrap(), [run], "{length}");
    }
    let same: BTreeSet<_> = storage.find_runs("s0").await.unwrap().into_iter().collect();
    assert_eq!(same, BTreeSet::from([run, elsewhere.run]));
    for nothing in [&digits[1..], &format!("{digits}0"), &digits.to_uppercase(), "%", "é", "' OR 1=1 --"] {
        assert_eq!(storage.find_runs(nothing).await.unwrap(), [], "{nothing}");
    }
    for n in 0..15 {
        storage.keep_events(&whole("many", &n.to_string(), MONDAY).events).await.unwrap();
    }
    settle_all(&storage).await;
    assert_eq!(storage.find_runs("").await.unwrap().len(), 10);
}

pub async fn a_tree_has_the_events_of_all_its_runs(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let parent = Session::begin("one", "parent", MONDAY).turn();
    let child = Session::below(&parent, "child")
        .turn()
        .tool("Bash", telemetry_core::vocabulary::ToolStatus::Ok, 1)
        .leave();
    let grandchild = Session::below(&child, "grandchild").end();
    let told = whole("one", "told", MONDAY);
    let parent = parent.delegate(&told).leave();
    let apart = whole("one", "apart", MONDAY);
    for session in [&grandchild, &parent, &apart, &told, &child] {
        storage.keep_events(&session.events).await.unwrap();
    }
    // What is not settled yet has its own events already.
    let own = storage.tree(apart.run, 1_000).await.unwrap();
    assert_eq!(own.len(), apart.events.len());
    settle_all(&storage).await;
    let sessions = [&parent, &child, &grandchild, &told];
    let mut expected: Vec<_> = sessions
        .iter()
        .flat_map(|session| &session.events)
        .map(|recorded| (recorded.event.ts, recorded.event.id))
        .collect();
    expected.sort();
    for session in sessions {
        let tree = storage.tree(session.run, 1_000).await.unwrap();
        assert!(tree.is_sorted_by_key(|event| event.ts), "in the order of their time");
        let mut keys: Vec<_> = tree.iter().map(|event| (event.ts, event.id)).collect();
        keys.sort();
        assert_eq!(keys, expected);
    }
    let first = storage.tree(grandchild.run, 3).await.unwrap();
    assert_eq!(first.len(), 3);
    assert!(first.iter().all(|event| event.ts <= expected[2].0));
    let alone = storage.tree(apart.run, 1_000).await.unwrap();
    assert!(alone.iter().any(|event| matches!(event.body, Body::ProcessEnded(_))));
    assert_eq!(alone.len(), apart.events.len());
    assert_eq!(storage.tree(RunId(1), 1_000).await.unwrap(), []);
}

pub async fn a_tree_that_is_its_own_parent_has_an_end(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let (one, other) = (Session::begin("one", "a", MONDAY), Session::begin("one", "b", MONDAY.plus(HOUR)));
    let one_and = one.clone().delegate(&other);
    let other_and = other.delegate(&one);
    let events = [one_and.events, other_and.events].concat();
    storage.keep_events(&events).await.unwrap();
    settle_all(&storage).await;
    assert_eq!(storage.tree(one.run, 1_000).await.unwrap().len(), events.len());
    let runs = storage.runs(&RunsAsked { most: 10, ..RunsAsked::default() }).await.unwrap();
    assert!(
        runs.len() == 2
            && runs.iter().all(|run| run.tree_cost == Cost::unknown() && run.parent_run_id.is_some())
    );
}
