//! Notices that what a host was configured with is not what it was.
//!
//! The system says that something happened in a folder; whether anything is different is found out by the
//! contents. So a file that is written in steps, replaced, or swapped behind a link (as Kubernetes swaps
//! mounted configuration) counts once, and one that was only touched does not count.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

/// How long nothing must happen before the files are read: an editor writes in several steps.
const SETTLE: Duration = Duration::from_millis(200);

/// And how long that is waited for: something else may be written beside them all the time, such as a log.
const LONGEST: Duration = Duration::from_secs(1);

/// Files and folders, and what was last seen in them.
#[derive(Debug)]
pub(super) struct Watch {
    events: mpsc::Receiver<()>,
    /// Ends the watching when it is dropped.
    _watcher: RecommendedWatcher,
}

impl Watch {
    /// Watches the folders of `paths`, and those that are folders.
    ///
    /// # Errors
    /// When the system has no more watches to give, or a folder is gone.
    pub(super) fn new<'a>(paths: impl Iterator<Item = &'a Path>) -> notify::Result<Self> {
        // One event that waits says as much as a thousand.
        let (happened, events) = mpsc::channel(1);
        let tell = move |event: notify::Result<notify::Event>| {
            // That somebody read a file is no news: we do it ourselves.
            if !event.is_ok_and(|event| event.kind.is_access()) {
                // One that waits already says the same.
                happened.try_send(()).unwrap_or_default();
            }
        };
        let mut watcher = notify::recommended_watcher(tell)?;
        for folder in paths.map(folder).collect::<BTreeSet<_>>() {
            watcher.watch(&folder, RecursiveMode::NonRecursive)?;
        }
        Ok(Self { events, _watcher: watcher })
    }

    /// Waits until something happened, and then nothing more for a while. Never, when the watching ended.
    pub(super) async fn settled(&mut self) {
        if self.events.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
        let quiet =
            async { while let Ok(Some(())) = tokio::time::timeout(SETTLE, self.events.recv()).await {} };
        // Quiet or not: what is read by then is whole, or is found faulty and read again.
        tokio::time::timeout(LONGEST, quiet).await.unwrap_or_default();
    }
}

/// What to watch for a path: a folder itself, or the folder that a file is in.
fn folder(path: &Path) -> PathBuf {
    if path.is_dir() {
        return path.to_owned();
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        Some(_) | None => PathBuf::from("."),
    }
}

/// What is in these files, and in the files of these folders; a missing one is part of it.
pub(super) fn fingerprint<'a>(paths: impl Iterator<Item = &'a Path>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for path in paths {
        let mut files = vec![path.to_owned()];
        if let Ok(entries) = fs::read_dir(path) {
            files =
                entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
            files.sort();
        }
        for file in files {
            hash.update(file.as_os_str().as_encoded_bytes());
            hash.update([0]);
            match fs::read(&file) {
                Ok(bytes) => hash.update(Sha256::digest(bytes)),
                Err(_) => hash.update([1]),
            }
        }
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_only_touched_did_not_change() {
        let folder = tempfile::tempdir().unwrap();
        let (file, missing) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&file, "one").unwrap();
        let seen = || fingerprint([file.as_path(), missing.as_path()].into_iter());
        let first = seen();
        fs::write(&file, "one").unwrap();
        assert_eq!(seen(), first);
        fs::write(&file, "two").unwrap();
        let second = seen();
        assert_ne!(second, first);
        fs::write(&missing, "").unwrap();
        assert_ne!(seen(), second, "a file that came to be");
        let whole = || fingerprint(std::iter::once(folder.path()));
        let before = whole();
        fs::write(folder.path().join("c"), "").unwrap();
        assert_ne!(whole(), before, "a file that came to be in a folder");
    }

    #[tokio::test]
    async fn a_file_that_is_replaced_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a");
        fs::write(&file, "one").unwrap();
        let mut watch = Watch::new(std::iter::once(file.as_path())).unwrap();
        let other = folder.path().join("new");
        fs::write(&other, "two").unwrap();
        fs::rename(&other, &file).unwrap();
        watch.settled().await;
    }
}
