//! Values that outlive a call, private to one component and one principal.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::Expiry;
use moka::sync::Cache;

/// All components together, in bytes.
const MAX_BYTES: u64 = 64 << 20;
/// One key, in bytes.
const MAX_KEY_BYTES: usize = 512;
/// One value, in bytes.
const MAX_VALUE_BYTES: usize = 1 << 20;
/// What an entry costs beyond its key and value.
const ENTRY_BYTES: usize = 128;

/// Whose it is, and its key.
type Key = (Arc<str>, Arc<str>, String);

#[derive(Debug, Clone)]
struct Entry {
    value: Arc<[u8]>,
    ttl: Duration,
}

/// The one cache of all components. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::runtime) struct SharedCache {
    entries: Cache<Key, Entry>,
}

impl Default for SharedCache {
    fn default() -> Self {
        let entries = Cache::builder()
            .max_capacity(MAX_BYTES)
            .weigher(|key: &Key, entry: &Entry| {
                let bytes = key.2.len() + entry.value.len() + ENTRY_BYTES;
                u32::try_from(bytes).unwrap_or(u32::MAX)
            })
            .expire_after(OwnTtl)
            .build();
        Self { entries }
    }
}

struct OwnTtl;

impl Expiry<Key, Entry> for OwnTtl {
    fn expire_after_create(&self, _: &Key, entry: &Entry, _: Instant) -> Option<Duration> {
        Some(entry.ttl)
    }

    fn expire_after_update(
        &self,
        _: &Key,
        entry: &Entry,
        _: Instant,
        _: Option<Duration>,
    ) -> Option<Duration> {
        Some(entry.ttl)
    }
}

impl SharedCache {
    /// The part that calls of `principal` to `plugin` see.
    pub(in crate::runtime) fn private(&self, plugin: &Arc<str>, principal: &str) -> Private {
        Private { cache: self.clone(), plugin: Arc::clone(plugin), principal: principal.into() }
    }
}

/// One component's and one principal's part of the cache.
pub(in crate::runtime) struct Private {
    cache: SharedCache,
    plugin: Arc<str>,
    principal: Arc<str>,
}

impl Private {
    pub(super) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.cache.entries.get(&self.key(key)).map(|entry| entry.value.to_vec())
    }

    pub(super) fn set(&self, key: &str, value: Vec<u8>, ttl_ms: u32) {
        if key.len() <= MAX_KEY_BYTES && value.len() <= MAX_VALUE_BYTES {
            let ttl = Duration::from_millis(u64::from(ttl_ms));
            self.cache.entries.insert(self.key(key), Entry { value: value.into(), ttl });
        }
    }

    pub(super) fn delete(&self, key: &str) {
        self.cache.entries.invalidate(&self.key(key));
    }

    fn key(&self, key: &str) -> Key {
        (Arc::clone(&self.plugin), Arc::clone(&self.principal), key.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cache() -> (SharedCache, Arc<str>) {
        (SharedCache::default(), Arc::from("kubernetes"))
    }

    #[test]
    fn what_one_principal_stored_no_other_reads() {
        let (shared, plugin) = cache();
        shared.private(&plugin, "ana").set("nodes", b"3".to_vec(), 60_000);
        assert_eq!(shared.private(&plugin, "ana").get("nodes"), Some(b"3".to_vec()));
        assert_eq!(shared.private(&plugin, "kim").get("nodes"), None);
        assert_eq!(shared.private(&Arc::from("palette"), "ana").get("nodes"), None);
    }

    #[test]
    fn values_end_and_are_bounded() {
        let (shared, plugin) = cache();
        let cache = shared.private(&plugin, "ana");
        cache.set("gone", b"1".to_vec(), 0);
        assert_eq!(cache.get("gone"), None);
        cache.set("large", vec![0; MAX_VALUE_BYTES + 1], 60_000);
        assert_eq!(cache.get("large"), None);
        cache.set(&"k".repeat(MAX_KEY_BYTES + 1), b"1".to_vec(), 60_000);
        assert_eq!(cache.get(&"k".repeat(MAX_KEY_BYTES + 1)), None);
        cache.set("kept", b"1".to_vec(), 60_000);
        cache.delete("kept");
        assert_eq!(cache.get("kept"), None);
    }
}
