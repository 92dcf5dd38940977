//! The costs that are measured, each with what it is measured against.

use std::io::Write as _;

use futures::future::try_join_all;
use postern::call::Arguments;
use postern::egress::Ledger;
use postern_upstreams::kubernetes::{ClusterSeed, Fleet, Log, Pod, Seed};
use serde_json::json;
use url::form_urlencoded::Serializer;

use crate::audit::Logs;
use crate::bare::Bare;
use crate::compare::{Effort, Pair, heading, operation};
use crate::host::{Host, arguments};
use crate::mcp::Mcp;
use crate::native::{Native, get};
use crate::{Fallible, decision, served};

/// The answer to this is small, so that what is measured is everything else.
const LOG: &str = "/api/v1/namespaces/shop/pods/web-0/log";
/// The capability that covers it.
const READ_LOGS: &str = "read-logs";
/// Pods of the large cluster: what a question about a whole cluster may come to.
const PODS: usize = 1000;
/// Calls of the served host, and how many at once.
const SERVED: [(&str, usize); 2] = [("served, a call", 1), ("served, a call, 16 at once", MANY)];
/// Calls at once, where it matters.
const MANY: usize = 16;

/// Measures every cost and prints a table of them.
///
/// With `only`, those whose name contains it.
pub(crate) async fn measure(effort: Effort, only: Option<&str>) -> Fallible<()> {
    let mut out = std::io::stdout();
    let wanted = |name: &str| only.is_none_or(|only| name.contains(only));
    heading(&mut out)?;
    for (name, at_once) in SERVED.into_iter().filter(|(name, _)| wanted(name)) {
        writeln!(out, "{}", served::cpu(name, at_once, effort).await?)?;
    }
    if wanted("soak") {
        writeln!(out, "{}", served::soak(effort).await?)?;
    }
    let bench = Bench::start().await?;
    let logs = Logs::open(bench.host.principal.clone())?;
    let pairs = [
        bench.call()?,
        bench.instance()?,
        decision::pair("a decision under 100 policies", &bench.host, 100)?,
        decision::pair("a decision under 1,000 policies", &bench.host, 1000)?,
        logs.reading("audit of a call that reads", 1)?,
        logs.reading("audit of a call that reads, 16 at once", MANY)?,
        logs.durable("audit of a call that changes", 1)?,
        logs.durable("audit of a change, 16 at once", MANY)?,
        bench.gate("egress gate over HTTP/1.1", "http1")?,
        bench.gate("egress gate over HTTP/2", "http2")?,
        bench.surface("MCP, a call that does nothing", 1, attempts(&[])?),
        bench.surface("MCP, a call that sends a GET", 1, attempts(&[READ_LOGS])?),
        bench.surface("MCP, a call that sends a GET, 16 at once", MANY, attempts(&[READ_LOGS])?),
        bench
            .whole("list_pods, 1,000 of them", "list_pods", json!({"cluster": "bench", "limit": PODS}))
            .await?,
        bench.whole("diagnose_cluster, 1,000 pods", "diagnose_cluster", json!({"cluster": "bench"})).await?,
    ];
    // Row by row as they are measured: the whole takes a minute.
    for pair in pairs.into_iter().filter(|pair| wanted(pair.name)) {
        writeln!(out, "{}", pair.compare(effort).await?)?;
    }
    Ok(())
}

/// What the measurements share.
struct Bench {
    fleet: Fleet,
    host: Host,
    native: Native,
    mcp: Mcp,
}

impl Bench {
    async fn start() -> Fallible<Self> {
        let pod = || Pod::new("shop", "web-0").log(Log::new(1, "hello"));
        let seed = Seed::many_pods(PODS)
            .cluster(ClusterSeed::new("http2").with(pod()))
            .cluster(ClusterSeed::new("http1").http1_only().with(pod()));
        let fleet = Fleet::start(seed).await?;
        let host = Host::start(&fleet).await?;
        let (native, mcp) = (Native::of(&host, "logs")?, Mcp::serve(&host).await?);
        Ok(Self { fleet, host, native, mcp })
    }

    /// The sandbox: a call with it and the same call without.
    fn call(&self) -> Fallible<Pair> {
        let (host, native, arguments) = (self.host.clone(), self.native.clone(), attempts(&[READ_LOGS])?);
        let same = arguments.clone();
        Ok(Pair {
            name: "call that sends a GET",
            against: "the same without a sandbox",
            at_once: 1,
            ours: operation(move || {
                let (host, arguments) = (host.clone(), arguments.clone());
                async move { answered(&host.call("hostile", "logs", arguments).await?) }
            }),
            baseline: operation(move || {
                let (native, arguments) = (native.clone(), same.clone());
                async move { answered(&native.call(arguments, Some((READ_LOGS, LOG))).await?) }
            }),
        })
    }

