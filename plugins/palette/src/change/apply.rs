//! Puts profile versions on a cluster: checked for packs and repaves, then merged, never as a duplicate.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::attach::{Attachment, Entry};
use super::cluster::Cluster;
use super::{Changed, Stop, check};
use crate::api::Api;
use crate::capability::Capability;
use crate::instance::{Call, Method, Request};

/// When a change of profiles takes effect.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum When {
    /// At once.
    #[default]
    Now,
    /// When somebody applies what is pending.
    Later,
}

/// How it is done.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// When it takes effect.
    pub when: When,
    /// Whether machines may be made anew.
    pub allow_repave: bool,
    /// Whether it is only told.
    pub dry_run: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    profiles: Vec<Entry>,
    spc_apply_settings: Settings,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Settings {
    action_type: &'static str,
}

/// Carries out what [`super::attach::plan`] worked out.
///
/// # Errors
/// As the instance.
pub async fn attachment<C: Call>(
    api: &Api<'_, C>,
    cluster: &Cluster,
    attachment: Attachment,
    how: How,
    mut warnings: Vec<String>,
) -> Result<Changed, Stop> {
    let wanted: Vec<String> = attachment.entries.iter().map(|entry| entry.uid().to_owned()).collect();
    let action_type = match how.when {
        When::Now => "DownloadAndInstall",
        When::Later => "DownloadAndInstallLater",
    };
    let body = Body { profiles: attachment.entries, spc_apply_settings: Settings { action_type } };
    let request = Request::with_body(Method::Patch, cluster.path("/profiles"), &body)?;
    let mut checks = Vec::new();
    if !attachment.changes.is_empty() {
        let (uid, project) = (&cluster.uid, cluster.project.as_ref());
        let body = serde_json::to_value(&body).unwrap_or_default();
        let (findings, notes) = check::profiles(api, uid, project, &body, how.allow_repave).await?;
        checks = findings;
        warnings.extend(notes);
    }
    let mut plan = cluster.plan(Capability::ClusterChangeProfiles, request, attachment.changes);
    plan.checks = checks;
    plan.warnings = warnings;
    plan.carry_out(api, how.dry_run, async || {
        let is = |uid: &String, full: &crate::model::cluster::Full| {
            full.spec.cluster_profile_templates.iter().any(|each| each.uid == *uid)
        };
        cluster.look(api, |full| wanted.iter().all(|uid| is(uid, full))).await
    })
    .await
}
