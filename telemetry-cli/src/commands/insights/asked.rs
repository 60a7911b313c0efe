//! What the flags of `telemetry insights` ask for.

use jiff::civil::Date;
use telemetry_core::outcome::Outcome;
use telemetry_policy::Settings;
use telemetry_store::insights::{Dimension, Filter, Grouping, Insights, Question, Window};

use crate::args;
use crate::failure::Failure;
use crate::span;

/// The question, and what of its answer is to be shown.
pub(super) struct Asked {
    pub question: Question,
    /// The breakdowns that were named.
    pub by: Vec<Grouping>,
    /// At most so many groups of each, and runs.
    pub top: Option<usize>,
}

impl Asked {
    /// Reads the flags. Nothing is opened before all of them are understood.
    pub(super) fn read(args: &args::Insights, settings: &Settings) -> Result<Self, Failure> {
        let (window, zone) = span::window(&args.span, settings)?;
        let mut by: Vec<Grouping> = Vec::new();
        for text in &args.by {
            let grouping = text.parse().map_err(Failure::Usage)?;
            if !by.contains(&grouping) {
                by.push(grouping);
            }
        }
        let filters = filters(&args.filters)?;
        if args.compare {
            has_a_window_before(window)?;
        }
        if args.csv && args.json.json {
            return Err(Failure::Usage("--csv and --json at once: give one of them".into()));
        }
        if args.csv && by.len() > 1 {
            return Err(Failure::Usage("--csv prints one table: give one --by".into()));
        }
        let page = Question::page(window, zone);
        let asked = match () {
            // A document has the usual ones too, as scripts rely on.
            () if args.json.json => {
                let named = by.iter().filter(|grouping| !page.by.contains(grouping)).copied();
                page.by.iter().copied().chain(named).collect()
            }
            () if by.is_empty() => page.by.clone(),
            () => by.clone(),
        };
        let top = args.top.unwrap_or(page.top);
        // Where nothing but what was named is shown, there need not be more of it.
        let groups = args.top.filter(|_| asked == by);
        let question = Question { by: asked, filters, top, groups, compare: args.compare, ..page };
        Ok(Asked { question, by, top: args.top })
    }

    /// Leaves the largest groups of the breakdowns that were named. Days, hours and weekdays are a course of time, which
    /// has no largest.
    pub(super) fn cut(&self, found: &mut Insights) {
        let Some(top) = self.top else { return };
        let is_time = |of: Dimension| matches!(of, Dimension::Day | Dimension::Hour | Dimension::Weekday);
        for grouping in &self.by {
            match *grouping {
                Grouping::One(one) if is_time(one) => {}
                _ => {
                    if let Some(groups) = found.by.get_mut(&grouping.to_string()) {
                        groups.truncate(top);
                    }
                }
            }
        }
    }
}

/// What `--compare` needs.
pub(in crate::commands) fn has_a_window_before(window: Window) -> Result<(), Failure> {
    match window.since {
        Some(_) => Ok(()),
        None => Err(Failure::Usage(
            "--compare needs --since: the window before is as long as the one that is asked for".into(),
        )),
    }
}

/// What every `--where` asks for.
pub(in crate::commands) fn filters(texts: &[String]) -> Result<Vec<Filter>, Failure> {
    texts.iter().map(|text| filter(text)).collect()
}

/// `outcome=completed`. Of dimensions whose values are known, only those are taken: a slip would find nothing.
fn filter(text: &str) -> Result<Filter, Failure> {
    let filter: Filter = text.parse().map_err(Failure::Usage)?;
    let value = filter.value.as_str();
    let wrong = |words: &str| {
        let dimension = filter.dimension.as_str();
        Err(Failure::Usage(format!("no {dimension} `{value}`: give {words}")))
    };
    let one_of = |words: &[&str]| match words.contains(&value) {
        true => Ok(()),
        false => wrong(&format!("one of {}", words.join(", "))),
    };
    if value != "(unknown)" {
        match filter.dimension {
            Dimension::Outcome => one_of(&Outcome::ALL.map(Outcome::as_str))?,
            Dimension::Weekday => one_of(&["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])?,
            Dimension::Kind => one_of(&["interactive", "one-shot", "cron", "gateway", "batch", "subagent"])?,
            Dimension::Hour if !(value.len() == 2 && value.parse::<u8>().is_ok_and(|hour| hour < 24)) => {
                wrong("two digits, 00 to 23")?;
            }
            Dimension::Day if !value.parse::<Date>().is_ok_and(|day| day.to_string() == value) => {
                wrong("a date like 2026-01-31")?;
            }
            _ => {}
        }
    }
    Ok(filter)
}
