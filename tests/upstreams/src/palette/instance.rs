//! The handles: several instances together, and one instance with its keys, its switches and what it saw.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use super::api::{Api, lock};
use super::limit::{Limits, Meter};
use super::role::Role;
use super::route::{Effect, route_of};
use super::seed::{InstanceSeed, Seed};
use crate::fault::{Faults, Plan};
use crate::record::{Recorded, Recorder, Violation};
use crate::wire::{Authority, ClientCertificates, Server, ServerError};

/// The instances of one [`Seed`]. Dropping it stops them all.
#[derive(Debug)]
pub struct Palette {
    instances: Vec<Instance>,
}

impl Palette {
    /// Starts all instances of a seed. Must be called inside a Tokio runtime, on which they run.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when one does not start; those that did are stopped again.
    pub async fn start(seed: Seed) -> Result<Self, ServerError> {
        let mut instances = Vec::new();
        for instance in seed.instances {
            instances.push(Instance::start(instance).await?);
        }
        Ok(Self { instances })
    }

    /// The instances, in the seed's order.
    #[must_use]
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// The instance of this name.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Instance> {
        self.instances.iter().find(|it| it.name() == name)
    }

    /// The instance of this name, in tests.
    ///
    /// # Panics
    ///
    /// If there is none: the test misspells it.
    #[track_caller]
    #[must_use]
    #[expect(clippy::panic, reason = "for tests, where a misspelt name must fail at its place")]
    pub fn instance(&self, name: &str) -> &Instance {
        match self.find(name) {
            Some(instance) => instance,
            None => panic!("there is no instance `{name}`"),
        }
    }
}

/// One simulated Palette. Dropping it, or the [`Palette`] it belongs to, stops it.
#[derive(Debug)]
pub struct Instance {
    name: String,
    authority: Authority,
    server: Server,
    api: Arc<Api>,
}

impl Instance {
    /// Starts an instance on a free loopback port.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no port is free or no certificate can be made.
    pub async fn start(seed: InstanceSeed) -> Result<Self, ServerError> {
        let authority = Authority::new(&seed.name)?;
        let callers = seed.callers();
        let api = Arc::new(Api {
            callers,
            world: Mutex::new(seed.world),
            meter: Mutex::new(Meter::new(seed.limits)),
            recorder: Recorder::default(),
            faults: Faults::default(),
        });
        let server = Server::start(&authority, &[], ClientCertificates::Off, true, Arc::clone(&api)).await?;
        lock(&api.world).url = format!("https://{}", server.address());
        Ok(Self { name: seed.name, authority, server, api })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
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

    /// The API key of a role.
    #[must_use]
    pub fn key(&self, role: Role) -> &str {
        self.api.callers.iter().find(|it| it.role == role).map(|it| it.key.as_str()).unwrap_or_default()
    }

    /// The uid of a project.
    #[must_use]
    pub fn project(&self, name: &str) -> Option<String> {
        lock(&self.api.world).project_uid(name)
    }

    /// The uid of the first cluster of this name that is not deleted, else of a deleted one.
    #[must_use]
    pub fn cluster(&self, name: &str) -> Option<String> {
        let world = lock(&self.api.world);
        let mut named: Vec<_> = world.clusters.iter().filter(|it| it.name == name).collect();
        named.sort_by_key(|it| it.state == "Deleted");
        named.first().map(|it| it.uid.clone())
    }

    /// The project's uid of a cluster; `None` if there is no such cluster or it is the tenant's.
    #[must_use]
    pub fn project_of(&self, cluster_uid: &str) -> Option<String> {
        lock(&self.api.world).cluster(cluster_uid).and_then(|it| it.project.clone())
    }

    /// The uid of a version of a profile.
    #[must_use]
    pub fn profile(&self, name: &str, version: &str) -> Option<String> {
        let world = lock(&self.api.world);
        world.profiles.iter().find(|it| it.name == name && it.version == version).map(|it| it.uid.clone())
    }

    /// How many clusters there are, deleted ones included.
    #[must_use]
    pub fn cluster_count(&self) -> usize {
        lock(&self.api.world).clusters.len()
    }

    /// The requests so far, in order of arrival: the last 16,384 of them.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.api.recorder.requests()
    }

    /// The requests that could change something: writes of the route table, and unknown paths unless read by GET.
    #[must_use]
    pub fn writes(&self) -> Vec<Recorded> {
        let writes = |request: &Recorded| {
            let route = route_of(request.method.as_str(), &request.path);
            route.map_or(!request.method.is_safe(), |it| it.effect == Effect::Write)
        };
        self.requests().into_iter().filter(writes).collect()
    }

    /// The requests that no operation of the route table stands for.
    #[must_use]
    pub fn strays(&self) -> Vec<Recorded> {
        let stray = |it: &Recorded| route_of(it.method.as_str(), &it.path).is_none();
        self.requests().into_iter().filter(stray).collect()
    }

    /// The most requests below a path's prefix that came within any one second.
    #[must_use]
    pub fn peak_per_second(&self, prefix: &str) -> usize {
        lock(&self.api.meter).peak(prefix)
    }

    /// Changes the rates; all buckets are full again.
    pub fn set_limits(&self, limits: Limits) {
        lock(&self.api.meter).set(limits);
    }

    /// Forgets requests, violations and arrivals so far.
    pub fn forget(&self) {
        self.api.recorder.clear();
        lock(&self.api.meter).forget();
    }

    /// From now on a request that matches is a [`Violation`], answered 418 and nothing else.
    ///
    /// `matches` looks at the request alone: asking this instance from inside it would wait for ever.
    pub fn forbid(
        &self,
        reason: impl Into<String>,
        matches: impl Fn(&Recorded) -> bool + Send + Sync + 'static,
    ) {
        self.api.recorder.forbid(reason, matches);
    }

    /// The forbidden requests that came.
    #[must_use]
    pub fn violations(&self) -> Vec<Violation> {
        self.api.recorder.violations()
    }

    /// Plants a fault: a [`crate::fault::Fault`], or a [`Plan`] that says which requests it hits.
    pub fn plant(&self, plan: impl Into<Plan>) {
        self.api.faults.plant(plan);
    }

    /// Removes all faults.
    pub fn heal(&self) {
        self.api.faults.clear();
    }

    /// Stops it as a machine that is switched off: port closed, connections broken.
    pub fn stop(&self) {
        self.server.stop();
    }
}
