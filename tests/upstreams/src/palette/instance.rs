//! The handles: several instances together, and one instance with its keys, its switches and what it saw.

use std::sync::Mutex;

use super::api::Api;
use super::limit::{Limits, Meter};
use super::role::Role;
use super::route::{Effect, route_of};
use super::seed::{InstanceSeed, Seed};
use crate::record::Recorded;
use crate::site::{Site, lock};
use crate::wire::ServerError;

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
pub type Instance = Site<Api>;

impl Instance {
    /// Starts an instance on a free loopback port.
    ///
    /// # Errors
    ///
    /// [`ServerError`] when no port is free or no certificate can be made.
    pub async fn start(seed: InstanceSeed) -> Result<Self, ServerError> {
        let callers = seed.callers();
        let InstanceSeed { name, world, limits, .. } = seed;
        let (world, meter) = (Mutex::new(world), Mutex::new(Meter::new(limits)));
        let instance = Self::launch(&name.clone(), Api { name, callers, world, meter }).await?;
        lock(&instance.truth().world).url = instance.url();
        Ok(instance)
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.truth().name
    }

    /// The API key of a role.
    #[must_use]
    pub fn key(&self, role: Role) -> &str {
        self.truth().callers.iter().find(|it| it.role == role).map(|it| it.key.as_str()).unwrap_or_default()
    }

    /// The uid of a project.
    #[must_use]
    pub fn project(&self, name: &str) -> Option<String> {
        lock(&self.truth().world).project_uid(name)
    }

    /// The uid of the first cluster of this name that is not deleted, else of a deleted one.
    #[must_use]
    pub fn cluster(&self, name: &str) -> Option<String> {
        let world = lock(&self.truth().world);
        let mut named: Vec<_> = world.clusters.iter().filter(|it| it.name == name).collect();
        named.sort_by_key(|it| it.state == "Deleted");
        named.first().map(|it| it.uid.clone())
    }

    /// The project's uid of a cluster; `None` if there is no such cluster or it is the tenant's.
    #[must_use]
    pub fn project_of(&self, cluster_uid: &str) -> Option<String> {
        lock(&self.truth().world).cluster(cluster_uid).and_then(|it| it.project.clone())
    }

    /// The uid of a version of a profile.
    #[must_use]
    pub fn profile(&self, name: &str, version: &str) -> Option<String> {
        let world = lock(&self.truth().world);
        world.profiles.iter().find(|it| it.name == name && it.version == version).map(|it| it.uid.clone())
    }

    /// How many clusters there are, deleted ones included.
    #[must_use]
    pub fn cluster_count(&self) -> usize {
        lock(&self.truth().world).clusters.len()
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

    /// The most requests below a path's prefix that were answered within any one second, a fault's not counted.
    #[must_use]
    pub fn peak_per_second(&self, prefix: &str) -> usize {
        lock(&self.truth().meter).peak(prefix)
    }

    /// Changes the rates; all buckets are full again.
    pub fn set_limits(&self, limits: Limits) {
        lock(&self.truth().meter).set(limits);
    }
}
