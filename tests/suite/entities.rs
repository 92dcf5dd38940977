//! The catalogs that come with the host: of a Backstage, and of files in a folder.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::{Arc, Mutex};

use http::StatusCode;
use postern_upstreams::wire::{Answer, Authority, ClientCertificates, Hangup, Received, Reply, Server};
use serde_json::{Value, json};

use crate::bench::Bench;

const ALL: &str = r#"@id("all") permit (principal, action, resource);"#;
const TOKEN: &str = "a-static-token-of-backstage";

/// As much of a Backstage as is asked here: one component, whose relations lead to it.
#[derive(Default)]
struct Backstage {
    asked: Mutex<Vec<String>>,
}

fn shop() -> Value {
    json!({
        "kind": "Component",
        "metadata": {"name": "Shop", "namespace": "default", "title": "The Shop", "annotations": {"a/b": "c"}},
        "spec": {"type": "service"},
        "relations": [{"type": "ownedBy", "targetRef": "group:default/team-a"}],
    })
}

impl Answer for Backstage {
    async fn answer(&self, received: Received) -> Result<Reply, Hangup> {
        let (path, query) =
            (received.uri.path().to_owned(), received.uri.query().unwrap_or_default().to_owned());
        let filter = postern_upstreams::wire::query(&query).into_iter().find(|(name, _)| name == "filter");
        let filter = filter.map(|(_, filter)| filter).unwrap_or_default();
        self.asked.lock().unwrap().push(format!("{} {path} {filter}", received.method));
        let permitted =
            received.headers.get("authorization").is_some_and(|it| it == &format!("Bearer {TOKEN}"));
        let error = |name: &str| json!({"error": {"name": name, "message": "no"}});
        Ok(match (permitted, path.as_str()) {
            (false, _) => Reply::json(StatusCode::UNAUTHORIZED, &error("AuthenticationError")),
            (true, "/api/catalog/entities/by-name/component/default/shop") => {
                Reply::json(StatusCode::OK, &shop())
            }
            (true, "/api/catalog/entities/by-query") => {
                let found =
                    ["metadata.title=the shop", "relations.ownedBy=group:default/team-a"].contains(&&*filter);
                let items = if found { vec![shop()] } else { Vec::new() };
                Reply::json(
                    StatusCode::OK,
                    &json!({"items": items, "totalItems": items.len(), "pageInfo": {}}),
                )
            }
            (true, _) => Reply::json(StatusCode::NOT_FOUND, &error("NotFoundError")),
        })
    }
}

/// The configuration of the integration, whose credential is in a file beside it.
fn backstage(server: &Server, folder: &Path, authority: &Authority, token: &str) -> String {
    std::fs::write(folder.join("ca.pem"), authority.pem()).unwrap();
    std::fs::write(folder.join("token"), token).unwrap();
    let (address, at) = (server.address(), folder.display());
    format!(
        r#"
[[plugin]]
name = "backstage"
[[plugin.grant]]
effects = ["read"]
targets = ["*"]
[plugin.upstream.catalog]
private_networks = true
[[plugin.upstream.catalog.target]]
name = "company"
base_url = "https://{address}"
ca = "{at}/ca.pem"
credential = {{ bearer = "file:{at}/token" }}
"#
    )
}

async fn with_backstage(token: &str) -> (Bench, Arc<Backstage>, Server, tempfile::TempDir) {
    let (folder, authority) = (tempfile::tempdir().unwrap(), Authority::new("backstage").unwrap());
    let answers = Arc::new(Backstage::default());
    let server = Server::start(&authority, &[], ClientCertificates::Off, true, Arc::clone(&answers)).await;
    let server = server.unwrap();
    let bench = Bench::finder(ALL, &backstage(&server, folder.path(), &authority, token)).await;
    (bench, answers, server, folder)
}

