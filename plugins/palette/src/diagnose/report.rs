//! From findings to an answer: groups, root cause, recommendations, next steps.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use super::cause::Cause;
use super::finding::{Finding, Severity};
use super::snapshot::Snapshot;
use crate::part::Unread;

/// What is wrong with one cluster, and what to do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Diagnosis {
    /// Uid.
    pub cluster_uid: String,
    /// Name.
    pub cluster_name: String,
    /// The instance that it is in.
    pub instance: String,
    /// When it was read, RFC 3339.
    pub diagnosis_timestamp: String,
    /// `Running` and so on.
    pub state: String,
    /// `Healthy`, `UnHealthy` or `Unknown`, as Palette says.
    pub health: String,
    /// In numbers.
    pub health_summary: HealthSummary,
    /// The worst first.
    pub issues: Vec<Finding>,
    /// What they come from.
    pub enriched_analysis: Analysis,
    /// By priority; empty where they were not asked for.
    pub recommendations: Vec<Recommendation>,
    /// In order.
    pub next_steps: Vec<String>,
    /// What the cluster does not have, such as a backup: states, no failures.
    pub states: Vec<&'static str>,
    /// Parts that could not be read: nothing is known of them, and no issue is told.
    pub unread: Vec<Unread>,
}

/// The findings in numbers.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct HealthSummary {
    /// From 100 down: 25 for each critical one, 10 for each warning, 2 for each other; never below 0.
    pub score: u32,
    /// `Healthy` from 90, `Degraded` from 70, `Warning` from 50, else `Critical`.
    pub status: &'static str,
    /// All of them.
    pub total_issues: usize,
    /// Of these, critical.
    pub critical_issues: usize,
    /// Of these, warnings.
    pub warning_issues: usize,
}

/// What the findings come from.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Analysis {
    /// In a sentence or two.
    pub root_cause_analysis: String,
    /// What does not work, by cause.
    pub blockers: Vec<Group>,
    /// What will not work, or works badly, by cause.
    pub warnings: Vec<Group>,
    /// What is worth knowing, by cause.
    pub info: Vec<Group>,
}

/// The findings of one cause.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Group {
    /// The cause, in a few words.
    pub cause: &'static str,
    /// What points there: resource and issue.
    pub because: Vec<String>,
}

/// Something to do.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Recommendation {
    /// 1 is first.
    pub priority: usize,
    /// What to do.
    pub action: &'static str,
    /// The tool that looks closer, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<&'static str>,
    /// Why.
    pub rationale: String,
}

/// Puts together what was found.
#[must_use]
pub fn diagnosis(instance: &str, snapshot: &Snapshot, issues: Vec<Finding>, recommend: bool) -> Diagnosis {
    let count = |severity| issues.iter().filter(|finding| finding.severity == severity).count();
    let score = super::score(&issues);
    let health = &snapshot.summary.status.health.state;
    let unread = snapshot.unread().into_iter().map(|(part, fault)| Unread::new(part, fault.clone()));
    let unread: Vec<Unread> = unread.collect();
    Diagnosis {
        cluster_uid: snapshot.summary.metadata.uid.clone(),
        cluster_name: snapshot.summary.metadata.name.clone(),
        instance: instance.to_owned(),
        diagnosis_timestamp: snapshot.now.to_string(),
        state: snapshot.summary.status.state.clone(),
        health: if health.is_empty() { "Unknown".to_owned() } else { health.clone() },
        health_summary: HealthSummary {
            score,
            status: super::status(score),
            total_issues: issues.len(),
            critical_issues: count(Severity::Critical),
            warning_issues: count(Severity::Warning),
        },
        recommendations: if recommend { recommendations(&issues) } else { Vec::new() },
        next_steps: next_steps(&issues, &unread),
        enriched_analysis: Analysis {
            root_cause_analysis: root_cause(&issues),
            blockers: groups(&issues, Severity::Critical),
            warnings: groups(&issues, Severity::Warning),
            info: groups(&issues, Severity::Info),
        },
        states: snapshot.absent(),
        unread,
        issues,
    }
}

/// Causes that have a finding of this severity, in the order in which a cluster comes up.
fn causes(issues: &[Finding], severity: Severity) -> impl Iterator<Item = Cause> {
    let has = move |cause: &Cause| {
        issues.iter().any(|finding| finding.cause == *cause && finding.severity == severity)
    };
    Cause::ALL.iter().copied().filter(has)
}

