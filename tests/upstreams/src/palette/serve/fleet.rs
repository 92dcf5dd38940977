//! Listing and searching clusters.

use hyper::StatusCode;
use serde_json::{Value, json};

use crate::palette::call::{Call, ok};
use crate::palette::filter::{self, Fact, Property};
use crate::palette::page::page;
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read};
use crate::palette::value::{items, text, truth};
use crate::palette::view::cluster as view;
use crate::palette::view::cost;
use crate::palette::world::Cluster;
use crate::wire::Reply;

pub(super) const ROUTES: &[Route] = &[
    read("POST", "/v1/dashboard/spectroclusters/search", "cluster.list", search),
    read("GET", "/v1/dashboard/spectroclusters/search/schema", "cluster.list", schema),
    read("GET", "/v1/dashboard/spectroclusters/search/input", "cluster.list", schema),
    read("GET", "/v1/dashboard/spectroclusters/search/export", "cluster.list", export),
    read("POST", "/v1/dashboard/spectroclusters/search/export", "cluster.list", export),
    read("GET", "/v1/dashboard/spectroclusters/meta", "cluster.list", meta),
    read("GET", "/v1/dashboard/spectroclusters/metadata", "cluster.list", metadata),
    read("POST", "/v1/dashboard/spectroclusters/metadata", "cluster.list", metadata_filtered),
    read("POST", "/v1/dashboard/spectroclusters/metadata/search", "cluster.list", metadata_search),
    read("GET", "/v1/dashboard/spectroclusters/metadata/search/schema", "cluster.list", schema),
    read("GET", "/v1/dashboard/spectroclusters/repaveStatus", "cluster.list", repave_status),
    read("GET", "/v1/dashboard/spectroclusters/vms", "cluster.list", vms),
    read("GET", "/v1/spectroclusters/tags", "cluster.list", tags),
];

const STATES: &[&str] =
    &["Unknown", "Pending", "Provisioning", "Running", "Deleting", "Deleted", "Error", "Importing"];
const HEALTH: &[&str] = &["Healthy", "UnHealthy", "Unknown"];
const ENVIRONMENTS: &[&str] = &[
    "aws",
    "eks",
    "azure",
    "aks",
    "gcp",
    "gke",
    "vsphere",
    "maas",
    "apache-cloudstack",
    "edge-native",
    "nested",
    "generic",
];

/// What clusters can be searched by.
const PROPERTIES: &[Property<Cluster>] = &[
    words("clusterName", &[], true, |it| Fact::Text(it.name.clone())),
    words("clusterState", STATES, true, |it| Fact::Text(it.state.clone())),
    words("healthState", HEALTH, true, |it| Fact::Text(it.health.clone().unwrap_or_default())),
    words("environment", ENVIRONMENTS, true, |it| Fact::Text(it.cloud.clone())),
    words("kubernetesVersion", &[], false, |it| Fact::Text(it.kubernetes.clone())),
    words("region", &[], false, |it| Fact::Text(it.region.clone())),
    words("agentVersion", &[], false, |it| Fact::Text(it.agent.clone())),
    words("repaveState", &["Pending", "Approved", "Reverted"], false, |it| {
        Fact::Text(it.repave.clone().unwrap_or_default())
    }),
    Property {
        name: "isDeleted",
        kind: "bool",
        values: &[],
        sortable: false,
        fact: |it| Fact::Truth(it.state == "Deleted"),
    },
    Property {
        name: "nodeCount",
        kind: "int",
        values: &[],
        sortable: false,
        fact: |it| Fact::Number(number(it.nodes())),
    },
    Property {
        name: "hourlyRate",
        kind: "float",
        values: &[],
        sortable: false,
        fact: |it| Fact::Number(cost::hourly(it)),
    },
    Property {
        name: "memoryUsage",
        kind: "float",
        values: &[],
        sortable: true,
        fact: |it| Fact::Number(f64::from(it.memory_percent)),
    },
    Property {
        name: "cpuUsage",
        kind: "float",
        values: &[],
        sortable: false,
        fact: |it| Fact::Number(f64::from(it.cpu_percent)),
    },
    Property {
        name: "creationTimestamp",
        kind: "date",
        values: &[],
        sortable: true,
        fact: |it| Fact::Date(it.created.clone()),
    },
    Property {
        name: "lastModifiedTimestamp",
        kind: "date",
        values: &[],
        sortable: true,
        fact: |it| Fact::Date(it.modified.clone()),
    },
    Property {
        name: "tags",
        kind: "keyValue",
        values: &[],
        sortable: false,
        fact: |it| Fact::Pairs(it.labels.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
    },
];

const fn words(
    name: &'static str,
    values: &'static [&'static str],
    sortable: bool,
    fact: fn(&Cluster) -> Fact,
) -> Property<Cluster> {
    Property { name, kind: "string", values, sortable, fact }
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// The clusters that the caller sees in this scope. Looking at them is a read of each.
pub(super) fn seen(call: &mut Call<'_>) -> Vec<Cluster> {
    let scope = call.scope.clone();
    let inside = |it: &&mut Cluster| scope.is_none() || it.project == scope;
    call.world
        .clusters
        .iter_mut()
        .filter(inside)
        .map(|it| {
            it.advance();
            it.clone()
        })
        .collect()
}

fn found(call: &mut Call<'_>) -> Result<Vec<Cluster>, Refusal> {
    let body = call.body()?;
    filter::check(PROPERTIES, &body)?;
    filter::search(seen(call), PROPERTIES, &body)
}

fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let found = found(call)?;
    let list = found.iter().map(|it| view::item(it, call.world, call.caller)).collect();
    Ok(ok(&page(list, call.request)?))
}

