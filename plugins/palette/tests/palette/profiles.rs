//! Profiles, packs and accounts: what is told, what is hidden, what is refused.

use futures::executor::block_on;
use postern_palette::tool::Problem;
use postern_palette::tools;
use serde_json::{Value, json};

use crate::fake::{CLUSTER, Fake, OTHER, PROJECT, Palette, cluster, me, page};

const OLD: &str = "650000000000000000000011";
const NEW: &str = "650000000000000000000012";
const RC: &str = "650000000000000000000013";
const MANIFEST: &str = "650000000000000000000031";
const REGISTRY: &str = "650000000000000000000041";
const PACK: &str = "650000000000000000000051";

fn call(fake: &Fake, name: &str, arguments: Value) -> Result<Value, Problem> {
    let outcome = block_on(tools::call(fake, name, &arguments.to_string()))?;
    assert!(
        !outcome.text.contains("hunter2") && !outcome.structured.contains("hunter2"),
        "{}",
        outcome.structured
    );
    Ok(serde_json::from_str(&outcome.structured).unwrap())
}

fn versions() -> Value {
    json!([{"uid": OLD, "version": "1.2.9"}, {"uid": RC, "version": "1.11.0-rc.1"}, {"uid": NEW, "version": "1.10.0"}])
}

fn pack(version: &str, values: &str) -> Value {
    json!({"name": "nginx", "layer": "addon", "tag": version, "type": "helm", "packUid": PACK,
        "registryUid": REGISTRY, "values": values, "manifests": [{"name": "extra", "uid": MANIFEST}]})
}

fn summary(uid: &str) -> Value {
    json!({"metadata": {"name": "Shop", "uid": uid, "annotations": {"scope": "project", "projectUid": PROJECT, "description": "for shops"}},
        "specSummary": {"published": {"type": "infra", "cloudType": "aws", "packs": [{"name": "nginx"}]}, "draft": {},
            "version": "1.10.0", "versions": versions()},
        "status": {"isPublished": true, "inUseClusters": [{"uid": CLUSTER, "name": "shop-eu"}]}})
}

fn whole(uid: &str, version: &str, packs: &[Value]) -> Value {
    json!({"metadata": {"name": "Shop", "uid": uid},
        "spec": {"version": version, "versions": versions(), "published": {"type": "infra", "cloudType": "aws", "packs": packs}},
        "status": {"isPublished": true, "inUseClusters": [{"uid": CLUSTER, "name": "shop-eu", "projectUid": PROJECT}]}})
}

fn palette() -> Palette {
    let at = |path: &str| format!("GET {path} @{PROJECT}");
    let mut item = cluster(CLUSTER, "shop-eu", PROJECT, "Running");
    item["specSummary"]["clusterProfileTemplates"] = json!([{"uid": OLD, "name": "Shop", "version": "1.2.9"},
        {"uid": "650000000000000000000099", "name": "foreign"}]);
    let second = pack("1.11.1", "a: 1\nadminPassword: hunter2\nreplicas: 3");
    let manifest =
        json!({"name": "extra", "uid": MANIFEST, "content": "kind: Secret\ndata:\n  k: hunter2\n"});
    Palette::shop("prod")
        .on(&format!("POST /v1/dashboard/spectroclusters/search @{PROJECT}"), 200, page(&[item], ""))
        .on(&format!("POST /v1/dashboard/clusterprofiles @{PROJECT}"), 200, page(&[summary(NEW)], ""))
        .on(&at(&format!("/v1/dashboard/clusterprofiles/{OLD}")), 200, summary(OLD))
        .on(&at(&format!("/v1/clusterprofiles/{OLD}")), 200,
            whole(OLD, "1.2.9", &[pack("1.9.0", "a: 1\nadminPassword: hunter2\nreplicas: 2"), json!({"name": "gone"})]))
        .on(&at(&format!("/v1/clusterprofiles/{NEW}")), 200, whole(NEW, "1.10.0", std::slice::from_ref(&second)))
        .on(&at(&format!("/v1/clusterprofiles/{RC}")), 200, whole(RC, "1.11.0-rc.1", &[second]))
        .on(&at(&format!("/v1/clusterprofiles/{OLD}/variables")), 200, json!({"variables": [
            {"name": "region", "format": "string", "defaultValue": "eu", "required": true},
            {"name": "pw", "isSensitive": true, "defaultValue": "hunter2", "options": [{"value": "hunter2"}]}]}))
        .on(&at(&format!("/v1/clusterprofiles/{NEW}/variables")), 200, json!({"variables": [
            {"name": "region", "format": "string", "defaultValue": "us", "required": true}]}))
        .on(&at(&format!("/v1/clusterprofiles/{OLD}/packs/manifests")), 200,
            json!({"items": [{"metadata": {"name": "nginx", "uid": PACK}, "spec": {"name": "nginx", "manifests": [manifest]}}]}))
        .on(&at(&format!("/v1/spectroclusters/{CLUSTER}/profiles")), 200, json!({"profiles": [{
            "metadata": {"name": "Shop", "uid": OLD}, "spec": {"type": "infra", "cloudType": "aws", "version": "1.2.9",
            "packs": [{"metadata": {"name": "nginx"}, "spec": {"name": "nginx", "layer": "addon", "version": "1.9.0",
                "values": format!("adminPassword: hunter2\ntoken: |\n  hunter2\n{}", "a: 1\n".repeat(200)),
                "manifests": [{"name": "extra", "uid": MANIFEST}]}}]}}]}))
        .on(&at(&format!("/v1/spectroclusters/{CLUSTER}/pack/manifests/{MANIFEST}")), 200,
            json!({"metadata": {"name": "extra"}, "spec": {"published": {"content": "kind: Secret\nstringData:\n  k: hunter2\n"}}}))
        .on(&at("/v1/cloudaccounts/summary"), 200, page(&[
            json!({"kind": "aws", "metadata": {"name": "main", "uid": "a1"}, "specSummary": {"accountId": "hunter2"}}),
            json!({"kind": "azure", "metadata": {"name": "second", "uid": "a2"}})], ""))
        .on("POST /v1/packs/search", 200, page(&[json!({"metadata": {"name": "nginx"}, "spec": {"name": "nginx",
            "displayName": "Nginx", "layer": "addon", "type": "helm", "cloudTypes": ["all"], "registries": [
            {"uid": REGISTRY, "name": "community", "latestVersion": "1.12.0", "latestPackUid": PACK}]}})], ""))
        .on("GET /v1/registries/metadata", 200, json!({"items": [{"uid": REGISTRY, "name": "community", "kind": "helm", "scope": "tenant"}]}))
        .on(&format!("GET /v1/packs/nginx/registries/{REGISTRY}"), 200, json!({"name": "nginx", "layer": "addon",
            "registryUid": REGISTRY, "tags": [{"tag": "1.9.0", "packUid": "p9"}, {"tag": "1.12.0", "packUid": PACK}],
            "packValues": [{"packUid": PACK, "values": "secretKey: hunter2", "readme": "# Nginx"}]}))
}

