//! `get_cluster_workloads`: what runs in one cluster, without a kubeconfig.

use std::collections::BTreeMap;

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::args::{Limit, Name, one_cluster};
use crate::capability::Capability;
use crate::cursor;
use crate::fan;
use crate::filter;
use crate::instance::{Call, Request};
use crate::model::workload::Workload;
use crate::tool::{Problem, Report, Tool};

/// Kinds that can be asked for alone, as they stand in Palette's paths.
const KINDS: &[&str] = &[
    "pod",
    "deployment",
    "statefulset",
    "daemonset",
    "job",
    "cronjob",
    "namespace",
    "rolebinding",
    "clusterrolebinding",
];

/// The tool.
#[derive(Debug)]
pub struct GetClusterWorkloads;

one_cluster! {
    /// What to look at.
    Arguments {
        /// `pod`, `deployment`, `statefulset`, `daemonset`, `job`, `cronjob`, `namespace`, `rolebinding` or
        /// `clusterrolebinding`; any case. Absent: all.
        #[serde(default)]
        kind: Option<Name>,
        /// Namespace. Absent: all.
        #[serde(default)]
        namespace: Option<Name>,
        /// Whether to give those alone that are not ready.
        #[serde(default)]
        unready_only: bool,
        /// Most in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// What runs.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Workloads {
    /// Uid of the cluster.
    pub cluster_uid: String,
    /// How many match in all.
    pub total: usize,
    /// How many of each kind were read.
    pub by_kind: BTreeMap<String, usize>,
    /// How many of these are not ready.
    pub not_ready: usize,
    /// By kind, namespace and name.
    pub items: Vec<Row>,
    /// How many could not be understood, and are left out.
    pub unreadable: usize,
    /// Give this as `cursor` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// The instance that it is in.
    pub instance: String,
}

/// One object.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// Kind, in small letters.
    pub kind: String,
    /// Namespace; empty where it is in none.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Whether it is as it should be; absent where its kind says nothing of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ready: Option<bool>,
    /// Phase of a pod, or replicas that are ready and wanted.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub status: String,
    /// Restarts of the containers of a pod.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restarts: Option<u64>,
    /// Node of a pod.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub node: String,
    /// Images of a pod.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<String>,
}

