//! The databases that the suite is run on.

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use rusqlite::Connection;
use telemetry_collector::storage::Storage;
use telemetry_collector::storage::sqlite::Sqlite;
use tempfile::TempDir;

/// Makes databases of one kind.
#[async_trait]
pub trait Databases: Send + Sync + 'static {
    /// One that nothing is in.
    async fn fresh(&self) -> Box<dyn Database>;
}

/// A database, gone when it is dropped.
#[async_trait]
pub trait Database: Send + Sync {
    /// What a collector of its own opens.
    async fn open(&self) -> Arc<dyn Storage>;

    /// Runs a statement as somebody would who does not know the collector. Gives the first column of its first row, as text.
    async fn sql(&self, statement: &str) -> Option<String>;
}

/// Files in temporary folders.
pub struct Files;

struct InFile {
    _folder: TempDir,
    path: PathBuf,
}

#[async_trait]
impl Databases for Files {
    async fn fresh(&self) -> Box<dyn Database> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("collector/collector.db");
        Box::new(InFile { _folder: folder, path })
    }
}

#[async_trait]
impl Database for InFile {
    async fn open(&self) -> Arc<dyn Storage> {
        Arc::new(Sqlite::open(&self.path).await.unwrap())
    }

    async fn sql(&self, statement: &str) -> Option<String> {
        let connection = Connection::open(&self.path).unwrap();
        connection.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        let mut statement = connection.prepare(statement).unwrap();
        let mut rows = statement.query([]).unwrap();
        rows.next().unwrap().and_then(|row| match row.get(0).unwrap() {
            rusqlite::types::Value::Integer(number) => Some(number.to_string()),
            rusqlite::types::Value::Text(text) => Some(text),
            _ => None,
        })
    }
}
