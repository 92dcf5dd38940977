//! What one call may reach, computed for that call and gone with it.
//!
//! Elsewhere authority belongs to a component: "this plugin may reach these hosts". Then a read tool, a
//! compromised dependency and a model that was talked into something all hold the whole of it. Here it
//! belongs to a call:
//!
//! ```text
//! authority(call) = need     what plugin.toml says the tool's capabilities may ask for
//!                 ∩ grant    which of those capabilities, on which targets, the operator gave
//!                 ∩ permit   what policy said yes to, with these arguments, on these targets
//! ```
//!
//! The parts, in the order in which they are read:
//!
//! - [`PathTemplate`] and [`ValueTemplate`]: `/namespaces/{namespace}/pods/{name}`, parsed once.
//! - [`header`]: which request headers a rule may name, and which are the host's whatever it says.
//! - [`Rule`]: one `allow` line of a manifest. It grants nothing; it is a need.
//! - [`Rule::bind`] fills a rule from a call's arguments. A [`BoundRule`] names one exact path, or a set
//!   of paths that differ only in segments that no argument names.
//! - [`Need`]: the rules of a tool's capabilities as far as they were granted, worked out at load.
//!   [`Need::bind`] turns it into the authority of one call.
//! - [`Authority`]: the bound rules of the capabilities that this call has, and the targets it may use
//!   them on. [`Authority::check`] is the one question that the egress gate asks.
//!
//! Example. The manifest says `GET /api/v1/namespaces/{namespace}/pods/{name}/log`, the call says
//! `namespace = "shop"`, `name = "web-0"`. The bound rule matches
//! `/api/v1/namespaces/shop/pods/web-0/log` and no other path: the instance that serves this call cannot
//! read the log of `web-1`, whatever its code does and whatever it was told.
//!
//! # Design
//!
//! *Nothing is repaired.* Servers and proxies disagree on what `%2e%2e`, `//`, `;x` or `%252f` mean, so a
//! path that is not already in the one canonical form ([`canonical`]) is refused before it is matched.
//! Matching is then plain equality of segments, and what was matched is what is sent.
//!
//! *A template whose argument is absent is not granted.* The other reading, "absent means any", would turn
//! a forgotten argument into every pod of the cluster. Where a tool truly works with or without an
//! argument, its manifest has two rules, the wider one marked `without = ["namespace"]`: it holds only for
//! calls that leave the argument out, and a reviewer sees it.

mod caching;
pub mod canonical;
pub mod header;
mod need;
mod rule;
mod template;

use std::collections::{BTreeMap, BTreeSet};

use thiserror::Error;

pub use caching::{By, Caching, LONGEST};
pub use canonical::NotCanonical;
pub use need::{ALL, Granted, GrantedTargets, Need, TargetArguments};
pub use rule::{BoundRule, Method, Rule, RuleError};
pub use template::{PathTemplate, TemplateError, ValueTemplate};

/// A request as a component states it: what [`Authority::check`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The method.
    pub method: Method,
    /// The path, percent-encoded, without a query.
    pub path: &'a str,
    /// The query's names and values, decoded.
    pub parameters: &'a [(String, String)],
    /// The headers; names in lower case.
    pub headers: &'a [(String, String)],
}

/// What one capability comes to in one call.
#[derive(Debug, Clone)]
pub struct BoundCapability {
    /// The upstream of the manifest that it speaks to.
    pub upstream: String,
    /// Its rules, filled from the arguments; those that could not be filled are not here.
    pub rules: Vec<BoundRule>,
    /// The targets, by name, that the call may use it on.
    pub targets: BTreeSet<String>,
}

/// Everything one call may reach.
///
/// Invariant: only what was built in is allowed; an empty authority allows nothing.
#[derive(Debug, Clone, Default)]
pub struct Authority {
    capabilities: BTreeMap<String, BoundCapability>,
}

