//! What belongs to a pod, read all at once.

use std::collections::{BTreeMap, BTreeSet};

use futures::future;
use schemars::JsonSchema;
use serde::Serialize;

use super::facts::ConditionFacts;
use crate::api::Api;
use crate::args::{Namespace, ObjectName};
use crate::capability::Capability;
use crate::cluster::{Cluster, Query};
use crate::fault::{Code, Fault};
use crate::model::meta::{OwnerReference, PartialObject, Texts};
use crate::model::node::Node;
use crate::model::pod::Pod;
use crate::model::storage::PersistentVolumeClaim;
use crate::request::{Group, Include};
use crate::table::Table;
use crate::tools::events::{EventRow, newest_first};
use crate::tools::get_pod_events::events_of;

/// Newest events that are told.
const MAX_EVENTS: usize = 30;

/// Claims that are read.
const MAX_CLAIMS: usize = 20;

/// Pages of names read of each kind.
const MAX_PAGES: usize = 4;

/// What belongs to a pod.
#[derive(Debug, Default, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct Related {
    /// From the nearest owner to the last that was found.
    pub owners: Vec<OwnerFacts>,
    /// The node it was placed on, if that could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub node: Option<NodeFacts>,
    /// Its volume claims.
    pub claims: Vec<ClaimFacts>,
    /// Names of the services that select it.
    pub services: Vec<String>,
    /// Config maps and secrets that it names.
    pub references: Vec<ReferenceFacts>,
    /// Its newest events.
    pub events: Vec<EventRow>,
}

/// One owner.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct OwnerFacts {
    /// Such as `ReplicaSet`.
    pub kind: String,
    /// Name.
    pub name: String,
}

/// The node of a pod.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct NodeFacts {
    /// Name.
    pub name: String,
    /// Whether its kubelet says that it is well.
    pub ready: bool,
    /// Whether new pods are kept away.
    pub unschedulable: bool,
    /// Conditions that are not as they should be.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<ConditionFacts>,
}

/// One volume claim.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ClaimFacts {
    /// Name.
    pub name: String,
    /// `Pending`, `Bound` or `Lost`; `missing` if there is no such claim.
    pub phase: String,
    /// Class of storage.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub storage_class: String,
    /// How much it got, as written.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub capacity: String,
}

/// A config map or secret that a pod names.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct ReferenceFacts {
    /// `ConfigMap` or `Secret`.
    pub kind: &'static str,
    /// Name.
    pub name: String,
    /// Whether the pod can do without.
    pub optional: bool,
    /// Whether it exists, if that could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}

/// What was read of one thing, and what could not be.
struct Part<T> {
    value: T,
    notes: Vec<String>,
}

impl<T: Default> Part<T> {
    fn of(what: &str, read: Result<T, Fault>) -> Self {
        match read {
            Ok(value) => Self { value, notes: Vec::new() },
            Err(fault) => Self { value: T::default(), notes: vec![format!("{what}: {fault}")] },
        }
    }

    fn into(mut self, notes: &mut Vec<String>) -> T {
        notes.append(&mut self.notes);
        self.value
    }
}

/// Reads it all; what cannot be read leaves a note.
pub(super) async fn read<C: Cluster>(
    api: &Api<'_, C>,
    namespace: &Namespace,
    name: &ObjectName,
    pod: &Pod,
) -> (Related, Vec<String>) {
    let (maps, secrets) = references(pod);
    let (one, other) = future::join(
        future::join4(
            owners(api, namespace, pod),
            node(api, pod),
            claims(api, namespace, pod),
            services(api, namespace, &pod.metadata.labels),
        ),
        future::join3(
            existing(api, namespace, "ConfigMap", maps),
            existing(api, namespace, "Secret", secrets),
            events_of(api, namespace, name),
        ),
    )
    .await;
    let (owners, node, claims, services) = one;
    let (maps, secrets, events) = other;
    let events = events.map(|events| newest_first(events.items).into_iter().take(MAX_EVENTS).collect());
    let mut notes = Vec::new();
    let related = Related {
        owners: owners.into(&mut notes),
        node: Part::of("node", node).into(&mut notes),
        claims: claims.into(&mut notes),
        services: Part::of("services", services).into(&mut notes),
        references: maps.into(&mut notes).into_iter().chain(secrets.into(&mut notes)).collect(),
        events: Part::of("events", events).into(&mut notes),
    };
    (related, notes)
}

