//! Names to addresses: a seam, so that tests can answer as a hostile DNS would.

use std::net::IpAddr;

use futures::future::BoxFuture;

/// Turns a host name into addresses.
pub trait Resolve: Send + Sync + 'static {
    /// All addresses of `name`, in the order in which they should be tried.
    fn resolve(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>>;
}

/// The resolver of the system, as `getaddrinfo` has it.
#[derive(Debug, Clone, Copy)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}
