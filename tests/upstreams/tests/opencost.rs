//! The simulated OpenCost, asked over the wire.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must fail at its place"
)]

mod client;

use hyper::Method;
use postern_upstreams::fault::Plan;
use postern_upstreams::opencost::{OpenCost, Seed, error};
use serde_json::Value;

use client::send;

async fn get(opencost: &OpenCost, path: &str) -> (u16, Value) {
    let answer = send(opencost, Method::GET, path, &[], "").await.unwrap();
    (answer.status, if answer.body.is_empty() { Value::Null } else { answer.json() })
}

/// The keys of the first step.
async fn keys(opencost: &OpenCost, query: &str) -> Vec<String> {
    let (status, body) = get(opencost, &format!("/allocation?window=7d&{query}")).await;
    assert_eq!(status, 200, "{body}");
    let mut keys: Vec<String> = body["data"][0].as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

#[tokio::test]
async fn costs_are_those_of_scaleops_and_add_up() {
    let opencost = OpenCost::start(Seed::demo()).await.unwrap();
    let path = "/allocation/compute?window=7d&aggregate=cluster,namespace,controller&filter=label%5Bapp%5D:%22checkout%22";
    let (_, body) = get(&opencost, path).await;
    let row = &body["data"][0]["east-1/shop/deployment:checkout"];
    let total = row["totalCost"].as_f64().unwrap();
    // 4.6 a day, as the demo of the other server has it.
    assert!((total - 32.2).abs() < 0.001, "{total}");
    let parts = ["cpuCost", "ramCost", "gpuCost", "networkCost", "pvCost"];
    let sum: f64 = parts.iter().map(|part| row[*part].as_f64().unwrap()).sum();
    assert!((sum - total).abs() < 0.001, "{sum} {total}");
    assert_eq!(
        (&row["properties"]["controller"], &row["properties"]["controllerKind"]),
        (&"checkout".into(), &"deployment".into())
    );
    assert_eq!((row["cpuCores"].as_f64(), row["minutes"].as_f64()), (Some(3.0), Some(10080.0)));
    assert_eq!(row["properties"].get("labels"), None, "sums keep no labels");
    assert_eq!(body["data"][0].as_object().unwrap().len(), 3);
}

#[tokio::test]
async fn keys_follow_the_aggregate() {
    let opencost = OpenCost::start(Seed::demo()).await.unwrap();
    assert_eq!(keys(&opencost, "aggregate=namespace").await, ["payments", "platform", "shop"]);
    assert_eq!(keys(&opencost, "aggregate=label:team").await, ["payments", "platform", "shop"]);
    assert_eq!(
        keys(&opencost, "aggregate=controllerKind&includeIdle=true").await,
        ["__idle__", "cronjob", "daemonset", "deployment", "statefulset"]
    );
    assert_eq!(keys(&opencost, "aggregate=all").await, ["all"]);
    assert!(keys(&opencost, "aggregate=service").await.contains(&"__unallocated__".to_owned()));
    assert_eq!(keys(&opencost, "aggregate=label:nothing").await, ["__unallocated__"]);
    let pods = keys(&opencost, "filter=controllerName:%22checkout%22").await;
    assert!(pods.contains(&"east-1/east-1-node-1/shop/checkout-0/checkout".to_owned()), "{pods:?}");
}

#[tokio::test]
async fn a_raw_plus_loses_the_and() {
    let opencost = OpenCost::start(Seed::demo()).await.unwrap();
    let both = "aggregate=controller&filter=namespace:%22shop%22%2Blabel%5Bapp%5D:%22checkout%22";
    assert_eq!(keys(&opencost, both).await, ["deployment:checkout"]);
    let lost = keys(&opencost, &both.replace("%2B", "+")).await;
    assert!(lost.len() > 5, "{lost:?}");
    let either = "aggregate=controller&filter=label%5Bapp%5D:%22ledger%22%7Clabel%5Bapp%5D:%22payout%22";
    assert_eq!(keys(&opencost, either).await, ["deployment:ledger", "deployment:payout"]);
    let list = "aggregate=controller&filter=controllerName:%22ledger%22,%22payout%22";
    assert_eq!(keys(&opencost, list).await.len(), 2);
    let grouped = "aggregate=namespace&filter=(namespace:%22shop%22%7Cnamespace:%22payments%22)%2Bcluster!:%22east-1%22";
    assert_eq!(keys(&opencost, grouped).await, ["payments", "shop"]);
    let part =
        "aggregate=label:app.kubernetes.io/part-of&filter=label%5Bapp_kubernetes_io_part_of%5D~:%22store%22";
    assert_eq!(keys(&opencost, part).await, ["storefront"]);
}

#[tokio::test]
async fn steps_are_sets_and_accumulate_joins_them() {
    let opencost = OpenCost::start(Seed::demo().only("west-1")).await.unwrap();
    let path = "/allocation?window=3d&aggregate=cluster&step=1d";
    let (_, body) = get(&opencost, path).await;
    let sets = body["data"].as_array().unwrap();
    assert_eq!(sets.len(), 3);
    assert_eq!(sets[0]["west-1"]["end"], sets[1]["west-1"]["start"]);
    let daily: f64 = sets.iter().map(|set| set["west-1"]["totalCost"].as_f64().unwrap()).sum();
    let (_, body) = get(&opencost, &format!("{path}&accumulate=true")).await;
    let whole = body["data"][0]["west-1"]["totalCost"].as_f64().unwrap();
    assert!((whole - daily).abs() < 0.01 && body["data"].as_array().unwrap().len() == 1);
    let (_, summary) = get(&opencost, "/allocation/summary?window=7d&aggregate=namespace").await;
    let row = &summary["data"]["sets"][0]["allocations"]["shop"];
    assert!(row["totalCost"].as_f64().unwrap() > 0.0 && row.get("minutes").is_none());
    let (_, assets) = get(&opencost, "/assets?window=1d").await;
    assert_eq!(assets["data"].as_object().unwrap().len(), 3);
    assert_eq!(get(&opencost, "/healthz").await.0, 200);
    let open = send(&opencost, Method::GET, "/assets?window=1d", &[], "").await.unwrap();
    assert_eq!(open.header("access-control-allow-origin"), "*");
}

#[tokio::test]
async fn refusals_have_a_code_and_a_message() {
    let opencost = OpenCost::start(Seed::demo()).await.unwrap();
    for (query, told) in [
        ("", "window"),
        ("window=soon", "soon"),
        ("window=7d&aggregate=colour", "colour"),
        ("window=7d&filter=namespace:shop", "quotes"),
        ("window=7d&filter=colour:%22red%22", "colour"),
        ("window=7d&filter=pod:%22a%22%2Bpod:%22b%22%7Cpod:%22c%22", "brackets"),
        ("window=7d&step=x", "step"),
    ] {
        let (status, body) = get(&opencost, &format!("/allocation?{query}")).await;
        assert_eq!((status, body["code"].as_u64(), body["status"].as_str()), (400, Some(400), Some("error")));
        assert!(body["message"].as_str().unwrap().contains(told), "{body}");
    }
    opencost.plant(Plan::new(error(500)).at("/allocation").times(1));
    assert_eq!(get(&opencost, "/allocation?window=7d").await.0, 500);
    assert_eq!(send(&opencost, Method::GET, "/other", &[], "").await.unwrap().status, 404);
    assert_eq!(opencost.requests().len(), 9);
}
