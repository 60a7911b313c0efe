use std::fs;
use std::io::Write as _;

use telemetry_core::content::Content;
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::sink::Sink as _;
use telemetry_core::source::SourceSummary;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::Part;
use telemetry_store::content::{ContentReader, ContentWriter};
use telemetry_store::layout::Days;

use super::{Home, NEW_YEAR, home, run};

const DAY_NS: i64 = 86_400_000_000_000;

/// What two runs said on two days.
fn said() -> Vec<Content> {
    let piece = |at, run, part, body: &str| {
        let body = serde_json::value::to_raw_value(body).unwrap();
        Content::new(UnixNanos(NEW_YEAR + at), RunId(run), SpanId(7), part, 0, body)
    };
    vec![
        piece(0, 1, Part::UserMessage, "one\ntwo"),
        piece(1, 2, Part::UserMessage, &format!("tell me of run {}", RunId(1))),
        piece(DAY_NS, 1, Part::FinalAnswer, "three"),
    ]
}

fn write(home: &Home, content: &[Content]) {
    ContentWriter::new(home.layout.clone()).write(content).unwrap();
}

fn read(home: &Home) -> (Vec<Content>, SourceSummary) {
    let mut all = Vec::new();
    let summary = ContentReader::new(home.layout.clone())
        .read(&mut |content| {
            all.push(content);
            true
        })
        .unwrap();
    (all, summary)
}

#[test]
fn content_is_read_back_once_from_the_file_of_its_day() {
    let home = home();
    assert_eq!(read(&home), (vec![], SourceSummary::default()));
    write(&home, &said());
    write(&home, &said());
    let (all, summary) = read(&home);
    assert_eq!(all, said());
    assert_eq!(summary, SourceSummary { events: 3, duplicates: 3, unreadable: 0 });
    let days = home.layout.days_of(Days::Content).unwrap();
    assert_eq!(days.iter().map(|(day, _)| day.to_string()).collect::<Vec<_>>(), ["2026-01-01", "2026-01-02"]);
    assert_eq!(home.layout.days().unwrap(), [], "not in the log");
}

#[test]
fn a_run_is_read_without_what_others_say_of_it() {
    let home = home();
    write(&home, &said());
    let mut of_run = Vec::new();
    let summary = ContentReader::new(home.layout.clone())
        .of_run(RunId(1), &mut |content| {
            of_run.push(content);
            true
        })
        .unwrap();
    assert_eq!(of_run, [said().remove(0), said().remove(2)]);
    assert_eq!(summary, SourceSummary { events: 2, duplicates: 0, unreadable: 0 });
}

#[test]
fn a_torn_end_and_a_foreign_line_take_nothing_with_them() {
    let home = home();
    write(&home, &said()[..1]);
    let path = &home.layout.days_of(Days::Content).unwrap()[0].1;
    let mut file = fs::OpenOptions::new().append(true).open(path).unwrap();
    file.write_all(b"not ours\n{\"v\":1,\"content\":\"user_mess").unwrap();
    write(&home, &said()[1..]);
    let (all, summary) = read(&home);
    assert_eq!(all, said());
    assert_eq!(summary.unreadable, 2);
}

/// Nothing but what a chunk holds is in memory, however few records there are in it.
#[test]
fn long_content_comes_in_short_chunks() {
    use telemetry_store::days::LineReader;
    let home = home();
    let mut long = said().remove(0);
    long.body = serde_json::value::to_raw_value(&"x".repeat(3 << 20)).unwrap();
    for _ in 0..8 {
        write(&home, std::slice::from_ref(&long));
    }
    let path = &home.layout.days_of(Days::Content).unwrap()[0].1;
    let mut lines = LineReader::<Content>::open(path, 0).unwrap();
    let mut chunks = Vec::new();
    loop {
        let chunk = lines.next_chunk(4_096).unwrap();
        chunks.push(chunk.records.len());
        if chunk.at_end {
            break;
        }
    }
    assert_eq!(chunks, [6, 2]);
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    home.write(&run(1, "s", true));
    write(&home, &said());
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&home.layout.folder(Days::Content)), 0o700);
    assert_eq!(mode(&home.layout.days_of(Days::Content).unwrap()[0].1), 0o600);
}
