//! Held calls, end to end: what people agreed to runs once, and nothing else does.

mod calls;
mod http;
mod told;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use futures::FutureExt as _;
use jiff::Timestamp;
use postern::approval::{Clock, Request};
use postern::call::{CallError, HeldRequest, Principal, PrincipalKind};
use postern::config::Config;
use postern::identity::{
    Access, Audience, Change, Config as IdentityConfig, Credential, Identity, Known, NewToken, Token,
    TokenFile,
};
use serde_json::{Value, json};

use crate::bench::Bench;

/// Two people agree to what is destroyed in production, and one to what is elsewhere.
const POLICIES: &str = r#"
@id("read") permit (principal, action in Postern::Action::"read", resource);
@id("operate") permit (principal in Postern::Group::"operators", action, resource);
@id("held") @approval("approvers") @quorum("2") @expires("1h") @reason("deletes in production are agreed on")
forbid (principal, action in Postern::Action::"destructive", resource)
when { resource.environment == "production" } unless { context.approval.granted };
@id("held-elsewhere") @approval("approvers") @expires("1h")
forbid (principal, action in Postern::Action::"destructive", resource)
when { resource.environment != "production" } unless { context.approval.granted };
"#;

const INVENTORY: &str = r#"
[policy]
path = "policies"
[[policy.target]]
match = "hostile/cluster/staging"
environment = "stage"
"#;

const WEB_0: &str = "/api/v1/namespaces/shop/pods/web-0";

/// A host with a clock that stands, an agent that may destroy if people agree, and people.
struct Held {
    bench: Bench,
    now: Arc<AtomicI64>,
    agent: Principal,
    ana: Principal,
    ben: Principal,
}

impl Held {
    async fn new() -> Self {
        Self::with("").await
    }

    async fn with(configuration: &str) -> Self {
        let now = Arc::new(AtomicI64::new(1_795_250_000_000));
        let text = format!("{INVENTORY}\n{configuration}");
        let bench = Bench::hostile_changed(POLICIES, &text, clocked(&now)).await;
        let of = |name, kind, groups: &[&str]| known(bench.folder(), name, kind, groups).1;
        let agent = of("agent", PrincipalKind::Agent, &["operators"]);
        let ana = of("ana", PrincipalKind::User, &["approvers"]);
        let ben = of("ben", PrincipalKind::User, &["approvers", "operators"]);
        Self { bench, now, agent, ana, ben }
    }

    async fn restarted(self) -> Self {
        let bench = self.bench.restarted(clocked(&self.now)).await;
        Self { bench, ..self }
    }

    fn pass(&self, seconds: i64) {
        self.now.fetch_add(seconds * 1000, Ordering::Relaxed);
    }

    async fn call(&self, arguments: Value) -> Result<String, CallError> {
        self.bench.text_as(&self.agent, "delete", arguments).await
    }

    /// The request that a call becomes, which did not run.
    async fn held(&self, arguments: Value) -> HeldRequest {
        self.held_for(&self.agent, arguments).await
    }

    async fn held_for(&self, principal: &Principal, arguments: Value) -> HeldRequest {
        match self.bench.text_as(principal, "delete", arguments).await {
            Err(CallError::Held(hold)) => hold.request.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// Two people agree.
    async fn agree(&self, id: &str) -> Request {
        self.bench.gateway().approve(&self.ana, id).await.unwrap();
        self.bench.gateway().approve(&self.ben, id).await.unwrap()
    }

    /// How many deletions have reached any cluster.
    fn deleted(&self) -> usize {
        let all = self.bench.fleet().clusters().iter().flat_map(|cluster| cluster.requests());
        all.filter(|request| request.method == "DELETE").count()
    }
}

fn clocked(now: &Arc<AtomicI64>) -> impl FnOnce(&mut Config) + use<> {
    let now = Arc::clone(now);
    |config| {
        config.approvals.clock =
            Clock::new(move || Timestamp::from_millisecond(now.load(Ordering::Relaxed)).unwrap());
    }
}

/// A token of the file in `folder`, and whose it is.
fn known(folder: &Path, name: &str, kind: PrincipalKind, groups: &[&str]) -> (Token, Principal) {
    let file = TokenFile::new(folder.join("tokens.toml"));
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    let new = NewToken { name: name.to_owned(), kind, groups, expires: None, restrictions: None };
    let token = file.change(&Change::Create(new), Timestamp::now()).unwrap().unwrap();
    let tokens = file.read().unwrap().into_iter().map(|listed| listed.token).collect();
    let access = Access::Known(Known { tokens, ..Known::default() });
    let identity = Identity::new(IdentityConfig { access });
    let credential = Credential::Bearer(token.clone());
    let principal = identity.authenticate(&credential, &Audience::default()).now_or_never().unwrap().unwrap();
    (token, principal)
}

fn delete(cluster: &str, name: &str) -> Value {
    let path = format!("/api/v1/namespaces/shop/pods/{name}");
    let attempt = json!({"request": {"capability": "delete-pods", "method": "DELETE", "path": path}});
    json!({"cluster": cluster, "namespace": "shop", "name": name, "attempts": [attempt]})
}
