//! Takes up a changed configuration without dropping a call.
//!
//! What changed is read, checked and built whole beside what serves; only then is it swapped in, in one step.
//! When any of it is faulty the host goes on as it was and says why. Calls in flight end with what they
//! began with.
//!
//! | what changed | what is built again |
//! |---|---|
//! | the file of tokens | identity |
//! | a folder of policies | policies |
//! | `postern.toml`, the lock, a manifest, a component; or a hangup signal | everything |
//!
//! Addresses that are listened on, the audit log and the export of telemetry are taken up at the next start;
//! a reload that finds them changed says so.

use std::path::PathBuf;
use std::sync::Arc;

use super::live;
use super::watch::{Watch, fingerprint};
use crate::audit::{Code, Event};
use crate::call::BoxError;
use crate::config::{Config, Sources};
use crate::gateway::{Gateway, Live};
use crate::identity::Identity;
use crate::runtime::CompiledCache;

/// Reads the configuration again, as it was read at the start.
pub type Read = Box<dyn Fn() -> Result<Config, BoxError> + Send + Sync>;

/// A part of what a host is configured with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// All of it.
    Everything,
    /// Who may come in.
    Identity,
    /// Who may do what.
    Policy,
}

impl Part {
    const ALL: [Self; 3] = [Self::Everything, Self::Identity, Self::Policy];

    /// The word for it in the log and the audit.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Everything => "everything",
            Self::Identity => "identity",
            Self::Policy => "policy",
        }
    }

    fn files(self, config: &Config) -> Vec<PathBuf> {
        let Sources { everything, identity, policy } = config.sources();
        match self {
            Self::Everything => everything,
            Self::Identity => identity,
            Self::Policy => policy,
        }
    }
}

/// Keeps a gateway up with its configuration.
pub struct Reloader {
    gateway: Arc<Gateway>,
    read: Read,
    compiled: Option<CompiledCache>,
    /// What is served.
    config: Config,
}

impl Reloader {
    /// For a gateway that was made of `config`, which `read` read.
    #[must_use]
    pub fn new(gateway: Arc<Gateway>, config: Config, compiled: Option<CompiledCache>, read: Read) -> Self {
        Self { gateway, read, compiled, config }
    }

    /// Takes up what changed, whenever it changes or a `hangup` comes; ends with the future.
    pub async fn run(mut self, mut hangup: impl AsyncFnMut()) {
        loop {
            let files: Vec<(Part, Vec<PathBuf>)> =
                Part::ALL.map(|part| (part, part.files(&self.config))).into();
            let seen = fingerprints(&files);
            let mut watch = Watch::new(
                files.iter().flat_map(|(_, paths)| paths.iter().map(PathBuf::as_path)),
            )
            .inspect_err(
                |error| tracing::warn!(%error, "changes of files are not noticed; a hangup signal is"),
            )
            .ok();
            // Until the first change: what was taken up may name other files.
            loop {
                let happened = async {
                    match &mut watch {
                        Some(watch) => watch.settled().await,
                        None => std::future::pending().await,
                    }
                };
                let asked = tokio::select! {
                    () = happened => false,
                    () = hangup() => true,
                };
                if asked {
                    drop(self.reload(Part::Everything).await);
                    break;
                }
                let now = fingerprints(&files);
                let changed = files.iter().zip(seen.iter().zip(&now)).filter(|(_, (seen, now))| seen != now);
                let changed: Vec<Part> = changed.map(|((part, _), _)| *part).collect();
                if !changed.is_empty() {
                    // Everything comes first, and is the rest too.
                    let all = changed.contains(&Part::Everything);
                    for part in if all { vec![Part::Everything] } else { changed } {
                        drop(self.reload(part).await);
                    }
                    break;
                }
            }
        }
    }

    /// Takes up one part as it is now, or keeps what is served and says why.
    ///
    /// # Errors
    /// Why it was not taken up; it has been logged and recorded.
    pub async fn reload(&mut self, part: Part) -> Result<(), BoxError> {
        let taken = self.take_up(part).await;
        let audit = self.gateway.audit();
        match &taken {
            Ok(()) => {
                let live = self.gateway.live();
                tracing::info!(part = part.as_str(), policies = %live.policies.revision(), "configuration taken up");
                let event = Event::new(Code::ConfigReloaded).reason(part.as_str());
                audit.event(event.revision(live.policies.revision()));
            }
            Err(error) => {
                tracing::error!(part = part.as_str(), %error, "configuration not taken up; the host goes on as it was");
                audit.event(Event::new(Code::ConfigRefused).reason(part.as_str()));
            }
        }
        taken
    }

    async fn take_up(&mut self, part: Part) -> Result<(), BoxError> {
        let config = (self.read)()?;
        let now = self.gateway.live();
        let live = match part {
            Part::Identity => Live { identity: Identity::new(config.identity()?), ..Live::clone(&now) },
            Part::Everything => {
                live(&config, Identity::new(config.identity()?), self.gateway.limits(), self.compiled.clone())
                    .await?
            }
            Part::Policy => {
                let policies = super::policies(&config, &now.registry)?;
                Live { policies: Arc::new(policies), ..Live::clone(&now) }
            }
        };
        self.gateway.replace(live);
        self.config = config;
        Ok(())
    }
}

impl std::fmt::Debug for Reloader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reloader").field("config", &self.config).finish_non_exhaustive()
    }
}

fn fingerprints(files: &[(Part, Vec<PathBuf>)]) -> Vec<[u8; 32]> {
    files.iter().map(|(_, paths)| fingerprint(paths.iter().map(PathBuf::as_path))).collect()
}
