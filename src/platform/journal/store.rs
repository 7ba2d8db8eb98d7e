//! The journal's tables.

use super::chain::{Entry, Head, Link};
use crate::kernel::digest::Digest;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{journal_chains, journal_entries, journal_heads, journal_links, journal_pending};
use crate::platform::db::{Conn, Tx, claimed};
use diesel::prelude::*;
use diesel::result::QueryResult;

pub(super) fn insert(tx: &mut Tx<'_>, entry: &Entry) -> QueryResult<()> {
    diesel::insert_into(journal_entries::table)
        .values((
            journal_entries::chain.eq(&entry.chain),
            journal_entries::id.eq(&entry.id),
            journal_entries::at.eq(entry.at),
            journal_entries::kind.eq(&entry.kind),
            journal_entries::subject.eq(&entry.subject),
            journal_entries::facts.eq(&entry.facts),
            journal_entries::digest.eq(entry.digest()),
        ))
        .execute(&mut **tx)?;
    diesel::insert_into(journal_pending::table)
        .values((journal_pending::chain.eq(&entry.chain), journal_pending::entry_id.eq(&entry.id)))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn waiting_chains(conn: &mut Conn) -> crate::error::Result<Vec<String>> {
    Ok(journal_pending::table.select(journal_pending::chain).distinct().load(conn)?)
}

/// The chain's last link, its row held against other sequencers; `None` when another holds it.
pub(super) fn claim_chain(tx: &mut Tx<'_>, chain: &str) -> QueryResult<Option<Head>> {
    let known: i64 = journal_chains::table.find(chain).count().get_result(&mut **tx)?;
    if known == 0 {
        let start = Head::start(chain);
        diesel::insert_into(journal_chains::table)
            .values((journal_chains::chain.eq(chain), journal_chains::height.eq(0), journal_chains::hash.eq(start.hash)))
            .execute(&mut **tx)?;
    }
    let query = journal_chains::table.find(chain).select((journal_chains::height, journal_chains::hash));
    let row: QueryResult<(i64, Digest)> = claimed!(&mut **tx, query, first);
    Ok(row.optional()?.map(|(height, hash)| Head { chain: chain.to_owned(), height, hash, at: Timestamp(0) }))
}

pub(super) fn pending(conn: &mut Conn, chain: &str, limit: i64) -> QueryResult<Vec<Entry>> {
    journal_pending::table
        .inner_join(journal_entries::table.on(journal_entries::chain.eq(journal_pending::chain).and(journal_entries::id.eq(journal_pending::entry_id))))
        .filter(journal_pending::chain.eq(chain))
        .order(journal_pending::entry_id)
        .limit(limit)
        .select(ENTRY)
        .load::<EntryRow>(conn)
        .map(|rows| rows.into_iter().map(entry).collect())
}

type EntryRow = (String, String, Timestamp, String, String, String);
const ENTRY: (journal_entries::chain, journal_entries::id, journal_entries::at, journal_entries::kind, journal_entries::subject, journal_entries::facts) =
    (journal_entries::chain, journal_entries::id, journal_entries::at, journal_entries::kind, journal_entries::subject, journal_entries::facts);

fn entry((chain, id, at, kind, subject, facts): EntryRow) -> Entry {
    Entry { chain, id, at, kind, subject, facts }
}

pub(super) fn insert_links(tx: &mut Tx<'_>, links: &[Link]) -> QueryResult<()> {
    for link in links {
        diesel::insert_into(journal_links::table)
            .values((
                journal_links::chain.eq(&link.chain),
                journal_links::height.eq(link.height),
                journal_links::entry_id.eq(&link.entry_id),
                journal_links::hash.eq(&link.hash),
            ))
            .execute(&mut **tx)?;
        diesel::delete(journal_pending::table.find((&link.chain, &link.entry_id))).execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn publish(tx: &mut Tx<'_>, head: &Head) -> QueryResult<()> {
    diesel::update(journal_chains::table.find(&head.chain))
        .set((journal_chains::height.eq(head.height), journal_chains::hash.eq(&head.hash)))
        .execute(&mut **tx)?;
    diesel::insert_into(journal_heads::table)
        .values((
            journal_heads::chain.eq(&head.chain),
            journal_heads::height.eq(head.height),
            journal_heads::hash.eq(&head.hash),
            journal_heads::at.eq(head.at),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn heads(conn: &mut Conn, chain: &str, limit: i64) -> QueryResult<Vec<Head>> {
    let rows: Vec<(String, i64, Digest, Timestamp)> =
        journal_heads::table.filter(journal_heads::chain.eq(chain)).order(journal_heads::height.desc()).limit(limit).load(conn)?;
    Ok(rows.into_iter().map(|(chain, height, hash, at)| Head { chain, height, hash, at }).collect())
}

pub(super) fn last_head(conn: &mut Conn, chain: &str) -> QueryResult<Option<Head>> {
    Ok(heads(conn, chain, 1)?.pop())
}

pub(super) fn linked(conn: &mut Conn, chain: &str, after: i64, limit: i64) -> QueryResult<Vec<(Entry, Link)>> {
    let rows: Vec<(EntryRow, i64, Digest)> = journal_links::table
        .inner_join(journal_entries::table.on(journal_entries::chain.eq(journal_links::chain).and(journal_entries::id.eq(journal_links::entry_id))))
        .filter(journal_links::chain.eq(chain).and(journal_links::height.gt(after)))
        .order(journal_links::height)
        .limit(limit)
        .select((ENTRY, journal_links::height, journal_links::hash))
        .load(conn)?;
    let pair = |(row, height, hash): (EntryRow, i64, Digest)| {
        let entry = entry(row);
        let link = Link { chain: entry.chain.clone(), height, entry_id: entry.id.clone(), hash };
        (entry, link)
    };
    Ok(rows.into_iter().map(pair).collect())
}

pub(super) fn unlinked(conn: &mut Conn, chain: &str, old: Timestamp) -> QueryResult<(i64, i64)> {
    let all = journal_pending::table.filter(journal_pending::chain.eq(chain)).count().get_result(conn)?;
    let late = journal_pending::table
        .inner_join(journal_entries::table.on(journal_entries::chain.eq(journal_pending::chain).and(journal_entries::id.eq(journal_pending::entry_id))))
        .filter(journal_pending::chain.eq(chain).and(journal_entries::at.lt(old)))
        .count()
        .get_result(conn)?;
    Ok((all, late))
}
