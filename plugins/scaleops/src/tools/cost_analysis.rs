//! `get_scaleops_cost_analysis_for_entity`: what the workloads of an entity cost over a range.

use jiff::{Timestamp, ToSpan as _};
use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::scoped;
use super::{Units, truncate, units};
use crate::args::{Range, Top};
use crate::cost::{self, Cost, UNSUPPORTED, WithoutCost, sum};
use crate::fan::{self, Frame};
use crate::scope::Scope;
use crate::server::Call;
use crate::text::{money, rounded};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetCostAnalysis;

scoped! {
    /// Which workloads, over which days.
    Arguments {
        /// The days that the costs are of, up to now.
        #[serde(default)]
        range: Range,
        /// Most workloads in the answer, dearest first: 1 to 1000. The summary is of all of them.
        #[serde(default)]
        top: Top,
    }
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Where it is from.
    #[serde(flatten)]
    pub frame: Frame,
    /// The first `top` of them, dearest first.
    pub cost_analysis: Vec<Cost>,
    /// Workloads for which no cost came back: they are in no total.
    pub missing: Vec<WithoutCost>,
    /// Of all of them.
    pub summary: Summary,
    /// The range, and the days that it comes to.
    pub window: Window,
    /// Whether there are more than `costAnalysis` has.
    pub truncated: bool,
    /// What the numbers are.
    pub units: Units,
}

/// Totals over all workloads, shown or not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// Money over the range.
    pub total_cost: f64,
    /// Money an hour, of one workload on average.
    pub average_hourly_cost: f64,
    /// Money over the range that could have been saved.
    pub total_savings_available: f64,
    /// How many workloads there are, with a cost or without.
    pub total_workloads: usize,
    /// Money a day, of all of them.
    pub cost_per_day: f64,
}

/// A range of days.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Window {
    /// As it was asked for.
    pub range: Range,
    /// Its begin: RFC 3339, UTC.
    pub from: String,
    /// Its end, which is now.
    pub to: String,
}

impl Window {
    /// A range that ends now.
    pub(super) fn new(range: Range, now: Timestamp) -> Self {
        let from = now.checked_sub((i64::from(range.days()) * 24).hours()).unwrap_or(Timestamp::MIN);
        let shown = |at: Timestamp| at.round(jiff::Unit::Second).unwrap_or(at).to_string();
        Self { range, from: shown(from), to: shown(now) }
    }
}

impl Tool for GetCostAnalysis {
    const NAME: &'static str = "get_scaleops_cost_analysis_for_entity";
    const TITLE: &'static str = "Get the cost analysis of an entity";
    const DESCRIPTION: &'static str = "Gets what each workload of a catalog entity (or of a label selector, \
        namespace, workload or cluster) cost over 7, 30 or 90 days, in all of its clusters, namespaces and kinds: \
        total, per hour, spot and on-demand shares and pod-hours, and what could have been saved over that range \
        (not per month). Workloads without a cost are listed in `missing` with the reason; they are not zero. \
        Fails when the entity is not in the catalog or has no label selector.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let scope = Scope::find(call, arguments.asked()).await?;
        let range = arguments.range;
        let gathered = fan::out(call, &UNSUPPORTED, async |server, source| {
            cost::find(call, server, source, &scope, range).await
        })
        .await?;
        let failed = gathered.failed();
        let notes = gathered.results.iter().flat_map(|costs| costs.notes.clone()).collect();
        let (found, frame) = gathered.framed(&scope, notes);
        let total_workloads = found.iter().map(|costs| costs.workloads).sum();
        let mut missing = Vec::new();
        let mut rows = Vec::new();
        for costs in found {
            rows.extend(costs.rows);
            missing.extend(costs.without);
        }
        cost::dearest_first(&mut rows);
        let summary = summary(&rows, total_workloads, range);
        let truncated = truncate(&mut rows, arguments.top.count());
        let over = format!("over {}", range.as_str());
        let units = units(
            &frame,
            &[("totalCost", &over), ("hourlyCost", "per hour"), ("savings", &over)],
            &[("spotPercent", "of 100"), ("spotHours", "pod-hours")],
        );
        let window = Window::new(range, call.now());
        let text = text(&frame, &scope, &rows, &missing, &summary, range);
        let output = Output { frame, cost_analysis: rows, missing, summary, window, truncated, units };
        Ok(Report { output, text, failed })
    }
}

fn summary(rows: &[Cost], total_workloads: usize, range: Range) -> Summary {
    let total_cost = sum(rows.iter().map(|row| row.total_cost));
    let hourly = sum(rows.iter().map(|row| row.hourly_cost));
    #[expect(clippy::cast_precision_loss, reason = "a number of workloads")]
    let average_hourly_cost = if rows.is_empty() { 0.0 } else { rounded(hourly / rows.len() as f64) };
    Summary {
        total_cost,
        average_hourly_cost,
        total_savings_available: sum(rows.iter().map(|row| row.savings_available)),
        total_workloads,
        cost_per_day: rounded(total_cost / f64::from(range.days())),
    }
}

fn text(
    frame: &Frame,
    scope: &Scope,
    rows: &[Cost],
    missing: &[WithoutCost],
    summary: &Summary,
    range: Range,
) -> String {
    let mut text = frame.text("costs", scope);
    text.line(format!(
        "{} over {}, {} a day; could have saved {} of it; {} workloads, {} without a known cost",
        money(summary.total_cost),
        range.as_str(),
        money(summary.cost_per_day),
        money(summary.total_savings_available),
        summary.total_workloads,
        missing.len()
    ));
    let row = |one: &Cost| {
        [
            one.cluster_name.clone(),
            one.namespace.clone(),
            format!("{}/{}", one.kind, one.workload_name),
            money(one.total_cost),
            format!("{:.4}{}", one.hourly_cost, if one.hourly_cost_derived { "*" } else { "" }),
            if one.missing.contains(&"spotPercent") {
                String::new()
            } else {
                format!("{:.0}%", one.spot_percent)
            },
            money(one.savings_available),
        ]
    };
    let shown: Vec<_> = rows.iter().map(row).collect();
    text.table(&["CLUSTER", "NAMESPACE", "WORKLOAD", "TOTAL", "HOURLY", "SPOT", "COULD SAVE"], &shown);
    if rows.iter().any(|row| row.hourly_cost_derived) {
        text.line("* made from the total: the server told none");
    }
    for one in missing {
        text.line(format!(
            "no cost: {}/{}/{}/{}: {}",
            one.cluster_name, one.namespace, one.kind, one.workload_name, one.reason
        ));
    }
    text.finish(crate::text::REST)
}
