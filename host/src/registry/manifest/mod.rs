//! `plugin.toml`: what a plugin's author says its tools need, and the page that a reviewer reads.
//!
//! A manifest grants nothing. It names *upstreams* (what kind of server, never which), *capabilities* (an
//! import of the component each, with the requests it stands for) and who uses them: *tools*, *resources*
//! and *prompts*. An operator grants capabilities on targets; a call gets what both said.
//!
//! ```toml
//! [plugin]
//! name = "kubernetes"
//! version = "0.1.0"
//! component = "kubernetes.wasm"        # a file beside the manifest
//! asks = ["form"]                      # what its calls may ask their callers, if anything
//! catalog = true                       # whether its calls ask the catalog
//! folders = ["entities"]               # folders of the operator's that it reads, by names of its own
//!
//! [[upstream]]
//! name = "cluster"
//! kind = "kubernetes"                  # or "http", "palette"
//! argument = "cluster"                 # the argument that names one target
//! arguments = "clusters"               # the one that names several, for tools with targets = "many"
//!
//! [[capability]]
//! name = "read-logs"                   # the name of the component's import
//! description = "Read the logs of one pod"
//! effect = "read"                      # read, change, destructive or secret
//! upstream = "cluster"
//! [[capability.allow]]
//! method = "GET"
//! path = "/api/v1/namespaces/{namespace}/pods/{name}/log"
//! query = ["container", "tailLines"]
//! headers = ["x-scope"]                # beyond the usual, with any value; the upstream's kind says which
//! header_exact = { x-team = "{team}" }  # must be given, with this value
//! cache = { fresh = "5s", stale = "1m", by = "target" }   # or "principal"; only where nothing changes
//!
//! [[tool]]
//! name = "get_pod_logs"
//! capabilities = ["read-logs"]
//! targets = "one"                      # or "many": also all of them, by "*"
//! resolve = true                       # the resolver is asked first; resources may say it too
//!
//! [completion]                         # what completing arguments of prompts and resources needs
//! capabilities = ["list-namespaces"]
//! arguments = ["cluster"]              # those that are given already bind it
//!
//! [resolver]                           # finds out what a call is about, before policy decides on it
//! capabilities = ["read-clusters"]     # which only read
//! facts = { cloud = "text", tags = "texts" }   # what policies may ask about, as `context.facts.cloud`
//!
//! [catalog]                            # what others may ask it about a software catalog
//! capabilities = ["read-entities"]
//!
//! [guard]                              # it judges the calls of others
//! before = true                        # and is shown each, with its arguments, before it runs
//! after = true                         # and each answer, before it is given
//!
//! [authenticator]                      # it logs in where an operator says so (`credential = { login = … }`)
//! upstream = "api"                     # of kind "http"
//! capabilities = ["login"]             # of effect "secret", and used by nothing else
//! secrets = ["username", "password"]   # what it is given, by these names
//!
//! [[resource]]
//! name = "pod-log"
//! uri_template = "k8s://{cluster}/namespaces/{namespace}/pods/{name}/log"
//! capabilities = ["read-logs"]
//!
//! [[route]]                            # what programs call over plain HTTP
//! name = "pod-log"
//! method = "GET"
//! path = "/pods/{name}/log"            # below /api/kubernetes; `{name}` is an argument, one segment
//! headers = { cluster = "x-cluster" }  # arguments that come in headers; the others are query parameters
//! streams = true                       # its answer comes in parts, as server-sent events
//! capabilities = ["read-logs"]
//! targets = "one"
//! ```
//!
//! It is read in three steps. [`read`] takes each section by itself, [`check`] looks whether they agree, and
//! [`Manifest::against`] compares the whole with what the component turned out to be once it was loaded. Each
//! step tells all faults it finds. Whatever is unknown, contradictory or without effect is a fault: a line
//! that does nothing misleads its reviewer.
//!
//! # Design
//!
//! *Arguments that name targets belong to the upstream*, not to the tool: the host resolves them before any
//! guest code runs, so they must have one name wherever the upstream is used.
//!
//! *One upstream a tool.* Targets of two upstreams in one call would need two target arguments and two sets
//! of grants to show a reviewer; no integration needs it yet, so it is refused rather than half done.
//!
//! *A resolver only reads.* It runs before anybody has decided on the call, so that nobody has agreed to a change.
//! It is not bound to the call's arguments either: what they stand for is what it is there to find out.

