//! What a collector says of each line (`telemetry.intake/1`).

use serde::Deserialize;

use crate::http::{Answer, Asked, Response};

const SCHEMA: &str = "telemetry.intake/1";
/// How many refused events are named.
const NAMED: usize = 4;

/// What became of the lines of a request.
#[derive(Deserialize)]
struct Intake {
    schema: String,
    accepted: u64,
    duplicate: u64,
    rejected: u64,
    #[serde(default)]
    results: Vec<Line>,
}

/// What became of one.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    id: Option<String>,
    status: String,
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    reason: Option<String>,
}

/// All is well with what was accepted, and with what was there already; unless what came is no such answer, or does not speak
/// of every line.
pub(super) fn taken(response: &Response, asked: &Asked<'_>) -> Answer {
    let intake = serde_json::from_slice::<Intake>(&response.body).ok();
    let intake = intake.filter(|intake| {
        let spoken_of = intake
            .accepted
            .checked_add(intake.duplicate)
            .and_then(|taken| taken.checked_add(intake.rejected));
        intake.schema == SCHEMA && spoken_of == Some(asked.items)
    });
    let Some(intake) = intake else { return asked.no_answer(response, "a collector", "one") };
    let refused = intake.results.iter().filter(|line| line.status == "rejected").take(NAMED);
    let mut words: Vec<String> = refused.map(|line| asked.secrets.shown(&line.said())).collect();
    let more = intake.rejected.saturating_sub(words.len() as u64);
    if more > 0 && !words.is_empty() {
        words.push(format!("and {more} more"));
    }
    Answer::Taken {
        refused: intake.rejected,
        words: Some(words.join(", ")).filter(|words| !words.is_empty()),
    }
}

impl Line {
    /// Which event, and what is wrong with it.
    fn said(&self) -> String {
        let parts = [self.field.as_deref(), self.reason.as_deref()];
        let why: Vec<&str> = parts.into_iter().flatten().filter(|part| !part.is_empty()).collect();
        let event = self.id.as_deref().unwrap_or("one without an id");
        match why.is_empty() {
            true => event.to_owned(),
            false => format!("{event} ({})", why.join(": ")),
        }
    }
}
