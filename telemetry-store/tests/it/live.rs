use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_store::index::Index;
use telemetry_store::insights::{Doing, active, activity, slowest_calls, slowest_tools};

use super::{NEW_YEAR, home, process_started, run};

const MINUTE_NS: i64 = 60_000_000_000;

fn index_of(events: &[Event]) -> Index {
    let home = home();
    home.write(events);
    let mut index = Index::in_memory(home.layout.clone()).unwrap();
    index.catch_up(None).unwrap();
    index
}

#[test]
fn a_run_is_active_from_its_beginning_to_the_end_of_its_turn() {
    let whole = run(1, "s", true);
    let mut seen = Vec::new();
    for length in 1..=whole.len() {
        let mut events = vec![process_started(1, 1, None, None)];
        events.extend_from_slice(&whole[..length]);
        let found = active(index_of(&events).connection(), 10).unwrap();
        seen.push(found.first().map(|run| (run.doing, run.run.model_calls)));
    }
    // Its start, its turn, the answer (which asked for no tool), the end.
    assert_eq!(seen, [Some((Doing::Starting, 0)), Some((Doing::Model, 0)), Some((Doing::Model, 1)), None]);
}

#[test]
fn the_latest_runs_come_first_and_no_more_than_asked() {
    let mut events = Vec::new();
    for process in 1..=5 {
        events.push(process_started(process, 1, None, None));
        let mut run = run(process, "s", false);
        run.iter_mut().for_each(|event| event.ts = UnixNanos(event.ts.0 + process as i64 * MINUTE_NS));
        events.extend(run);
    }
    let index = index_of(&events);
    let found = active(index.connection(), 3).unwrap();
    let began: Vec<String> = found.iter().map(|run| run.run.started_at[11..16].to_owned()).collect();
    assert_eq!(began, ["00:05", "00:04", "00:03"]);
}

#[test]
fn an_hour_has_sixty_minutes_and_holds_nothing_else() {
    let mut events = run(1, "now", true);
    for (process, minutes) in [(2, -1), (3, -59), (4, -61), (5, 2)] {
        let mut other = run(process, "other", true);
        other.iter_mut().for_each(|event| event.ts = UnixNanos(event.ts.0 + minutes * MINUTE_NS));
        events.extend(other);
    }
    let now = UnixNanos(NEW_YEAR + 30_000_000_000);
    let found = activity(index_of(&events).connection(), now).unwrap();
    let busy = |series: &[u64]| -> Vec<(usize, u64)> {
        series.iter().copied().enumerate().filter(|(_, n)| *n > 0).collect()
    };
    assert_eq!((found.calls.len(), found.events.len()), (60, 60));
    assert_eq!(busy(&found.calls), [(0, 1), (58, 1), (59, 1)]);
    assert_eq!(busy(&found.events), [(0, 2), (58, 2), (59, 2)]);
}

#[test]
fn the_slowest_are_those_since_then() {
    let mut events = run(1, "now", true);
    let mut earlier = run(2, "before", true);
    earlier.iter_mut().for_each(|event| event.ts = UnixNanos(event.ts.0 - 61 * MINUTE_NS));
    events.extend(earlier);
    let index = index_of(&events);
    let since = |minutes: i64| UnixNanos(NEW_YEAR - minutes * MINUTE_NS);
    assert_eq!(slowest_calls(index.connection(), since(60), 5).unwrap().len(), 1);
    assert_eq!(slowest_calls(index.connection(), since(90), 5).unwrap().len(), 2);
    assert_eq!(slowest_calls(index.connection(), since(90), 1).unwrap().len(), 1);
    assert_eq!(slowest_tools(index.connection(), since(90), 5).unwrap(), []);
}
