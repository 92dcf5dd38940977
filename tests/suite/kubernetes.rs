//! The Kubernetes integration in its sandbox, against simulated clusters with healthy and broken workloads.

use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::kubernetes::Seed;
use serde_json::{Value, json};

use crate::bench::Bench;

/// Every tool, with arguments that it answers.
const TOOLS: [(&str, &str); 11] = [
    ("describe_pod", r#"{"cluster": "prod", "namespace": "shop", "name": "POD"}"#),
    ("diagnose_cluster", r#"{"cluster": "*"}"#),
    ("get_cluster_info", r#"{"cluster": "*"}"#),
    ("get_node_status", r#"{"cluster": "prod"}"#),
    ("get_pod_events", r#"{"cluster": "prod", "namespace": "shop", "name": "POD"}"#),
    ("get_pod_logs", r#"{"cluster": "prod", "namespace": "shop", "name": "POD"}"#),
    ("get_resource_usage", r#"{"cluster": "prod"}"#),
    ("list_deployments", r#"{"clusters": ["prod", "staging"]}"#),
    ("list_namespaces", r#"{}"#),
    ("list_pods", r#"{"cluster": "*"}"#),
    ("list_services", r#"{"cluster": "prod", "namespace": "shop"}"#),
];

async fn demo() -> Bench {
    Bench::kubernetes(Seed::demo()).await
}

/// The name of some running pod of `shop` in `prod`.
async fn pod(bench: &Bench) -> String {
    let listed = bench
        .structured("list_pods", json!({"cluster": "prod", "namespace": "shop", "status": "running"}))
        .await
        .unwrap();
    listed["clusters"][0]["items"][0]["name"].as_str().unwrap_or_else(|| panic!("{listed:#}")).to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tool_answers() {
    let bench = demo().await;
    let pod = pod(&bench).await;
    let listed: Vec<String> = {
        let tools = bench.gateway().tools(&bench.principal("ana").await);
        tools.iter().map(|tool| tool.name.clone()).collect()
    };
    assert_eq!(listed, TOOLS.map(|(name, _)| name), "every tool is tried below");
    for (tool, arguments) in TOOLS {
        let arguments: Value = serde_json::from_str(&arguments.replace("POD", &pod)).unwrap();
        let answer =
            bench.structured(tool, arguments).await.unwrap_or_else(|error| panic!("{tool}: {error}"));
        assert!(answer.is_object(), "{tool}: {answer}");
    }
    for cluster in bench.fleet().clusters() {
        let refused: Vec<_> =
            cluster.requests().into_iter().filter(|request| request.status == 401).collect();
        assert!(refused.is_empty(), "{refused:#?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn hints_come_from_the_methods() {
    let bench = demo().await;
    for tool in bench.gateway().tools(&bench.principal("ana").await) {
        let hints = tool.hints;
        assert!(
            hints.read_only && !hints.destructive && hints.idempotent && hints.open_world,
            "{}",
            tool.name
        );
    }
    let hostile = Bench::hostile().await;
    let hints: Vec<_> = {
        let tools = hostile.gateway().tools(&hostile.principal("ana").await);
        tools.iter().map(|tool| (tool.name.clone(), tool.hints.read_only, tool.hints.destructive)).collect()
    };
    // It says of every one of its tools that it reads only.
    let expected = [("delete", false, true), ("logs", true, false), ("pods", true, false)];
    assert_eq!(hints, expected.map(|(name, reads, destroys)| (name.to_owned(), reads, destroys)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn arguments_that_do_not_fit_are_refused_with_their_place() {
    let bench = demo().await;
    bench.nothing_may_arrive();
    for (tool, arguments, place) in [
        ("list_pods", json!({"limit": "many"}), "`/limit`"),
        ("list_pods", json!({"limit": 0}), "`/limit`"),
        ("list_pods", json!({"namespaces": "shop"}), "namespaces"),
        ("get_pod_logs", json!({"namespace": "shop"}), "name"),
        ("get_pod_logs", json!({"namespace": "../x", "name": "y"}), "`/namespace`"),
        ("get_pod_logs", json!({"cluster": "*", "namespace": "shop", "name": "y"}), "`*`"),
        ("list_pods", json!({"cluster": "nowhere"}), "`nowhere`"),
        ("list_pods", json!({"cluster": "prod", "clusters": ["edge"]}), "`/clusters`"),
    ] {
        let error = bench.text(tool, arguments.clone()).await.unwrap_err().to_string();
        assert!(error.contains(place), "{tool} {arguments}: {error}");
    }
    bench.nothing_arrived();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_dead_cluster_costs_its_own_part_only() {
    let bench = demo().await;
    bench.fleet().cluster("staging").stop();
    let answer = bench.structured("list_pods", json!({"cluster": "*"})).await.unwrap();
    let errors = answer["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 1, "{answer:#}");
    assert_eq!(errors[0]["cluster"], "staging");
    assert_eq!(answer["clusters"].as_array().unwrap().len(), 2, "{answer:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn upstream_failures_are_told_truly() {
    let bench = demo().await;
    let prod = bench.fleet().cluster("prod");
    for (fault, said) in [
        (Fault::Status(401, None), "credentials"),
        (Fault::Status(403, None), "forbidden"),
        (Fault::Status(500, None), "the cluster failed"),
        (Fault::Html(502), "502"),
        (Fault::TruncateBody(100), "broke off"),
        (Fault::Body(200, "application/json", "{\"kind\":".to_owned()), "not what the API promises"),
    ] {
        prod.heal();
        prod.fault(Plan::new(fault.clone()).under("/api"));
        let answer = bench.structured("list_pods", json!({"cluster": "prod"})).await.unwrap();
        let message =
            answer["errors"][0]["message"].as_str().unwrap_or_else(|| panic!("{fault:?}: {answer:#}"));
        assert!(message.to_lowercase().contains(&said.to_lowercase()), "{fault:?}: {message}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn progress_is_told_for_each_cluster() {
    let bench = demo().await;
    let reports = bench.progress("get_cluster_info", json!({"cluster": "*"})).await;
    assert_eq!(reports.len(), 3, "{reports:?}");
    assert!(reports.iter().all(|report| report.total == Some(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_do_not_come_out() {
    let bench = demo().await;
    for cluster in bench.fleet().clusters() {
        cluster.forbid("the value of a secret", |request| {
            let whole = !request.header("accept").is_some_and(|accept| accept.contains("as=Table"));
            request.path.contains("/secrets") && (whole || request.parameter("includeObject") != Some("None"))
        });
    }
    bench.structured("diagnose_cluster", json!({"cluster": "*"})).await.unwrap();
    bench.fleet().assert_untouched();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_pods_are_listed_in_bounded_size() {
    let bench = Bench::kubernetes(Seed::many_pods(1000)).await;
    let answer = bench.structured("list_pods", json!({"limit": 1000})).await.unwrap();
    assert_eq!(answer["clusters"][0]["items"].as_array().unwrap().len(), 1000);
    let text = bench.text("list_pods", json!({"limit": 1000})).await.unwrap();
    assert!(text.len() <= 32 << 10, "{} bytes", text.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_every_pod_once() {
    let bench = Bench::kubernetes(Seed::many_pods(250)).await;
    let mut seen = std::collections::BTreeSet::new();
    let mut arguments = json!({"limit": 100});
    loop {
        let page = bench.structured("list_pods", arguments.clone()).await.unwrap();
        for item in page["clusters"][0]["items"].as_array().unwrap() {
            assert!(seen.insert((item["namespace"].clone().to_string(), item["name"].to_string())), "{item}");
        }
        match page["continue"].as_str() {
            Some(token) => arguments["continue"] = json!(token),
            None => break,
        }
    }
    assert_eq!(seen.len(), 250);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_hardly_changes_is_kept_and_the_answer_says_so() {
    let bench = demo().await;
    let info = || bench.beside("get_cluster_info", json!({"cluster": "prod"}), "postern/cache");
    assert_eq!(info().await, None);
    let kept = info().await.unwrap();
    assert_eq!(kept["stale"], false);
    assert!(kept["age"].as_u64().unwrap() < 30, "{kept}");
    let asked = |path: &str| bench.cluster().requests().iter().filter(|it| it.path == path).count();
    assert_eq!(asked("/version"), 1);
    // Whether it is well, it is asked each time.
    assert_eq!(asked("/readyz"), 2);
}
