//! The HTTP surface: routes and tools as programs call them, what is refused, and who sees what.

mod answers;
mod browsers;
mod document;
mod generated;
mod parts;
mod refusals;

use postern::call::{PrincipalKind, Restriction};
use postern::identity::{Change, NewToken, TokenFile};
use postern_guests::{Guest, dropped_in};
use serde_json::Value;

use crate::bench::drop_in;
use crate::served::{Answer, Served};

/// Ana may do everything, Bob a little, and Eve nothing.
const POLICIES: &str = r#"
@id("all") permit (principal in Postern::Group::"all", action, resource);
@id("little") permit (principal in Postern::Group::"little", action in [Postern::Action::"routes/add",
    Postern::Action::"routes/routes/echo", Postern::Action::"routes/routes/ticks"], resource);
@id("tested") permit (principal in Postern::Group::"tested", action, resource)
unless { action in [Postern::Action::"routes/capabilities/list-pods", Postern::Action::"routes/routes/misbehave", Postern::Action::"routes/routes/misbehave-in-parts"] };
@id("not-seven") forbid (principal in Postern::Group::"little", action == Postern::Action::"routes/routes/echo",
    resource) when { context.input.id == 7 };
@id("held") @approval("approvers") @reason("eights are agreed on")
forbid (principal, action == Postern::Action::"routes/routes/echo", resource)
when { context.input.id == 8 } unless { context.approval.granted };
"#;

/// What the page of somebody else comes from, who is welcome.
const PORTAL: &str = "https://portal.example.com";

/// A host with the component of routes, and tokens of who calls it.
struct Host {
    served: Served,
    ana: String,
    bob: String,
    eve: String,
    /// Who may call everything that behaves.
    tester: String,
    /// Ana's, but for this plugin alone, and for another one alone.
    restricted: [String; 2],
}

impl Host {
    async fn start() -> Self {
        Self::start_with("").await
    }

    /// With more configuration.
    async fn start_with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop_in(Guest::named("routes"), folder.path());
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/all.cedar"), POLICIES).unwrap();
        let file = TokenFile::new(folder.path().join("tokens.toml"));
        let token = |name: &str, groups: &[&str], plugin: Option<&str>| {
            let restriction =
                |plugin: &str| Restriction { plugin: plugin.to_owned(), capabilities: None, targets: None };
            let new = NewToken {
                name: name.to_owned(),
                kind: PrincipalKind::Service,
                groups: groups.iter().map(|group| (*group).to_owned()).collect(),
                expires: None,
                restrictions: plugin.map(|plugin| vec![restriction(plugin)]),
            };
            let made = file.change(&Change::Create(new), jiff::Timestamp::now()).unwrap();
            made.unwrap().expose().to_owned()
        };
        let [ana, bob, eve, tester] =
            [("ana", &["all"][..]), ("bob", &["little"]), ("eve", &[]), ("tester", &["tested"])]
                .map(|(name, of)| token(name, of, None));
        let restricted =
            ["routes", "other"].map(|plugin| token(&format!("only-{plugin}"), &["all"], Some(plugin)));
        let text = format!(
            "{more}\n[server]\nallowed_origins = [\"{PORTAL}\"]\n[identity]\ntokens = \"tokens.toml\"\n{}",
            dropped_in("routes", r#"effects = ["read"]"#)
        );
        let served = Served::start(folder, &text).await;
        Self { served, ana, bob, eve, tester, restricted }
    }

    /// Sends a request with a body of JSON, if any, by the bearer of `token`.
    async fn send(&self, token: &str, line: &str, body: Option<&Value>) -> Answer {
        self.send_with(token, line, &[], &body.map(ToString::to_string).unwrap_or_default()).await
    }

    /// As [`Host::send`], with more headers and any body.
    async fn send_with(&self, token: &str, line: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let bearer = format!("Bearer {token}");
        let mut all = vec![("authorization", bearer.as_str()), ("accept", "application/json")];
        all.extend(headers);
        self.served.send(line, &all, body).await
    }
}