fn one() -> Fake {
    Fake::new(vec![palette()])
}

#[test]
fn profiles_are_listed_by_name_type_and_cloud() {
    let fake = one();
    for arguments in [
        json!({}),
        json!({"names": ["shop"]}),
        json!({"name": "SHO", "profile_type": "Infra"}),
        json!({"cloud_type": "AWS"}),
    ] {
        let answer = call(&fake, "list_cluster_profiles", arguments.clone()).unwrap();
        assert_eq!(answer["total"], 1, "{arguments}");
        assert_eq!(answer["items"][0]["version"], "1.10.0");
        assert_eq!(answer["items"][0]["description"], "for shops");
        assert_eq!(answer["items"][0]["cloud_types"], json!(["aws"]));
    }
    for arguments in
        [json!({"names": ["shop-2"]}), json!({"profile_type": "add-on"}), json!({"cloud_type": "azure"})]
    {
        assert_eq!(call(&fake, "list_cluster_profiles", arguments).unwrap()["total"], 0);
    }
    let answer = call(&fake, "search_spectrocloud_profiles_by_names", json!({"names": ["shop"]})).unwrap();
    assert_eq!(
        answer,
        json!({"profiles": [{"uid": NEW, "name": "Shop", "cloudType": "aws", "type": "infra"}]})
    );
}

#[test]
fn a_profile_is_told_with_its_users_and_without_its_secrets() {
    let arguments = json!({"profile_uid": OLD, "project": PROJECT});
    let answer = call(&one(), "get_profile_details", arguments.clone()).unwrap();
    assert_eq!(answer["associated_clusters"][0]["uid"], CLUSTER);
    assert_eq!(answer["pack_layers"]["addon"], json!(["nginx", "gone"]));
    let order: Vec<&Value> =
        answer["versions"].as_array().unwrap().iter().map(|each| &each["version"]).collect();
    assert_eq!(order, ["1.11.0-rc.1", "1.10.0", "1.2.9"]);
    assert!(answer["packs"][0]["values"].as_str().unwrap().contains("replicas: 2"));
    let other = call(&one(), "get_spectrocloud_pack_details_for_profile", arguments.clone()).unwrap();
    assert_eq!(other["profile"]["cloudType"], "aws");
    assert_eq!(other["packs"][0], json!({"name": "nginx", "version": "1.9.0", "layer": "addon"}));
    let variables = call(&one(), "get_profile_variables", arguments).unwrap();
    assert_eq!(variables["variables"][0]["default_value"], "eu");
    assert_eq!(variables["variables"][1].get("default_value"), None);
    assert_eq!(variables["variables"][1].get("options"), None);
}

