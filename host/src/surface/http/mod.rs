//! The HTTP listener: binds, routes, and stops gracefully.
//!
//! | route | who | what |
//! | --- | --- | --- |
//! | `/mcp` | bearer | every tool, as `plugin_tool` |
//! | `/mcp/{plugin}` | bearer | one plugin's tools, by their own names |
//! | `/mcp/{name}` | bearer | a part of the tools, chosen by the operator, as `plugin_tool` |
//! | `/api/mcp-actions/v1`, `/api/mcp-actions/v1/{name}` | bearer | the same, for clients configured for Backstage |
//! | `POST /api/{plugin}/tools/{tool}`, `/api/{plugin}/...` | bearer | tools and routes, for programs |
//! | `GET /openapi.json` | bearer | what of these the caller may call |
//! | `/approvals`, `/approvals/{id}`, `POST /approvals/{id}/approve` and so on | bearer | held calls, and what people decide |
//! | `GET /.well-known/oauth-protected-resource...` | anyone | where to get a token for an endpoint |
//! | `GET /healthz` | anyone | the process answers |
//! | `GET /readyz` | anyone | the gateway can serve calls |
//!
//! A request meets, in this order: the limits of [`listen`], then [`door`]: is it addressed to us (`Host`),
//! does it come from a page that may speak for its user (`Origin`), and whose is it (`Authorization`, or else
//! the certificate of its connection). Only then does a surface see it.
//!
//! # Design
//! TLS is the operator's choice. On loopback nothing is gained by it, and beyond it a proxy or mesh may end
//! it for this service as for every other; where none does, or where callers are workloads with certificates
//! of their own, the listener ends it itself ([`Tls`]). One listener speaks one of the two: what is not TLS on
//! a listener with TLS is hung up on. What must hold either way does: no address but loopback is bound unless
//! callers need a credential.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;
use crate::identity::{self, Asked, Principal};
use crate::surface::mcp::{Endpoint, Mcp, Split};

mod api;
mod approvals;
mod door;
mod listen;
mod names;
mod problem;
mod protected;
mod throttle;
mod tls;
mod workers;

#[cfg(test)]
mod tests;

pub(crate) use listen::Connection;
pub use names::{HostName, NameError, Origin};
use protected::{Protected, WELL_KNOWN};
pub use tls::{ClientCertificates, Tls, TlsError};
use workers::Workers;

/// How the host is reached over HTTP.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How it encrypts; `None` for plain HTTP.
    pub tls: Option<Tls>,
    /// By which names clients reach it, besides loopback's and the very address that they dialled.
    pub hosts: Vec<HostName>,
    /// Which web pages may call it, besides its own.
    pub origins: Vec<Origin>,
    /// Scheme, host and port by which clients reach it, where that is not the address bound.
    pub public_url: Option<String>,
    /// What every endpoint asks of tokens that says nothing else.
    pub asked: Asked,
    /// Whether `/mcp` serves everything.
    pub joint: bool,
    /// Parts under names of their own.
    pub splits: Vec<Split>,
    /// Threads that serve connections and nothing else; with none, the runtime that serves does.
    pub threads: usize,
}

impl Default for Config {
    /// Loopback, port 7847, no further names, no threads.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 7847)),
            tls: None,
            hosts: Vec::new(),
            origins: Vec::new(),
            public_url: None,
            asked: Asked::default(),
            joint: true,
            splits: Vec::new(),
            threads: 0,
        }
    }
}

