//! The hash by which words and phrases are looked up: FNV-1a over characters, 64 bits, finished by a mixer.
//!
//! It is not keyed: whoever finds two words of one hash makes the validator see a word that is not there,
//! which gains nothing over writing the word.

/// The hash of no characters.
pub(super) const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

const PRIME: u64 = 0x0100_0000_01b3;

/// The hash of a word that goes on with `character`.
pub(super) const fn push(hash: u64, character: char) -> u64 {
    (hash ^ character as u64).wrapping_mul(PRIME)
}

/// The hash of a whole word.
pub(super) fn word(word: &str) -> u64 {
    word.chars().fold(EMPTY, push)
}

/// A key made of a kind and two numbers (the finisher of `MurmurHash3`).
pub(super) const fn key(kind: u64, one: u64, other: u64) -> u64 {
    let mut hash = one.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ other.rotate_left(31)
        ^ kind.wrapping_mul(0xc2b2_ae3d_27d4_eb4f);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}
