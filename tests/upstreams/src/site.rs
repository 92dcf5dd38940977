//! One simulated server with its notebook and its faults: what the smaller upstreams are made of.

use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use hyper::StatusCode;

use crate::fault::{Faults, Plan};
use crate::record::{Recorded, Recorder, Violation};
use crate::wire::{Answer, Authority, ClientCertificates, Hangup, Received, Reply, Server, ServerError};

/// What stands behind a [`Site`]: the answers that no fault disturbs.
pub trait Truth: fmt::Debug + Send + Sync + 'static {
    /// Who is asking, for the notebook; empty when the credential is refused or missing.
    fn user(&self, request: &Recorded) -> String;

    /// The true answer. Must not block.
    fn answer(&self, request: &Recorded) -> Reply;

    /// Forgets what it noted of requests beside the notebook.
    fn forget(&self) {}
}

/// A running server. Dropping it closes its port and breaks off its connections.
#[derive(Debug)]
pub struct Site<T> {
    authority: Authority,
    server: Server,
    desk: Arc<Desk<T>>,
}

/// What a handle and its server share.
#[derive(Debug)]
struct Desk<T> {
    truth: T,
    recorder: Recorder,
    faults: Faults,
}

impl<T: Truth> Answer for Desk<T> {
    async fn answer(&self, received: Received) -> Result<Reply, Hangup> {
        let mut request = Recorded::of(&received);
        request.user = self.truth.user(&request);
        let (place, welcome) = self.recorder.open(request.clone());
        let answering = self.recorder.answering(place);
        let reply = match (welcome, self.faults.strike(&request)) {
            (Err(reason), _) => Ok(Reply::text(
                StatusCode::IM_A_TEAPOT,
                format!("this request was forbidden by a test: {reason}\n"),
            )),
            (Ok(()), Some(fault)) => fault.apply(&request, async { self.truth.answer(&request) }).await,
            (Ok(()), None) => Ok(self.truth.answer(&request)),
        };
        answering.over();
        let reply = reply?;
        self.recorder.close(place, reply.status.as_u16());
        Ok(reply)
    }
}

impl<T: Truth> Site<T> {
    /// Starts on a free port of 127.0.0.1. Must be called inside a Tokio runtime, on which it runs.
    pub(crate) async fn launch(name: &str, truth: T) -> Result<Self, ServerError> {
        let authority = Authority::new(name)?;
        let desk = Arc::new(Desk { truth, recorder: Recorder::default(), faults: Faults::default() });
        let server = Server::start(&authority, &[], ClientCertificates::Off, true, Arc::clone(&desk)).await?;
        Ok(Self { authority, server, desk })
    }

    pub(crate) fn truth(&self) -> &T {
        &self.desk.truth
    }

    /// The base URL, without a path: `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("https://{}", self.server.address())
    }

    /// The address it listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// The certificate of the authority that signed the server's, PEM.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.authority.pem()
    }

    /// How many connections were accepted so far, failed handshakes included.
    #[must_use]
    pub fn connections(&self) -> u64 {
        self.server.connections()
    }

    /// The requests so far, in order of arrival: the last 16,384 of them.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.desk.recorder.requests()
    }

    /// The requests so far for one path, as sent.
    #[must_use]
    pub fn requests_at(&self, path: &str) -> Vec<Recorded> {
        self.requests().into_iter().filter(|request| request.path == path).collect()
    }

    /// Forgets the requests and violations so far.
    pub fn forget(&self) {
        self.desk.recorder.clear();
        self.desk.truth.forget();
    }

    /// From now on a request that matches is a [`Violation`], answered 418 and nothing else.
    ///
    /// `matches` looks at the request alone: asking this site from inside it would wait for ever.
    pub fn forbid(
        &self,
        reason: impl Into<String>,
        matches: impl Fn(&Recorded) -> bool + Send + Sync + 'static,
    ) {
        self.desk.recorder.forbid(reason, matches);
    }

    /// The forbidden requests that came.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.desk.recorder.violations()
    }

    /// Plants a fault: a [`crate::fault::Fault`], or a [`Plan`] that says which requests it hits.
    pub fn plant(&self, plan: impl Into<Plan>) {
        self.desk.faults.plant(plan);
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.desk.faults.clear();
    }

    /// Stops it as a machine that is switched off: port closed, connections broken.
    pub fn stop(&self) {
        self.server.stop();
    }

    /// Fails if any request came at all.
    ///
    /// # Panics
    ///
    /// If one did; the message lists them.
    #[track_caller]
    pub fn assert_silent(&self) {
        let list: Vec<String> = self.requests().iter().map(ToString::to_string).collect();
        assert!(list.is_empty(), "the site was asked:\n{}", list.join("\n"));
    }
}

/// Nothing here panics while it holds a lock, so a poisoned one is as good as any.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
