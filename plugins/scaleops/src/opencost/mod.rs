//! The allocation API of OpenCost: costs, requests and average use of controllers over a window.
//!
//! OpenCost knows what things cost and how much of it was used. It recommends nothing and automates nothing; what
//! these tools say of savings is an estimate ([`estimate`]), and says so.
//!
//! The terms of a filter are joined by `+`. The host encodes parameters, so it reaches the server as `%2B`, as it
//! must: a bare `+` is a blank there, and the filter would be another.

mod estimate;
mod model;

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;

use crate::args::Range;
use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::scaleops;
use crate::scope::Scope;
use crate::server::{Request, Server};

pub use estimate::{note, saved, workload};
pub use model::Allocation;

/// Costs by controller.
pub const ALLOCATION: &str = "/allocation";
/// The same, as older servers have it.
pub const COMPUTE: &str = "/allocation/compute";

/// Days of the window from which workloads are estimated.
pub const ESTIMATE_DAYS: f64 = 7.0;

/// What the rows are: one for each controller of each namespace and cluster.
const AGGREGATE: &str = "cluster,namespace,controllerKind,controller";

/// The window of a range that ends now. Not `7d`: that ends with the day, and holds hours to come.
#[must_use]
pub fn window(now: Timestamp, range: Range) -> String {
    window_between(now, range.days(), 0)
}

/// The window between two times, as many days before `now`. Whole hours, so that equal questions are equal.
#[must_use]
pub fn window_between(now: Timestamp, from_days: u32, to_days: u32) -> String {
    let hour = now.as_second().div_euclid(3600) * 3600;
    let hour = Timestamp::from_second(hour).unwrap_or(now);
    let before = |days: u32| hour.checked_sub((i64::from(days) * 24).hours()).unwrap_or(Timestamp::MIN);
    format!("{},{}", before(from_days), before(to_days))
}

/// What the controllers of a scope cost over a window, in the order of their places.
///
/// # Errors
/// When there is no answer, or it is none, and when a filter cannot say the scope.
pub async fn allocations(
    server: &impl Server,
    scope: &Scope,
    window: &str,
) -> Result<Vec<Allocation>, Fault> {
    let filter = filter(scope)?;
    let request = |path| {
        let request =
            Request::get(path).with("window", window).with("aggregate", AGGREGATE).with("accumulate", "true");
        if filter.is_empty() { request } else { request.with("filter", filter.clone()) }
    };
    let answer: Answer = match scaleops::ask(server, Capability::ReadAllocation, request(ALLOCATION)).await {
        Err(Fault { code: Code::NotFound, .. }) => {
            scaleops::ask(server, Capability::ReadAllocation, request(COMPUTE)).await?
        }
        other => other?,
    };
    if answer.code.is_some_and(|code| code != 200) {
        return Err(Fault::new(
            Code::ServerError,
            format!("the server failed at `{ALLOCATION}`, within a success"),
        ));
    }
    let mut sums: BTreeMap<(String, String, String, String), Allocation> = BTreeMap::new();
    for set in answer.data.unwrap_or_default().into_iter().flatten() {
        for (key, row) in set {
            // What belongs to no controller: idle capacity, unmounted volumes, the rest.
            if key.contains("__idle__") || key.contains("__unmounted__") || key.contains("__unallocated__") {
                continue;
            }
            let one = Allocation::read(&key, row);
            if scope.holds(&one.cluster, &one.namespace, &one.name) {
                let place = (one.cluster.clone(), one.namespace.clone(), one.kind.clone(), one.name.clone());
                match sums.get_mut(&place) {
                    Some(sum) => sum.add(&one),
                    None => drop(sums.insert(place, one)),
                }
            }
        }
    }
    Ok(sums.into_values().collect())
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    code: Option<u16>,
    #[serde(default)]
    data: Option<Vec<Option<BTreeMap<String, model::Row>>>>,
}

/// A filter that says the scope; empty where it says nothing.
fn filter(scope: &Scope) -> Result<String, Fault> {
    let mut terms = scope.selector.filter_terms()?;
    for (field, value) in
        [("cluster", &scope.cluster), ("namespace", &scope.namespace), ("controllerName", &scope.workload)]
    {
        // Arguments hold no quotes; annotations may.
        if value.as_ref().is_some_and(|value| value.contains(['"', '\\'])) {
            return Err(Fault::unsupported(format!("OpenCost cannot be asked for a {field} with quotes")));
        }
        terms.extend(value.as_ref().map(|value| format!("{field}:\"{value}\"")));
    }
    Ok(terms.join("+"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_says_all_of_the_scope() {
        let scope = Scope {
            selector: "app=checkout,env!=dev".parse().unwrap(),
            namespace: Some("shop".to_owned()),
            cluster: Some("east-1".to_owned()),
            workload: Some("checkout".to_owned()),
            entity: None,
        };
        assert_eq!(
            filter(&scope).unwrap(),
            r#"label[app]:"checkout"+label[env]!:"dev"+cluster:"east-1"+namespace:"shop"+controllerName:"checkout""#
        );
        assert_eq!(filter(&Scope::default()).unwrap(), "");
        let quoted = Scope { namespace: Some("a\"+cluster:\"b".to_owned()), ..Scope::default() };
        assert_eq!(filter(&quoted).unwrap_err().code, Code::Unsupported);
    }

    #[test]
    fn windows_are_whole_hours() {
        let now: Timestamp = "2026-11-20T12:34:56Z".parse().unwrap();
        assert_eq!(window_between(now, 30, 7), "2026-10-21T12:00:00Z,2026-11-13T12:00:00Z");
        assert_eq!(window(now, Range::Week), "2026-11-13T12:00:00Z,2026-11-20T12:00:00Z");
    }
}
