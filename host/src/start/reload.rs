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
//! Of `postern.toml`, these are taken up at the next start, and a reload that finds one of them changed says
//! so: everything under `[server]` but its `token`, `[limits]`, `[audit]`, `[approvals]`, and where metrics are served.
//! What the environment says, such as where telemetry is exported to, is read once.

use std::path::PathBuf;
use std::sync::Arc;

use super::watch::{Watch, fingerprint};
use super::{live, standing};
use crate::audit::{Code, Event};
use crate::call::BoxError;
use crate::config::{Config, Sources};
use crate::gateway::{Gateway, Live};
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

/// The files of each part.
type Files = Vec<(Part, Vec<PathBuf>)>;

/// Keeps a gateway up with its configuration.
pub struct Reloader {
    gateway: Arc<Gateway>,
    read: Read,
    compiled: Option<CompiledCache>,
    /// What is served.
    config: Config,
    /// What the host started with.
    started: Config,
    /// What has been told to wait for the next start.
    told: Vec<&'static str>,
}

impl Reloader {
    /// For a gateway that was made of `config`, which `read` read.
    #[must_use]
    pub fn new(gateway: Arc<Gateway>, config: Config, compiled: Option<CompiledCache>, read: Read) -> Self {
        Self { gateway, read, compiled, started: config.clone(), config, told: Vec::new() }
    }

    /// Takes up what changed, whenever it changes or a `hangup` comes; ends with the future.
    pub async fn run(mut self, mut hangup: impl AsyncFnMut()) {
        // What was seen before the last reload: a change that comes while one is built is not lost.
        let mut before: Option<(Files, Vec<[u8; 32]>)> = None;
        loop {
            let files: Files = Part::ALL.map(|part| (part, part.files(&self.config))).into();
            let known = before.take().filter(|(of, _)| *of == files);
            let seen = known.map_or_else(|| fingerprints(&files), |(_, seen)| seen);
            let mut watch = Watch::new(
                files.iter().flat_map(|(_, paths)| paths.iter().map(PathBuf::as_path)),
            )
            .inspect_err(
                |error| tracing::warn!(%error, "changes of files are not noticed; a hangup signal is"),
            )
            .ok();
            let mut is_first = true;
            // Until the first change: what was taken up may name other files.
            let now = loop {
                let happened = async {
                    match &mut watch {
                        // Something may have happened before it was watched for.
                        _ if is_first => {}
                        Some(watch) => watch.settled().await,
                        None => std::future::pending().await,
                    }
                };
                let asked = tokio::select! {
                    () = happened => false,
                    () = hangup() => true,
                };
                is_first = false;
                let now = fingerprints(&files);
                if asked {
                    drop(self.reload(Part::Everything).await);
                    break now;
                }
                let changed = files.iter().zip(seen.iter().zip(&now)).filter(|(_, (seen, now))| seen != now);
                let changed: Vec<Part> = changed.map(|((part, _), _)| *part).collect();
                if !changed.is_empty() {
                    // Everything comes first, and is the rest too.
                    let all = changed.contains(&Part::Everything);
                    for part in if all { vec![Part::Everything] } else { changed } {
                        drop(self.reload(part).await);
                    }
                    break now;
                }
            };
            before = Some((files, now));
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
            Part::Identity => {
                Live { identity: now.identity.renewed(config.identity()?), ..Live::clone(&now) }
            }
            Part::Everything => {
                let identity = now.identity.renewed(config.identity()?);
                live(&config, identity, self.gateway.limits(), self.compiled.clone()).await?
            }
            Part::Policy => {
                let policies = super::policies(&config, &now.registry)?;
                Live { policies: Arc::new(policies), ..Live::clone(&now) }
            }
        };
        live.egress.adopt(&now.egress);
        self.gateway.replace(live);
        self.tell_what_stands(&config);
        self.config = config;
        Ok(())
    }

    /// Says of each field that waits for the next start that it does, once; again when it was put back and
    /// changes anew.
    fn tell_what_stands(&mut self, config: &Config) {
        let waiting = standing::changed(&self.started, config);
        for field in waiting.iter().filter(|field| !self.told.contains(field)) {
            tracing::warn!("`{field}` changed: taken up at the next start");
        }
        self.told = waiting;
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
