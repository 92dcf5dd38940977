//! `list_workspaces`: namespaces of several clusters that are kept as one.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use super::listing::table;
use crate::api::Api;
use crate::args::{Name, many_instances};
use crate::capability::Capability;
use crate::fan::{self, Rows};
use crate::fault::{Code, Failure, Fault};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::group::{Workspace, Workspaces};
use crate::model::meta::{Bare, Items};
use crate::page::Collected;
use crate::scope::{self, Merged, Scope};
use crate::tool::{Problem, Report, Tool};

/// Most projects that are looked in: each is a request.
const MOST_PROJECTS: usize = 200;

/// The tool.
#[derive(Debug)]
pub struct ListWorkspaces;

many_instances! {
    /// Which workspaces to list.
    Arguments {
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
    }
}

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Listed {
    /// How many.
    pub total: usize,
    /// By instance and name.
    pub items: Vec<Row>,
    /// Whether there are more projects than were looked in: name the `project`.
    pub truncated: bool,
    /// Instances and projects that could not be read: nothing is known of their workspaces.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// One workspace.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// Its clusters, by name.
    pub clusters: Vec<String>,
    /// Its namespaces.
    pub namespaces: Vec<String>,
    /// Processors that it uses.
    pub cpu: f64,
    /// Unit of these, as Palette tells it.
    pub cpu_unit: String,
    /// Memory that it uses.
    pub memory: f64,
    /// Unit of that, as Palette tells it.
    pub memory_unit: String,
    /// Uid of its project.
    pub project_uid: String,
    /// The instance that it is in.
    pub instance: String,
}

impl Tool for ListWorkspaces {
    const NAME: &'static str = "list_workspaces";
    const TITLE: &'static str = "List workspaces";
    const DESCRIPTION: &'static str = "Lists Palette workspaces with clusters, namespaces and use, of all projects of \
        one instance or many; a workspace always belongs to a project, and at most 200 are looked in. `name` and \
        `project` narrow it down. What cannot be read is told under `errors`; fails only if nothing can.";
    type Arguments = Arguments;
    type Output = Listed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Listed>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let part = arguments.name.as_ref().map(|name| name.as_str().to_lowercase());
        let gathered = fan::out(call, async |api| read(api, project.as_ref()).await).await?;
        let fits = |row: &Row| part.as_ref().is_none_or(|part| row.name.to_lowercase().contains(part));
        let all = gathered
            .rows(|instance, row: Row| fits(&row).then(|| Row { instance: instance.to_owned(), ..row }));
        let Rows { rows: mut items, truncated, errors } = all;
        items.sort_by(|one, other| (&one.instance, &one.name).cmp(&(&other.instance, &other.name)));
        let output = Listed { total: items.len(), items, truncated, errors };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

async fn read<C: Call>(api: &Api<'_, C>, project: Option<&Uid>) -> Result<Merged<Row>, Fault> {
    let (scopes, whole) = projects(api, project).await?;
    let mut merged = scope::merge(
        api,
        &scopes,
        |row: &Row| row.uid.clone(),
        async |scope| {
            let request = Request::get("/v1/dashboard/workspaces").within(scope.project());
            let list: Workspaces = api.json(Capability::GroupsRead, request).await?;
            let found = scope.project().map(Uid::as_str).unwrap_or_default();
            let units = (list.cpu_unit, list.memory_unit);
            let items = list.items.into_iter().map(|workspace| row(workspace, &units, found)).collect();
            Ok(Collected { items, whole: true })
        },
    )
    .await?;
    merged.whole &= whole;
    Ok(merged)
}

/// The projects to look in: those that the credential has a part in, and all of the tenant if it may see them.
async fn projects<C: Call>(api: &Api<'_, C>, project: Option<&Uid>) -> Result<(Vec<Scope>, bool), Fault> {
    let scopes = scope::of(api, project).await?;
    let mut projects: BTreeSet<Uid> = scopes.iter().filter_map(Scope::project).cloned().collect();
    if scopes.contains(&Scope::Tenant) {
        let request = Request::get("/v1/dashboard/projects/metadata");
        let all: Items<Bare> = api.json(Capability::ProjectsRead, request).await?;
        projects.extend(all.into_vec().into_iter().filter_map(|each| Uid::parse(&each.metadata.uid).ok()));
    }
    if projects.is_empty() {
        return Err(Fault::new(Code::NotFound, "there is no project that the credential may see"));
    }
    let whole = projects.len() <= MOST_PROJECTS;
    Ok((projects.into_iter().take(MOST_PROJECTS).map(Scope::Project).collect(), whole))
}

fn row(workspace: Workspace, (cpu, memory): &(String, String), project: &str) -> Row {
    let Workspace { meta, status } = workspace;
    Row {
        uid: meta.uid,
        name: meta.name,
        clusters: meta.cluster_refs.into_iter().map(|cluster| cluster.cluster_name).collect(),
        namespaces: meta.namespaces,
        cpu: status.total.cpu,
        cpu_unit: cpu.clone(),
        memory: status.total.memory,
        memory_unit: memory.clone(),
        project_uid: project.to_owned(),
        instance: String::new(),
    }
}

fn text(listed: &Listed) -> String {
    let rows = listed.items.iter().map(|row| {
        [
            row.name.clone(),
            row.uid.clone(),
            row.clusters.join(" "),
            row.namespaces.join(" "),
            row.project_uid.clone(),
            row.instance.clone(),
        ]
    });
    let headers = ["NAME", "UID", "CLUSTERS", "NAMESPACES", "PROJECT", "INSTANCE"];
    let counted = format!("{} workspaces", listed.total);
    let mut text = table(&listed.errors, counted, headers, rows);
    if listed.truncated {
        text.line("there are more projects than were looked in; name the `project`");
    }
    text.finish("narrow it down by `name` or `project`")
}
