//! One workload, whatever kind of server it is known from, and how the workloads of a scope are found.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Nullable, Range};
use crate::fan::{self, Frame};
use crate::fault::Fault;
use crate::opencost;
use crate::scaleops::{self, Group, NOT_TOLD};
use crate::scope::Scope;
use crate::server::{Call, Server, Source};
use crate::tool::Problem;

/// What OpenCost does not know of a workload, of what these tools tell.
pub const UNSUPPORTED: [&str; 6] =
    ["automation", "policies", "active savings", "replicas", "out-of-memory counts", "autoscaler warnings"];

/// One workload. Fields that a server did not tell are 0, `N/A` or false, and named in `missing`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Workload {
    /// The server that knows it.
    pub instance: String,
    /// Its cluster.
    pub cluster_name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub workload_name: String,
    /// `Deployment`, `StatefulSet` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// The policy that its recommendation is made by.
    pub policy_name: String,
    /// Whether it is under automation.
    pub auto: bool,
    /// Millicores requested.
    pub cpu_requests: f64,
    /// Bytes requested.
    pub mem_requests: f64,
    /// Millicores recommended.
    pub cpu_recommended: f64,
    /// Bytes recommended.
    pub mem_recommended: f64,
    /// Whether it asks for less than it needs.
    pub is_under_provisioned: bool,
    /// Whether it asks for more than it needs.
    pub is_over_provisioned: bool,
    /// Money per month that could be saved.
    pub savings_available: f64,
    /// Money per month that is being saved.
    pub active_savings: f64,
    /// Where people see it; `null` where the operator names no dashboard.
    pub dashboard_url: Nullable<String>,
    /// What the server told besides.
    #[serde(flatten)]
    pub more: More,
    /// Whether recommendation and savings are estimates from average use.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// The fields above that the server did not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<&'static str>,
    /// Joins it with its cost, in lower case.
    #[serde(skip)]
    pub id: Option<String>,
    /// Which of the queries found it.
    #[serde(skip)]
    pub query: usize,
}

/// What a server may tell besides; left out where it did not.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct More {
    /// Millicores between requested and recommended, as the server counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cpu_diff: Option<f64>,
    /// Bytes between requested and recommended, as the server counts them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_diff: Option<f64>,
    /// Money per month that could be saved, all in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overall_available_savings: Option<f64>,
    /// Whether its settings are not the policy's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overridden: Option<bool>,
    /// Whether it may be packed closely.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub should_bin_pack: Option<bool>,
    /// When recommendations reach pods: `OnCreate` or `Ongoing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rollout_policy: Option<String>,
    /// Its priority class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority_class_name: Option<String>,
    /// How many pods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replicas: Option<f64>,
    /// Whether it has a GPU.
    #[serde(rename = "hasGPU", skip_serializing_if = "Option::is_none")]
    pub has_gpu: Option<bool>,
    /// Whether a horizontal autoscaler scales it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub has_hpa: Option<bool>,
    /// How often it ran out of memory within the last 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_count_last24h: Option<f64>,
    /// When it last ran out of memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oom_last_timestamp: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workload_errors: Option<String>,
    /// What is wrong with its autoscaler.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hpa_status_warnings: Option<String>,
}

/// The workloads of a scope that one server knows.
#[derive(Debug, Default)]
pub struct Found {
    /// In the server's order, each once.
    pub workloads: Vec<Workload>,
    /// The labels of each query; [`Workload::query`] is a place in it.
    pub queries: Vec<Vec<String>>,
    /// What to know before believing the numbers.
    pub notes: Vec<String>,
}

/// The workloads of a scope that the servers of a call know, and what is said of them.
#[derive(Debug)]
pub struct All {
    /// Of those that answered, one server after the other.
    pub workloads: Vec<Workload>,
    /// Where they are from.
    pub frame: Frame,
    /// Whether no server answered.
    pub failed: bool,
}

/// Finds the workloads of a scope on every server of a call.
///
/// # Errors
/// As [`fan::out`].
pub async fn all<C: Call>(call: &C, scope: &Scope) -> Result<All, Problem> {
    let gathered =
        fan::out(call, &UNSUPPORTED, async |server, source| find(call, server, source, scope).await).await?;
    let failed = gathered.failed();
    let notes = gathered.results.iter().flat_map(|found| found.notes.clone()).collect();
    let (found, frame) = gathered.framed(scope, notes);
    let workloads = found.into_iter().flat_map(|found| found.workloads).collect();
    Ok(All { workloads, frame, failed })
}

/// Finds the workloads of a scope on one server.
///
/// # Errors
/// When the server does not answer, or cannot be asked for such labels.
pub async fn find<C: Call>(
    call: &C,
    server: &C::Server,
    source: Source,
    scope: &Scope,
) -> Result<Found, Fault> {
    match source {
        Source::Scaleops => from_scaleops(server, scope).await,
        Source::Opencost => {
            let headroom = call.settings().estimate_headroom_percent;
            let allocations =
                opencost::allocations(server, scope, &opencost::window(call.now(), Range::Week)).await?;
            let estimate = |one: &opencost::Allocation| opencost::workload(server.name(), one, headroom);
            Ok(Found {
                workloads: allocations.iter().map(estimate).collect(),
                queries: Vec::new(),
                notes: vec![opencost::note(server.name(), headroom)],
            })
        }
    }
}

