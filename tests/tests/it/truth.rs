//! Answers against worlds whose numbers are known: every number of every view, to the nanosecond and the nano-dollar.
//!
//! - [`page`]: `insights`, in windows and zones; [`groups`]: its breakdowns and conditions.
//! - [`runs`]: `runs` and `show`; [`views`]: the views, row by row.
//! - [`told_anew`]: the same world told in another order, in parts, twice, and its index thrown away.

mod groups;
mod page;
mod runs;
mod told_anew;
mod views;

use std::ffi::OsString;

use telemetry_tests::Home;
use telemetry_tests::truth::insights::Question;
use telemetry_tests::truth::story::World;
use telemetry_tests::truth::zone::{Zone, moment, rfc3339};
use telemetry_tests::truth::{hooks, lines, rates};

/// A home in which all of a world was told by one command.
pub(crate) fn told(world: &World) -> Home {
    let home = fresh(world);
    home.ok(["replay".into()].into_iter().chain(files(&home, world)));
    home
}

/// A home with the settings of a world, and the log of a host that has told its part already.
fn fresh(world: &World) -> Home {
    let home = Home::new();
    let mut config = rates::OVERRIDES.to_owned();
    if world.captures_attempts {
        config += "  capture:\n    attempts: true\n";
    }
    home.file("home/config.yaml", config);
    for (day, text) in lines::days(world) {
        home.file(&format!("home/telemetry/log/{day}"), text);
    }
    home
}

/// The recordings of a world, as files beside the home.
fn files(home: &Home, world: &World) -> Vec<OsString> {
    let recordings = hooks::recordings(world);
    let file = |(number, text): (usize, &String)| home.file(&format!("recordings/{number:03}.jsonl"), text);
    recordings.iter().enumerate().map(|(number, text)| file((number, text)).into_os_string()).collect()
}

/// The command line of a question.
fn line(question: &Question<'_>, by: Option<&str>) -> Vec<String> {
    let mut line: Vec<String> =
        ["insights", "--json", "--tz", question.zone.name].map(str::to_owned).to_vec();
    let mut flag = |name: &str, value: String| line.extend([name.to_owned(), value]);
    question.since.into_iter().for_each(|at| flag("--since", rfc3339(at)));
    question.until.into_iter().for_each(|at| flag("--until", rfc3339(at)));
    by.into_iter().for_each(|by| flag("--by", by.to_owned()));
    for (dimension, key) in question.filters {
        flag("--where", format!("{dimension}={key}"));
    }
    line
}

/// Windows that begin and end at odd moments, and at borders.
fn windows(zone: &Zone) -> Vec<(Option<i64>, Option<i64>)> {
    let border = moment(2026, 3, 29, 0);
    let of_zone = zone.borders();
    let (first, last) = (of_zone.iter().min().copied(), of_zone.iter().max().copied());
    vec![
        (None, None),
        (first, last),
        (Some(border - 86_399_999_999_999), Some(border + 3_600_000_000_001)),
        (None, Some(moment(2026, 9, 27, 0))),
        (Some(moment(2026, 10, 25, 1)), None),
    ]
}
