//! Completions: what a person may be about to type into an argument of a prompt or a resource.
//!
//! Instances, projects, clusters and profiles mean the same wherever they stand, so whose argument it is makes no
//! difference: its name says what it is. All are those that the caller may use and the credential may see. Names
//! come before uids; both are taken wherever one is.

use std::collections::BTreeMap;

use postern_sdk::completion::Completion;

use crate::api::Api;
use crate::fault::Fault;
use crate::instance::{Call, Instance as _};
use crate::profiles::{self, Wanted};
use crate::resolver::index;
use crate::tool::Problem;

/// Values of one completion: as many as the protocol carries.
const MOST: usize = 100;

/// What an argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Project,
    Cluster,
    Profile,
}

/// Completes one argument by what was typed of it. `arguments` is a JSON object of those given already.
///
/// Nothing comes of an argument that names none of these, and of an instance that is not open to the call.
///
/// # Errors
/// When no instance can be read.
pub async fn complete<C: Call>(
    call: &C,
    argument: &str,
    value: &str,
    arguments: &str,
) -> Result<Completion, Problem> {
    let given: BTreeMap<String, String> =
        serde_json::from_str(arguments).map_err(|error| Problem::invalid("", error.to_string()))?;
    let subject = match argument.trim_end_matches(|last: char| last.is_ascii_digit() || last == '_') {
        "instance" => {
            let names = call.instances().iter().map(|instance| instance.name().to_owned()).collect();
            return Ok(completion(names, value, true));
        }
        "project" | "project_uid" => Subject::Project,
        "cluster" | "cluster_uid" | "cluster_name" => Subject::Cluster,
        "profile" | "profile_uid" | "profile_name" => Subject::Profile,
        _ => return Ok(Completion::default()),
    };
    let wanted = given.get("instance").filter(|name| !name.is_empty());
    let project = given.get("project").filter(|name| !name.is_empty()).map(String::as_str);
    let (mut found, mut whole, mut answered, mut failed) = (Vec::new(), true, false, None);
    for instance in call.instances().iter().filter(|it| wanted.is_none_or(|name| it.name() == name)) {
        match read(&Api::new(call, instance), subject, value, project).await {
            Ok((values, all)) => {
                answered = true;
                whole &= all;
                found.extend(values);
            }
            Err(fault) => {
                whole = false;
                failed.get_or_insert_with(|| fault.problem(instance.name()));
            }
        }
    }
    match failed {
        Some(problem) if !answered => Err(problem),
        Some(_) | None => Ok(completion(found, value, whole)),
    }
}

/// Names, then uids; and whether these are all.
async fn read<C: Call>(
    api: &Api<'_, C>,
    subject: Subject,
    value: &str,
    project: Option<&str>,
) -> Result<(Vec<String>, bool), Fault> {
    let is = |uid: &str, name: Option<&str>| project.is_none_or(|it| it == uid || Some(it) == name);
    let (named, whole): (Vec<(String, String)>, bool) = match subject {
        Subject::Project => {
            let found = index::projects(api, |_| true).await?;
            (found.into_iter().map(|project| (project.name, project.uid)).collect(), true)
        }
        Subject::Cluster => {
            let within = |known: &index::Known| {
                is(known.project.as_deref().unwrap_or_default(), known.project_name.as_deref())
            };
            let found = index::clusters(api, within).await?;
            (found.into_iter().map(|known| (known.name, known.uid)).collect(), true)
        }
        Subject::Profile => {
            let uid = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_hexdigit());
            let part = Some(value).filter(|value| !value.is_empty() && !uid);
            let merged = profiles::search(api, None, &Wanted { part, ..Wanted::default() }).await?;
            let whole = merged.whole && merged.failures.is_empty();
            // A project has those of its tenant too. Which one a name means is not known here.
            let uid = project.filter(|project| crate::ids::Uid::parse(project).is_ok());
            let fits = merged.items.into_iter().filter(|item| {
                uid.is_none_or(|uid| item.metadata.project().is_none_or(|project| project == uid))
            });
            (fits.map(|item| (item.metadata.name, item.metadata.uid)).collect(), whole)
        }
    };
    let (mut names, uids): (Vec<String>, Vec<String>) = named.into_iter().unzip();
    names.sort();
    names.extend(uids);
    Ok((names, whole))
}

fn completion(all: Vec<String>, value: &str, whole: bool) -> Completion {
    let value = value.to_lowercase();
    let mut values: Vec<String> = Vec::new();
    for each in all {
        if each.to_lowercase().starts_with(&value) && !values.contains(&each) {
            values.push(each);
        }
    }
    let total = values.len();
    values.truncate(MOST);
    Completion {
        has_more: !whole || total > MOST,
        total: whole.then(|| u32::try_from(total).unwrap_or(u32::MAX)),
        values,
    }
}
