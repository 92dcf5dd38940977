//! A lookup table that lies in one run of bytes: nothing is built when it is read, only when it is made.

use serde::{Deserialize, Serialize};

use super::super::blob::Blob;

/// Bytes of one slot: a key of four, a value of four. Value 0 is an empty slot.
const SLOT: usize = 8;

/// Keys and what they stand for, open addressing with linear probing, three quarters full.
///
/// Of a key's 64 bits half are kept. No two keys of a table share them, or it is not made; a key that is not in
/// the table is taken for one that is once in some hundred thousand times, and a word is then seen that is not
/// there, which no rule rests on alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in crate::prompt) struct Table {
    slots: Blob,
}

impl Table {
    /// A table of these entries.
    ///
    /// # Errors
    /// Two keys that share what is kept of them.
    pub(super) fn new(entries: &[(u64, u32)]) -> Result<Self, String> {
        let count = (entries.len().saturating_mul(4) / 3).max(8);
        let mut slots = vec![0; count.saturating_mul(SLOT)];
        for (key, value) in entries {
            let (mut at, kept) = split(*key, count);
            for _ in 0..count {
                let start = at.saturating_mul(SLOT);
                let Some(slot) = slots.get_mut(start..start.saturating_add(SLOT)) else { break };
                match read(slot) {
                    Some((_, 0)) | None => {
                        let (left, right) = slot.split_at_mut(4);
                        left.copy_from_slice(&kept.to_le_bytes());
                        right.copy_from_slice(&value.saturating_add(1).to_le_bytes());
                        break;
                    }
                    Some((found, _)) if found == kept => {
                        return Err(
                            "two words of the lists share a key; word one of them otherwise".to_owned()
                        );
                    }
                    Some(_) => at = (at + 1) % count,
                }
            }
        }
        Ok(Self { slots: Blob(slots) })
    }

    /// What a key stands for.
    pub(in crate::prompt) fn get(&self, key: u64) -> Option<u32> {
        let count = self.slots.0.len() / SLOT;
        let (mut at, kept) = split(key, count);
        for _ in 0..count {
            let start = at.saturating_mul(SLOT);
            let (found, stored) = read(self.slots.0.get(start..start.saturating_add(SLOT))?)?;
            if stored == 0 {
                return None;
            }
            if found == kept {
                return Some(stored - 1);
            }
            at = (at + 1) % count;
        }
        None
    }

    /// Bytes it takes.
    pub(in crate::prompt) fn len(&self) -> usize {
        self.slots.0.len()
    }
}

/// Where a key is looked for first, from its lower half, and what is kept of it, its upper half.
fn split(key: u64, count: usize) -> (usize, u32) {
    let half = |bits: u64| u32::try_from(bits & u64::from(u32::MAX)).unwrap_or(0);
    // The lower half as a fraction of the table.
    let home = u64::from(half(key)).saturating_mul(u64::try_from(count).unwrap_or(0)) >> 32;
    (usize::try_from(home).unwrap_or(0), half(key >> 32))
}

fn read(slot: &[u8]) -> Option<(u32, u32)> {
    let (key, value) = slot.split_first_chunk::<4>()?;
    let (value, _) = value.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*key), u32::from_le_bytes(*value)))
}

#[cfg(test)]
mod tests {
    use super::super::super::hash;
    use super::Table;

    #[test]
    fn every_entry_is_found_and_nothing_else() {
        let entries: Vec<(u64, u32)> =
            (0..500_u32).map(|each| (hash::key(1, each.into(), 7), each)).collect();
        let table = Table::new(&entries).unwrap();
        for (key, value) in &entries {
            assert_eq!(table.get(*key), Some(*value));
        }
        assert_eq!(table.get(42), None);
        assert_eq!(Table::default().get(42), None);
    }

    #[test]
    fn keys_that_cannot_be_told_apart_are_refused() {
        assert!(Table::new(&[(5, 1), (5, 2)]).is_err());
    }
}
