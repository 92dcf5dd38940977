//! Makes one connection to one target: resolve, check every address, dial the checked one, TLS.
//!
//! The connector ignores the URL that hyper hands it. It belongs to one target and dials that target's
//! own host, so nothing in a request can make it go elsewhere.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::future::BoxFuture;
use http::{HeaderValue, Uri};
use hyper_util::client::legacy::connect::proxy::{SocksV5, Tunnel};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::address::{self, Forbidden, Networks};
use super::base::{Base, Host};
use super::resolve::Resolve;
use super::secret::Secret;
use super::stream::{BoxedIo, Stream};
use crate::call::BoxError;

/// An operator's proxy for one target. Its address is the one that is checked and dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Proxy {
    /// `http`, `https` or `socks5`, host and port.
    pub(super) base: Base,
    /// User and password.
    pub(super) credential: Option<(String, Secret)>,
}

/// Everything that one target's connections need.
#[derive(Clone)]
pub(super) struct Dialer {
    pub(super) base: Base,
    pub(super) server_name: Option<ServerName<'static>>,
    pub(super) proxy: Option<Proxy>,
    pub(super) networks: Networks,
    pub(super) timeout: Duration,
    pub(super) resolve: Arc<dyn Resolve>,
    pub(super) tls: Arc<ClientConfig>,
    /// How a proxy that speaks TLS is trusted: by the system's roots.
    pub(super) proxy_tls: Option<Arc<ClientConfig>>,
}

