//! Kubeconfigs: what is given, under which names, and why there is none.

use futures::executor::block_on;
use postern_palette::resolver;
use postern_palette::tool::Problem;
use postern_palette::{routes, tools};
use serde_json::{Value, json};

use crate::fake::{CLUSTER, Fake, PROJECT, Palette};

fn file(server: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: u@c\nclusters:\n- name: c\n  cluster:\n    server: {server}\ncontexts:\n- name: u@c\n  context:\n    cluster: c\n    user: u\nusers:\n- name: u\n  user:\n    exec:\n      command: kubectl\n"
    )
}

fn key(name: &str) -> String {
    format!("GET /v1/spectroclusters/{CLUSTER}/assets/{name} @{PROJECT}")
}

fn fake(status: u16, body: &str) -> Fake {
    Fake::new(vec![Palette::shop("prod").text(&key("kubeconfig"), status, body)])
}

fn call(fake: &Fake, name: &str, arguments: &Value) -> Result<(Value, String), Problem> {
    let outcome = block_on(tools::call(fake, name, &arguments.to_string()))?;
    Ok((serde_json::from_str(&outcome.structured).unwrap(), outcome.text))
}

fn shop() -> Value {
    json!({"cluster_uid": CLUSTER, "project": PROJECT})
}

#[test]
fn yaml_and_base64_give_the_same() {
    let plain = file("https://shop.example.test:6443");
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &plain);
    for body in [&plain, &encoded] {
        let (answer, text) = call(&fake(200, body), "get_kubeconfig", &shop()).unwrap();
        assert_eq!(answer["cluster"], json!({"name": "shop-eu", "uid": CLUSTER}));
        assert_eq!((&answer["contexts"], &answer["access_type"]), (&json!(["prod-shop-eu"]), &json!("oidc")));
        let yaml = answer["kubeconfig"].as_str().unwrap();
        assert!(yaml.contains("current-context: prod-shop-eu\n") && text.contains(yaml), "{yaml}");
        assert_eq!(answer.get("warnings"), None);
        let served =
            block_on(routes::serve(&fake(200, body), "cluster-kubeconfig", &shop().to_string())).unwrap();
        assert_eq!(String::from_utf8(served.body).unwrap(), plain);
        assert_eq!(served.filename, Some(format!("{CLUSTER}-kubeconfig.yaml")));
    }
    let other = call(&fake(200, &plain), "spectrocloud_get_kubeconfig", &shop()).unwrap().0;
    assert_eq!((&other["accessType"], &other["cluster"]["name"]), (&json!("client-oidc"), &json!("shop-eu")));
}

#[test]
fn the_way_to_the_cluster_is_chosen() {
    for (more, sent) in [
        (json!({}), None),
        (json!({"mode": "oidc"}), None),
        (json!({"mode": "frp"}), Some("true")),
        (json!({"mode": "direct"}), Some("false")),
        (json!({"frp": false}), Some("false")),
        (json!({"frp": true}), None),
    ] {
        let fake = fake(200, &file("https://shop.example.test"));
        let mut arguments = shop();
        arguments.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        call(&fake, "get_kubeconfig", &arguments).unwrap();
        let parameters = fake.instances[0].parameters.borrow();
        assert_eq!(
            parameters.iter().find(|(name, _)| *name == "frp").map(|(_, value)| value.as_str()),
            sent,
            "{more}"
        );
    }
    for refused in [
        json!({"mode": "direct", "frp": true}),
        json!({"mode": "frp", "frp": false}),
        json!({"mode": "admin"}),
    ] {
        let mut arguments = shop();
        arguments.as_object_mut().unwrap().extend(refused.as_object().unwrap().clone());
        let fake = fake(200, "");
        assert!(matches!(call(&fake, "get_kubeconfig", &arguments), Err(Problem::Invalid(_))), "{refused}");
        assert!(fake.instances[0].sent.borrow().is_empty());
    }
}

#[test]
fn a_private_cluster_without_a_proxy_is_told() {
    let private = file("https://10.0.0.5:6443");
    let (answer, text) = call(&fake(200, &private), "get_kubeconfig", &shop()).unwrap();
    assert!(
        answer["warnings"][0].as_str().unwrap().contains("spectro-proxy") && text.contains("private network")
    );
    let mut arguments = shop();
    arguments["mode"] = "frp".into();
    let refused = call(&fake(200, &private), "get_kubeconfig", &arguments);
    assert!(
        matches!(refused, Err(Problem::Conflict(ref why)) if why.contains("spectro-proxy")),
        "{refused:?}"
    );
}

