//! `get_scaleops_recommendations_for_entity`: what to do about the workloads of an entity.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::scoped;
use super::{Units, truncate, units};
use crate::args::Top;
use crate::cost::sum;
use crate::fan::Frame;
use crate::recommend::{self, Issue, Priority, Recommendation};
use crate::scope::Scope;
use crate::server::Call;
use crate::text::{Text, bytes, from_to, millicores, money};
use crate::tool::{Problem, Report, Tool};
use crate::workload::{self, All, Workload};

/// The tool.
#[derive(Debug)]
pub struct GetRecommendations;

scoped! {
    /// Which workloads, worth how much.
    Arguments {
        /// Money per month that a recommendation saves at least. Under-provisioned workloads, which save nothing,
        /// are told all the same.
        #[serde(default)]
        #[schemars(range(min = 0.0))]
        min_savings_threshold: f64,
        /// Whether that holds for under-provisioned workloads too.
        #[serde(default)]
        apply_threshold_to_risk: bool,
        /// Most recommendations in the answer, most urgent first: 1 to 1000. The summary is of all of them.
        #[serde(default)]
        top: Top,
    }
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Output {
    /// Where it is from.
    #[serde(flatten)]
    pub frame: Frame,
    /// The first `top` of them, most urgent first.
    pub recommendations: Vec<Recommendation>,
    /// Of all of them.
    pub summary: Summary,
    /// Whether there are more than `recommendations` has.
    pub truncated: bool,
    /// What the numbers are.
    pub units: Units,
}

/// Totals over all recommendations, shown or not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// How many there are.
    pub total_recommendations: usize,
    /// How many are of high priority.
    pub high_priority: usize,
    /// Money per month.
    pub total_potential_savings: f64,
    /// How many workloads ask for less than they need.
    pub under_provisioned: usize,
}

impl Summary {
    /// Of all recommendations.
    pub(super) fn of(all: &[Recommendation]) -> Self {
        Self {
            total_recommendations: all.len(),
            high_priority: all.iter().filter(|one| one.priority == Priority::High).count(),
            total_potential_savings: sum(all.iter().map(|one| one.savings_available)),
            under_provisioned: all.iter().filter(|one| one.issue == Issue::UnderProvisioned).count(),
        }
    }
}

impl Tool for GetRecommendations {
    const NAME: &'static str = "get_scaleops_recommendations_for_entity";
    const TITLE: &'static str = "Get recommendations for an entity";
    const DESCRIPTION: &'static str = "Gets what to do about the workloads of a catalog entity (or of a label \
        selector, namespace, workload or cluster): the issue, requests now and recommended (millicores, bytes), \
        savings per month, priority, risk and reasons, most urgent first. `minSavingsThreshold` leaves out what \
        saves less per month, but never an under-provisioned workload unless `applyThresholdToRisk`. An empty list \
        means that nothing is the matter. Fails when the entity is not in the catalog or has no label selector.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let scope = Scope::find(call, arguments.asked()).await?;
        let All { workloads, frame, failed } = workload::all(call, &scope).await?;
        let worth = |one: &Workload| {
            let risk = one.is_under_provisioned && !arguments.apply_threshold_to_risk;
            risk || one.savings_available >= arguments.min_savings_threshold
        };
        let worthy = workloads.iter().filter(|one| worth(one));
        let mut recommendations: Vec<Recommendation> = worthy.filter_map(Recommendation::of).collect();
        recommend::urgent_first(&mut recommendations);
        let summary = Summary::of(&recommendations);
        let truncated = truncate(&mut recommendations, arguments.top.count());
        let units = units(&frame, &[("savings", "per month")], &[("cpu", "millicores"), ("memory", "bytes")]);
        let mut text = frame.text("recommendations", &scope);
        text.line(format!(
            "{} recommendations, {} of high priority, {} under-provisioned; worth {} per month",
            summary.total_recommendations,
            summary.high_priority,
            summary.under_provisioned,
            money(summary.total_potential_savings)
        ));
        table(&mut text, &recommendations);
        let output = Output { frame, recommendations, summary, truncated, units };
        Ok(Report { output, text: text.finish(crate::text::REST), failed })
    }
}

/// Adds a table of recommendations.
pub(super) fn table(text: &mut Text, recommendations: &[Recommendation]) {
    let row = |one: &Recommendation| {
        let told = |field, text: String| (!one.missing.contains(&field)).then_some(text);
        [
            one.priority.as_str().to_owned(),
            one.issue.as_str().to_owned(),
            one.cluster_name.clone(),
            one.namespace.clone(),
            format!("{}/{}", one.kind, one.workload_name),
            from_to(
                told("cpuRequests", millicores(one.current_cpu)),
                told("cpuRecommended", millicores(one.recommended_cpu)),
            ),
            from_to(
                told("memRequests", bytes(one.current_memory)),
                told("memRecommended", bytes(one.recommended_memory)),
            ),
            told("savingsAvailable", money(one.savings_available)).unwrap_or_else(|| "?".to_owned()),
            one.risk.as_str().to_owned(),
        ]
    };
    let rows: Vec<_> = recommendations.iter().map(row).collect();
    text.table(
        &["PRIORITY", "ISSUE", "CLUSTER", "NAMESPACE", "WORKLOAD", "CPU", "MEMORY", "SAVES/MONTH", "RISK"],
        &rows,
    );
}
