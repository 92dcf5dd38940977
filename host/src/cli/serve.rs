//! `postern serve`: MCP over HTTP, until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::ready::{Access, Ready};
use super::report::Format;
use super::waiting::while_telling;
use super::{Failure, Setting, signals, write_out};
use crate::config::{Config, Server as Configured};
use crate::egress::Secret;
use crate::identity::{self, Credential, Identity, Token};
use crate::runtime::CompiledCache;
use crate::start;
use crate::surface::http::{self, Server};

/// What takes long at the first start and after each change of a component.
const LOADING: &str = "compiling components; what is compiled is kept";

/// Serve MCP over HTTP.
///
/// Callers need a token: the one under `[server]` in the configuration, or else one that is made for this
/// run and shown.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Serve {
    /// Where to listen, such as `127.0.0.1:7847`; port 0 takes a free one. Overrides the configuration.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Ask callers for no token. Every user and program of this machine may then call; nobody else can.
    #[arg(long)]
    anonymous: bool,
    /// How to say that the host is ready.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Serve {
    /// Serves until a signal. Says on the standard output when it is ready, and nothing else there.
    pub(super) async fn run(&self, setting: &Setting) -> Result<(), Failure> {
        let mut config = setting.configuration()?;
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
        let fresh = self.token(&mut config)?;
        let serving = Serving {
            config: &config,
            fresh: fresh.as_ref(),
            compiled: setting.compiled(),
            format: self.format,
            hints: String::new(),
        };
        serving.run().await
    }

    /// Settles what callers must bring; a token that had to be made comes back.
    fn token(&self, config: &mut Config) -> Result<Option<Token>, Failure> {
        if self.anonymous {
            config.server.token = None;
            return Ok(None);
        }
        if config.server.token.is_some() {
            return Ok(None);
        }
        let token = Token::fresh()?;
        config.server.token = Some(Secret::new(token.expose().to_owned()));
        Ok(Some(token))
    }
}

/// A host that is about to serve: what the commands that serve have in common.
pub(super) struct Serving<'a> {
    /// What to serve, and where.
    pub(super) config: &'a Config,
    /// The configuration's token, where it may be shown.
    pub(super) fresh: Option<&'a Token>,
    /// Where compiled components are kept.
    pub(super) compiled: Option<CompiledCache>,
    /// How to say that it is ready.
    pub(super) format: Format,
    /// What else to tell a person then.
    pub(super) hints: String,
}

impl Serving<'_> {
    /// Serves until a signal.
    pub(super) async fn run(self) -> Result<(), Failure> {
        let config = self.config;
        let identity = identity(&config.server)?;
        let server = Server::bind(http_config(&config.server)?, &identity).await?;
        let access = match self.fresh {
            Some(token) => Access::Fresh(token),
            None if identity.is_open() => Access::Anyone,
            None => Access::Configured,
        };
        let starting = start::gateway(config, Identity::new(identity), self.compiled);
        let gateway = Arc::new(while_telling(LOADING, starting).await?);
        let principal = gateway.authenticate(&match &config.server.token {
            Some(token) => Token::presented(token.expose()).map_or(Credential::None, Credential::Bearer),
            None => Credential::None,
        })?;
        let ready = Ready::new(server.url(), access, &gateway, &principal, self.hints);
        match write_out(|out| ready.write(self.format, out)) {
            // A reader that has gone away has read enough, and clients come by another way.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written?,
        }

        let stop = CancellationToken::new();
        let mut signals = signals()?;
        let serving = server.serve(gateway, stop.clone());
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => return Ok(()),
            () = signals.next() => tracing::info!("stopping; once more stops at once"),
        }
        stop.cancel();
        tokio::select! {
            () = serving => {}
            () = signals.next() => {}
        }
        Ok(())
    }
}

/// Who may call, by the configuration of the server.
///
/// # Errors
/// When the token is none that a caller could send, or could be guessed.
pub(crate) fn identity(server: &Configured) -> Result<identity::Config, identity::WeakToken> {
    identity::Config::of_token(server.token.as_ref().map(Secret::expose))
}

fn http_config(server: &Configured) -> Result<http::Config, http::NameError> {
    Ok(http::Config {
        listen: server.listen,
        hosts: server.allowed_hosts.iter().map(|host| host.parse()).collect::<Result<_, _>>()?,
        origins: server.allowed_origins.iter().map(|origin| origin.parse()).collect::<Result<_, _>>()?,
    })
}
