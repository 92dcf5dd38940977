//! Resources: what a client may read by URI.

use std::collections::BTreeMap;

use postern_sdk::resource::{Contents, Entry};

use crate::args::{Namespace, ObjectName};
use crate::cluster::Call;
use crate::fan;
use crate::tool::{Problem, Tool as _};
use crate::tools::describe_pod;
use crate::tools::diagnose_cluster::DiagnoseCluster;
use crate::tools::get_cluster_info;
use crate::view;

const JSON: &str = "application/json";

const POD: Entry = Entry {
    name: "pod",
    title: "Pod",
    description: "One pod and what belongs to it, as `describe_pod` gives it: containers, owners, node, claims, \
        services, references and newest events. Values of environment variables and secrets are left out.",
    media_type: JSON,
    meta: None,
};

const SUMMARY: Entry = Entry {
    name: "summary",
    title: "Cluster summary",
    description: "What one cluster is, as `get_cluster_info` gives it: version, distribution, readiness, nodes and \
        namespaces.",
    media_type: JSON,
    meta: None,
};

const DIAGNOSIS: Entry = Entry {
    name: DiagnoseCluster::NAME,
    title: "View of a diagnosis",
    description: "The page by which a client shows what `diagnose_cluster` answers: findings by severity and \
        namespace, with what to do about each. It holds no data of its own, and asks for nothing.",
    media_type: view::MEDIA_TYPE,
    meta: Some(view::META),
};

/// Describes every resource.
#[must_use]
pub fn describe() -> Vec<Entry> {
    vec![POD, SUMMARY, DIAGNOSIS]
}

/// Reads one resource. `arguments` is a JSON object of the template's variables, all texts.
///
/// # Errors
/// When there is no such resource, when a variable is not a name, and when the cluster cannot be read.
pub async fn read<C: Call>(call: &C, name: &str, arguments: &str) -> Result<Contents, Problem> {
    let variables: BTreeMap<String, String> =
        serde_json::from_str(arguments).map_err(|error| Problem::invalid("", error.to_string()))?;
    if name == DIAGNOSIS.name {
        return Ok(DIAGNOSIS.contents(view::PAGE.to_owned()));
    }
    let (entry, json) = if name == POD.name {
        let namespace: Namespace = variable(&variables, "namespace")?;
        let pod: ObjectName = variable(&variables, "name")?;
        let description =
            fan::one(call, async |api| describe_pod::describe(api, &namespace, &pod).await).await?;
        (POD, serde_json::to_string(&description))
    } else if name == SUMMARY.name {
        let info = fan::one(call, async |api| get_cluster_info::info(api).await).await?;
        (SUMMARY, serde_json::to_string(&info))
    } else {
        return Err(Problem::NotFound(format!("no resource is named `{name}`")));
    };
    let text = json.map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(entry.contents(text))
}

fn variable<T: TryFrom<String>>(variables: &BTreeMap<String, String>, name: &str) -> Result<T, Problem>
where
    T::Error: std::fmt::Display,
{
    let pointer = format!("/{name}");
    let given =
        variables.get(name).ok_or_else(|| Problem::invalid(&pointer, format!("`{name}` is missing")))?;
    T::try_from(given.clone()).map_err(|error| Problem::invalid(&pointer, error.to_string()))
}
