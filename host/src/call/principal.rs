//! Who is calling, once identity has said so.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Who is calling. Never carries a credential; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal(Arc<Inner>);

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Inner {
    kind: PrincipalKind,
    subject: String,
    groups: Vec<String>,
    restrictions: Option<Vec<Restriction>>,
    scopes: Scopes,
}

/// What the authorization server granted a caller's token, and what more it could grant (RFC 6749, section 3.3).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Scopes {
    /// Scopes that the token has and the host knows.
    pub held: Vec<String>,
    /// Scopes that the host knows and the token has not.
    pub attainable: Vec<Scope>,
}

/// A scope, and what it is worth.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Scope {
    /// As the authorization server writes it.
    pub name: String,
    /// The groups of whoever was granted it.
    pub groups: Vec<String>,
}

/// What kind of caller stands behind a credential; policy tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrincipalKind {
    /// A person, who signed in or sits at this machine.
    User,
    /// A program that a model drives.
    Agent,
    /// A program that does what it was written to do.
    Service,
}

impl PrincipalKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::User, Self::Agent, Self::Service];

    /// The word for it in configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Agent => "agent",
            Self::Service => "service",
        }
    }
}

impl fmt::Display for PrincipalKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One plugin that a credential may be used for; a credential with restrictions is good for nothing else.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Restriction {
    /// The plugin's name.
    pub plugin: String,
    /// The capabilities, all of which a tool needs must be among these; `None` for any.
    pub capabilities: Option<BTreeSet<String>>,
    /// The targets, by name; `None` for any.
    pub targets: Option<BTreeSet<String>>,
}

impl Principal {
    /// Names a user. Only [`crate::identity`] may: whoever holds one has authenticated a caller.
    pub(crate) fn new(subject: impl Into<String>, groups: Vec<String>) -> Self {
        Self(Arc::new(Inner {
            kind: PrincipalKind::User,
            subject: subject.into(),
            groups,
            restrictions: None,
            scopes: Scopes::default(),
        }))
    }

    /// The same principal, of another kind.
    #[must_use]
    pub(crate) fn of_kind(self, kind: PrincipalKind) -> Self {
        self.change(|inner| inner.kind = kind)
    }

    /// The same principal, good for nothing but `restrictions`; an empty list leaves nothing.
    #[must_use]
    pub(crate) fn restricted(self, restrictions: Vec<Restriction>) -> Self {
        self.change(|inner| inner.restrictions = Some(restrictions))
    }

    /// The same principal, by a token of these scopes.
    #[must_use]
    pub(crate) fn with_scopes(self, scopes: Scopes) -> Self {
        self.change(|inner| inner.scopes = scopes)
    }

    /// The principal that it would be, had its token these scopes too.
    #[must_use]
    pub(crate) fn attaining<'a>(&self, scopes: impl IntoIterator<Item = &'a Scope>) -> Self {
        self.clone().change(|inner| {
            for group in scopes.into_iter().flat_map(|scope| &scope.groups) {
                if !inner.groups.contains(group) {
                    inner.groups.push(group.clone());
                }
            }
        })
    }

    fn change(mut self, change: impl FnOnce(&mut Inner)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }

    /// What kind of caller it is.
    #[must_use]
    pub fn kind(&self) -> PrincipalKind {
        self.0.kind
    }

    /// Unique and stable, such as `local:anonymous` or `token:static`.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.0.subject
    }

    /// The groups it belongs to, in no meaningful order.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.0.groups
    }

    /// What its credential is restricted to; `None` for one that is not.
    #[must_use]
    pub fn restrictions(&self) -> Option<&[Restriction]> {
        self.0.restrictions.as_deref()
    }

    /// The scopes of its token, and those that it could have besides; none for other credentials.
    #[must_use]
    pub fn scopes(&self) -> &Scopes {
        &self.0.scopes
    }

    /// Whether its credential may be used for anything of `plugin`.
    #[must_use]
    pub fn may_use_plugin(&self, plugin: &str) -> bool {
        self.restriction(plugin).is_some()
    }

    /// Whether its credential may be used for something of `plugin` that needs all these capabilities.
    pub fn may_use<'a>(&self, plugin: &str, mut capabilities: impl Iterator<Item = &'a str>) -> bool {
        self.restriction(plugin).is_some_and(|restriction| {
            let allowed = restriction.and_then(|restriction| restriction.capabilities.as_ref());
            allowed.is_none_or(|allowed| capabilities.all(|capability| allowed.contains(capability)))
        })
    }

    /// Whether its credential may be used on this target of `plugin`.
    #[must_use]
    pub fn may_reach(&self, plugin: &str, target: &str) -> bool {
        self.restriction(plugin).is_some_and(|restriction| {
            let allowed = restriction.and_then(|restriction| restriction.targets.as_ref());
            allowed.is_none_or(|allowed| allowed.contains(target))
        })
    }

    /// `None`: not for this plugin. `Some(None)`: without restriction.
    #[expect(clippy::option_option, reason = "three cases, and both callers fold them at once")]
    fn restriction(&self, plugin: &str) -> Option<Option<&Restriction>> {
        match &self.0.restrictions {
            None => Some(None),
            Some(restrictions) => restrictions.iter().find(|each| each.plugin == plugin).map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> Option<BTreeSet<String>> {
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    #[test]
    fn a_restriction_leaves_what_it_names_and_nothing_else() {
        let plain = Principal::new("user:ana", Vec::new());
        assert!(plain.may_use("kubernetes", ["write"].into_iter()) && plain.may_reach("kubernetes", "prod"));
        let restricted = plain.clone().restricted(vec![
            Restriction { plugin: "palette".to_owned(), capabilities: None, targets: set(&["lab"]) },
            Restriction { plugin: "kubernetes".to_owned(), capabilities: set(&["read"]), targets: None },
        ]);
        assert!(restricted.may_use("palette", ["write"].into_iter()));
        assert!(restricted.may_use("kubernetes", ["read"].into_iter()));
        assert!(!restricted.may_use("kubernetes", ["read", "write"].into_iter()));
        assert!(
            !restricted.may_use("scaleops", std::iter::empty()) && !restricted.may_use_plugin("scaleops")
        );
        assert!(restricted.may_reach("palette", "lab") && !restricted.may_reach("palette", "prod"));
        assert!(restricted.may_reach("kubernetes", "prod") && !restricted.may_reach("scaleops", "prod"));
        assert!(!plain.restricted(Vec::new()).may_use_plugin("kubernetes"), "an empty list leaves nothing");
    }
}
