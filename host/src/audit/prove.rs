//! Makes the proof that one record is in the log.

use thiserror::Error;

use super::chain::Chain;
use super::key::PublicKey;
use super::merkle::{Prover, leaf};
use super::proof::{Proof, ProofError};
use crate::store::{Read, StoreError};

/// How many rows are read at once.
const PAGE: u32 = 1000;

/// Why there is no proof.
#[derive(Debug, Error)]
pub enum ProveError {
    /// The log cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// There is no such record.
    #[error("there is no record {0}")]
    Missing(u64),
    /// No checkpoint covers it yet.
    #[error("no checkpoint covers record {0} yet; the host signs one in a moment, or when it ends")]
    Uncovered(u64),
    /// What would be proved is not so.
    #[error("record {0} cannot be proved: the log was altered")]
    Altered(u64, #[source] ProofError),
}

/// Proves that the log has the record `seq`, by the newest checkpoint of the file that it is in.
///
/// Reads the whole file.
///
/// # Errors
/// [`ProveError`].
pub fn prove(journals: &[&dyn Read], seq: u64, key: &PublicKey) -> Result<Proof, ProveError> {
    let missing = ProveError::Missing(seq);
    for journal in journals {
        let Some(row) = journal.rows(seq, 1)?.pop().filter(|row| row.seq == seq) else { continue };
        let Some(base) = journal.first()?.as_ref().and_then(Chain::before) else { continue };
        let Some(stored) = journal.newest_checkpoint()? else { return Err(ProveError::Uncovered(seq)) };
        let Some(mut prover) = Prover::new(seq, stored.size, &base.frontier) else {
            return Err(ProveError::Uncovered(seq));
        };
        let mut at = base.next();
        while at < stored.size {
            let rows = journal.rows(at, PAGE)?;
            if rows.is_empty() {
                break;
            }
            for row in rows.iter().filter(|row| row.seq < stored.size) {
                prover.take(row.seq, leaf(row.record.as_bytes()));
            }
            at = rows.last().map_or(u64::MAX, |row| row.seq.saturating_add(1));
        }
        let altered = |why| ProveError::Altered(seq, why);
        let hashes = prover.finish().ok_or(ProofError::Root).map_err(altered)?;
        let proof = Proof { record: row.record, index: seq, hashes, note: stored.note };
        proof.verify(key).map_err(altered)?;
        return Ok(proof);
    }
    Err(missing)
}
