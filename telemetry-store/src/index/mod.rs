//! The index: SQLite tables made from the log, kept up by whoever runs next.

mod apply;
mod catch_up;
mod crossings;
mod facts;
mod files;
mod gathered;
mod lost;
mod names;
mod price;
mod reprice;
mod schema;
mod scratch;
pub(crate) mod stale;
mod verdicts;

use std::collections::{HashMap, HashSet};
use std::fs::Metadata;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use telemetry_core::budget::Budget;
use telemetry_core::cost::Prices;
use telemetry_core::time::UnixNanos;

pub use catch_up::{Progress, Reading, Watch, Work};
pub use reprice::{Known, ModelChange, Repriced, StatusChange};
pub use schema::SCHEMA_VERSION;
pub use scratch::Scratch;

use crate::columns;
use crate::error::StoreError;
use crate::identity::is_in_place;
use crate::layout::Layout;
use files::Draft;
use names::Names;

/// Maps of row numbers, ids and words, which an event asks a dozen times. The hash is fast, and its seed another in each
/// process: the standard library's, which withstands more, took a twelfth of the time of indexing.
type Map<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
/// The same for sets.
type Set<K> = HashSet<K, foldhash::fast::RandomState>;

/// How patient to be with another process that is writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// A person waits for an answer: up to 30 seconds.
    Person,
    /// Inside a host: somebody else is indexing, so leave it to them.
    Host,
}

impl Patience {
    fn busy_timeout(self) -> Duration {
        match self {
            Patience::Person => Duration::from_secs(30),
            Patience::Host => Duration::from_millis(20),
        }
    }
}

/// The index of one home.
pub struct Index {
    layout: Layout,
    connection: Connection,
    names: Names,
    prices: Prices,
    /// The database and how it was opened, where it is a file that others may replace.
    opened: Option<(Metadata, Patience)>,
}

impl Index {
    /// Opens the index, making or migrating it if need be. A database of a newer version is used as it is.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the folder cannot be made, [`StoreError::Busy`], or [`StoreError::Database`].
    pub fn open(layout: Layout, patience: Patience) -> Result<Self, StoreError> {
        layout.create_log().map_err(StoreError::io(layout.root()))?;
        let path = layout.database();
        if path.is_dir() {
            let kind = std::io::Error::new(std::io::ErrorKind::IsADirectory, "is a folder, not a database");
            return Err(StoreError::Io { path, source: kind });
        }
        files::make(&path).map_err(StoreError::io(&path))?;
        if files::is_cut(&path) {
            return Err(StoreError::damage("it was cut to nothing"));
        }
        let connection = Connection::open_with_flags(
            &path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        connection.busy_timeout(patience.busy_timeout())?;
        use_wal(&connection, patience)?;
        if patience == Patience::Person {
            make_room(&connection)?;
        }
        let opened = std::fs::metadata(&path).map_err(StoreError::io(&path))?;
        let index = Self::with(layout, connection)?;
        Ok(Index { opened: Some((opened, patience)), ..index })
    }

    /// An index in memory, made from the log each time: for a home that cannot be written.
    ///
    /// # Errors
    /// [`StoreError::Database`] when there is no memory for it.
    pub fn in_memory(layout: Layout) -> Result<Self, StoreError> {
        Self::with(layout, Connection::open_in_memory()?)
    }

    fn with(layout: Layout, mut connection: Connection) -> Result<Self, StoreError> {
        set_up(&mut connection)?;
        Ok(Index { layout, connection, names: Names::default(), prices: Prices::default(), opened: None })
    }

    /// The index, pricing what it reads from now on with `prices`; without this it has the price table alone.
    pub fn priced_by(self, prices: Prices) -> Self {
        Index { prices, ..self }
    }

    /// The database, for queries.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// The database's file; `None` for one in memory.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        self.opened.as_ref().map(|_| self.layout.database())
    }

    /// The database, for who needs no index any more.
    pub(crate) fn into_connection(self) -> Connection {
        self.connection
    }

