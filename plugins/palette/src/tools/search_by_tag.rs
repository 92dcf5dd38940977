//! `search_by_tag`: what carries a tag, whatever its kind.

use std::collections::BTreeMap;

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::list_edge_hosts;
use super::listing::failures;
use crate::api::Api;
use crate::args::{Limit, Name, many_instances};
use crate::cursor;
use crate::fan::{self, Rows};
use crate::fault::{Failure, Fault};
use crate::filter::Filter;
use crate::fleet;
use crate::ids::Uid;
use crate::instance::Call;
use crate::model::cluster::SearchItem;
use crate::model::meta::Meta;
use crate::profiles::{self, Wanted};
use crate::scope::Merged;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct SearchByTag;

many_instances! {
    /// What to look for.
    Arguments {
        /// Tag: `name:value`, or `name` for any value of it.
        tag: Name,
        /// Kinds to look among. Absent: all.
        #[serde(default)]
        #[schemars(length(min = 1, max = 3))]
        kinds: Option<Vec<Kind>>,
        /// Most in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// What can carry a tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Kind {
    /// Clusters, virtual ones included.
    Cluster,
    /// Versions of cluster profiles.
    ClusterProfile,
    /// Edge hosts.
    EdgeHost,
}

impl Kind {
    const ALL: &[Self] = &[Self::Cluster, Self::ClusterProfile, Self::EdgeHost];

    const fn word(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::ClusterProfile => "cluster_profile",
            Self::EdgeHost => "edge_host",
        }
    }
}

/// What carries the tag.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Tagged {
    /// The tag.
    pub tag: String,
    /// How many match in all, as far as they could be read.
    pub total: usize,
    /// How many of each kind.
    pub by_kind: BTreeMap<String, usize>,
    /// By kind, instance and name.
    pub items: Vec<Row>,
    /// Whether there are more than could be read: narrow the question.
    pub truncated: bool,
    /// Give this as `cursor` to go on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Instances and projects that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Failure>,
}

/// One that carries it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Row {
    /// Kind.
    pub kind: Kind,
    /// Uid.
    pub uid: String,
    /// Name.
    pub name: String,
    /// State of a cluster or an edge host; version of a profile.
    pub state: String,
    /// All its tags.
    pub tags: Vec<String>,
    /// Uid of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// The instance that it is in.
    pub instance: String,
}

