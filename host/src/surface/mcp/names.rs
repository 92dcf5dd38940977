//! Which tool a name means: `plugin_tool` at the joint endpoint, `tool` at a plugin's own.

use std::collections::HashSet;
use std::sync::Arc;

use crate::registry::{Prompt, Resource, Tool};

/// Which part of the gateway a client is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// All plugins; names are joined as `plugin_tool`.
    Joint,
    /// One plugin; names are its own.
    Plugin(String),
}

/// What has a plugin and a name of its own.
pub(super) trait Named {
    fn plugin(&self) -> &str;
    fn name(&self) -> &str;
}

impl Endpoint {
    /// Where it is served over HTTP.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Joint => "/mcp".to_owned(),
            Self::Plugin(plugin) => format!("/mcp/{plugin}"),
        }
    }

    /// Whether things of this plugin are seen here.
    fn shows(&self, plugin: &str) -> bool {
        match self {
            Self::Joint => true,
            Self::Plugin(own) => own == plugin,
        }
    }

    /// The name by which a client knows this thing here.
    pub(super) fn name_of(&self, thing: &impl Named) -> String {
        match self {
            // Clients and models take names of letters, digits and `_` best; dashes come from plugins only.
            Self::Joint => format!("{}_{}", thing.plugin().replace('-', "_"), thing.name()),
            Self::Plugin(_) => thing.name().to_owned(),
        }
    }

    /// Everything that is seen here, each with its name, in the order given.
    ///
    /// Two plugins can come to the same joint name (`a` with `b_c`, `a_b` with `c`). The first then has it,
    /// in lists and in calls alike: what a client was shown is what it gets.
    pub(super) fn visible<T: Named>(&self, things: Vec<Arc<T>>) -> Vec<(String, Arc<T>)> {
        let mut taken = HashSet::new();
        things
            .into_iter()
            .filter(|thing| self.shows(thing.plugin()))
            .map(|thing| (self.name_of(&*thing), thing))
            .filter(|(name, _)| taken.insert(name.clone()))
            .collect()
    }

    /// What `name` stands for here. Nothing else is reachable here: a name that no list shows is no name.
    pub(super) fn resolve<T: Named>(&self, things: Vec<Arc<T>>, name: &str) -> Option<Arc<T>> {
        self.visible(things).into_iter().find_map(|(known, thing)| (known == name).then_some(thing))
    }

    /// The plugin whose URIs are read here; empty for any. A URI is no plugin's name, so it is not resolved.
    pub(super) fn own_plugin(&self) -> &str {
        match self {
            Self::Joint => "",
            Self::Plugin(own) => own,
        }
    }
}

impl Named for Tool {
    fn plugin(&self) -> &str {
        &self.plugin
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for Resource {
    fn plugin(&self) -> &str {
        &self.plugin
    }

    fn name(&self) -> &str {
        &self.name
    }
}

impl Named for Prompt {
    fn plugin(&self) -> &str {
        &self.plugin
    }

    fn name(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing(&'static str, &'static str);

    impl Named for Thing {
        fn plugin(&self) -> &str {
            self.0
        }

        fn name(&self) -> &str {
            self.1
        }
    }

    fn things(all: &[(&'static str, &'static str)]) -> Vec<Arc<Thing>> {
        all.iter().map(|(plugin, name)| Arc::new(Thing(plugin, name))).collect()
    }

    #[track_caller]
    fn check(endpoint: &Endpoint, name: &str, expected: Option<(&str, &str)>) {
        let all = things(&[("a", "b_c"), ("a_b", "c"), ("scale-ops", "list")]);
        let found = endpoint.resolve(all, name);
        assert_eq!(found.map(|thing| (thing.0, thing.1)), expected);
    }

    #[test]
    fn joint_names_begin_with_the_plugin() {
        check(&Endpoint::Joint, "scale_ops_list", Some(("scale-ops", "list")));
        check(&Endpoint::Joint, "scale-ops_list", None);
        check(&Endpoint::Joint, "list", None);
        check(&Endpoint::Joint, "", None);
    }

    #[test]
    fn of_two_equal_joint_names_the_first_has_it() {
        check(&Endpoint::Joint, "a_b_c", Some(("a", "b_c")));
        let shown = Endpoint::Joint.visible(things(&[("a", "b_c"), ("a_b", "c")]));
        assert_eq!(shown.len(), 1);
    }

    #[test]
    fn a_plugins_endpoint_knows_its_own_names_only() {
        let endpoint = Endpoint::Plugin("a_b".to_owned());
        check(&endpoint, "c", Some(("a_b", "c")));
        check(&endpoint, "b_c", None);
        check(&endpoint, "a_b_c", None);
    }
}
