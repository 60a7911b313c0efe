//! What is asked.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;

use super::Window;

/// A question to the index.
#[derive(Debug, Clone)]
pub struct Question {
    /// The span of time every number is of.
    pub window: Window,
    /// The zone that days, hours and weekdays are in.
    pub zone: TimeZone,
    /// The breakdowns to make.
    pub by: Vec<Grouping>,
    /// What a fact must be to count; all of them.
    pub filters: Vec<Filter>,
    /// How many runs to name.
    pub top: usize,
    /// The most groups of a breakdown to give, the first in order; all where `None`. Days, hours and weekdays alone are all
    /// given: a course of time has no largest.
    pub groups: Option<usize>,
    /// Whether to compare with the window before. Needs a window with a beginning.
    pub compare: bool,
}

impl Question {
    /// What the page shows: the usual breakdowns and five runs.
    pub fn page(window: Window, zone: TimeZone) -> Self {
        use Dimension::{Day, Entrypoint, Model, Platform, Provider, Tool};
        let by = [Model, Provider, Platform, Entrypoint, Tool, Day].map(Grouping::One).to_vec();
        Question { window, zone, by, filters: Vec::new(), top: 5, groups: None, compare: false }
    }
}

/// A breakdown: by one dimension or by two at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Grouping {
    /// By one.
    One(Dimension),
    /// By two: a group is a pair of values.
    Two(Dimension, Dimension),
}

/// `model`, or `model,outcome`.
impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Grouping::One(one) => f.write_str(one.as_str()),
            Grouping::Two(one, other) => write!(f, "{},{}", one.as_str(), other.as_str()),
        }
    }
}

/// A fact counts only if its `dimension` is `value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// Of what.
    pub dimension: Dimension,
    /// The group's key, as breakdowns show it.
    pub value: String,
}

/// What facts can be grouped by. docs/commands/insights.md says which facts have which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Dimension {
    /// The model asked for.
    Model,
    /// The provider, in the host's words.
    Provider,
    /// The host's word for the surface.
    Platform,
    /// The surface in our list.
    Entrypoint,
    /// The host's command that started the process.
    Command,
    /// The tool.
    Tool,
    /// The set of tools it belongs to.
    Toolset,
    /// How the run or turn ended.
    Outcome,
    /// Why.
    Reason,
    /// The class of the error.
    Error,
    /// The host.
    Host,
    /// The host's configuration profile.
    Profile,
    /// The host's id of the session.
    Session,
    /// The day, in the question's zone: `2026-01-31`.
    Day,
    /// The hour of the day in the question's zone: `08`.
    Hour,
    /// The day of the week: `Mon`.
    Weekday,
    /// interactive, one-shot, cron, gateway, batch or subagent.
    Kind,
}

impl Dimension {
    /// All of them, in the order help names them.
    pub const ALL: [Dimension; 17] = [
        Dimension::Model,
        Dimension::Provider,
        Dimension::Platform,
        Dimension::Entrypoint,
        Dimension::Command,
        Dimension::Tool,
        Dimension::Toolset,
        Dimension::Outcome,
        Dimension::Reason,
        Dimension::Error,
        Dimension::Host,
        Dimension::Profile,
        Dimension::Session,
        Dimension::Day,
        Dimension::Hour,
        Dimension::Weekday,
        Dimension::Kind,
    ];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Dimension::Model => "model",
            Dimension::Provider => "provider",
            Dimension::Platform => "platform",
            Dimension::Entrypoint => "entrypoint",
            Dimension::Command => "command",
            Dimension::Tool => "tool",
            Dimension::Toolset => "toolset",
            Dimension::Outcome => "outcome",
            Dimension::Reason => "reason",
            Dimension::Error => "error",
            Dimension::Host => "host",
            Dimension::Profile => "profile",
            Dimension::Session => "session",
            Dimension::Day => "day",
            Dimension::Hour => "hour",
            Dimension::Weekday => "weekday",
            Dimension::Kind => "kind",
        }
    }
}

impl FromStr for Dimension {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Dimension::ALL.into_iter().find(|dimension| dimension.as_str() == word).ok_or_else(|| {
            let all = Dimension::ALL.map(Dimension::as_str).join(", ");
            format!("no dimension `{word}`: give one of {all}")
        })
    }
}

/// `model` or `model,outcome`.
impl FromStr for Grouping {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(',') {
            None => Ok(Grouping::One(text.parse()?)),
            Some((one, other)) => match (one.parse()?, other.parse()?) {
                (one, other) if one == other => Err(format!("`{text}` names one dimension twice")),
                (one, other) => Ok(Grouping::Two(one, other)),
            },
        }
    }
}

/// `model=gpt-5`.
impl FromStr for Filter {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (word, value) =
            text.split_once('=').ok_or_else(|| format!("`{text}` has no `=`: write model=gpt-5"))?;
        Ok(Filter { dimension: word.parse()?, value: value.to_owned() })
    }
}

/// The name of a zone, as it is shown. UTC has many.
pub fn zone_name(zone: &TimeZone) -> String {
    match zone.iana_name().unwrap_or("UTC") {
        "Etc/UTC" | "Etc/UCT" | "Etc/Universal" | "Etc/Zulu" | "UCT" | "Universal" | "Zulu" => {
            "UTC".to_owned()
        }
        name => name.to_owned(),
    }
}
