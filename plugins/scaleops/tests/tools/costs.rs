//! `get_scaleops_cost_analysis_for_entity`.

use postern_scaleops::scaleops::{COSTS, WORKLOADS};
use serde_json::json;

use crate::support::catalog::checkout;
use crate::support::fake::{body, cluster, parameter};
use crate::support::recorded::{fixture, over, scaleops, under};
use crate::support::{Fake, attempt, fits, run};

const TOOL: &str = "get_scaleops_cost_analysis_for_entity";

fn about() -> serde_json::Value {
    json!({"entityRef": "component:default/checkout"})
}

#[test]
fn all_groups_are_asked_and_rows_are_of_their_own_cluster() {
    let fake = fixture();
    let answer = run(&fake, TOOL, about());
    let asked = fake.asked(COSTS);
    assert_eq!(asked.iter().map(|request| cluster(request).unwrap()).collect::<Vec<_>>(), ["c1", "c2"]);
    assert_eq!(
        body(&asked[0]),
        json!({"clusterFilters": ["c1"], "namespaces": ["shop"], "workloadTypes": ["Deployment"],
            "labels": ["app=checkout", "env=prod"]})
    );
    assert_eq!(parameter(&asked[0], "range"), Some("7d"));
    let rows = answer.json["costAnalysis"].as_array().unwrap();
    let places: Vec<_> = rows
        .iter()
        .map(|row| (row["workloadName"].as_str().unwrap(), row["clusterName"].as_str().unwrap()))
        .collect();
    // The foreign row is in neither.
    assert_eq!(places, [("checkout", "c1"), ("cart", "c2")]);
    assert_eq!(answer.json["missing"], json!([]));
    assert_eq!(answer.json["summary"]["totalCost"], 39.325);
    assert_eq!(answer.json["summary"]["totalSavingsAvailable"], 23.83);
}

#[test]
fn an_hourly_cost_of_nothing_is_made_from_the_total_and_told() {
    let answer = run(&fixture(), TOOL, about());
    let rows = &answer.json["costAnalysis"];
    assert_eq!((&rows[0]["hourlyCost"], &rows[0]["hourlyCostDerived"]), (&json!(0.192411), &json!(true)));
    assert_eq!((&rows[1]["hourlyCost"], rows[1].get("hourlyCostDerived")), (&json!(0.0417), None));
    assert_eq!(answer.json["summary"]["averageHourlyCost"], 0.117056);
    assert!(
        answer.text.contains("0.1924*") && answer.text.contains("made from the total"),
        "{}",
        answer.text
    );
}

#[test]
fn a_workload_without_a_cost_is_named() {
    let mut nameless = over();
    nameless.as_object_mut().unwrap().remove("id");
    let mut unmatched = under();
    unmatched["id"] = json!("elsewhere");
    let server = scaleops("prod").json(WORKLOADS, &json!({"workloads": [nameless, unmatched]}));
    let answer = run(&Fake::new([server]).with(checkout()), TOOL, about());
    assert_eq!(answer.json["costAnalysis"], json!([]));
    let reasons: Vec<_> =
        answer.json["missing"].as_array().unwrap().iter().map(|row| &row["reason"]).collect();
    assert_eq!(reasons, ["the server tells no id to join it by", "no cost came back"]);
    assert!(answer.text.contains("2 without a known cost"), "{}", answer.text);
}

#[test]
fn one_group_that_fails_costs_its_own_workloads() {
    let server = scaleops("prod").serve(COSTS, |request| {
        (cluster(request) == Some("c2")).then(|| {
            Ok(postern_scaleops::server::Response { status: 500, headers: Vec::new(), body: Vec::new() })
        })
    });
    let answer = run(&Fake::new([server]).with(checkout()), TOOL, about());
    assert_eq!(answer.json["costAnalysis"].as_array().unwrap().len(), 1);
    assert_eq!(
        answer.json["missing"][0]["reason"],
        "the server failed at `/detailedCostReport/getWorkloads` (500)"
    );
}

#[test]
fn all_groups_that_fail_are_the_server_failing() {
    let server = scaleops("prod").answer(COSTS, 503, "");
    let problem = attempt(&Fake::new([server]).with(checkout()), TOOL, about()).unwrap_err();
    assert_eq!(problem.message(), "instance `prod`: the server is not ready (503)");
}

#[test]
fn odd_names_of_clusters_are_headers_or_a_reason() {
    let named = |name: &str| {
        let mut row = over();
        row["clusterName"] = json!(name);
        Fake::new([scaleops("prod").json(WORKLOADS, &json!({"workloads": [row, under()]}))]).with(checkout())
    };
    let fake = named("admin@shared svc-01");
    run(&fake, TOOL, about());
    assert!(fake.asked(COSTS).iter().any(|request| cluster(request) == Some("admin@shared svc-01")));
    let answer = run(&named("a\r\nx-evil: 1"), TOOL, about());
    assert_eq!(answer.json["missing"][0]["reason"], "the cluster's name cannot be sent in a header");
}

#[test]
fn ranges_are_the_three_that_there_are() {
    let fake = fixture();
    let arguments = json!({"entityRef": "component:default/checkout", "range": "90d"});
    let answer = run(&fake, TOOL, arguments);
    assert_eq!(parameter(&fake.asked(COSTS)[0], "range"), Some("90d"));
    assert_eq!(
        answer.json["window"],
        json!({"range": "90d", "from": "2026-08-22T12:00:30Z", "to": "2026-11-20T12:00:30Z"})
    );
    assert_eq!(answer.json["units"]["totalCost"], "money over 90d");
    for refused in ["1d", "7", "7D", ""] {
        assert!(!fits(TOOL, &json!({"selector": "a=b", "range": refused})), "{refused}");
    }
}
