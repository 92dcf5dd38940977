//! Compiled code kept on disk between runs, and believed only when it is our own.
//!
//! Loading compiled code means running it: a file that somebody else wrote would be their machine code in
//! our process. So every file carries a message authentication code under a key that only this user can
//! read, over the component's digest, the engine's settings and version, and the code. A file that does
//! not verify is compiled anew and replaced.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use blake3::{Hash as Digest, KEY_LEN, OUT_LEN};
use wasmtime::Engine;
use wasmtime::component::Component;

/// Where compiled code is kept, and the key it is sealed with.
#[derive(Clone)]
pub struct CompiledCache {
    folder: PathBuf,
    key: [u8; KEY_LEN],
}

impl std::fmt::Debug for CompiledCache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompiledCache").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl CompiledCache {
    /// Opens the cache in `folder`, with its key in the file `key`, which is made when it is missing.
    ///
    /// # Errors
    /// When a folder cannot be made, or the key can be neither read nor written, or others may read it.
    pub fn open(folder: PathBuf, key: &Path) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        if let Some(parent) = key.parent() {
            fs::create_dir_all(parent)?;
        }
        match read_key(key) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => write_key(key)?,
            read => {
                read?;
            }
        }
        // Read back, so that of two processes starting at once both use the key that was written first.
        Ok(Self { folder, key: read_key(key)? })
    }

    /// The component, from disk where a compiled copy verifies, else compiled and kept.
    pub(super) fn load_or_compile(&self, engine: &Engine, bytes: &[u8]) -> wasmtime::Result<Component> {
        let identity = identity(engine, bytes);
        let path = self.folder.join(format!("{}.cwasm", identity.to_hex()));
        if let Some(code) = fs::read(&path).ok().and_then(|file| self.unseal(&identity, file)) {
            #[expect(unsafe_code, reason = "the seal says that this process's user compiled these bytes")]
            // SAFETY: `deserialize` runs what it is given. The bytes verified under a key that only this
            // user can read, so they are what `serialize` gave for the same component, engine settings
            // and version, all of which are part of what was sealed.
            let loaded = unsafe { Component::deserialize(engine, code) };
            if let Ok(component) = loaded {
                return Ok(component);
            }
        }
        let component = Component::new(engine, bytes)?;
        // A full disk costs the next start some time, and nothing else.
        if let Err(error) = component.serialize().map_err(io::Error::other).and_then(|code| {
            let seal = self.seal(&identity, &code);
            replace(&path, &[seal.as_bytes(), &code])
        }) {
            tracing::warn!(%error, "compiled code could not be kept");
        }
        Ok(component)
    }

    fn seal(&self, identity: &Digest, code: &[u8]) -> Digest {
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        hasher.update(identity.as_bytes()).update(code);
        hasher.finalize()
    }

    fn unseal(&self, identity: &Digest, mut file: Vec<u8>) -> Option<Vec<u8>> {
        let seal: [u8; OUT_LEN] = file.get(..OUT_LEN)?.try_into().ok()?;
        file.drain(..OUT_LEN);
        // `blake3::Hash` compares in constant time.
        (self.seal(identity, &file) == Digest::from_bytes(seal)).then_some(file)
    }
}

/// What compiled code is keyed by: the component, and everything of the engine that shapes its code.
fn identity(engine: &Engine, bytes: &[u8]) -> Digest {
    let mut settings = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut settings);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&settings.finish().to_le_bytes()).update(bytes);
    hasher.finalize()
}

fn read_key(path: &Path) -> io::Result<[u8; KEY_LEN]> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let found = fs::metadata(path)?;
        if !only_ours(found.mode(), found.uid()) {
            let message =
                "the key of the compiled-code cache is another's, or may be read by others; remove it";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, message));
        }
    }
    fs::read(path)?.try_into().map_err(|_| io::Error::other("the key of the compiled-code cache is damaged"))
}

