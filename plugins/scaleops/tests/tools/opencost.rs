//! The same tools, answered by OpenCost.

use postern_scaleops::opencost::{ALLOCATION, COMPUTE};
use postern_scaleops::tool::Problem;
use serde_json::{Value, json};

use crate::support::catalog::checkout;
use crate::support::fake::{ok, parameter};
use crate::support::recorded::scaleops;
use crate::support::{Fake, Instance, attempt, run, serve};

fn row(namespace: &str, name: &str, cost: f64) -> Value {
    json!({"name": name, "properties": {"cluster": "oc-1", "namespace": namespace, "controller": name,
            "controllerKind": "deployment"}, "minutes": 10080,
        "cpuCoreRequestAverage": 1.0, "cpuCoreUsageAverage": 0.1, "cpuCost": cost,
        "ramByteRequestAverage": 1073741824u64, "ramByteUsageAverage": 1073741824u64, "ramCost": 0,
        "networkCost": 0.5, "networkTransferBytes": 600, "networkReceiveBytes": 400, "totalCost": cost})
}

fn answer(rows: &[(&str, Value)]) -> Value {
    let set: serde_json::Map<String, Value> =
        rows.iter().map(|(key, row)| ((*key).to_owned(), row.clone())).collect();
    json!({"code": 200, "status": "success", "data": [set, null]})
}

fn opencost() -> Instance {
    Instance::new("oc").attribute("source", "opencost").json(
        ALLOCATION,
        &answer(&[
            ("oc-1/shop/deployment/checkout", row("shop", "checkout", 7.0)),
            ("oc-1/__idle__", json!({"totalCost": 100})),
            ("oc-1/shop/__unallocated__/__unallocated__", json!({"totalCost": 3})),
        ]),
    )
}

fn fixture() -> Fake {
    Fake::new([opencost()]).with(checkout())
}

fn about() -> Value {
    json!({"entityRef": "component:default/checkout"})
}

