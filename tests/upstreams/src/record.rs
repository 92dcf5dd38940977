//! What arrived at an upstream, and what should never have arrived.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::{Method, Version};

use crate::wire::Received;

/// One request as the upstream saw it, and what it answered.
#[derive(Debug, Clone)]
pub struct Recorded {
    /// The method.
    pub method: Method,
    /// The path as sent, still percent-encoded.
    pub path: String,
    /// The query's pairs in order, decoded.
    pub query: Vec<(String, String)>,
    /// All headers, `authorization` included.
    pub headers: HeaderMap,
    /// The authority asked for: the `host` header, or HTTP/2's `:authority`.
    pub host: String,
    /// Who it was: a user's name, `system:anonymous`, or empty when the credential was refused.
    pub user: String,
    /// The status answered; 0 when the upstream hung up instead.
    pub status: u16,
    /// Whether the client went away before there was an answer.
    pub abandoned: bool,
    /// The HTTP version, as ALPN agreed on it.
    pub version: Version,
    /// Which connection carried it, counted from 1.
    pub connection: u64,
    /// The request's body.
    pub body: Bytes,
}

impl Recorded {
    /// The record of a request that is not answered yet.
    #[must_use]
    pub fn of(received: &Received) -> Self {
        let header = received.headers.get(hyper::header::HOST).and_then(|host| host.to_str().ok());
        let authority = received.uri.authority().map(|authority| authority.as_str());
        Self {
            method: received.method.clone(),
            path: received.uri.path().to_owned(),
            query: crate::wire::query(received.uri.query().unwrap_or_default()),
            headers: received.headers.clone(),
            host: authority.or(header).unwrap_or_default().to_owned(),
            user: String::new(),
            status: 0,
            abandoned: false,
            version: received.version,
            connection: received.connection,
            body: received.body.clone(),
        }
    }

    /// The first value of a query parameter.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header's value, if it is there and text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// `GET /api/v1/pods as alice -> 200`
impl fmt::Display for Recorded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { method, path, user, status, .. } = self;
        write!(f, "{method} {path} as `{user}` -> {status}")
    }
}

/// A request that a test forbade and that came nevertheless.
#[derive(Debug, Clone)]
pub struct Violation {
    /// Why it was forbidden, in the test's words.
    pub reason: String,
    /// The request.
    pub request: Recorded,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.request, self.reason)
    }
}

/// How many requests are kept: more than any test sends, and a demo may run for days.
const KEPT: usize = 16_384;

type Predicate = Box<dyn Fn(&Recorded) -> bool + Send + Sync>;

/// The notebook of one upstream: requests, prohibitions, violations.
#[derive(Default)]
pub struct Recorder {
    pages: Mutex<Pages>,
}

#[derive(Default)]
struct Pages {
    requests: VecDeque<Recorded>,
    /// How many requests went before the first one kept; places count from there.
    forgotten: usize,
    prohibitions: Vec<(String, Predicate)>,
    violations: Vec<Violation>,
}

impl Recorder {
    /// From now on a request that matches is a violation; `reason` says why in a failing test.
    ///
    /// `matches` looks at the request alone: asking this recorder from inside it would wait for ever.
    pub fn forbid(
        &self,
        reason: impl Into<String>,
        matches: impl Fn(&Recorded) -> bool + Send + Sync + 'static,
    ) {
        self.pages().prohibitions.push((reason.into(), Box::new(matches)));
    }

    /// Writes a request down at arrival; its place is for [`Recorder::close`]. `Err` if it is forbidden.
    ///
    /// # Errors
    ///
    /// The first prohibition's reason; the request is written down all the same.
    pub fn open(&self, request: Recorded) -> (usize, Result<(), String>) {
        let mut pages = self.pages();
        let reason =
            pages.prohibitions.iter().find(|(_, matches)| matches(&request)).map(|(why, _)| why.clone());
        if let Some(reason) = &reason {
            pages.violations.push(Violation { reason: reason.clone(), request: request.clone() });
        }
        let place = pages.forgotten.saturating_add(pages.requests.len());
        pages.requests.push_back(request);
        if pages.requests.len() > KEPT {
            pages.requests.pop_front();
            pages.forgotten = pages.forgotten.saturating_add(1);
        }
        (place, reason.map_or(Ok(()), Err))
    }

    /// Completes a record with the answer's status.
    pub fn close(&self, place: usize, status: u16) {
        self.amend(place, |request| request.status = status);
    }

    /// What to hold while a request is being answered. Dropped before [`Answering::over`], it writes down that
    /// the client has gone.
    #[must_use]
    pub fn answering(&self, place: usize) -> Answering<'_> {
        Answering { recorder: self, place, is_over: false }
    }

    fn amend(&self, place: usize, change: impl FnOnce(&mut Recorded)) {
        let mut pages = self.pages();
        let place = place.checked_sub(pages.forgotten);
        if let Some(request) = place.and_then(|place| pages.requests.get_mut(place)) {
            change(request);
        }
    }

    /// The requests so far, in order of arrival: the last 16,384 of them.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.pages().requests.iter().cloned().collect()
    }

    /// The forbidden requests that came.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.pages().violations.clone()
    }

    /// Forgets requests and violations, and keeps the prohibitions.
    pub fn clear(&self) {
        let mut pages = self.pages();
        pages.forgotten = pages.forgotten.saturating_add(pages.requests.len());
        pages.requests.clear();
        pages.violations.clear();
    }

    fn pages(&self) -> MutexGuard<'_, Pages> {
        // A predicate that panicked is a failing test already; the notebook stays readable.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request that is being answered.
#[derive(Debug)]
pub struct Answering<'a> {
    recorder: &'a Recorder,
    place: usize,
    is_over: bool,
}

impl Answering<'_> {
    /// There is an answer, or the upstream itself hangs up.
    pub fn over(mut self) {
        self.is_over = true;
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.recorder.amend(self.place, |request| request.abandoned = true);
        }
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorder").field("requests", &self.pages().requests.len()).finish_non_exhaustive()
    }
}
