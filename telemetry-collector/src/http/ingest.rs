//! The routes that take in.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Serialize;
use telemetry_core::time::UnixNanos;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::auth::Sender;
use super::body::{Bodies, Size};
use super::limits::{MOST_BATCH, MOST_EVENTS, MOST_EVENTS_SENT, MOST_TRANSCRIPT};
use super::metrics::{Metrics, Taken, Wire};
use super::openapi::{BatchBody, TranscriptBody};
use super::problem::{FieldError, Problem, ProblemDocument};
use crate::intake::batch::{self, Envelope};
use crate::intake::lines::{self, Line, Wrong};
use crate::intake::{Intake, IntakeError, Recorded, Window, transcript};

/// The schema of what is answered to events.
pub const SCHEMA: &str = "telemetry.intake/1";

/// What the routes need.
#[derive(Clone)]
pub struct Ingest {
    /// Where it goes.
    pub intake: Intake,
    /// What reads bodies.
    pub bodies: Bodies,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How long events are kept, in nanoseconds.
    pub kept_ns: i64,
}

/// The routes, with their documentation.
pub fn router(ingest: Ingest) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(post_batch))
        .routes(routes!(post_transcript))
        .routes(routes!(post_events))
        .with_state(ingest)
}

/// What became of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct BatchAnswer {
    /// `telemetry.intake/1`.
    schema: &'static str,
    /// Events that are new and kept.
    accepted: u64,
    /// Events that were kept before.
    duplicate: u64,
    /// Events that were refused.
    rejected: u64,
    /// Why each of them was.
    errors: Vec<FieldError>,
}

/// What became of lines.
#[derive(Debug, Serialize, ToSchema)]
struct EventsAnswer {
    /// `telemetry.intake/1`.
    schema: &'static str,
    /// Events that are new and kept.
    accepted: u64,
    /// Events that were kept before.
    duplicate: u64,
    /// Lines that were refused.
    rejected: u64,
    /// What became of each line, in their order.
    results: Vec<LineResult>,
}

/// What became of one line.
#[derive(Debug, Serialize, ToSchema)]
struct LineResult {
    /// Which, counted from 1; empty lines count.
    line: usize,
    /// The event's id, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    status: LineStatus,
    /// The field it was refused for, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// What can become of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum LineStatus {
    /// New, and kept.
    Accepted,
    /// Kept before.
    Duplicate,
    /// Refused.
    Rejected,
}

/// A transcript is kept.
#[derive(Debug, Serialize, ToSchema)]
struct TranscriptAnswer {
    /// Always true.
    success: bool,
}

