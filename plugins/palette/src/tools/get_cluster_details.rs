//! `get_cluster_details`: what one cluster is, and how it is.

use std::collections::BTreeMap;

use postern_sdk::{mask, text::Text};
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::args::one_cluster;
use crate::capability::Capability;
use crate::fan;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::machines::{self, Node, Nodes};
use crate::model::cluster::{Condition, Metric, Summary};
use crate::part::{self, Unread};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetClusterDetails;

one_cluster! {
    /// Which cluster.
    Arguments {}
}

/// What the cluster is, and how it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Details {
    /// Who it is.
    pub metadata: Metadata,
    /// What it is.
    pub spec: Spec,
    /// How it is.
    pub status: State,
    /// Its machines, by pool and then by name.
    pub nodes: Vec<Node>,
    /// Whether there are more machines than could be read.
    pub nodes_truncated: bool,
    /// Use of processors (`MilliCore`) and memory (`KiB`).
    pub resource_usage: Usage,
    /// The instance that it is in.
    pub instance: String,
    /// When it was read, RFC 3339.
    pub timestamp: String,
    /// Parts that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Unread>,
}

/// Who it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Metadata {
    pub uid: String,
    pub name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    pub labels: BTreeMap<String, String>,
    pub tags: Vec<String>,
    /// `project` or `tenant`.
    pub scope: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// What the credential may do with it, as Palette hints.
    pub permissions: Vec<String>,
}

/// What it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Spec {
    pub cloud_type: String,
    /// By name.
    pub cloud_account: String,
    /// What machine pools and machines are asked for by.
    pub cloud_config_uid: String,
    /// Profile versions, in the order in which they are applied.
    pub cluster_profile: Vec<Profile>,
    pub machine_pools: Vec<Pool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k8s_version: Option<String>,
}

/// A profile version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Profile {
    /// Of the version.
    pub uid: String,
    pub name: String,
    pub version: String,
    /// `cluster`, `infra`, `add-on` or `system`.
    pub r#type: String,
}

/// A machine pool.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Pool {
    pub name: String,
    pub size: u32,
    pub healthy: u32,
    pub control_plane: bool,
    pub labels: Vec<String>,
}

/// How it is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct State {
    pub state: String,
    /// `Healthy`, `UnHealthy` or `Unknown`; independent of the state.
    pub health: String,
    /// All that are not true, then the others.
    pub conditions: Vec<Fact>,
    /// Packs that are not ready.
    pub failed_packs: Vec<FailedPack>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    pub last_heartbeat: String,
    pub agent_version: String,
    /// Whether there is a kubeconfig for its users.
    pub has_kubeconfig: bool,
    /// Cost of an hour. Palette names no currency.
    pub hourly_rate: f64,
    pub repave_pending: bool,
}

/// One condition.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Fact {
    pub r#type: String,
    /// `True`, `False` or `Unknown`.
    pub status: String,
    pub reason: String,
    pub message: String,
}

/// A pack that is not ready.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct FailedPack {
    pub name: String,
    pub version: String,
    pub profile_uid: String,
    pub reason: String,
    pub message: String,
}

/// Use of processors and memory.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Usage {
    pub cpu: Amounts,
    pub memory: Amounts,
}

/// Use of one thing.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Amounts {
    pub unit: String,
    pub total: f64,
    pub usage: f64,
    pub request: f64,
    pub limit: f64,
    /// Use in per cent of the total, where there is a total.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage_percent: Option<f64>,
}

