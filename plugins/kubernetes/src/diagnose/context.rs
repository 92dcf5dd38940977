//! One snapshot, indexed: who owns a pod, what was reported about it, whether a name exists.
//!
//! Everything here is built in one pass over each list. Maps are ordered ones: they need no random seed,
//! which a sandbox would have to import, and they make every walk over them the same each time.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::report::Owner;
use super::snapshot::{Fetched, Snapshot};
use crate::model::event::Event;
use crate::model::meta::Texts;
use crate::model::meta::{Metadata, PartialObject};
use crate::model::node::{Lease, Node};
use crate::model::pod::Pod;
use crate::model::selector::contains_all;
use crate::model::service::Service;
use crate::model::workload::{CronJob, Job, ReplicaSet};

/// Namespace and name.
type Place<'a> = (&'a str, &'a str);

/// A snapshot with its indexes, at one moment.
#[derive(Debug)]
pub(super) struct Context<'a> {
    /// What was read.
    pub(super) snapshot: &'a Snapshot,
    /// The moment ages are counted to.
    pub(super) now: Timestamp,
    nodes: BTreeMap<&'a str, &'a Node>,
    leases: BTreeMap<&'a str, &'a Lease>,
    services: BTreeMap<Place<'a>, &'a Service>,
    replica_sets: BTreeMap<Place<'a>, &'a ReplicaSet>,
    jobs: BTreeMap<Place<'a>, &'a Job>,
    cron_jobs: BTreeMap<Place<'a>, &'a CronJob>,
    jobs_by_cron: BTreeMap<Place<'a>, Vec<&'a Job>>,
    pods_by_job: BTreeMap<Place<'a>, Vec<&'a Pod>>,
    events: BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Event>>,
    pods_by_namespace: BTreeMap<&'a str, Vec<&'a Pod>>,
    pods_by_label: BTreeMap<(&'a str, &'a str, &'a str), Vec<&'a Pod>>,
    pods_by_owner: BTreeMap<(&'a str, String, String), Vec<&'a Pod>>,
    config_maps: Option<BTreeSet<Place<'a>>>,
    secrets: Option<BTreeSet<Place<'a>>>,
}

/// What is known of the node a pod runs on.
#[derive(Debug, Clone, Copy)]
pub(super) enum NodeState<'a> {
    /// Nodes could not be looked at, or the pod has none yet.
    Unknown,
    /// There is no such node any more.
    Gone,
    /// Here it is.
    Present(&'a Node),
}

impl<'a> Context<'a> {
    /// Indexes a snapshot.
    pub(super) fn new(snapshot: &'a Snapshot, now: Timestamp) -> Self {
        let mut context = Self {
            snapshot,
            now,
            nodes: snapshot.nodes.items().iter().map(|node| (node.metadata.name.as_str(), node)).collect(),
            leases: snapshot
                .leases
                .items()
                .iter()
                .map(|lease| (lease.metadata.name.as_str(), lease))
                .collect(),
            services: snapshot.services.items().iter().map(|it| (place(&it.metadata), it)).collect(),
            replica_sets: snapshot
                .replica_sets
                .items()
                .iter()
                .map(|set| (place(&set.metadata), set))
                .collect(),
            jobs: snapshot.jobs.items().iter().map(|job| (place(&job.metadata), job)).collect(),
            cron_jobs: snapshot.cron_jobs.items().iter().map(|cron| (place(&cron.metadata), cron)).collect(),
            jobs_by_cron: BTreeMap::new(),
            pods_by_job: BTreeMap::new(),
            events: BTreeMap::new(),
            pods_by_namespace: BTreeMap::new(),
            pods_by_label: BTreeMap::new(),
            pods_by_owner: BTreeMap::new(),
            config_maps: names(&snapshot.config_maps),
            secrets: names(&snapshot.secrets),
        };
        for event in snapshot.events.items() {
            let object = &event.involved_object;
            let key = (object.kind.as_str(), object.namespace.as_str(), object.name.as_str());
            context.events.entry(key).or_default().push(event);
        }
        for events in context.events.values_mut() {
            events.sort_by_key(|event| std::cmp::Reverse(event.last_seen()));
        }
        for job in snapshot.jobs.items() {
            if let Some(at) = made_by("CronJob", &job.metadata) {
                context.jobs_by_cron.entry(at).or_default().push(job);
            }
        }
        for pod in snapshot.pods.items() {
            if let Some(at) = made_by("Job", &pod.metadata) {
                context.pods_by_job.entry(at).or_default().push(pod);
            }
            let namespace = pod.metadata.namespace.as_str();
            context.pods_by_namespace.entry(namespace).or_default().push(pod);
            for (key, value) in &pod.metadata.labels {
                context.pods_by_label.entry((namespace, key, value)).or_default().push(pod);
            }
            if let Some(owner) = context.owner(&pod.metadata) {
                context.pods_by_owner.entry((namespace, owner.kind, owner.name)).or_default().push(pod);
            }
        }
        context
    }

    /// Whether `time` lies more than `seconds` back. A time that is not known counts as long ago.
    pub(super) fn is_past(&self, time: Option<Timestamp>, seconds: i64) -> bool {
        time.is_none_or(|time| self.age(time) > seconds)
    }

    /// Seconds since `time`; negative if it lies ahead.
    pub(super) fn age(&self, time: Timestamp) -> i64 {
        self.now.as_second().saturating_sub(time.as_second())
    }

    /// What an object belongs to, at the top: past the ReplicaSet to its Deployment, past the Job to its CronJob.
    ///
    /// None for an object by itself, and for a static pod: its owner is the node, which did not make it wrong.
    pub(super) fn owner(&self, metadata: &Metadata) -> Option<Owner> {
        let controller = metadata.controller().filter(|owner| owner.kind != "Node")?;
        let at = (metadata.namespace.as_str(), controller.name.as_str());
        let above = match controller.kind.as_str() {
            "ReplicaSet" => self.replica_sets.get(&at).map(|set| &set.metadata),
            "Job" => self.jobs.get(&at).map(|job| &job.metadata),
            _ => None,
        };
        if let Some(top) = above.and_then(Metadata::controller) {
            return Some(Owner { kind: top.kind.clone(), name: top.name.clone() });
        }
        // Without the list of ReplicaSets, the name still tells: a Deployment's own is `name-hash`.
        let hash = metadata.labels.get("pod-template-hash").filter(|_| above.is_none());
        let stem = hash.and_then(|hash| controller.name.strip_suffix(hash.as_str())?.strip_suffix('-'));
        match stem {
            Some(name) if controller.kind == "ReplicaSet" => {
                Some(Owner { kind: "Deployment".to_owned(), name: name.to_owned() })
            }
            Some(_) | None => Some(Owner { kind: controller.kind.clone(), name: controller.name.clone() }),
        }
    }

    /// The Job that made a pod.
    pub(super) fn job_of(&self, pod: &Pod) -> Option<&'a Job> {
        self.jobs.get(&made_by("Job", &pod.metadata)?).copied()
    }

    /// The CronJob that made a Job.
    pub(super) fn cron_of(&self, job: &Job) -> Option<&'a CronJob> {
        self.cron_jobs.get(&made_by("CronJob", &job.metadata)?).copied()
    }

    /// The Jobs a CronJob made.
    pub(super) fn jobs_of<'s>(&'s self, cron: &'s CronJob) -> &'s [&'a Job] {
        self.jobs_by_cron.get(&place(&cron.metadata)).map_or(&[], Vec::as_slice)
    }

    /// The pods one Job made itself.
    pub(super) fn pods_of_job<'s>(&'s self, job: &'s Job) -> &'s [&'a Pod] {
        self.pods_by_job.get(&place(&job.metadata)).map_or(&[], Vec::as_slice)
    }

    /// The pods under a top owner.
    pub(super) fn pods_of<'s>(&'s self, kind: &'static str, metadata: &'s Metadata) -> &'s [&'a Pod] {
        let key = (metadata.namespace.as_str(), kind.to_owned(), metadata.name.clone());
        self.pods_by_owner.get(&key).map_or(&[], Vec::as_slice)
    }

    /// The pods of a namespace.
    pub(super) fn pods_in<'s>(&'s self, namespace: &'s str) -> &'s [&'a Pod] {
        self.pods_by_namespace.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// The pods of a namespace that carry all these labels; none for no labels, since that is how services
    /// without a selector are meant. Only the pods of the rarest label are looked at.
    pub(super) fn pods_labelled<'s>(&'s self, namespace: &'s str, labels: &'s Texts) -> Vec<&'a Pod> {
        let mut rarest: &[&'a Pod] = &[];
        for (at, (key, value)) in labels.iter().enumerate() {
            let pods = self.pods_by_label.get(&(namespace, key.as_str(), value.as_str()));
            let pods = pods.map_or(&[][..], Vec::as_slice);
            if at == 0 || pods.len() < rarest.len() {
                rarest = pods;
            }
        }
        rarest.iter().filter(|pod| contains_all(&pod.metadata.labels, labels)).copied().collect()
    }

    /// A service, by namespace and name.
    pub(super) fn service(&self, namespace: &str, name: &str) -> Option<&'a Service> {
        self.services.get(&(namespace, name)).copied()
    }

    /// The lease of a node.
    pub(super) fn lease(&self, node: &str) -> Option<&'a Lease> {
        self.leases.get(node).copied()
    }

    /// The node a pod was placed on.
    pub(super) fn node(&self, name: &str) -> NodeState<'a> {
        if name.is_empty() || self.snapshot.nodes.known().is_none() {
            return NodeState::Unknown;
        }
        self.nodes.get(name).map_or(NodeState::Gone, |node| NodeState::Present(node))
    }

    /// What was reported about an object, newest first. Events of an earlier object of that name are left out.
    pub(super) fn events<'s>(
        &'s self,
        kind: &'s str,
        metadata: &'s Metadata,
    ) -> impl Iterator<Item = &'a Event> + use<'s, 'a> {
        let key = (kind, metadata.namespace.as_str(), metadata.name.as_str());
        let events: &'s [&'a Event] = self.events.get(&key).map_or(&[], Vec::as_slice);
        let uid = metadata.uid.as_str();
        events.iter().copied().filter(move |event| {
            let of = event.involved_object.uid.as_str();
            uid.is_empty() || of.is_empty() || of == uid
        })
    }

    /// The newest warning about an object.
    pub(super) fn warning(&self, kind: &str, metadata: &Metadata) -> Option<&'a Event> {
        self.events(kind, metadata).find(|event| event.is_warning())
    }

    /// Whether a ConfigMap exists; none if that cannot be told.
    pub(super) fn has_config_map(&self, namespace: &str, name: &str) -> Option<bool> {
        self.config_maps.as_ref().map(|known| known.contains(&(namespace, name)))
    }

    /// Whether a Secret exists; none if that cannot be told.
    pub(super) fn has_secret(&self, namespace: &str, name: &str) -> Option<bool> {
        self.secrets.as_ref().map(|known| known.contains(&(namespace, name)))
    }

    /// Whether some pods of a workload are not ready, and all of those are still within their time to become so.
    ///
    /// Workload rules wait while this holds: a rollout is not a fault.
    pub(super) fn is_settling(&self, pods: &[&Pod]) -> bool {
        let mut unready = pods.iter().filter(|pod| !pod.is_ready() && !pod.is_over()).peekable();
        unready.peek().is_some() && unready.all(|pod| self.is_young(pod))
    }

    /// Whether a pod that is not ready may still be on its way.
    fn is_young(&self, pod: &Pod) -> bool {
        let in_trouble = pod.restarts() > 0
            || pod.statuses().any(|(_, status)| {
                let waits = status.state.waiting.as_ref();
                waits.is_some_and(|w| {
                    !matches!(w.reason.as_str(), "" | "ContainerCreating" | "PodInitializing")
                })
            });
        let (since, grace) = match pod.status.phase.as_str() {
            "Running" => {
                (pod.condition("Ready").and_then(|ready| ready.last_transition_time), super::UNREADY)
            }
            _ => (pod.metadata.creation_timestamp, super::PENDING),
        };
        !in_trouble && since.is_some_and(|since| self.age(since) <= grace)
    }
}

/// Where the controller of an object is, if it is of this kind.
fn made_by<'a>(kind: &str, metadata: &'a Metadata) -> Option<Place<'a>> {
    let controller = metadata.controller().filter(|owner| owner.kind == kind)?;
    Some((&metadata.namespace, &controller.name))
}

/// Where an object is.
pub(super) fn place(metadata: &Metadata) -> Place<'_> {
    (metadata.namespace.as_str(), metadata.name.as_str())
}

/// The places of objects known in full; none if they are not.
pub(super) fn names(list: &Fetched<PartialObject>) -> Option<BTreeSet<Place<'_>>> {
    list.known().map(|objects| objects.iter().map(|object| place(&object.metadata)).collect())
}
