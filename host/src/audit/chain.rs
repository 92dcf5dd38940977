//! Where the chain stands: the next number, the hash before it, the edge of the tree; and what a row must be to follow.

use serde_json::{Map, Value};

use super::Code;
use super::hash::{Hash, from_hex, hex};
use super::merkle::{Frontier, leaf};
use super::record::Draft;
use crate::call::canonical::canonical_object;
use crate::store::Row;

/// The end of the chain so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Chain {
    pub(super) frontier: Frontier,
    /// The hash of the last record; zeros before the first.
    pub(super) last: Hash,
}

/// A row that does not follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Broken {
    /// The number at which the chain breaks.
    pub(super) at: u64,
    /// How.
    pub(super) how: &'static str,
}

impl Chain {
    /// The number of the next record.
    pub(super) fn next(&self) -> u64 {
        self.frontier.size()
    }

    /// Adds a record.
    pub(super) fn push(&mut self, draft: &Draft) -> Row {
        let seq = self.next();
        let (record, hash) = draft.seal(seq, &self.last);
        self.advance(hash);
        Row { seq, record, hash: hash.to_vec() }
    }

    fn advance(&mut self, hash: Hash) {
        self.frontier.push(hash);
        self.last = hash;
    }

    /// Takes a row that was stored, where it follows; gives what it says.
    pub(super) fn follow(&mut self, row: &Row) -> Result<Map<String, Value>, Broken> {
        let at = self.next();
        let broken = |how| Broken { at, how };
        if row.seq != at {
            return Err(broken("the record is missing"));
        }
        let parsed = serde_json::from_str::<Map<String, Value>>(&row.record);
        let fields = parsed.map_err(|_| broken("the record is not JSON"))?;
        if canonical_object(&fields) != row.record {
            return Err(broken("the record is not canonical JSON"));
        }
        let hash = leaf(row.record.as_bytes());
        if row.hash != hash {
            return Err(broken("the record is not what its hash says"));
        }
        if fields.get("seq").and_then(Value::as_u64) != Some(at) {
            return Err(broken("the record names another number"));
        }
        if fields.get("prev").and_then(Value::as_str) != Some(hex(&self.last).as_str()) {
            return Err(broken("the record does not follow the one before it"));
        }
        self.advance(hash);
        Ok(fields)
    }

    /// What the first record of a file says of the files before it: the chain that it goes on from.
    pub(super) fn before(first: &Row) -> Option<Self> {
        let fields: Map<String, Value> = serde_json::from_str(&first.record).ok()?;
        if fields.get("code")?.as_str()? != Code::LogContinued.as_str() {
            return Some(Self::default());
        }
        let hash = |value: &Value| value.as_str().and_then(from_hex);
        let roots: Option<Vec<Hash>> = fields.get("frontier")?.as_array()?.iter().map(hash).collect();
        let frontier = Frontier::new(fields.get("size")?.as_u64()?, roots?)?;
        Some(Self { frontier, last: hash(fields.get("prev")?)? })
    }

    /// The record that a file begins with when the chain goes on in it.
    pub(super) fn continued(&self) -> Draft {
        let roots: Value = self.frontier.roots().iter().map(|root| Value::from(hex(root))).collect();
        Draft::own(Code::LogContinued, [("size", self.next().into()), ("frontier", roots)])
    }
}
