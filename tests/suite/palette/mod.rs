//! The Palette integration in its sandbox, against simulated instances: a fleet with one of everything that goes wrong.

mod changes;
mod hostile;
mod routes;
mod tools;

use postern::call::{
    Call, CallError, Client, Content, Contents, Kind, Origin, Outcome, Principal, PrincipalKind,
};
use postern::identity::{Audience, Change, Credential, NewToken, TokenFile};
use postern_upstreams::palette::{Instance, Limits, Palette, Role, Seed};
use postern_upstreams::record::Recorded;
use serde_json::{Value, json};

use crate::served::{Answer, Served};

/// Everybody of `all` may do what was granted, `readers` may read, and nobody else anything.
const POLICIES: &str = r#"
@id("all") permit (principal in Postern::Group::"all", action, resource);
@id("readers") permit (principal in Postern::Group::"readers", action in Postern::Action::"read", resource);
"#;

/// Everything that only looks.
const READ: &str = r#"effects = ["read"]"#;

/// As [`READ`], and kubeconfigs.
const SECRET: &str = r#"effects = ["read", "secret"]"#;

/// Everything.
const ALL: &str = r#"effects = ["read", "secret", "change", "destructive"]"#;

/// Somebody who calls.
struct Who {
    token: String,
    principal: Principal,
}

/// A host with the integration on the instances `prod` and `lab`.
struct Host {
    served: Served,
    palette: Palette,
    /// Of the group `all`.
    ana: Who,
    /// Of the group `readers`.
    bob: Who,
    /// Of no group.
    eve: Who,
}

impl Host {
    /// With these grants, as an administrator of the tenant.
    async fn granted(grant: &str) -> Self {
        Self::start(grant, POLICIES, Role::TenantAdmin, "").await
    }

    /// With these grants and policies beside the usual ones.
    async fn under(grant: &str, policies: &str) -> Self {
        Self::start(grant, &format!("{POLICIES}\n{policies}"), Role::TenantAdmin, "").await
    }

    /// With the key of this role, and more configuration before the plugin's.
    async fn start(grant: &str, policies: &str, role: Role, more: &str) -> Self {
        let palette = Palette::start(Seed::demo().limits(Limits::Off)).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::create_dir(path("policies")).unwrap();
        std::fs::write(path("policies/all.cedar"), policies).unwrap();
        let mut text = format!(
            "{more}\n[identity]\ntokens = \"tokens.toml\"\n[[plugin]]\nname = \"palette\"\n[[plugin.grant]]\n{grant}\n\
             targets = [\"*\"]\n[plugin.upstream.instance]\nprivate_networks = true\n"
        );
        for instance in palette.instances() {
            let (name, url) = (instance.name(), instance.url());
            std::fs::write(path(&format!("{name}.pem")), instance.ca_pem()).unwrap();
            std::fs::write(path(&format!("{name}.key")), instance.key(role)).unwrap();
            text.push_str(&format!(
                "[[plugin.upstream.instance.target]]\nname = \"{name}\"\nbase_url = \"{url}\"\n\
                 api_key = \"file:{name}.key\"\nca = \"{name}.pem\"\n"
            ));
        }
        let file = TokenFile::new(path("tokens.toml"));
        let made = [("ana", &["all"][..]), ("bob", &["readers"]), ("eve", &[])].map(|(name, groups)| {
            let new = NewToken {
                name: name.to_owned(),
                kind: PrincipalKind::Service,
                groups: groups.iter().map(|group| (*group).to_owned()).collect(),
                expires: None,
                restrictions: None,
            };
            file.change(&Change::Create(new), jiff::Timestamp::now()).unwrap().unwrap()
        });
        let served = Served::start(folder, &text).await;
        let mut who = Vec::new();
        for token in made {
            let shown = token.expose().to_owned();
            let credential = Credential::Bearer(token);
            let principal = served.gateway.authenticate(&credential, &Audience::default()).await.unwrap();
            who.push(Who { token: shown, principal });
        }
        let [ana, bob, eve] = <[Who; 3]>::try_from(who).ok().unwrap();
        Self { served, palette, ana, bob, eve }
    }

