//! Keys.

use rusqlite::{Connection, OptionalExtension as _, Row};
use telemetry_core::time::UnixNanos;

use crate::keys::KeyRecord;
use crate::storage::{StorageError, key_text};

const COLUMNS: &str =
    "SELECT hash, name, scopes, host, created_at, expires_at, used_at, revoked_at FROM keys";

/// The key of a row; `None` when its hash is none, which no key can have.
fn read(row: &Row<'_>) -> rusqlite::Result<Option<KeyRecord>> {
    let moment = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(UnixNanos));
    let Some(hash) = key_text::hash_of(row.get_ref(0)?.as_str()?) else { return Ok(None) };
    Ok(Some(KeyRecord {
        hash,
        name: row.get(1)?,
        scopes: key_text::scopes_of(row.get_ref(2)?.as_str()?),
        host: row.get(3)?,
        created: UnixNanos(row.get(4)?),
        expires: moment(5)?,
        used: moment(6)?,
        revoked: moment(7)?,
    }))
}

/// Keeps a new key. The name of one that was revoked is free again.
pub(super) fn add(connection: &Connection, key: &KeyRecord) -> Result<(), StorageError> {
    let is_taken = connection
        .prepare_cached("SELECT 1 FROM keys WHERE name = ?1 AND revoked_at IS NULL")?
        .exists([&key.name])?;
    if is_taken {
        return Err(StorageError::NameTaken(key.name.clone()));
    }
    connection.execute("DELETE FROM keys WHERE name = ?1", [&key.name])?;
    connection.execute(
        "INSERT INTO keys (hash, name, scopes, host, created_at, expires_at, used_at, revoked_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (
            key_text::hash(&key.hash),
            &key.name,
            key_text::scopes(&key.scopes),
            &key.host,
            key.created.0,
            key.expires.map(|at| at.0),
            key.used.map(|at| at.0),
            key.revoked.map(|at| at.0),
        ),
    )?;
    Ok(())
}

/// All keys, oldest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<KeyRecord>, StorageError> {
    let mut select = connection.prepare_cached(&format!("{COLUMNS} ORDER BY created_at, name"))?;
    let found = select.query_map([], read)?.collect::<Result<Vec<_>, _>>()?;
    Ok(found.into_iter().flatten().collect())
}

/// The key with this hash.
pub(super) fn with_hash(connection: &Connection, hash: &[u8; 32]) -> Result<Option<KeyRecord>, StorageError> {
    let mut select = connection.prepare_cached(&format!("{COLUMNS} WHERE hash = ?1"))?;
    Ok(select.query_row([key_text::hash(hash)], read).optional()?.flatten())
}

/// Notes that a key was used.
pub(super) fn used(connection: &Connection, hash: &[u8; 32], at: UnixNanos) -> Result<(), StorageError> {
    connection
        .prepare_cached("UPDATE keys SET used_at = ?2 WHERE hash = ?1 AND (used_at IS NULL OR used_at < ?2)")?
        .execute((key_text::hash(hash), key_text::minute_of(at).0))?;
    Ok(())
}

/// Revokes the key of this name; false when there is none, or it is revoked.
pub(super) fn revoke(connection: &Connection, name: &str, at: UnixNanos) -> Result<bool, StorageError> {
    let revoked = connection
        .execute("UPDATE keys SET revoked_at = ?2 WHERE name = ?1 AND revoked_at IS NULL", (name, at.0))?;
    Ok(revoked == 1)
}