/// Why the host does not listen.
#[derive(Debug, Error)]
pub enum BindError {
    /// Reachable from outside, and open to anyone.
    #[error(
        "`{0}` can be reached from other machines, and callers need no token; configure a token, or listen \
         on a loopback address such as `127.0.0.1:{port}`", port = .0.port()
    )]
    Open(SocketAddr),
    /// The operating system refused the address.
    #[error("cannot listen on `{address}`")]
    Address {
        /// Which.
        address: SocketAddr,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There are no threads to serve with.
    #[error("connections cannot be served")]
    Threads(#[source] std::io::Error),
    /// The files of `[server.tls]` do not do.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// A bound listener that does not answer yet.
///
/// Binding comes before anything slow is loaded, so that a taken port is told at once.
#[derive(Debug)]
pub struct Server {
    listener: TcpListener,
    workers: Workers,
    address: SocketAddr,
    tls: Option<Arc<tls::Handshakes>>,
    config: Config,
}

impl Server {
    /// Binds the listener. Connections wait in its queue until [`Server::serve`].
    ///
    /// # Errors
    ///
    /// [`BindError::Open`] for any address but loopback while callers need no credential;
    /// [`BindError::Tls`] when its files do not do; [`BindError::Address`] and [`BindError::Threads`] when the operating
    /// system refuses.
    pub async fn bind(config: Config, identity: &identity::Config) -> Result<Self, BindError> {
        let listen = config.listen;
        if identity.is_open() && !listen.ip().is_loopback() {
            return Err(BindError::Open(listen));
        }
        let tls = config.tls.clone().map(tls::Handshakes::new).transpose()?.map(Arc::new);
        let refused = |source| BindError::Address { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let workers = Workers::start(config.threads).map_err(BindError::Threads)?;
        Ok(Self { listener, workers, address, tls, config })
    }

    /// The address bound, with the port that was free.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address bound, as a URL.
    #[must_use]
    pub fn base(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Where MCP clients connect.
    #[must_use]
    pub fn url(&self) -> String {
        format!("{}/mcp", self.base())
    }

    /// Serves `gateway` until `stop`, then lets running exchanges end for some seconds.
    pub async fn serve(self, gateway: Arc<Gateway>, stop: CancellationToken) {
        let base = self.config.public_url.clone().unwrap_or_else(|| self.base());
        let mcp = Mcp::new(Arc::clone(&gateway), self.config.splits.clone());
        let router = routes(&mcp, gateway, base, self.config);
        listen::accept(self.listener, self.workers, self.tls, router, stop, || mcp.stop()).await;
    }
}

fn routes(mcp: &Mcp, gateway: Arc<Gateway>, base: String, config: Config) -> Router {
    let Config { hosts, origins, asked, joint, splits, .. } = config;
    let protected = Arc::new(Protected::new(Arc::clone(&gateway), base, asked, &splits));
    let mut endpoints = Router::new()
        .route("/mcp/{name}", any(named))
        .route("/api/mcp-actions/v1/{name}", any(named))
        .with_state(mcp.clone());
    if joint {
        let all = Router::new().route("/mcp", any(everything)).route("/api/mcp-actions/v1", any(everything));
        endpoints = endpoints.merge(all.with_state(mcp.clone()));
    } else {
        // Or else it would look like a plugin's.
        endpoints = endpoints.route("/api/mcp-actions/v1", any(async || no_endpoint()));
    }
    let bearer = door::Bearer::new(Arc::clone(&gateway), Arc::clone(&protected));
    let api = api::routes(Arc::clone(&gateway), bearer.clone(), origins.clone());
    let approvals = approvals::routes(Arc::clone(&gateway), bearer.clone());
    let endpoints = endpoints.route_layer(from_fn_with_state(bearer, door::authenticate));
    let metadata = Router::new()
        .route(WELL_KNOWN, get(protected::metadata))
        .route(&format!("{WELL_KNOWN}/{{*path}}"), get(protected::metadata))
        .with_state(protected);
    Router::new()
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready).with_state(gateway))
        .merge(metadata)
        .merge(endpoints)
        .merge(approvals)
        .merge(api)
        .layer(from_fn_with_state(Arc::new(door::Addressees { hosts, origins }), door::addressed_to_us))
}

async fn everything(State(mcp): State<Mcp>, principal: Principal, request: Request) -> Response {
    mcp.serve(Endpoint::Joint, principal, request).await
}

async fn named(
    State(mcp): State<Mcp>,
    Path(name): Path<String>,
    principal: Principal,
    request: Request,
) -> Response {
    match mcp.named(&name) {
        Some(endpoint) => mcp.serve(endpoint, principal, request).await,
        None => no_endpoint(),
    }
}

fn no_endpoint() -> Response {
    (StatusCode::NOT_FOUND, "no such endpoint\n").into_response()
}

async fn ready(State(gateway): State<Arc<Gateway>>) -> Response {
    let missing = gateway.not_ready();
    if missing.is_empty() {
        return "ready\n".into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {}\n", missing.join(", "))).into_response()
}
