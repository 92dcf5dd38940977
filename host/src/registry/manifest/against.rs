//! Whether a manifest is true of the component it stands beside.

use std::collections::{BTreeMap, BTreeSet};

use super::routed::BODY;
use super::{Capability, Manifest, Route, Targets, Upstream};
use crate::authority::Method;
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
    /// The routes, by name.
    pub routes: BTreeMap<String, DescribedRoute>,
}

/// What a component says of a route, as far as its manifest must agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DescribedRoute {
    /// Its arguments, and in how many parts of a URL or headers each can come.
    pub arguments: BTreeMap<String, Carried>,
    /// What it says an answer is.
    pub media_type: String,
    /// Whether it promises a shape of its answers.
    pub promises: bool,
}

/// How a value can be written where there is text alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// As one text, a number or a truth value.
    Once,
    /// As any number of these.
    Often,
    /// Not at all: it is an object, or of more than one type.
    Never,
}

/// What a stream of events is.
const EVENTS: &str = "text/event-stream";

/// Documents that a browser runs: answers are data.
const RUN: &[&str] = &["text/html", "application/xhtml+xml", "image/svg+xml", "text/xml", "application/xml"];

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
        for route in &self.routes {
            if let Some(described) = described.routes.get(&route.name) {
                self.route(route, described, &faults);
            }
        }
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
        let routes = self.routes.iter().map(|each| (&each.name, &each.at));
        same("route", routes, described.routes.keys(), &self.plugin_at, faults);
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
            for argument in target_arguments(upstream, tool.targets) {
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

    /// Whether every part of a request is an argument, and can be written there.
    fn route(&self, route: &Route, described: &DescribedRoute, faults: &Faults) {
        let name = &route.name;
        let arguments = &described.arguments;
        let fault = |message: String| faults.add(route.at.clone(), message);
        for variable in route.path.variables() {
            match arguments.get(variable) {
                None => fault(format!(
                    "the route `{name}` has no argument `{variable}`, which stands in its path"
                )),
                Some(Carried::Once) => {}
                Some(Carried::Often | Carried::Never) => {
                    fault(format!(
                        "`{variable}` of the route `{name}` cannot come in a path: it is no plain value"
                    ));
                }
            }
        }
        for (argument, header) in &route.headers {
            match arguments.get(argument) {
                None => {
                    fault(format!("the route `{name}` has no argument `{argument}` to come in `{header}`"))
                }
                Some(Carried::Once) => {}
                Some(Carried::Often | Carried::Never) => {
                    fault(format!(
                        "`{argument}` of the route `{name}` cannot come in a header: it is no plain value"
                    ));
                }
            }
        }
        let in_query = arguments.iter().filter(|(argument, _)| {
            *argument != BODY
                && !route.headers.contains_key(*argument)
                && !route.path.variables().any(|it| it == *argument)
        });
        for (argument, _) in in_query.filter(|(_, carried)| **carried == Carried::Never) {
            fault(format!(
                "`{argument}` of the route `{name}` cannot come in the query: it is no plain value and no list of them"
            ));
        }
        if arguments.contains_key(BODY) && matches!(route.method, Method::Get | Method::Delete) {
            fault(format!("the route `{name}` has a `body`, and {} has none", route.method));
        }
        let media_type = described.media_type.as_str();
        let is_json = media_type == "application/json" || media_type.ends_with("+json");
        if !is_media_type(media_type) {
            fault(format!(
                "what the route `{name}` answers is no media type in lower case, without parameters"
            ));
        } else if RUN.contains(&media_type) {
            fault(format!(
                "the route `{name}` answers `{media_type}`, which a browser would run; answers are data"
            ));
        } else if route.streams != (media_type == EVENTS) {
            fault(format!("the route `{name}` streams if it answers `{EVENTS}`, and only then"));
        } else if described.promises && !is_json && !route.streams {
            fault(format!("the route `{name}` has an output schema, and its answer is not JSON"));
        }
        if let Some(upstream) = self.upstream_of(&route.capabilities) {
            let named = target_arguments(upstream, route.targets);
            for argument in named.filter(|argument| !arguments.contains_key(*argument)) {
                fault(format!("the route `{name}` has no argument `{argument}` to name targets by"));
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
                Kind::Route => {
                    let names = described.routes.get(user).into_iter().flat_map(|it| it.arguments.keys());
                    arguments.extend(names.map(String::as_str));
                }
                Kind::Completion => {
                    let bound = self.completion.iter().flat_map(|it| &it.arguments);
                    arguments.extend(bound.map(String::as_str));
                }
                // Neither is bound to arguments: what it looks for is not known beforehand.
                Kind::Resolver | Kind::Catalog => {}
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

/// The arguments that name targets.
fn target_arguments(upstream: &Upstream, targets: Targets) -> impl Iterator<Item = &String> {
    let many = upstream.arguments.as_ref().filter(|_| targets == Targets::Many);
    [Some(&upstream.argument), many].into_iter().flatten()
}

/// `type/subtype`, of tokens in lower case (RFC 6838, section 4.2).
fn is_media_type(text: &str) -> bool {
    let fit = |each: u8| each.is_ascii_lowercase() || each.is_ascii_digit() || b"!#$&-^_.+".contains(&each);
    let name = |name: &str| {
        (1..=127).contains(&name.len())
            && name.starts_with(|first: char| first.is_ascii_alphanumeric())
            && name.bytes().all(fit)
    };
    text.split_once('/').is_some_and(|(kind, subtype)| name(kind) && name(subtype))
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
