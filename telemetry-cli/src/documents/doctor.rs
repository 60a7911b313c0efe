//! What was looked at, and how it came out.

use serde::Serialize;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Ok,
    /// Worth knowing; nothing is wrong with what is recorded.
    Note,
    /// Something is lost, damaged or open to others.
    Problem,
}

/// One thing that was looked at.
#[derive(Serialize)]
pub(crate) struct Check {
    pub name: &'static str,
    pub state: State,
    pub says: String,
    /// What to do about it.
    #[serde(rename = "do")]
    pub advice: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Doctor {
    pub checks: Vec<Check>,
}

impl Check {
    pub fn ok(name: &'static str, says: impl Into<String>) -> Self {
        Check { name, state: State::Ok, says: says.into(), advice: None }
    }

    pub fn note(name: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Check { name, state: State::Note, says: says.into(), advice: Some(advice.into()) }
    }

    pub fn problem(name: &'static str, says: impl Into<String>, advice: impl Into<String>) -> Self {
        Check { name, state: State::Problem, says: says.into(), advice: Some(advice.into()) }
    }
}
