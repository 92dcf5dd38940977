//! `list_cluster_profiles`: which cluster profiles there are.

use schemars::JsonSchema;
use serde::Serialize;

use super::listing::Listing;
use crate::args::{Limit, Name, many_instances};
use crate::cursor;
use crate::fan;
use crate::filter;
use crate::instance::Call;
use crate::model::profile::ProfileSummary;
use crate::profiles::{self, Wanted};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ListClusterProfiles;

many_instances! {
    /// Which profiles to list.
    Arguments {
        /// Whole names, whatever their case.
        #[serde(default)]
        #[schemars(length(min = 1, max = 100))]
        names: Option<Vec<Name>>,
        /// A piece of the name, whatever its case.
        #[serde(default)]
        name: Option<Name>,
        /// Type: `cluster` (full), `infra`, `add-on` or `system`; any case.
        #[serde(default)]
        profile_type: Option<Name>,
        /// Cloud type, such as `aws`, `eks`, `vsphere`, `edge-native`; those for all clouds are in it.
        #[serde(default)]
        cloud_type: Option<Name>,
        /// Most profiles in one answer: 1 to 500.
        #[serde(default)]
        limit: Limit,
        /// The `cursor` of an earlier answer, to go on after it; the other arguments unchanged.
        #[serde(default)]
        cursor: Option<Name>,
    }
}

/// One profile.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ProfileRow {
    /// Uid of the newest version.
    pub uid: String,
    /// Name.
    pub name: String,
    /// The newest version.
    pub version: String,
    /// `cluster`, `infra`, `add-on` or `system`.
    pub r#type: String,
    /// Cloud; `all` for each.
    pub cloud_type: String,
    /// The same as a list.
    pub cloud_types: Vec<String>,
    /// What people say about it.
    pub description: String,
    /// Packs in it.
    pub pack_count: usize,
    /// Versions of it.
    pub version_count: usize,
    /// Clusters that use the newest version.
    pub cluster_count: usize,
    /// Whether the newest version may be used.
    pub published: bool,
    /// `project`, `tenant` or `system`.
    pub scope: String,
    /// Uid of its project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_uid: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// When it was created, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The instance that it is in.
    pub instance: String,
}

impl Tool for ListClusterProfiles {
    const NAME: &'static str = "list_cluster_profiles";
    const TITLE: &'static str = "List cluster profiles";
    const DESCRIPTION: &'static str = "Lists Palette cluster profiles, each by its newest version: type, cloud, packs, \
        versions and clusters that use it, in all projects and tenants of one instance or many. `names` or `name`, \
        `profile_type`, `cloud_type` and `project` narrow it down. At most `limit` in one answer (100 unless told); \
        `cursor` says where it goes on. What cannot be read is told under `errors`; fails only if nothing can.";
    type Arguments = Arguments;
    type Output = Listing<ProfileRow>;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Self::Output>, Problem> {
        let project = crate::args::project(arguments.project.as_ref())?;
        let wanted = wanted(&arguments)?;
        let gathered =
            fan::out(call, async |api| profiles::search(api, project.as_ref(), &wanted).await).await?;
        let all = gathered.rows(|instance, item| Some(row(instance, item)));
        let key = |row: &ProfileRow| cursor::key([&row.instance, &row.name, &row.uid]);
        let question = format!("{wanted:?}\u{0}{project:?}");
        let output = Listing::new(all, key, &question, arguments.limit, arguments.cursor.as_ref())?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

fn wanted(arguments: &Arguments) -> Result<Wanted<'_>, Problem> {
    Ok(Wanted {
        part: arguments.name.as_ref().map(Name::as_str),
        names: profiles::texts(arguments.names.as_ref()),
        types: kind(arguments.profile_type.as_ref())?.into_iter().collect(),
        cloud: arguments.cloud_type.as_ref().map(|cloud| cloud.as_str().to_ascii_lowercase()),
    })
}

/// The type as Palette spells it.
///
/// # Errors
/// When there is no such type.
pub(crate) fn kind(given: Option<&Name>) -> Result<Option<&'static str>, Problem> {
    filter::spelled("/profile_type", profiles::TYPES, given)
}

fn row(instance: &str, item: ProfileSummary) -> ProfileRow {
    let body = item.spec_summary.body();
    ProfileRow {
        r#type: body.r#type.clone(),
        cloud_type: body.cloud_type.clone(),
        cloud_types: vec![body.cloud_type.clone()],
        pack_count: body.packs.len(),
        version: item.spec_summary.version.clone(),
        version_count: item.spec_summary.versions.len(),
        cluster_count: item.status.in_use_clusters.len(),
        published: item.status.is_published,
        description: item.metadata.description().to_owned(),
        scope: item.metadata.scope().to_owned(),
        project_uid: item.metadata.project().map(str::to_owned),
        tags: item.metadata.tags(),
        uid: item.metadata.uid,
        name: item.metadata.name,
        created_at: item.metadata.creation_timestamp,
        instance: instance.to_owned(),
    }
}

fn text(profiles: &Listing<ProfileRow>) -> String {
    let row = |row: &ProfileRow| {
        [
            row.name.clone(),
            row.version.clone(),
            row.uid.clone(),
            row.r#type.clone(),
            row.cloud_type.clone(),
            row.cluster_count.to_string(),
            row.project_uid.clone().unwrap_or_else(|| row.scope.clone()),
            row.instance.clone(),
        ]
    };
    let headers = ["NAME", "VERSION", "UID", "TYPE", "CLOUD", "CLUSTERS", "PROJECT", "INSTANCE"];
    profiles.text(
        "profiles",
        headers,
        row,
        "lower `limit`, or narrow it down by `name`, `profile_type` or `project`",
    )
}
