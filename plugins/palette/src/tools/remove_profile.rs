//! `remove_profile`: takes a profile off a cluster.

use serde::Serialize;
use serde_json::Value;

use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::{self, Changed, attach, difference};
use crate::instance::{Call, Method, Request};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct RemoveProfile;

one_cluster! {
    /// Which cluster, and the profile.
    Arguments {
        /// The attached profile: uid of the version, or name.
        profile: Name,
        /// The name of the profile, as proof that this one is meant.
        confirm: Name,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    profile_uids: [&'a str; 1],
}

impl Tool for RemoveProfile {
    const NAME: &'static str = "remove_profile";
    const TITLE: &'static str = "Remove a profile from a cluster";
    const DESCRIPTION: &'static str = "Takes an add-on profile off a Palette cluster: its packs are \
        uninstalled, with what they hold. `confirm` must be the name of the profile. The infrastructure profile \
        cannot be removed, only replaced. Answers with the exact `changes`, what was sent, and `state`; \
        `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let attached = &cluster.full.spec.cluster_profile_templates;
            let profile = attach::find(attached, "/profile", arguments.profile.as_str())?;
            if attach::is_base(&profile.r#type) {
                let message = "the infrastructure profile cannot be removed, only replaced";
                return Err(Problem::invalid("/profile", message).into());
            }
            change::confirmed(&profile.name, arguments.confirm.as_str())?;
            let from = format!("{} {} ({})", profile.name, profile.version(), profile.uid);
            let changes = vec![difference(format!("spec.profiles.{}", profile.name), from, Value::Null)];
            let body = Body { profile_uids: [&profile.uid] };
            let request = Request::with_body(Method::Delete, cluster.path("/profiles"), &body)?;
            let mut plan = cluster.plan(Capability::ClusterRemoveProfile, request, changes);
            plan.warnings.push("its packs are uninstalled".to_owned());
            plan.carry_out(api, arguments.dry_run, async || {
                let has = |full: &crate::model::cluster::Full| {
                    full.spec.cluster_profile_templates.iter().any(|each| each.uid == profile.uid)
                };
                cluster.look(api, |full| !has(full)).await
            })
            .await
        })
        .await
    }
}
