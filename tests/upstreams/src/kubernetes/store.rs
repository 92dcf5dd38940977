//! The objects of one cluster, in the order of their keys, and the changes since it started.

use std::collections::BTreeMap;
use std::sync::Arc;

use hyper::body::Bytes;
use serde_json::Value;
use tokio::sync::broadcast;

use super::json::{put, text};
use super::kinds::{KINDS, Kind, of_object};
use super::logs::Log;
use super::object::{Object, ago_micro};

/// Where the versions of a new cluster start: a cluster that has lived a while.
const FIRST_VERSION: u64 = 184_000;

/// How many changes a slow watcher may lag behind before it is told to list again.
const LAG: usize = 256;

/// Objects, logs and changes of one cluster.
#[derive(Debug)]
pub(super) struct Store {
    objects: BTreeMap<Key, Arc<Stored>>,
    logs: BTreeMap<(String, String, String), Log>,
    version: u64,
    loaded: u64,
    history: Vec<Change>,
    changes: broadcast::Sender<Change>,
}

/// Kind (as its place in [`KINDS`]), namespace, name: the order in which lists come.
type Key = (usize, String, String);

/// One object as stored: a tree to look into, and texts to send.
#[derive(Debug)]
pub(super) struct Stored {
    /// The object without `managedFields`, which nothing here looks at and which are most of the tree.
    pub(super) value: Value,
    /// Its whole JSON as a list's item: without `apiVersion` and `kind`.
    pub(super) item: Bytes,
    /// Its JSON as a `PartialObjectMetadata`.
    pub(super) partial: Bytes,
    renewing: bool,
}

/// One change, as watchers hear of it.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) event: &'static str,
    pub(super) kind: &'static Kind,
    pub(super) object: Arc<Stored>,
    pub(super) version: u64,
}

impl Store {
    /// Fills a store. Objects of kinds that are not served are left out.
    pub(super) fn new(objects: Vec<Object>) -> Self {
        let mut store = Self {
            objects: BTreeMap::new(),
            logs: BTreeMap::new(),
            version: FIRST_VERSION,
            loaded: FIRST_VERSION,
            history: Vec::new(),
            changes: broadcast::Sender::new(LAG),
        };
        for object in objects {
            store.insert(object);
        }
        store.loaded = store.version;
        store
    }

    /// Stores an object under the next version, and tells watchers.
    pub(super) fn put(&mut self, object: Object) {
        if let Some((kind, stored, existed)) = self.insert(object) {
            self.announce(if existed { "MODIFIED" } else { "ADDED" }, kind, stored);
        }
    }

    /// Removes an object, and tells watchers. `None` if it is not there.
    pub(super) fn remove(&mut self, kind: &'static Kind, namespace: &str, name: &str) -> Option<Arc<Stored>> {
        let stored = self.objects.remove(&key(kind, namespace, name))?;
        self.version = self.version.saturating_add(1);
        self.announce("DELETED", kind, Arc::clone(&stored));
        Some(stored)
    }

    /// One object.
    pub(super) fn get(&self, kind: &'static Kind, namespace: &str, name: &str) -> Option<Arc<Stored>> {
        self.objects.get(&key(kind, namespace, name)).map(current)
    }

