//! A4: every chain walked from its start, every published head met on the way, wherever a head was
//! written down: on the public page, in a licence, in the entry of a restore.

use super::{Check, PAGE, Scope};
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, Id as _, LicenceId};
use crate::kernel::time::{SECOND, Timestamp};
use crate::platform::db::Conn;
use crate::platform::db::schema::{journal_chains, journal_entries, journal_heads, journal_links, journal_pending, licences};
use crate::platform::journal::chain::Walk;
use crate::platform::journal::{self, Chain};
use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// How long an entry may wait for its link.
const PATIENCE: i64 = 5 * SECOND;

pub(super) fn look(conn: &mut Conn, scope: &Scope, check: &mut Check) -> Result<()> {
    let mut names: BTreeSet<String> = journal_chains::table.select(journal_chains::chain).load(conn)?.into_iter().collect();
    names.extend(journal_pending::table.select(journal_pending::chain).distinct().load::<String>(conn)?);
    names.extend(journal_heads::table.select(journal_heads::chain).distinct().load::<String>(conn)?);
    for name in names.iter().filter(|name| scope.only.as_ref().is_none_or(|coop| coop.as_str() == *name)) {
        let chain = match CoopId::parse(name) {
            Some(id) => Chain::Coop(id),
            None if name == "hall" => Chain::Hall,
            None => {
                check.find(name, "a chain of this name belongs to nobody");
                continue;
            }
        };
        check.count("chains", 1);
        walk(conn, &chain, check)?;
        loose(conn, name, scope.now, check)?;
    }
    for coop in &scope.coops {
        licensed(conn, coop, check)?;
    }
    restores(conn, check)
}

fn walk(conn: &mut Conn, chain: &Chain, check: &mut Check) -> Result<()> {
    let (name, mut walk, mut after) = (chain.name(), Walk::start(chain.name()), 0);
    loop {
        let pairs = journal::linked(conn, chain, after, PAGE)?;
        let Some((_, last)) = pairs.last() else { break };
        let upto = last.height;
        check.count("entries", pairs.len());
        let mut hashes: BTreeMap<i64, Digest> = BTreeMap::new();
        let ids: Vec<&String> = pairs.iter().map(|(entry, _)| &entry.id).collect();
        let digests: BTreeMap<String, Digest> =
            journal_entries::table.filter(journal_entries::chain.eq(name).and(journal_entries::id.eq_any(ids))).select((journal_entries::id, journal_entries::digest)).load(conn)?.into_iter().collect();
        for (entry, link) in &pairs {
            check.expect(digests.get(&entry.id) == Some(&entry.digest()), format_args!("{name} entry {}", entry.id), "entry does not hash to its digest: it was changed");
            if let Err(fault) = walk.step(entry, link) {
                check.find(format_args!("{name} height {}", link.height), fault.to_string());
                return Ok(());
            }
            hashes.insert(link.height, link.hash.clone());
        }
        heads(conn, name, (after, upto), &hashes, check)?;
        after = upto;
    }
    let beyond: Vec<i64> = journal_heads::table.filter(journal_heads::chain.eq(name).and(journal_heads::height.gt(after))).order(journal_heads::height).limit(PAGE).select(journal_heads::height).load(conn)?;
    beyond.iter().for_each(|height| check.find(format_args!("{name} head {height}"), format!("was published, and the chain ends at {after}: its history was cut")));
    let stands: Option<(i64, Digest)> = journal_chains::table.find(name).select((journal_chains::height, journal_chains::hash)).first(conn).optional()?;
    let at_end = stands.is_none_or(|(height, hash)| height == after && hash == walk.head().hash);
    check.expect(at_end, format_args!("{name} height {after}"), "the chain's row does not name its last link");
    Ok(())
}

