//! Merkle trees as RFC 6962 section 2.1 defines them: a leaf is hashed behind a zero byte, a node
//! behind a one byte, and the tree splits at the largest power of two below its size.

use crate::kernel::digest::Digest;
use sha2::{Digest as _, Sha256};

type Hash = [u8; 32];

/// One step of an inclusion proof, from the leaf upwards.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Step {
    /// True when `sibling` stands to the left.
    pub left: bool,
    /// The hash joined at this step.
    pub sibling: Digest,
}

/// The hash of one leaf's bytes.
#[must_use]
pub fn leaf(bytes: &[u8]) -> Digest {
    let mut hash = Sha256::new();
    hash.update([0]);
    hash.update(bytes);
    Digest::from_bytes(&hash.finalize().into())
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hash = Sha256::new();
    hash.update([1]);
    hash.update(left);
    hash.update(right);
    hash.finalize().into()
}

/// The root of a growing list of leaf hashes, holding one hash per level.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    peaks: Vec<(u32, Hash)>,
}

impl Roots {
    /// Adds the next leaf hash.
    pub fn push(&mut self, leaf: &Digest) {
        let (mut level, mut hash) = (0, leaf.bytes());
        while let Some((top, left)) = self.peaks.last().copied() {
            if top != level {
                break;
            }
            self.peaks.pop();
            hash = node(&left, &hash);
            level += 1;
        }
        self.peaks.push((level, hash));
    }

    /// The root so far; of no leaves, the digest of nothing.
    #[must_use]
    pub fn root(&self) -> Digest {
        let mut peaks = self.peaks.iter().rev().map(|(_, hash)| *hash);
        match peaks.next() {
            None => Digest::of(b""),
            Some(last) => Digest::from_bytes(&peaks.fold(last, |right, left| node(&left, &right))),
        }
    }
}

/// The root of these leaf hashes in this order.
#[must_use]
pub fn root<'a>(leaves: impl IntoIterator<Item = &'a Digest>) -> Digest {
    let mut roots = Roots::default();
    leaves.into_iter().for_each(|leaf| roots.push(leaf));
    roots.root()
}

/// The proof that the leaf at `position` is in the tree over `leaves`; `None` past the end.
#[must_use]
pub fn prove(leaves: &[Digest], position: usize) -> Option<Vec<Step>> {
    if position >= leaves.len() {
        return None;
    }
    let mut steps = Vec::new();
    path(leaves, position, &mut steps);
    Some(steps)
}

fn path(leaves: &[Digest], position: usize, steps: &mut Vec<Step>) {
    if leaves.len() < 2 {
        return;
    }
    let split = leaves.len().next_power_of_two() / 2;
    let (left, right) = leaves.split_at(split);
    if position < split {
        path(left, position, steps);
        steps.push(Step { left: false, sibling: root(right) });
    } else {
        path(right, position - split, steps);
        steps.push(Step { left: true, sibling: root(left) });
    }
}

/// Whether the steps lead from this leaf hash to this root.
#[must_use]
pub fn verify(leaf: &Digest, steps: &[Step], root: &Digest) -> bool {
    let top = steps.iter().fold(leaf.bytes(), |hash, step| {
        let sibling = step.sibling.bytes();
        if step.left { node(&sibling, &hash) } else { node(&hash, &sibling) }
    });
    Digest::from_bytes(&top) == *root
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(n: usize) -> Vec<Digest> {
        (0..n).map(|i| leaf(i.to_string().as_bytes())).collect()
    }

    #[test]
    fn known_roots() {
        // RFC 6962 test vectors of the certificate transparency log code: the empty tree and one empty leaf.
        assert_eq!(root(&[]).as_str(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(root(&[leaf(b"")]).as_str(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }

    #[test]
    fn every_leaf_is_proven_and_no_other() {
        for n in 1..40 {
            let leaves = leaves(n);
            let root = root(&leaves);
            for (i, leaf_hash) in leaves.iter().enumerate() {
                let steps = prove(&leaves, i).unwrap();
                assert!(verify(leaf_hash, &steps, &root));
                assert!(!verify(&leaf(b"stranger"), &steps, &root));
            }
            assert!(prove(&leaves, n).is_none());
        }
    }
}
