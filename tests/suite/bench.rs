//! A whole host in a folder of its own: simulated clusters, a kubeconfig, a dropped-in component.

mod again;
mod found;
mod guarded;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use postern::call::{
    Arguments, Call, CallError, Client, Content, Kind, Origin, Outcome, Principal, Progress, Said,
};
use postern::config::{Config, Environment};
use postern::diagnostic::Source;
use postern::gateway::Gateway;
use postern::identity::{Access, Audience, Credential, Identity};
use postern::limit;
use postern::registry::lock::Lock;
use postern::registry::manifest::Manifest;
use postern::runtime::CompiledCache;
use postern::start::StartError;
use postern::telemetry::Meters;
use postern_guests::{Guest, KUBERNETES, dropped_in};
use postern_upstreams::kubernetes::{Cluster, ClusterSeed, Fleet, Log, Pod, Seed};
use serde_json::Value;
use tempfile::TempDir;
use tokio::sync::{Mutex, mpsc};

/// The host under test and the clusters that it talks to.
pub(crate) struct Bench {
    gateway: Arc<Gateway>,
    fleet: Fleet,
    principal: Principal,
    plugin: &'static str,
    folder: TempDir,
}

/// The local user of this name.
async fn local(gateway: &Gateway, name: &str) -> Principal {
    let credential = Credential::LocalUser(name.to_owned());
    gateway.authenticate(&credential, &Audience::default()).await.unwrap()
}

