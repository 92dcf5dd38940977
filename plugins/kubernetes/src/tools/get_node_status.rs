//! `get_node_status`: which nodes there are, and how they fare.

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::listing;
use super::describe_pod::ConditionFacts;
use super::events::age;
use super::parts;
use crate::api::Api;
use crate::args::{ObjectName, Selector};
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::fault::Fault;
use crate::list::{self, Item, Listing, Page, Portion, Question};
use crate::model::meta::List;
use crate::model::node::Node;
use crate::model::quantity::Resources;
use crate::request::{Group, Include};
use crate::table::Table;
use crate::tool::{Problem, Report, Tool};

/// Pages of pods counted of one cluster for one answer: 10,000 pods as bare rows are under two megabytes.
const MOST_PAGES: usize = 20;

/// The tool.
#[derive(Debug)]
pub struct GetNodeStatus;

listing! {
    /// Which nodes.
    Arguments {
        /// Name of one node. Absent: all nodes.
        #[serde(default)]
        node: Option<ObjectName>,
        /// Label selector, such as `node-role.kubernetes.io/control-plane` or `!gpu`.
        #[serde(default)]
        label_selector: Option<Selector>,
        /// Only nodes that are not ready, under pressure, or closed to new pods.
        #[serde(default)]
        unhealthy_only: bool,
    }
}

/// One node.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct NodeRow {
    /// Name.
    pub name: String,
    /// `Ready`, `NotReady` or `Unknown`; `,SchedulingDisabled` is added if new pods are kept away.
    pub status: String,
    /// From its labels, such as `control-plane`.
    pub roles: Vec<String>,
    /// Time since it joined, such as `3d2h`.
    pub age: String,
    /// Version of its kubelet.
    pub version: String,
    /// Conditions that are not as they should be: not ready, memory, disk or process pressure, and others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<ConditionFacts>,
    /// What pods must tolerate, as `key=value:effect`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub taints: Vec<String>,
    /// What it has.
    pub capacity: NodeResources,
    /// What of that pods may have.
    pub allocatable: NodeResources,
    /// Pods placed on it, if they could be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<u64>,
    /// Its address inside the cluster.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub internal_ip: String,
    /// Operating system and processor, such as `linux/amd64`.
    pub platform: String,
    /// Distribution of its operating system.
    pub os_image: String,
    /// Such as `containerd://2.1.0`.
    pub container_runtime: String,
}

/// Resources of a node.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct NodeResources {
    /// Thousandths of a core.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_milli: Option<i64>,
    /// Bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// Pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pods: Option<u64>,
}

impl NodeResources {
    fn of(resources: &Resources) -> Self {
        Self {
            cpu_milli: resources.cpu_milli(),
            memory_bytes: resources.memory_bytes(),
            pods: resources.get("pods").map(crate::model::quantity::Quantity::units),
        }
    }
}

impl NodeRow {
    fn of(node: &Node, now: Timestamp) -> Self {
        let ready = node.condition("Ready").map_or("Unknown", |ready| match ready.status.as_str() {
            "True" => "Ready",
            "False" => "NotReady",
            _ => "Unknown",
        });
        let closed = if node.spec.unschedulable { ",SchedulingDisabled" } else { "" };
        // Apart from `Ready`, what nodes and their watchdogs report is bad when true.
        let troubles = node.status.conditions.iter().filter(|condition| {
            if condition.kind.ends_with("Ready") { !condition.is_true() } else { condition.is_true() }
        });
        let taints = node.spec.taints.iter().map(|taint| {
            let value = if taint.value.is_empty() { String::new() } else { format!("={}", taint.value) };
            format!("{}{value}:{}", taint.key, taint.effect)
        });
        let info = &node.status.node_info;
        let address = node.status.addresses.iter().find(|address| address.kind == "InternalIP");
        Self {
            name: node.metadata.name.clone(),
            status: format!("{ready}{closed}"),
            roles: node.roles().map(str::to_owned).collect(),
            age: node.metadata.creation_timestamp.map_or_else(String::new, |created| age(now, created)),
            version: info.kubelet_version.clone(),
            troubles: troubles.map(ConditionFacts::of).collect(),
            taints: taints.collect(),
            capacity: NodeResources::of(&node.status.capacity),
            allocatable: NodeResources::of(&node.status.allocatable),
            pods: None,
            internal_ip: address.map(|address| address.address.clone()).unwrap_or_default(),
            platform: format!("{}/{}", info.operating_system, info.architecture),
            os_image: info.os_image.clone(),
            container_runtime: info.container_runtime_version.clone(),
        }
    }

    fn is_unhealthy(&self) -> bool {
        self.status != "Ready" || !self.troubles.is_empty()
    }
}

