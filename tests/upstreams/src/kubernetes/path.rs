//! From a request's path to what it names.

use super::kinds::{KINDS, Kind, served};
use super::status::Whose;
use crate::wire::percent_decode;

/// What a path names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// `/version`.
    Version,
    /// `/livez`, `/readyz`, `/healthz`.
    Health(String),
    /// `/api`: the core group's versions.
    Core,
    /// `/apis`: all named groups.
    Groups,
    /// `/apis/{group}`.
    Group(String),
    /// `/api/v1`, `/apis/{group}/{version}`: a group version's resources.
    Resources(String, String),
    /// A collection, an object or a subresource.
    Resource(Resource),
    /// `/apis/metrics.k8s.io/v1beta1...`.
    Metrics(Vec<String>),
    /// Nothing that is served.
    Unknown,
}

/// A collection, an object or a subresource.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resource {
    pub(super) kind: &'static Kind,
    pub(super) namespace: Option<String>,
    pub(super) name: Option<String>,
    pub(super) subresource: Option<String>,
}

impl Resource {
    /// The namespace, or the empty text under which cluster kinds are stored.
    pub(super) fn within(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    /// The same for a refusal's message.
    pub(super) fn whose(&self) -> Whose<'_> {
        let Self { namespace, name, subresource, .. } = self;
        // A Namespace object is asked about in itself, as the apiserver does.
        let namespace = if self.kind.plural == "namespaces" { name } else { namespace };
        Whose { namespace: namespace.as_deref(), name: name.as_deref(), subresource: subresource.as_deref() }
    }
}

/// Reads a path, without the server's base path.
pub(super) fn target(path: &str) -> Target {
    let Some(path) = path.strip_prefix('/') else { return Target::Unknown };
    let segments: Vec<String> = path.split('/').map(percent_decode).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["version"] => Target::Version,
        [check @ ("livez" | "readyz" | "healthz")] => Target::Health((*check).to_owned()),
        ["api"] => Target::Core,
        ["apis"] => Target::Groups,
        ["apis", group] => Target::Group((*group).to_owned()),
        ["api", "v1"] => Target::Resources(String::new(), "v1".to_owned()),
        ["apis", "metrics.k8s.io", "v1beta1", rest @ ..] => {
            Target::Metrics(rest.iter().map(|it| (*it).to_owned()).collect())
        }
        ["apis", group, version] => Target::Resources((*group).to_owned(), (*version).to_owned()),
        ["api", "v1", rest @ ..] => resource("", "v1", rest),
        ["apis", group, version, rest @ ..] => resource(group, version, rest),
        _ => Target::Unknown,
    }
}

fn resource(group: &str, version: &str, rest: &[&str]) -> Target {
    let found = match rest {
        ["namespaces", namespace, plural, rest @ ..] if is_namespaced(group, version, plural) => {
            object(group, version, Some(namespace), plural, rest)
        }
        [plural, rest @ ..] => object(group, version, None, plural, rest),
        [] => None,
    };
    // A namespaced object has no path at cluster scope, nor a cluster object one in a namespace.
    let legal = |it: &Resource| it.name.is_none() || it.kind.namespaced == it.namespace.is_some();
    found.filter(legal).map_or(Target::Unknown, Target::Resource)
}

fn object(
    group: &str,
    version: &str,
    namespace: Option<&str>,
    plural: &str,
    rest: &[&str],
) -> Option<Resource> {
    let kind = served(group, version, plural)?;
    let (name, subresource) = match rest {
        [] => (None, None),
        [name] => (Some(*name), None),
        [name, subresource] => (Some(*name), Some(*subresource)),
        _ => return None,
    };
    let owned = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
    Some(Resource { kind, namespace: owned(namespace), name: owned(name), subresource: owned(subresource) })
}

fn is_namespaced(group: &str, version: &str, plural: &str) -> bool {
    KINDS.iter().any(|it| it.namespaced && it.group == group && it.version == version && it.plural == plural)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plural, namespace, name and subresource, with `-` for what is not there.
    #[track_caller]
    fn check(path: &str, expected: &str) {
        let found = target(path);
        let Target::Resource(it) = &found else { return assert_eq!("nothing", expected, "{path}") };
        let parts = [&it.namespace, &it.name, &it.subresource].map(|part| part.as_deref().unwrap_or("-"));
        assert_eq!(format!("{} {}", it.kind.plural, parts.join(" ")), expected, "{path}");
    }

    #[test]
    fn resources_are_found_at_their_paths() {
        check("/api/v1/pods", "pods - - -");
        check("/api/v1/namespaces/shop/pods/a/log", "pods shop a log");
        check("/api/v1/namespaces/shop", "namespaces - shop -");
        check("/api/v1/namespaces/shop/status", "namespaces - shop status");
        check("/apis/apps/v1/namespaces/a%62/deployments", "deployments ab - -");
        check("/api/v1/nodes/n1", "nodes - n1 -");
    }

    #[test]
    fn other_paths_name_nothing() {
        check("/api/v1/namespaces/shop/nodes/n1", "nothing");
        check("/api/v1/pods/a", "nothing");
        check("/apis/apps/v2/deployments", "nothing");
        check("/api/v1/widgets", "nothing");
        check("/api/v1/namespaces/shop/pods/a/log/more", "nothing");
    }
}
