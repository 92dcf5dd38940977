//! `get_cluster_info`: what a cluster is, and whether it is up.

use futures::future;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::arguments::many_clusters;
use crate::api::{Api, PAGE};
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::fan::{self, Answers};
use crate::fault::Fault;
use crate::mask;
use crate::model::meta::List;
use crate::model::node::Node;
use crate::request::{Group, Include};
use crate::table::Table;
use crate::text::{Text, cut};
use crate::tool::{Problem, Report, Tool};

/// Failing checks that are named.
const MAX_CHECKS: usize = 20;

/// The tool.
#[derive(Debug)]
pub struct GetClusterInfo;

many_clusters! {
    /// Which clusters.
    Arguments {}
}

/// One cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ClusterInfo {
    /// Name, as configured.
    pub cluster: String,
    /// Whether it is the one that is asked when none is named.
    pub default: bool,
    /// Address of its API server, for display.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub server: String,
    /// Version of its API server, such as `v1.36.2`.
    pub version: String,
    /// Platform of its API server, such as `linux/amd64`.
    pub platform: String,
    /// What it seems to be: `EKS`, `GKE`, `AKS`, `OpenShift`, `k3s`, `RKE2`, `kind`, `minikube`; absent if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distribution: Option<&'static str>,
    /// Whether its API server says that it is ready; absent if that could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// Checks of its API server that fail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub failing_checks: Vec<String>,
    /// Its nodes, if they could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nodes: Option<Nodes>,
    /// How many namespaces it has, if they could be counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespaces: Option<u64>,
    /// What could not be read, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

/// The nodes of a cluster, counted.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Nodes {
    /// How many.
    pub total: u64,
    /// How many of those that were looked at are ready.
    pub ready: u64,
    /// How many were looked at: up to 500.
    pub seen: u64,
    /// Versions of their kubelets.
    pub versions: Vec<String>,
}

impl Tool for GetClusterInfo {
    const NAME: &'static str = "get_cluster_info";
    const TITLE: &'static str = "Get cluster info";
    const DESCRIPTION: &'static str = "Tells of each cluster: version, distribution, whether its API server is \
        ready and which checks fail, how many nodes it has and how many are ready, kubelet versions, how many \
        namespaces. With `cluster`: `*`, lists all clusters that can be used. A cluster that cannot be reached \
        is reported under `errors` beside the others; fails only if none can.";
    type Arguments = Arguments;
    type Output = Answers<ClusterInfo>;

    async fn run<C: Call>(call: &C, _: Arguments) -> Result<Report<Self::Output>, Problem> {
        let gathered = fan::out(call, fan::AT_ONCE, |_| true, async |api| info(api).await).await?;
        Ok(Answers::from(gathered).report("ask fewer clusters", render))
    }
}

/// `GET /version`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Version {
    git_version: String,
    platform: String,
}

/// Reads what one cluster is.
///
/// # Errors
/// When not even the version can be read.
pub(crate) async fn info<C: Cluster>(api: &Api<'_, C>) -> Result<ClusterInfo, Fault> {
    let (version, readiness, (sample, nodes), namespaces) = future::join4(
        api.json::<Version>(Capability::ReadVersion, Query::json("/version")),
        api.respond(Capability::ReadVersion, Query::json("/readyz")),
        future::join(sample(api), nodes(api)),
        namespaces(api),
    )
    .await;
    let version = version?;
    let mut notes = Vec::new();
    let (ready, failing_checks) = match readiness {
        Ok(response) if response.status == 200 => (Some(true), Vec::new()),
        Ok(response) if response.status >= 500 => (Some(false), failing(&response.body)),
        Ok(response) => {
            notes.push(format!("readiness: {}", Fault::answered(&Query::json("/readyz"), &response)));
            (None, Vec::new())
        }
        Err(fault) => {
            notes.push(format!("readiness: {fault}"));
            (None, Vec::new())
        }
    };
    let nodes = nodes.map_err(|fault| notes.push(format!("nodes: {fault}"))).ok();
    let namespaces = namespaces.map_err(|fault| notes.push(format!("namespaces: {fault}"))).ok().flatten();
    // That the sample failed is told by the count, which asks the same.
    let sample = sample.ok().flatten();
    Ok(ClusterInfo {
        cluster: api.name().to_owned(),
        default: api.attribute("default") == Some("true"),
        server: api.attribute("server").unwrap_or_default().to_owned(),
        distribution: distribution(&version.git_version, sample.as_ref()),
        version: version.git_version,
        platform: version.platform,
        ready,
        failing_checks,
        nodes,
        namespaces,
        notes,
    })
}

/// One node, whole: by what it is called one knows whose it is.
async fn sample<C: Cluster>(api: &Api<'_, C>) -> Result<Option<Node>, Fault> {
    let query = Query::json(Group::CORE.collection(None, "nodes")).page(1, None);
    let list: List<Node> = api.json(Capability::ListNodes, query).await?;
    Ok(list.items.into_iter().next())
}