impl Item for NodeRow {
    const COLUMNS: &'static [&'static str] =
        &["NAME", "STATUS", "ROLES", "AGE", "VERSION", "PODS", "CPU", "MEMORY", "TROUBLES", "TAINTS"];

    fn namespace(&self) -> Option<&str> {
        None
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<String> {
        let count = |count: Option<u64>| count.map_or_else(|| "?".to_owned(), |count| count.to_string());
        let troubles: Vec<&str> = self.troubles.iter().map(|trouble| trouble.kind.as_str()).collect();
        vec![
            self.name.clone(),
            self.status.clone(),
            self.roles.join(","),
            self.age.clone(),
            self.version.clone(),
            format!("{}/{}", count(self.pods), count(self.allocatable.pods)),
            self.allocatable.cpu_milli.map_or_else(String::new, |milli| format!("{milli}m")),
            self.allocatable.memory_bytes.map_or_else(String::new, |bytes| format!("{}Mi", bytes >> 20)),
            troubles.join(","),
            self.taints.join(","),
        ]
    }
}

impl Tool for GetNodeStatus {
    const NAME: &'static str = "get_node_status";
    const TITLE: &'static str = "Get node status";
    const DESCRIPTION: &'static str = "Tells of each node: ready or not, roles, age, kubelet version, troubles \
        (memory, disk and process pressure, network), taints, capacity and allocatable (cpu in thousandths of \
        a core, memory in bytes), and how many pods are on it; of one node or all, of one cluster or many. \
        `unhealthy_only` leaves out those that are well. At most `limit` of each cluster (100 unless told, up \
        to 1000); `truncated` and `continue` say when there are more. A cluster that cannot be read is \
        reported under `errors`; fails only if none can.";
    type Arguments = Arguments;
    type Output = Listing<NodeRow>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Self::Output>, Problem> {
        let name = arguments.node.as_ref();
        let labels = arguments.label_selector.as_ref();
        let question = Question {
            parts: parts(
                Self::NAME,
                &[name.map_or("", ObjectName::as_str), labels.map_or("", Selector::as_str)],
                &arguments.unhealthy_only,
            ),
            limit: arguments.limit,
            resume: arguments.r#continue.as_ref(),
        };
        let now = call.now();
        let keep = arguments.unhealthy_only.then_some(NodeRow::is_unhealthy);
        let fetch = async |api: &Api<'_, C::Cluster>, limit: u32, token: &str| match name {
            Some(name) => one(api, name, now).await,
            None => page(api, labels, limit, token, now).await,
        };
        let listing = list::ask(call, question, keep, fetch, async |api, portion| {
            if !portion.items.is_empty() {
                count_pods(api, name, portion).await;
            }
        })
        .await?;
        Ok(listing.report("nodes", arguments.format))
    }
}

async fn one<C: Cluster>(
    api: &Api<'_, C>,
    name: &ObjectName,
    now: Timestamp,
) -> Result<Page<NodeRow>, Fault> {
    let query = Query::json(format!("{}/{name}", Group::CORE.collection(None, "nodes")));
    let node: Node = api.json(Capability::ReadNode, query).await?;
    Ok(Page { items: vec![NodeRow::of(&node, now)], total: Some(1), next: None })
}

async fn page<C: Cluster>(
    api: &Api<'_, C>,
    labels: Option<&Selector>,
    limit: u32,
    token: &str,
    now: Timestamp,
) -> Result<Page<NodeRow>, Fault> {
    let query = Query::json(Group::CORE.collection(None, "nodes")).maybe("labelSelector", labels);
    let list: List<Node> = api.json(Capability::ListNodes, query.page(limit, Some(token))).await?;
    let items: Vec<NodeRow> = list.items.iter().map(|node| NodeRow::of(node, now)).collect();
    let here = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let remaining = list.metadata.remaining_item_count.and_then(|count| u64::try_from(count).ok());
    let next = Some(list.metadata.more).filter(|token| !token.is_empty());
    let total = if next.is_none() { Some(here) } else { remaining.map(|more| here.saturating_add(more)) };
    Ok(Page { items, total, next })
}

/// Counts the pods on each node from bare table rows, which hold the node's name and little else.
async fn count_pods<C: Cluster>(api: &Api<'_, C>, name: Option<&ObjectName>, portion: &mut Portion<NodeRow>) {
    let query = Query::table(Group::CORE.collection(None, "pods"), Include::None)
        .maybe("fieldSelector", name.map(|name| format!("spec.nodeName={name}")));
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let counted = Table::each(api, Capability::CountPods, query, MOST_PAGES, |row| {
        *counts.entry(row.text("Node")).or_default() += 1;
    })
    .await;
    match counted {
        Ok(true) => {
            for node in &mut portion.items {
                node.pods = Some(counts.get(&node.name).copied().unwrap_or(0));
            }
        }
        Ok(false) => portion.notes.push("pods were not counted: there are too many".to_owned()),
        Err(fault) => portion.notes.push(format!("pods were not counted: {fault}")),
    }
}
