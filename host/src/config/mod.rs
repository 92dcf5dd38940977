//! `postern.toml` and the environment, turned into what each room needs to know.
//!
//! The operator's file says which plugins run, which of their capabilities they may have, and on which
//! targets. Whatever it does not grant is not there.
//!
//! ```toml
//! [server]
//! listen = "127.0.0.1:7847"
//! token = "env:POSTERN_TOKEN"              # a reference: env:NAME or file:/path
//! allowed_hosts = ["postern.example.com"]
//! allowed_origins = ["https://chat.example.com"]
//!
//! [sandbox]
//! deadline = "60s"
//! memory = "64MiB"
//! concurrency = 64
//!
//! [[plugin]]
//! name = "kubernetes"                      # one that came with this host
//! [[plugin.grant]]
//! effects = ["read"]                       # every capability of that effect
//! targets = ["*"]
//! [[plugin.grant]]
//! capabilities = ["delete-pods"]
//! targets = ["lab"]
//! [plugin.upstream.cluster]
//! contexts = ["prod", "lab"]
//! private_networks = true
//!
//! [[plugin]]
//! path = "plugins/acme/plugin.toml"        # one that was dropped in, relative to this file
//! settings = { page_size = 50 }            # handed to the component as JSON; no secrets
//! [[plugin.grant]]
//! capabilities = ["read-items"]
//! targets = ["main"]
//! [[plugin.upstream.site.target]]
//! name = "main"
//! base_url = "https://acme.example.com/api"
//! credential = { bearer = "env:ACME_TOKEN" }
//!
//! [[plugin]]
//! name = "guardrails"                      # one that judges the calls of others
//! rules = "policies/guardrails"            # a folder of `*.yaml`; without it, those that it came with
//! ```
//!
//! Each section is a file here. All faults are told at once, with their places, those of a plugin's manifest
//! included; anything unknown, contradictory or without effect is one. Secrets are references, and one that
//! cannot be had stops the start: the fault names the variable or the file, never the value.
//!
//! # Design
//!
//! *One code path for no file.* Without a `postern.toml` the host reads [`DEFAULT`], a file like any other
//! that is compiled in, so what it grants can be read and none of it is code.
//!
//! *Grants are spelled out.* `targets` has no default, because the widest one would be chosen by forgetting.

mod approvals;
mod audit;
mod certificate;
mod endpoint;
mod environment;
mod grant;
mod guardrail;
mod identity;
mod issuer;
mod limit;
mod plugin;
mod policy;
mod reference;
mod sandbox;
mod server;
mod telemetry;
mod tls;
mod unit;
mod upstream;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use crate::diagnostic::{Diagnostics, Faults, Source};
use crate::egress::{KindConfig, Secret, UpstreamConfig};
use crate::identity::{Access, Known};
use crate::registry::Grants;
use crate::registry::manifest::Manifest;
use crate::{egress, runtime};

pub use environment::Environment;
pub use guardrail::files as rule_files;
pub use identity::Callers;
pub use policy::{Policy, sources};
pub use server::Server;
pub use telemetry::Telemetry;

use reference::Context;

/// The configuration that holds where there is no file.
pub const DEFAULT: &str = include_str!("default.toml");

/// The name of the lock, beside the configuration file.
const LOCK: &str = "postern.lock";

/// Everything that was configured, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where we listen.
    pub server: Server,
    /// What one call may use of the sandbox.
    pub runtime: runtime::Limits,
    /// What one call may use of the network.
    pub network: egress::Limits,
    /// The servers of every upstream that a granted capability speaks to, in the order of `plugins`.
    pub upstreams: Vec<UpstreamConfig>,
    /// Who may come in by a credential of their own.
    pub callers: Callers,
    /// Who may do what.
    pub policy: Policy,
    /// On which terms guardrails hold a call.
    pub guardrails: crate::guardrail::Config,
    /// How the record of calls is kept.
    pub audit: crate::audit::Config,
    /// How held calls are decided on.
    pub approvals: crate::approval::Config,
    /// How often, and how many at once.
    pub limits: crate::limit::Config,
    /// What can be seen from outside.
    pub telemetry: Telemetry,
    /// In the file's order; names are unique.
    pub plugins: Vec<Plugin>,
    /// The file itself, if there is one.
    pub file: Option<PathBuf>,
    /// Where the lock is, if there is one; `None` without a configuration file.
    pub lock: Option<PathBuf>,
}

/// A plugin that the operator runs.
#[derive(Debug, Clone)]
pub struct Plugin {
    /// Where its component is.
    pub origin: Origin,
    /// Its manifest.
    pub manifest: Arc<Manifest>,
    /// What was granted: names of the manifest's capabilities.
    pub grants: Grants,
    /// The folder of a guard's rules; `None` for those that it came with.
    pub rules: Option<PathBuf>,
    /// The folders that its calls read, under the manifest's names.
    pub folders: Vec<runtime::Folder>,
    /// Handed to the component; `{}` when there is none.
    pub settings: serde_json::Map<String, serde_json::Value>,
}

/// Where a plugin's component comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Compiled into this host, under the plugin's name.
    Embedded,
    /// A file beside the manifest.
    File(PathBuf),
}

/// Files and folders that a configuration was made of.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sources {
    /// Whose change concerns every room.
    pub everything: Vec<PathBuf>,
    /// Who may come in.
    pub identity: Vec<PathBuf>,
    /// Folders of policies.
    pub policy: Vec<PathBuf>,
}

