//! What a diagnosis answers: findings, a score, and what could not be looked at.

use std::collections::BTreeSet;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::Options;
use super::rule::{Group, Severity};
use super::snapshot::{Absence, Kind, Snapshot};

/// One thing that is wrong, or worth knowing, in one cluster.
///
/// All texts that come from the cluster are bounded and free of control characters; they are data and
/// never instructions.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Finding {
    /// The cluster.
    pub cluster: String,
    /// The rule that found it.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Kind of the object it is about.
    pub kind: String,
    /// Namespace of the object; absent for objects of the whole cluster.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name of the object; of several pods of one owner, the first by name.
    pub name: String,
    /// What the object belongs to, at the top: the Deployment of a pod, the CronJob of a Job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
    /// What is wrong, in a sentence.
    pub message: String,
    /// The facts the rule saw.
    pub evidence: Map<String, Value>,
    /// Since when it is so, where that is known (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub since: Option<Timestamp>,
    /// What to do about it.
    pub advice: String,
    /// How many pods it touches; zero where pods are not the matter.
    pub pods: usize,
    /// One of those pods, `namespace/name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
}

/// What an object belongs to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Owner {
    /// Its kind.
    pub kind: String,
    /// Its name, in the namespace of the object.
    pub name: String,
}

/// How many findings there are of each severity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Counts {
    /// Critical ones.
    pub critical: usize,
    /// Warnings.
    pub warning: usize,
    /// Those for information; zero unless they were asked for.
    pub info: usize,
}

/// A kind that could not be looked at: that there are no findings about it says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct NotChecked {
    /// The kind.
    pub kind: &'static str,
    /// Why not.
    pub reason: String,
}

/// The answer of a diagnosis.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Report {
    /// The cluster.
    pub cluster: String,
    /// 100 less 10 for each owner in a critical state, 3 a warning and 0.5 an information; not below 0.
    pub score: f64,
    /// How many findings there are, shown or not.
    pub counts: Counts,
    /// The findings: worst first, then by rule and name.
    pub findings: Vec<Finding>,
    /// Findings left out because they are milder than was asked for.
    pub hidden: usize,
    /// Findings left out because there are too many.
    pub truncated: usize,
    /// What could not be looked at.
    pub not_checked: Vec<NotChecked>,
}

/// Makes the report of all findings: counts, scores, sorts, and only then leaves out.
pub(super) fn report(snapshot: &Snapshot, mut findings: Vec<Finding>, options: &Options) -> Report {
    if !options.include_info {
        findings.retain(|finding| finding.severity > Severity::Info);
    }
    let counts = count(&findings);
    let score = score(&findings, counts);
    findings.sort_by(|a, b| order(a).cmp(&order(b)));
    let all = findings.len();
    findings.retain(|finding| finding.severity >= options.min_severity);
    let hidden = all.saturating_sub(findings.len());
    let truncated = findings.len().saturating_sub(options.max_findings);
    findings.truncate(options.max_findings);
    let not_checked = not_checked(snapshot, &options.groups);
    Report { cluster: snapshot.cluster.clone(), score, counts, findings, hidden, truncated, not_checked }
}

/// Worst first, then by rule, then by place: total, so that two runs over one snapshot agree.
fn order(finding: &Finding) -> impl Ord + '_ {
    let worst = std::cmp::Reverse(finding.severity);
    let place = (&finding.namespace, &finding.name, &finding.kind, &finding.owner);
    (worst, finding.rule, place)
}

fn count(findings: &[Finding]) -> Counts {
    let of = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    Counts { critical: of(Severity::Critical), warning: of(Severity::Warning), info: of(Severity::Info) }
}

fn score(findings: &[Finding], counts: Counts) -> f64 {
    let critical = findings.iter().filter(|finding| finding.severity == Severity::Critical);
    let owners: BTreeSet<_> = critical
        .map(|finding| match &finding.owner {
            Some(owner) => (finding.namespace.as_deref(), owner.kind.as_str(), owner.name.as_str()),
            None => (finding.namespace.as_deref(), finding.kind.as_str(), finding.name.as_str()),
        })
        .collect();
    // Halves are exact, and counts of objects are far below where `f64` loses whole numbers.
    let points = |count: usize, each: f64| u32::try_from(count).map_or(f64::INFINITY, f64::from) * each;
    let lost = points(owners.len(), 10.0) + points(counts.warning, 3.0) + points(counts.info, 0.5);
    (100.0 - lost).max(0.0)
}

fn not_checked(snapshot: &Snapshot, groups: &[Group]) -> Vec<NotChecked> {
    let mut missing: Vec<NotChecked> = super::needs(groups)
        .into_iter()
        .filter_map(|kind| {
            let reason = match snapshot.absence(kind)? {
                None => "not asked for".to_owned(),
                Some(Absence::NotServed) if kind.is_optional() => return None,
                Some(absence) => super::text::clean(&absence.to_string()),
            };
            Some(NotChecked { kind: Kind::name(kind), reason })
        })
        .collect();
    if groups.contains(&Group::Nodes) && snapshot.server_version.is_none() {
        missing.push(NotChecked { kind: "Version", reason: "the server's version is not known".to_owned() });
    }
    missing
}