impl Tool for SearchByTag {
    const NAME: &'static str = "search_by_tag";
    const TITLE: &'static str = "Search by tag";
    const DESCRIPTION: &'static str = "Finds the Palette clusters, cluster profiles and edge hosts that carry a tag: \
        `name:value`, or `name` for any value, upper and lower case told apart; in all projects of one instance or \
        many. `kinds` narrows it down. At most `limit` in one answer (100 unless told); `cursor` says where it goes \
        on. A kind that cannot be read is told under `errors`; fails only if none can.";
    type Arguments = Arguments;
    type Output = Tagged;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Tagged>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let tag = arguments.tag.as_str();
        let kinds = kinds(arguments.kinds.as_deref())?;
        let gathered = fan::out(call, async |api| search(api, project.as_ref(), tag, &kinds).await).await?;
        let all = gathered.rows(|_, row| Some(row));
        let Rows { rows, truncated, errors } = all;
        let mut by_kind = BTreeMap::new();
        for row in &rows {
            *by_kind.entry(row.kind.word().to_owned()).or_insert(0) += 1;
        }
        let total = rows.len();
        let key = |row: &Row| format!("{:?}\u{0}{}\u{0}{}\u{0}{}", row.kind, row.instance, row.name, row.uid);
        let question = format!("{tag}\u{0}{kinds:?}\u{0}{project:?}");
        let slice = cursor::slice(rows, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        let tag = tag.to_owned();
        let output =
            Tagged { tag, total, by_kind, items: slice.items, truncated, cursor: slice.cursor, errors };
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn kinds(given: Option<&[Kind]>) -> Result<Vec<Kind>, Problem> {
    let mut kinds = given.unwrap_or(Kind::ALL).to_vec();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.is_empty() { Err(Problem::invalid("/kinds", "name one kind at least")) } else { Ok(kinds) }
}

/// Whether one of the tags is that one, or has that name.
fn carries(metadata: &Meta, tag: &str) -> bool {
    let tags = metadata.tags();
    tags.iter().any(|each| each == tag) || !tag.contains(':') && metadata.labels.contains_key(tag)
}

/// What carries the tag in one instance. The tags are compared here: the server's filter of them differs from kind
/// to kind.
async fn search<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    tag: &str,
    kinds: &[Kind],
) -> Result<Merged<Row>, Fault> {
    let mut all = Merged { items: Vec::new(), whole: true, failures: Vec::new() };
    let (mut answered, mut first) = (false, None);
    for kind in kinds {
        match read(api, project, tag, *kind).await {
            Ok(read) => {
                answered = true;
                all.whole &= read.whole;
                all.failures.extend(read.failures);
                all.items.extend(read.items);
            }
            Err(fault) => {
                first.get_or_insert_with(|| fault.clone());
                let message = format!("{}: {}", kind.word(), fault.message);
                all.failures.push(Failure::new(
                    api.name(),
                    project.map(Uid::as_str),
                    Fault { message, ..fault },
                ));
            }
        }
    }
    match first {
        Some(fault) if !answered => Err(fault),
        Some(_) | None => Ok(all),
    }
}

async fn read<C: Call>(
    api: &Api<'_, C>,
    project: Option<&Uid>,
    tag: &str,
    kind: Kind,
) -> Result<Merged<Row>, Fault> {
    let row = |metadata: Meta, state: String| Row {
        kind,
        state,
        tags: metadata.tags(),
        project_uid: metadata.project().map(str::to_owned),
        uid: metadata.uid,
        name: metadata.name,
        instance: api.name().to_owned(),
    };
    match kind {
        Kind::Cluster => {
            let uid = |item: &SearchItem| item.metadata.uid.clone();
            let found = fleet::search(api, project, Filter::alive(), uid).await?;
            let fits = |item: &SearchItem| !item.status.is_deleted() && carries(&item.metadata, tag);
            let items = found.items.into_iter().filter(fits);
            let items = items.map(|item| row(item.metadata, item.status.state)).collect();
            Ok(Merged { items, whole: found.whole, failures: found.failures })
        }
        Kind::ClusterProfile => {
            let found = profiles::search(api, project, &Wanted::default()).await?;
            let items = found.items.into_iter().filter(|item| carries(&item.metadata, tag));
            let items = items.map(|item| row(item.metadata, item.spec_summary.version)).collect();
            Ok(Merged { items, whole: found.whole, failures: found.failures })
        }
        Kind::EdgeHost => {
            let body = Filter::default().body(&[("name", "asc")]);
            let found = list_edge_hosts::search(api, project, &body).await?;
            let items = found.items.into_iter().filter(|host| carries(&host.metadata, tag));
            let items = items.map(|host| row(host.metadata, host.status.state)).collect();
            Ok(Merged { items, whole: found.whole, failures: found.failures })
        }
    }
}

fn text(tagged: &Tagged) -> String {
    let mut text = Text::default();
    failures(&mut text, &tagged.errors);
    text.line(format!("{} with the tag {}", tagged.total, tagged.tag));
    let rows: Vec<[String; 6]> = tagged
        .items
        .iter()
        .map(|row| {
            [
                row.kind.word().to_owned(),
                row.name.clone(),
                row.uid.clone(),
                row.state.clone(),
                row.tags.join(" "),
                row.instance.clone(),
            ]
        })
        .collect();
    text.table(&["KIND", "NAME", "UID", "STATE", "TAGS", "INSTANCE"], &rows);
    if tagged.truncated {
        text.line("there are more than could be read; narrow it down");
    }
    text.finish("lower `limit`, or name one of `kinds`")
}
