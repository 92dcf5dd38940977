//! `diagnose_cluster`: what is wrong, why, and what to do.
//!
//! The rules are pure and live in [`crate::diagnose`]. This tool reads the lists that they need, says of
//! those it could not read why not, and shows what the rules found.

mod read;

use serde_json::Value;

use super::arguments::many_clusters;
use crate::args::{MaxFindings, Namespace};
use crate::cluster::Call;
use crate::diagnose::{Finding, Group, Options, Report as Diagnosis, Severity, diagnose};
use crate::fan::{self, Answers};
use crate::mask;
use crate::text::Text;
use crate::tool::{Problem, Report, Tool};
use crate::view;

/// Clusters diagnosed at once: the lists of one may take twenty megabytes.
const AT_ONCE: usize = 2;

/// The tool.
#[derive(Debug)]
pub struct DiagnoseCluster;

many_clusters! {
    /// What to look at.
    Arguments {
        /// Only this namespace, and the nodes. Absent: all namespaces.
        #[serde(default)]
        namespace: Option<Namespace>,
        /// Only these groups of rules: `pods`, `workloads`, `network`, `storage`, `nodes`. Absent: all.
        #[serde(default)]
        #[schemars(length(min = 1, max = 5))]
        groups: Option<Vec<Group>>,
        /// Whether to tell, and count, what is worth knowing but not broken.
        #[serde(default)]
        include_info: bool,
        /// Only findings at least this bad are shown; milder ones are counted.
        #[serde(default)]
        min_severity: Severity,
        /// Most findings of each cluster, worst first: 1 to 500.
        #[serde(default)]
        max_findings: MaxFindings,
    }
}

impl Arguments {
    fn options(&self) -> Options {
        Options {
            groups: self.groups.clone().unwrap_or_else(|| Group::ALL.to_vec()),
            include_info: self.include_info,
            min_severity: self.min_severity,
            max_findings: self.max_findings.count(),
        }
    }
}

/// A diagnosis; findings joined by owner, worst first.
pub type Output = Answers<Diagnosis>;

impl Tool for DiagnoseCluster {
    const NAME: &'static str = "diagnose_cluster";
    const TITLE: &'static str = "Diagnose cluster";
    const DESCRIPTION: &'static str = "Finds what is wrong in clusters and says why and what to do: crashing, \
        unschedulable and unready pods, image and configuration errors, stalled rollouts, failed jobs, services \
        without endpoints, broken ingresses, unbound volumes, unhealthy nodes. One finding for each owner and \
        cause, with severity, evidence, an example pod and advice; a score from 0 to 100. `groups`, `namespace` and \
        `min_severity` narrow it. `not_checked` names what could not be read: no findings there means nothing. \
        A cluster that cannot be read is reported under `errors`; fails only if none can.";
    const VIEW: Option<&'static str> = Some(view::DIAGNOSIS);
    type Arguments = Arguments;
    type Output = Output;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Output>, Problem> {
        let options = arguments.options();
        let now = call.now();
        let gathered = fan::out(
            call,
            AT_ONCE,
            |_| true,
            async |api| {
                let snapshot = read::snapshot(api, arguments.namespace.as_ref(), &options.groups).await?;
                let mut diagnosis = diagnose(&snapshot, now, &options);
                diagnosis.findings.iter_mut().for_each(mask_finding);
                Ok(diagnosis)
            },
        )
        .await?;
        Ok(Answers::from(gathered).report("narrow with `namespace`, `groups` or `min_severity`", render))
    }
}

/// Messages of the cluster stand in findings, and anything may stand in messages.
fn mask_finding(finding: &mut Finding) {
    finding.message = mask::text(&finding.message);
    finding.evidence.values_mut().for_each(mask_value);
}

fn mask_value(value: &mut Value) {
    match value {
        Value::String(text) => *text = mask::text(text),
        Value::Array(values) => values.iter_mut().for_each(mask_value),
        Value::Object(map) => map.values_mut().for_each(mask_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn render(text: &mut Text, diagnosis: &Diagnosis) {
    let counts = diagnosis.counts;
    text.line(format!(
        "cluster `{}`: score {}; {} critical, {} warnings, {} for information",
        diagnosis.cluster, diagnosis.score, counts.critical, counts.warning, counts.info
    ));
    for missing in &diagnosis.not_checked {
        text.line(format!("NOT CHECKED: {}: {}", missing.kind, missing.reason));
    }
    if !diagnosis.not_checked.is_empty() {
        text.line("the score counts only what was checked");
    }
    if diagnosis.findings.is_empty() {
        text.line("no findings");
        return;
    }
    let lines: Vec<String> = diagnosis.findings.iter().flat_map(lines).collect();
    text.fenced(&format!("findings in cluster `{}`, worst first", diagnosis.cluster), &lines.join("\n"));
    if diagnosis.truncated > 0 {
        text.line(format!("{} more findings: raise `max_findings`", diagnosis.truncated));
    }
    if diagnosis.hidden > 0 {
        text.line(format!("{} milder findings are not shown", diagnosis.hidden));
    }
}

fn lines(finding: &Finding) -> [String; 2] {
    let severity = match finding.severity {
        Severity::Critical => "CRITICAL",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    };
    let (kind, name) = match &finding.owner {
        Some(owner) => (&owner.kind, &owner.name),
        None => (&finding.kind, &finding.name),
    };
    let namespace = finding.namespace.as_ref().map_or_else(String::new, |namespace| format!("{namespace}/"));
    let pods = match (finding.pods, &finding.example) {
        (0, _) | (_, None) => String::new(),
        (1, Some(example)) => format!(" (pod {example})"),
        (count, Some(example)) => format!(" ({count} pods, such as {example})"),
    };
    let since = finding.since.map_or_else(String::new, |since| format!(" since {since}"));
    [
        format!("{severity} {} {kind} {namespace}{name}{pods}{since}: {}", finding.rule, finding.message),
        format!("    advice: {}", finding.advice),
    ]
}
