//! The tables: made once, and of a version that is known.

use sqlx::{PgConnection, Row};
use telemetry_collector::intake::Report;
use telemetry_collector::rollup::{Series, Span, Sums};
use telemetry_collector::storage::StorageError;
use telemetry_collector::storage::postgres;

use super::server::Database;
use crate::storage::keeping::report;
use crate::storage::sessions::MONDAY;
use crate::storage::state::{cells, settle_all};

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
    assert_eq!(meta, [("schema_oldest".into(), "1".into()), ("schema_version".into(), "2".into())]);
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
        "the database: its tables are of version 7, and this collector knows them up to 2: update the collector"
    );
}

#[tokio::test]
async fn a_database_of_the_first_version_is_brought_up_and_what_is_in_it_stays() {
    let Some(database) = Database::new().await else { return };
    let reports: Vec<Report> = (0..10).map(|number| report(number, MONDAY)).collect();
    database.open().await.keep_reports(&reports).await.unwrap();
    let before = database.open().await;
    settle_all(&before).await;
    let counted = cells(&before, Span::Hour).await;
    // As it was left by a collector that counted in the commit that keeps.
    let older = "DROP TABLE uncounted; UPDATE meta SET value = '1' WHERE key = 'schema_version'";
    let mut connection = database.connect().await;
    sqlx::raw_sql(older).execute(&mut connection).await.unwrap();

    let storage = database.open().await;
    let version: String = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'schema_version'")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(version, "2");
    assert_eq!(storage.keep_reports(&reports).await.unwrap(), [false; 10]);
    settle_all(&storage).await;
    assert_eq!(cells(&storage, Span::Hour).await, counted);
    let mut expected = counted;
    let more = report(10, MONDAY);
    expected.count_reports([&more]);
    storage.keep_reports(&[more]).await.unwrap();
    settle_all(&storage).await;
    assert_eq!(cells(&storage, Span::Hour).await, expected);
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
