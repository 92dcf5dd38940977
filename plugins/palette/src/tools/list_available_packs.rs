//! `list_available_packs`: which packs profiles can be made of.

use std::collections::BTreeMap;

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::list_registries::registries;
use super::listing::failures;
use crate::api::Api;
use crate::args::{Limit, Name, many_instances};
use crate::capability::Capability;
use crate::cursor;
use crate::fan;
use crate::fault::{Failure, Fault};
use crate::filter;
use crate::instance::{Call, Request};
use crate::model::pack::Found;
use crate::page::{self, Collected};
use crate::tool::{Problem, Report, Tool};

/// Layers of a pack.
const LAYERS: &[&str] = &["kernel", "os", "k8s", "cni", "csi", "addon"];

/// The tool.
#[derive(Debug)]
pub struct ListAvailablePacks;

many_instances! {
    /// Which packs to list. Packs belong to no project.
    Arguments {
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
        /// Layer: `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`; any case.
        #[serde(default)]
        layer: Option<Name>,
        /// Registry: uid or name.
        #[serde(default)]
        registry: Option<Name>,
        /// Cloud type, such as `aws`, `eks`, `vsphere`.
        #[serde(default)]
        cloud_type: Option<Name>,
        /// Most packs in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// What there is.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Packs {
    /// How many match in all, as far as they could be read.
    pub total: usize,
    /// By layer: `os`, `k8s`, `cni`, `csi`, `addon` and so on.
    pub by_layer: BTreeMap<String, Vec<Row>>,
    /// Whether there are more than could be read: narrow the question.
    pub truncated: bool,
    /// Give this as `cursor` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Instances that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// A pack in one registry.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Row {
    pub name: String,
    pub display_name: String,
    /// The newest version there.
    pub version: String,
    /// Uid of that version, for `get_pack`.
    pub pack_uid: String,
    /// Name of the registry.
    pub registry: String,
    pub registry_uid: String,
    /// Clouds that it fits, or `all`.
    pub cloud_types: Vec<String>,
    /// `spectro`, `helm`, `manifest` or `oci`.
    pub r#type: String,
    /// `ingress`, `monitoring` and so on, for add-ons.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub addon_type: String,
    /// Whether it should not be used any more.
    pub deprecated: bool,
    pub instance: String,
}

impl Tool for ListAvailablePacks {
    const NAME: &'static str = "list_available_packs";
    const TITLE: &'static str = "List available packs";
    const DESCRIPTION: &'static str = "Lists the packs that Palette cluster profiles can be made of, by layer, each \
        with its newest version in each registry, of one instance or many. `name`, `layer`, `registry` and \
        `cloud_type` narrow it down. At most `limit` in one answer (100 unless told); `cursor` says where it goes on.";
    type Arguments = Arguments;
    type Output = Packs;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Packs>, Problem> {
        let layer = layer(arguments.layer.as_ref())?;
        let (name, registry) = (arguments.name.as_ref(), arguments.registry.as_ref().map(Name::as_str));
        let cloud = arguments.cloud_type.as_ref().map(|cloud| cloud.as_str().to_ascii_lowercase());
        let mut wanted = json!({});
        if let Value::Object(wanted) = &mut wanted {
            wanted.extend(
                name.map(|name| {
                    ("name".to_owned(), json!({ "contains": name.as_str(), "ignoreCase": true }))
                }),
            );
            wanted.extend(layer.map(|layer| ("layer".to_owned(), json!([layer]))));
            wanted.extend(cloud.as_ref().map(|cloud| ("environment".to_owned(), json!([cloud]))));
        }
        let gathered = fan::out(call, async |api| read(api, &wanted, registry).await).await?;
        let (mut truncated, mut rows) = (false, Vec::new());
        for (instance, (collected, registry)) in gathered.results {
            truncated |= !collected.whole;
            let fits = |pack: &Found| {
                let clouds = &pack.spec.cloud_types;
                layer.is_none_or(|layer| pack.spec.layer == layer)
                    && name.is_none_or(|name| {
                        pack.spec.name.to_lowercase().contains(&name.as_str().to_lowercase())
                    })
                    && cloud.as_ref().is_none_or(|cloud| clouds.iter().any(|it| it == cloud || it == "all"))
            };
            for pack in collected.items.into_iter().filter(fits) {
                rows.extend(in_registries(&instance, &pack, registry.as_deref()));
            }
        }
        let total = rows.len();
        let key = |(layer, row): &(String, Row)| {
            cursor::key([layer, &row.name, &row.registry, &row.registry_uid, &row.instance])
        };
        let question = format!("{wanted}\u{0}{registry:?}");
        let slice = cursor::slice(rows, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        let mut by_layer: BTreeMap<String, Vec<Row>> = BTreeMap::new();
        for (layer, row) in slice.items {
            by_layer.entry(layer).or_default().push(row);
        }
        let output = Packs { total, by_layer, truncated, cursor: slice.cursor, errors: gathered.failures };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn layer(given: Option<&Name>) -> Result<Option<&'static str>, Problem> {
    // What answers call it elsewhere.
    if given.is_some_and(|given| given.as_str().eq_ignore_ascii_case("kubernetes")) {
        return Ok(Some("k8s"));
    }
    filter::spelled("/layer", LAYERS, given)
}

/// Packs, and the uid of the registry that is wanted.
async fn read<C: Call>(
    api: &Api<'_, C>,
    wanted: &Value,
    registry: Option<&str>,
) -> Result<(Collected<Found>, Option<String>), Fault> {
    let mut filter = wanted.clone();
    let mut chosen = None;
    if let Some(given) = registry {
        let found = registries(api).await?.into_iter().find(|it| it.uid == given || it.name == given);
        let found = found.ok_or_else(|| Fault::missing(format!("there is no registry `{given}`")))?;
        if let Value::Object(filter) = &mut filter {
            filter.insert("registryUid".to_owned(), json!([found.uid]));
        }
        chosen = Some(found.uid);
    }
    let body = json!({ "filter": filter, "sort": [{ "field": "name", "order": "asc" }] });
    let request = Request::search("/v1/packs/search", &body)?;
    Ok((page::all(api, Capability::PacksRead, request, page::MOST).await?, chosen))
}

fn in_registries(instance: &str, pack: &Found, registry: Option<&str>) -> Vec<(String, Row)> {
    let spec = &pack.spec;
    let wanted = spec.registries.iter().filter(|source| registry.is_none_or(|uid| source.uid == uid));
    let row = |source: &crate::model::pack::Source| Row {
        name: if spec.name.is_empty() { pack.metadata.name.clone() } else { spec.name.clone() },
        display_name: spec.display_name.clone(),
        version: source.latest_version.clone(),
        pack_uid: source.latest_pack_uid.clone(),
        registry: source.name.clone(),
        registry_uid: source.uid.clone(),
        cloud_types: spec.cloud_types.clone(),
        r#type: spec.r#type.clone(),
        addon_type: spec.addon_type.clone(),
        deprecated: pack.status.deprecated,
        instance: instance.to_owned(),
    };
    wanted.map(|source| (spec.layer.clone(), row(source))).collect()
}

fn text(packs: &Packs) -> String {
    let mut text = Text::default();
    failures(&mut text, &packs.errors);
    text.line(format!("{} packs", packs.total));
    let rows: Vec<[&str; 6]> = packs
        .by_layer
        .iter()
        .flat_map(|(layer, rows)| rows.iter().map(move |row| (layer, row)))
        .map(|(layer, row)| {
            let note = if row.deprecated { "deprecated" } else { "" };
            [layer.as_str(), &row.name, &row.version, &row.registry, note, &row.instance]
        })
        .collect();
    text.table(&["LAYER", "NAME", "NEWEST", "REGISTRY", "", "INSTANCE"], &rows);
    text.finish("lower `limit`, or narrow it down by `name` or `layer`")
}
