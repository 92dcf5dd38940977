//! Reads files and remembers what they looked like, so that a change can be noticed without reading.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::egress::credential::Unusable;

/// A kubeconfig of hundreds of clusters with inline certificates is about 2 MiB.
const MAX_BYTES: u64 = 8 << 20;

/// What a file looked like; `None` when it was not there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp(Option<(SystemTime, u64, u64)>);

/// The files that a configuration was made from. Some may be missing: they may yet appear.
#[derive(Debug, Default)]
pub(super) struct Files {
    seen: Vec<(PathBuf, Stamp)>,
}

impl Files {
    /// Reads a file of at most 8 MiB, and watches it from now on.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<Vec<u8>> {
        // The stamp is taken first: a change during the reading is then noticed as one after it.
        self.seen.push((path.to_owned(), Stamp::of(path)));
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
        if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        Ok(bytes)
    }

    /// Whether any of them has changed, come or gone since it was read.
    pub(super) fn changed(&self) -> bool {
        self.seen.iter().any(|(path, stamp)| Stamp::of(path) != *stamp)
    }
}

/// Why a file cannot be read, for the caller: its name, and nothing else of where it lies.
pub(super) fn unreadable(what: &str, path: &Path, error: io::Error) -> Unusable {
    let name = path.file_name().unwrap_or_default().display();
    let kind = error.kind();
    let why = if kind == io::ErrorKind::NotFound { "no such file".to_owned() } else { kind.to_string() };
    Unusable::because(format!("its {what} `{name}` cannot be read: {why}"), error)
}

/// The entries of a list such as `PATH` or `KUBECONFIG`, empty ones left out.
pub(super) fn split(list: &OsStr) -> impl Iterator<Item = PathBuf> {
    let entries = list.as_bytes().split(|byte| *byte == b':');
    entries.filter(|entry| !entry.is_empty()).map(|entry| PathBuf::from(OsStr::from_bytes(entry)))
}

impl Stamp {
    /// Modification time, length and inode: a file that was replaced by one of the same length within the
    /// clock's grain still has another inode.
    fn of(path: &Path) -> Self {
        let stamp = fs::metadata(path).and_then(|found| Ok((found.modified()?, found.len(), found.ino())));
        Self(stamp.ok())
    }
}
