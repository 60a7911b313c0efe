use std::fs;

use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_store::index::{Index, Patience, Progress};
use telemetry_store::insights::{RunSummary, Window, runs};

use super::{Home, home, run};

fn open(home: &Home) -> Index {
    Index::open(home.layout.clone(), Patience::Person).unwrap()
}

fn answers(home: &Home) -> Vec<RunSummary> {
    let mut index = open(home);
    index.catch_up(None).unwrap();
    runs(index.connection(), Window::default()).unwrap()
}

#[test]
fn catching_up_reads_only_what_is_new() {
    let home = home();
    let events = run(1, "s", true);
    home.write(&events[..2]);
    let mut index = open(&home);
    assert_eq!(index.catch_up(None).unwrap(), Progress { added: 1, read: 2, complete: true });
    assert_eq!(index.catch_up(None).unwrap(), Progress { added: 0, read: 0, complete: true });
    home.write(&events[2..]);
    assert_eq!(index.catch_up(None).unwrap().read, 2);
    let found = runs(index.connection(), Window::default()).unwrap();
    assert_eq!((found.len(), found[0].outcome.as_str(), found[0].tokens.total()), (1, "completed", 12));
    assert_eq!(found[0].duration_ms, Some(8.0));
}

#[test]
fn an_event_written_twice_counts_once_however_the_log_was_read() {
    let home = home();
    let events = run(1, "s", true);
    home.write(&events);
    let once = answers(&home);
    home.write(&events);
    assert_eq!(answers(&home), once);
    Index::rebuild(&home.layout, Prices::default(), &mut |_| {}).unwrap();
    assert_eq!(answers(&home), once);
}

#[test]
fn every_order_of_a_log_gives_the_same_index() {
    let events: Vec<Event> = run(1, "one", true).into_iter().chain(run(2, "two", false)).collect();
    let expected = {
        let home = home();
        home.write(&events);
        answers(&home)
    };
    let mut order = events;
    for turn in 1..=order.len() {
        let home = home();
        order.rotate_left(turn);
        order.swap(0, turn % 4);
        // One event a time, so that every order of batches is one of transactions too.
        for event in &order {
            home.write(std::slice::from_ref(event));
            answers(&home);
        }
        assert_eq!(answers(&home), expected, "{turn}");
    }
}

#[test]
fn whoever_had_the_index_open_goes_on_after_it_was_made_anew() {
    let home = home();
    home.write(&run(1, "s", true));
    home.write(&run(2, "t", true));
    let mut index = open(&home);
    index.catch_up(None).unwrap();
    // The first run goes, so that row ids are other ones afterwards.
    fs::remove_file(&home.layout.days().unwrap()[0].1).unwrap();
    home.write(&run(2, "t", true));
    Index::rebuild(&home.layout, Prices::default(), &mut |_| {}).unwrap();
    home.write(&run(3, "u", true));
    index.catch_up(None).unwrap();
    let found = runs(index.connection(), Window::default()).unwrap();
    let sessions: std::collections::BTreeSet<_> =
        found.iter().filter_map(|run| run.session_id.as_deref()).collect();
    assert_eq!(sessions, ["t", "u"].into());
    assert!(found.iter().all(|run| run.model_calls == 1 && run.outcome == "completed"), "{found:?}");
}

#[test]
fn a_log_that_was_truncated_or_replaced_is_read_again() {
    let home = home();
    home.write(&run(1, "first", true));
    assert_eq!(answers(&home).len(), 1);
    let path = home.layout.days().unwrap()[0].1.clone();
    fs::write(&path, "").unwrap();
    home.write(&run(2, "second", true));
    // What the index knew stays; what the new file says is added.
    assert_eq!(answers(&home).len(), 2);
    Index::rebuild(&home.layout, Prices::default(), &mut |_| {}).unwrap();
    assert_eq!(answers(&home).len(), 1);
}

#[test]
fn damage_is_told_apart_and_mended_from_the_log() {
    let home = home();
    home.write(&run(1, "s", true));
    let before = answers(&home);
    fs::write(home.layout.database(), vec![0x55; 8_192]).unwrap();
    let error = Index::open(home.layout.clone(), Patience::Person).err().unwrap();
    assert!(error.is_damage(), "{error}");
    Index::rebuild(&home.layout, Prices::default(), &mut |_| {}).unwrap();
    assert_eq!(answers(&home), before);
}

#[test]
fn a_folder_in_the_place_of_the_database_is_named() {
    let home = home();
    fs::create_dir_all(home.layout.database()).unwrap();
    let error = Index::open(home.layout.clone(), Patience::Person).err().unwrap();
    assert!(!error.is_damage());
    assert!(error.to_string().contains("telemetry.db"), "{error}");
}

#[test]
fn a_database_of_a_newer_version_is_used_and_left_as_it_is() {
    let home = home();
    home.write(&run(1, "s", true));
    answers(&home);
    let index = open(&home);
    index
        .connection()
        .execute_batch("UPDATE tel_schema SET version = 99; ALTER TABLE run ADD COLUMN from_the_future TEXT")
        .unwrap();
    home.write(&run(2, "t", true));
    assert_eq!(answers(&home).len(), 2);
    let version: i64 =
        open(&home).connection().query_row("SELECT version FROM tel_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(version, 99);
}

#[test]
fn many_first_starts_at_once_agree() {
    let home = home();
    let sessions: Vec<String> = (0..16).map(|n| format!("s{n}")).collect();
    std::thread::scope(|scope| {
        for (n, session) in sessions.iter().enumerate() {
            let home = &home;
            scope.spawn(move || {
                home.write(&run(n as u128, session, true));
                answers(home);
            });
        }
    });
    let found = answers(&home);
    assert_eq!(found.len(), 16);
    assert_eq!(found.iter().map(|run| run.model_calls).sum::<i64>(), 16);
}

#[test]
fn rebuilding_leaves_readers_what_they_have_and_nothing_behind() {
    let home = home();
    home.write(&run(1, "s", true));
    answers(&home);
    let reader = open(&home);
    Index::rebuild(&home.layout, Prices::default(), &mut |_| {}).unwrap();
    assert_eq!(runs(reader.connection(), Window::default()).unwrap().len(), 1);
    drop(reader);
    let left: Vec<String> = fs::read_dir(home.layout.root())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("new"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}
