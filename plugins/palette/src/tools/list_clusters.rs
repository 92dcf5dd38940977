//! `list_clusters`: which clusters there are, in all projects of all instances, and how they are.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::listing::table;
use crate::api::Api;
use crate::args::{Limit, Name, many_instances};
use crate::capability::Capability;
use crate::cursor;
use crate::fan::{self, Rows};
use crate::fault::{Failure, Fault};
use crate::filter::{self, Filter};
use crate::instance::{Call, Request};
use crate::model::cluster::SearchItem;
use crate::page;
use crate::scope::{self, Merged};
use crate::tool::{Problem, Report, Tool};

/// Where clusters are searched.
const SEARCH: &str = "/v1/dashboard/spectroclusters/search";

/// The tool.
#[derive(Debug)]
pub struct ListClusters;

many_instances! {
    /// Which clusters to list.
    Arguments {
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
        /// State: `Running`, `Pending`, `Provisioning`, `Deleting`, `Error`, `Importing` or `Unknown`; any case.
        #[serde(default)]
        status_filter: Option<Name>,
        /// Health: `Healthy`, `UnHealthy` or `Unknown`; any case. Independent of the state.
        #[serde(default)]
        health: Option<Name>,
        /// Cloud type, such as `aws`, `eks`, `vsphere`, `edge-native`; `nested` for virtual clusters.
        #[serde(default)]
        cloud: Option<Name>,
        /// Tag, as `name:value` or `name`.
        #[serde(default)]
        tag: Option<Name>,
        /// Most clusters in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// One cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ClusterRow {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// State: `Running` and so on.
    pub status: String,
    /// Cloud type; `nested` is a virtual cluster.
    pub cloud_type: String,
    /// Machines in all pools.
    pub node_count: u32,
    /// Of these, healthy.
    pub healthy_nodes: u32,
    /// Version of Kubernetes, where the list tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub k8s_version: Option<String>,
    /// When it was created, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Health: `Healthy`, `UnHealthy` or `Unknown`.
    pub health_status: String,
    /// `project` or `tenant`.
    pub scope: String,
    /// Name of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// Uid of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Cost of an hour. Palette names no currency.
    pub hourly_rate: f64,
    /// Whether changes of its machines wait for approval.
    pub repave_pending: bool,
    /// The instance that it is in.
    pub instance: String,
}

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Clusters {
    /// How many match in all, as far as they could be read.
    pub total: usize,
    /// By instance and name.
    pub items: Vec<ClusterRow>,
    /// When it was read, RFC 3339.
    pub timestamp: String,
    /// Whether there are more than could be read: narrow the question.
    pub truncated: bool,
    /// Give this as `cursor` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Instances and projects that could not be read: nothing is known of their clusters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

impl Tool for ListClusters {
    const NAME: &'static str = "list_clusters";
    const TITLE: &'static str = "List clusters";
    const DESCRIPTION: &'static str = "Lists Palette clusters with state, health, cloud, nodes, tags and hourly rate, \
        merged over all projects that the credential may see, of one instance or many. `project`, `cloud`, \
        `status_filter`, `health`, `tag` and `name` narrow it down. At most `limit` in one answer (100 unless told); \
        `cursor` says where it goes on. A project or an instance that cannot be read is told under `errors`; fails \
        only if none can.";
    type Arguments = Arguments;
    type Output = Clusters;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Clusters>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let wanted = Wanted::new(&arguments)?;
        let body = wanted.body();
        let gathered = fan::out(call, async |api| search(api, project.as_ref(), &body).await).await?;
        // The server's filters are asked for, not relied on.
        let all = gathered.rows(|instance, item| wanted.has(&item).then(|| row(instance, item)));
        let Rows { rows, truncated, errors } = all;
        let total = rows.len();
        let key = |row: &ClusterRow| cursor::key([&row.instance, &row.name, &row.uid]);
        let question = format!("{body}\u{0}{project:?}");
        let slice = cursor::slice(rows, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        let (items, cursor, timestamp) = (slice.items, slice.cursor, call.now().to_string());
        let output = Clusters { total, items, timestamp, truncated, cursor, errors };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// Which clusters are asked for, spelled as Palette does.
struct Wanted<'a> {
    name: Option<&'a str>,
    state: Option<&'static str>,
    health: Option<&'static str>,
    cloud: Option<String>,
    tag: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn new(arguments: &'a Arguments) -> Result<Self, Problem> {
        Ok(Self {
            name: arguments.name.as_ref().map(Name::as_str),
            state: filter::spelled("/status_filter", filter::STATES, arguments.status_filter.as_ref())?,
            health: filter::spelled("/health", filter::HEALTH, arguments.health.as_ref())?,
            cloud: arguments.cloud.as_ref().map(|cloud| cloud.as_str().to_ascii_lowercase()),
            tag: arguments.tag.as_ref().map(Name::as_str),
        })
    }

    fn body(&self) -> Value {
        let mut filter = Filter::alive();
        if let Some(name) = self.name {
            filter = filter.contains("clusterName", &[name]);
        }
        if let Some(state) = self.state {
            filter = filter.equals("clusterState", &[state]);
        }
        if let Some(health) = self.health {
            filter = filter.equals("healthState", &[health]);
        }
        if let Some(cloud) = &self.cloud {
            filter = filter.equals("environment", &[cloud]);
        }
        if let Some(tag) = self.tag {
            filter = filter.equals("tags", &[tag]);
        }
        filter.body(&[("clusterName", "asc")])
    }

    fn has(&self, item: &SearchItem) -> bool {
        let name = item.metadata.name.to_lowercase();
        !item.status.is_deleted()
            && self.name.is_none_or(|wanted| name.contains(&wanted.to_lowercase()))
            && self.state.is_none_or(|wanted| item.status.state == wanted)
            && self.health.is_none_or(|wanted| health(item) == wanted)
            && self.cloud.as_ref().is_none_or(|wanted| item.spec_summary.cloud_config.cloud_type == *wanted)
            && self.tag.is_none_or(|wanted| item.metadata.tags().iter().any(|tag| tag == wanted))
    }
}

fn health(item: &SearchItem) -> &str {
    let state = item.status.health.state.as_str();
    if state.is_empty() { "Unknown" } else { state }
}

async fn search<C: Call>(
    api: &Api<'_, C>,
    project: Option<&crate::ids::Uid>,
    body: &Value,
) -> Result<Merged<SearchItem>, Fault> {
    let scopes = scope::of(api, project).await?;
    let request = Request::search(SEARCH, body)?;
    let uid = |item: &SearchItem| item.metadata.uid.clone();
    scope::merge(api, &scopes, uid, async |scope| {
        let request = request.clone().within(scope.project());
        page::all(api, Capability::ClustersRead, request, page::MOST).await
    })
    .await
}

fn row(instance: &str, item: SearchItem) -> ClusterRow {
    let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    ClusterRow {
        health_status: health(&item).to_owned(),
        node_count: item.spec_summary.nodes(),
        healthy_nodes: item.spec_summary.healthy_nodes(),
        k8s_version: item.spec_summary.kubernetes_version().map(str::to_owned),
        scope: item.metadata.scope().to_owned(),
        project: some(&item.spec_summary.project_meta.name),
        project_uid: item.metadata.project().map(str::to_owned),
        tags: item.metadata.tags(),
        hourly_rate: item.status.hourly_rate.total,
        repave_pending: item.status.repave.state == "Pending",
        cloud_type: item.spec_summary.cloud_config.cloud_type,
        status: item.status.state,
        created_at: item.metadata.creation_timestamp,
        uid: item.metadata.uid,
        name: item.metadata.name,
        instance: instance.to_owned(),
    }
}

fn text(clusters: &Clusters) -> String {
    let rows = clusters.items.iter().map(|row| {
        [
            row.name.clone(),
            row.uid.clone(),
            row.status.clone(),
            row.health_status.clone(),
            row.cloud_type.clone(),
            format!("{}/{}", row.healthy_nodes, row.node_count),
            row.project.clone().unwrap_or_else(|| row.scope.clone()),
            row.instance.clone(),
        ]
    });
    let headers = ["NAME", "UID", "STATE", "HEALTH", "CLOUD", "NODES", "PROJECT", "INSTANCE"];
    let counted = format!("{} clusters", clusters.total);
    let mut text = table(&clusters.errors, counted, headers, rows);
    if clusters.truncated {
        text.line("there are more than could be read; narrow it down");
    }
    text.finish("lower `limit`, or narrow it down by `name`, `project` or `tag`")
}
