//! `create_virtual_cluster`: makes a cluster within another, once.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::api::Api;
use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::create::{self, Body, New};
use crate::change::{self, Changed, Stop, tags};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::meta::Bare;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct CreateVirtualCluster;

/// How its API is reached.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(inline)]
pub enum Endpoint {
    /// By a load balancer.
    #[default]
    LoadBalancer,
    /// By the ingress of the host.
    Ingress,
}

one_cluster! {
    /// What is made, and in what. `cluster_uid` is the host.
    Arguments {
        /// Its name: 1 to 63 small letters, digits and `-`.
        name: Name,
        /// Its tags: `team:shop`, or bare, such as `critical`.
        #[serde(default)]
        #[schemars(length(max = 100))]
        tags: Vec<Name>,
        /// The cluster group to make it in, by uid, in place of the host `cluster_uid`.
        #[serde(default)]
        cluster_group_uid: Option<Name>,
        /// Most processors.
        #[schemars(range(min = 1, max = 1024))]
        cpu: u32,
        /// Most memory, MiB.
        #[schemars(range(min = 1, max = 16_777_216))]
        memory_mib: u32,
        /// Most storage, GiB.
        #[schemars(range(min = 1, max = 1_048_576))]
        storage_gib: u32,
        /// `LoadBalancer` (unless told) or `Ingress`, as the group or host has it.
        #[serde(default)]
        endpoint: Endpoint,
        /// Uids of add-on profile versions to put on it.
        #[serde(default)]
        #[schemars(length(max = 20))]
        profiles: Vec<Name>,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    cluster_config: ClusterConfig,
    // All small letters: the key of creation.
    machinepoolconfig: [Pool; 1],
    profiles: Vec<Profile>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ClusterConfig {
    host_cluster_config: Host,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Host {
    #[serde(skip_serializing_if = "Option::is_none")]
    cluster_group: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    host_cluster: Option<Reference>,
    cluster_endpoint: EndpointOf,
}

#[derive(Debug, Serialize)]
struct Reference {
    kind: &'static str,
    name: String,
    uid: Uid,
}

#[derive(Debug, Serialize)]
struct EndpointOf {
    r#type: Endpoint,
    config: serde_json::Map<String, serde_json::Value>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pool {
    cloud_config: PoolConfig,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct PoolConfig {
    instance_type: Bounds,
}

#[derive(Debug, Serialize)]
struct Bounds {
    #[serde(rename = "minCPU")]
    min_cpu: u32,
    #[serde(rename = "maxCPU")]
    max_cpu: u32,
    #[serde(rename = "minMemInMiB")]
    min_memory: u32,
    #[serde(rename = "maxMemInMiB")]
    max_memory: u32,
    #[serde(rename = "minStorageGiB")]
    min_storage: u32,
    #[serde(rename = "maxStorageGiB")]
    max_storage: u32,
}

#[derive(Debug, Serialize)]
struct Profile {
    uid: Uid,
}

impl Tool for CreateVirtualCluster {
    const NAME: &'static str = "create_virtual_cluster";
    const TITLE: &'static str = "Create a virtual cluster";
    const DESCRIPTION: &'static str = "Creates a Palette virtual cluster in the named `project`, in a \
        cluster group or in the host `cluster_uid`: give one. The name is looked up first: one that is there is \
        told, and never made twice. Starting takes minutes and goes on by itself. Answers with the exact \
        `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let project = create::place(arguments.project.as_ref())?;
        let labels = tags::parse(&arguments.tags)?;
        let group = arguments.cluster_group_uid.as_ref();
        let host = arguments.cluster_uid.as_ref();
        if group.is_some() == host.is_some() {
            return Err(Problem::invalid(
                "/cluster_group_uid",
                "give either a cluster group or a host `cluster_uid`",
            ));
        }
        let group = group.map(|uid| crate::args::needed("cluster_group_uid", Some(uid))).transpose()?;
        let host = host.map(|uid| crate::args::needed("cluster_uid", Some(uid))).transpose()?;
        let profile = |(at, uid): (usize, &Name)| match Uid::parse(uid.as_str()) {
            Ok(uid) => Ok(uid),
            Err(error) => Err(Problem::invalid(&format!("/profiles/{at}"), error.to_string())),
        };
        let profiles = arguments.profiles.iter().enumerate().map(profile).collect::<Result<Vec<Uid>, _>>()?;
        change::run(call, async |api| {
            let cluster_group = match &group {
                Some(uid) => Some(named(api, uid, &project).await?),
                None => None,
            };
            let host_cluster = match &host {
                Some(uid) => {
                    let cluster = Cluster::read(api, uid, Some(&project)).await?;
                    Some(Reference {
                        kind: "SpectroCluster",
                        name: cluster.name().to_owned(),
                        uid: uid.clone(),
                    })
                }
                None => None,
            };
            let cluster_endpoint = EndpointOf { r#type: arguments.endpoint, config: serde_json::Map::new() };
            let host_cluster_config = Host { cluster_group, host_cluster, cluster_endpoint };
            let instance_type = Bounds {
                min_cpu: 0,
                max_cpu: arguments.cpu,
                min_memory: 0,
                max_memory: arguments.memory_mib,
                min_storage: 0,
                max_storage: arguments.storage_gib,
            };
            let spec = Spec {
                cluster_config: ClusterConfig { host_cluster_config },
                machinepoolconfig: [Pool { cloud_config: PoolConfig { instance_type } }],
                profiles: profiles.iter().map(|uid| Profile { uid: uid.clone() }).collect(),
            };
            let spec = serde_json::to_value(&spec).map_err(|error| Problem::Internal(error.to_string()))?;
            let new = New {
                capability: Capability::VirtualClusterCreate,
                cloud: "virtual".to_owned(),
                below: "",
                body: Body::new(&arguments.name, labels.clone(), None, spec)?,
                checked: false,
                warnings: Vec::new(),
            };
            new.make(api, &project, arguments.dry_run).await
        })
        .await
    }
}

async fn named<C: Call>(api: &Api<'_, C>, uid: &Uid, project: &Uid) -> Result<Reference, Stop> {
    let request = Request::get(format!("/v1/clustergroups/{uid}")).within(Some(project));
    let group: Bare = api.json(Capability::GroupsRead, request).await?;
    Ok(Reference { kind: "ClusterGroup", name: group.metadata.name, uid: uid.clone() })
}
