use std::fs;
use std::io::Write as _;

use telemetry_core::event::Event;
use telemetry_core::sink::Sink as _;
use telemetry_core::source::{Source as _, SourceSummary};
use telemetry_core::time::UnixNanos;
use telemetry_store::log::{LogReader, LogWriter};

use super::{Home, NEW_YEAR, home, run};

fn read(home: &Home) -> (Vec<Event>, SourceSummary) {
    let mut events = Vec::new();
    let summary = LogReader::new(home.layout.clone())
        .read(&mut |event| {
            events.push(event);
            true
        })
        .unwrap();
    (events, summary)
}

#[test]
fn what_is_written_is_read_back_once() {
    let home = home();
    let events = run(1, "s", true);
    home.write(&events);
    home.write(&events);
    let (back, summary) = read(&home);
    assert_eq!(back, events);
    assert_eq!((summary.events, summary.duplicates, summary.unreadable), (4, 4, 0));
}

#[test]
fn events_go_to_the_file_of_their_utc_day() {
    let home = home();
    let mut events = run(1, "s", true);
    events[3].ts = UnixNanos(NEW_YEAR + 86_400_000_000_000);
    home.write(&events);
    let days: Vec<String> = home.layout.days().unwrap().into_iter().map(|(day, _)| day.to_string()).collect();
    assert_eq!(days, ["2026-01-01", "2026-01-02"]);
    assert_eq!(read(&home).0, events);
}

#[test]
fn a_torn_end_takes_nothing_with_it() {
    let home = home();
    let events = run(1, "s", true);
    home.write(&events[..1]);
    let path = &home.layout.days().unwrap()[0].1;
    fs::OpenOptions::new()
        .append(true)
        .open(path)
        .unwrap()
        .write_all(b"{\"v\":1,\"event\":\"turn_st")
        .unwrap();
    home.write(&events[1..]);
    let (back, summary) = read(&home);
    assert_eq!(back, events);
    assert_eq!(summary.unreadable, 1);
}

#[test]
fn a_log_that_is_deleted_or_replaced_while_open_goes_on() {
    let home = home();
    let events = run(1, "s", true);
    let mut writer = LogWriter::new(home.layout.clone());
    writer.write(&events[..1]).unwrap();
    fs::remove_dir_all(home.layout.root()).unwrap();
    writer.write(&events[1..2]).unwrap();
    assert_eq!(read(&home).0, events[1..2]);

    let path = home.layout.days().unwrap()[0].1.clone();
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let error = writer.write(&events[2..3]).unwrap_err();
    assert!(error.to_string().contains("2026-01-01.jsonl"), "{error}");
    fs::remove_dir(&path).unwrap();
    writer.write(&events[2..]).unwrap();
    assert_eq!(read(&home).0, events[2..]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    home.write(&run(1, "s", true));
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(home.layout.root()), 0o700);
    assert_eq!(mode(&home.layout.log()), 0o700);
    assert_eq!(mode(&home.layout.days().unwrap()[0].1), 0o600);
}

#[test]
fn foreign_files_in_the_folder_are_left_alone() {
    let home = home();
    home.write(&run(1, "s", true));
    for name in ["notes.txt", "2026-13-01.jsonl", "2026-01-01.jsonl.bak", ".jsonl"] {
        fs::write(home.layout.log().join(name), "not ours").unwrap();
    }
    fs::create_dir(home.layout.log().join("2026-01-03.jsonl")).unwrap();
    assert_eq!(read(&home).0.len(), 4);
}

#[test]
fn whoever_watches_hears_how_much_is_read() {
    let home = home();
    let mut events = run(1, "s", true);
    events[3].ts = UnixNanos(NEW_YEAR + 86_400_000_000_000);
    home.write(&events);
    let files = home.layout.days().unwrap();
    let lengths: Vec<u64> = files.iter().map(|(_, path)| path.metadata().unwrap().len()).collect();
    let mut heard = Vec::new();
    let reader = LogReader::new(home.layout.clone());
    let summary = reader.read_watched(&mut |_| true, &mut |done, total| heard.push((done, total))).unwrap();
    assert_eq!(summary.events, 4);
    let total = lengths[0] + lengths[1];
    assert_eq!(heard, [(lengths[0], total), (total, total)]);
}
