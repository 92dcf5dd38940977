//! The second place for checkpoints: a text file that only grows.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// A file that checkpoints are appended to.
#[derive(Debug)]
pub(super) struct Witness {
    path: PathBuf,
    /// Whether the last one could be: the log says so once.
    sound: bool,
}

impl Witness {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), sound: true }
    }

    /// What it holds; nothing where it is not there yet.
    pub(super) fn read(&self) -> io::Result<String> {
        match std::fs::read_to_string(&self.path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Ok(String::new()),
            read => read,
        }
    }

    /// Adds a note. A witness that cannot be written is told and stops nothing: the next note states all that
    /// this one does, and more.
    pub(super) fn append(&mut self, note: &str) {
        // Opened each time: it may be on a disk that comes and goes, or be moved by whoever collects it.
        let opened = OpenOptions::new().append(true).create(true).open(&self.path);
        let written = opened.and_then(|mut file| {
            file.write_all(format!("{note}\n").as_bytes())?;
            file.sync_data()
        });
        match written {
            Ok(()) => self.sound = true,
            Err(error) if self.sound => {
                self.sound = false;
                tracing::error!(path = %self.path.display(), %error, "checkpoints do not reach their witness");
            }
            Err(_) => {}
        }
    }
}
