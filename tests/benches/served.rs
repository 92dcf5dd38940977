//! Two servers of MCP under one load, each in a process of its own: the host as it is run in front of
//! production, and the library that it is built on with nothing around it.
//!
//! What is compared is the processor time of the servers' processes, so that the client's own is in neither.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use futures::future::try_join_all;
use postern::identity::{self, Access, Credential, Known, StaticToken, Token};
use postern::surface::http::{Config, Server};
use postern_upstreams::kubernetes::{ClusterSeed, Fleet, Pod, Seed};
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ErrorData, RoleServer};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use crate::Fallible;
use crate::compare::{Effort, Row};
use crate::host::{Host, arguments};
use crate::mcp::Mcp;

/// Says to this program that it is a server, and which.
const FLAG: &str = "--serve=";
const HOST: &str = "host";
const BARE: &str = "bare";
const TOKEN: &str = "postern_bench_0123456789abcdefghijklmnopqrstuv";
/// What the tool is called on both.
const TOOL: &str = "hostile_logs";
/// How often both sides take turns.
const ROUNDS: usize = 7;
/// Calls of a turn: a second of work beside the clock's ticks of 10 ms.
const CALLS: usize = 4_000;
/// Calls of the soak.
const SOAK: usize = 250_000;

/// Serves, when this program was started to; `None` when it was not.
pub(crate) fn wanted(arguments: &[String]) -> Option<&str> {
    arguments.iter().find_map(|each| each.strip_prefix(FLAG))
}

/// Serves until standard input ends.
pub(crate) async fn serve(which: &str) -> Fallible<()> {
    let stop = CancellationToken::new();
    let (url, served) = match which {
        HOST => {
            let fleet =
                Fleet::start(Seed::new().cluster(ClusterSeed::new("http2").with(Pod::new("shop", "web-0"))))
                    .await?;
            let token = Token::configured(TOKEN)?;
            let tokens = vec![StaticToken::new("bench", token.digest())];
            let access = Access::Known(Known { tokens, ..Known::default() });
            let credential = Credential::Bearer(token);
            let host = Host::start_for(&fleet, access.clone(), &credential).await?;
            let threads = std::thread::available_parallelism()?.get();
            let config = Config { listen: loopback(), threads, ..Config::default() };
            let server = Server::bind(config, &identity::Config { access }).await?;
            let url = server.url();
            let serving = server.serve(Arc::clone(&host.gateway), stop.clone());
            (
                url,
                tokio::spawn(async move {
                    let _ = serving.await;
                    drop((fleet, host));
                }),
            )
        }
        _ => bare(stop.clone()).await?,
    };
    writeln!(std::io::stdout(), "{url}")?;
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    stop.cancel();
    served.await?;
    Ok(())
}

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// The library alone, with one tool.
async fn bare(stop: CancellationToken) -> Fallible<(String, tokio::task::JoinHandle<()>)> {
    let config = StreamableHttpServerConfig::default().with_cancellation_token(stop.clone());
    let service = StreamableHttpService::new(|| Ok(Tool), Arc::<LocalSessionManager>::default(), config);
    let listener = tokio::net::TcpListener::bind(loopback()).await?;
    let url = format!("http://{}/mcp", listener.local_addr()?);
    let app = axum::Router::new().nest_service("/mcp", service);
    // As the host does: an answer in two writes would wait for an acknowledgement of the first.
    let listener = listener.tap_io(|connection| drop(connection.set_nodelay(true)));
    let served = axum::serve(listener, app).with_graceful_shutdown(async move { stop.cancelled().await });
    Ok((url, tokio::spawn(async move { drop(served.await) })))
}

/// What the hostile component does when it attempts nothing.
#[derive(Clone)]
struct Tool;

/// The tool's arguments.
#[derive(Deserialize)]
struct Logs {
    namespace: String,
    name: String,
}

impl ServerHandler for Tool {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let Logs { namespace, name } = serde_json::from_value(arguments)
            .map_err(|error| ErrorData::invalid_params(error.to_string(), None))?;
        Ok(CallToolResult::success(vec![ContentBlock::text(format!("{namespace}/{name}"))]).into())
    }
}

