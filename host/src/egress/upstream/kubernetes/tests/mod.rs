//! Kubeconfigs of every form against a server that looks like a cluster.

mod config;
mod exec;
mod fleet;
mod login;

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::*;
use crate::egress::tests::server::{Authority, Reply, Seen, Server, ok};
use crate::egress::tests::{Answers, request, wide};
use crate::egress::{
    CallEgress, Egress, Error, KindConfig, Ledger, Limits, Networks, Redactor, Request, Response,
    UpstreamConfig,
};

/// A cluster with a certificate for `localhost`, and a directory with a kubeconfig for it.
pub(super) struct Cluster {
    pub(super) server: Server,
    pub(super) authority: Authority,
    pub(super) directory: TempDir,
}

impl Cluster {
    pub(super) async fn new() -> Self {
        Self::answering(|_| async { ok() }).await
    }

    pub(super) async fn answering<F>(handler: impl Fn(Seen) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Reply> + Send + 'static,
    {
        let authority = Authority::new();
        let server = Server::tls(authority.server(&["localhost"], false), handler).await;
        Self { server, authority, directory: tempfile::tempdir().unwrap() }
    }

    pub(super) fn url(&self) -> String {
        format!("https://localhost:{}", self.server.port())
    }

    pub(super) fn ca(&self) -> String {
        STANDARD.encode(self.authority.pem())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(super) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        // Renamed into place: the inode tells even where the clock does not.
        fs::write(self.path("new"), text).unwrap();
        fs::rename(self.path("new"), &path).unwrap();
        path
    }

    /// A kubeconfig (JSON is YAML) with the context `a` for this cluster as `user`.
    pub(super) fn kubeconfig(&self, user: Value) -> Value {
        let cluster = json!({ "server": self.url(), "certificate-authority-data": self.ca() });
        file(cluster, user)
    }

    /// The configuration for the kubeconfig `file` in the cluster's directory.
    pub(super) fn config(&self, file: &Value) -> Config {
        let path = self.write("config", file.to_string());
        Config { source: Source::Files(vec![path]), ..config() }
    }

    /// An egress with that kubeconfig.
    pub(super) fn egress(&self, file: &Value) -> Egress {
        egress(self.config(file))
    }

    /// Sends `GET /x/a` to the first target.
    pub(super) async fn get(&self, file: &Value) -> Result<Response, Error> {
        get(&self.egress(file)).await
    }
}

/// A kubeconfig with one context, `a`, in the namespace `shop`.
pub(super) fn file(cluster: Value, user: Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "a",
        "clusters": [{ "name": "cluster-a", "cluster": cluster }],
        "users": [{ "name": "user-a", "user": user }],
        "contexts": [{ "name": "a", "context": { "cluster": "cluster-a", "user": "user-a", "namespace": "shop" } }],
    })
}

pub(super) fn config() -> Config {
    Config {
        source: Source::Files(Vec::new()),
        contexts: Contexts::All,
        exec: Vec::new(),
        insecure: Vec::new(),
        environment: Environment::from([("PATH".into(), "/usr/bin:/bin".into())]),
    }
}

pub(super) fn egress(config: Config) -> Egress {
    let upstream = UpstreamConfig {
        plugin: "plugin".to_owned(),
        name: "server".to_owned(),
        kind: KindConfig::Kubernetes(config),
        private_networks: true,
    };
    let config = crate::egress::Config { upstreams: vec![upstream], limits: Limits::default() };
    Egress::with_resolver(config, Answers::new(&[&["127.0.0.1"]])).unwrap()
}

pub(super) fn call(egress: &Egress) -> (CallEgress, Target) {
    (egress.open("plugin", wide(), Ledger::default()), egress.targets("plugin", "server").remove(0))
}

pub(super) async fn get(egress: &Egress) -> Result<Response, Error> {
    let (call, target) = call(egress);
    call.send("use", &target, request("GET /x/a")).await
}

/// What the caller reads of why `file`'s first context cannot be used; no connection may be made.
pub(super) async fn unusable(cluster: &Cluster, file: &Value) -> String {
    let egress = cluster.egress(file);
    let error = get(&egress).await.unwrap_err();
    assert_eq!(error.code(), "egress.unavailable", "{error}");
    assert_eq!(cluster.server.connections(), 0);
    assert_eq!(
        egress.targets("plugin", "server")[0]
            .fault()
            .map(|fault| format!("target `a` cannot be used: {fault}")),
        Some(error.to_string())
    );
    error.to_string().strip_prefix("target `a` cannot be used: ").unwrap().to_owned()
}
