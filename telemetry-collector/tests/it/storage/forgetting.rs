//! Days that are gone, and what comes after.

use telemetry_collector::rollup::{Cells, Fact, Hour, Span};
use telemetry_collector::storage::{Pruned, RunsAsked};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::ToolStatus;

use super::databases::Databases;
use super::keeping::report;
use super::sessions::{DAY, HOUR, MONDAY, SECOND, Session, whole};
use super::state::{State, cells, settle_all, state, state_of};

/// Nothing is so old.
const NEVER: UnixNanos = UnixNanos(0);

pub async fn whole_days_of_events_go(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let days: Vec<_> = (0..4).map(|n| whole("one", &n.to_string(), MONDAY.plus(n * DAY)).events).collect();
    for day in &days {
        storage.keep_events(day).await.unwrap();
    }
    let reports = [report(1, MONDAY), report(2, MONDAY.plus(DAY)), report(3, MONDAY.plus(5 * DAY))];
    storage.keep_reports(&reports).await.unwrap();
    settle_all(&storage).await;
    let before = state(&storage).await;
    // In the middle of a day: that day stays.
    let pruned = storage.prune(MONDAY.plus(2 * DAY + 7 * HOUR), NEVER).await.unwrap();
    assert_eq!(pruned, Pruned { days: 2, rows: 0 });
    let volumes = storage.volumes().await.unwrap();
    assert_eq!((volumes.events, volumes.reports), ((days[2].len() + days[3].len()) as u64, 1));
    // What they came to stays, and is not touched by settling.
    database.sql("INSERT INTO unsettled (run) SELECT run FROM runs").await;
    settle_all(&storage).await;
    assert_eq!(state(&storage).await, before);
    assert_eq!(storage.prune(MONDAY.plus(2 * DAY), NEVER).await.unwrap(), Pruned::default());
}

pub async fn what_is_sent_again_after_it_was_forgotten_is_not_counted_again(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let old = whole("one", "old", MONDAY).events;
    let reports = [report(1, MONDAY.plus(HOUR)), report(2, MONDAY.plus(DAY))];
    storage.keep_events(&old).await.unwrap();
    storage.keep_reports(&reports).await.unwrap();
    settle_all(&storage).await;
    let before = state(&storage).await;
    storage.prune(MONDAY.plus(DAY), NEVER).await.unwrap();
    storage.keep_events(&old[1..4]).await.unwrap();
    storage.keep_reports(&reports).await.unwrap();
    settle_all(&storage).await;
    let after = state(&storage).await;
    assert_eq!((after.hours, after.days), (before.hours, before.days));
    assert_eq!(after.runs.len(), 1);
    storage.prune(MONDAY.plus(DAY), NEVER).await.unwrap();
    assert_eq!(storage.volumes().await.unwrap().events, 0);
}

pub async fn a_run_that_goes_on_after_its_first_days_are_forgotten_is_one_run(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let first =
        Session::begin("one", "long", MONDAY).turn().call("opus", Some(900)).tool("Bash", ToolStatus::Ok, 5);
    let second = first.clone().wait(DAY).announce().turn().call("opus", Some(70));
    storage.keep_events(&second.events).await.unwrap();
    settle_all(&storage).await;
    storage.prune(MONDAY.plus(DAY), NEVER).await.unwrap();
    let third = second
        .clone()
        .wait(DAY)
        .announce()
        .call("haiku", Some(8))
        .tool("Bash", ToolStatus::Ok, 5)
        .turn()
        .end();
    storage.keep_events(&third.events[second.events.len()..]).await.unwrap();
    settle_all(&storage).await;

    let found = state(&storage).await;
    let mut expected = state_of(&third.events);
    // How it stood when its first day was forgotten stays in that day's sums.
    let is_run = |cells: &mut Cells| cells.0.retain(|(_, series), _| series.fact != Fact::Run);
    let mut without_run = found.clone();
    for state in [&mut expected, &mut without_run] {
        is_run(&mut state.hours);
        is_run(&mut state.days);
    }
    assert_eq!(without_run, expected);
    let runs = |cells: &Cells| -> i64 {
        cells.0.iter().filter(|((_, series), _)| series.fact == Fact::Run).map(|(_, cell)| cell.sums.n).sum()
    };
    assert_eq!((runs(&found.hours), runs(&found.days)), (1, 1));
    let summary = &found.runs[&third.run];
    assert_eq!((summary.turns, summary.model_calls, summary.tool_calls), (3, 3, 2));
    assert_eq!(summary.cost.nanos.map(|nanos| nanos.0), Some(978));
    assert_eq!(
        (summary.outcome.as_str(), summary.started_at.clone()),
        ("completed", MONDAY.plus(SECOND).to_string())
    );
}

