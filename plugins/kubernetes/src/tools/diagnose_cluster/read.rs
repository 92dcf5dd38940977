//! Reads the lists that the rules need, kind by kind, page by page.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use futures::{StreamExt as _, stream};
use serde::Deserialize;

use crate::api::{Api, PAGE};
use crate::args::Namespace;
use crate::capability::Capability;
use crate::cluster::{Cluster, Query};
use crate::diagnose::{Absence, Group, Kind, Reads, Snapshot, needs};
use crate::fault::{Code, Fault};
use crate::model::meta::{Metadata, PartialObject};
use crate::request::{self, Include};
use crate::table::Table;

/// Kinds read at once. A page of pods is some megabytes.
const AT_ONCE: usize = 4;

/// Pages of 500 read of each kind.
const MOST_PAGES: usize = 6;

/// Namespaces of which the names of secrets are read when all are diagnosed: each is a request of its own.
const MOST_NAMESPACES: usize = 40;

/// Kinds that may go without an answer before the cluster is left alone.
const MOST_SILENT: usize = 2;

/// What the API server says of itself.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Version {
    git_version: String,
}

/// Reads what these groups of rules need. Whatever cannot be read is noted in the snapshot.
///
/// # Errors
/// When the cluster does not answer at all, or nothing of it may be read: a diagnosis of nothing would look
/// like health.
pub(super) async fn snapshot<C: Cluster>(
    api: &Api<'_, C>,
    namespace: Option<&Namespace>,
    groups: &[Group],
) -> Result<Snapshot, Fault> {
    let version = api.json::<Version>(Capability::ReadVersion, Query::json("/version")).await;
    let version = match version {
        Ok(version) => Some(version.git_version),
        Err(fault) if is_silence(&fault) || fault.code == Code::Unauthorized => return Err(fault),
        // Not to be told the version is no reason not to look.
        Err(_) => None,
    };
    let snapshot = RefCell::new(Snapshot {
        cluster: api.name().to_owned(),
        namespace: namespace.map(Namespace::to_string),
        server_version: version,
        ..Snapshot::default()
    });
    let reader = Reader {
        api,
        namespace,
        snapshot: &snapshot,
        silent: Cell::new(0),
        first: RefCell::new(None),
        had: Cell::new(false),
    };
    let kinds = needs(groups);
    stream::iter(kinds.iter().copied().filter(|kind| *kind != Kind::Secret))
        .for_each_concurrent(AT_ONCE, |kind| reader.kind(kind))
        .await;
    if kinds.contains(&Kind::Secret) {
        reader.secrets().await;
    }
    match reader.first.take() {
        Some(fault) if !reader.had.get() => Err(fault),
        _ => Ok(snapshot.into_inner()),
    }
}

/// Reads kinds of one cluster into one snapshot.
struct Reader<'a, C> {
    api: &'a Api<'a, C>,
    namespace: Option<&'a Namespace>,
    snapshot: &'a RefCell<Snapshot>,
    /// Kinds that went without an answer.
    silent: Cell<usize>,
    /// The first failure that says something of the cluster.
    first: RefCell<Option<Fault>>,
    /// Whether anything was read.
    had: Cell<bool>,
}