impl Tool for GetClusterDetails {
    const NAME: &'static str = "get_cluster_details";
    const TITLE: &'static str = "Get cluster details";
    const DESCRIPTION: &'static str = "Gets one Palette cluster: cloud, profiles, machine pools, state, health, every \
        condition (those that are not true first), packs that are not ready, machines, endpoint, use and hourly rate. \
        Machines that cannot be read are told under `errors`. Name it by \
        uid, by name, or by its catalog `entity`. Fails with not-found for a deleted one, and names the candidates \
        when a name fits several.";
    type Arguments = Arguments;
    type Output = Details;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Details>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| {
            let summary = summary(api, &cluster, project.as_ref()).await?;
            // A cluster whose machines cannot be read is told without them.
            let read = machines::of(api, &summary.spec, project.as_ref(), None).await;
            Ok(details(api.name(), call.now().to_string(), summary, read))
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// The summary of one cluster. For other tools and routes too.
///
/// # Errors
/// As [`Api::json`]; and not-found for one that is deleted, which stays readable for days.
pub async fn summary<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
) -> Result<Summary, Fault> {
    let request = Request::get(format!("/v1/dashboard/spectroclusters/{cluster}")).within(project);
    let summary: Summary = api.json(Capability::ClusterViewInfo, request).await?;
    if summary.status.is_deleted() {
        return Err(Fault::missing(format!("the cluster `{cluster}` is deleted")));
    }
    Ok(summary)
}

fn details(instance: &str, timestamp: String, summary: Summary, read: Result<Nodes, Fault>) -> Details {
    let Summary { metadata, spec, status } = summary;
    let read = read.unwrap_or_else(|fault| Nodes {
        whole: true,
        unread: vec![Unread::new("the machines", fault)],
        ..Nodes::default()
    });
    let kubernetes = Some(status.kube_meta.kubernetes_version).filter(|version| !version.is_empty());
    let endpoint =
        status.api_endpoints.first().map(|endpoint| format!("{}:{}", endpoint.host, endpoint.port));
    let failed = status.packs.into_iter().filter(|pack| pack.condition.status == "False");
    let mut conditions: Vec<Fact> =
        status.conditions.into_iter().chain(status.health.conditions).map(fact).collect();
    conditions.sort_by_key(|fact| fact.status == "True");
    Details {
        instance: instance.to_owned(),
        timestamp,
        nodes: read.nodes,
        nodes_truncated: !read.whole,
        errors: read.unread,
        spec: Spec {
            cloud_account: spec.account().name.clone(),
            k8s_version: kubernetes.or_else(|| spec.kubernetes_version().map(str::to_owned)),
            cloud_type: spec.cloud_config.cloud_type,
            cloud_config_uid: spec.cloud_config.uid,
            cluster_profile: spec
                .cluster_profile_templates
                .into_iter()
                .map(|profile| Profile {
                    version: profile.version().to_owned(),
                    uid: profile.uid,
                    name: profile.name,
                    r#type: profile.r#type,
                })
                .collect(),
            machine_pools: spec
                .cloud_config
                .machine_pools
                .into_iter()
                .map(|pool| Pool {
                    name: pool.name,
                    size: pool.size,
                    healthy: pool.healthy,
                    control_plane: pool.is_control_plane,
                    labels: pool.labels,
                })
                .collect(),
        },
        status: State {
            state: status.state,
            health: if status.health.state.is_empty() { "Unknown".to_owned() } else { status.health.state },
            conditions,
            failed_packs: failed
                .map(|pack| FailedPack {
                    name: pack.name,
                    version: pack.version,
                    profile_uid: pack.profile_uid,
                    reason: pack.condition.reason,
                    message: mask::shown(&pack.condition.message),
                })
                .collect(),
            endpoint,
            last_heartbeat: status.health.last_heart_beat_timestamp,
            agent_version: status.health.agent_version,
            has_kubeconfig: status.kube_meta.has_kube_config_client,
            hourly_rate: status.hourly_rate.total,
            repave_pending: status.repave.state == "Pending",
        },
        resource_usage: Usage { cpu: amounts(status.metrics.cpu), memory: amounts(status.metrics.memory) },
        metadata: Metadata {
            tags: metadata.tags(),
            scope: metadata.scope().to_owned(),
            project_uid: metadata.project().map(str::to_owned),
            permissions: metadata.permissions().map(str::to_owned).collect(),
            uid: metadata.uid,
            name: metadata.name,
            created_at: metadata.creation_timestamp,
            labels: metadata.labels,
        },
    }
}

fn fact(condition: Condition) -> Fact {
    Fact {
        r#type: condition.r#type,
        // What the agent reports has no status: it is there because it is wrong.
        status: if condition.status.is_empty() { "False".to_owned() } else { condition.status },
        reason: condition.reason,
        message: mask::shown(&condition.message),
    }
}

fn amounts(metric: Metric) -> Amounts {
    let Metric { unit, total, usage, request, limit } = metric;
    let usage_percent = (total > 0.0).then(|| (usage / total * 1000.0).round() / 10.0);
    Amounts { unit, total, usage, request, limit, usage_percent }
}

fn text(details: &Details) -> String {
    let Details { metadata, spec, status, .. } = details;
    let mut text = Text::default();
    text.line(format!("{} ({}): {}, {}", metadata.name, spec.cloud_type, status.state, status.health));
    text.line(format!("uid {}, instance {}, {}", metadata.uid, details.instance, metadata.tags.join(" ")));
    part::say(&mut text, &details.errors);
    if let Some(endpoint) = &status.endpoint {
        text.line(format!("endpoint {endpoint}"));
    }
    let pools: Vec<[String; 3]> = spec
        .machine_pools
        .iter()
        .map(|pool| {
            let role = if pool.control_plane { "control plane" } else { "worker" };
            [pool.name.clone(), role.to_owned(), format!("{}/{}", pool.healthy, pool.size)]
        })
        .collect();
    text.table(&["POOL", "ROLE", "HEALTHY"], &pools);
    let nodes: Vec<[&str; 4]> = details
        .nodes
        .iter()
        .filter(|node| !node.ready)
        .map(|node| [node.name.as_str(), node.pool.as_str(), node.state.as_str(), node.health.as_str()])
        .collect();
    text.table(&["MACHINE NOT READY", "POOL", "STATE", "HEALTH"], &nodes);
    let profiles: Vec<[&str; 3]> = spec
        .cluster_profile
        .iter()
        .map(|profile| [profile.name.as_str(), profile.version.as_str(), profile.r#type.as_str()])
        .collect();
    text.table(&["PROFILE", "VERSION", "TYPE"], &profiles);
    let wrong: Vec<[&str; 4]> = status
        .conditions
        .iter()
        .filter(|fact| fact.status != "True")
        .map(|fact| [fact.r#type.as_str(), fact.status.as_str(), fact.reason.as_str(), fact.message.as_str()])
        .chain(
            status
                .failed_packs
                .iter()
                .map(|pack| [pack.name.as_str(), "not ready", pack.reason.as_str(), pack.message.as_str()]),
        )
        .collect();
    text.table(&["WHAT", "STATUS", "REASON", "MESSAGE"], &wrong);
    text.finish("read the structured answer")
}
