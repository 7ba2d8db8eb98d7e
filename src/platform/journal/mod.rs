//! The journal: every verb appends one entry in its own transaction, ids and salted hashes only.
//! A sequencer gives each chain its links within seconds, so no write waits for another's and the
//! order inside a batch tells nothing. There is one chain per cooperative and one for the hall.

pub mod chain;
mod store;

use crate::error::Result;
use crate::kernel::ids::{CoopId, EntryRef, Id as _};
use crate::kernel::time::Timestamp;
use crate::platform::db::{Db, Tx};
pub use chain::{Entry, Head, Link};
use serde_json::Value;

/// Whose chain an entry belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chain {
    /// The hall's own.
    Hall,
    /// A cooperative's.
    Coop(CoopId),
}

impl Chain {
    /// The chain's name in tables and files.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Hall => "hall",
            Self::Coop(id) => id.as_str(),
        }
    }
}

impl From<&CoopId> for Chain {
    fn from(id: &CoopId) -> Self {
        Self::Coop(id.clone())
    }
}

/// Appends one entry: what happened (`kind`, a past participle such as `floor_set`), to what
/// (`subject`, an id) and the facts that must not change later. Never names, addresses or choices.
///
/// # Errors
/// When the database does.
pub fn append(tx: &mut Tx<'_>, chain: impl Into<Chain>, kind: &'static str, subject: &str, facts: &Value) -> Result<()> {
    let chain = chain.into();
    let id: EntryRef = tx.fresh();
    let entry = Entry { chain: chain.name().to_owned(), id: id.to_string(), at: tx.now(), kind: kind.to_owned(), subject: subject.to_owned(), facts: facts.to_string() };
    store::insert(tx, &entry)?;
    Ok(())
}

/// How many entries one sequencing step links at most.
const STEP: i64 = 1_000;

/// Links what waits on every chain, one claimed chain at a time, and publishes each new head.
/// Answers how many entries were linked.
///
/// # Errors
/// When the database does.
pub async fn sequence(db: &Db) -> Result<usize> {
    let mut linked = 0;
    for chain in db.read(store::waiting_chains).await? {
        loop {
            let name = chain.clone();
            let step = db.claim(move |tx| link_some(tx, &name)).await?;
            linked += step;
            if step < usize::try_from(STEP).unwrap_or(usize::MAX) {
                break;
            }
        }
    }
    Ok(linked)
}

fn link_some(tx: &mut Tx<'_>, chain: &str) -> Result<usize> {
    let now = tx.now();
    let Some(head) = store::claim_chain(tx, chain)? else { return Ok(0) };
    let mut entries = store::pending(tx, chain, STEP)?;
    // By digest, not by arrival: the order inside a batch tells nothing.
    entries.sort_by_cached_key(Entry::digest);
    let links = chain::extend(&head, &entries);
    store::insert_links(tx, &links)?;
    if let Some(last) = links.last() {
        let head = Head { chain: chain.to_owned(), height: last.height, hash: last.hash.clone(), at: now };
        store::publish(tx, &head)?;
    }
    Ok(links.len())
}

/// The last published head of a chain, if it has one.
///
/// # Errors
/// When the database does.
pub fn head(conn: &mut crate::platform::db::Conn, chain: &Chain) -> Result<Option<Head>> {
    Ok(store::last_head(conn, chain.name())?)
}

/// The published heads of a chain, newest first.
///
/// # Errors
/// When the database does.
pub fn heads(conn: &mut crate::platform::db::Conn, chain: &Chain, limit: i64) -> Result<Vec<Head>> {
    Ok(store::heads(conn, chain.name(), limit)?)
}

/// A page of linked entries after a height, in order, for the export and the verifier.
///
/// # Errors
/// When the database does.
pub fn linked(conn: &mut crate::platform::db::Conn, chain: &Chain, after: i64, limit: i64) -> Result<Vec<(Entry, Link)>> {
    Ok(store::linked(conn, chain.name(), after, limit)?)
}

/// How many entries wait for their link, and how many of them since before `old`.
///
/// # Errors
/// When the database does.
pub fn unlinked(conn: &mut crate::platform::db::Conn, chain: &Chain, old: Timestamp) -> Result<(i64, i64)> {
    Ok(store::unlinked(conn, chain.name(), old)?)
}
