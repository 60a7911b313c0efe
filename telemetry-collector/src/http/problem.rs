//! Errors as problem documents (RFC 9457). What is in one is written here or says what the sender sent wrong: never a key,
//! never what a database or a library said.

use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::intake::IntakeError;

/// The media type of problems.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused.
#[derive(Debug, Clone)]
pub struct Problem {
    status: StatusCode,
    document: Box<ProblemDocument>,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// The document of a [`Problem`].
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Which problem this is: `urn:telemetry:problem:` and a word.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same for every problem of its type.
    pub title: &'static str,
    /// The status of the answer.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong with this request, and what to do.
    pub detail: String,
    /// What is wrong with each event, where that is the problem.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one event of a batch.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FieldError {
    /// Which event, counted from 0.
    pub index: usize,
    /// Its field, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<&'static str>,
    /// What is wrong with it.
    pub reason: String,
}

impl Problem {
    fn new(status: StatusCode, word: &str, title: &'static str, detail: impl Into<String>) -> Self {
        let document = ProblemDocument {
            kind: format!("urn:telemetry:problem:{word}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
        };
        Problem { status, document: Box::new(document), headers: Vec::new() }
    }

    /// 400: it cannot be read, or asks for what cannot be.
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "malformed", "The request is not as it must be", detail)
    }

    /// 400: not one of its events can be kept.
    pub fn nothing_kept(detail: impl Into<String>, errors: Vec<FieldError>) -> Self {
        let mut problem =
            Self::new(StatusCode::BAD_REQUEST, "rejected", "None of the events can be kept", detail);
        problem.document.errors = errors;
        problem
    }

    /// 401: without a key that opens anything. The same for all that do not.
    pub fn no_key() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "no-key",
            "A key is needed",
            "send a valid key as `X-API-Key: KEY` or `Authorization: Bearer KEY`; `telemetry collector key add` makes one",
        )
        .with(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
    }

    /// 403: the key is good, and not for this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", "The key does not open this", detail)
    }

    /// 404.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", "There is nothing here", detail)
    }

    /// 405. The answer keeps the header `Allow` that it has.
    pub fn wrong_method() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "wrong-method",
            "Not by this method",
            "the header `Allow` names the methods",
        )
    }

    /// 421: meant for somebody of another name.
    pub fn misdirected(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::MISDIRECTED_REQUEST, "misdirected", "Meant for somebody else", detail)
    }

    /// 408: the body did not come in time.
    pub fn too_slow() -> Self {
        Self::new(
            StatusCode::REQUEST_TIMEOUT,
            "too-slow",
            "The request took too long to arrive",
            "send it faster, or less of it at once",
        )
        .closing()
    }

    /// 413.
    pub fn too_large(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", "The request is too large", detail).closing()
    }

    /// 415: of a type or in an encoding that is not taken.
    pub fn unsupported(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "Not in this form", detail)
    }

    /// 429: too many requests, for that many seconds.
    pub fn too_many(detail: impl Into<String>, seconds: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many-requests", "Too many requests", detail)
            .retry_after(seconds)
    }

    /// 500: a bug of ours.
    pub fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "The collector failed",
            "this is a bug of the collector; its log says when",
        )
    }

    /// 503: not now.
    pub fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "Not now", detail).retry_after(1)
    }

    /// What a status alone says, of an answer that came without a document.
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::not_found("`/openapi.json` says what there is"),
            StatusCode::METHOD_NOT_ALLOWED => Self::wrong_method(),
            StatusCode::PAYLOAD_TOO_LARGE => Self::too_large("send less at once"),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => Self::unsupported("`/openapi.json` says in which form"),
            StatusCode::REQUEST_TIMEOUT => Self::too_slow(),
            StatusCode::SERVICE_UNAVAILABLE => Self::unavailable("try again in a second"),
            status if status.is_client_error() => {
                let mut problem = Self::malformed("`/openapi.json` says how it must be");
                problem.status = status;
                problem.document.status = status.as_u16();
                problem
            }
            _ => Self::internal(),
        }
    }

    /// What is wrong with this request, and what to do.
    pub fn detail(&self) -> &str {
        &self.document.detail
    }

    /// What its answer's status is.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// Adds a header to the answer.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Lets the connection end: what may still come of the body must not be taken for another request.
    #[must_use]
    pub fn closing(self) -> Self {
        self.with(header::CONNECTION, HeaderValue::from_static("close"))
    }

    fn retry_after(self, seconds: u64) -> Self {
        self.with(header::RETRY_AFTER, HeaderValue::from(seconds))
    }
}

impl From<IntakeError> for Problem {
    fn from(error: IntakeError) -> Self {
        match error {
            IntakeError::Full => {
                Self::unavailable("more is coming in than can be kept: send it again in a second")
            }
            IntakeError::Unavailable(_) => {
                Self::unavailable("the database cannot be had: send it again in a second")
            }
            IntakeError::Broken(_) => Self::internal(),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = (self.status, axum::Json(&self.document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for (name, value) in self.headers {
            headers.insert(name, value);
        }
        response
    }
}
