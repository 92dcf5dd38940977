//! Which requests are equal: the same question to the same server, and for the same principal where that counts.

use std::sync::Arc;

use http::Uri;
use http::header::{HeaderMap, HeaderName, HeaderValue};

use crate::authority::Method;

/// Headers that make a request one of its kind: a conditional one has an answer of its own. All others choose between
/// answers, such as the scope that a request is made in.
const ALONE: [&str; 4] = ["if-none-match", "if-modified-since", "if-match", "idempotency-key"];

/// What equal requests have in common.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(in crate::egress) struct Key(Arc<Parts>);

#[derive(Debug, PartialEq, Eq, Hash)]
struct Parts {
    /// Of a server as it is configured, and after how many writes; every plugin has its own.
    server: (u64, u64),
    principal: Option<Arc<str>>,
    method: Method,
    /// With the query, as it is sent.
    uri: String,
    /// By name.
    chosen: Vec<(String, Vec<u8>)>,
    body: [u8; 32],
}

impl Key {
    /// Of a request that is ready to send; `None` where its headers make it one of its kind.
    pub(in crate::egress) fn of(
        server: (u64, u64),
        principal: Option<Arc<str>>,
        (method, uri): (Method, &Uri),
        headers: &HeaderMap,
        body: &[u8],
    ) -> Option<Self> {
        if headers.keys().any(|name| ALONE.contains(&name.as_str())) {
            return None;
        }
        let given =
            |(name, value): (&HeaderName, &HeaderValue)| (name.to_string(), value.as_bytes().to_vec());
        let mut chosen: Vec<_> = headers.iter().map(given).collect();
        chosen.sort_unstable();
        let body = *blake3::hash(body).as_bytes();
        Some(Self(Arc::new(Parts { server, principal, method, uri: uri.to_string(), chosen, body })))
    }
}
