//! Routes about cluster profiles.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::shape::{self, read, text, wide};
use super::{Answer, Route};
use crate::args::{Name, many_instances, needed, one_profile, project};
use crate::capability::Capability;
use crate::fan;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::meta::Items;
use crate::profiles::{self, Wanted};
use crate::tool::Problem;
use crate::tools::list_cluster_profiles::kind;

one_profile! {
    /// Which profile.
    One {
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

one_profile! {
    /// Which version of which profile.
    Version {
        /// Uid of another version, in place of the path's.
        #[serde(default, rename = "versionUid")]
        version_uid: Option<Name>,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

one_profile! {
    /// Which pack of which profile.
    Pack {
        /// The pack: uid or name.
        pack_uid: Name,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

many_instances! {
    /// Which profiles.
    Search {
        /// Whole names, whatever their case.
        #[serde(default)]
        #[schemars(length(min = 1, max = 100))]
        names: Option<Vec<Name>>,
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

many_instances! {
    /// Which profiles.
    Posted {
        /// What was sent.
        body: Names,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

/// Names of profiles.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct Names {
    /// Whole names, whatever their case.
    #[schemars(length(min = 1, max = 100))]
    pub names: Vec<Name>,
}

many_instances! {
    /// Which profiles of a project.
    OfProject {
        /// Cloud type, such as `aws`; those for all clouds are in it.
        #[serde(default)]
        cloud_type: Option<Name>,
        /// The same as `cloud_type`.
        #[serde(default, rename = "cloudType")]
        cloud_type_too: Option<Name>,
        /// `cluster`, `infra`, `add-on` or `system`. Absent: `infra` and `cluster`.
        #[serde(default)]
        profile_type: Option<Name>,
        /// The same as `profile_type`.
        #[serde(default, rename = "profileType")]
        profile_type_too: Option<Name>,
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

pub(super) fn describe() -> Vec<Route> {
    const LIST: &str = "profiles";
    vec![
        shape::object::<One>(
            "profile",
            "One cluster profile",
            "One version of a cluster profile, as Palette gives it, with secrets masked.",
        ),
        shape::object::<Version>(
            "profile-packs",
            "Packs of a cluster profile",
            "One version of a cluster profile with its packs and their values, with secrets masked.",
        ),
        shape::list::<Pack>(
            "profile-pack-manifests",
            "Manifests of a pack of a profile",
            "The manifests of one pack of a cluster profile with their contents, with secrets masked.",
            "items",
        ),
        shape::list::<One>(
            "profile-variables",
            "Variables of a cluster profile",
            "The variables of one version of a cluster profile; values of sensitive ones are masked.",
            "variables",
        ),
        shape::list::<Search>(
            "search-profiles",
            "Search cluster profiles",
            "Cluster profiles by whole names (`names`) or a piece of one (`name`), as Palette gives them.",
            LIST,
        ),
        shape::list::<Posted>(
            "profiles-search",
            "Cluster profiles by their names",
            "Cluster profiles by whole names, whatever their case, as Palette gives them.",
            LIST,
        ),
        shape::list::<OfProject>(
            "project-profiles",
            "Cluster profiles of a project",
            "The cluster profiles that can be used in a project, newest change first, as Palette gives them.",
            LIST,
        ),
    ]
}

pub(super) async fn one<C: Call>(call: &C, arguments: One) -> Result<Answer, Problem> {
    whole(call, arguments.profile_uid.as_ref(), arguments.project.as_ref()).await
}

pub(super) async fn packs<C: Call>(call: &C, arguments: Version) -> Result<Answer, Problem> {
    whole(call, arguments.profile_uid.as_ref(), arguments.project.as_ref()).await
}

async fn whole<C: Call>(call: &C, given: Option<&Name>, within: Option<&Name>) -> Result<Answer, Problem> {
    let profile = needed("profile_uid", given)?;
    let within = project(within)?;
    let value = fan::one(call, async |api| {
        let request = Request::get(format!("/v1/clusterprofiles/{profile}")).within(within.as_ref());
        read(api, Capability::ProfilesRead, request).await
    })
    .await?;
    Ok(Answer::json(&value))
}

pub(super) async fn manifests<C: Call>(call: &C, arguments: Pack) -> Result<Answer, Problem> {
    let profile = needed("profile_uid", arguments.profile_uid.as_ref())?;
    let within = project(arguments.project.as_ref())?;
    let wanted = arguments.pack_uid.as_str();
    let value = fan::one(call, async |api| {
        let request =
            Request::get(format!("/v1/clusterprofiles/{profile}/packs/manifests")).within(within.as_ref());
        let packs: Items<Value> = api.json(Capability::ProfilesRead, request).await?;
        let is = |pack: &Value| {
            ["/metadata/uid", "/metadata/name", "/spec/name"].iter().any(|at| text(pack, at) == wanted)
        };
        let pack = packs.into_vec().into_iter().find(is);
        let pack = pack.ok_or_else(|| Fault::missing(format!("the profile has no pack `{wanted}`")))?;
        let manifests = pack.pointer("/spec/manifests").filter(|list| list.is_array()).cloned();
        let mut value = json!({ "items": manifests.unwrap_or_else(|| json!([])) });
        crate::redact::json(&mut value);
        Ok(value)
    })
    .await?;
    Ok(Answer::json(&value))
}

pub(super) async fn variables<C: Call>(call: &C, arguments: One) -> Result<Answer, Problem> {
    let profile = needed("profile_uid", arguments.profile_uid.as_ref())?;
    let within = project(arguments.project.as_ref())?;
    let value = fan::one(call, async |api| {
        let request =
            Request::get(format!("/v1/clusterprofiles/{profile}/variables")).within(within.as_ref());
        let value = read(api, Capability::ProfilesRead, request).await?;
        let variables = value.get("variables").filter(|list| list.is_array()).cloned();
        Ok(json!({ "variables": variables.unwrap_or_else(|| json!([])) }))
    })
    .await?;
    Ok(Answer::json(&value))
}

pub(super) async fn search<C: Call>(call: &C, arguments: Search) -> Result<Answer, Problem> {
    let wanted = Wanted {
        part: arguments.name.as_ref().map(Name::as_str),
        names: profiles::texts(arguments.names.as_ref()),
        ..Wanted::default()
    };
    if wanted.part.is_none() && wanted.names.is_empty() {
        return Err(Problem::invalid("/names", "give `names` or `name`"));
    }
    found(call, arguments.project.as_ref(), &wanted).await
}

pub(super) async fn posted<C: Call>(call: &C, arguments: Posted) -> Result<Answer, Problem> {
    let names = profiles::texts(Some(&arguments.body.names));
    if names.is_empty() {
        return Err(Problem::invalid("/body/names", "give at least one name"));
    }
    found(call, arguments.project.as_ref(), &Wanted { names, ..Wanted::default() }).await
}

pub(super) async fn of_project<C: Call>(call: &C, arguments: OfProject) -> Result<Answer, Problem> {
    needed("project", arguments.project.as_ref())?;
    let types = kind(arguments.profile_type.as_ref())?;
    let wanted = Wanted {
        types: types.map_or_else(|| vec!["infra", "cluster"], |kind| vec![kind]),
        cloud: arguments.cloud_type.as_ref().map(|cloud| cloud.as_str().to_ascii_lowercase()),
        ..Wanted::default()
    };
    found(call, arguments.project.as_ref(), &wanted).await
}

async fn found<C: Call>(call: &C, within: Option<&Name>, wanted: &Wanted<'_>) -> Result<Answer, Problem> {
    let within: Option<Uid> = project(within)?;
    wide(call, "profiles", async |api| {
        let mut merged = profiles::search_as(api, within.as_ref(), wanted, shape::uid).await?;
        merged.items.retain(|item| {
            let of = |member: &str| {
                let published = text(item, &format!("/specSummary/published/{member}"));
                if published.is_empty() {
                    text(item, &format!("/specSummary/draft/{member}"))
                } else {
                    published
                }
            };
            wanted.has(text(item, "/metadata/name"), of("type"), of("cloudType"))
        });
        Ok(merged)
    })
    .await
}
