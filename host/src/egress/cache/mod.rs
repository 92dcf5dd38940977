//! Answers that are kept for a while, where a manifest's `allow` line says so.
//!
//! ```toml
//! cache = { fresh = "30s", stale = "5m", by = "target" }
//! ```
//!
//! The gate asks here after the authority check and before anything is sent, so an answer is given only to a call
//! that could have fetched it. What comes of a request is one of these:
//!
//! | there is | the component gets | the target |
//! |---|---|---|
//! | an answer younger than `fresh` | it | is not asked |
//! | one that is older by less than `stale` | it, at once | is asked once, in the background |
//! | an equal request in flight | its answer | is not asked again |
//! | nothing | what the target answers | is asked |
//!
//! Two requests are equal when they go to the same server as it is configured now, with the same method, path,
//! query, body and `accept` headers, by the same plugin; and for the same principal, where the line says
//! `by = "principal"`. The component reads in `age` and `cache-status` (RFC 9111, RFC 9211) what it was given, and
//! the caller in the result's `postern/cache`.
//!
//! # Design
//!
//! *Whose authority is a refresh?* That of the call which met the old answer: its authority covered this very
//! request a moment ago, and exactly it is sent again: the same bytes, to the same target, with the same
//! credential. It has its own deadline and its own limits, since the call may end first. Nobody is handed what it
//! brings: it is put where the next call finds it, after a check of its own. So it reaches nothing that a call
//! could not, and its record is the call's exchange, which says `stale`.
//!
//! *What may be kept is the manifest's word*, which a reviewer reads. A target's `no-store` and `vary: *` are obeyed.
//! Its `private` and `no-cache` are not: every API server sends them with everything, and what is kept here was
//! fetched with one credential and is given only to those who would use the same.
//!
//! *Only a whole 200 is kept.* An error is shared with those that wait for it, and forgotten. So is what
//! says 200 and is no answer: a web page that nobody asked for, such as the sign-in of what stands before a server,
//! and JSON that is none, such as half of it.
//!
//! *A write ends everything older.* A request that can change something makes what was kept of its target
//! unreachable when it is sent, and again when it has ended: what was read meanwhile may be from before.
//!
//! *Who began a request may go away.* Then the next of those that wait for it asks; it is not carried on for nobody.

mod flight;
mod key;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, HeaderMap, HeaderName, VARY};
use moka::Expiry;
use moka::policy::EvictionPolicy;
use moka::sync::Cache as Entries;
use serde::de::IgnoredAny;
use tokio::time::Instant;

use flight::{Flights, Flying};
pub(super) use flight::{Followed, Lead};
pub(super) use key::Key;

use super::error::Error;
use super::gate::Response;
use crate::authority::Caching;

/// Of all targets together, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// Of one answer, in bytes; a larger one is not kept.
const MAX_ENTRY_BYTES: usize = 8 << 20;
/// What an entry costs beyond its answer.
const ENTRY_BYTES: usize = 512;

/// What came of asking the cache, for the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Served {
    /// An answer so old, which still counts as fresh.
    Fresh(Duration),
    /// An answer so old, while another was fetched.
    Stale(Duration),
    /// The answer to an equal request that was in flight.
    Shared,
}

impl Served {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fresh(_) => "fresh",
            Self::Stale(_) => "stale",
            Self::Shared => "shared",
        }
    }

    /// How old the answer is; nothing where it has just come.
    #[must_use]
    pub const fn age(self) -> Duration {
        match self {
            Self::Fresh(age) | Self::Stale(age) => age,
            Self::Shared => Duration::ZERO,
        }
    }
}

/// An answer as a component gets it, and since when it is so.
#[derive(Debug, Clone)]
pub(super) struct Kept {
    pub(super) response: Response,
    pub(super) born: Instant,
    /// Whether it may outlive its flight.
    pub(super) keep: bool,
    /// Whether it may be given to those that wait for it.
    pub(super) share: bool,
}

#[derive(Clone)]
struct Entry {
    kept: Arc<Kept>,
    life: Duration,
}

/// What a request finds.
pub(super) enum Found {
    /// An answer that is good.
    Fresh(Arc<Kept>),
    /// One that is not quite; with the place of who fetches another, if nobody does yet.
    Stale(Arc<Kept>, Option<Lead>),
    /// Somebody else is asking.
    Follow(Flying),
    /// Nobody is.
    Lead(Lead),
}

/// Every kept answer of every plugin. Cheap to clone.
#[derive(Clone)]
pub(super) struct Cache {
    entries: Entries<Key, Entry>,
    flights: Arc<Mutex<Flights>>,
}

impl Default for Cache {
    fn default() -> Self {
        let weight = |_: &Key, entry: &Entry| {
            u32::try_from(entry.kept.response.body.len().saturating_add(ENTRY_BYTES)).unwrap_or(u32::MAX)
        };
        let entries = Entries::builder()
            .max_capacity(MAX_BYTES)
            .weigher(weight)
            .eviction_policy(EvictionPolicy::lru())
            .expire_after(OwnLife)
            .build();
        Self { entries, flights: Arc::default() }
    }
}

