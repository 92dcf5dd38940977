//! `forecast_savings` and `list_underprovisioned_workloads`.

use postern_scaleops::scaleops::WORKLOADS;
use serde_json::json;

use crate::support::recorded::{fixture, over, scaleops, under};
use crate::support::{Fake, fits, run};

#[test]
fn a_forecast_is_a_straight_line_with_its_assumptions() {
    let answer = run(&fixture(), "forecast_savings", json!({"months": 3, "adoptionPercent": 50}));
    let summary = &answer.json["summary"];
    assert_eq!((&summary["activePerMonth"], &summary["availablePerMonth"]), (&json!(5.5), &json!(102.4)));
    assert_eq!((&summary["adoptedPerMonth"], &summary["adoptedInTotal"]), (&json!(51.2), &json!(153.6)));
    assert_eq!(
        (&summary["availableManualPerMonth"], &summary["underProvisioned"]),
        (&json!(102.4), &json!(1))
    );
    assert_eq!(
        answer.json["forecast"],
        json!([
            {"month": 1, "activeSoFar": 5.5, "additionalSoFar": 51.2},
            {"month": 2, "activeSoFar": 11.0, "additionalSoFar": 102.4},
            {"month": 3, "activeSoFar": 16.5, "additionalSoFar": 153.6}
        ])
    );
    assert_eq!(answer.json["namespaces"][0]["clusterName"], "c1");
    assert!(answer.text.contains("assumed: 50 % of what could be saved is taken up"), "{}", answer.text);
    for refused in [json!({"months": 0}), json!({"months": 37}), json!({"adoptionPercent": 101})] {
        assert!(!fits("forecast_savings", &refused), "{refused}");
    }
}

#[test]
fn what_is_not_told_is_counted_not_guessed() {
    let mut untold = over();
    untold.as_object_mut().unwrap().remove("savingsAvailable");
    let fake = Fake::new([scaleops("prod").json(WORKLOADS, &json!({"workloads": [untold]}))]);
    let summary = run(&fake, "forecast_savings", json!({})).json["summary"].clone();
    assert_eq!((&summary["unknown"], &summary["availablePerMonth"]), (&json!(1), &json!(0.0)));
}

#[test]
fn what_is_at_risk_is_listed_worst_first() {
    let mut short = under();
    short["id"] = json!("c1/shop/Deployment/api");
    short["workloadName"] = json!("api");
    short["oomCountLast24h"] = json!(0);
    short["auto"] = json!(false);
    let mut broken = over();
    broken["workloadErrors"] = json!("image\npull\u{1b}[31m");
    let all = json!({"workloads": [over(), broken.clone(), short, under()]});
    broken["id"] = json!("other");
    let server = scaleops("prod").json(WORKLOADS, &all);
    let answer = run(&Fake::new([server]), "list_underprovisioned_workloads", json!({}));
    let rows = answer.json["workloads"].as_array().unwrap();
    let shown: Vec<_> = rows
        .iter()
        .map(|row| (row["severity"].as_str().unwrap(), row["workloadName"].as_str().unwrap()))
        .collect();
    // The broken one has the id of a healthy one, which came first.
    assert_eq!(shown, [("critical", "cart"), ("high", "api")]);
    assert_eq!(rows[0]["reasons"][1], "lacks 150m of CPU and 128.0Mi of memory");
    assert_eq!((&rows[0]["cpuShort"], &rows[0]["memShort"]), (&json!(150.0), &json!(134_217_728.0)));
    assert_eq!(answer.json["summary"]["manual"], 1);

    let server = scaleops("prod").json(WORKLOADS, &json!({"workloads": [broken]}));
    let answer = run(&Fake::new([server]), "list_underprovisioned_workloads", json!({}));
    assert_eq!(answer.json["workloads"][0]["severity"], "medium");
    assert!(!answer.text.contains('\u{1b}'), "{}", answer.text);
}

#[test]
fn nothing_at_risk_is_said_so() {
    let server = scaleops("prod").json(WORKLOADS, &json!({"workloads": [over()]}));
    let answer = run(&Fake::new([server]), "list_underprovisioned_workloads", json!({"cluster": "c1"}));
    assert_eq!(answer.json["workloads"], json!([]));
    assert!(answer.text.contains("0 of 1 workloads are at risk"), "{}", answer.text);
}