mod against;
mod allow;
mod cache;
mod check;
mod login;
mod lookups;
mod name;
mod read;
mod route;
mod routed;
mod upstream;
mod uri;
mod user;

use std::collections::BTreeSet;

use crate::authority::Rule;
use crate::call::{Effect, Kind};
use crate::diagnostic::{Diagnostics, Faults, Source, Span};
use crate::registry::lock::Digest;

pub use against::{Carried, Described, DescribedRoute};
pub use read::RESERVED;
pub use route::{RoutePath, RoutePathError, TOOLS};
pub use routed::BODY;
pub use upstream::{Upstream, UpstreamKind};
pub use uri::{UriTemplate, UriTemplateError};
pub use user::{
    ASKS, Authenticator, CATALOG, COMPLETION, Catalog, Completion, Guard, Prompt, RESOLVED, RESOLVER,
    Resolver, Resource, Route, Targets, Tool,
};

/// A manifest in which everything is known, used and free of contradiction.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The plugin's name: 1 to 32 of `a-z`, `0-9` and `-`.
    pub name: String,
    /// Its version.
    pub version: semver::Version,
    /// The component's file name, beside the manifest.
    pub component: String,
    /// In the file's order, as all lists here.
    pub upstreams: Vec<Upstream>,
    /// What the component may import.
    pub capabilities: Vec<Capability>,
    /// What models call.
    pub tools: Vec<Tool>,
    /// What clients read by URI.
    pub resources: Vec<Resource>,
    /// What people start with.
    pub prompts: Vec<Prompt>,
    /// What programs call.
    pub routes: Vec<Route>,
    /// Other names under which its HTTP surface is served.
    pub api_aliases: Vec<String>,
    /// What completing arguments needs; `None` where the component completes none.
    pub completion: Option<Completion>,
    /// Whether it guards the calls of others, and how.
    pub guard: Option<Guard>,
    /// Who logs in at one of its upstreams; `None` where nobody does.
    pub authenticator: Option<Authenticator>,
    /// What finding out what calls are about needs; `None` where the component resolves none.
    pub resolver: Option<Resolver>,
    /// What being a catalog for others needs; `None` where the component is none.
    pub catalog: Option<Catalog>,
    /// What its calls may ask their callers: words of [`ASKS`].
    pub asks: Vec<String>,
    /// Whether its calls ask the catalog.
    pub asks_catalog: bool,
    /// Folders that it reads, by names of its own: the operator says where each is.
    pub folders: Vec<String>,
    source: Source,
    plugin_at: Span,
}

/// A power that the plugin offers: one import of its component.
#[derive(Debug, Clone)]
pub struct Capability {
    /// Unique within the manifest; the import's name.
    pub name: String,
    /// One line for people.
    pub description: String,
    /// What it may do at worst; borne out by the rules' methods.
    pub effect: Effect,
    /// The name of one of the manifest's upstreams.
    pub upstream: String,
    /// At least one, none of which is covered by another.
    pub rules: Vec<Rule>,
    /// Where name and rules stand, the latter in the order of `rules`.
    name_at: Span,
    rules_at: Vec<allow::Allow>,
}

impl Manifest {
    /// Reads a manifest by itself; [`Manifest::against`] is the second half.
    ///
    /// # Errors
    /// Every fault of the file, with its place.
    pub fn parse(source: Source) -> Result<Self, Diagnostics> {
        let faults = Faults::new(source);
        let raw = faults.read(|root| Some(read::manifest(&root)));
        let manifest = raw.and_then(|raw| check::manifest(raw, &faults));
        faults.finish(manifest)
    }

