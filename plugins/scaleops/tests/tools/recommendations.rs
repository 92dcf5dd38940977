//! `get_scaleops_recommendations_for_entity` and `get_top_recommendations`.

use serde_json::{Value, json};

use crate::support::recorded::fixture;
use crate::support::{fits, run};

const TOOL: &str = "get_scaleops_recommendations_for_entity";

fn shown(answer: &Value) -> Vec<(String, String, f64)> {
    let rows = answer["recommendations"].as_array().unwrap();
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    rows.iter()
        .map(|row| (text(row, "issue"), text(row, "priority"), row["savingsAvailable"].as_f64().unwrap()))
        .collect()
}

fn row(issue: &str, priority: &str, saves: f64) -> (String, String, f64) {
    (issue.to_owned(), priority.to_owned(), saves)
}

#[test]
fn the_order_of_the_recorded_run() {
    let answer = run(&fixture(), TOOL, json!({"entityRef": "component:default/checkout"}));
    assert_eq!(
        shown(&answer.json),
        [row("over-provisioned", "high", 102.4), row("under-provisioned", "high", 0.0)]
    );
    let first = &answer.json["recommendations"][0];
    assert_eq!((&first["currentCPU"], &first["recommendedCPU"]), (&json!(1000.0), &json!(71.0)));
    assert_eq!((&first["risk"], &first["automated"]), (&json!("medium"), &json!(false)));
    assert_eq!(first["reasons"], json!(["it cuts CPU by 93 %", "it lowers memory by 3 %"]));
}

#[test]
fn a_threshold_does_not_hide_what_is_at_risk() {
    let asked = |extra: Value| {
        let mut arguments = json!({"entityRef": "component:default/checkout"});
        arguments.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        shown(&run(&fixture(), TOOL, arguments).json)
    };
    assert_eq!(asked(json!({"minSavingsThreshold": 5})).len(), 2);
    assert_eq!(asked(json!({"minSavingsThreshold": 500})), [row("under-provisioned", "high", 0.0)]);
    assert_eq!(asked(json!({"minSavingsThreshold": 5, "applyThresholdToRisk": true})).len(), 1);
    assert!(!fits(TOOL, &json!({"selector": "a=b", "minSavingsThreshold": -1})));
}

#[test]
fn the_top_needs_no_scope_and_begins_with_the_risk() {
    let fake = fixture();
    let answer = run(&fake, "get_top_recommendations", json!({}));
    assert_eq!(
        shown(&answer.json),
        [row("under-provisioned", "high", 0.0), row("over-provisioned", "high", 102.4)]
    );
    assert!(answer.text.contains("it ran out of memory 2 times within 24 hours"), "{}", answer.text);
    let careful = run(&fake, "get_top_recommendations", json!({"maxRisk": "low"}));
    assert_eq!(shown(&careful.json), []);
    let one = run(&fake, "get_top_recommendations", json!({"top": 1}));
    assert_eq!(
        (&one.json["truncated"], &one.json["summary"]["totalRecommendations"]),
        (&json!(true), &json!(2))
    );
}
