//! Reading the machines of a cluster, pool by pool. What tools share.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use postern_sdk::mask;
use schemars::JsonSchema;
use serde::Serialize;

use crate::api::Api;
use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::ids::{self, Uid};
use crate::instance::{Call, Request};
use crate::model::cluster::{NESTED, Pool, Spec};
use crate::model::machine::{CloudConfigNames, Machine};
use crate::model::told;
use crate::page::{self, Collected};
use crate::part::Unread;

/// Pools asked at once.
const AT_ONCE: usize = 4;

/// Most machines of one pool.
const MOST: usize = 500;

/// One machine.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Node {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// Its pool.
    pub pool: String,
    /// Whether it is of the control plane.
    pub control_plane: bool,
    /// Whether it is ready.
    pub ready: bool,
    /// `Running`, `Provisioning`, `Failed` and so on.
    pub state: String,
    /// `Healthy`, `UnHealthy` or `Unknown`.
    pub health: String,
    /// Type, where the cloud names one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// Zone.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Addresses.
    pub addresses: Vec<String>,
    /// Whether it takes no new pods.
    pub cordoned: bool,
    /// What is wrong with it: type and message.
    pub problems: Vec<String>,
    /// When its agent was heard last, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_heartbeat: Option<String>,
    /// When it was created, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
}

/// What could be read of a cluster's machines.
#[derive(Debug, Default)]
pub struct Nodes {
    /// By pool, and then by name.
    pub nodes: Vec<Node>,
    /// Whether these are all of the pools that could be read.
    pub whole: bool,
    /// Whether there is any pool of those that were asked for.
    pub known: bool,
    /// Pools that could not be read.
    pub unread: Vec<Unread>,
}

/// Reads the machines of a cluster: of one pool, or of all.
///
/// A pool that cannot be read costs its own error and nothing else.
///
/// # Errors
/// When the cluster tells no configuration to ask by, or its pools' names cannot be read.
pub async fn of<C: Call>(
    api: &Api<'_, C>,
    spec: &Spec,
    project: Option<&Uid>,
    only: Option<&str>,
) -> Result<Nodes, Fault> {
    let answers = read(api, spec, project, only).await?;
    let mut all = Nodes { whole: true, known: !answers.is_empty(), ..Nodes::default() };
    for (pool, answer) in answers {
        match answer {
            Ok(read) => {
                all.whole &= read.whole;
                let mut nodes: Vec<Node> =
                    read.items.into_iter().map(|machine| node(&pool, machine)).collect();
                nodes.sort_by(|one, other| one.name.cmp(&other.name));
                all.nodes.extend(nodes);
            }
            Err(fault) => all.unread.push(Unread::new(format!("pool `{}`", pool.name), fault)),
        }
    }
    Ok(all)
}

/// A pool, and its machines as Palette tells them.
pub type Answered = (Pool, Result<Collected<Machine>, Fault>);

/// Reads the machines of one pool, or of all, as [`of`] does.
///
/// # Errors
/// As [`of`].
pub async fn read<C: Call>(
    api: &Api<'_, C>,
    spec: &Spec,
    project: Option<&Uid>,
    only: Option<&str>,
) -> Result<Vec<Answered>, Fault> {
    let base = base(spec)?;
    let pools = pools(api, &base, spec, project).await?;
    let wanted: Vec<Pool> =
        pools.into_iter().filter(|pool| only.is_none_or(|only| pool.name == only)).collect();
    let base = &base;
    let read = async |pool: &Pool| {
        let Some(name) = ids::segment(&pool.name) else {
            return Err(Fault::new(Code::Upstream, "the name of the pool cannot stand in a path"));
        };
        let request = Request::get(format!("{base}/machinePools/{name}/machines")).within(project);
        page::all::<C, Machine>(api, Capability::MachinesRead, request, MOST).await
    };
    let read = &read;
    let answers = stream::iter(wanted).map(|pool| async move {
        let answer = read(&pool).await;
        (pool, answer)
    });
    Ok(answers.buffered(AT_ONCE).collect().await)
}

/// Where the configuration of a cluster is.
fn base(spec: &Spec) -> Result<String, Fault> {
    let cloud = match spec.cloud_config.cloud_type.as_str() {
        NESTED => "virtual",
        other => other,
    };
    match (ids::segment(cloud), Uid::parse(&spec.cloud_config.uid)) {
        (Some(cloud), Ok(uid)) => Ok(format!("/v1/cloudconfigs/{cloud}/{uid}")),
        (None, _) | (_, Err(_)) => Err(Fault::missing(
            "the cluster has no cloud configuration that its machines could be asked for by",
        )),
    }
}

/// The pools by name: from the summary, or from the configuration where the summary leaves names out.
async fn pools<C: Call>(
    api: &Api<'_, C>,
    base: &str,
    spec: &Spec,
    project: Option<&Uid>,
) -> Result<Vec<Pool>, Fault> {
    let told = &spec.cloud_config.machine_pools;
    if !told.is_empty() && told.iter().all(|pool| !pool.name.is_empty()) {
        return Ok(told.clone());
    }
    let request = Request::get(base).within(project);
    let config: CloudConfigNames = api.json(Capability::MachinesRead, request).await?;
    let pools = config.spec.machine_pool_config.into_iter().map(|pool| Pool {
        name: pool.name,
        size: pool.size,
        is_control_plane: pool.is_control_plane,
        ..Pool::default()
    });
    // Two of one name would be read twice.
    let by_name: BTreeMap<String, Pool> = pools.map(|pool| (pool.name.clone(), pool)).collect();
    Ok(by_name.into_values().collect())
}

fn node(pool: &Pool, machine: Machine) -> Node {
    let Machine { metadata, spec, status } = machine;
    // Of a node, `Ready` should be true, and every other condition false.
    let wrong = |kind: &str, state: &str| if kind == "Ready" { state != "True" } else { state == "True" };
    let problems = status.health.conditions.iter().filter(|each| wrong(&each.r#type, &each.status));
    Node {
        problems: problems
            .map(|each| mask::shown(format!("{} {}", each.r#type, each.message).trim()))
            .collect(),
        pool: pool.name.clone(),
        control_plane: pool.is_control_plane,
        ready: status.ready.unwrap_or(false),
        state: or_unknown(status.instance_state),
        health: or_unknown(status.health.state),
        instance_type: spec.instance_type.as_str().map(str::to_owned).filter(|text| !text.is_empty()),
        zone: Some(spec.az).filter(|zone| !zone.is_empty()),
        addresses: status
            .addresses
            .into_iter()
            .map(|each| each.address)
            .filter(|text| !text.is_empty())
            .collect(),
        cordoned: status.maintenance_status.action == "cordon",
        last_heartbeat: told(status.health.last_heart_beat_timestamp),
        uid: metadata.uid,
        name: metadata.name,
        created_at: metadata.creation_timestamp,
    }
}

fn or_unknown(text: String) -> String {
    if text.is_empty() { "Unknown".to_owned() } else { text }
}
