//! What the resolver makes of names, other names and catalog entities.

use futures::executor::block_on;
use postern_palette::catalog::Entity;
use postern_palette::resolver::{self, Resolved};
use postern_sdk::{InvalidArgument, Problem};
use serde_json::{Value, json};

use crate::fake::{CLUSTER, Fake, PROJECT, Palette, cluster, page};

fn resolve(fake: &Fake, name: &str, arguments: &Value) -> Result<(Value, Resolved), Problem> {
    let resolved = block_on(resolver::resolve(fake, "tool", name, &arguments.to_string()))?;
    Ok((serde_json::from_str(&resolved.arguments).unwrap(), resolved))
}

#[test]
fn a_name_becomes_a_uid_with_its_project_and_instance() {
    let fake = Fake::new(vec![Palette::shop("prod")]);
    for (tool, arguments) in [
        ("get_cluster_details", json!({"cluster_uid": "shop-eu"})),
        ("get_cluster_details", json!({"cluster_uid": CLUSTER})),
        ("get_cluster_details", json!({"cluster_uid": "shop-eu", "project": "Shop"})),
        ("get_spectrocloud_health_for_cluster", json!({"clusterName": "shop-eu", "instanceName": "prod"})),
    ] {
        let (arguments, resolved) = resolve(&fake, tool, &arguments).unwrap();
        assert_eq!(arguments, json!({"cluster_uid": CLUSTER, "project": PROJECT, "instance": "prod"}));
        assert_eq!(resolved.facts["cloud_type"], ["aws"]);
        assert_eq!(resolved.facts["tags"], ["team:shop"]);
        assert_eq!(resolved.facts["project"], ["Shop"]);
    }
    let (arguments, _) = resolve(&fake, "list_clusters", &json!({"project": "Shop"})).unwrap();
    assert_eq!(arguments, json!({"project": PROJECT, "instance": "prod"}));
}

#[test]
fn nothing_and_several_are_errors() {
    let one = Fake::new(vec![Palette::shop("prod")]);
    for arguments in [
        json!({"cluster_uid": "nope"}),
        json!({"cluster_uid": "650000000000000000000099"}),
        json!({"project": "nope", "cluster_uid": "shop-eu"}),
        json!({"entity": "nope"}),
    ] {
        assert!(
            matches!(resolve(&one, "get_cluster_details", &arguments), Err(Problem::NotFound(_))),
            "{arguments}"
        );
    }
    let two = Fake::new(vec![Palette::shop("prod"), Palette::shop("lab")]);
    let arguments = json!({"cluster_uid": "shop-eu"});
    let Err(Problem::Invalid(InvalidArgument { pointer, message })) =
        resolve(&two, "get_cluster_details", &arguments)
    else {
        panic!("several are wanted")
    };
    assert!(
        pointer == "/cluster_uid" && message.contains("`prod`") && message.contains("`lab`"),
        "{message}"
    );
    let contradiction = json!({"clusterName": "shop-eu", "clusterUid": CLUSTER});
    assert!(matches!(
        resolve(&one, "get_spectrocloud_health_for_cluster", &contradiction),
        Err(Problem::Invalid(_))
    ));
    let dead = Fake::new(vec![Palette::new("p").on("GET /v1/users/me", 401, json!(""))]);
    assert!(matches!(resolve(&dead, "get_cluster_details", &arguments), Err(Problem::Denied(_))));
}

