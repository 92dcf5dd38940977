//! What things are called in policies: the namespace, the entity types and the identifiers.
//!
//! | in a policy | what |
//! |---|---|
//! | `Postern::User::"user:ana"`, `Agent`, `Service` | who calls; `in` their groups |
//! | `Postern::Group::"operators"` | a group |
//! | `Postern::Action::"kubernetes/list_pods"` | a tool |
//! | `Postern::Action::"kubernetes/resources/pod"`, `"kubernetes/prompts/triage"` | a resource, a prompt |
//! | `Postern::Action::"kubernetes/routes/pod-log"` | a route of the HTTP surface |
//! | `Postern::Action::"palette/resolvers/resolve"` | finding out what a call of the plugin is about |
//! | `Postern::Action::"backstage/catalogs/find"` | what other plugins ask a catalog, for whoever calls them |
//! | `Postern::Action::"kubernetes/capabilities/read-logs"` | a capability, which its tools are `in` |
//! | `Postern::Action::"read"`, `"change"`, `"destructive"`, `"secret"` | an effect, which its capabilities are `in`, and so what uses them; `read` has only what does nothing else |
//! | `Postern::Target::"kubernetes/cluster/prod"` | a target, `in` its upstream, `in` its plugin |
//! | `Postern::Upstream::"kubernetes/cluster"`, `Postern::Plugin::"kubernetes"` | the levels above |

use std::str::FromStr as _;

use cedar_policy::{EntityId, EntityTypeName, EntityUid};

use crate::call::{Effect, Kind, PrincipalKind};

/// The namespace of everything that policies speak of.
pub(super) const NAMESPACE: &str = "Postern";

/// The type of each kind of principal.
pub(super) const fn principal_type(kind: PrincipalKind) -> &'static str {
    match kind {
        PrincipalKind::User => "User",
        PrincipalKind::Agent => "Agent",
        PrincipalKind::Service => "Service",
    }
}

/// The identifier of what is called.
pub(super) fn operation(plugin: &str, kind: Kind, name: &str) -> String {
    match kind {
        Kind::Tool => format!("{plugin}/{name}"),
        Kind::Resource => format!("{plugin}/resources/{name}"),
        Kind::Prompt => format!("{plugin}/prompts/{name}"),
        Kind::Completion => format!("{plugin}/completions/{name}"),
        Kind::Route => format!("{plugin}/routes/{name}"),
        Kind::Resolver => format!("{plugin}/resolvers/{name}"),
        Kind::Catalog => format!("{plugin}/catalogs/{name}"),
    }
}

/// The identifier of a capability.
pub(super) fn capability(plugin: &str, name: &str) -> String {
    format!("{plugin}/capabilities/{name}")
}

/// What an operation is a member of, directly or not: its capabilities and their effects. What needs no
/// capability reads. What does more than read is no member of `read`, though it reads too: a `permit` of reading
/// would be one of what follows.
pub(super) fn memberships<'a>(
    plugin: &str,
    capabilities: impl Iterator<Item = (&'a str, Effect)>,
) -> Vec<String> {
    let mut all: Vec<String> = capabilities
        .flat_map(|(name, effect)| [capability(plugin, name), effect.as_str().to_owned()])
        .collect();
    let read = Effect::Read.as_str();
    if all.is_empty() {
        all.push(read.to_owned());
    }
    let mut beyond = Effect::ALL.into_iter().map(Effect::as_str).filter(|effect| *effect != read);
    if beyond.any(|effect| all.iter().any(|id| id == effect)) {
        all.retain(|id| id != read);
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The identifier of an upstream.
pub(super) fn upstream(plugin: &str, name: &str) -> String {
    format!("{plugin}/{name}")
}

/// The identifier of a target.
pub(super) fn target(plugin: &str, upstream: &str, name: &str) -> String {
    format!("{plugin}/{upstream}/{name}")
}

/// The entity of this type and identifier; any text is an identifier.
///
/// `None` for a type that is no name to Cedar; every type above is one.
pub(super) fn entity(type_name: &str, id: &str) -> Option<EntityUid> {
    let type_name = EntityTypeName::from_str(&format!("{NAMESPACE}::{type_name}")).ok()?;
    Some(EntityUid::from_type_name_and_id(type_name, EntityId::new(id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_also_changes_does_not_count_as_reading() {
        let of = |uses: &[(&'static str, Effect)]| memberships("p", uses.iter().copied());
        assert_eq!(of(&[]), ["read"]);
        assert_eq!(of(&[("look", Effect::Read)]), ["p/capabilities/look", "read"]);
        for effect in [Effect::Change, Effect::Destructive, Effect::Secret] {
            let expected = [effect.as_str(), "p/capabilities/do", "p/capabilities/look"];
            let mut both = of(&[("look", Effect::Read), ("do", effect)]);
            both.sort_by_key(|id| id.contains('/'));
            assert_eq!(both, expected);
        }
    }
}