#[test]
fn users_of_a_profile_need_no_catalog() {
    let arguments = json!({"profile_uid": OLD, "project": PROJECT});
    let answer = call(&one(), "find_clusters_for_profile", arguments.clone()).unwrap();
    assert_eq!(answer["clusters"][0]["state"], "Running");
    assert_eq!(answer["clusters"][0]["version"], "1.2.9");
    let other = call(&one(), "spectrocloud_search_profiles_by_cluster", arguments.clone()).unwrap();
    assert_eq!(other["clusters"][0]["projectId"], PROJECT);
    // Without the list of clusters the profile's own word is left, and what failed is told.
    let key = format!("POST /v1/dashboard/spectroclusters/search @{PROJECT}");
    let half = Fake::new(vec![palette().on(&key, 502, json!("hunter2"))]);
    let answer = call(&half, "find_clusters_for_profile", arguments).unwrap();
    assert_eq!(answer["clusters"][0]["name"], "shop-eu");
    assert_eq!(answer["clusters"][0].get("state"), None);
    assert_eq!(answer["errors"][0]["code"], "upstream");
}

#[test]
fn updates_follow_the_order_of_semver() {
    for arguments in [json!({}), json!({"project": PROJECT})] {
        let answer = call(&one(), "profile_updates_available", arguments).unwrap();
        assert_eq!(
            (&answer["total"], &answer["checked"], &answer["unknown"]),
            (&json!(1), &json!(2), &json!(1))
        );
        assert_eq!(answer["items"][0]["current"]["version"], "1.2.9");
        assert_eq!(answer["items"][0]["newest"]["version"], "1.11.0-rc.1");
        assert_eq!(answer["items"][0]["newest_release"]["uid"], NEW);
    }
}

#[test]
fn versions_are_compared_without_secrets() {
    let fake = one();
    let arguments = json!({"profile": "shop", "from": "1.2.9", "to": "1.10.0", "project": PROJECT});
    let answer = call(&fake, "diff_profile_versions", arguments).unwrap();
    assert_eq!(
        answer["packs"][0],
        json!({"name": "gone", "layer": "", "change": "removed", "from_version": "", "values": [], "values_cut": false})
    );
    assert_eq!(answer["packs"][1]["values"], json!(["-replicas: 2", "+replicas: 3"]));
    assert_eq!(
        (&answer["packs"][1]["from_version"], &answer["packs"][1]["to_version"]),
        (&json!("1.9.0"), &json!("1.11.1"))
    );
    let changes: Vec<&Value> =
        answer["variables"].as_array().unwrap().iter().map(|each| &each["change"]).collect();
    assert_eq!(changes, ["changed", "removed"]);
    // The newest is a pre-release that differs in nothing but variables.
    let newest =
        call(&fake, "diff_profile_versions", json!({"profile": OLD, "from": RC, "project": PROJECT}))
            .unwrap();
    assert_eq!((&newest["to"]["uid"], &newest["identical"]), (&json!(RC), &json!(true)));
    for (arguments, named) in [
        (json!({"profile": "shop", "from": "9.9.9"}), "`1.10.0`"),
        (json!({"profile": "nope", "from": "1.2.9"}), "`nope`"),
    ] {
        let Err(Problem::NotFound(message)) = call(&fake, "diff_profile_versions", arguments) else {
            panic!("not found is wanted")
        };
        assert!(message.contains(named), "{message}");
    }
}

#[test]
fn values_and_manifests_are_masked_and_cut() {
    let arguments = json!({"cluster_uid": CLUSTER, "project": PROJECT});
    let answer = call(&one(), "get_cluster_profiles", arguments.clone()).unwrap();
    let pack = &answer["profiles"][0]["packs"][0];
    assert_eq!((pack["values"].as_str().unwrap().chars().count(), &pack["values_cut"]), (500, &json!(true)));
    assert_eq!(pack["values_digest"].as_str().unwrap().len(), 16);
    let only = |pack: &str| {
        let mut arguments = arguments.clone();
        arguments["pack"] = pack.into();
        call(&one(), "get_cluster_profiles", arguments)
    };
    assert_eq!(only("nginx").unwrap()["profiles"][0]["packs"][0]["values_cut"], false);
    assert!(matches!(only("nope"), Err(Problem::NotFound(_))));
    let of = |more: Value| {
        let mut arguments = json!({"manifest_uid": MANIFEST, "project": PROJECT});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&one(), "get_pack_manifest", arguments)
    };
    assert_eq!(of(json!({"cluster_uid": CLUSTER})).unwrap()["manifest"]["name"], "extra");
    assert_eq!(of(json!({"profile_uid": OLD})).unwrap()["profile_uid"], OLD);
    assert!(matches!(of(json!({"cluster_uid": CLUSTER, "profile_uid": OLD})), Err(Problem::Invalid(_))));
    assert!(matches!(of(json!({})), Err(Problem::Invalid(_))));
    assert!(matches!(of(json!({"profile_uid": OLD, "manifest_uid": OTHER})), Err(Problem::NotFound(_))));
    let alias = json!({"clusterUid": CLUSTER, "manifestUid": MANIFEST, "projectUid": PROJECT});
    let answer = call(&one(), "get_spectrocloud_pack_manifest_for_cluster", alias).unwrap();
    assert_eq!((&answer["clusterUid"], &answer["manifestUid"]), (&json!(CLUSTER), &json!(MANIFEST)));
}

