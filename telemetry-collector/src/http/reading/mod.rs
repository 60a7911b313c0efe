//! The routes that answer: the documents of the command line, over HTTP.
//!
//! They know [`Answers`] alone, so they are the same for a team's collector and for one machine. Who may ask is somebody else's
//! concern: whoever serves these routes puts them behind keys, or on a loopback address.

mod parameters;
mod problem;

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use telemetry_store::insights::RunSummary;

use crate::answers::{AnswerError, Answers};
use parameters::{Parameters, place};

type Asked = State<Arc<dyn Answers>>;
type Given = Query<Vec<(String, String)>>;

/// The routes.
pub fn routes(answers: Arc<dyn Answers>) -> Router {
    Router::new()
        .route("/api/v1/insights", get(insights))
        .route("/api/v1/runs", get(runs))
        .route("/api/v1/runs/{id}", get(run))
        .route("/api/v1/names", get(names))
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

/// A page of numbers: what `telemetry insights --json` prints.
async fn insights(State(answers): Asked, Query(given): Given) -> Result<Response, AnswerError> {
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

/// Runs, newest first, as `telemetry runs --json` has each.
async fn runs(State(answers): Asked, Query(given): Given) -> Result<Response, AnswerError> {
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

/// One run in full: what `telemetry show RUN --json` prints.
async fn run(
    State(answers): Asked,
    Path(id): Path<String>,
    Query(given): Given,
) -> Result<Response, AnswerError> {
    Parameters::of(given, &[])?;
    Ok(document("telemetry.show/1", answers.run(&id).await?))
}

/// What there is to filter by.
async fn names(State(answers): Asked, Query(given): Given) -> Result<Response, AnswerError> {
    Parameters::of(given, &[])?;
    Ok(document("telemetry.names/1", answers.names().await?))
}
