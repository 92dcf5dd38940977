//! The API of a ScaleOps server: five reads, and what is known of their answers.
//!
//! ScaleOps publishes no schema of these. What is read here is what its own dashboard reads; every field may be
//! missing. Two oddities are the server's and stay: the filter of [`workloads`] is called `label`, that of
//! [`costs`] is called `labels`; and [`COSTS`] alone does not begin with `/api/v1`.

mod model;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::args::Range;
use crate::capability::Capability;
use crate::fault::{Code, Fault};
use crate::lenient::Rows;
use crate::server::{Request, Server};

pub use model::{Amount, Cost, Destination, Rollout, Workload};

/// Workloads by their labels.
pub const WORKLOADS: &str = "/api/v1/dashboard/byNamespace";
/// What workloads cost over a range.
pub const COSTS: &str = "/detailedCostReport/getWorkloads";
/// In which clusters network cost is measured.
pub const NETWORK_ENABLED: &str = "/api/v1/networkCost/networkCostEnabled";
/// Whom a workload talks to.
pub const NETWORK: &str = "/api/v1/workload-network";
/// The policies of a cluster.
pub const POLICIES: &str = "/api/v1/policies";
/// The login.
pub const LOGIN: &str = "/auth/callback";
/// Sends a request of a parent server on to one of its clusters.
pub const CLUSTER_HEADER: &str = "x-scaleops-cluster";

/// The name that stands for one that is not told.
pub const NOT_TOLD: &str = "N/A";

/// Which workloads costs are asked for: those of one kind in one namespace of one cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// The cluster.
    pub cluster: String,
    /// The namespace.
    pub namespace: String,
    /// `Deployment` and the like.
    pub kind: String,
}

/// The workloads that have all of these labels, in all clusters, and how many of them could not be read.
///
/// # Errors
/// When there is no answer, or it is none.
pub async fn workloads(server: &impl Server, labels: &[String]) -> Result<(Vec<Workload>, usize), Fault> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Answer {
        workloads: Rows<Workload>,
    }
    let request = Request::post(WORKLOADS, &json!({ "label": labels }))
        .with("multiCluster", "true")
        .with("logicalLabel", "AND");
    let answer: Answer = ask(server, Capability::ReadWorkloads, request).await?;
    Ok((answer.workloads.rows, answer.workloads.unreadable))
}

/// What the workloads of a group cost over a range. The server matches labels loosely: others may be among
/// them.
///
/// # Errors
/// When there is no answer, or it is none.
pub async fn costs(
    server: &impl Server,
    group: &Group,
    labels: &[String],
    range: Range,
) -> Result<Vec<Cost>, Fault> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Answer {
        aggregated_workloads: Rows<Cost>,
    }
    let filter = |value: &String| if told(value) { vec![value.clone()] } else { Vec::new() };
    let body = json!({
        "clusterFilters": filter(&group.cluster),
        "namespaces": filter(&group.namespace),
        "workloadTypes": filter(&group.kind),
        "labels": labels,
    });
    let request = Request::post(COSTS, &body).with("multiCluster", "true").with("range", range.as_str());
    let answer: Answer = ask(server, Capability::ReadCosts, routed(request, &group.cluster)?).await?;
    Ok(answer.aggregated_workloads.rows)
}

/// Whether network cost is measured, by cluster. One that is not in it has none.
///
/// # Errors
/// When there is no answer, or it is none.
pub async fn network_enabled(server: &impl Server) -> Result<BTreeMap<String, bool>, Fault> {
    #[derive(Default, Deserialize)]
    #[serde(default, rename_all = "camelCase")]
    struct Answer {
        network_cost_enabled: Option<BTreeMap<String, Value>>,
    }
    let request = Request::get(NETWORK_ENABLED).with("multiCluster", "true");
    let answer: Answer = ask(server, Capability::ReadNetwork, request).await?;
    let clusters = answer.network_cost_enabled.unwrap_or_default();
    Ok(clusters.into_iter().map(|(cluster, on)| (cluster, on.as_bool() == Some(true))).collect())
}

