//! Databases of their own for tests, on a server that `scripts/with-postgres` starts.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, PgConnection};
use telemetry_collector::storage::postgres::Postgres;

/// A database that nothing is in.
pub struct Database {
    pub url: String,
}

impl Database {
    /// `None`, and a line that says so, where there is no server to test with. Where changes are judged (`CI`) there has to be one.
    pub async fn new() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let Ok(server) = std::env::var("TELEMETRY_TEST_POSTGRES") else {
            assert!(
                std::env::var_os("CI").is_none(),
                "no TELEMETRY_TEST_POSTGRES: run this under scripts/with-postgres"
            );
            println!("left out: there is no PostgreSQL (scripts/with-postgres starts one)");
            return None;
        };
        let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
        // Of the server's own template, which two may not copy at once: the other waits.
        let sql = format!("SELECT pg_advisory_lock(1); CREATE DATABASE {name}");
        for sql in sql.split("; ") {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
        }
        Some(Database { url: format!("{server}/{name}") })
    }

    pub async fn open(&self) -> Postgres {
        Postgres::open(&self.url).await.unwrap()
    }

    /// A connection beside those of the collector.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}
