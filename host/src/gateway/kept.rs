//! Answers that are too large to be given at once, kept for a while for the principal that asked.

use std::sync::Arc;
use std::time::Duration;

use moka::policy::EvictionPolicy;
use moka::sync::Cache;

use crate::call::Principal;

/// How long an answer is kept.
pub const KEPT: Duration = Duration::from_secs(15 * 60);

/// Bytes of all that are kept. Whatever was looked at longest ago leaves first.
const BYTES: u64 = 128 << 20;

/// Bytes that an answer takes beside its text.
const OVERHEAD: usize = 256;

/// An answer, whole.
#[derive(Debug, PartialEq, Eq)]
pub struct Kept {
    /// What kind of text it is.
    pub media_type: &'static str,
    /// All of it.
    pub text: String,
}

/// What is kept, and for whom.
pub(super) struct Keeping(Cache<String, Held>);

#[derive(Clone)]
struct Held {
    subject: Arc<str>,
    kept: Arc<Kept>,
}

impl std::fmt::Debug for Keeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keeping").field("entries", &self.0.entry_count()).finish()
    }
}

impl Default for Keeping {
    fn default() -> Self {
        let weight = |_: &String, held: &Held| {
            u32::try_from(held.kept.text.len().saturating_add(OVERHEAD)).unwrap_or(u32::MAX)
        };
        let cache = Cache::builder().max_capacity(BYTES).weigher(weight).time_to_live(KEPT);
        Self(cache.eviction_policy(EvictionPolicy::lru()).build())
    }
}

impl Keeping {
    /// Keeps an answer for `principal`: the id to ask for it by; `None` where there is no randomness for one.
    pub(super) fn keep(&self, principal: &Principal, kept: Kept) -> Option<String> {
        let mut id = [0; 16];
        getrandom::fill(&mut id).ok()?;
        let id = hex::encode(id);
        let held = Held { subject: principal.subject().into(), kept: Arc::new(kept) };
        self.0.insert(id.clone(), held);
        Some(id)
    }

    /// What was kept for this principal by that id, if it still is.
    pub(super) fn find(&self, principal: &Principal, id: &str) -> Option<Arc<Kept>> {
        let held = self.0.get(id).filter(|held| *held.subject == *principal.subject())?;
        Some(held.kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_its_principals_alone() {
        let [ana, bob] = ["ana", "bob"].map(|name| Principal::new(name, Vec::new()));
        let keeping = Keeping::default();
        let kept = || Kept { media_type: "text/plain", text: "lines".to_owned() };
        let id = keeping.keep(&ana, kept()).unwrap();
        assert_eq!(keeping.find(&ana, &id).as_deref(), Some(&kept()));
        assert_eq!(keeping.find(&bob, &id), None);
        assert_eq!(keeping.find(&ana, "0"), None);
    }
}