#[test]
fn an_entity_stands_for_its_cluster() {
    let mut fake = Fake::new(vec![Palette::shop("prod"), Palette::shop("lab")]);
    let entity = |reference: &str, annotations: &[(&str, &str)]| Entity {
        reference: reference.to_owned(),
        title: Some("shop-eu".to_owned()),
        annotations: annotations
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    };
    fake.entities = vec![
        entity("resource:default/shop", &[("acme.io/cluster-id", CLUSTER), ("acme.io/instance", "lab")]),
        entity("component:default/shop", &[]),
    ];
    let wanted = json!({"cluster_uid": CLUSTER, "project": PROJECT, "instance": "lab"});
    for name in ["shop-eu", "resource:default/shop"] {
        let (mut arguments, _) = resolve(&fake, "get_cluster_details", &json!({"entity": name})).unwrap();
        arguments.as_object_mut().unwrap().remove("entity");
        assert_eq!(arguments, wanted);
    }
    let other = json!({"entity": "shop-eu", "instance": "prod"});
    assert!(matches!(resolve(&fake, "get_cluster_details", &other), Err(Problem::Invalid(_))));
    let bare = json!({"entity": "component:default/shop"});
    assert!(matches!(resolve(&fake, "get_cluster_details", &bare), Err(Problem::Invalid(_))));
    fake.entities.push(entity("resource:default/twin", &[("acme.io/cluster-id", CLUSTER)]));
    assert!(matches!(
        resolve(&fake, "get_cluster_details", &json!({"entity": "shop-eu"})),
        Err(Problem::Invalid(_))
    ));
}

const CONFIG: &str = "650000000000000000000004";
const PROFILE: &str = "650000000000000000000010";

#[test]
fn the_cloud_configuration_is_the_clusters_own() {
    let fake = Fake::new(vec![Palette::shop("prod")]);
    for tool in ["scale_machine_pool", "cordon_machine", "uncordon_machine"] {
        let given = json!({"cluster_uid": "shop-eu", "pool": "w"});
        let (arguments, resolved) = resolve(&fake, tool, &given).unwrap();
        assert_eq!(arguments["config_uid"], CONFIG, "{tool}");
        assert_eq!((&arguments["cloud"], &arguments["project"]), (&json!("aws"), &json!(PROJECT)));
        assert_eq!(resolved.facts["tags"], ["team:shop"]);
    }
    for wrong in [
        json!({"cluster_uid": "shop-eu", "config_uid": PROFILE}),
        json!({"cluster_uid": "shop-eu", "cloud": "vsphere"}),
    ] {
        assert!(matches!(resolve(&fake, "scale_machine_pool", &wrong), Err(Problem::Invalid(_))), "{wrong}");
    }
    // A tool whose authority knows no cloud configuration does not get one.
    let (arguments, _) = resolve(&fake, "set_tags", &json!({"cluster_uid": "shop-eu"})).unwrap();
    assert!(arguments.get("config_uid").is_none());
    let mut young = cluster(CLUSTER, "shop-eu", PROJECT, "Pending");
    young["specSummary"]["cloudConfig"] = json!({});
    let search = format!("POST /v1/dashboard/spectroclusters/search @{PROJECT}");
    let fake = Fake::new(vec![Palette::shop("prod").on(&search, 200, page(&[young], ""))]);
    let given = json!({"cluster_uid": "shop-eu", "pool": "w"});
    assert!(matches!(resolve(&fake, "scale_machine_pool", &given), Err(Problem::Conflict(_))));
}

#[test]
fn a_profile_of_a_project_is_found_there() {
    let path = format!("GET /v1/clusterprofiles/{PROFILE}");
    let found = json!({"metadata": {"uid": PROFILE, "annotations": {"projectUid": PROJECT}}});
    let within = |palette: Palette| palette.on(&format!("{path} @{PROJECT}"), 200, found.clone());
    let forbidden = json!({"code": "OperationForbidden"});
    let fake = Fake::new(vec![within(Palette::shop("prod").on(&path, 403, forbidden.clone()))]);
    let (arguments, _) = resolve(&fake, "publish_profile", &json!({"profile_uid": PROFILE})).unwrap();
    assert_eq!(arguments, json!({"profile_uid": PROFILE, "project": PROJECT, "instance": "prod"}));
    let fake = Fake::new(vec![Palette::shop("prod").on(&path, 403, forbidden)]);
    let nobody = resolve(&fake, "publish_profile", &json!({"profile_uid": PROFILE}));
    assert!(matches!(nobody, Err(Problem::NotFound(_))));
    // One of the tenant has no project, and gets none.
    let fake = Fake::new(vec![Palette::shop("prod").on(&path, 200, json!({"metadata": {"uid": PROFILE}}))]);
    let (arguments, _) = resolve(&fake, "delete_profile", &json!({"profile_uid": PROFILE})).unwrap();
    assert!(arguments.get("project").is_none());
}