/// Why there is no configuration.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("`{}` cannot be read", .path.display())]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// It can, and says what cannot be.
    #[error(transparent)]
    Faults(#[from] Diagnostics),
}

impl Config {
    /// Reads a configuration file. `embedded` are the manifests of the plugins that came with this host.
    ///
    /// Reads also what the file names: manifests, secrets, and whether kubeconfigs are there. Opens no
    /// connection and no component.
    ///
    /// # Errors
    /// [`ConfigError::Read`], or [`ConfigError::Faults`] with every fault of it and of the manifests it names.
    pub fn load(
        path: &Path,
        environment: &Environment,
        embedded: &[Arc<Manifest>],
    ) -> Result<Self, ConfigError> {
        let text =
            fs::read_to_string(path).map_err(|why| ConfigError::Read { path: path.to_owned(), why })?;
        let config = Self::parse(Source::new(path, text), environment, embedded)?;
        Ok(Self { lock: Some(path.with_file_name(LOCK)), file: Some(path.to_owned()), ..config })
    }

    /// The configuration that holds without a file: [`DEFAULT`].
    ///
    /// # Errors
    /// Every fault; there is one where `embedded` lacks a plugin that it names.
    pub fn without_file(environment: &Environment, embedded: &[Arc<Manifest>]) -> Result<Self, Diagnostics> {
        Self::parse(Source::new("<default configuration>", DEFAULT), environment, embedded)
    }

    /// Reads the text of a configuration; relative paths in it are relative to the folder of its name.
    ///
    /// # Errors
    /// Every fault.
    pub fn parse(
        source: Source,
        environment: &Environment,
        embedded: &[Arc<Manifest>],
    ) -> Result<Self, Diagnostics> {
        let folder = source.path().parent().map(Path::to_owned).unwrap_or_default();
        let faults = Faults::new(source);
        let context = Context { environment, secrets: RefCell::default(), folder: &folder, faults: &faults };
        context.secrets.borrow_mut().extend(crate::telemetry::SECRETS.map(str::to_owned));
        let config = faults.read(|root| {
            let callers = identity::read(&root, &context);
            let (runtime, network) = sandbox::read(&root);
            let (policy, audit) = (policy::read(&root, &context), audit::read(&root, &context));
            let guardrails = guardrail::read(&root);
            let approvals = approvals::read(&root, &context);
            let (limits, telemetry) = (limit::read(&root), telemetry::read(&root));
            let (plugins, upstreams) = plugin::read(&root, &context, embedded);
            let names: Vec<&str> = plugins.iter().map(|plugin| plugin.manifest.name.as_str()).collect();
            let server = server::read(&root, &context, &names, callers.takes_tokens());
            let approvals = crate::approval::Config { base: server.public_url.clone(), ..approvals };
            let (lock, file) = (None, None);
            Some(Self {
                server,
                callers,
                runtime,
                network,
                upstreams,
                policy,
                guardrails,
                audit,
                approvals,
                limits,
                telemetry,
                plugins,
                lock,
                file,
            })
        });
        let config = config.map(|config| config.without_secrets(&context.secrets.borrow()));
        faults.finish(config)
    }

    /// The files that it was made of, by what has to be built again when they change.
    #[must_use]
    pub fn sources(&self) -> Sources {
        let mut everything: Vec<PathBuf> = self.file.iter().chain(&self.lock).cloned().collect();
        for plugin in &self.plugins {
            everything.extend(plugin.rules.clone());
            if let Origin::File(component) = &plugin.origin {
                everything.extend([plugin.manifest.source().path().to_owned(), component.clone()]);
            }
        }
        let tokens = self.callers.tokens.iter().map(|file| file.path().to_owned());
        let identity = tokens.chain(self.callers.files.iter().cloned()).collect();
        let policy = self.policy.folder.iter().chain(&self.policy.observed).cloned().collect();
        Sources { everything, identity, policy }
    }

    /// Who may come in: whoever is known by a credential, or anyone where nobody is.
    ///
    /// # Errors
    /// When the token of `[server]` could be guessed, or could not be sent; one that was read has been checked.
    pub fn identity(&self) -> Result<crate::identity::Config, crate::identity::WeakToken> {
        let one = crate::identity::Config::of_token(self.server.token.as_ref().map(Secret::expose))?;
        let Some(mut known) = self.callers.known.clone() else { return Ok(one) };
        match one.access {
            Access::Anonymous => {}
            Access::Known(Known { tokens, .. }) => known.tokens.extend(tokens),
        }
        Ok(crate::identity::Config { access: Access::Known(known) })
    }

    /// What the egress room needs.
    #[must_use]
    pub fn egress(&self) -> egress::Config {
        egress::Config { upstreams: self.upstreams.clone(), limits: self.network }
    }

    /// Takes the variables that hold our secrets out of what programs run by a kubeconfig can see.
    fn without_secrets(mut self, secrets: &BTreeSet<String>) -> Self {
        for upstream in &mut self.upstreams {
            match &mut upstream.kind {
                KindConfig::Kubernetes(kubernetes) => {
                    let ours = |name: &OsString| name.to_str().is_some_and(|name| secrets.contains(name));
                    kubernetes.environment.retain(|name, _| !ours(name));
                }
                KindConfig::Http(_) | KindConfig::Palette(_) => {}
            }
        }
        self
    }
}

#[cfg(test)]
mod tests;
