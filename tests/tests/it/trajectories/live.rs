//! Files that grow: whatever happens in between, they come to what an export of all writes.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};
use telemetry_core::content::Content;
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::event::Event;
use telemetry_core::source::Source as _;
use telemetry_core::time::UnixNanos;
use telemetry_export::atif::{self, Atif, Subagents};
use telemetry_export::atof::{self, Atof, Filename, Mode};
use telemetry_export::{Delivered, Exporter, Undelivered};
use telemetry_policy::redact::{CorrelationKey, KnownSecrets, Options, Redactor};
use telemetry_policy::{Gate, Settings};
use telemetry_store::content::ContentReader;
use telemetry_store::layout::Layout;
use telemetry_store::log::LogReader;
use telemetry_tests::{Home, Recording};

use super::{document, documents, home_with, lines, name, stream};

/// All that is recorded in a home, in the order in which an exporter gets it.
struct Records {
    gate: Gate,
    events: Vec<Event>,
    said: Vec<Content>,
}

impl Records {
    fn of(home: &Home) -> Self {
        let (layout, path) = (Layout::of(&home.path()), home.path());
        let (mut events, mut said) = (Vec::new(), Vec::new());
        let read = LogReader::new(layout.clone()).read(&mut |event| {
            events.push(event);
            true
        });
        read.unwrap();
        let read = ContentReader::new(layout).read(&mut |content| {
            said.push(content);
            true
        });
        read.unwrap();
        let (known, key) = (KnownSecrets::of(&path), CorrelationKey::of(&path));
        let redactor = Redactor::new(Options { pii: false, known, key });
        Records { gate: Gate::new(&Settings::load(&path)).with_redactor(Arc::new(redactor)), events, said }
    }

    /// Feeds some events and, before each, what was said until then.
    fn feed(&self, exporter: &mut dyn Exporter, events: std::ops::Range<usize>, said: &mut usize) {
        for event in &self.events[events] {
            while let Some(content) = self.said.get(*said).filter(|content| content.ts <= event.ts) {
                exporter.content(self.gate.clear(content.clone()));
                *said += 1;
            }
            exporter.event(self.gate.clear(event.clone()));
        }
    }

    /// Feeds all of them, so many at a time, to an exporter that is made anew from its state after each delivery. With
    /// `crashes` every delivery happens twice: its process died before it could remember the first.
    fn deliver<E: Exporter>(&self, make: impl Fn(Value) -> E, at_a_time: usize, crashes: bool) -> u64 {
        let (mut state, mut said, mut at, mut items) = (Value::Null, 0, 0, 0);
        while at < self.events.len() {
            let next = (at + at_a_time).min(self.events.len());
            let last = next == self.events.len();
            let once = |said: &mut usize| {
                // As it lies on the disk.
                let mut exporter = make(serde_json::from_str(&state.to_string()).unwrap());
                self.feed(&mut exporter, at..next, said);
                if last {
                    exporter.finish();
                }
                let delivered = exporter.deliver(UnixNanos(0)).unwrap();
                (exporter.state(), delivered.items)
            };
            if crashes {
                once(&mut said.clone());
            }
            let delivered = once(&mut said);
            (state, items) = (delivered.0, items + delivered.1);
            at = next;
        }
        items
    }
}

fn prices() -> Prices {
    Prices::new(Overrides::default())
}

fn to_stream(folder: &Path) -> impl Fn(Value) -> Atof {
    let filename = Filename::fixed("stream.jsonl").unwrap();
    let config = atof::Config { directory: folder.to_owned(), filename, mode: Mode::Append };
    move |state| Atof::resume(config.clone(), prices(), state).unwrap()
}

fn to_documents(folder: &Path) -> impl Fn(Value) -> Atif {
    let config = atif::Config::plain(folder.to_owned(), Subagents::All);
    move |state| Atif::resume(config.clone(), prices(), state).unwrap()
}

fn sorted(lines: Vec<Value>) -> Vec<String> {
    let mut lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    lines.sort();
    lines
}

/// What is in a folder of documents, without where they say it is.
fn told(folder: &Path) -> Vec<(String, Value)> {
    let mut documents: Vec<(String, Value)> =
        telemetry_tests::home::files_below(folder).iter().map(|path| (name(path), document(path))).collect();
    documents.iter_mut().for_each(|(_, document)| forget_places(document));
    documents
}

fn forget_places(document: &mut Value) {
    document["extra"].as_object_mut().unwrap().remove("telemetry");
}

fn folder(home: &Home, name: &str) -> PathBuf {
    home.root().join(name)
}

