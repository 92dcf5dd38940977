//! `approve_repave`: lets Palette make machines anew that wait for it.

use crate::args::one_cluster;
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::{self, Changed, bare, difference};
use crate::instance::{Call, Method};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ApproveRepave;

one_cluster! {
    /// Which cluster.
    Arguments {
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

impl Tool for ApproveRepave {
    const NAME: &'static str = "approve_repave";
    const TITLE: &'static str = "Approve a repave";
    const DESCRIPTION: &'static str = "Approves the pending repave of a Palette cluster: its machines are \
        then made anew, one after the other, and what runs on them moves. Fails with conflict when none is \
        pending. Answers with the exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let state = cluster.full.status.repave.state.clone();
            let changes = match state.as_str() {
                "Approved" => Vec::new(),
                "Pending" => vec![difference("status.repave.state", state, "Approved")],
                _ => {
                    let message = format!("no repave of `{}` waits for approval", cluster.name());
                    return Err(Problem::Conflict(message).into());
                }
            };
            let request = bare(Method::Patch, cluster.path("/repave/approve"));
            let mut plan = cluster.plan(Capability::ClusterApproveRepave, request, changes);
            plan.warnings.push("every machine that the repave is about is replaced".to_owned());
            plan.carry_out(api, arguments.dry_run, async || {
                cluster.look(api, |full| full.status.repave.state == "Approved").await
            })
            .await
        })
        .await
    }
}
