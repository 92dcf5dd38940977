//! `publish_profile`: lets clusters use a profile version.

use crate::args::one_profile;
use crate::capability::Capability;
use crate::change::attach::Profile;
use crate::change::{self, Changed, Plan, Seen, bare, difference};
use crate::instance::{Call, Method};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct PublishProfile;

one_profile! {
    /// Which profile version.
    Arguments {
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

impl Tool for PublishProfile {
    const NAME: &'static str = "publish_profile";
    const TITLE: &'static str = "Publish a cluster profile";
    const DESCRIPTION: &'static str = "Publishes the draft of a Palette cluster profile version: clusters \
        may use it from then on, and those that do are told of the update. Answers with the exact `changes`, \
        what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("profile_uid", arguments.profile_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        change::run(call, async |api| {
            let profile = Profile::read(api, &uid, project.as_ref()).await?;
            let (state, pending) = (profile.status.is_published, !profile.spec.draft.r#type.is_empty());
            let from = if state { "published, with a draft" } else { "draft" };
            let done = state && !pending;
            let changes =
                if done { Vec::new() } else { vec![difference("spec.published", from, "published")] };
            let request =
                bare(Method::Patch, format!("/v1/clusterprofiles/{uid}/publish")).within(project.as_ref());
            let mut plan = Plan::new(Capability::ProfilePublish, request, profile.metadata.name, changes);
            plan.uid = Some(uid.to_string());
            let users = profile.status.in_use_clusters.len();
            if users > 0 {
                plan.warnings.push(format!("{users} clusters use this version and are offered the update"));
            }
            plan.carry_out(api, arguments.dry_run, async || {
                let now = Profile::read(api, &uid, project.as_ref()).await?;
                let there = now.status.is_published && now.spec.draft.r#type.is_empty();
                Ok(Seen { there, ..Seen::default() })
            })
            .await
        })
        .await
    }
}