#[test]
fn files_come_to_what_an_export_of_all_writes_wherever_they_were_broken_off() {
    for recording in Recording::all() {
        let home = home_with(true, [&recording]);
        let records = Records::of(&home);
        let expected = sorted(stream(&home, &[]));
        let mut all = documents(&home, &["--subagents", "all"]);
        all.iter_mut().for_each(|(_, document)| forget_places(document));
        for (at_a_time, crashes) in [(1, false), (3, true), (usize::MAX / 2, false)] {
            let said = format!("{} by {at_a_time}", recording.name);
            let streams = folder(&home, &format!("stream-{at_a_time}"));
            let items = records.deliver(to_stream(&streams), at_a_time, crashes);
            let written = lines(&fs::read_to_string(streams.join("stream.jsonl")).unwrap());
            assert_eq!(sorted(written), expected, "{said}");
            assert!(crashes || items == expected.len() as u64, "{said}");
            let files = folder(&home, &format!("documents-{at_a_time}"));
            records.deliver(to_documents(&files), at_a_time, crashes);
            assert_eq!(told(&files), all, "{said}");
        }
    }
}

/// The state is lost, and all of the log comes again.
#[test]
fn what_is_in_a_file_is_not_written_again() {
    let home = home_with(true, &Recording::all());
    let records = Records::of(&home);
    let (streams, files) = (folder(&home, "stream"), folder(&home, "documents"));
    records.deliver(to_stream(&streams), 50, false);
    records.deliver(to_documents(&files), 50, false);
    let bytes = || {
        let mut files = telemetry_tests::home::files_below(&files);
        files.push(streams.join("stream.jsonl"));
        files.iter().map(|path| fs::read(path).unwrap()).collect::<Vec<_>>()
    };
    let before = bytes();
    assert_eq!(records.deliver(to_stream(&streams), 50, false), 0);
    assert_eq!(records.deliver(to_documents(&files), 50, false), 0);
    assert_eq!(bytes(), before);
}

/// Half a line at the end of a file: taken back if it is one of ours, closed if it is somebody else's.
#[test]
fn a_torn_line_costs_nothing() {
    let home = home_with(true, [&Recording::named("tool")]);
    let records = Records::of(&home);
    let whole = sorted(stream(&home, &[]));
    for (torn, foreign) in [(1, ""), (100, ""), (100, "{\"somebody\":\"els")] {
        let streams = folder(&home, &format!("stream-{torn}-{}", foreign.len()));
        let path = streams.join("stream.jsonl");
        records.deliver(to_stream(&streams), usize::MAX / 2, false);
        let text = fs::read_to_string(&path).unwrap();
        let text = if foreign.is_empty() { text[..text.len() - torn].to_owned() } else { text + foreign };
        fs::write(&path, text).unwrap();
        records.deliver(to_stream(&streams), usize::MAX / 2, false);
        let text = fs::read_to_string(&path).unwrap();
        let (foreign_lines, ours): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| *line == foreign);
        assert_eq!(sorted(lines(&ours.join("\n"))), whole);
        assert_eq!(foreign_lines.len(), usize::from(!foreign.is_empty()));
    }
}

#[test]
fn a_file_that_others_write_to_or_take_away_is_gone_on_with() {
    let home = home_with(true, [&Recording::named("interactive_2turns")]);
    let records = Records::of(&home);
    let streams = folder(&home, "stream");
    let path = streams.join("stream.jsonl");
    let make = to_stream(&streams);
    let half = records.events.iter().position(|event| event.body.kind() == "turn_ended").unwrap() + 1;
    let mut exporter = make(Value::Null);
    let mut said = 0;
    records.feed(&mut exporter, 0..half, &mut said);
    exporter.deliver(UnixNanos(0)).unwrap();
    let state = exporter.state();
    let first = fs::read_to_string(&path).unwrap();
    let go_on = |before: &str| {
        fs::write(&path, before).unwrap();
        let mut exporter = make(state.clone());
        records.feed(&mut exporter, half..records.events.len(), &mut said.clone());
        exporter.deliver(UnixNanos(0)).unwrap();
        fs::read_to_string(&path).unwrap()
    };
    let whole = go_on(&first);
    let second = whole.strip_prefix(&first).unwrap();
    let others = format!("{first}{{\"of\":\"others\"}}\n");
    assert_eq!(go_on(&others), format!("{others}{second}"));
    assert_eq!(go_on(""), second);
}

