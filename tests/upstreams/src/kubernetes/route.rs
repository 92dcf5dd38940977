//! The way of one request through a simulated apiserver.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::{Method, StatusCode};

use super::cluster::Switches;
use super::path::{Resource, Target, target};
use super::status::{Refusal, unknown_path};
use super::store::Store;
use super::users::User;
use super::{discovery, health, logs, metrics, read, review, watch, write};
use crate::fault::Faults;
use crate::record::{Recorded, Recorder};
use crate::wire::{Answer, Hangup, Received, Reply};

/// What a cluster's handle and its server share.
#[derive(Debug)]
pub(super) struct Apiserver {
    pub(super) version: String,
    pub(super) base_path: String,
    pub(super) users: Vec<User>,
    /// Whose the certificates are that this cluster's authority signed, by their DER.
    pub(super) certificates: Mutex<HashMap<Vec<u8>, User>>,
    pub(super) store: Mutex<Store>,
    pub(super) switches: Mutex<Switches>,
    pub(super) recorder: Recorder,
    pub(super) faults: Faults,
}

impl Answer for Apiserver {
    async fn answer(&self, received: Received) -> Result<Reply, Hangup> {
        let mut request = Recorded::of(&received);
        let user = self.user(&request, received.certificate.as_deref());
        if let Ok(user) = &user {
            user.name.clone_into(&mut request.user);
        }
        let (place, welcome) = self.recorder.open(request.clone());
        let answering = self.recorder.answering(place);
        let reply = match (welcome, self.faults.strike(&request)) {
            (Err(reason), _) => Ok(Reply::text(
                StatusCode::IM_A_TEAPOT,
                format!("this request was forbidden by a test: {reason}\n"),
            )),
            (Ok(()), Some(fault)) => fault.apply(&request, async { self.truth(user, &request) }).await,
            (Ok(()), None) => Ok(self.truth(user, &request)),
        };
        answering.over();
        let reply = reply?;
        self.recorder.close(place, reply.status.as_u16());
        Ok(reply)
    }
}

impl Apiserver {
    /// The answer that no fault disturbs.
    fn truth(&self, user: Result<User, Refusal>, request: &Recorded) -> Reply {
        user.and_then(|user| self.route(&user, request)).unwrap_or_else(Reply::from)
    }

    fn route(&self, user: &User, request: &Recorded) -> Result<Reply, Refusal> {
        let Some(path) = request.path.strip_prefix(self.base_path.as_str()) else {
            return Ok(unknown_path());
        };
        let target = target(path);
        let reading = matches!(request.method, Method::GET | Method::HEAD);
        if let Target::Resource(at) = &target {
            return self.resource(user, at, reading, request);
        }
        // The public may ask for version and health; discovery is for those who are someone.
        let public = matches!(target, Target::Version | Target::Health(_));
        if user.is_anonymous() && !public {
            return Err(Refusal::forbidden_path(&user.name, &request.method.as_str().to_lowercase(), path));
        }
        if request.method == Method::POST {
            return review::answer(path, user, request).ok_or_else(Refusal::method_not_allowed);
        }
        if !reading {
            return Err(Refusal::method_not_allowed());
        }
        match &target {
            Target::Version => Ok(health::version(&self.version)),
            Target::Health(check) => Ok(health::health(check, &self.switches().failing_checks, request)),
            Target::Core | Target::Groups | Target::Group(_) | Target::Resources(..) => {
                discovery::answer(&target, self.switches().metrics, request)
            }
            Target::Metrics(rest) => match self.switches().metrics {
                super::Metrics::Present => metrics::answer(&self.store(), rest, user, request),
                super::Metrics::Absent => Ok(unknown_path()),
                super::Metrics::Unavailable => Err(Refusal::unavailable()),
            },
            Target::Resource(_) | Target::Unknown => Ok(unknown_path()),
        }
    }

    fn resource(
        &self,
        user: &User,
        at: &Resource,
        reading: bool,
        request: &Recorded,
    ) -> Result<Reply, Refusal> {
        let watching = at.name.is_none() && matches!(request.parameter("watch"), Some("1" | "true"));
        let verb = match (&request.method, &at.name) {
            (&Method::GET | &Method::HEAD, Some(_)) => "get",
            (&Method::GET | &Method::HEAD, None) if watching => "watch",
            (&Method::GET | &Method::HEAD, None) => "list",
            (&Method::DELETE, _) => "delete",
            (&Method::PATCH, _) => "patch",
            (&Method::PUT, _) => "update",
            _ => "create",
        };
        if !user.allowed(verb, at.kind, &at.whose()) {
            return Err(Refusal::forbidden(&user.name, verb, at.kind, &at.whose()));
        }
        if !reading {
            let writable = self.switches().writable;
            return if writable {
                write::answer(&mut self.store(), at, request)
            } else {
                Err(Refusal::method_not_allowed())
            };
        }
        let epoch = self.switches().epoch;
        match (at.name.as_deref(), at.subresource.as_deref()) {
            (None, _) if watching => watch::answer(&self.store, at, request),
            (None, _) => read::list(&self.store(), at, request, epoch),
            (Some(name), None | Some("status")) => read::object(&self.store(), at, name, request),
            (Some(name), Some("log")) if at.kind.plural == "pods" => {
                logs::answer(&self.store(), at, name, request)
            }
            (Some(name), Some("scale")) if at.kind.subresources.contains(&"scale") => {
                let stored = self.store().get(at.kind, at.within(), name);
                let stored = stored.ok_or_else(|| Refusal::not_found(at.kind, name))?;
                Ok(Reply::json(StatusCode::OK, &write::scale(&stored.value)))
            }
            (Some(_), Some(_)) => Ok(unknown_path()),
        }
    }

    /// Who is asking: by certificate, by bearer token, or nobody; then whom they act for.
    fn user(&self, request: &Recorded, certificate: Option<&[u8]>) -> Result<User, Refusal> {
        let known = certificate.and_then(|it| lock(&self.certificates).get(it).cloned());
        let user = match (known, request.header("authorization")) {
            (Some(user), _) => user,
            (None, None) => User::anonymous(),
            (None, Some(credential)) => {
                let token = credential.strip_prefix("Bearer ").map(str::trim);
                let user =
                    self.users.iter().find(|user| user.token.is_some() && user.token.as_deref() == token);
                user.cloned().ok_or_else(Refusal::unauthorized)?
            }
        };
        let Some(other) = request.header("impersonate-user") else { return Ok(user) };
        if !user.impersonates() {
            return Err(Refusal::forbidden_impersonation(&user.name, other));
        }
        Ok(self.users.iter().find(|user| user.name == other).cloned().unwrap_or_else(|| User::new(other)))
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    pub(super) fn switches(&self) -> MutexGuard<'_, Switches> {
        lock(&self.switches)
    }
}

/// Nothing here panics while it holds a lock, so a poisoned one is as good as any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
