//! A token in a file that something else rotates.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::files::unreadable;
use crate::egress::credential::Unusable;
use crate::egress::secret::Secret;

/// Read again after this time even if the file looks the same: mounted secrets are swapped by symbolic
/// links, and not every file system tells.
const READ_AGAIN: Duration = Duration::from_secs(60);

/// A `tokenFile`, or a service account's token.
#[derive(Debug)]
pub(super) struct TokenFile {
    path: PathBuf,
    last: Mutex<Option<Read>>,
}

#[derive(Debug)]
struct Read {
    token: Secret,
    modified: Option<SystemTime>,
    at: Instant,
}

impl TokenFile {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, last: Mutex::default() }
    }

    /// The token that the file holds now.
    pub(super) async fn token(&self) -> Result<Secret, Unusable> {
        let unusable = |error| unreadable("token file", &self.path, error);
        let modified = tokio::fs::metadata(&self.path).await.map_err(unusable)?.modified().ok();
        let mut last = self.last.lock().await;
        if let Some(last) =
            last.as_ref().filter(|last| last.modified == modified && last.at.elapsed() < READ_AGAIN)
        {
            return Ok(last.token.clone());
        }
        let text = tokio::fs::read_to_string(&self.path).await.map_err(unusable)?;
        let token = Secret::new(text.trim().to_owned());
        if token.expose().is_empty() {
            return Err(Unusable::new("its token file is empty"));
        }
        *last = Some(Read { token: token.clone(), modified, at: Instant::now() });
        Ok(token)
    }

    /// Reads again at the next asking, whatever the file looks like.
    pub(super) async fn discard(&self) {
        *self.last.lock().await = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_rotated_token_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "first\n").unwrap();
        let file = TokenFile::new(path.clone());
        assert_eq!(file.token().await.unwrap().expose(), "first");

        let set_modified = |seconds| {
            let handle = std::fs::File::options().write(true).open(&path).unwrap();
            handle.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)).unwrap();
        };
        std::fs::write(&path, "second\n").unwrap();
        set_modified(1);
        assert_eq!(file.token().await.unwrap().expose(), "second");

        // The same time again: only a 401, or a minute, makes it read.
        std::fs::write(&path, "third\n").unwrap();
        set_modified(1);
        assert_eq!(file.token().await.unwrap().expose(), "second");
        file.discard().await;
        assert_eq!(file.token().await.unwrap().expose(), "third");

        std::fs::write(&path, "\n").unwrap();
        file.discard().await;
        assert_eq!(file.token().await.unwrap_err().reason, "its token file is empty");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(
            file.token().await.unwrap_err().reason,
            "its token file `token` cannot be read: no such file"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_minute_makes_it_read_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("token");
        std::fs::write(&path, "first").unwrap();
        let modified = std::fs::metadata(&path).unwrap().modified().unwrap();
        let file = TokenFile::new(path.clone());
        assert_eq!(file.token().await.unwrap().expose(), "first");
        std::fs::write(&path, "second").unwrap();
        std::fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
        assert_eq!(file.token().await.unwrap().expose(), "first");
        tokio::time::advance(READ_AGAIN).await;
        assert_eq!(file.token().await.unwrap().expose(), "second");
    }
}
