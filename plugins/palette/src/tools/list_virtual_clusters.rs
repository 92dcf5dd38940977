//! `list_virtual_clusters`: clusters that run within others.

use schemars::JsonSchema;
use serde::Serialize;

use super::listing::Listing;
use crate::args::{Limit, Name, many_instances};
use crate::cursor;
use crate::fan;
use crate::filter::Filter;
use crate::fleet;
use crate::instance::Call;
use crate::model::cluster::{NESTED, SearchItem};
use crate::model::meta::Named;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListVirtualClusters;

many_instances! {
    /// Which virtual clusters to list.
    Arguments {
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
        /// Host cluster, by uid or whole name.
        #[serde(default)]
        host_cluster: Option<Name>,
        /// Cluster group, by uid or whole name.
        #[serde(default)]
        group: Option<Name>,
        /// Most in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// A virtual cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// State: `Running` and so on.
    pub status: String,
    /// Health: `Healthy`, `UnHealthy` or `Unknown`.
    pub health_status: String,
    /// `Running`, `Paused` and so on, where Palette tells it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub lifecycle: String,
    /// Where it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_cluster: Option<Place>,
    /// Its group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cluster_group: Option<Place>,
    /// Uid of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The instance that it is in.
    pub instance: String,
}

/// A cluster or a group by its name.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Place {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
}

impl Tool for ListVirtualClusters {
    const NAME: &'static str = "list_virtual_clusters";
    const TITLE: &'static str = "List virtual clusters";
    const DESCRIPTION: &'static str = "Lists Palette virtual clusters with host cluster, cluster group, state, health \
        and whether they are paused, of all projects of one instance or many. `name`, `host_cluster`, `group` and \
        `project` narrow it down. At most `limit` in one answer (100 unless told); `cursor` says where it goes on. \
        What cannot be read is told under `errors`; fails only if nothing can.";
    type Arguments = Arguments;
    type Output = Listing<Row>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Self::Output>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let gathered = fan::out(call, async |api| {
            let filter = Filter::alive().equals("environment", &[NESTED]);
            let uid = |item: &SearchItem| item.metadata.uid.clone();
            fleet::search(api, project.as_ref(), filter, uid).await
        })
        .await?;
        let all = gathered.rows(|instance, item| has(&arguments, &item).then(|| row(instance, item)));
        let key = |row: &Row| cursor::key([&row.instance, &row.name, &row.uid]);
        let asked = (&arguments.name, &arguments.host_cluster, &arguments.group, &project);
        let question = format!("{asked:?}");
        let output = Listing::new(all, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// The server's filters are asked for, not relied on.
fn has(arguments: &Arguments, item: &SearchItem) -> bool {
    let kin = &item.status.r#virtual;
    let named = |wanted: Option<&Name>, place: &Named| {
        wanted.is_none_or(|wanted| wanted.as_str() == place.uid || wanted.as_str() == place.name)
    };
    let part = arguments.name.as_ref().map(|name| name.as_str().to_lowercase());
    !item.status.is_deleted()
        && item.spec_summary.cloud_config.cloud_type == NESTED
        && part.is_none_or(|part| item.metadata.name.to_lowercase().contains(&part))
        && named(arguments.host_cluster.as_ref(), &kin.host_cluster)
        && named(arguments.group.as_ref(), &kin.cluster_group)
}

fn row(instance: &str, item: SearchItem) -> Row {
    let place = |named: Named| {
        (!named.uid.is_empty() || !named.name.is_empty())
            .then_some(Place { uid: named.uid, name: named.name })
    };
    let health = item.status.health.state;
    Row {
        project_uid: item.metadata.project().map(str::to_owned),
        tags: item.metadata.tags(),
        uid: item.metadata.uid,
        name: item.metadata.name,
        status: item.status.state,
        health_status: if health.is_empty() { "Unknown".to_owned() } else { health },
        lifecycle: item.status.r#virtual.lifecycle_status.status,
        host_cluster: place(item.status.r#virtual.host_cluster),
        cluster_group: place(item.status.r#virtual.cluster_group),
        instance: instance.to_owned(),
    }
}

fn text(clusters: &Listing<Row>) -> String {
    let name = |place: &Option<Place>| place.as_ref().map(|place| place.name.clone()).unwrap_or_default();
    let row = |row: &Row| {
        [
            row.name.clone(),
            row.uid.clone(),
            row.status.clone(),
            row.health_status.clone(),
            name(&row.host_cluster),
            name(&row.cluster_group),
            row.instance.clone(),
        ]
    };
    let headers = ["NAME", "UID", "STATE", "HEALTH", "HOST", "GROUP", "INSTANCE"];
    clusters.text("virtual clusters", headers, row, "lower `limit`, or narrow it down by `name` or `project`")
}
