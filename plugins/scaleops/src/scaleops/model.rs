//! What a ScaleOps server answers: the fields that are known, every one of which may be missing.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::lenient::{flag, number, text};

/// A workload and what is recommended for it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Workload {
    /// Opaque; joins it with its cost, whatever the case of its letters.
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    /// May hold `@` and blanks.
    #[serde(deserialize_with = "text")]
    pub cluster_name: Option<String>,
    /// Its namespace.
    #[serde(deserialize_with = "text")]
    pub namespace: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "text")]
    pub workload_name: Option<String>,
    /// `Deployment`, `StatefulSet` and the like.
    #[serde(rename = "type", deserialize_with = "text")]
    pub kind: Option<String>,
    /// The policy that its recommendation is made by.
    #[serde(deserialize_with = "text")]
    pub policy_name: Option<String>,
    /// Whether ScaleOps acts on it.
    #[serde(deserialize_with = "flag")]
    pub auto: Option<bool>,
    /// Whether its settings are not the policy's.
    #[serde(deserialize_with = "flag")]
    pub overridden: Option<bool>,
    /// Whether it may be packed closely.
    #[serde(deserialize_with = "flag")]
    pub should_bin_pack: Option<bool>,
    /// When recommendations reach running pods.
    pub rolling_strategy_details: Option<Rollout>,
    /// Millicores.
    #[serde(deserialize_with = "number")]
    pub cpu_requests: Option<f64>,
    /// Millicores.
    #[serde(deserialize_with = "number")]
    pub cpu_recommended: Option<f64>,
    /// Millicores; which sign is which is not known.
    #[serde(deserialize_with = "number")]
    pub cpu_diff: Option<f64>,
    /// Bytes.
    #[serde(deserialize_with = "number")]
    pub mem_requests: Option<f64>,
    /// Bytes.
    #[serde(deserialize_with = "number")]
    pub mem_recommended: Option<f64>,
    /// Bytes; which sign is which is not known.
    #[serde(deserialize_with = "number")]
    pub memory_diff: Option<f64>,
    /// Its priority class; seen as a number too.
    #[serde(deserialize_with = "text")]
    pub priority_class_name: Option<String>,
    /// How many pods.
    #[serde(deserialize_with = "number")]
    pub replicas: Option<f64>,
    /// Whether it has a GPU.
    #[serde(rename = "hasGPU", deserialize_with = "flag")]
    pub has_gpu: Option<bool>,
    /// Whether a horizontal autoscaler scales it.
    #[serde(deserialize_with = "flag")]
    pub has_hpa: Option<bool>,
    /// Whether it asks for less than it needs.
    #[serde(deserialize_with = "flag")]
    pub is_under_provisioned: Option<bool>,
    /// Whether it asks for more than it needs.
    #[serde(deserialize_with = "flag")]
    pub is_over_provisioned: Option<bool>,
    /// Money per month that could be saved.
    #[serde(deserialize_with = "number")]
    pub savings_available: Option<f64>,
    /// Money per month that is being saved.
    #[serde(deserialize_with = "number")]
    pub active_savings: Option<f64>,
    /// Money per month, all in all.
    #[serde(deserialize_with = "number")]
    pub overall_available_savings: Option<f64>,
    /// How often it ran out of memory within a day.
    #[serde(deserialize_with = "number")]
    pub oom_count_last24h: Option<f64>,
    /// When it last did; empty for never.
    #[serde(deserialize_with = "text")]
    pub oom_last_timestamp: Option<String>,
    /// What is wrong with it.
    #[serde(deserialize_with = "text")]
    pub workload_errors: Option<String>,
    /// What is wrong with its autoscaler.
    #[serde(deserialize_with = "text")]
    pub hpa_status_warnings: Option<String>,
}

/// When recommendations reach running pods.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Rollout {
    /// `OnCreate` or `Ongoing`.
    #[serde(deserialize_with = "text")]
    pub rollout_policy_value: Option<String>,
}

/// What a workload cost over a range.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Cost {
    /// That of the workload, maybe in another case.
    #[serde(deserialize_with = "text")]
    pub id: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "text")]
    pub workload_name: Option<String>,
    /// Money over the range.
    #[serde(deserialize_with = "number")]
    pub total_cost: Option<f64>,
    /// Money an hour; seen as 0 where there was cost.
    #[serde(deserialize_with = "number")]
    pub hourly_cost: Option<f64>,
    /// Pod-hours on spot nodes.
    #[serde(deserialize_with = "number")]
    pub spot_hours: Option<f64>,
    /// Of a hundred.
    #[serde(deserialize_with = "number")]
    pub spot_percent: Option<f64>,
    /// Pod-hours on other nodes.
    #[serde(deserialize_with = "number")]
    pub on_demand_hours: Option<f64>,
    /// Of a hundred.
    #[serde(deserialize_with = "number")]
    pub on_demand_percent: Option<f64>,
    /// Money over the range.
    #[serde(deserialize_with = "number")]
    pub savings_available: Option<f64>,
}

/// What a workload sent to another and got from it. The names are the server's.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(default, rename_all = "camelCase")]
#[schemars(inline)]
pub struct Destination {
    /// Its name.
    #[serde(rename = "Name", deserialize_with = "or_not_told")]
    pub name: String,
    /// Its namespace.
    #[serde(rename = "Namespace", deserialize_with = "or_not_told")]
    pub namespace: String,
    /// What it is, in lower case.
    #[serde(rename = "WorkloadType", deserialize_with = "or_not_told")]
    pub workload_type: String,
    /// How many pods.
    #[serde(deserialize_with = "or_zero")]
    pub replicas: f64,
    /// Money over the window.
    pub total_cost: Amount,
    /// Money over the window, within a zone.
    #[serde(rename = "intraAZCost")]
    pub intra_az_cost: Amount,
    /// Money over the window, between zones.
    #[serde(rename = "crossAZCost")]
    pub cross_az_cost: Amount,
    /// Bytes over the window.
    pub total_traffic: Amount,
    /// Bytes over the window, within a zone.
    #[serde(rename = "intraAZTraffic")]
    pub intra_az_traffic: Amount,
    /// Bytes over the window, between zones.
    #[serde(rename = "crossAZTraffic")]
    pub cross_az_traffic: Amount,
}

/// An amount, and what of it went out and came in. What was missing is 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(default)]
#[schemars(inline)]
pub struct Amount {
    /// Both ways.
    #[serde(deserialize_with = "or_zero")]
    pub total: f64,
    /// Out.
    #[serde(deserialize_with = "or_zero")]
    pub egress: f64,
    /// In.
    #[serde(deserialize_with = "or_zero")]
    pub ingress: f64,
}

fn or_zero<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    number(deserializer).map(Option::unwrap_or_default)
}

fn or_not_told<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    text(deserializer).map(|text| text.unwrap_or_else(|| super::NOT_TOLD.to_owned()))
}
