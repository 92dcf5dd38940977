//! `get_scaleops_policy_definitions_for_entity`.

use postern_scaleops::scaleops::{POLICIES, WORKLOADS};
use serde_json::json;

use crate::support::catalog::checkout;
use crate::support::fake::cluster;
use crate::support::recorded::{fixture, over, policy, scaleops};
use crate::support::{Fake, attempt, run};

const TOOL: &str = "get_scaleops_policy_definitions_for_entity";

fn about() -> serde_json::Value {
    json!({"entityRef": "component:default/checkout"})
}

#[test]
fn the_summary_of_the_recorded_run() {
    let answer = run(&fixture(), TOOL, about());
    let summary = &answer.json["summary"];
    assert_eq!(summary["totalWorkloads"], 2);
    assert_eq!(summary["workloadsWithPolicies"], 1);
    assert_eq!(summary["uniquePolicies"], json!(["production", "high-availability"]));
    let rows = &answer.json["workloadPolicies"];
    assert_eq!(rows[0]["policyDefinition"], policy());
    assert_eq!(rows[0]["policySummary"], "cpu: 24h, percentile 90, headroom 10 %; memory: 168h");
    assert_eq!((&rows[1]["policyDefinition"], rows[1].get("error")), (&json!(null), None));
}

#[test]
fn one_read_a_cluster() {
    let mut second = over();
    second["workloadName"] = json!("checkout-worker");
    second["id"] = json!("c1/shop/Deployment/checkout-worker");
    let mut without = over();
    without["id"] = json!("c3/shop/Deployment/x");
    without["clusterName"] = json!("c3");
    without["policyName"] = json!("");
    let server = scaleops("prod").json(WORKLOADS, &json!({"workloads": [over(), second, without]}));
    let fake = Fake::new([server]).with(checkout());
    let answer = run(&fake, TOOL, about());
    assert_eq!(answer.json["summary"]["workloadsWithPolicies"], 2);
    let asked = fake.asked(POLICIES);
    assert_eq!(asked.iter().map(|request| cluster(request).unwrap()).collect::<Vec<_>>(), ["c1"]);
    assert_eq!(answer.json["workloadPolicies"][2]["policyName"], "N/A");
}

#[test]
fn a_failure_is_not_none() {
    let fake = Fake::new([scaleops("prod").answer(POLICIES, 403, "")]).with(checkout());
    let answer = run(&fake, TOOL, about());
    let row = &answer.json["workloadPolicies"][0];
    assert_eq!(row["policyDefinition"], json!(null));
    assert_eq!(
        row["error"],
        "the account may not read `/api/v1/policies` (403); in ScaleOps it needs the role Viewer"
    );
    assert_eq!(answer.json["summary"]["failedWorkloads"], 2);
}

#[test]
fn a_workload_that_is_not_there_is_told() {
    let arguments = json!({"entityRef": "component:default/checkout", "workloadName": "zzz"});
    let problem = attempt(&fixture(), TOOL, arguments).unwrap_err();
    assert!(problem.message().starts_with("workload `zzz` not found for component:default/checkout"));
}
