//! The databases that servers keep things in: made, and looked into.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use sqlx::postgres::{PgPool, PgPoolOptions};
use telemetry_core::time::UnixNanos;
use tokio::runtime::Runtime;

/// How often it is looked whether something came: what looks takes part of the cores.
const LOOK: Duration = Duration::from_millis(200);

/// Where a server keeps what it is sent.
pub enum Database {
    /// A file of SQLite.
    File(PathBuf),
    /// The URL of one in PostgreSQL.
    Server(String),
}

impl Database {
    /// A new one on a server of PostgreSQL.
    pub fn new(server: &str) -> Self {
        let name = format!("bench_{}_{}", std::process::id(), UnixNanos::now().0);
        execute(&format!("{server}/postgres"), &format!("CREATE DATABASE {name}"));
        Database::Server(format!("{server}/{name}"))
    }

    /// What `count` comes to, a query of one number.
    pub fn count(&self, count: &str) -> u64 {
        match self {
            Database::File(path) => {
                let file = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY);
                file.and_then(|file| file.query_one(count, [], |row| row.get::<_, i64>(0)))
                    .expect("its tables") as u64
            }
            Database::Server(url) => {
                let (runtime, pool) = connected(url, 1);
                let counted: i64 = runtime
                    .block_on(sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(&pool))
                    .expect("its tables");
                counted as u64
            }
        }
    }

    /// Waits until `count` comes to `wanted`, and no longer than `until`. Returns what it came to, and when it was seen to.
    pub fn counted(&self, count: &str, wanted: u64, until: Instant) -> (u64, Instant) {
        let mut last = (self.count(count), Instant::now());
        while last.0 < wanted && Instant::now() < until {
            std::thread::sleep(LOOK);
            let now = self.count(count);
            if now > last.0 {
                last = (now, Instant::now());
            }
        }
        last
    }
}

/// Threads and connections for a client of PostgreSQL.
pub fn connected(url: &str, connections: u32) -> (Runtime, PgPool) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("threads");
    let pool =
        runtime.block_on(PgPoolOptions::new().max_connections(connections).connect(url)).expect("a server");
    (runtime, pool)
}

/// Executes SQL of ours.
pub fn execute(url: &str, sql: &str) {
    let (runtime, pool) = connected(url, 1);
    runtime.block_on(sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&pool)).expect("its owner");
}
