//! `find_clusters_for_profile`: which clusters use a profile, by what Palette says of the profile itself.

use std::collections::BTreeMap;

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use super::listing::failures;
use crate::api::Api;
use crate::args::one_profile;
use crate::capability::Capability;
use crate::fan;
use crate::fault::{Failure, Fault};
use crate::filter::Filter;
use crate::fleet;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::cluster::SearchItem;
use crate::model::profile::ProfileSummary;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct FindClustersForProfile;

one_profile! {
    /// Which profile.
    Arguments {}
}

/// Who uses it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Users {
    /// The version that was asked about.
    pub profile: Profile,
    /// Clusters that use it, by name.
    pub clusters: Vec<User>,
    /// Clusters that use another version of the same name.
    pub clusters_of_other_versions: Vec<User>,
    /// What could not be read: states, and users of other versions, may be missing for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
    /// The instance that it is in.
    pub instance: String,
}

/// A profile version.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Profile {
    pub uid: String,
    pub name: String,
    pub version: String,
}

/// A cluster that uses it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct User {
    pub uid: String,
    pub name: String,
    /// Absent: the credential may not see the cluster itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// The version that it uses, where the list of clusters tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Tool for FindClustersForProfile {
    const NAME: &'static str = "find_clusters_for_profile";
    const TITLE: &'static str = "Find clusters for a profile";
    const DESCRIPTION: &'static str = "Finds the clusters that use a version of a Palette cluster profile, with their \
        states and projects, and those that use other versions of the same name. Needs no catalog. Name the profile \
        by uid, by name, or by its catalog `entity`.";
    type Arguments = Arguments;
    type Output = Users;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Users>, Problem> {
        let profile = crate::args::needed("profile_uid", arguments.profile_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| users(api, &profile, project.as_ref()).await).await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

async fn users<C: Call>(api: &Api<'_, C>, profile: &Uid, project: Option<&Uid>) -> Result<Users, Fault> {
    let request = Request::get(format!("/v1/dashboard/clusterprofiles/{profile}")).within(project);
    let summary: ProfileSummary = api.json(Capability::ProfileViewClusters, request).await?;
    let name = summary.metadata.name;
    let searched =
        fleet::search(api, project, Filter::alive(), |item: &SearchItem| item.metadata.uid.clone());
    let (mut seen, mut errors) = (BTreeMap::new(), Vec::new());
    match searched.await {
        Ok(merged) => {
            errors = merged.failures;
            let alive = merged.items.into_iter().filter(|item| !item.status.is_deleted());
            seen.extend(alive.map(|item| (item.metadata.uid.clone(), item)));
        }
        // The profile's own word is enough for the main question.
        Err(fault) => errors.push(Failure::new(api.name(), None, fault)),
    }
    let mut clusters = Vec::new();
    for user in summary.status.in_use_clusters {
        let known = seen.remove(&user.uid);
        let project = Some(user.project_uid).filter(|uid| !uid.is_empty());
        clusters.push(User {
            state: known.as_ref().map(|item| item.status.state.clone()),
            project_uid: project
                .or_else(|| known.as_ref().and_then(|item| item.metadata.project().map(str::to_owned))),
            version: known.as_ref().and_then(|item| version(item, &name)),
            uid: user.uid,
            name: user.name,
        });
    }
    let mut others: Vec<User> = seen
        .into_values()
        .filter_map(|item| {
            let version = version(&item, &name)?;
            let project_uid = item.metadata.project().map(str::to_owned);
            let (uid, name, state) = (item.metadata.uid, item.metadata.name, Some(item.status.state));
            Some(User { uid, name, state, project_uid, version: Some(version) })
        })
        .collect();
    clusters.sort_by(|one, other| one.name.cmp(&other.name));
    others.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(Users {
        profile: Profile { uid: profile.to_string(), name, version: summary.spec_summary.version },
        clusters,
        clusters_of_other_versions: others,
        errors,
        instance: api.name().to_owned(),
    })
}

fn version(item: &SearchItem, name: &str) -> Option<String> {
    let templates = &item.spec_summary.cluster_profile_templates;
    templates.iter().find(|template| template.name == name).map(|template| template.version().to_owned())
}

fn text(users: &Users) -> String {
    let mut text = Text::default();
    failures(&mut text, &users.errors);
    let Profile { name, version, uid } = &users.profile;
    text.line(format!("{} clusters use {name} {version} ({uid})", users.clusters.len()));
    let rows = |users: &[User]| -> Vec<[String; 5]> {
        users
            .iter()
            .map(|user| {
                let or = |text: &Option<String>| text.clone().unwrap_or_default();
                [
                    user.name.clone(),
                    user.uid.clone(),
                    or(&user.state),
                    or(&user.version),
                    or(&user.project_uid),
                ]
            })
            .collect()
    };
    text.table(&["NAME", "UID", "STATE", "VERSION", "PROJECT"], &rows(&users.clusters));
    if !users.clusters_of_other_versions.is_empty() {
        text.line(format!("{} use another version", users.clusters_of_other_versions.len()));
        text.table(&["NAME", "UID", "STATE", "VERSION", "PROJECT"], &rows(&users.clusters_of_other_versions));
    }
    text.finish("read the structured answer")
}
