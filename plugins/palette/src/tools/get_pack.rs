//! `get_pack`: one pack with all its versions, its readme and what is set where nobody says.

use postern_sdk::text::{Text, clean_lines, cut};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::api::Api;
use crate::args::{Name, one_instance};
use crate::capability::Capability;
use crate::fan;
use crate::fault::{Code, Fault};
use crate::ids::{Uid, segment};
use crate::instance::{Call, Request};
use crate::model::pack::{Found, Pack, Source};
use crate::page;
use crate::redact;
use crate::tool::{Problem, Report, Tool};

/// Characters of a readme and of values.
const MOST: usize = 20_000;

/// The tool.
#[derive(Debug)]
pub struct GetPack;

one_instance! {
    /// Which pack.
    Arguments {
        /// Name of the pack, as `list_available_packs` tells it.
        #[serde(default)]
        pack_name: Option<Name>,
        /// Uid of a version of it, in place of the name.
        #[serde(default)]
        pack_uid: Option<Name>,
        /// Registry: uid or name. Needed where several have the pack.
        #[serde(default)]
        registry: Option<Name>,
        /// The version whose readme and values are wanted. Absent: that of `pack_uid`, or the newest.
        #[serde(default)]
        version: Option<Name>,
    }
}

/// The pack.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Answer {
    pub name: String,
    pub display_name: String,
    /// `kernel`, `os`, `k8s`, `cni`, `csi` or `addon`.
    pub layer: String,
    pub registry_uid: String,
    /// Clouds that it fits, or `all`.
    pub cloud_types: Vec<String>,
    /// Newest first.
    pub versions: Vec<Version>,
    /// The version that the rest is about.
    pub version: Version,
    /// Markdown: at most 20,000 characters.
    pub readme: String,
    /// YAML, what is set where nobody says: at most 20,000 characters, with secrets masked.
    pub values: String,
    pub instance: String,
}

/// One version.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Version {
    pub uid: String,
    pub version: String,
}

