//! `scan_now`: scans a cluster for compliance.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::args::one_cluster;
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::{self, Changed, Seen, difference};
use crate::instance::{Call, Method, Request};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ScanNow;

/// What scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub enum Driver {
    /// The CIS benchmark.
    KubeBench,
    /// Penetration tests.
    KubeHunter,
    /// Conformance.
    Sonobuoy,
    /// A bill of materials.
    Syft,
}

one_cluster! {
    /// Which cluster, and what scans it.
    Arguments {
        /// What scans: `kubeBench` (unless told), `kubeHunter`, `sonobuoy`, `syft`.
        #[serde(default)]
        #[schemars(length(min = 1, max = 4))]
        drivers: Option<BTreeSet<Driver>>,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    run_scan: bool,
}

impl Tool for ScanNow {
    const NAME: &'static str = "scan_now";
    const TITLE: &'static str = "Scan a cluster now";
    const DESCRIPTION: &'static str = "Starts compliance scans of a Palette cluster, now. They run in the \
        cluster, take minutes and go on by themselves. Answers with the exact `changes`, what was sent, and \
        `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let drivers = arguments.drivers.clone().unwrap_or_else(|| BTreeSet::from([Driver::KubeBench]));
            if drivers.is_empty() {
                return Err(Problem::invalid("/drivers", "is empty: name at least one").into());
            }
            let body: BTreeMap<Driver, Run> =
                drivers.iter().map(|driver| (*driver, Run { run_scan: true })).collect();
            let started = |driver: &Driver| {
                let path = format!("features.complianceScan.{}", driver.name());
                difference(path, Value::Null, "started")
            };
            let changes = drivers.iter().map(started).collect();
            let path = cluster.path("/features/complianceScan/onDemand");
            let request = Request::with_body(Method::Post, path, &body)?;
            let plan = cluster.plan(Capability::ClusterScan, request, changes);
            // Nothing tells one scan from another before it ends, so a lost answer stays unknown.
            plan.carry_out(api, arguments.dry_run, async || Ok(Seen::default())).await
        })
        .await
    }
}

impl Driver {
    const fn name(self) -> &'static str {
        match self {
            Self::KubeBench => "kubeBench",
            Self::KubeHunter => "kubeHunter",
            Self::Sonobuoy => "sonobuoy",
            Self::Syft => "syft",
        }
    }
}