impl Bench {
    /// The hostile component with everything that its manifest asks for.
    pub(crate) async fn hostile() -> Self {
        Self::start("hostile", r#"effects = ["read", "destructive"]"#, "").await
    }

    /// The hostile component with these grants.
    pub(crate) async fn hostile_with(grants: &str) -> Self {
        Self::start("hostile", grants, "").await
    }

    /// The hostile component with everything that its manifest asks for, under these policies.
    pub(crate) async fn hostile_under(policies: &str, configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop_in(Guest::named("hostile"), folder.path());
        std::fs::create_dir(folder.path().join("policies")).unwrap();
        std::fs::write(folder.path().join("policies/all.cedar"), policies).unwrap();
        let text =
            format!("{configuration}\n{}", dropped_in("hostile", r#"effects = ["read", "destructive"]"#));
        Self::serve(folder, "hostile", two_clusters(), &text).await
    }

    /// The hostile component under these limits.
    pub(crate) async fn hostile_limited(sandbox: &str) -> Self {
        Self::start("hostile", r#"effects = ["read", "destructive"]"#, sandbox).await
    }

    async fn start(plugin: &'static str, grant: &str, sandbox: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        drop_in(Guest::named(plugin), folder.path());
        let text = format!("[sandbox]\n{sandbox}\n{}", dropped_in(plugin, grant));
        Self::serve(folder, plugin, two_clusters(), &text).await
    }

    /// The hostile component twice, as `hostile` and as `other`, under these limits.
    pub(crate) async fn two_hostile(sandbox: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let guest = Guest::named("hostile");
        drop_in(guest, folder.path());
        let manifest = guest.manifest.replace(r#"name = "hostile""#, r#"name = "other""#);
        write_plugin(&folder.path().join("other"), &manifest, guest.component);
        let plugins =
            ["hostile", "other"].map(|name| dropped_in(name, r#"effects = ["read", "destructive"]"#));
        let text = format!("[sandbox]\n{sandbox}\n{}", plugins.join("\n"));
        Self::serve(folder, "hostile", two_clusters(), &text).await
    }

    /// The Kubernetes integration as it is without a configuration, on these clusters.
    pub(crate) async fn kubernetes(seed: Seed) -> Self {
        Self::serve(tempfile::tempdir().unwrap(), "kubernetes", seed, KUBERNETES).await
    }

    async fn serve(folder: TempDir, plugin: &'static str, seed: Seed, text: &str) -> Self {
        let fleet = Fleet::start(seed).await.unwrap();
        fleet.kubeconfig(&folder.path().join("kubeconfig")).unwrap();
        let gateway = Arc::new(serve(folder.path(), text).await.unwrap());
        let principal = local(&gateway, "ana").await;
        Self { gateway, fleet, principal, plugin, folder }
    }

    /// The Kubernetes integration under this configuration; `folder` is kept as long as the host.
    pub(crate) async fn configured(config: &Config, fleet: Fleet, folder: TempDir) -> Self {
        let config = Config { limits: unhurried(), ..config.clone() };
        let gateway = Arc::new(start(&config).await.unwrap());
        let principal = local(&gateway, "ana").await;
        Self { gateway, fleet, principal, plugin: "kubernetes", folder }
    }

    /// The host itself, for who outlives a borrow.
    pub(crate) fn shared_gateway(&self) -> Arc<Gateway> {
        Arc::clone(&self.gateway)
    }

    /// The host itself.
    pub(crate) fn gateway(&self) -> &Gateway {
        &self.gateway
    }

    /// Runs a tool and gives its structured answer, which conforms to its schema or is no answer.
    pub(crate) async fn structured(&self, tool: &str, arguments: Value) -> Result<Value, CallError> {
        match self.gateway.call(&self.principal, self.tool(tool, arguments)).await? {
            Outcome::Tool { structured: Some(structured), .. } => Ok(structured),
            other => panic!("{other:?}"),
        }
    }

    /// Runs a tool and gives what travels beside its answer, under this name.
    pub(crate) async fn beside(&self, tool: &str, arguments: Value, name: &str) -> Option<Value> {
        match self.gateway.call(&self.principal, self.tool(tool, arguments)).await.unwrap() {
            Outcome::Tool { meta, .. } => meta?.remove(name),
            other => panic!("{other:?}"),
        }
    }

    /// Where the host's files lie.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The clusters.
    pub(crate) fn fleet(&self) -> &Fleet {
        &self.fleet
    }

    /// The cluster that calls name.
    pub(crate) fn cluster(&self) -> &Cluster {
        self.fleet.cluster("prod")
    }

    /// Another local user.
    pub(crate) async fn principal(&self, name: &str) -> Principal {
        local(&self.gateway, name).await
    }

    /// Runs a tool and gives the texts that it answered with.
    pub(crate) async fn text(&self, tool: &str, arguments: Value) -> Result<String, CallError> {
        self.text_as(&self.principal, tool, arguments).await
    }

    /// As [`Bench::text`], for another principal.
    pub(crate) async fn text_as(
        &self,
        principal: &Principal,
        tool: &str,
        arguments: Value,
    ) -> Result<String, CallError> {
        Ok(texts(self.gateway.call(principal, self.tool(tool, arguments)).await?))
    }

    /// As [`Bench::text`], of another plugin.
    pub(crate) async fn text_of(
        &self,
        plugin: &str,
        tool: &str,
        arguments: Value,
    ) -> Result<String, CallError> {
        let call = Call { plugin: plugin.to_owned(), ..self.tool(tool, arguments) };
        Ok(texts(self.gateway.call(&self.principal, call).await?))
    }

    /// Runs a tool whose progress nobody reads.
    pub(crate) async fn unread(&self, tool: &str, arguments: Value) -> Result<String, CallError> {
        let (sink, _unread) = mpsc::channel(1);
        let client = Client { said: Some(sink), ..Client::default() };
        let call = Call { client, ..self.tool(tool, arguments) };
        Ok(texts(self.gateway.call(&self.principal, call).await?))
    }

    /// Runs a tool and gives the progress that it reported.
    pub(crate) async fn progress(&self, tool: &str, arguments: Value) -> Vec<Progress> {
        let (sink, mut reports) = mpsc::channel(64);
        let client = Client { said: Some(sink), ..Client::default() };
        let call = Call { client, ..self.tool(tool, arguments) };
        self.gateway.call(&self.principal, call).await.unwrap();
        let mut seen = Vec::new();
        while let Some(said) = reports.recv().await {
            let Said::Progress(report) = said else { panic!("{said:?}") };
            seen.push(report);
        }
        seen
    }

    /// From here on a request that reaches any cluster fails the test.
    pub(crate) fn nothing_may_arrive(&self) {
        for cluster in self.fleet.clusters() {
            cluster.forbid("a refused request", |_| true);
        }
    }

    /// No request reached any cluster.
    pub(crate) fn nothing_arrived(&self) {
        self.fleet.assert_untouched();
    }

    /// Returns when one request more than now has reached the cluster.
    pub(crate) fn one_more_arrives(&self) -> impl Future<Output = ()> {
        self.arrive(self.cluster().requests().len() + 1)
    }

    /// Returns when so many requests have reached the cluster.
    pub(crate) async fn arrive(&self, requests: usize) {
        while self.cluster().requests().len() < requests {
            tokio::task::yield_now().await;
        }
    }

    /// A read of a resource.
    pub(crate) fn resource(&self, plugin: &str, uri: &str) -> Call {
        Call {
            kind: Kind::Resource,
            plugin: plugin.to_owned(),
            ..self.tool(uri, Value::Object(Default::default()))
        }
    }

    fn tool(&self, name: &str, arguments: Value) -> Call {
        let arguments: Arguments = serde_json::from_value(arguments).unwrap();
        Call {
            id: "test".to_owned(),
            kind: Kind::Tool,
            plugin: self.plugin.to_owned(),
            name: name.to_owned(),
            arguments,
            client: Client::default(),
            completing: None,
            origin: Origin::default(),
        }
    }
}

/// What a tool that answers in texts alone has answered.
fn texts(outcome: Outcome) -> String {
    let Outcome::Tool { content, .. } = outcome else { panic!("a tool answers as a tool") };
    let texts = content.into_iter().map(|content| match content {
        Content::Text(text) => text,
        other => panic!("{other:?}"),
    });
    texts.collect::<Vec<_>>().join("\n")
}

/// Two clusters with the same two pods, so that what a call may not read is there to be read.
pub(crate) fn two_clusters() -> Seed {
    let cluster = |name| {
        let pod = |name| Pod::new("shop", name).named("web").log(Log::new(1, "hello"));
        ClusterSeed::new(name).with(pod("web-0")).with(pod("web-1"))
    };
    Seed::new().cluster(cluster("prod")).cluster(cluster("staging"))
}

/// Everybody may do everything that was granted.
const ALL: &str = r#"@id("all") permit (principal, action, resource);"#;

/// Limits for tests that wait for something, and ask again and again.
fn unhurried() -> limit::Config {
    let (rate, many) = ("1000000/s".parse().unwrap(), std::num::NonZeroU32::new(1_000_000).unwrap());
    let quota = limit::Quota { rate, burst: many, concurrent: many };
    limit::Config { caller: quota, tool: quota, target: quota, exceptions: Vec::new() }
}

/// Writes a component and its manifest below `folder`, as a platform team drops one in.
pub(crate) fn drop_in(guest: Guest, folder: &Path) {
    write_plugin(&folder.join(guest.name), guest.manifest, guest.component);
}

/// Writes a component beside its manifest into a new folder.
pub(crate) fn write_plugin(folder: &Path, manifest: &str, component: &[u8]) {
    let parsed = Manifest::parse(Source::new("plugin.toml", manifest)).unwrap();
    std::fs::create_dir(folder).unwrap();
    std::fs::write(folder.join("plugin.toml"), manifest).unwrap();
    std::fs::write(folder.join(parsed.component), component).unwrap();
}

/// Reads the configuration `text` as `postern.toml` of `folder`.
pub(crate) fn configuration(folder: &Path, text: &str) -> Config {
    let path = folder.join("postern.toml");
    // Everybody may do everything that was granted, unless the text or the folder says otherwise.
    let policies = folder.join("policies");
    if !policies.exists() {
        std::fs::create_dir(&policies).unwrap();
        std::fs::write(policies.join("all.cedar"), ALL).unwrap();
    }
    let mut text = text.to_owned();
    // Tests that wait for something ask again and again.
    let share = "rate = \"1000000/s\"\nburst = 1000000\nconcurrent = 1000";
    for (section, fields) in [
        ("policy", "path = \"policies\""),
        ("audit", "path = \"audit.db\""),
        ("limits.caller", share),
        ("limits.tool", share),
        ("limits.target", share),
    ] {
        if !text.contains(&format!("[{section}]")) {
            text.push_str(&format!("\n[{section}]\n{fields}\n"));
        }
    }
    std::fs::write(&path, text).unwrap();
    let embedded = postern::start::embedded().unwrap();
    Config::load(&path, &Environment::fixed([("HOME", "/nonexistent")]), &embedded).unwrap()
}

/// Starts a host on the configuration `text` in `folder`, with its plugins accepted as they are.
async fn serve(folder: &Path, text: &str) -> Result<Gateway, StartError> {
    gateway(&configuration(folder, text)).await
}

/// Starts a host on a configuration, with its plugins accepted as they are.
async fn gateway(config: &Config) -> Result<Gateway, StartError> {
    if config.lock.is_some() {
        accept(config).await?;
    }
    start(config).await
}

/// Starts a host whose plugins must be what was accepted.
pub(crate) async fn start(config: &Config) -> Result<Gateway, StartError> {
    start_for(config, postern::identity::Config { access: Access::Anonymous }).await
}

/// Starts a host that these may call.
pub(crate) async fn start_for(
    config: &Config,
    callers: postern::identity::Config,
) -> Result<Gateway, StartError> {
    let _one_at_a_time = COMPILING.lock().await;
    let identity = Identity::new(callers);
    postern::start::gateway(config, identity, Some(compiled()), Meters::disabled()).await
}

/// Accepts every plugin of `config` as it is now.
pub(crate) async fn accept(config: &Config) -> Result<(), StartError> {
    let _one_at_a_time = COMPILING.lock().await;
    let mut lock = Lock::default();
    for loaded in postern::start::plugins(config, Some(compiled())).await? {
        lock.accept(loaded.name.clone(), loaded.pin());
    }
    lock.write(config.lock.as_deref().unwrap()).unwrap();
    Ok(())
}

/// Held while components are loaded: of two tests that need one, one compiles it and the other finds it.
static COMPILING: Mutex<()> = Mutex::const_new(());

/// Where components are compiled to, once for the whole run and for the next one. The binary finds it too:
/// it is what it makes of the folders of [`xdg`].
pub(crate) fn compiled() -> CompiledCache {
    let (cache, state) = xdg();
    CompiledCache::open(cache.join("postern"), &state.join("postern/compiled.key")).unwrap()
}

/// The folders for `XDG_CACHE_HOME` and `XDG_STATE_HOME` of this run.
pub(crate) fn xdg() -> (PathBuf, PathBuf) {
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR"));
    (kept.join("cache"), kept.join("state"))
}

/// Compiles the Kubernetes integration, so that a process that loads it does not take its time to.
pub(crate) async fn precompile() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("kubeconfig"), "apiVersion: v1\nkind: Config\n").unwrap();
    serve(folder.path(), KUBERNETES).await.unwrap();
}
