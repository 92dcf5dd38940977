//! `list_services`: which services there are, and whether anything answers behind them.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::listing;
use super::parts;
use crate::api::Api;
use crate::args::{Namespace, Selector};
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::list::{self, FromRow, Item, Listing, Portion, Question, Rows};
use crate::model::service::{EndpointSlice, SERVICE_NAME_LABEL};
use crate::request::{Group, Include};
use crate::table::Row;
use crate::tool::{Problem, Report, Tool};

/// Endpoint slices read of one cluster for one answer.
const MOST_SLICES: usize = 2_000;

/// The tool.
#[derive(Debug)]
pub struct ListServices;

listing! {
    /// Which services to list.
    Arguments {
        /// Namespace of the services. Absent: all namespaces.
        #[serde(default)]
        namespace: Option<Namespace>,
        /// Label selector, such as `app=web,tier in (a,b),!canary`.
        #[serde(default)]
        label_selector: Option<Selector>,
        /// Whether to count the endpoints behind each service, which costs a second request.
        #[serde(default = "yes")]
        endpoints: bool,
    }
}

fn yes() -> bool {
    true
}

/// One service.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ServiceRow {
    /// Namespace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name.
    pub name: String,
    /// `ClusterIP`, `NodePort`, `LoadBalancer` or `ExternalName`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its address inside the cluster; `None` for a headless service.
    pub cluster_ip: String,
    /// Its address outside, or `<pending>`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub external_ip: String,
    /// Its ports, such as `80:30080/TCP`.
    pub ports: String,
    /// Time since it was created, such as `5m` or `3d2h`.
    pub age: String,
    /// Labels of the pods behind it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub selector: String,
    /// Endpoints behind it, if they were counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Endpoints>,
}

/// Endpoints of one service.
#[derive(Debug, Clone, Copy, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Endpoints {
    /// Those that may be sent traffic.
    pub ready: usize,
    /// All of them.
    pub total: usize,
}

impl FromRow for ServiceRow {
    fn read(row: &Row<'_>, namespace: Option<&str>) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            name: row.text("Name"),
            kind: row.text("Type"),
            cluster_ip: row.text("Cluster-IP"),
            external_ip: row.text("External-IP"),
            ports: row.text("Port(s)"),
            age: row.text("Age"),
            selector: row.text("Selector"),
            endpoints: None,
        }
    }
}

impl Item for ServiceRow {
    const COLUMNS: &'static [&'static str] =
        &["NAME", "TYPE", "CLUSTER-IP", "EXTERNAL-IP", "PORTS", "ENDPOINTS", "AGE"];

    fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn cells(&self) -> Vec<String> {
        let endpoints =
            self.endpoints.map_or_else(String::new, |count| format!("{}/{}", count.ready, count.total));
        let text =
            [&self.name, &self.kind, &self.cluster_ip, &self.external_ip, &self.ports, &endpoints, &self.age];
        text.map(Clone::clone).to_vec()
    }
}

impl Tool for ListServices {
    const NAME: &'static str = "list_services";
    const TITLE: &'static str = "List services";
    const DESCRIPTION: &'static str = "Lists services with type, addresses, ports, selector and age, and how \
        many endpoints behind each are ready (`0/0` or `0/n`: nothing answers), of one namespace or all, of \
        one cluster or many. At most `limit` of each cluster (100 unless told, up to 1000); `truncated` and \
        `continue` say when there are more. A cluster that cannot be read is reported under `errors` beside \
        the others' services; fails only if none can.";
    type Arguments = Arguments;
    type Output = Listing<ServiceRow>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Self::Output>, Problem> {
        let namespace = arguments.namespace.as_ref();
        let include = if namespace.is_some() { Include::None } else { Include::Metadata };
        let query = Query::table(Group::CORE.collection(namespace, "services"), include)
            .maybe("labelSelector", arguments.label_selector.as_ref());
        let labels = arguments.label_selector.as_ref().map_or("", Selector::as_str);
        let question = Question {
            parts: parts(Self::NAME, &[&query.path, labels], &()),
            limit: arguments.limit,
            resume: arguments.r#continue.as_ref(),
        };
        let rows =
            Rows { capability: Capability::ListServices, query, namespace: namespace.map(Namespace::as_str) };
        let all: Option<fn(&ServiceRow) -> bool> = None;
        let listing = list::ask(
            call,
            question,
            all,
            async |api, limit, token| rows.page(api, limit, token).await,
            async |api, portion| {
                if arguments.endpoints && !portion.items.is_empty() {
                    count_endpoints(api, namespace, portion).await;
                }
            },
        )
        .await?;
        Ok(listing.report("services", arguments.format))
    }
}

/// Adds the endpoints to the services. If they cannot be read, the services stand without, and a note says why.
async fn count_endpoints<C: Cluster>(
    api: &Api<'_, C>,
    namespace: Option<&Namespace>,
    portion: &mut Portion<ServiceRow>,
) {
    let query = Query::json(Group::DISCOVERY.collection(namespace, "endpointslices"));
    let slices = match api.all::<EndpointSlice>(Capability::ListEndpoints, query, MOST_SLICES).await {
        Ok(slices) => slices,
        Err(fault) => {
            portion.notes.push(format!("endpoints were not counted: {fault}"));
            return;
        }
    };
    if !slices.whole {
        portion.notes.push(format!("endpoints were counted over the first {MOST_SLICES} slices only"));
    }
    let counts = count(&slices.items);
    for service in &mut portion.items {
        let key = (service.namespace.as_deref().unwrap_or_default(), service.name.as_str());
        service.endpoints = match counts.get(&key) {
            Some(count) => Some(*count),
            // Without a slice there is nothing behind it, provided that all slices were seen; an
            // ExternalName never has any.
            None if slices.whole && service.kind != "ExternalName" => Some(Endpoints::default()),
            None => None,
        };
    }
}

/// Endpoints by namespace and service. A pod with addresses of both families stands in two slices, and counts once.
fn count(slices: &[EndpointSlice]) -> BTreeMap<(&str, &str), Endpoints> {
    #[derive(Default)]
    struct Behind<'a> {
        all: BTreeSet<&'a str>,
        ready: BTreeSet<&'a str>,
    }
    let mut seen: BTreeMap<(&str, &str), Behind<'_>> = BTreeMap::new();
    for slice in slices {
        let Some(service) = slice.metadata.labels.get(SERVICE_NAME_LABEL) else { continue };
        let behind = seen.entry((&slice.metadata.namespace, service)).or_default();
        for endpoint in &slice.endpoints {
            let target = endpoint.target_ref.as_ref().map(|target| target.name.as_str());
            let Some(who) = target.or(endpoint.addresses.first().map(String::as_str)) else { continue };
            behind.all.insert(who);
            if endpoint.is_ready() {
                behind.ready.insert(who);
            }
        }
    }
    let count = |behind: Behind<'_>| Endpoints { ready: behind.ready.len(), total: behind.all.len() };
    seen.into_iter().map(|(key, behind)| (key, count(behind))).collect()
}