fn heads(conn: &mut Conn, name: &str, (after, upto): (i64, i64), hashes: &BTreeMap<i64, Digest>, check: &mut Check) -> Result<()> {
    let published: Vec<(i64, Digest)> = journal_heads::table
        .filter(journal_heads::chain.eq(name).and(journal_heads::height.gt(after)).and(journal_heads::height.le(upto)))
        .order(journal_heads::height)
        .select((journal_heads::height, journal_heads::hash))
        .load(conn)?;
    check.count("heads", published.len());
    for (height, hash) in published {
        check.expect(hashes.get(&height) == Some(&hash), format_args!("{name} head {height}"), "was published and is not a state of this chain: history was rewritten");
    }
    Ok(())
}

/// Entries without a link: young ones are counted, old or lost ones found.
fn loose(conn: &mut Conn, name: &str, now: Timestamp, check: &mut Check) -> Result<()> {
    let linked = journal_links::chain.eq(journal_entries::chain).and(journal_links::entry_id.eq(journal_entries::id));
    let waits = journal_pending::chain.eq(journal_entries::chain).and(journal_pending::entry_id.eq(journal_entries::id));
    let lost: Vec<String> = journal_entries::table
        .left_join(journal_links::table.on(linked))
        .left_join(journal_pending::table.on(waits))
        .filter(journal_entries::chain.eq(name).and(journal_links::height.nullable().is_null()).and(journal_pending::entry_id.nullable().is_null()))
        .order(journal_entries::id)
        .limit(PAGE)
        .select(journal_entries::id)
        .load(conn)?;
    lost.iter().for_each(|id| check.find(format_args!("{name} entry {id}"), "has no link and waits for none"));
    let waiting: Vec<(String, Timestamp)> = journal_pending::table
        .inner_join(journal_entries::table.on(journal_entries::chain.eq(journal_pending::chain).and(journal_entries::id.eq(journal_pending::entry_id))))
        .filter(journal_pending::chain.eq(name))
        .order(journal_entries::at)
        .limit(PAGE * 10)
        .select((journal_entries::id, journal_entries::at))
        .load(conn)?;
    let old = now.plus(-PATIENCE);
    check.count("entries not yet linked", waiting.len());
    for (id, at) in waiting.iter().filter(|(_, at)| *at < old) {
        check.find(format_args!("{name} entry {id}"), format!("waits for its link since {}; is the worker running?", at.iso()));
    }
    Ok(())
}

fn is_state(conn: &mut Conn, chain: &str, height: i64, hash: &str) -> Result<bool> {
    let there: Option<String> = journal_links::table.find((chain, height)).select(journal_links::hash).first(conn).optional()?;
    Ok(there.as_deref() == Some(hash))
}

fn licensed(conn: &mut Conn, coop: &CoopId, check: &mut Check) -> Result<()> {
    let mut after = 0;
    loop {
        let some: Vec<(LicenceId, i64, i64, String)> = licences::table
            .filter(licences::coop_id.eq(coop).and(licences::number.gt(after)))
            .order(licences::number)
            .limit(PAGE)
            .select((licences::id, licences::number, licences::journal_height, licences::journal_hash))
            .load(conn)?;
        let Some((_, last, ..)) = some.last() else { return Ok(()) };
        after = *last;
        check.count("heads in licences", some.len());
        for (id, _, height, hash) in &some {
            let right = *height == 0 || is_state(conn, coop.as_str(), *height, hash)?;
            check.expect(right, format_args!("licence {id}"), "names a journal head that is not a state of the cooperative's chain");
        }
    }
}

fn restores(conn: &mut Conn, check: &mut Check) -> Result<()> {
    let entries: Vec<(String, String)> =
        journal_entries::table.filter(journal_entries::chain.eq("hall").and(journal_entries::kind.eq("restored"))).order(journal_entries::id).select((journal_entries::id, journal_entries::facts)).load(conn)?;
    for (id, facts) in entries {
        check.count("restores", 1);
        let facts: serde_json::Value = serde_json::from_str(&facts)?;
        let height = facts.get("known_height").and_then(serde_json::Value::as_i64).unwrap_or(0);
        let hash = facts.get("known_hash").and_then(serde_json::Value::as_str).unwrap_or("");
        let right = height == 0 || is_state(conn, "hall", height, hash)?;
        check.expect(right, format_args!("hall entry {id}"), "a restore names a last head that is not a state of the hall's chain");
    }
    Ok(())
}
