//! `get_pod_events`: what was reported about one pod.

use schemars::JsonSchema;
use serde::Serialize;

use super::arguments::one_cluster;
use super::events::{EventRow, newest_first, render};
use crate::api::{Api, Collected};
use crate::args::{Limit, Namespace, ObjectName};
use crate::capability::Capability;
use crate::cluster::{Call, Cluster, Query};
use crate::fan;
use crate::fault::Fault;
use crate::model::event::Event;
use crate::request::Group;
use crate::text::Text;
use crate::tool::{Problem, Report, Tool};

/// Events read of one pod. The server's order is by name, so all are read before the newest are chosen.
const MOST_EVENTS: usize = 1_000;

/// The tool.
#[derive(Debug)]
pub struct GetPodEvents;

one_cluster! {
    /// Which events.
    Arguments {
        /// Namespace of the pod.
        namespace: Namespace,
        /// Name of the pod. It may be gone already: events outlive it.
        name: ObjectName,
        /// Only warnings.
        #[serde(default)]
        warnings_only: bool,
        /// Most events, newest first: 1 to 1000.
        #[serde(default)]
        limit: Limit,
    }
}

/// Events of one pod.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PodEvents {
    /// Cluster.
    pub cluster: String,
    /// Namespace of the pod.
    pub namespace: String,
    /// Name of the pod.
    pub pod: String,
    /// The events, newest first.
    pub events: Vec<EventRow>,
    /// How many there are in all.
    pub total: usize,
    /// Whether there are more than these.
    pub truncated: bool,
}

impl Tool for GetPodEvents {
    const NAME: &'static str = "get_pod_events";
    const TITLE: &'static str = "Get pod events";
    const DESCRIPTION: &'static str = "Reads the events of one pod, newest first: scheduling, image pulls, \
        mounts, probes, restarts, evictions. At most `limit` (100 unless told, up to 1000); `warnings_only` \
        leaves the rest out. Clusters keep events for about an hour, so none may mean that nothing happened \
        lately. A pod that does not exist has no events and is not an error. Fails if the cluster cannot be \
        read.";
    type Arguments = Arguments;
    type Output = PodEvents;

    async fn run<C: Call>(call: &C, arguments: Arguments) -> Result<Report<PodEvents>, Problem> {
        let (cluster, read) = fan::one(call, async |api| {
            Ok((api.name().to_owned(), events_of(api, &arguments.namespace, &arguments.name).await?))
        })
        .await?;
        let events = newest_first(read.items);
        let mut events: Vec<EventRow> =
            events.into_iter().filter(|event| !arguments.warnings_only || event.kind == "Warning").collect();
        let total = events.len();
        events.truncate(arguments.limit.count());
        let output = PodEvents {
            cluster,
            namespace: arguments.namespace.to_string(),
            pod: arguments.name.to_string(),
            truncated: events.len() < total || !read.whole,
            total,
            events,
        };
        let mut text = Text::default();
        let origin =
            format!("events of pod `{}/{}`, cluster `{}`", output.namespace, output.pod, output.cluster);
        if output.events.is_empty() {
            text.line(format!("{origin}: none (clusters keep them for about an hour)"));
        } else {
            if output.truncated {
                text.line(format!("the newest {} of {total} events", output.events.len()));
            }
            render(&mut text, &origin, &output.events, call.now());
        }
        let text = text.finish("lower `limit`, or ask for `warnings_only`");
        Ok(Report { output, text, failed: false })
    }
}

/// All events of one pod.
pub(crate) async fn events_of<C: Cluster>(
    api: &Api<'_, C>,
    namespace: &Namespace,
    pod: &ObjectName,
) -> Result<Collected<Event>, Fault> {
    let query = Query::json(Group::CORE.collection(Some(namespace), "events"))
        .with("fieldSelector", format!("involvedObject.kind=Pod,involvedObject.name={pod}"));
    api.all(Capability::ReadPodEvents, query, MOST_EVENTS).await
}
