//! A named endpoint that shows a part of the tools: `/mcp/finops`, for a team or a client that needs no more.
//!
//! What it shows is a choice, not a permission: policy decides on every call alike. But what it does not show
//! cannot be called there, so that a client connected to it is offered little, and can be talked into little.

use crate::call::{Effect, like};
use crate::identity::Asked;

/// A part of what there is, under a name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Split {
    /// Its place in URLs: lower-case letters, digits and dashes.
    pub name: String,
    /// What clients' models are told of it, before what every endpoint tells.
    pub instructions: Option<String>,
    /// What it shows; everything where nothing is named.
    pub include: Vec<Filter>,
    /// What it does not show, whatever `include` says.
    pub exclude: Vec<Filter>,
    /// What it asks of tokens of authorization servers, where that is not what every endpoint asks.
    pub asked: Asked,
}

/// Some tools, resources and prompts: those for which everything that is given holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this plugin.
    pub plugin: Option<String>,
    /// With one of these names, in which `*` stands for any text; none for any name.
    pub tools: Vec<String>,
    /// With one of these effects at worst; none for any effect.
    pub effects: Vec<Effect>,
}

impl Split {
    /// Whether it shows this thing.
    pub(super) fn shows(&self, plugin: &str, name: &str, effect: Effect) -> bool {
        let fits = |filters: &[Filter]| filters.iter().any(|filter| filter.fits(plugin, name, effect));
        !fits(&self.exclude) && (self.include.is_empty() || fits(&self.include))
    }
}

impl Filter {
    fn fits(&self, plugin: &str, name: &str, effect: Effect) -> bool {
        self.plugin.as_deref().is_none_or(|own| own == plugin)
            && (self.tools.is_empty() || self.tools.iter().any(|pattern| like(pattern, name)))
            && (self.effects.is_empty() || self.effects.contains(&effect))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(plugin: Option<&str>, tools: &[&str], effects: &[Effect]) -> Filter {
        Filter {
            plugin: plugin.map(str::to_owned),
            tools: tools.iter().map(|tool| (*tool).to_owned()).collect(),
            effects: effects.to_vec(),
        }
    }

    #[test]
    fn what_is_excluded_is_not_shown_whatever_is_included() {
        let split = Split {
            include: vec![filter(Some("a"), &["list_*"], &[]), filter(None, &[], &[Effect::Change])],
            exclude: vec![filter(Some("a"), &["list_secrets"], &[]), filter(Some("b"), &[], &[])],
            ..Split::default()
        };
        for (plugin, name, effect, shown) in [
            ("a", "list_pods", Effect::Read, true),
            ("a", "get_pod", Effect::Read, false),
            ("a", "scale", Effect::Change, true),
            ("a", "list_secrets", Effect::Read, false),
            ("b", "scale", Effect::Change, false),
            ("c", "scale", Effect::Change, true),
            ("c", "list_pods", Effect::Read, false),
        ] {
            assert_eq!(split.shows(plugin, name, effect), shown, "{plugin} {name}");
        }
    }

    #[test]
    fn without_a_choice_everything_is_shown_but_what_is_excluded() {
        let split = Split { exclude: vec![filter(None, &[], &[Effect::Destructive])], ..Split::default() };
        assert!(split.shows("a", "list", Effect::Read) && !split.shows("a", "delete", Effect::Destructive));
        assert!(Split::default().shows("a", "delete", Effect::Destructive));
    }
}
