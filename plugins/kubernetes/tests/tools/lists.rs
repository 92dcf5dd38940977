//! `list_pods`, `list_deployments`, `list_services`, `list_namespaces`.

use expect_test::expect;
use postern_kubernetes::cluster::Refusal;
use serde_json::{Value, json};

use crate::support::{Fake, Server, attempt, run};

const PODS: &[&str] =
    &["Name", "Ready", "Status", "Restarts", "Age", "IP", "Node", "Nominated Node", "Readiness Gates"];

fn pod(name: &str, ready: &str, status: &str) -> Value {
    json!([name, ready, status, "3 (5m ago)", "2d", "10.0.0.7", "node-1", "<none>", "<none>"])
}

fn shop() -> Server {
    Server::new("alpha")
        .table(
            "/api/v1/pods",
            PODS,
            vec![
                ("kube-system", pod("dns-0", "1/1", "Running")),
                ("shop", pod("web-0", "0/1", "CrashLoopBackOff")),
            ],
        )
        .table("/api/v1/namespaces/shop/pods", PODS, vec![("shop", pod("web-0", "0/1", "CrashLoopBackOff"))])
}

#[test]
fn lists_pods_of_all_namespaces() {
    let answer = run(&Fake::new([shop()]), "list_pods", json!({}));
    expect![[r"
        cluster `alpha`: 2 pods
        NAMESPACE    NAME   READY  STATUS            RESTARTS  AGE  NODE
        kube-system  dns-0  1/1    Running           3         2d   node-1
        shop         web-0  0/1    CrashLoopBackOff  3         2d   node-1"]]
    .assert_eq(&answer.text);
    assert_eq!(answer.json["clusters"][0]["total"], 2);
    assert_eq!(answer.json["clusters"][0]["items"][1]["namespace"], "shop");
    assert_eq!(answer.json["clusters"][0]["truncated"], false);
}

#[test]
fn asks_for_rows_alone_within_a_namespace() {
    let fake = Fake::new([shop()]);
    let answer = run(
        &fake,
        "list_pods",
        json!({"namespace": "shop", "label_selector": "app=web", "node": "node-1", "field_selector": "status.phase=Running"}),
    );
    let path = "/api/v1/namespaces/shop/pods";
    assert_eq!(fake.servers[0].asked(path, "includeObject").unwrap(), "None");
    assert_eq!(
        fake.servers[0].asked(path, "fieldSelector").unwrap(),
        "status.phase=Running,spec.nodeName=node-1"
    );
    assert_eq!(fake.servers[0].asked(path, "labelSelector").unwrap(), "app=web");
    assert_eq!(answer.json["clusters"][0]["items"][0]["namespace"], "shop");
}

fn many(name: &str, count: usize) -> Server {
    let rows = (0..count).map(|n| {
        let status = if n % 10 == 0 { "CrashLoopBackOff" } else { "Running" };
        ("shop", pod(&format!("web-{n:04}"), "0/1", status))
    });
    Server::new(name).table("/api/v1/pods", PODS, rows.collect())
}

#[test]
fn pages_to_the_end() {
    let fake = Fake::new([many("alpha", 25)]);
    let mut arguments = json!({"limit": 10});
    let mut names = Vec::new();
    for (count, total) in [(10, json!(25)), (10, Value::Null), (5, Value::Null)] {
        let answer = run(&fake, "list_pods", arguments.clone());
        let portion = &answer.json["clusters"][0];
        assert_eq!((portion["items"].as_array().unwrap().len(), &portion["total"]), (count, &total));
        names.extend(portion["items"].as_array().unwrap().iter().map(|item| item["name"].to_string()));
        arguments["continue"] = answer.json["continue"].clone();
    }
    assert_eq!(arguments["continue"], Value::Null);
    names.dedup();
    assert_eq!(names.len(), 25);
}

#[test]
fn filters_over_pages_and_goes_on_in_the_middle_of_one() {
    let fake = Fake::new([many("alpha", 1_200)]);
    let mut arguments = json!({"limit": 70, "status": "crashloop"});
    let first = run(&fake, "list_pods", arguments.clone());
    let items = first.json["clusters"][0]["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[69]["name"]), (70, &json!("web-0690")));
    assert_eq!(first.json["clusters"][0]["truncated"], true);
    arguments["continue"] = first.json["continue"].clone();
    let second = run(&fake, "list_pods", arguments);
    let items = second.json["clusters"][0]["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["name"]), (50, &json!("web-0700")));
    assert_eq!(second.json.get("continue"), None);
}

#[test]
fn a_thousand_pods_stay_bounded() {
    let answer = run(&Fake::new([many("alpha", 1_500)]), "list_pods", json!({"limit": 1000}));
    assert_eq!(answer.json["clusters"][0]["items"].as_array().unwrap().len(), 1_000);
    assert!(answer.text.contains("1000 of 1500 pods; more with `continue`"), "{}", answer.text);
    assert!(answer.text.contains("more lines not shown; narrow with"), "{}", answer.text);
}

#[test]
fn a_continue_is_bound_to_its_question() {
    let fake = Fake::new([many("alpha", 25)]);
    let first = run(&fake, "list_pods", json!({"limit": 10}));
    let resume = first.json["continue"].clone();
    let problem =
        attempt(&fake, "list_pods", json!({"limit": 10, "node": "x", "continue": resume})).unwrap_err();
    assert!(problem.message().contains("belongs to a call with other arguments"), "{problem}");
    let problem = attempt(&fake, "list_pods", json!({"continue": "e30"})).unwrap_err();
    assert!(problem.message().contains("not the `continue` of an earlier answer"), "{problem}");
}

#[test]
fn one_dead_cluster_costs_its_own_error_alone() {
    let dead = Server::dead("beta", Refusal::Timeout);
    let fake = Fake::new([dead, shop(), many("gamma", 25)]);
    let answer = run(&fake, "list_pods", json!({"cluster": "*", "limit": 10}));
    assert!(!answer.failed);
    assert_eq!(
        answer.json["errors"],
        json!([{"cluster": "beta", "code": "timeout", "message": "the cluster did not answer in time"}])
    );
    assert_eq!(answer.json["clusters"].as_array().unwrap().len(), 2);
    assert!(
        answer.text.starts_with("cluster `beta` failed: the cluster did not answer in time\n"),
        "{}",
        answer.text
    );
    assert!(answer.text.contains("CLUSTER  NAMESPACE"), "{}", answer.text);
    assert_eq!(*fake.progress.borrow(), [(1, 3), (2, 3), (3, 3)]);
}

#[test]
fn a_slow_cluster_gets_less_patience_next_time() {
    let fake = Fake::new([Server::dead("beta", Refusal::Timeout)]);
    for (expected, call) in [(10_000, 1), (3_000, 2)] {
        let answer = run(&fake, "list_namespaces", json!({}));
        assert!(answer.failed, "call {call}");
        assert_eq!(fake.servers[0].seen.borrow().last().unwrap().1.timeout_ms, expected);
    }
}

#[test]
fn a_later_page_asks_only_the_clusters_that_have_more() {
    let fake = Fake::new([shop(), many("gamma", 25)]);
    let first = run(&fake, "list_pods", json!({"cluster": "*", "limit": 10}));
    let second =
        run(&fake, "list_pods", json!({"cluster": "*", "limit": 10, "continue": first.json["continue"]}));
    let names: Vec<_> =
        second.json["clusters"].as_array().unwrap().iter().map(|portion| &portion["cluster"]).collect();
    assert_eq!(names, ["gamma"]);
    assert_eq!((fake.servers[0].paths().len(), fake.servers[1].paths().len()), (1, 2));
}

#[test]
fn lists_deployments_and_only_the_unhealthy() {
    let columns: &[&str] =
        &["Name", "Ready", "Up-to-date", "Available", "Age", "Containers", "Images", "Selector"];
    let rows = vec![
        ("shop", json!(["api", "2/2", 2, 2, "5d", "api", "registry.example/api:1.2", "app=api"])),
        ("shop", json!(["web", "1/3", 3, 1, "5d", "web", "registry.example/web:2", "app=web"])),
    ];
    let fake =
        Fake::new([Server::new("alpha").table("/apis/apps/v1/namespaces/shop/deployments", columns, rows)]);
    let answer = run(&fake, "list_deployments", json!({"namespace": "shop", "unhealthy_only": true}));
    expect![[r"
        cluster `alpha`: 1 deployments
        NAMESPACE  NAME  READY  UP-TO-DATE  AVAILABLE  AGE  IMAGES
        shop       web   1/3    3           1          5d   registry.example/web:2"]]
    .assert_eq(&answer.text);
    let answer = run(&fake, "list_deployments", json!({"namespace": "shop", "format": "names"}));
    assert!(answer.text.ends_with("shop/api\nshop/web"), "{}", answer.text);
}

const SERVICES: &[&str] = &["Name", "Type", "Cluster-IP", "External-IP", "Port(s)", "Age", "Selector"];

fn services() -> Server {
    let rows = vec![
        ("shop", json!(["api", "ClusterIP", "10.1.0.1", "<none>", "80/TCP", "5d", "app=api"])),
        ("shop", json!(["ext", "ExternalName", "<none>", "example.com", "<none>", "5d", "<none>"])),
        ("shop", json!(["web", "LoadBalancer", "10.1.0.2", "<pending>", "80:30080/TCP", "5d", "app=web"])),
    ];
    Server::new("alpha").table("/api/v1/services", SERVICES, rows)
}

#[test]
fn counts_the_endpoints_behind_services() {
    let slice = |addresses: [&str; 2]| {
        json!({"metadata": {"namespace": "shop", "labels": {"kubernetes.io/service-name": "api"}}, "endpoints": [
            {"addresses": [addresses[0]], "conditions": {"ready": true}, "targetRef": {"kind": "Pod", "name": "api-1"}},
            {"addresses": [addresses[1]], "conditions": {"ready": false}, "targetRef": {"kind": "Pod", "name": "api-2"}}]})
    };
    let slices = vec![slice(["10.0.0.1", "10.0.0.2"]), slice(["fd00::1", "fd00::2"])];
    let fake = Fake::new([services().list("/apis/discovery.k8s.io/v1/endpointslices", slices)]);
    let answer = run(&fake, "list_services", json!({}));
    let items = &answer.json["clusters"][0]["items"];
    assert_eq!(items[0]["endpoints"], json!({"ready": 1, "total": 2}));
    assert_eq!(items[1].get("endpoints"), None);
    assert_eq!(items[2]["endpoints"], json!({"ready": 0, "total": 0}));
}

#[test]
fn services_stand_without_their_endpoints() {
    let message =
        "endpointslices.discovery.k8s.io is forbidden: User \"bob\" cannot list resource \"endpointslices\"";
    let fake =
        Fake::new([services().fails("/apis/discovery.k8s.io/v1/endpointslices", 403, "Forbidden", message)]);
    let answer = run(&fake, "list_services", json!({}));
    assert_eq!(answer.json["clusters"][0]["items"][0].get("endpoints"), None);
    let note = answer.json["clusters"][0]["notes"][0].as_str().unwrap();
    assert!(note.starts_with("endpoints were not counted: the cluster forbids it"), "{note}");
    let quiet = run(&fake, "list_services", json!({"endpoints": false}));
    assert_eq!(quiet.json["clusters"][0].get("notes"), None);
}

#[test]
fn lists_namespaces_as_json_lines() {
    let rows = vec![("", json!(["default", "Active", "9d"])), ("", json!(["old", "Terminating", "9d"]))];
    let fake =
        Fake::new([Server::new("alpha").table("/api/v1/namespaces", &["Name", "Status", "Age"], rows)]);
    let answer = run(&fake, "list_namespaces", json!({"format": "json"}));
    expect![[r#"
        cluster `alpha`: 2 namespaces
        {"cluster":"alpha","item":{"name":"default","status":"Active","age":"9d"}}
        {"cluster":"alpha","item":{"name":"old","status":"Terminating","age":"9d"}}"#]]
    .assert_eq(&answer.text);
}
