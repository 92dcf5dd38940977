//! `backup_now`: backs a cluster up.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::api::Api;
use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::{self, Changed, Seen, difference};
use crate::fault::{Code, Fault};
use crate::instance::{Call, Method, Request};
use crate::model::nullable;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct BackupNow;

one_cluster! {
    /// Which cluster.
    Arguments {
        /// What the name of the backup begins with. Absent: as the schedule has it.
        #[serde(default)]
        prefix: Option<Name>,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

#[derive(Debug, Default, Deserialize)]
struct Feature {
    #[serde(default, deserialize_with = "nullable")]
    spec: Spec,
    #[serde(default, deserialize_with = "nullable")]
    status: Status,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    // As it is, also what this version does not know: it says what is backed up, and where to.
    #[serde(default, deserialize_with = "nullable")]
    backup_config: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    #[serde(default, deserialize_with = "nullable")]
    cluster_backup_statuses: Vec<Value>,
}

impl Tool for BackupNow {
    const NAME: &'static str = "backup_now";
    const TITLE: &'static str = "Back a cluster up now";
    const DESCRIPTION: &'static str = "Starts a backup of a Palette cluster, now, as its backup \
        configuration says. Fails with conflict where backups are not configured. Answers with the exact \
        `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let Feature { spec, status } = read(api, &cluster).await?;
            let mut config = spec.backup_config;
            // A schedule would make a second one of them.
            config.remove("schedule");
            if let Some(prefix) = &arguments.prefix {
                config.insert("backupPrefix".to_owned(), prefix.as_str().into());
            }
            if change::holds_mask(&Value::Object(config.clone())) {
                let message = "the backup configuration holds masked values, which cannot be sent back";
                return Err(Problem::Conflict(message.to_owned()).into());
            }
            let prefix = config.get("backupPrefix").cloned().unwrap_or_default();
            let changes = vec![difference("features.backup", Value::Null, prefix)];
            let request =
                Request::with_body(Method::Post, cluster.path("/features/backup/onDemand"), &config)?;
            let plan = cluster.plan(Capability::ClusterBackup, request, changes);
            let before = status.cluster_backup_statuses.len();
            let mut changed = plan
                .carry_out(api, arguments.dry_run, async || {
                    let after = read(api, &cluster).await?.status.cluster_backup_statuses.len();
                    Ok(Seen { there: after > before, ..Seen::default() })
                })
                .await?;
            changed.warnings.push("a backup takes minutes and goes on by itself".to_owned());
            Ok(changed)
        })
        .await
    }
}

async fn read<C: Call>(api: &Api<'_, C>, cluster: &Cluster) -> Result<Feature, Fault> {
    let request = Request::get(cluster.path("/features/backup")).within(cluster.project.as_ref());
    let found = api.maybe(Capability::ClusterViewInfo, request).await?;
    found.ok_or_else(|| {
        let message = format!("backups of `{}` are not configured: no backup location", cluster.name());
        Fault::new(Code::Conflict, message)
    })
}
