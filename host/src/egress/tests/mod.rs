//! The gate against a server on the loopback interface: what passes, what does not, and that what does not
//! never reaches the server.

mod gate;
mod instances;
mod outbound;
pub(super) mod server;
mod shared;
mod tls;
mod transport;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ::http as wire;
use futures::future::BoxFuture;

use super::*;
use crate::authority::{BoundCapability, Rule};
use crate::call::Arguments;

/// A call that may do what `lines` (`METHOD /path`) say, by `use`, on three targets of `server`.
/// Any query parameter named `q` may be given.
pub(super) fn authority(lines: &[&str]) -> Authority {
    let rules = lines.iter().filter_map(|line| {
        let (method, path) = line.split_once(' ').unwrap();
        let rule = Rule {
            method: method.parse().unwrap(),
            path: path.parse().unwrap(),
            without: BTreeSet::new(),
            query: BTreeSet::from(["q".to_owned()]),
            query_exact: BTreeMap::new(),
            header_exact: BTreeMap::new(),
            headers: BTreeSet::new(),
            safe: false,
            reveal: Default::default(),
            caching: None,
        };
        rule.bind(&Arguments::default(), &BTreeSet::new())
    });
    let bound = BoundCapability {
        upstream: "server".to_owned(),
        rules: rules.collect(),
        targets: ["a", "b", "in-cluster"].map(str::to_owned).into(),
    };
    Authority::default().with("use", bound)
}

/// Everything under `/x`, by every method.
pub(super) fn wide() -> Authority {
    authority(&[
        "GET /x/{rest...}",
        "HEAD /x/{rest...}",
        "POST /x/{rest...}",
        "PUT /x/{rest...}",
        "PATCH /x/{rest...}",
        "DELETE /x/{rest...}",
    ])
}

pub(super) fn request(line: &str) -> Request {
    let (method, path) = line.split_once(' ').unwrap();
    Request {
        method: method.parse().unwrap(),
        path: path.to_owned(),
        parameters: Vec::new(),
        headers: Vec::new(),
        body: None,
        timeout: None,
    }
}

/// A target of kind `http` named `name`.
pub(super) fn target(name: &str, base_url: impl Into<String>) -> http::TargetConfig {
    http::TargetConfig {
        name: name.to_owned(),
        base_url: base_url.into(),
        plaintext: true,
        credential: http::Credential::None,
        headers: Vec::new(),
        ca: None,
        certificate: None,
        attributes: Vec::new(),
    }
}

pub(super) fn config(targets: Vec<http::TargetConfig>) -> Config {
    let upstream = UpstreamConfig {
        plugin: "plugin".to_owned(),
        name: "server".to_owned(),
        kind: KindConfig::Http(http::Config { targets }),
        private_networks: true,
    };
    Config { upstreams: vec![upstream], limits: Limits::default() }
}

/// The upstream `server` of `plugin` with one target, `a`, and a call with [`wide`] authority.
pub(super) fn one(base_url: impl Into<String>) -> (Egress, CallEgress, Target) {
    with(config(vec![target("a", base_url)]), Arc::new(SystemResolver))
}

pub(super) fn with(config: Config, resolve: Arc<dyn Resolve>) -> (Egress, CallEgress, Target) {
    let egress = Egress::with_resolver(config, resolve).unwrap();
    let target = egress.targets("plugin", "server").remove(0);
    let call = egress.open("plugin", wide(), Ledger::default());
    (egress, call, target)
}

/// What came of a request: `ok`, or the error's code.
pub(super) async fn code(call: &CallEgress, target: &Target, line: &str) -> &'static str {
    match call.send("use", target, request(line)).await {
        Ok(_) => "ok",
        Err(error) => error.code(),
    }
}

/// A target at `localhost`, by the certificate of an authority in a file.
pub(super) fn secure(
    directory: &tempfile::TempDir,
    authority: &server::Authority,
    port: u16,
) -> http::TargetConfig {
    let path = directory.path().join("ca.pem");
    std::fs::write(&path, authority.pem()).unwrap();
    let mut target = target("a", format!("https://localhost:{port}"));
    target.ca = Some(path);
    target.plaintext = false;
    target
}

pub(super) fn here() -> Arc<dyn Resolve> {
    Answers::new(&[&["127.0.0.1"]])
}

/// A DNS that answers every question with the next of its answers, and the last one for ever.
pub(super) struct Answers {
    answers: Vec<Vec<IpAddr>>,
    asked: AtomicUsize,
    names: Mutex<Vec<String>>,
}

impl Answers {
    pub(super) fn new(answers: &[&[&str]]) -> Arc<Self> {
        let parse = |answer: &&[&str]| answer.iter().map(|address| address.parse().unwrap()).collect();
        let answers = answers.iter().map(parse).collect();
        Arc::new(Self { answers, asked: AtomicUsize::new(0), names: Mutex::default() })
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

impl Resolve for Answers {
    fn resolve(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        self.names.lock().unwrap().push(name.to_owned());
        let index = self.asked.fetch_add(1, Ordering::SeqCst).min(self.answers.len() - 1);
        Box::pin(std::future::ready(Ok(self.answers[index].clone())))
    }
}
