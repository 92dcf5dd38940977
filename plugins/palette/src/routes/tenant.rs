//! Routes about what clusters stand in: groups, projects, cloud accounts.

use serde_json::{Value, json};

use super::shape::{self, read, text, uid, wide};
use super::{Answer, Route};
use crate::accounts;
use crate::args::{Name, many_instances, needed, one_instance, project};
use crate::capability::Capability;
use crate::fan;
use crate::instance::{Call, Request};
use crate::model::meta::Items;
use crate::model::user::Me;
use crate::page::{self, Collected};
use crate::scope::{self, Merged};
use crate::tool::Problem;

many_instances! {
    /// Whose.
    All {
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

one_instance! {
    /// Which cluster group.
    Group {
        /// Uid of the group.
        cluster_group_uid: Name,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

many_instances! {
    /// Which accounts.
    Accounts {
        /// Cloud type, such as `aws`, `azure`, `vsphere`; `eks`, `aks` and `gke` mean the accounts of their clouds.
        cloud_type: Name,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

pub(super) fn describe() -> Vec<Route> {
    vec![
        shape::list::<All>(
            "cluster-groups",
            "Cluster groups",
            "The cluster groups that virtual clusters can be made in, as Palette gives them.",
            "items",
        ),
        shape::object::<Group>(
            "cluster-group",
            "One cluster group",
            "One cluster group with its hosts, limits and settings, with secrets masked.",
        ),
        shape::list::<All>(
            "projects",
            "Projects",
            "The projects that the credential may see, with the health of their clusters, as Palette gives them.",
            "projects",
        ),
        shape::list::<All>(
            "my-projects",
            "Projects of the credential",
            "Uids and names of the projects that the credential has a part in.",
            "projects",
        ),
        shape::list::<Accounts>(
            "cloud-accounts",
            "Cloud accounts",
            "The cloud accounts of one cloud, by their summary, which has no secrets.",
            "accounts",
        ),
    ]
}

pub(super) async fn groups<C: Call>(call: &C, arguments: All) -> Result<Answer, Problem> {
    let within = project(arguments.project.as_ref())?;
    wide(call, "items", async |api| {
        let scopes = scope::of(api, within.as_ref()).await?;
        scope::merge(api, &scopes, uid, async |scope| {
            let request = Request::get("/v1/clustergroups/hostCluster").within(scope.project());
            let mut value: Value = api.json(Capability::GroupsRead, request).await?;
            // The list is named so here, and by its usual name elsewhere.
            let list = value.get_mut("summaries").map(Value::take);
            let list = list.or_else(|| value.get_mut("items").map(Value::take));
            let items = match list {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            };
            Ok(Collected { items, whole: true })
        })
        .await
    })
    .await
}

pub(super) async fn group<C: Call>(call: &C, arguments: Group) -> Result<Answer, Problem> {
    let group = needed("cluster_group_uid", Some(&arguments.cluster_group_uid))?;
    let within = project(arguments.project.as_ref())?;
    let value = fan::one(call, async |api| {
        let request = Request::get(format!("/v1/clustergroups/{group}")).within(within.as_ref());
        read(api, Capability::GroupsRead, request).await
    })
    .await?;
    Ok(Answer::json(&value))
}

pub(super) async fn projects<C: Call>(call: &C, arguments: All) -> Result<Answer, Problem> {
    let within = project(arguments.project.as_ref())?;
    wide(call, "projects", async |api| {
        let body = json!({ "filter": {}, "sort": [{ "field": "name", "order": "asc" }] });
        let request = Request::search("/v1/dashboard/projects", &body)?;
        let Collected { mut items, whole } =
            page::all::<C, Value>(api, Capability::ProjectsRead, request, page::MOST).await?;
        items.retain(|item| within.as_ref().is_none_or(|project| uid(item) == project.as_str()));
        Ok(Merged { items, whole, failures: Vec::new() })
    })
    .await
}

pub(super) async fn own_projects<C: Call>(call: &C, arguments: All) -> Result<Answer, Problem> {
    let within = project(arguments.project.as_ref())?;
    wide(call, "projects", async |api| {
        // Where there is no such answer, the list of projects holds what the credential may see.
        let me: Option<Me> = api.maybe(Capability::UsersMe, Request::get("/v1/users/me")).await?;
        let request = Request::get("/v1/dashboard/projects/metadata");
        let items: Items<Value> = api.json(Capability::ProjectsRead, request).await?;
        let has_part = |uid: &str| {
            me.as_ref().is_none_or(|me| me.sees_tenant() || me.status.project_permissions.contains_key(uid))
        };
        let items = items
            .into_vec()
            .into_iter()
            .map(|item| json!({ "uid": uid(&item), "name": text(&item, "/metadata/name") }))
            .filter(|item| has_part(text(item, "/uid")))
            .filter(|item| within.as_ref().is_none_or(|project| text(item, "/uid") == project.as_str()))
            .collect();
        Ok(Merged { items, whole: true, failures: Vec::new() })
    })
    .await
}

pub(super) async fn accounts<C: Call>(call: &C, arguments: Accounts) -> Result<Answer, Problem> {
    let within = project(arguments.project.as_ref())?;
    wide(call, "accounts", async |api| {
        let mut merged = accounts::search::<C, Value>(api, within.as_ref()).await?;
        merged.items.retain(|item| accounts::fits(arguments.cloud_type.as_str(), text(item, "/kind")));
        Ok(merged)
    })
    .await
}
