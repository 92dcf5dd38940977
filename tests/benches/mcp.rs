//! A client of MCP over HTTP that does as little as it can: a message out, the last message of the answer in.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use postern::call::Arguments;
use postern::surface::http::{Config, Server};
use serde_json::json;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::Fallible;
use crate::host::Host;

/// The revision in which every request stands alone.
const REVISION: &str = "2026-07-28";

/// A client, and the listener that it speaks to. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Mcp {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
    token: Option<&'static str>,
    #[expect(dead_code, reason = "dropped, it ends what it serves")]
    serving: Option<Arc<DropGuard>>,
}

impl Mcp {
    /// Serves `host` on a free port of loopback until the last clone is gone.
    pub(crate) async fn serve(host: &Host) -> Fallible<Self> {
        let config = Config { listen: SocketAddr::from(([127, 0, 0, 1], 0)), ..Config::default() };
        let server = Server::bind(config, &Host::identity()).await?;
        let (url, stop) = (server.url(), CancellationToken::new());
        tokio::spawn(server.serve(Arc::clone(&host.gateway), stop.clone()));
        Ok(Self { serving: Some(Arc::new(stop.drop_guard())), ..Self::at(url, None) })
    }

    /// Speaks to a server that somebody else started, with this token.
    pub(crate) fn at(url: String, token: Option<&'static str>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let client = Client::builder(TokioExecutor::new()).build(connector);
        Self { client, url, token, serving: None }
    }

    /// Calls a tool, which must not fail.
    pub(crate) async fn call(&self, tool: &str, arguments: &Arguments) -> Fallible<()> {
        let message = json!({
            "jsonrpc": "2.0", "id": 1, "method": "tools/call",
            "params": {
                "name": tool,
                "arguments": arguments,
                "_meta": {
                    "io.modelcontextprotocol/protocolVersion": REVISION,
                    "io.modelcontextprotocol/clientCapabilities": {},
                    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
                },
            },
        });
        let mut request = Request::post(&self.url);
        if let Some(token) = self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        let request = request
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json, text/event-stream")
            .header("mcp-protocol-version", REVISION)
            .header("mcp-method", "tools/call")
            .header("mcp-name", tool)
            .body(Full::from(message.to_string()))?;
        let answer = self.client.request(request).await?.into_body().collect().await?.to_bytes();
        let answer = String::from_utf8_lossy(&answer);
        if answer.contains(r#""isError":false"#) {
            return Ok(());
        }
        Err(format!("`{tool}` was answered: {answer}").into())
    }
}
