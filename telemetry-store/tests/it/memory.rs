//! A log that is larger than what there is room for.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;

use telemetry_core::codec;
use telemetry_core::cost::Prices;
use telemetry_core::event::Extra;
use telemetry_core::time::UnixNanos;
use telemetry_store::index::Index;

use super::{home, run};

/// Sessions in the log, of four events each.
const SESSIONS: u128 = 1_000;
/// What another version may have added to a line.
const MORE_BYTES: usize = 64 << 10;
/// What making the index anew may take beside what the process had: 32 MiB of page cache, three chunks of events, and the
/// arenas and the stack of the thread that reads. All events at once would take more.
const ROOM: u64 = 192 << 20;

/// Makes the index anew, by a process that gets no more addresses than this.
#[test]
fn an_index_is_made_of_a_log_of_any_size_in_the_same_memory() {
    const ALONE: &str = "TELEMETRY_TEST_ALONE";
    if std::env::var_os(ALONE).is_none() {
        let mut itself = Command::new(std::env::current_exe().unwrap());
        itself.args([
            "memory::an_index_is_made_of_a_log_of_any_size_in_the_same_memory",
            "--exact",
            "--test-threads=1",
        ]);
        let ran = itself.env(ALONE, "1").output().unwrap();
        let said = String::from_utf8_lossy(&ran.stdout);
        assert!(
            ran.status.success() && said.contains("1 passed"),
            "{said}{}",
            String::from_utf8_lossy(&ran.stderr)
        );
        return;
    }
    let home = home();
    let layout = &home.layout;
    layout.create_log().unwrap();
    let mut log = BufWriter::new(File::create(layout.log_of(UnixNanos(super::NEW_YEAR).day())).unwrap());
    let more = serde_json::json!({ "from_the_future": "x".repeat(MORE_BYTES) });
    let more = Extra::new(more.as_object().unwrap().clone());
    let (mut line, mut bytes, mut events) = (Vec::new(), 0, 0);
    for number in 0..SESSIONS {
        for mut event in run(number, &format!("session {number}"), true) {
            event.extra = more.clone();
            line.clear();
            codec::encode(&event, &mut line);
            log.write_all(&line).unwrap();
            (bytes, events) = (bytes + line.len() as u64, events + 1);
        }
    }
    log.into_inner().unwrap();
    assert!(bytes > ROOM, "{bytes} bytes of log");
    let limit = addresses() + ROOM;
    let limited = Command::new("prlimit")
        .args([format!("--pid={}", std::process::id()), format!("--as={limit}")])
        .status();
    assert!(limited.unwrap().success(), "prlimit is of util-linux");
    assert_eq!(Index::rebuild(layout, Prices::default(), &mut |_| {}).unwrap().read, events);
}

/// All addresses this process has, in bytes.
fn addresses() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').next().unwrap().parse::<u64>().unwrap() * 4096
}
