//! What the tools, the resource and the route give, and what they refuse.

use futures::executor::block_on;
use postern_palette::tool::Problem;
use postern_palette::{resources, routes, tools};
use serde_json::{Value, json};

use crate::fake::{CLUSTER, Fake, OTHER, PROJECT, Palette, cluster, me, page};

fn call(fake: &Fake, name: &str, arguments: Value) -> Result<Value, Problem> {
    let outcome = block_on(tools::call(fake, name, &arguments.to_string()))?;
    assert!(!outcome.text.contains("hunter2") && !outcome.structured.contains("hunter2"));
    Ok(serde_json::from_str(&outcome.structured).unwrap())
}

#[test]
fn clusters_of_all_projects_come_once() {
    let one = cluster(CLUSTER, "shop-eu", PROJECT, "Running");
    let two = cluster("650000000000000000000009", "bank", OTHER, "Error");
    let gone = cluster("650000000000000000000008", "old", OTHER, "Deleted");
    let search = "POST /v1/dashboard/spectroclusters/search";
    let palette = Palette::new("prod")
        .on("GET /v1/users/me", 200, me(&[PROJECT, OTHER], &["cluster.list"]))
        .on(&format!("{search} @{PROJECT}"), 200, page(std::slice::from_ref(&one), "t1"))
        .on(&format!("{search}?t1 @{PROJECT}"), 200, page(std::slice::from_ref(&one), "t1"))
        .on(&format!("{search} @{OTHER}"), 200, page(&[two.clone(), gone], ""))
        .on(search, 200, page(&[two, one], ""));
    let answer = call(&Fake::new(vec![palette]), "list_clusters", json!({})).unwrap();
    assert_eq!(answer["total"], 2);
    assert_eq!(answer["items"][0]["name"], "bank");
    assert_eq!(answer["items"][1]["node_count"], 4);
    assert_eq!(answer["items"][1]["healthy_nodes"], 3);
    // A token that comes again ends the list, and says that it is not whole.
    assert_eq!(answer["truncated"], true);
}

#[test]
fn what_failed_stands_beside_what_did_not() {
    let half = Palette::shop("prod").on("GET /v1/users/me", 200, me(&[PROJECT, OTHER], &[]));
    let dead = Palette::new("lab").on("GET /v1/users/me", 401, json!(""));
    let fake = Fake::new(vec![half, dead]);
    let answer = call(&fake, "list_clusters", json!({})).unwrap();
    assert_eq!(answer["total"], 1);
    assert_eq!(answer["errors"][0]["instance"], "lab");
    assert_eq!(answer["errors"][0]["code"], "unauthorized");
    assert_eq!(answer["errors"][1]["project"], OTHER);
    let text = block_on(resources::read(&fake, "clusters", "{}")).unwrap().text;
    assert!(
        text.contains("- [!!] **shop-eu** (aws): Running - 4 nodes") && text.contains("`lab` failed"),
        "{text}"
    );
}

#[test]
fn refusals_are_told_apart() {
    let only = |status| {
        Fake::new(vec![Palette::new("p").on(
            "GET /v1/users/me",
            status,
            json!({"code": "X", "message": "hunter2"}),
        )])
    };
    let list = |status| call(&only(status), "list_clusters", json!({})).unwrap_err();
    assert!(matches!(list(401), Problem::Denied(_)));
    assert!(matches!(list(403), Problem::Denied(_)));
    assert!(matches!(list(429), Problem::Limited(_)));
    assert!(matches!(list(502), Problem::Upstream(_)));
    assert!(matches!(list(504), Problem::Timeout(_)));
    assert!(matches!(list(422), Problem::Invalid(_)));
    let nobody = Fake::new(vec![Palette::new("p").on("GET /v1/users/me", 200, me(&[], &[]))]);
    assert!(matches!(call(&nobody, "list_clusters", json!({})), Err(Problem::Denied(_))));
    assert!(matches!(call(&Fake::new(Vec::new()), "list_clusters", json!({})), Err(Problem::NotFound(_))));
}

#[test]
fn arguments_that_make_no_sense_send_nothing() {
    let fake = Fake::new(vec![Palette::shop("prod")]);
    for (name, arguments) in [
        ("list_clusters", json!({"health": "sick"})),
        ("list_clusters", json!({"status_filter": "fine"})),
        ("list_clusters", json!({"project": "Shop"})),
        ("list_clusters", json!({"limit": 0})),
        ("list_clusters", json!({"unknown": 1})),
        ("list_clusters", json!([])),
        ("get_cluster_details", json!({})),
        ("get_cluster_details", json!({"cluster_uid": "../users/me"})),
        ("get_cluster_details", json!({"cluster_uid": "shop-eu"})),
        ("spectrocloud_get_cluster_health", json!({})),
    ] {
        assert!(
            matches!(call(&fake, name, arguments.clone()), Err(Problem::Invalid(_))),
            "{name} {arguments}"
        );
    }
    assert!(matches!(call(&fake, "drop_everything", json!({})), Err(Problem::NotFound(_))));
    assert!(fake.instances[0].sent.borrow().is_empty());
}

#[test]
fn one_cluster_is_told_with_what_is_wrong_first() {
    let fake = Fake::new(vec![Palette::shop("prod")]);
    let arguments = json!({"cluster_uid": CLUSTER, "project": PROJECT});
    let answer = call(&fake, "get_cluster_details", arguments.clone()).unwrap();
    assert_eq!(answer["status"]["conditions"][0]["status"], "False");
    assert_eq!(answer["status"]["failed_packs"][0]["reason"], "InstallFailed");
    let other = call(&fake, "spectrocloud_get_cluster_health", arguments.clone()).unwrap();
    assert_eq!(other["cluster"]["state"], "Running");
    assert_eq!(other["health"]["overallStatus"], "UnHealthy");
    let served = block_on(routes::serve(&fake, "cluster", &arguments.to_string())).unwrap();
    let body = String::from_utf8(served.body).unwrap();
    assert!(body.contains("shop-eu") && !body.contains("hunter2"), "{body}");
}

#[test]
fn a_cluster_out_of_scope_or_deleted_is_not_given() {
    let fake = Fake::new(vec![Palette::shop("prod")]);
    let Err(Problem::Denied(message)) = call(&fake, "get_cluster_details", json!({"cluster_uid": CLUSTER}))
    else {
        panic!("denied is wanted")
    };
    assert!(message.contains("name the `project`") && !message.contains("hunter2"), "{message}");
    let path = format!("GET /v1/dashboard/spectroclusters/{CLUSTER}");
    let gone = Fake::new(vec![Palette::new("p").on(&path, 200, cluster(CLUSTER, "a", PROJECT, "Deleted"))]);
    let arguments = json!({"cluster_uid": CLUSTER});
    assert!(matches!(call(&gone, "get_cluster_details", arguments.clone()), Err(Problem::NotFound(_))));
    assert!(matches!(
        block_on(routes::serve(&gone, "cluster", &arguments.to_string())),
        Err(Problem::NotFound(_))
    ));
}
