//! What calls and their clients say to each other, over real connections and in both eras: who may answer, what
//! an answer is worth, and who hears of what.
//!
//! The host serves the hostile component, which tries what it should not, and the one that was made for the
//! conformance suites; its clients are two principals, `ana` and `kim`.

mod changes;
mod client;
mod headers;
mod questions;
mod states;
mod tasks;

use std::collections::BTreeMap;
use std::sync::Arc;

use postern::call::PrincipalKind;
use postern::config::Config;
use postern::identity::{Change, NewToken, TokenFile};
use postern::start::{ReloadPart, Reloader};
use postern_guests::{Guest, dropped_in};
use postern_upstreams::kubernetes::Cluster;
use serde_json::{Value, json};

use crate::bench::{compiled, configuration, drop_in};
use crate::served::Served;
use client::{Modern, Session};

/// Everybody may do everything that was granted.
const OPEN: &str = r#"@id("all") permit (principal, action, resource);"#;

/// Longer than any test.
const NEVER: std::time::Duration = std::time::Duration::from_secs(3600);

/// What is configured beside the plugins.
const ROOMS: &str = "[identity]\ntokens = \"tokens.toml\"\n[[plugin]]\npath = \"conformance/plugin.toml\"\n";

/// A whole host with two principals.
struct Host {
    served: Served,
    text: String,
    tokens: BTreeMap<&'static str, String>,
}

impl Host {
    async fn start() -> Self {
        Self::with("").await
    }

    /// With this in its configuration as well.
    async fn with(more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for plugin in ["hostile", "conformance"] {
            drop_in(Guest::named(plugin), folder.path());
        }
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/all.cedar"), OPEN).unwrap();
        let file = TokenFile::new(folder.path().join("tokens.toml"));
        let token = |name: &'static str| {
            let (kind, groups) = (PrincipalKind::User, Vec::new());
            let new = NewToken { name: name.to_owned(), kind, groups, expires: None, restrictions: None };
            let made = file.change(&Change::Create(new), jiff::Timestamp::now()).unwrap();
            (name, made.unwrap().expose().to_owned())
        };
        let tokens = ["ana", "kim"].map(token).into();
        let hostile = dropped_in("hostile", r#"effects = ["read", "destructive"]"#);
        let text = format!("{more}\n{ROOMS}\n{hostile}\n[plugin.settings]\ntasks = true\n");
        Self { served: Served::start(folder, &text).await, text, tokens }
    }

    /// A client of the modern era at the joint endpoint that can be asked everything and follows tasks.
    fn modern(&self, who: &str) -> Modern {
        Modern::new(self.served.address, &self.tokens[who])
    }

    /// A session at the joint endpoint of a client that can be asked everything.
    async fn session(&self, who: &str) -> Session {
        let abilities = json!({"elicitation": {}, "sampling": {}, "roots": {}});
        self.session_of(who, abilities).await
    }

    async fn session_of(&self, who: &str, abilities: Value) -> Session {
        Session::open(self.served.address, "/mcp", &self.tokens[who], abilities).await
    }

    /// The cluster that calls name.
    fn cluster(&self) -> &Cluster {
        self.served.fleet.cluster("prod")
    }

    /// Replaces the policies, in the running host.
    async fn decide_by(&self, policies: &str) {
        let folder = self.served.folder().to_owned();
        std::fs::write(folder.join("policies/all.cedar"), policies).unwrap();
        let text = self.text.clone();
        let read = move || -> Result<Config, _> { Ok(configuration(&folder, &text)) };
        let config = read().unwrap();
        let gateway = Arc::clone(&self.served.gateway);
        let mut reloader = Reloader::new(gateway, config, Some(compiled()), Box::new(read));
        reloader.reload(ReloadPart::Policy).await.unwrap();
    }

    /// How calls ended so far, the oldest first, when nothing runs any more.
    async fn ends(&self) -> Vec<String> {
        self.served.gateway.audit().clone().close().await;
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_postern"));
        command.args(["audit", "export", "--format", "jsonl", "--log"]).env_clear();
        let output = command.arg(self.served.folder().join("audit.db")).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let lines = String::from_utf8(output.stdout).unwrap();
        let records = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let ends = records.filter(|record| record["code"] == "call.ended");
        ends.map(|end| end["result"].as_str().or(end["error"].as_str()).unwrap().to_owned()).collect()
    }
}

/// The parameters of a call of one of the hostile component's tools, for the pod `shop/web-0` of `prod`.
fn hostile(tool: &str, attempts: Value) -> Value {
    let arguments = json!({"cluster": "prod", "namespace": "shop", "name": "web-0", "attempts": attempts});
    json!({"name": format!("hostile_{tool}"), "arguments": arguments})
}

/// The parameters of a call of one of the other component's tools.
fn conformance(tool: &str, arguments: Value) -> Value {
    json!({"name": format!("conformance_{tool}"), "arguments": arguments})
}

fn misbehave(how: Value) -> Value {
    json!([{"misbehave": how}])
}

/// Reads the log of the pod.
fn read() -> Value {
    let path = "/api/v1/namespaces/shop/pods/web-0/log";
    json!({"request": {"capability": "read-logs", "path": path}})
}

/// Deletes the pod.
fn delete() -> Value {
    let path = "/api/v1/namespaces/shop/pods/web-0";
    json!({"request": {"capability": "delete-pods", "method": "DELETE", "path": path}})
}

/// The texts of a tool's answer, joined.
#[track_caller]
fn text(answer: &Value) -> String {
    let content = answer["result"]["content"].as_array().unwrap_or_else(|| panic!("{answer:#}"));
    content.iter().map(|part| part["text"].as_str().unwrap()).collect::<Vec<_>>().join("\n")
}

/// What a user fills in.
fn accept(content: Value) -> Value {
    json!({"action": "accept", "content": content})
}

/// Returns when this is so.
async fn until(is_so: impl Fn() -> bool) {
    client::soon(async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
