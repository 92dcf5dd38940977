//! What the audit needs to know: where the log is, what is shown in clear, what happens when it cannot be written.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Masks;

/// How the log is kept.
#[derive(Debug, Clone)]
pub struct Config {
    /// The database. The file of its lock is beside it.
    pub path: PathBuf,
    /// The file of the 32-byte Ed25519 seed that signs checkpoints and keys the masks; made on the first start,
    /// for its owner alone, where it is not there.
    pub key: PathBuf,
    /// The first line of every checkpoint; `None` for `postern/` and the first half of the key's digest.
    pub origin: Option<String>,
    /// Which arguments are shown in clear.
    pub masks: Masks,
    /// What happens to a call that only reads when the log cannot be written. One that does more is refused.
    pub reads: OnUnavailable,
    /// A checkpoint is signed after this many records, at the latest.
    pub checkpoint_every: u64,
    /// And after this long, where there is a record that no checkpoint covers.
    pub checkpoint_interval: Duration,
    /// A second place for checkpoints: a text file that grows, best where this host cannot rewrite it.
    pub witness: Option<PathBuf>,
    /// The size in bytes after which a new file continues the chain; `None` for one file.
    pub rotate_bytes: Option<u64>,
    /// Where another process writes the log, whether to write the next one beside it, such as `audit.2.db`,
    /// with a key and a witness of its own: for processes that many clients start at once.
    pub or_beside: bool,
}

/// What happens to a call that only reads when the log cannot be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OnUnavailable {
    /// It is refused, as one that changes something always is.
    #[default]
    Refuse,
    /// It runs, and its record waits in memory: 4,096 records wait, and those beyond are counted.
    Allow,
}

impl Config {
    /// A log at `path`, and the rest as it is when nothing is said.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self {
            key: beside(&path, "key"),
            origin: None,
            masks: Masks::default(),
            reads: OnUnavailable::default(),
            // A verifier can say of the records since the last checkpoint only that their chain holds.
            checkpoint_every: 1000,
            checkpoint_interval: Duration::from_secs(10),
            witness: None,
            rotate_bytes: None,
            or_beside: false,
            path,
        }
    }
}

/// How many logs may be written beside each other.
const BESIDE: u32 = 64;

impl Config {
    /// The logs to try, in this order.
    pub(super) fn candidates(self) -> impl Iterator<Item = Self> {
        let others = 2..if self.or_beside { BESIDE } else { 2 };
        let first = self.clone();
        std::iter::once(first).chain(others.map(move |number| {
            let stem = self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            // A point, and no dash: `audit-2.db` is what a rotation leaves of the first log.
            let path = self.path.with_file_name(format!("{stem}.{number}.db"));
            let witness = self.witness.as_deref().map(|witness| numbered(witness, number));
            Self { key: beside(&path, "key"), path, witness, ..self.clone() }
        }))
    }
}

/// The file beside it with a number before its extension, or at its end.
fn numbered(path: &Path, number: u32) -> PathBuf {
    match path.extension() {
        Some(extension) => path.with_extension(format!("{number}.{}", extension.to_string_lossy())),
        None => path.with_extension(number.to_string()),
    }
}

/// The file with the same name and another extension.
pub(super) fn beside(path: &Path, extension: &str) -> PathBuf {
    path.with_extension(extension)
}
