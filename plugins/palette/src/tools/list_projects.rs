//! `list_projects`: which projects there are, and how their clusters are.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::listing::table;
use crate::api::Api;
use crate::args::{Limit, Name, many_instances};
use crate::capability::Capability;
use crate::cursor;
use crate::fan;
use crate::fault::{Failure, Fault};
use crate::instance::{Call, Request};
use crate::model::project::Project;
use crate::page;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListProjects;

many_instances! {
    /// Which projects to list.
    Arguments {
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
        /// Most projects in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// One project.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ProjectRow {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// The instance that it is in.
    pub instance: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Whether it is switched off.
    pub disabled: bool,
    /// Healthy clusters.
    pub healthy: u64,
    /// Clusters that are not healthy.
    pub unhealthy: u64,
    /// Running clusters.
    pub running: u64,
    /// Clusters in error.
    pub errored: u64,
}

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Projects {
    /// How many match in all, as far as they could be read.
    pub total: usize,
    /// By instance and name.
    pub items: Vec<ProjectRow>,
    /// Whether there are more than could be read: narrow the question.
    pub truncated: bool,
    /// Give this as `cursor` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Instances that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

impl Tool for ListProjects {
    const NAME: &'static str = "list_projects";
    const TITLE: &'static str = "List projects";
    const DESCRIPTION: &'static str = "Lists the Palette projects that the credential may see, with the health of \
        their clusters, of one instance or many. `project` and `name` narrow it down. At most `limit` in one answer \
        (100 unless told); `cursor` says where it goes on. An instance that cannot be read is told under `errors`; \
        fails only if none can.";
    type Arguments = Arguments;
    type Output = Projects;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Projects>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let name = arguments.name.as_ref().map_or("", Name::as_str);
        let gathered = fan::out(call, async |api| read(api, name).await).await?;
        let mut truncated = false;
        let mut rows = Vec::new();
        for (instance, collected) in gathered.results {
            truncated |= !collected.whole;
            rows.extend(collected.items.into_iter().map(|item| row(&instance, item)));
        }
        rows.retain(|row| project.as_ref().is_none_or(|project| row.uid == project.as_str()));
        rows.retain(|row| row.name.to_lowercase().contains(&name.to_lowercase()));
        let total = rows.len();
        let question = format!("{name}\u{0}{project:?}");
        let key = |row: &ProjectRow| cursor::key([&row.instance, &row.name, &row.uid]);
        let slice = cursor::slice(rows, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        let output = Projects {
            total,
            items: slice.items,
            truncated,
            cursor: slice.cursor,
            errors: gathered.failures,
        };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

async fn read<C: Call>(api: &Api<'_, C>, name: &str) -> Result<page::Collected<Project>, Fault> {
    let filter =
        if name.is_empty() { json!({}) } else { json!({ "name": { "contains": name, "ignoreCase": true } }) };
    let body = json!({ "filter": filter, "sort": [{ "field": "name", "order": "asc" }] });
    let request = Request::search("/v1/dashboard/projects", &body)?;
    page::all(api, Capability::ProjectsRead, request, page::MOST).await
}

fn row(instance: &str, project: Project) -> ProjectRow {
    let health = project.status.clusters_health;
    ProjectRow {
        tags: project.metadata.tags(),
        uid: project.metadata.uid,
        name: project.metadata.name,
        instance: instance.to_owned(),
        disabled: project.status.status.is_disabled,
        healthy: health.healthy,
        unhealthy: health.unhealthy,
        running: health.running,
        errored: health.errored,
    }
}

fn text(projects: &Projects) -> String {
    let rows = projects.items.iter().map(|row| {
        let clusters = format!("{} healthy, {} unhealthy", row.healthy, row.unhealthy);
        let state = if row.disabled { "disabled" } else { "enabled" };
        [
            row.name.clone(),
            row.uid.clone(),
            clusters,
            state.to_owned(),
            row.tags.join(","),
            row.instance.clone(),
        ]
    });
    let headers = ["NAME", "UID", "CLUSTERS", "STATE", "TAGS", "INSTANCE"];
    let counted = format!("{} projects", projects.total);
    let text = table(&projects.errors, counted, headers, rows);
    text.finish("lower `limit`, or narrow it down by `name`")
}
