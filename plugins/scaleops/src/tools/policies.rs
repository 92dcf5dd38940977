//! `get_scaleops_policy_definitions_for_entity`: by which rules the workloads of an entity are sized.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::arguments::{one_name, scoped};
use super::{no_workload, truncate};
use crate::args::{Name, Nullable, Top};
use crate::fan::{self, Frame};
use crate::fault::Fault;
use crate::scaleops::{self, NOT_TOLD};
use crate::scope::Scope;
use crate::server::{Call, Source};
use crate::tool::{Problem, Report, Tool};
use crate::workload::{self, Workload};

/// The tool.
#[derive(Debug)]
pub struct GetPolicyDefinitions;

scoped! {
    /// Which workloads.
    Arguments {
        /// The same as `workload`.
        #[serde(default)]
        workload_name: Option<Name>,
        /// Most workloads in the answer: 1 to 1000. The summary is of all of them.
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
    /// The first `top` of them.
    pub workload_policies: Vec<WorkloadPolicy>,
    /// Of all of them.
    pub summary: Summary,
    /// Whether there are more than `workloadPolicies` has.
    pub truncated: bool,
}

/// The policy of one workload.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct WorkloadPolicy {
    /// The server that knows it.
    pub instance: String,
    /// The workload.
    pub workload_name: String,
    /// Its cluster.
    pub cluster_name: String,
    /// Its namespace.
    pub namespace: String,
    /// The policy's name; `N/A` for none.
    pub policy_name: String,
    /// The policy as Kubernetes has it; `null` where there is none of that name, or it could not be read.
    #[schemars(schema_with = "object_or_null")]
    pub policy_definition: Nullable<Value>,
    /// What it says, in a line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy_summary: Option<String>,
    /// Why it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

fn object_or_null(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({
        "oneOf": [{ "type": "object" }, { "type": "null" }],
        "description": "The policy as Kubernetes has it; `null` where there is none of that name, or it could not be read."
    })
}

/// Totals over all workloads, shown or not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// How many there are.
    pub total_workloads: usize,
    /// Of how many the policy was found.
    pub workloads_with_policies: usize,
    /// The policies' names, each once, in the order of the workloads.
    pub unique_policies: Vec<String>,
    /// Of how many it could not be read.
    pub failed_workloads: usize,
}

impl Tool for GetPolicyDefinitions {
    const NAME: &'static str = "get_scaleops_policy_definitions_for_entity";
    const TITLE: &'static str = "Get the policy definitions of an entity";
    const DESCRIPTION: &'static str = "Gets the ScaleOps policy of each workload of a catalog entity (or of a label \
        selector, namespace, workload or cluster): its name, its whole definition and, in a line, the windows, \
        percentiles and headroom by which recommendations are made. `policyDefinition` is `null` where there is \
        none of that name, and with an `error` where it could not be read. OpenCost has no policies, which \
        `sources` says. Fails when the named workload is not among them, or the entity has no label selector.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let name = one_name(arguments.asked(), arguments.workload_name.as_ref())?;
        let mut scope = Scope::find(call, arguments.asked()).await?;
        scope.workload = name.clone();
        let gathered = fan::out(call, &["policies", "automation"], async |server, source| match source {
            Source::Scaleops => from_scaleops(call, server, source, &scope).await,
            Source::Opencost => Ok(Vec::new()),
        })
        .await?;
        let failed = gathered.failed();
        let asked_one = gathered.sources.iter().any(|source| source.source == Source::Scaleops);
        let (found, frame) = gathered.framed(&scope, Vec::new());
        let mut rows: Vec<WorkloadPolicy> = found.into_iter().flatten().collect();
        if let Some(name) = name.filter(|_| asked_one && rows.is_empty() && frame.errors.is_empty()) {
            return Err(no_workload(&scope, &name));
        }
        let summary = summary(&rows);
        let truncated = truncate(&mut rows, arguments.top.count());
        let mut text = frame.text("policies", &scope);
        text.line(format!(
            "{} workloads, {} with a policy that was found, {} not known; policies: {}",
            summary.total_workloads,
            summary.workloads_with_policies,
            summary.failed_workloads,
            if summary.unique_policies.is_empty() {
                "none".to_owned()
            } else {
                summary.unique_policies.join(", ")
            }
        ));
        let row = |one: &WorkloadPolicy| {
            let say = one.error.as_ref().or(one.policy_summary.as_ref()).cloned().unwrap_or_default();
            [
                one.cluster_name.clone(),
                one.namespace.clone(),
                one.workload_name.clone(),
                one.policy_name.clone(),
                say,
            ]
        };
        let shown: Vec<_> = rows.iter().map(row).collect();
        text.table(&["CLUSTER", "NAMESPACE", "WORKLOAD", "POLICY", "SAYS"], &shown);
        let output = Output { frame, workload_policies: rows, summary, truncated };
        Ok(Report { output, text: text.finish(crate::text::REST), failed })
    }
}

