//! `get_cluster_backups`: backups, restores and compliance scans of one cluster.

use postern_sdk::text::Text;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::api::Api;
use crate::args::one_cluster;
use crate::capability::Capability;
use crate::fan;
use crate::fault::Fault;
use crate::ids::Uid;
use crate::instance::{Call, Request};
use crate::model::feature::{Backup, Restore, Scan, ScanLog, ScanLogs};
use crate::model::told;
use crate::part::{self, Unread};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct GetClusterBackups;

one_cluster! {
    /// Which cluster.
    Arguments {}
}

/// Backups, restores and scans.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Features {
    /// Uid of the cluster.
    pub cluster_uid: String,
    /// Backups.
    pub backup: Backups,
    /// Restores.
    pub restore: Restores,
    /// Compliance scans.
    pub compliance_scan: Scans,
    /// The instance that it is in.
    pub instance: String,
    /// Parts that could not be read: nothing is known of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Unread>,
}

/// Whether there is such a thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum State {
    /// There is.
    Configured,
    /// There is none; not a failure.
    NotConfigured,
    /// It could not be read: see `errors`.
    #[default]
    Unknown,
}

/// Backups.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Backups {
    /// Whether there are any.
    pub state: State,
    /// When they are made: a cron line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub schedule: String,
    /// Their names begin so.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub prefix: String,
    /// How long they are kept, in hours.
    pub kept_hours: u64,
    /// Namespaces; empty: all.
    pub namespaces: Vec<String>,
    /// The newest first.
    pub runs: Vec<Run>,
}

/// Restores.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Restores {
    /// `not_configured`: nothing was ever restored.
    pub state: State,
    /// The newest first.
    pub runs: Vec<Run>,
}

/// One backup or restore.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Run {
    /// Name of the backup.
    pub name: String,
    /// `Completed`, `Failed`, `Running` and so on.
    pub state: String,
    /// When it ended, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<String>,
    /// When a backup is thrown away, RFC 3339.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
}

/// Compliance scans.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Scans {
    /// Whether there are any.
    pub state: State,
    /// Which, and when.
    pub scans: Vec<Planned>,
    /// How they went.
    pub runs: Vec<Scanned>,
}

/// A scan that was made.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Scanned {
    /// `kubeBench`, `kubeHunter`, `sonobuoy` or `syft`.
    pub driver: &'static str,
    /// `Completed`, `Failed` and so on.
    pub state: String,
    /// Checks that passed.
    pub passed: u64,
    /// Checks that failed.
    pub failed: u64,
    /// Checks that warn.
    pub warned: u64,
}

/// A scan that is made.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Planned {
    /// `kubeBench`, `kubeHunter`, `sonobuoy` or `syft`.
    pub driver: String,
    /// When: a cron line; empty: on demand.
    pub schedule: String,
}

impl Tool for GetClusterBackups {
    const NAME: &'static str = "get_cluster_backups";
    const TITLE: &'static str = "Get cluster backups";
    const DESCRIPTION: &'static str = "Gets backups (schedule, how long they are kept, each run), restores and \
        compliance scans (which are planned, how many checks passed and failed) of one Palette cluster. `not_configured` is a state and no failure. A part that cannot be \
        read is `unknown` and told under `errors`; fails only if none can.";
    type Arguments = Arguments;
    type Output = Features;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Features>, Problem> {
        let cluster = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let output = fan::one(call, async |api| read(api, &cluster, project.as_ref()).await).await?;
        Ok(Report { text: text(&output), failed: false, output })
    }
}

async fn read<C: Call>(api: &Api<'_, C>, cluster: &Uid, project: Option<&Uid>) -> Result<Features, Fault> {
    // Proves that the cluster is there: without it, a feature's 404 would look like a state.
    super::get_cluster_details::summary(api, cluster, project).await?;
    let (backup, restore, scan, logs) = futures::join!(
        feature::<C, Backup>(api, cluster, project, "backup"),
        feature::<C, Restore>(api, cluster, project, "restore"),
        feature::<C, Scan>(api, cluster, project, "complianceScan"),
        feature::<C, ScanLogs>(api, cluster, project, "complianceScan/logs/drivers"),
    );
    let mut features = Features {
        cluster_uid: cluster.to_string(),
        backup: Backups::default(),
        restore: Restores::default(),
        compliance_scan: Scans::default(),
        instance: api.name().to_owned(),
        errors: Vec::new(),
    };
    if let (Err(fault), Err(_), Err(_)) = (&backup, &restore, &scan) {
        return Err(fault.clone());
    }
    match backup {
        Ok(Some(backup)) => features.backup = backups(backup),
        Ok(None) => features.backup.state = State::NotConfigured,
        Err(fault) => features.errors.push(Unread::new("backup", fault)),
    }
    match restore {
        Ok(Some(restore)) => features.restore = restores(restore),
        Ok(None) => features.restore.state = State::NotConfigured,
        Err(fault) => features.errors.push(Unread::new("restore", fault)),
    }
    match scan {
        Ok(Some(scan)) => features.compliance_scan = scans(scan),
        Ok(None) => features.compliance_scan.state = State::NotConfigured,
        Err(fault) => features.errors.push(Unread::new("compliance_scan", fault)),
    }
    match logs {
        Ok(logs) => features.compliance_scan.runs = scanned(&logs.unwrap_or_default()),
        Err(fault) => features.errors.push(Unread::new("compliance_scan.runs", fault)),
    }
    Ok(features)
}

