//! Catalog entities that stand for a Palette's projects, clusters and profiles, with their annotations.

use serde_json::{Value, json};

use super::seed::annotated;

/// What the annotations begin with.
pub const PREFIX: &str = "terasky.backstage.io";

/// A project: a System.
#[must_use]
pub fn project(instance: &str, name: &str, uid: &str) -> Value {
    let spec = json!({"type": "spectrocloud-project", "owner": "group:default/platform"});
    let base = base("System", instance, "tenant", name, spec);
    marked(
        base,
        &[("project-id", uid), ("scope", "project"), ("tenant-id", "tenant"), ("instance", instance)],
    )
}

/// A cluster of a project: a Resource of the project's System. More annotations come by [`mark`].
#[must_use]
pub fn cluster(instance: &str, project: &str, name: &str, uid: &str) -> Value {
    let spec = resource("spectrocloud-cluster", instance, project);
    let base = base("Resource", instance, project, name, spec);
    let marks = [
        ("cluster-id", uid),
        ("scope", "project"),
        ("project-name", project),
        ("state", "Running"),
        ("instance", instance),
    ];
    marked(base, &marks)
}

/// A cluster profile of a project: a Resource.
#[must_use]
pub fn profile(instance: &str, project: &str, name: &str, uid: &str, version: &str) -> Value {
    let spec = resource("spectrocloud-cluster-profile", instance, project);
    let base = base("Resource", instance, project, name, spec);
    let versions = json!([{"uid": uid, "version": version}]).to_string();
    let marks = [
        ("profile-id", uid),
        ("scope", "project"),
        ("profile-type", "cluster"),
        ("profile-status", "published"),
        ("version", version),
        ("latest-version", version),
        ("profile-versions", versions.as_str()),
        ("instance", instance),
    ];
    marked(base, &marks)
}

/// The same entity with one more annotation of the prefix, such as `project-id`.
#[must_use]
pub fn mark(entity: Value, name: &str, value: &str) -> Value {
    annotated(entity, &format!("{PREFIX}/{name}"), value)
}

/// The name that an entity has in the catalog: all in lower case, other letters as `-`.
#[must_use]
pub fn catalog_name(instance: &str, project: &str, name: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '-' };
    format!("{instance}-{project}-{name}").chars().map(plain).collect()
}

fn marked(entity: Value, marks: &[(&str, &str)]) -> Value {
    marks.iter().fold(entity, |entity, (name, value)| mark(entity, name, value))
}

fn resource(kind: &str, instance: &str, project: &str) -> Value {
    json!({
        "type": kind, "lifecycle": "production", "owner": "group:default/platform",
        "system": catalog_name(instance, "tenant", project),
    })
}

fn base(kind: &str, instance: &str, project: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": kind,
        "metadata": {
            "name": catalog_name(instance, project, name), "namespace": "default", "title": name,
            "tags": ["spectrocloud"], "annotations": {},
        },
        "spec": spec,
    })
}
