//! Two clusters of one call: `cluster_uid_1` and `cluster_uid_2`.
//!
//! # Design
//! Policies decide by one set of facts. A call about two clusters is sound under any policy only if both have the
//! same facts: else one that may be read would open one that may not. So both must be in the same instance and
//! project, in the same scope and of the same cloud type; tags are those of both together.

use serde_json::{Map, Value};

use super::index::Known;
use super::{Facts, about, cluster_of, text};
use crate::instance::Call;
use crate::tool::Problem;

/// The arguments.
const PAIR: [&str; 2] = ["cluster_uid_1", "cluster_uid_2"];

/// Resolves both where both are given, and tells the instance that they are in.
pub(super) async fn apply<C: Call>(
    call: &C,
    arguments: &mut Map<String, Value>,
    facts: &mut Facts,
) -> Result<Option<String>, Problem> {
    let [Some(one), Some(two)] = PAIR.map(|name| text(arguments, name)) else { return Ok(None) };
    let (instance, one) = cluster_of(call, arguments, PAIR[0], &one).await?;
    let mut there = arguments.clone();
    there.insert("instance".to_owned(), instance.clone().into());
    let (_, two) = cluster_of(call, &there, PAIR[1], &two).await?;
    alike(&one, &two)?;
    for (name, found) in PAIR.into_iter().zip([&one, &two]) {
        arguments.insert(name.to_owned(), found.uid.clone().into());
    }
    if let Some(project) = &one.project {
        arguments.insert("project".to_owned(), project.clone().into());
    }
    let mut tags = one.tags.clone();
    tags.extend(two.tags.into_iter().filter(|tag| !one.tags.contains(tag)));
    about(Known { tags, ..one }, facts);
    Ok(Some(instance))
}

fn alike(one: &Known, two: &Known) -> Result<(), Problem> {
    let differ = [
        ("projects", one.project != two.project),
        ("scopes", one.scope != two.scope),
        ("cloud types", one.cloud_type != two.cloud_type),
    ];
    match differ.into_iter().find(|(_, differ)| *differ) {
        Some((what, _)) => Err(Problem::invalid(
            "/cluster_uid_2",
            format!(
                "`{}` and `{}` have different {what}, and permission is given for one of them at a time: ask \
                 `get_cluster_details` of each",
                one.name, two.name
            ),
        )),
        None => Ok(()),
    }
}
