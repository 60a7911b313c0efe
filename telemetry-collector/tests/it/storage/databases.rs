//! The databases that the suite is run on.

use std::sync::Arc;

use async_trait::async_trait;
use telemetry_collector::storage::Storage;

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

#[cfg(feature = "sqlite")]
mod files {
    use std::path::PathBuf;

    use rusqlite::Connection;
    use telemetry_collector::storage::sqlite::Sqlite;
    use tempfile::TempDir;

    use super::*;

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
}

#[cfg(feature = "postgres")]
mod server {
    use sqlx::{AssertSqlSafe, Row as _};

    use super::*;
    use crate::postgres::server;

    /// Databases of a server of PostgreSQL.
    pub struct Server(());

    impl Server {
        /// `None` where there is none to test with.
        pub fn to_test() -> Option<Self> {
            server::to_test().map(|_| Server(()))
        }
    }

    #[async_trait]
    impl Databases for Server {
        async fn fresh(&self) -> Box<dyn Database> {
            Box::new(server::Database::new().await.unwrap())
        }
    }

    #[async_trait]
    impl Database for server::Database {
        async fn open(&self) -> Arc<dyn Storage> {
            server::Database::open(self).await
        }

        async fn sql(&self, statement: &str) -> Option<String> {
            // Sent as it is, it is answered in texts.
            let statement = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
            let row = statement.fetch_optional(&mut self.connect().await).await.unwrap()?;
            row.try_get_unchecked(0).unwrap()
        }
    }
}

#[cfg(feature = "sqlite")]
pub use files::Files;
#[cfg(feature = "postgres")]
pub use server::Server;
