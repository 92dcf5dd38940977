//! `forecast_savings`: what could be saved over the months to come, and what each month of waiting costs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::scoped;
use super::{Units, truncate, units};
use crate::args::{Few, Months, Percent};
use crate::cost::sum;
use crate::fan::Frame;
use crate::scope::Scope;
use crate::server::Call;
use crate::text::{money, rounded};
use crate::tool::{Problem, Report, Tool};
use crate::workload::{self, All, Workload};

/// The tool.
#[derive(Debug)]
pub struct ForecastSavings;

scoped! {
    /// Which workloads, how far ahead.
    Arguments {
        /// Months to look ahead: 1 to 36.
        #[serde(default)]
        months: Months,
        /// How much of what could be saved is taken up, in percent: 0 to 100.
        #[serde(default)]
        adoption_percent: Percent,
        /// Most namespaces in the answer, largest first: 1 to 200. The summary is of all of them.
        #[serde(default)]
        top: Few,
    }
}

/// The answer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Output {
    /// Where it is from.
    #[serde(flatten)]
    pub frame: Frame,
    /// Month by month.
    pub forecast: Vec<Month>,
    /// The first `top` of them, by what they could save.
    pub namespaces: Vec<Place>,
    /// Of all of them.
    pub summary: Summary,
    /// What is taken for granted.
    pub assumptions: Vec<String>,
    /// Whether there are more than `namespaces` has.
    pub truncated: bool,
    /// What the numbers are.
    pub units: Units,
}

/// What is saved by the end of a month.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Month {
    /// Which, from 1.
    pub month: u32,
    /// Money saved since now by what is in force already.
    pub active_so_far: f64,
    /// Money saved since now besides, if it is taken up now.
    pub additional_so_far: f64,
}

/// What a namespace could save.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Place {
    /// The server that knows it.
    pub instance: String,
    /// The cluster.
    pub cluster_name: String,
    /// The namespace.
    pub namespace: String,
    /// How many workloads.
    pub workloads: usize,
    /// Money per month that could be saved.
    pub savings_available: f64,
    /// Money per month that is being saved.
    pub active_savings: f64,
}

/// Totals over all workloads.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// How many workloads there are.
    pub total_workloads: usize,
    /// Money per month that is being saved.
    pub active_per_month: f64,
    /// Money per month that could be saved.
    pub available_per_month: f64,
    /// Of that, what is in workloads that are not automated.
    pub available_manual_per_month: f64,
    /// Of that, how much is taken up.
    pub adopted_per_month: f64,
    /// Money saved besides, over all months.
    pub adopted_in_total: f64,
    /// Workloads that need more than they ask for: mending them costs, which nobody here knows.
    pub under_provisioned: usize,
    /// Workloads whose savings the server did not tell.
    pub unknown: usize,
}

impl Tool for ForecastSavings {
    const NAME: &'static str = "forecast_savings";
    const TITLE: &'static str = "Forecast savings";
    const DESCRIPTION: &'static str = "Forecasts what right-sizing saves over the next months (12 unless told, 36 at \
        most): what is in force already, what comes on top if `adoptionPercent` of the rest is taken up now, how much \
        of it waits for automation, and which namespaces it is in. A straight line from today's recommendations, with \
        its assumptions. Across all clusters, or within an entity, label selector, namespace, workload or cluster.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let scope = Scope::find_or_all(call, arguments.asked()).await?;
        let All { workloads, frame, failed } = workload::all(call, &scope).await?;
        let months = arguments.months.get();
        let summary = summary(&workloads, arguments.adoption_percent, months);
        let month = |month: u32| Month {
            month,
            active_so_far: rounded(summary.active_per_month * f64::from(month)),
            additional_so_far: rounded(summary.adopted_per_month * f64::from(month)),
        };
        let forecast = (1..=months).map(month).collect();
        let mut namespaces = places(&workloads);
        let truncated = truncate(&mut namespaces, arguments.top.count());
        let units = units(&frame, &[("savings", "per month"), ("forecast", "since now")], &[]);
        let assumptions = vec![
            "workloads, their use and prices stay as they are today".to_owned(),
            format!(
                "{} % of what could be saved is taken up, all of it now",
                arguments.adoption_percent.get()
            ),
            "what is saved is no longer paid for: nodes are removed as requests shrink".to_owned(),
            "what under-provisioned workloads need more is not taken off".to_owned(),
        ];
        let output = Output { frame, forecast, namespaces, summary, assumptions, truncated, units };
        let text = text(&output, &scope, months);
        Ok(Report { output, text, failed })
    }
}

fn summary(workloads: &[Workload], adoption: Percent, months: u32) -> Summary {
    let available_per_month = sum(workloads.iter().map(|one| one.savings_available));
    let manual = workloads.iter().filter(|one| !one.auto).map(|one| one.savings_available);
    let adopted_per_month = rounded(available_per_month * f64::from(adoption.get()) / 100.0);
    Summary {
        total_workloads: workloads.len(),
        active_per_month: sum(workloads.iter().map(|one| one.active_savings)),
        available_per_month,
        available_manual_per_month: sum(manual),
        adopted_per_month,
        adopted_in_total: rounded(adopted_per_month * f64::from(months)),
        under_provisioned: workloads.iter().filter(|one| one.is_under_provisioned).count(),
        unknown: workloads.iter().filter(|one| !one.tells("savingsAvailable")).count(),
    }
}

fn places(workloads: &[Workload]) -> Vec<Place> {
    let mut places: BTreeMap<(&str, &str, &str), Place> = BTreeMap::new();
    for one in workloads {
        let key = (one.instance.as_str(), one.cluster_name.as_str(), one.namespace.as_str());
        let place = places.entry(key).or_insert_with(|| Place {
            instance: one.instance.clone(),
            cluster_name: one.cluster_name.clone(),
            namespace: one.namespace.clone(),
            ..Place::default()
        });
        place.workloads += 1;
        place.savings_available = rounded(place.savings_available + one.savings_available);
        place.active_savings = rounded(place.active_savings + one.active_savings);
    }
    let mut places: Vec<Place> = places.into_values().collect();
    places.sort_by(|a, b| b.savings_available.total_cmp(&a.savings_available));
    places
}

fn text(output: &Output, scope: &Scope, months: u32) -> String {
    let mut text = output.frame.text("forecast savings", scope);
    let summary = &output.summary;
    text.line(format!(
        "now saving {} per month; {} more per month could be saved, {} of it in workloads that are not automated",
        money(summary.active_per_month),
        money(summary.available_per_month),
        money(summary.available_manual_per_month)
    ));
    text.line(format!(
        "taken up now: {} more per month, {} over {months} months",
        money(summary.adopted_per_month),
        money(summary.adopted_in_total)
    ));
    for assumption in &output.assumptions {
        text.line(format!("assumed: {assumption}"));
    }
    let row = |one: &Place| {
        [
            one.cluster_name.clone(),
            one.namespace.clone(),
            one.workloads.to_string(),
            money(one.savings_available),
            money(one.active_savings),
        ]
    };
    let rows: Vec<_> = output.namespaces.iter().map(row).collect();
    text.table(&["CLUSTER", "NAMESPACE", "WORKLOADS", "COULD SAVE/MONTH", "SAVES/MONTH"], &rows);
    text.finish(crate::text::REST)
}