    /// Makes the index anew from the log, beside the old one, and copies it over the old one in one transaction:
    /// readers see the old or the new, never half. A damaged database is replaced. Calls are priced by `prices`. Returns what
    /// was read.
    ///
    /// # Errors
    /// As [`Index::open`]; also when the database was made by a newer version, which it would be taken back from.
    pub fn rebuild(layout: &Layout, prices: Prices, watch: Watch<'_>) -> Result<Progress, StoreError> {
        let path = layout.database();
        let draft = Draft::of(layout);
        let live = match Self::open(layout.clone(), Patience::Person) {
            Ok(live) => Some(live),
            Err(error) if error.is_damage() => None,
            Err(error) => return Err(error),
        };
        if let Some(live) = &live
            && schema::version(&live.connection)? > SCHEMA_VERSION
        {
            return Err(StoreError::Newer);
        }
        files::make(draft.path()).map_err(StoreError::io(draft.path()))?;
        let mut fresh = Self::with(layout.clone(), Connection::open(draft.path())?)?.priced_by(prices);
        make_room(&fresh.connection)?;
        // Nobody else sees a draft, and one that is spoilt is made again.
        fresh.connection.execute_batch(
            "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF; PRAGMA locking_mode = EXCLUSIVE",
        )?;
        let progress = fresh.catch_up_to_the_end(watch)?;
        match live {
            // Not a rename: other processes have the file open, and would go on with the old one and the new one's
            // write-ahead log.
            Some(mut live) => {
                copy(&fresh.connection, &mut live.connection)?;
            }
            None => {
                fresh.connection.close().map_err(|(_, error)| error)?;
                draft.put_in_place_of(&path).map_err(StoreError::io(&path))?;
            }
        }
        Ok(progress)
    }

    /// Reads what was added to the log since, for about `budget` if there is one. What remains of a budget goes into
    /// columns of days that are over, for the questions to come.
    ///
    /// # Errors
    /// As [`Index::open`]; what was read before the error is kept.
    pub fn catch_up(&mut self, budget: Option<Duration>) -> Result<Progress, StoreError> {
        let until = budget.map(|budget| Instant::now() + budget);
        self.follow()?;
        let progress = catch_up::catch_up(
            &self.layout,
            &mut self.connection,
            &mut self.names,
            &mut self.prices,
            until,
            None,
        )?;
        if let Some(until) = until.filter(|_| progress.complete)
            && stale::all_marked(&self.connection)?
        {
            // A day that goes on is stale again with its next event.
            let today = UnixNanos::now().day().start().0;
            columns::freshen(&self.connection, i64::MIN, today, &mut || Instant::now() < until)?;
        }
        Ok(progress)
    }

    /// Reads all that was added to the log since, telling `watch` how far it is.
    ///
    /// # Errors
    /// As [`Index::catch_up`].
    pub fn catch_up_to_the_end(&mut self, watch: Watch<'_>) -> Result<Progress, StoreError> {
        self.follow()?;
        catch_up::catch_up(
            &self.layout,
            &mut self.connection,
            &mut self.names,
            &mut self.prices,
            None,
            Some(watch),
        )
    }

    /// Prices all calls anew, with the index's prices. Goes on where an earlier one with the same rates was stopped; whoever
    /// indexes meanwhile is not held up for longer than a step of some thousand calls takes. With `keep` false nothing is kept:
    /// what would change is told.
    ///
    /// # Errors
    /// As [`Index::catch_up`]; the steps before the error are kept.
    pub fn reprice(&mut self, keep: bool, watch: Watch<'_>) -> Result<Repriced, StoreError> {
        self.follow()?;
        reprice::reprice(&mut self.connection, &mut self.names, &mut self.prices, keep, watch)
    }

    /// Calls that were priced with other rates than the index's prices.
    ///
    /// # Errors
    /// When the index cannot be read.
    pub fn outdated_calls(&self) -> Result<u64, StoreError> {
        Ok(self.connection.query_row(
            "SELECT coalesce(sum(calls), 0) FROM price_book WHERE rates <> ?1",
            [self.prices.fingerprint() as i64],
            |row| row.get::<_, i64>(0),
        )? as u64)
    }

