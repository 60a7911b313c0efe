//! The tables: made once, and of a version that is known.

use sqlx::{PgConnection, Row};
use telemetry_collector::rollup::{Series, Sums};
use telemetry_collector::storage::StorageError;
use telemetry_collector::storage::postgres;

use super::server::Database;

async fn columns(connection: &mut PgConnection, table: &str) -> Vec<String> {
    let sql = "SELECT column_name::text FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position";
    sqlx::query_scalar(sql).bind(table).fetch_all(connection).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_that_start_at_once_on_an_empty_database_all_start() {
    let Some(database) = Database::new().await else { return };
    let starts: Vec<_> = (0..10)
        .map(|_| {
            let url = database.url.clone();
            tokio::spawn(async move { postgres::open(&url).await.map(drop) })
        })
        .collect();
    for start in starts {
        start.await.unwrap().unwrap();
    }
    let mut connection = database.connect().await;
    let meta: Vec<(String, String)> =
        sqlx::query_as("SELECT key, value FROM meta ORDER BY key").fetch_all(&mut connection).await.unwrap();
    assert_eq!(meta, [("schema_oldest".into(), "1".into()), ("schema_version".into(), "1".into())]);
}

#[tokio::test]
async fn columns_are_named_as_in_the_code() {
    let Some(database) = Database::new().await else { return };
    database.open().await;
    let mut connection = database.connect().await;
    assert_eq!(columns(&mut connection, "series").await[2..], *Series::DIMENSIONS);
    for table in ["rollup_hours", "rollup_days"] {
        assert_eq!(columns(&mut connection, table).await[2..], *Sums::NAMES);
    }
}

#[tokio::test]
async fn tables_of_a_newer_version_are_used_or_refused() {
    let Some(database) = Database::new().await else { return };
    database.open().await;
    let mut connection = database.connect().await;
    let mut set = async |key: &str, value: &str| {
        let sql = "UPDATE meta SET value = $2 WHERE key = $1";
        sqlx::query(sql).bind(key).bind(value).execute(&mut connection).await.unwrap();
    };
    set("schema_version", "7").await;
    database.open().await;
    set("schema_oldest", "7").await;
    let refused = postgres::open(&database.url).await.err().unwrap();
    assert_eq!(
        refused.to_string(),
        "the database: its tables are of version 7, and this collector knows them up to 1: update the collector"
    );
}

#[tokio::test]
async fn what_is_no_url_or_nobody_answers_is_said_without_a_password() {
    let nobody = postgres::open("postgres://me:secret@127.0.0.1:1/x").await.err().unwrap();
    assert!(matches!(nobody, StorageError::Unavailable(_)), "{nobody}");
    let nothing = postgres::open("mysql://me:secret@host/x").await.err().unwrap();
    assert!(matches!(nothing, StorageError::Broken(_)), "{nothing}");
    for error in [nobody, nothing] {
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_bucket_stands_for_the_same_latency_in_sql() {
    let Some(database) = Database::new().await else { return };
    database.open().await;
    let sql = "SELECT bucket, bucket_ms(bucket::smallint) AS ms FROM generate_series(0, 2000, 7) AS bucket";
    for row in sqlx::query(sql).fetch_all(&mut database.connect().await).await.unwrap() {
        let (bucket, ms): (i32, f64) = (row.get("bucket"), row.get("ms"));
        let ours = telemetry_collector::rollup::Bucket(bucket as i16).nanos() / 1e6;
        assert!((ms / ours - 1.0).abs() < 1e-12, "{bucket}: {ms} and {ours}");
    }
}