    /// An instance: made, asked for nothing, dropped.
    fn instance(&self) -> Fallible<Pair> {
        let (host, native, arguments) = (self.host.clone(), self.native.clone(), attempts(&[])?);
        let same = arguments.clone();
        Ok(Pair {
            name: "call that does nothing",
            against: "the same without a sandbox",
            at_once: 1,
            ours: operation(move || {
                let (host, arguments) = (host.clone(), arguments.clone());
                async move { host.call("hostile", "logs", arguments).await.map(drop) }
            }),
            baseline: operation(move || {
                let (native, arguments) = (native.clone(), same.clone());
                async move { native.call(arguments, None).await.map(drop) }
            }),
        })
    }

    /// The gate: a request through it and the same request by the client that it is built on.
    fn gate(&self, name: &'static str, cluster: &'static str) -> Fallible<Pair> {
        let bare = Bare::of(self.fleet.cluster(cluster))?;
        let arguments = arguments(json!({"cluster": cluster, "namespace": "shop", "name": "web-0"}))?;
        let authority = self.native.permit(arguments)?.authority().clone();
        let target = self.native.target(&authority)?;
        let egress = self.host.egress.clone();
        Ok(Pair {
            name,
            against: "a bare client",
            at_once: 1,
            ours: operation(move || {
                let (call, target) =
                    (egress.open("hostile", authority.clone(), Ledger::default()), target.clone());
                async move {
                    let response = call.send(READ_LOGS, &target, get(LOG)).await?;
                    if response.status == 200 { Ok(()) } else { Err("the log was refused".into()) }
                }
            }),
            baseline: operation(move || {
                let bare = bare.clone();
                async move {
                    let (status, _) = bare.get(LOG, "*/*").await?;
                    if status.is_success() { Ok(()) } else { Err("the log was refused".into()) }
                }
            }),
        })
    }

    /// The surface: a call over the wire and the same call inside the host.
    fn surface(&self, name: &'static str, at_once: usize, arguments: Arguments) -> Pair {
        let (mcp, host) = (self.mcp.clone(), self.host.clone());
        let same = arguments.clone();
        Pair {
            name,
            against: "the same inside the host",
            at_once,
            ours: operation(move || {
                let (mcp, arguments) = (mcp.clone(), arguments.clone());
                async move { mcp.call("hostile_logs", &arguments).await }
            }),
            baseline: operation(move || {
                let (host, arguments) = (host.clone(), same.clone());
                async move { host.call("hostile", "logs", arguments).await.map(drop) }
            }),
        }
    }

    /// A tool of an integration: a call of it and the requests that it sends, all at once and nothing else.
    async fn whole(
        &self,
        name: &'static str,
        tool: &'static str,
        asked: serde_json::Value,
    ) -> Fallible<Pair> {
        let cluster = self.fleet.cluster("bench");
        let (host, bare, arguments) = (self.host.clone(), Bare::of(cluster)?, arguments(asked)?);
        cluster.forget();
        host.call("kubernetes", tool, arguments.clone()).await?;
        let sent = cluster.requests().into_iter().map(|request| {
            let query = Serializer::new(String::new()).extend_pairs(&request.query).finish();
            let accept = request.header("accept").unwrap_or("*/*").to_owned();
            (format!("{}?{query}", request.path), accept)
        });
        let sent: Vec<_> = sent.collect();
        Ok(Pair {
            name,
            against: "its requests by a bare client",
            at_once: 1,
            ours: operation(move || {
                let (host, arguments) = (host.clone(), arguments.clone());
                async move { host.call("kubernetes", tool, arguments).await.map(drop) }
            }),
            baseline: operation(move || {
                let (bare, sent) = (bare.clone(), sent.clone());
                async move {
                    // What a cluster does not have is answered 404, to the tool as well.
                    let gets = sent.iter().map(|(path, accept)| bare.get(path, accept));
                    try_join_all(gets).await.map(drop)
                }
            }),
        })
    }
}

/// Arguments that make the hostile component send this by each of these capabilities, and nothing else.
fn attempts(capabilities: &[&str]) -> Fallible<Arguments> {
    let attempts: Vec<_> = capabilities
        .iter()
        .map(|capability| json!({"request": {"capability": capability, "path": LOG}}))
        .collect();
    arguments(json!({"cluster": "http2", "namespace": "shop", "name": "web-0", "attempts": attempts}))
}

/// Whether the upstream answered.
fn answered(told: &str) -> Fallible<()> {
    if told.starts_with("answered 200") { Ok(()) } else { Err(format!("the call was {told}").into()) }
}
