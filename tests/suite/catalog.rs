//! What components ask the software catalog: calls of whoever calls them, to the one plugin that is one.

use serde_json::{Value, json};

use crate::bench::Bench;

const ALL: &str = r#"@id("all") permit (principal, action, resource);"#;

fn find(what: Value) -> Value {
    json!({"cluster": "prod", "namespace": "shop", "name": "web-0", "find": what})
}

fn by_resolver(what: Value) -> Value {
    json!({"cluster": "prod", "namespace": "shop", "name": "web-0", "then": {"find": what}})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_asked_for_whoever_calls() {
    let bench = Bench::finder_with_catalog(ALL, "many = 2").await;
    let told = bench.text("logs", find(json!({"reference": "component:default/shop"}))).await.unwrap();
    assert!(told.starts_with("found 2 [component:default/e0 {"), "{told}");
    assert!(
        told.contains(r#""asked":"component:default/shop""#) && told.contains(r#""by":"local:ana""#),
        "{told}"
    );
    let titled = find(json!({"title": "Shop", "kind": "Component", "type": "service"}));
    let told = bench.text("logs", titled).await.unwrap();
    assert!(told.contains(r#"title Shop Some(\"Component\") Some(\"service\")"#), "{told}");
    let related = find(json!({"relation": "ownedBy", "target": "group:default/shop"}));
    let told = bench.text_as(&bench.principal("bob").await, "logs", related).await.unwrap();
    assert!(told.contains("ownedBy group:default/shop") && told.contains("local:bob"), "{told}");
    // A resolver asks it too.
    let told = bench.text("logs", by_resolver(json!({"title": "Shop"}))).await.unwrap();
    assert!(told.contains("found 2"), "{told}");

    let records = bench.recorded().await;
    let asked: Vec<_> = records.iter().filter(|it| it["kind"] == "catalog").collect();
    assert_eq!(asked.len(), 4);
    for record in asked {
        assert_eq!(
            (&record["plugin"], &record["name"], &record["decision"]),
            (&json!("register"), &json!("find"), &json!("permit"))
        );
        assert_eq!(
            record["call"].as_str().unwrap().split_once('.').unwrap(),
            ("test", "1"),
            "a call of its own"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_not_there_is_told() {
    let bench = Bench::finder(ALL, "").await;
    let told = bench.text("logs", find(json!({"title": "Shop"}))).await.unwrap();
    assert!(told.starts_with("not found: Problem::NotFound") && told.contains("has no catalog"), "{told}");
    let bench = Bench::finder_with_catalog(ALL, "").await;
    let told = bench.text("logs", find(json!({"reference": "component:default/nobody"}))).await.unwrap();
    assert!(
        told.starts_with("not found: Problem::NotFound") && told.contains("not found or not permitted"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn policy_decides_on_each_lookup() {
    let but = r#"
        @id("all") permit (principal, action, resource);
        @id("no-groups") forbid (principal, action == Postern::Action::"register/catalogs/find", resource)
        when { context.input has relation };"#;
    let bench = Bench::finder_with_catalog(but, "").await;
    bench.text("logs", find(json!({"title": "Shop"}))).await.unwrap();
    let told = bench.text("logs", find(json!({"relation": "ownedBy", "target": "a"}))).await.unwrap();
    assert!(told.starts_with("not found: Problem::Denied") && told.contains("no-groups"), "{told}");
    // Hidden looks like absent.
    let never = r#"
        @id("all") permit (principal, action, resource);
        @id("not-the-catalog") forbid (principal, action, resource == Postern::Plugin::"register");"#;
    let bench = Bench::finder_with_catalog(never, "").await;
    let told = bench.text("logs", find(json!({"title": "Shop"}))).await.unwrap();
    assert!(told.starts_with("not found: Problem::NotFound") && told.contains("has no catalog"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_bounded() {
    let bench = Bench::finder_with_catalog(ALL, "many = 600").await;
    let told = bench.text("logs", find(json!({"title": "Shop"}))).await.unwrap();
    assert!(told.starts_with("found 500 ["), "{told}");
    let bench = Bench::finder_with_catalog(ALL, "").await;
    let told = bench.text("logs", find(json!({"title": "Shop", "times": 65}))).await.unwrap();
    assert!(told.starts_with("not found: Problem::Limited") && told.contains("64 times at most"), "{told}");
    let bench = Bench::finder_with_catalog(ALL, "many = 400, kib = 16").await;
    let told = bench.text("logs", find(json!({"title": "Shop"}))).await.unwrap();
    assert!(
        told.starts_with("not found: Problem::Upstream") && told.contains("went over its limit"),
        "{told}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_fails_ends_no_call_but_its_own() {
    for (settings, why) in
        [("trap = true", "plugin `register` failed"), (r#"spec = "[]""#, "is no JSON object")]
    {
        let bench = Bench::finder_with_catalog(ALL, settings).await;
        let told = bench.text("logs", find(json!({"title": "Shop"}))).await.unwrap();
        assert!(told.starts_with("not found: Problem::Upstream") && told.contains(why), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn there_is_one_at_most() {
    let told = Bench::two_catalogs().await;
    assert_eq!(told, "the plugins `other` and `register` are both catalogs for others; leave one out");
}
