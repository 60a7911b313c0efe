//! What the collector takes of each wire, and its peers beside it: the same load from the same clients, in the same run.

use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use crate::client::{Seen, send};
use crate::copy::{Each, copied};
use crate::database::Database;
use crate::load::Load;
use crate::table::{grouped, heading, row};
use crate::target::Target;
use crate::{CONNECTIONS, PACE, hono, least, phoenix, server};

/// Spans a second of the fixed load.
const SPANS_PACE: u64 = 500;
/// How many times as long as was sent is waited for what was sent to be stored: Phoenix takes in a few seconds what it stores in
/// minutes, and what a second comes to is known before.
const PATIENCE: u32 = 4;

/// Comparisons over one kind of database.
pub struct Comparisons {
    pub name: &'static str,
    /// The URL of a server of PostgreSQL; SQLite without.
    pub server: Option<String>,
    /// How long each is sent to.
    pub time: Duration,
    /// What the title of a comparison must have in it to be made.
    pub words: Vec<String>,
    pub phoenix: Option<PathBuf>,
    pub bun: Option<PathBuf>,
}

impl Comparisons {
    pub fn make(&self) {
        self.batch();
        [100, 2_000].into_iter().for_each(|events| self.lines(events));
        [false, true].into_iter().for_each(|gzip| self.spans(gzip));
    }

    /// The wire of existing clients, beside the kind of collector that it comes from.
    fn batch(&self) {
        let load = Load::batch(100);
        let Some(title) = self.title(&load, &["events/s", "p50 ms", "p99 ms", "RSS MB"]) else { return };
        let ours = self.ours(&load);
        self.beside(&title, &ours, "one INSERT", &self.inserted(&load), "-");
        if let (Some(bun), Some(server)) = (&self.bun, &self.server) {
            println!("  a stand-in: Hono under Bun, 17 indexes, no rollups");
            let theirs = taken(&hono::start(bun, &Database::new(server)), &load, self.time);
            self.beside(&title, &ours, "Hono under Bun, a stand-in", &theirs, "ratio >= 3");
        }
    }

    /// Our own wire, beside the fastest way into the database.
    fn lines(&self, events: usize) {
        let load = Load::lines(events);
        let Some(title) = self.title(&load, &["events/s", "p50 ms", "p99 ms", "RSS MB"]) else { return };
        let ours = self.ours(&load);
        self.beside(&title, &ours, "one INSERT", &self.inserted(&load), "-");
        let Some(server) = &self.server else { return };
        let Database::Server(url) = Database::new(server) else { return };
        for (what, each) in [("a COPY a batch", Each::Batch), ("a COPY a connection", Each::Connection)] {
            let copied = copied(&url, &load, each, CONNECTIONS, self.time / 2);
            show(&format!("{what}, no index"), &copied, None);
            self.beside(&title, &ours, what, &copied, "ratio >= 0.5");
        }
    }

    /// OTLP, beside Phoenix. Its answers say that a request was read, ours that it is kept: so what counts is when it can be counted.
    fn spans(&self, gzip: bool) {
        let load = Load::spans(100, gzip);
        let columns = ["answered/s", "stored/s", "p50 ms", "p99 ms", "refused", "RSS MB"];
        let Some(title) = self.title(&load, &columns) else { return };
        let home = tempfile::tempdir().expect("a folder");
        let database = self.database().unwrap_or_else(|| server::file(home.path()));
        let target = server::start(home.path(), &database);
        let ours = stored("the collector", &target, &database, server::STORED, &load, self.time);
        drop(target);
        let Some(python) = &self.phoenix else { return };
        let folder = tempfile::tempdir().expect("a folder");
        let database = self.database().unwrap_or_else(|| phoenix::file(folder.path()));
        let target = phoenix::start(python, folder.path(), &database);
        let theirs = stored("Phoenix", &target, &database, phoenix::STORED, &load, self.time);
        figure(&format!("{title}, answered"), ours.0, "Phoenix", theirs.0, "-");
        figure(&format!("{title}, stored"), ours.1, "Phoenix", theirs.1, "-");
    }

