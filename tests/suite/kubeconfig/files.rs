//! Several files, broken ones among them, and what happens when they change under a running host.

use std::fs;

use postern_upstreams::kubernetes::{ClusterSeed, Pod, Seed, User};
use postern_upstreams::wire::ClientCertificates;
use serde_json::{Value, json};

use super::kit::{Kit, ask, kubeconfig, place, server, until};

async fn kit() -> Kit {
    let cluster = |name: &str| {
        ClusterSeed::new(name)
            .with(Pod::new("shop", &format!("web-of-{name}")))
            .user(User::new("second").token(&format!("second-token-of-{name}")).reader())
    };
    Kit::new(Seed::new().cluster(cluster("prod")).cluster(cluster("staging"))).await
}

/// A kubeconfig with one context, of this name, for a cluster with this token.
fn one(kit: &Kit, context: &str, cluster: &str, token: &str) -> Value {
    kubeconfig(&[(context, server(kit.fleet.cluster(cluster)), json!({ "token": token }))])
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_merged_and_the_first_to_say_something_wins() {
    let kit = kit().await;
    let first = one(&kit, "prod", "prod", "prod-reader-token");
    let mut second = one(&kit, "staging", "staging", "staging-reader-token");
    // The second file's `prod` is another cluster with no good token; it loses.
    for (part, entry) in [
        ("clusters", json!({ "name": "prod", "cluster": server(kit.fleet.cluster("staging")) })),
        ("users", json!({ "name": "prod", "user": { "token": "no-good" } })),
        ("contexts", json!({ "name": "prod", "context": { "cluster": "staging", "user": "staging" } })),
        ("contexts", json!({ "name": "crossed", "context": { "cluster": "prod", "user": "prod" } })),
    ] {
        second[part].as_array_mut().unwrap().push(entry);
    }
    kit.write("first", first.to_string());
    kit.write("second", second.to_string());
    let bench = {
        let list = kit.list(&["missing", "first", "second"]);
        kit.unconfigured(&list).await
    };
    let said = ask(&bench).await;
    assert_eq!(said.names(), ["prod", "staging", "crossed"]);
    assert_eq!(
        (said.pod("prod"), said.pod("staging"), said.pod("crossed")),
        ("web-of-prod", "web-of-staging", "web-of-prod")
    );
    // The first file's current context is the default.
    let answer = bench.structured("list_pods", json!({})).await.unwrap();
    assert_eq!(answer["clusters"][0]["cluster"], "prod");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_current_context_a_list_is_of_all_and_the_rest_must_say_which() {
    let kit = kit().await;
    let mut file = one(&kit, "prod", "prod", "prod-reader-token");
    file["contexts"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "name": "other", "context": { "cluster": "prod", "user": "prod" } }));
    file.as_object_mut().unwrap().remove("current-context");
    kit.write("config", file.to_string());
    let bench = {
        let list = kit.list(&["config"]);
        kit.unconfigured(&list).await
    };
    assert_eq!(ask(&bench).await.pod("other"), "web-of-prod");
    let all = bench.structured("list_pods", json!({})).await.unwrap();
    assert_eq!(all["clusters"].as_array().unwrap().len(), 2, "{all:#}");
    let pod = json!({"namespace": "shop", "name": "web-0"});
    let error = bench.structured("get_pod_logs", pod).await.unwrap_err().to_string();
    assert!(error.contains("say which") && error.contains("`prod`, `other`"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_file_costs_its_own_contexts_only() {
    let kit = kit().await;
    kit.write("good", one(&kit, "prod", "prod", "prod-reader-token").to_string());
    let broken = "contexts:\n- name: staging\nusers:\n- name: staging\n  user: {token: 'hunter2-token}\n";
    kit.write("broken", broken);
    fs::create_dir(kit.path("folder")).unwrap();
    let path = kit.path("broken");
    let repaired = one(&kit, "staging", "staging", "staging-reader-token").to_string();
    let bench = {
        let list = kit.list(&["broken", "good", "folder"]);
        kit.unconfigured(&list).await
    };
    let said = ask(&bench).await;
    assert_eq!(said.pod("prod"), "web-of-prod");
    let error = said.error("kubeconfig");
    assert!(error.contains(&format!("kubeconfig {}:5:", path.display())), "{error}");
    assert!(error.contains("folder` cannot be read: is a directory"), "{error}");
    assert!(!said.whole.contains("hunter2"), "{}", said.whole);
    place(&path, repaired);
    assert_eq!(
        until(&bench, |said| said.names().contains(&"staging")).await.pod("staging"),
        "web-of-staging"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_given_twice_costs_whoever_uses_it() {
    let kit = kit().await;
    let mut file = one(&kit, "prod", "prod", "prod-reader-token");
    for (part, entry) in [
        ("users", json!({ "name": "twin", "user": { "token": "hunter2-one" } })),
        ("users", json!({ "name": "twin", "user": { "token": "hunter2-two" } })),
        ("contexts", json!({ "name": "with-twin", "context": { "cluster": "prod", "user": "twin" } })),
        ("contexts", json!({ "name": "again", "context": { "cluster": "prod", "user": "prod" } })),
        ("contexts", json!({ "name": "again", "context": { "cluster": "prod", "user": "prod" } })),
    ] {
        file[part].as_array_mut().unwrap().push(entry);
    }
    kit.write("config", file.to_string());
    let bench = {
        let list = kit.list(&["config"]);
        kit.unconfigured(&list).await
    };
    let said = ask(&bench).await;
    assert_eq!(said.names(), ["prod", "with-twin", "again"]);
    assert_eq!(said.pod("prod"), "web-of-prod");
    assert!(said.error("with-twin").contains("names the user `twin`, which its kubeconfig has twice"));
    assert!(said.error("again").contains("its kubeconfig has two contexts of this name"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_file_is_taken_and_a_broken_one_is_not() {
    let kit = kit().await;
    let path = kit.write("config", one(&kit, "prod", "prod", "prod-reader-token").to_string());
    let both = kubeconfig(&[
        ("prod", server(kit.fleet.cluster("prod")), json!({ "token": "second-token-of-prod" })),
        ("staging", server(kit.fleet.cluster("staging")), json!({ "token": "staging-reader-token" })),
    ]);
    let last = one(&kit, "staging", "staging", "staging-reader-token");
    let bench = {
        let list = kit.list(&["config"]);
        kit.unconfigured(&list).await
    };
    assert_eq!(ask(&bench).await.names(), ["prod"]);
    // One more context, and another token for the first.
    place(&path, both.to_string());
    assert_eq!(until(&bench, |said| said.names().len() == 2).await.pod("staging"), "web-of-staging");
    ask(&bench).await.pod("prod");
    assert_eq!(bench.fleet().cluster("prod").requests().last().unwrap().user, "second");
    // Half an edit changes nothing; the whole of it does.
    place(&path, "clusters: [");
    assert_eq!(ask(&bench).await.names(), ["prod", "staging"]);
    place(&path, last.to_string());
    assert_eq!(until(&bench, |said| said.names() == ["staging"]).await.pod("staging"), "web-of-staging");
    // The last context is taken out: that is told, and no fault.
    place(&path, "apiVersion: v1\nkind: Config\ncontexts: []\n");
    let said = until(&bench, |said| said.names() == ["kubeconfig"]).await;
    assert!(said.error("kubeconfig").contains("has no contexts"), "{said:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_kubeconfig_points_at_may_be_replaced() {
    let certified = ClusterSeed::new("certified")
        .without_users()
        .client_certificates(ClientCertificates::Required)
        .with(Pod::new("shop", "web"));
    let plain = ClusterSeed::new("plain")
        .with(Pod::new("shop", "web"))
        .user(User::new("rotated").token("rotated-token").reader());
    let kit = Kit::new(Seed::new().cluster(certified).cluster(plain)).await;
    let [before, after] = ["before", "after"]
        .map(|user| kit.fleet.cluster("certified").client_certificate(User::new(user).reader()).unwrap());
    let chain = kit.write("client.pem", &before.certificate_pem);
    let key = kit.write("client.key", &before.key_pem);
    let token = kit.write("token", "plain-reader-token\n");
    let authority = kit.write("ca.pem", kit.fleet.cluster("certified").ca_pem());
    let by_file = json!({ "server": kit.fleet.cluster("plain").url(), "certificate-authority": "./ca.pem" });
    let certificates = json!({ "client-certificate": "client.pem", "client-key": "./client.key" });
    let file = kubeconfig(&[
        ("certified", server(kit.fleet.cluster("certified")), certificates),
        ("plain", by_file, json!({ "tokenFile": "token" })),
    ]);
    kit.write("config", file.to_string());
    let bench = {
        let list = kit.list(&["config"]);
        kit.unconfigured(&list).await
    };
    let said = ask(&bench).await;
    assert_eq!(said.pod("certified"), "web");
    // The authority is another cluster's, until its file is replaced.
    assert!(
        said.error("plain").contains("not signed by an authority that it is configured with"),
        "{said:?}"
    );
    place(&authority, bench.fleet().cluster("plain").ca_pem());
    assert_eq!(until(&bench, |said| said.of("plain").is_ok()).await.pod("plain"), "web");

    let last_user = |cluster: &str| bench.fleet().cluster(cluster).requests().last().unwrap().user.clone();
    assert_eq!((last_user("certified").as_str(), last_user("plain").as_str()), ("before", "plain-reader"));
    place(&token, "rotated-token\n");
    place(&chain, &after.certificate_pem);
    place(&key, &after.key_pem);
    until(&bench, |said| {
        said.of("certified").is_ok() && last_user("certified") == "after" && last_user("plain") == "rotated"
    })
    .await;
}
