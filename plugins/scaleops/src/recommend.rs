//! What to do about a workload, how urgent it is, and what could go wrong with it.

use schemars::JsonSchema;
use serde::Serialize;

use crate::args::Nullable;
use crate::workload::Workload;

/// A cut deeper than this share of what is requested leaves little room for a wrong guess.
const DEEP: f64 = 0.8;

/// What is the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(inline)]
pub enum Issue {
    /// It asks for more than it needs: it wastes money.
    OverProvisioned,
    /// It asks for less than it needs: it may be throttled or killed.
    UnderProvisioned,
    /// Nothing acts on its recommendation.
    NotAutomated,
}

/// How soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Priority {
    /// First.
    High,
    /// Then.
    Medium,
    /// Last.
    Low,
}

/// How much could go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Risk {
    /// Little.
    Low,
    /// Look first.
    Medium,
    /// Mend something else first.
    High,
}

impl Risk {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl Issue {
    /// The words for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OverProvisioned => "over-provisioned",
            Self::UnderProvisioned => "under-provisioned",
            Self::NotAutomated => "not-automated",
        }
    }
}

impl Priority {
    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// What to do about one workload.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(inline)]
pub struct Recommendation {
    /// The server that knows it.
    pub instance: String,
    /// The workload.
    pub workload_name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its cluster.
    pub cluster_name: String,
    /// `Deployment`, `StatefulSet` and the like.
    #[serde(rename = "type")]
    pub kind: String,
    /// What is the matter.
    pub issue: Issue,
    /// Millicores requested.
    #[serde(rename = "currentCPU")]
    pub current_cpu: f64,
    /// Millicores recommended.
    #[serde(rename = "recommendedCPU")]
    pub recommended_cpu: f64,
    /// Bytes requested.
    pub current_memory: f64,
    /// Bytes recommended.
    pub recommended_memory: f64,
    /// Money per month that could be saved.
    pub savings_available: f64,
    /// Whether it is under automation.
    pub automated: bool,
    /// How soon.
    pub priority: Priority,
    /// How much could go wrong when the recommendation is taken.
    pub risk: Risk,
    /// Why, and what speaks for or against it.
    pub reasons: Vec<String>,
    /// Where people see it; `null` where the operator names no dashboard.
    pub dashboard_url: Nullable<String>,
    /// Whether it is an estimate from average use.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub estimated: bool,
    /// What the server did not tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<&'static str>,
}

impl Recommendation {
    /// What to do about a workload; `None` where nothing is the matter.
    #[must_use]
    pub fn of(workload: &Workload) -> Option<Self> {
        // A server that automates nothing cannot have left one out.
        let manual = !workload.auto && !workload.estimated;
        let (issue, priority) = if workload.is_under_provisioned {
            (Issue::UnderProvisioned, Priority::High)
        } else if workload.is_over_provisioned && !workload.auto {
            (Issue::OverProvisioned, Priority::High)
        } else if manual {
            (Issue::NotAutomated, Priority::Medium)
        } else if workload.is_over_provisioned {
            (Issue::OverProvisioned, Priority::Low)
        } else {
            return None;
        };
        let (risk, reasons) = judge(workload, issue);
        Some(Self {
            instance: workload.instance.clone(),
            workload_name: workload.workload_name.clone(),
            namespace: workload.namespace.clone(),
            cluster_name: workload.cluster_name.clone(),
            kind: workload.kind.clone(),
            issue,
            current_cpu: workload.cpu_requests,
            recommended_cpu: workload.cpu_recommended,
            current_memory: workload.mem_requests,
            recommended_memory: workload.mem_recommended,
            savings_available: workload.savings_available,
            automated: workload.auto,
            priority,
            risk,
            reasons,
            dashboard_url: workload.dashboard_url.clone(),
            estimated: workload.estimated,
            missing: workload.missing.clone(),
        })
    }
}

/// Sorts by priority, then by what it saves; equals stay as they were.
pub fn urgent_first(recommendations: &mut [Recommendation]) {
    recommendations.sort_by(|a, b| {
        a.priority.cmp(&b.priority).then_with(|| b.savings_available.total_cmp(&a.savings_available))
    });
}

fn judge(workload: &Workload, issue: Issue) -> (Risk, Vec<String>) {
    let mut risk = Risk::Low;
    let mut reasons = Vec::new();
    let mut because = |least: Risk, reason: String| {
        risk = risk.max(least);
        reasons.push(reason);
    };
    let more = &workload.more;
    let cpu = cut(workload, "cpuRequests", "cpuRecommended", workload.cpu_requests, workload.cpu_recommended);
    let memory =
        cut(workload, "memRequests", "memRecommended", workload.mem_requests, workload.mem_recommended);
    match issue {
        Issue::UnderProvisioned => {
            because(Risk::Low, "it needs more than it asks for: leaving it as it is is the risk".to_owned());
        }
        Issue::OverProvisioned | Issue::NotAutomated => {
            for (what, share) in [("CPU", cpu), ("memory", memory)] {
                match share {
                    Some(share) if share > DEEP => {
                        because(Risk::Medium, format!("it cuts {what} by {:.0} %", share * 100.0));
                    }
                    Some(share) if share > 0.0 => {
                        because(Risk::Low, format!("it lowers {what} by {:.0} %", share * 100.0));
                    }
                    Some(_) | None => {}
                }
            }
        }
    }
    if workload.out_of_memory() {
        let count = more.oom_count_last24h.unwrap_or_default();
        // Less memory for what runs out of it already.
        let least = if memory.is_some_and(|share| share > 0.0) { Risk::High } else { Risk::Medium };
        because(least, format!("it ran out of memory {count:.0} times within 24 hours"));
    }
    if more.workload_errors.is_some() {
        because(Risk::High, "the workload has errors: mend these first".to_owned());
    }
    if more.hpa_status_warnings.is_some() {
        because(Risk::Medium, "its autoscaler has warnings".to_owned());
    }
    if more.has_hpa == Some(true) {
        because(
            Risk::Medium,
            "an autoscaler counts in shares of what is requested: it will scale differently".to_owned(),
        );
    }
    if more.has_gpu == Some(true) {
        because(Risk::Medium, "it has a GPU, which costs more than what is lowered".to_owned());
    }
    if workload.kind.eq_ignore_ascii_case("StatefulSet") {
        because(Risk::Medium, "it keeps state, and its pods restart one by one".to_owned());
    }
    if more.replicas == Some(1.0) {
        because(Risk::Medium, "it has one pod: a restart is a gap".to_owned());
    }
    if workload.estimated {
        because(Risk::Medium, "it is an estimate from average use; look at the peaks".to_owned());
    }
    if workload.auto && issue == Issue::OverProvisioned {
        because(Risk::Low, "it is automated: the change will come by itself".to_owned());
    }
    (risk, reasons)
}

/// By which share a request would shrink, 0 to 1; below 0 it grows. `None` where it is not known.
fn cut(workload: &Workload, asked: &str, wanted: &str, requested: f64, recommended: f64) -> Option<f64> {
    let known = workload.tells(asked) && workload.tells(wanted) && requested > 0.0;
    known.then(|| 1.0 - recommended / requested)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::More;

    fn over() -> Workload {
        Workload {
            is_over_provisioned: true,
            cpu_requests: 1000.0,
            cpu_recommended: 500.0,
            mem_requests: 100.0,
            mem_recommended: 50.0,
            ..Workload::default()
        }
    }

    #[track_caller]
    fn check(workload: &Workload, issue: Issue, priority: Priority, risk: Risk) {
        let found = Recommendation::of(workload).unwrap();
        assert_eq!((found.issue, found.priority, found.risk), (issue, priority, risk), "{:?}", found.reasons);
    }

    #[test]
    fn the_first_that_fits_is_the_issue() {
        let under = Workload { is_under_provisioned: true, ..over() };
        check(&under, Issue::UnderProvisioned, Priority::High, Risk::Low);
        check(&over(), Issue::OverProvisioned, Priority::High, Risk::Low);
        check(&Workload { auto: true, ..over() }, Issue::OverProvisioned, Priority::Low, Risk::Low);
        check(&Workload::default(), Issue::NotAutomated, Priority::Medium, Risk::Low);
        assert!(Recommendation::of(&Workload { auto: true, ..Workload::default() }).is_none());
        // Nothing is known of automation: it is no fault.
        assert!(Recommendation::of(&Workload { estimated: true, ..Workload::default() }).is_none());
    }

    #[test]
    fn what_could_go_wrong_raises_the_risk() {
        let with = |more: More| Workload { more, ..over() };
        let high = |more: More| check(&with(more), Issue::OverProvisioned, Priority::High, Risk::High);
        let medium = |more: More| check(&with(more), Issue::OverProvisioned, Priority::High, Risk::Medium);
        high(More { oom_count_last24h: Some(2.0), ..More::default() });
        high(More { workload_errors: Some("x".to_owned()), ..More::default() });
        medium(More { has_hpa: Some(true), ..More::default() });
        medium(More { has_gpu: Some(true), ..More::default() });
        medium(More { replicas: Some(1.0), ..More::default() });
        medium(More { hpa_status_warnings: Some("x".to_owned()), ..More::default() });
        let deep = Workload { cpu_recommended: 71.0, ..over() };
        check(&deep, Issue::OverProvisioned, Priority::High, Risk::Medium);
        check(
            &Workload { kind: "StatefulSet".into(), ..over() },
            Issue::OverProvisioned,
            Priority::High,
            Risk::Medium,
        );
        // A number that was not told is no cut.
        let unknown = Workload { cpu_recommended: 0.0, missing: vec!["cpuRecommended"], ..over() };
        check(&unknown, Issue::OverProvisioned, Priority::High, Risk::Low);
    }
}
