//! The route that streams: the health of the whole fleet, told as it is found.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Answer, Route, shape};
use crate::api::Api;
use crate::args::{Name, many_instances, project};
use crate::capability::Capability;
use crate::fan;
use crate::fault::{Failure, Fault};
use crate::filter::Filter;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::cluster::SearchItem;
use crate::page;
use crate::scope::{self, Merged};
use crate::tool::Problem;

many_instances! {
    /// Whose health.
    Fleet {
        /// The same as `project`.
        #[serde(default, rename = "projectUid")]
        project_uid: Option<Name>,
    }
}

/// How the fleet is: the last event.
#[derive(Debug, Default, Serialize, JsonSchema)]
struct Summary {
    /// Clusters that could be read.
    total: usize,
    /// By health: `Healthy`, `UnHealthy`, `Unknown`.
    health: BTreeMap<String, usize>,
    /// By state: `Running` and so on.
    states: BTreeMap<String, usize>,
    /// By instance.
    instances: BTreeMap<String, usize>,
    /// Whether there are more than could be read.
    truncated: bool,
    /// What could not be read: nothing is known of it.
    errors: Vec<Failure>,
}

pub(super) fn describe() -> Vec<Route> {
    let schema = postern_sdk::schema::answer::<Summary>();
    let schema: Value = serde_json::from_str(&schema).unwrap_or_else(|_| json!({ "type": "object" }));
    let route = shape::route::<Fleet>(
        "fleet-health",
        "Health of the fleet",
        "The health of every cluster, as it is found: an event `cluster` for each, `instance` when one is done, \
         `error` for what could not be read; the answer is the sum.",
        &schema,
    );
    vec![Route { media_type: "text/event-stream", ..route }]
}

pub(super) async fn fleet<C: Call>(call: &C, arguments: Fleet) -> Result<Answer, Problem> {
    let within = project(arguments.project.as_ref())?;
    let request = search()?;
    let gathered = fan::out(call, async |api| {
        let looked = look(api, within.as_ref(), &request).await;
        match &looked {
            Ok(merged) => {
                for failure in &merged.failures {
                    call.event("error", &json!(failure)).await;
                }
                let done = json!({ "instance": api.name(), "clusters": merged.items.len() });
                call.event("instance", &done).await;
            }
            Err(fault) => {
                let failure = Failure::new(api.name(), None, fault.clone());
                call.event("error", &json!(failure)).await;
            }
        }
        looked
    })
    .await?;
    if let ([], Some(first)) = (gathered.results.as_slice(), gathered.failures.first()) {
        return Err(Fault::new(first.code, first.message.as_str()).problem(&first.instance));
    }
    let mut summary = Summary { errors: gathered.failures, ..Summary::default() };
    for (instance, merged) in gathered.results {
        summary.truncated |= !merged.whole;
        summary.errors.extend(merged.failures);
        summary.total += merged.items.len();
        *summary.instances.entry(instance).or_default() += merged.items.len();
        for item in merged.items {
            *summary.health.entry(health(&item).to_owned()).or_default() += 1;
            *summary.states.entry(item.status.state).or_default() += 1;
        }
    }
    Ok(Answer::json(&json!(summary)))
}

/// Looks at one instance, and tells each cluster once, though several scopes may have it.
async fn look<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    request: &Request,
) -> Result<Merged<SearchItem>, Fault> {
    let scopes = scope::of(api, project).await?;
    let seen = RefCell::new(BTreeSet::new());
    let uid = |item: &SearchItem| item.metadata.uid.clone();
    scope::merge(api, &scopes, uid, async |scope| {
        let request = request.clone().within(scope.project());
        let mut found: page::Collected<SearchItem> =
            page::all(api, Capability::ClustersRead, request, page::MOST).await?;
        found.items.retain(|item| !item.status.is_deleted());
        for item in &found.items {
            let new = seen.borrow_mut().insert(item.metadata.uid.clone());
            if new {
                api.call().event("cluster", &told(api.name(), item)).await;
            }
        }
        Ok(found)
    })
    .await
}

fn search() -> Result<Request, Problem> {
    let body = Filter::alive().body(&[("clusterName", "asc")]);
    Request::search("/v1/dashboard/spectroclusters/search", &body)
        .map_err(|fault| Problem::Internal(fault.message))
}

fn health(item: &SearchItem) -> &str {
    let state = item.status.health.state.as_str();
    if state.is_empty() { "Unknown" } else { state }
}

fn told(instance: &str, item: &SearchItem) -> Value {
    let wrong: Vec<Value> = item
        .status
        .health
        .conditions
        .iter()
        .map(|condition| {
            json!({ "type": condition.r#type, "message": postern_sdk::mask::shown(&condition.message) })
        })
        .collect();
    json!({
        "instance": instance,
        "uid": item.metadata.uid,
        "name": item.metadata.name,
        "projectUid": item.metadata.project(),
        "cloudType": item.spec_summary.cloud_config.cloud_type,
        "state": item.status.state,
        "health": health(item),
        "nodes": item.spec_summary.nodes(),
        "healthyNodes": item.spec_summary.healthy_nodes(),
        "conditions": wrong,
    })
}
