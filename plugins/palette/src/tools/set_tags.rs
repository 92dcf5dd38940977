//! `set_tags`: tags a cluster.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::args::{Name, one_cluster};
use crate::capability::Capability;
use crate::change::cluster::Cluster;
use crate::change::tags::{self, Labels};
use crate::change::{self, Changed};
use crate::instance::{Call, Method, Request};
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct SetTags;

/// What becomes of the tags that are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Mode {
    /// They stay; those of the same name get the new value.
    #[default]
    Merge,
    /// They go.
    Replace,
    /// The named ones go.
    Remove,
}

one_cluster! {
    /// Which cluster, and its tags.
    Arguments {
        /// Tags: `team:shop`, or bare, such as `critical`.
        #[schemars(length(max = 100))]
        tags: Vec<Name>,
        /// `merge` (unless told) adds them to those that are there, `replace` puts them in their place, `remove`
        /// takes these away.
        #[serde(default)]
        mode: Mode,
        /// Only say what would be done; send nothing.
        #[serde(default)]
        dry_run: bool,
    }
}

#[derive(Debug, Serialize)]
struct Body<'a> {
    metadata: Metadata<'a>,
}

#[derive(Debug, Serialize)]
struct Metadata<'a> {
    name: &'a str,
    labels: &'a Labels,
    // Only the one that is a person's: the others are Palette's own.
    #[serde(skip_serializing_if = "Labels::is_empty")]
    annotations: Labels,
}

impl Tool for SetTags {
    const NAME: &'static str = "set_tags";
    const TITLE: &'static str = "Set tags of a cluster";
    const DESCRIPTION: &'static str = "Sets the tags of a Palette cluster: merges them with those that are \
        there, replaces them all, or removes some. A tag is `name:value` or a bare `name`. Answers with the \
        exact `changes`, what was sent, and `state`; `dry_run` sends nothing.";
    type Arguments = Arguments;
    type Output = Changed;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Changed>, Problem> {
        let uid = crate::args::needed("cluster_uid", arguments.cluster_uid.as_ref())?;
        let project = crate::args::project(arguments.project.as_ref())?;
        let given = tags::parse(&arguments.tags)?;
        if given.is_empty() && arguments.mode != Mode::Replace {
            return Err(Problem::invalid("/tags", "is empty: only `replace` can do with no tags"));
        }
        change::run(call, async |api| {
            let cluster = Cluster::read(api, &uid, project.as_ref()).await?;
            let metadata = &cluster.full.metadata;
            let labels = wanted(&metadata.labels, &given, arguments.mode);
            let changes = tags::differences(&metadata.labels, &labels);
            let description = metadata.annotations.get_key_value("description");
            let annotations =
                description.map(|(name, text)| (name.clone(), text.clone())).into_iter().collect();
            let body = Body { metadata: Metadata { name: &metadata.name, labels: &labels, annotations } };
            let request = Request::with_body(Method::Patch, cluster.path("/metadata"), &body)?;
            let mut plan = cluster.plan(Capability::ClusterChangeTags, request, changes);
            if cluster.cloud() == "eks" {
                let warning =
                    "before Palette 4.10.0, changing a tag of an EKS cluster replaces its worker nodes";
                plan.warnings.push(warning.to_owned());
            }
            plan.carry_out(api, arguments.dry_run, async || {
                cluster.look(api, |full| full.metadata.labels == labels).await
            })
            .await
        })
        .await
    }
}

fn wanted(there: &Labels, given: &Labels, mode: Mode) -> Labels {
    let mut labels = if mode == Mode::Replace { Labels::new() } else { there.clone() };
    match mode {
        Mode::Merge | Mode::Replace => labels.extend(given.clone()),
        // One that is given with another value is not the one that is there.
        Mode::Remove => labels.retain(|name, value| given.get(name) != Some(value)),
    }
    labels
}
