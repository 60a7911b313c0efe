//! The page and its routes on this machine: who may ask ([`visitor`]), and who answers ([`local`]).

mod local;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::middleware;
use telemetry_collector::http::reading;
use telemetry_collector::page;

use crate::commands::Home;
use local::Local;

/// Everything that is served of a home.
pub(crate) fn routes(home: &Home) -> Router {
    let answers = Arc::new(Local::of(&home.path));
    Router::from(reading::router(answers))
        .merge(page::routes())
        .layer(middleware::from_fn(visitor::is_of_this_machine))
}
