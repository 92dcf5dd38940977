//! `list_edge_hosts`: machines at the edge, used or waiting.

use postern_sdk::mask;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::listing::Listing;
use crate::api::Api;
use crate::args::{Limit, Name, many_instances};
use crate::capability::Capability;
use crate::cursor;
use crate::fan;
use crate::fault::Fault;
use crate::filter::{self, Filter};
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::edge::EdgeHost;
use crate::page;
use crate::scope::{self, Merged};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListEdgeHosts;

many_instances! {
    /// Which edge hosts to list.
    Arguments {
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
        /// State: `ready`, `unpaired` or `in-use`; any case.
        #[serde(default)]
        state: Option<Name>,
        /// Health: `healthy` or `unhealthy`; any case.
        #[serde(default)]
        health: Option<Name>,
        /// Tag, as `name:value` or `name`.
        #[serde(default)]
        tag: Option<Name>,
        /// Most in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// One edge host.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// `ready`, `unpaired` or `in-use`.
    pub state: String,
    /// `healthy` or `unhealthy`; `unknown` where Palette does not say.
    pub health: String,
    /// What is wrong.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub message: String,
    /// Clusters that use it, by name.
    pub clusters: Vec<String>,
    /// `amd64` or `arm64`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub architecture: String,
    /// Processors.
    pub cpu_cores: u32,
    /// Megabytes.
    pub memory_mb: u64,
    /// System and its version.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub os: String,
    /// Address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Version of its agent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub agent_version: String,
    /// Uid of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// The instance that it is in.
    pub instance: String,
}

impl Tool for ListEdgeHosts {
    const NAME: &'static str = "list_edge_hosts";
    const TITLE: &'static str = "List edge hosts";
    const DESCRIPTION: &'static str = "Lists Palette edge hosts with state, health, hardware, address and the clusters \
        that use them, of all projects of one instance or many. `state`, `health`, `tag`, `name` and `project` narrow \
        it down. At most `limit` in one answer (100 unless told); `cursor` says where it goes on. What cannot be read \
        is told under `errors`; fails only if nothing can.";
    type Arguments = Arguments;
    type Output = Listing<Row>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Self::Output>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let wanted = Wanted::new(&arguments)?;
        let body = wanted.body();
        let gathered = fan::out(call, async |api| search(api, project.as_ref(), &body).await).await?;
        // The server's filters are asked for, not relied on.
        let all = gathered.rows(|instance, host| wanted.has(&host).then(|| row(instance, host)));
        let key = |row: &Row| cursor::key([&row.instance, &row.name, &row.uid]);
        let question = format!("{body}\u{0}{project:?}\u{0}{:?}", wanted.tag);
        let output = Listing::new(all, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// Which hosts are asked for, spelled as Palette does.
struct Wanted<'a> {
    name: Option<&'a str>,
    state: Option<&'static str>,
    health: Option<&'static str>,
    tag: Option<&'a str>,
}

impl<'a> Wanted<'a> {
    fn new(arguments: &'a Arguments) -> Result<Self, Problem> {
        Ok(Self {
            name: arguments.name.as_ref().map(Name::as_str),
            state: filter::spelled("/state", filter::EDGE_STATES, arguments.state.as_ref())?,
            health: filter::spelled("/health", filter::EDGE_HEALTH, arguments.health.as_ref())?,
            tag: arguments.tag.as_ref().map(Name::as_str),
        })
    }

    /// Tags are not in it: they are pairs here, which are compared when they come.
    fn body(&self) -> Value {
        let mut filter = Filter::default();
        if let Some(name) = self.name {
            filter = filter.contains("name", &[name]);
        }
        if let Some(state) = self.state {
            filter = filter.equals("state", &[state]);
        }
        if let Some(health) = self.health {
            filter = filter.equals("healthState", &[health]);
        }
        filter.body(&[("name", "asc")])
    }

    fn has(&self, host: &EdgeHost) -> bool {
        let name = host.metadata.name.to_lowercase();
        self.name.is_none_or(|wanted| name.contains(&wanted.to_lowercase()))
            && self.state.is_none_or(|wanted| host.status.state.eq_ignore_ascii_case(wanted))
            && self.health.is_none_or(|wanted| host.status.health.state.eq_ignore_ascii_case(wanted))
            && self.tag.is_none_or(|wanted| host.metadata.tags().iter().any(|tag| tag == wanted))
    }
}

/// Searches edge hosts in every scope, each told once. For other tools too.
///
/// # Errors
/// As [`scope::of`] and [`scope::merge`].
pub async fn search<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    body: &Value,
) -> Result<Merged<EdgeHost>, Fault> {
    let scopes = scope::of(api, project).await?;
    let request = Request::search("/v1/dashboard/edgehosts/search", body)?;
    let uid = |host: &EdgeHost| host.metadata.uid.clone();
    scope::merge(api, &scopes, uid, async |scope| {
        let request = request.clone().within(scope.project());
        page::all(api, Capability::EdgeHostsRead, request, page::MOST).await
    })
    .await
}

/// What is told of one. For other tools too.
#[must_use]
pub fn row(instance: &str, host: EdgeHost) -> Row {
    let EdgeHost { metadata, spec, status } = host;
    let project = Some(spec.project_meta.uid).filter(|uid| !uid.is_empty());
    let os = spec.device.os;
    let health = status.health;
    Row {
        project_uid: metadata.project().map(str::to_owned).or(project),
        tags: metadata.tags(),
        uid: metadata.uid,
        name: metadata.name,
        state: status.state,
        health: if health.state.is_empty() { "unknown".to_owned() } else { health.state },
        message: mask::shown(&health.message),
        agent_version: health.agent_version,
        clusters: status.in_use_clusters_ref.into_iter().map(|cluster| cluster.name).collect(),
        architecture: spec.device.arch_type,
        cpu_cores: spec.device.cpu.cores,
        memory_mb: spec.device.memory.size,
        os: format!("{} {}", os.family, os.version).trim().to_owned(),
        address: spec.host.host_address,
        instance: instance.to_owned(),
    }
}

fn text(hosts: &Listing<Row>) -> String {
    let row = |row: &Row| {
        [
            row.name.clone(),
            row.uid.clone(),
            row.state.clone(),
            row.health.clone(),
            row.clusters.join(" "),
            row.message.clone(),
            row.instance.clone(),
        ]
    };
    let headers = ["NAME", "UID", "STATE", "HEALTH", "CLUSTERS", "MESSAGE", "INSTANCE"];
    hosts.text("edge hosts", headers, row, "lower `limit`, or narrow it down by `name`, `state` or `project`")
}