    /// Opens the database again if it was deleted or replaced: rows written to the old one would be seen by nobody, and
    /// its write-ahead log has the name of the new one's.
    fn follow(&mut self) -> Result<(), StoreError> {
        match &self.opened {
            Some((opened, patience)) if !is_in_place(&self.layout.database(), opened) => {
                let fresh = Self::open(self.layout.clone(), *patience)?;
                *self = fresh.priced_by(std::mem::take(&mut self.prices));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Tells the log of processes that are gone without a word, so that their open runs are closed. Returns how many.
    ///
    /// # Errors
    /// When the index cannot be read or the log cannot be written.
    pub fn close_lost(&mut self) -> Result<usize, StoreError> {
        lost::close_lost(&self.layout, &self.connection)
    }

    /// Tells the log of the thresholds that `budgets` have crossed in the periods that are `now` in `zone`, and that nobody
    /// told it of. Returns how many. An index in memory tells nothing: its home cannot be written.
    ///
    /// # Errors
    /// When the index cannot be read or written, or the log cannot be written; what was not told is told the next time.
    pub fn note_crossings(
        &mut self,
        budgets: &[Budget],
        zone: &TimeZone,
        now: UnixNanos,
    ) -> Result<usize, StoreError> {
        if budgets.is_empty() || self.opened.is_none() {
            return Ok(0);
        }
        let (connection, names, prices) = (&mut self.connection, &mut self.names, &mut self.prices);
        let noted = crossings::note(&self.layout, connection, names, prices, budgets, zone, now);
        if noted.is_err() {
            // What a transaction that is undone has added is not there.
            self.names.clear();
        }
        noted
    }

    /// Has what the index is at end with an error as soon as `disturbed` says so.
    ///
    /// # Errors
    /// When the database is not to be had.
    pub fn give_way_to(&mut self, disturbed: Arc<AtomicBool>) -> Result<(), StoreError> {
        Ok(self.connection.progress_handler(1_000, Some(move || disturbed.load(Relaxed)))?)
    }

    /// Takes [`give_way_to`](Self::give_way_to) back.
    ///
    /// # Errors
    /// When the database is not to be had.
    pub fn give_way_to_nobody(&mut self) -> Result<(), StoreError> {
        Ok(self.connection.progress_handler(0, None::<fn() -> bool>)?)
    }
}

/// Makes a connection one to an index, with its tables.
fn set_up(connection: &mut Connection) -> Result<(), StoreError> {
    connection.set_prepared_statement_cache_capacity(96);
    // The log is the truth, so a power cut may cost the index its last transactions: they are made again.
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    // The references in the schema say what a column means; the log vouches for what is in it.
    connection.pragma_update(None, "foreign_keys", false)?;
    // The planner may not look at bound values: where it does, it prepares a statement anew for each.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    schema::migrate(connection)
}

/// Turns write-ahead logging on. SQLite's busy handler is not asked while it is (several processes that start
/// together see "database is locked"), so it is tried again; on a file system without shared memory the rollback
/// journal serves.
fn use_wal(connection: &Connection, patience: Patience) -> Result<(), StoreError> {
    let until = Instant::now() + patience.busy_timeout();
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(_) => return Ok(()),
            Err(error) => match StoreError::from(error) {
                StoreError::Busy if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
                error => return Err(error),
            },
        }
    }
}

/// Takes the memory and disk that make indexing fast, which a command may and a guest in a host's process may not: 32 MB
/// of cache, and as much of write-ahead log before it is folded in.
fn make_room(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.pragma_update(None, "wal_autocheckpoint", 8_000)?;
    Ok(())
}

/// Copies a whole database over another in one transaction.
fn copy(from: &Connection, to: &mut Connection) -> Result<(), StoreError> {
    use rusqlite::backup::{Backup, StepResult};
    let until = Instant::now() + Patience::Person.busy_timeout();
    let backup = Backup::new(from, to)?;
    loop {
        match backup.step(std::ffi::c_int::MAX)? {
            StepResult::Done => return Ok(()),
            _ if Instant::now() >= until => return Err(StoreError::Busy),
            _ => std::thread::sleep(Duration::from_millis(5)),
        }
    }
}
