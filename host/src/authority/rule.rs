//! One `allow` line of a manifest, and what it comes to in one call.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::template::{BoundPath, PathTemplate, TemplateError, ValueTemplate};
use super::{Asked, Caching, Refusal, header};
use crate::call::Arguments;

/// The methods that can be granted. CONNECT, TRACE and OPTIONS cannot; lower case is another word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "RFC 9110, section 9")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// As it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether the method is safe: defined not to change anything (RFC 9110, section 9.2.1).
    #[must_use]
    pub const fn is_safe(self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }

    /// Whether sending it twice is as good as once (RFC 9110, section 9.2.2).
    #[must_use]
    pub const fn is_idempotent(self) -> bool {
        matches!(self, Self::Get | Self::Head | Self::Put | Self::Delete)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Method {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        [Self::Get, Self::Head, Self::Post, Self::Put, Self::Patch, Self::Delete]
            .into_iter()
            .find(|method| method.as_str() == text)
            .ok_or_else(|| RuleError::Method(text.to_owned()))
    }
}

/// Why an `allow` line does not parse.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RuleError {
    /// Not a method that can be granted.
    #[error("`{0}` cannot be granted; one of GET, HEAD, POST, PUT, PATCH, DELETE, in capitals, can")]
    Method(String),
    /// A template that does not parse.
    #[error(transparent)]
    Template(#[from] TemplateError),
}

/// One `allow` line: a method on a path template, with the query and the headers that go with it.
///
/// A need, not a grant: it is worth nothing until an operator grants its capability and a call binds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The method, exactly.
    pub method: Method,
    /// The path.
    pub path: PathTemplate,
    /// Arguments that the call must leave out for this rule to hold.
    pub without: BTreeSet<String>,
    /// Query parameters that may be given, each at most once, with any value.
    pub query: BTreeSet<String>,
    /// Query parameters that must be given, with exactly this value.
    pub query_exact: BTreeMap<String, ValueTemplate>,
    /// Headers that must be given, with exactly this value; names in lower case.
    pub header_exact: BTreeMap<String, ValueTemplate>,
    /// Headers beyond the usual that may be given, each at most once, with any value; names in lower case.
    pub headers: BTreeSet<String>,
    /// The author's word that the request changes nothing, though its method could.
    pub safe: bool,
    /// Response headers that a login may see besides; names in lower case.
    pub reveal: BTreeSet<String>,
    /// Whether its answers may be kept.
    pub caching: Option<Caching>,
}

impl Rule {
    /// Every argument that the rule's templates name, in order, perhaps more than once.
    pub fn placeholders(&self) -> impl Iterator<Item = &str> {
        let exact = self.query_exact.values().chain(self.header_exact.values());
        self.path.placeholders().chain(exact.flat_map(ValueTemplate::placeholders))
    }

    /// Fills the rule from a call's arguments; `None` when it does not hold in this call.
    ///
    /// `declared` are the names of the tool's arguments, given or not.
    #[must_use]
    pub fn bind(&self, arguments: &Arguments, declared: &BTreeSet<String>) -> Option<BoundRule> {
        if self.without.iter().any(|name| arguments.get(name).is_some()) {
            return None;
        }
        let query_exact = self
            .query_exact
            .iter()
            .map(|(name, template)| Some((name.clone(), template.fill(arguments)?)))
            .collect::<Option<_>>()?;
        // An argument that no header can carry leaves nothing that could be sent.
        let header_exact = self
            .header_exact
            .iter()
            .map(|(name, template)| {
                Some((name.clone(), template.fill(arguments).filter(|value| header::is_value(value))?))
            })
            .collect::<Option<_>>()?;
        Some(BoundRule {
            method: self.method,
            path: self.path.bind(arguments, declared)?,
            template: self.path.to_string(),
            query: self.query.clone(),
            query_exact,
            header_exact,
            headers: self.headers.clone(),
            safe: self.safe,
            reveal: BTreeSet::new(),
            caching: self.caching,
        })
    }

