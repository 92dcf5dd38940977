//! Completions of `cluster`, `namespace` and `name`.

use postern_kubernetes::cluster::Refusal;
use postern_kubernetes::tool::Problem;
use serde_json::{Value, json};

use crate::support::{Fake, Server, complete};

const NAMESPACES: &[&str] = &["Name", "Status", "Age"];
const PODS: &[&str] = &["Name", "Ready", "Status", "Restarts", "Age"];

fn namespaces(count: usize) -> Vec<(&'static str, Value)> {
    (0..count).map(|number| ("", json!([format!("team-{number:04}"), "Active", "5d"]))).collect()
}

fn pod(name: &str) -> Value {
    json!([name, "1/1", "Running", "0", "2d"])
}

fn alpha() -> Server {
    Server::new("alpha").attribute("default", "true").table(
        "/api/v1/namespaces",
        NAMESPACES,
        vec![
            ("", json!(["kube-system", "Active", "5d"])),
            ("", json!(["shop", "Active", "5d"])),
            ("", json!(["shop-test", "Active", "5d"])),
        ],
    )
}

#[track_caller]
fn check(fake: &Fake, argument: &str, value: &str, arguments: Value, expected: &[&str]) {
    let completion = complete(fake, argument, value, arguments).unwrap();
    assert_eq!(completion.values, expected);
    assert_eq!(completion.total, u32::try_from(expected.len()).ok());
    assert!(!completion.has_more);
}

#[test]
fn completes_clusters_without_asking_them() {
    let fake = Fake::new([alpha(), Server::new("alpine"), Server::dead("beta", Refusal::Timeout)]);
    check(&fake, "cluster", "al", json!({}), &["alpha", "alpine"]);
    check(&fake, "cluster", "", json!({}), &["alpha", "alpine", "beta"]);
    check(&fake, "cluster", "x", json!({}), &[]);
    assert!(fake.servers.iter().all(|server| server.paths().is_empty()));
}

#[test]
fn completes_namespaces_of_the_cluster_that_is_meant() {
    let beta = Server::new("beta").table("/api/v1/namespaces", NAMESPACES, namespaces(2));
    let fake = Fake::new([beta, alpha()]);
    check(&fake, "namespace", "shop", json!({}), &["shop", "shop-test"]);
    check(&fake, "namespace", "sho", json!({"cluster": ""}), &["shop", "shop-test"]);
    check(&fake, "namespace", "", json!({"cluster": "beta"}), &["team-0000", "team-0001"]);
    let alone = Fake::new([Server::new("gamma").table("/api/v1/namespaces", NAMESPACES, namespaces(1))]);
    check(&alone, "namespace", "team", json!({}), &["team-0000"]);
}

#[test]
fn completes_pods_within_their_namespace_only() {
    let path = "/api/v1/namespaces/shop/pods";
    let rows = vec![("shop", pod("api-0")), ("shop", pod("web-0")), ("shop", pod("web-1"))];
    let fake = Fake::new([alpha().table(path, PODS, rows)]);
    check(&fake, "name", "web", json!({"namespace": "shop"}), &["web-0", "web-1"]);
    assert_eq!(fake.servers[0].asked(path, "includeObject").unwrap(), "None");
    assert_eq!(fake.servers[0].paths(), [path]);
}

#[test]
fn nothing_comes_of_what_cannot_be_meant() {
    let fake = Fake::new([alpha(), Server::new("beta")]);
    for (argument, arguments) in [
        ("name", json!({})),
        ("name", json!({"namespace": "a/../b"})),
        ("name", json!({"namespace": ""})),
        ("namespace", json!({"cluster": "elsewhere"})),
        ("container", json!({"namespace": "shop"})),
    ] {
        let completion = complete(&fake, argument, "", arguments.clone()).unwrap();
        assert_eq!(completion, Default::default(), "{argument} {arguments}");
    }
    let none = Fake::new([Server::new("a"), Server::new("b")]);
    assert_eq!(complete(&none, "namespace", "", json!({})).unwrap(), Default::default());
    assert!(fake.servers.iter().chain(&none.servers).all(|server| server.paths().is_empty()));
}

#[test]
fn many_are_cut_and_counted_as_far_as_they_were_read() {
    let of = |count| {
        let server = Server::new("alpha").table("/api/v1/namespaces", NAMESPACES, namespaces(count));
        complete(&Fake::new([server]), "namespace", "team-", json!({})).unwrap()
    };
    let some = of(700);
    assert_eq!((some.values.len(), some.total, some.has_more), (100, Some(700), true));
    let exactly = of(100);
    assert_eq!((exactly.values.len(), exactly.total, exactly.has_more), (100, Some(100), false));
    let very_many = of(2_001);
    assert_eq!((very_many.values.len(), very_many.total, very_many.has_more), (100, None, true));
}

#[test]
fn a_cluster_that_cannot_be_read_is_told() {
    let fake = Fake::new([Server::dead("alpha", Refusal::Timeout)]);
    let problem = complete(&fake, "namespace", "", json!({})).unwrap_err();
    assert!(matches!(&problem, Problem::Timeout(message) if message.contains("`alpha`")), "{problem}");
    assert!(matches!(complete(&fake, "namespace", "", json!([])), Err(Problem::Invalid(_))));
}
