//! What there is to see, asked of the index.

use jiff::{Timestamp, ToSpan as _, tz::TimeZone};
use telemetry_core::time::UnixNanos;
use telemetry_store::StoreError;
use telemetry_store::budgets;
use telemetry_store::index::Index;
use telemetry_store::insights::{self, Activity, ByWord, Insights, Question, Window};

use super::view::{Budget, RunLine, Spent, View};
use crate::home::Home;
use crate::render;
use crate::screen::Screen;

const HOUR_NS: i64 = 3_600_000_000_000;
/// Runs on the list: of more nobody reads all, and `runs` has them.
const MOST_RUNS: usize = 200;
/// Slow calls of each kind.
const MOST_SLOW: usize = 5;

/// All that can be seen now. `inside` is the run that is looked into.
///
/// # Errors
/// When the index cannot be read.
pub(crate) fn gather(
    index: &Index,
    home: &Home,
    zone: &TimeZone,
    inside: Option<&str>,
) -> Result<View, StoreError> {
    let now = UnixNanos::now();
    let connection = index.connection();
    let ask = |since| {
        let window = Window { since: Some(since), until: None };
        let question = Question { by: Vec::new(), top: 0, ..Question::page(window, zone.clone()) };
        insights::insights(connection, &question)
    };
    let an_hour_ago = UnixNanos(now.0 - HOUR_NS);
    let (today, hour) = (ask(midnight(now, zone))?, ask(an_hour_ago)?);
    Ok(View {
        home: home.path.display().to_string(),
        now,
        zone: zone.clone(),
        note: None,
        activity: insights::activity(connection, now)?,
        completion: today.runs.completion_rate.as_ref().map(|rate| rate.value),
        today: spent(&today),
        hour: spent(&hour),
        outcomes: most_first(&today.runs.by_outcome),
        errors: most_first(&hour.errors.by_class),
        slow_calls: insights::slowest_calls(connection, an_hour_ago, MOST_SLOW)?,
        slow_tools: insights::slowest_tools(connection, an_hour_ago, MOST_SLOW)?,
        budgets: budgets::states(connection, home.settings.budgets(), zone, now)?
            .into_iter()
            .map(|state| Budget { name: state.budget.to_string(), used: state.share() })
            .collect(),
        runs: runs(index, an_hour_ago)?,
        inside: inside.map(|run| waterfall(index, run, zone)).transpose()?.flatten(),
    })
}

/// Nothing yet: what is seen until there is an answer.
pub(crate) fn nothing(home: String, zone: &TimeZone) -> View {
    View {
        home,
        now: UnixNanos::now(),
        zone: zone.clone(),
        note: None,
        activity: Activity { calls: vec![0; 60], events: vec![0; 60] },
        outcomes: Vec::new(),
        completion: None,
        today: Spent::default(),
        hour: Spent::default(),
        errors: Vec::new(),
        slow_calls: Vec::new(),
        slow_tools: Vec::new(),
        budgets: Vec::new(),
        runs: Vec::new(),
        inside: None,
    }
}

/// The beginning of the day `now` is in.
fn midnight(now: UnixNanos, zone: &TimeZone) -> UnixNanos {
    let at = Timestamp::from_nanosecond(now.0.into()).unwrap_or_default().to_zoned(zone.clone());
    let began = at
        .start_of_day()
        .or_else(|_| at.checked_sub(1.day()))
        .map_or(now.0.into(), |began| began.timestamp().as_nanosecond());
    UnixNanos(i64::try_from(began).unwrap_or(now.0))
}

fn spent(found: &Insights) -> Spent {
    Spent {
        usd: found.cost.total_usd,
        unpriced: found.cost.unknown_calls,
        tokens: found.model_calls.tokens.total(),
    }
}

fn most_first(counts: &ByWord) -> Vec<(String, u64)> {
    let mut counts: Vec<_> = counts.iter().map(|(word, count)| (word.to_owned(), count)).collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    counts
}

fn runs(index: &Index, since: UnixNanos) -> Result<Vec<RunLine>, StoreError> {
    let active = insights::active(index.connection(), MOST_RUNS)?;
    let mut lines: Vec<RunLine> = active
        .into_iter()
        .map(|active| RunLine { run: active.run, doing: Some(active.doing), since: active.since })
        .collect();
    let lately = insights::runs(index.connection(), Window { since: Some(since), until: None })?;
    let over = lately.into_iter().rev().filter(|run| run.outcome != "running").map(|run| {
        let ended = run.ended_at.as_deref().unwrap_or(&run.started_at);
        let since = ended.parse::<Timestamp>().ok().and_then(|at| i64::try_from(at.as_nanosecond()).ok());
        RunLine { run, doing: None, since: UnixNanos(since.unwrap_or_default()) }
    });
    lines.extend(over.take(MOST_RUNS));
    Ok(lines)
}

/// The lines of `show`; `None` when the run is not there any more.
fn waterfall(index: &Index, run_id: &str, zone: &TimeZone) -> Result<Option<Vec<String>>, StoreError> {
    let found = insights::find_run(index.connection(), run_id)?.into_iter().find(|run| run.run_id == run_id);
    let Some(run) = found else { return Ok(None) };
    let detail = insights::run_detail(index.connection(), run)?;
    let mut text = Vec::new();
    // Memory takes all.
    drop(render::show(&mut render::Sheet::new(&mut text, Screen::PLAIN), &detail, zone));
    Ok(Some(String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()))
}
