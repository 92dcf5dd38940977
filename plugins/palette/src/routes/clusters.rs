//! Routes about clusters, physical and virtual.

use serde_json::Value;

use super::shape::{self, read, text, uid, wide};
use super::{Answer, Route};
use crate::args::{Name, many_instances, needed, one_cluster, project};
use crate::capability::Capability;
use crate::fan;
use crate::fault::Fault;
use crate::filter::Filter;
use crate::fleet;
use crate::instance::{Call, Request};
use crate::kubeconfig::download;
use crate::model::cluster::NESTED;
use crate::model::meta::Items;
use crate::page::Collected;
use crate::scope;
use crate::tool::Problem;

many_instances! {
    /// Whose clusters.
    All {
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

one_cluster! {
    /// Which cluster.
    One {
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

one_cluster! {
    /// Which cluster's kubeconfig.
    Access {
        /// Whether it is reached through the proxy where it has one: true unless told.
        #[serde(default)]
        frp: Option<bool>,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

one_cluster! {
    /// Which manifest of which cluster.
    Manifest {
        /// Uid of the manifest.
        manifest_uid: Name,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

/// Which clusters a route is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Any,
    Virtual,
}

pub(super) fn describe() -> Vec<Route> {
    vec![
        shape::list::<All>(
            "clusters",
            "Clusters",
            "The clusters of every project that the credential has a part in, in short, as Palette gives them.",
            "clusters",
        ),
        shape::object::<One>(
            "cluster",
            "One cluster",
            "The summary of one cluster, as Palette gives it, with secrets masked.",
        ),
        shape::file::<Access>(
            "cluster-kubeconfig",
            "Kubeconfig of a cluster",
            "The kubeconfig by which users log in to a cluster through OIDC, as Palette gives it.",
        ),
        shape::list::<One>(
            "cluster-profiles",
            "Profiles of a cluster",
            "The profiles on one cluster with their packs, values and presets, with secrets masked.",
            "profiles",
        ),
        shape::object::<Manifest>(
            "cluster-pack-manifest",
            "Manifest of a pack of a cluster",
            "One manifest of a pack, as the cluster has it, with secrets masked.",
        ),
        shape::list::<All>(
            "virtual-clusters",
            "Virtual clusters",
            "The virtual clusters of every project that the credential has a part in, as Palette gives them.",
            "virtualClusters",
        ),
        shape::object::<One>(
            "virtual-cluster",
            "One virtual cluster",
            "The summary of one virtual cluster, with secrets masked; not found for one that is not virtual.",
        ),
        shape::file::<Access>(
            "virtual-cluster-kubeconfig",
            "Kubeconfig of a virtual cluster",
            "The kubeconfig by which users log in to a virtual cluster, as Palette gives it.",
        ),
    ]
}

pub(super) async fn all<C: Call>(call: &C, arguments: All) -> Result<Answer, Problem> {
    let within = project(arguments.project.as_ref())?;
    wide(call, "clusters", async |api| {
        let scopes = scope::of(api, within.as_ref()).await?;
        let mut merged = scope::merge(api, &scopes, uid, async |scope| {
            let request = Request::get("/v1/dashboard/spectroclusters/meta").within(scope.project());
            let items: Items<Value> = api.json(Capability::ClustersRead, request).await?;
            Ok(Collected { items: items.into_vec(), whole: true })
        })
        .await?;
        merged.items.retain(|item| text(item, "/status/state") != "Deleted");
        Ok(merged)
    })
    .await
}

pub(super) async fn virtuals<C: Call>(call: &C, arguments: All) -> Result<Answer, Problem> {
    let within = project(arguments.project.as_ref())?;
    wide(call, "virtualClusters", async |api| {
        let filter = Filter::alive().equals("environment", &[NESTED]);
        let mut merged = fleet::search(api, within.as_ref(), filter, uid).await?;
        merged.items.retain(|item| {
            text(item, "/status/state") != "Deleted"
                && text(item, "/specSummary/cloudConfig/cloudType") == NESTED
        });
        Ok(merged)
    })
    .await
}

pub(super) async fn one<C: Call>(call: &C, arguments: One, kind: Kind) -> Result<Answer, Problem> {
    let cluster = needed("cluster_uid", arguments.cluster_uid.as_ref())?;
    let within = project(arguments.project.as_ref())?;
    let value = fan::one(call, async |api| {
        let request =
            Request::get(format!("/v1/dashboard/spectroclusters/{cluster}")).within(within.as_ref());
        let value = read(api, Capability::ClusterViewInfo, request).await?;
        if text(&value, "/status/state") == "Deleted" {
            return Err(Fault::missing(format!("the cluster `{cluster}` is deleted")));
        }
        if kind == Kind::Virtual && text(&value, "/spec/cloudConfig/cloudType") != NESTED {
            return Err(Fault::missing(format!("the cluster `{cluster}` is not virtual")));
        }
        Ok(value)
    })
    .await?;
    Ok(Answer::json(&value))
}

pub(super) async fn kubeconfig<C: Call>(call: &C, arguments: Access, kind: Kind) -> Result<Answer, Problem> {
    let cluster = needed("cluster_uid", arguments.cluster_uid.as_ref())?;
    let within = project(arguments.project.as_ref())?;
    let how = download::Kind::User { frp: arguments.frp };
    let text = fan::one(call, async |api| {
        let (text, _) = download::get(api, &cluster, within.as_ref(), how).await?;
        Ok(text)
    })
    .await?;
    let suffix = if kind == Kind::Virtual { "vcluster-kubeconfig" } else { "kubeconfig" };
    Ok(Answer { status: 200, body: text.into_bytes(), filename: Some(format!("{cluster}-{suffix}.yaml")) })
}

pub(super) async fn profiles<C: Call>(call: &C, arguments: One) -> Result<Answer, Problem> {
    let cluster = needed("cluster_uid", arguments.cluster_uid.as_ref())?;
    let within = project(arguments.project.as_ref())?;
    let value = fan::one(call, async |api| {
        let request = Request::get(format!("/v1/spectroclusters/{cluster}/profiles"))
            .within(within.as_ref())
            .with("includePackMeta", "schema,presets");
        read(api, Capability::ClusterViewPackValues, request).await
    })
    .await?;
    Ok(Answer::json(&value))
}

pub(super) async fn manifest<C: Call>(call: &C, arguments: Manifest) -> Result<Answer, Problem> {
    let cluster = needed("cluster_uid", arguments.cluster_uid.as_ref())?;
    let manifest = needed("manifest_uid", Some(&arguments.manifest_uid))?;
    let within = project(arguments.project.as_ref())?;
    let value = fan::one(call, async |api| {
        let path = format!("/v1/spectroclusters/{cluster}/pack/manifests/{manifest}");
        let request = Request::get(path).within(within.as_ref());
        read(api, Capability::ClusterViewPackManifests, request).await
    })
    .await?;
    Ok(Answer::json(&value))
}
