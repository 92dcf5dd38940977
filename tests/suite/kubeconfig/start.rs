//! A host starts whatever has become of the kubeconfig, and its tools say what that is.

use std::fs;

use postern_upstreams::kubernetes::{ClusterSeed, Pod, Seed};
use serde_json::json;

use super::kit::{Kit, ask, kubeconfig, place, server, until};

async fn kit() -> Kit {
    Kit::new(Seed::of(ClusterSeed::new("prod").with(Pod::new("shop", "web")))).await
}

/// Starts a host with this `KUBECONFIG` and checks that a call, with and without a cluster, says these words.
async fn check(kit: Kit, list: &str, words: &[&str]) {
    let good =
        kubeconfig(&[("prod", server(kit.fleet.cluster("prod")), json!({ "token": "prod-reader-token" }))]);
    let place_of_good = match list.split(':').next().unwrap() {
        "" => kit.path("home/.kube/config"),
        first => first.into(),
    };
    let bench = kit.unconfigured(list).await;
    for arguments in [json!({}), json!({ "cluster": "*" })] {
        let answer = bench.text("list_pods", arguments).await.unwrap();
        for word in words {
            assert!(answer.contains(word), "{word}: {answer}");
        }
        assert!(!answer.contains("hunter2"), "{answer}");
    }
    // It is mended without a start.
    if place_of_good.is_dir() {
        fs::remove_dir(&place_of_good).unwrap();
    }
    fs::create_dir_all(place_of_good.parent().unwrap()).unwrap();
    place(&place_of_good, good.to_string());
    assert_eq!(until(&bench, |said| said.names() == ["prod"]).await.pod("prod"), "web");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_file_is_named() {
    let kit = kit().await;
    let list = kit.list(&["nowhere"]);
    let path = format!("no kubeconfig exists at `{list}`; set `KUBECONFIG`");
    check(kit, &list, &[&path]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_kubeconfig_at_all_says_where_one_was_looked_for() {
    let kit = kit().await;
    let path = format!("no kubeconfig exists at `{}`", kit.path("home/.kube/config").display());
    check(kit, "", &[&path, "set `KUBECONFIG`"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_empty_file_is_named() {
    for text in ["", "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: null\n"] {
        let kit = kit().await;
        kit.write("empty", text);
        let list = kit.list(&["empty"]);
        check(kit, &list, &[&format!("the kubeconfig `{list}` has no contexts")]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_cannot_be_read_is_named() {
    let kit = kit().await;
    fs::create_dir(kit.path("folder")).unwrap();
    let list = kit.list(&["folder"]);
    check(kit, &list, &[&format!("kubeconfig `{list}` cannot be read: is a directory")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_is_named_with_line_and_column() {
    for (text, place) in [
        ("users:\n- name: me\n  user: hunter2\n", ":3:9: expected"),
        ("contexts:\n- name: a\n  context: {cluster: 'hunter2\n", ":3:"),
        ("contexts: hunter2\n", ":1:11: expected"),
        ("\u{1}\u{2}", ":1:"),
    ] {
        let kit = kit().await;
        kit.write("broken", text);
        let list = kit.list(&["broken"]);
        check(kit, &list, &[&format!("kubeconfig {list}{place}")]).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_context_may_bear_the_name_that_faults_are_told_under() {
    let kit = kit().await;
    let own = kubeconfig(&[(
        "kubeconfig",
        server(kit.fleet.cluster("prod")),
        json!({ "token": "prod-reader-token" }),
    )]);
    kit.write("config", own.to_string());
    kit.write("broken", "contexts: 1");
    let list = kit.list(&["config", "broken"]);
    let bench = kit.unconfigured(&list).await;
    let said = ask(&bench).await;
    assert_eq!(said.pod("kubeconfig"), "web");
    assert!(said.error("kubeconfig'").contains("broken:1:11"), "{said:?}");
}
