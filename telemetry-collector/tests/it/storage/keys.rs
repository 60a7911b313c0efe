//! Keys.

use telemetry_collector::keys::{KeyRecord, Scope};
use telemetry_collector::storage::StorageError;
use telemetry_core::time::UnixNanos;

use super::databases::Databases;
use super::sessions::{DAY, HOUR, MONDAY, SECOND};

fn key(number: u8, name: &str) -> KeyRecord {
    KeyRecord {
        hash: [number; 32],
        name: name.into(),
        scopes: vec![Scope::Ingest],
        host: None,
        created: MONDAY.plus(i64::from(number) * HOUR),
        expires: None,
        used: None,
        revoked: None,
    }
}

pub async fn keys_are_kept_whole(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let full = KeyRecord {
        scopes: Scope::ALL.to_vec(),
        host: Some("build \"host\" '".into()),
        expires: Some(MONDAY.plus(90 * DAY)),
        ..key(0xab, "a long name, é")
    };
    storage.add_key(&key(0xff, "last")).await.unwrap();
    storage.add_key(&full).await.unwrap();
    storage.add_key(&key(1, "first")).await.unwrap();
    assert_eq!(storage.keys().await.unwrap(), [key(1, "first"), full.clone(), key(0xff, "last")]);
    let other = database.open().await;
    assert_eq!(other.key(&full.hash).await.unwrap(), Some(full));
    assert_eq!(other.key(&[9; 32]).await.unwrap(), None);
}

pub async fn a_name_is_taken_until_its_key_is_revoked(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    storage.add_key(&key(1, "ci")).await.unwrap();
    let taken = storage.add_key(&key(2, "ci")).await.unwrap_err();
    assert!(matches!(&taken, StorageError::NameTaken(name) if name == "ci"), "{taken:?}");
    assert_eq!(storage.keys().await.unwrap(), [key(1, "ci")]);
    assert!(storage.revoke_key("ci", MONDAY.plus(DAY)).await.unwrap());
    storage.add_key(&key(2, "ci")).await.unwrap();
    assert_eq!(storage.key(&[2; 32]).await.unwrap(), Some(key(2, "ci")));
    // The one that was revoked opens nothing still.
    let old = storage.key(&[1; 32]).await.unwrap();
    assert!(old.is_none_or(|old| old.revoked.is_some()));
}

pub async fn a_key_is_revoked_once(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    storage.add_key(&key(1, "ci")).await.unwrap();
    assert!(!storage.revoke_key("other", MONDAY).await.unwrap());
    assert!(storage.revoke_key("ci", MONDAY).await.unwrap());
    assert!(!storage.revoke_key("ci", MONDAY.plus(DAY)).await.unwrap());
    let revoked = KeyRecord { revoked: Some(MONDAY), ..key(1, "ci") };
    assert_eq!(storage.key(&[1; 32]).await.unwrap(), Some(revoked.clone()));
    assert_eq!(storage.keys().await.unwrap(), [revoked]);
}

pub async fn the_last_use_of_a_key_is_kept_to_the_minute(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    storage.add_key(&key(1, "ci")).await.unwrap();
    let used = async |at: UnixNanos| {
        storage.used_key(&[1; 32], at).await.unwrap();
        storage.key(&[1; 32]).await.unwrap().unwrap().used
    };
    assert_eq!(used(MONDAY.plus(59 * SECOND)).await, Some(MONDAY));
    assert_eq!(used(MONDAY.plus(61 * SECOND)).await, Some(MONDAY.plus(60 * SECOND)));
    // Two collectors tell of it in any order.
    assert_eq!(used(MONDAY).await, Some(MONDAY.plus(60 * SECOND)));
    storage.used_key(&[7; 32], MONDAY).await.unwrap();
    assert_eq!(storage.keys().await.unwrap().len(), 1);
}

pub async fn a_row_that_a_person_inserted_is_a_key(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let digits = "ab".repeat(32);
    database.sql(&format!("INSERT INTO keys (hash, name) VALUES ('{digits}', 'by hand')")).await;
    database.sql("INSERT INTO keys (hash, name, scopes) VALUES ('no hash', 'broken', 'admin')").await;
    let found = storage.key(&[0xab; 32]).await.unwrap().unwrap();
    assert!(found.created > MONDAY && found.created.since(UnixNanos::now()) < DAY);
    let expected = KeyRecord { created: found.created, ..key(0xab, "by hand") };
    assert_eq!(found, expected);
    // One whose hash is none can open nothing, and keeps nobody from the others.
    assert_eq!(storage.keys().await.unwrap(), [expected]);
    database.sql(&format!("UPDATE keys SET scopes = 'read, admin,root' WHERE hash = '{digits}'")).await;
    let scopes = storage.key(&[0xab; 32]).await.unwrap().unwrap().scopes;
    assert_eq!(scopes, [Scope::Read, Scope::Admin]);
}