    /// A kind's objects in order, of one namespace or of all, that come after (`namespace`, `name`).
    pub(super) fn list<'a>(
        &'a self,
        kind: &'static Kind,
        namespace: Option<&'a str>,
        after: Option<(String, String)>,
    ) -> impl Iterator<Item = Arc<Stored>> + 'a {
        let place = place(kind);
        let from = match after {
            Some((namespace, name)) => std::ops::Bound::Excluded((place, namespace, name)),
            None => {
                std::ops::Bound::Included((place, namespace.unwrap_or_default().to_owned(), String::new()))
            }
        };
        self.objects
            .range((from, std::ops::Bound::Unbounded))
            .take_while(move |((at, within, _), _)| *at == place && namespace.is_none_or(|it| it == within))
            .map(|(_, stored)| current(stored))
    }

    /// A container's log.
    pub(super) fn log(&self, namespace: &str, pod: &str, container: &str) -> Option<&Log> {
        self.logs.get(&(namespace.to_owned(), pod.to_owned(), container.to_owned()))
    }

    /// The version of the newest change.
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    /// What happened since `version`, and all that will; `None` if that is longer ago than the store knows.
    pub(super) fn since(&self, version: u64) -> Option<(Vec<Change>, broadcast::Receiver<Change>)> {
        if version < self.loaded {
            return None;
        }
        let missed = self.history.iter().filter(|change| change.version > version).cloned().collect();
        Some((missed, self.changes.subscribe()))
    }

    fn insert(&mut self, mut object: Object) -> Option<(&'static Kind, Arc<Stored>, bool)> {
        let kind = of_object(text(&object.value, "/apiVersion"), text(&object.value, "/kind"))?;
        self.version = self.version.saturating_add(1);
        put(&mut object.value, "/metadata/resourceVersion", self.version.to_string().into());
        let (namespace, name) = (object.namespace().to_owned(), object.name().to_owned());
        for (container, log) in object.logs {
            self.logs.insert((namespace.clone(), name.clone(), container), log);
        }
        let stored = Arc::new(Stored::new(object.value, object.renewing));
        let before = self.objects.insert(key(kind, &namespace, &name), Arc::clone(&stored));
        Some((kind, stored, before.is_some()))
    }

    fn announce(&mut self, event: &'static str, kind: &'static Kind, object: Arc<Stored>) {
        let change = Change { event, kind, object, version: self.version };
        self.history.push(change.clone());
        // No watcher is listening: that is an error to the channel only.
        let _ = self.changes.send(change);
    }
}

impl Stored {
    fn new(mut value: Value, renewing: bool) -> Self {
        let metadata = value.get("metadata").map(Value::to_string).unwrap_or_default();
        let head = r#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":"#;
        let partial = format!("{head}{metadata}}}").into();
        let names = value.as_object_mut().map(|fields| (fields.remove("apiVersion"), fields.remove("kind")));
        let item = value.to_string().into();
        if let (Some((api_version, kind)), Some(fields)) = (names, value.as_object_mut()) {
            fields.insert("apiVersion".into(), api_version.unwrap_or_default());
            fields.insert("kind".into(), kind.unwrap_or_default());
        }
        if let Some(Value::Object(metadata)) = value.get_mut("metadata") {
            metadata.remove("managedFields");
        }
        Self { value, item, partial, renewing }
    }

    /// Its whole JSON.
    pub(super) fn whole(&self) -> Vec<u8> {
        let (api_version, kind) = (text(&self.value, "/apiVersion"), text(&self.value, "/kind"));
        let mut whole = format!(r#"{{"kind":"{kind}","apiVersion":"{api_version}","#).into_bytes();
        whole.extend(self.item.iter().skip(1));
        whole
    }

    /// The whole object, to change and put back.
    pub(super) fn parse(&self) -> Value {
        serde_json::from_slice(&self.whole()).unwrap_or_else(|_| self.value.clone())
    }
}

/// The object as it is now: a renewing lease was renewed a moment ago.
fn current(stored: &Arc<Stored>) -> Arc<Stored> {
    if !stored.renewing {
        return Arc::clone(stored);
    }
    let mut value = stored.parse();
    put(&mut value, "/spec/renewTime", ago_micro(3).into());
    Arc::new(Stored::new(value, true))
}

fn key(kind: &'static Kind, namespace: &str, name: &str) -> Key {
    (place(kind), namespace.to_owned(), name.to_owned())
}

fn place(kind: &'static Kind) -> usize {
    KINDS.iter().position(|it| it == kind).unwrap_or(KINDS.len())
}
