//! `apply_profiles`: puts profile versions on a cluster.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::args::{Name, one_cluster};
use crate::change::apply::{self, How, When};
use crate::change::attach::{self, Variables};
use crate::change::cluster::Cluster;
use crate::change::{self, Changed};
use crate::ids::Uid;
use crate::instance::Call;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct ApplyProfiles;

/// A profile version that shall be on the cluster.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct Profile {
    /// Uid of the version.
    pub uid: Name,
    /// Values of its variables by name. Absent: those that it has, or its defaults.
    #[serde(default)]
    pub variables: Variables,
}

one_cluster! {
    /// Which cluster, and its profiles.
    Arguments {
        /// Versions that shall be on it. Those of profiles that are on it replace them; others are added.
        #[schemars(length(min = 1, max = 20))]
        profiles: Vec<Profile>,
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

impl Tool for ApplyProfiles {
    const NAME: &'static str = "apply_profiles";
    const TITLE: &'static str = "Apply profiles to a cluster";
    const DESCRIPTION: &'static str = "Puts cluster profile versions on a Palette cluster, beside those \
        that are there: another version of an attached profile replaces it, an infrastructure profile replaces \
        the attached one, and what is new is added; never a duplicate. Palette checks the packs first, and \
        whether machines would be made anew. Values of packs are those of the new version; give `variables` anew \
        where it replaces another. Answers with the exact `changes`, what was sent, and `state`; `dry_run` sends \
        nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        if arguments.profiles.is_empty() {
            return Err(Problem::invalid("/profiles", "is empty"));
        }
        let mut asked = Vec::new();
        for (at, profile) in arguments.profiles.iter().enumerate() {
            let uid = Uid::parse(profile.uid.as_str());
            let uid =
                uid.map_err(|error| Problem::invalid(&format!("/profiles/{at}/uid"), error.to_string()))?;
            asked.push((uid, profile.variables.clone()));
        }
        let how =
            How { when: arguments.when, allow_repave: arguments.allow_repave, dry_run: arguments.dry_run };
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let mut wanted = Vec::new();
            for (uid, variables) in &asked {
                wanted.push(attach::wanted(api, uid.clone(), project.as_ref(), variables.clone()).await?);
            }
            let attachment = attach::plan(&cluster.full.spec.cluster_profile_templates, &wanted)?;
            apply::attachment(api, &cluster, attachment, how, Vec::new()).await
        })
        .await
    }
}
