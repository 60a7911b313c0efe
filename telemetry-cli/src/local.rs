//! Answers of one machine, from its index.
//!
//! What a machine cannot say is refused and never made up: it is the only machine, so there is no breakdown by machine, and the
//! index pairs no hours with anything. There is no batch wire, so there are no reports.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use telemetry_collector::answers::{AnswerError, Answers, By, Page, Question};
use telemetry_collector::storage::{CellFilter, Names, RunsAsked};
use telemetry_core::time::UnixNanos;
use telemetry_store::index::Index;
use telemetry_store::insights::{
    self, Dimension, Filter, Group, Grouping, Insights, RunDetail, RunSummary, Wanted, Window,
};
use tokio::sync::Mutex;

use crate::answers;
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;

/// Names of each kind that are offered.
const MOST_NAMES: usize = 200;
/// Runs that a word may mean, of those that are told.
const MOST_RUNS: usize = 10;

/// A home whose index answers.
pub(crate) struct Local {
    home: PathBuf,
    /// Held by who asks: the index is brought up to date before each answer, and that is once enough.
    turn: Arc<Mutex<()>>,
}

impl Local {
    pub(crate) fn of(home: &Path) -> Self {
        Local { home: home.to_owned(), turn: Arc::default() }
    }

    /// Asks an index that is up to date, on a thread that may wait for a disk.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl Fn(&Index) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let path = self.home.clone();
        let asked = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            // The settings too are those of now.
            let home = Home::at(path);
            // Who started the server was told what there is to say of the index.
            let (mut out, mut err) = (io::sink(), io::sink());
            let mut streams = Streams::new(&mut out, &mut err);
            match answers::open(&home, &mut streams).and_then(|index| question(&index)) {
                Err(Failure::Index(error)) if error.is_damage() => {
                    answers::rebuild(&home, &mut streams)?;
                    answers::open(&home, &mut streams).and_then(|index| question(&index))
                }
                answered => answered,
            }
        });
        asked.await.map_err(|error| Failure::Failed(error.to_string()))?
    }
}

#[async_trait]
impl Answers for Local {
    async fn insights(&self, question: &Question) -> Result<Page, AnswerError> {
        let filters = filters(&question.filter)?;
        let groupings = question.by.iter().map(|by| grouping(*by)).collect::<Result<Vec<_>, _>>()?;
        let asked = insights::Question {
            by: groupings.iter().flatten().copied().collect(),
            filters,
            top: question.top,
            ..insights::Question::page(window(question.since, question.until), question.zone.clone())
        };
        let by_hour = groupings.contains(&None).then(|| insights::Question {
            by: vec![HOURS],
            zone: TimeZone::UTC,
            top: 0,
            ..asked.clone()
        });
        let found = self.ask(move |index| {
            let mut found = insights::insights(index.connection(), &asked)?;
            if let Some(question) = &by_hour {
                let of_hours = insights::insights(index.connection(), question)?;
                found.by.insert(By::Hour.as_str().to_owned(), hours(of_hours));
            }
            Ok(found)
        });
        let mut insights = found.await.map_err(not_told)?;
        for by in &question.by {
            rename(&mut insights, *by);
        }
        Ok(Page { insights, reports: None })
    }

    async fn runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, AnswerError> {
        no_machine(&asked.filter)?;
        let asked = asked.clone();
        let found = self.ask(move |index| {
            let of = &asked.filter;
            let wanted = Wanted {
                window: window(asked.since, asked.until),
                host: of.agent.as_deref(),
                model: of.model.as_deref(),
                provider: of.provider.as_deref(),
                outcome: of.outcome.as_deref(),
                after: asked.after,
                most: asked.most,
            };
            Ok(insights::newest_runs(index.connection(), &wanted)?)
        });
        found.await.map_err(not_told)
    }

    async fn run(&self, wanted: &str) -> Result<RunDetail, AnswerError> {
        let wanted = wanted.to_owned();
        let asked = wanted.clone();
        let found = self.ask(move |index| {
            let mut found = insights::find_run(index.connection(), &asked)?;
            // A session taken up again is several runs: the latest is meant.
            let is_session = found.iter().all(|run| run.session_id.as_ref() == Some(&asked));
            Ok(match found.pop() {
                None => Err(AnswerError::NoRun(asked.clone())),
                Some(run) if found.is_empty() || is_session => {
                    Ok(insights::run_detail(index.connection(), run)?)
                }
                Some(last) => {
                    let runs = found.into_iter().chain([last]).take(MOST_RUNS).map(|run| run.run_id);
                    Err(AnswerError::ManyRuns { wanted: asked.clone(), runs: runs.collect() })
                }
            })
        });
        found.await.map_err(not_told)?
    }