async fn nodes<C: Cluster>(api: &Api<'_, C>) -> Result<Nodes, Fault> {
    let query = Query::table(Group::CORE.collection(None, "nodes"), Include::None).page(PAGE, None);
    let table = Table::read(api, Capability::ListNodes, query).await?;
    let mut nodes = Nodes { seen: u64::try_from(table.len()).unwrap_or(u64::MAX), ..Nodes::default() };
    nodes.total = table.total().unwrap_or(nodes.seen);
    for row in table.rows() {
        // `Ready`, `NotReady`, or either with `,SchedulingDisabled`.
        nodes.ready += u64::from(row.text("Status").split(',').next() == Some("Ready"));
        nodes.versions.push(row.text("Version"));
    }
    nodes.versions.sort_unstable();
    nodes.versions.dedup();
    Ok(nodes)
}

/// The count alone: one row, and how many follow it.
async fn namespaces<C: Cluster>(api: &Api<'_, C>) -> Result<Option<u64>, Fault> {
    let query = Query::table(Group::CORE.collection(None, "namespaces"), Include::None).page(1, None);
    Ok(Table::read(api, Capability::ListNamespaces, query).await?.total())
}

/// The lines `[-]name failed: ...` of an unready server.
fn failing(body: &[u8]) -> Vec<String> {
    let body = mask::shown(&String::from_utf8_lossy(body));
    let failing = body.lines().filter_map(|line| line.strip_prefix("[-]"));
    failing.take(MAX_CHECKS).map(|line| cut(line, 200).into_owned()).collect()
}

/// Whose cluster it seems to be: by the suffix of its version, how the cloud calls a node, a node's labels
/// and name.
fn distribution(version: &str, node: Option<&Node>) -> Option<&'static str> {
    let provider = node.map_or("", |node| node.spec.provider_id.as_str());
    let name = node.map_or("", |node| node.metadata.name.as_str());
    let labelled = |prefix: &str| {
        node.is_some_and(|node| node.metadata.labels.keys().any(|key| key.starts_with(prefix)))
    };
    [
        ("EKS", version.contains("-eks-") || labelled("eks.amazonaws.com/")),
        ("GKE", version.contains("-gke.") || labelled("cloud.google.com/gke-")),
        ("AKS", labelled("kubernetes.azure.com/")),
        ("OpenShift", labelled("node.openshift.io/")),
        ("RKE2", version.contains("+rke2")),
        ("k3s", version.contains("+k3s")),
        ("kind", provider.starts_with("kind://")),
        ("minikube", labelled("minikube.k8s.io/") || name == "minikube"),
        ("EKS", provider.starts_with("aws:///")),
        ("GKE", provider.starts_with("gce://")),
        ("AKS", provider.starts_with("azure://")),
    ]
    .into_iter()
    .find_map(|(name, fits)| fits.then_some(name))
}

fn render(text: &mut Text, info: &ClusterInfo) {
    let default = if info.default { " (default)" } else { "" };
    let distribution = info.distribution.map_or_else(String::new, |name| format!(", {name}"));
    let ready = match info.ready {
        Some(true) => ", ready",
        Some(false) => ", NOT READY",
        None => "",
    };
    let nodes = info.nodes.as_ref().map_or_else(String::new, |nodes| {
        format!(
            ", {} nodes ({} of {} ready; kubelets {})",
            nodes.total,
            nodes.ready,
            nodes.seen,
            nodes.versions.join(", ")
        )
    });
    let namespaces = info.namespaces.map_or_else(String::new, |count| format!(", {count} namespaces"));
    text.line(format!(
        "cluster `{}`{default}: {}{distribution}{ready}{nodes}{namespaces}",
        info.cluster, info.version
    ));
    for check in &info.failing_checks {
        text.line(format!("  failing check: {check}"));
    }
    for note in &info.notes {
        text.line(format!("  could not be read: {note}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guesses_whose_cluster_it_is() {
        let node = |json: &str| serde_json::from_str::<Node>(json).ok();
        let aws = node(r#"{"spec":{"providerID":"aws:///eu-west-1a/i-0"}}"#);
        let kind = node(
            r#"{"metadata":{"name":"kind-control-plane"},"spec":{"providerID":"kind://docker/kind/x"}}"#,
        );
        let openshift = node(
            r#"{"metadata":{"labels":{"node.openshift.io/os_id":"rhcos"}},"spec":{"providerID":"aws:///x"}}"#,
        );
        for (version, node, expected) in [
            ("v1.33.1-eks-abc", None, Some("EKS")),
            ("v1.33.1-gke.100", None, Some("GKE")),
            ("v1.33.1+k3s1", None, Some("k3s")),
            ("v1.33.1", aws.as_ref(), Some("EKS")),
            ("v1.33.1", kind.as_ref(), Some("kind")),
            ("v1.33.1", openshift.as_ref(), Some("OpenShift")),
            ("v1.33.1", None, None),
        ] {
            assert_eq!(distribution(version, node), expected, "{version}");
        }
    }
}
