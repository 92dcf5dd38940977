//! Pages of other origins that may call this surface: those that the operator lists, and no others.
//!
//! A page is asked no credential before it asks whether it may ask (the Fetch standard's preflight), and may then
//! send the token that it has. Nothing that a browser adds by itself comes along: credentials are not allowed.

use std::time::Duration;

use axum::http::header::{CONTENT_DISPOSITION, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::answer::CALL;
use crate::surface::http::names::Origin;

/// How long a browser may remember the answer.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Says yes to pages of these origins.
pub(super) fn layer(origins: Vec<Origin>) -> CorsLayer {
    let welcome = move |origin: &HeaderValue, _: &axum::http::request::Parts| {
        origin.to_str().ok().and_then(Origin::parse).is_some_and(|origin| origins.contains(&origin))
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(welcome))
        .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PUT, Method::PATCH, Method::DELETE])
        // Which headers are arguments is for each route to say.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([CALL, CONTENT_DISPOSITION, RETRY_AFTER, WWW_AUTHENTICATE])
        .max_age(REMEMBERED)
}
