//! What workloads cost over a range, whatever kind of server knows it.
//!
//! # Design
//! ScaleOps is asked once for each cluster, namespace and type that the workloads are in, and answers more
//! loosely than it is asked: rows of other workloads are left out by their ids. A workload without a row is
//! named, so that silence is not read as zero.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::args::{Nullable, Range};
use crate::fan;
use crate::fault::{Code, Fault};
use crate::opencost;
use crate::scaleops::{self, Group};
use crate::scope::Scope;
use crate::server::{Call, Server, Source};
use crate::text::rounded;
use crate::workload::{self, Workload};

/// What OpenCost does not know of a cost, of what these tools tell.
pub const UNSUPPORTED: [&str; 2] = ["spot and on-demand shares", "pod-hours"];

/// Groups that one server is asked for in one call: the host lets a call send 500 requests in all.
const MOST_GROUPS: usize = 120;

/// What one workload cost. Fields that a server did not tell are 0 or `N/A`, and named in `missing`.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Cost {
    /// The server that knows it.
    pub instance: String,
    /// Its name.
    pub workload_name: String,
    /// Its own cluster.
    pub cluster_name: String,
    /// Its own namespace.
    pub namespace: String,
    /// `Deployment`, `StatefulSet` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// Money over the range.
    pub total_cost: f64,
    /// Money an hour.
    pub hourly_cost: f64,
    /// Whether the server told none, and it was made from the total.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub hourly_cost_derived: bool,
    /// Of a hundred.
    pub spot_percent: f64,
    /// Of a hundred.
    pub on_demand_percent: f64,
    /// Pod-hours on spot nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot_hours: Option<f64>,
    /// Pod-hours on other nodes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_demand_hours: Option<f64>,
    /// Money over the range that could have been saved.
    pub savings_available: f64,
    /// Where people see it; `null` where the operator names no dashboard.
    pub dashboard_url: Nullable<String>,
    /// Whether the savings are an estimate from average use.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// The fields above that the server did not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<&'static str>,
    /// Which workload it is, on its server.
    #[serde(skip)]
    pub key: String,
}

/// A workload for which no cost came back. It is not known to be nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct WithoutCost {
    /// The server that was asked.
    pub instance: String,
    /// The workload.
    pub workload_name: String,
    /// Its cluster.
    pub cluster_name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Why.
    pub reason: String,
}

/// What the workloads of a scope cost, by one server.
#[derive(Debug, Default)]
pub struct Costs {
    /// Those that are known, dearest first.
    pub rows: Vec<Cost>,
    /// Those that are not.
    pub without: Vec<WithoutCost>,
    /// How many workloads there are.
    pub workloads: usize,
    /// What to know before believing the numbers.
    pub notes: Vec<String>,
}

/// Finds what the workloads of a scope cost.
///
/// # Errors
/// When the server does not answer, for any of its workloads.
pub async fn find<C: Call>(
    call: &C,
    server: &C::Server,
    source: Source,
    scope: &Scope,
    range: Range,
) -> Result<Costs, Fault> {
    match source {
        Source::Scaleops => {
            let found = workload::find(call, server, source, scope).await?;
            of(server, &found, range).await
        }
        Source::Opencost => {
            let window = opencost::window(call.now(), range);
            from_opencost(call, server, scope, &window, range.days()).await
        }
    }
}

/// What the workloads of a scope cost within a window of OpenCost, of so many days.
///
/// # Errors
/// When the server does not answer.
pub async fn from_opencost<C: Call>(
    call: &C,
    server: &C::Server,
    scope: &Scope,
    window: &str,
    days: u32,
) -> Result<Costs, Fault> {
    let headroom = call.settings().estimate_headroom_percent;
    let allocations = opencost::allocations(server, scope, window).await?;
    let row = |one: &opencost::Allocation| Cost {
        instance: server.name().to_owned(),
        workload_name: one.name.clone(),
        cluster_name: one.cluster.clone(),
        namespace: one.namespace.clone(),
        kind: one.kind.clone(),
        total_cost: one.total_cost,
        hourly_cost: rounded(one.total_cost / (f64::from(days) * 24.0)),
        hourly_cost_derived: true,
        savings_available: opencost::saved(one, headroom),
        dashboard_url: Nullable(None),
        estimated: true,
        missing: vec!["spotPercent", "onDemandPercent"],
        key: format!("{}/{}/{}/{}", one.cluster, one.namespace, one.kind, one.name),
        ..Cost::default()
    };
    let mut rows: Vec<Cost> = allocations.iter().map(row).collect();
    dearest_first(&mut rows);
    let notes = vec![opencost::note(server.name(), headroom)];
    Ok(Costs { workloads: rows.len(), rows, without: Vec::new(), notes })
}

