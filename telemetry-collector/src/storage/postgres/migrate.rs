//! The tables, made by whichever collector comes first.

use sqlx::{Connection, PgConnection};

use super::locks;
use crate::storage::StorageError;

/// The steps from nothing to the newest version, each as one or more files of SQL. What is here is never changed once it is out:
/// another step follows.
const STEPS: &[&[&str]] = &[
    &[
        include_str!("migrations/0001_tables.sql"),
        include_str!("migrations/0001_views.sql"),
        include_str!("migrations/0001_questions.sql"),
    ],
    &[include_str!("migrations/0002_uncounted.sql")],
];

/// The version of this build.
const VERSION: i64 = STEPS.len() as i64;
/// The oldest build that can work with what this one makes. Written beside the version, for builds that are older.
const OLDEST: i64 = 1;

const META: &str = "CREATE TABLE IF NOT EXISTS meta (key text PRIMARY KEY, value text NOT NULL)";

/// Brings the tables to the version of this build, in one transaction; of many that start at once, one does. What is newer is used
/// as it is, if it says that it can be.
pub(super) async fn migrate(connection: &mut PgConnection) -> Result<(), StorageError> {
    let mut transaction = connection.begin().await?;
    // Others may be at it, and an index of much takes its time.
    sqlx::raw_sql("SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0")
        .execute(&mut *transaction)
        .await?;
    locks::take(&mut transaction, locks::MIGRATION).await?;
    sqlx::raw_sql(META).execute(&mut *transaction).await?;
    let found = number(&mut transaction, "schema_version").await?.unwrap_or(0);
    if found > VERSION {
        let oldest = number(&mut transaction, "schema_oldest").await?.unwrap_or(found);
        return if oldest <= VERSION { Ok(()) } else { Err(newer(found)) };
    }
    for step in STEPS.iter().skip(found as usize) {
        for sql in *step {
            sqlx::raw_sql(*sql).execute(&mut *transaction).await?;
        }
    }
    if found < VERSION {
        set(&mut transaction, "schema_version", VERSION).await?;
        set(&mut transaction, "schema_oldest", OLDEST).await?;
    }
    transaction.commit().await?;
    Ok(())
}

fn newer(found: i64) -> StorageError {
    StorageError::Broken(format!(
        "its tables are of version {found}, and this collector knows them up to {VERSION}: update the collector"
    ))
}

async fn number(connection: &mut PgConnection, key: &str) -> sqlx::Result<Option<i64>> {
    let value: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = $1")
        .bind(key)
        .fetch_optional(connection)
        .await?;
    Ok(value.and_then(|value| value.parse().ok()))
}

async fn set(connection: &mut PgConnection, key: &str, value: i64) -> sqlx::Result<()> {
    sqlx::query("INSERT INTO meta VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
        .bind(key)
        .bind(value.to_string())
        .execute(connection)
        .await?;
    Ok(())
}
