//! The kind `kubernetes`: every context of a kubeconfig is a target; or the cluster that the host runs in.
//!
//! The parts: `kubeconfig` is the format, read with positions and merged as `kubectl` does it; `context`
//! and `user` make each context into a way to its cluster, or into the reason why there is none; `login`
//! is what a user comes to while the host runs (`token_file`, `exec`, `oidc`); this file decides where to look, keeps what it found,
//! and notices when the files change.
//!
//! # Design
//!
//! *A broken context is listed.* A cluster that silently is not there sends a person looking in the wrong
//! place; one that says "its user runs the command `aws`, which the operator has not allowed" does not.
//!
//! *A file that no longer parses changes nothing.* Editors write in steps. The last good state stays, the
//! log says so, and the next good file is taken.
//!
//! *Files that were looked for do not stop the start, files that were named do.* An operator who names a file
//! is told of its faults at once. Without a word of an operator a client has started the host, and a process
//! that ends is all that its user would see. So the host starts, and what is wrong is a target that says so:
//! it stands beside those of the files that are sound, and a call that names no cluster hears it. It names the
//! file, which is the one path of the host that callers read; they could not mend it otherwise.
//!
//! *Contexts that did not change keep their connections and credentials* when something else in the file
//! did: kubeconfigs are rewritten whenever someone switches the current context.

mod context;
mod exec;
mod files;
mod kubeconfig;
mod login;
mod oidc;
mod token_file;
mod user;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use context::{Reader, Way};
pub use exec::Environment;
use files::Files;
pub use kubeconfig::Fault;
use kubeconfig::{Cluster, Context, Loaded, Merged, User};

use super::{Upstream, Wiring};
use crate::egress::base::Base;
use crate::egress::credential::Unusable;
use crate::egress::endpoint::Endpoint;
use crate::egress::target::Target;

/// How often the files are looked at. Looking costs a few system calls; a person who edits a kubeconfig
/// and asks again takes longer.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
/// The name of the cluster that the host runs in.
const IN_CLUSTER: &str = "in-cluster";
/// The name of the target that says what is wrong with the files.
const KUBECONFIG: &str = "kubeconfig";

/// The clusters of one upstream. `Debug` shows no value of the environment.
#[derive(Clone)]
pub struct Config {
    /// Where they are found.
    pub source: Source,
    /// Which of them are targets.
    pub contexts: Contexts,
    /// The commands that a kubeconfig may run for a credential: as the file writes them, or by full path.
    pub exec: Vec<String>,
    /// The contexts that may be reached without verifying the server, or without TLS.
    pub insecure: Vec<String>,
    /// What exec plugins get for an environment; `PATH` is where they are looked for.
    pub environment: Environment,
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { source, contexts, exec, insecure, environment } = self;
        let names: Vec<_> = environment.keys().collect();
        f.debug_struct("Config")
            .field("source", source)
            .field("contexts", contexts)
            .field("exec", exec)
            .field("insecure", insecure)
            .field("environment", &names)
            .finish()
    }
}

/// Where clusters are found.
#[derive(Debug, Clone)]
pub enum Source {
    /// These kubeconfig files, merged in this order. At least one must exist.
    Files(Vec<PathBuf>),
    /// The cluster that the host runs in.
    InCluster(InCluster),
    /// As `kubectl` looks: `$KUBECONFIG`, else `.kube/config` at home, else in-cluster, else nowhere.
    Discover {
        /// The value of `KUBECONFIG`.
        kubeconfig_env: Option<OsString>,
        /// The home directory.
        home: Option<PathBuf>,
        /// The service account, where the environment speaks of one.
        in_cluster: Option<InCluster>,
    },
}

/// The cluster that the host runs in.
#[derive(Debug, Clone)]
pub struct InCluster {
    /// `KUBERNETES_SERVICE_HOST`.
    pub host: String,
    /// `KUBERNETES_SERVICE_PORT`.
    pub port: String,
    /// Where `token`, `ca.crt` and `namespace` are: `/var/run/secrets/kubernetes.io/serviceaccount`.
    pub directory: PathBuf,
}

/// Which contexts are targets.
#[derive(Debug, Clone)]
pub enum Contexts {
    /// All, in the order of the files.
    All,
    /// These, in this order. One that does not exist is listed and says so.
    Named(Vec<String>),
}

pub(in crate::egress) struct Kubernetes {
    config: Config,
    environment: Arc<Environment>,
    wiring: Wiring,
    state: Mutex<State>,
}

