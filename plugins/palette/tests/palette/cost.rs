//! Cost of one cluster, of all, and of one that is not there yet.

use postern_palette::tool::Problem;
use serde_json::{Value, json};

use crate::fake::{CLUSTER, Fake, OTHER, PROJECT, Palette, cluster, me};
use crate::fleet::{about, call, shop, with};

const COST: &str = "GET /v1/dashboard/spectroclusters/650000000000000000000001/cost";

fn series(sums: &[f64]) -> Vec<Value> {
    let point = |(place, total): (usize, &f64)| json!({"timestamp": format!("2026-09-{:02}T00:00:00Z", place + 1), "compute": total, "storage": 0.0, "total": total});
    sums.iter().enumerate().map(point).collect()
}

#[test]
fn cost_is_told_without_currency_and_network_wherever_the_series_stands() {
    let data =
        json!({"cost": {"compute": 9.0, "storage": 3.0, "total": 12.0}, "data": series(&[1.0, 4.0, 7.0])});
    for body in [
        json!({"cluster": {"name": "shop-eu", "cloud": data}}),
        json!({"cluster": {"name": "shop-eu", "cost": {"total": 1.0}}, "cloud": data}),
    ] {
        let answer =
            call(&shop(COST, 200, body), "get_cluster_cost", with(&json!({"time_range": "3d"}))).unwrap();
        assert_eq!((&answer["total_cost"], &answer["daily_average"]), (&json!(12.0), &json!(4.0)));
        assert_eq!((&answer["cost_trend"], &answer["trend_percent"]), (&json!("rising"), &json!(600.0)));
        assert!(
            answer.get("currency").unwrap().is_null()
                && answer["breakdown"].get("network").unwrap().is_null()
        );
    }
}

#[test]
fn cost_of_nothing_is_zero_and_says_why() {
    for body in
        [json!({}), json!({"cluster": null, "cloud": {"data": null}}), json!({"cloud": {"data": [{}]}})]
    {
        let answer = call(&shop(COST, 200, body), "get_cluster_cost", about()).unwrap();
        assert_eq!((&answer["total_cost"], &answer["cost_trend"]), (&json!(0.0), &json!("unknown")));
        assert!(answer["recommendations"][0].as_str().unwrap().contains("rates"));
        assert_eq!(answer["time_range"], "7d");
    }
    // Without any total, the sum of the series is it.
    let answer =
        call(&shop(COST, 200, json!({"cloud": {"data": series(&[2.0, 2.5])}})), "get_cluster_cost", about());
    assert_eq!(answer.unwrap()["total_cost"], 4.5);
}

#[test]
fn cost_of_a_cluster_that_is_refused_or_gone_is_not_told() {
    let refused = shop(COST, 403, json!({"code": "OperationForbidden", "message": "hunter2"}));
    assert!(matches!(call(&refused, "get_cluster_cost", about()), Err(Problem::Denied(_))));
    let path = format!("GET /v1/dashboard/spectroclusters/{CLUSTER} @{PROJECT}");
    let gone = Palette::shop("prod").on(&path, 200, cluster(CLUSTER, "a", PROJECT, "Deleted"));
    let gone = gone.on(&format!("{COST} @{PROJECT}"), 200, json!({"cluster": {"cost": {"total": 5.0}}}));
    assert!(matches!(call(&Fake::new(vec![gone]), "get_cluster_cost", about()), Err(Problem::NotFound(_))));
    let half = Palette::shop("prod").on(&path, 502, json!("hunter2"));
    let half = half.on(
        &format!("{COST} @{PROJECT}"),
        200,
        json!({"cluster": {"name": "n", "cost": {"total": 5.0}}}),
    );
    let answer = call(&Fake::new(vec![half]), "get_cluster_cost", about()).unwrap();
    assert_eq!((&answer["total_cost"], &answer["errors"][0]["code"]), (&json!(5.0), &json!("upstream")));
}

const FLEET: &str = "POST /v1/dashboard/spectroclusters/cost";

fn group(uid: &str, total: f64) -> Value {
    json!({"entity": {"kind": "cloud", "name": uid, "uid": uid}, "total": {"compute": total, "storage": 0.0, "total": total}, "data": null})
}

