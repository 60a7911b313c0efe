//! A database that is cut, overwritten, deleted or replaced: also while an index has it open.

use std::fs::{self, OpenOptions};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::Path;

use rusqlite::Connection;
use telemetry_core::cost::Prices;
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::{RunSummary, Window, runs};
use telemetry_store::layout::Layout;

use super::{Home, home, run};

/// What the database says after whoever comes next has seen to it, the way a command does.
fn answers(home: &Home) -> Vec<RunSummary> {
    let asked = || {
        let mut index = Index::open(home.layout.clone(), Patience::Person)?;
        index.catch_up(None)?;
        runs(index.connection(), Window::default())
    };
    asked().unwrap_or_else(|error| {
        assert!(error.is_damage(), "{error}");
        Index::rebuild(&home.layout, Prices::default(), &mut |_| {}).unwrap();
        asked().unwrap()
    })
}

type Damage = fn(&Layout);

fn beside(layout: &Layout, suffix: &str) -> std::path::PathBuf {
    let mut name = layout.database().into_os_string();
    name.push(suffix);
    name.into()
}

fn cut(path: &Path, length: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

fn overwrite(path: &Path, from: u64, bytes: usize) {
    let mut file = OpenOptions::new().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    file.write_all(&vec![0x5a; bytes]).unwrap();
}

const DAMAGES: [(&str, Damage); 10] = [
    ("emptied", |layout| cut(&layout.database(), 0)),
    ("cut in its first page", |layout| cut(&layout.database(), 100)),
    ("cut to half", |layout| cut(&layout.database(), fs::metadata(layout.database()).unwrap().len() / 2)),
    ("overwritten from the beginning", |layout| overwrite(&layout.database(), 0, 20_000)),
    ("overwritten in the middle", |layout| overwrite(&layout.database(), 8_192, 60_000)),
    ("deleted, with the rest beside it", |layout| fs::remove_file(layout.database()).unwrap()),
    ("deleted with all that belongs to it", |layout| {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(layout, suffix));
        }
    }),
    ("replaced by another file", |layout| {
        fs::write(beside(layout, ".other"), "a poem\n".repeat(2_000)).unwrap();
        fs::rename(beside(layout, ".other"), layout.database()).unwrap();
    }),
    ("its runs taken out, and not what is told of them", |layout| {
        let connection = Connection::open(layout.database()).unwrap();
        connection.execute_batch("PRAGMA foreign_keys = off; DELETE FROM run; DELETE FROM log_file").unwrap();
    }),
    ("its write-ahead log overwritten", |layout| {
        let wal = beside(layout, "-wal");
        let length = fs::metadata(&wal).map_or(0, |file| file.len());
        if length > 0 {
            overwrite(&wal, 0, length as usize);
        }
    }),
];

#[test]
fn nobody_has_it_open() {
    for (what, damage) in DAMAGES {
        let home = home();
        for n in 0..40 {
            home.write(&run(n, &format!("s{n}"), true));
        }
        let before = answers(&home);
        damage(&home.layout);
        assert_eq!(answers(&home), before, "{what}");
        home.write(&run(99, "t", true));
        assert_eq!(answers(&home).len(), 41, "{what}");
    }
}

/// A host's index is open all the while. It may fail; it may not spoil what the next makes, and it comes back to it.
#[test]
fn a_host_has_it_open() {
    for (what, damage) in DAMAGES {
        let home = home();
        for n in 0..40 {
            home.write(&run(n, &format!("s{n}"), true));
        }
        let mut host = Index::open(home.layout.clone(), Patience::Host).unwrap();
        host.catch_up(None).unwrap();
        let before = runs(host.connection(), Window::default()).unwrap();
        damage(&home.layout);
        assert_eq!(answers(&home), before, "{what}");
        home.write(&run(98, "t", true));
        // One that fails is closed, and another opened later: what the plugin does.
        if host.catch_up(None).is_err() {
            drop(host);
            host = Index::open(home.layout.clone(), Patience::Host).unwrap();
            host.catch_up(None).unwrap();
        }
        assert_eq!(runs(host.connection(), Window::default()).unwrap().len(), 41, "{what}: the host's");
        assert_eq!(answers(&home).len(), 41, "{what}: the next command's");
    }
}