fn groups(issues: &[Finding], severity: Severity) -> Vec<Group> {
    let of = |cause: Cause| {
        let mine = issues.iter().filter(|finding| finding.cause == cause && finding.severity == severity);
        let because = mine.map(|finding| format!("{}: {}", finding.resource, finding.issue)).collect();
        Group { cause: cause.title(), because }
    };
    causes(issues, severity).map(of).collect()
}

fn root_cause(issues: &[Finding]) -> String {
    let blockers: Vec<Cause> = causes(issues, Severity::Critical).collect();
    match blockers.as_slice() {
        [] if issues.is_empty() => "nothing that was read is wrong".to_owned(),
        [] => "nothing is broken now; what is told should be looked after".to_owned(),
        [only] => format!("everything that is broken points at: {}", only.title()),
        [first, rest @ ..] => {
            let rest: Vec<&str> = rest.iter().map(|cause| cause.title()).collect();
            format!(
                "most likely: {}. What else is broken may follow from it, and should be looked at again after it is \
                 mended: {}",
                first.title(),
                rest.join("; ")
            )
        }
    }
}

fn recommendations(issues: &[Finding]) -> Vec<Recommendation> {
    let mut seen = Vec::new();
    for severity in [Severity::Critical, Severity::Warning, Severity::Info] {
        seen.extend(causes(issues, severity).filter(|cause| !seen.contains(cause)).collect::<Vec<_>>());
    }
    let rationale = |cause: Cause| {
        let mine = issues.iter().find(|finding| finding.cause == cause);
        mine.map(|finding| format!("{}: {}", finding.resource, finding.issue)).unwrap_or_default()
    };
    seen.into_iter()
        .enumerate()
        .map(|(place, cause)| Recommendation {
            priority: place + 1,
            action: cause.action(),
            command: cause.tool(),
            rationale: rationale(cause),
        })
        .collect()
}

fn next_steps(issues: &[Finding], unread: &[Unread]) -> Vec<String> {
    let mut steps: Vec<String> = causes(issues, Severity::Critical)
        .chain(causes(issues, Severity::Warning))
        .fold(Vec::new(), |mut causes: Vec<Cause>, cause| {
            if !causes.contains(&cause) {
                causes.push(cause);
            }
            causes
        })
        .into_iter()
        .take(3)
        .map(|cause| cause.action().to_owned())
        .collect();
    if !unread.is_empty() {
        let parts: Vec<&str> = unread.iter().map(|part| part.part.as_str()).collect();
        steps.push(format!("find out why these could not be read, and diagnose again: {}", parts.join(", ")));
    }
    if steps.is_empty() {
        steps.push("nothing needs to be done now".to_owned());
    } else {
        steps.push("diagnose again after the first change".to_owned());
    }
    steps
}

/// The diagnosis for models and people.
#[must_use]
pub fn text(diagnosis: &Diagnosis) -> String {
    let Diagnosis { health_summary: summary, .. } = diagnosis;
    let mut text = Text::default();
    text.line(format!(
        "{} is {}, {}: score {} ({}), {} critical, {} warnings",
        diagnosis.cluster_name,
        diagnosis.state,
        diagnosis.health,
        summary.score,
        summary.status,
        summary.critical_issues,
        summary.warning_issues
    ));
    text.line(&diagnosis.enriched_analysis.root_cause_analysis);
    let severity = |severity| match severity {
        Severity::Critical => "critical",
        Severity::Warning => "warning",
        Severity::Info => "info",
    };
    let rows: Vec<[&str; 4]> = diagnosis
        .issues
        .iter()
        .map(|each| {
            [severity(each.severity), each.resource.as_str(), each.issue.as_str(), each.details.as_str()]
        })
        .collect();
    text.table(&["SEVERITY", "WHAT", "ISSUE", "DETAILS"], &rows);
    for state in &diagnosis.states {
        text.line(format!("state: {state}"));
    }
    for part in &diagnosis.unread {
        text.line(format!("not read: {}: {}", part.part, part.message));
    }
    for (place, step) in diagnosis.next_steps.iter().enumerate() {
        text.line(format!("{}. {step}", place + 1));
    }
    text.finish("read the structured answer")
}
