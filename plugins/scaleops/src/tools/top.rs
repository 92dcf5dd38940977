//! `get_top_recommendations`: what to do first, in all clusters.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::scoped;
use super::recommendations::{Summary, table};
use super::{Units, truncate, units};
use crate::args::Few;
use crate::fan::Frame;
use crate::recommend::{self, Issue, Recommendation, Risk};
use crate::scope::Scope;
use crate::server::Call;
use crate::text::money;
use crate::tool::{Problem, Report, Tool};
use crate::workload::{self, All};

/// The tool.
#[derive(Debug)]
pub struct GetTopRecommendations;

scoped! {
    /// Which workloads, and what of it.
    Arguments {
        /// Money per month that a recommendation saves at least; under-provisioned workloads are told all the same.
        #[serde(default)]
        #[schemars(range(min = 0.0))]
        min_savings_threshold: f64,
        /// Leaves out recommendations of a higher risk than this.
        #[serde(default = "any")]
        max_risk: Risk,
        /// Most recommendations in the answer: 1 to 200. The summary is of all of them.
        #[serde(default)]
        top: Few,
    }
}

fn any() -> Risk {
    Risk::High
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

impl Tool for GetTopRecommendations {
    const NAME: &'static str = "get_top_recommendations";
    const TITLE: &'static str = "Get the top recommendations";
    const DESCRIPTION: &'static str = "Gets what to right-size first across all clusters, or within an entity, \
        label selector, namespace, workload or cluster: issue, requests now and recommended (millicores, bytes), \
        savings per month, a risk (low, medium, high) and the reasons for both. Under-provisioned workloads come \
        first, then what saves most. `maxRisk` leaves out what is riskier. With no scope it reads every workload \
        of the instance, which takes longer.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let scope = Scope::find_or_all(call, arguments.asked()).await?;
        let All { workloads, frame, failed } = workload::all(call, &scope).await?;
        let mut recommendations: Vec<Recommendation> = workloads
            .iter()
            .filter_map(Recommendation::of)
            .filter(|one| {
                let risk = one.issue == Issue::UnderProvisioned;
                one.risk <= arguments.max_risk
                    && (risk || one.savings_available >= arguments.min_savings_threshold)
            })
            .collect();
        recommend::urgent_first(&mut recommendations);
        // What is at risk comes before what is merely dear; the rest stays in its order.
        recommendations.sort_by_key(|one| one.issue != Issue::UnderProvisioned);
        let summary = Summary::of(&recommendations);
        let truncated = truncate(&mut recommendations, arguments.top.count());
        let units = units(&frame, &[("savings", "per month")], &[("cpu", "millicores"), ("memory", "bytes")]);
        let mut text = frame.text("top recommendations", &scope);
        text.line(format!(
            "{} recommendations worth {} per month, {} under-provisioned; the first {}:",
            summary.total_recommendations,
            money(summary.total_potential_savings),
            summary.under_provisioned,
            recommendations.len()
        ));
        table(&mut text, &recommendations);
        for one in &recommendations {
            let place = format!("{}/{}/{}", one.cluster_name, one.namespace, one.workload_name);
            text.line(format!("{place}: {}", one.reasons.join("; ")));
        }
        let output = Output { frame, recommendations, summary, truncated, units };
        Ok(Report { output, text: text.finish(crate::text::REST), failed })
    }
}
