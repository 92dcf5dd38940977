//! Verification: reads a whole log, file after file, and tells everything that is not as it was written.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Code;
use super::chain::Chain;
use super::checkpoint::{Checkpoint, notes};
use super::hash::Hash;
use super::key::PublicKey;
use super::open::OpenCall;
use crate::store::{Read, StoreError};

/// How many rows are read at once.
const PAGE: u32 = 1000;

/// Something that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The stable code.
    pub code: &'static str,
    /// The number of the first record concerned, or the size that a checkpoint states.
    pub at: u64,
    /// In words.
    pub detail: String,
}

/// What verification saw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The number of the first record that was read.
    pub first: u64,
    /// How many records the log has, those of files before the first included.
    pub size: u64,
    /// How many of those a signed checkpoint covers whose root is right.
    pub covered: u64,
    /// How many checkpoints were checked, those of the witness included.
    pub checkpoints: u64,
    /// Where a file goes on from the one before it, or from one that was not given.
    pub continues: Vec<u64>,
    /// Calls without an end: left open by a host that went away, or running now.
    pub open: Vec<OpenCall>,
    /// What is not as it was written; empty for a log that is sound.
    pub findings: Vec<Finding>,
}

/// What is expected at a size.
struct Expected {
    root: Hash,
    /// Where it is stated.
    by: &'static str,
}

/// The parts of a verification that grow as records are read.
struct Verifier<'k> {
    key: &'k PublicKey,
    expected: BTreeMap<u64, Vec<Expected>>,
    running: BTreeMap<String, OpenCall>,
    report: Report,
}

/// Verifies a log in one or more files, the oldest first, against the key that signs it. `witness` is the text
/// of the second place for checkpoints.
///
/// # Errors
/// [`StoreError`] where a file cannot be read; what is wrong with what was read is in the report.
pub fn verify(journals: &[&dyn Read], witness: Option<&str>, key: &PublicKey) -> Result<Report, StoreError> {
    let mut verifier =
        Verifier { key, expected: BTreeMap::new(), running: BTreeMap::new(), report: Report::default() };
    let mut chain: Option<Chain> = None;
    for journal in journals {
        verifier.structure(*journal)?;
        verifier.stored(*journal)?;
    }
    if let Some(witness) = witness {
        verifier.witnessed(witness);
    }
    for journal in journals {
        match verifier.file(*journal, chain)? {
            Some(reached) => chain = Some(reached),
            // What follows a break is all wrong: more findings would only hide the first.
            None => return Ok(verifier.finish(None)),
        }
    }
    Ok(verifier.finish(chain.as_ref()))
}

