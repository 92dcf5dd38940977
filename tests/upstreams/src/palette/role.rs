//! Keys, the roles behind them, and what a role may do.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::value::uid;

/// Whose key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// May do everything, in the tenant and in all projects.
    TenantAdmin,
    /// May read everything, in the tenant and in all projects; no admin kubeconfig, no writes.
    TenantViewer,
    /// May do everything in some projects (the instance's seed names them), and nothing at tenant scope.
    ProjectAdmin,
    /// May read in some projects, and gets 403 at tenant scope.
    ProjectViewer,
}

impl Role {
    /// All roles; each instance has one key of each.
    pub const ALL: [Self; 4] =
        [Self::TenantAdmin, Self::TenantViewer, Self::ProjectAdmin, Self::ProjectViewer];

    /// The user's name, which is in each record of a request.
    #[must_use]
    pub fn user(self) -> &'static str {
        match self {
            Self::TenantAdmin => "tenant-admin",
            Self::TenantViewer => "tenant-viewer",
            Self::ProjectAdmin => "project-admin",
            Self::ProjectViewer => "project-viewer",
        }
    }

    fn is_tenant(self) -> bool {
        matches!(self, Self::TenantAdmin | Self::TenantViewer)
    }

    /// The permissions, in the form `cluster.get`.
    pub(super) fn permissions(self) -> Vec<String> {
        let operations: &[&str] = match self {
            Self::TenantAdmin | Self::ProjectAdmin => &["create", "get", "list", "update", "delete"],
            Self::TenantViewer | Self::ProjectViewer => &["get", "list"],
        };
        let keys = KEYS.iter().chain(if self.is_tenant() { TENANT_KEYS } else { &[] });
        let mut all: Vec<String> = keys
            .flat_map(|key| operations.iter().map(move |operation| format!("{key}.{operation}")))
            .collect();
        all.push("tag.get".to_owned());
        if operations.len() > 2 {
            all.extend(ADMIN_EXTRAS.iter().map(|&extra| extra.to_owned()));
        }
        all
    }
}

const KEYS: &[&str] = &[
    "appProfile",
    "cloudaccount",
    "cloudconfig",
    "cluster",
    "clusterGroup",
    "clusterProfile",
    "clusterRbac",
    "edgehost",
    "location",
    "machine",
    "macro",
    "packRegistry",
    "privateGateway",
    "project",
    "sshKey",
    "virtualCloudconfig",
    "virtualCluster",
    "virtualMachine",
    "workspace",
];

const TENANT_KEYS: &[&str] = &["apiKey", "audit", "filter", "role", "team", "user"];

const ADMIN_EXTRAS: &[&str] = &[
    "cluster.adminKubeconfigDownload",
    "cluster.import",
    "clusterProfile.publish",
    "tag.update",
    "workspace.backup",
    "workspace.restore",
];

/// Who asks: a role and, for roles of projects, in which.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    pub(super) role: Role,
    pub(super) key: String,
    /// Uids of the projects in which the role holds; a tenant role has all.
    pub(super) projects: Vec<String>,
    permissions: Vec<String>,
}

impl Caller {
    pub(super) fn new(instance: &str, role: Role, projects: Vec<String>) -> Self {
        let key = format!("{}-{}", role.user(), uid(&["key", instance, role.user()]));
        Self { role, key, projects, permissions: role.permissions() }
    }

    /// Whether the caller has a permission in a project, or at tenant scope (`None`). The empty one is everybody's.
    pub(super) fn may(&self, permission: &str, scope: Option<&str>) -> bool {
        let here = self.role.is_tenant() || scope.is_some_and(|it| self.projects.iter().any(|uid| uid == it));
        permission.is_empty() || (here && self.permissions.iter().any(|it| it == permission))
    }

    /// The comma list that resources carry in `metadata.annotations.permissions`: what concerns `keys`.
    pub(super) fn annotation(&self, keys: &[&str]) -> String {
        let concerns =
            |permission: &&String| permission.split_once('.').is_some_and(|(key, _)| keys.contains(&key));
        self.permissions.iter().filter(concerns).map(String::as_str).collect::<Vec<_>>().join(",")
    }

    /// The answer of `users/me`.
    pub(super) fn me(&self) -> Value {
        let projects: BTreeMap<&String, &Vec<String>> =
            self.projects.iter().map(|uid| (uid, &self.permissions)).collect();
        let tenant = if self.role.is_tenant() { json!({"tenant": self.permissions}) } else { json!({}) };
        let user = self.role.user();
        json!({
            "metadata": {"name": user, "uid": uid(&["user", user])},
            "spec": {"emailId": format!("{user}@example.test"), "firstName": user, "lastName": "demo", "roles": null},
            "status": {"isActive": true, "projectPermissions": projects, "tenantPermissions": tenant},
        })
    }
}
