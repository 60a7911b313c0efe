//! Everything in PostgreSQL, 15 or newer.

mod errors;
mod locks;
mod migrate;
mod pool;

use sqlx::PgPool;

use super::StorageError;

/// A database of PostgreSQL.
pub struct Postgres {
    pool: PgPool,
}

impl Postgres {
    /// Connects to the database of a URL (`postgres://user:password@host/name`), and makes its tables if they are not there. Any
    /// number of collectors may do so at once.
    ///
    /// # Errors
    /// When the URL is none, nobody answers, or a newer version made the tables.
    pub async fn open(url: &str) -> Result<Self, StorageError> {
        Ok(Postgres { pool: pool::open(url).await? })
    }
}
