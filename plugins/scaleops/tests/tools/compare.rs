//! `compare_cost`.

use postern_scaleops::scaleops::COSTS;
use serde_json::{Value, json};

use crate::support::fake::{cluster, ok, parameter};
use crate::support::recorded::{fixture, scaleops};
use crate::support::{Fake, attempt, fits, run};

const TOOL: &str = "compare_cost";

/// Both workloads, with total and pod-hours over 7 and 30 days.
fn costing(recent: [(f64, f64); 2], whole: [(f64, f64); 2]) -> Fake {
    let server = scaleops("prod").serve(COSTS, move |request| {
        let place = usize::from(cluster(request) == Some("c2"));
        let id = ["c1/shop/deployment/checkout", "c2/shop/statefulset/cart"][place];
        let (total, hours) = if parameter(request, "range") == Some("7d") { recent[place] } else { whole[place] };
        ok(&json!({"aggregatedWorkloads": [{"id": id, "totalCost": total, "spotHours": 0, "onDemandHours": hours}]}))
    });
    Fake::new([server])
}

fn row<'a>(answer: &'a Value, name: &str) -> &'a Value {
    answer["changes"].as_array().unwrap().iter().find(|row| row["workloadName"] == name).unwrap()
}

#[test]
fn the_days_before_are_the_longer_range_without_the_recent_one() {
    // A dollar a day for 23 days, then two: twice the pods. And one that did not change.
    let fake = costing([(14.0, 336.0), (7.0, 168.0)], [(37.0, 888.0), (30.0, 720.0)]);
    let answer = run(&fake, TOOL, json!({"selector": "app=checkout"})).json;
    let summary = &answer["summary"];
    assert_eq!((&summary["recentPerDay"], &summary["beforePerDay"]), (&json!(3.0), &json!(2.0)));
    assert_eq!((&summary["changePerDay"], &summary["changePercent"]), (&json!(1.0), &json!(50.0)));
    assert_eq!((&summary["recentDays"], &summary["beforeDays"]), (&json!(7), &json!(23)));
    let checkout = row(&answer, "checkout");
    assert_eq!(checkout["status"], "changed");
    assert_eq!(checkout["reasons"], json!(["more pod-hours: 24 to 48 a day (+1.00)"]));
    assert_eq!(row(&answer, "cart")["status"], "unchanged");
    assert_eq!(answer["changes"][0]["workloadName"], "checkout");
}

#[test]
fn new_and_removed_are_told_apart() {
    let fake = costing([(14.0, 336.0), (0.0, 0.0)], [(14.0, 336.0), (23.0, 552.0)]);
    let answer = run(&fake, TOOL, json!({"selector": "app=checkout"})).json;
    assert_eq!(row(&answer, "checkout")["status"], "new");
    assert_eq!(row(&answer, "cart")["status"], "removed");
    assert_eq!(row(&answer, "checkout").get("changePercent"), None);
    assert_eq!((&answer["summary"]["new"], &answer["summary"]["removed"]), (&json!(1), &json!(1)));
}

#[test]
fn totals_that_cross_are_nothing_not_less() {
    let fake = costing([(14.0, 336.0), (7.0, 168.0)], [(13.9, 335.0), (30.0, 720.0)]);
    let answer = run(&fake, TOOL, json!({"selector": "app=checkout"})).json;
    assert_eq!(row(&answer, "checkout")["beforePerDay"], 0.0);
}

#[test]
fn what_is_known_of_one_range_only_is_no_change() {
    let server = scaleops("prod").serve(COSTS, |request| {
        (parameter(request, "range") == Some("30d"))
            .then(|| ok(&json!({"aggregatedWorkloads": null})).unwrap())
    });
    let answer = run(&Fake::new([server]), TOOL, json!({"selector": "app=checkout"})).json;
    assert_eq!(answer["changes"], json!([]));
    assert_eq!(answer["missing"].as_array().unwrap().len(), 2);
    assert_eq!(answer["summary"]["recentPerDay"], 0.0);
}

#[test]
fn a_baseline_is_longer() {
    for (recent, baseline) in [("7d", "7d"), ("30d", "7d"), ("90d", "90d")] {
        let arguments = json!({"selector": "a=b", "recent": recent, "baseline": baseline});
        let fake = fixture();
        let problem = attempt(&fake, TOOL, arguments).unwrap_err();
        assert!(
            problem.message().starts_with(&format!("`{baseline}` is not longer than `{recent}`")),
            "{problem}"
        );
        assert_eq!(fake.paths(), [] as [&str; 0]);
    }
    assert!(!fits(TOOL, &json!({"selector": "a=b", "recent": "1d"})));
    let problem = attempt(&fixture(), TOOL, json!({"recent": "7d"})).unwrap_err();
    assert!(problem.message().starts_with("say what to look at"), "{problem}");
}
