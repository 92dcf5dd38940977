//! `pause_virtual_cluster`: pauses a virtual cluster, or resumes it.

use serde::Serialize;

use crate::args::one_cluster;
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::{self, Changed, difference};
use crate::instance::{Call, Method, Request};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct PauseVirtualCluster;

one_cluster! {
    /// Which virtual cluster.
    Arguments {
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    lifecycle_config: Lifecycle,
}

#[derive(Debug, Serialize)]
struct Lifecycle {
    pause: bool,
}

impl Tool for PauseVirtualCluster {
    const NAME: &'static str = "pause_virtual_cluster";
    const TITLE: &'static str = "Pause a virtual cluster";
    const DESCRIPTION: &'static str = "Pauses a Palette virtual cluster: its workloads stop, its disks \
        stay. `resume_virtual_cluster` starts it again. Fails for a cluster that is not virtual. Answers with \
        the exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        set(call, arguments, true).await
    }
}

/// The tool that resumes it.
#[derive(Debug)]
pub struct ResumeVirtualCluster;

impl Tool for ResumeVirtualCluster {
    const NAME: &'static str = "resume_virtual_cluster";
    const TITLE: &'static str = "Resume a virtual cluster";
    const DESCRIPTION: &'static str = "Resumes a paused Palette virtual cluster. Fails for a cluster that is not \
        virtual. Answers with the exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        set(call, arguments, false).await
    }
}

async fn set<C: Call>(call: &C, arguments: Arguments, pause: bool) -> Result<Report<Changed>, Problem> {
    let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
    let project = crate::args::project(arguments.project.as_ref())?;
    change::run(call, async |api| {
        let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
        if !cluster.is_virtual() {
            let message = format!("`{}` is no virtual cluster", cluster.name());
            return Err(Problem::invalid("/cluster_uid", message).into());
        }
        let so = |now: &str| {
            matches!((pause, now), (true, "Paused" | "Pausing") | (false, "Running" | "Resuming"))
        };
        let now = cluster.full.status.r#virtual.lifecycle_status.status.clone();
        let to = if pause { "Paused" } else { "Running" };
        let changes =
            if so(&now) { Vec::new() } else { vec![difference("status.virtual.lifecycleStatus", now, to)] };
        let body = Body { lifecycle_config: Lifecycle { pause } };
        let path = cluster.path("/clusterConfig/lifecycleConfig");
        let request = Request::with_body(Method::Patch, path, &body)?;
        let mut plan = cluster.plan(Capability::VirtualClusterPause, request, changes);
        if pause {
            plan.warnings.push("what runs in it stops".to_owned());
        }
        plan.carry_out(api, arguments.dry_run, async || {
            cluster.look(api, |full| so(&full.status.r#virtual.lifecycle_status.status)).await
        })
        .await
    })
    .await
}
