//! What an instance holds. Clusters, profiles and packs are typed, as writes change them; the rest is JSON as served.

mod cluster;
mod profile;

pub(super) use cluster::{Attached, Cluster, Machine, Pool};
pub(super) use profile::{Manifest, Pack, PackRef, Profile};

use serde_json::Value;

use super::value::{text, uid};

/// The state of one instance.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) name: String,
    pub(super) url: String,
    pub(super) tenant: String,
    pub(super) projects: Vec<Value>,
    pub(super) clusters: Vec<Cluster>,
    pub(super) profiles: Vec<Profile>,
    pub(super) packs: Vec<Pack>,
    pub(super) registries: Vec<Value>,
    pub(super) accounts: Vec<Value>,
    pub(super) overlords: Vec<Value>,
    pub(super) edge_hosts: Vec<Value>,
    pub(super) workspaces: Vec<Value>,
    pub(super) groups: Vec<Value>,
    pub(super) templates: Vec<Value>,
    pub(super) users: Vec<Value>,
    pub(super) teams: Vec<Value>,
    pub(super) ssh_keys: Vec<Value>,
    pub(super) events: Vec<Value>,
    pub(super) notifications: Vec<Value>,
    pub(super) audits: Vec<Value>,
    /// How many uids were made.
    pub(super) made: u64,
}

impl World {
    /// A uid that no other thing of this world has.
    pub(super) fn fresh(&mut self) -> String {
        self.made = self.made.saturating_add(1);
        uid(&["made", &self.name, &self.made.to_string()])
    }

    pub(super) fn cluster(&self, uid: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|it| it.uid == uid)
    }

    pub(super) fn profile(&self, uid: &str) -> Option<&Profile> {
        self.profiles.iter().find(|it| it.uid == uid)
    }

    /// The versions of the profile that `profile` is one of: same name, same place.
    pub(super) fn versions<'a>(&'a self, profile: &'a Profile) -> impl Iterator<Item = &'a Profile> {
        self.profiles.iter().filter(|it| it.name == profile.name && it.project == profile.project)
    }

    /// The clusters that a version of a profile is attached to.
    pub(super) fn users_of<'a>(&'a self, profile: &'a str) -> impl Iterator<Item = &'a Cluster> {
        let uses = move |it: &&Cluster| it.profiles.iter().any(|attached| attached.profile == profile);
        self.clusters.iter().filter(|it| it.state != "Deleted").filter(uses)
    }

    pub(super) fn project_name(&self, uid: &str) -> Option<&str> {
        self.projects.iter().find(|it| text(it, "/metadata/uid") == uid).map(|it| text(it, "/metadata/name"))
    }

    pub(super) fn project_uid(&self, name: &str) -> Option<String> {
        let found = self.projects.iter().find(|it| text(it, "/metadata/name") == name);
        found.map(|it| text(it, "/metadata/uid").to_owned())
    }

    /// The name in the metadata of a thing of a plain collection.
    pub(super) fn name_in<'a>(all: &'a [Value], uid: &str) -> &'a str {
        all.iter()
            .find(|it| text(it, "/metadata/uid") == uid)
            .map(|it| text(it, "/metadata/name"))
            .unwrap_or_default()
    }
}
