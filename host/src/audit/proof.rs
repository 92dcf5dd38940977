//! Proofs that one record is in the log, to be checked far from it (c2sp.org/tlog-proof).
//!
//! The record itself travels as the proof's extra data. Extra data is not authenticated; here it need not be:
//! its hash is the leaf that the proof starts from, so another record does not lead to the signed root.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::checkpoint::Checkpoint;
use super::hash::Hash;
use super::key::PublicKey;
use super::merkle::{leaf, root_by};

const FIRST: &str = "c2sp.org/tlog-proof@v1";

/// Taller than any tree that can be.
const MAX_HASHES: usize = 64;

/// A record, and the way from it to a signed root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// The record, as canonical JSON.
    pub record: String,
    /// Its sequence number.
    pub index: u64,
    pub(super) hashes: Vec<Hash>,
    pub(super) note: String,
}

/// What a proof proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    /// The record.
    pub record: String,
    /// Its sequence number.
    pub index: u64,
    /// The log's origin.
    pub origin: String,
    /// The size of the log that was signed.
    pub size: u64,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It has another form.
    #[error("this is no proof of the form {FIRST} with a record in it")]
    Form,
    /// The checkpoint in it is not signed by the key.
    #[error("audit.checkpoint-invalid: the checkpoint in the proof is not signed by this key")]
    Signature,
    /// The record does not lead to the root that was signed.
    #[error("audit.proof-invalid: the record does not lead to the root that was signed")]
    Root,
}

impl std::fmt::Display for Proof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(f, "{FIRST}\nextra {}\nindex {}", STANDARD.encode(&self.record), self.index)?;
        self.hashes.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash)))?;
        write!(f, "\n{}", self.note)
    }
}

impl Proof {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`ProofError::Form`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        Self::read(text).ok_or(ProofError::Form)
    }

    fn read(text: &str) -> Option<Self> {
        let (head, note) = text.split_once("\n\n")?;
        let mut lines = head.lines();
        if lines.next()? != FIRST {
            return None;
        }
        let record = STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
        let written = lines.next()?.strip_prefix("index ")?;
        let index: u64 = written.parse().ok()?;
        let hash = |line: &str| STANDARD.decode(line).ok()?.try_into().ok();
        let hashes: Option<Vec<Hash>> = lines.map(hash).collect();
        let hashes = hashes.filter(|hashes| hashes.len() <= MAX_HASHES && index.to_string() == written)?;
        Some(Self { record: String::from_utf8(record).ok()?, index, hashes, note: note.to_owned() })
    }

    /// Checks it against the log's key, with nothing else at hand.
    ///
    /// # Errors
    /// [`ProofError::Signature`] or [`ProofError::Root`].
    pub fn verify(&self, key: &PublicKey) -> Result<Proven, ProofError> {
        let checkpoint = Checkpoint::verified(&self.note, key).ok_or(ProofError::Signature)?;
        let root = root_by(self.index, checkpoint.size, leaf(self.record.as_bytes()), &self.hashes);
        if root != Some(checkpoint.root) {
            return Err(ProofError::Root);
        }
        let (record, index) = (self.record.clone(), self.index);
        Ok(Proven { record, index, origin: checkpoint.origin, size: checkpoint.size })
    }
}
