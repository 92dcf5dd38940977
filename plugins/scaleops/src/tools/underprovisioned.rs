//! `list_underprovisioned_workloads`: what is at risk now: short of CPU or memory, out of memory, in error.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::scoped;
use super::{Units, truncate, units};
use crate::args::Top;
use crate::fan::Frame;
use crate::scope::Scope;
use crate::server::Call;
use crate::text::{bytes, cut, millicores};
use crate::tool::{Problem, Report, Tool};
use crate::workload::{self, All, Workload};

/// Longest text of a server that is a reason, in characters.
const MAX_REASON: usize = 300;

/// The tool.
#[derive(Debug)]
pub struct ListUnderprovisioned;

scoped! {
    /// Which workloads.
    Arguments {
        /// Most workloads in the answer, worst first: 1 to 1000. The summary is of all of them.
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
    /// The first `top` of them, worst first.
    pub workloads: Vec<AtRisk>,
    /// Of all of them.
    pub summary: Summary,
    /// Whether there are more than `workloads` has.
    pub truncated: bool,
    /// What the numbers are.
    pub units: Units,
}

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Severity {
    /// It ran out of memory.
    Critical,
    /// It asks for less than it needs.
    High,
    /// It has errors, or its autoscaler has warnings.
    Medium,
}

/// One workload at risk.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct AtRisk {
    /// How bad it is.
    pub severity: Severity,
    /// Why.
    pub reasons: Vec<String>,
    /// Millicores that it lacks; 0 where it does not.
    pub cpu_short: f64,
    /// Bytes that it lacks; 0 where it does not.
    pub mem_short: f64,
    /// The workload.
    #[serde(flatten)]
    pub workload: Workload,
}

/// Totals over all workloads at risk, shown or not.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Summary {
    /// Workloads that were looked at.
    pub total_workloads: usize,
    /// Of these at risk.
    pub at_risk: usize,
    /// That ran out of memory within 24 hours.
    pub out_of_memory: usize,
    /// That ask for less than they need.
    pub under_provisioned: usize,
    /// That are at risk and known not to be automated: nothing will mend them by itself.
    pub manual: usize,
}

impl AtRisk {
    fn of(workload: Workload) -> Option<Self> {
        let short = |asked, wanted, has: f64, needs: f64| {
            if workload.tells(asked) && workload.tells(wanted) { (needs - has).max(0.0) } else { 0.0 }
        };
        let cpu = short("cpuRequests", "cpuRecommended", workload.cpu_requests, workload.cpu_recommended);
        let memory = short("memRequests", "memRecommended", workload.mem_requests, workload.mem_recommended);
        let mut found: Option<Severity> = None;
        let mut reasons = Vec::new();
        let mut because = |severity: Severity, reason: String| {
            found = Some(found.map_or(severity, |found| found.min(severity)));
            reasons.push(reason);
        };
        if workload.out_of_memory() {
            let count = workload.more.oom_count_last24h.unwrap_or_default();
            let last = workload.more.oom_last_timestamp.as_ref();
            let last = last.map(|last| format!(", last {}", cut(last, 40))).unwrap_or_default();
            because(Severity::Critical, format!("ran out of memory {count:.0} times within 24 hours{last}"));
        }
        if workload.is_under_provisioned {
            let lacks = match (cpu > 0.0, memory > 0.0) {
                (true, true) => format!("lacks {} of CPU and {} of memory", millicores(cpu), bytes(memory)),
                (true, false) => format!("lacks {} of CPU", millicores(cpu)),
                (false, true) => format!("lacks {} of memory", bytes(memory)),
                (false, false) => "asks for less than it needs".to_owned(),
            };
            because(Severity::High, lacks);
        }
        if let Some(errors) = &workload.more.workload_errors {
            because(Severity::Medium, format!("has errors: {}", cut(errors, MAX_REASON)));
        }
        if let Some(warnings) = &workload.more.hpa_status_warnings {
            because(Severity::Medium, format!("its autoscaler warns: {}", cut(warnings, MAX_REASON)));
        }
        let severity = found?;
        let lacking = |amount| if workload.is_under_provisioned { amount } else { 0.0 };
        Some(Self { severity, reasons, cpu_short: lacking(cpu), mem_short: lacking(memory), workload })
    }
}

impl Tool for ListUnderprovisioned {
    const NAME: &'static str = "list_underprovisioned_workloads";
    const TITLE: &'static str = "List under-provisioned workloads";
    const DESCRIPTION: &'static str = "Lists workloads that are at risk, worst first: those that ran out of memory \
        within 24 hours (critical), that ask for less CPU (millicores) or memory (bytes) than they need (high), and \
        that have errors or autoscaler warnings (medium); with how much each lacks and whether it is automated. \
        Across all clusters, or within an entity, label selector, namespace, workload or cluster. OpenCost tells \
        only averages: it sees no out-of-memory and no errors.";
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let scope = Scope::find_or_all(call, arguments.asked()).await?;
        let All { workloads, frame, failed } = workload::all(call, &scope).await?;
        let total_workloads = workloads.len();
        let mut workloads: Vec<AtRisk> = workloads.into_iter().filter_map(AtRisk::of).collect();
        workloads.sort_by(|a, b| {
            a.severity
                .cmp(&b.severity)
                .then_with(|| b.mem_short.total_cmp(&a.mem_short))
                .then_with(|| b.cpu_short.total_cmp(&a.cpu_short))
        });
        let count = |test: fn(&AtRisk) -> bool| workloads.iter().filter(|one| test(one)).count();
        let summary = Summary {
            total_workloads,
            at_risk: workloads.len(),
            out_of_memory: count(|one| one.workload.out_of_memory()),
            under_provisioned: count(|one| one.workload.is_under_provisioned),
            manual: count(|one| one.workload.tells("auto") && !one.workload.auto),
        };
        let truncated = truncate(&mut workloads, arguments.top.count());
        let units = units(&frame, &[("savings", "per month")], &[("cpu", "millicores"), ("memory", "bytes")]);
        let output = Output { frame, workloads, summary, truncated, units };
        let text = text(&output, &scope);
        Ok(Report { output, text, failed })
    }
}

fn text(output: &Output, scope: &Scope) -> String {
    let mut text = output.frame.text("workloads at risk", scope);
    let summary = &output.summary;
    text.line(format!(
        "{} of {} workloads are at risk: {} ran out of memory, {} under-provisioned; {} of them not automated",
        summary.at_risk, summary.total_workloads, summary.out_of_memory, summary.under_provisioned, summary.manual
    ));
    let row = |one: &AtRisk| {
        let severity = match one.severity {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
        };
        [
            severity.to_owned(),
            one.workload.cluster_name.clone(),
            one.workload.namespace.clone(),
            format!("{}/{}", one.workload.kind, one.workload.workload_name),
            match (one.workload.tells("auto"), one.workload.auto) {
                (false, _) => "?".to_owned(),
                (true, true) => "auto".to_owned(),
                (true, false) => "manual".to_owned(),
            },
            one.reasons.join("; "),
        ]
    };
    let rows: Vec<_> = output.workloads.iter().map(row).collect();
    text.table(&["SEVERITY", "CLUSTER", "NAMESPACE", "WORKLOAD", "SIZED", "WHY"], &rows);
    text.finish(crate::text::REST)
}