impl Verifier<'_> {
    fn find(&mut self, code: &'static str, at: u64, detail: impl Into<String>) {
        self.report.findings.push(Finding { code, at, detail: detail.into() });
    }

    fn structure(&mut self, journal: &dyn Read) -> Result<(), StoreError> {
        for fault in journal.faults()? {
            self.find("audit.database-altered", 0, fault);
        }
        Ok(())
    }

    /// The checkpoints that were stored with the records.
    fn stored(&mut self, journal: &dyn Read) -> Result<(), StoreError> {
        let stored = journal.checkpoints()?;
        if stored.is_empty() {
            self.find(
                "audit.checkpoint-missing",
                0,
                "a file has no checkpoint, and every file begins with one",
            );
        }
        for each in stored {
            match Checkpoint::verified(&each.note, self.key).filter(|signed| signed.size == each.size) {
                Some(signed) => self.expect(&signed, "a checkpoint"),
                None => self.find(
                    "audit.checkpoint-invalid",
                    each.size,
                    "the checkpoint is not signed by this key",
                ),
            }
        }
        Ok(())
    }

    /// Those of the second place.
    fn witnessed(&mut self, text: &str) {
        for note in notes(text) {
            match Checkpoint::verified(note, self.key) {
                Some(signed) => {
                    let known = self.expected.get(&signed.size);
                    let known = known.is_some_and(|known| known.iter().any(|each| each.by == "a checkpoint"));
                    self.expect(&signed, "the witness");
                    // A witness may have older ones than the files that were given.
                    if !known {
                        self.expected
                            .entry(signed.size)
                            .or_default()
                            .push(Expected { root: signed.root, by: "" });
                    }
                }
                None => {
                    let size = Checkpoint::claimed(note).map_or(0, |claimed| claimed.size);
                    self.find(
                        "audit.witness-invalid",
                        size,
                        "the witness holds a note that this key did not sign",
                    );
                }
            }
        }
    }

    fn expect(&mut self, signed: &Checkpoint, by: &'static str) {
        self.report.checkpoints += 1;
        self.expected.entry(signed.size).or_default().push(Expected { root: signed.root, by });
    }

    /// One file; `None` where its chain breaks.
    fn file(&mut self, journal: &dyn Read, before: Option<Chain>) -> Result<Option<Chain>, StoreError> {
        let Some(first) = journal.first()? else { return Ok(Some(before.unwrap_or_default())) };
        let stated = Chain::before(&first);
        let mut chain = match (stated, before) {
            (None, before) => {
                // A number that cannot be is read as the largest; the first that can be is 0.
                let first = if first.seq == u64::MAX { 0 } else { first.seq };
                let at = before.map_or(first, |before| before.next());
                self.find("audit.chain-broken", at, "the file does not say what it goes on from");
                return Ok(None);
            }
            (Some(stated), Some(before)) if stated != before => {
                let (at, said) = (before.next(), stated.next());
                self.find(
                    "audit.chain-broken",
                    at,
                    format!("the next file goes on from another record {said}"),
                );
                return Ok(None);
            }
            (Some(stated), before) => {
                if before.is_none() {
                    self.report.first = stated.next();
                    self.expected = self.expected.split_off(&(stated.next() + 1));
                }
                if stated.next() > 0 {
                    self.report.continues.push(stated.next());
                }
                stated
            }
        };
        loop {
            let rows = journal.rows(chain.next(), PAGE)?;
            if rows.is_empty() {
                return Ok(Some(chain));
            }
            for row in rows {
                match chain.follow(&row) {
                    Ok(fields) => {
                        self.calls(&fields);
                        self.report.size = chain.next();
                        if !self.root(&chain) {
                            return Ok(None);
                        }
                    }
                    Err(broken) => {
                        self.find("audit.chain-broken", broken.at, broken.how);
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Compares the root with what was signed of a log of this size.
    fn root(&mut self, chain: &Chain) -> bool {
        let size = chain.next();
        let Some(expected) = self.expected.remove(&size) else { return true };
        let root = chain.frontier.root();
        if expected.iter().any(|each| each.by.is_empty()) {
            self.find("audit.checkpoint-missing", size, "the witness has a checkpoint that the log has not");
        }
        if let Some(other) = expected.iter().find(|each| each.root != root) {
            let (covered, by) = (self.report.covered, other.by);
            let detail =
                format!("records from {covered} to {} are not those that {by} was signed over", size - 1);
            self.find("audit.rewritten", covered, detail);
            return false;
        }
        self.report.covered = size;
        true
    }

    fn calls(&mut self, fields: &serde_json::Map<String, Value>) {
        let code = fields.get("code").and_then(Value::as_str).unwrap_or_default();
        let call = fields.get("call").and_then(Value::as_str).unwrap_or_default();
        if code == Code::CallIntent.as_str() {
            self.running.insert(call.to_owned(), OpenCall::of(fields));
        } else if code == Code::CallEnded.as_str() {
            self.running.remove(call);
        }
    }

    fn finish(mut self, chain: Option<&Chain>) -> Report {
        if let Some(chain) = chain {
            let size = chain.next();
            if let Some((most, _)) = self.expected.range(size + 1..).next_back() {
                let detail = format!("a log of {most} records was signed, and {size} are here");
                self.find("audit.truncated", size, detail);
            }
        }
        self.report.open = self.running.into_values().collect();
        self.report.open.sort_by_key(|open| open.seq);
        self.report
    }
}
