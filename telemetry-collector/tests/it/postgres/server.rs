//! Databases of their own for tests, on a server that `scripts/with-postgres` starts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection, PgConnection};
use telemetry_collector::storage::{Storage, postgres};

/// The URL of the server. `None`, and a line that says so, where there is none to test with; where changes are judged (`CI`) there has to
/// be one.
pub fn to_test() -> Option<String> {
    let server = std::env::var("TELEMETRY_TEST_POSTGRES").ok();
    if server.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "there is no PostgreSQL: run this under scripts/with-postgres"
        );
        println!("left out: there is no PostgreSQL (scripts/with-postgres starts one)");
    }
    server
}

/// A database that nothing is in; gone when it is dropped.
pub struct Database {
    server: String,
    name: String,
    pub url: String,
}

impl Database {
    /// `None` where there is no server to test with.
    pub async fn new() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = to_test()?;
        let name = format!("test_{}_{}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
        on(&server, &format!("CREATE DATABASE {name}")).await;
        Some(Database { url: format!("{server}/{name}"), server, name })
    }

    /// What a collector of its own opens.
    pub async fn open(&self) -> Arc<dyn Storage> {
        postgres::open(&self.url).await.unwrap()
    }

    /// A connection beside those of collectors.
    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, sql) = (self.server.clone(), format!("DROP DATABASE {} WITH (FORCE)", self.name));
        // A test's own runtime cannot be waited for from within.
        let dropping = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(on(&server, &sql));
        });
        drop(dropping.join());
    }
}

/// Runs a statement in the database that every server has.
async fn on(server: &str, sql: &str) {
    let mut connection = PgConnection::connect(&format!("{server}/postgres")).await.unwrap();
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
}
