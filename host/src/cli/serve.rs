//! `postern serve`: MCP over HTTP, until it is told to stop.

use std::io;
use std::net::SocketAddr;
use std::num::NonZero;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::ready::{Access, Endpoints, Ready};
use super::report::Format;
use super::waiting::while_telling;
use super::{Failure, Hangups, Setting, signals, write_out};
use crate::config::{Callers, Config, Server as Configured};
use crate::egress::Secret;
use crate::identity::{Audience, Credential, Identity, Token};
use crate::runtime::CompiledCache;
use crate::start::{self, Read, Reloader};
use crate::surface::http::{self, Server};
use crate::surface::metrics::Metrics;
use crate::telemetry::{Scraping, Telemetry};

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
    pub(super) async fn run(&self, setting: &Setting, telemetry: &mut Telemetry) -> Result<(), Failure> {
        let mut config = setting.configuration()?;
        self.override_listen(&mut config);
        let fresh = self.token(&mut config)?;
        let serving = Serving {
            config: &config,
            fresh: fresh.as_ref(),
            compiled: setting.compiled(),
            format: self.format,
            hints: String::new(),
            read: self.reader(setting, fresh.clone()),
        };
        serving.run(telemetry).await
    }

    /// Reads the configuration again, with what the flags and this run say of it.
    fn reader(&self, setting: &Setting, fresh: Option<Token>) -> Option<Read> {
        let (read, serve) = (setting.reader()?, self.clone());
        Some(Box::new(move || {
            let mut config = read()?;
            serve.override_listen(&mut config);
            match &fresh {
                Some(token) => config.server.token = Some(Secret::new(token.expose().to_owned())),
                None => drop(serve.token(&mut config)),
            }
            Ok(config)
        }))
    }

    fn override_listen(&self, config: &mut Config) {
        if let Some(listen) = self.listen {
            config.server.listen = listen;
        }
    }

    /// Settles what callers must bring; a token that had to be made comes back.
    fn token(&self, config: &mut Config) -> Result<Option<Token>, Failure> {
        if self.anonymous {
            config.server.token = None;
            config.callers = Callers::default();
            return Ok(None);
        }
        if config.server.token.is_some() || config.callers.known.is_some() {
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
    /// Reads the configuration again, where there is one that can change.
    pub(super) read: Option<Read>,
}

impl Serving<'_> {
    /// Serves until a signal.
    pub(super) async fn run(self, telemetry: &mut Telemetry) -> Result<(), Failure> {
        let config = self.config;
        let identity = config.identity()?;
        let server = Server::bind(http_config(&config.server)?, &identity).await?;
        let access = match self.fresh {
            Some(token) => Access::Fresh(token),
            None if identity.is_open() => Access::Anyone,
            None => Access::Configured,
        };
        let scraping = if config.telemetry.metrics.is_some() { Scraping::On } else { Scraping::Off };
        let meters = telemetry.meters(scraping)?;
        let metrics = match config.telemetry.metrics {
            Some(address) => Some(
                Metrics::bind(address)
                    .await
                    .map_err(|error| format!("cannot listen on `{address}`: {error}"))?,
            ),
            None => None,
        };
        // On this machine the page of a held call is where the host is, where nothing else is said.
        let mut config = config.clone();
        if server.address().ip().is_loopback() {
            config.approvals.base.get_or_insert_with(|| server.base());
        }
        let config = &config;
        let starting = start::gateway(config, Identity::new(identity), self.compiled.clone(), meters.clone());
        let gateway = Arc::new(while_telling(LOADING, starting).await?);
        let shown = config.server.token.as_ref().and_then(|token| Token::presented(token.expose()));
        let credential = shown.map_or(Credential::None, Credential::Bearer);
        // Of the bearers of other tokens, each finds what is there for it.
        let principal = gateway.authenticate(&credential, &Audience::default()).await.ok();
        let endpoints = Endpoints::new(server.base(), &config.server);
        let ready = Ready::new(endpoints, access, &gateway, principal.as_ref(), self.hints);
        // Before it is said that the host is ready: whoever reads that may send one.
        let (mut signals, mut hangups) = (signals()?, Hangups::listen()?);
        match write_out(|out| ready.write(self.format, out)) {
            // A reader that has gone away has read enough, and clients come by another way.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
            written => written?,
        }

        let stop = CancellationToken::new();
        let hangup = async move || hangups.next().await;
        if let Some(metrics) = metrics {
            tokio::spawn(metrics.serve(meters, stop.clone()));
        }
        let reloading = self.read.map(|read| {
            let reloader = Reloader::new(Arc::clone(&gateway), config.clone(), self.compiled, read);
            tokio::spawn(reloader.run(hangup))
        });
        let serving = server.serve(Arc::clone(&gateway), stop.clone());
        tokio::pin!(serving);
        tokio::select! {
            () = &mut serving => {}
            () = signals.next() => tracing::info!("stopping; once more stops at once"),
        }
        stop.cancel();
        tokio::select! {
            () = serving => {}
            () = signals.next() => {}
        }
        if let Some(reloading) = reloading {
            reloading.abort();
        }
        gateway.stopped().await;
        Ok(())
    }
}

fn http_config(server: &Configured) -> Result<http::Config, http::NameError> {
    Ok(http::Config {
        listen: server.listen,
        tls: server.tls.clone(),
        hosts: server.allowed_hosts.iter().map(|host| host.parse()).collect::<Result<_, _>>()?,
        origins: server.allowed_origins.iter().map(|origin| origin.parse()).collect::<Result<_, _>>()?,
        public_url: server.public_url.clone(),
        asked: server.asked.clone(),
        joint: server.joint,
        splits: server.endpoints.clone(),
        threads: std::thread::available_parallelism().map_or(1, NonZero::get),
    })
}
