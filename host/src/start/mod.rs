//! Puts the rooms together: from a configuration to a gateway that serves.
//!
//! Everything is loaded before anything is served, and one plugin that cannot be loaded as configured
//! stops the start: half of what an operator asked for is not what the operator asked for.
//!
//! A file is held against the lock before anything of it is compiled or run, and once more when the
//! component has described itself.

mod reload;
mod standing;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use thiserror::Error;

use crate::approval::{self, Approvals};
use crate::audit::{self, Audit, Code, Event, OpenCall};
use crate::config::{self, Config, Origin};
use crate::diagnostic::{Diagnostics, Source};
use crate::egress::{self, Egress, Shared};
use crate::gateway::{Gateway, Live};
use crate::guardrail::Guards;
use crate::identity::Identity;
use crate::limit::Limits;
use crate::policy::{Catalog, CatalogOperation, Policies};
use crate::registry::lock::{Digest, Lock, LockError, Part, Verdict};
use crate::registry::manifest::Manifest;
use crate::registry::{self, Clash, EMBEDDED, Given, LoadedPlugin, PluginError, Registry};
use crate::runtime::{self, CompiledCache, RuleFile, Runtime};
use crate::store::{SqliteState, StoreError};
use crate::task::Tasks;
use crate::telemetry::Meters;

pub use reload::{Part as ReloadPart, Read, Reloader};

