//! Rows of records: looked up by key and by sameness while importing, read for pages.

use super::canonical::Content;
use super::pack;
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{BatchId, ContributorId, CoopId, MemberId, RecordId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{batch_completions, contributors, record_contributors, records, tombstones};
use crate::platform::db::{Conn, Tx};
use crate::platform::storage::Blobs;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// A record's row.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Row {
    /// Its id.
    pub id: RecordId,
    /// The upload it came with.
    pub batch: BatchId,
    /// The line it stood on.
    pub line: i64,
    /// Kind of work.
    pub kind: String,
    /// Its name in its source.
    pub key: String,
    /// When it happened.
    pub happened_at: Option<Timestamp>,
    /// BCP 47.
    pub language: String,
    /// Parts.
    pub parts: i64,
    /// Words.
    pub words: i64,
    /// Bytes of text.
    pub bytes: i64,
    /// Its salt; empty once erased.
    pub salt: Vec<u8>,
    /// Its leaf.
    pub leaf: Digest,
    /// The first record of the same words.
    pub repeat_of: Option<RecordId>,
    /// The pack its content lies in.
    pub pack: Digest,
    /// Where in the pack.
    pub ordinal: i64,
}

macro_rules! row_columns {
    () => {
        (
            records::id,
            records::batch_id,
            records::line,
            records::kind,
            records::source_key,
            records::happened_at,
            records::language,
            records::parts,
            records::words,
            records::bytes,
            records::salt,
            records::leaf,
            records::repeat_of,
            records::pack,
            records::ordinal,
        )
    };
}
pub(crate) use row_columns;

/// A contributor of one record.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Holder {
    /// The record.
    pub record: RecordId,
    /// The contributor.
    pub contributor: ContributorId,
    /// Their part in it.
    pub role: String,
    /// Shares they hold.
    pub share: i64,
    /// Of how many.
    pub of: i64,
    /// Words they wrote.
    pub words: i64,
    /// The pseudonym in the source.
    pub pseudonym: Option<String>,
    /// The member behind it.
    pub member: Option<MemberId>,
}

/// Keys that are in the pool, with the mark of their words.
pub(super) fn known(conn: &mut Conn, coop: &CoopId, kind: &str, keys: &[&str]) -> QueryResult<Vec<(String, Digest)>> {
    records::table
        .filter(records::coop_id.eq(coop).and(records::kind.eq(kind)).and(records::source_key.eq_any(keys)))
        .select((records::source_key, records::sameness))
        .load(conn)
}

/// The first record of each of these marks: mark, id, batch, key.
pub(super) fn firsts(conn: &mut Conn, coop: &CoopId, marks: &[&Digest]) -> QueryResult<Vec<(Digest, RecordId, BatchId, String)>> {
    records::table
        .filter(records::coop_id.eq(coop).and(records::sameness.eq_any(marks)).and(records::repeat_of.is_null()))
        .select((records::sameness, records::id, records::batch_id, records::source_key))
        .load(conn)
}

pub(super) fn put(tx: &mut Tx<'_>, coop: &CoopId, row: &Row, sameness: &Digest) -> QueryResult<usize> {
    diesel::insert_into(records::table)
        .values((
            records::coop_id.eq(coop),
            records::id.eq(&row.id),
            records::batch_id.eq(&row.batch),
            records::line.eq(row.line),
            records::kind.eq(&row.kind),
            records::source_key.eq(&row.key),
            records::happened_at.eq(row.happened_at),
            records::language.eq(&row.language),
            records::parts.eq(row.parts),
            records::words.eq(row.words),
            records::bytes.eq(row.bytes),
            records::salt.eq(&row.salt),
            records::leaf.eq(&row.leaf),
            records::sameness.eq(sameness),
            records::repeat_of.eq(&row.repeat_of),
            records::pack.eq(&row.pack),
            records::ordinal.eq(row.ordinal),
        ))
        .execute(&mut **tx)
}

pub(super) fn put_holder(tx: &mut Tx<'_>, coop: &CoopId, position: i64, holder: &Holder) -> QueryResult<usize> {
    diesel::insert_into(record_contributors::table)
        .values((
            record_contributors::coop_id.eq(coop),
            record_contributors::record_id.eq(&holder.record),
            record_contributors::position.eq(position),
            record_contributors::contributor_id.eq(&holder.contributor),
            record_contributors::role.eq(&holder.role),
            record_contributors::share.eq(holder.share),
            record_contributors::of_shares.eq(holder.of),
            record_contributors::words.eq(holder.words),
        ))
        .execute(&mut **tx)
}