/// Whom a workload talked to from one time to another, in milliseconds since the epoch.
///
/// # Errors
/// When there is no answer, or it is none.
pub async fn network(
    server: &impl Server,
    group: &Group,
    name: &str,
    (from, to): (i64, i64),
) -> Result<Vec<Destination>, Fault> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Answer {
        Bare(Rows<Destination>),
        Wrapped { destinations: Rows<Destination> },
        // An object without destinations, or with `null` for them: there are none.
        Empty {},
    }
    let request = Request::get(NETWORK)
        .with("name", name)
        .with("namespace", &group.namespace)
        .with("workloadType", &group.kind)
        .with("from", from.to_string())
        .with("to", to.to_string());
    let answer: Answer = ask(server, Capability::ReadNetwork, routed(request, &group.cluster)?).await?;
    Ok(match answer {
        Answer::Bare(rows) | Answer::Wrapped { destinations: rows } => rows.rows,
        Answer::Empty {} => Vec::new(),
    })
}

/// The policies of a cluster, by name: the objects as they are.
///
/// # Errors
/// When there is no answer, or it is none.
pub async fn policies(server: &impl Server, cluster: &str) -> Result<BTreeMap<String, Value>, Fault> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Answer {
        policies: Option<Vec<Value>>,
    }
    let answer: Answer =
        ask(server, Capability::ReadPolicies, routed(Request::get(POLICIES), cluster)?).await?;
    let named = |policy: Value| {
        let name = policy.pointer("/metadata/name")?.as_str()?.to_owned();
        Some((name, policy))
    };
    Ok(answer.policies.unwrap_or_default().into_iter().filter_map(named).collect())
}

/// Sends a request and reads the JSON of a success.
///
/// # Errors
/// When there is no answer, or it is no success, or not what it should be.
pub async fn ask<T: DeserializeOwned>(
    server: &impl Server,
    capability: Capability,
    request: Request,
) -> Result<T, Fault> {
    let response = {
        let _place = server.places().enter().await;
        server.send(capability, request.clone()).await.map_err(Fault::refused)?
    };
    if !(200..300).contains(&response.status) {
        return Err(Fault::answered(&request, &response));
    }
    serde_json::from_slice(&response.body)
        .map_err(|error| Fault::malformed(request.path, &response.body, &error))
}

/// A request that a parent server sends on to `cluster`, where its name is known.
fn routed(request: Request, cluster: &str) -> Result<Request, Fault> {
    if !told(cluster) {
        return Ok(request);
    }
    if !is_header(cluster) {
        return Err(Fault::new(Code::BadRequest, "the cluster's name cannot be sent in a header".to_owned()));
    }
    Ok(request.header(CLUSTER_HEADER, cluster))
}

/// Whether a text can be the value of a header as it is.
#[must_use]
pub fn is_header(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn told(name: &str) -> bool {
    !name.is_empty() && name != NOT_TOLD
}

/// Where people see a workload in the dashboard below `base`; `None` where that is no web address.
#[must_use]
pub fn dashboard(base: &str, workload: &str, labels: &[String]) -> Option<String> {
    let base = base.trim_end_matches('/');
    if !base.starts_with("https://") && !base.starts_with("http://") {
        return None;
    }
    let labels: String = labels.iter().map(|label| format!("&labels={}", encoded(label))).collect();
    let workload = encoded(workload);
    Some(format!(
        "{base}/cost-report/compute?searchTerms={workload}&selectedTable=Workloads&groupByCluster=0\
         &groupByNamespace=0&logicalLabel=AND{labels}"
    ))
}

/// A component of a query, as a browser's `encodeURIComponent` writes it.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_encoded() {
        let labels = ["app=checkout".to_owned(), "a.b/c=d".to_owned()];
        assert_eq!(
            dashboard("https://s.example.com/", "check out", &labels).unwrap(),
            "https://s.example.com/cost-report/compute?searchTerms=check%20out&selectedTable=Workloads\
             &groupByCluster=0&groupByNamespace=0&logicalLabel=AND&labels=app%3Dcheckout&labels=a.b%2Fc%3Dd"
        );
        assert_eq!(dashboard("javascript:alert(1)//", "a", &[]), None);
    }

    #[test]
    fn a_name_that_would_break_a_header_is_not_sent() {
        assert!(is_header("admin@shared svc-01"));
        for refused in ["", " a", "a ", "a\r\nx: y", "ä"] {
            assert!(!is_header(refused), "{refused:?}");
        }
        assert!(routed(Request::get(POLICIES), "a\nb").is_err());
        assert!(routed(Request::get(POLICIES), NOT_TOLD).unwrap().headers.is_empty());
    }
}
