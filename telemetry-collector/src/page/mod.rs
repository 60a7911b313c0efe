//! The page that shows it all: a few files without a framework and without a build, in the binary.
//!
//! It asks the routes of [`http::reading`](crate::http::reading) and nobody else: its policy lets it run, show and reach nothing
//! that is not served beside it. Names of models and tools are other people's words; they become text, never markup.

mod assets;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use assets::{ASSETS, Asset};

/// Nothing from elsewhere, nothing inline, nowhere in a frame, nothing sent by a form.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
    img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'; form-action 'none'";

/// The page at `/`, and its files below `/assets/`.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(move |headers: HeaderMap| async move { serve(asset, &headers) }))
    })
}

/// A file, or the word that the one which is there is still right.
fn serve(asset: &'static Asset, headers: &HeaderMap) -> Response {
    let etag = asset.etag();
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_known =
        known.flat_map(|tags| tags.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let about = [
        (CONTENT_TYPE, asset.kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        // Kept, and asked about each time: another version of the program has other files.
        (CACHE_CONTROL, "no-cache"),
    ];
    match is_known {
        true => (StatusCode::NOT_MODIFIED, about, [(ETAG, etag)]).into_response(),
        false => (about, [(ETAG, etag)], asset.content).into_response(),
    }
}
