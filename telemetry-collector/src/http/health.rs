//! Whether the collector lives, and whether it can work.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::problem::{Problem, ProblemDocument};
use crate::storage::Storage;

/// How long the database is taken for what it was: anybody may ask, as often as they like.
const REMEMBERED: Duration = Duration::from_secs(1);

/// How long it may take to say so.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the database can be written to, asked now and then.
#[derive(Clone)]
pub struct Health {
    storage: Arc<dyn Storage>,
    last: Arc<Mutex<Option<(Instant, bool)>>>,
}

impl Health {
    /// That of a database.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Health { storage, last: Arc::default() }
    }

    async fn is_ready(&self) -> bool {
        // Held while the database is asked, so that it is asked once however many want to know.
        let mut last = self.last.lock().await;
        if let Some((at, ready)) = *last
            && at.elapsed() < REMEMBERED
        {
            return ready;
        }
        let ready = matches!(timeout(PATIENCE, self.storage.ready()).await, Ok(Ok(())));
        *last = Some((Instant::now(), ready));
        ready
    }
}

/// The routes, with their documentation.
pub fn router(health: Health) -> OpenApiRouter {
    OpenApiRouter::new()
        .routes(routes!(get_health))
        .routes(routes!(get_ready))
        .routes(routes!(get_api_health))
        .with_state(health)
}

/// A word about the server.
#[derive(Debug, Serialize, ToSchema)]
struct Status {
    status: &'static str,
}

/// What clients of the batch wire ask for.
#[derive(Debug, Serialize, ToSchema)]
struct ApiHealth {
    /// `healthy` or `unhealthy`.
    status: &'static str,
    /// `connected` or `disconnected`.
    database: &'static str,
}

/// Says that the server lives
#[utoipa::path(get, path = "/health", tag = "health", responses((status = 200, description = "It does", body = Status)))]
async fn get_health() -> Json<Status> {
    Json(Status { status: "alive" })
}

/// Says whether requests can be served
#[utoipa::path(get, path = "/ready", tag = "health", responses(
    (status = 200, description = "The database can be written to", body = Status),
    (status = 503, description = "It cannot", body = ProblemDocument, content_type = "application/problem+json"),
))]
async fn get_ready(State(health): State<Health>) -> Result<Json<Status>, Problem> {
    match health.is_ready().await {
        true => Ok(Json(Status { status: "ready" })),
        false => Err(Problem::unavailable("the database cannot be written to")),
    }
}

/// Says how the collector is, to clients of the batch wire
#[utoipa::path(get, path = "/api/v1/health", tag = "health", responses(
    (status = 200, description = "It is well", body = ApiHealth),
    (status = 503, description = "It is not", body = ApiHealth),
))]
async fn get_api_health(State(health): State<Health>) -> (StatusCode, Json<ApiHealth>) {
    match health.is_ready().await {
        true => (StatusCode::OK, Json(ApiHealth { status: "healthy", database: "connected" })),
        false => (
            StatusCode::SERVICE_UNAVAILABLE,
            Json(ApiHealth { status: "unhealthy", database: "disconnected" }),
        ),
    }
}