#[test]
fn fleet_cost_counts_nothing_twice() {
    // The tenant's answer holds all: the projects are not asked.
    let tenant = Palette::new("p")
        .on("GET /v1/users/me", 200, me(&[PROJECT], &["cluster.list"]))
        .on(FLEET, 200, json!({"resources": [group("aws", 3.0), group("gcp", 1.0)]}))
        .on(&format!("{FLEET} @{PROJECT}"), 200, json!({"resources": [group("aws", 99.0)]}));
    let answer = call(&Fake::new(vec![tenant]), "get_fleet_cost", json!({"group_by": "cloud"})).unwrap();
    assert_eq!((&answer["total_cost"], &answer["items"][0]["share"]), (&json!(4.0), &json!(75.0)));
    // Without tenant rights, groups of the same name are one.
    let projects = Palette::new("p")
        .on("GET /v1/users/me", 200, me(&[PROJECT, OTHER], &[]))
        .on(&format!("{FLEET} @{PROJECT}"), 200, json!({"resources": [group("aws", 3.0)]}))
        .on(&format!("{FLEET} @{OTHER}"), 200, json!({"resources": [group("aws", 2.0)]}));
    let answer = call(&Fake::new(vec![projects]), "get_fleet_cost", json!({"group_by": "cloud"})).unwrap();
    assert_eq!((&answer["total"], &answer["items"][0]["total_cost"]), (&json!(1), &json!(5.0)));
}

#[test]
fn fleet_cost_tells_which_projects_are_in_no_sum() {
    let half = Palette::new("p")
        .on("GET /v1/users/me", 200, me(&[PROJECT, OTHER], &["cluster.list"]))
        .on(FLEET, 403, json!({"code": "OperationForbidden"}))
        .on(&format!("{FLEET} @{PROJECT}"), 200, json!({"resources": null}))
        .on(&format!("{FLEET} @{OTHER}"), 502, json!("hunter2"));
    let answer = call(&Fake::new(vec![half]), "get_fleet_cost", json!({})).unwrap();
    assert_eq!((&answer["total_cost"], answer["errors"].as_array().unwrap().len()), (&json!(0.0), 2));
    let none = Palette::new("p").on("GET /v1/users/me", 200, me(&[PROJECT], &[]));
    assert!(matches!(call(&Fake::new(vec![none]), "get_fleet_cost", json!({})), Err(Problem::NotFound(_))));
}

#[test]
fn an_estimate_has_a_price_or_says_that_it_has_none() {
    let path = "POST /v1/spectroclusters/aws/rate";
    let plan = json!({"cloud": "aws", "machine_pools": [{"name": "cp", "size": 1, "instance_type": "m5.large", "control_plane": true}]});
    let rates = json!({"machinePools": [{"name": "cp", "nodesCount": 1, "rate": {"compute": {"type": "m5.large", "rate": 70.0},
        "storage": [{"rate": 5.0}, {"rate": 1.0}], "total": 76.0}}], "rate": {"compute": 70.0, "storage": 6.0, "total": 76.0}});
    let answer =
        call(&Fake::new(vec![Palette::new("p").on(path, 200, rates)]), "estimate_cluster_cost", plan.clone())
            .unwrap();
    assert_eq!((&answer["total_cost"], &answer["priced"]), (&json!(76.0), &json!(true)));
    assert_eq!((&answer["pools"][0]["storage"], &answer["period"]), (&json!(6.0), &json!("monthly")));
    let free =
        json!({"machinePools": [{"name": "cp", "nodesCount": 1, "rate": {"storage": null}}], "rate": null});
    let answer =
        call(&Fake::new(vec![Palette::new("p").on(path, 200, free)]), "estimate_cluster_cost", plan.clone())
            .unwrap();
    assert_eq!(answer["priced"], false);
    for (status, body) in [(200, json!({})), (404, json!({}))] {
        let fake = Fake::new(vec![Palette::new("p").on(path, status, body)]);
        assert!(matches!(call(&fake, "estimate_cluster_cost", plan.clone()), Err(Problem::NotFound(_))));
    }
    let pool = json!([{"name": "a", "size": 1}]);
    let nobody = Fake::new(vec![Palette::new("p")]);
    for refused in [
        json!({"cloud": "AWS", "machine_pools": pool}),
        json!({"cloud": "nested", "machine_pools": pool}),
        json!({"cloud": "../x", "machine_pools": pool}),
        json!({"cloud": "aws", "machine_pools": []}),
        json!({"cloud": "aws"}),
        json!({"cloud": "aws", "machine_pools": [{"name": "a", "size": 0}]}),
        json!({"cloud": "aws", "machine_pools": [{"name": "a", "size": 1001}]}),
        json!({"cloud": "aws", "machine_pools": pool, "period": "daily"}),
    ] {
        assert!(
            matches!(call(&nobody, "estimate_cluster_cost", refused.clone()), Err(Problem::Invalid(_))),
            "{refused}"
        );
    }
    assert!(nobody.instances[0].sent.borrow().is_empty());
}