/// Whether nobody else knows what is in a file. Who owns it does, also where only its owner may read it.
#[cfg(unix)]
fn only_ours(mode: u32, owner: u32) -> bool {
    mode & 0o077 == 0 && owner == rustix::process::geteuid().as_raw()
}

fn write_key(path: &Path) -> io::Result<()> {
    let mut key = [0; KEY_LEN];
    getrandom::fill(&mut key).map_err(io::Error::other)?;
    match private_file(path).and_then(|mut file| file.write_all(&key)) {
        // Another process was faster: its key serves both.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        written => written,
    }
}

/// Creates a file that only its owner can read; fails when it exists.
fn private_file(path: &Path) -> io::Result<fs::File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes a file so that no reader ever sees half of it.
fn replace(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let mut file = tempfile::NamedTempFile::new_in(path.parent().unwrap_or(Path::new(".")))?;
    for part in parts {
        file.write_all(part)?;
    }
    file.persist(path).map(|_| ()).map_err(|error| error.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest component there is.
    const EMPTY: &[u8] = b"\0asm\x0d\0\x01\0";

    fn cache(folder: &Path) -> CompiledCache {
        CompiledCache::open(folder.join("code"), &folder.join("key")).unwrap()
    }

    fn only_file(folder: &Path) -> PathBuf {
        let mut files = fs::read_dir(folder.join("code")).unwrap();
        let only = files.next().unwrap().unwrap().path();
        assert!(files.next().is_none());
        only
    }

    #[test]
    fn what_was_compiled_is_loaded_again() {
        let (folder, engine) = (tempfile::tempdir().unwrap(), Engine::default());
        cache(folder.path()).load_or_compile(&engine, EMPTY).unwrap();
        let (file, identity) = (only_file(folder.path()), identity(&engine, EMPTY));
        let kept = fs::read(&file).unwrap();
        assert!(cache(folder.path()).unseal(&identity, kept).is_some());
    }

    #[test]
    fn a_file_that_was_touched_is_not_believed() {
        let (folder, engine) = (tempfile::tempdir().unwrap(), Engine::default());
        let cache = cache(folder.path());
        cache.load_or_compile(&engine, EMPTY).unwrap();
        let (file, identity) = (only_file(folder.path()), identity(&engine, EMPTY));
        let kept = fs::read(&file).unwrap();
        for at in [0, OUT_LEN, kept.len() - 1] {
            let mut touched = kept.clone();
            touched[at] ^= 1;
            assert!(cache.unseal(&identity, touched).is_none(), "byte {at}");
        }
        assert!(cache.unseal(&identity, kept[..OUT_LEN - 1].to_vec()).is_none());
        // Another component's code, sealed by us, under this one's name.
        assert!(cache.unseal(&super::identity(&engine, b"other"), kept.clone()).is_none());
        // The next load compiles anew and puts the file right.
        fs::write(&file, b"junk").unwrap();
        cache.load_or_compile(&engine, EMPTY).unwrap();
        assert_eq!(fs::read(&file).unwrap().len(), kept.len());
    }

    #[test]
    fn another_users_key_opens_nothing() {
        let (ours, theirs) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let engine = Engine::default();
        cache(theirs.path()).load_or_compile(&engine, EMPTY).unwrap();
        let kept = fs::read(only_file(theirs.path())).unwrap();
        assert!(cache(ours.path()).unseal(&identity(&engine, EMPTY), kept).is_none());
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_another_user_made_is_known_to_him() {
        let us = rustix::process::geteuid().as_raw();
        assert!(only_ours(0o100_600, us));
        assert!(!only_ours(0o100_600, us + 1));
        assert!(!only_ours(0o100_640, us) && !only_ours(0o100_604, us));
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        cache(folder.path());
        fs::set_permissions(folder.path().join("key"), fs::Permissions::from_mode(0o644)).unwrap();
        assert!(CompiledCache::open(folder.path().join("code"), &folder.path().join("key")).is_err());
    }
}
