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
mod uri;

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::authority::{Method, Rule, header};
use crate::call::{Effect, FactKind, Kind};
use crate::diagnostic::{Diagnostics, Faults, Source, Span};
use crate::registry::lock::Digest;

pub use against::{Carried, Described, DescribedRoute};
pub use read::BODY;
pub use read::RESERVED;
pub use route::{RoutePath, RoutePathError, TOOLS};
pub use uri::{UriTemplate, UriTemplateError};

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

/// A kind of server that the plugin talks to.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Unique within the manifest.
    pub name: String,
    /// What kind.
    pub kind: UpstreamKind,
    /// The argument that names one target.
    pub argument: String,
    /// The argument that names several; there is one when a tool works on many targets.
    pub arguments: Option<String>,
}

/// The kinds of upstream that this host has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UpstreamKind {
    /// Kubernetes API servers; targets are contexts of kubeconfigs.
    Kubernetes,
    /// Any HTTP API; targets are base URLs.
    Http,
    /// Spectro Cloud Palette and VerteX; targets are base URLs with an API key each.
    Palette,
}

impl UpstreamKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Kubernetes, Self::Http, Self::Palette];

    /// The word for it in manifests.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Http => "http",
            Self::Palette => "palette",
        }
    }

    /// Whether a rule may let a component send this header, in lower case and beyond the usual ones.
    ///
    /// # Errors
    /// Why not, and what may be done about it.
    pub(super) fn carries(self, name: &str) -> Result<(), (&'static str, &'static str)> {
        match self {
            Self::Kubernetes => Err((
                "API servers are sent no other than the usual ones",
                "leave it out: all others, those of authentication and impersonation above all, are the host's",
            )),
            // A scope and no credential: what the key may not see, it does not open.
            Self::Palette if name == "projectuid" => Ok(()),
            Self::Palette => Err((
                "Palette is sent `projectuid` beyond the usual ones, and no other",
                "leave it out: the host adds the API key",
            )),
            Self::Http => header::hosts(name).map_or(Ok(()), |why| {
                Err((why, "leave it out: what every request of a target needs, the operator gives it"))
            }),
        }
    }
}

impl FromStr for UpstreamKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| {
            let known = crate::diagnostic::one_of(Self::ALL.map(Self::as_str));
            format!("`{text}` is no kind of upstream that this host has; it has {known}")
        })
    }
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

/// On how many targets one call of a tool works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Targets {
    /// On the one that the upstream's `argument` names.
    One,
    /// On one, on those that the upstream's `arguments` names, or on all by `*`.
    Many,
}

impl FromStr for Targets {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "one" => Ok(Self::One),
            "many" => Ok(Self::Many),
            _ => Err(format!("`{text}` is no number of targets; it is `one` or `many`")),
        }
    }
}

/// A tool's needs. What it looks like to clients is in the component's description.
#[derive(Debug, Clone)]
pub struct Tool {
    /// Unique among tools.
    pub name: String,
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    /// On how many targets it works.
    pub targets: Targets,
    /// Whether the resolver is asked before policy.
    pub resolve: bool,
    at: Span,
}

/// A resource's needs.
#[derive(Debug, Clone)]
pub struct Resource {
    /// Unique among resources.
    pub name: String,
    /// What its URIs look like; has the upstream's `argument` as a variable if it has capabilities.
    pub uri_template: UriTemplate,
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    /// Whether the resolver is asked before policy.
    pub resolve: bool,
    at: Span,
}

/// What a guard is asked about. At least one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guard {
    /// Each call, with its arguments, before it runs.
    pub before: bool,
    /// Each answer, before it is given.
    pub after: bool,
}

/// What logs in at an upstream, in an instance that serves no call.
#[derive(Debug, Clone)]
pub struct Authenticator {
    /// At which, by its name; one of kind `http`.
    pub upstream: String,
    /// Names of capabilities of that upstream: at least one, of effect `secret`, used by nothing else.
    pub capabilities: Vec<String>,
    /// The names of what it is given; at least one.
    pub secrets: Vec<String>,
}

/// What calls may ask their callers: forms and pages for the user, the client's model, its folders.
pub const ASKS: [&str; 4] = ["form", "url", "sampling", "roots"];

/// The name under which policies and the audit know a plugin's completions.
pub const COMPLETION: &str = "complete";

/// The name under which policies and the audit know a plugin's resolver.
pub const RESOLVER: &str = "resolve";

/// The name under which policies and the audit know what a catalog is asked.
pub const CATALOG: &str = "find";

/// The arguments of a resolver, beside those that name targets.
pub const RESOLVED: [&str; 3] = ["kind", "name", "arguments"];

/// What finding out what a call is about needs.
#[derive(Debug, Clone)]
pub struct Resolver {
    /// Names of capabilities, all of one upstream, all of which only read; may be empty.
    pub capabilities: Vec<String>,
    /// What policies may ask about, by name.
    pub facts: BTreeMap<String, FactKind>,
}

/// What being a catalog for others needs.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Names of capabilities, all of one upstream, all of which only read; may be empty.
    pub capabilities: Vec<String>,
}

/// What completing the arguments of prompts and resources needs.
#[derive(Debug, Clone)]
pub struct Completion {
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    /// The arguments given already that bind it.
    pub arguments: Vec<String>,
    at: Span,
}

/// A route, and its needs.
#[derive(Debug, Clone)]
pub struct Route {
    /// Unique among routes.
    pub name: String,
    /// Neither HEAD, which every GET answers, nor OPTIONS.
    pub method: Method,
    /// Below `/api/{plugin}`.
    pub path: RoutePath,
    /// Arguments that come in headers: each with its header, in lower case.
    pub headers: BTreeMap<String, String>,
    /// Whether its answer comes in parts.
    pub streams: bool,
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    /// On how many targets it works.
    pub targets: Targets,
    /// Whether the resolver is asked before policy.
    pub resolve: bool,
    at: Span,
}

/// A prompt's needs.
#[derive(Debug, Clone)]
pub struct Prompt {
    /// Unique among prompts.
    pub name: String,
    /// Names of capabilities, all of one upstream; may be empty.
    pub capabilities: Vec<String>,
    at: Span,
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
    /// An operator accepts these by name, in the lock.
    #[must_use]
    pub fn safe_rules(&self) -> Vec<String> {
        let of = |capability: &Capability| {
            let safe = capability.rules.iter().filter(|rule| rule.safe);
            safe.map(|rule| format!("{}: {rule}", capability.name)).collect::<Vec<_>>()
        };
        self.capabilities.iter().flat_map(of).collect()
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
