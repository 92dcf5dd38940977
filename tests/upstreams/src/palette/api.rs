//! The way of one request through a simulated Palette.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use hyper::StatusCode;

use super::call::Call;
use super::limit::Meter;
use super::refusal::Refusal;
use super::role::Caller;
use super::route::{matching, variables};
use super::world::World;
use crate::fault::Faults;
use crate::record::{Recorded, Recorder};
use crate::wire::{Answer, Hangup, Received, Reply};

/// What an instance's handle and its server share.
#[derive(Debug)]
pub(super) struct Api {
    pub(super) callers: Vec<Caller>,
    pub(super) world: Mutex<World>,
    pub(super) meter: Mutex<Meter>,
    pub(super) recorder: Recorder,
    pub(super) faults: Faults,
}

impl Answer for Api {
    async fn answer(&self, received: Received) -> Result<Reply, Hangup> {
        let mut request = Recorded::of(&received);
        let caller = self.caller(&request);
        if let Some(caller) = caller {
            caller.role.user().clone_into(&mut request.user);
        }
        let (place, welcome) = self.recorder.open(request.clone());
        let admitted = lock(&self.meter).admit(&request.path, Instant::now());
        let answering = self.recorder.answering(place);
        let truth = async { if admitted { self.truth(caller, &request) } else { Refusal::limited().into() } };
        let reply = match (welcome, self.faults.strike(&request)) {
            (Err(reason), _) => Ok(Reply::text(
                StatusCode::IM_A_TEAPOT,
                format!("this request was forbidden by a test: {reason}\n"),
            )),
            (Ok(()), Some(fault)) => fault.apply(&request, truth).await,
            (Ok(()), None) => Ok(truth.await),
        };
        answering.over();
        let reply = reply?;
        self.recorder.close(place, reply.status.as_u16());
        Ok(reply)
    }
}

impl Api {
    /// The answer that no fault disturbs.
    fn truth(&self, caller: Option<&Caller>, request: &Recorded) -> Reply {
        self.route(caller, request).unwrap_or_else(Reply::from)
    }

    fn route(&self, caller: Option<&Caller>, request: &Recorded) -> Result<Reply, Refusal> {
        // Health is for everybody; everything else, unknown paths included, is for those with a key.
        if request.path.starts_with("/v1/health/") && caller.is_none() {
            return self.dispatch(self.callers.first().ok_or_else(Refusal::unauthenticated)?, request);
        }
        self.dispatch(caller.ok_or_else(Refusal::unauthenticated)?, request)
    }

    fn dispatch(&self, caller: &Caller, request: &Recorded) -> Result<Reply, Refusal> {
        let routes = matching(&request.path);
        if routes.is_empty() {
            return Err(Refusal::not_found(&format!("path '{}'", request.path)));
        }
        let route = routes.iter().find(|route| route.method == request.method.as_str());
        let route = route.ok_or_else(|| Refusal::method_not_allowed(request.method.as_str()))?;
        let mut world = lock(&self.world);
        let scope = request.header("projectuid").or_else(|| request.parameter("ProjectUid"));
        let scope = scope.filter(|it| !it.is_empty()).map(str::to_owned);
        let known = scope.as_deref().is_none_or(|it| world.project_name(it).is_some());
        if !known || !caller.may(route.permission, scope.as_deref()) {
            return Err(Refusal::forbidden(route.permission));
        }
        (route.handler)(&mut Call {
            request,
            world: &mut world,
            caller,
            scope,
            permission: route.permission,
            variables: variables(route.template, &request.path),
        })
    }

    fn caller(&self, request: &Recorded) -> Option<&Caller> {
        let key = request.header("apikey")?;
        self.callers.iter().find(|caller| caller.key == key)
    }
}

/// Nothing here panics while it holds a lock, so a poisoned one is as good as any.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
