//! Resources: what a client may read by URI, as Markdown.
//!
//! Their URIs name no instance: lists are of all that are open to the call, and one thing is looked for in each.

use postern_sdk::resource::{Contents, Entry};
use postern_sdk::text::clean;

use crate::api::Api;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Instance as _};
use crate::model::cluster::Summary;
use crate::model::profile::Profile;
use crate::resolver::index;
use crate::tool::{self, Problem, Tool as _};
use crate::tools::get_cluster_details;
use crate::tools::list_cluster_profiles::ListClusterProfiles;
use crate::tools::list_clusters::ListClusters;
use crate::tools::list_projects::ListProjects;

const MARKDOWN: &str = "text/markdown";

const fn entry(name: &'static str, title: &'static str, description: &'static str) -> Entry {
    Entry { name, title, description, media_type: MARKDOWN, meta: None }
}

/// Describes every resource.
#[must_use]
pub fn describe() -> Vec<Entry> {
    vec![
        entry(
            "clusters",
            "Palette clusters",
            "The clusters that the credential may see, one line each: health, name, cloud, state, nodes.",
        ),
        entry(
            "cluster",
            "One Palette cluster",
            "One cluster, by uid or name: state, health, profiles, pools, and every condition that is not true.",
        ),
        entry(
            "profiles",
            "Palette cluster profiles",
            "The cluster profiles that the credential may see, one line each: name, newest version, description.",
        ),
        entry(
            "profile",
            "One Palette cluster profile",
            "One cluster profile, by the uid of a version or by name: type, cloud, packs and all its versions.",
        ),
        entry("projects", "Palette projects", "The projects that the credential may see, one line each."),
    ]
}

/// Reads a resource by its name.
///
/// # Errors
/// When there is none of that name, and as what it reads.
pub async fn read<C: Call>(call: &C, name: &str, arguments: &str) -> Result<Contents, Problem> {
    let lines = match name {
        "clusters" => clusters(call, arguments).await?,
        "cluster" => cluster(call, &given(arguments, "cluster_uid")?).await?,
        "profiles" => profiles(call, arguments).await?,
        "profile" => profile(call, &given(arguments, "profile_uid")?).await?,
        "projects" => projects(call, arguments).await?,
        _ => return Err(Problem::NotFound(format!("no resource is named `{name}`"))),
    };
    Ok(Contents { media_type: MARKDOWN, text: lines.join("\n"), meta: None })
}

fn given(arguments: &str, name: &str) -> Result<Uid, Problem> {
    let arguments: serde_json::Map<String, serde_json::Value> = tool::parse(arguments)?;
    let text = arguments.get(name).and_then(|value| value.as_str()).unwrap_or_default();
    Uid::parse(text).map_err(|error| Problem::invalid(&format!("/{name}"), error.to_string()))
}

fn heading(title: &str) -> Vec<String> {
    vec![format!("# {title}"), String::new()]
}

fn failures(lines: &mut Vec<String>, errors: &[crate::fault::Failure]) {
    let line = |failure: &crate::fault::Failure| {
        format!("- instance `{}` failed: {}", failure.instance, failure.message)
    };
    lines.extend(errors.iter().map(line));
}

fn more(lines: &mut Vec<String>, total: usize, shown: usize) {
    if total > shown {
        lines.push(format!("- and {} more: the tools list them all", total - shown));
    }
}

async fn clusters<C: Call>(call: &C, arguments: &str) -> Result<Vec<String>, Problem> {
    let clusters = ListClusters::run(call, tool::parse(arguments)?).await?.output;
    let mut lines = heading("Palette clusters");
    for row in &clusters.items {
        let sign = if row.health_status == "Healthy" { "OK" } else { "!!" };
        let name = clean(&row.name);
        lines.push(format!(
            "- [{sign}] **{name}** ({}): {} - {} nodes",
            row.cloud_type, row.status, row.node_count
        ));
    }
    more(&mut lines, clusters.total, clusters.items.len());
    failures(&mut lines, &clusters.errors);
    Ok(lines)
}

