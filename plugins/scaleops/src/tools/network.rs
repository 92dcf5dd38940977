//! `get_scaleops_network_usage_for_entity`: whom the workloads of an entity talk to, and what that costs.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::{one_name, scoped};
use super::{Units, no_workload, truncate, units};
use crate::args::{Name, Nullable, Top};
use crate::cost::sum;
use crate::fan::{self, Frame};
use crate::fault::Fault;
use crate::opencost::{self, Allocation};
use crate::scaleops::{self, Destination};
use crate::scope::Scope;
use crate::server::{Call, Server, Source};
use crate::text::{bytes, money, rounded};
use crate::tool::{Problem, Report, Tool};
use crate::workload::{self, Workload};

/// The window where none is said, or 0.
const DAY: f64 = 24.0;

/// Workloads that one server is asked for in one call: one request each.
const MOST: usize = 150;

/// The tool.
#[derive(Debug)]
pub struct GetNetworkUsage;

scoped! {
    /// Which workloads, over how many hours.
    Arguments {
        /// The same as `workload`.
        #[serde(default)]
        workload_name: Option<Name>,
        /// Hours up to now; 0: 24.
        #[serde(default = "day")]
        #[schemars(range(min = 0.0, max = 2160.0))]
        time_range_hours: f64,
        /// Most workloads in the answer: 1 to 1000. The summary is of all of them.
        #[serde(default)]
        top: Top,
    }
}

fn day() -> f64 {
    DAY
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Where it is from.
    #[serde(flatten)]
    pub frame: Frame,
    /// The first `top` of them.
    pub workload_network_data: Vec<Usage>,
    /// Of all of them.
    pub summary: Summary,
    /// Hours that the numbers are of.
    pub time_range_hours: f64,
    /// Whether there are more than `workloadNetworkData` has.
    pub truncated: bool,
    /// What the numbers are.
    pub units: Units,
}

/// The traffic of one workload.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Usage {
    /// The server that knows it.
    pub instance: String,
    /// The workload.
    pub workload_name: String,
    /// Its cluster.
    pub cluster_name: String,
    /// Its namespace.
    pub namespace: String,
    /// `Deployment`, `StatefulSet` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether its cluster measures network cost; `null` where the server did not say.
    pub network_cost_enabled: Nullable<bool>,
    /// Where people see it; `null` where the operator names no dashboard.
    pub dashboard_url: Nullable<String>,
    /// Whom it talked to.
    pub destinations: Vec<Destination>,
    /// Money over the window.
    pub network_cost: f64,
    /// Bytes over the window.
    pub network_traffic: f64,
    /// Why nothing is known; there may have been traffic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Totals over all workloads, shown or not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// How many there are.
    pub total_workloads: usize,
    /// Money over the window.
    pub total_network_cost: f64,
    /// Bytes over the window.
    pub total_traffic: f64,
    /// How many of them nothing is known of.
    pub failed_workloads: usize,
    /// Of how many the cluster measures no network cost.
    pub disabled_workloads: usize,
}

impl Tool for GetNetworkUsage {
    const NAME: &'static str = "get_scaleops_network_usage_for_entity";
    const TITLE: &'static str = "Get the network usage of an entity";
    const DESCRIPTION: &'static str = "Gets whom each workload of a catalog entity (or of a label selector, \
        namespace, workload or cluster) talked to over the last hours (24 unless told), with cost and traffic in \
        bytes, out and in, within and between zones. `networkCostEnabled` is false where the cluster measures none, \
        and `null` with an `error` where the server did not say: a failure never looks like none. Fails when the \
        named workload is not among them, or the entity is not in the catalog or has no label selector.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let name = one_name(arguments.asked(), arguments.workload_name.as_ref())?;
        let mut scope = Scope::find(call, arguments.asked()).await?;
        scope.workload = name.clone();
        let hours = if arguments.time_range_hours > 0.0 { arguments.time_range_hours } else { DAY };
        let gathered = fan::out(call, &["destinations"], async |server, source| match source {
            Source::Scaleops => from_scaleops(call, server, source, &scope, hours).await,
            Source::Opencost => {
                let window = format!("{:.0}h", hours.ceil());
                let rows = opencost::allocations(server, &scope, &window).await?;
                Ok(rows.iter().map(|row| Usage::of_allocation(server.name(), row)).collect())
            }
        })
        .await?;
        let failed = gathered.failed();
        let (found, frame) = gathered.framed(&scope, Vec::new());
        let mut rows: Vec<Usage> = found.into_iter().flatten().collect();
        if let Some(name) = name.filter(|_| rows.is_empty() && frame.errors.is_empty()) {
            return Err(no_workload(&scope, &name));
        }
        let summary = Summary {
            total_workloads: rows.len(),
            total_network_cost: sum(rows.iter().map(|row| row.network_cost)),
            total_traffic: sum(rows.iter().map(|row| row.network_traffic)),
            failed_workloads: rows.iter().filter(|row| row.error.is_some()).count(),
            disabled_workloads: rows.iter().filter(|row| row.network_cost_enabled.0 == Some(false)).count(),
        };
        let truncated = truncate(&mut rows, arguments.top.count());
        let over = format!("over {hours} h");
        let units = units(&frame, &[("cost", &over)], &[("traffic", "bytes")]);
        let text = text(&frame, &scope, &rows, &summary, hours);
        let output =
            Output { frame, workload_network_data: rows, summary, time_range_hours: hours, truncated, units };
        Ok(Report { output, text, failed })
    }
}