async fn from_scaleops<C: Call>(
    call: &C,
    server: &C::Server,
    source: Source,
    scope: &Scope,
) -> Result<Vec<WorkloadPolicy>, Fault> {
    let found = workload::find(call, server, source, scope).await?;
    let has_policy = |one: &&Workload| one.policy_name != NOT_TOLD;
    let clusters: BTreeSet<&str> =
        found.workloads.iter().filter(has_policy).map(|one| one.cluster_name.as_str()).collect();
    let answers =
        fan::each(clusters.iter().copied(), async |cluster| scaleops::policies(server, cluster).await).await;
    let policies: BTreeMap<&str, Result<BTreeMap<String, Value>, Fault>> =
        clusters.into_iter().zip(answers).collect();
    let row = |one: &Workload| {
        let of_cluster = policies.get(one.cluster_name.as_str()).filter(|_| has_policy(&one));
        let (definition, error) = match of_cluster {
            Some(Ok(policies)) => (policies.get(&one.policy_name).cloned(), None),
            Some(Err(fault)) => (None, Some(fault.message.clone())),
            None => (None, None),
        };
        WorkloadPolicy {
            instance: one.instance.clone(),
            workload_name: one.workload_name.clone(),
            cluster_name: one.cluster_name.clone(),
            namespace: one.namespace.clone(),
            policy_name: one.policy_name.clone(),
            policy_summary: definition.as_ref().and_then(said),
            policy_definition: Nullable(definition.filter(Value::is_object)),
            error,
        }
    };
    Ok(found.workloads.iter().map(row).collect())
}

fn summary(rows: &[WorkloadPolicy]) -> Summary {
    let mut unique_policies: Vec<String> = Vec::new();
    for row in rows {
        if row.policy_name != NOT_TOLD && !unique_policies.contains(&row.policy_name) {
            unique_policies.push(row.policy_name.clone());
        }
    }
    Summary {
        total_workloads: rows.len(),
        workloads_with_policies: rows.iter().filter(|row| row.policy_definition.0.is_some()).count(),
        unique_policies,
        failed_workloads: rows.iter().filter(|row| row.error.is_some()).count(),
    }
}

/// What a policy says of requests, in a line: `cpu: 24h, percentile 90, headroom 10 %; memory: …`.
fn said(policy: &Value) -> Option<String> {
    let rules = policy.pointer("/spec/policyOptimize/rightSizePolicy")?;
    let windows = rules.get("windowByResource").and_then(Value::as_object);
    let configs = rules.get("requestsConfigs").and_then(Value::as_object);
    let resources: BTreeSet<&String> =
        windows.into_iter().flatten().chain(configs.into_iter().flatten()).map(|(name, _)| name).collect();
    let plain = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    };
    let one = |name: &String| {
        let config = configs.and_then(|configs| configs.get(name));
        let number = |key| config.and_then(|config| config.get(key)).and_then(plain);
        let parts = [
            windows.and_then(|windows| windows.get(name)).and_then(plain),
            number("percentilePercentage").map(|value| format!("percentile {value}")),
            number("headroomPercentage").map(|value| format!("headroom {value} %")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("{name}: {}", parts.join(", ")))
    };
    let lines: Vec<String> = resources.into_iter().filter_map(one).collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}
