//! `replace_profile_version`: puts another version of an attached profile in its place.

use crate::args::{Name, one_cluster};
use crate::change::apply::{self, How, When};
use crate::change::attach::{self, Variables};
use crate::change::cluster::Cluster;
use crate::change::{self, Changed};
use crate::instance::Call;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ReplaceProfileVersion;

one_cluster! {
    /// Which cluster, and the version.
    Arguments {
        /// The new version: its uid, or the profile's name for its newest.
        profile_uid: Name,
        /// Values of its variables by name.
        #[serde(default)]
        variables: Variables,
        /// When it takes effect: `now` (unless told), or `later`, when somebody applies what is pending.
        #[serde(default)]
        when: When,
        /// Whether machines may be made anew for it. Unless told, a change that needs that is refused.
        #[serde(default)]
        allow_repave: bool,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

impl Tool for ReplaceProfileVersion {
    const NAME: &'static str = "replace_profile_version";
    const TITLE: &'static str = "Replace a profile version on a cluster";
    const DESCRIPTION: &'static str = "Puts another version of a profile in the place of the one that is on \
        a Palette cluster: how packs and Kubernetes are upgraded, or taken back. Palette checks the packs first, \
        and whether machines would be made anew. Fails when no version of the profile is attached. Answers with \
        the exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let profile = crate::args::needed("profile_uid", Some(&arguments.profile_uid))?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let how =
            How { when: arguments.when, allow_repave: arguments.allow_repave, dry_run: arguments.dry_run };
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let variables = arguments.variables.clone();
            let wanted = attach::wanted(api, profile.clone(), project.as_ref(), variables).await?;
            let attachment = attach::plan(&cluster.full.spec.cluster_profile_templates, &[wanted])?;
            let adds = |entry: &attach::Entry| {
                let there = &cluster.full.spec.cluster_profile_templates;
                entry.replaces().is_none() && !there.iter().any(|each| each.uid == entry.uid())
            };
            if attachment.entries.iter().any(adds) {
                let message = "no version of this profile is on the cluster: `apply_profiles` adds one";
                return Err(Problem::invalid("/profile_uid", message).into());
            }
            let warning = "values of packs and variables are those of the new version, but for `variables`";
            apply::attachment(api, &cluster, attachment, how, vec![warning.to_owned()]).await
        })
        .await
    }
}
