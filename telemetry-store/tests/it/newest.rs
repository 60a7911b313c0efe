use std::str::FromStr as _;

use telemetry_core::event::{Body, Event};
use telemetry_core::ids::RunId;
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_store::index::Index;
use telemetry_store::insights::{RunSummary, Wanted, Window, newest_runs};

use super::{NEW_YEAR, home, process_started, run};

const MINUTE_NS: i64 = 60_000_000_000;

/// Six runs: two began in each minute, and each has a model, a provider or an end of its own.
fn index() -> Index {
    let home = home();
    let mut events: Vec<Event> = Vec::new();
    for process in 1..=6 {
        events.push(process_started(process, 1, None, None));
        for mut event in run(process, "s", process == 1) {
            event.ts = UnixNanos(event.ts.0 + (process / 2) as i64 * MINUTE_NS);
            match &mut event.body {
                Body::RunStarted(started) if process == 2 => started.model = Some(Name::new("m")),
                Body::RunStarted(started) if process == 3 => started.host = Name::new("another"),
                Body::ModelCall(call) if process == 4 => call.provider = Some(Name::new("p")),
                _ => {}
            }
            events.push(event);
        }
    }
    home.write(&events);
    let mut index = Index::in_memory(home.layout.clone()).unwrap();
    index.catch_up(None).unwrap();
    index
}

fn place(run: &RunSummary) -> (UnixNanos, RunId) {
    let minutes: i64 = run.started_at[14..16].parse().unwrap();
    (UnixNanos(NEW_YEAR + minutes * MINUTE_NS), RunId::from_str(&run.run_id).unwrap())
}

#[test]
fn pages_leave_no_run_out_though_several_began_at_once() {
    let index = index();
    let all = newest_runs(index.connection(), &Wanted { most: 100, ..Wanted::default() }).unwrap();
    assert_eq!(all.len(), 6);
    assert!(all.iter().map(place).rev().is_sorted());
    for most in 1..=6 {
        let mut found: Vec<RunSummary> = Vec::new();
        loop {
            let after = found.last().map(place);
            let page = newest_runs(index.connection(), &Wanted { most, after, ..Wanted::default() }).unwrap();
            assert!(page.len() <= most);
            if page.is_empty() {
                break;
            }
            found.extend(page);
        }
        assert_eq!(found, all, "by {most}");
    }
}

#[test]
fn only_what_is_wanted_is_found() {
    let index = index();
    let of = |process: u128| RunId::of(telemetry_core::ids::ProcessId(process), "s").to_string();
    let found = |wanted: Wanted<'_>| -> Vec<String> {
        let runs = newest_runs(index.connection(), &Wanted { most: 100, ..wanted }).unwrap();
        runs.into_iter().map(|run| run.run_id).collect()
    };
    assert_eq!(found(Wanted { model: Some("m"), ..Wanted::default() }), [of(2)]);
    assert_eq!(found(Wanted { host: Some("another"), ..Wanted::default() }), [of(3)]);
    assert_eq!(found(Wanted { provider: Some("p"), ..Wanted::default() }), [of(4)]);
    assert_eq!(found(Wanted { outcome: Some("completed"), ..Wanted::default() }), [of(1)]);
    assert_eq!(found(Wanted { model: Some("m' OR 1=1 --"), ..Wanted::default() }), [] as [String; 0]);
    let first = Window { since: None, until: Some(UnixNanos(NEW_YEAR + MINUTE_NS)) };
    assert_eq!(found(Wanted { window: first, ..Wanted::default() }), [of(1)]);
    let both = Wanted { model: Some("m"), provider: Some("p"), ..Wanted::default() };
    assert_eq!(found(both), [] as [String; 0]);
}
