//! Who may do what in a cluster: tokens, certificates, rules.

use super::kinds::Kind;
use super::status::Whose;

/// The name of callers without a credential.
const ANONYMOUS: &str = "system:anonymous";

/// A user of a cluster. Made with [`User::new`]; may do nothing until told otherwise.
#[derive(Debug, Clone)]
pub struct User {
    /// The name, as audit and refusals show it.
    pub name: String,
    /// The groups.
    pub groups: Vec<String>,
    pub(super) token: Option<String>,
    everything: bool,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
struct Rule {
    verbs: Vec<String>,
    resource: String,
    namespace: String,
}

/// The verbs of reading.
const READ: &str = "get,list,watch";

impl User {
    /// A user who may do nothing but discover.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let groups = vec!["system:authenticated".to_owned()];
        Self { name: name.to_owned(), groups, token: None, everything: false, rules: Vec::new() }
    }

    /// The bearer token that names this user.
    #[must_use]
    pub fn token(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    /// Adds a group. Groups are shown, and grant nothing here.
    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        self.groups.push(group.to_owned());
        self
    }

    /// May do everything, impersonation included.
    #[must_use]
    pub fn admin(mut self) -> Self {
        self.everything = true;
        self
    }

    /// May read everything, secrets included.
    #[must_use]
    pub fn reader(self) -> Self {
        self.may(READ, "*", "*")
    }

    /// May do `verbs` (comma-separated, or `*`) on `resource` in `namespace` (`*`: in all, and at cluster scope).
    ///
    /// A resource is named as in `pods`, `pods/log`, `deployments.apps`, `pods.metrics.k8s.io`, or `*`.
    #[must_use]
    pub fn may(mut self, verbs: &str, resource: &str, namespace: &str) -> Self {
        let verbs = verbs.split(',').map(|verb| verb.trim().to_owned()).collect();
        self.rules.push(Rule { verbs, resource: resource.to_owned(), namespace: namespace.to_owned() });
        self
    }

    /// Whether the user may do this to a kind's objects.
    pub(super) fn allowed(&self, verb: &str, kind: &Kind, whose: &Whose<'_>) -> bool {
        let plural = match whose.subresource {
            Some(subresource) => format!("{}/{subresource}", kind.plural),
            None => kind.plural.to_owned(),
        };
        let resource = if kind.group.is_empty() { plural } else { format!("{plural}.{}", kind.group) };
        self.everything || self.rules.iter().any(|rule| rule.covers(verb, &resource, whose.namespace))
    }

    /// Whether the user may act as another.
    pub(super) fn impersonates(&self) -> bool {
        self.everything || self.rules.iter().any(|rule| rule.covers("impersonate", "users", None))
    }

    pub(super) fn is_anonymous(&self) -> bool {
        self.name == ANONYMOUS
    }

    pub(super) fn anonymous() -> Self {
        Self { groups: vec!["system:unauthenticated".to_owned()], ..Self::new(ANONYMOUS) }
    }
}

impl Rule {
    fn covers(&self, verb: &str, resource: &str, namespace: Option<&str>) -> bool {
        let verbs = self.verbs.iter().any(|it| it == "*" || it == verb);
        let resources = self.resource == "*" || self.resource == resource;
        let namespaces = self.namespace == "*" || namespace == Some(self.namespace.as_str());
        verbs && resources && namespaces
    }
}