struct State {
    looked: Instant,
    files: Files,
    /// Whether a file was at fault when the targets were made.
    faulty: bool,
    targets: Vec<Target>,
    /// The ways that there are connections for, so that an unchanged one is kept.
    ways: BTreeMap<String, (Way, Arc<Endpoint>)>,
}

impl Kubernetes {
    /// Reads the kubeconfig for the first time. What is wrong with files that the operator named stops the
    /// start.
    pub(in crate::egress) fn new(config: Config, wiring: Wiring) -> Result<Self, Fault> {
        let environment = Arc::new(config.environment.clone());
        let state = State {
            looked: Instant::now(),
            files: Files::default(),
            faulty: false,
            targets: Vec::new(),
            ways: BTreeMap::new(),
        };
        let kubernetes = Self { config, environment, wiring, state: Mutex::new(state) };
        let mut files = Files::default();
        let mut found = kubernetes.read(&mut files);
        match kubernetes.config.source {
            Source::Files(_) if !found.faults.is_empty() => return Err(found.faults.swap_remove(0)),
            Source::Files(_) | Source::InCluster(_) | Source::Discover { .. } => {}
        }
        kubernetes.with_state(|state| kubernetes.take(&found, files, state));
        Ok(kubernetes)
    }

    fn with_state<T>(&self, run: impl FnOnce(&mut State) -> T) -> T {
        run(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Reads again if a file has changed since; a file that cannot be read any more changes nothing.
    fn refresh(&self, state: &mut State) {
        state.looked = Instant::now();
        if !state.files.changed() {
            return;
        }
        let mut files = Files::default();
        let found = self.read(&mut files);
        if found.faults.is_empty() || state.faulty {
            self.take(&found, files, state);
            return;
        }
        for fault in &found.faults {
            let source = std::error::Error::source(fault).map(tracing::field::display);
            tracing::error!(%fault, source, "the kubeconfig cannot be read any more; the last good one stays in use");
        }
        state.files = files;
    }

    /// What the source says now, as one kubeconfig.
    fn read(&self, files: &mut Files) -> Found {
        let (paths, cluster) = match &self.config.source {
            Source::Files(paths) => (paths.clone(), None),
            Source::InCluster(cluster) => return in_cluster(cluster, files).into(),
            Source::Discover { kubeconfig_env, home, in_cluster: cluster } => {
                let set = kubeconfig_env.as_ref().filter(|set| !set.is_empty());
                let paths = match set {
                    Some(set) => files::split(set).collect(),
                    None => home.iter().map(|home| home.join(".kube/config")).collect::<Vec<_>>(),
                };
                (paths, cluster.as_ref())
            }
        };
        let Loaded { merged, exists, mut faults } = kubeconfig::load(&paths, files);
        match cluster {
            _ if exists => {}
            Some(cluster) => return in_cluster(cluster, files).into(),
            None if paths.is_empty() => faults.push(Fault::Nowhere),
            None => faults.push(Fault::Missing(paths.clone())),
        }
        // That the last context was taken out is no fault; that there is none is still to be told.
        let empty = exists && faults.is_empty() && merged.contexts.is_empty();
        Found { merged, faults, empty: empty.then_some(Fault::Empty(paths)) }
    }

    /// Makes targets of a kubeconfig.
    fn take(&self, found: &Found, mut files: Files, state: &mut State) {
        let merged = &found.merged;
        let wrong = found.wrong();
        let contexts: Vec<(String, Result<&Context, Unusable>)> = match &self.config.contexts {
            Contexts::All => {
                merged.contexts.iter().map(|(name, context)| (name.clone(), Ok(context))).collect()
            }
            Contexts::Named(names) => names
                .iter()
                .map(|name| {
                    let named =
                        merged.contexts.iter().find(|(other, _)| other == name).map(|(_, context)| context);
                    let missing = || match &wrong {
                        None => Unusable::new("no context has this name"),
                        Some(wrong) => Unusable::new(format!("no context has this name, but {wrong}")),
                    };
                    (name.clone(), named.ok_or_else(missing))
                })
                .collect(),
        };
        let networks = self.wiring.networks;
        let upstream = self.wiring.upstream.as_str();
        let mut reader = Reader { upstream, config: &self.config, networks, merged, files: &mut files };
        let mut ways = BTreeMap::new();
        let mut targets = Vec::new();
        for (name, context) in contexts {
            let mut attributes = attributes(&name, context.as_ref().ok().copied(), merged);
            let way = context.and_then(|context| reader.way(&name, context));
            let endpoint = match way {
                Ok(way) => {
                    attributes.push(("auth".to_owned(), way.login.kind().to_owned()));
                    let kept = state.ways.remove(&name).filter(|(before, _)| *before == way);
                    let (way, endpoint) = kept.unwrap_or_else(|| {
                        let credential = way.login.clone().credential(&self.environment, &self.wiring);
                        let endpoint = self.wiring.endpoint(&name, way.route.clone(), credential);
                        (way, endpoint)
                    });
                    ways.insert(name.clone(), (way, Arc::clone(&endpoint)));
                    Ok(endpoint)
                }
                Err(unusable) => {
                    let source = unusable.source.as_deref().map(tracing::field::display);
                    tracing::warn!(context = %name, reason = %unusable, source, "context cannot be used");
                    Err(unusable)
                }
            };
            targets.push(self.target(&name, attributes, endpoint));
        }
        if let (Contexts::All, Some(wrong)) = (&self.config.contexts, wrong) {
            tracing::error!("{wrong}");
            let is_default = targets.iter().all(|target| merged.current.as_deref() != Some(target.name()));
            let mut name = KUBECONFIG.to_owned();
            while targets.iter().any(|target| target.name() == name) {
                name.push('\'');
            }
            let attributes = vec![("default".to_owned(), is_default.to_string())];
            targets.push(self.target(&name, attributes, Err(Unusable::new(wrong))));
        }
        let faulty = !found.faults.is_empty();
        *state = State { looked: Instant::now(), files, faulty, targets, ways };
    }

    fn target(
        &self,
        name: &str,
        attributes: Vec<(String, String)>,
        endpoint: Result<Arc<Endpoint>, Unusable>,
    ) -> Target {
        Target::new(&self.wiring.plugin, &self.wiring.upstream, name, attributes, endpoint)
    }
}

/// What a look at the source found.
struct Found {
    merged: Merged,
    /// The files that cannot be used.
    faults: Vec<Fault>,
    /// Why there is nothing, where no file is to blame.
    empty: Option<Fault>,
}

impl From<Merged> for Found {
    fn from(merged: Merged) -> Self {
        Self { merged, faults: Vec::new(), empty: None }
    }
}

impl Found {
    /// Everything that is wrong, for a person.
    fn wrong(&self) -> Option<String> {
        let told: Vec<String> = self.faults.iter().chain(&self.empty).map(ToString::to_string).collect();
        (!told.is_empty()).then(|| told.join("; "))
    }
}

impl Upstream for Kubernetes {
    fn targets(&self) -> Vec<Target> {
        self.with_state(|state| {
            if state.looked.elapsed() >= LOOK_AGAIN {
                self.refresh(state);
            }
            state.targets.clone()
        })
    }
}

/// What may be known of a context without asking its cluster.
fn attributes(name: &str, context: Option<&Context>, merged: &Merged) -> Vec<(String, String)> {
    let default = merged.current.as_deref() == Some(name);
    let namespace =
        context.and_then(|context| context.namespace.clone()).filter(|namespace| !namespace.is_empty());
    let cluster = context.and_then(|context| merged.clusters.get(context.cluster.as_deref()?));
    // Shown as it was understood: one that is refused may hold a password.
    let server =
        cluster.and_then(|(_, cluster)| Base::parse(cluster.server.as_deref()?, &["https", "http"]).ok());
    let mut attributes = vec![
        ("default".to_owned(), default.to_string()),
        ("namespace".to_owned(), namespace.unwrap_or_else(|| "default".to_owned())),
    ];
    attributes.extend(server.map(|server| ("server".to_owned(), server.to_string())));
    attributes
}

/// The service account as a kubeconfig with one context.
fn in_cluster(cluster: &InCluster, files: &mut Files) -> Merged {
    let InCluster { host, port, directory } = cluster;
    let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
    let namespace =
        files.read(&directory.join("namespace")).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let entry = |name: &str| Some(directory.join(name));
    let cluster = Cluster {
        server: Some(format!("https://{host}:{port}")),
        certificate_authority: entry("ca.crt"),
        ..Cluster::default()
    };
    let user = User { token_file: entry("token"), ..User::default() };
    let name = || IN_CLUSTER.to_owned();
    let context = Context {
        cluster: Some(name()),
        user: Some(name()),
        namespace: namespace.map(|namespace| namespace.trim().to_owned()),
    };
    let nowhere = || Path::new("").to_owned();
    Merged {
        current: Some(name()),
        clusters: BTreeMap::from([(name(), (nowhere(), cluster))]),
        users: BTreeMap::from([(name(), (nowhere(), user))]),
        contexts: vec![(name(), context)],
        ..Merged::default()
    }
}

#[cfg(test)]
mod tests;
