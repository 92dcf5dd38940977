//! Builds what a plugin offers from its manifest, its component and the operator's grants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::declared::declared;
use super::entry::{Extras, Hints, Operation, Prompt, Resolver, Resource, Route, Tool};
use super::lock::{Digest, Pin};
use super::manifest::{self, Manifest, Targets};
use super::refused::PluginError;
use super::schema::Schema;
use super::schemas::{Schemas, facts};
use super::wording::{self, Fault};
use crate::authority::{Granted, GrantedTargets, Need, TargetArguments};
use crate::call::Kind;
use crate::guardrail::Guard;
use crate::runtime::{self, Described, Folder, Inspection, LoadError, RuleFile, Runtime};

/// A plugin that is loaded.
#[derive(Debug)]
pub struct LoadedPlugin {
    /// Its name.
    pub name: String,
    /// The manifest that it was loaded with.
    pub manifest: Arc<Manifest>,
    /// The digest of its component's bytes.
    pub digest: Digest,
    /// What its binary imports and exports.
    pub inspection: Inspection,
    /// What it says of itself.
    pub described: Described,
    descriptions: Digest,
    /// Which of its texts speak to a model; accepted with the lock that pins them, or not at all.
    pub suspicions: Vec<Fault>,
    /// What exists of it under the operator's grants.
    pub offer: Offer,
}

impl LoadedPlugin {
    /// What a lock pins of it.
    #[must_use]
    pub fn pin(&self) -> Pin {
        Pin {
            component: self.digest,
            manifest: self.manifest.digest(),
            descriptions: self.descriptions,
            safe: self.manifest.safe_rules(),
        }
    }
}

/// What exists of a plugin.
#[derive(Debug, Default)]
#[expect(missing_docs, reason = "the kinds")]
pub struct Offer {
    pub tools: Vec<Arc<Tool>>,
    pub resources: Vec<Arc<Resource>>,
    pub prompts: Vec<Arc<Prompt>>,
    pub routes: Vec<Arc<Route>>,
    pub completion: Option<Arc<Operation>>,
    pub resolver: Option<Arc<Resolver>>,
    pub catalog: Option<Arc<Operation>>,
    pub guard: Option<Guard>,
}

impl Offer {
    /// Everything that can be called.
    pub fn operations(&self) -> impl Iterator<Item = &Arc<Operation>> {
        let tools = self.tools.iter().map(|tool| &tool.operation);
        let resources = self.resources.iter().map(|resource| &resource.operation);
        let prompts = self.prompts.iter().map(|prompt| &prompt.operation);
        let routes = self.routes.iter().map(|route| &route.operation);
        let resolver = self.resolver.iter().map(|resolver| &resolver.operation);
        let own = tools.chain(resources).chain(prompts).chain(routes);
        own.chain(&self.completion).chain(resolver).chain(&self.catalog)
    }
}

/// Which capabilities an operator granted, and where.
pub type Grants = BTreeMap<String, GrantedTargets>;

/// What an operator gives a plugin.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    /// Which capabilities, and where.
    pub grants: &'a Grants,
    /// Handed to the component as JSON.
    pub settings: &'a Value,
    /// The rules of a guard.
    pub rules: &'a [RuleFile],
    /// The folders that it reads.
    pub folders: &'a [Folder],
}

/// Loads one plugin: admits its component and works out what its grants leave of it.
///
/// # Errors
/// [`PluginError`]. Nothing of a plugin exists unless all of it is in order.
pub async fn load(
    runtime: &Runtime,
    manifest: Arc<Manifest>,
    bytes: &[u8],
    given: &Given<'_>,
) -> Result<LoadedPlugin, PluginError> {
    let Given { grants, settings, rules, folders } = *given;
    let name = manifest.name.clone();
    let failed = |source| PluginError::Component { plugin: manifest.name.clone(), source };
    let granted = grants.keys().cloned().collect();
    let admitted = runtime.admit(bytes, &name, &declared(&manifest), &granted, settings, rules).await;
    let runtime::Admission { component, inspection, described } = admitted.map_err(failed)?;
    let schemas = Schemas::of(&name, &described)?;
    let faults = wording::check(&described);
    if !faults.is_empty() {
        return Err(PluginError::Wording { plugin: name, faults });
    }
    let suspicions = wording::suspicions(&described);
    manifest.against(&facts(&inspection, &described, &schemas))?;
    let digest = Digest::of(bytes);
    let builder = Builder {
        manifest: &manifest,
        digest,
        grants,
        component: Arc::new(component.reading(folders.to_vec())),
        described: &described,
        schemas: &schemas,
        resolver: None,
    };
    builder.authenticate();
    let offer = builder.offer();
    let value =
        serde_json::to_value(&described).map_err(|error| failed(LoadError::Describe(error.into())))?;
    let descriptions = Digest::of_json(&value);
    Ok(LoadedPlugin { name, digest, inspection, described, descriptions, suspicions, offer, manifest })
}

