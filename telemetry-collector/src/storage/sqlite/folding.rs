//! The write-ahead log, folded into the file by a thread of its own.
//!
//! SQLite would do it at the end of a commit, and from then on at the end of each as long as somebody reads: whoever sends would wait for
//! it. Here another connection copies beside who writes. What is written meanwhile is little, and is copied between two
//! transactions; then, in a moment in which nobody reads, the log begins anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::Connection;

use super::file::File;
use crate::storage::StorageError;

/// Pages after which the log is folded in: 16 MiB. What is changed again and again is copied once.
pub(super) const EVERY: i32 = 4_000;

/// How many times as much may be written meanwhile, before who writes waits: a disk that cannot keep up is not left behind for ever.
const MEANWHILE: i32 = 4;

/// Folds the log in, as long as it is asked to.
pub(super) struct Folding {
    /// Pages in the log after the last commit.
    pages: Arc<AtomicI32>,
    /// How many there were when it was looked at last: where there are fewer now, the log began anew.
    seen: i32,
    every: i32,
    /// How many there have to be.
    next: i32,
    is_under_way: bool,
    ask: Sender<()>,
    done: Receiver<()>,
}

impl Folding {
    /// Takes over from SQLite what `writer` would do by itself, `every` so many pages. The thread ends when this is dropped.
    pub fn start(file: &File, writer: &mut Connection, every: i32) -> Result<Self, StorageError> {
        let connection = file.connect()?;
        let pages = Arc::new(AtomicI32::new(0));
        let noted = pages.clone();
        writer.wal_hook(Some(move |_: &mut rusqlite::hooks::Wal, pages| {
            noted.store(pages, Ordering::Relaxed);
            Ok(())
        }))?;
        let ((ask, asked), (tell, done)) = (channel(), channel());
        std::thread::Builder::new()
            .name("collector-folding".into())
            .spawn(move || {
                while asked.recv().is_ok() {
                    fold(&connection);
                    if tell.send(()).is_err() {
                        return;
                    }
                }
            })
            .map_err(|error| StorageError::Unavailable(format!("no thread to fold its log in: {error}")))?;
        Ok(Folding { pages, seen: 0, every, next: every, is_under_way: false, ask, done })
    }

    /// Goes on with it. To be called by who writes, between two transactions.
    pub fn go_on(&mut self, writer: &Connection) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages < self.seen {
            self.next = self.every;
        }
        self.seen = pages;
        if self.is_under_way {
            let must_wait = pages >= self.next + self.every * MEANWHILE;
            let is_done = if must_wait { self.done.recv().is_ok() } else { self.done.try_recv().is_ok() };
            if is_done {
                self.is_under_way = false;
                fold(writer);
                self.next = pages + self.every;
            }
        } else if pages >= self.next {
            self.is_under_way = self.ask.send(()).is_ok();
        }
    }
}

/// Copies what is committed and nobody reads in the file any more, without waiting for anybody. What went wrong goes wrong with the next
/// commit too, which says so.
fn fold(connection: &Connection) {
    let _ = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: i64 = 4_096;

    /// Writes so many pages, ten in each transaction.
    fn write(connection: &Connection, folding: &mut Folding, pages: i64) {
        for _ in 0..pages / 10 {
            connection.execute("INSERT INTO filler VALUES (zeroblob(?1))", [PAGE * 10]).unwrap();
            folding.go_on(connection);
        }
    }

    #[test]
    fn the_log_begins_anew_whatever_is_written_and_grows_only_while_somebody_reads() {
        let folder = tempfile::tempdir().unwrap();
        let (file, mut connection) = File::open(&folder.path().join("collector.db")).unwrap();
        let mut folding = Folding::start(&file, &mut connection, 20).unwrap();
        connection.execute_batch("CREATE TABLE filler (bytes BLOB)").unwrap();
        let log = || std::fs::metadata(folder.path().join("collector.db-wal")).unwrap().len() as i64 / PAGE;
        // Every so many, what may be written meanwhile, and the transactions on either side.
        let most = 20 + 20 * i64::from(MEANWHILE) + 40;
        write(&connection, &mut folding, 2_000);
        assert!(log() < most, "{} pages", log());

        let reader = file.connect_to_read().unwrap();
        let count = |reader: &Connection| {
            reader.query_row("SELECT count(*) FROM filler", [], |row| row.get::<_, i64>(0)).unwrap()
        };
        let snapshot = reader.unchecked_transaction().unwrap();
        assert_eq!(count(&snapshot), 200);
        write(&connection, &mut folding, 1_000);
        assert!(log() > 1_000, "{} pages", log());
        assert_eq!(count(&snapshot), 200);
        drop(snapshot);
        assert_eq!(count(&reader), 300);

        // A log that begins anew is no shorter, but overwritten from its beginning.
        let longest = log();
        write(&connection, &mut folding, 2_000);
        assert!(log() < longest + most, "{} pages", log());
        assert_eq!(count(&reader), 500);
    }
}
