//! The page on which people decide: three files, the same for everyone, with no data in them.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

/// Nothing but the page's own script and style runs, nothing is fetched from elsewhere or sent elsewhere, nobody
/// frames it, and no text becomes markup.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
                      require-trusted-types-for 'script'; trusted-types 'none'";

pub(super) const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
pub(super) const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");

const OPENER: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const RESOURCE: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// The page's script and style.
pub(super) fn files() -> Router {
    let script = || async { file("text/javascript; charset=utf-8", include_str!("page.js")) };
    let style = || async { file("text/css; charset=utf-8", include_str!("page.css")) };
    Router::new()
        .route("/approvals/page/script.js", get(script))
        .route("/approvals/page/style.css", get(style))
}

/// The page itself.
pub(super) fn html() -> Response {
    file("text/html; charset=utf-8", include_str!("page.html"))
}

fn file(media_type: &'static str, text: &'static str) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (CACHE_CONTROL, NO_STORE),
        (X_CONTENT_TYPE_OPTIONS, NO_SNIFF),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (OPENER, HeaderValue::from_static("same-origin")),
        (RESOURCE, HeaderValue::from_static("same-origin")),
    ];
    (headers, text).into_response()
}
