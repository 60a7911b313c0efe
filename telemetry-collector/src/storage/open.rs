//! Which database: the one that the environment names, else a file.

use std::path::PathBuf;
use std::sync::Arc;

use super::{Storage, StorageError};

/// Where everything is.
#[derive(Clone, PartialEq, Eq)]
pub enum Place {
    /// A file of SQLite, made where it is not there.
    File(PathBuf),
    /// A database of PostgreSQL: `postgres://user:password@host/name`. Never shown as it is, because of the password.
    Url(String),
}

impl Place {
    /// The database of a URL, else a file.
    pub fn of(url: Option<String>, file: PathBuf) -> Self {
        url.map_or(Place::File(file), Place::Url)
    }

    /// Opens it, and makes its tables where they are not there.
    ///
    /// # Errors
    /// When it cannot be reached or used, in one line that says what to do.
    pub async fn open(&self) -> Result<Arc<dyn Storage>, StorageError> {
        match self {
            #[cfg(feature = "sqlite")]
            Place::File(path) => Ok(Arc::new(super::sqlite::Sqlite::open(path).await?)),
            #[cfg(not(feature = "sqlite"))]
            Place::File(_) => Err(not_built("SQLite: set DATABASE_URL")),
            Place::Url(url) if !is_postgres(url) => Err(StorageError::Broken(
                "DATABASE_URL is not that of PostgreSQL: give postgres://USER:PASSWORD@HOST/NAME".to_owned(),
            )),
            #[cfg(feature = "postgres")]
            Place::Url(url) => super::postgres::open(url).await,
            #[cfg(not(feature = "postgres"))]
            Place::Url(_) => Err(not_built("PostgreSQL: unset DATABASE_URL")),
        }
    }
}

/// What may be shown of it: no user and no password.
impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::File(path) => write!(f, "SQLite, {}", path.display()),
            Place::Url(url) => {
                let rest = url.split_once("://").map_or("", |(_, rest)| rest);
                // Whatever is before the last `@` may be of a password, escaped as it should be or not.
                let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
                write!(f, "PostgreSQL, {}", place.split(['?', '#']).next().unwrap_or_default())
            }
        }
    }
}

fn is_postgres(url: &str) -> bool {
    ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme))
}

#[cfg(not(all(feature = "sqlite", feature = "postgres")))]
fn not_built(what: &str) -> StorageError {
    StorageError::Broken(format!("this program was built without {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_shown_without_who_may_open_it() {
        let shown = |url: &str| Place::Url(url.to_owned()).to_string();
        assert_eq!(shown("postgres://app:p@s?s@db.internal/telemetry"), "PostgreSQL, db.internal/telemetry");
        assert_eq!(
            shown("postgres://app:pass@db.internal:5432/telemetry?sslmode=require"),
            "PostgreSQL, db.internal:5432/telemetry"
        );
        assert_eq!(shown("postgresql:///telemetry"), "PostgreSQL, /telemetry");
        assert_eq!(Place::File("a/b.db".into()).to_string(), "SQLite, a/b.db");
    }

    #[tokio::test]
    async fn what_is_no_url_of_postgresql_is_refused_without_a_word_of_it() {
        let error =
            Place::Url("mysql://root:hunter2@host/db".to_owned()).open().await.map(|_| ()).unwrap_err();
        assert!(
            error.to_string().contains("postgres://USER") && !error.to_string().contains("hunter2"),
            "{error}"
        );
    }
}