#[test]
fn costs_are_by_controller_and_say_what_is_not_known() {
    let fake = fixture();
    let answer = run(&fake, "get_scaleops_cost_analysis_for_entity", about());
    let request = &fake.asked(ALLOCATION)[0];
    assert_eq!(parameter(request, "filter"), Some(r#"label[app]:"checkout"+label[env]:"prod""#));
    assert_eq!(parameter(request, "aggregate"), Some("cluster,namespace,controllerKind,controller"));
    assert_eq!(parameter(request, "window"), Some("2026-11-13T12:00:00Z,2026-11-20T12:00:00Z"));
    assert_eq!(parameter(request, "accumulate"), Some("true"));
    assert_eq!(answer.json["summary"]["totalCost"], 7.0);
    let first = &answer.json["costAnalysis"][0];
    assert_eq!((&first["type"], &first["clusterName"]), (&json!("Deployment"), &json!("oc-1")));
    assert_eq!(
        (&first["hourlyCost"], &first["missing"]),
        (&json!(0.041667), &json!(["spotPercent", "onDemandPercent"]))
    );
    let source = &answer.json["sources"][0];
    assert_eq!(
        (&source["source"], &source["unsupported"][0]),
        (&json!("opencost"), &json!("spot and on-demand shares"))
    );
}

#[test]
fn recommendations_are_called_estimates() {
    let answer = run(&fixture(), "get_scaleops_recommendations_for_entity", about());
    let first = &answer.json["recommendations"][0];
    assert_eq!((&first["issue"], &first["estimated"]), (&json!("over-provisioned"), &json!(true)));
    assert_eq!((&first["recommendedCPU"], &first["savingsAvailable"]), (&json!(130.0), &json!(26.1)));
    assert!(first["reasons"].to_string().contains("it is an estimate from average use"));
    assert!(
        answer.json["notes"][0]
            .as_str()
            .unwrap()
            .contains("are estimates from average use over 7 days and 30 %")
    );
    assert!(
        answer.text.contains("instance `oc` is opencost, which has no: automation, policies"),
        "{}",
        answer.text
    );
}

#[test]
fn policies_are_what_it_has_not() {
    let fake = fixture();
    let answer = run(&fake, "get_scaleops_policy_definitions_for_entity", about());
    assert_eq!(answer.json["sources"][0]["unsupported"], json!(["policies", "automation"]));
    assert_eq!(answer.json["workloadPolicies"], json!([]));
    assert_eq!(fake.paths(), [] as [&str; 0]);
}

#[test]
fn traffic_is_a_sum_without_destinations() {
    let fake = fixture();
    let arguments = json!({"entityRef": "component:default/checkout", "timeRangeHours": 1.5});
    let answer = run(&fake, "get_scaleops_network_usage_for_entity", arguments);
    assert_eq!(parameter(&fake.asked(ALLOCATION)[0], "window"), Some("2h"));
    assert_eq!(answer.json["summary"]["totalNetworkCost"], 0.5);
    assert_eq!(answer.json["summary"]["totalTraffic"], 1000.0);
    assert_eq!(answer.json["sources"][0]["unsupported"], json!(["destinations"]));
}

#[test]
fn two_windows_are_compared() {
    let server = Instance::new("oc").attribute("source", "opencost").serve(ALLOCATION, |request| {
        let rows = match parameter(request, "window").unwrap() {
            "2026-11-13T12:00:00Z,2026-11-20T12:00:00Z" => vec![("k1", row("shop", "new", 7.0))],
            "2026-10-21T12:00:00Z,2026-11-13T12:00:00Z" => vec![("k2", row("shop", "old", 46.0))],
            other => panic!("{other}"),
        };
        ok(&answer(&rows))
    });
    let answer = run(&Fake::new([server]), "compare_cost", json!({"namespace": "shop"})).json;
    let shown: Vec<_> = answer["changes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (row["workloadName"].as_str().unwrap(), row["status"].as_str().unwrap(), &row["changePerDay"])
        })
        .collect();
    assert_eq!(shown, [("old", "removed", &json!(-2.0)), ("new", "new", &json!(1.0))]);
    assert_eq!(answer["summary"]["changePercent"], -50.0);
}

#[test]
fn an_older_server_is_asked_under_the_older_name() {
    let set = answer(&[("k", row("shop", "checkout", 7.0))]);
    let server = Instance::new("oc").attribute("source", "opencost").json(COMPUTE, &set);
    let fake = Fake::new([server]).with(checkout());
    run(&fake, "get_scaleops_data_for_entity", about());
    assert_eq!(fake.paths(), [ALLOCATION, COMPUTE]);
}

#[test]
fn a_failure_within_a_success_is_one() {
    let server = Instance::new("oc")
        .attribute("source", "opencost")
        .json(ALLOCATION, &json!({"code": 500, "message": "hunter2", "data": null}));
    let problem =
        attempt(&Fake::new([server]).with(checkout()), "get_scaleops_data_for_entity", about()).unwrap_err();
    assert_eq!(problem.message(), "instance `oc`: the server failed at `/allocation`, within a success");
}

#[test]
fn a_clause_that_cannot_be_said_is_named() {
    for clause in ["env", "!env", "tier>1", "env="] {
        let fake = fixture();
        let problem =
            attempt(&fake, "get_scaleops_data_for_entity", json!({"selector": clause})).unwrap_err();
        assert!(problem.message().contains(&format!("OpenCost cannot be asked for `{clause}`")), "{problem}");
        assert_eq!(fake.paths(), [] as [&str; 0]);
    }
    // What ScaleOps cannot be asked, OpenCost can: each says it of itself.
    let fake = Fake::new([scaleops("prod"), opencost()]);
    let answer = run(&fake, "get_scaleops_data_for_entity", json!({"selector": "env!=dev"}));
    assert_eq!(answer.json["errors"][0]["code"], "unsupported");
    assert_eq!(answer.json["summary"]["totalWorkloads"], 1);
}

#[test]
fn nothing_says_a_workload_is_not_automated_where_nobody_knows() {
    let mut idle = row("shop", "fine", 1.0);
    idle["cpuCoreUsageAverage"] = json!(0.9);
    let server =
        Instance::new("oc").attribute("source", "opencost").json(ALLOCATION, &answer(&[("k", idle)]));
    let fake = Fake::new([server]).with(checkout());
    let found = run(&fake, "get_scaleops_recommendations_for_entity", about());
    assert_eq!(found.json["recommendations"], json!([]));
}

#[test]
fn what_is_short_is_not_called_manual_where_nobody_knows() {
    let mut short = row("shop", "short", 1.0);
    short["cpuCoreUsageAverage"] = json!(2.0);
    let server =
        Instance::new("oc").attribute("source", "opencost").json(ALLOCATION, &answer(&[("k", short)]));
    let found = run(&Fake::new([server]), "list_underprovisioned_workloads", json!({}));
    assert_eq!((&found.json["summary"]["atRisk"], &found.json["summary"]["manual"]), (&json!(1), &json!(0)));
    assert_eq!(found.json["workloads"][0]["cpuShort"], 1600.0);
}

#[test]
fn routes_are_of_scaleops() {
    let problem = serve(&fixture(), "policies", json!({})).unwrap_err();
    assert_eq!(
        problem,
        Problem::NotFound("instance `oc`: it is OpenCost, which has no `/api/v1/policies`".to_owned())
    );
}
