//! Plugins that are each in order and cannot be served together.
//!
//! At the joint endpoint a tool is `plugin_tool`, with the plugin's dashes as underscores: `a` with `b_c` and
//! `a_b` with `c` come to the same name, and a URI can fall under templates of two plugins. Which of them
//! answers must not depend on an order, so such a set is refused.

use std::collections::BTreeMap;

use thiserror::Error;

use super::Registry;
use super::wording::key;

/// Two things that could be taken for one another.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Clash {
    /// Equal joint names, or such as look alike.
    #[error(
        "the {kind}s `{one}` and `{other}` of different plugins cannot be told apart by name; leave one plugin out (tool.confusable-name)"
    )]
    Names {
        /// `tool`, `resource` or `prompt`; routes have no joint names.
        kind: &'static str,
        /// As `plugin/name`.
        one: String,
        /// As `plugin/name`.
        other: String,
    },
    /// Two catalogs: which of them a question is for, nothing says.
    #[error("the plugins `{one}` and `{other}` are both catalogs for others; leave one out")]
    Catalogs {
        /// One plugin.
        one: String,
        /// The other.
        other: String,
    },
    /// Two HTTP surfaces of one name.
    #[error("`/api/{name}` would be the HTTP surface of both `{one}` and `{other}`; leave one plugin out")]
    Aliases {
        /// The name.
        name: String,
        /// A plugin.
        one: String,
        /// A plugin.
        other: String,
    },
    /// URI templates that some URI matches both of.
    #[error(
        "the resources `{one}` and `{other}` of different plugins answer to the same URIs: `{one_template}` and `{other_template}`; leave one plugin out"
    )]
    Uris {
        /// As `plugin/name`.
        one: String,
        /// Its template.
        one_template: String,
        /// As `plugin/name`.
        other: String,
        /// Its template.
        other_template: String,
    },
}

/// Holds every plugin's names and URIs against every other's.
pub(super) fn check(registry: &Registry) -> Result<(), Clash> {
    names("tool", registry.tools().map(|each| (each.plugin.as_str(), each.name.as_str())))?;
    names("resource", registry.resources().map(|each| (each.plugin.as_str(), each.name.as_str())))?;
    names("prompt", registry.prompts().map(|each| (each.plugin.as_str(), each.name.as_str())))?;
    let mut catalogs = registry.plugins().iter().filter(|plugin| plugin.manifest.catalog.is_some());
    if let (Some(one), Some(other)) = (catalogs.next(), catalogs.next()) {
        return Err(Clash::Catalogs { one: one.name.clone(), other: other.name.clone() });
    }
    aliases(registry.plugins().iter().map(|it| (it.name.as_str(), it.manifest.api_aliases.as_slice())))?;
    for (at, one) in registry.resources().enumerate() {
        let mut later = registry.resources().skip(at + 1).filter(|other| other.plugin != one.plugin);
        if let Some(other) = later.find(|other| one.template.overlaps(&other.template)) {
            return Err(Clash::Uris {
                one: format!("{}/{}", one.plugin, one.name),
                one_template: one.uri_template.clone(),
                other: format!("{}/{}", other.plugin, other.name),
                other_template: other.uri_template.clone(),
            });
        }
    }
    Ok(())
}

fn names<'a>(kind: &'static str, names: impl Iterator<Item = (&'a str, &'a str)>) -> Result<(), Clash> {
    let mut seen: BTreeMap<(usize, String), (&str, &str)> = BTreeMap::new();
    for (plugin, name) in names {
        for each in key(&format!("{plugin}_{name}")).into_iter().enumerate() {
            let first = *seen.entry(each).or_insert((plugin, name));
            if first.0 != plugin {
                let (one, other) = (format!("{}/{}", first.0, first.1), format!("{plugin}/{name}"));
                return Err(Clash::Names { kind, one, other });
            }
        }
    }
    Ok(())
}

fn aliases<'a>(plugins: impl Iterator<Item = (&'a str, &'a [String])>) -> Result<(), Clash> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for (plugin, aliases) in plugins {
        for name in aliases.iter().map(String::as_str).chain([plugin]) {
            if let Some(one) = seen.insert(name, plugin).filter(|one| *one != plugin) {
                let [name, one, other] = [name, one, plugin].map(str::to_owned);
                return Err(Clash::Aliases { name, one, other });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(all: &[(&str, &str)], clash: Option<(&str, &str)>) {
        let found = names("tool", all.iter().copied()).err().map(|clash| match clash {
            Clash::Names { one, other, .. }
            | Clash::Uris { one, other, .. }
            | Clash::Aliases { one, other, .. }
            | Clash::Catalogs { one, other } => (one, other),
        });
        assert_eq!(found, clash.map(|(one, other)| (one.to_owned(), other.to_owned())));
    }

    #[test]
    fn no_joint_name_stands_for_two_things() {
        check(&[("a", "b_c"), ("a_b", "c")], Some(("a/b_c", "a_b/c")));
        check(&[("a-b", "c"), ("a", "b_c")], Some(("a-b/c", "a/b_c")));
        check(&[("kubernetes", "list"), ("kubemetes", "list")], Some(("kubernetes/list", "kubemetes/list")));
        check(&[("acl", "x"), ("ac1", "x")], Some(("acl/x", "ac1/x")));
    }

    #[test]
    fn no_surface_has_two_plugins() {
        let clash = |palette: &[&str], other: (&str, &[&str])| {
            let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let (palette, named) = (list(palette), list(other.1));
            aliases([("palette", &*palette), (other.0, &*named)].into_iter()).err().map(|it| it.to_string())
        };
        assert_eq!(clash(&["spectrocloud"], ("scaleops", &["costs"])), None);
        let both = |name: &str, other: &str| {
            Some(format!(
                "`/api/{name}` would be the HTTP surface of both `palette` and `{other}`; leave one plugin out"
            ))
        };
        assert_eq!(clash(&["spectrocloud"], ("spectrocloud", &[])), both("spectrocloud", "spectrocloud"));
        assert_eq!(clash(&["x"], ("scaleops", &["x"])), both("x", "scaleops"));
        assert_eq!(clash(&[], ("scaleops", &["palette"])), both("palette", "scaleops"));
    }

    #[test]
    fn other_names_stand_beside_each_other() {
        check(&[("a", "list"), ("b", "list"), ("a", "get"), ("a-b", "get")], None);
        check(&[], None);
    }
}