/// Follows controllers upwards: a replica set to its deployment, a job to its cron job.
async fn owners<C: Cluster>(api: &Api<'_, C>, namespace: &Namespace, pod: &Pod) -> Part<Vec<OwnerFacts>> {
    let mut part = Part { value: Vec::new(), notes: Vec::new() };
    let mut owner = pod.metadata.controller().cloned();
    // Deeper chains are made by custom resources, which are not read here.
    for _ in 0..3 {
        let Some(OwnerReference { kind, name, .. }) = owner.take() else { break };
        let path = ObjectName::try_from(name.clone()).ok().and_then(|name| match kind.as_str() {
            "ReplicaSet" => {
                Some(format!("{}/{name}", Group::APPS.collection(Some(namespace), "replicasets")))
            }
            "Job" => Some(format!("{}/{name}", Group::BATCH.collection(Some(namespace), "jobs"))),
            _ => None,
        });
        part.value.push(OwnerFacts { kind, name });
        let Some(path) = path else { break };
        match api.json::<PartialObject>(Capability::ReadOwners, Query::json(path)).await {
            Ok(object) => owner = object.metadata.controller().cloned(),
            Err(fault) => part.notes.push(format!("owners: {fault}")),
        }
    }
    part
}

async fn node<C: Cluster>(api: &Api<'_, C>, pod: &Pod) -> Result<Option<NodeFacts>, Fault> {
    let Ok(name) = ObjectName::try_from(pod.spec.node_name.clone()) else { return Ok(None) };
    let query = Query::json(format!("{}/{name}", Group::CORE.collection(None, "nodes")));
    let node: Node = api.json(Capability::ReadNode, query).await?;
    // Apart from `Ready`, what nodes and their watchdogs report is bad when true.
    let troubles = node.status.conditions.iter().filter(|condition| {
        if condition.kind.ends_with("Ready") { !condition.is_true() } else { condition.is_true() }
    });
    Ok(Some(NodeFacts {
        ready: node.is_ready(),
        unschedulable: node.spec.unschedulable,
        troubles: troubles.map(ConditionFacts::of).collect(),
        name: name.to_string(),
    }))
}

async fn claims<C: Cluster>(api: &Api<'_, C>, namespace: &Namespace, pod: &Pod) -> Part<Vec<ClaimFacts>> {
    let names = pod.spec.volumes.iter().filter_map(|volume| volume.persistent_volume_claim.as_ref());
    let names: BTreeSet<&str> = names.map(|claim| claim.claim_name.as_str()).collect();
    let reads = names.iter().take(MAX_CLAIMS).filter_map(|name| {
        let name = ObjectName::try_from((*name).to_owned()).ok()?;
        Some(claim(api, namespace, name))
    });
    let mut part = Part { value: Vec::new(), notes: Vec::new() };
    for read in future::join_all(reads).await {
        match read {
            Ok(claim) => part.value.push(claim),
            Err(fault) => part.notes.push(format!("volume claims: {fault}")),
        }
    }
    part
}

async fn claim<C: Cluster>(
    api: &Api<'_, C>,
    namespace: &Namespace,
    name: ObjectName,
) -> Result<ClaimFacts, Fault> {
    let path = format!("{}/{name}", Group::CORE.collection(Some(namespace), "persistentvolumeclaims"));
    let claim: PersistentVolumeClaim = match api.json(Capability::ReadClaim, Query::json(path)).await {
        Ok(claim) => claim,
        Err(fault) if fault.is_absence() => {
            let (storage_class, capacity) = (String::new(), String::new());
            return Ok(ClaimFacts {
                name: name.into(),
                phase: "missing".to_owned(),
                storage_class,
                capacity,
            });
        }
        Err(fault) => return Err(fault),
    };
    Ok(ClaimFacts {
        name: name.into(),
        phase: claim.status.phase,
        storage_class: claim.spec.storage_class_name.unwrap_or_default(),
        capacity: claim.status.capacity.text("storage").unwrap_or_default().to_owned(),
    })
}

