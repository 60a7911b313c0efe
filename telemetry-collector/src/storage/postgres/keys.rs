//! Keys.

use sqlx::postgres::PgRow;
use sqlx::{PgPool, Row};
use telemetry_core::time::UnixNanos;

use super::reports::micros;
use super::types::{text, texts};
use crate::keys::KeyRecord;
use crate::storage::{StorageError, key_text};

const ALL: &str =
    "SELECT hash, name, scopes, host, unix_micros(created_at) AS created, unix_micros(expires_at) AS expires,
    unix_micros(used_at) AS used, unix_micros(revoked_at) AS revoked FROM keys ORDER BY created_at, name";
const ONE: &str =
    "SELECT hash, name, scopes, host, unix_micros(created_at) AS created, unix_micros(expires_at) AS expires,
    unix_micros(used_at) AS used, unix_micros(revoked_at) AS revoked FROM keys WHERE hash = $1";

/// The key of a row; `None` when its hash is none, which no key can have.
fn read(row: &PgRow) -> sqlx::Result<Option<KeyRecord>> {
    let moment = |column| {
        let micros = row.try_get::<Option<i64>, _>(column)?;
        Ok::<_, sqlx::Error>(micros.map(|micros| UnixNanos(micros.saturating_mul(1_000))))
    };
    let Some(hash) = key_text::hash_of(row.try_get("hash")?) else { return Ok(None) };
    Ok(Some(KeyRecord {
        hash,
        name: row.try_get("name")?,
        scopes: key_text::scopes_of(row.try_get("scopes")?),
        host: row.try_get("host")?,
        created: moment("created")?.unwrap_or(UnixNanos(0)),
        expires: moment("expires")?,
        used: moment("used")?,
        revoked: moment("revoked")?,
    }))
}

/// Keeps a new key. The name of one that was revoked is free again.
pub(super) async fn add(pool: &PgPool, key: &KeyRecord) -> Result<(), StorageError> {
    let added = sqlx::query(
        "INSERT INTO keys (hash, name, scopes, host, created_at, expires_at, used_at, revoked_at)
         VALUES ($1, $2, $3, $4, from_unix_micros($5), from_unix_micros($6), from_unix_micros($7), from_unix_micros($8))
         ON CONFLICT (name) DO UPDATE SET hash = excluded.hash, scopes = excluded.scopes, host = excluded.host,
             created_at = excluded.created_at, expires_at = excluded.expires_at, used_at = excluded.used_at,
             revoked_at = excluded.revoked_at
         WHERE keys.revoked_at IS NOT NULL",
    )
    .bind(key_text::hash(&key.hash))
    .bind(text(&key.name))
    .bind(key_text::scopes(&key.scopes))
    .bind(texts(key.host.as_deref()))
    .bind(micros(key.created))
    .bind(key.expires.map(micros))
    .bind(key.used.map(micros))
    .bind(key.revoked.map(micros))
    .execute(pool)
    .await?;
    if added.rows_affected() == 0 { Err(StorageError::NameTaken(key.name.clone())) } else { Ok(()) }
}

/// All keys, oldest first.
pub(super) async fn all(pool: &PgPool) -> Result<Vec<KeyRecord>, StorageError> {
    let rows = sqlx::query(ALL).fetch_all(pool).await?;
    Ok(rows.iter().filter_map(|row| read(row).transpose()).collect::<Result<_, _>>()?)
}

/// The key with this hash.
pub(super) async fn with_hash(pool: &PgPool, hash: &[u8; 32]) -> Result<Option<KeyRecord>, StorageError> {
    let row = sqlx::query(ONE).bind(key_text::hash(hash)).fetch_optional(pool).await?;
    Ok(row.as_ref().map(read).transpose()?.flatten())
}

/// Notes that a key was used.
pub(super) async fn used(pool: &PgPool, hash: &[u8; 32], at: UnixNanos) -> Result<(), StorageError> {
    sqlx::query(
        "UPDATE keys SET used_at = from_unix_micros($2) WHERE hash = $1 AND (used_at IS NULL OR used_at < from_unix_micros($2))",
    )
    .bind(key_text::hash(hash))
    .bind(micros(key_text::minute_of(at)))
    .execute(pool)
    .await?;
    Ok(())
}

/// Revokes the key of this name; false when there is none, or it is revoked.
pub(super) async fn revoke(pool: &PgPool, name: &str, at: UnixNanos) -> Result<bool, StorageError> {
    let revoked = sqlx::query(
        "UPDATE keys SET revoked_at = from_unix_micros($2) WHERE name = $1 AND revoked_at IS NULL",
    )
    .bind(text(name))
    .bind(micros(at))
    .execute(pool)
    .await?;
    Ok(revoked.rows_affected() == 1)
}
