//! The forms in which things are shown.

pub(super) mod cluster;
pub(super) mod cost;
pub(super) mod kubeconfig;
pub(super) mod machine;
pub(super) mod profile;
pub(super) mod workload;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::role::Caller;
use super::value::{NO_TIME, dice};
use super::world::World;

/// What metadata is made of.
pub(super) struct Meta<'a> {
    pub(super) name: &'a str,
    pub(super) uid: &'a str,
    pub(super) project: Option<&'a str>,
    pub(super) labels: &'a BTreeMap<String, String>,
    pub(super) description: &'a str,
    pub(super) created: &'a str,
    pub(super) modified: &'a str,
    /// Keys of permissions that the caller's list names.
    pub(super) keys: &'a [&'a str],
}

impl Meta<'_> {
    pub(super) fn value(&self, world: &World, caller: &Caller) -> Value {
        json!({
            "name": self.name, "uid": self.uid, "labels": self.labels,
            "annotations": {"scope": if self.project.is_some() { "project" } else { "tenant" },
                "projectUid": self.project.unwrap_or_default(), "tenantUid": world.tenant, "ownerUid": "",
                "scopeVisibility": "", "description": self.description,
                "permissions": caller.annotation(self.keys)},
            "creationTimestamp": self.created, "lastModifiedTimestamp": self.modified,
            "deletionTimestamp": NO_TIME,
        })
    }
}

/// A list as Palette shows it: an empty one is `null` in a third of the objects.
pub(super) fn list(uid: &str, items: Vec<Value>) -> Value {
    if items.is_empty() && dice(&["null", uid], 3) == 0 { Value::Null } else { Value::Array(items) }
}

/// `{name, uid}`, or `{}` for nothing.
pub(super) fn reference(name: &str, uid: &str) -> Value {
    if uid.is_empty() { json!({}) } else { json!({"name": name, "uid": uid}) }
}