/// Frees what nobody may be given any more. Whether it is good is judged by the tasks' own clock.
struct OwnLife;

impl Expiry<Key, Entry> for OwnLife {
    fn expire_after_create(&self, _: &Key, entry: &Entry, _: std::time::Instant) -> Option<Duration> {
        Some(entry.life)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        entry: &Entry,
        _: std::time::Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.life)
    }
}

impl Cache {
    /// What there is for a request, and whose turn it is to ask.
    pub(super) fn find(&self, key: &Key, caching: Caching) -> Found {
        // Looked for under the lock: an answer is put down before its flight ends.
        let mut flights = self.flights.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = self.entries.get(key).map(|entry| entry.kept);
        let age = kept.as_ref().map(|kept| kept.born.elapsed());
        match (kept, age) {
            (Some(kept), Some(age)) if age < caching.fresh => Found::Fresh(kept),
            (Some(kept), Some(age)) if age < caching.life() => {
                let lead = match flights.enter(key) {
                    Ok(end) => Some(self.lead(key, caching, end)),
                    Err(_) => None,
                };
                Found::Stale(kept, lead)
            }
            _ => match flights.enter(key) {
                Ok(end) => Found::Lead(self.lead(key, caching, end)),
                Err(flying) => Found::Follow(flying),
            },
        }
    }

    fn lead(&self, key: &Key, caching: Caching, end: flight::End) -> Lead {
        Lead::new(self.clone(), key.clone(), caching, end)
    }

    /// Keeps an answer, or takes away what a later one has shown to be wrong.
    fn put(&self, key: &Key, caching: Caching, outcome: &Result<Arc<Kept>, Error>) {
        match outcome {
            Ok(kept) if kept.keep => {
                self.entries.insert(key.clone(), Entry { kept: Arc::clone(kept), life: caching.life() });
            }
            // It is gone, or forbidden by now: so is what is known of it.
            Ok(kept) if kept.response.status < 500 => self.entries.invalidate(key),
            Ok(_) | Err(_) => {}
        }
    }
}

/// Whether the answer to a request with the headers `asked` may be kept at all.
pub(super) fn may_keep(asked: &HeaderMap, status: u16, headers: &HeaderMap, body: &[u8]) -> bool {
    status == 200
        && body.len() <= MAX_ENTRY_BYTES
        && may_share(headers)
        && !is_page_unasked(asked, headers)
        && !is_broken(headers, body)
}

/// Whether it is a web page where something else was asked for.
fn is_page_unasked(asked: &HeaderMap, headers: &HeaderMap) -> bool {
    let mut accepted = values(asked, &ACCEPT).map(essence).peekable();
    is_of(headers, "text/html")
        && accepted.peek().is_some()
        && !accepted.any(|it| ["text/html", "text/*", "*/*"].iter().any(|page| it.eq_ignore_ascii_case(page)))
}

/// Whether it says that it is JSON, and is none.
fn is_broken(headers: &HeaderMap, body: &[u8]) -> bool {
    is_of(headers, "application/json") && serde_json::from_slice::<IgnoredAny>(body).is_err()
}

fn is_of(headers: &HeaderMap, media_type: &str) -> bool {
    values(headers, &CONTENT_TYPE).any(|value| essence(value).eq_ignore_ascii_case(media_type))
}

/// A media type without its parameters.
fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

/// The members of a header that is a list.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let values = headers.get_all(name).into_iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(','))
}

/// Whether an answer may be given to another request than the one that fetched it.
pub(super) fn may_share(headers: &HeaderMap) -> bool {
    let says = |name, word: &str| values(headers, name).any(|each| each.trim().eq_ignore_ascii_case(word));
    !says(&CACHE_CONTROL, "no-store") && !says(&VARY, "*")
}

/// The answer with what says where it comes from.
pub(super) fn told(kept: &Kept, served: Option<Served>, caching: Caching) -> Response {
    let mut response = kept.response.clone();
    let seconds = |duration: Duration| duration.as_secs();
    let status = match served {
        None if kept.keep => "postern; fwd=uri-miss; stored".to_owned(),
        None => "postern; fwd=uri-miss".to_owned(),
        Some(Served::Shared) => "postern; fwd=uri-miss; collapsed".to_owned(),
        Some(Served::Fresh(age)) => {
            format!("postern; hit; ttl={}", seconds(caching.fresh.saturating_sub(age)))
        }
        Some(Served::Stale(age)) => {
            format!("postern; hit; ttl=-{}", seconds(age.saturating_sub(caching.fresh)))
        }
    };
    response.headers.push(("cache-status".to_owned(), status));
    if let Some(Served::Fresh(age) | Served::Stale(age)) = served {
        response.headers.push(("age".to_owned(), seconds(age).to_string()));
    }
    response
}

#[cfg(test)]
mod tests;
