use telemetry_core::cost::Prices;
use telemetry_core::time::{Day, UnixNanos};
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::{Window, runs};
use telemetry_store::layout::Days;
use telemetry_store::retention::{Keep, expired, prune};

use super::{Home, NEW_YEAR, home, run};

const DAY_NS: i64 = 86_400_000_000_000;
/// Yesterday and today, of everything.
const KEEP: Keep = Keep { log: 1, content: 1 };

/// A home with one run on each of three days, the last of them today.
fn three_days() -> (Home, Day) {
    let home = home();
    for day in 0..3 {
        let mut events = run(day as u128, &format!("day{day}"), true);
        for event in &mut events {
            event.ts = UnixNanos(event.ts.0 + day * DAY_NS);
        }
        home.write(&events);
    }
    (home, UnixNanos(NEW_YEAR + 2 * DAY_NS).day())
}

fn sessions(home: &Home) -> Vec<String> {
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    let found = runs(index.connection(), Window::default()).unwrap();
    found.into_iter().filter_map(|run| run.session_id).collect()
}

#[test]
fn days_older_than_what_is_kept_go_and_the_index_with_them() {
    let (home, today) = three_days();
    assert_eq!(sessions(&home), ["day0", "day1", "day2"]);
    let gone: Vec<String> =
        expired(&home.layout, KEEP, today).unwrap().iter().map(|e| e.day.to_string()).collect();
    assert_eq!(gone, ["2026-01-01"]);
    assert_eq!(prune(&home.layout, KEEP, today, Prices::default(), &mut |_| {}).unwrap().unwrap().len(), 1);
    assert_eq!(sessions(&home), ["day1", "day2"]);
    assert_eq!(prune(&home.layout, KEEP, today, Prices::default(), &mut |_| {}).unwrap().unwrap(), []);
    assert_eq!(sessions(&home), ["day1", "day2"]);
}

#[test]
fn a_prune_that_could_not_finish_is_finished_by_the_next() {
    let (home, today) = three_days();
    sessions(&home);
    std::fs::remove_file(&expired(&home.layout, KEEP, today).unwrap()[0].path).unwrap();
    assert_eq!(prune(&home.layout, KEEP, today, Prices::default(), &mut |_| {}).unwrap().unwrap(), []);
    assert_eq!(sessions(&home), ["day1", "day2"]);
}

#[test]
fn one_process_prunes_at_a_time_and_nothing_is_made_in_an_empty_home() {
    let (home, today) = three_days();
    let lock = std::fs::File::create(home.layout.root().join("prune.lock")).unwrap();
    lock.lock().unwrap();
    assert_eq!(prune(&home.layout, KEEP, today, Prices::default(), &mut |_| {}).unwrap(), None);
    drop(lock);
    let empty = super::home();
    assert_eq!(prune(&empty.layout, KEEP, today, Prices::default(), &mut |_| {}).unwrap(), Some(vec![]));
    assert!(!empty.layout.root().exists());
}

#[test]
fn content_goes_after_a_time_of_its_own_and_the_index_stays() {
    let (home, today) = three_days();
    sessions(&home);
    let folder = home.layout.create(Days::Content).unwrap();
    for day in ["2026-01-01", "2026-01-02", "2026-01-03"] {
        std::fs::write(folder.join(format!("{day}.jsonl")), "said").unwrap();
    }
    let index = std::fs::metadata(home.layout.database()).unwrap().modified().unwrap();
    let keep = Keep { log: 90, content: 1 };
    let gone = prune(&home.layout, keep, today, Prices::default(), &mut |_| {}).unwrap().unwrap();
    assert_eq!(
        gone.iter().map(|gone| (gone.days, gone.day.to_string(), gone.bytes)).collect::<Vec<_>>(),
        [(Days::Content, "2026-01-01".to_owned(), 4)]
    );
    assert_eq!(home.layout.days_of(Days::Content).unwrap().len(), 2);
    assert_eq!(home.layout.days().unwrap().len(), 3);
    assert_eq!(std::fs::metadata(home.layout.database()).unwrap().modified().unwrap(), index, "left alone");

    std::fs::remove_dir_all(home.layout.log()).unwrap();
    std::fs::remove_file(home.layout.database()).unwrap();
    let keep = Keep { log: 90, content: 0 };
    assert_eq!(
        prune(&home.layout, keep, today, Prices::default(), &mut |_| {}).unwrap().unwrap().len(),
        1,
        "content without a log"
    );
}
