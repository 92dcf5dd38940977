//! A component that logs in: it is given a secret and one target, serves no call, and gives a token to the host.
//!
//! # Design
//!
//! *Nothing else comes out of it.* It holds what an attacker would like to have, so it has no log, no cache that
//! another instance reads, and no words: of its problem the host takes the kind alone, and the record says what
//! requests it made and how they ended. What it gives goes into one header of requests to the very target that it
//! logged in at.
//!
//! *Its places are its own.* Calls wait for a login while they hold an instance and a place among the requests; a
//! login that needed one of those could wait for itself.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures::future::BoxFuture;
use wasmtime::component::Resource;

use super::bindings::postern::plugin::types::{Field, Problem};
use super::component::Component;
use super::long::Long;
use super::services::{CallLog, Services, SharedCache};
use super::state::CallState;
use super::{Limits, failure};
use crate::authority::{self, Authority};
use crate::egress::{Attempt, Authenticator, Granted, Ledger, LoginFault, Secret};

/// Logins at once, over all components.
pub(super) const INSTANCES: usize = 4;

impl Component {
    /// Says that this component logs in at the targets of `upstream`, by these capabilities and nothing else.
    pub fn authenticates(self: &Arc<Self>, upstream: &str, capabilities: Vec<authority::Granted>) {
        let login = Login { component: Arc::downgrade(self), upstream: upstream.to_owned(), capabilities };
        self.shared.egress.authenticated_by(&self.plugin, upstream, Arc::new(login));
    }

    async fn log_in(&self, authority: Authority, attempt: Attempt) -> Result<Granted, LoginFault> {
        // Closed only when the host goes down.
        let _place = self.shared.logins.acquire().await.map_err(|_| LoginFault::Absent)?;
        let indices = self.exports.authenticator.as_ref().ok_or(LoginFault::Absent)?;
        let limits = Limits { log_lines: 0, ..self.shared.limits.clone() };
        let ledger = Ledger::default();
        let name = attempt.target.name().to_owned();
        let Attempt { target, secrets } = attempt;
        let services = Services {
            log: CallLog::new(&self.plugin, "login", &limits),
            cache: SharedCache::default().private(&self.plugin, ""),
            ..self.services("login", "", vec![target.clone()])
        };
        let egress = self.shared.egress.open_login(&self.plugin, authority, ledger.clone());
        let mut store =
            CallState::store(self.shared.engine.raw(), &limits, services, egress, Long::default());
        let secrets = secrets
            .iter()
            .map(|(name, value)| Field { name: name.clone(), value: value.expose().to_owned() });
        let secrets = secrets.collect();
        let answered = async {
            let instance = self.pre.instantiate_async(&mut store).await?;
            let guest = indices.load(&mut store, &instance)?;
            let target = store.data_mut().table.push(target)?;
            let lent = Resource::new_borrow(target.rep());
            store.run_concurrent(async |accessor| guest.call_login(accessor, lent, secrets).await).await?
        };
        let answered = answered.await;
        for exchange in ledger.exchanges() {
            let (plugin, method, template) = (&*self.plugin, exchange.method.as_str(), exchange.template);
            let ended = exchange.ended.map_or_else(str::to_owned, |status| status.to_string());
            tracing::debug!(plugin, target = name, method, template, ended, "request of a login");
        }
        match answered {
            Ok(Ok(session)) => Ok(Granted {
                token: Secret::new(session.token),
                expires_in: session.expires_in.map(|seconds| Duration::from_secs(seconds.into())),
            }),
            Ok(Err(problem)) => Err(fault(&problem)),
            Err(error) => {
                let error = failure::sort(error, &self.plugin, &limits);
                tracing::warn!(
                    plugin = &*self.plugin,
                    target = name,
                    code = error.code(),
                    "a login did not end well"
                );
                Err(LoginFault::Failed)
            }
        }
    }
}

/// The kind of a problem; its words stay behind.
fn fault(problem: &Problem) -> LoginFault {
    match problem {
        Problem::Upstream(_) | Problem::Timeout(_) | Problem::Limited(_) => LoginFault::Unanswered,
        Problem::Internal(_) => LoginFault::Failed,
        Problem::Invalid(_) | Problem::NotFound(_) | Problem::Denied(_) | Problem::Conflict(_) => {
            LoginFault::Refused
        }
    }
}

/// Logs in by a component, for as long as that is loaded.
struct Login {
    component: Weak<Component>,
    upstream: String,
    capabilities: Vec<authority::Granted>,
}

impl Authenticator for Login {
    fn login(&self, attempt: Attempt) -> BoxFuture<'static, Result<Granted, LoginFault>> {
        let component = self.component.upgrade();
        let authority = Authority::of_login(&self.upstream, attempt.target.name(), &self.capabilities);
        Box::pin(async move { component.ok_or(LoginFault::Absent)?.log_in(authority, attempt).await })
    }
}
