//! `postern stdio`: MCP over the standard input and output, for the client that started the process.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Failure, Setting, signals, user};
use crate::identity::{self, Access, Identity, Known};
use crate::start;
use crate::surface::mcp::{Endpoint, stdio};
use crate::telemetry::{Scraping, Telemetry};

/// Serve MCP to the program that started this one, over its standard input and output.
///
/// The configuration's token is not asked for: whoever starts a process is its user.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Stdio {
    /// Serve one plugin only, with its tools under their own names.
    #[arg(long)]
    plugin: Option<String>,
}

impl Stdio {
    /// Serves until the client closes its end, or a signal. The standard output holds the protocol alone.
    pub(super) async fn run(&self, setting: &Setting, telemetry: &mut Telemetry) -> Result<(), Failure> {
        let mut config = setting.configuration()?;
        // Every client that wants one starts one.
        config.audit.or_beside = true;
        // Nobody comes in over the network, so nobody may: no token is known.
        let identity = Identity::new(identity::Config { access: Access::Known(Known::default()) });
        let gateway = Arc::new(
            start::gateway(&config, identity, setting.compiled(), telemetry.meters(Scraping::Off)?).await?,
        );
        let endpoint = match &self.plugin {
            None => Endpoint::Joint,
            Some(plugin) if gateway.plugins().contains(plugin) => Endpoint::Plugin(plugin.clone()),
            Some(plugin) => {
                return Err(UnknownPlugin { plugin: plugin.clone(), known: gateway.plugins() }.into());
            }
        };
        #[cfg(unix)]
        let user = user::name();
        #[cfg(not(unix))]
        let user = user::name(&setting.environment);
        let stop = CancellationToken::new();
        let mut signals = signals()?;
        let serving = stdio::serve(Arc::clone(&gateway), endpoint, &user, stdio::pipe(), stop.clone());
        tokio::pin!(serving);
        tokio::select! {
            served = &mut serving => {
                gateway.stopped().await;
                return Ok(served?);
            }
            () = signals.next() => {}
        }
        stop.cancel();
        let served = tokio::select! {
            served = serving => served,
            () = signals.next() => Ok(()),
        };
        gateway.stopped().await;
        Ok(served?)
    }
}

/// The plugin that was asked for is not configured.
#[derive(Debug, thiserror::Error)]
#[error("no plugin is named `{plugin}`; there are: {}", .known.join(", "))]
struct UnknownPlugin {
    plugin: String,
    known: Vec<String>,
}