#[test]
fn packs_and_registries() {
    let fake = one();
    let packs =
        call(&fake, "list_available_packs", json!({"layer": "ADDON", "registry": "community"})).unwrap();
    assert_eq!(packs["by_layer"]["addon"][0]["version"], "1.12.0");
    assert_eq!(call(&fake, "list_available_packs", json!({"layer": "kubernetes"})).unwrap()["total"], 0);
    assert_eq!(call(&fake, "list_registries", json!({})).unwrap()["items"][0]["kind"], "helm");
    let pack = call(&fake, "get_pack", json!({"pack_name": "nginx"})).unwrap();
    assert_eq!((&pack["version"]["version"], &pack["readme"]), (&json!("1.12.0"), &json!("# Nginx")));
    for (arguments, missing) in [
        (json!({"pack_name": "nope"}), true),
        (json!({"pack_name": "nginx", "version": "7"}), true),
        (json!({"pack_name": "nginx", "registry": "corporate"}), true),
        (json!({"pack_uid": PACK}), true),
        (json!({}), false),
        (json!({"pack_name": "nginx", "pack_uid": PACK}), false),
        (json!({"pack_name": "../users"}), false),
    ] {
        let problem = call(&fake, "get_pack", arguments.clone()).unwrap_err();
        assert_eq!(matches!(problem, Problem::NotFound(_)), missing, "{arguments} {problem:?}");
        assert_eq!(matches!(problem, Problem::Invalid(_)), !missing, "{arguments} {problem:?}");
    }
    assert!(matches!(
        call(&fake, "list_available_packs", json!({"layer": "roof"})),
        Err(Problem::Invalid(_))
    ));
    assert!(matches!(
        call(&fake, "list_available_packs", json!({"registry": "x"})),
        Err(Problem::NotFound(_))
    ));
}

#[test]
fn accounts_have_no_secrets() {
    let answer = call(&one(), "list_spectrocloud_cloud_accounts", json!({"cloudType": "eks"})).unwrap();
    assert_eq!(answer, json!({"accounts": [{"uid": "a1", "name": "main"}]}));
    assert_eq!(call(&one(), "list_cloud_accounts", json!({})).unwrap()["total"], 2);
}

#[test]
fn refusals_are_refusals() {
    let fake = one();
    for (name, arguments) in [
        ("get_profile_details", json!({})),
        ("get_profile_details", json!({"profile_uid": "Shop"})),
        ("get_profile_variables", json!({"profile_uid": "../x"})),
        ("find_clusters_for_profile", json!({})),
        ("get_cluster_profiles", json!({"cluster_uid": "shop-eu"})),
        ("list_cluster_profiles", json!({"profile_type": "big"})),
        ("list_cluster_profiles", json!({"limit": 501})),
        ("list_cluster_profiles", json!({"cursor": "x"})),
        ("profile_updates_available", json!({"cluster_uid": "x"})),
        ("diff_profile_versions", json!({"profile": "Shop"})),
        ("list_cloud_accounts", json!({"secret": true})),
    ] {
        let answer = call(&fake, name, arguments.clone());
        assert!(matches!(answer, Err(Problem::Invalid(_))), "{name} {arguments} {answer:?}");
    }
    // Without the project it is forbidden or not there, and never looks like an empty profile.
    let path = format!("GET /v1/clusterprofiles/{OLD}");
    for (status, denied) in [(403, true), (401, true), (404, false)] {
        let fake = Fake::new(vec![Palette::new("p").on(&path, status, json!({"message": "hunter2"}))]);
        let problem = call(&fake, "get_profile_details", json!({"profile_uid": OLD})).unwrap_err();
        assert_eq!(matches!(problem, Problem::Denied(_)), denied, "{problem:?}");
        assert!(!problem.message().contains("hunter2"));
    }
    let dead = Fake::new(vec![Palette::new("p").on("GET /v1/users/me", 200, me(&[PROJECT], &[]))]);
    assert!(matches!(call(&dead, "list_cluster_profiles", json!({})), Err(Problem::NotFound(_))));
}
