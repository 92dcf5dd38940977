//! Checkpoints: the size and the root of the tree, signed (c2sp.org/tlog-checkpoint, c2sp.org/signed-note).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::hash::Hash;
use super::key::{PublicKey, SigningKey};

/// What starts a line of a signature.
const DASH: &str = "\u{2014} ";

/// The most signatures that are looked at: as many as a verifier has to accept.
const MAX_SIGNATURES: usize = 16;

/// What a checkpoint states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checkpoint {
    /// Which log.
    pub(crate) origin: String,
    /// How many records it has.
    pub(crate) size: u64,
    /// The root of their tree.
    pub(crate) root: Hash,
}

impl Checkpoint {
    /// The signed note.
    pub(super) fn sign(&self, key: &SigningKey) -> String {
        let text = self.text();
        let public = key.public(&self.origin);
        let signature = STANDARD.encode([public.id().as_slice(), &key.sign(&text)].concat());
        format!("{text}\n{DASH}{} {signature}\n", self.origin)
    }

    fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root))
    }

    /// What a note states, where `key` has signed it; `None` where it has not, or where this is no checkpoint.
    pub(crate) fn verified(note: &str, key: &PublicKey) -> Option<Self> {
        let (checkpoint, text, signatures) = Self::split(note)?;
        let mut ours = signatures.lines().take(MAX_SIGNATURES).filter_map(|line| {
            let (name, encoded) = line.strip_prefix(DASH)?.split_once(' ')?;
            let bytes = STANDARD.decode(encoded).ok()?;
            let (id, signature) = bytes.split_first_chunk::<4>()?;
            (name == key.name() && *id == key.id()).then(|| signature.to_vec())
        });
        // Signatures of keys that are not known are ignored: a witness may have added its own. One of a key
        // that is known has to hold, and there has to be one.
        let first = ours.next()?;
        let sound = key.verifies(text, &first) && ours.all(|signature| key.verifies(text, &signature));
        (sound && checkpoint.origin == key.name()).then_some(checkpoint)
    }

    /// What a note states, whoever has signed it.
    pub(crate) fn claimed(note: &str) -> Option<Self> {
        Self::split(note).map(|(checkpoint, ..)| checkpoint)
    }

    fn split(note: &str) -> Option<(Self, &str, &str)> {
        let at = note.rfind("\n\n")?;
        let (text, signatures) = (note.get(..=at)?, note.get(at + 2..)?);
        if !signatures.ends_with('\n') || note.chars().any(|each| each.is_ascii_control() && each != '\n') {
            return None;
        }
        let mut lines = text.lines();
        let (origin, size, root) = (lines.next()?, lines.next()?, lines.next()?);
        let number: u64 = size.parse().ok()?;
        let root = STANDARD.decode(root).ok()?.try_into().ok()?;
        // One form for one number, and no lines beyond the three: nothing here writes any.
        if origin.is_empty() || number.to_string() != size || lines.next().is_some() {
            return None;
        }
        Some((Self { origin: origin.to_owned(), size: number, root }, text, signatures))
    }
}

/// The notes in a text that holds one after another, each followed by an empty line; what is no note is skipped.
pub(crate) fn notes(text: &str) -> impl Iterator<Item = &str> {
    // Text, empty line, signatures, empty line: every second empty line ends a note.
    let mut rest = text;
    std::iter::from_fn(move || {
        let body = rest.find("\n\n")? + 2;
        let tail = rest.get(body..)?;
        let length = tail.find("\n\n").map_or(tail.len(), |end| end + 1);
        let note = rest.get(..body + length)?;
        rest = rest.get(body + length..)?.trim_start_matches('\n');
        Some(note)
    })
}
