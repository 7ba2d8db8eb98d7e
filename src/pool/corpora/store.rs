//! Rows of corpora, revisions and freezes, and the selection.

use super::rules::{File, Filter};
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{BatchId, CorpusId, CoopId, Id as _, MemberId, RecordId, RevisionId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{
    authorisation_withdrawals, batch_completions, batches, blobs, contributors, corpora, freeze_abandonments, freezes, record_contributors, records, revision_files, revision_records, revisions, tombstones,
};
use crate::platform::db::{Conn, Tx};
use crate::pool::records::shelf::{Row, row_columns};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// A corpus.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Corpus {
    /// Its id.
    pub id: CorpusId,
    /// Its number.
    pub number: i64,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
    /// Its selection, JSON.
    pub filter: String,
    /// When it was saved.
    pub at: Timestamp,
}

impl Corpus {
    /// The selection.
    ///
    /// # Errors
    /// When the row is damaged.
    pub fn filter(&self) -> Result<Filter> {
        Ok(serde_json::from_str(&self.filter)?)
    }
}

/// A revision of a corpus, frozen or being frozen.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Revision {
    /// Its id.
    pub id: RevisionId,
    /// Of which corpus.
    pub corpus: CorpusId,
    /// Its number.
    pub number: i64,
    /// The selection then, JSON.
    pub filter: String,
    /// The uses asked for, JSON.
    pub uses: String,
    /// The instant as of which records are judged.
    pub at: Timestamp,
}

/// The flip of a revision.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Freeze {
    /// Merkle root.
    pub root: Digest,
    /// Records.
    pub records: i64,
    /// Different contributors.
    pub contributors: i64,
    /// Words.
    pub words: i64,
    /// Bytes of text.
    pub bytes: i64,
    /// The manifest, JSON.
    pub manifest: String,
    /// Its digest.
    pub manifest_hash: Digest,
    /// When.
    pub at: Timestamp,
}

macro_rules! corpus_columns {
    () => {
        (corpora::id, corpora::number, corpora::slug, corpora::name, corpora::about, corpora::filter, corpora::at)
    };
}
macro_rules! revision_columns {
    () => {
        (revisions::id, revisions::corpus_id, revisions::number, revisions::filter, revisions::uses, revisions::at)
    };
}

