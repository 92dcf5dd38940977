//! Whether a manifest is true of the component it stands beside.

use std::collections::{BTreeMap, BTreeSet};

use super::{Capability, Manifest, Targets};
use crate::call::Kind;
use crate::diagnostic::{Diagnostics, Faults, Span};

/// What a component turned out to be: its binary's imports, and what its `describe` functions said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Described {
    /// The names of imports that carry functions and are no service of the host.
    pub imports: BTreeSet<String>,
    /// Each tool with the names of its arguments: the properties of its input schema.
    pub tools: BTreeMap<String, BTreeSet<String>>,
    /// The resources' names.
    pub resources: BTreeSet<String>,
    /// Each prompt with the names of its arguments.
    pub prompts: BTreeMap<String, BTreeSet<String>>,
    /// Whether it exports `completions`.
    pub completes: bool,
}

impl Manifest {
    /// Compares the manifest with the component.
    ///
    /// # Errors
    /// Every difference: an import that is not declared or a capability that is not imported; a tool,
    /// resource or prompt that only one side knows; an argument that names targets and is not there; a
    /// rule that no call can bring to hold.
    pub fn against(&self, described: &Described) -> Result<(), Diagnostics> {
        let faults = Faults::new(self.source.clone());
        self.imports(described, &faults);
        self.names(described, &faults);
        self.target_arguments(described, &faults);
        for capability in &self.capabilities {
            self.rule_arguments(capability, described, &faults);
        }
        faults.finish(Some(()))
    }

    fn imports(&self, described: &Described, faults: &Faults) {
        for import in described.imports.iter().filter(|import| self.capability(import).is_none()) {
            faults.add_help(
                self.plugin_at.clone(),
                format_args!("the component imports `{import}`, which is no capability of this manifest"),
                "declare it as a `[[capability]]`, or build the component without it",
            );
        }
        for capability in self.capabilities.iter().filter(|each| !described.imports.contains(&each.name)) {
            faults.add_help(
                capability.name_at.clone(),
                format_args!("the component does not import `{}`", capability.name),
                "leave the capability out: it would never be used",
            );
        }
    }

    fn names(&self, described: &Described, faults: &Faults) {
        let tools = self.tools.iter().map(|each| (&each.name, &each.at));
        same("tool", tools, described.tools.keys(), &self.plugin_at, faults);
        let resources = self.resources.iter().map(|each| (&each.name, &each.at));
        same("resource", resources, described.resources.iter(), &self.plugin_at, faults);
        let prompts = self.prompts.iter().map(|each| (&each.name, &each.at));
        same("prompt", prompts, described.prompts.keys(), &self.plugin_at, faults);
        match &self.completion {
            Some(completion) if !described.completes => {
                faults.add(completion.at.clone(), "the component does not export `completions`");
            }
            None if described.completes => faults.add_help(
                self.plugin_at.clone(),
                "the component exports `completions`, of which this manifest says nothing",
                "say what they need under `[completion]`",
            ),
            Some(_) | None => {}
        }
    }

    fn target_arguments(&self, described: &Described, faults: &Faults) {
        for tool in &self.tools {
            let (Some(upstream), Some(arguments)) =
                (self.upstream_of(&tool.capabilities), described.tools.get(&tool.name))
            else {
                continue;
            };
            let many = upstream.arguments.as_ref().filter(|_| tool.targets == Targets::Many);
            for argument in [Some(&upstream.argument), many].into_iter().flatten() {
                if !arguments.contains(argument) {
                    faults.add(
                        tool.at.clone(),
                        format_args!(
                            "the tool `{}` has no argument `{argument}` to name targets by",
                            tool.name
                        ),
                    );
                }
            }
        }
        for prompt in &self.prompts {
            let (Some(upstream), Some(arguments)) =
                (self.upstream_of(&prompt.capabilities), described.prompts.get(&prompt.name))
            else {
                continue;
            };
            if !arguments.contains(&upstream.argument) {
                faults.add(
                    prompt.at.clone(),
                    format_args!(
                        "the prompt `{}` has no argument `{}` to name its target by",
                        prompt.name, upstream.argument
                    ),
                );
            }
        }
    }

    /// A rule that needs an argument which no user of its capability has never holds; one that needs its
    /// absence holds always, which its author cannot have meant. A path's placeholder is different: where
    /// no argument has its name, it stands for any one segment.
    fn rule_arguments(&self, capability: &Capability, described: &Described, faults: &Faults) {
        let mut arguments: BTreeSet<&str> = BTreeSet::new();
        for (kind, user) in self.users_of(&capability.name) {
            match kind {
                Kind::Tool => {
                    arguments.extend(described.tools.get(user).into_iter().flatten().map(String::as_str))
                }
                Kind::Prompt => {
                    arguments.extend(described.prompts.get(user).into_iter().flatten().map(String::as_str));
                }
                Kind::Completion => {
                    let bound = self.completion.iter().flat_map(|it| &it.arguments);
                    arguments.extend(bound.map(String::as_str));
                }
                Kind::Resource => {
                    let resource = self.resources.iter().find(|resource| resource.name == user);
                    arguments
                        .extend(resource.into_iter().flat_map(|resource| resource.uri_template.variables()));
                }
            }
        }
        for allow in &capability.rules_at {
            for (name, at) in allow.without_at.iter().filter(|(name, _)| !arguments.contains(name.as_str())) {
                faults.add(at.clone(), missing(name, &capability.name, "leaving it out changes nothing"));
            }
            let of_query =
                allow.query_exact_at.iter().map(|(name, at)| (allow.rule.query_exact.get(name), at));
            let of_header =
                allow.header_exact_at.iter().map(|(name, at)| (allow.rule.header_exact.get(name), at));
            for (template, at) in of_query.chain(of_header) {
                let placeholders = template.into_iter().flat_map(|template| template.placeholders());
                for name in placeholders.filter(|name| !arguments.contains(name)) {
                    faults.add(at.clone(), missing(name, &capability.name, "the rule never holds"));
                }
            }
        }
    }
}

fn missing(argument: &str, capability: &str, so: &str) -> String {
    format!("nothing that uses `{capability}` has an argument `{argument}`, so {so}")
}

fn same<'a>(
    word: &str,
    declared: impl Iterator<Item = (&'a String, &'a Span)>,
    described: impl Iterator<Item = &'a String>,
    plugin_at: &Span,
    faults: &Faults,
) {
    let declared: BTreeMap<_, _> = declared.collect();
    let described: BTreeSet<_> = described.collect();
    for (name, at) in declared.iter().filter(|(name, _)| !described.contains(*name)) {
        faults.add((*at).clone(), format_args!("the component does not describe a {word} `{name}`"));
    }
    for name in described.iter().filter(|name| !declared.contains_key(*name)) {
        faults.add(
            plugin_at.clone(),
            format_args!("the component describes a {word} `{name}`, which this manifest does not have"),
        );
    }
}
