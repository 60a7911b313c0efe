//! The one connection that writes, on a thread of its own.
//!
//! SQLite takes one writer at a time, so they line up here and not at its lock. Those who wait together share a transaction, and
//! so the sync at its end, which is what takes long; each but the first is in a savepoint, and who fails takes nobody along. They are
//! answered when it is on the disk.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::file::File;
use super::folding::{self, Folding};
use crate::storage::StorageError;

/// How many share a transaction at most: with more of them the first waits longer than a sync takes.
const TOGETHER: usize = 64;

/// Told whether what was written is on the disk.
type Answer = Box<dyn FnOnce(Result<(), StorageError>) + Send>;

/// Something to write, in a transaction that was begun or could not be, and whether it is the first in there.
type Work = Box<dyn FnOnce(Result<&Connection, StorageError>, bool) -> Answer + Send>;

/// Who writes.
pub(super) struct Writer {
    waiting: Sender<Work>,
}

impl Writer {
    /// Starts the thread. It ends when the last who waits is answered and this is dropped.
    pub fn start(file: File, mut connection: Connection) -> Result<Self, StorageError> {
        let (waiting, work) = channel();
        let folding = Folding::start(&file, &mut connection, folding::EVERY)?;
        std::thread::Builder::new()
            .name("collector-writer".into())
            .spawn(move || write_all(&file, &connection, &work, folding))
            .map_err(|error| StorageError::Unavailable(format!("no thread for its writer: {error}")))?;
        Ok(Writer { waiting })
    }

    /// Does `work` in a transaction; what it returns is on the disk. What it wrote before an error is undone.
    pub async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StorageError> + Send + 'static,
    ) -> Result<T, StorageError> {
        let (answer, answered) = oneshot::channel();
        let work: Work = Box::new(move |begun, is_first| {
            let done = begun.and_then(|connection| match is_first {
                true => as_first(connection, work),
                false => in_savepoint(connection, work),
            });
            // Who does not wait any more has no use for an answer.
            Box::new(move |committed| drop(answer.send(committed.and(done))))
        });
        let gone = || StorageError::Broken("its writer is gone".into());
        self.waiting.send(work).map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

fn write_all(file: &File, connection: &Connection, waiting: &Receiver<Work>, mut folding: Folding) {
    while let Ok(first) = waiting.recv() {
        let begun = file.is_in_place().and_then(|()| Ok(connection.execute_batch("BEGIN IMMEDIATE")?));
        let mut answers = Vec::new();
        let mut next = Some(first);
        while let Some(work) = next {
            answers.push(work(begun.clone().map(|()| connection), answers.is_empty()));
            // An error may have ended the whole transaction: nobody may write on without one.
            let is_lost = begun.is_ok() && connection.is_autocommit();
            next = if answers.len() < TOGETHER && !is_lost { waiting.try_recv().ok() } else { None };
        }
        let committed = begun.and_then(|()| Ok(connection.execute_batch("COMMIT")?));
        if committed.is_err() && !connection.is_autocommit() {
            // Nothing can be done about an error: the next transaction cannot begin then, and says so.
            let _ = connection.execute_batch("ROLLBACK");
        }
        for answer in answers {
            answer(committed.clone());
        }
        folding.go_on(connection);
    }
}

/// Without a savepoint, for which each page is copied before it is changed: what fails takes the transaction along, in which nothing
/// else is yet, and the others have another.
fn as_first<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    let done = attempt(connection, work);
    if done.is_err() {
        if !connection.is_autocommit() {
            connection.execute_batch("ROLLBACK")?;
        }
        connection.execute_batch("BEGIN IMMEDIATE")?;
    }
    done
}

fn in_savepoint<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    connection.execute_batch("SAVEPOINT one")?;
    let done = attempt(connection, work);
    if done.is_err() && !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK TO one")?;
    }
    if !connection.is_autocommit() {
        connection.execute_batch("RELEASE one")?;
    }
    done
}

fn attempt<T>(
    connection: &Connection,
    work: impl FnOnce(&Connection) -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    catch_unwind(AssertUnwindSafe(|| work(connection)))
        .unwrap_or_else(|_| Err(StorageError::Broken("a bug of ours: writing panicked".into())))
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn who_fails_takes_nobody_along_wherever_they_stand() {
        let folder = tempfile::tempdir().unwrap();
        let (file, connection) = File::open(&folder.path().join("collector.db")).unwrap();
        connection.execute_batch("CREATE TABLE written (n INTEGER)").unwrap();
        let writer = Writer::start(file.clone(), connection).unwrap();
        let write = |n: i64, and: fn() -> Result<(), StorageError>| {
            writer.write(move |connection| {
                connection.execute("INSERT INTO written VALUES (?1)", [n])?;
                and()
            })
        };
        let fails = || Err(StorageError::Broken("it fails".into()));
        // The first waits until all of them are there, so they share a transaction.
        let (all_are_there, come) = mpsc::channel();
        let first = writer.write(move |connection| {
            connection.execute("INSERT INTO written VALUES (1)", [])?;
            come.recv().map_err(|_| StorageError::Broken("they never came".into()))?;
            Err::<(), _>(StorageError::Broken("it fails".into()))
        });
        let others = async { all_are_there.send(()) };
        let (first, second, third, fourth, fifth, _) = tokio::join!(
            first,
            write(2, || Ok(())),
            write(3, fails),
            write(4, || panic!("as a bug would")),
            write(5, || Ok(())),
            others
        );
        assert_eq!(
            [first, second, third, fourth, fifth].map(|done| done.is_ok()),
            [false, true, false, false, true]
        );
        let kept = file.connect_to_read().unwrap();
        let mut kept = kept.prepare("SELECT n FROM written ORDER BY n").unwrap();
        let kept: Vec<i64> = kept.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
        assert_eq!(kept, [2, 5]);
    }
}
