//! Whole days of log go when they are older than the owner wants to keep, and what the index knows of them with them.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use telemetry_core::time::Day;

use crate::error::StoreError;
use crate::index::{Index, Patience, Watch};
use crate::layout::Layout;

/// A day of log that is older than what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The UTC day.
    pub day: Day,
    /// Its file.
    pub path: PathBuf,
    /// The size of the file.
    pub bytes: u64,
}

/// The days of log older than `keep_days` before `today`, oldest first.
///
/// # Errors
/// When the folder of the log cannot be read.
pub fn expired(layout: &Layout, keep_days: u32, today: Day) -> Result<Vec<Expired>, StoreError> {
    let first_kept = first_kept(keep_days, today);
    let days = layout.days().map_err(StoreError::io(layout.log()))?;
    let older = days.into_iter().filter(|(day, _)| *day < first_kept);
    Ok(older
        .map(|(day, path)| Expired {
            bytes: fs::metadata(&path).map_or(0, |metadata| metadata.len()),
            day,
            path,
        })
        .collect())
}

/// Removes [`expired`] days and makes the index anew from what is left, so that it says what the log says. One process
/// at a time; `None` when another is at it.
///
/// # Errors
/// When a file cannot be removed, or the index cannot be made anew: then the next prune does it.
pub fn prune(
    layout: &Layout,
    keep_days: u32,
    today: Day,
    watch: Watch<'_>,
) -> Result<Option<Vec<Expired>>, StoreError> {
    if !layout.log().is_dir() {
        return Ok(Some(Vec::new()));
    }
    let lock_path = layout.root().join("prune.lock");
    let lock = private_file(&lock_path).map_err(StoreError::io(&lock_path))?;
    if lock.try_lock().is_err() {
        return Ok(None);
    }
    let expired = expired(layout, keep_days, today)?;
    for Expired { path, .. } in &expired {
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io(path)(error));
            }
            _ => {}
        }
    }
    if !expired.is_empty() || index_knows_days_before(layout, first_kept(keep_days, today))? {
        Index::rebuild(layout, watch)?;
    }
    Ok(Some(expired))
}

fn first_kept(keep_days: u32, today: Day) -> Day {
    Day(today.0.saturating_sub(i32::try_from(keep_days).unwrap_or(i32::MAX)))
}

/// Whether a prune before this one could not finish.
fn index_knows_days_before(layout: &Layout, day: Day) -> Result<bool, StoreError> {
    if !layout.database().is_file() {
        return Ok(false);
    }
    let index = Index::open(layout.clone(), Patience::Person)?;
    let known = index.connection().query_row(
        "SELECT EXISTS (SELECT 1 FROM log_file WHERE day < ?1)",
        [day.0],
        |row| row.get(0),
    )?;
    Ok(known)
}

fn private_file(path: &std::path::Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
