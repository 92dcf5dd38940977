//! The tools: figures of one ScaleOps, an OpenCost beside it, and whom each server sees.

use serde_json::{Value, json};

use super::{CATALOG_TOKEN, Host, checkout};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_five_tools_of_an_entity() {
    let host = Host::start().await;
    let data = host.structured("get_scaleops_data_for_entity", checkout()).await;
    let summary = &data["summary"];
    for (name, value) in [
        ("totalWorkloads", json!(2)),
        ("totalSavingsAvailable", json!(102.4)),
        ("totalActiveSavings", json!(5.5)),
        ("automatedWorkloads", json!(1)),
        ("overProvisionedCount", json!(1)),
        ("underProvisionedCount", json!(1)),
    ] {
        assert_eq!(summary[name], value, "{name}: {data:#}");
    }
    assert_eq!(data["entity"], json!({"name": "checkout", "namespace": "default", "kind": "Component"}));
    let link = data["workloads"][0]["dashboardUrl"].as_str().unwrap();
    assert!(link.starts_with("https://scaleops.example.com/cost-report/compute?"), "{link}");

    let costs = host.structured("get_scaleops_cost_analysis_for_entity", checkout()).await;
    // 32.33 and 14 a week; the row of somebody else is in neither.
    assert_eq!(costs["summary"]["totalCost"], 46.33, "{costs:#}");
    assert_eq!(costs["costAnalysis"].as_array().unwrap().len(), 2);
    assert!(!costs.to_string().contains("not-ours"));

    let told = host.structured("get_scaleops_recommendations_for_entity", checkout()).await;
    let rows = told["recommendations"].as_array().unwrap();
    let shown: Vec<_> = rows.iter().map(|row| (&row["issue"], &row["savingsAvailable"])).collect();
    assert_eq!(
        shown,
        [(&json!("over-provisioned"), &json!(102.4)), (&json!("under-provisioned"), &json!(0.0))]
    );

    let network = host.structured("get_scaleops_network_usage_for_entity", checkout()).await;
    assert_eq!(network["summary"]["totalNetworkCost"], 0.3, "{network:#}");
    assert_eq!(network["summary"]["disabledWorkloads"], 1);

    let rules = host.structured("get_scaleops_policy_definitions_for_entity", checkout()).await;
    let names = &rules["summary"]["uniquePolicies"];
    assert_eq!(names, &json!(["production", "high-availability"]), "{rules:#}");

    sees_its_own_credential_alone(&host);
}

