//! `get_scaleops_data_for_entity`.

use postern_scaleops::scaleops::WORKLOADS;
use serde_json::json;

use crate::support::catalog::checkout;
use crate::support::fake::{body, parameter};
use crate::support::recorded::{fixture, over, scaleops, under};
use crate::support::{Fake, Instance, run};

const TOOL: &str = "get_scaleops_data_for_entity";

fn about() -> serde_json::Value {
    json!({"entityRef": "component:default/checkout"})
}

#[test]
fn the_summary_of_the_recorded_run() {
    let fake = fixture();
    let answer = run(&fake, TOOL, about());
    let summary = &answer.json["summary"];
    for (name, value) in [
        ("totalWorkloads", json!(2)),
        ("totalSavingsAvailable", json!(102.4)),
        ("totalActiveSavings", json!(5.5)),
        ("automatedWorkloads", json!(1)),
        ("overProvisionedCount", json!(1)),
        ("underProvisionedCount", json!(1)),
    ] {
        assert_eq!(summary[name], value, "{name}");
    }
    assert_eq!(
        answer.json["entity"],
        json!({"name": "checkout", "namespace": "default", "kind": "Component"})
    );
    let request = &fake.asked(WORKLOADS)[0];
    assert_eq!(body(request), json!({"label": ["app=checkout", "env=prod"]}));
    assert_eq!(parameter(request, "multiCluster"), Some("true"));
    assert_eq!(parameter(request, "logicalLabel"), Some("AND"));
    assert!(answer.text.contains("1000m > 71m") && answer.text.contains("under,auto,oom"), "{}", answer.text);
}

#[test]
fn every_name_that_clients_know_is_there() {
    let answer = run(&fixture(), TOOL, about());
    for workload in answer.json["workloads"].as_array().unwrap() {
        for name in [
            "clusterName",
            "namespace",
            "workloadName",
            "type",
            "policyName",
            "auto",
            "cpuRequests",
            "memRequests",
            "cpuRecommended",
            "memRecommended",
            "isUnderProvisioned",
            "isOverProvisioned",
            "savingsAvailable",
            "activeSavings",
            "dashboardUrl",
        ] {
            assert!(workload.get(name).is_some(), "{name} in {workload}");
        }
    }
    // And what people see in the dashboard: replicas, autoscalers, out of memory.
    let cart = &answer.json["workloads"][1];
    assert_eq!(
        (&cart["oomCountLast24h"], &cart["hasHpa"], &cart["replicas"]),
        (&json!(2.0), &json!(true), &json!(1.0))
    );
    assert_eq!(cart["priorityClassName"], "0");
    assert_eq!(answer.json["workloads"][0]["dashboardUrl"], json!(null));
}

#[test]
fn a_missing_field_is_named_and_fails_nothing() {
    let mut broken = over();
    let object = broken.as_object_mut().unwrap();
    object.remove("cpuRecommended");
    object.insert("policyName".into(), json!(null));
    object.insert("savingsAvailable".into(), json!({"odd": 1}));
    let server = scaleops("prod").json(WORKLOADS, &json!({"workloads": [broken, under(), 7, {}]}));
    let answer = run(&Fake::new([server]).with(checkout()), TOOL, about());
    let first = &answer.json["workloads"][0];
    assert_eq!(first["missing"], json!(["policyName", "cpuRecommended", "savingsAvailable"]));
    assert_eq!((&first["cpuRecommended"], &first["policyName"]), (&json!(0.0), &json!("N/A")));
    // In words it is not nothing either.
    assert!(answer.text.contains("1000m > ?") && !answer.text.contains("> 0m"), "{}", answer.text);
    assert_eq!(answer.json["summary"]["totalWorkloads"], 3);
    assert_eq!(answer.json["summary"]["incompleteCount"], 2);
    assert_eq!(answer.json["notes"], json!(["instance `prod`: 1 workloads could not be read"]));
}

#[test]
fn no_workload_is_no_error() {
    for none in [json!({"workloads": []}), json!({"workloads": null}), json!({})] {
        let server = Instance::new("prod").json(WORKLOADS, &none);
        let answer = run(&Fake::new([server]).with(checkout()), TOOL, about());
        assert!(!answer.failed);
        assert_eq!(answer.json["summary"]["totalWorkloads"], 0);
    }
}

#[test]
fn links_lead_to_the_dashboard_that_the_operator_names() {
    let server = scaleops("prod").attribute("dashboard", "https://s.example.com/");
    let answer = run(&Fake::new([server]).with(checkout()), TOOL, about());
    assert_eq!(
        answer.json["workloads"][0]["dashboardUrl"],
        "https://s.example.com/cost-report/compute?searchTerms=checkout&selectedTable=Workloads&groupByCluster=0\
         &groupByNamespace=0&logicalLabel=AND&labels=app%3Dcheckout&labels=env%3Dprod"
    );
}

#[test]
fn totals_are_of_all_and_rows_of_the_first() {
    let answer = run(&fixture(), TOOL, json!({"entityRef": "component:default/checkout", "top": 1}));
    assert_eq!(answer.json["workloads"].as_array().unwrap().len(), 1);
    assert_eq!(answer.json["truncated"], true);
    assert_eq!(answer.json["summary"]["totalWorkloads"], 2);
}

#[test]
fn several_instances_answer_together_and_unlike_money_is_told() {
    let fake = Fake::new([
        scaleops("east").attribute("currency", "USD"),
        scaleops("west").attribute("currency", "EUR"),
    ])
    .with(checkout());
    let answer = run(&fake, TOOL, about());
    assert_eq!(answer.json["summary"]["totalWorkloads"], 4);
    assert_eq!(answer.json["workloads"][2]["instance"], "west");
    assert_eq!(
        answer.json["notes"],
        json!(["these instances count in different currencies: their totals cannot be added"])
    );
    let fake = Fake::new([scaleops("east").attribute("currency", "USD")]).with(checkout());
    assert_eq!(run(&fake, TOOL, about()).json["units"]["savings"], "USD per month");
}
