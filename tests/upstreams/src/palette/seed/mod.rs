//! What instances hold when they start.
//!
//! [`Seed::demo`] has two instances: `prod` with projects `Default`, `Payments` and `Edge` and a fleet with one
//! of everything that goes wrong, and `lab` with a few clusters in `Sandbox`. All of it is the same at every
//! start but for times, which are relative to the start.

mod fleet;
mod packs;
mod profiles;
mod special;
mod stories;
mod tenant;

use super::limit::Limits;
use super::role::{Caller, Role};
use super::value::{text, uid};
use super::world::World;

/// The instances to start.
#[derive(Debug, Default)]
pub struct Seed {
    pub(super) instances: Vec<InstanceSeed>,
}

/// One instance as it starts.
#[derive(Debug)]
pub struct InstanceSeed {
    pub(super) name: String,
    pub(super) world: World,
    pub(super) limits: Limits,
    members_of: Vec<String>,
}

impl Seed {
    /// No instances yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an instance.
    #[must_use]
    pub fn instance(mut self, instance: InstanceSeed) -> Self {
        self.instances.push(instance);
        self
    }

    /// Both instances of the demo: `prod` and `lab`.
    #[must_use]
    pub fn demo() -> Self {
        Self::new().instance(InstanceSeed::prod("prod")).instance(InstanceSeed::lab("lab"))
    }

    /// The same instances with other rates.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        for instance in &mut self.instances {
            instance.limits = limits;
        }
        self
    }
}

impl InstanceSeed {
    /// Three projects and over 120 clusters. The roles of projects hold in `Default` and `Payments`.
    #[must_use]
    pub fn prod(name: &str) -> Self {
        let mut world = tenant::world(name, &["Default", "Payments", "Edge"]);
        special::add(&mut world);
        fleet::add(&mut world, 112);
        special::add_virtual(&mut world);
        stories::add(&mut world);
        Self::of(world, &["Default", "Payments"])
    }

    /// One project, `Sandbox`, and six clusters.
    #[must_use]
    pub fn lab(name: &str) -> Self {
        let mut world = tenant::world(name, &["Sandbox"]);
        fleet::add(&mut world, 6);
        stories::add(&mut world);
        Self::of(world, &["Sandbox"])
    }

    fn of(world: World, members_of: &[&str]) -> Self {
        Self {
            name: world.name.clone(),
            world,
            limits: Limits::default(),
            members_of: members_of.iter().map(|&it| it.to_owned()).collect(),
        }
    }

    /// One caller of each role.
    pub(super) fn callers(&self) -> Vec<Caller> {
        let all: Vec<String> =
            self.world.projects.iter().map(|it| text(it, "/metadata/uid").to_owned()).collect();
        let some: Vec<String> = self.members_of.iter().filter_map(|it| self.world.project_uid(it)).collect();
        let projects = |role: Role| match role {
            Role::TenantAdmin | Role::TenantViewer => all.clone(),
            Role::ProjectAdmin | Role::ProjectViewer => some.clone(),
        };
        Role::ALL.into_iter().map(|role| Caller::new(&self.name, role, projects(role))).collect()
    }
}

/// The uid of a seeded thing of an instance.
fn seeded(world: &World, kind: &str, name: &str) -> String {
    uid(&[&world.name, kind, name])
}
