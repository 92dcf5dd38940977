//! What a component said of itself, as far as it is more than words: schemas, ready to check, and the facts that its
//! manifest is held against.

use std::collections::BTreeMap;

use super::manifest::{self, Carried};
use super::refused::PluginError;
use super::schema::Schema;
use super::text::Written;
use crate::call::Kind;
use crate::runtime::{self, Described, Inspection, Standing};

/// What the component turned out to be, in the manifest's words.
pub(super) fn facts(
    inspection: &Inspection,
    described: &Described,
    schemas: &Schemas,
) -> manifest::Described {
    let capability = |import: &&runtime::Import| import.standing == Standing::Capability;
    manifest::Described {
        imports: inspection.imports.iter().filter(capability).map(|import| import.name.clone()).collect(),
        tools: schemas
            .input
            .iter()
            .filter(|((kind, _), _)| *kind == Kind::Tool)
            .map(|((_, tool), schema)| (tool.clone(), schema.properties().cloned().collect()))
            .collect(),
        resources: described.resources.iter().map(|resource| resource.name.clone()).collect(),
        prompts: described
            .prompts
            .iter()
            .map(|prompt| {
                let arguments = prompt.arguments.iter().map(|argument| argument.name.clone());
                (prompt.name.clone(), arguments.collect())
            })
            .collect(),
        routes: described.routes.iter().filter_map(|route| schemas.route(route)).collect(),
        completes: inspection.exports.iter().any(|name| name.starts_with("postern:plugin/completions@")),
    }
}

/// The schemas of a plugin's tools and routes, by kind and name.
pub(super) struct Schemas {
    input: BTreeMap<(Kind, String), Schema>,
    output: BTreeMap<(Kind, String), Schema>,
}

impl Schemas {
    /// # Errors
    /// The first schema that cannot be used.
    pub(super) fn of(plugin: &str, described: &Described) -> Result<Self, PluginError> {
        let mut schemas = Self { input: BTreeMap::new(), output: BTreeMap::new() };
        let tools =
            described.tools.iter().map(|it| (Kind::Tool, &it.name, &it.input_schema, &it.output_schema));
        let routes =
            described.routes.iter().map(|it| (Kind::Route, &it.name, &it.input_schema, &it.output_schema));
        for (kind, name, input, output) in tools.chain(routes) {
            let failed = |which| {
                let (plugin, name) = (plugin.to_owned(), name.clone());
                move |source| PluginError::Schema { plugin, kind, name, which, source }
            };
            let input = Schema::parse(input).map_err(failed("input"))?;
            schemas.input.insert((kind, name.clone()), input);
            if let Some(text) = output {
                let output = Schema::parse_any(text).map_err(failed("output"))?;
                schemas.output.insert((kind, name.clone()), output);
            }
        }
        Ok(schemas)
    }

    /// Those of one of them.
    pub(super) fn of_kind(&self, kind: Kind, name: &str) -> Option<(Schema, Option<Schema>)> {
        let key = (kind, name.to_owned());
        Some((self.input.get(&key)?.clone(), self.output.get(&key).cloned()))
    }

    /// What a component says of a route, as far as its manifest must agree.
    fn route(&self, route: &runtime::DescribedRoute) -> Option<(String, manifest::DescribedRoute)> {
        let (input, output) = self.of_kind(Kind::Route, &route.name)?;
        let carried = |name: &String| {
            let carried = match Written::of(input.document(), name) {
                Some(Written::Once(_)) => Carried::Once,
                Some(Written::Often(_)) => Carried::Often,
                None => Carried::Never,
            };
            (name.clone(), carried)
        };
        let described = manifest::DescribedRoute {
            arguments: input.properties().map(carried).collect(),
            media_type: route.media_type.clone(),
            promises: output.is_some(),
        };
        Some((route.name.clone(), described))
    }
}
