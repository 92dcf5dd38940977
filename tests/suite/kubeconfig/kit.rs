//! Clusters, a folder, and the kubeconfigs that a test writes into it by hand.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use postern::call::CallError;
use postern::config::{Config, Environment};
use postern::egress::Limits;
use postern_upstreams::kubernetes::{Cluster, Fleet, Seed};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::time::{Instant, timeout};

use crate::bench::Bench;

/// Longer than anything here takes on a busy machine.
const AT_LAST: Duration = Duration::from_secs(30);

/// What a host will be started on.
pub(super) struct Kit {
    pub(super) fleet: Fleet,
    pub(super) folder: TempDir,
    /// Connections and answers are waited for less than in life, so that dead clusters cost a test little.
    pub(super) limits: Limits,
}

impl Kit {
    pub(super) async fn new(seed: Seed) -> Self {
        let fleet = Fleet::start(seed).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("bin")).unwrap();
        Self { fleet, folder, limits: Limits::default() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file into place at once, as editors and rotations do.
    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        place(&self.path(name), text)
    }

    /// A program of this name on the host's `PATH`: a shell, whose script stands in the kubeconfig.
    pub(super) fn program(&self, name: &str) {
        std::os::unix::fs::symlink("/bin/sh", self.path("bin").join(name)).unwrap();
    }

    /// `KUBECONFIG` as a list of files of this folder.
    pub(super) fn list(&self, names: &[&str]) -> String {
        std::env::join_paths(names.iter().map(|name| self.path(name))).unwrap().into_string().unwrap()
    }

    /// Starts a host that has no configuration and this `KUBECONFIG`.
    pub(super) async fn unconfigured(self, kubeconfig: &str) -> Bench {
        let environment = self.environment(kubeconfig);
        let embedded = postern::start::embedded().unwrap();
        let config = Config::without_file(&environment, &embedded).unwrap();
        self.start(config).await
    }

    /// Starts a host with these lines for the upstream, and this `KUBECONFIG`.
    pub(super) async fn configured(self, kubeconfig: &str, upstream: &str) -> Bench {
        let text = format!(
            r#"
            [[plugin]]
            name = "kubernetes"
            [[plugin.grant]]
            effects = ["read"]
            targets = ["*"]
            [plugin.upstream.cluster]
            private_networks = true
            {upstream}
            "#
        );
        let path = self.write("postern.toml", text);
        let embedded = postern::start::embedded().unwrap();
        let config = Config::load(&path, &self.environment(kubeconfig), &embedded).unwrap();
        self.start(config).await
    }

    async fn start(self, mut config: Config) -> Bench {
        config.network = self.limits;
        Bench::configured(&config, self.fleet, self.folder).await
    }

    fn environment(&self, kubeconfig: &str) -> Environment {
        let path = format!("{}:/usr/bin:/bin", self.path("bin").display());
        let home = self.path("home").display().to_string();
        Environment::fixed([
            ("KUBECONFIG", kubeconfig),
            ("HOME", &home),
            ("PATH", &path),
            ("MARK", "of the host"),
        ])
    }
}

/// Writes a file by renaming a new one over it.
pub(super) fn place(path: &std::path::Path, text: impl AsRef<[u8]>) -> PathBuf {
    let new = path.with_extension("new");
    fs::write(&new, text).unwrap();
    fs::rename(&new, path).unwrap();
    path.to_owned()
}

/// The entry of a cluster with its authority inline.
pub(super) fn server(cluster: &Cluster) -> Value {
    json!({ "server": cluster.url(), "certificate-authority-data": ca(cluster) })
}

pub(super) fn ca(cluster: &Cluster) -> String {
    STANDARD.encode(cluster.ca_pem())
}

/// A kubeconfig of contexts, each with a cluster and a user of its own name. (JSON is YAML.)
pub(super) fn kubeconfig(contexts: &[(&str, Value, Value)]) -> Value {
    let list = |what: &str, part: fn(&(&str, Value, Value)) -> Value| -> Value {
        contexts.iter().map(|context| json!({ "name": context.0, what: part(context) })).collect()
    };
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": contexts.first().map(|context| context.0),
        "clusters": list("cluster", |context| context.1.clone()),
        "users": list("user", |context| context.2.clone()),
        "contexts": list("context", |context| json!({ "cluster": context.0, "user": context.0 })),
    })
}

/// What `list_pods` on all clusters says of each: the names of its pods, or its error.
#[derive(Debug)]
pub(super) struct Said {
    pub(super) each: Vec<(String, Result<Vec<String>, String>)>,
    /// All of it, as it was told.
    pub(super) whole: String,
}

impl Said {
    pub(super) fn of(&self, cluster: &str) -> &Result<Vec<String>, String> {
        let found = self.each.iter().find(|(name, _)| name == cluster);
        &found.unwrap_or_else(|| panic!("nothing is said of `{cluster}`: {self:#?}")).1
    }

    /// The first pod of a cluster that answered.
    #[track_caller]
    pub(super) fn pod(&self, cluster: &str) -> &str {
        match self.of(cluster) {
            Ok(pods) => pods.first().map_or("", String::as_str),
            Err(error) => panic!("`{cluster}`: {error}"),
        }
    }

    /// The error of a cluster that did not.
    #[track_caller]
    pub(super) fn error(&self, cluster: &str) -> &str {
        self.of(cluster).as_ref().expect_err(cluster)
    }

    pub(super) fn names(&self) -> Vec<&str> {
        self.each.iter().map(|(name, _)| name.as_str()).collect()
    }
}

/// Lists the pods of all clusters.
pub(super) async fn ask(bench: &Bench) -> Said {
    try_ask(bench).await.unwrap()
}

async fn try_ask(bench: &Bench) -> Result<Said, CallError> {
    let all = || json!({ "cluster": "*" });
    let answer = timeout(AT_LAST, bench.structured("list_pods", all())).await.unwrap()?;
    let text = bench.text("list_pods", all()).await?;
    Ok(said(&answer, text))
}

fn said(answer: &Value, text: String) -> Said {
    let text_of = |value: &Value| value.as_str().unwrap().to_owned();
    let items = |cluster: &Value| {
        cluster["items"].as_array().unwrap().iter().map(|it| text_of(&it["name"])).collect()
    };
    let answered = answer["clusters"].as_array().unwrap().iter();
    let answered = answered.map(|cluster| (text_of(&cluster["cluster"]), Ok(items(cluster))));
    let failed = answer["errors"].as_array().into_iter().flatten();
    let failed = failed.map(|error| (text_of(&error["cluster"]), Err(text_of(&error["message"]))));
    Said { each: answered.chain(failed).collect(), whole: format!("{answer}\n{text}") }
}

/// Asks until it is so: changed files are looked at once a second. A call during which the clusters change
/// may find none of those that it was permitted.
pub(super) async fn until(bench: &Bench, so: impl Fn(&Said) -> bool) -> Said {
    let began = Instant::now();
    loop {
        let said = try_ask(bench).await;
        match said {
            Ok(said) if so(&said) => return said,
            said => assert!(began.elapsed() < AT_LAST, "it never came to be: {said:#?}"),
        }
        tokio::task::yield_now().await;
    }
}