    async fn names(&self) -> Result<Names, AnswerError> {
        use Dimension::{Host, Model, Provider};
        let question = insights::Question {
            by: [Host, Model, Provider].map(Grouping::One).to_vec(),
            top: 0,
            ..insights::Question::page(Window::default(), TimeZone::UTC)
        };
        let found = self.ask(move |index| Ok(insights::insights(index.connection(), &question)?));
        let found = found.await.map_err(not_told)?;
        let named = |dimension: Dimension| {
            let keys = found.by(dimension.as_str()).iter().map(|group| group.key.clone());
            keys.filter(|key| key != UNKNOWN).take(MOST_NAMES).collect()
        };
        Ok(Names { hosts: Vec::new(), agents: named(Host), models: named(Model), providers: named(Provider) })
    }
}

/// What a breakdown calls what a host did not say.
const UNKNOWN: &str = "(unknown)";
/// The hours of a window: those of all its days, in UTC, where none is there twice.
const HOURS: Grouping = Grouping::Two(Dimension::Day, Dimension::Hour);

fn window(since: Option<UnixNanos>, until: Option<UnixNanos>) -> Window {
    Window { since, until }
}

fn filters(filter: &CellFilter) -> Result<Vec<Filter>, AnswerError> {
    no_machine(filter)?;
    let filters = [
        (Dimension::Host, &filter.agent),
        (Dimension::Model, &filter.model),
        (Dimension::Provider, &filter.provider),
        (Dimension::Outcome, &filter.outcome),
    ];
    let given = filters
        .into_iter()
        .filter_map(|(dimension, value)| Some(Filter { dimension, value: value.clone()? }));
    Ok(given.collect())
}

fn no_machine(filter: &CellFilter) -> Result<(), AnswerError> {
    match filter.host {
        None => Ok(()),
        Some(_) => Err(AnswerError::Question {
            field: "host",
            reason: "this is one machine: leave it out, or give `agent`".to_owned(),
        }),
    }
}

/// The index's breakdown; `None` is [`HOURS`].
fn grouping((one, other): (By, Option<By>)) -> Result<Option<Grouping>, AnswerError> {
    match (one, other) {
        (By::Hour, None) => Ok(None),
        (one, None) => Ok(Some(Grouping::One(dimension(one)?))),
        (one, Some(other)) => Ok(Some(Grouping::Two(dimension(one)?, dimension(other)?))),
    }
}

fn dimension(by: By) -> Result<Dimension, AnswerError> {
    let refused = |reason: &str| Err(AnswerError::Question { field: "by", reason: reason.to_owned() });
    match by {
        By::Host => refused("`host` is of no use on one machine: leave it out, or give `agent`"),
        By::Hour => refused("`hour` goes with nothing here: give it alone, or `day` with another"),
        By::Agent => Ok(Dimension::Host),
        By::Model => Ok(Dimension::Model),
        By::Provider => Ok(Dimension::Provider),
        By::Platform => Ok(Dimension::Platform),
        By::Entrypoint => Ok(Dimension::Entrypoint),
        By::Kind => Ok(Dimension::Kind),
        By::Tool => Ok(Dimension::Tool),
        By::Outcome => Ok(Dimension::Outcome),
        By::Day => Ok(Dimension::Day),
    }
}

/// Puts a breakdown where it is looked for: what is an agent here is a host to the index.
fn rename(insights: &mut Insights, (one, other): (By, Option<By>)) {
    let word = |word: fn(By) -> &'static str| match other {
        None => word(one).to_owned(),
        Some(other) => format!("{},{}", word(one), word(other)),
    };
    let of_index = |by: By| if by == By::Agent { Dimension::Host.as_str() } else { by.as_str() };
    if let Some(groups) = insights.by.remove(&word(of_index)) {
        insights.by.insert(word(By::as_str), groups);
    }
}

/// Groups of [`HOURS`] under the moments that those hours began.
fn hours(mut found: Insights) -> Vec<Group> {
    let groups = found.by.remove(&HOURS.to_string()).unwrap_or_default();
    let moment = |group: &Group| {
        let [day, hour] = group.keys.as_ref()?;
        let began: DateTime = format!("{}T{}:00", day.as_str(), hour.as_str()).parse().ok()?;
        Some(began.to_zoned(TimeZone::UTC).ok()?.timestamp().to_string())
    };
    let named = groups.into_iter().filter_map(|group| {
        let key = moment(&group)?;
        Some(Group { key, keys: None, ..group })
    });
    let mut hours: Vec<Group> = named.collect();
    hours.sort_by(|one, other| one.key.cmp(&other.key));
    hours
}

/// A home that cannot be asked.
fn not_told(failure: Failure) -> AnswerError {
    AnswerError::Index(failure.to_string())
}