/// Each server got its own credential, and no text of the other's.
fn sees_its_own_credential_alone(host: &Host) {
    let (costs, catalog) = (host.servers.scaleops.requests(), host.servers.backstage.requests());
    assert!(!costs.is_empty() && !catalog.is_empty());
    for request in &costs {
        assert!(!format!("{request:?}").contains(CATALOG_TOKEN), "{request}");
        let is_login = request.path == postern_upstreams::scaleops::LOGIN;
        assert_eq!(is_login, request.user.is_empty(), "{request}");
    }
    let tokens: Vec<_> = costs.iter().filter_map(|it| it.header("authorization")).collect();
    for request in &catalog {
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer {CATALOG_TOKEN}")));
        let whole = format!("{request:?}");
        assert!(!whole.contains(super::PASSWORD) && tokens.iter().all(|token| !whole.contains(token)));
        assert!(request.path.starts_with("/api/catalog/entities/by-"), "{request}");
    }
    assert_eq!(host.servers.scaleops.logins(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_selector_needs_no_catalog() {
    let host = Host::start().await;
    let about = json!({"selector": "app in (checkout, other), env=prod", "cluster": "c1"});
    let data = host.structured("get_scaleops_data_for_entity", about).await;
    assert_eq!(data["summary"]["totalWorkloads"], 1, "{data:#}");
    assert_eq!(data["summary"]["totalSavingsAvailable"], 102.4);
    host.servers.backstage.assert_silent();
    let refused = host.tool("get_scaleops_data_for_entity", json!({"selector": "app!=checkout"})).await;
    assert!(refused.body.contains("app!=checkout"), "{}", refused.body);
    let absent = host.tool("get_scaleops_data_for_entity", json!({"entityRef": "component:default/none"}));
    let absent = absent.await;
    assert_eq!(absent.problem(), (404, "plugin.not-found".to_owned()));
    assert!(absent.body.contains("component:default/none"), "{}", absent.body);
    let bare = host.tool("get_scaleops_data_for_entity", json!({"entityRef": "component:default/handbook"}));
    assert!(
        bare.await.body.contains("does not have the `backstage.io/kubernetes-label-selector` annotation")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_team_costs_and_what_else_there_is() {
    let host = Host::start().await;
    for owner in ["group:default/shop", "system:default/sales"] {
        let told = host.tool("get_cost_by_owner", json!({"ownerRef": owner})).await;
        if owner.starts_with("system") {
            // Nobody has registered that system.
            assert_eq!(told.problem(), (404, "plugin.not-found".to_owned()), "{}", told.body);
            continue;
        }
        let told = told.json()["structuredContent"].clone();
        assert_eq!(told["summary"]["totalCost"], 46.33, "{told:#}");
        assert_eq!(told["entities"][0]["entityRef"], "component:default/checkout");
        assert_eq!(told["withoutSelector"][0]["entityRef"], "component:default/handbook");
    }
    let forecast = host.structured("forecast_savings", json!({"months": 3, "adoptionPercent": 50})).await;
    assert_eq!(forecast["summary"]["adoptedInTotal"], 153.6, "{forecast:#}");
    let top = host.structured("get_top_recommendations", json!({})).await;
    assert_eq!(top["recommendations"][0]["issue"], "under-provisioned", "{top:#}");
    let short = host.structured("list_underprovisioned_workloads", json!({})).await;
    assert_eq!(short["workloads"][0]["workloadName"], "checkout-db", "{short:#}");
    let compared = host.structured("compare_cost", checkout()).await;
    assert!(compared["summary"].is_object(), "{compared:#}");
    sees_its_own_credential_alone(&host);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_opencost_answers_and_is_told() {
    let host = Host::start().await;
    let ask = |name: &'static str, extra: Value| {
        let mut about = checkout();
        about.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        host.structured(name, about)
    };
    let edge = ask("get_scaleops_cost_analysis_for_entity", json!({"instance": "edge"})).await;
    let source = &edge["sources"][0];
    assert_eq!((&source["instance"], &source["source"]), (&json!("edge"), &json!("opencost")), "{edge:#}");
    assert!(!source["unsupported"].as_array().unwrap().is_empty(), "{edge:#}");
    let total = edge["summary"]["totalCost"].as_f64().unwrap();
    assert!((total - 46.33).abs() < 0.05, "{edge:#}");
    let told = ask("get_scaleops_recommendations_for_entity", json!({"instance": "edge"})).await;
    assert_eq!(told["recommendations"][0]["estimated"], true, "{told:#}");
    assert_eq!(host.servers.scaleops.requests().len(), 0);
    for request in host.servers.opencost.requests() {
        assert_eq!((request.header("authorization"), request.header("cookie")), (None, None), "{request}");
    }

    let both = ask("get_scaleops_cost_analysis_for_entity", json!({"instances": ["prod", "edge"]})).await;
    let sources: Vec<_> = both["sources"].as_array().unwrap().iter().map(|it| &it["source"]).collect();
    assert_eq!(sources, ["scaleops", "opencost"], "{both:#}");
    // One that fails is named beside the other's answer.
    host.servers.opencost.stop();
    let one = host.tool("get_scaleops_data_for_entity", json!({"selector": "app=checkout", "instance": "*"}));
    let one = one.await.json()["structuredContent"].clone();
    assert_eq!(one["errors"][0]["instance"], "edge", "{one:#}");
    assert_eq!(one["summary"]["totalWorkloads"], 2, "{one:#}");
}
