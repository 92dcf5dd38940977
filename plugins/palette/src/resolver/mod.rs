//! Resolving: from what people write to uids, and what policies may ask about a cluster.
//!
//! The steps, each of which touches only arguments that the tool has:
//! 1. an alias's argument names become the tool's;
//! 2. `entity` becomes `instance`, `project`, `cluster_uid` or `profile_uid`, by the catalog's annotations;
//! 3. a project's name becomes its uid;
//! 4. a cluster's name becomes its uid; its project and instance are filled in, and its cloud configuration, by which
//!    its machine pools are written: so the authority of the call is bound to that one too; two clusters of one call
//!    have to be alike ([`pair`]);
//! 5. a profile's name becomes the uid of its newest version.
//!
//! Nothing found and several found are errors that say so. What was found about the cluster are the facts.

mod entity;
pub(crate) mod index;
mod pair;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use crate::aliases;
use crate::api::Api;
use crate::change::cluster;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Instance};
use crate::tool::{self, Problem};
use crate::{routes, tools};
use index::Known;

/// What policies may ask about, by name; each with its values.
pub type Facts = BTreeMap<&'static str, Vec<String>>;

/// What a call is about.
#[derive(Debug)]
pub struct Resolved {
    /// All arguments, as they should be.
    pub arguments: String,
    /// What policies may ask about.
    pub facts: Facts,
}

/// Resolves a call: `kind` is `tool`, `route` or `resource`.
///
/// # Errors
/// When a name is nobody's, or several objects' name.
pub async fn resolve<C: Call>(
    call: &C,
    kind: &str,
    name: &str,
    arguments: &str,
) -> Result<Resolved, Problem> {
    let mut arguments: Map<String, Value> = tool::parse(arguments)?;
    if let (Some(alias), "tool") = (aliases::find(name), kind) {
        alias.rename(&mut arguments)?;
    }
    if kind == "route" {
        routes::rename(&mut arguments)?;
    }
    let takes = takes(kind, name);
    let mut facts = Facts::new();
    entity::apply(call, &takes, &mut arguments).await?;
    if let Some(given) = text(&arguments, "project") {
        let (instance, project) = project(call, &arguments, &given).await?;
        settle(&takes, &mut arguments, &instance);
        facts.insert("project", vec![project.name]);
        arguments.insert("project".to_owned(), project.uid.into());
    }
    if let Some(given) = text(&arguments, "cluster_uid") {
        let (instance, found) = cluster_of(call, &arguments, "cluster_uid", &given).await?;
        settle(&takes, &mut arguments, &instance);
        if let (true, Some(project)) = (takes.contains("project"), &found.project) {
            arguments.insert("project".to_owned(), project.clone().into());
        }
        arguments.insert("cluster_uid".to_owned(), found.uid.clone().into());
        if takes.contains("config_uid") {
            config(call, &instance, &found, &mut arguments).await?;
        }
        about(found, &mut facts);
    }
    if let Some(Value::Array(several)) = arguments.get("cluster_uid").cloned() {
        let uids = clusters(call, &arguments, &several, &mut facts).await?;
        arguments.insert("cluster_uid".to_owned(), uids);
    }
    if let Some(instance) = pair::apply(call, &mut arguments, &mut facts).await? {
        settle(&takes, &mut arguments, &instance);
    }
    if let Some(given) = text(&arguments, "profile_uid") {
        let (instance, found) = profile(call, &arguments, &given).await?;
        settle(&takes, &mut arguments, &instance);
        if let (true, Some(project)) = (takes.contains("project"), found.project) {
            arguments.entry("project").or_insert_with(|| project.into());
        }
        arguments.insert("profile_uid".to_owned(), found.uid.into());
    }
    if let Some(project) = text(&arguments, "project") {
        facts.entry("project_uid").or_insert_with(|| vec![project]);
    }
    Ok(Resolved { arguments: Value::Object(arguments).to_string(), facts })
}

