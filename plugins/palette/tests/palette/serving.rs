//! Routes, resources and completions.

use futures::executor::block_on;
use postern_palette::tool::Problem;
use postern_palette::{completions, resolver, resources, routes};
use serde_json::{Value, json};

use crate::fake::{CLUSTER, Fake, OTHER, PROJECT, Palette, cluster, me, page};

const PROFILE: &str = "650000000000000000000011";

fn serve(fake: &Fake, name: &str, arguments: &Value) -> Result<Value, Problem> {
    let answer = block_on(routes::serve(fake, name, &arguments.to_string()))?;
    assert_eq!((answer.status, answer.filename), (200, None));
    let text = String::from_utf8(answer.body).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    Ok(serde_json::from_str(&text).unwrap())
}

fn profile() -> Value {
    json!({"metadata": {"name": "Shop", "uid": PROFILE},
        "specSummary": {"published": {"type": "infra", "cloudType": "aws"}, "version": "1.0.0"},
        "spec": {"version": "1.0.0", "published": {"type": "infra", "cloudType": "aws", "packs": [
            {"name": "nginx", "layer": "addon", "version": "1.2", "values": "password: hunter2\na: 1"}]}}})
}

fn palette(name: &str) -> Palette {
    let at = |path: &str| format!("GET {path} @{PROJECT}");
    let mut nested = cluster(OTHER, "inner", PROJECT, "Running");
    nested["specSummary"]["cloudConfig"]["cloudType"] = "nested".into();
    let outer = cluster(CLUSTER, "shop-eu", PROJECT, "Running");
    let mut summary = nested.clone();
    summary["spec"] = nested["specSummary"].clone();
    Palette::shop(name)
        .on(&format!("POST /v1/dashboard/spectroclusters/search @{PROJECT}"), 200, page(&[outer, nested], ""))
        .on(&at(&format!("/v1/dashboard/spectroclusters/{OTHER}")), 200, summary)
        .on(&format!("POST /v1/dashboard/clusterprofiles @{PROJECT}"), 200, page(&[profile()], ""))
        .on(&at(&format!("/v1/clusterprofiles/{PROFILE}")), 200, profile())
        .on(&at(&format!("/v1/clusterprofiles/{PROFILE}/variables")), 200,
            json!({"variables": [{"name": "pw", "isSensitive": true, "value": "hunter2"}]}))
        .on(&at(&format!("/v1/clusterprofiles/{PROFILE}/packs/manifests")), 200, json!({"items": [
            {"metadata": {"uid": "p1", "name": "nginx"}, "spec": {"manifests": [{"name": "m", "content": "kind: Secret\ndata:\n  a: hunter2"}]}}]}))
        .on(&at("/v1/clustergroups/hostCluster"), 200, json!({"summaries": [{"metadata": {"uid": "g1"}}]}))
        .on(&at(&format!("/v1/clustergroups/{OTHER}")), 200, json!({"metadata": {"uid": OTHER}}))
        .on(&at("/v1/cloudaccounts/summary"), 200, page(&[json!({"kind": "aws", "metadata": {"uid": "a1"}, "spec": {"secretKey": "hunter2"}})], ""))
        .on("POST /v1/dashboard/projects", 200, page(&[json!({"metadata": {"name": "Shop", "uid": PROJECT}})], ""))
}

fn one() -> Fake {
    Fake::new(vec![palette("prod")])
}

#[test]
fn every_route_answers_in_its_shape() {
    let fake = one();
    let within = |more: Value| {
        let mut arguments = json!({"projectUid": PROJECT});
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        arguments
    };
    let of_cluster = within(json!({"cluster_uid": CLUSTER}));
    let of_profile = within(json!({"profile_uid": PROFILE}));
    for (name, arguments, pointer, wanted) in [
        ("clusters", json!({}), "/clusters/0/metadata/uid", CLUSTER),
        ("cluster", of_cluster.clone(), "/metadata/name", "shop-eu"),
        ("virtual-clusters", json!({}), "/virtualClusters/0/metadata/name", "inner"),
        ("virtual-cluster", within(json!({"cluster_uid": OTHER})), "/metadata/name", "inner"),
        ("profile", of_profile.clone(), "/metadata/name", "Shop"),
        ("profile-packs", of_profile.clone(), "/spec/published/packs/0/name", "nginx"),
        (
            "profile-packs",
            within(json!({"profile_uid": CLUSTER, "versionUid": PROFILE})),
            "/metadata/name",
            "Shop",
        ),
        (
            "profile-pack-manifests",
            within(json!({"profile_uid": PROFILE, "pack_uid": "p1"})),
            "/items/0/name",
            "m",
        ),
        ("profile-variables", of_profile, "/variables/0/name", "pw"),
        ("search-profiles", json!({"names": ["shop"]}), "/profiles/0/metadata/uid", PROFILE),
        ("search-profiles", json!({"name": "ho"}), "/profiles/0/metadata/uid", PROFILE),
        ("profiles-search", json!({"body": {"names": ["SHOP"]}}), "/profiles/0/metadata/uid", PROFILE),
        (
            "project-profiles",
            json!({"project": PROJECT, "cloudType": "aws"}),
            "/profiles/0/metadata/uid",
            PROFILE,
        ),
        ("cluster-groups", json!({}), "/items/0/metadata/uid", "g1"),
        ("cluster-group", within(json!({"cluster_group_uid": OTHER})), "/metadata/uid", OTHER),
        ("projects", json!({}), "/projects/0/metadata/uid", PROJECT),
        ("my-projects", json!({}), "/projects/0/name", "Shop"),
        ("cloud-accounts", json!({"cloud_type": "eks"}), "/accounts/0/metadata/uid", "a1"),
    ] {
        let answer = serve(&fake, name, &arguments).unwrap_or_else(|problem| panic!("{name}: {problem:?}"));
        assert_eq!(answer.pointer(pointer), Some(&json!(wanted)), "{name} {answer}");
    }
    for (name, arguments, list) in [
        ("project-profiles", json!({"project": PROJECT, "profileType": "add-on"}), "profiles"),
        ("profiles-search", json!({"body": {"names": ["other"]}}), "profiles"),
        ("cloud-accounts", json!({"cloud_type": "vsphere"}), "accounts"),
    ] {
        assert_eq!(serve(&fake, name, &arguments).unwrap()[list], json!([]), "{name}");
    }
}

