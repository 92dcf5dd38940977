//! Which clusters, projects and profiles there are, remembered for five minutes.
//!
//! What is not in what is remembered is looked for anew, so that a new cluster is found at once.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::Api;
use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::filter::Filter;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::cluster;
use crate::model::meta::{Bare, Items, Meta};
use crate::model::profile::ProfileSummary;
use crate::page::{self, Collected};
use crate::scope;

/// How long an index is good for.
const TTL_MS: u32 = 300_000;

/// A project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Project {
    pub(crate) uid: String,
    pub(crate) name: String,
}

/// A cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Known {
    pub(crate) uid: String,
    pub(crate) name: String,
    pub(crate) project: Option<String>,
    pub(crate) project_name: Option<String>,
    pub(crate) cloud_type: String,
    pub(crate) state: String,
    pub(crate) tags: Vec<String>,
    pub(crate) scope: String,
}

/// The projects that are wanted.
pub(crate) async fn projects<C: Call>(
    api: &Api<'_, C>,
    wanted: impl Fn(&Project) -> bool,
) -> Result<Vec<Project>, Fault> {
    lookup(api, "projects", wanted, async || all_projects(api).await).await
}

/// The clusters that are wanted; none that is deleted.
pub(crate) async fn clusters<C: Call>(
    api: &Api<'_, C>,
    wanted: impl Fn(&Known) -> bool,
) -> Result<Vec<Known>, Fault> {
    lookup(api, "clusters", wanted, async || all_clusters(api).await).await
}

/// The cloud configuration of a cluster; none before there is one.
pub(super) async fn config<C: Call>(
    api: &Api<'_, C>,
    known: &Known,
) -> Result<Option<cluster::CloudConfig>, Fault> {
    let project = known.project.as_deref().and_then(|uid| Uid::parse(uid).ok());
    let body = Filter::alive().equals("clusterName", &[&known.name]).body(&[("clusterName", "asc")]);
    let request = Request::search("/v1/dashboard/spectroclusters/search", &body)?.within(project.as_ref());
    let found: Collected<cluster::SearchItem> =
        page::all(api, Capability::ClustersRead, request, page::MOST).await?;
    let own = found.items.into_iter().find(|item| item.metadata.uid == known.uid);
    Ok(own.map(|item| item.spec_summary.cloud_config).filter(|config| !config.uid.is_empty()))
}

/// A profile version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Profile {
    pub(crate) uid: String,
    pub(crate) project: Option<String>,
}

/// The newest version of each profile of that name.
pub(crate) async fn profiles<C: Call>(
    api: &Api<'_, C>,
    name: &str,
    project: Option<&Uid>,
) -> Result<Vec<Profile>, Fault> {
    let body = json!({ "filter": { "profileName": { "eq": name, "ignoreCase": true } },
        "sort": [{ "field": "lastModifiedTimestamp", "order": "desc" }] });
    let request = Request::search("/v1/dashboard/clusterprofiles", &body)?;
    let scopes = scope::of(api, project).await?;
    let uid = |item: &ProfileSummary| item.metadata.uid.clone();
    let merged = scope::merge(api, &scopes, uid, async |scope| {
        page::all(api, Capability::ProfilesRead, request.clone().within(scope.project()), page::MOST).await
    })
    .await?;
    let named = merged.items.into_iter().filter(|item| item.metadata.name.eq_ignore_ascii_case(name));
    Ok(named.map(|item| of(&item.metadata)).collect())
}

/// The profile version of that uid. One of a project is forbidden outside of it, so each is asked in turn.
pub(crate) async fn profile<C: Call>(
    api: &Api<'_, C>,
    uid: &Uid,
    project: Option<&Uid>,
) -> Result<Option<Profile>, Fault> {
    let ask = async |project: Option<&Uid>| -> Result<Option<Profile>, Fault> {
        let request = Request::get(format!("/v1/clusterprofiles/{uid}")).within(project);
        let found: Option<Bare> = api.maybe(Capability::ProfilesRead, request).await?;
        Ok(found.map(|found| {
            let own = of(&found.metadata);
            Profile {
                uid: uid.to_string(),
                project: own.project.or_else(|| project.map(ToString::to_string)),
            }
        }))
    };
    let first = ask(project).await;
    let is_elsewhere = match &first {
        Ok(found) => found.is_none(),
        Err(fault) => fault.code == Code::Forbidden,
    };
    if project.is_some() || !is_elsewhere {
        return first;
    }
    for scope in scope::of(api, None).await? {
        if let Ok(Some(found)) = ask(scope.project()).await {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

fn of(metadata: &Meta) -> Profile {
    Profile { uid: metadata.uid.clone(), project: metadata.project().map(str::to_owned) }
}

async fn lookup<C: Call, T: Clone + Serialize + DeserializeOwned>(
    api: &Api<'_, C>,
    what: &str,
    wanted: impl Fn(&T) -> bool,
    read: impl AsyncFnOnce() -> Result<Vec<T>, Fault>,
) -> Result<Vec<T>, Fault> {
    let key = format!("index/{what}/{}", api.name());
    let remembered: Option<Vec<T>> =
        api.call().recall(&key).and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let hits: Vec<T> = remembered.into_iter().flatten().filter(&wanted).collect();
    if !hits.is_empty() {
        return Ok(hits);
    }
    let all = read().await?;
    if let Ok(bytes) = serde_json::to_vec(&all) {
        api.call().remember(&key, &bytes, TTL_MS);
    }
    Ok(all.into_iter().filter(wanted).collect())
}

async fn all_projects<C: Call>(api: &Api<'_, C>) -> Result<Vec<Project>, Fault> {
    let request = Request::get("/v1/dashboard/projects/metadata");
    let items: Items<Bare> = api.json(Capability::ProjectsRead, request).await?;
    let project = |item: Bare| Project { uid: item.metadata.uid, name: item.metadata.name };
    Ok(items.into_vec().into_iter().map(project).collect())
}

async fn all_clusters<C: Call>(api: &Api<'_, C>) -> Result<Vec<Known>, Fault> {
    let scopes = scope::of(api, None).await?;
    let uid = |item: &cluster::Known| item.metadata.uid.clone();
    let merged = scope::merge(api, &scopes, uid, async |scope| {
        let request = Request::get("/v1/dashboard/spectroclusters/meta").within(scope.project());
        let items: Items<cluster::Known> = api.json(Capability::ClustersRead, request).await?;
        Ok(Collected { items: items.into_vec(), whole: true })
    })
    .await?;
    // Names of projects are for policies that speak of them; without them the uid is there.
    let projects = projects(api, |_| true).await.unwrap_or_default();
    let alive = merged.items.into_iter().filter(|item| item.status.state != "Deleted");
    Ok(alive.map(|item| known(item, &projects)).collect())
}

fn known(item: cluster::Known, projects: &[Project]) -> Known {
    let project = item.metadata.project().map(str::to_owned);
    let named = projects.iter().find(|each| Some(&each.uid) == project.as_ref());
    Known {
        project_name: named.map(|named| named.name.clone()),
        scope: item.metadata.scope().to_owned(),
        tags: if item.spec.tags.is_empty() { item.metadata.tags() } else { item.spec.tags },
        cloud_type: item.spec.cloud_type,
        state: item.status.state,
        uid: item.metadata.uid,
        name: item.metadata.name,
        project,
    }
}