impl Tool for GetPack {
    const NAME: &'static str = "get_pack";
    const TITLE: &'static str = "Get a pack";
    const DESCRIPTION: &'static str = "Gets one pack of a Palette registry, by `pack_name` or `pack_uid`: all its \
        versions (newest first), and the readme and the values of one of them. Fails with not-found where there is \
        no such pack or version, and names the registries where several have it.";
    type Arguments = Arguments;
    type Output = Answer;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Answer>, Problem> {
        let uid =
            arguments.pack_uid.as_ref().map(|uid| crate::args::needed("pack_uid", Some(uid))).transpose()?;
        let name = arguments.pack_name.as_ref().map(Name::as_str);
        let wanted = match (uid, name) {
            (Some(_), Some(_)) => {
                return Err(Problem::invalid("/pack_uid", "give `pack_name` or `pack_uid`, not both"));
            }
            (None, None) => {
                return Err(Problem::invalid("/pack_name", "give `pack_name` or `pack_uid`"));
            }
            (Some(uid), None) => Wanted::Uid(uid),
            (None, Some(name)) => Wanted::Name(segment(name).ok_or_else(|| {
                Problem::invalid("/pack_name", "a name of a pack has letters, digits, `-`, `_` and `.`")
            })?),
        };
        let registry = arguments.registry.as_ref().map(Name::as_str);
        let version = arguments.version.as_ref().map(Name::as_str);
        let output = fan::one(call, async |api| {
            let pack = read(api, &wanted, registry).await?;
            answer(api.name(), pack, &wanted, version)
        })
        .await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

enum Wanted<'a> {
    Uid(Uid),
    Name(&'a str),
}

async fn read<C: Call>(api: &Api<'_, C>, wanted: &Wanted<'_>, registry: Option<&str>) -> Result<Pack, Fault> {
    let path = match wanted {
        Wanted::Uid(uid) => format!("/v1/packs/{uid}"),
        Wanted::Name(name) => {
            let registry = source(api, name, registry).await?;
            return api
                .json(
                    Capability::PacksRead,
                    Request::get(format!("/v1/packs/{name}/registries/{registry}")).with("cloudType", "all"),
                )
                .await;
        }
    };
    api.json(Capability::PacksRead, Request::get(path)).await
}

/// The registry that has the pack.
async fn source<C: Call>(api: &Api<'_, C>, name: &str, registry: Option<&str>) -> Result<Uid, Fault> {
    let body = json!({ "filter": { "name": { "eq": name } }, "sort": [{ "field": "name", "order": "asc" }] });
    let request = Request::search("/v1/packs/search", &body)?;
    let found = page::all::<C, Found>(api, Capability::PacksRead, request, page::MOST).await?;
    let named = found.items.into_iter().filter(|pack| pack.spec.name == name);
    let all: Vec<Source> = named.flat_map(|pack| pack.spec.registries).collect();
    let fits = |source: &&Source| registry.is_none_or(|given| source.uid == given || source.name == given);
    let chosen: Vec<&Source> = all.iter().filter(fits).collect();
    match chosen.as_slice() {
        [] if all.is_empty() => Err(Fault::missing(format!("there is no pack `{name}`"))),
        [] => Err(Fault::missing(format!("that registry has no pack `{name}`: {} have", names(&all)))),
        [only] => Uid::parse(&only.uid).map_err(|_| Fault::new(Code::Upstream, "the registry has no uid")),
        _ => Err(Fault::new(
            Code::Invalid,
            format!("several registries have `{name}`: name one of {} as `registry`", names(&all)),
        )),
    }
}

fn names(sources: &[Source]) -> String {
    let names: Vec<String> = sources.iter().take(10).map(|source| format!("`{}`", source.name)).collect();
    names.join(", ")
}

fn answer(instance: &str, pack: Pack, wanted: &Wanted<'_>, version: Option<&str>) -> Result<Answer, Fault> {
    let each = |tag: &crate::model::pack::PackTag| Version {
        uid: tag.pack_uid.clone(),
        version: tag.version().to_owned(),
    };
    let mut versions: Vec<Version> = pack.tags.iter().map(each).collect();
    versions.sort_by(|one, other| crate::version::compare(&other.version, &one.version));
    let chosen = match (version, wanted) {
        (Some(version), _) => versions.iter().find(|each| each.version == version),
        (None, Wanted::Uid(uid)) => versions.iter().find(|each| each.uid == uid.as_str()),
        (None, Wanted::Name(_)) => versions.first(),
    };
    let chosen = chosen.cloned().ok_or_else(|| {
        let known: Vec<String> = versions.iter().take(10).map(|each| format!("`{}`", each.version)).collect();
        Fault::missing(format!("the pack has no such version; it has {}", known.join(", ")))
    })?;
    let held = pack.pack_values.into_iter().find(|held| held.pack_uid == chosen.uid).unwrap_or_default();
    Ok(Answer {
        name: pack.name,
        display_name: pack.display_name,
        layer: pack.layer,
        registry_uid: pack.registry_uid,
        cloud_types: pack.cloud_types,
        versions,
        version: chosen,
        readme: cut(&postern_sdk::mask::shown(&clean_lines(&held.readme)), MOST).into_owned(),
        values: cut(&redact::yaml(&held.values), MOST).into_owned(),
        instance: instance.to_owned(),
    })
}

fn text(pack: &Answer) -> String {
    let mut text = Text::default();
    text.line(format!("{} {} ({}), uid {}", pack.name, pack.version.version, pack.layer, pack.version.uid));
    let versions: Vec<[&str; 2]> =
        pack.versions.iter().map(|each| [each.version.as_str(), each.uid.as_str()]).collect();
    text.table(&["VERSION", "UID"], &versions);
    text.fenced("readme", &pack.readme);
    text.finish("read the structured answer")
}