/// A disk that is full: nothing of it is written, and all of it later.
#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_waited_for() {
    crate::full_disk::alone(
        "trajectories::live::a_full_disk_is_waited_for",
        r#"trap "" XFSZ; exec "$@""#,
        || {
            let home = home_with(true, [&Recording::named("interactive_2turns")]);
            let records = Records::of(&home);
            let (streams, files) = (folder(&home, "stream"), folder(&home, "documents"));
            let feed = |exporter: &mut dyn Exporter| -> Result<Delivered, Undelivered> {
                records.feed(exporter, 0..records.events.len(), &mut 0);
                exporter.finish();
                exporter.deliver(UnixNanos(0))
            };
            crate::full_disk::limit("1000");
            for exporter in [
                &mut to_stream(&streams)(Value::Null) as &mut dyn Exporter,
                &mut to_documents(&files)(Value::Null),
            ] {
                let failed = feed(exporter).unwrap_err();
                assert!(failed.temporary && failed.message.starts_with("cannot write "), "{failed:?}");
            }
            assert_eq!(fs::read_to_string(streams.join("stream.jsonl")).unwrap(), "");
            assert_eq!(telemetry_tests::home::files_below(&files), [] as [PathBuf; 0]);
            crate::full_disk::limit("unlimited");
            feed(&mut to_stream(&streams)(Value::Null)).unwrap();
            feed(&mut to_documents(&files)(Value::Null)).unwrap();
            let written = lines(&fs::read_to_string(streams.join("stream.jsonl")).unwrap());
            assert_eq!(sorted(written), sorted(stream(&home, &[])));
            let mut all = documents(&home, &[]);
            all.iter_mut().for_each(|(_, document)| forget_places(document));
            assert_eq!(told(&files), all);
        },
    );
}

#[test]
fn a_document_that_was_edited_keeps_the_edit_and_one_of_others_is_replaced() {
    let home = home_with(true, [&Recording::named("interactive_2turns")]);
    let records = Records::of(&home);
    let files = folder(&home, "documents");
    let make = to_documents(&files);
    let half = records.events.iter().position(|event| event.body.kind() == "turn_ended").unwrap() + 1;
    let mut exporter = make(Value::Null);
    let mut said = 0;
    records.feed(&mut exporter, 0..half, &mut said);
    assert_eq!(exporter.deliver(UnixNanos(0)).unwrap().items, 1);
    let state = exporter.state();
    let path = telemetry_tests::home::files_below(&files).remove(0);
    let first = fs::read_to_string(&path).unwrap();
    let go_on = |before: &[u8]| {
        fs::write(&path, before).unwrap();
        let mut exporter = make(state.clone());
        records.feed(&mut exporter, half..records.events.len(), &mut said.clone());
        let delivered = exporter.deliver(UnixNanos(0)).unwrap();
        let written = document(&path);
        assert_eq!(super::atif::broken(&written), [] as [String; 0]);
        (written, delivered.notes)
    };
    let (whole, notes) = go_on(first.as_bytes());
    assert_eq!((whole["steps"].as_array().unwrap().len(), notes.len()), (4, 0));
    let (edited, _) = go_on(first.replace("First turn", "Something else").as_bytes());
    assert_eq!(edited["steps"][0]["message"], "Something else");
    assert_eq!(edited["steps"].as_array().unwrap()[1..], whole["steps"].as_array().unwrap()[1..]);
    let mut pretty = serde_json::to_vec_pretty(&serde_json::from_str::<Value>(&first).unwrap()).unwrap();
    let (again, _) = go_on(&pretty);
    assert_eq!(again["steps"], whole["steps"]);
    pretty.truncate(pretty.len() / 2);
    for other in [&pretty[..], b"", b"\n", b"{}", b"\xff\n]", &vec![b'x'; 40_000]] {
        let (new, notes) = go_on(other);
        assert_eq!(new["steps"][0]["message"], "Second turn");
        assert_eq!(notes.len(), 1);
    }
}

#[test]
fn a_file_begun_anew_is_emptied_once() {
    let home = home_with(true, [&Recording::named("plain")]);
    let records = Records::of(&home);
    let streams = folder(&home, "stream");
    fs::create_dir(&streams).unwrap();
    let path = streams.join("stream.jsonl");
    let mut before = OpenOptions::new().append(true).create(true).open(&path).unwrap();
    before.write_all(b"{\"of\":\"before\"}\n").unwrap();
    let filename = Filename::fixed("stream.jsonl").unwrap();
    let config = atof::Config { directory: streams, filename, mode: Mode::Overwrite };
    records.deliver(|state| Atof::resume(config.clone(), prices(), state).unwrap(), 2, false);
    assert_eq!(sorted(lines(&fs::read_to_string(&path).unwrap())), sorted(stream(&home, &[])));
}

#[test]
fn a_state_of_something_else_is_refused() {
    let directory = std::env::temp_dir();
    let plain = atif::Config::plain(directory.clone(), Subagents::Embedded);
    for state in [json!(7), json!({"feed": 1}), json!({"said": []})] {
        assert!(Atif::resume(plain.clone(), prices(), state.clone()).is_err(), "{state}");
        let filename = Filename::fixed("s").unwrap();
        let config = atof::Config { directory: directory.clone(), filename, mode: Mode::Append };
        assert!(Atof::resume(config, prices(), state.clone()).is_err(), "{state}");
    }
}