/// The names of the arguments that a tool or a route has.
fn takes(kind: &str, name: &str) -> BTreeSet<String> {
    let schema = match kind {
        "tool" => tools::describe().into_iter().find(|tool| tool.name == name).map(|tool| tool.input_schema),
        "route" => {
            routes::describe().into_iter().find(|route| route.name == name).map(|route| route.input_schema)
        }
        _ => None,
    };
    let schema: Option<Value> = schema.and_then(|schema| serde_json::from_str(&schema).ok());
    let properties = schema.as_ref().and_then(|schema| schema.get("properties")?.as_object());
    properties.map(|properties| properties.keys().cloned().collect()).unwrap_or_default()
}

fn text(arguments: &Map<String, Value>, name: &str) -> Option<String> {
    arguments.get(name)?.as_str().map(str::to_owned)
}

/// Names the instance where something was found, unless the caller named some.
fn settle(takes: &BTreeSet<String>, arguments: &mut Map<String, Value>, instance: &str) {
    if takes.contains("instance") && !arguments.contains_key("instances") {
        arguments.insert("instance".to_owned(), instance.into());
    }
}

fn about(found: Known, facts: &mut Facts) {
    facts.insert("cloud_type", vec![found.cloud_type]);
    facts.insert("state", vec![found.state]);
    facts.insert("tags", found.tags);
    facts.insert("scope", vec![found.scope]);
    if let Some(name) = found.project_name {
        facts.insert("project", vec![name]);
    }
    if let Some(project) = found.project {
        facts.insert("project_uid", vec![project]);
    }
}

/// The instances to look in: that one alone which the arguments name.
fn places<'a, C: Call>(call: &'a C, arguments: &Map<String, Value>) -> Vec<&'a C::Instance> {
    let named = text(arguments, "instance");
    call.instances()
        .iter()
        .filter(|instance| named.as_ref().is_none_or(|named| named == "*" || instance.name() == named))
        .collect()
}

