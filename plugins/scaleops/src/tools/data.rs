//! `get_scaleops_data_for_entity`: the workloads of an entity, what they ask for and what they need.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::scoped;
use super::{Units, truncate, units};
use crate::args::Top;
use crate::cost::sum;
use crate::fan::Frame;
use crate::scope::Scope;
use crate::server::Call;
use crate::text::{bytes, from_to, millicores, money};
use crate::tool::{Problem, Report, Tool};
use crate::workload::{self, All, Workload};

/// The tool.
#[derive(Debug)]
pub struct GetData;

scoped! {
    /// Which workloads.
    Arguments {
        /// Most workloads in the answer: 1 to 1000. The summary is of all of them.
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
    /// The first `top` of them.
    pub workloads: Vec<Workload>,
    /// Of all of them.
    pub summary: Summary,
    /// Whether there are more than `workloads` has.
    pub truncated: bool,
    /// What the numbers are.
    pub units: Units,
}

/// Totals over all workloads, shown or not.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// How many there are.
    pub total_workloads: usize,
    /// Money per month that could be saved.
    pub total_savings_available: f64,
    /// Money per month that is being saved.
    pub total_active_savings: f64,
    /// How many are under automation.
    pub automated_workloads: usize,
    /// How many ask for more than they need.
    pub over_provisioned_count: usize,
    /// How many ask for less than they need.
    pub under_provisioned_count: usize,
    /// How many ran out of memory within 24 hours.
    pub out_of_memory_count: usize,
    /// How many have errors, or autoscalers with warnings.
    pub error_count: usize,
    /// How many have fields that the server did not tell.
    pub incomplete_count: usize,
}

impl Summary {
    fn of(workloads: &[Workload]) -> Self {
        let count = |test: fn(&Workload) -> bool| workloads.iter().filter(|one| test(one)).count();
        Self {
            total_workloads: workloads.len(),
            total_savings_available: sum(workloads.iter().map(|one| one.savings_available)),
            total_active_savings: sum(workloads.iter().map(|one| one.active_savings)),
            automated_workloads: count(|one| one.auto),
            over_provisioned_count: count(|one| one.is_over_provisioned),
            under_provisioned_count: count(|one| one.is_under_provisioned),
            out_of_memory_count: count(Workload::out_of_memory),
            error_count: count(|one| {
                one.more.workload_errors.is_some() || one.more.hpa_status_warnings.is_some()
            }),
            incomplete_count: count(|one| !one.missing.is_empty()),
        }
    }
}

impl Tool for GetData {
    const NAME: &'static str = "get_scaleops_data_for_entity";
    const TITLE: &'static str = "Get ScaleOps data for an entity";
    const DESCRIPTION: &'static str = "Gets the workloads of a catalog entity (or of a label selector, namespace, \
        workload or cluster) with requests and recommendations (CPU in millicores, memory in bytes), automation, \
        policy, replicas, out-of-memory counts, errors, and savings per month. Fields that a server did not tell \
        are named in `missing`. An empty list means that no workload has these labels. Answers from ScaleOps or, \
        as an estimate, from OpenCost; `sources` says which. Fails when the entity is not in the catalog or has \
        no label selector.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let scope = Scope::find(call, arguments.asked()).await?;
        let All { mut workloads, frame, failed } = workload::all(call, &scope).await?;
        let summary = Summary::of(&workloads);
        let truncated = truncate(&mut workloads, arguments.top.count());
        let units = units(
            &frame,
            &[("savings", "per month")],
            &[("cpu", "millicores"), ("memory", "bytes"), ("oomCountLast24h", "times within 24 hours")],
        );
        let text = text(&frame, &scope, &workloads, &summary);
        Ok(Report { output: Output { frame, workloads, summary, truncated, units }, text, failed })
    }
}

fn text(frame: &Frame, scope: &Scope, workloads: &[Workload], summary: &Summary) -> String {
    let mut text = frame.text("workloads", scope);
    text.line(format!(
        "{} workloads, {} automated, {} over-provisioned, {} under-provisioned, {} out of memory; could save {} and \
         saves {} per month",
        summary.total_workloads,
        summary.automated_workloads,
        summary.over_provisioned_count,
        summary.under_provisioned_count,
        summary.out_of_memory_count,
        money(summary.total_savings_available),
        money(summary.total_active_savings)
    ));
    let state = |one: &Workload| {
        let words = [
            (one.is_under_provisioned, "under"),
            (one.is_over_provisioned, "over"),
            (one.auto, "auto"),
            (one.out_of_memory(), "oom"),
            (one.more.workload_errors.is_some(), "errors"),
            (!one.missing.is_empty(), "incomplete"),
        ];
        words.iter().filter(|(is, _)| *is).map(|(_, word)| *word).collect::<Vec<_>>().join(",")
    };
    let row = |one: &Workload| {
        let told = |field, text: String| one.tells(field).then_some(text);
        [
            one.cluster_name.clone(),
            one.namespace.clone(),
            format!("{}/{}", one.kind, one.workload_name),
            from_to(
                told("cpuRequests", millicores(one.cpu_requests)),
                told("cpuRecommended", millicores(one.cpu_recommended)),
            ),
            from_to(
                told("memRequests", bytes(one.mem_requests)),
                told("memRecommended", bytes(one.mem_recommended)),
            ),
            told("savingsAvailable", money(one.savings_available)).unwrap_or_else(|| "?".to_owned()),
            state(one),
        ]
    };
    let rows: Vec<_> = workloads.iter().map(row).collect();
    text.table(&["CLUSTER", "NAMESPACE", "WORKLOAD", "CPU", "MEMORY", "SAVES/MONTH", "STATE"], &rows);
    text.finish(crate::text::REST)
}
