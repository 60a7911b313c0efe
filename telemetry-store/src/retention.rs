//! Whole days of log and of content go when they are older than the owner wants to keep, and what the index knows of a day
//! goes with its log.

use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;

use telemetry_core::cost::Prices;
use telemetry_core::time::Day;

use crate::error::StoreError;
use crate::index::{Index, Patience, Watch};
use crate::layout::{Days, Layout};

/// How many days before today are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keep {
    /// Of the log.
    pub log: u32,
    /// Of content.
    pub content: u32,
}

/// A file that is older than what is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// What it is of.
    pub days: Days,
    /// The UTC day.
    pub day: Day,
    /// Its file.
    pub path: PathBuf,
    /// The size of the file.
    pub bytes: u64,
}

impl Keep {
    fn first(self, days: Days, today: Day) -> Day {
        let keep = match days {
            Days::Log => self.log,
            Days::Content => self.content,
        };
        Day(today.0.saturating_sub(i32::try_from(keep).unwrap_or(i32::MAX)))
    }
}

/// The days older than what `keep` says before `today`: of log, then of content, oldest first.
///
/// # Errors
/// When a folder cannot be read.
pub fn expired(layout: &Layout, keep: Keep, today: Day) -> Result<Vec<Expired>, StoreError> {
    let mut expired = Vec::new();
    for days in [Days::Log, Days::Content] {
        let first_kept = keep.first(days, today);
        let there = layout.days_of(days).map_err(StoreError::io(layout.folder(days)))?;
        let older = there.into_iter().filter(|(day, _)| *day < first_kept);
        expired.extend(older.map(|(day, path)| Expired {
            days,
            bytes: fs::metadata(&path).map_or(0, |metadata| metadata.len()),
            day,
            path,
        }));
    }
    Ok(expired)
}

/// Removes [`expired`] days, and makes the index anew from what is left of the log, so that it says what the log says, with
/// calls priced by `prices`. One process at a time; `None` when another is at it.
///
/// # Errors
/// When a file cannot be removed, or the index cannot be made anew: then the next prune does it.
pub fn prune(
    layout: &Layout,
    keep: Keep,
    today: Day,
    prices: Prices,
    watch: Watch<'_>,
) -> Result<Option<Vec<Expired>>, StoreError> {
    if !layout.log().is_dir() && !layout.folder(Days::Content).is_dir() {
        return Ok(Some(Vec::new()));
    }
    let lock_path = layout.root().join("prune.lock");
    let lock = private_file(&lock_path).map_err(StoreError::io(&lock_path))?;
    if lock.try_lock().is_err() {
        return Ok(None);
    }
    let expired = expired(layout, keep, today)?;
    for Expired { path, .. } in &expired {
        match fs::remove_file(path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(StoreError::io(path)(error));
            }
            _ => {}
        }
    }
    let log_is_shorter = expired.iter().any(|expired| expired.days == Days::Log);
    if log_is_shorter || index_knows_days_before(layout, keep.first(Days::Log, today))? {
        Index::rebuild(layout, prices, watch)?;
    }
    Ok(Some(expired))
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
