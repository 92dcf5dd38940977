//! `get_scaleops_network_usage_for_entity`.

use postern_scaleops::scaleops::{NETWORK, NETWORK_ENABLED, WORKLOADS};
use postern_scaleops::server::Refusal;
use serde_json::{Value, json};

use crate::support::catalog::checkout;
use crate::support::fake::{cluster, parameter};
use crate::support::recorded::{destination, fixture, scaleops};
use crate::support::{Fake, attempt, fits, run};

const TOOL: &str = "get_scaleops_network_usage_for_entity";

fn about(extra: &Value) -> Value {
    let mut arguments = json!({"entityRef": "component:default/checkout"});
    arguments.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    arguments
}

#[test]
fn the_summary_of_the_recorded_run() {
    let fake = fixture();
    let answer = run(&fake, TOOL, about(&json!({})));
    let summary = &answer.json["summary"];
    assert_eq!(summary["totalWorkloads"], 2);
    assert_eq!(summary["totalNetworkCost"], 0.3);
    assert_eq!(summary["totalTraffic"], 1000.0);
    assert_eq!(summary["disabledWorkloads"], 1);
    let rows = &answer.json["workloadNetworkData"];
    assert_eq!(rows[0]["destinations"][0]["Name"], "orders-db");
    assert_eq!(rows[0]["destinations"][0]["crossAZCost"]["egress"], 0.2);
    assert_eq!((&rows[1]["networkCostEnabled"], rows[1].get("error")), (&json!(false), None));
    // Asked once, and only where it is on.
    assert_eq!(fake.paths(), [WORKLOADS, NETWORK_ENABLED, NETWORK]);
    let request = &fake.asked(NETWORK)[0];
    assert_eq!(cluster(request), Some("c1"));
    assert_eq!(parameter(request, "from"), Some("1795089600000"));
    assert_eq!(parameter(request, "to"), Some("1795176000000"));
}

#[test]
fn a_failure_is_not_off() {
    let fake = Fake::new([scaleops("prod").answer(NETWORK, 500, "")]).with(checkout());
    let answer = run(&fake, TOOL, about(&json!({})));
    let row = &answer.json["workloadNetworkData"][0];
    assert_eq!((&row["networkCostEnabled"], &row["destinations"]), (&json!(true), &json!([])));
    assert_eq!(row["error"], "the server failed at `/api/v1/workload-network` (500)");
    assert_eq!(answer.json["summary"]["failedWorkloads"], 1);

    let down = scaleops("prod").serve(NETWORK_ENABLED, |_| Some(Err(Refusal::Timeout)));
    let answer = run(&Fake::new([down]).with(checkout()), TOOL, about(&json!({})));
    for row in answer.json["workloadNetworkData"].as_array().unwrap() {
        assert_eq!(row["networkCostEnabled"], json!(null));
        assert_eq!(row["error"], "the server did not answer in time");
    }
    assert_eq!(answer.json["summary"]["disabledWorkloads"], 0);
}

#[test]
fn both_shapes_of_an_answer_are_read() {
    for answer in [json!([destination()]), json!({"destinations": [destination(), "odd"]})] {
        let fake = Fake::new([scaleops("prod").json(NETWORK, &answer)]).with(checkout());
        assert_eq!(run(&fake, TOOL, about(&json!({}))).json["summary"]["totalNetworkCost"], 0.3);
    }
    for none in [json!({}), json!({"destinations": null}), json!([])] {
        let fake = Fake::new([scaleops("prod").json(NETWORK, &none)]).with(checkout());
        let answer = run(&fake, TOOL, about(&json!({})));
        assert_eq!(answer.json["summary"]["failedWorkloads"], 0, "{none}");
        assert_eq!(answer.json["workloadNetworkData"][0]["destinations"], json!([]), "{none}");
    }
}

#[test]
fn one_workload_by_either_name() {
    for name in ["workload", "workloadName"] {
        let answer = run(&fixture(), TOOL, about(&json!({name: "cart"})));
        assert_eq!(answer.json["summary"]["totalWorkloads"], 1);
    }
    let problem = attempt(&fixture(), TOOL, about(&json!({"workloadName": "zzz"}))).unwrap_err();
    assert_eq!(
        problem.message(),
        "workload `zzz` not found for component:default/checkout, selector app=checkout,env=prod"
    );
    assert!(attempt(&fixture(), TOOL, about(&json!({"workloadName": "a", "workload": "b"}))).is_err());
}

#[test]
fn hours_are_bounded_and_none_is_a_day() {
    let fake = fixture();
    let answer = run(&fake, TOOL, about(&json!({"timeRangeHours": 0})));
    assert_eq!(answer.json["timeRangeHours"], 24.0);
    let fake = fixture();
    run(&fake, TOOL, about(&json!({"timeRangeHours": 0.5})));
    assert_eq!(parameter(&fake.asked(NETWORK)[0], "from"), Some("1795174200000"));
    for refused in [json!(-1), json!(2161), json!("24")] {
        assert!(!fits(TOOL, &json!({"selector": "a=b", "timeRangeHours": refused})), "{refused}");
    }
}
