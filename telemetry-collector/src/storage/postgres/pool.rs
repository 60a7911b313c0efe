//! The connections to a server.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};

use super::migrate::migrate;
use crate::storage::StorageError;

/// Connections at most. One keeps events as fast as a disk takes them; the others are for those who ask meanwhile.
const CONNECTIONS: u32 = 16;
/// How long a request waits for one of them before it is told that the database is too busy.
const PATIENCE: Duration = Duration::from_secs(5);
/// Of each session. Just-in-time compilation takes longer than any of our statements.
const SESSION: &str = "SET statement_timeout = '30s'; SET lock_timeout = '20s';
    SET idle_in_transaction_session_timeout = '60s'; SET TimeZone = 'UTC'; SET jit = off";

/// Connects, and makes the tables if they are not there.
///
/// # Errors
/// When the URL is none, nobody answers, or the tables are of a version that is too new.
pub(super) async fn open(url: &str) -> Result<PgPool, StorageError> {
    let options = options(url)?;
    // By itself, for the pool says no more than that it has no connection.
    let connected = tokio::time::timeout(PATIENCE, PgConnection::connect_with(&options)).await;
    let mut first =
        connected.map_err(|_| StorageError::Unavailable("its server does not answer".to_owned()))??;
    migrate(&mut first).await?;
    // That it is said is all that a close is for.
    drop(first.close().await);
    Ok(PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move { sqlx::raw_sql(SESSION).execute(connection).await.map(drop) })
        })
        .connect_lazy_with(options))
}

fn options(url: &str) -> Result<PgConnectOptions, StorageError> {
    // The driver takes any URL for one of its own. What is written may have a password in it and is not repeated.
    let wrong =
        |why: String| StorageError::Broken(format!("the URL is no postgres://user:password@host/name{why}"));
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(wrong(String::new()));
    }
    let options = PgConnectOptions::from_str(url).map_err(|error| wrong(format!(": {error}")))?;
    Ok(options.application_name("telemetry-collector"))
}
