//! What is on disk: who can get at it, how much it is, and how fast it grows.

use std::fs;
#[cfg(unix)]
use std::path::{Path, PathBuf};

use telemetry_core::time::Day;
use telemetry_policy::Key;
use telemetry_store::insights::Volumes;
use telemetry_store::layout::Layout;

use crate::documents::doctor::Check;
use crate::failure::Failure;
use crate::home::Home;
use crate::render;

/// Everything of ours is the owner's alone, SQLite's files beside the index included.
#[cfg(unix)]
pub(super) fn permissions(layout: &Layout) -> Check {
    use std::os::unix::fs::PermissionsExt as _;
    let is_open = |path: &PathBuf| {
        fs::symlink_metadata(path)
            .is_ok_and(|metadata| !metadata.is_symlink() && metadata.permissions().mode() & 0o077 != 0)
    };
    let mut open: Vec<PathBuf> = everything_below(layout.root());
    open.retain(is_open);
    open.sort();
    match open.as_slice() {
        [] => Check::ok("permissions", "only the owner can read it"),
        [first, ..] => Check::problem(
            "permissions",
            format!("others can get at {} of our files, {} for one", open.len(), first.display()),
            format!("chmod -R go= {}", layout.root().display()),
        ),
    }
}

/// The folder, and all that is in it.
#[cfg(unix)]
fn everything_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut looked_at = 0;
    while let Some(path) = found.get(looked_at) {
        looked_at += 1;
        let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
        let entries = is_folder.then(|| fs::read_dir(path).ok()).flatten();
        found.extend(entries.into_iter().flatten().flatten().map(|entry| entry.path()));
    }
    found
}

#[cfg(not(unix))]
pub(super) fn permissions(_layout: &Layout) -> Check {
    Check::ok("permissions", "not looked at on this system")
}

/// More than this is worth a thought.
const MUCH: u64 = 1_000_000_000;
const WEEK: u32 = 7;

/// How much there is, and how fast it grows.
pub(super) fn disk(home: &Home, volumes: &Volumes, today: Day) -> Result<Check, Failure> {
    let layout = &home.layout;
    let days = layout.days().map_err(|error| Failure::File(layout.log(), error))?;
    let of_last_week = days.iter().filter(|(day, _)| (today.0 - WEEK as i32..today.0).contains(&day.0));
    let a_day =
        of_last_week.map(|(_, path)| fs::metadata(path).map_or(0, |metadata| metadata.len())).sum::<u64>()
            / u64::from(WEEK);
    let mut says = format!(
        "{} of log from {}, {} of index",
        render::size(volumes.log_bytes),
        render::count(volumes.log_files, "day", "days"),
        render::size(volumes.index_bytes)
    );
    if a_day > 0 {
        says += &format!("; {} of log a day last week", render::size(a_day));
    }
    let keep_days = home.settings.retention_days();
    let full = a_day.saturating_mul(u64::from(keep_days));
    if full.max(volumes.log_bytes + volumes.index_bytes) < MUCH {
        return Ok(Check::ok("disk", says));
    }
    let rule = format!("{} = {keep_days}", Key::RetentionDays.spec().name);
    let advice = match full {
        0 => format!("{rule} decides how much is kept; set fewer days, then telemetry prune"),
        _ => format!(
            "{rule} comes to {} of log at this pace; if that is too much set fewer days, then telemetry prune",
            render::size(full)
        ),
    };
    Ok(Check::note("disk", says, advice))
}

#[cfg(test)]
mod tests {
    use telemetry_store::index::Index;
    use telemetry_store::insights::volumes;

    use super::super::State;
    use super::*;

    fn home(settings: &str, logs: &[(Day, u64)]) -> (tempfile::TempDir, Home) {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.yaml"), settings).unwrap();
        let home = Home::at(folder.path().to_owned());
        home.layout.create_log().unwrap();
        for (day, bytes) in logs {
            // Sparse: it has a length and takes no room.
            fs::File::create(home.layout.log_of(*day)).unwrap().set_len(*bytes).unwrap();
        }
        (folder, home)
    }

    fn disk_of(home: &Home, today: Day) -> (State, String, Option<String>) {
        let index = Index::in_memory(home.layout.clone()).unwrap();
        let volumes = volumes(&home.layout, index.connection()).unwrap();
        let check = disk(home, &volumes, today).unwrap();
        (check.state, check.says, check.advice)
    }

    #[test]
    fn a_pace_that_fills_a_disk_is_told_before_it_has() {
        let today = Day(20_000);
        let (_folder, small) = home("", &[(Day(19_999), 7_000_000), (today, 900_000)]);
        assert_eq!(
            disk_of(&small, today),
            (
                State::Ok,
                "7.9 MB of log from 2 days, 0 bytes of index; 1.0 MB of log a day last week".into(),
                None
            )
        );
        let (_folder, fast) = home("telemetry: {retention_days: 400}", &[(Day(19_999), 70_000_000)]);
        let (state, _, advice) = disk_of(&fast, today);
        assert_eq!(state, State::Note);
        assert_eq!(
            advice.as_deref(),
            Some(
                "telemetry.retention_days = 400 comes to 4.0 GB of log at this pace; if that is too much set fewer \
                 days, then telemetry prune"
            )
        );
    }

    #[test]
    fn what_is_there_already_counts_whatever_the_pace() {
        let (_folder, large) = home("", &[(Day(10), 3_000_000_000)]);
        let (state, says, advice) = disk_of(&large, Day(20_000));
        assert_eq!((state, says.as_str()), (State::Note, "3.0 GB of log from 1 day, 0 bytes of index"));
        assert!(advice.unwrap().ends_with("set fewer days, then telemetry prune"));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_beside_the_index_that_others_can_read_is_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_folder, home) = home("", &[]);
        assert_eq!(permissions(&home.layout).state, State::Ok);
        let wal = home.layout.root().join("telemetry.db-wal");
        fs::write(&wal, "").unwrap();
        fs::set_permissions(&wal, fs::Permissions::from_mode(0o640)).unwrap();
        let check = permissions(&home.layout);
        assert_eq!(check.state, State::Problem);
        assert!(check.says.contains("telemetry.db-wal"), "{}", check.says);
    }
}
