//! `get_resource_usage`: what is requested, limited and used, and what there is.
//!
//! Requests and limits come from the pods, use from a metrics server, and what there is from the nodes. The
//! first always works; the other two may be missing (no metrics server, no right to read nodes), which
//! leaves a note and their numbers out.

mod sums;

pub use sums::{Amounts, Group};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arguments::many_clusters;
use crate::api::Api;
use crate::args::{Limit, Namespace, Selector};
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::fan::{self, Answers};
use crate::fault::{Code, Fault};
use crate::model::meta::List;
use crate::model::metrics::{NodeMetrics, PodMetrics};
use crate::model::node::Node;
use crate::model::pod::Pod;
use crate::request;
use crate::text::Text;
use crate::tool::{Problem, Report, Tool};
use sums::Sums;

/// Pods read of one cluster, page by page; each page is given back before the next is read.
const MOST_PODS: usize = 5_000;

/// Nodes read of one cluster.
const MOST_NODES: usize = 1_000;

/// The tool.
#[derive(Debug)]
pub struct GetResourceUsage;

many_clusters! {
    /// What to sum up, and by what.
    Arguments {
        /// Namespace of the pods. Absent: all namespaces.
        #[serde(default)]
        namespace: Option<Namespace>,
        /// Label selector of the pods, such as `app=web`.
        #[serde(default)]
        label_selector: Option<Selector>,
        /// What to sum up by.
        #[serde(default)]
        by: By,
        /// What to order by, largest first: use if it is known, else requests.
        #[serde(default)]
        sort_by: SortBy,
        /// Most groups of each cluster: 1 to 1000.
        #[serde(default)]
        limit: Limit,
    }
}

/// What is summed up by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum By {
    /// Namespaces.
    #[default]
    Namespace,
    /// Nodes; those without a pod too.
    Node,
    /// Deployments, stateful sets, daemon sets, jobs; a pod of its own stands for itself.
    Workload,
    /// Pods.
    Pod,
}

/// What the groups are ordered by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum SortBy {
    /// CPU.
    #[default]
    Cpu,
    /// Memory.
    Memory,
}

/// The resources of one cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Usage {
    /// Cluster.
    pub cluster: String,
    /// All pods that were asked for, together; `allocatable` is that of all nodes.
    pub total: Group,
    /// The groups, largest first.
    pub groups: Vec<Group>,
    /// Whether there are more groups than these.
    pub truncated: bool,
    /// Whether use is known: a metrics server answers.
    pub metrics: bool,
    /// End of the measured span, the oldest there is (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured: Option<String>,
    /// What is missing, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Tool for GetResourceUsage {
    const NAME: &'static str = "get_resource_usage";
    const TITLE: &'static str = "Get resource usage";
    const DESCRIPTION: &'static str = "Sums up CPU (thousandths of a core) and memory (bytes) of pods that have \
        not ended: requested, limited, and used now, beside what the nodes can give; by namespace, node, \
        workload or pod, of one namespace or all, of one cluster or many. Without a metrics server, use is left \
        out and `notes` says so. Reads at most 5,000 pods of each cluster; at most `limit` groups (100 unless \
        told), largest first. A cluster that cannot be read is reported under `errors`; fails only if none can.";
    type Arguments = Arguments;
    type Output = Answers<Usage>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Self::Output>, Problem> {
        let gathered =
            fan::out(call, fan::FEW_AT_ONCE, |_| true, async |api| usage(api, &arguments).await).await?;
        let report = |text: &mut Text, usage: &Usage| render(text, usage, arguments.by);
        Ok(Answers::from(gathered)
            .report("narrow with `namespace` or `label_selector`, or lower `limit`", report))
    }
}