    /// The file that it was read from.
    #[must_use]
    pub fn source(&self) -> &Source {
        &self.source
    }

    /// The digest of the file's text: what an operator's lock pins.
    #[must_use]
    pub fn digest(&self) -> Digest {
        Digest::of(self.source.text().as_bytes())
    }

    /// The capability of that name.
    #[must_use]
    pub fn capability(&self, name: &str) -> Option<&Capability> {
        self.capabilities.iter().find(|capability| capability.name == name)
    }

    /// The upstream of that name.
    #[must_use]
    pub fn upstream(&self, name: &str) -> Option<&Upstream> {
        self.upstreams.iter().find(|upstream| upstream.name == name)
    }

    /// The one upstream that these capabilities speak to; `None` for no capability.
    #[must_use]
    pub fn upstream_of(&self, capabilities: &[String]) -> Option<&Upstream> {
        let first = self.capability(capabilities.first()?)?;
        self.upstream(&first.upstream)
    }

    /// What these capabilities may do, mildest first, each effect once.
    #[must_use]
    pub fn effects_of(&self, capabilities: &[String]) -> Vec<Effect> {
        let has = |effect| {
            capabilities.iter().filter_map(|name| self.capability(name)).any(|each| each.effect == effect)
        };
        Effect::ALL.into_iter().filter(|effect| has(*effect)).collect()
    }

    /// The requests that the author calls safe though their methods can write, as `capability: METHOD path`.
    ///
    /// An operator accepts these by name, in the lock: so each once, however many rules bind it.
    #[must_use]
    pub fn safe_rules(&self) -> Vec<String> {
        let of = |capability: &Capability| {
            let safe = capability.rules.iter().filter(|rule| rule.safe);
            safe.map(|rule| format!("{}: {rule}", capability.name)).collect::<Vec<_>>()
        };
        let mut seen = BTreeSet::new();
        self.capabilities.iter().flat_map(of).filter(|rule| seen.insert(rule.clone())).collect()
    }

    /// Whether the authenticator uses this capability, and so nothing else.
    #[must_use]
    pub fn logs_in_by(&self, capability: &str) -> bool {
        self.authenticator.iter().any(|it| it.capabilities.iter().any(|name| name == capability))
    }

    /// Who uses a capability: kind and name of each, tools first.
    pub fn users_of<'a>(&'a self, capability: &'a str) -> impl Iterator<Item = (Kind, &'a str)> {
        self.users()
            .filter(move |(_, _, needs)| needs.iter().any(|name| name == capability))
            .map(|(kind, name, _)| (kind, name))
    }

    fn users(&self) -> impl Iterator<Item = (Kind, &str, &[String])> {
        let tools = self.tools.iter().map(|tool| (Kind::Tool, tool.name.as_str(), &*tool.capabilities));
        let resources =
            self.resources.iter().map(|each| (Kind::Resource, each.name.as_str(), &*each.capabilities));
        let prompts = self.prompts.iter().map(|each| (Kind::Prompt, each.name.as_str(), &*each.capabilities));
        let completion = self.completion.iter().map(|it| (Kind::Completion, COMPLETION, &*it.capabilities));
        let routes = self.routes.iter().map(|route| (Kind::Route, route.name.as_str(), &*route.capabilities));
        let resolver = self.resolver.iter().map(|it| (Kind::Resolver, RESOLVER, &*it.capabilities));
        let catalog = self.catalog.iter().map(|it| (Kind::Catalog, CATALOG, &*it.capabilities));
        let own = tools.chain(resources).chain(prompts).chain(completion).chain(routes);
        own.chain(resolver).chain(catalog)
    }
}

#[cfg(test)]
mod tests;