fn metadata_search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let found = found(call)?;
    let list = found.iter().map(|it| view::metadata(it, call.world, call.caller)).collect();
    Ok(ok(&page(list, call.request)?))
}

fn schema(_: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&filter::schema(PROPERTIES)))
}

fn export(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let rows = found(call)?.into_iter().map(|it| {
        format!(
            "{},{},{},{},{}\n",
            it.name,
            it.cloud,
            it.state,
            it.health.as_deref().unwrap_or_default(),
            it.kubernetes
        )
    });
    let text: String =
        std::iter::once("name,environment,state,health,kubernetes\n".to_owned()).chain(rows).collect();
    Ok(Reply::of(StatusCode::OK, "text/csv", text))
}

/// A bare array, unpaged.
fn meta(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let seen = seen(call);
    let list: Vec<Value> = seen.iter().map(|it| view::meta(it, call.world, call.caller)).collect();
    Ok(ok(&Value::Array(list)))
}

fn metadata(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let strict = call.parameter("quickFilter").is_some_and(|it| it.to_lowercase().contains("hostclusters"));
    let seen = seen(call);
    let shown = seen.iter().filter(|it| !(strict && it.is_virtual()));
    let list: Vec<Value> = shown.map(|it| view::metadata(it, call.world, call.caller)).collect();
    Ok(ok(&json!({ "items": list })))
}

fn metadata_filtered(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    let (environment, state) = (text(&body, "/filter/environment"), text(&body, "/filter/state"));
    let fits = |it: &&Cluster| {
        (environment.is_empty() || it.cloud == environment)
            && (state.is_empty() || it.state == state)
            && (truth(&body, "/filter/includeVirtual") || !it.is_virtual())
            && named(&it.name, body.pointer("/filter/name").unwrap_or(&Value::Null))
    };
    let seen = seen(call);
    let list: Vec<Value> =
        seen.iter().filter(fits).map(|it| view::metadata(it, call.world, call.caller)).collect();
    Ok(ok(&json!({ "items": list })))
}

/// A name against `{eq, ne, contains, beginsWith, ignoreCase}`, all of which must hold.
pub(super) fn named(name: &str, filter: &Value) -> bool {
    let ignore_case = filter.get("ignoreCase").and_then(Value::as_bool).unwrap_or(true);
    let fold = |text: &str| if ignore_case { text.to_lowercase() } else { text.to_owned() };
    let name = fold(name);
    let test = |field: &str, test: &dyn Fn(&str) -> bool| match filter.get(field).and_then(Value::as_str) {
        Some(wanted) if !wanted.is_empty() => test(&fold(wanted)),
        _ => true,
    };
    test("eq", &|it| name == it)
        && test("ne", &|it| name != it)
        && test("contains", &|it| name.contains(it))
        && test("beginsWith", &|it| name.starts_with(it))
}

fn repave_status(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let wanted = call.parameter("repaveState").unwrap_or("Pending").to_owned();
    let seen = seen(call);
    let waiting = seen.iter().filter(|it| it.repave.as_deref() == Some(wanted.as_str()));
    let list = waiting.map(|it| view::item(it, call.world, call.caller)).collect();
    Ok(ok(&page(list, call.request)?))
}

/// No cluster here runs virtual machines.
fn vms(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    Ok(ok(&page(Vec::new(), call.request)?))
}

fn tags(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let mut tags: Vec<String> = seen(call).iter().flat_map(view::tags).collect();
    tags.sort();
    tags.dedup();
    Ok(ok(&json!({ "tags": tags })))
}

/// The uids that a list in a body names; none is no filter.
pub(super) fn chosen(body: &Value, pointer: &str, uid: &str) -> bool {
    let list = items(body, pointer);
    list.is_empty() || list.iter().any(|it| it.as_str() == Some(uid))
}
