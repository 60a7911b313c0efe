//! The file, and connections to it.

use std::fs::{DirBuilder, Metadata, OpenOptions};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::schema;
use crate::storage::StorageError;

/// How long to wait for another process that is writing before the sender is told to come again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What of the file who writes remembers: the keys of what comes in now.
const WRITER_KIB: i32 = 16_384;

/// ... and who reads. It is forgotten with each commit of somebody else, so it serves one question at a time, and the system has the
/// file in memory anyhow. There are several of them.
const READER_KIB: i32 = 4_096;

/// A database that was opened, and may be opened again.
#[derive(Debug, Clone)]
pub(super) struct File {
    path: PathBuf,
    opened: Metadata,
}

impl File {
    /// Makes the file and its folder, which nobody but their owner can read, and its tables. Gives a connection that may write.
    pub fn open(path: &Path) -> Result<(Self, Connection), StorageError> {
        let trouble = |said: std::io::Error| StorageError::Unavailable(said.to_string()).of(path);
        make(path).map_err(trouble)?;
        let file = File { path: path.to_owned(), opened: std::fs::metadata(path).map_err(trouble)? };
        let mut connection = file.connect()?;
        let made = (|| -> Result<(), StorageError> {
            use_wal(&connection)?;
            // What was said to be kept is on the disk, also when the power fails: in WAL mode NORMAL syncs when the log is folded in, and
            // a cut would take the last transactions along. A sync for each costs little, as many senders share one.
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "cache_size", -WRITER_KIB)?;
            schema::migrate(&mut connection)?;
            // What a savepoint may have to undo is a file else, to which each page is written before it is changed. Not while tables are
            // made anew: all of their keys would be there too.
            Ok(connection.pragma_update(None, "temp_store", "MEMORY")?)
        })();
        made.map_err(|error| error.of(path))?;
        Ok((file, connection))
    }

    /// A connection that is for reading.
    pub fn connect_to_read(&self) -> Result<Connection, StorageError> {
        self.is_in_place()?;
        let connection = self.connect()?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(connection)
    }

    /// One more connection.
    pub fn connect(&self) -> Result<Connection, StorageError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connected = Connection::open_with_flags(&self.path, flags).and_then(|connection| {
            connection.busy_timeout(PATIENCE)?;
            connection.set_prepared_statement_cache_capacity(64);
            connection.pragma_update(None, "cache_size", -READER_KIB)?;
            // The planner may not look at bound values: where it does, it prepares a statement anew for each.
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
            Ok(connection)
        });
        connected.map_err(|error| StorageError::from(error).of(&self.path))
    }

    /// Whether what is written still goes to the file that people see. Of one that was deleted or replaced SQLite says nothing, and
    /// what is written to it is lost.
    pub fn is_in_place(&self) -> Result<(), StorageError> {
        match std::fs::metadata(&self.path) {
            Ok(there) if is_same_file(&there, &self.opened) => Ok(()),
            _ => Err(StorageError::Broken(
                "the file was deleted or replaced: start the collector again".into(),
            )
            .of(&self.path)),
        }
    }

    /// Bytes on the disk, with what is beside the file.
    pub fn bytes(&self) -> u64 {
        let sizes = ["", "-wal", "-shm"].map(|suffix| {
            let mut name = self.path.clone().into_os_string();
            name.push(suffix);
            std::fs::metadata(name).map_or(0, |file| file.len())
        });
        sizes.iter().sum()
    }
}

/// Makes an empty file and its folder; what is there stays as it is.
fn make(path: &Path) -> std::io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder)?;
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Turns write-ahead logging on. SQLite's busy handler is not asked while it is (several processes that start together see
/// "database is locked"), so it is tried again; on a file system without shared memory the rollback journal serves.
fn use_wal(connection: &Connection) -> Result<(), StorageError> {
    let until = Instant::now() + PATIENCE;
    loop {
        match connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0)) {
            Ok(_) => return Ok(()),
            Err(error) => match error.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked)
                    if Instant::now() < until =>
                {
                    std::thread::sleep(Duration::from_millis(5));
                }
                _ => return Err(error.into()),
            },
        }
    }
}

/// Whether both are of one file. A file system gives the number of one that was deleted to the next it makes, so that the time of birth
/// is asked too, where it is known.
#[cfg(unix)]
fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino(), one.created().ok()) == (other.dev(), other.ino(), other.created().ok())
}

/// Whether both are of one file: this system does not tell.
#[cfg(not(unix))]
fn is_same_file(_one: &Metadata, _other: &Metadata) -> bool {
    true
}
