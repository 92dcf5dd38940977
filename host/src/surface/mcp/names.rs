//! Which tool a name means: `plugin_tool` at the joint endpoint, `tool` at a plugin's own.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::split::Split;
use crate::call::Effect;
use crate::registry::{Prompt, Registry, Resource, Tool};

/// Which part of the gateway a client is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// All plugins; names are joined as `plugin_tool`.
    Joint,
    /// One plugin; names are its own.
    Plugin(String),
    /// A part of what there is; names are joined.
    Split(Arc<Split>),
}

/// What has a plugin and a name of its own.
pub(super) trait Named {
    fn plugin(&self) -> &str;
    fn name(&self) -> &str;
    /// What it does at worst.
    fn effect(&self) -> Effect;
}

impl Endpoint {
    /// Where it is served over HTTP.
    pub(super) fn path(&self) -> String {
        match self {
            Self::Joint => "/mcp".to_owned(),
            Self::Plugin(plugin) => format!("/mcp/{plugin}"),
            Self::Split(split) => format!("/mcp/{}", split.name),
        }
    }

    /// Whether anything of this plugin could be seen here.
    pub(super) fn may_show(&self, plugin: &str) -> bool {
        match self {
            Self::Joint | Self::Split(_) => true,
            Self::Plugin(own) => own == plugin,
        }
    }

    /// Whether this thing is seen here.
    fn shows(&self, thing: &impl Named) -> bool {
        match self {
            Self::Joint => true,
            Self::Plugin(own) => own == thing.plugin(),
            Self::Split(split) => split.shows(thing.plugin(), thing.name(), thing.effect()),
        }
    }

    /// The name by which a client knows this thing here.
    pub(super) fn name_of(&self, thing: &impl Named) -> String {
        match self {
            // Clients and models take names of letters, digits and `_` best; dashes come from plugins only.
            Self::Joint | Self::Split(_) => format!("{}_{}", thing.plugin().replace('-', "_"), thing.name()),
            Self::Plugin(_) => thing.name().to_owned(),
        }
    }

    /// Whether this is the name of [`Endpoint::name_of`], without writing it.
    fn is_name_of(&self, thing: &impl Named, name: &str) -> bool {
        match self {
            Self::Joint | Self::Split(_) => {
                let (plugin, own) = (thing.plugin(), thing.name());
                let joint = name.strip_suffix(own).and_then(|before| before.strip_suffix('_'));
                joint.is_some_and(|joint| {
                    let dashed = plugin.bytes().map(|byte| if byte == b'-' { b'_' } else { byte });
                    joint.bytes().eq(dashed)
                })
            }
            Self::Plugin(_) => thing.name() == name,
        }
    }

    /// Everything that is seen here, each with its name, in the order given.
    ///
    /// Where two came to the same name, the first would have it in lists and in calls alike; the registry lets no
    /// two plugins in that do.
    pub(super) fn visible<T: Named>(&self, things: Vec<Arc<T>>) -> Vec<(String, Arc<T>)> {
        let mut taken = HashSet::new();
        things
            .into_iter()
            .filter(|thing| self.shows(&**thing))
            .map(|thing| (self.name_of(&*thing), thing))
            .filter(|(name, _)| taken.insert(name.clone()))
            .collect()
    }

    /// What `name` stands for here. Nothing else is reachable here: a name that no list shows is no name.
    pub(super) fn resolve<'a, T: Named + 'a>(
        &self,
        mut things: impl Iterator<Item = &'a Arc<T>>,
        name: &str,
    ) -> Option<Arc<T>> {
        things.find(|thing| self.is_name_of(&***thing, name) && self.shows(&***thing)).cloned()
    }

    /// The resource that answers for a URI here, among those that are seen.
    pub(super) fn resource(&self, resources: Vec<Arc<Resource>>, uri: &str) -> Option<Arc<Resource>> {
        self.visible(resources)
            .into_iter()
            .map(|(_, resource)| resource)
            .find(|resource| resource.answers(uri))
    }

    /// The plugins of which something is seen here.
    pub(super) fn plugins(&self, registry: &Registry) -> BTreeSet<String> {
        fn named<'a, T: Named + 'a>(
            endpoint: &'a Endpoint,
            things: impl Iterator<Item = &'a Arc<T>> + 'a,
        ) -> impl Iterator<Item = String> + 'a {
            things.filter(|thing| endpoint.shows(&***thing)).map(|thing| thing.plugin().to_owned())
        }
        let tools = named(self, registry.tools());
        tools.chain(named(self, registry.resources())).chain(named(self, registry.prompts())).collect()
    }
}

impl Named for Tool {
    fn plugin(&self) -> &str {
        &self.plugin
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn effect(&self) -> Effect {
        self.operation.need.effect()
    }
}

impl Named for Resource {
    fn plugin(&self) -> &str {
        &self.plugin
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn effect(&self) -> Effect {
        self.operation.need.effect()
    }
}

impl Named for Prompt {
    fn plugin(&self) -> &str {
        &self.plugin
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn effect(&self) -> Effect {
        self.operation.need.effect()
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

        fn effect(&self) -> Effect {
            Effect::Read
        }
    }

    fn things(all: &[(&'static str, &'static str)]) -> Vec<Arc<Thing>> {
        all.iter().map(|(plugin, name)| Arc::new(Thing(plugin, name))).collect()
    }

    #[track_caller]
    fn check(endpoint: &Endpoint, name: &str, expected: Option<(&str, &str)>) {
        let all = things(&[("a", "b_c"), ("a_b", "c"), ("scale-ops", "list")]);
        let found = endpoint.resolve(all.iter(), name);
        let listed =
            endpoint.visible(all).into_iter().find_map(|(known, thing)| (known == name).then_some(thing));
        assert_eq!(
            found.as_ref().map(|it| it.name()),
            listed.as_ref().map(|it| it.name()),
            "as it is listed"
        );
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
