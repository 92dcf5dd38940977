//! What every tool does when there is nothing to be had: says so, and never looks like success.

use postern_kubernetes::cluster::Refusal;
use postern_kubernetes::places;
use postern_kubernetes::tool::Problem;
use postern_kubernetes::tools;
use serde_json::{Value, json};

use crate::support::{Fake, Server, attempt};

/// Arguments with which each tool can be called.
fn arguments(tool: &str) -> Value {
    match tool {
        "describe_pod" | "get_pod_logs" | "get_pod_events" => json!({"namespace": "shop", "name": "web-0"}),
        _ => json!({}),
    }
}

#[test]
fn no_tool_looks_well_when_the_cluster_is_gone() {
    for refusal in [
        Refusal::Timeout,
        Refusal::Tls("unknown issuer".to_owned()),
        Refusal::Unavailable("no such context".to_owned()),
    ] {
        for tool in tools::describe() {
            let fake = Fake::new([Server::dead("alpha", refusal.clone())]);
            match attempt(&fake, tool.name, arguments(tool.name)) {
                Ok(outcome) => {
                    assert!(outcome.is_error, "{}", tool.name);
                    assert!(
                        outcome.text.starts_with("cluster `alpha` failed: "),
                        "{}: {}",
                        tool.name,
                        outcome.text
                    );
                    let json: Value = serde_json::from_str(&outcome.structured).unwrap();
                    assert_eq!(
                        (
                            json["clusters"].as_array().unwrap().len(),
                            json["errors"].as_array().unwrap().len()
                        ),
                        (0, 1)
                    );
                }
                Err(Problem::Upstream(message) | Problem::Timeout(message)) => {
                    assert!(message.starts_with("cluster `alpha`: "), "{message}")
                }
                Err(other) => panic!("{}: {other:?}", tool.name),
            }
        }
    }
}

#[test]
fn no_tool_has_more_requests_in_flight_than_the_host_lets_it() {
    let mut wide = Vec::new();
    for tool in tools::describe() {
        let fake = Fake::new((0..16).map(|number| Server::new(&format!("cluster-{number}"))));
        drop(attempt(&fake, tool.name, arguments(tool.name)));
        let most = fake.flight.most.get();
        assert!((1..=places::MOST).contains(&most), "{}: {most}", tool.name);
        if most == places::MOST {
            wide.push(tool.name);
        }
    }
    // This one asks five things of each cluster, so it comes to the bound.
    assert!(wide.contains(&"get_cluster_info"), "{wide:?}");
}

#[test]
fn a_call_without_clusters_is_told_so() {
    for tool in tools::describe() {
        let problem = attempt(&Fake::new([]), tool.name, arguments(tool.name)).unwrap_err();
        assert_eq!(
            problem,
            Problem::NotFound("no cluster of that name is open to this call".to_owned()),
            "{}",
            tool.name
        );
    }
}

#[test]
fn arguments_are_parsed_strictly_whoever_checked_them() {
    let fake = Fake::new([Server::new("alpha")]);
    for (tool, arguments) in [
        ("get_pod_logs", r#"{"namespace":"shop","name":"../secrets/x"}"#),
        ("get_pod_logs", r#"{"namespace":"shop","name":"a","tail":2001}"#),
        ("get_pod_logs", r#"{"namespace":"shop","name":"a","since_seconds":0}"#),
        ("get_pod_logs", r#"{"namespace":"shop","name":"a","server":"https://x"}"#),
        ("get_pod_logs", r#"{"name":"a"}"#),
        ("list_pods", r#"{"namespace":"a/b"}"#),
        ("list_pods", r#"{"limit":0}"#),
        ("list_pods", r#"{"status":"broken"}"#),
        ("list_pods", r#"{"label_selector":"a\nb"}"#),
        ("diagnose_cluster", r#"{"groups":["everything"]}"#),
        ("list_pods", "[]"),
    ] {
        let problem = futures::executor::block_on(tools::call(&fake, tool, arguments)).unwrap_err();
        assert!(matches!(problem, Problem::Invalid(_)), "{tool} {arguments}: {problem:?}");
    }
    let problem = futures::executor::block_on(tools::call(&fake, "delete_pod", "{}")).unwrap_err();
    assert_eq!(problem, Problem::NotFound("no tool is named `delete_pod`".to_owned()));
    assert!(fake.servers[0].paths().is_empty());
}

#[test]
fn answers_that_are_no_json_are_told_as_such() {
    let fake = Fake::new([Server::new("alpha").answer("/api/v1/namespaces", 200, "<html>login</html>")]);
    let outcome = attempt(&fake, "list_namespaces", json!({})).unwrap();
    assert!(outcome.is_error && outcome.text.contains("is not what the API promises"), "{}", outcome.text);
}

#[test]
fn an_expired_continue_says_to_begin_again() {
    let columns: &[&str] = &["Name", "Status", "Age"];
    let rows = vec![("", json!(["a", "Active", "1d"])), ("", json!(["b", "Active", "1d"]))];
    let fake = Fake::new([Server::new("alpha").table("/api/v1/namespaces", columns, rows)]);
    let first = attempt(&fake, "list_namespaces", json!({"limit": 1})).unwrap();
    let first: Value = serde_json::from_str(&first.structured).unwrap();
    let gone = Server::new("alpha").fails(
        "/api/v1/namespaces",
        410,
        "Expired",
        "The provided continue parameter is too old",
    );
    let outcome =
        attempt(&Fake::new([gone]), "list_namespaces", json!({"limit": 1, "continue": first["continue"]}))
            .unwrap();
    assert!(outcome.text.contains("ask again without `continue`"), "{}", outcome.text);
}
