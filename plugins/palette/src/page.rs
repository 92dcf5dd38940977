//! Reads a list page by page.
//!
//! `continue` goes into the query, on searches too: in a body Palette ignores it, and the first page comes again.
//! A server that goes in circles all the same ends at a guard: an empty page, a token that was there before, a
//! page count.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;

use crate::api::Api;
use crate::capability::Capability;
use crate::fault::Fault;
use crate::instance::{Call, Request};
use crate::model::meta::Page;

/// Items of one page: what Palette gives at most.
pub const PAGE: usize = 50;

/// Most items that one list is read to.
pub const MOST: usize = 2_000;

/// What was read.
#[derive(Debug)]
pub struct Collected<T> {
    /// In the server's order.
    pub items: Vec<T>,
    /// Whether these are all.
    pub whole: bool,
}

/// Reads at most `most` items of a list. The request must not say `limit` or `continue` itself.
///
/// Pages come one after the other: a token is known when its page is there, and offsets shift while a list
/// changes.
///
/// # Errors
/// As [`Api::json`].
pub async fn all<C: Call, T: DeserializeOwned>(
    api: &Api<'_, C>,
    capability: Capability,
    request: Request,
    most: usize,
) -> Result<Collected<T>, Fault> {
    let mut items: Vec<T> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut token = String::new();
    let size = PAGE.min(most.max(1));
    for _ in 0..=most.div_ceil(size) {
        let mut next = request.clone().with("limit", size.to_string());
        if !token.is_empty() {
            next = next.with("continue", token.as_str());
        }
        let page: Page<T> = api.json(capability, next).await?;
        let empty = page.items.is_empty();
        items.extend(page.items);
        token = page.listmeta.r#continue;
        if items.len() > most {
            items.truncate(most);
            return Ok(Collected { items, whole: false });
        }
        if token.is_empty() || empty {
            return Ok(Collected { items, whole: true });
        }
        if items.len() == most || !seen.insert(token.clone()) {
            break;
        }
    }
    Ok(Collected { items, whole: false })
}
