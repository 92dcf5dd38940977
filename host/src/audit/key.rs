//! The key of an installation: signs checkpoints, keys the masks; and the public half of it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use thiserror::Error;
use zeroize::Zeroizing;

use super::hash::{Hash, hex, sha256};

/// The type of Ed25519 signatures in signed notes (c2sp.org/signed-note, "Signature types").
const ED25519_NOTE: u8 = 1;

/// What the key of the masks is derived under.
const MASK_CONTEXT: &[u8] = b"postern audit: masks, version 1";

/// Why there is no key.
#[derive(Debug, Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("the audit key `{}` cannot be read or made", .path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        why: io::Error,
    },
    /// It holds something else.
    #[error("the audit key `{}` is not a key: it holds 32 bytes, as 64 hexadecimal digits", .0.display())]
    Form(PathBuf),
    /// Others can read it.
    #[error("the audit key `{}` can be read by others than its owner; `chmod 600` it", .0.display())]
    Open(PathBuf),
    /// The system has no random numbers.
    #[error("the system gives no random numbers")]
    Random,
}

/// A key that signs.
pub(super) struct SigningKey {
    pair: Ed25519KeyPair,
    mask: hmac::Key,
}

impl std::fmt::Debug for SigningKey {
    /// The public half.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("SigningKey").field(&hex(self.pair.public_key().as_ref())).finish()
    }
}

impl SigningKey {
    /// Reads the key in `path`.
    pub(super) fn load(path: &Path) -> Result<Self, KeyError> {
        private(path)?;
        let fault = |why| KeyError::File { path: path.to_owned(), why };
        let text = Zeroizing::new(fs::read_to_string(path).map_err(fault)?);
        let seed = super::hash::from_hex(text.trim_end()).map(Zeroizing::new);
        let seed = seed.ok_or_else(|| KeyError::Form(path.to_owned()))?;
        let form = |_| KeyError::Form(path.to_owned());
        let pair = Ed25519KeyPair::from_seed_unchecked(&*seed).map_err(form)?;
        let master = hmac::Key::new(hmac::HMAC_SHA256, &*seed);
        let mask = hmac::Key::new(hmac::HMAC_SHA256, hmac::sign(&master, MASK_CONTEXT).as_ref());
        Ok(Self { pair, mask })
    }

    /// Reads the key in `path`, and makes one where there is none.
    pub(super) fn load_or_make(path: &Path) -> Result<Self, KeyError> {
        let fault = |why| KeyError::File { path: path.to_owned(), why };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(mut file) => {
                let mut seed = Zeroizing::new(Hash::default());
                SystemRandom::new().fill(&mut *seed).map_err(|_| KeyError::Random)?;
                let text = Zeroizing::new(format!("{}\n", hex(&*seed)));
                file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(fault)?;
            }
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists => {}
            Err(why) => return Err(fault(why)),
        }
        Self::load(path)
    }

    /// Signs a note's text.
    pub(super) fn sign(&self, text: &str) -> Vec<u8> {
        self.pair.sign(text.as_bytes()).as_ref().to_vec()
    }

    /// The key that masks are made with.
    pub(super) fn mask(&self) -> hmac::Key {
        self.mask.clone()
    }

    /// The public half, under the name that signatures carry.
    pub(super) fn public(&self, name: &str) -> PublicKey {
        let mut key = Hash::default();
        for (to, from) in key.iter_mut().zip(self.pair.public_key().as_ref()) {
            *to = *from;
        }
        PublicKey { name: name.to_owned(), key }
    }

    /// The origin where none is configured: `postern/` and half of the public key's digest.
    pub(super) fn origin(&self) -> String {
        let digest = hex(&sha256(&[self.pair.public_key().as_ref()]));
        format!("postern/{}", digest.get(..16).unwrap_or_default())
    }
}

/// A key that verifies, and the name that its signatures carry: the origin of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    name: String,
    key: Hash,
}

impl PublicKey {
    /// Reads the form that other tools for signed notes write and read: `name+id+key`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (rest, key) = text.trim_end().split_once('+').and_then(|(name, rest)| {
            let (id, key) = rest.split_once('+')?;
            Some(((name, id), key))
        })?;
        let (name, id) = rest;
        let bytes = STANDARD.decode(key).ok()?;
        let (kind, bytes) = bytes.split_first()?;
        let found = Self { name: name.to_owned(), key: bytes.try_into().ok()? };
        (*kind == ED25519_NOTE && !name.is_empty() && id == hex(&found.id())).then_some(found)
    }

    /// The form that [`PublicKey::parse`] reads.
    #[must_use]
    pub fn text(&self) -> String {
        let bytes = [&[ED25519_NOTE], self.key.as_slice()].concat();
        format!("{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(bytes))
    }

    /// The name that its signatures carry.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of what identifies it (c2sp.org/signed-note, "Ed25519 signatures").
    pub(super) fn id(&self) -> [u8; 4] {
        let [a, b, c, d, ..] = sha256(&[self.name.as_bytes(), b"\n", &[ED25519_NOTE], &self.key]);
        [a, b, c, d]
    }

    pub(super) fn verifies(&self, text: &str, signature: &[u8]) -> bool {
        UnparsedPublicKey::new(&ED25519, &self.key).verify(text.as_bytes(), signature).is_ok()
    }
}

/// That nobody but its owner can read the file.
#[cfg(unix)]
fn private(path: &Path) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt as _;
    let data = fs::metadata(path).map_err(|why| KeyError::File { path: path.to_owned(), why })?;
    if data.permissions().mode() & 0o077 == 0 { Ok(()) } else { Err(KeyError::Open(path.to_owned())) }
}

#[cfg(not(unix))]
fn private(_: &Path) -> Result<(), KeyError> {
    Ok(())
}