    /// The rule in a login, which has no arguments. Only there it reveals anything.
    #[must_use]
    pub fn bind_login(&self) -> Option<BoundRule> {
        let bound = self.bind(&Arguments::default(), &BTreeSet::new())?;
        Some(BoundRule { reveal: self.reveal.clone(), ..bound })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A [`Rule`] with a call's arguments in it.
#[derive(Debug, Clone)]
pub struct BoundRule {
    method: Method,
    path: BoundPath,
    template: String,
    query: BTreeSet<String>,
    query_exact: BTreeMap<String, String>,
    header_exact: BTreeMap<String, String>,
    headers: BTreeSet<String>,
    safe: bool,
    reveal: BTreeSet<String>,
    caching: Option<Caching>,
}

impl BoundRule {
    /// The path template that the rule was written with: for logs, where a path would tell too much.
    #[must_use]
    pub fn template(&self) -> &str {
        &self.template
    }

    /// Whether a request under this rule may carry a header of that name, in lower case.
    #[must_use]
    pub fn carries(&self, name: &str) -> bool {
        self.header_exact.contains_key(name)
            || self.headers.contains(name)
            || header::usual(self.method).any(|usual| usual == name)
    }

    /// Whether a request under this rule changes nothing, by its method or by its author's word.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.safe || self.method.is_safe()
    }

    /// Whether answers under this rule may be kept.
    #[must_use]
    pub fn caching(&self) -> Option<Caching> {
        self.caching
    }

    /// Whether a request under this rule has this header with one exact value, which was compared.
    #[must_use]
    pub fn demands(&self, header: &str) -> bool {
        self.header_exact.contains_key(header)
    }

    /// Whether this header of the response may be seen, though no call's instance sees it.
    #[must_use]
    pub fn reveals(&self, header: &str) -> bool {
        self.reveal.contains(header)
    }

    /// Whether the rule covers a request whose path and query are canonical.
    pub(super) fn matches(&self, asked: &Asked<'_>) -> Result<(), Miss> {
        if asked.method != self.method {
            return Err(Miss::Method);
        }
        if !self.path.matches(asked.path) {
            return Err(Miss::Path);
        }
        self.query_matches(asked.parameters)?;
        if asked.headers.iter().any(|(name, _)| !self.carries(name)) {
            let named = self.header_exact.keys().chain(&self.headers).cloned();
            return Err(Miss::HeaderUnlisted(
                header::usual(self.method).map(str::to_owned).chain(named).collect(),
            ));
        }
        self.header_exact.iter().try_for_each(|(name, value)| {
            let mut given = asked.headers.iter().filter(|(given, _)| given == name);
            match (given.next(), given.next()) {
                (Some((_, given)), None) if given == value => Ok(()),
                _ => Err(Miss::Header(name.clone())),
            }
        })
    }

    fn query_matches(&self, parameters: &[(String, String)]) -> Result<(), Miss> {
        let miss = |name: &str, how| Err(Miss::Query(name.to_owned(), how));
        let mut seen = BTreeSet::new();
        for (name, value) in parameters {
            if !seen.insert(name) {
                return miss(name, "twice");
            }
            match self.query_exact.get(name) {
                Some(exact) if exact == value => {}
                Some(_) => return miss(name, "with this value in this call"),
                None if self.query.contains(name) => {}
                None => return miss(name, "on this path"),
            }
        }
        match self.query_exact.keys().find(|name| !seen.contains(name)) {
            Some(name) => miss(name, "left out: it must be given"),
            None => Ok(()),
        }
    }
}

/// How far a request came with one rule before it missed; later is nearer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Miss {
    Method,
    Path,
    Query(String, &'static str),
    HeaderUnlisted(Vec<String>),
    Header(String),
}

impl Miss {
    pub(super) fn refusal(self, capability: &str, asked: &Asked<'_>) -> Refusal {
        let capability = capability.to_owned();
        match self {
            Self::Method => Refusal::Method { capability, method: asked.method },
            Self::Path => Refusal::Path { capability, method: asked.method },
            Self::Query(name, how) => Refusal::Query { capability, name, how },
            Self::HeaderUnlisted(may) => Refusal::HeaderUnlisted { capability, may },
            Self::Header(name) => Refusal::Header { capability, name },
        }
    }
}
