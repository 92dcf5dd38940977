//! `list_registries`: where packs come from.

use schemars::JsonSchema;
use serde::Serialize;

use super::listing::table;
use crate::api::Api;
use crate::args::many_instances;
use crate::capability::Capability;
use crate::fan;
use crate::fault::{Failure, Fault};
use crate::instance::{Call, Request};
use crate::model::meta::Items;
use crate::model::pack::Registry;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListRegistries;

many_instances! {
    /// Whose registries. A project has none of its own.
    Arguments {}
}

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Registries {
    /// How many.
    pub total: usize,
    /// By instance and name.
    pub items: Vec<Row>,
    /// Instances that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// One registry.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Row {
    pub uid: String,
    pub name: String,
    /// `pack`, `helm` or `oci`.
    pub kind: String,
    /// `system`, `tenant` or `project`.
    pub scope: String,
    pub is_default: bool,
    /// Whether it asks for a login.
    pub is_private: bool,
    pub instance: String,
}

impl Tool for ListRegistries {
    const NAME: &'static str = "list_registries";
    const TITLE: &'static str = "List registries";
    const DESCRIPTION: &'static str = "Lists the registries that packs of Palette come from, of one instance or many: \
        kind, scope, which is the default. An instance that cannot be read is told under `errors`.";
    type Arguments = Arguments;
    type Output = Registries;

    async fn run<C: Call>(call: &C, _: Arguments) -> Result<Report<Registries>, Problem> {
        let gathered = fan::out(call, async |api| registries(api).await).await?;
        let mut items: Vec<Row> = Vec::new();
        for (instance, found) in gathered.results {
            items.extend(found.into_iter().map(|registry| row(&instance, registry)));
        }
        items.sort_by(|one, other| (&one.instance, &one.name).cmp(&(&other.instance, &other.name)));
        let output = Registries { total: items.len(), items, errors: gathered.failures };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

/// The registries of an instance.
///
/// # Errors
/// As [`Api::json`].
pub(crate) async fn registries<C: Call>(api: &Api<'_, C>) -> Result<Vec<Registry>, Fault> {
    let request = Request::get("/v1/registries/metadata").with("scope", "all");
    let found: Items<Registry> = api.json(Capability::PacksRead, request).await?;
    Ok(found.into_vec())
}

fn row(instance: &str, registry: Registry) -> Row {
    let Registry { uid, name, kind, scope, is_default, is_private } = registry;
    Row { uid, name, kind, scope, is_default, is_private, instance: instance.to_owned() }
}

fn text(registries: &Registries) -> String {
    let rows = registries.items.iter().map(|row| {
        let default = if row.is_default { "default" } else { "" };
        [&row.name, &row.uid, &row.kind, &row.scope, default, &row.instance]
    });
    let headers = ["NAME", "UID", "KIND", "SCOPE", "", "INSTANCE"];
    let counted = format!("{} registries", registries.total);
    let text = table(&registries.errors, counted, headers, rows);
    text.finish("name one `instance`")
}
