//! `get_cluster_machines`: the machines of one cluster, pool by pool.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use super::get_cluster_details::summary;
use crate::args::{Name, one_cluster};
use crate::fan;
use crate::fault::Fault;
use crate::instance::Call;
use crate::machines::{self, Node};
use crate::part::{self, Unread};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetClusterMachines;

one_cluster! {
    /// Which machines.
    Arguments {
        /// Name of one machine pool. Absent: all.
        #[serde(default)]
        pool_name: Option<Name>,
    }
}

/// The machines.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Machines {
    /// Uid of the cluster.
    pub cluster_uid: String,
    /// Its name.
    pub cluster_name: String,
    /// Its cloud.
    pub cloud_type: String,
    /// How many machines were read.
    pub total: usize,
    /// Of these, not ready.
    pub not_ready: usize,
    /// By pool, and then by name.
    pub machines: Vec<Node>,
    /// Whether there are more than could be read.
    pub truncated: bool,
    /// The instance that it is in.
    pub instance: String,
    /// Pools that could not be read: nothing is known of their machines.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Unread>,
}

impl Tool for GetClusterMachines {
    const NAME: &'static str = "get_cluster_machines";
    const TITLE: &'static str = "Get cluster machines";
    const DESCRIPTION: &'static str = "Gets the machines of one Palette cluster, pool by pool: ready, state, health, \
        type, zone, addresses, cordoned, and what is wrong. `pool_name` picks one pool. A pool that cannot be read is \
        told under `errors`; fails only if none can, or if the cluster has none of that name.";
    type Arguments = Arguments;
    type Output = Machines;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Machines>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let only = arguments.pool_name.as_ref().map(Name::as_str);
        let output = fan::one(call, async |api| {
            let told = summary(api, &cluster, project.as_ref()).await?;
            let read = machines::of(api, &told.spec, project.as_ref(), only).await?;
            if let (Some(pool), false) = (only, read.known) {
                return Err(Fault::missing(format!("the cluster has no machine pool `{pool}`")));
            }
            Ok(Machines {
                cluster_uid: cluster.to_string(),
                cluster_name: told.metadata.name,
                cloud_type: told.spec.cloud_config.cloud_type,
                total: read.nodes.len(),
                not_ready: read.nodes.iter().filter(|node| !node.ready).count(),
                machines: read.nodes,
                truncated: !read.whole,
                instance: api.name().to_owned(),
                errors: read.unread,
            })
        })
        .await?;
        let failed = output.machines.is_empty() && !output.errors.is_empty();
        Ok(Report { text: text(&output), failed, output })
    }
}

fn text(machines: &Machines) -> String {
    let mut text = Text::default();
    part::say(&mut text, &machines.errors);
    text.line(format!(
        "{} ({}): {} machines, {} not ready",
        machines.cluster_name, machines.cloud_type, machines.total, machines.not_ready
    ));
    let rows: Vec<[String; 7]> = machines
        .machines
        .iter()
        .map(|node| {
            [
                node.pool.clone(),
                node.name.clone(),
                if node.ready { "yes" } else { "no" }.to_owned(),
                node.state.clone(),
                node.health.clone(),
                node.instance_type.clone().unwrap_or_default(),
                node.problems.join("; "),
            ]
        })
        .collect();
    text.table(&["POOL", "NAME", "READY", "STATE", "HEALTH", "TYPE", "PROBLEMS"], &rows);
    if machines.truncated {
        text.line("there are more than could be read; name one `pool_name`");
    }
    text.finish("name one `pool_name`")
}