async fn from_scaleops(server: &impl Server, scope: &Scope) -> Result<Found, Fault> {
    let queries = scope.selector.label_sets()?;
    let answers = fan::each(&queries, async |labels| scaleops::workloads(server, labels).await).await;
    let mut found = Found { queries: queries.clone(), ..Found::default() };
    let mut seen = BTreeSet::new();
    let mut unreadable = 0;
    for (query, answer) in answers.into_iter().enumerate() {
        // Half of a set is not the set.
        let (rows, bad) = answer?;
        unreadable += bad;
        let labels = queries.get(query).map(Vec::as_slice).unwrap_or_default();
        for row in rows {
            let workload = Workload { query, ..Workload::told(server, row, labels) };
            if scope.holds(&workload.cluster_name, &workload.namespace, &workload.workload_name)
                && seen.insert(workload.key())
            {
                found.workloads.push(workload);
            }
        }
    }
    if unreadable > 0 {
        found.notes.push(format!("instance `{}`: {unreadable} workloads could not be read", server.name()));
    }
    Ok(found)
}

impl Workload {
    /// A workload of ScaleOps.
    fn told(server: &impl Server, row: scaleops::Workload, labels: &[String]) -> Self {
        let mut missing = Vec::new();
        let mut text = |name, value: Option<String>| {
            value.filter(|value| !value.is_empty()).unwrap_or_else(|| {
                missing.push(name);
                NOT_TOLD.to_owned()
            })
        };
        let cluster_name = text("clusterName", row.cluster_name);
        let namespace = text("namespace", row.namespace);
        let workload_name = text("workloadName", row.workload_name);
        let kind = text("type", row.kind);
        let policy_name = text("policyName", row.policy_name);
        let base = server.attribute("dashboard");
        let dashboard_url = base.and_then(|base| scaleops::dashboard(base, row_name(&workload_name), labels));
        let mut told = Told(missing);
        Self {
            instance: server.name().to_owned(),
            cluster_name,
            namespace,
            workload_name,
            kind,
            policy_name,
            auto: told.flag("auto", row.auto),
            cpu_requests: told.number("cpuRequests", row.cpu_requests),
            mem_requests: told.number("memRequests", row.mem_requests),
            cpu_recommended: told.number("cpuRecommended", row.cpu_recommended),
            mem_recommended: told.number("memRecommended", row.mem_recommended),
            is_under_provisioned: told.flag("isUnderProvisioned", row.is_under_provisioned),
            is_over_provisioned: told.flag("isOverProvisioned", row.is_over_provisioned),
            savings_available: told.number("savingsAvailable", row.savings_available),
            active_savings: told.number("activeSavings", row.active_savings),
            dashboard_url: Nullable(dashboard_url),
            more: More {
                cpu_diff: row.cpu_diff,
                memory_diff: row.memory_diff,
                overall_available_savings: row.overall_available_savings,
                overridden: row.overridden,
                should_bin_pack: row.should_bin_pack,
                rollout_policy: row.rolling_strategy_details.and_then(|rollout| rollout.rollout_policy_value),
                priority_class_name: filled(row.priority_class_name),
                replicas: row.replicas,
                has_gpu: row.has_gpu,
                has_hpa: row.has_hpa,
                oom_count_last24h: row.oom_count_last24h,
                oom_last_timestamp: filled(row.oom_last_timestamp),
                workload_errors: filled(row.workload_errors),
                hpa_status_warnings: filled(row.hpa_status_warnings),
            },
            estimated: false,
            missing: told.0,
            id: filled(row.id).map(|id| id.to_lowercase()),
            query: 0,
        }
    }

    /// Which workload it is, on its server.
    #[must_use]
    pub fn key(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.place())
    }

    /// Cluster, namespace, type and name.
    #[must_use]
    pub fn place(&self) -> String {
        format!("{}/{}/{}/{}", self.cluster_name, self.namespace, self.kind, self.workload_name)
    }

    /// What costs are asked for by.
    #[must_use]
    pub fn group(&self) -> Group {
        Group {
            cluster: self.cluster_name.clone(),
            namespace: self.namespace.clone(),
            kind: self.kind.clone(),
        }
    }

    /// Whether it ran out of memory within the last day.
    #[must_use]
    pub fn out_of_memory(&self) -> bool {
        self.more.oom_count_last24h.is_some_and(|count| count > 0.0)
    }

    /// Whether the server told this field.
    #[must_use]
    pub fn tells(&self, field: &str) -> bool {
        !self.missing.contains(&field)
    }
}

struct Told(Vec<&'static str>);

impl Told {
    fn number(&mut self, name: &'static str, value: Option<f64>) -> f64 {
        value.unwrap_or_else(|| {
            self.0.push(name);
            0.0
        })
    }

    fn flag(&mut self, name: &'static str, value: Option<bool>) -> bool {
        value.unwrap_or_else(|| {
            self.0.push(name);
            false
        })
    }
}

fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// The name to search for; nothing, where it is not told.
fn row_name(name: &str) -> &str {
    if name == NOT_TOLD { "" } else { name }
}
