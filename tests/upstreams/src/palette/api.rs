//! The way of one request through a simulated Palette.

use std::sync::Mutex;
use std::time::Instant;

use super::call::Call;
use super::limit::Meter;
use super::refusal::Refusal;
use super::role::Caller;
use super::route::{matching, variables};
use super::world::World;
use crate::record::Recorded;
use crate::site::{Truth, lock};
use crate::wire::Reply;

/// What an instance answers with.
#[derive(Debug)]
pub struct Api {
    pub(super) name: String,
    pub(super) callers: Vec<Caller>,
    pub(super) world: Mutex<World>,
    pub(super) meter: Mutex<Meter>,
}

impl Truth for Api {
    fn user(&self, request: &Recorded) -> String {
        self.caller(request).map(|caller| caller.role.user().to_owned()).unwrap_or_default()
    }

    fn answer(&self, request: &Recorded) -> Reply {
        if !lock(&self.meter).admit(&request.path, Instant::now()) {
            return Refusal::limited().into();
        }
        self.route(self.caller(request), request).unwrap_or_else(Reply::from)
    }

    fn forget(&self) {
        lock(&self.meter).forget();
    }
}

impl Api {
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