/// Records of a batch and their different contributors.
pub(super) fn count_of_batch(conn: &mut Conn, coop: &CoopId, batch: &BatchId) -> QueryResult<(i64, i64)> {
    let added = records::table.filter(records::coop_id.eq(coop).and(records::batch_id.eq(batch))).count().get_result(conn)?;
    let people = records::table
        .inner_join(record_contributors::table.on(record_contributors::coop_id.eq(records::coop_id).and(record_contributors::record_id.eq(records::id))))
        .filter(records::coop_id.eq(coop).and(records::batch_id.eq(batch)))
        .select(diesel::dsl::sql::<BigInt>("COUNT(DISTINCT record_contributors.contributor_id)"))
        .first(conn)?;
    Ok((added, people))
}

/// One record of a completed batch.
pub(crate) fn record(conn: &mut Conn, coop: &CoopId, id: &RecordId) -> QueryResult<Row> {
    records::table
        .inner_join(batch_completions::table.on(batch_completions::coop_id.eq(records::coop_id).and(batch_completions::batch_id.eq(records::batch_id))))
        .filter(records::coop_id.eq(coop).and(records::id.eq(id)))
        .select(row_columns!())
        .first(conn)
}

/// The contributors of these records (at most 1,000), by record and position.
pub(crate) fn holders(conn: &mut Conn, coop: &CoopId, ids: &[RecordId]) -> QueryResult<Vec<Holder>> {
    record_contributors::table
        .inner_join(contributors::table.on(contributors::coop_id.eq(record_contributors::coop_id).and(contributors::id.eq(record_contributors::contributor_id))))
        .filter(record_contributors::coop_id.eq(coop).and(record_contributors::record_id.eq_any(ids)))
        .order((record_contributors::record_id, record_contributors::position))
        .select((
            record_contributors::record_id,
            record_contributors::contributor_id,
            record_contributors::role,
            record_contributors::share,
            record_contributors::of_shares,
            record_contributors::words,
            contributors::pseudonym,
            contributors::member_id,
        ))
        .load(conn)
}

/// Which of these records (at most 1,000) were taken out for good.
pub(crate) fn out(conn: &mut Conn, coop: &CoopId, ids: &[RecordId]) -> QueryResult<Vec<RecordId>> {
    tombstones::table.filter(tombstones::coop_id.eq(coop).and(tombstones::record_id.eq_any(ids))).select(tombstones::record_id).load(conn)
}

pub(super) fn destroy_salt(tx: &mut Tx<'_>, coop: &CoopId, id: &RecordId) -> QueryResult<usize> {
    diesel::update(records::table.find((coop, id))).set(records::salt.eq(Vec::<u8>::new())).execute(&mut **tx)
}

/// Records that lie in a pack: id, ordinal and whether each was taken out.
pub(super) fn in_pack(conn: &mut Conn, coop: &CoopId, pack: &Digest) -> QueryResult<Vec<(RecordId, i64, bool)>> {
    records::table
        .left_join(tombstones::table.on(tombstones::coop_id.eq(records::coop_id).and(tombstones::record_id.eq(records::id))))
        .filter(records::coop_id.eq(coop).and(records::pack.eq(pack)))
        .order(records::ordinal)
        .select((records::id, records::ordinal, tombstones::at.nullable().is_not_null()))
        .load(conn)
}

pub(super) fn move_pack(tx: &mut Tx<'_>, coop: &CoopId, from: &Digest, to: &Digest) -> QueryResult<usize> {
    diesel::update(records::table.filter(records::coop_id.eq(coop).and(records::pack.eq(from)))).set(records::pack.eq(to)).execute(&mut **tx)
}

/// The content of a record, checked against its leaf.
///
/// # Errors
/// Broken when the pack is damaged or the content does not hash to the leaf.
pub async fn content(blobs: &Blobs, coop: &CoopId, row: &Row) -> Result<Content> {
    let bytes = pack::open(&blobs.get(coop, &row.pack).await?)?;
    let line = pack::line(&bytes, row.ordinal).ok_or_else(|| anyhow::anyhow!("record {} is not in its pack", row.id))?;
    if super::canonical::leaf(&row.salt, line) != row.leaf {
        return Err(anyhow::anyhow!("record {} does not hash to its leaf", row.id).into());
    }
    Ok(serde_json::from_slice(line)?)
}