/// The services whose selector, as the server prints it (`a=b,c=d`), holds for the labels.
async fn services<C: Cluster>(
    api: &Api<'_, C>,
    namespace: &Namespace,
    labels: &Texts,
) -> Result<Vec<String>, Fault> {
    let query = Query::table(Group::CORE.collection(Some(namespace), "services"), Include::None);
    let selects = |selector: &str| {
        !selector.is_empty()
            && selector.split(',').all(|pair| {
                pair.split_once('=')
                    .is_some_and(|(name, value)| labels.get(name).is_some_and(|label| label == value))
            })
    };
    let mut names = Vec::new();
    let whole = Table::each(api, Capability::ListServices, query, MAX_PAGES, |row| {
        if selects(&row.text("Selector")) {
            names.push(row.text("Name"));
        }
    })
    .await?;
    if whole { Ok(names) } else { Err(Fault::new(Code::TooLarge, "there are too many to look through")) }
}

/// Names, and whether the pod can do without: without only if every use of it can.
type Names = BTreeMap<String, bool>;

/// The config maps and the secrets that a pod names, wherever it may.
fn references(pod: &Pod) -> (Names, Names) {
    let (mut maps, mut secrets) = (Names::new(), Names::new());
    let add = |names: &mut Names, name: &str, optional: bool| {
        if !name.is_empty() {
            let known = names.entry(name.to_owned()).or_insert(true);
            *known = *known && optional;
        }
    };
    let spec = &pod.spec;
    for container in spec.init_containers.iter().chain(&spec.containers) {
        let one = container
            .env
            .iter()
            .map(|env| (&env.value_from.config_map_key_ref, &env.value_from.secret_key_ref));
        let whole = container.env_from.iter().map(|from| (&from.config_map_ref, &from.secret_ref));
        for (map, secret) in one.chain(whole) {
            map.iter().for_each(|map| add(&mut maps, &map.name, map.optional));
            secret.iter().for_each(|secret| add(&mut secrets, &secret.name, secret.optional));
        }
    }
    for volume in &spec.volumes {
        volume.config_map.iter().for_each(|map| add(&mut maps, &map.name, map.optional));
        volume.secret.iter().for_each(|secret| add(&mut secrets, &secret.secret_name, secret.optional));
        for source in volume.projected.iter().flat_map(|projected| &projected.sources) {
            source.config_map.iter().for_each(|map| add(&mut maps, &map.name, map.optional));
            source.secret.iter().for_each(|secret| add(&mut secrets, &secret.name, secret.optional));
        }
    }
    // A missing pull secret is only a warning of the kubelet: the image may be had without.
    spec.image_pull_secrets.iter().for_each(|secret| add(&mut secrets, &secret.name, true));
    (maps, secrets)
}

/// Which of the names exist. Read as table rows without objects: no key and no value comes with them.
async fn existing<C: Cluster>(
    api: &Api<'_, C>,
    namespace: &Namespace,
    kind: &'static str,
    wanted: Names,
) -> Part<Vec<ReferenceFacts>> {
    let found =
        if wanted.is_empty() { Ok((BTreeSet::new(), true)) } else { names(api, namespace, kind).await };
    let (found, notes) = match found {
        Ok(found) => (Some(found), Vec::new()),
        Err(fault) => (None, vec![format!("whether each {kind} exists: {fault}")]),
    };
    let exists = |name: &str| {
        let (names, whole) = found.as_ref()?;
        if names.contains(name) { Some(true) } else { whole.then_some(false) }
    };
    let value = wanted
        .into_iter()
        .map(|(name, optional)| ReferenceFacts { kind, exists: exists(&name), name, optional })
        .collect();
    Part { value, notes }
}

/// The names of one kind, and whether these are all.
async fn names<C: Cluster>(
    api: &Api<'_, C>,
    namespace: &Namespace,
    kind: &str,
) -> Result<(BTreeSet<String>, bool), Fault> {
    let (capability, plural) = match kind {
        "Secret" => (Capability::ListSecretNames, "secrets"),
        _ => (Capability::ListConfigmapNames, "configmaps"),
    };
    let query = Query::table(Group::CORE.collection(Some(namespace), plural), Include::None);
    let mut names = BTreeSet::new();
    let whole = Table::each(api, capability, query, MAX_PAGES, |row| {
        names.insert(row.text("Name"));
    })
    .await?;
    Ok((names, whole))
}