async fn usage<C: Cluster>(api: &Api<'_, C>, arguments: &Arguments) -> Result<Usage, Fault> {
    let mut sums = Sums::new(arguments.by);
    let mut notes = Vec::new();
    let (metrics, nodes, node_metrics) = futures::future::join3(
        pod_metrics(api, arguments),
        nodes(api, &mut sums),
        node_metrics(api, arguments.by),
    )
    .await;
    let mut measured: Option<Timestamp> = None;
    let used = match metrics {
        Ok(list) => {
            measured = list.iter().filter_map(|pod| pod.timestamp).min();
            Some(sums::used_by_pod(&list))
        }
        Err(fault) => {
            notes.push(no_metrics(&fault));
            None
        }
    };
    match nodes {
        Ok(true) => {}
        Ok(false) => notes.push(format!("only the first {MOST_NODES} nodes were counted")),
        Err(fault) => notes.push(format!("what the nodes can give is not known: {fault}")),
    }
    let query = Query::json(request::Group::CORE.collection(arguments.namespace.as_ref(), "pods"))
        .maybe("labelSelector", arguments.label_selector.as_ref());
    let whole =
        api.each(Capability::SurveyPods, query, MOST_PODS, |pod: Pod| sums.add(&pod, used.as_ref())).await?;
    if !whole {
        notes.push(format!(
            "only the first {MOST_PODS} pods were counted: narrow with `namespace` or `label_selector`"
        ));
    }
    match node_metrics {
        Ok(list) => sums.measure_nodes(&list),
        Err(fault) if used.is_some() => {
            notes.push(format!("use is that of the pods, not of whole nodes: {fault}"))
        }
        // That there is no metrics server is said already.
        Err(_) => {}
    }
    let metrics = used.is_some();
    let (total, mut groups) = sums.finish(arguments.sort_by, metrics);
    let limit = arguments.limit.count();
    let truncated = groups.len() > limit;
    groups.truncate(limit);
    let measured = measured.map(|time| time.to_string());
    Ok(Usage { cluster: api.name().to_owned(), total, groups, truncated, metrics, measured, notes })
}

async fn pod_metrics<C: Cluster>(api: &Api<'_, C>, arguments: &Arguments) -> Result<Vec<PodMetrics>, Fault> {
    // A metrics server does not page: it gives all it has, which is small.
    let query = Query::json(request::Group::METRICS.collection(arguments.namespace.as_ref(), "pods"))
        .maybe("labelSelector", arguments.label_selector.as_ref());
    let list: List<PodMetrics> = api.json(Capability::ReadMetrics, query).await?;
    Ok(list.items)
}

/// The use of whole nodes, which is more than that of their pods.
async fn node_metrics<C: Cluster>(api: &Api<'_, C>, by: By) -> Result<Vec<NodeMetrics>, Fault> {
    if by != By::Node {
        return Ok(Vec::new());
    }
    let query = Query::json(request::Group::METRICS.collection(None, "nodes"));
    let list: List<NodeMetrics> = api.json(Capability::ReadMetrics, query).await?;
    Ok(list.items)
}

/// Adds what the nodes can give; says whether these were all.
async fn nodes<C: Cluster>(api: &Api<'_, C>, sums: &mut Sums) -> Result<bool, Fault> {
    let query = Query::json(request::Group::CORE.collection(None, "nodes"));
    api.each(Capability::ListNodes, query, MOST_NODES, |node: Node| sums.add_node(&node)).await
}

fn no_metrics(fault: &Fault) -> String {
    if fault.code == Code::NotServed {
        "use is not known: no metrics server is installed".to_owned()
    } else if fault.code == Code::Unavailable {
        "use is not known: the metrics server does not answer".to_owned()
    } else {
        format!("use is not known: {fault}")
    }
}

fn render(text: &mut Text, usage: &Usage, by: By) {
    text.line(format!("cluster `{}`: {} pods", usage.cluster, usage.total.pods));
    for note in &usage.notes {
        text.line(note);
    }
    let rows: Vec<Vec<String>> =
        std::iter::once(&usage.total).chain(&usage.groups).map(|group| row(group, usage.metrics)).collect();
    let by = match by {
        By::Namespace => "NAMESPACE",
        By::Node => "NODE",
        By::Workload => "WORKLOAD",
        By::Pod => "POD",
    };
    text.table(
        &[by, "PODS", "CPU USED", "REQUESTED", "LIMITS", "OF", "MEM USED", "REQUESTED", "LIMITS", "OF"],
        &rows,
    );
    if usage.truncated {
        text.line("there are more groups: raise `limit`");
    }
}

fn row(group: &Group, metrics: bool) -> Vec<String> {
    let name = match &group.namespace {
        Some(namespace) => format!("{namespace}/{}", group.name),
        None => group.name.clone(),
    };
    let mut cells = vec![name, group.pods.to_string()];
    let cpu = |milli: u64| format!("{milli}m");
    let memory = |bytes: u64| format!("{}Mi", bytes >> 20);
    for (amounts, print) in
        [(&group.cpu_milli, &cpu as &dyn Fn(u64) -> String), (&group.memory_bytes, &memory)]
    {
        let optional = |amount: Option<u64>| amount.map_or_else(String::new, print);
        cells.push(if metrics { optional(amounts.used) } else { "?".to_owned() });
        cells.push(print(amounts.requested));
        let open = if amounts.without_limit > 0 { "+" } else { "" };
        cells.push(format!("{}{open}", print(amounts.limited)));
        cells.push(optional(amounts.allocatable));
    }
    cells
}
