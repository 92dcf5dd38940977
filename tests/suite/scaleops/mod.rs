//! The cost integration in a whole host: a ScaleOps behind a login, an OpenCost beside it, a Backstage as the catalog.

mod answers;
mod demo;
mod kept;
mod login;
mod proxy;
mod shell;

use std::path::Path;

use postern::call::PrincipalKind;
use postern::identity::{Change, NewToken, TokenFile};
use postern_upstreams::backstage::{self, Backstage};
use postern_upstreams::opencost::{self, OpenCost};
use postern_upstreams::scaleops::{self, ScaleOps};
use serde_json::{Value, json};

use crate::served::{Answer, Served};

/// Of the account in [`scaleops::Seed`].
const PASSWORD: &str = "correct horse";
const CATALOG_TOKEN: &str = "a-static-token-of-the-catalog";
const SELECTOR: &str = "backstage.io/kubernetes-label-selector";

/// Ana may do everything, Bob read policies but not those of one cluster, and Eve nothing.
const POLICIES: &str = r#"
@id("all") permit (principal in Postern::Group::"all", action, resource);
@id("policies") permit (principal in Postern::Group::"little", action in [
    Postern::Action::"scaleops/routes/policies", Postern::Action::"scaleops/capabilities/read-policies"], resource);
@id("not-c2") forbid (principal in Postern::Group::"little", action == Postern::Action::"scaleops/routes/policies",
    resource) when { context.input has cluster && context.input.cluster == "c2" };
"#;

/// The servers that the integration works with.
struct Servers {
    scaleops: ScaleOps,
    opencost: OpenCost,
    backstage: Backstage,
}

/// A host with its servers, and tokens of who calls it.
struct Host {
    servers: Servers,
    served: Served,
    ana: String,
    bob: String,
    eve: String,
}

/// What the shop owns: one component that says which workloads are its, and one that does not.
fn catalog() -> backstage::Seed {
    let component = |name: &str| {
        backstage::entity("Component", name, json!({"type": "service", "owner": "shop", "system": "sales"}))
    };
    let checkout = backstage::annotated(component("checkout"), SELECTOR, "app=checkout,env=prod");
    let group = json!({"type": "team", "children": []});
    [backstage::entity("Group", "shop", group), checkout, component("handbook")]
        .into_iter()
        .fold(backstage::Seed::new(), backstage::Seed::entity)
}

impl Servers {
    async fn start(seed: scaleops::Seed, catalog: backstage::Seed) -> Self {
        Self {
            opencost: OpenCost::start(opencost::Seed::of(&seed)).await.unwrap(),
            scaleops: ScaleOps::start(seed).await.unwrap(),
            backstage: Backstage::start(catalog.token(CATALOG_TOKEN)).await.unwrap(),
        }
    }

    /// Writes what the configuration names into `folder`, and the configuration of both plugins.
    fn configuration(&self, folder: &Path, password: &str) -> String {
        let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
        write("scaleops.pem", &self.scaleops.ca_pem());
        write("opencost.pem", &self.opencost.ca_pem());
        write("backstage.pem", &self.backstage.ca_pem());
        write("password", password);
        write("catalog-token", CATALOG_TOKEN);
        let (scaleops, opencost, backstage) =
            (self.scaleops.url(), self.opencost.url(), self.backstage.url());
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
base_url = "{backstage}"
ca = "backstage.pem"
credential = {{ bearer = "file:catalog-token" }}

[[plugin]]
name = "scaleops"
[[plugin.grant]]
effects = ["read"]
targets = ["*"]
[[plugin.grant]]
capabilities = ["login"]
targets = ["prod"]
[plugin.upstream.cost]
private_networks = true
[[plugin.upstream.cost.target]]
name = "prod"
base_url = "{scaleops}"
ca = "scaleops.pem"
credential = {{ login = {{ username = "svc-postern", password = "file:password" }} }}
attributes = {{ default = "true", dashboard = "https://scaleops.example.com", currency = "USD" }}
[[plugin.upstream.cost.target]]
name = "edge"
base_url = "{opencost}"
ca = "opencost.pem"
attributes = {{ source = "opencost", currency = "USD" }}
"#
        )
    }
}

impl Host {
    async fn start() -> Self {
        Self::start_with(scaleops::Seed::reference(), PASSWORD).await
    }

    async fn start_with(seed: scaleops::Seed, password: &str) -> Self {
        Self::start_on(Servers::start(seed, catalog()).await, password, "").await
    }

    /// On these servers, with more configuration.
    async fn start_on(servers: Servers, password: &str, more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/all.cedar"), POLICIES).unwrap();
        let file = TokenFile::new(folder.path().join("tokens.toml"));
        let token = |name: &str, groups: &[&str]| {
            let new = NewToken {
                name: name.to_owned(),
                kind: PrincipalKind::Service,
                groups: groups.iter().map(|group| (*group).to_owned()).collect(),
                expires: None,
                restrictions: None,
            };
            let made = file.change(&Change::Create(new), jiff::Timestamp::now()).unwrap();
            made.unwrap().expose().to_owned()
        };
        let [ana, bob, eve] =
            [("ana", &["all"][..]), ("bob", &["little"]), ("eve", &[])].map(|(name, of)| token(name, of));
        let text = format!(
            "{more}\n[identity]\ntokens = \"tokens.toml\"\n{}",
            servers.configuration(folder.path(), password)
        );
        let served = Served::start(folder, &text).await;
        Self { servers, served, ana, bob, eve }
    }

    /// Sends a request by the bearer of `token`.
    async fn send(&self, token: &str, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut all = vec![("authorization", bearer.as_str()), ("accept", "application/json")];
        all.extend(headers);
        self.served.send(line, &all, body).await
    }

    /// What a tool answers Ana, failed or not.
    async fn tool(&self, name: &str, arguments: Value) -> Answer {
        let line = format!("POST /api/scaleops/tools/{name}");
        self.send(&self.ana, &line, &[], &arguments.to_string()).await
    }

    /// What a tool answers Ana: its structured content.
    async fn structured(&self, name: &str, arguments: Value) -> Value {
        let answer = self.tool(name, arguments).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        let body = answer.json();
        assert_eq!(body["isError"], false, "{name}: {body}");
        body["structuredContent"].clone()
    }

    /// How many requests the ScaleOps server had, logins apart.
    fn asked(&self) -> usize {
        let requests = self.servers.scaleops.requests();
        requests.iter().filter(|request| request.path != scaleops::LOGIN).count()
    }

    /// The audit's records, as lines. The host has stopped then.
    async fn audit(&self) -> String {
        self.served.gateway.audit().clone().close().await;
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["audit", "export", "--format", "jsonl", "--log"]);
        let output = command.arg(self.served.folder().join("audit.db")).env_clear().output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// What the tests of the tools are about.
fn checkout() -> Value {
    json!({"entityRef": "component:default/checkout"})
}

/// Fails where a text holds what nobody but the servers may see.
#[track_caller]
fn holds_no_secret(host: &Host, text: &str) {
    let sent = host.servers.scaleops.requests();
    let bearers = sent.iter().filter_map(|it| it.header("authorization")?.strip_prefix("Bearer "));
    for secret in bearers.chain([PASSWORD, CATALOG_TOKEN, "auth_state", "/?token="]) {
        assert!(!text.contains(secret), "`{secret}` in {text}");
    }
}