pub(super) fn corpora_of(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<Corpus>> {
    corpora::table.filter(corpora::coop_id.eq(coop)).order(corpora::number).limit(500).select(corpus_columns!()).load(conn)
}

pub(super) fn by_slug(conn: &mut Conn, coop: &CoopId, slug: &str) -> QueryResult<Option<Corpus>> {
    corpora::table.filter(corpora::coop_id.eq(coop).and(corpora::slug.eq(slug))).select(corpus_columns!()).first(conn).optional()
}

pub(super) fn corpus(conn: &mut Conn, coop: &CoopId, id: &CorpusId) -> QueryResult<Corpus> {
    corpora::table.find((coop, id)).select(corpus_columns!()).first(conn)
}

pub(super) fn put_corpus(tx: &mut Tx<'_>, coop: &CoopId, corpus: &Corpus, by: &MemberId) -> QueryResult<usize> {
    diesel::insert_into(corpora::table)
        .values((
            corpora::coop_id.eq(coop),
            corpora::id.eq(&corpus.id),
            corpora::number.eq(corpus.number),
            corpora::slug.eq(&corpus.slug),
            corpora::name.eq(&corpus.name),
            corpora::about.eq(&corpus.about),
            corpora::filter.eq(&corpus.filter),
            corpora::made_by.eq(by),
            corpora::at.eq(corpus.at),
        ))
        .execute(&mut **tx)
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = corpora::table.filter(corpora::coop_id.eq(coop)).select(diesel::dsl::max(corpora::number)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

/// Revisions of a corpus from the newest.
pub(super) fn revisions_of(conn: &mut Conn, coop: &CoopId, corpus: &CorpusId) -> QueryResult<Vec<Revision>> {
    revisions::table
        .filter(revisions::coop_id.eq(coop).and(revisions::corpus_id.eq(corpus)))
        .order(revisions::number.desc())
        .limit(500)
        .select(revision_columns!())
        .load(conn)
}

pub(super) fn revision(conn: &mut Conn, coop: &CoopId, id: &RevisionId) -> QueryResult<Revision> {
    revisions::table.find((coop, id)).select(revision_columns!()).first(conn)
}

pub(super) fn put_revision(tx: &mut Tx<'_>, coop: &CoopId, revision: &Revision, by: &MemberId) -> QueryResult<usize> {
    diesel::insert_into(revisions::table)
        .values((
            revisions::coop_id.eq(coop),
            revisions::id.eq(&revision.id),
            revisions::corpus_id.eq(&revision.corpus),
            revisions::number.eq(revision.number),
            revisions::filter.eq(&revision.filter),
            revisions::uses.eq(&revision.uses),
            revisions::started_by.eq(by),
            revisions::at.eq(revision.at),
        ))
        .execute(&mut **tx)
}

pub(super) fn freeze(conn: &mut Conn, coop: &CoopId, id: &RevisionId) -> QueryResult<Option<Freeze>> {
    use freezes as f;
    f::table.find((coop, id)).select((f::root, f::records, f::contributors, f::words, f::bytes, f::manifest, f::manifest_hash, f::at)).first(conn).optional()
}

pub(super) fn put_freeze(tx: &mut Tx<'_>, coop: &CoopId, id: &RevisionId, freeze: &Freeze, languages: &str, period: Option<(Timestamp, Timestamp)>) -> QueryResult<usize> {
    use freezes as f;
    diesel::insert_into(f::table)
        .values((
            f::coop_id.eq(coop),
            f::revision_id.eq(id),
            f::root.eq(&freeze.root),
            f::records.eq(freeze.records),
            f::contributors.eq(freeze.contributors),
            f::words.eq(freeze.words),
            f::bytes.eq(freeze.bytes),
            f::languages.eq(languages),
            f::from_at.eq(period.map(|p| p.0)),
            f::to_at.eq(period.map(|p| p.1)),
            f::manifest.eq(&freeze.manifest),
            f::manifest_hash.eq(&freeze.manifest_hash),
            f::at.eq(freeze.at),
        ))
        .execute(&mut **tx)
}

pub(super) fn abandonment(conn: &mut Conn, coop: &CoopId, id: &RevisionId) -> QueryResult<Option<String>> {
    freeze_abandonments::table.find((coop, id)).select(freeze_abandonments::reason).first(conn).optional()
}

pub(super) fn put_abandonment(tx: &mut Tx<'_>, coop: &CoopId, id: &RevisionId, reason: &str) -> QueryResult<usize> {
    let now = tx.now();
    diesel::insert_into(freeze_abandonments::table)
        .values((freeze_abandonments::coop_id.eq(coop), freeze_abandonments::revision_id.eq(id), freeze_abandonments::reason.eq(reason), freeze_abandonments::at.eq(now)))
        .execute(&mut **tx)
}

pub(super) fn put_file(tx: &mut Tx<'_>, coop: &CoopId, id: &RevisionId, file: &File) -> QueryResult<()> {
    diesel::insert_into(revision_files::table)
        .values((
            revision_files::coop_id.eq(coop),
            revision_files::revision_id.eq(id),
            revision_files::name.eq(&file.name),
            revision_files::media_type.eq(&file.media_type),
            revision_files::bytes.eq(file.bytes),
            revision_files::digest.eq(&file.sha256),
        ))
        .execute(&mut **tx)?;
    let there: i64 = blobs::table.filter(blobs::coop_id.eq(coop).and(blobs::digest.eq(&file.sha256))).count().get_result(&mut **tx)?;
    if there == 0 {
        let now = tx.now();
        diesel::insert_into(blobs::table)
            .values((blobs::coop_id.eq(coop), blobs::digest.eq(&file.sha256), blobs::bytes.eq(file.bytes), blobs::purpose.eq("revision"), blobs::stored_at.eq(now)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

/// The last position of a revision being selected, and its record.
pub(super) fn last_selected(conn: &mut Conn, coop: &CoopId, id: &RevisionId) -> QueryResult<Option<(i64, RecordId)>> {
    revision_records::table
        .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(id)))
        .order(revision_records::position.desc())
        .select((revision_records::position, revision_records::record_id))
        .first(conn)
        .optional()
}

pub(super) fn put_selected(tx: &mut Tx<'_>, coop: &CoopId, id: &RevisionId, position: i64, record: &RecordId, leaf: &Digest) -> QueryResult<usize> {
    diesel::insert_into(revision_records::table)
        .values((
            revision_records::coop_id.eq(coop),
            revision_records::revision_id.eq(id),
            revision_records::position.eq(position),
            revision_records::record_id.eq(record),
            revision_records::leaf.eq(leaf),
        ))
        .execute(&mut **tx)
}

/// Leaves of a revision from a position on.
pub(super) fn leaves(conn: &mut Conn, coop: &CoopId, id: &RevisionId, from: i64, limit: i64) -> QueryResult<Vec<Digest>> {
    revision_records::table
        .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(id)).and(revision_records::position.ge(from)))
        .order(revision_records::position)
        .limit(limit)
        .select(revision_records::leaf)
        .load(conn)
}

/// Records of a revision from a position on.
pub(super) fn selected(conn: &mut Conn, coop: &CoopId, id: &RevisionId, from: i64, limit: i64) -> QueryResult<Vec<Row>> {
    revision_records::table
        .inner_join(records::table.on(records::coop_id.eq(revision_records::coop_id).and(records::id.eq(revision_records::record_id))))
        .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(id)).and(revision_records::position.ge(from)))
        .order(revision_records::position)
        .limit(limit)
        .select(row_columns!())
        .load(conn)
}

/// The first records of a member in a revision, in its order.
pub(super) fn of_member(conn: &mut Conn, coop: &CoopId, id: &RevisionId, member: &MemberId, limit: i64) -> QueryResult<Vec<(RecordId, String)>> {
    revision_records::table
        .inner_join(records::table.on(records::coop_id.eq(revision_records::coop_id).and(records::id.eq(revision_records::record_id))))
        .inner_join(record_contributors::table.on(record_contributors::coop_id.eq(records::coop_id).and(record_contributors::record_id.eq(records::id))))
        .inner_join(contributors::table.on(contributors::coop_id.eq(record_contributors::coop_id).and(contributors::id.eq(record_contributors::contributor_id))))
        .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(id)).and(contributors::member_id.eq(member)))
        .order(records::id)
        .select((records::id, records::source_key))
        .distinct()
        .limit(limit)
        .load(conn)
}

