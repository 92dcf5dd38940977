//! Completions: what a person may be about to type into an argument of a prompt or a resource.
//!
//! `cluster`, `namespace` and `name` mean the same wherever they stand, so whose argument it is makes no
//! difference. A name is completed within its namespace only: the pods of all namespaces would have to be
//! read with their metadata, at every letter typed.

use std::collections::BTreeMap;

use postern_sdk::completion::Completion;

use crate::api::Api;
use crate::args::Namespace;
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::fan;
use crate::fault::Fault;
use crate::request::{Group, Include};
use crate::table::Table;
use crate::tool::Problem;

/// Values of one completion: as many as the protocol carries.
const MOST_VALUES: usize = 100;

/// Pages read for one completion: 2,000 rows, without their objects.
const MOST_PAGES: usize = 4;

/// Completes one argument by what was typed of it. `arguments` is a JSON object of those given already.
///
/// Nothing comes of an argument that is none of the three, of a cluster that is not open to the call, and of
/// a namespace that is no name.
///
/// # Errors
/// When the cluster cannot be read.
pub async fn complete<C: Call>(
    call: &C,
    argument: &str,
    value: &str,
    arguments: &str,
) -> Result<Completion, Problem> {
    let given: BTreeMap<String, String> =
        serde_json::from_str(arguments).map_err(|error| Problem::invalid("", error.to_string()))?;
    match argument {
        "cluster" => {
            let mut found = Found::new(value);
            call.clusters().iter().for_each(|cluster| found.take(cluster.name()));
            Ok(found.finish(true))
        }
        "namespace" => {
            let query = Query::table(Group::CORE.collection(None, "namespaces"), Include::None);
            names(call, &given, Capability::ListNamespaces, query, value).await
        }
        "name" => {
            let namespace = given.get("namespace").cloned().map(Namespace::try_from);
            let Some(Ok(namespace)) = namespace else { return Ok(Completion::default()) };
            let query = Query::table(Group::CORE.collection(Some(&namespace), "pods"), Include::None);
            names(call, &given, Capability::ListPods, query, value).await
        }
        _ => Ok(Completion::default()),
    }
}

/// The names of a collection of the cluster that was given, or of the default one.
async fn names<C: Call>(
    call: &C,
    given: &BTreeMap<String, String>,
    capability: Capability,
    query: Query,
    value: &str,
) -> Result<Completion, Problem> {
    let named = given.get("cluster").filter(|name| !name.is_empty());
    let meant = |cluster: &&C::Cluster| match named {
        Some(name) => cluster.name() == name,
        None => call.clusters().len() == 1 || cluster.attribute("default") == Some("true"),
    };
    let Some(cluster) = call.clusters().iter().find(meant) else { return Ok(Completion::default()) };
    let read = async |api: &Api<'_, C::Cluster>| -> Result<Completion, Fault> {
        let mut found = Found::new(value);
        let whole = Table::each(api, capability, query.clone(), MOST_PAGES, |row| {
            found.take(&row.text("Name"));
        })
        .await?;
        Ok(found.finish(whole))
    };
    fan::patiently(call, cluster, &read).await.map_err(|fault| fault.problem(cluster.name()))
}

/// The names that begin with what was typed.
struct Found<'v> {
    prefix: &'v str,
    values: Vec<String>,
    total: u32,
}

impl<'v> Found<'v> {
    fn new(prefix: &'v str) -> Self {
        Self { prefix, values: Vec::new(), total: 0 }
    }

    fn take(&mut self, name: &str) {
        if !name.starts_with(self.prefix) {
            return;
        }
        self.total = self.total.saturating_add(1);
        if self.values.len() < MOST_VALUES {
            self.values.push(name.to_owned());
        }
    }

    /// `whole` says whether every name there is was taken.
    fn finish(self, whole: bool) -> Completion {
        let has_more = !whole || usize::try_from(self.total).is_ok_and(|total| total > self.values.len());
        Completion { values: self.values, total: whole.then_some(self.total), has_more }
    }
}