impl<C: Cluster> Reader<'_, C> {
    async fn kind(&self, kind: Kind) {
        if let Err(fault) = self.pages(kind).await {
            self.note(kind, fault);
        }
    }

    async fn pages(&self, kind: Kind) -> Result<(), Fault> {
        let path = kind.path(self.namespace.map(Namespace::as_str));
        let query = match kind.reads() {
            Reads::Object => Query::json(path),
            Reads::Names => Query::metadata(path),
        };
        let mut token = String::new();
        let mut resumed = false;
        for _ in 0..MOST_PAGES {
            if self.silent.get() >= MOST_SILENT {
                return Err(Fault::new(Code::Timeout, "not tried: the cluster stopped answering"));
            }
            let page = query.clone().page(PAGE, Some(&token));
            let body = match self.api.bytes(capability(kind), page).await {
                Ok(body) => body,
                // The list went stale between two pages; the server says where it can be taken up again.
                Err(Fault { code: Code::Expired, resume: Some(resume), .. }) if !resumed => {
                    resumed = true;
                    token = resume;
                    continue;
                }
                Err(fault) => return Err(fault),
            };
            let added = self.snapshot.borrow_mut().add_page(kind, &body);
            token = added.map_err(|error| Fault::malformed(&query, &error))?.more;
            self.had.set(true);
            if token.is_empty() {
                return Ok(());
            }
        }
        Err(cut_short())
    }

    /// The names of secrets: table rows without objects, so that no key, value or annotation comes with them.
    /// Such rows do not say their namespace, so it is one request for each namespace that has pods or workloads.
    async fn secrets(&self) {
        let namespaces = match self.namespace {
            Some(namespace) => BTreeSet::from([namespace.clone()]),
            None => namespaces(&self.snapshot.borrow()),
        };
        self.snapshot.borrow_mut().none_of(Kind::Secret);
        let too_many = namespaces.len() > MOST_NAMESPACES;
        stream::iter(namespaces.into_iter().take(MOST_NAMESPACES))
            .for_each_concurrent(AT_ONCE, |namespace| async move {
                if let Err(fault) = self.secrets_of(&namespace).await {
                    self.note(Kind::Secret, fault);
                }
            })
            .await;
        if too_many {
            let why = format!("more than {MOST_NAMESPACES} namespaces: diagnose one with `namespace`");
            self.snapshot.borrow_mut().fail(Kind::Secret, Absence::Failed(why));
        }
    }

    async fn secrets_of(&self, namespace: &Namespace) -> Result<(), Fault> {
        if self.silent.get() >= MOST_SILENT {
            return Err(Fault::new(Code::Timeout, "not tried: the cluster stopped answering"));
        }
        let query = Query::table(request::Group::CORE.collection(Some(namespace), "secrets"), Include::None);
        let mut names = Vec::new();
        let whole = Table::each(self.api, Capability::ListSecretNames, query, MOST_PAGES, |row| {
            let metadata =
                Metadata { name: row.text("Name"), namespace: namespace.to_string(), ..Metadata::default() };
            names.push(PartialObject { metadata, ..PartialObject::default() });
        })
        .await?;
        self.had.set(true);
        self.snapshot.borrow_mut().secrets.extend(names);
        if whole { Ok(()) } else { Err(cut_short()) }
    }

    fn note(&self, kind: Kind, fault: Fault) {
        if is_silence(&fault) {
            self.silent.set(self.silent.get() + 1);
        }
        let absence = match fault.code {
            Code::NotServed | Code::NotFound => Absence::NotServed,
            Code::Forbidden | Code::Unauthorized | Code::Denied => Absence::Forbidden(fault.message.clone()),
            Code::BadRequest
            | Code::Expired
            | Code::Throttled
            | Code::ServerError
            | Code::Unavailable
            | Code::Timeout
            | Code::Limit
            | Code::Connect
            | Code::Tls
            | Code::TooLarge
            | Code::Malformed => Absence::Failed(fault.message.clone()),
        };
        if absence != Absence::NotServed {
            self.first.borrow_mut().get_or_insert(fault);
        }
        self.snapshot.borrow_mut().fail(kind, absence);
    }
}

/// On what strength a kind is listed.
fn capability(kind: Kind) -> Capability {
    match kind {
        Kind::Pod => Capability::SurveyPods,
        Kind::Event => Capability::SurveyEvents,
        Kind::Node => Capability::ListNodes,
        Kind::Lease => Capability::ListNodeLeases,
        Kind::Secret => Capability::ListSecretNames,
        Kind::ConfigMap | Kind::ServiceAccount | Kind::PriorityClass => Capability::SurveyNames,
        Kind::Deployment
        | Kind::ReplicaSet
        | Kind::StatefulSet
        | Kind::DaemonSet
        | Kind::Job
        | Kind::CronJob
        | Kind::Budget => Capability::SurveyWorkloads,
        Kind::EndpointSlice => Capability::ListEndpoints,
        Kind::Service
        | Kind::Ingress
        | Kind::IngressClass
        | Kind::NetworkPolicy
        | Kind::GatewayClass
        | Kind::Gateway
        | Kind::HttpRoute => Capability::SurveyNetwork,
        Kind::Claim | Kind::Volume | Kind::StorageClass | Kind::Attachment => Capability::SurveyStorage,
    }
}

/// The namespaces of whatever may name a secret.
fn namespaces(snapshot: &Snapshot) -> BTreeSet<Namespace> {
    let pods = snapshot.pods.items().iter().map(|pod| &pod.metadata);
    let deployments = snapshot.deployments.items().iter().map(|object| &object.metadata);
    let stateful = snapshot.stateful_sets.items().iter().map(|object| &object.metadata);
    let daemons = snapshot.daemon_sets.items().iter().map(|object| &object.metadata);
    let jobs = snapshot.jobs.items().iter().map(|object| &object.metadata);
    let cron = snapshot.cron_jobs.items().iter().map(|object| &object.metadata);
    let ingresses = snapshot.ingresses.items().iter().map(|object| &object.metadata);
    let all = pods.chain(deployments).chain(stateful).chain(daemons).chain(jobs).chain(cron).chain(ingresses);
    all.filter_map(|metadata| Namespace::try_from(metadata.namespace.clone()).ok()).collect()
}

/// Whether nobody answered, so that asking on is asking in vain.
fn is_silence(fault: &Fault) -> bool {
    matches!(fault.code, Code::Connect | Code::Tls | Code::Timeout)
}

fn cut_short() -> Fault {
    let most = MOST_PAGES * usize::try_from(PAGE).unwrap_or(0);
    Fault::new(
        Code::TooLarge,
        format!("only the first {most} were read: diagnose one namespace with `namespace`"),
    )
}