fn find(what: Value) -> Value {
    json!({"cluster": "prod", "namespace": "shop", "name": "web-0", "find": what})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backstage_is_asked_by_people_and_by_plugins() {
    let (bench, answers, _server, _folder) = with_backstage(TOKEN).await;
    let got = bench.text_of("backstage", "get_entity", json!({"reference": "Component:Shop"})).await.unwrap();
    assert!(
        got.starts_with("component:default/shop \u{2014} The Shop (owned by group:default/team-a)"),
        "{got}"
    );
    let found = bench.text_of("backstage", "find_entities", json!({"title": "the SHOP"})).await.unwrap();
    assert!(found.starts_with("component:default/shop"), "{found}");
    let absent =
        bench.text_of("backstage", "get_entity", json!({"reference": "component:other"})).await.unwrap_err();
    assert_eq!(absent.to_string(), "`component:other`: not found or not permitted");
    assert_eq!(absent.code(), "plugin.not-found");

    let told = bench.text("logs", find(json!({"reference": "component:default/shop"}))).await.unwrap();
    assert_eq!(told, r#"found 1 [component:default/shop {"type":"service"}]"#);
    let related = find(json!({"relation": "ownedBy", "target": "group:team-a"}));
    assert!(bench.text("logs", related).await.unwrap().starts_with("found 1"));
    let absent = bench.text("logs", find(json!({"reference": "component:other"}))).await.unwrap();
    assert_eq!(absent, "found 0 []");

    let before = answers.asked.lock().unwrap().len();
    for climbs in ["component:default/..", "component:../secrets", "component:a/b?c", "shop"] {
        let refused = bench.text("logs", find(json!({"reference": climbs}))).await.unwrap();
        assert!(refused.starts_with("not found: Problem::Invalid"), "{refused}");
    }
    assert_eq!(answers.asked.lock().unwrap().len(), before, "what is no reference is not sent");
    let asked = answers.asked.lock().unwrap().clone();
    assert!(asked.iter().all(|request| request.starts_with("GET /api/catalog/entities/by-")), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_is_not_taken_is_told_without_it() {
    let wrong = "another-token-that-is-wrong";
    let (bench, _, _server, _folder) = with_backstage(wrong).await;
    let told = bench.text("logs", find(json!({"title": "the shop"}))).await.unwrap();
    assert!(told.contains("does not take the credential") && !told.contains(wrong), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_are_a_catalog_and_nothing_beside_them_is() {
    let folder = tempfile::tempdir().unwrap();
    let entities = folder.path().join("entities");
    std::fs::create_dir_all(entities.join("deep")).unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let secret = "kind: Component\nmetadata: {name: secret, title: Secret}\n";
    write("secret.yaml", secret);
    write(
        "entities/all.yaml",
        "kind: Location\nmetadata: {name: all}\nspec: {targets: [deep/shop.yaml, ../secret.yaml]}\n",
    );
    write(
        "entities/deep/shop.yaml",
        "kind: Component\nmetadata: {name: shop, title: The Shop}\nspec: {owner: team-a, type: service}\n",
    );
    symlink(folder.path().join("secret.yaml"), entities.join("link.yaml")).unwrap();
    symlink("../secret.yaml", entities.join("relative.yaml")).unwrap();
    symlink(folder.path(), entities.join("up")).unwrap();
    write("entities/up.yaml", "kind: Location\nmetadata: {name: up}\nspec: {target: up/secret.yaml}\n");
    let configuration = format!(
        "[[plugin]]\nname = \"catalog-files\"\n[plugin.folder]\nentities = \"{}\"\n",
        entities.display()
    );
    let bench = Bench::finder(ALL, &configuration).await;
    let got =
        bench.text_of("catalog-files", "get_entity", json!({"reference": "component:shop"})).await.unwrap();
    assert!(
        got.starts_with("component:default/shop \u{2014} The Shop (owned by group:default/team-a)"),
        "{got}"
    );
    let told =
        bench.text("logs", find(json!({"relation": "ownedBy", "target": "group:team-a"}))).await.unwrap();
    assert!(told.starts_with("found 1 [component:default/shop"), "{told}");
    let told = bench.text("logs", find(json!({"title": "Secret"}))).await.unwrap();
    assert_eq!(told, "found 0 []", "no way leads out of the folder");
    // An edit is seen by the next call.
    write(
        "entities/more.yaml",
        "kind: Group\nmetadata: {name: team-a}\n---\nkind: API\nmetadata: {name: a, title: secret}\n",
    );
    let told = bench.text("logs", find(json!({"title": "Secret"}))).await.unwrap();
    assert!(told.starts_with("found 1 [api:default/a"), "{told}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_its_folder_there_is_nothing_to_read() {
    let bench = Bench::finder(ALL, "[[plugin]]\nname = \"catalog-files\"\n").await;
    let told = bench.text("logs", find(json!({"title": "Shop"}))).await.unwrap();
    assert!(told.contains("the folder of the catalog cannot be read"), "{told}");
}
