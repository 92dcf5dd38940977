//! Edge hosts.

use serde_json::{Value, json};

use crate::palette::call::{Call, done, ok};
use crate::palette::filter::{self, Fact, Property};
use crate::palette::page::page;
use crate::palette::refusal::Refusal;
use crate::palette::route::{Route, read, write};
use crate::palette::value::{items, set, text};
use crate::wire::Reply;

const GET: &str = "edgehost.get";
const LIST: &str = "edgehost.list";

pub(super) const ROUTES: &[Route] = &[
    read("POST", "/v1/dashboard/edgehosts/search", LIST, search),
    read("GET", "/v1/dashboard/edgehosts/search/schema", LIST, |_| Ok(ok(&filter::schema(PROPERTIES)))),
    read("GET", "/v1/edgehosts/metadata", LIST, metadata),
    read("GET", "/v1/edgehosts/tags", LIST, tags),
    read("GET", "/v1/edgehosts/{uid}", GET, one),
    write("PUT", "/v1/edgehosts/{uid}/meta", "edgehost.update", change),
    read("GET", "/v1/spectroclusters/{uid}/edge-native/edgeHosts", "cluster.get", of_cluster),
];

/// Health is in lower case here, as it is not for clusters.
const PROPERTIES: &[Property<Value>] = &[
    words("name", &[], true, |it| Fact::Text(text(it, "/metadata/name").to_owned())),
    words("state", &["ready", "unpaired", "in-use"], true, |it| {
        Fact::Text(text(it, "/status/state").to_owned())
    }),
    words("healthState", &["healthy", "unhealthy"], true, |it| {
        Fact::Text(text(it, "/status/health/state").to_owned())
    }),
    words("architecture", &["amd64", "arm64"], false, |it| {
        Fact::Text(text(it, "/spec/device/archType").to_owned())
    }),
    date("creationTimestamp", |it| Fact::Date(text(it, "/metadata/creationTimestamp").to_owned())),
    date("lastModifiedTimestamp", |it| Fact::Date(text(it, "/metadata/lastModifiedTimestamp").to_owned())),
    Property {
        name: "tags",
        kind: "keyValue",
        values: &[],
        sortable: false,
        fact: |it| Fact::Pairs(labels(it)),
    },
];

const fn words(
    name: &'static str,
    values: &'static [&'static str],
    sortable: bool,
    fact: fn(&Value) -> Fact,
) -> Property<Value> {
    Property { name, kind: "string", values, sortable, fact }
}

const fn date(name: &'static str, fact: fn(&Value) -> Fact) -> Property<Value> {
    Property { name, kind: "date", values: &[], sortable: true, fact }
}

fn labels(host: &Value) -> Vec<(String, String)> {
    let labels = host.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.map(|(key, value)| (key.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

fn seen(call: &Call<'_>) -> Vec<Value> {
    call.world.edge_hosts.iter().filter(|it| call.inherits(it)).cloned().collect()
}

fn search(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let body = call.body()?;
    filter::check(PROPERTIES, &body)?;
    let found = filter::search(seen(call), PROPERTIES, &body)?;
    Ok(ok(&page(found, call.request)?))
}

fn metadata(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let list: Vec<Value> = seen(call).iter().map(|it| json!({"metadata": it.get("metadata")})).collect();
    Ok(ok(&json!({ "items": list })))
}

fn tags(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let tags: Vec<String> =
        seen(call).iter().flat_map(labels).map(|(key, value)| format!("{key}:{value}")).collect();
    Ok(ok(&json!({ "tags": tags })))
}

fn one(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.variable("uid").to_owned();
    Ok(ok(&call.thing(&call.world.edge_hosts, &uid)?))
}

fn change(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let (uid, body) = (call.variable("uid").to_owned(), call.body()?);
    call.thing(&call.world.edge_hosts, &uid)?;
    let host = call.world.edge_hosts.iter_mut().find(|it| text(it, "/metadata/uid") == uid);
    if let (Some(host), Some(labels)) = (host, body.pointer("/metadata/labels")) {
        set(host, "/metadata", "labels", labels.clone());
    }
    Ok(done())
}

fn of_cluster(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let uid = call.cluster()?.uid;
    let uses = |it: &&Value| {
        items(it, "/status/inUseClustersRef").iter().any(|cluster| text(cluster, "/uid") == uid)
    };
    let list: Vec<Value> = call.world.edge_hosts.iter().filter(uses).cloned().collect();
    Ok(ok(&json!({ "items": list })))
}