pub async fn a_day_of_which_there_was_nothing_is_not_forgotten(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    assert_eq!(storage.prune(MONDAY.plus(9 * DAY), NEVER).await.unwrap(), Pruned::default());
    // As sent by somebody else's collector, which is to keep more.
    let old = whole("one", "old", MONDAY);
    storage.keep_events(&old.events).await.unwrap();
    storage.keep_reports(&[report(1, MONDAY)]).await.unwrap();
    settle_all(&storage).await;
    let mut expected = state_of(&old.events);
    expected.hours.count_reports(&[report(1, MONDAY)]);
    expected.days = expected.hours.by_day();
    assert_eq!(state(&storage).await, expected);
}

pub async fn rollups_and_runs_go_later_than_their_events(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let days: Vec<_> = (0..5).map(|n| whole("one", &n.to_string(), MONDAY.plus(n * DAY)).events).collect();
    let all = days.concat();
    storage.keep_events(&all).await.unwrap();
    storage.keep_reports(&[report(1, MONDAY), report(2, MONDAY.plus(3 * DAY))]).await.unwrap();
    settle_all(&storage).await;
    let before = state(&storage).await;
    // Rollups are not forgotten before the events they are made of: these would count anew.
    let pruned = storage.prune(MONDAY.plus(2 * DAY), MONDAY.plus(4 * DAY)).await.unwrap();
    assert_eq!(pruned.days, 2);
    assert!(pruned.rows > 0);
    let kept = |cells: &Cells| {
        let kept = cells.0.iter().filter(|((hour, _), _)| *hour >= Hour::of(MONDAY.plus(2 * DAY)));
        Cells(kept.map(|(key, cell)| (key.clone(), cell.clone())).collect())
    };
    let mut runs = before.runs.clone();
    runs.retain(|_, run| run.started_at >= MONDAY.plus(2 * DAY).to_string());
    let expected = State { runs, hours: kept(&before.hours), days: kept(&before.days) };
    assert_eq!(state(&storage).await, expected);
    database.sql("INSERT INTO unsettled (run) SELECT run FROM runs").await;
    settle_all(&storage).await;
    assert_eq!(state(&storage).await, expected);
    let names = storage.names(Hour::of(MONDAY), 10).await.unwrap();
    assert_eq!(names.hosts, ["one", "builder"]);
}

pub async fn a_run_stays_as_long_as_there_are_events_of_it(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let long = Session::begin("one", "long", MONDAY).turn().wait(3 * DAY).turn();
    storage.keep_events(&long.events).await.unwrap();
    settle_all(&storage).await;
    storage.prune(MONDAY.plus(2 * DAY), MONDAY.plus(2 * DAY)).await.unwrap();
    let later = long.clone().turn();
    storage.keep_events(&later.events[long.events.len()..]).await.unwrap();
    settle_all(&storage).await;
    let found = cells(&storage, Span::Hour).await;
    let turns: i64 = found
        .0
        .iter()
        .filter(|((_, series), _)| series.fact == Fact::Turn)
        .map(|(_, cell)| cell.sums.n)
        .sum();
    assert_eq!(turns, 2, "those of the days that are kept, each once");
    assert!(!found.0.keys().any(|(_, series)| series.fact == Fact::Run), "it began in one that is not");
    let runs = storage.runs(&RunsAsked { most: 10, ..RunsAsked::default() }).await.unwrap();
    assert_eq!((runs.len(), runs[0].turns), (1, 3));
}

pub async fn old_transcripts_go(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    for n in 0..3 {
        let transcript = telemetry_collector::intake::Transcript {
            session: n.to_string(),
            host: "one".into(),
            at: MONDAY.plus(n * DAY),
            body: "{}".into(),
        };
        storage.keep_transcript(&transcript).await.unwrap();
    }
    assert_eq!(storage.prune(MONDAY.plus(2 * DAY), NEVER).await.unwrap(), Pruned { days: 0, rows: 2 });
    let left = database.sql("SELECT session FROM transcripts").await;
    assert_eq!(left.as_deref(), Some("2"));
}
