//! The kinds of upstream. A kind knows which targets there are and how each is spoken to; what may be asked
//! of them is no concern of it.

pub mod http;
pub mod kubernetes;
pub mod palette;

use std::sync::{Arc, Mutex};

use rustls::pki_types::ServerName;

use super::address::Networks;
use super::credential::Credential;
use super::endpoint::{Endpoint, Route};
use super::limits::Limits;
use super::manner::Manner;
use super::redact::Redactor;
use super::resolve::Resolve;
use super::session::{Session, Slot, Told};
use super::target::Target;

/// An upstream of one plugin, as a kind implements it.
pub(super) trait Upstream: Send + Sync {
    /// Its targets now, in the operator's order. Called once a call: must not wait for a network.
    fn targets(&self) -> Vec<Target>;
}

/// What a kind needs from the room to make targets.
#[derive(Clone)]
pub(super) struct Wiring {
    pub(super) plugin: String,
    pub(super) upstream: String,
    pub(super) networks: Networks,
    pub(super) limits: Limits,
    pub(super) resolve: Arc<dyn Resolve>,
    pub(super) redactor: Redactor,
    pub(super) manner: Manner,
    /// Who logs in at its targets, once there is somebody.
    pub(super) authenticator: Slot,
    pub(super) told: Told,
    /// Where sessions are put down, so that a reload finds them.
    pub(super) sessions: Arc<Mutex<Vec<Session>>>,
}

impl Wiring {
    pub(super) fn endpoint(
        &self,
        name: &str,
        route: Route,
        credential: Box<dyn Credential>,
    ) -> Arc<Endpoint> {
        let resolve = Arc::clone(&self.resolve);
        let endpoint = Endpoint::new(name.to_owned(), route, credential, resolve, self.limits);
        Arc::new(endpoint.asked(&self.manner))
    }
}

/// A name to verify a server by instead of its host.
fn server_name(text: &str) -> Option<ServerName<'static>> {
    ServerName::try_from(text.to_owned()).ok()
}
