//! Puts the rooms together: from a configuration to a gateway that serves.
//!
//! Everything is loaded before anything is served, and one plugin that cannot be loaded as configured
//! stops the start: half of what an operator asked for is not what the operator asked for.
//!
//! A file is held against the lock before anything of it is compiled or run, and once more when the
//! component has described itself.

use std::path::PathBuf;
use std::sync::Arc;
use std::{fs, io};

use thiserror::Error;

use crate::config::{self, Config, Origin};
use crate::diagnostic::{Diagnostics, Source};
use crate::egress::{self, Egress};
use crate::gateway::Gateway;
use crate::identity::Identity;
use crate::registry::lock::{Digest, Lock, LockError, Part, Verdict};
use crate::registry::manifest::Manifest;
use crate::registry::{self, EMBEDDED, LoadedPlugin, PluginError, Registry};
use crate::runtime::{self, CompiledCache, Runtime};

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
    /// The lock cannot be used.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A plugin that nobody accepted.
    #[error(
        "plugin `{0}` is not in the lock; look at it with `postern review`, then accept it with `postern lock`"
    )]
    NotLocked(String),
    /// A plugin that is not what was accepted.
    #[error("plugin `{plugin}` is not what was accepted: changed {}; look at it with `postern review`, then accept it with `postern lock`", list(.parts))]
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
) -> Result<Gateway, StartError> {
    let egress = Egress::new(config.egress())?;
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
    Ok(Gateway::new(identity, Registry::new(plugins), egress))
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
    Ok(registry::load(runtime, manifest, bytes, &plugin.grants, &settings).await?)
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
