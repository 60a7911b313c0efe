//! The routes of OTLP over HTTP: <https://opentelemetry.io/docs/specs/otlp/#otlphttp>. Their messages are
//! another's, so our OpenAPI document says no more of them than where they go.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use telemetry_core::time::UnixNanos;
use utoipa_axum::router::OpenApiRouter;

use super::auth::Sender;
use super::body::Size;
use super::ingest::Ingest;
use super::limits::{MOST_EVENTS, MOST_EVENTS_SENT};
use super::metrics::Wire;
use super::problem::Problem;
use crate::intake::Window;
use crate::otlp::mark::Signal;
use crate::otlp::read::{Encoding, Malformed, read};
use crate::otlp::{Taken, answer, take};

/// The routes.
pub fn router(ingest: Ingest) -> OpenApiRouter {
    let route = |signal| {
        post(async move |State(ingest): State<Ingest>, sender: Sender, headers: HeaderMap, body: Body| {
            export(signal, &ingest, &sender, &headers, body).await
        })
    };
    OpenApiRouter::new()
        .route("/v1/traces", route(Signal::Span))
        .route("/v1/logs", route(Signal::Log))
        .route("/v1/metrics", route(Signal::Metric))
        .with_state(ingest)
}

/// Takes a request in, and answers in its own encoding.
async fn export(
    signal: Signal,
    ingest: &Ingest,
    sender: &Sender,
    headers: &HeaderMap,
    body: Body,
) -> Response {
    let encoding = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).and_then(Encoding::of);
    let (status, answer, encoding) =
        match (taken_in(signal, encoding, ingest, sender, headers, body).await, encoding) {
            (Ok(answer), Some(encoding)) => {
                return response(StatusCode::OK.into_response(), encoding, answer);
            }
            (Err(problem), Some(encoding)) => (problem.status(), problem, encoding),
            // Who speaks in another way may not be speaking OTLP.
            (Err(problem), None) => return problem.into_response(),
            (Ok(_), None) => return Problem::internal().into_response(),
        };
    let message = answer::refused(encoding, code(status), answer.detail());
    response(answer.into_response(), encoding, message)
}

fn response(mut response: Response, encoding: Encoding, body: Vec<u8>) -> Response {
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(encoding.media_type()));
    *response.body_mut() = Body::from(body);
    response
}

/// The code of gRPC that says what a status does.
fn code(status: StatusCode) -> i32 {
    match status.as_u16() {
        400 | 413 | 415 => 3,
        401 => 16,
        403 => 7,
        408 => 4,
        429 => 8,
        503 => 14,
        _ => 13,
    }
}

async fn taken_in(
    signal: Signal,
    encoding: Option<Encoding>,
    ingest: &Ingest,
    sender: &Sender,
    headers: &HeaderMap,
    body: Body,
) -> Result<Vec<u8>, Problem> {
    let size = Size { sent: MOST_EVENTS_SENT, decoded: MOST_EVENTS };
    let types = [Encoding::Protobuf.media_type(), Encoding::Json.media_type()];
    let content = ingest.bodies.read(headers, body, &types, size).await?;
    let encoding = encoding.ok_or_else(Problem::internal)?;
    let window = Window::at(UnixNanos::now(), ingest.kept_ns);
    let host = sender.host.clone();
    let taken = tokio::task::spawn_blocking(move || -> Result<Taken, Malformed> {
        let request = read(signal, encoding, &content.bytes)?;
        Ok(take(&request, host.as_deref(), &|moment| window.check(moment).map(drop)))
    });
    let Taken { events, rejected } = taken
        .await
        .map_err(|_| Problem::internal())?
        .map_err(|error| Problem::malformed(error.to_string()))?;
    let kept = ingest.intake.events(events).await.map_err(|error| ingest.failed(error))?;
    ingest.count(Wire::Otlp, &kept, rejected.items);
    Ok(answer::taken(signal, encoding, &rejected))
}
