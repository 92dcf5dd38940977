//! `diagnose_cluster`: what is wrong with one cluster, what it comes from, and what to do.

use crate::args::one_cluster;
use crate::diagnose::{self, gather, report};
use crate::fan;
use crate::instance::Call;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct DiagnoseCluster;

one_cluster! {
    /// Which cluster.
    Arguments {
        /// Whether to say what to do about what is found; `true` unless told.
        #[serde(default)]
        include_recommendations: Option<bool>,
    }
}

impl Tool for DiagnoseCluster {
    const NAME: &'static str = "diagnose_cluster";
    const TITLE: &'static str = "Diagnose a cluster";
    const DESCRIPTION: &'static str = "Finds out what is wrong with one Palette cluster: conditions that are not true, \
        nodes, control plane, packs, events of the last day, use above 80 %, certificates, backups, scans, profiles \
        that are behind, repaves and notifications that wait, cost that rose. Gives a score (0 to 100), issues, the \
        likely root cause, and what to do, worst first. Only reads. A part that cannot be read is told under `unread`; \
        fails only if the cluster itself cannot be.";
    type Arguments = Arguments;
    type Output = report::Diagnosis;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<report::Diagnosis>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let recommend = arguments.include_recommendations.unwrap_or(true);
        let output = fan::one(call, async |api| {
            let snapshot = gather::snapshot(api, &cluster, project.as_ref()).await?;
            let findings = diagnose::findings(&snapshot);
            Ok(report::diagnosis(api.name(), &snapshot, findings, recommend))
        })
        .await?;
        Ok(Report { text: report::text(&output), failed: false, output })
    }
}
