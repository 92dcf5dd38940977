//! `set_variables`: gives variables of an attached profile other values.

use serde::Serialize;
use serde_json::Value;

use crate::api::Api;
use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::change::attach::{Variable, Variables};
use crate::change::cluster::Cluster;
use crate::change::{self, Changed, attach, difference};
use crate::fault::Fault;
use crate::instance::{Call, Method, Request};
use crate::model::lenient;
use crate::redact;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct SetVariables;

one_cluster! {
    /// Which cluster, and its variables.
    Arguments {
        /// The attached profile: uid of the version, or name. Absent: the one that has these variables.
        #[serde(default)]
        profile: Option<Name>,
        /// Values by the names of variables. Those that are not named stay as they are.
        #[schemars(length(min = 1, max = 100))]
        variables: Variables,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

lenient! {
    /// The variables of an attached profile.
    OfProfile {
        /// Uid of its version.
        profile_uid: String,
        /// What it has.
        variables: Vec<Known>,
    }

    /// A variable of a profile, with its value on the cluster.
    Known {
        /// Its name.
        name: String,
        /// Its value; masked where it is sensitive.
        value: String,
        /// Whether it may not be empty.
        required: bool,
        /// Whether it keeps its first value.
        immutable: bool,
        /// Whether its value is masked.
        is_sensitive: bool,
        /// The values to choose from; none: any.
        options: Vec<Choice>,
    }

    /// A value to choose.
    Choice {
        /// It.
        value: String,
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    profile_uid: &'a str,
    variables: Vec<Variable>,
}

impl Tool for SetVariables {
    const NAME: &'static str = "set_variables";
    const TITLE: &'static str = "Set profile variables of a cluster";
    const DESCRIPTION: &'static str = "Sets variables of a profile that is on a Palette cluster; the packs \
        that use them are configured anew. Refuses masked values, variables that the profile does not have, \
        immutable ones, and values that are not among a variable's options. Answers with the exact `changes`, \
        what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let wanted = attach::variables("/variables", &arguments.variables)?;
        if wanted.is_empty() {
            return Err(Problem::invalid("/variables", "is empty"));
        }
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let all = read(api, &cluster).await?;
            let profile = choose(&cluster, &all, arguments.profile.as_ref(), &wanted)?;
            let mut changes = Vec::new();
            for variable in &wanted {
                let known = profile.variables.iter().find(|known| known.name == variable.name);
                let known = known.ok_or_else(|| unknown(profile, &variable.name))?;
                known.takes(&variable.value)?;
                changes.extend(known.change(&variable.value));
            }
            let changed = |variable: &Variable| {
                let known = profile.variables.iter().find(|known| known.name == variable.name);
                known.is_some_and(|known| known.change(&variable.value).is_some())
            };
            let sent: Vec<Variable> = wanted.iter().filter(|each| changed(each)).cloned().collect();
            let body = [Body { profile_uid: &profile.profile_uid, variables: sent }];
            let request = Request::with_body(Method::Patch, cluster.path("/variables"), &body)?;
            let mut plan = cluster.plan(Capability::ClusterChangeVariables, request, changes);
            plan.hidden = wanted
                .iter()
                .filter(|each| profile.hides(&each.name))
                .map(|each| each.value.clone())
                .collect();
            plan.carry_out(api, arguments.dry_run, async || {
                let now = read(api, &cluster).await?;
                let now =
                    now.into_iter().find(|each| each.profile_uid == profile.profile_uid).unwrap_or_default();
                // What is masked cannot be compared, so it counts as not seen.
                let is = |variable: &Variable| {
                    now.variables
                        .iter()
                        .any(|known| known.name == variable.name && known.value == variable.value)
                };
                cluster.look(api, |_| wanted.iter().all(is)).await
            })
            .await
        })
        .await
    }
}

async fn read<C: Call>(api: &Api<'_, C>, cluster: &Cluster) -> Result<Vec<OfProfile>, Fault> {
    let request = Request::get(cluster.path("/variables")).within(cluster.project.as_ref());
    let found: Option<Vec<OfProfile>> = api.json(Capability::ClusterViewPackValues, request).await?;
    Ok(found.unwrap_or_default())
}

/// The profile whose variables change.
fn choose<'a>(
    cluster: &Cluster,
    all: &'a [OfProfile],
    given: Option<&Name>,
    wanted: &[Variable],
) -> Result<&'a OfProfile, Problem> {
    let uid = match given {
        Some(given) => {
            let attached = &cluster.full.spec.cluster_profile_templates;
            Some(&attach::find(attached, "/profile", given.as_str())?.uid)
        }
        None => None,
    };
    let has = |each: &&OfProfile| {
        uid.is_some_and(|uid| *uid == each.profile_uid)
            || (uid.is_none()
                && wanted.iter().all(|one| each.variables.iter().any(|known| known.name == one.name)))
    };
    let mut found = all.iter().filter(has);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (Some(_), Some(_)) => {
            Err(Problem::invalid("/profile", "several profiles have these variables: name one"))
        }
        (None, _) => Err(Problem::invalid("/variables", "no profile of the cluster has these variables")),
    }
}

fn unknown(profile: &OfProfile, name: &str) -> Problem {
    let names: Vec<String> = profile.variables.iter().map(|known| format!("`{}`", known.name)).collect();
    let message = format!("the profile has no variable `{name}`; it has {}", names.join(", "));
    Problem::invalid(&format!("/variables/{name}"), message)
}

impl OfProfile {
    fn hides(&self, name: &str) -> bool {
        self.variables.iter().any(|known| known.name == name && known.hides())
    }
}

impl Known {
    fn hides(&self) -> bool {
        self.is_sensitive || redact::is_masked(&self.value)
    }

    /// Whether it may have that value.
    fn takes(&self, value: &str) -> Result<(), Problem> {
        let wrong = |why: &str| Err(Problem::invalid(&format!("/variables/{}", self.name), why));
        let same = !self.hides() && self.value == value;
        if self.immutable && !same {
            return wrong("is immutable: it keeps the value that the cluster was made with");
        }
        if self.required && value.is_empty() {
            return wrong("is required: it cannot be empty");
        }
        if !self.options.is_empty() && !self.options.iter().any(|option| option.value == value) {
            return wrong("is not among the options of the variable");
        }
        Ok(())
    }

    /// The difference; none where it has that value. One that is masked cannot be compared and always counts.
    fn change(&self, value: &str) -> Option<change::Difference> {
        let hidden = self.hides();
        let shown = |value: &str| {
            if hidden { Value::from(postern_sdk::mask::MASK) } else { attach::masked(&self.name, value) }
        };
        let path = format!("variables.{}", self.name);
        (hidden || self.value != value).then(|| difference(path, shown(&self.value), shown(value)))
    }
}