async fn profiles<C: Call>(call: &C, arguments: &str) -> Result<Vec<String>, Problem> {
    let profiles = ListClusterProfiles::run(call, tool::parse(arguments)?).await?.output;
    let mut lines = heading("Palette cluster profiles");
    for row in &profiles.items {
        let said = if row.description.is_empty() { &row.r#type } else { &row.description };
        lines.push(format!("- **{}** (v{}): {}", clean(&row.name), row.version, clean(said)));
    }
    more(&mut lines, profiles.total, profiles.items.len());
    failures(&mut lines, &profiles.errors);
    Ok(lines)
}

async fn projects<C: Call>(call: &C, arguments: &str) -> Result<Vec<String>, Problem> {
    let projects = ListProjects::run(call, tool::parse(arguments)?).await?.output;
    let mut lines = heading("Palette projects");
    for row in &projects.items {
        let name = clean(&row.name);
        lines.push(format!(
            "- **{name}** ({}): {} healthy, {} unhealthy",
            row.uid, row.healthy, row.unhealthy
        ));
    }
    more(&mut lines, projects.total, projects.items.len());
    failures(&mut lines, &projects.errors);
    Ok(lines)
}

/// The one thing that some instance has. One that cannot be asked may have it: then its failure is the answer.
async fn somewhere<C: Call, T>(
    call: &C,
    what: &str,
    find: impl AsyncFn(&Api<'_, C>) -> Result<Option<T>, Fault>,
) -> Result<(String, T), Problem> {
    let mut failed = None;
    for instance in call.instances() {
        match find(&Api::new(call, instance)).await {
            Ok(Some(found)) => return Ok((instance.name().to_owned(), found)),
            Ok(None) => {}
            Err(fault) if fault.is_absence() => {}
            Err(fault) => {
                failed.get_or_insert_with(|| fault.problem(instance.name()));
            }
        }
    }
    let nothing = || Problem::NotFound(format!("there is no {what} that the credential may see"));
    Err(failed.unwrap_or_else(nothing))
}

async fn cluster<C: Call>(call: &C, uid: &Uid) -> Result<Vec<String>, Problem> {
    let (instance, summary): (String, Summary) = somewhere(call, &format!("cluster `{uid}`"), async |api| {
        let mut known = index::clusters(api, |known| known.uid == uid.as_str()).await?;
        let Some(known) = known.pop() else { return Ok(None) };
        let project = known.project.and_then(|project| Uid::parse(&project).ok());
        get_cluster_details::summary(api, uid, project.as_ref()).await.map(Some)
    })
    .await?;
    let Summary { metadata, spec, status } = summary;
    let mut lines = heading(&clean(&metadata.name));
    lines.push(format!("- uid {uid}, instance {instance}"));
    lines.push(format!(
        "- cloud {}, {} nodes ({} healthy)",
        spec.cloud_config.cloud_type,
        spec.nodes(),
        spec.healthy_nodes()
    ));
    lines.push(format!("- state {}, health {}", status.state, status.health.state));
    for profile in &spec.cluster_profile_templates {
        lines.push(format!(
            "- profile **{}** {} ({})",
            clean(&profile.name),
            profile.version(),
            profile.r#type
        ));
    }
    let wrong = status.conditions.iter().filter(|condition| condition.status != "True");
    for condition in wrong.chain(&status.health.conditions) {
        let message = postern_sdk::mask::shown(&condition.message);
        lines.push(format!("- [!!] {}: {} {}", condition.r#type, condition.reason, clean(&message)));
    }
    for pack in status.packs.iter().filter(|pack| pack.condition.status == "False") {
        lines.push(format!("- [!!] pack {} {}: {}", pack.name, pack.version, pack.condition.reason));
    }
    Ok(lines)
}

async fn profile<C: Call>(call: &C, uid: &Uid) -> Result<Vec<String>, Problem> {
    let (instance, profile): (String, Profile) = somewhere(call, &format!("profile `{uid}`"), async |api| {
        let Some(found) = index::profile(api, uid, None).await? else { return Ok(None) };
        let project = found.project.as_deref().and_then(|project| Uid::parse(project).ok());
        crate::profiles::whole(api, uid, project.as_ref()).await.map(Some)
    })
    .await?;
    let body = profile.spec.body();
    let mut lines = heading(&format!("{} {}", clean(&profile.metadata.name), profile.spec.version));
    lines.push(format!("- uid {uid}, instance {instance}"));
    lines.push(format!("- type {}, cloud {}", body.r#type, body.cloud_type));
    let description = profile.metadata.description();
    if !description.is_empty() {
        lines.push(format!("- {}", clean(description)));
    }
    for pack in &body.packs {
        lines.push(format!("- pack **{}** {} ({})", clean(&pack.name), pack.version(), pack.layer));
    }
    for version in &profile.spec.versions {
        lines.push(format!("- version {} ({})", clean(&version.version), version.uid));
    }
    Ok(lines)
}
