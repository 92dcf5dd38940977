//! `describe_pod`: one pod and what belongs to it.
//!
//! A pod rarely fails alone: its node is gone, its claim is not bound, the secret it names does not exist.
//! The tool reads the pod, and then, all at once, what the pod's own words point to: events, the chain of
//! owners, the node, the claims, the services that select it, and whether the config maps and secrets it
//! names exist. Whatever of this cannot be read leaves a note, and the rest stands.
//!
//! # Design
//! Literal values in a pod's environment are not even parsed; names and sources are what a reader needs.
//! Whether a secret exists is asked of the server's table without objects, so no value of one ever enters
//! the component.

mod facts;
mod related;
mod render;

pub use facts::{Annotations, ConditionFacts, ContainerFacts, EnvFacts, PodFacts, StateFacts};
pub use related::{ClaimFacts, NodeFacts, OwnerFacts, ReferenceFacts, Related};

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::one_cluster;
use crate::api::Api;
use crate::args::{Namespace, ObjectName};
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::fan;
use crate::fault::Fault;
use crate::model::pod::Pod;
use crate::request::Group;
use crate::tool::{Problem, Report, Tool};

/// The tool.
#[derive(Debug)]
pub struct DescribePod;

one_cluster! {
    /// Which pod.
    Arguments {
        /// Namespace of the pod.
        namespace: Namespace,
        /// Name of the pod.
        name: ObjectName,
    }
}

/// One pod and what belongs to it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Description {
    /// Cluster.
    pub cluster: String,
    /// The pod itself.
    pub pod: PodFacts,
    /// What belongs to it.
    pub related: Related,
    /// What could not be read, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Tool for DescribePod {
    const NAME: &'static str = "describe_pod";
    const TITLE: &'static str = "Describe pod";
    const DESCRIPTION: &'static str = "Describes one pod and what belongs to it: phase, conditions, containers \
        with state, last exit, restarts, requests and limits; owners, node health, volume claims, services \
        that select it, whether the config maps and secrets it names exist, and its newest events. Values of \
        environment variables and secrets are never shown. Parts that cannot be read are named under `notes`. \
        Fails if the pod does not exist or may not be read.";
    type Arguments = Arguments;
    type Output = Description;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<Description>, Problem> {
        let output =
            fan::one(call, async |api| describe(api, &arguments.namespace, &arguments.name).await).await?;
        let text = render::render(&output, call.now());
        Ok(Report { output, text, failed: false })
    }
}

/// Reads one pod and what belongs to it.
pub(crate) async fn describe<C: Cluster>(
    api: &Api<'_, C>,
    namespace: &Namespace,
    name: &ObjectName,
) -> Result<Description, Fault> {
    let query = Query::json(format!("{}/{name}", Group::CORE.collection(Some(namespace), "pods")));
    let pod: Pod = api.json(Capability::ReadPod, query).await?;
    let (related, notes) = related::read(api, namespace, name, &pod).await;
    Ok(Description { cluster: api.name().to_owned(), pod: PodFacts::of(&pod), related, notes })
}
