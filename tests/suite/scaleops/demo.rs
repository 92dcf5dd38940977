//! A small company: forty workloads in three clusters, and every tool asked about all of its catalog.

use postern_upstreams::backstage;
use postern_upstreams::scaleops::{self, Seed};
use serde_json::{Value, json};

use super::{Host, PASSWORD, Servers, holds_no_secret};

/// How much is asked of a server in a second, as hosts have it that say nothing of it.
const USUAL: &str = "[limits.target]\nrate = \"100/s\"\nburst = 500\nconcurrent = 128\n";

async fn company() -> Host {
    Host::start_on(Servers::start(Seed::demo(), backstage::Seed::demo()).await, PASSWORD, USUAL).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tool_answers_for_an_entity_of_either_server() {
    let host = company().await;
    for tool in [
        "get_scaleops_data_for_entity",
        "get_scaleops_cost_analysis_for_entity",
        "get_scaleops_recommendations_for_entity",
        "get_scaleops_network_usage_for_entity",
        "get_scaleops_policy_definitions_for_entity",
        "compare_cost",
        "get_top_recommendations",
        "forecast_savings",
        "list_underprovisioned_workloads",
    ] {
        for instance in ["prod", "edge", "*"] {
            let about = json!({"entityRef": "component:default/checkout", "instance": instance});
            let answer = host.tool(tool, about).await;
            assert_eq!(answer.status, 200, "{tool} of {instance}: {}", answer.body);
            let told = answer.json();
            assert_eq!(told["isError"], false, "{tool} of {instance}: {told:#}");
            let sources: Vec<_> = told["structuredContent"]["sources"]
                .as_array()
                .unwrap()
                .iter()
                .map(|it| it["source"].as_str().unwrap())
                .collect();
            let expected = match instance {
                "prod" => &["scaleops"][..],
                "edge" => &["opencost"],
                _ => &["scaleops", "opencost"],
            };
            assert_eq!(sources, expected, "{tool} of {instance}: {told:#}");
            holds_no_secret(&host, &answer.body);
        }
    }
    assert_eq!(host.servers.scaleops.attempts(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_company_costs_what_its_teams_cost() {
    let host = company().await;
    let cost = async |owner: &str| {
        let told = host.structured("get_cost_by_owner", json!({"ownerRef": owner, "range": "30d"})).await;
        assert!(told.get("errors").is_none_or(|it| it == &json!([])), "{told:#}");
        told
    };
    let (all, domain) = (cost("group:default/engineering").await, cost("domain:default/commerce").await);
    let total = |told: &Value| told["summary"]["totalCost"].as_f64().unwrap();
    let mut teams = 0.0;
    for team in ["shop", "payments", "platform"] {
        teams += total(&cost(&format!("group:default/{team}")).await);
    }
    assert!(total(&all) > 1000.0 && (total(&all) - teams).abs() < 0.05, "{teams} {all:#}");
    assert!((total(&all) - total(&domain)).abs() < 0.05, "{domain:#}");
    // A name of a cluster that is no plain word reaches the server as it is.
    let asked = host.servers.scaleops.requests_at(scaleops::COSTS);
    assert!(asked.iter().any(|it| it.header("x-scaleops-cluster") == Some("admin@shared svc 01")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_groups_than_one_call_looks_into_are_told() {
    let group = |name: &str, parent: &str| {
        let spec = json!({"type": "team", "parent": parent, "children": []});
        backstage::entity("Group", name, spec)
    };
    let mut catalog = backstage::Seed::demo();
    for number in 0..40 {
        catalog = catalog.entity(group(&format!("squad-{number}"), "engineering"));
    }
    let host = Host::start_on(Servers::start(Seed::demo(), catalog).await, PASSWORD, USUAL).await;
    let about = json!({"ownerRef": "group:default/engineering"});
    let told = host.structured("get_cost_by_owner", about).await;
    let notes = told["notes"].to_string();
    assert!(notes.contains("more than 30 groups and systems"), "{told:#}");
}
