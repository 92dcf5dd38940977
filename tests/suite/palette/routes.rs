//! The same over plain HTTP: paths, statuses, files, a stream, the document.

use postern_upstreams::fault::{Fault, Plan};
use postern_upstreams::palette::error;
use serde_json::json;

use super::{Host, SECRET};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_answer_under_both_names() {
    let host = Host::granted(SECRET).await;
    for prefix in ["/api/palette", "/api/spectrocloud"] {
        let one = host.send(&host.ana, &format!("GET {prefix}/clusters/payments-prod"), None).await;
        assert_eq!(one.status, 200, "{}", one.body);
        assert_eq!(one.json()["metadata"]["name"], "payments-prod");
        let wrong = host.send(&host.ana, &format!("GET {prefix}/clusters/no-such"), None).await;
        assert_eq!(wrong.problem(), (404, "plugin.not-found".to_owned()), "{}", wrong.body);
    }
    for (path, of) in [
        ("/clusters?projectUid=Edge&instance=prod", "clusters"),
        ("/virtualclusters", "virtualClusters"),
        ("/clustergroups", "items"),
        ("/projects", "projects"),
        ("/users/me/projects", "projects"),
        ("/cloudaccounts/aws", "accounts"),
        ("/clusters/payments-prod/profiles", "profiles"),
        ("/projects/Payments/profiles", "profiles"),
    ] {
        let answer = host.send(&host.ana, &format!("GET /api/spectrocloud{path}"), None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let list = answer.json()[of].as_array().map(Vec::len).unwrap_or_default();
        assert!(list > 0, "{path}: {}", answer.body);
        assert!(!answer.body.contains("fake-"), "{path} has a secret");
    }
    let profile = host.prod().profile("ingress", "1.1.0").unwrap();
    for path in ["", "/packs", "/variables"] {
        let line = format!("GET /api/palette/profiles/{profile}{path}?instance=prod");
        let answer = host.send(&host.ana, &line, None).await;
        assert_eq!(answer.status, 200, "{line}: {}", answer.body);
    }
    let tool = json!({"instance": "prod", "limit": 1});
    let tool = host.send(&host.ana, "POST /api/spectrocloud/tools/list_clusters", Some(&tool)).await;
    assert_eq!((tool.status, &tool.json()["isError"]), (200, &json!(false)), "{}", tool.body);
    host.assert_sane();
    host.assert_unchanged();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubeconfigs_are_files() {
    let host = Host::granted(SECRET).await;
    let uid = host.prod().cluster("shop-eu").unwrap();
    let file = host.send(&host.ana, "GET /api/palette/clusters/shop-eu/kubeconfig", None).await;
    assert_eq!(file.status, 200, "{}", file.body);
    assert!(file.body.starts_with("apiVersion: v1"), "{}", file.body);
    assert!(file.header("content-type").unwrap().starts_with("application/x-yaml"));
    let name = file.header("content-disposition").unwrap();
    assert!(name.contains(&format!("filename=\"{uid}-kubeconfig.yaml\"")), "{name}");
    let none = host.send(&host.ana, "GET /api/palette/clusters/payments-stage/kubeconfig", None).await;
    assert_eq!(none.problem(), (404, "plugin.not-found".to_owned()));
    let virtually = host.send(&host.ana, "GET /api/palette/virtualclusters/dev-vc-1/kubeconfig", None).await;
    assert_eq!(virtually.status, 200, "{}", virtually.body);
    // Who may read may not have it.
    let denied = host.send(&host.bob, "GET /api/palette/clusters/shop-eu/kubeconfig", None).await;
    assert!([403, 404].contains(&denied.status), "{}", denied.body);
    host.assert_sane();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_have_their_statuses() {
    let host = Host::granted(SECRET).await;
    let line = "GET /api/palette/clusters/shop-eu";
    assert_eq!(host.served.send(line, &[], "").await.status, 401);
    let nobody = host.send(&host.eve, line, None).await;
    assert!([403, 404].contains(&nobody.status), "{}", nobody.body);
    let unknown = host.send(&host.ana, &format!("{line}?instance=nowhere"), None).await;
    assert_eq!(unknown.problem(), (400, "call.unknown-target".to_owned()));
    assert_eq!(host.arrived(), [""; 0]);
    let uid = host.prod().cluster("shop-eu").unwrap();
    for (fault, status, code) in [
        (error(429, "TooManyRequests", "slow down"), 429, "plugin.limited"),
        (Fault::Html(502), 502, "plugin.upstream"),
        (error(403, "OperationForbidden", "cluster.get is forbidden"), 403, "plugin.denied"),
        (error(404, "ResourceNotFound", "no such"), 404, "plugin.not-found"),
    ] {
        host.prod().heal();
        host.prod().plant(Plan::new(fault).at(&format!("/v1/dashboard/spectroclusters/{uid}")));
        let answer = host.send(&host.ana, line, None).await;
        assert_eq!(answer.problem(), (status, code.to_owned()), "{}", answer.body);
        assert_eq!(status == 429, answer.header("retry-after").is_some());
    }
    host.prod().stop();
    let dead = host.send(&host.ana, &format!("{line}?instance=prod"), None).await;
    assert_eq!(dead.problem(), (502, "plugin.upstream".to_owned()), "{}", dead.body);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn health_comes_as_it_is_found() {
    let host = Host::granted(SECRET).await;
    let answer = host.send(&host.ana, "GET /api/palette/fleet/health", None).await;
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, Some("text/event-stream")),
        "{}",
        answer.body
    );
    let events = answer.events();
    let of = |name: &str| events.iter().filter(|(it, _)| it == name).count();
    let alive: usize = host.palette.instances().iter().map(|it| it.cluster_count()).sum::<usize>() - 1;
    assert_eq!((of("cluster"), of("instance"), of("error")), (alive, 2, 0));
    let (_, last) = events.last().unwrap();
    assert!(last.to_string().contains(&format!("\"total\":{alive}")), "{last}");
    host.assert_sane();
    host.assert_unchanged();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_document_has_them() {
    let host = Host::granted(SECRET).await;
    let document = host.send(&host.ana, "GET /openapi.json", None).await.json();
    for path in
        ["/clusters/{cluster_uid}", "/clusters/{cluster_uid}/kubeconfig", "/fleet/health", "/clusters"]
    {
        assert!(document["paths"][format!("/api/palette{path}")]["get"].is_object(), "{path}");
    }
    assert!(document["paths"]["/api/palette/tools/list_clusters"]["post"].is_object());
    let bobs = host.send(&host.bob, "GET /openapi.json", None).await.json();
    assert!(bobs["paths"]["/api/palette/clusters/{cluster_uid}"].is_object());
    assert!(bobs["paths"]["/api/palette/clusters/{cluster_uid}/kubeconfig"].is_null());
}