async fn from_scaleops<C: Call>(
    call: &C,
    server: &C::Server,
    source: Source,
    scope: &Scope,
    hours: f64,
) -> Result<Vec<Usage>, Fault> {
    let found = workload::find(call, server, source, scope).await?;
    if found.workloads.is_empty() {
        return Ok(Vec::new());
    }
    let enabled = match scaleops::network_enabled(server).await {
        Ok(enabled) => enabled,
        Err(fault) => {
            let unknown = |one: &Workload| Usage::unknown(one, Nullable(None), fault.message.clone());
            return Ok(found.workloads.iter().map(unknown).collect());
        }
    };
    // Whole minutes, so that equal questions are equal.
    let to = call.now().as_millisecond().div_euclid(60_000) * 60_000;
    #[expect(clippy::cast_possible_truncation, reason = "at most ninety days")]
    let from = to.saturating_sub((hours * 3_600_000.0) as i64);
    let numbered = found.workloads.iter().enumerate();
    Ok(fan::each(numbered, async |(place, one)| {
        if enabled.get(&one.cluster_name).copied() != Some(true) {
            return Usage { network_cost_enabled: Nullable(Some(false)), ..Usage::new(one) };
        }
        if place >= MOST {
            let why = format!("more than {MOST} workloads: narrow what is asked");
            return Usage::unknown(one, Nullable(Some(true)), why);
        }
        match scaleops::network(server, &one.group(), &one.workload_name, (from, to)).await {
            Ok(destinations) => Usage {
                network_cost_enabled: Nullable(Some(true)),
                network_cost: sum(destinations.iter().map(|one| one.total_cost.total)),
                network_traffic: sum(destinations.iter().map(|one| one.total_traffic.total)),
                destinations,
                ..Usage::new(one)
            },
            Err(fault) => Usage::unknown(one, Nullable(Some(true)), fault.message),
        }
    })
    .await)
}

impl Usage {
    fn new(one: &Workload) -> Self {
        Self {
            instance: one.instance.clone(),
            workload_name: one.workload_name.clone(),
            cluster_name: one.cluster_name.clone(),
            namespace: one.namespace.clone(),
            kind: one.kind.clone(),
            network_cost_enabled: Nullable(None),
            dashboard_url: one.dashboard_url.clone(),
            destinations: Vec::new(),
            network_cost: 0.0,
            network_traffic: 0.0,
            error: None,
        }
    }

    fn unknown(one: &Workload, network_cost_enabled: Nullable<bool>, why: String) -> Self {
        Self { network_cost_enabled, error: Some(why), ..Self::new(one) }
    }

    /// OpenCost tells sums only, and zeros where it measures nothing.
    fn of_allocation(instance: &str, one: &Allocation) -> Self {
        let traffic = one.sent + one.received;
        Self {
            instance: instance.to_owned(),
            workload_name: one.name.clone(),
            cluster_name: one.cluster.clone(),
            namespace: one.namespace.clone(),
            kind: one.kind.clone(),
            network_cost_enabled: Nullable((traffic > 0.0 || one.network_cost > 0.0).then_some(true)),
            dashboard_url: Nullable(None),
            destinations: Vec::new(),
            network_cost: rounded(one.network_cost),
            network_traffic: rounded(traffic),
            error: None,
        }
    }
}

fn text(frame: &Frame, scope: &Scope, rows: &[Usage], summary: &Summary, hours: f64) -> String {
    let mut text = frame.text("network use", scope);
    text.line(format!(
        "{} and {} over {hours} h; {} workloads, {} not known, {} where network cost is off",
        money(summary.total_network_cost),
        bytes(summary.total_traffic),
        summary.total_workloads,
        summary.failed_workloads,
        summary.disabled_workloads
    ));
    if summary.disabled_workloads > 0 {
        text.line("where it is off, the ScaleOps network monitor is not installed in the cluster");
    }
    let mut lines = Vec::new();
    for row in rows {
        let name = format!("{}/{}/{}", row.cluster_name, row.namespace, row.workload_name);
        if let Some(error) = &row.error {
            text.line(format!("{name}: not known: {error}"));
        }
        for to in &row.destinations {
            lines.push([
                name.clone(),
                format!("{}/{}", to.namespace, to.name),
                money(to.total_cost.total),
                money(to.cross_az_cost.total),
                bytes(to.total_traffic.egress),
                bytes(to.total_traffic.ingress),
            ]);
        }
    }
    text.table(&["WORKLOAD", "TALKS TO", "COST", "OF IT CROSS-ZONE", "OUT", "IN"], &lines);
    text.finish(crate::text::REST)
}
