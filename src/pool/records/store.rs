//! Rows of batches, grounds, findings, screenings and blobs.

use super::rules::{Basis, BasisKind, FindingKind};
use super::upload::Upload;
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{BasisId, BatchId, CoopId, MemberId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{bases, batch_completions, batch_findings, batch_progress, batches, blobs, members, screenings};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// An upload and what is known of it.
#[derive(Clone, Debug, Queryable)]
pub struct Batch {
    /// Its id.
    pub id: BatchId,
    /// Its number in the cooperative.
    pub number: i64,
    /// The file's name.
    pub file_name: String,
    /// The pieces it is kept in, JSON.
    pub upload: String,
    /// Its bytes.
    pub bytes: i64,
    /// Kind of its records; empty until mapped.
    pub kind: String,
    /// The mapping, JSON.
    pub mapping: Option<String>,
    /// Its ground.
    pub basis: Option<BasisId>,
    /// Who uploaded it.
    pub uploaded_by: MemberId,
    /// When.
    pub at: Timestamp,
}

impl Batch {
    /// The upload's pieces.
    ///
    /// # Errors
    /// When the row is damaged.
    pub fn pieces(&self) -> Result<Upload> {
        Ok(serde_json::from_str(&self.upload)?)
    }
}

macro_rules! batch_columns {
    () => {
        (batches::id, batches::number, batches::file_name, batches::upload, batches::bytes, batches::kind, batches::mapping, batches::basis_id, batches::uploaded_by, batches::at)
    };
}

/// How an import ended.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Completion {
    /// Lines, rows or files that held something.
    pub lines: i64,
    /// New records.
    pub added: i64,
    /// In the pool already.
    pub known: i64,
    /// New records that repeat another's words.
    pub repeats: i64,
    /// New records without words.
    pub empty: i64,
    /// Lines that are none.
    pub refused: i64,
    /// Known keys with other words.
    pub changed: i64,
    /// Different contributors.
    pub people: i64,
    /// When.
    pub at: Timestamp,
}

/// How far an import has come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Queryable)]
pub struct Progress {
    /// The last line dealt with.
    pub lines: i64,
    /// Bytes of the upload read.
    pub bytes: i64,
    /// Lines whose record was in the pool already.
    pub known: i64,
    /// What broke it off.
    pub fault: Option<String>,
}

/// A line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Finding {
    /// Line, row or file, from 1.
    pub line: i64,
    /// What is said of it.
    pub finding: FindingKind,
    /// The record's key, where it has one.
    pub key: String,
    /// Why.
    pub reason: String,
}

/// A stored ground.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct StoredBasis {
    /// Which kind.
    pub kind: BasisKind,
    /// Name.
    pub name: String,
    /// Where from.
    pub source: String,
    /// Text.
    pub body: String,
}

pub(super) fn batch(conn: &mut Conn, coop: &CoopId, id: &BatchId) -> QueryResult<Batch> {
    batches::table.find((coop, id)).select(batch_columns!()).first(conn)
}