/// Looks in every place, and gives the one thing that was found.
async fn only<C: Call, T>(
    call: &C,
    arguments: &Map<String, Value>,
    argument: &str,
    given: &str,
    find: impl AsyncFn(&Api<'_, C>) -> Result<Vec<(String, T)>, Fault>,
) -> Result<(String, T), Problem> {
    let mut found: Vec<(String, String, T)> = Vec::new();
    let mut failed: Option<Problem> = None;
    for instance in places(call, arguments) {
        match find(&Api::new(call, instance)).await {
            Ok(hits) => {
                found.extend(hits.into_iter().map(|(label, hit)| (instance.name().to_owned(), label, hit)));
            }
            Err(fault) => {
                failed.get_or_insert_with(|| fault.problem(instance.name()));
            }
        }
    }
    if found.len() > 1 {
        let several: Vec<String> = found
            .iter()
            .take(10)
            .map(|(instance, label, _)| format!("{label} of instance `{instance}`"))
            .collect();
        let message = format!(
            "`{given}` fits several: {}; give a uid, or `project` and `instance`",
            several.join(", ")
        );
        return Err(Problem::invalid(&format!("/{argument}"), message));
    }
    // One that could not be asked may hold another of that name, or the only one.
    if let Some(problem) = failed.filter(|_| found.is_empty()) {
        return Err(problem);
    }
    let what = argument.split('_').next().unwrap_or(argument);
    let nothing = || Problem::NotFound(format!("there is no {what} `{given}` that the credential may see"));
    found.pop().map(|(instance, _, hit)| (instance, hit)).ok_or_else(nothing)
}

async fn project<C: Call>(
    call: &C,
    arguments: &Map<String, Value>,
    given: &str,
) -> Result<(String, index::Project), Problem> {
    only(call, arguments, "project", given, async |api| {
        let hits = index::projects(api, |project| is(given, &project.uid, &project.name)).await?;
        Ok(hits.into_iter().map(|hit| (format!("`{}`", hit.uid), hit)).collect())
    })
    .await
}

async fn cluster_of<C: Call>(
    call: &C,
    arguments: &Map<String, Value>,
    argument: &str,
    given: &str,
) -> Result<(String, Known), Problem> {
    let project = text(arguments, "project");
    only(call, arguments, argument, given, async |api| {
        let within = |known: &Known| project.is_none() || known.project == project;
        let hits = index::clusters(api, |known| is(given, &known.uid, &known.name) && within(known)).await?;
        Ok(hits.into_iter().map(|hit| (format!("`{}`", hit.uid), hit)).collect())
    })
    .await
}

/// Resolves several clusters. They may be of several instances and projects, so that none of these is settled. The
/// tags are those of all; what has one value is a fact where it is the same for all, and otherwise absent.
async fn clusters<C: Call>(
    call: &C,
    arguments: &Map<String, Value>,
    several: &[Value],
    facts: &mut Facts,
) -> Result<Value, Problem> {
    let mut uids = Vec::new();
    let mut shared: Option<Facts> = None;
    let mut tags = BTreeSet::new();
    for given in several.iter().filter_map(Value::as_str) {
        let (_, found) = cluster_of(call, arguments, "cluster_uid", given).await?;
        uids.push(Value::String(found.uid.clone()));
        let mut own = Facts::new();
        about(found, &mut own);
        tags.extend(own.remove("tags").unwrap_or_default());
        match &mut shared {
            None => shared = Some(own),
            Some(shared) => shared.retain(|name, values| own.get(name) == Some(values)),
        }
    }
    facts.extend(shared.unwrap_or_default());
    facts.insert("tags", tags.into_iter().collect());
    Ok(Value::Array(uids))
}

async fn profile<C: Call>(
    call: &C,
    arguments: &Map<String, Value>,
    given: &str,
) -> Result<(String, index::Profile), Problem> {
    let project = text(arguments, "project").and_then(|uid| Uid::parse(&uid).ok());
    only(call, arguments, "profile_uid", given, async |api| {
        let hits = match Uid::parse(given) {
            Ok(uid) => index::profile(api, &uid, project.as_ref()).await?.into_iter().collect(),
            Err(_) => {
                let mut hits = Vec::new();
                for hit in index::profiles(api, given, project.as_ref()).await? {
                    // Where it can be read, its summary may not say.
                    let uid =
                        Uid::parse(&hit.uid).ok().filter(|_| hit.project.is_none() && project.is_none());
                    let read = match uid {
                        Some(uid) => index::profile(api, &uid, None).await?,
                        None => None,
                    };
                    hits.push(read.unwrap_or(hit));
                }
                hits
            }
        };
        Ok(hits.into_iter().map(|hit| (format!("`{}`", hit.uid), hit)).collect())
    })
    .await
}

/// Fills in the cloud configuration of a cluster; what the caller wrote in its place must be the same.
async fn config<C: Call>(
    call: &C,
    instance: &str,
    found: &Known,
    arguments: &mut Map<String, Value>,
) -> Result<(), Problem> {
    let Some(at) = call.instances().iter().find(|each| each.name() == instance) else { return Ok(()) };
    let config = index::config(&Api::new(call, at), found).await.map_err(|fault| fault.problem(instance))?;
    let Some(config) = config else {
        let message = format!("the cluster `{}` has no cloud configuration yet", found.name);
        return Err(Problem::Conflict(message));
    };
    let cloud = cluster::segment(&config.cloud_type).to_owned();
    for (argument, value) in [("config_uid", config.uid), ("cloud", cloud)] {
        if text(arguments, argument).is_some_and(|given| given != value) {
            let message = format!("is another cluster's: leave it out, it is `{value}`");
            return Err(Problem::invalid(&format!("/{argument}"), message));
        }
        arguments.insert(argument.to_owned(), value.into());
    }
    Ok(())
}

/// Whether what was written is that object: its uid, or its name.
fn is(given: &str, uid: &str, name: &str) -> bool {
    match Uid::parse(given) {
        Ok(given) => given.as_str() == uid,
        Err(_) => given == name,
    }
}
