//! `get_cluster_group`: one cluster group, its hosts and what its virtual clusters may use.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Name, one_instance};
use crate::capability::Capability;
use crate::fan;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::group::Group;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetClusterGroup;

one_instance! {
    /// Which group.
    Arguments {
        /// Uid of the cluster group, as `list_cluster_groups` gives it.
        cluster_group_uid: Name,
    }
}

/// One group.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ClusterGroup {
    /// It.
    pub cluster_group: Details,
    /// The instance that it is in.
    pub instance: String,
}

/// What a group is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Details {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// Whether it takes virtual clusters.
    pub active: bool,
    /// `Ingress` or `LoadBalancer`.
    pub endpoint_type: String,
    /// `k3s`, `cncf_k8s` or `vcluster-generic`.
    pub distribution: String,
    /// What each virtual cluster may use.
    pub limits: Limits,
    /// Clusters that host.
    pub host_clusters: Vec<Host>,
    /// Names of the profiles that every virtual cluster gets.
    pub profiles: Vec<String>,
    /// `project`, `tenant` or `system`.
    pub scope: String,
    /// Uid of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
}

/// What each virtual cluster may use; 0: no limit is told.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Limits {
    /// Thousandths of a processor.
    pub cpu_milli_core: u64,
    /// Mebibytes.
    pub memory_mib: u64,
    /// Gibibytes.
    pub storage_gib: u64,
    /// Per cent of what the hosts have.
    pub over_subscription_percent: u64,
}

/// A cluster that hosts.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Host {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
}

impl Tool for GetClusterGroup {
    const NAME: &'static str = "get_cluster_group";
    const TITLE: &'static str = "Get cluster group";
    const DESCRIPTION: &'static str = "Gets one Palette cluster group by its uid: host clusters, distribution, \
        endpoint type, limits of its virtual clusters (thousandths of processors, MiB, GiB) and their profiles. \
        Name its `project` where it has one. Fails with not-found for a uid that is none's.";
    type Arguments = Arguments;
    type Output = ClusterGroup;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<ClusterGroup>, Problem> {
        let uid = Uid::parse(arguments.cluster_group_uid.as_str())
            .map_err(|error| Problem::invalid("/cluster_group_uid", error.to_string()))?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| {
            let request = Request::get(format!("/v1/clustergroups/{uid}")).within(project.as_ref());
            let group: Group = api.json(Capability::GroupsRead, request).await?;
            Ok(ClusterGroup { cluster_group: details(group), instance: api.name().to_owned() })
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn details(group: Group) -> Details {
    let Group { metadata, spec, status } = group;
    let limits = spec.clusters_config.limit_config;
    let hosts = spec.cluster_refs.into_iter();
    Details {
        scope: metadata.scope().to_owned(),
        project_uid: metadata.project().map(str::to_owned),
        tags: metadata.tags(),
        uid: metadata.uid,
        name: metadata.name,
        active: status.is_active,
        endpoint_type: spec.clusters_config.endpoint_type,
        distribution: spec.clusters_config.kubernetes_distro_type,
        limits: Limits {
            cpu_milli_core: limits.cpu_milli_core,
            memory_mib: limits.memory_mib,
            storage_gib: limits.storage_gib,
            over_subscription_percent: limits.over_subscription,
        },
        host_clusters: hosts.map(|host| Host { uid: host.cluster_uid, name: host.cluster_name }).collect(),
        profiles: spec.cluster_profile_templates.into_iter().map(|profile| profile.name).collect(),
    }
}

fn text(found: &ClusterGroup) -> String {
    let group = &found.cluster_group;
    let mut text = Text::default();
    let active = if group.active { "active" } else { "not active" };
    text.line(format!("{} ({}, {}): {active}", group.name, group.distribution, group.endpoint_type));
    let limits = &group.limits;
    text.line(format!(
        "each virtual cluster: {} MilliCore, {} MiB memory, {} GiB storage; over-subscription {} %",
        limits.cpu_milli_core, limits.memory_mib, limits.storage_gib, limits.over_subscription_percent
    ));
    let rows: Vec<[&str; 2]> =
        group.host_clusters.iter().map(|host| [host.name.as_str(), host.uid.as_str()]).collect();
    text.table(&["HOST", "UID"], &rows);
    text.finish("read the structured answer")
}