/// What workloads that were found at a ScaleOps server cost over a range.
///
/// # Errors
/// When the server answers for none of them.
pub async fn of(server: &impl Server, found: &workload::Found, range: Range) -> Result<Costs, Fault> {
    let mut groups: BTreeMap<(usize, Group), Vec<&Workload>> = BTreeMap::new();
    for workload in &found.workloads {
        groups.entry((workload.query, workload.group())).or_default().push(workload);
    }
    let mut costs =
        Costs { workloads: found.workloads.len(), notes: found.notes.clone(), ..Costs::default() };
    let mut groups: Vec<_> = groups.into_iter().collect();
    let beyond = groups.split_off(groups.len().min(MOST_GROUPS));
    for workload in beyond.iter().flat_map(|(_, workloads)| workloads) {
        costs.lacks(workload, "there are too many namespaces for one call; narrow what is asked".to_owned());
    }
    let answers = fan::each(&groups, async |((query, group), _)| {
        let labels = found.queries.get(*query).map(Vec::as_slice).unwrap_or_default();
        scaleops::costs(server, group, labels, range).await
    })
    .await;
    let mut first_fault = None;
    let mut answered = false;
    for ((_, workloads), answer) in groups.iter().zip(answers) {
        match answer {
            Ok(rows) => {
                answered = true;
                costs.join(workloads, rows, range);
            }
            Err(fault) => {
                for workload in workloads {
                    costs.lacks(workload, fault.message.clone());
                }
                first_fault.get_or_insert(fault);
            }
        }
    }
    match first_fault {
        Some(fault) if !answered || fault.code == Code::Unauthorized => Err(fault),
        Some(_) | None => {
            dearest_first(&mut costs.rows);
            Ok(costs)
        }
    }
}

impl Costs {
    /// Joins the workloads of a group with the rows that came back for it.
    fn join(&mut self, workloads: &[&Workload], rows: Vec<scaleops::Cost>, range: Range) {
        let mut by_id: BTreeMap<String, scaleops::Cost> = BTreeMap::new();
        for row in rows {
            if let Some(id) = row.id.as_ref().map(|id| id.to_lowercase()) {
                by_id.entry(id).or_insert(row);
            }
        }
        for workload in workloads {
            match &workload.id {
                None => self.lacks(workload, "the server tells no id to join it by".to_owned()),
                Some(id) => match by_id.get(id) {
                    Some(row) => self.rows.push(joined(workload, row, range)),
                    None => self.lacks(workload, "no cost came back".to_owned()),
                },
            }
        }
    }

    fn lacks(&mut self, workload: &Workload, reason: String) {
        self.without.push(WithoutCost {
            instance: workload.instance.clone(),
            workload_name: workload.workload_name.clone(),
            cluster_name: workload.cluster_name.clone(),
            namespace: workload.namespace.clone(),
            kind: workload.kind.clone(),
            reason,
        });
    }
}

fn joined(workload: &Workload, row: &scaleops::Cost, range: Range) -> Cost {
    let mut missing = Vec::new();
    let mut number = |name, value: Option<f64>| {
        value.unwrap_or_else(|| {
            missing.push(name);
            0.0
        })
    };
    let total_cost = number("totalCost", row.total_cost);
    let told = row.hourly_cost.unwrap_or_default();
    let hourly_cost_derived = told == 0.0 && total_cost > 0.0;
    let hourly_cost = if hourly_cost_derived {
        rounded(total_cost / (f64::from(range.days()) * 24.0))
    } else {
        number("hourlyCost", row.hourly_cost)
    };
    let spot_percent = number("spotPercent", row.spot_percent);
    let on_demand_percent = number("onDemandPercent", row.on_demand_percent);
    let savings_available = number("savingsAvailable", row.savings_available);
    let name = row.workload_name.clone().filter(|name| !name.is_empty());
    Cost {
        instance: workload.instance.clone(),
        workload_name: name.unwrap_or_else(|| workload.workload_name.clone()),
        cluster_name: workload.cluster_name.clone(),
        namespace: workload.namespace.clone(),
        kind: workload.kind.clone(),
        total_cost,
        hourly_cost,
        hourly_cost_derived,
        spot_percent,
        on_demand_percent,
        spot_hours: row.spot_hours,
        on_demand_hours: row.on_demand_hours,
        savings_available,
        dashboard_url: workload.dashboard_url.clone(),
        estimated: false,
        missing,
        key: workload.key(),
    }
}

/// Sorts by what it cost, then by name, so that equal answers are equal.
pub fn dearest_first(rows: &mut [Cost]) {
    rows.sort_by(|a, b| b.total_cost.total_cmp(&a.total_cost).then_with(|| a.key.cmp(&b.key)));
}

/// The sum of some amounts.
pub fn sum(amounts: impl Iterator<Item = f64>) -> f64 {
    rounded(amounts.sum())
}
