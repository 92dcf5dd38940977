//! `delete_cluster`: deletes a cluster, with its machines.

use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::{self, Changed, Seen, bare, difference};
use crate::instance::{Call, Method};
use crate::model::cluster::Full;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct DeleteCluster;

one_cluster! {
    /// Which cluster.
    Arguments {
        /// The name of the cluster, as proof that this one is meant.
        confirm: Name,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

impl Tool for DeleteCluster {
    const NAME: &'static str = "delete_cluster";
    const TITLE: &'static str = "Delete a cluster";
    const DESCRIPTION: &'static str = "Deletes a Palette cluster with its machines and everything in it, \
        which cannot be undone. `confirm` must be its name. Deleting takes minutes and goes on by itself; \
        `get_cluster_details` says how far it is. Fails with conflict while virtual clusters run in it. Forced \
        deletion, which leaves machines behind in the cloud, is not offered: it is for the console, after 15 \
        minutes in `Deleting`. Answers with the exact `changes`, what was sent, and `state`; `dry_run` sends \
        nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        change::run(call, async |api| {
            let cluster = Cluster::even_going(api, &uid, project.as_ref()).await?;
            change::confirmed(cluster.name(), arguments.confirm.as_str())?;
            let guests = &cluster.full.status.r#virtual.virtual_clusters;
            if !guests.is_empty() {
                let names: Vec<String> = guests.iter().map(|guest| format!("`{}`", guest.name)).collect();
                let message = format!("virtual clusters run in it, delete them first: {}", names.join(", "));
                return Err(Problem::Conflict(message).into());
            }
            let state = cluster.full.status.state.clone();
            let going = state == "Deleting";
            let changes =
                if going { Vec::new() } else { vec![difference("status.state", state, "Deleting")] };
            let request = bare(Method::Delete, cluster.path(""));
            let mut plan = cluster.plan(Capability::ClusterDelete, request, changes);
            plan.warnings.push("everything in the cluster is lost".to_owned());
            plan.carry_out(api, arguments.dry_run, async || {
                let gone = |full: &Full| matches!(full.status.state.as_str(), "Deleting" | "Deleted");
                match cluster.look(api, gone).await {
                    Err(fault) if fault.is_absence() => {
                        Ok(Seen { there: true, state: Some("Deleted".to_owned()), uid: None })
                    }
                    other => other,
                }
            })
            .await
        })
        .await
    }
}
