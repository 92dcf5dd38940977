//! `get_cluster_cost`: what one cluster has cost, and how that went.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use super::get_cluster_details::summary;
use crate::api::Api;
use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::cost::{self, Breakdown, Range, Trend};
use crate::fan;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::cluster::{Metric, Summary};
use crate::model::cost::ClusterCost;
use crate::part::{self, Unread, Untold};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetClusterCost;

one_cluster! {
    /// Whose cost, and of when.
    Arguments {
        /// Range up to now: hours, days or weeks, such as `24h`, `7d` or `4w`, up to `366d`. `7d` unless told.
        #[serde(default)]
        time_range: Option<Name>,
    }
}

/// What it has cost.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Cost {
    /// Uid of the cluster.
    pub cluster_uid: String,
    /// Its name.
    pub cluster_name: String,
    /// The range, as it was asked for.
    pub time_range: String,
    /// Its start, RFC 3339.
    pub start: String,
    /// Its end, RFC 3339.
    pub end: String,
    /// In all.
    pub total_cost: f64,
    /// Always `null`: Palette names none. Lists of public clouds are in US dollars.
    pub currency: Untold,
    /// Its parts.
    pub breakdown: Breakdown,
    /// Mean of a day.
    pub daily_average: f64,
    /// The last third of the range beside the first.
    pub cost_trend: Trend,
    /// Change from the first to the last third, in per cent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trend_percent: Option<f64>,
    /// What follows from these numbers.
    pub recommendations: Vec<String>,
    /// The instance that it is in.
    pub instance: String,
    /// Parts that could not be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Unread>,
}

impl Tool for GetClusterCost {
    const NAME: &'static str = "get_cluster_cost";
    const TITLE: &'static str = "Get cluster cost";
    const DESCRIPTION: &'static str = "Gets what one Palette cluster has cost in a range up to now (`time_range`, `7d` \
        unless told): total, compute and storage, mean of a day, trend from the first third to the last, and advice \
        that follows from cost and use. Palette names no currency and counts no network cost: both are `null`. \
        Private clouds and edge cost 0 until the tenant has set rates.";
    type Arguments = Arguments;
    type Output = Cost;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Cost>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let range = Range::read(arguments.time_range.as_ref(), call.now())?;
        let output = fan::one(call, async |api| {
            let told = summary(api, &cluster, project.as_ref());
            let cost = of(api, &cluster, project.as_ref(), &range);
            let (told, cost) = futures::join!(told, cost);
            let mut errors = Vec::new();
            let told = match told {
                Ok(told) => Some(told),
                // Deleted, or never there: its cost would be told as if it were.
                Err(fault) if fault.is_absence() => return Err(fault),
                Err(fault) => {
                    errors.push(Unread::new("the use of the cluster", fault));
                    None
                }
            };
            Ok(output(api.name(), cluster.as_str(), &range, told.as_ref(), &cost?, errors))
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// What a cluster cost in a range. For other tools too.
///
/// # Errors
/// As [`Api::json`].
pub async fn of<C: Call>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
    range: &Range,
) -> Result<ClusterCost, Fault> {
    let request = Request::get(format!("/v1/dashboard/spectroclusters/{cluster}/cost"))
        .within(project)
        .with("startTime", range.start.as_str())
        .with("endTime", range.end.as_str())
        .with("period", range.period.to_string());
    api.json(Capability::CostRead, request).await
}

fn output(
    instance: &str,
    cluster: &str,
    range: &Range,
    told: Option<&Summary>,
    cost: &ClusterCost,
    errors: Vec<Unread>,
) -> Cost {
    let parts = cost.parts();
    let (cost_trend, trend_percent) = cost::trend(&cost.series().data);
    let name = told.map(|told| told.metadata.name.clone()).filter(|name| !name.is_empty());
    Cost {
        cluster_uid: cluster.to_owned(),
        cluster_name: name.unwrap_or_else(|| cost.cluster.name.clone()),
        time_range: range.text.clone(),
        start: range.start.clone(),
        end: range.end.clone(),
        total_cost: cost::rounded(parts.total),
        currency: Untold,
        breakdown: Breakdown::of(&parts),
        daily_average: range.daily(parts.total),
        cost_trend,
        trend_percent,
        recommendations: advice(parts.total, parts.storage, cost_trend, told),
        instance: instance.to_owned(),
        errors,
    }
}

/// What follows from the numbers, and nothing that does not.
fn advice(total: f64, storage: f64, trend: Trend, told: Option<&Summary>) -> Vec<String> {
    let mut advice = Vec::new();
    if total <= 0.0 {
        advice.push(
            "the cost is 0: clusters of private clouds and edge have none until the tenant sets rates"
                .to_owned(),
        );
    }
    if trend == Trend::Rising {
        advice.push(
            "the cost rises: compare the sizes of the machine pools, and look for changes with `get_cluster_events`"
                .to_owned(),
        );
    }
    if total > 0.0 && storage > total / 2.0 {
        advice.push("storage is more than half of the cost: look for disks that are too large".to_owned());
    }
    let Some(told) = told else { return advice };
    let idle =
        |metric: &Metric| metric.total > 0.0 && metric.usage > 0.0 && metric.usage < metric.total * 0.2;
    let metrics = &told.status.metrics;
    if total > 0.0 && idle(&metrics.cpu) && idle(&metrics.memory) {
        advice.push(
            "less than a fifth of the processors and of the memory is used: smaller or fewer machines would do"
                .to_owned(),
        );
    }
    advice
}

fn text(cost: &Cost) -> String {
    let mut text = Text::default();
    part::say(&mut text, &cost.errors);
    text.line(format!(
        "{} cost {} in {} (no currency is told): compute {}, storage {}; {} a day; {}",
        cost.cluster_name,
        cost.total_cost,
        cost.time_range,
        cost.breakdown.compute,
        cost.breakdown.storage,
        cost.daily_average,
        trend(cost.cost_trend, cost.trend_percent),
    ));
    for advice in &cost.recommendations {
        text.line(format!("- {advice}"));
    }
    text.finish("read the structured answer")
}

/// A trend in words.
pub(crate) fn trend(trend: Trend, percent: Option<f64>) -> String {
    let word = match trend {
        Trend::Rising => "rising",
        Trend::Falling => "falling",
        Trend::Steady => "steady",
        Trend::Unknown => "no trend to tell",
    };
    percent.map_or_else(|| word.to_owned(), |percent| format!("{word} ({percent} %)"))
}