/// One feature; `None` where the cluster does not have it, which Palette says with 404, or by a code of its own.
async fn feature<C: Call, T: DeserializeOwned>(
    api: &Api<'_, C>,
    cluster: &Uid,
    project: Option<&Uid>,
    name: &str,
) -> Result<Option<T>, Fault> {
    let request = Request::get(format!("/v1/spectroclusters/{cluster}/features/{name}")).within(project);
    let response = api.respond(Capability::ClusterViewInfo, request.clone()).await?;
    if (200..300).contains(&response.status) {
        return serde_json::from_slice(&response.body)
            .map(Some)
            .map_err(|error| Fault::malformed(&request, &error));
    }
    let fault = Fault::answered(&request, &response);
    let said = serde_json::from_slice::<Value>(&response.body).ok();
    let code = said.as_ref().and_then(|said| said.get("code")?.as_str()).unwrap_or_default();
    let state = code.ends_with("NotConfigured") || code == "RestoreNotExecuted";
    if fault.is_absence() || state { Ok(None) } else { Err(fault) }
}

fn backups(backup: Backup) -> Backups {
    let config = backup.spec.backup_config;
    let runs = backup.status.cluster_backup_statuses.into_iter().map(|run| Run {
        name: run.backup_name,
        state: run.backup_state,
        completed_at: told(run.completion_time),
        expires_at: told(run.expiry_time),
    });
    Backups {
        state: State::Configured,
        schedule: config.schedule.scheduled_run_time,
        prefix: config.backup_prefix,
        kept_hours: config.duration_in_hours,
        namespaces: config.namespaces,
        runs: newest(runs.collect()),
    }
}

fn restores(restore: Restore) -> Restores {
    let runs = restore.status.cluster_restore_statuses.into_iter().map(|run| Run {
        name: run.backup_name,
        state: run.state,
        completed_at: told(run.restore_time),
        expires_at: None,
    });
    Restores { state: State::Configured, runs: newest(runs.collect()) }
}

fn newest(mut runs: Vec<Run>) -> Vec<Run> {
    runs.sort_by(|one, other| other.completed_at.cmp(&one.completed_at));
    runs
}

fn scans(scan: Scan) -> Scans {
    let drivers = scan.spec.driver_spec.into_iter();
    let planned = |(driver, how): (String, crate::model::feature::Driver)| Planned {
        driver,
        schedule: how.config.schedule.scheduled_run_time,
    };
    Scans { state: State::Configured, scans: drivers.map(planned).collect(), runs: Vec::new() }
}

fn scanned(logs: &ScanLogs) -> Vec<Scanned> {
    let run = |(driver, log): (&'static str, &ScanLog)| Scanned {
        driver,
        state: log.state().to_owned(),
        passed: log.count("pass"),
        failed: log.count("fail"),
        warned: log.count("warn"),
    };
    logs.all().map(run).collect()
}

fn text(features: &Features) -> String {
    let mut text = Text::default();
    part::say(&mut text, &features.errors);
    let word = |state: State| match state {
        State::Configured => "configured",
        State::NotConfigured => "none",
        State::Unknown => "unknown",
    };
    let backup = &features.backup;
    text.line(format!("backup: {} {}", word(backup.state), backup.schedule));
    let rows: Vec<[&str; 3]> = backup
        .runs
        .iter()
        .map(|run| [run.name.as_str(), run.state.as_str(), run.completed_at.as_deref().unwrap_or_default()])
        .collect();
    text.table(&["BACKUP", "STATE", "COMPLETED"], &rows);
    text.line(format!("restore: {}, {} runs", word(features.restore.state), features.restore.runs.len()));
    text.line(format!("compliance scan: {}", word(features.compliance_scan.state)));
    for scan in &features.compliance_scan.scans {
        text.line(format!("- {} {}", scan.driver, scan.schedule));
    }
    let rows: Vec<[String; 4]> = features
        .compliance_scan
        .runs
        .iter()
        .map(|run| [run.driver.to_owned(), run.state.clone(), run.passed.to_string(), run.failed.to_string()])
        .collect();
    text.table(&["SCAN", "STATE", "PASSED", "FAILED"], &rows);
    text.finish("read the structured answer")
}
