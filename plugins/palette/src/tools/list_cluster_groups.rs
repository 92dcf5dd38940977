//! `list_cluster_groups`: where virtual clusters can be made.

use schemars::JsonSchema;
use serde::Serialize;

use super::listing::table;
use crate::api::Api;
use crate::args::{Name, many_instances};
use crate::capability::Capability;
use crate::fan::{self, Rows};
use crate::fault::{Failure, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::group::{GroupSummary, Groups};
use crate::page::Collected;
use crate::scope::{self, Merged};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListClusterGroups;

many_instances! {
    /// Which groups to list.
    Arguments {
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
    }
}

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ClusterGroups {
    /// How many.
    pub total: usize,
    /// By instance and name.
    pub items: Vec<Row>,
    /// Instances and projects that could not be read: nothing is known of their groups.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// One group.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// `Ingress` or `LoadBalancer`.
    pub endpoint_type: String,
    /// `k3s`, `cncf_k8s` or `vcluster-generic`.
    pub distribution: String,
    /// Clusters that host.
    pub host_clusters: u32,
    /// Virtual clusters in it.
    pub virtual_clusters: u32,
    /// `project`, `tenant` or `system`.
    pub scope: String,
    /// Uid of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// The instance that it is in.
    pub instance: String,
}

impl Tool for ListClusterGroups {
    const NAME: &'static str = "list_cluster_groups";
    const TITLE: &'static str = "List cluster groups";
    const DESCRIPTION: &'static str = "Lists Palette cluster groups, in which virtual clusters can be made: endpoint \
        type, distribution, how many clusters host and how many run, of all projects of one instance or many. `name` \
        and `project` narrow it down. What cannot be read is told under `errors`; fails only if nothing can.";
    type Arguments = Arguments;
    type Output = ClusterGroups;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<ClusterGroups>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let part = arguments.name.as_ref().map(|name| name.as_str().to_lowercase());
        let gathered = fan::out(call, async |api| groups(api, project.as_ref()).await).await?;
        let fits = |group: &GroupSummary| {
            part.as_ref().is_none_or(|part| group.metadata.name.to_lowercase().contains(part))
        };
        let all = gathered.rows(|instance, group| fits(&group).then(|| row(instance, group)));
        let Rows { rows: mut items, truncated: _, errors } = all;
        items.sort_by(|one, other| (&one.instance, &one.name).cmp(&(&other.instance, &other.name)));
        let output = ClusterGroups { total: items.len(), items, errors };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

async fn groups<C: Call>(api: &Api<'_, C>, project: Option<&Uid>) -> Result<Merged<GroupSummary>, Fault> {
    let scopes = scope::of(api, project).await?;
    let uid = |group: &GroupSummary| group.metadata.uid.clone();
    scope::merge(api, &scopes, uid, async |scope| {
        let request = Request::get("/v1/clustergroups/hostCluster").within(scope.project());
        let groups: Groups = api.json(Capability::GroupsRead, request).await?;
        Ok(Collected { items: groups.summaries, whole: true })
    })
    .await
}

fn row(instance: &str, group: GroupSummary) -> Row {
    Row {
        scope: group.metadata.scope().to_owned(),
        project_uid: group.metadata.project().map(str::to_owned),
        uid: group.metadata.uid,
        name: group.metadata.name,
        endpoint_type: group.spec.endpoint_type,
        distribution: group.spec.kubernetes_distro_type,
        host_clusters: group.spec.host_clusters_count,
        virtual_clusters: group.spec.virtual_clusters_count,
        instance: instance.to_owned(),
    }
}

fn text(groups: &ClusterGroups) -> String {
    let rows = groups.items.iter().map(|row| {
        [
            row.name.clone(),
            row.uid.clone(),
            row.distribution.clone(),
            row.endpoint_type.clone(),
            row.host_clusters.to_string(),
            row.virtual_clusters.to_string(),
            row.instance.clone(),
        ]
    });
    let headers = ["NAME", "UID", "DISTRIBUTION", "ENDPOINT", "HOSTS", "VIRTUAL", "INSTANCE"];
    let counted = format!("{} cluster groups", groups.total);
    let text = table(&groups.errors, counted, headers, rows);
    text.finish("narrow it down by `name` or `project`")
}
