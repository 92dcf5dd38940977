//! The Merkle tree of RFC 6962, section 2.1, from its leaves' hashes, in memory that grows with its height.
//!
//! # Design
//!
//! *Our own, with `ct-merkle` as the referee in the tests.* That crate keeps every leaf and every node in
//! memory and panics on a tree that it finds malformed; a log of ten million records wants neither. What a
//! writer needs is the [`Frontier`], the roots of the complete subtrees from left to right; what a proof needs
//! is one pass over the hashes.

use super::hash::{Hash, sha256};

/// The hash of a leaf.
pub(crate) fn leaf(record: &[u8]) -> Hash {
    sha256(&[&[0], record])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    sha256(&[&[1], left, right])
}

/// The right edge of a growing tree: the roots of its complete subtrees, the largest first.
///
/// Invariant: there are as many as the size has bits set, in the order of those bits.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    roots: Vec<Hash>,
}

impl Frontier {
    /// The edge of a tree of `size` leaves; `None` where the number of roots does not fit.
    pub(crate) fn new(size: u64, roots: Vec<Hash>) -> Option<Self> {
        (usize::try_from(size.count_ones()).ok()? == roots.len()).then_some(Self { size, roots })
    }

    /// How many leaves the tree has.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The roots of its complete subtrees, the largest first.
    pub(crate) fn roots(&self) -> &[Hash] {
        &self.roots
    }

    /// Adds a leaf.
    pub(crate) fn push(&mut self, leaf: Hash) {
        self.push_subtree(leaf, 0);
    }

    /// Adds a complete subtree of `2^height` leaves, where the size is a multiple of that.
    fn push_subtree(&mut self, mut root: Hash, height: u32) {
        let mut level = 1_u64 << height;
        self.size += level;
        // Each bit that the addition carries over joins two subtrees of one height.
        while self.size & level == 0 {
            let Some(left) = self.roots.pop() else { break };
            root = node(&left, &root);
            level <<= 1;
        }
        self.roots.push(root);
    }

    /// The tree's root: of none, the hash of nothing.
    pub(crate) fn root(&self) -> Hash {
        let mut roots = self.roots.iter().rev();
        let Some(first) = roots.next() else { return sha256(&[]) };
        roots.fold(*first, |right, left| node(left, &right))
    }

    /// The subtrees that lie at or beyond `from`, each with its place and height.
    fn subtrees_from(&self, from: u64) -> impl Iterator<Item = (u64, u32, Hash)> {
        let mut at = 0_u64;
        let heights = (0..u64::BITS).rev().filter(|height| self.size >> height & 1 == 1);
        let placed = heights.zip(&self.roots).map(move |(height, root)| {
            let start = at;
            at += 1 << height;
            (start, height, *root)
        });
        placed.filter(move |(start, ..)| *start >= from)
    }
}

/// Gathers the proof that one leaf is in a tree, from a single pass over the hashes of its leaves.
#[derive(Debug)]
pub(crate) struct Prover {
    index: u64,
    /// The ranges whose roots are the proof, from left to right, each with its place in the proof.
    ranges: Vec<(u64, u64, usize, Frontier)>,
}

impl Prover {
    /// For the leaf `index` of a tree of `size` leaves; `None` where there is no such leaf.
    ///
    /// `base` is what came before the first leaf that will be given: empty for a log in one file.
    pub(crate) fn new(index: u64, size: u64, base: &Frontier) -> Option<Self> {
        if index >= size || index < base.size {
            return None;
        }
        let (mut start, mut end, mut ranges) = (0, size, Vec::new());
        // Section 2.1.1: from the root down, the half that does not hold the leaf.
        while end - start > 1 {
            let split = start + largest_power_below(end - start);
            if index < split {
                ranges.push((split, end));
                end = split;
            } else {
                ranges.push((start, split));
                start = split;
            }
        }
        let from_leaf = ranges.into_iter().rev().enumerate();
        let mut ranges: Vec<_> = from_leaf
            .map(|(place, (start, end))| {
                let mut inside = Frontier::default();
                let within = |(at, height, _): &(u64, u32, Hash)| at + (1 << height) <= end;
                for (_, height, root) in base.subtrees_from(start).filter(within) {
                    inside.push_subtree(root, height);
                }
                (start, end, place, inside)
            })
            .collect();
        ranges.sort_by_key(|(start, ..)| *start);
        Some(Self { index, ranges })
    }

    /// Takes the next leaf: `at` grows by one from the base's size on.
    pub(crate) fn take(&mut self, at: u64, leaf: Hash) {
        if at == self.index {
            return;
        }
        let found = self.ranges.partition_point(|(_, end, ..)| *end <= at);
        if let Some((start, _, _, inside)) = self.ranges.get_mut(found)
            && *start <= at
        {
            inside.push(leaf);
        }
    }

    /// The proof, from the leaf's sibling to the root's child; `None` where leaves are missing.
    pub(crate) fn finish(mut self) -> Option<Vec<Hash>> {
        self.ranges.sort_by_key(|(_, _, place, _)| *place);
        self.ranges
            .into_iter()
            .map(|(start, end, _, inside)| (inside.size() == end - start).then(|| inside.root()))
            .collect()
    }
}

/// The root that a proof leads to (RFC 9162, section 2.1.3.2); `None` where it is too long or too short.
pub(crate) fn root_by(index: u64, size: u64, leaf: Hash, proof: &[Hash]) -> Option<Hash> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut root) = (index, size - 1, leaf);
    for sibling in proof {
        if last == 0 {
            return None;
        }
        if at & 1 == 1 || at == last {
            root = node(sibling, &root);
            // A node without a sibling on its level rises until it has one.
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = node(&root, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// For two or more.
fn largest_power_below(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}