/// Why there is nothing to serve.
#[derive(Debug, Error)]
pub enum StartError {
    /// An upstream cannot be built.
    #[error(transparent)]
    Egress(#[from] egress::ConfigError),
    /// The sandbox cannot be set up.
    #[error(transparent)]
    Runtime(#[from] runtime::StartError),
    /// A component cannot be read.
    #[error("the component `{}` cannot be read", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// A plugin cannot be loaded.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The folder of a guard's rules.
    #[error("no rules: {0}")]
    RuleFolder(String),
    /// The folder of the policies.
    #[error("no policies: {0}")]
    PolicyFolder(String),
    /// The policies.
    #[error(transparent)]
    Policies(#[from] Diagnostics),
    /// What outlives the process cannot be kept.
    #[error(transparent)]
    State(#[from] StoreError),
    /// What happens cannot be recorded.
    #[error(transparent)]
    Audit(#[from] audit::OpenError),
    /// What is held could not be decided on.
    #[error(transparent)]
    Approvals(#[from] approval::OpenError),
    /// Plugins that cannot be served together.
    #[error(transparent)]
    Clash(#[from] Clash),
    /// The lock cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A plugin that nobody accepted.
    #[error(
        "plugin `{0}` is not in the lock; look at it with `postern review`, then accept it with `postern lock`"
    )]
    NotLocked(String),
    /// A plugin that is not what was accepted.
    #[error("plugin `{plugin}` is not what was accepted (tool.pin-mismatch): changed {}; look at it with `postern review`, then accept it with `postern lock`", list(.parts))]
    Changed {
        /// Which.
        plugin: String,
        /// What of it.
        parts: Vec<Part>,
    },
}

/// The manifests of the integrations that came with this host.
///
/// # Errors
/// Faults of a manifest; there are none in a host whose tests passed.
pub fn embedded() -> Result<Vec<Arc<Manifest>>, Diagnostics> {
    let parse = |each: &registry::Embedded| Manifest::parse(Source::new(each.path, each.manifest));
    EMBEDDED.iter().map(|each| parse(each).map(Arc::new)).collect()
}

/// Builds every room and loads every plugin of `config`, each of which must be what was accepted.
///
/// # Errors
/// [`StartError`].
pub async fn gateway(
    config: &Config,
    identity: Identity,
    compiled: Option<CompiledCache>,
    meters: Meters,
) -> Result<Gateway, StartError> {
    let limits = Limits::new(config.limits.clone());
    let live = live(config, identity, &limits, compiled).await?;
    // Last: a host that does not start leaves no trace of having served.
    let (audit, recovered) = Audit::open(config.audit.clone())?;
    for OpenCall { call, principal, plugin, name, time, .. } in &recovered.open {
        tracing::warn!(call, principal, plugin, name, time, "the host went away in the middle of this call");
    }
    let started = Event::new(Code::HostStarted).version(env!("CARGO_PKG_VERSION"));
    audit.event(started.revision(live.policies.revision()));
    let approvals = Approvals::open(config.approvals.clone(), &config.audit.path, audit.clone())?;
    approvals.attend();
    let state = SqliteState::open(&config.approvals.state(&config.audit.path))?;
    let tasks = Tasks::kept(Box::new(state));
    Ok(Gateway::new(live, limits, audit, approvals, meters).with_tasks(tasks))
}

/// Builds what a gateway serves from.
///
/// # Errors
/// [`StartError`].
pub async fn live(
    config: &Config,
    identity: Identity,
    limits: &Limits,
    compiled: Option<CompiledCache>,
) -> Result<Live, StartError> {
    let shared = Shared { rates: limits.clone(), propagate: config.telemetry.propagate };
    let egress = Egress::new(config.egress())?.sharing(shared);
    let lock = config.lock.as_deref().map(Lock::load).transpose()?.unwrap_or_default();
    let runtime = Runtime::new(config.runtime.clone(), egress.clone(), compiled)?;
    let mut plugins = Vec::with_capacity(config.plugins.len());
    for plugin in &config.plugins {
        let bytes = component(plugin)?;
        let (name, manifest) = (plugin.manifest.name.as_str(), &plugin.manifest);
        // Nobody's code is compiled, and none of it runs, that is not what was accepted.
        accepted(
            plugin,
            lock.compare_files(name, Digest::of(&bytes), manifest.digest(), &manifest.safe_rules()),
        )?;
        let loaded = load(plugin, &runtime, &bytes).await?;
        accepted(plugin, lock.compare(name, &loaded.pin()))?;
        plugins.push(loaded);
    }
    let registry = Registry::new(plugins)?;
    let policies = Arc::new(policies(config, &registry)?);
    let guards = Arc::new(Guards::new(registry.guards().cloned().collect(), config.guardrails.clone()));
    Ok(Live { identity, policies, registry: Arc::new(registry), guards, egress })
}

/// The policies as they are now, held against what is loaded.
///
/// # Errors
/// A folder that cannot be read, and every fault of the policies.
pub fn policies(config: &Config, registry: &Registry) -> Result<Policies, StartError> {
    let set = config.policy.read().map_err(StartError::PolicyFolder)?;
    Ok(Policies::load(set, &catalog(registry))?)
}

/// What policies can speak of.
#[must_use]
pub fn catalog(registry: &Registry) -> Catalog {
    let operations = registry.plugins().iter().flat_map(|plugin| {
        plugin.offer.operations().map(|operation| CatalogOperation {
            plugin: operation.plugin.clone(),
            kind: operation.kind,
            name: operation.name.clone(),
            capabilities: operation.need.capabilities.iter().map(|it| (it.name.clone(), it.effect)).collect(),
            upstream: operation.need.targets.as_ref().map(|names| names.upstream.clone()),
            input: Arc::clone(operation.input.document()),
            facts: operation.facts(),
        })
    });
    Catalog { operations: operations.collect() }
}

/// Loads every plugin of `config` as it is now, accepted or not: to look at, not to serve.
///
/// # Errors
/// [`StartError`].
pub async fn plugins(
    config: &Config,
    compiled: Option<CompiledCache>,
) -> Result<Vec<LoadedPlugin>, StartError> {
    let runtime = Runtime::new(config.runtime.clone(), Egress::new(config.egress())?, compiled)?;
    let mut plugins = Vec::with_capacity(config.plugins.len());
    for plugin in &config.plugins {
        plugins.push(load(plugin, &runtime, &component(plugin)?).await?);
    }
    Ok(plugins)
}

async fn load(plugin: &config::Plugin, runtime: &Runtime, bytes: &[u8]) -> Result<LoadedPlugin, StartError> {
    let settings = serde_json::Value::Object(plugin.settings.clone());
    tracing::info!(plugin = plugin.manifest.name, "loading");
    let manifest = Arc::clone(&plugin.manifest);
    let rules = rules(plugin)?;
    let given =
        Given { grants: &plugin.grants, settings: &settings, rules: &rules, folders: &plugin.folders };
    Ok(registry::load(runtime, manifest, bytes, &given).await?)
}

/// The rules of a guard: the operator's, or those that it came with.
fn rules(plugin: &config::Plugin) -> Result<Vec<RuleFile>, StartError> {
    if let Some(folder) = &plugin.rules {
        return config::rule_files(folder).map_err(StartError::RuleFolder);
    }
    let found =
        EMBEDDED.iter().find(|it| plugin.origin == Origin::Embedded && it.name == plugin.manifest.name);
    let file = |(name, text): &(&str, &str)| RuleFile { name: (*name).to_owned(), text: (*text).to_owned() };
    Ok(found.map(|embedded| embedded.rules.iter().map(file).collect()).unwrap_or_default())
}

/// The bytes of a plugin's component.
fn component(plugin: &config::Plugin) -> Result<Vec<u8>, StartError> {
    match &plugin.origin {
        Origin::File(path) => fs::read(path).map_err(|why| StartError::Read { path: path.clone(), why }),
        Origin::Embedded => {
            let path = plugin.manifest.source().path();
            let found = EMBEDDED.iter().find(|embedded| embedded.name == plugin.manifest.name);
            found.map(|embedded| embedded.component.to_vec()).ok_or_else(|| StartError::Read {
                path: path.to_owned(),
                why: io::Error::from(io::ErrorKind::NotFound),
            })
        }
    }
}

/// An integration that came with this host is part of what the operator installed: it needs no line in the
/// lock, but a line that is there holds for it too.
fn accepted(plugin: &config::Plugin, verdict: Verdict) -> Result<(), StartError> {
    let name = plugin.manifest.name.clone();
    match (verdict, &plugin.origin) {
        (Verdict::Same, _) | (Verdict::NotLocked, Origin::Embedded) => Ok(()),
        (Verdict::NotLocked, Origin::File(_)) => Err(StartError::NotLocked(name)),
        (Verdict::Changed(parts), _) => Err(StartError::Changed { plugin: name, parts }),
    }
}

fn list(parts: &[Part]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
