//! `delete_profile`: deletes a profile version.

use serde_json::Value;

use crate::args::{Name, one_profile};
use crate::capability::Capability;
use crate::change::attach::Profile;
use crate::change::{self, Changed, Plan, Seen, bare, difference};
use crate::instance::{Call, Method};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct DeleteProfile;

one_profile! {
    /// Which profile version.
    Arguments {
        /// The name of the profile, as proof that this one is meant.
        confirm: Name,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

impl Tool for DeleteProfile {
    const NAME: &'static str = "delete_profile";
    const TITLE: &'static str = "Delete a cluster profile version";
    const DESCRIPTION: &'static str = "Deletes one version of a Palette cluster profile, which cannot be \
        undone; other versions stay. `confirm` must be the name of the profile. Fails with conflict while \
        clusters use the version, and names them. Answers with the exact `changes`, what was sent, and `state`; \
        `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("profile_uid", arguments.profile_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        change::run(call, async |api| {
            let profile = Profile::read(api, &uid, project.as_ref()).await?;
            let (name, version) = (profile.metadata.name, profile.spec.version);
            change::confirmed(&name, arguments.confirm.as_str())?;
            let users = &profile.status.in_use_clusters;
            if !users.is_empty() {
                let names: Vec<String> =
                    users.iter().take(10).map(|user| format!("`{}`", user.name)).collect();
                let message = format!("{} clusters use it: {}", users.len(), names.join(", "));
                return Err(Problem::Conflict(message).into());
            }
            let changes = vec![difference(format!("versions.{version}"), uid.as_str(), Value::Null)];
            let request = bare(Method::Delete, format!("/v1/clusterprofiles/{uid}")).within(project.as_ref());
            let mut plan = Plan::new(Capability::ProfileDelete, request, name, changes);
            plan.uid = Some(uid.to_string());
            plan.carry_out(api, arguments.dry_run, async || {
                match Profile::read(api, &uid, project.as_ref()).await {
                    Ok(_) => Ok(Seen::default()),
                    Err(fault) if fault.is_absence() => Ok(Seen { there: true, ..Seen::default() }),
                    Err(fault) => Err(fault),
                }
            })
            .await
        })
        .await
    }
}