/// Takes events of the batch wire
///
/// Keeps each event that is as it must be, once, and says of the others what is wrong with them. An event with a `timestamp` that is
/// sent again is a duplicate; one without is a new one, unless the header `Idempotency-Key` is the same UUID of version 7.
#[utoipa::path(
    post,
    path = "/api/v1/telemetry/batch",
    tag = "ingest",
    security(("key" = []), ("bearer" = [])),
    params(("Idempotency-Key" = Option<String>, Header, description = "A UUID of version 7: the time and identity of events without a timestamp")),
    request_body(content = BatchBody, content_type = "application/json", description = "1 to 100 events; the list alone is taken too"),
    responses(
        (status = 200, description = "At least one event is kept", body = BatchAnswer),
        (status = 400, description = "Not one event can be kept", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
async fn post_batch(
    State(ingest): State<Ingest>,
    sender: Sender,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<BatchAnswer>, Problem> {
    let size = Size { sent: MOST_BATCH, decoded: MOST_BATCH };
    let content = ingest.bodies.read(&headers, body, &["application/json"], size).await?;
    let idempotency_key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    let now = UnixNanos::now();
    let host = sender.host.as_deref().filter(|_| sender.bound);
    let window = Window::at(now, ingest.kept_ns);
    let batch = batch::read(&content.bytes, Envelope { window, now, host, idempotency_key });
    drop(content);
    let batch = batch.map_err(Problem::malformed)?;
    let rejected = batch.rejected.len() as u64;
    let errors: Vec<FieldError> = batch
        .rejected
        .into_iter()
        .map(|one| FieldError { index: one.index, field: one.field, reason: one.reason })
        .collect();
    if batch.reports.is_empty() {
        ingest.metrics.taken(Wire::Batch, Taken { rejected, ..Taken::default() });
        return Err(Problem::nothing_kept("`errors` says what is wrong with each event", errors));
    }
    let kept = ingest.intake.reports(batch.reports).await.map_err(|error| ingest.failed(error))?;
    let taken = ingest.count(Wire::Batch, &kept, rejected);
    Ok(Json(BatchAnswer {
        schema: SCHEMA,
        accepted: taken.accepted,
        duplicate: taken.duplicate,
        rejected: taken.rejected,
        errors,
    }))
}

/// Takes the transcript of a session
///
/// Keeps it in place of the one that the same host and session had before.
#[utoipa::path(
    post,
    path = "/api/v1/transcript",
    tag = "ingest",
    security(("key" = []), ("bearer" = [])),
    request_body(content = TranscriptBody, content_type = "application/json"),
    responses(
        (status = 200, description = "It is kept", body = TranscriptAnswer),
        (status = 400, description = "It is not as it must be", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
async fn post_transcript(
    State(ingest): State<Ingest>,
    sender: Sender,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<TranscriptAnswer>, Problem> {
    let size = Size { sent: MOST_TRANSCRIPT, decoded: MOST_TRANSCRIPT };
    let content = ingest.bodies.read(&headers, body, &["application/json"], size).await?;
    let read = move || transcript::read(&content.bytes, UnixNanos::now());
    let transcript = tokio::task::spawn_blocking(read).await.map_err(|_| Problem::internal())?;
    let transcript = transcript.map_err(Problem::malformed)?;
    if !sender.speaks_for(&transcript.host) {
        return Err(Problem::forbidden("`hostId` is not the machine that the key is for"));
    }
    ingest.intake.transcript(&transcript).await.map_err(|error| ingest.failed(error))?;
    Ok(Json(TranscriptAnswer { success: true }))
}

/// Takes lines of a log
///
/// Each line is an event as a machine's own log has it. An event is kept once, however often it is sent; `results` says what became
/// of each line. Events of a kind that this version does not know are kept as they are.
#[utoipa::path(
    post,
    path = "/api/v1/events",
    tag = "ingest",
    security(("key" = []), ("bearer" = [])),
    params(
        ("X-Telemetry-Host" = Option<String>, Header, min_length = 1, max_length = 255, example = "laptop", description = "The machine they come from; needed unless the key is for one"),
        ("Content-Encoding" = Option<String>, Header, description = "gzip, zstd or identity"),
    ),
    request_body(content = String, content_type = "application/x-ndjson", description = "Up to 10,000 lines of up to 65,536 bytes",
        example = json!("{\"v\":1,\"event\":\"process_ended\",\"id\":\"00000000000000aa\",\"ts\":1785585600000000000,\"process\":\"000000000000000000000000000000ff\",\"end\":\"exit\"}\n")),
    responses(
        (status = 200, description = "What became of each line", body = EventsAnswer),
        (status = 400, description = "No line is an event, or the machine is missing", body = ProblemDocument, content_type = "application/problem+json"),
    )
)]
async fn post_events(
    State(ingest): State<Ingest>,
    sender: Sender,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EventsAnswer>, Problem> {
    let size = Size { sent: MOST_EVENTS_SENT, decoded: MOST_EVENTS };
    let types = ["application/x-ndjson", "application/ndjson", "application/jsonl"];
    let host = sender
        .host
        .ok_or_else(|| Problem::malformed("`X-Telemetry-Host` is missing: it says which machine sends"))?;
    let content = ingest.bodies.read(&headers, body, &types, size).await?;
    let window = Window::at(UnixNanos::now(), ingest.kept_ns);
    let read = move || lines::read(&content.bytes, &host, window);
    let lines = tokio::task::spawn_blocking(read).await.map_err(|_| Problem::internal())?;
    let lines = lines.map_err(Problem::malformed)?;
    if let Some(first) = lines.iter().find(|line| line.event.is_err())
        && lines.iter().all(is_unreadable)
    {
        let reason = first.event.as_ref().err().map_or("", |wrong| &wrong.reason);
        let rejected = lines.len() as u64;
        ingest.metrics.taken(Wire::Events, Taken { rejected, ..Taken::default() });
        return Err(Problem::malformed(format!("no line is an event: line {} {reason}", first.number)));
    }
    let (mut results, recorded): (Vec<LineResult>, Vec<_>) = lines.into_iter().map(split).unzip();
    let recorded: Vec<Recorded> = recorded.into_iter().flatten().collect();
    let kept = ingest.intake.events(recorded).await.map_err(|error| ingest.failed(error))?;
    let known = results.iter_mut().filter(|result| result.status == LineStatus::Accepted);
    for (result, is_new) in known.zip(&kept) {
        if !is_new {
            result.status = LineStatus::Duplicate;
        }
    }
    let rejected = (results.len() - kept.len()) as u64;
    let taken = ingest.count(Wire::Events, &kept, rejected);
    Ok(Json(EventsAnswer {
        schema: SCHEMA,
        accepted: taken.accepted,
        duplicate: taken.duplicate,
        rejected: taken.rejected,
        results,
    }))
}

/// Whether it is no event at all, which every one of ours can be told from by its id.
fn is_unreadable(line: &Line) -> bool {
    line.event.as_ref().is_err_and(|wrong| wrong.id.is_none())
}

fn split(line: Line) -> (LineResult, Option<Recorded>) {
    let result = |id, status, field, reason| LineResult { line: line.number, id, status, field, reason };
    match line.event {
        Ok(recorded) => {
            (result(Some(recorded.event.id.to_string()), LineStatus::Accepted, None, None), Some(recorded))
        }
        Err(Wrong { id, field, reason }) => (result(id, LineStatus::Rejected, field, Some(reason)), None),
    }
}

impl Ingest {
    /// What is answered where events cannot be kept.
    pub(super) fn failed(&self, error: IntakeError) -> Problem {
        if !matches!(error, IntakeError::Full) {
            self.metrics.database_failed();
        }
        error.into()
    }

    /// Counts what became of events.
    pub(super) fn count(&self, wire: Wire, kept: &[bool], rejected: u64) -> Taken {
        let accepted = kept.iter().filter(|is_new| **is_new).count() as u64;
        let taken = Taken { accepted, duplicate: kept.len() as u64 - accepted, rejected };
        self.metrics.taken(wire, taken);
        taken
    }
}