pub(super) fn position(conn: &mut Conn, coop: &CoopId, id: &RevisionId, record: &RecordId) -> QueryResult<i64> {
    revision_records::table
        .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(id)).and(revision_records::record_id.eq(record)))
        .select(revision_records::position)
        .first(conn)
}

/// Ids of batches by their numbers.
fn batch_ids(conn: &mut Conn, coop: &CoopId, numbers: &[i64]) -> QueryResult<Vec<BatchId>> {
    batches::table.filter(batches::coop_id.eq(coop).and(batches::number.eq_any(numbers))).select(batches::id).load(conn)
}

macro_rules! selection {
    ($conn:expr, $coop:expr, $filter:expr, $select:expr) => {{
        let numbers: Vec<i64> = $filter.batches.iter().copied().take(1_000).collect();
        let ids = batch_ids($conn, $coop, &numbers)?;
        let mut query = records::table
            .inner_join(batch_completions::table.on(batch_completions::coop_id.eq(records::coop_id).and(batch_completions::batch_id.eq(records::batch_id))))
            .filter(records::coop_id.eq($coop).and(records::words.ge($filter.min_words)))
            .select($select)
            .into_boxed();
        if !$filter.kinds.is_empty() {
            query = query.filter(records::kind.eq_any($filter.kinds.iter().cloned().take(1_000).collect::<Vec<_>>()));
        }
        if !$filter.languages.is_empty() {
            query = query.filter(records::language.eq_any($filter.languages.iter().cloned().take(1_000).collect::<Vec<_>>()));
        }
        if !$filter.batches.is_empty() {
            query = query.filter(records::batch_id.eq_any(ids));
        }
        if let Some(from) = $filter.from {
            query = query.filter(records::happened_at.ge(Some(from)));
        }
        if let Some(to) = $filter.to {
            query = query.filter(records::happened_at.lt(Some(to)));
        }
        if !$filter.repeats {
            query = query.filter(records::repeat_of.is_null());
        }
        query
    }};
}

/// Records the filter selects, after an id, in the order of ids.
pub(super) fn select(conn: &mut Conn, coop: &CoopId, filter: &Filter, after: Option<&RecordId>, limit: i64) -> QueryResult<Vec<Row>> {
    let after = after.map_or_else(String::new, |id| id.as_str().to_owned());
    selection!(conn, coop, filter, row_columns!()).filter(records::id.gt(after)).order(records::id).limit(limit).load(conn)
}

/// How many records and words the filter selects.
pub(super) fn count(conn: &mut Conn, coop: &CoopId, filter: &Filter) -> QueryResult<(i64, i64)> {
    let figures = (diesel::dsl::count_star(), diesel::dsl::sql::<BigInt>("CAST(COALESCE(SUM(records.words), 0) AS BIGINT)"));
    selection!(conn, coop, filter, figures).first(conn)
}

/// Whether anything was withdrawn or taken out in the cooperative after an instant.
pub(super) fn withdrawn_since(conn: &mut Conn, coop: &CoopId, since: Timestamp) -> QueryResult<bool> {
    let stones: i64 = tombstones::table.filter(tombstones::coop_id.eq(coop).and(tombstones::at.gt(since))).count().get_result(conn)?;
    let given_back: i64 =
        authorisation_withdrawals::table.filter(authorisation_withdrawals::coop_id.eq(coop).and(authorisation_withdrawals::at.gt(since))).count().get_result(conn)?;
    Ok(stones + given_back > 0)
}

/// Languages and kinds of records that are in.
pub(super) fn choices(conn: &mut Conn, coop: &CoopId) -> QueryResult<(Vec<String>, Vec<String>)> {
    let kinds = records::table.filter(records::coop_id.eq(coop)).select(records::kind).distinct().order(records::kind).limit(100).load(conn)?;
    let languages = records::table.filter(records::coop_id.eq(coop)).select(records::language).distinct().order(records::language).limit(100).load(conn)?;
    Ok((kinds, languages))
}

/// Numbers of the batches of these records' grounds: batch, number of records in a revision.
pub(super) fn batches_in(conn: &mut Conn, coop: &CoopId, id: &RevisionId) -> QueryResult<Vec<(BatchId, i64)>> {
    revision_records::table
        .inner_join(records::table.on(records::coop_id.eq(revision_records::coop_id).and(records::id.eq(revision_records::record_id))))
        .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(id)))
        .group_by(records::batch_id)
        .order(records::batch_id)
        .select((records::batch_id, diesel::dsl::count_star()))
        .load(conn)
}
