//! Who the credential belongs to, and what it may do where.

use std::collections::BTreeMap;

use super::lenient;

lenient! {
    /// `GET /v1/users/me`.
    Me {
        /// What it may do.
        status: Permissions,
    }

    /// Permissions of a user.
    Permissions {
        /// By the uid of the project.
        project_permissions: BTreeMap<String, Vec<String>>,
        /// Of the tenant.
        tenant_permissions: TenantPermissions,
    }

    /// Permissions of a user at tenant scope.
    TenantPermissions {
        /// Their names.
        tenant: Vec<String>,
    }
}

impl Me {
    /// Whether lists may be asked for without a project.
    #[must_use]
    pub fn sees_tenant(&self) -> bool {
        let tenant = &self.status.tenant_permissions.tenant;
        tenant.iter().any(|permission| matches!(permission.as_str(), "cluster.list" | "cluster.get"))
    }
}
