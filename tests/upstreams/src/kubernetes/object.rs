//! One object to plant in a cluster: JSON with the metadata that an apiserver would have filled in.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::json::{put, text};
use super::logs::Log;

/// An object of any kind, and for pods their containers' logs.
///
/// Times are relative to now, the moment of building; `resourceVersion` is set when it is stored.
#[derive(Debug, Clone)]
pub struct Object {
    /// The object as JSON.
    pub value: Value,
    /// Logs by container.
    pub logs: Vec<(String, Log)>,
    /// A lease whose holder lives: it is renewed whenever it is read.
    pub renewing: bool,
}

impl Object {
    /// An object with name, uid, and an age of three days. `namespace` is empty for cluster kinds.
    #[must_use]
    pub fn new(api_version: &str, kind: &str, namespace: &str, name: &str) -> Self {
        let mut metadata = json!({"name": name, "uid": uid(&[kind, namespace, name]),
            "creationTimestamp": ago(72 * HOUR)});
        if !namespace.is_empty() {
            put(&mut metadata, "/namespace", namespace.into());
        }
        let value = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
        Self { value, logs: Vec::new(), renewing: false }
    }

    /// Sets the value at a JSON pointer, making the objects on the way.
    #[must_use]
    pub fn set(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        put(&mut self.value, pointer, value.into());
        self
    }

    /// Adds a label.
    #[must_use]
    pub fn label(self, key: &str, value: &str) -> Self {
        self.set(&format!("/metadata/labels/{}", escape(key)), value)
    }

    /// Adds an annotation.
    #[must_use]
    pub fn annotation(self, key: &str, value: &str) -> Self {
        self.set(&format!("/metadata/annotations/{}", escape(key)), value)
    }

    /// Sets how long ago it was created, in seconds.
    #[must_use]
    pub fn aged(self, seconds: i64) -> Self {
        self.set("/metadata/creationTimestamp", ago(seconds))
    }

    /// Makes `owner` its controller.
    #[must_use]
    pub fn owned_by(self, owner: &Object) -> Self {
        let reference = json!([{"apiVersion": owner.value.get("apiVersion"), "kind": owner.value.get("kind"),
            "name": owner.name(), "uid": owner.uid(), "controller": true, "blockOwnerDeletion": true}]);
        self.set("/metadata/ownerReferences", reference)
    }

    /// Gives it the annotation that `kubectl apply` leaves, holding its spec or data as they are now.
    #[must_use]
    pub fn applied(self) -> Self {
        let mut applied = self.value.clone();
        if let Some(fields) = applied.as_object_mut() {
            fields.remove("status");
            fields.insert("metadata".into(), json!({"name": self.name(), "namespace": self.namespace()}));
        }
        self.annotation("kubectl.kubernetes.io/last-applied-configuration", &format!("{applied}\n"))
    }

    /// Marks it for deletion this many seconds ago, held by these finalizers.
    #[must_use]
    pub fn deleting(self, seconds: i64, grace_seconds: i64, finalizers: &[&str]) -> Self {
        let object = self
            .set("/metadata/deletionTimestamp", ago(seconds))
            .set("/metadata/deletionGracePeriodSeconds", grace_seconds);
        if finalizers.is_empty() { object } else { object.set("/metadata/finalizers", finalizers.to_vec()) }
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        text(&self.value, "/metadata/name")
    }

    /// The namespace; empty for cluster kinds.
    #[must_use]
    pub fn namespace(&self) -> &str {
        text(&self.value, "/metadata/namespace")
    }

    /// The uid.
    #[must_use]
    pub fn uid(&self) -> &str {
        text(&self.value, "/metadata/uid")
    }
}

/// Seconds of a minute.
pub const MINUTE: i64 = 60;
/// Seconds of an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Seconds of a day.
pub const DAY: i64 = 24 * HOUR;

/// The moment this many seconds before now, in RFC 3339 with whole seconds, as objects hold it.
#[must_use]
pub fn ago(seconds: i64) -> String {
    moment(seconds).strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The same with microseconds, as leases and events hold it.
#[must_use]
pub fn ago_micro(seconds: i64) -> String {
    moment(seconds).strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string()
}

/// The moment this many seconds before now; the epoch, should that be before it.
pub(super) fn moment(seconds: i64) -> Timestamp {
    Timestamp::now().checked_sub(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A uid that is always the same for the same names, in the form of a random UUID.
#[must_use]
pub fn uid(names: &[&str]) -> String {
    let high = hash(names);
    let low = hash(&[&high.to_string(), "uid"]);
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        (low >> 48) & 0x3fff | 0x8000,
        low & 0xffff_ffff_ffff
    )
}

/// FNV-1a over the names: stable across runs and releases, which the standard hasher does not promise.
pub(super) fn hash(names: &[&str]) -> u64 {
    let bytes = names.iter().flat_map(|name| name.bytes().chain([0]));
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    // FNV's high bits change little for short names; one multiply-shift spreads them.
    (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}