pub(super) fn batch_numbered(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<Batch> {
    batches::table.filter(batches::coop_id.eq(coop).and(batches::number.eq(number))).select(batch_columns!()).first(conn)
}

/// Batches from the newest; of one member where given.
pub(super) fn batches_of(conn: &mut Conn, coop: &CoopId, member: Option<&MemberId>, limit: i64) -> QueryResult<Vec<Batch>> {
    let mut query = batches::table.filter(batches::coop_id.eq(coop)).order(batches::number.desc()).limit(limit).select(batch_columns!()).into_boxed();
    if let Some(member) = member {
        query = query.filter(batches::uploaded_by.eq(member.clone()));
    }
    query.load(conn)
}

/// Batches of one member whose import has begun and has not ended.
pub(super) fn begun_by(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> QueryResult<Vec<Batch>> {
    batches::table
        .inner_join(batch_progress::table.on(batch_progress::coop_id.eq(batches::coop_id).and(batch_progress::batch_id.eq(batches::id))))
        .left_join(batch_completions::table.on(batch_completions::coop_id.eq(batches::coop_id).and(batch_completions::batch_id.eq(batches::id))))
        .filter(batches::coop_id.eq(coop).and(batches::uploaded_by.eq(member)).and(batch_completions::at.nullable().is_null()))
        .order(batches::number.desc())
        .limit(100)
        .select(batch_columns!())
        .load(conn)
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = batches::table.filter(batches::coop_id.eq(coop)).select(diesel::dsl::max(batches::number)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

pub(super) fn put_batch(tx: &mut Tx<'_>, coop: &CoopId, batch: &Batch, format: &str) -> QueryResult<usize> {
    diesel::insert_into(batches::table)
        .values((
            batches::coop_id.eq(coop),
            batches::id.eq(&batch.id),
            batches::number.eq(batch.number),
            batches::file_name.eq(&batch.file_name),
            batches::format.eq(format),
            batches::upload.eq(&batch.upload),
            batches::bytes.eq(batch.bytes),
            batches::kind.eq(&batch.kind),
            batches::uploaded_by.eq(&batch.uploaded_by),
            batches::at.eq(batch.at),
        ))
        .execute(&mut **tx)
}

pub(super) fn set_mapping(tx: &mut Tx<'_>, coop: &CoopId, id: &BatchId, kind: &str, mapping: &str) -> QueryResult<usize> {
    diesel::update(batches::table.find((coop, id))).set((batches::kind.eq(kind), batches::mapping.eq(Some(mapping)))).execute(&mut **tx)
}

pub(super) fn put_basis(tx: &mut Tx<'_>, coop: &CoopId, batch: &BatchId, basis: &Basis) -> QueryResult<BasisId> {
    let (id, now): (BasisId, _) = (tx.fresh(), tx.now());
    diesel::insert_into(bases::table)
        .values((
            bases::coop_id.eq(coop),
            bases::id.eq(&id),
            bases::kind.eq(basis.kind),
            bases::name.eq(&basis.name),
            bases::source.eq(&basis.source),
            bases::body.eq(&basis.body),
            bases::at.eq(now),
        ))
        .execute(&mut **tx)?;
    diesel::update(batches::table.find((coop, batch))).set(batches::basis_id.eq(Some(&id))).execute(&mut **tx)?;
    Ok(id)
}

pub(super) fn basis(conn: &mut Conn, coop: &CoopId, id: &BasisId) -> QueryResult<StoredBasis> {
    bases::table.find((coop, id)).select((bases::kind, bases::name, bases::source, bases::body)).first(conn)
}

pub(super) fn progress(conn: &mut Conn, coop: &CoopId, batch: &BatchId) -> QueryResult<Option<Progress>> {
    batch_progress::table
        .find((coop, batch))
        .select((batch_progress::lines, batch_progress::bytes, batch_progress::known, batch_progress::fault))
        .first(conn)
        .optional()
}

pub(super) fn put_progress(tx: &mut Tx<'_>, coop: &CoopId, batch: &BatchId, progress: &Progress) -> QueryResult<usize> {
    let now = tx.now();
    let changed = diesel::update(batch_progress::table.find((coop, batch)))
        .set((
            batch_progress::lines.eq(progress.lines),
            batch_progress::bytes.eq(progress.bytes),
            batch_progress::known.eq(progress.known),
            batch_progress::at.eq(now),
            batch_progress::fault.eq(&progress.fault),
        ))
        .execute(&mut **tx)?;
    if changed > 0 {
        return Ok(changed);
    }
    diesel::insert_into(batch_progress::table)
        .values((
            batch_progress::coop_id.eq(coop),
            batch_progress::batch_id.eq(batch),
            batch_progress::lines.eq(progress.lines),
            batch_progress::bytes.eq(progress.bytes),
            batch_progress::known.eq(progress.known),
            batch_progress::at.eq(now),
            batch_progress::fault.eq(&progress.fault),
        ))
        .execute(&mut **tx)
}

pub(super) fn completion(conn: &mut Conn, coop: &CoopId, batch: &BatchId) -> QueryResult<Option<Completion>> {
    use batch_completions as c;
    c::table.find((coop, batch)).select((c::lines, c::added, c::known, c::repeats, c::empty, c::refused, c::changed, c::people, c::at)).first(conn).optional()
}

pub(super) fn put_completion(tx: &mut Tx<'_>, coop: &CoopId, batch: &BatchId, done: &Completion) -> QueryResult<usize> {
    use batch_completions as c;
    diesel::insert_into(c::table)
        .values((
            c::coop_id.eq(coop),
            c::batch_id.eq(batch),
            c::lines.eq(done.lines),
            c::added.eq(done.added),
            c::known.eq(done.known),
            c::repeats.eq(done.repeats),
            c::empty.eq(done.empty),
            c::refused.eq(done.refused),
            c::changed.eq(done.changed),
            c::people.eq(done.people),
            c::at.eq(done.at),
        ))
        .execute(&mut **tx)
}

pub(super) fn put_finding(tx: &mut Tx<'_>, coop: &CoopId, batch: &BatchId, finding: &Finding) -> QueryResult<usize> {
    diesel::insert_into(batch_findings::table)
        .values((
            batch_findings::coop_id.eq(coop),
            batch_findings::batch_id.eq(batch),
            batch_findings::line.eq(finding.line),
            batch_findings::finding.eq(finding.finding),
            batch_findings::source_key.eq(&finding.key),
            batch_findings::reason.eq(&finding.reason),
        ))
        .execute(&mut **tx)
}

/// Findings of a batch after a line, in order; of one kind where given.
pub(super) fn findings(conn: &mut Conn, coop: &CoopId, batch: &BatchId, kind: Option<FindingKind>, after: i64, limit: i64) -> QueryResult<Vec<Finding>> {
    let mut query = batch_findings::table.filter(batch_findings::coop_id.eq(coop).and(batch_findings::batch_id.eq(batch)).and(batch_findings::line.gt(after))).into_boxed();
    if let Some(kind) = kind {
        query = query.filter(batch_findings::finding.eq(kind));
    }
    query
        .order((batch_findings::line, batch_findings::finding))
        .limit(limit)
        .select((batch_findings::line, batch_findings::finding, batch_findings::source_key, batch_findings::reason))
        .load(conn)
}

pub(super) fn count_findings(conn: &mut Conn, coop: &CoopId, batch: &BatchId, kind: FindingKind) -> QueryResult<i64> {
    batch_findings::table
        .filter(batch_findings::coop_id.eq(coop).and(batch_findings::batch_id.eq(batch)).and(batch_findings::finding.eq(kind)))
        .count()
        .get_result(conn)
}

pub(super) fn screening(conn: &mut Conn, coop: &CoopId, batch: &BatchId) -> QueryResult<Option<(String, Timestamp, i64)>> {
    screenings::table
        .inner_join(members::table.on(members::coop_id.eq(screenings::coop_id).and(members::id.eq(screenings::screened_by))))
        .filter(screenings::coop_id.eq(coop).and(screenings::batch_id.eq(batch)))
        .select((screenings::statement, screenings::at, members::number))
        .first(conn)
        .optional()
}

pub(super) fn put_screening(tx: &mut Tx<'_>, coop: &CoopId, batch: &BatchId, statement: &str, by: &MemberId) -> QueryResult<usize> {
    let now = tx.now();
    diesel::insert_into(screenings::table)
        .values((screenings::coop_id.eq(coop), screenings::batch_id.eq(batch), screenings::statement.eq(statement), screenings::screened_by.eq(by), screenings::at.eq(now)))
        .execute(&mut **tx)
}

/// Notes a blob of the cooperative, unless it is noted.
pub(super) fn put_blob(tx: &mut Tx<'_>, coop: &CoopId, digest: &Digest, bytes: i64, purpose: &str) -> QueryResult<()> {
    let there: i64 = blobs::table.filter(blobs::coop_id.eq(coop).and(blobs::digest.eq(digest))).count().get_result(&mut **tx)?;
    if there == 0 {
        let now = tx.now();
        diesel::insert_into(blobs::table)
            .values((blobs::coop_id.eq(coop), blobs::digest.eq(digest), blobs::bytes.eq(bytes), blobs::purpose.eq(purpose), blobs::stored_at.eq(now)))
            .execute(&mut **tx)?;
    }
    Ok(())
}

pub(super) fn forget_blobs(tx: &mut Tx<'_>, coop: &CoopId, digests: &[Digest]) -> QueryResult<()> {
    for digest in digests {
        diesel::delete(blobs::table.filter(blobs::coop_id.eq(coop).and(blobs::digest.eq(digest)))).execute(&mut **tx)?;
    }
    Ok(())
}

/// Bytes a cooperative keeps in blobs.
pub(super) fn kept(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let sum = diesel::dsl::sql::<BigInt>("CAST(COALESCE(SUM(bytes), 0) AS BIGINT)");
    blobs::table.filter(blobs::coop_id.eq(coop)).select(sum).first(conn)
}
