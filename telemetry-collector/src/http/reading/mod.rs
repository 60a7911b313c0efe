//! The routes that answer: the documents of the command line, over HTTP.
//!
//! They know [`Answers`] alone, so they are the same for a team's collector and for one machine. Who may ask is somebody else's
//! concern: whoever serves these routes puts them behind keys, or on a loopback address.

mod parameters;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use telemetry_store::insights::RunSummary;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Problem, ProblemDocument};
use crate::answers::{AnswerError, Answers};
use crate::storage::StorageError;
use parameters::{Parameters, place};

type Asked = State<Arc<dyn Answers>>;
type Given = Query<Vec<(String, String)>>;

/// The routes, with their documentation.
pub fn router(answers: Arc<dyn Answers>) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(insights))
        .routes(routes!(runs))
        .routes(routes!(run))
        .routes(routes!(names))
        .with_state(answers)
}

/// A document: `schema` says what it is, and comes first.
#[derive(Serialize)]
struct Document<T> {
    schema: &'static str,
    #[serde(flatten)]
    content: T,
}

/// Answers are of the moment they are asked, and nobody else's.
fn document(schema: &'static str, content: impl Serialize) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(Document { schema, content })).into_response()
}

/// Answers a page of numbers: the document of `telemetry insights --json`
#[utoipa::path(get, path = "/api/v1/insights", tag = "reading", security(("key" = []), ("bearer" = [])),
    params(
        ("since" = Option<String>, Query, min_length = 1, description = "From then on: 7d, 24h, 30m, today, a date, or a date and time (RFC 3339)", example = "7d"),
        ("until" = Option<String>, Query, min_length = 1, description = "Before then, in the same words"),
        ("tz" = Option<String>, Query, min_length = 1, description = "The zone of days and dates; UTC", example = "Europe/Berlin"),
        ("by" = Option<Vec<String>>, Query, description = "A breakdown: host, agent, model, provider, platform, entrypoint, kind, tool, outcome, day, hour, or two with a comma", example = json!(["model", "day,outcome"])),
        ("host" = Option<String>, Query, min_length = 1, description = "Only of this machine"),
        ("agent" = Option<String>, Query, min_length = 1, description = "Only of this agent"),
        ("model" = Option<String>, Query, min_length = 1, description = "Only of this model"),
        ("provider" = Option<String>, Query, min_length = 1, description = "Only of this provider"),
        ("outcome" = Option<String>, Query, pattern = "^(completed|limited|errored|timed_out|interrupted|reset|compressed|unknown|running)$", description = "Only what ended so"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 100, description = "Runs to name; 5"),
    ),
    responses(
        (status = 200, description = "The numbers", body = Object, links(
            ("run" = (operation_id = "run", parameters(("id" = "$response.body#/top_runs/0/run_id")), description = "The run that cost most, in full")),
        )),
        (status = 400, description = "This cannot be asked; it says which parameter is wrong", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
async fn insights(State(answers): Asked, Query(given): Given) -> Result<Response, Problem> {
    const KNOWN: &[&str] =
        &["since", "until", "tz", "by", "host", "agent", "model", "provider", "outcome", "limit"];
    let question = Parameters::of(given, KNOWN)?.question()?;
    Ok(document("telemetry.insights/1", answers.insights(&question).await?))
}

/// A page of runs, newest first, and where the next one begins.
#[derive(Serialize)]
struct Runs {
    runs: Vec<RunSummary>,
    /// What to give as `after` for the page after this one; null where this is the last.
    next: Option<String>,
}

/// Answers a page of runs, newest first, each as in the document of `telemetry runs --json`
#[utoipa::path(get, path = "/api/v1/runs", tag = "reading", security(("key" = []), ("bearer" = [])),
    params(
        ("since" = Option<String>, Query, min_length = 1, description = "That began from then on: 7d, 24h, 30m, today, a date, or a date and time (RFC 3339)", example = "7d"),
        ("until" = Option<String>, Query, min_length = 1, description = "That began before then, in the same words"),
        ("tz" = Option<String>, Query, min_length = 1, description = "The zone of dates; UTC", example = "Europe/Berlin"),
        ("host" = Option<String>, Query, min_length = 1, description = "Only of this machine"),
        ("agent" = Option<String>, Query, min_length = 1, description = "Only of this agent"),
        ("model" = Option<String>, Query, min_length = 1, description = "Only those that began with this model"),
        ("provider" = Option<String>, Query, min_length = 1, description = "Only those whose first answer was of this provider"),
        ("outcome" = Option<String>, Query, pattern = "^(completed|limited|errored|timed_out|interrupted|reset|compressed|unknown|running)$", description = "Only those that ended so"),
        ("limit" = Option<usize>, Query, minimum = 1, maximum = 1000, description = "At most so many; 50"),
        ("after" = Option<String>, Query, min_length = 1, description = "Those after the page whose `next` this is"),
    ),
    responses(
        (status = 200, description = "The runs, and `next`: what to give as `after` for the next page", body = Object, links(
            ("run" = (operation_id = "run", parameters(("id" = "$response.body#/runs/0/run_id")), description = "The newest of these runs in full")),
            ("session" = (operation_id = "run", parameters(("id" = "$response.body#/runs/0/session_id")), description = "The same, by the session it is of")),
            ("next" = (operation_id = "runs", parameters(("after" = "$response.body#/next")), description = "The next page, where there is one")),
        )),
        (status = 400, description = "This cannot be asked; it says which parameter is wrong", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
async fn runs(State(answers): Asked, Query(given): Given) -> Result<Response, Problem> {
    const KNOWN: &[&str] =
        &["since", "until", "tz", "host", "agent", "model", "provider", "outcome", "limit", "after"];
    let mut asked = Parameters::of(given, KNOWN)?.runs()?;
    let page = asked.most;
    // One more says whether there are more.
    asked.most += 1;
    let mut runs = answers.runs(&asked).await?;
    let is_last = runs.len() <= page;
    runs.truncate(page);
    let next = runs.last().filter(|_| !is_last).and_then(place);
    Ok(document("telemetry.runs/1", Runs { runs, next }))
}

/// Answers one run in full: the document of `telemetry show RUN --json`
#[utoipa::path(get, path = "/api/v1/runs/{id}", tag = "reading", security(("key" = []), ("bearer" = [])),
    params(("id" = String, Path, description = "A run id, the beginning of one, or a session id")),
    responses(
        (status = 200, description = "The run with its turns, calls, attempts, tools and subagents", body = Object),
        (status = 400, description = "It may be several runs", body = ProblemDocument, content_type = "application/problem+json"),
        (status = 404, description = "There is no such run", body = ProblemDocument, content_type = "application/problem+json"),
    ))]
async fn run(
    State(answers): Asked,
    Path(id): Path<String>,
    Query(given): Given,
) -> Result<Response, Problem> {
    Parameters::of(given, &[])?;
    Ok(document("telemetry.show/1", answers.run(&id).await?))
}

/// Answers what there is to filter by: machines, agents, models and providers
#[utoipa::path(get, path = "/api/v1/names", tag = "reading", security(("key" = []), ("bearer" = [])),
    responses((status = 200, description = "The names, most used first", body = Object)))]
async fn names(State(answers): Asked, Query(given): Given) -> Result<Response, Problem> {
    Parameters::of(given, &[])?;
    Ok(document("telemetry.names/1", answers.names().await?))
}

impl From<AnswerError> for Problem {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Question { .. } | AnswerError::ManyRuns { .. } => {
                Problem::malformed(error.to_string())
            }
            AnswerError::NoRun(_) => Problem::not_found(error.to_string()),
            AnswerError::Storage(StorageError::Unavailable(_)) => {
                Problem::unavailable("the database cannot be had: ask again in a second")
            }
            AnswerError::Storage(_) => Problem::internal(),
            // Of the machine that asks, so it may be told which file and why.
            AnswerError::Index(_) => Problem::unavailable(error.to_string()),
        }
    }
}
