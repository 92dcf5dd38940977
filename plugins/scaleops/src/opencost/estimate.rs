//! What a controller would need and save, estimated from what it used on average.
//!
//! # Design
//! An average hides peaks, so every number made here is marked as an estimate, carries headroom, and is never
//! called under-provisioned for using more than the headroom leaves: only for using more than it asked for.
//! OpenCost charges the larger of request and use, so what is saved is that part of the cost by which the
//! larger one shrinks.

use super::{Allocation, ESTIMATE_DAYS};
use crate::args::Nullable;
use crate::scaleops::NOT_TOLD;
use crate::text::rounded;
use crate::workload::{More, Workload};

/// Less is not recommended: a container does not start on it.
const LEAST_MILLICORES: f64 = 10.0;
const LEAST_BYTES: f64 = 32.0 * 1_048_576.0;

/// A request this much above what is recommended is over-provisioned: less is not worth a change.
const TOLERANCE: f64 = 1.2;

/// Days of a month, as ScaleOps counts them.
const MONTH: f64 = 30.0;

/// What is said of every estimate.
#[must_use]
pub fn note(instance: &str, headroom_percent: u8) -> String {
    format!(
        "instance `{instance}` is OpenCost: recommendations and savings are estimates from average use over \
         {ESTIMATE_DAYS} days and {headroom_percent} % headroom, of all pods of a workload together; peaks are not seen"
    )
}

struct Resource {
    requested: Option<f64>,
    used: Option<f64>,
    cost: f64,
    least: f64,
}

struct Estimate {
    recommended: Option<f64>,
    saved: f64,
    over: bool,
    under: bool,
}

impl Resource {
    fn estimate(&self, headroom_percent: u8) -> Estimate {
        let Some(used) = self.used else {
            return Estimate { recommended: None, saved: 0.0, over: false, under: false };
        };
        let recommended = (used * (1.0 + f64::from(headroom_percent) / 100.0)).max(self.least).ceil();
        // Nothing requested: there is nothing to compare with, and nothing to lower.
        let requested = self.requested.filter(|requested| *requested > 0.0);
        let under = requested.is_some_and(|requested| used > requested);
        let over = requested.is_some_and(|requested| requested > recommended * TOLERANCE);
        let saved = match requested {
            Some(requested) if over => self.cost * (1.0 - recommended.max(used) / requested.max(used)),
            Some(_) | None => 0.0,
        };
        Estimate { recommended: Some(recommended), saved: saved.max(0.0), over, under }
    }
}

fn resources(one: &Allocation) -> (Resource, Resource) {
    (
        Resource {
            requested: one.cpu_requests,
            used: one.cpu_usage,
            cost: one.cpu_cost,
            least: LEAST_MILLICORES,
        },
        Resource { requested: one.mem_requests, used: one.mem_usage, cost: one.mem_cost, least: LEAST_BYTES },
    )
}

/// Money of the allocation's own window that its recommendation would have saved.
#[must_use]
pub fn saved(one: &Allocation, headroom_percent: u8) -> f64 {
    let (cpu, memory) = resources(one);
    rounded(cpu.estimate(headroom_percent).saved + memory.estimate(headroom_percent).saved)
}

/// A controller as a workload. Its allocation is of [`ESTIMATE_DAYS`].
#[must_use]
pub fn workload(instance: &str, one: &Allocation, headroom_percent: u8) -> Workload {
    let (cpu, memory) = resources(one);
    let (cpu, memory) = (cpu.estimate(headroom_percent), memory.estimate(headroom_percent));
    let mut missing = vec!["policyName", "auto", "activeSavings"];
    let mut number = |name, value: Option<f64>| {
        value.map(f64::round).unwrap_or_else(|| {
            missing.push(name);
            0.0
        })
    };
    Workload {
        instance: instance.to_owned(),
        cluster_name: one.cluster.clone(),
        namespace: one.namespace.clone(),
        workload_name: one.name.clone(),
        kind: one.kind.clone(),
        policy_name: NOT_TOLD.to_owned(),
        auto: false,
        cpu_requests: number("cpuRequests", one.cpu_requests),
        mem_requests: number("memRequests", one.mem_requests),
        cpu_recommended: number("cpuRecommended", cpu.recommended),
        mem_recommended: number("memRecommended", memory.recommended),
        is_under_provisioned: cpu.under || memory.under,
        is_over_provisioned: cpu.over || memory.over,
        savings_available: rounded((cpu.saved + memory.saved) / ESTIMATE_DAYS * MONTH),
        active_savings: 0.0,
        dashboard_url: Nullable(None),
        more: More::default(),
        estimated: true,
        missing,
        id: None,
        query: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(requested: Option<f64>, used: Option<f64>) -> Allocation {
        Allocation { cpu_requests: requested, cpu_usage: used, cpu_cost: 7.0, ..Allocation::default() }
    }

    #[test]
    fn what_is_not_used_could_be_saved() {
        let workload = workload("oc", &one(Some(1000.0), Some(100.0)), 30);
        assert_eq!(workload.cpu_recommended, 130.0);
        assert!(workload.is_over_provisioned && !workload.is_under_provisioned && workload.estimated);
        // 87 % of 1 a day.
        assert_eq!(workload.savings_available, 26.1);
        assert_eq!(saved(&one(Some(1000.0), Some(100.0)), 30), 6.09);
    }

    #[test]
    fn what_is_used_is_not() {
        for (requested, used) in [
            (Some(100.0), Some(90.0)),
            (Some(100.0), Some(200.0)),
            (Some(0.0), Some(200.0)),
            (None, Some(200.0)),
            (Some(100.0), None),
            (None, None),
        ] {
            let found = workload("oc", &one(requested, used), 30);
            assert_eq!(found.savings_available, 0.0, "{requested:?} {used:?}");
            assert!(!found.is_over_provisioned, "{requested:?} {used:?}");
            assert_eq!(found.is_under_provisioned, requested == Some(100.0) && used == Some(200.0));
        }
    }

    #[test]
    fn nothing_is_recommended_that_cannot_start() {
        assert_eq!(workload("oc", &one(Some(1000.0), Some(0.0)), 0).cpu_recommended, LEAST_MILLICORES);
        assert!(workload("oc", &one(Some(1.0), None), 0).missing.contains(&"cpuRecommended"));
    }
}
