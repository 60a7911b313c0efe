//! Why there is no answer, as a problem document (RFC 9457).

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::answers::AnswerError;
use crate::storage::StorageError;

#[derive(Serialize)]
struct Problem {
    title: &'static str,
    status: u16,
    detail: String,
}

impl IntoResponse for AnswerError {
    fn into_response(self) -> Response {
        let (status, title) = match &self {
            AnswerError::Question { .. } => (StatusCode::BAD_REQUEST, "this cannot be asked"),
            AnswerError::NoRun(_) => (StatusCode::NOT_FOUND, "no such run"),
            AnswerError::ManyRuns { .. } => (StatusCode::CONFLICT, "this may be several runs"),
            AnswerError::Storage(StorageError::Unavailable(_)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "the database is not to be had")
            }
            AnswerError::Storage(_) | AnswerError::Index(_) => {
                (StatusCode::INTERNAL_SERVER_ERROR, "the answer could not be found out")
            }
        };
        let problem = Problem { title, status: status.as_u16(), detail: self.to_string() };
        (status, [(header::CONTENT_TYPE, "application/problem+json")], Json(problem)).into_response()
    }
}