    fn prod(&self) -> &Instance {
        self.palette.instance("prod")
    }

    /// Runs a tool for Ana and gives its structured answer.
    async fn tool(&self, name: &str, arguments: Value) -> Result<Value, CallError> {
        self.tool_for(&self.ana, name, arguments).await
    }

    async fn tool_for(&self, who: &Who, name: &str, arguments: Value) -> Result<Value, CallError> {
        match self.served.gateway.call(&who.principal, call(Kind::Tool, name, arguments)).await? {
            Outcome::Tool { structured: Some(structured), .. } => Ok(structured),
            other => panic!("{name}: {other:?}"),
        }
    }

    /// Why a tool gives Ana nothing.
    async fn refused(&self, name: &str, arguments: Value) -> CallError {
        let shown = arguments.to_string();
        match self.tool(name, arguments).await {
            Err(error) => error,
            Ok(answer) => panic!("{name} {shown}: {answer:#}"),
        }
    }

    /// What a tool says to models.
    async fn text(&self, name: &str, arguments: Value) -> String {
        let outcome = self.served.gateway.call(&self.ana.principal, call(Kind::Tool, name, arguments)).await;
        let Outcome::Tool { content, .. } = outcome.unwrap() else { panic!("a tool answers as a tool") };
        let texts = content.into_iter().map(|content| match content {
            Content::Text(text) => text,
            other => panic!("{other:?}"),
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Reads a resource for Ana.
    async fn read(&self, uri: &str) -> Result<String, CallError> {
        let call = call(Kind::Resource, uri, json!({}));
        match self.served.gateway.call(&self.ana.principal, call).await? {
            Outcome::Resource { contents: Contents::Text(text), .. } => Ok(text),
            other => panic!("{uri}: {other:?}"),
        }
    }

    /// Sends a request, such as `GET /api/palette/clusters`, with a body of JSON, if any.
    async fn send(&self, who: &Who, line: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", who.token);
        let headers = [("authorization", bearer.as_str()), ("accept", "application/json")];
        self.served.send(line, &headers, &body.map(ToString::to_string).unwrap_or_default()).await
    }

    /// The names of the tools that somebody sees.
    fn tools(&self, who: &Who) -> Vec<String> {
        self.served.gateway.tools(&who.principal).iter().map(|tool| tool.name.clone()).collect()
    }

    /// What arrived anywhere, as `METHOD /path`.
    fn arrived(&self) -> Vec<String> {
        let line = |it: Recorded| format!("{} {}", it.method, it.path);
        self.palette.instances().iter().flat_map(Instance::requests).map(line).collect()
    }

    /// Every request so far is one that Palette has, with a key that it knows.
    fn assert_sane(&self) {
        for instance in self.palette.instances() {
            let strays: Vec<String> =
                instance.strays().iter().map(|it| format!("{} {}", it.method, it.path)).collect();
            assert_eq!(strays, [""; 0], "{}", instance.name());
            assert!(instance.requests().iter().all(|it| it.status != 401), "{}", instance.name());
        }
    }

    /// Nothing was changed, nor tried to be.
    fn assert_unchanged(&self) {
        for instance in self.palette.instances() {
            let writes: Vec<String> =
                instance.writes().iter().map(|it| format!("{} {}", it.method, it.path)).collect();
            assert_eq!(writes, [""; 0], "{}", instance.name());
        }
    }

    fn forget(&self) {
        self.palette.instances().iter().for_each(Instance::forget);
    }
}

fn call(kind: Kind, name: &str, arguments: Value) -> Call {
    Call {
        id: "test".to_owned(),
        kind,
        plugin: "palette".to_owned(),
        name: name.to_owned(),
        arguments: serde_json::from_value(arguments).unwrap(),
        client: Client::default(),
        completing: None,
        origin: Origin::default(),
    }
}
