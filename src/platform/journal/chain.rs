//! The hash chain itself, pure: what an entry's digest covers, how links follow each other, and how
//! a stranger checks a journal file against a head seen before.

use crate::kernel::digest::Digest;
use crate::kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Chain name: a cooperative's id, or `hall`.
    pub chain: String,
    /// Entry id.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What, as a past participle.
    pub kind: String,
    /// To what, an id.
    pub subject: String,
    /// Facts as JSON text, exactly as hashed.
    pub facts: String,
}

impl Entry {
    /// The digest over every field.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let at = self.at.0.to_be_bytes();
        Digest::of_parts(&[self.chain.as_bytes(), self.id.as_bytes(), &at, self.kind.as_bytes(), self.subject.as_bytes(), self.facts.as_bytes()])
    }
}

/// One link: `hash` = SHA-256 over the previous link's hash and this entry's digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Chain name.
    pub chain: String,
    /// 1 for the first.
    pub height: i64,
    /// The entry it covers.
    pub entry_id: String,
    /// The chain's hash up to here.
    pub hash: Digest,
}

/// A published state of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Chain name.
    pub chain: String,
    /// How many links.
    pub height: i64,
    /// The last link's hash.
    pub hash: Digest,
    /// When it was published.
    pub at: Timestamp,
}

impl Head {
    /// A chain before its first entry.
    #[must_use]
    pub fn start(chain: &str) -> Self {
        Self { chain: chain.to_owned(), height: 0, hash: Digest::of(chain.as_bytes()), at: Timestamp(0) }
    }
}

fn next(previous: &Digest, entry: &Entry) -> Digest {
    Digest::of_parts(&[previous.as_str().as_bytes(), entry.digest().as_str().as_bytes()])
}

/// The links that these entries add to a head, in this order.
#[must_use]
pub fn extend(head: &Head, entries: &[Entry]) -> Vec<Link> {
    let (mut height, mut hash) = (head.height, head.hash.clone());
    entries
        .iter()
        .map(|entry| {
            height += 1;
            hash = next(&hash, entry);
            Link { chain: head.chain.clone(), height, entry_id: entry.id.clone(), hash: hash.clone() }
        })
        .collect()
}

/// What is wrong with a journal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A height is missing or out of order.
    #[error("link {0} is missing: after {1} comes {2}")]
    Gap(i64, i64, i64),
    /// A link names another entry than the one beside it.
    #[error("link {0} names another entry than the one beside it")]
    WrongEntry(i64),
    /// The hash does not follow: this entry, or one before it, was changed.
    #[error("the chain breaks at link {0}: that entry, or its place, was changed")]
    Broken(i64),
    /// A head seen before is not a state of this chain.
    #[error("head {1} seen at height {0} is not in this chain: its history was rewritten")]
    Rewritten(i64, Digest),
}

/// Walks a chain forward, entry by entry, and remembers which known heads it passed.
#[derive(Clone, Debug)]
pub struct Walk {
    head: Head,
}

impl Walk {
    /// From the start of a chain.
    #[must_use]
    pub fn start(chain: &str) -> Self {
        Self { head: Head::start(chain) }
    }

    /// Takes the next entry and its link.
    ///
    /// # Errors
    /// The fault, named by its height.
    pub fn step(&mut self, entry: &Entry, link: &Link) -> Result<(), ChainFault> {
        if link.height != self.head.height + 1 {
            return Err(ChainFault::Gap(self.head.height + 1, self.head.height, link.height));
        }
        if link.entry_id != entry.id || entry.chain != self.head.chain {
            return Err(ChainFault::WrongEntry(link.height));
        }
        let hash = next(&self.head.hash, entry);
        if hash != link.hash {
            return Err(ChainFault::Broken(link.height));
        }
        self.head = Head { chain: self.head.chain.clone(), height: link.height, hash, at: entry.at };
        Ok(())
    }

    /// Where the walk stands.
    #[must_use]
    pub const fn head(&self) -> &Head {
        &self.head
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(n: i64) -> Vec<Entry> {
        (0..n).map(|i| Entry { chain: "c".into(), id: i.to_string(), at: Timestamp(i), kind: "made".into(), subject: "s".into(), facts: "{}".into() }).collect()
    }

    fn walk(entries: &[Entry], links: &[Link]) -> Result<Head, ChainFault> {
        let mut walk = Walk::start("c");
        entries.iter().zip(links).try_for_each(|(e, l)| walk.step(e, l))?;
        Ok(walk.head().clone())
    }

    #[test]
    fn any_change_breaks_the_chain_and_is_named() {
        let entries = entries(9);
        let links = extend(&Head::start("c"), &entries);
        assert_eq!(walk(&entries, &links).unwrap().height, 9);
        for i in 0..9 {
            let mut edited = entries.clone();
            edited[i].facts = r#"{"x":1}"#.into();
            assert_eq!(walk(&edited, &links), Err(ChainFault::Broken(i as i64 + 1)));
        }
        let (mut fewer, mut fewer_links) = (entries.clone(), links.clone());
        fewer.remove(3);
        fewer_links.remove(3);
        assert_eq!(walk(&fewer, &fewer_links), Err(ChainFault::Gap(4, 3, 5)));
        let mut swapped = entries.clone();
        swapped.swap(2, 3);
        assert_eq!(walk(&swapped, &links), Err(ChainFault::WrongEntry(3)));
    }
}