pub(super) struct Builder<'a> {
    pub(super) manifest: &'a Manifest,
    digest: Digest,
    grants: &'a Grants,
    component: Arc<runtime::Component>,
    described: &'a Described,
    schemas: &'a Schemas,
    /// What finds out what calls are about, once it is built.
    resolver: Option<Arc<Resolver>>,
}

impl Builder<'_> {
    fn offer(mut self) -> Offer {
        self.resolver = self.manifest.resolver.as_ref().and_then(|resolver| self.resolver(resolver));
        let mut offer = Offer {
            tools: self.manifest.tools.iter().filter_map(|tool| self.tool(tool)).collect(),
            resources: self.manifest.resources.iter().filter_map(|each| self.resource(each)).collect(),
            prompts: self.manifest.prompts.iter().filter_map(|each| self.prompt(each)).collect(),
            routes: self.manifest.routes.iter().filter_map(|each| self.route(each)).collect(),
            completion: self.manifest.completion.as_ref().and_then(|completion| self.completion(completion)),
            resolver: self.resolver.clone(),
            catalog: self.manifest.catalog.as_ref().and_then(|catalog| self.catalog(catalog)),
            guard: self.manifest.guard.map(|guard| self.guard(guard)),
        };
        offer.tools.sort_by(|one, other| one.name.cmp(&other.name));
        offer.resources.sort_by(|one, other| one.name.cmp(&other.name));
        offer.prompts.sort_by(|one, other| one.name.cmp(&other.name));
        offer.routes.sort_by(|one, other| one.name.cmp(&other.name));
        offer
    }

    fn tool(&self, tool: &manifest::Tool) -> Option<Arc<Tool>> {
        let described = self.described.tools.iter().find(|each| each.name == tool.name)?;
        let resolver = self.resolving(tool.resolve)?;
        let (input, output) = self.schemas.of_kind(Kind::Tool, &tool.name)?;
        let declared = input.properties().cloned().collect();
        let need = self.need(&tool.capabilities, declared, tool.targets == Targets::Many)?;
        Some(Arc::new(Tool {
            plugin: self.manifest.name.clone(),
            name: tool.name.clone(),
            title: described.title.clone(),
            description: described.description.clone(),
            input_schema: Arc::clone(input.document()),
            output_schema: output.as_ref().map(|schema| Arc::clone(schema.document())),
            hints: Hints::of(&need),
            task: described.task,
            extras: Extras::of(&described.extras),
            operation: self.operation((Kind::Tool, &tool.name), need, input, output, resolver),
        }))
    }

    fn route(&self, route: &manifest::Route) -> Option<Arc<Route>> {
        let described = self.described.routes.iter().find(|each| each.name == route.name)?;
        let resolver = self.resolving(route.resolve)?;
        let (input, output) = self.schemas.of_kind(Kind::Route, &route.name)?;
        let declared = input.properties().cloned().collect();
        let need = self.need(&route.capabilities, declared, route.targets == Targets::Many)?;
        let media_type = described.media_type.clone();
        // The answer of a stream is its last event.
        let answers_json = route.streams || media_type == "application/json" || media_type.ends_with("+json");
        let document = Arc::clone(input.document());
        let promised = output.as_ref().map(|schema| Arc::clone(schema.document()));
        let mut operation = self.operation((Kind::Route, &route.name), need, input, output, resolver);
        Arc::get_mut(&mut operation)?.answers_json = answers_json;
        Some(Arc::new(Route {
            plugin: self.manifest.name.clone(),
            name: route.name.clone(),
            title: described.title.clone(),
            description: described.description.clone(),
            method: route.method,
            path: route.path.clone(),
            headers: route.headers.clone(),
            streams: route.streams,
            media_type,
            input_schema: document,
            output_schema: promised,
            operation,
        }))
    }

    fn resource(&self, resource: &manifest::Resource) -> Option<Arc<Resource>> {
        let described = self.described.resources.iter().find(|each| each.name == resource.name)?;
        let resolver = self.resolving(resource.resolve)?;
        let variables: Vec<String> = resource.uri_template.variables().map(str::to_owned).collect();
        let upstream = self.manifest.upstream_of(&resource.capabilities);
        let of_all = upstream.map(|it| it.argument.clone()).filter(|name| !variables.contains(name));
        let named = variables.iter().map(|name| (name.as_str(), true));
        let input = texts(named.chain(of_all.iter().map(|name| (name.as_str(), true))))?;
        let need = self.need(&resource.capabilities, variables.into_iter().collect(), of_all.is_some())?;
        Some(Arc::new(Resource {
            plugin: self.manifest.name.clone(),
            name: resource.name.clone(),
            title: described.title.clone(),
            description: described.description.clone(),
            uri_template: resource.uri_template.to_string(),
            media_type: described.media_type.clone(),
            extras: Extras::of(&described.extras),
            template: resource.uri_template.clone(),
            of_all,
            operation: self.operation((Kind::Resource, &resource.name), need, input, None, resolver),
        }))
    }

    fn prompt(&self, prompt: &manifest::Prompt) -> Option<Arc<Prompt>> {
        let described = self.described.prompts.iter().find(|each| each.name == prompt.name)?;
        let arguments = || described.arguments.iter();
        let input = texts(arguments().map(|argument| (argument.name.as_str(), argument.required)))?;
        let declared = arguments().map(|argument| argument.name.clone()).collect();
        let need = self.need(&prompt.capabilities, declared, false)?;
        Some(Arc::new(Prompt {
            plugin: self.manifest.name.clone(),
            name: prompt.name.clone(),
            title: described.title.clone(),
            description: described.description.clone(),
            arguments: described.arguments.clone(),
            extras: Extras::of(&described.extras),
            operation: self.operation((Kind::Prompt, &prompt.name), need, input, None, None),
        }))
    }

    /// Completing is bound by the arguments that are given already; none has to be.
    fn completion(&self, completion: &manifest::Completion) -> Option<Arc<Operation>> {
        let names = || completion.arguments.iter();
        let input = texts(names().map(|name| (name.as_str(), false)))?;
        let mut need = self.need(&completion.capabilities, names().cloned().collect(), false)?;
        if let Some(targets) = &mut need.targets {
            // Which target, is what a person may be about to type: by `*`, all that the principal may use.
            targets.many = Some(targets.one.clone());
        }
        Some(self.operation((Kind::Completion, manifest::COMPLETION), need, input, None, None))
    }

    fn guard(&self, guard: manifest::Guard) -> Guard {
        let manifest::Guard { before, after } = guard;
        Guard { plugin: self.manifest.name.clone(), component: Arc::clone(&self.component), before, after }
    }

    /// Who logs in, says so; by what the operator granted of it.
    fn authenticate(&self) {
        let Some(authenticator) = &self.manifest.authenticator else { return };
        let granted = authenticator.capabilities.iter().filter_map(|name| self.granted(name)).collect();
        self.component.authenticates(&authenticator.upstream, granted);
    }

    fn granted(&self, name: &String) -> Option<Granted> {
        let capability = self.manifest.capability(name)?;
        Some(Granted {
            name: name.clone(),
            effect: capability.effect,
            rules: capability.rules.clone(),
            targets: self.grants.get(name)?.clone(),
        })
    }

    /// What is asked before calls of what says `resolve`; outside `None` where that was not granted.
    #[expect(clippy::option_option, reason = "not granted, not asked for, or there: folded at once by `?`")]
    fn resolving(&self, resolve: bool) -> Option<Option<Arc<Resolver>>> {
        if resolve { self.resolver.clone().map(Some) } else { Some(None) }
    }

    /// need ∩ grant; `None` when a capability was not granted at all.
    pub(super) fn need(
        &self,
        capabilities: &[String],
        declared: BTreeSet<String>,
        many: bool,
    ) -> Option<Need> {
        let targets = self.manifest.upstream_of(capabilities).map(|upstream| TargetArguments {
            upstream: upstream.name.clone(),
            one: upstream.argument.clone(),
            many: upstream.arguments.clone().filter(|_| many),
        });
        let capabilities = capabilities.iter().map(|name| self.granted(name)).collect::<Option<_>>()?;
        Some(Need { targets, capabilities, declared })
    }

    pub(super) fn operation(
        &self,
        (kind, name): (Kind, &str),
        need: Need,
        input: Schema,
        output: Option<Schema>,
        resolver: Option<Arc<Resolver>>,
    ) -> Arc<Operation> {
        Arc::new(Operation {
            kind,
            plugin: self.manifest.name.clone(),
            name: name.to_owned(),
            digest: self.digest,
            need,
            input,
            output,
            resolver,
            answers_json: false,
            component: Arc::clone(&self.component),
        })
    }
}

/// The schema of an object of texts, which resources and prompts take.
pub(super) fn texts<'a>(names: impl Iterator<Item = (&'a str, bool)>) -> Option<Schema> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (name, is_required) in names {
        properties.insert(name.to_owned(), json!({"type": "string", "maxLength": 1024}));
        if is_required {
            required.push(name);
        }
    }
    let document = json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    Schema::of(document.as_object()?.clone()).ok()
}