#[test]
fn refusals_have_their_own_status() {
    let fake = one();
    for (name, arguments) in [
        ("clusters", json!({"project": PROJECT, "projectUid": OTHER})),
        ("clusters", json!({"unknown": 1})),
        ("cluster", json!({})),
        ("cluster", json!({"cluster_uid": "..%2f"})),
        ("cluster-profiles", json!({"cluster_uid": "x"})),
        ("cluster-pack-manifest", json!({"cluster_uid": CLUSTER})),
        ("cluster-pack-manifest", json!({"cluster_uid": CLUSTER, "manifest_uid": "../x"})),
        ("search-profiles", json!({})),
        ("profiles-search", json!({})),
        ("profiles-search", json!({"body": {"names": []}})),
        ("profiles-search", json!({"body": {"names": "a"}})),
        ("project-profiles", json!({})),
        ("project-profiles", json!({"project": PROJECT, "profileType": "big"})),
        ("cloud-accounts", json!({})),
        ("fleet-health", json!({"projectUid": "Shop"})),
    ] {
        let answer = serve(&fake, name, &arguments);
        assert!(matches!(answer, Err(Problem::Invalid(_))), "{name} {arguments} {answer:?}");
    }
    assert!(fake.instances[0].sent.borrow().is_empty());
    for (name, arguments) in [
        ("virtual-cluster", json!({"cluster_uid": CLUSTER, "project": PROJECT})),
        ("cluster", json!({"cluster_uid": "650000000000000000000099"})),
        ("profile-pack-manifests", json!({"profile_uid": PROFILE, "project": PROJECT, "pack_uid": "p9"})),
        ("cluster-profiles", json!({"cluster_uid": CLUSTER, "project": PROJECT})),
        ("nowhere", json!({})),
    ] {
        assert!(matches!(serve(&fake, name, &arguments), Err(Problem::NotFound(_))), "{name}");
    }
    // What Palette refuses is never an empty list.
    for (status, check) in
        [(401, "denied"), (403, "denied"), (429, "limited"), (502, "upstream"), (504, "timeout")]
    {
        for name in ["clusters", "virtual-clusters", "cluster-groups", "my-projects", "fleet-health"] {
            let palette = || Palette::new("p").on("GET /v1/users/me", status, json!({"message": "hunter2"}));
            for fake in [Fake::new(vec![palette()]), Fake::new(vec![palette(), palette()])] {
                let problem = serve(&fake, name, &json!({})).unwrap_err();
                let found = match check {
                    "denied" => matches!(problem, Problem::Denied(_)),
                    "limited" => matches!(problem, Problem::Limited(_)),
                    "upstream" => matches!(problem, Problem::Upstream(_)),
                    _ => matches!(problem, Problem::Timeout(_)),
                };
                assert!(found, "{name} {status} {problem:?}");
            }
        }
    }
}

#[test]
fn a_list_of_several_says_whose_each_is_and_what_failed() {
    let dead = Palette::new("lab").on("GET /v1/users/me", 401, json!(""));
    let answer = serve(&Fake::new(vec![palette("prod"), dead]), "clusters", &json!({})).unwrap();
    assert_eq!(answer["clusters"][0]["instance"], "prod");
    assert_eq!(answer["errors"][0]["code"], "unauthorized");
    assert_eq!(serve(&one(), "clusters", &json!({})).unwrap()["clusters"][0].get("instance"), None);
}