#[test]
fn why_there_is_none_is_said() {
    for (status, body, wanted) in [
        (404, r#"{"code":"ResourceNotFound","message":"hunter2"}"#, "OIDC is not configured"),
        (400, r#"{"code":"OidcNotConfigured"}"#, "OIDC is not configured"),
        (403, r#"{"code":"OperationForbidden","message":"hunter2"}"#, "without OIDC"),
        (502, "<html>hunter2</html>", "502"),
        (200, "hunter2 hunter2", "no kubeconfig"),
        (200, "password: hunter2", "no kubeconfig"),
        (200, "", "no kubeconfig"),
    ] {
        let fake = fake(status, body);
        let problem = call(&fake, "get_kubeconfig", &shop()).unwrap_err();
        let message = problem.message();
        assert!(message.contains(wanted) && !message.contains("hunter2"), "{status} {message}");
        assert_eq!(
            matches!(problem, Problem::NotFound(_)),
            matches!(status, 400 | 404),
            "{status} {problem:?}"
        );
        assert_eq!(matches!(problem, Problem::Denied(_)), status == 403);
        let served = block_on(routes::serve(&fake, "cluster-kubeconfig", &shop().to_string()));
        assert!(served.is_err(), "{status}");
    }
}

#[test]
fn the_administrators_is_a_tool_of_its_own() {
    let body = file("https://shop.example.test")
        .replace("exec:\n      command: kubectl", "client-certificate-data: MTIz");
    let fake = Fake::new(vec![Palette::shop("prod").text(&key("adminKubeconfig"), 200, &body)]);
    let answer = call(&fake, "get_admin_kubeconfig", &shop()).unwrap().0;
    assert_eq!(answer["access_type"], "certificate");
    assert!(answer["warnings"][0].as_str().unwrap().contains("every right"));
    // The users' tool does not fall back to it.
    assert!(matches!(call(&fake, "get_kubeconfig", &shop()), Err(Problem::NotFound(_))));
    let denied = Fake::new(vec![Palette::shop("prod").text(&key("adminKubeconfig"), 403, "{}")]);
    let Err(Problem::Denied(message)) = call(&denied, "get_admin_kubeconfig", &shop()) else {
        panic!("denied is wanted")
    };
    assert!(message.contains("cluster.adminKubeconfigDownload"), "{message}");
}

#[test]
fn several_are_put_together() {
    let palette = |name: &str, status| {
        Palette::shop(name).text(&key("kubeconfig"), status, &file("https://shop.example.test"))
    };
    let missing = "650000000000000000000099";
    let both = Fake::new(vec![palette("prod", 200), palette("lab", 200)]);
    let answer = call(&both, "merge_kubeconfigs", &json!({"cluster_uid": [CLUSTER, missing]})).unwrap().0;
    assert_eq!(answer["contexts"], json!(["prod-shop-eu", "lab-shop-eu"]));
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains(missing));
    let half = Fake::new(vec![palette("prod", 404), palette("lab", 200)]);
    let answer = call(&half, "merge_kubeconfigs", &json!({"cluster_uid": [CLUSTER]})).unwrap().0;
    assert_eq!(
        (&answer["contexts"], &answer["errors"][0]["instance"]),
        (&json!(["lab-shop-eu"]), &json!("prod"))
    );
    let none = Fake::new(vec![palette("prod", 404)]);
    for arguments in [json!({"cluster_uid": [CLUSTER]}), json!({"cluster_uid": [missing]})] {
        assert!(
            matches!(call(&none, "merge_kubeconfigs", &arguments), Err(Problem::NotFound(_))),
            "{arguments}"
        );
    }
    for refused in [
        json!({"cluster_uid": []}),
        json!({"cluster_uid": ["shop-eu"]}),
        json!({"cluster_uid": CLUSTER}),
        json!({}),
    ] {
        assert!(matches!(call(&none, "merge_kubeconfigs", &refused), Err(Problem::Invalid(_))), "{refused}");
    }
}

#[test]
fn names_of_several_are_resolved() {
    let fake = Fake::new(vec![Palette::shop("prod")]);
    let resolve = |arguments: Value| {
        let resolved =
            block_on(resolver::resolve(&fake, "tool", "merge_kubeconfigs", &arguments.to_string()))?;
        assert_eq!(resolved.facts["project"], ["Shop"]);
        assert_eq!(resolved.facts["tags"], ["team:shop"]);
        Ok::<Value, Problem>(serde_json::from_str(&resolved.arguments).unwrap())
    };
    assert_eq!(
        resolve(json!({"cluster_uid": ["shop-eu", CLUSTER]})).unwrap(),
        json!({"cluster_uid": [CLUSTER, CLUSTER]})
    );
    assert!(matches!(resolve(json!({"cluster_uid": ["shop-eu", "nope"]})), Err(Problem::NotFound(_))));
}
