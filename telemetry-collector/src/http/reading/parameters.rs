//! What the parameters of a request ask for. Nothing is guessed: a name that is not known, one that is given twice and a value
//! that is none are refused with what may be written.

use std::str::FromStr as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use telemetry_core::ids::RunId;
use telemetry_core::outcome::Outcome;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{RunSummary, WHEN, when};

use crate::answers::{AnswerError, By, Question};
use crate::storage::{CellFilter, RunsAsked};

/// Breakdowns of one question: each is worked out by itself.
const MOST_BREAKDOWNS: usize = 16;
/// Runs that are named in a page of numbers, and runs on a page of the list: not asked, and at most.
const TOP: (usize, usize) = (5, 100);
const RUNS: (usize, usize) = (50, 1_000);

/// The parameters of a request, as they came.
pub(super) struct Parameters {
    given: Vec<(String, String)>,
}

impl Parameters {
    /// Those of a request that knows these.
    pub(super) fn of(
        given: Vec<(String, String)>,
        known: &'static [&'static str],
    ) -> Result<Self, AnswerError> {
        match given.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            None => Ok(Parameters { given }),
            Some((name, _)) => Err(AnswerError::Question {
                field: "query",
                reason: match known {
                    [] => format!("no parameter `{}`: none is taken", beginning(name)),
                    known => format!("no parameter `{}`: give {}", beginning(name), known.join(", ")),
                },
            }),
        }
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.given.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    fn one(&self, name: &'static str) -> Result<Option<&str>, AnswerError> {
        let mut all = self.all(name);
        match (all.next(), all.next()) {
            (Some(""), None) => Err(refused(name, "is empty: give a value, or leave it out".to_owned())),
            (value, None) => Ok(value),
            (_, Some(_)) => Err(refused(name, "is given twice: give it once".to_owned())),
        }
    }

    /// The question of a page of numbers.
    pub(super) fn question(&self) -> Result<Question, AnswerError> {
        let zone = self.zone()?;
        let (since, until) = self.window(&zone)?;
        let by = self.all("by").map(breakdown).collect::<Result<Vec<_>, _>>()?;
        if by.len() > MOST_BREAKDOWNS {
            return Err(refused(
                "by",
                format!("is given {} times: give at most {MOST_BREAKDOWNS}", by.len()),
            ));
        }
        Ok(Question { since, until, zone, by, filter: self.filter()?, top: self.count("limit", TOP)? })
    }

    /// The question of a page of runs.
    pub(super) fn runs(&self) -> Result<RunsAsked, AnswerError> {
        let (since, until) = self.window(&self.zone()?)?;
        let after = self.one("after")?.map(|text| {
            cursor(text)
                .ok_or_else(|| refused("after", "is no place in the list: give the `next` of a page".into()))
        });
        Ok(RunsAsked {
            since,
            until,
            filter: self.filter()?,
            most: self.count("limit", RUNS)?,
            after: after.transpose()?,
        })
    }

    fn zone(&self) -> Result<TimeZone, AnswerError> {
        let Some(name) = self.one("tz")? else { return Ok(TimeZone::UTC) };
        TimeZone::get(name).map_err(|_| {
            refused("tz", format!("no time zone `{}`: give one like Europe/Berlin or UTC", beginning(name)))
        })
    }

    fn window(&self, zone: &TimeZone) -> Result<(Option<UnixNanos>, Option<UnixNanos>), AnswerError> {
        let now = Timestamp::now();
        let moment = |name: &'static str| {
            let read = |text: &str| {
                when(text, now, zone)
                    .ok_or_else(|| refused(name, format!("no moment in `{}`: give {WHEN}", beginning(text))))
            };
            self.one(name)?.map(read).transpose()
        };
        match (moment("since")?, moment("until")?) {
            (Some(since), Some(until)) if since >= until => Err(refused(
                "until",
                format!("the window is empty: it begins at {since} and ends at {until}"),
            )),
            window => Ok(window),
        }
    }

    fn filter(&self) -> Result<CellFilter, AnswerError> {
        let text = |name| Ok::<_, AnswerError>(self.one(name)?.map(str::to_owned));
        let outcome = text("outcome")?;
        if let Some(word) = &outcome
            && Outcome::parse(word).is_none()
        {
            let words = Outcome::ALL.map(Outcome::as_str).join(", ");
            return Err(refused("outcome", format!("no outcome `{}`: give one of {words}", beginning(word))));
        }
        Ok(CellFilter {
            host: text("host")?,
            agent: text("agent")?,
            model: text("model")?,
            provider: text("provider")?,
            outcome,
        })
    }

    fn count(&self, name: &'static str, (usual, most): (usize, usize)) -> Result<usize, AnswerError> {
        let Some(text) = self.one(name)? else { return Ok(usual) };
        text.parse().ok().filter(|count| (1..=most).contains(count)).ok_or_else(|| {
            refused(name, format!("no number in `{}`: give one from 1 to {most}", beginning(text)))
        })
    }
}

/// `model` or `day,outcome`.
fn breakdown(text: &str) -> Result<(By, Option<By>), AnswerError> {
    let by = |word: &str| {
        By::from_word(word).ok_or_else(|| {
            let words = By::ALL.map(By::as_str).join(", ");
            refused(
                "by",
                format!("no dimension `{}`: give one of {words}, or two with a comma", beginning(word)),
            )
        })
    };
    match text.split_once(',') {
        None => Ok((by(text)?, None)),
        Some((one, other)) => match (by(one)?, by(other)?) {
            (one, other) if one == other => {
                Err(refused("by", format!("`{text}` names one dimension twice: give two, or one")))
            }
            (one, other) => Ok((one, Some(other))),
        },
    }
}

/// The place of a run in the list, which the next page comes after.
pub(super) fn place(run: &RunSummary) -> Option<String> {
    let began = when(&run.started_at, Timestamp::UNIX_EPOCH, &TimeZone::UTC)?;
    Some(format!("{}.{}", began.0, run.run_id))
}

fn cursor(text: &str) -> Option<(UnixNanos, RunId)> {
    let (began, run) = text.split_once('.')?;
    Some((UnixNanos(began.parse().ok()?), RunId::from_str(run).ok()?))
}

fn refused(field: &'static str, reason: String) -> AnswerError {
    AnswerError::Question { field, reason }
}

/// As much of what came as can be told from a mistake.
fn beginning(text: &str) -> String {
    const SHOWN: usize = 80;
    text.chars().take(SHOWN).collect()
}