/// Why there is no connection.
#[derive(Debug, Error)]
pub(super) enum DialError {
    #[error(transparent)]
    Address(#[from] Forbidden),
    #[error("its name does not resolve")]
    Resolve(#[source] Option<std::io::Error>),
    #[error("it cannot be dialled")]
    Dial(#[source] std::io::Error),
    #[error("its proxy cannot be used")]
    Proxy(#[source] BoxError),
    #[error("the handshake failed")]
    Tls(#[source] std::io::Error),
    #[error("it did not answer in time")]
    Timeout,
}

impl Dialer {
    async fn connect(self) -> Result<Stream, DialError> {
        let deadline = Instant::now() + self.timeout;
        timeout_at(deadline, self.connect_by(deadline)).await.map_err(|_| DialError::Timeout)?
    }

    async fn connect_by(self, deadline: Instant) -> Result<Stream, DialError> {
        let transport = match &self.proxy {
            None => BoxedIo::new(self.dial(&self.base.host, self.base.port, deadline).await?),
            Some(proxy) => self.through(proxy, deadline).await?,
        };
        if !self.base.is_secure() {
            return Ok(Stream::new(transport, false));
        }
        let name = match &self.server_name {
            Some(name) => name.clone(),
            None => server_name(&self.base.host).ok_or(DialError::Resolve(None))?,
        };
        let stream = TlsConnector::from(self.tls).connect(name, transport).await.map_err(DialError::Tls)?;
        let h2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok(Stream::new(BoxedIo::new(stream), h2))
    }

    /// Dials the first of a host's addresses that answers, after all of them have been checked.
    async fn dial(&self, host: &Host, port: u16, deadline: Instant) -> Result<TcpStream, DialError> {
        let addresses = match host {
            Host::Address(address) => vec![*address],
            Host::Name(name) => self.resolve.resolve(name).await.map_err(|e| DialError::Resolve(Some(e)))?,
        };
        for address in &addresses {
            self.check(*address)?;
        }
        let mut failure = DialError::Resolve(None);
        for (index, address) in addresses.iter().enumerate() {
            let left = u32::try_from(addresses.len() - index).unwrap_or(u32::MAX);
            let share = deadline.saturating_duration_since(Instant::now()) / left;
            let dialled =
                timeout_at(Instant::now() + share, TcpStream::connect(SocketAddr::new(*address, port)));
            match dialled.await {
                Ok(Ok(stream)) => {
                    // What was reached must be what was checked, whatever lies between.
                    self.check(stream.peer_addr().map_err(DialError::Dial)?.ip())?;
                    stream.set_nodelay(true).map_err(DialError::Dial)?;
                    return Ok(stream);
                }
                Ok(Err(error)) => failure = DialError::Dial(error),
                Err(_) => failure = DialError::Timeout,
            }
        }
        Err(failure)
    }

    fn check(&self, address: IpAddr) -> Result<(), DialError> {
        address::check(address, self.networks).inspect_err(|refusal| {
            tracing::warn!(target = %self.base, %address, %refusal, "address refused");
        })?;
        Ok(())
    }

    /// A tunnel to the target through the operator's proxy.
    async fn through(&self, proxy: &Proxy, deadline: Instant) -> Result<BoxedIo, DialError> {
        // The proxy resolves the target's name, so only a literal can be judged here.
        if let Host::Address(address) = self.base.host {
            self.check(address)?;
        }
        let stream = self.dial(&proxy.base.host, proxy.base.port, deadline).await?;
        let io = match &self.proxy_tls {
            None => BoxedIo::new(stream),
            Some(tls) => {
                let name = server_name(&proxy.base.host).ok_or(DialError::Resolve(None))?;
                let stream = TlsConnector::from(Arc::clone(tls)).connect(name, stream).await;
                BoxedIo::new(stream.map_err(DialError::Tls)?)
            }
        };
        let to = |base: &Base| format!("http://{}:{}", base.host, base.port).parse::<Uri>();
        let target = to(&self.base).map_err(|error| DialError::Proxy(error.into()))?;
        let at = to(&proxy.base).map_err(|error| DialError::Proxy(error.into()))?;
        let dialled = Dialled(Some(TokioIo::new(io)));
        let io = if proxy.base.scheme == "socks5" {
            let mut socks = SocksV5::new(at, dialled);
            if let Some((user, password)) = &proxy.credential {
                socks = socks.with_auth(user.clone(), password.expose().to_owned());
            }
            socks.call(target).await.map_err(|error| DialError::Proxy(error.into()))?
        } else {
            let mut tunnel = Tunnel::new(at, dialled);
            if let Some((user, password)) = &proxy.credential {
                tunnel = tunnel.with_auth(basic(user, password).map_err(|e| DialError::Proxy(e.into()))?);
            }
            tunnel.call(target).await.map_err(|error| DialError::Proxy(error.into()))?
        };
        Ok(io.into_inner())
    }
}

/// The name that a host's certificate must carry.
pub(super) fn server_name(host: &Host) -> Option<ServerName<'static>> {
    match host {
        Host::Name(name) => ServerName::try_from(name.clone()).ok(),
        Host::Address(address) => Some(ServerName::from(*address)),
    }
}

/// The value of `Authorization: Basic` (RFC 7617).
pub(super) fn basic(user: &str, password: &Secret) -> Result<HeaderValue, http::header::InvalidHeaderValue> {
    use base64::Engine as _;
    let pair = format!("{user}:{}", password.expose());
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    let mut value = HeaderValue::try_from(format!("Basic {encoded}"))?;
    value.set_sensitive(true);
    Ok(value)
}

impl Service<Uri> for Dialer {
    type Response = Stream;
    type Error = DialError;
    type Future = BoxFuture<'static, Result<Stream, DialError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), DialError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        Box::pin(self.clone().connect())
    }
}

/// A connection that was made already, for hyper-util's tunnels, which expect to make it.
struct Dialled(Option<TokioIo<BoxedIo>>);

impl Service<Uri> for Dialled {
    type Response = TokioIo<BoxedIo>;
    type Error = std::io::Error;
    type Future = std::future::Ready<Result<TokioIo<BoxedIo>, std::io::Error>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), std::io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        std::future::ready(self.0.take().ok_or_else(|| std::io::ErrorKind::NotConnected.into()))
    }
}