    /// Prints the title of a comparison and its columns; nothing where the comparison is not wanted.
    fn title(&self, load: &Load, columns: &[&str]) -> Option<String> {
        let coding = match load.path {
            "/v1/traces" if load.gzip => ", gzip",
            "/v1/traces" => ", plain",
            _ => "",
        };
        let title = format!("{}, {} a request to {}{coding}", self.name, load.events, load.path);
        if !self.words.iter().all(|word| title.contains(word.as_str())) {
            return None;
        }
        heading(&title, columns);
        Some(title)
    }

    /// A database of its own, where there is a server.
    fn database(&self) -> Option<Database> {
        self.server.as_deref().map(Database::new)
    }

    fn ours(&self, load: &Load) -> Seen {
        let home = tempfile::tempdir().expect("a folder");
        let database = self.database().unwrap_or_else(|| server::file(home.path()));
        taken(&server::start(home.path(), &database), load, self.time)
    }

    fn inserted(&self, load: &Load) -> Seen {
        let folder = tempfile::tempdir().expect("a folder");
        let inserted = match self.database() {
            Some(Database::Server(url)) => least::postgres(&url, load, CONNECTIONS, self.time / 2),
            _ => least::sqlite(folder.path(), load, CONNECTIONS, self.time / 2),
        };
        show("one statement a batch, no index", &inserted, None);
        inserted
    }

    fn beside(&self, title: &str, ours: &Seen, peer: &str, theirs: &Seen, bar: &str) {
        figure(title, ours.per_second(), peer, theirs.per_second(), bar);
    }
}

/// Sends as fast as answers come, and at the fixed load. Returns the first.
fn taken(target: &Target, load: &Load, time: Duration) -> Seen {
    let requests = AtomicU64::new(0);
    let send = |pace, time| send(target, load, CONNECTIONS, pace, time, &requests);
    send(None, time / 5);
    let fast = send(None, time);
    show("as fast as answers come", &fast, Some(target));
    show(&format!("{} events/s", grouped(PACE)), &send(Some(PACE), time), Some(target));
    fast
}

/// The same of spans, and waits until what was taken can be counted by `count`. Returns how many a second were answered and how many were
/// stored.
fn stored(
    who: &str,
    target: &Target,
    database: &Database,
    count: &str,
    load: &Load,
    time: Duration,
) -> (u64, u64) {
    let (requests, mut taken) = (AtomicU64::new(0), 0);
    let mut send = |pace, time| {
        let (began, before) = (Instant::now(), database.count(count));
        let seen = send(target, load, CONNECTIONS, pace, time, &requests);
        taken += seen.events;
        let (counted, at) = database.counted(count, taken, began + time * PATIENCE);
        if counted != taken {
            eprintln!(
                "{who} has taken {taken} spans and stored {counted} of them {:.0?} later",
                began.elapsed()
            );
        }
        let stored = (counted - before) as f64 / (at - began).as_secs_f64();
        (seen, stored as u64)
    };
    // What comes up is not measured. The fixed load is first, because the other leaves something to do.
    send(Some(SPANS_PACE), time / 5);
    let fixed = send(Some(SPANS_PACE), time);
    let fast = send(None, time);
    let paced = format!("{} spans/s", grouped(SPANS_PACE));
    for (what, (seen, stored)) in [("as fast as answers come", &fast), (&paced, &fixed)] {
        let ms = |percent| format!("{:.1}", seen.percentile(percent));
        let (answered, refused) = (grouped(seen.per_second()), grouped(seen.refused));
        let cells = [answered, grouped(*stored), ms(50), ms(99), refused, target.resident().to_string()];
        row(&format!("{who}, {what}"), &cells);
    }
    (fast.0.per_second(), fast.1)
}

fn show(what: &str, seen: &Seen, target: Option<&Target>) {
    let resident = target.map_or("-".to_owned(), |target| target.resident().to_string());
    let ms = |percent| format!("{:.1}", seen.percentile(percent));
    row(what, &[grouped(seen.per_second()), ms(50), ms(99), resident]);
}

/// A row of the table of all benches.
fn figure(title: &str, ours: u64, peer: &str, theirs: u64, bar: &str) {
    let ratio = ours as f64 / theirs as f64;
    let (ours, theirs) = (grouped(ours), grouped(theirs));
    println!("row\tcollector: {title}\t{ours}/s\t{peer}\t{theirs}/s\t{ratio:.2}\t{bar}");
}