impl Authority {
    /// Adds a capability under its name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, capability: BoundCapability) -> Self {
        self.capabilities.insert(name.into(), capability);
        self
    }

    /// What one login at one target of `upstream` may reach: these capabilities, and no argument binds them.
    #[must_use]
    pub fn of_login(upstream: &str, target: &str, capabilities: &[Granted]) -> Self {
        let granted = capabilities.iter().filter(|capability| capability.targets.covers(target));
        granted.fold(Self::default(), |authority, capability| {
            let rules = capability.rules.iter().filter_map(Rule::bind_login).collect();
            let (upstream, targets) = (upstream.to_owned(), BTreeSet::from([target.to_owned()]));
            authority.with(capability.name.clone(), BoundCapability { upstream, rules, targets })
        })
    }

    /// Whether the call may send `asked` to the target of that name of `upstream` by `capability`.
    ///
    /// # Errors
    /// The first of these that fails, in this order: the call has the capability; the capability covers
    /// the target; path and query are canonical; one rule matches method, path, query and headers.
    pub fn check(
        &self,
        capability: &str,
        (upstream, target): (&str, &str),
        asked: &Asked<'_>,
    ) -> Result<&BoundRule, Refusal> {
        let bound = self
            .capabilities
            .get(capability)
            .ok_or_else(|| Refusal::Capability { capability: capability.to_owned() })?;
        // Two upstreams may each have a target of one name.
        if bound.upstream != upstream || !bound.targets.contains(target) {
            return Err(Refusal::Target { capability: capability.to_owned() });
        }
        canonical::path(asked.path)?;
        canonical::parameters(asked.parameters)?;
        // The refusal told is that of the rule that came furthest: "no such query parameter" helps an
        // author more than "no such path" of an unrelated rule.
        let mut nearest = rule::Miss::Method;
        for rule in &bound.rules {
            match rule.matches(asked) {
                Ok(()) => return Ok(rule),
                Err(miss) => nearest = nearest.max(miss),
            }
        }
        Err(nearest.refusal(capability, asked))
    }

    /// The names of the capabilities that this call has.
    pub fn capabilities(&self) -> impl Iterator<Item = &str> {
        self.capabilities.keys().map(String::as_str)
    }

    /// The names of the targets of one upstream that this call may use, by any capability.
    #[must_use]
    pub fn targets(&self, upstream: &str) -> BTreeSet<&str> {
        self.capabilities
            .values()
            .filter(|bound| bound.upstream == upstream)
            .flat_map(|bound| bound.targets.iter().map(String::as_str))
            .collect()
    }
}

/// Why a request is outside the authority of its call. Told to the component and the caller.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// The call's tool does not have the capability, or the operator did not grant it.
    #[error("this call does not have the capability `{capability}`")]
    Capability {
        /// Its name.
        capability: String,
    },
    /// The target is not one of this call's.
    #[error("`{capability}` does not cover this target in this call")]
    Target {
        /// The capability's name.
        capability: String,
    },
    /// Path or query are not in canonical form.
    #[error(transparent)]
    NotCanonical(#[from] NotCanonical),
    /// No rule has this method.
    #[error("`{capability}` has no rule for {method} in this call")]
    Method {
        /// The capability's name.
        capability: String,
        /// The method asked for.
        method: Method,
    },
    /// No rule of this method covers the path.
    #[error("`{capability}` does not cover {method} on this path in this call")]
    Path {
        /// The capability's name.
        capability: String,
        /// The method asked for.
        method: Method,
    },
    /// A rule covers the path, but not with this query.
    #[error("`{capability}` does not cover the query parameter `{name}` {how}")]
    Query {
        /// The capability's name.
        capability: String,
        /// The parameter.
        name: String,
        /// What is wrong with it.
        how: &'static str,
    },
    /// A rule covers path and query, but demands another header.
    #[error("`{capability}` demands one exact value of the header `{name}`")]
    Header {
        /// The capability's name.
        capability: String,
        /// The header.
        name: String,
    },
    /// A rule covers path and query, but a header is none that it lets the component send. Which one is not
    /// repeated: the component's text may hold anything.
    #[error("`{capability}` does not let this request carry a header that it carries; it may carry {}", .may.join(", "))]
    HeaderUnlisted {
        /// The capability's name.
        capability: String,
        /// What the nearest rule lets pass.
        may: Vec<String>,
    },
}

impl Refusal {
    /// The stable code of this refusal, for logs and tests.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Capability { .. } => "egress.denied.capability",
            Self::Target { .. } => "egress.denied.target",
            Self::NotCanonical(NotCanonical::Query { .. }) | Self::Query { .. } => "egress.denied.query",
            Self::NotCanonical(NotCanonical::Path { .. }) | Self::Path { .. } => "egress.denied.path",
            Self::Method { .. } => "egress.denied.method",
            Self::Header { .. } | Self::HeaderUnlisted { .. } => "egress.denied.header",
        }
    }
}

#[cfg(test)]
mod tests;