impl Tool for GetClusterWorkloads {
    const NAME: &'static str = "get_cluster_workloads";
    const TITLE: &'static str = "Get cluster workloads";
    const DESCRIPTION: &'static str = "Gets what runs in one Palette cluster without a kubeconfig, as Palette's agent \
        reports it: pods with phase, restarts, node and images, deployments and the like with replicas, namespaces, \
        role bindings. `kind`, `namespace` and `unready_only` narrow it down. At most `limit` in one answer (100 \
        unless told); `cursor` says where it goes on. Works for private clusters too.";
    type Arguments = Arguments;
    type Output = Workloads;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Workloads>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let kind = filter::spelled("/kind", KINDS, arguments.kind.as_ref())?;
        let namespace = arguments.namespace.as_ref().map(Name::as_str);
        let namespaces: Vec<&str> = namespace.into_iter().collect();
        let body = json!({ "filter": { "namespaces": namespaces } });
        let (instance, answer) = fan::one(call, async |api| {
            let path = format!("/v1/dashboard/spectroclusters/{cluster}/workloads");
            let path = kind.map_or_else(|| path.clone(), |kind| format!("{path}/{kind}"));
            let request = Request::search(path, &body)?.within(project.as_ref());
            let answer: Map<String, Value> = api.json(Capability::ClusterWorkloads, request).await?;
            Ok((api.name().to_owned(), answer))
        })
        .await?;
        let (rows, unreadable) = rows(answer, kind, namespace);
        let mut by_kind = BTreeMap::new();
        for row in &rows {
            *by_kind.entry(row.kind.clone()).or_insert(0) += 1;
        }
        let not_ready = rows.iter().filter(|row| row.ready == Some(false)).count();
        let wanted = |row: &Row| !arguments.unready_only || row.ready == Some(false);
        let rows: Vec<Row> = rows.into_iter().filter(wanted).collect();
        let total = rows.len();
        let key = |row: &Row| cursor::key([&row.kind, &row.namespace, &row.name]);
        let question =
            format!("{instance}\u{0}{cluster}\u{0}{kind:?}\u{0}{namespace:?}\u{0}{}", arguments.unready_only);
        let slice = cursor::slice(rows, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        let output = Workloads {
            cluster_uid: cluster.to_string(),
            total,
            by_kind,
            not_ready,
            items: slice.items,
            unreadable,
            cursor: slice.cursor,
            instance,
        };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// The rows of an answer, and how many could not be understood. Its fields are the kinds in the plural, in one case
/// or another; `null` is an empty list.
fn rows(answer: Map<String, Value>, only: Option<&str>, namespace: Option<&str>) -> (Vec<Row>, usize) {
    let (mut rows, mut unreadable) = (Vec::new(), 0);
    for (field, value) in answer {
        let field = field.to_ascii_lowercase();
        let kind = KINDS.iter().find(|kind| field.strip_suffix('s') == Some(**kind));
        let Some(kind) = kind.filter(|kind| only.is_none_or(|only| only == **kind)) else { continue };
        let Value::Array(items) = value else { continue };
        for item in items {
            match serde_json::from_value::<Workload>(item) {
                Ok(item) if !item.metadata.entity.name.is_empty() => rows.push(row(kind, item)),
                Ok(_) | Err(_) => unreadable += 1,
            }
        }
    }
    rows.retain(|row| {
        namespace
            .is_none_or(|wanted| row.namespace == wanted || row.kind == "namespace" && row.name == wanted)
    });
    (rows, unreadable)
}

fn row(kind: &str, item: Workload) -> Row {
    let Workload { metadata, spec, status } = item;
    let pod = kind == "pod";
    let replicas = &status.replicas;
    let counted = matches!(kind, "deployment" | "statefulset" | "daemonset");
    let ready = if pod {
        let all = status.containers.iter().all(|container| container.ready);
        Some(status.phase == "Succeeded" || status.phase == "Running" && all)
    } else {
        counted.then_some(replicas.ready >= replicas.total)
    };
    let waiting = status.containers.iter().find(|container| !container.ready && !container.state.is_empty());
    let images: Vec<String> = spec.containers.into_iter().map(|container| container.image).collect();
    Row {
        kind: kind.to_owned(),
        ready,
        status: match waiting {
            Some(container) if pod => {
                postern_sdk::mask::shown(&format!("{}, {}", status.phase, container.state))
            }
            Some(_) | None if counted => format!("{}/{}", replicas.ready, replicas.total),
            Some(_) | None => status.phase,
        },
        restarts: pod.then(|| status.containers.iter().map(|container| container.restart_count).sum()),
        images: if images.is_empty() {
            status.containers.into_iter().map(|container| container.image).collect()
        } else {
            images
        },
        namespace: metadata.namespace,
        name: metadata.entity.name,
        node: metadata.nodename,
    }
}

fn text(workloads: &Workloads) -> String {
    let mut text = Text::default();
    let kinds: Vec<String> =
        workloads.by_kind.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    text.line(format!("{} of {}; {} not ready", workloads.total, kinds.join(", "), workloads.not_ready));
    if workloads.unreadable > 0 {
        text.line(format!("{} could not be understood, and are left out", workloads.unreadable));
    }
    let rows: Vec<[String; 6]> = workloads
        .items
        .iter()
        .map(|row| {
            [
                row.kind.clone(),
                row.namespace.clone(),
                row.name.clone(),
                row.status.clone(),
                row.restarts.map(|count| count.to_string()).unwrap_or_default(),
                row.node.clone(),
            ]
        })
        .collect();
    text.table(&["KIND", "NAMESPACE", "NAME", "STATUS", "RESTARTS", "NODE"], &rows);
    text.finish("lower `limit`, or name one `kind` or `namespace`")
}