/// A server in a process of its own; it ends with this.
struct Served {
    child: Child,
    mcp: Mcp,
}

impl Served {
    async fn start(which: &str) -> Fallible<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg(format!("{FLAG}{which}"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().ok_or("the server has an output")?;
        let url = BufReader::new(out).lines().next_line().await?.ok_or("the server did not start")?;
        Ok(Self { child, mcp: Mcp::at(url, Some(TOKEN)) })
    }

    /// Calls the tool so often, as many at once.
    async fn load(&self, calls: usize, at_once: usize) -> Fallible<()> {
        let arguments = arguments(json!({
            "cluster": "http2", "namespace": "shop", "name": "web-0", "attempts": [],
        }))?;
        let each = |_| {
            let (mcp, arguments) = (self.mcp.clone(), arguments.clone());
            async move {
                for _ in 0..calls.div_ceil(at_once) {
                    mcp.call(TOOL, &arguments).await?;
                }
                Fallible::Ok(())
            }
        };
        try_join_all((0..at_once).map(each)).await.map(drop)
    }

    /// The processor time that the process has used.
    fn cpu(&self) -> Fallible<Duration> {
        let stat = self.read("stat")?;
        // proc(5): the name, in parentheses, may hold anything; `utime` and `stime` are fields 14 and 15.
        let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
        let ticks: u64 = fields.skip(11).take(2).map_while(|field| field.parse::<u64>().ok()).sum();
        Ok(Duration::from_millis(ticks * 10))
    }

    /// Bytes of its memory that are resident.
    fn memory(&self) -> Fallible<u64> {
        let status = self.read("status")?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
        Ok(kib.ok_or("the system does not say how much memory a process has")? * 1024)
    }

    fn read(&self, file: &str) -> Fallible<String> {
        let id = self.child.id().ok_or("the server has ended")?;
        Ok(std::fs::read_to_string(format!("/proc/{id}/{file}"))?)
    }
}

/// The processor time of a call, by that of the same on the bare library.
pub(crate) async fn cpu(name: &'static str, at_once: usize, effort: Effort) -> Fallible<Row> {
    let (host, bare) = (Served::start(HOST).await?, Served::start(BARE).await?);
    let (rounds, calls) = match effort {
        Effort::Full => (ROUNDS, CALLS),
        Effort::Once => (1, 1),
    };
    let (mut ours, mut baseline) = (Vec::new(), Vec::new());
    let turn = async |served: &Served, micros: &mut Vec<f64>| -> Fallible<()> {
        let before = served.cpu()?;
        served.load(calls, at_once).await?;
        micros.push((served.cpu()? - before).as_secs_f64() * 1e6 / f64::from(u32::try_from(calls)?));
        Ok(())
    };
    host.load(calls, at_once).await?;
    bare.load(calls, at_once).await?;
    for _ in 0..rounds {
        turn(&host, &mut ours).await?;
        turn(&bare, &mut baseline).await?;
    }
    Ok(Row::of(name, "the bare library, CPU of the server", ours, baseline))
}

/// Calls so often that what a call leaves behind would show: the memory of the server after a tenth, and after all.
pub(crate) async fn soak(effort: Effort) -> Fallible<String> {
    let host = Served::start(HOST).await?;
    let calls = match effort {
        Effort::Full => SOAK,
        Effort::Once => 20,
    };
    host.load(calls / 10, 16).await?;
    let early = host.memory()?;
    host.load(calls - calls / 10, 16).await?;
    let late = host.memory()?;
    let mib = |bytes: u64| bytes >> 20;
    let told =
        format!("memory: {} MiB after {} calls, {} MiB after {calls}", mib(early), calls / 10, mib(late));
    // A tenth, and room for what an allocator keeps.
    if late > early + early / 10 + (16 << 20) {
        return Err(format!("{told}: it grows").into());
    }
    Ok(told)
}
