//! Routes: what programs call over plain HTTP, below `/api/palette` and `/api/spectrocloud`.
//!
//! Method and path of each stand in the manifest. A route gives what Palette said, with its secrets masked, in
//! the shape that the Backstage plugin's clients expect; what went wrong is told by a status of its own, never by
//! an empty list. A list of several instances says of each item which `instance` it is of, and under `errors`
//! what could not be read. Every tool is a route of the host's own besides.
//!
//! One file a subject; each has its routes' descriptions and what they do.

pub mod clusters;
pub mod health;
pub mod profiles;
mod shape;
pub mod tenant;

pub use postern_sdk::route::{Answer, Route};
use serde_json::{Map, Value};

use crate::instance::Call;
use crate::tool::{self, Problem};

/// Describes every route.
#[must_use]
pub fn describe() -> Vec<Route> {
    [clusters::describe(), profiles::describe(), tenant::describe(), health::describe()]
        .into_iter()
        .flatten()
        .collect()
}

/// Other names of arguments: theirs, and ours.
const NAMES: [(&str, &str); 3] =
    [("projectUid", "project"), ("cloudType", "cloud_type"), ("profileType", "profile_type")];

/// Renames arguments to our own. `versionUid` takes the place of the profile that the path names: each version is
/// a profile of its own.
///
/// # Errors
/// When one is given by both names, with different values.
pub fn rename(arguments: &mut Map<String, Value>) -> Result<(), Problem> {
    for (theirs, ours) in NAMES {
        let Some(given) = arguments.remove(theirs) else { continue };
        let before = arguments.insert(ours.to_owned(), given);
        if before.is_some_and(|before| arguments.get(ours) != Some(&before)) {
            return Err(Problem::invalid(&format!("/{theirs}"), format!("contradicts `{ours}`")));
        }
    }
    if let Some(version) = arguments.remove("versionUid") {
        arguments.insert("profile_uid".to_owned(), version);
    }
    Ok(())
}

/// Serves one request.
///
/// # Errors
/// When there is no such route, and as what it reads.
pub async fn serve<C: Call>(call: &C, name: &str, arguments: &str) -> Result<Answer, Problem> {
    let mut given: Map<String, Value> = tool::parse(arguments)?;
    rename(&mut given)?;
    let given = Value::Object(given).to_string();
    match name {
        "clusters" => clusters::all(call, tool::parse(&given)?).await,
        "cluster" => clusters::one(call, tool::parse(&given)?, clusters::Kind::Any).await,
        "cluster-kubeconfig" => clusters::kubeconfig(call, tool::parse(&given)?, clusters::Kind::Any).await,
        "cluster-profiles" => clusters::profiles(call, tool::parse(&given)?).await,
        "cluster-pack-manifest" => clusters::manifest(call, tool::parse(&given)?).await,
        "virtual-clusters" => clusters::virtuals(call, tool::parse(&given)?).await,
        "virtual-cluster" => clusters::one(call, tool::parse(&given)?, clusters::Kind::Virtual).await,
        "virtual-cluster-kubeconfig" => {
            clusters::kubeconfig(call, tool::parse(&given)?, clusters::Kind::Virtual).await
        }
        "profile" => profiles::one(call, tool::parse(&given)?).await,
        "profile-packs" => profiles::packs(call, tool::parse(&given)?).await,
        "profile-pack-manifests" => profiles::manifests(call, tool::parse(&given)?).await,
        "profile-variables" => profiles::variables(call, tool::parse(&given)?).await,
        "search-profiles" => profiles::search(call, tool::parse(&given)?).await,
        "profiles-search" => profiles::posted(call, tool::parse(&given)?).await,
        "project-profiles" => profiles::of_project(call, tool::parse(&given)?).await,
        "cluster-groups" => tenant::groups(call, tool::parse(&given)?).await,
        "cluster-group" => tenant::group(call, tool::parse(&given)?).await,
        "projects" => tenant::projects(call, tool::parse(&given)?).await,
        "my-projects" => tenant::own_projects(call, tool::parse(&given)?).await,
        "cloud-accounts" => tenant::accounts(call, tool::parse(&given)?).await,
        "fleet-health" => health::fleet(call, tool::parse(&given)?).await,
        _ => Err(Problem::NotFound(format!("no route is named `{name}`"))),
    }
}