#[test]
fn the_health_of_the_fleet_streams() {
    let dead = Palette::new("lab").on("GET /v1/users/me", 401, json!(""));
    let half = palette("prod").on("GET /v1/users/me", 200, me(&[PROJECT, "650000000000000000000098"], &[]));
    let fake = Fake::new(vec![half, dead]);
    let answer = serve(&fake, "fleet-health", &json!({})).unwrap();
    assert_eq!(
        (&answer["total"], &answer["health"]["UnHealthy"], &answer["instances"]["prod"]),
        (&json!(2), &json!(2), &json!(2))
    );
    assert_eq!(answer["errors"].as_array().unwrap().len(), 2);
    let events = fake.events.borrow();
    let of = |name: &str| events.iter().filter(|(each, _)| each == name).count();
    assert_eq!((of("cluster"), of("error"), of("instance")), (2, 2, 1));
    assert!(!format!("{events:?}").contains("hunter2"));
}

#[test]
fn routes_rename_and_resolve() {
    let fake = one();
    let resolve = |name: &str, arguments: Value| -> Value {
        let resolved = block_on(resolver::resolve(&fake, "route", name, &arguments.to_string())).unwrap();
        serde_json::from_str(&resolved.arguments).unwrap()
    };
    let wanted = json!({"cluster_uid": CLUSTER, "project": PROJECT, "instance": "prod"});
    assert_eq!(resolve("cluster", json!({"cluster_uid": "shop-eu", "projectUid": "Shop"})), wanted);
    let wanted = json!({"profile_uid": PROFILE, "project": PROJECT, "instance": "prod"});
    assert_eq!(resolve("profile", json!({"profile_uid": "shop"})), wanted);
    assert_eq!(resolve("profile-packs", json!({"profile_uid": "old", "versionUid": PROFILE})), wanted);
}

#[test]
fn resources_are_markdown() {
    let fake = one();
    let read = |name: &str, arguments: Value| {
        block_on(resources::read(&fake, name, &arguments.to_string())).map(|contents| contents.text)
    };
    for (name, arguments, wanted) in [
        ("clusters", json!({}), "- [!!] **shop-eu** (aws): Running - 4 nodes"),
        ("cluster", json!({"cluster_uid": CLUSTER}), "- [!!] ImageResolutionDone: ConnectivityIssue"),
        ("profiles", json!({}), "- **Shop** (v1.0.0): infra"),
        ("profile", json!({"profile_uid": PROFILE}), "- pack **nginx** 1.2 (addon)"),
        ("projects", json!({}), "- **Shop**"),
    ] {
        let text = read(name, arguments).unwrap();
        assert!(text.starts_with("# ") && text.contains(wanted) && !text.contains("hunter2"), "{text}");
    }
    for (name, arguments) in [("cluster", json!({"cluster_uid": "shop-eu"})), ("profile", json!({}))] {
        assert!(matches!(read(name, arguments), Err(Problem::Invalid(_))), "{name}");
    }
    for (name, arguments) in [
        ("cluster", json!({"cluster_uid": "650000000000000000000099"})),
        ("profile", json!({"profile_uid": CLUSTER})),
        ("nothing", json!({})),
    ] {
        assert!(matches!(read(name, arguments), Err(Problem::NotFound(_))), "{name}");
    }
    let dead = Fake::new(vec![Palette::new("p").on("GET /v1/users/me", 401, json!(""))]);
    let read = block_on(resources::read(&dead, "cluster", &json!({"cluster_uid": CLUSTER}).to_string()));
    assert!(matches!(read, Err(Problem::Denied(_))));
}

#[test]
fn completions_are_what_the_caller_may_see() {
    let fake = Fake::new(vec![palette("prod"), palette("lab")]);
    let complete = |argument: &str, value: &str, given: Value| {
        block_on(completions::complete(&fake, argument, value, &given.to_string())).unwrap().values
    };
    assert_eq!(complete("instance", "P", json!({})), ["prod"]);
    assert_eq!(complete("project", "sh", json!({})), ["Shop"]);
    assert_eq!(complete("cluster_uid", "", json!({"instance": "lab"})), ["shop-eu", CLUSTER]);
    assert_eq!(complete("cluster_uid_2", "65", json!({"project": "Shop"})), [CLUSTER]);
    assert_eq!(complete("profile_uid", "Sh", json!({})), ["Shop"]);
    for (argument, value, given) in [
        ("instance", "x", json!({})),
        ("cluster_uid", "shop", json!({"instance": "other"})),
        ("cluster_uid", "", json!({"project": "none"})),
        ("password", "", json!({})),
        ("", "", json!({})),
    ] {
        assert_eq!(complete(argument, value, given), Vec::<String>::new(), "{argument}");
    }
    let dead = || Palette::new("p").on("GET /v1/users/me", 401, json!(""));
    let refused = block_on(completions::complete(&Fake::new(vec![dead()]), "cluster_uid", "", "{}"));
    assert!(matches!(refused, Err(Problem::Denied(_))));
    let half =
        block_on(completions::complete(&Fake::new(vec![dead(), palette("a")]), "cluster", "", "{}")).unwrap();
    assert!(half.has_more && half.total.is_none() && half.values.len() == 2);
}
