//! What is around every route: a time limit, what becomes of a panic, problems for answers without a document, and counting.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{ALLOW, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::FutureExt as _;
use tokio::time::{Instant, timeout};

use super::metrics::Metrics;
use super::problem::{PROBLEM_JSON, Problem};

/// What a middleware around every route needs.
#[derive(Clone)]
pub struct Around {
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// From a request to its answer.
    pub time: Duration,
}

/// Answers whatever happens inside.
pub async fn every_request(State(around): State<Around>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let answered = timeout(around.time, AssertUnwindSafe(next.run(request)).catch_unwind()).await;
    let response = match answered {
        Ok(Ok(response)) => with_document(response),
        // The words of a panic may quote what it was about.
        Ok(Err(_)) => {
            around.metrics.panicked();
            Problem::internal().into_response()
        }
        Err(_) => {
            Problem::unavailable("it took too long: send it again in a second").closing().into_response()
        }
    };
    let route = route.as_deref().unwrap_or("other");
    around.metrics.answered(route, &method, response.status().as_u16(), began.elapsed());
    response
}

/// The answer, with a problem document if it is an error without one, such as those of the router.
fn with_document(mut response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    let kind = response.headers().get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    let has_document =
        kind.is_some_and(|kind| kind == PROBLEM_JSON.as_bytes() || kind == b"application/json");
    if is_error && !has_document && !is_protobuf(kind) {
        let allowed = response.headers_mut().remove(ALLOW);
        response = Problem::of_status(status).into_response();
        if let Some(allowed) = allowed.filter(|_| status == StatusCode::METHOD_NOT_ALLOWED) {
            response.headers_mut().insert(ALLOW, allowed);
        }
    }
    response.headers_mut().entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    response
}

/// OTLP has errors of its own form, in the form that was asked in.
fn is_protobuf(kind: Option<&[u8]>) -> bool {
    kind == Some(b"application/x-protobuf")
}
