//! `profile_updates_available`: which clusters use a profile version that is not the newest.

use std::collections::BTreeMap;

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;

use super::listing::failures;
use crate::api::Api;
use crate::args::{Limit, Name, many_instances};
use crate::cursor;
use crate::fan;
use crate::fault::{Failure, Fault};
use crate::filter::Filter;
use crate::fleet;
use crate::ids::Uid;
use crate::instance::Call;
use crate::model::cluster::SearchItem;
use crate::model::profile::{ProfileTemplate, ProfileVersion};
use crate::profiles::{self, Wanted};
use crate::tool::{Problem, Report, Tool};
use crate::version;

/// The tool.
#[derive(Debug)]
pub struct ProfileUpdatesAvailable;

many_instances! {
    /// Which clusters to look at.
    Arguments {
        /// One cluster: uid or name. Absent: all.
        #[serde(default)]
        cluster_uid: Option<Name>,
        /// The catalog's record of the cluster, in place of `cluster_uid`: a reference, or a title.
        #[serde(default)]
        entity: Option<Name>,
        /// Most updates in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// What could be newer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Updates {
    /// How many there are in all, as far as could be read.
    pub total: usize,
    /// By instance, cluster and profile.
    pub items: Vec<Update>,
    /// Profile versions on clusters that were looked at.
    pub checked: usize,
    /// Of these, such whose profile the credential may not see: nothing is known of them.
    pub unknown: usize,
    /// Whether there are more than could be read: narrow the question.
    pub truncated: bool,
    /// Give this as `cursor` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Instances and projects that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// One profile on one cluster.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Update {
    pub cluster_uid: String,
    pub cluster: String,
    pub profile: String,
    /// What the cluster uses.
    pub current: Version,
    /// The greatest version, by SemVer.
    pub newest: Version,
    /// The greatest that is no pre-release, where that is newer than what the cluster uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newest_release: Option<Version>,
    pub instance: String,
}

/// One version.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(inline)]
#[expect(missing_docs, reason = "their names say it")]
pub struct Version {
    pub uid: String,
    pub version: String,
}

impl Tool for ProfileUpdatesAvailable {
    const NAME: &'static str = "profile_updates_available";
    const TITLE: &'static str = "Profile updates available";
    const DESCRIPTION: &'static str = "Tells which Palette clusters use a version of a cluster profile that is not \
        the newest, with the newest and the newest release (by SemVer; versions that are none are ordered by their \
        numbers), for one cluster or all. Changes nothing. At most `limit` in one answer (100 unless told); `cursor` \
        says where it goes on. What could not be read is told under `errors` and `unknown`.";
    type Arguments = Arguments;
    type Output = Updates;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Updates>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let cluster = arguments
            .cluster_uid
            .as_ref()
            .map(|uid| crate::args::needed("cluster_uid", Some(uid)))
            .transpose()?;
        let read = async |api: &Api<'_, C>| look(api, cluster.as_ref(), project.as_ref()).await;
        let gathered = match &cluster {
            None => fan::out(call, read).await?,
            Some(_) => {
                let results = fan::one(call, async |api| Ok(vec![(api.name().to_owned(), read(api).await?)]));
                fan::Gathered { results: results.await?, failures: Vec::new() }
            }
        };
        let mut output = Updates {
            total: 0,
            items: Vec::new(),
            checked: 0,
            unknown: 0,
            truncated: false,
            cursor: None,
            errors: gathered.failures,
        };
        let mut rows = Vec::new();
        for (_, looked) in gathered.results {
            output.checked += looked.checked;
            output.unknown += looked.unknown;
            output.truncated |= !looked.whole;
            output.errors.extend(looked.failures);
            rows.extend(looked.updates);
        }
        output.total = rows.len();
        let key = |row: &Update| {
            cursor::key([&row.instance, &row.cluster, &row.cluster_uid, &row.profile, &row.current.uid])
        };
        let question = format!("{cluster:?}\u{0}{project:?}");
        let slice = cursor::slice(rows, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        (output.items, output.cursor) = (slice.items, slice.cursor);
        Ok(Report { text: text(&output), failed: false, output })
    }
}

#[derive(Debug, Default)]
struct Looked {
    updates: Vec<Update>,
    checked: usize,
    unknown: usize,
    whole: bool,
    failures: Vec<Failure>,
}

/// A cluster by uid and name, and the profile versions on it.
type Used = (String, String, Vec<ProfileTemplate>);

async fn look<C: Call>(
    api: &Api<'_, C>,
    cluster: Option<&Uid>,
    project: Option<&Uid>,
) -> Result<Looked, Fault> {
    let mut looked = Looked { whole: true, ..Looked::default() };
    let clusters: Vec<Used> = match cluster {
        Some(cluster) => {
            let summary = super::get_cluster_details::summary(api, cluster, project).await?;
            vec![(cluster.to_string(), summary.metadata.name, summary.spec.cluster_profile_templates)]
        }
        None => {
            let uid = |item: &SearchItem| item.metadata.uid.clone();
            let merged = fleet::search(api, project, Filter::alive(), uid).await?;
            looked.whole &= merged.whole;
            looked.failures.extend(merged.failures);
            let alive = merged.items.into_iter().filter(|item| !item.status.is_deleted());
            alive
                .map(|item| {
                    (item.metadata.uid, item.metadata.name, item.spec_summary.cluster_profile_templates)
                })
                .collect()
        }
    };
    let merged = profiles::search(api, project, &Wanted::default()).await?;
    looked.whole &= merged.whole;
    for failure in merged.failures {
        if !looked.failures.contains(&failure) {
            looked.failures.push(failure);
        }
    }
    let all: Vec<Vec<ProfileVersion>> = merged
        .items
        .into_iter()
        .map(|item| {
            let own = ProfileVersion { uid: item.metadata.uid, version: item.spec_summary.version };
            item.spec_summary
                .versions
                .into_iter()
                .chain([own])
                .filter(|each| !each.version.is_empty())
                .collect()
        })
        .collect();
    let of: BTreeMap<&str, &Vec<ProfileVersion>> = all
        .iter()
        .flat_map(|versions| versions.iter().map(move |version| (version.uid.as_str(), versions)))
        .collect();
    for (uid, name, templates) in clusters {
        for template in templates {
            looked.checked += 1;
            let Some(versions) = of.get(template.uid.as_str()) else {
                looked.unknown += 1;
                continue;
            };
            looked.updates.extend(update(api.name(), &uid, &name, &template, versions));
        }
    }
    Ok(looked)
}

fn update(
    instance: &str,
    cluster_uid: &str,
    cluster: &str,
    template: &ProfileTemplate,
    versions: &[ProfileVersion],
) -> Option<Update> {
    // The list of versions is the surer word: what the cluster says may be left out.
    let current = versions.iter().find(|each| each.uid == template.uid)?;
    let newer = |each: &&ProfileVersion| version::compare(&each.version, &current.version).is_gt();
    let greatest = |releases: bool| {
        versions
            .iter()
            .filter(newer)
            .filter(|each| !releases || version::is_release(&each.version))
            .max_by(|one, other| version::compare(&one.version, &other.version))
    };
    let shown = |each: &ProfileVersion| Version { uid: each.uid.clone(), version: each.version.clone() };
    Some(Update {
        newest: shown(greatest(false)?),
        newest_release: greatest(true).map(shown),
        current: shown(current),
        profile: template.name.clone(),
        cluster_uid: cluster_uid.to_owned(),
        cluster: cluster.to_owned(),
        instance: instance.to_owned(),
    })
}

fn text(updates: &Updates) -> String {
    let mut text = Text::default();
    failures(&mut text, &updates.errors);
    text.line(format!("{} updates; {} profiles on clusters looked at", updates.total, updates.checked));
    if updates.unknown > 0 {
        text.line(format!("{} are of profiles that the credential may not see", updates.unknown));
    }
    let rows: Vec<[&str; 6]> = updates
        .items
        .iter()
        .map(|row| {
            let release = row.newest_release.as_ref().map_or("", |release| release.version.as_str());
            [&row.cluster, &row.profile, &row.current.version, &row.newest.version, release, &row.instance]
        })
        .collect();
    text.table(&["CLUSTER", "PROFILE", "CURRENT", "NEWEST", "RELEASE", "INSTANCE"], &rows);
    text.finish("lower `limit`, or name one cluster or `project`")
}
