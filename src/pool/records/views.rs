//! What pages ask of the pool: batches with their state, figures of the whole, members' own part.

use super::shelf::{self, Holder, Row, row_columns};
use super::people::{self, Claim};
use super::rules::FindingKind;
use super::store::{self, Batch, Completion, Finding, Progress, StoredBasis};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::ids::{BatchId, ContributorId, CoopId, MemberId, RecordId};
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use crate::platform::db::schema::{
    batch_completions, batches, contributors, corpora, freezes, members, record_contributors, records, revision_records, revisions, screenings, tombstones,
};
use diesel::prelude::*;
use diesel::sql_types::BigInt;

/// A batch with everything its page shows.
#[derive(Clone, Debug)]
pub struct BatchView {
    /// The upload.
    pub batch: Batch,
    /// How far its import has come.
    pub progress: Option<Progress>,
    /// How it ended.
    pub done: Option<Completion>,
    /// Its ground.
    pub basis: Option<StoredBasis>,
    /// The attestation, when, and the steward's number.
    pub screening: Option<(String, Timestamp, i64)>,
}

impl BatchView {
    /// In one word: what it waits for.
    #[must_use]
    pub fn state(&self) -> &'static str {
        match (&self.done, &self.progress) {
            (Some(_), _) if self.screening.is_some() => "attested",
            (Some(_), _) => "imported",
            (None, Some(_)) => "importing",
            (None, None) => "uploaded",
        }
    }

    /// Hundredths of the upload that have been read.
    #[must_use]
    pub fn percent(&self) -> i64 {
        self.progress.as_ref().map_or(0, |p| p.bytes.saturating_mul(100) / self.batch.bytes.max(1)).clamp(0, 100)
    }
}

fn view(conn: &mut Conn, coop: &CoopId, batch: Batch) -> Result<BatchView> {
    let basis = match &batch.basis {
        Some(id) => Some(store::basis(conn, coop, id)?),
        None => None,
    };
    Ok(BatchView { progress: store::progress(conn, coop, &batch.id)?, done: store::completion(conn, coop, &batch.id)?, screening: store::screening(conn, coop, &batch.id)?, basis, batch })
}

/// A batch by its number.
///
/// # Errors
/// Not found.
pub fn batch_view(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<BatchView> {
    let batch = store::batch_numbered(conn, coop, number).or_not_found()?;
    view(conn, coop, batch)
}

/// Batches from the newest; of one member where given.
///
/// # Errors
/// When the database does.
pub fn batch_views(conn: &mut Conn, coop: &CoopId, member: Option<&MemberId>, limit: i64) -> Result<Vec<BatchView>> {
    store::batches_of(conn, coop, member, limit)?.into_iter().map(|batch| view(conn, coop, batch)).collect()
}

/// Findings of a batch after a line, all of a line together; of one kind where given.
///
/// # Errors
/// When the database does.
pub fn findings(conn: &mut Conn, coop: &CoopId, batch: &BatchId, kind: Option<FindingKind>, after: i64, limit: i64) -> Result<Vec<Finding>> {
    let mut found = store::findings(conn, coop, batch, kind, after, limit.max(8))?;
    // A full page may end within a line: that line belongs to the next one.
    if kind.is_none() && i64::try_from(found.len()).unwrap_or(i64::MAX) >= limit.max(8) {
        let last = found.last().map_or(0, |finding| finding.line);
        if found.first().is_some_and(|first| first.line < last) {
            found.retain(|finding| finding.line < last);
        }
    }
    Ok(found)
}

/// The fewest and the most contributors that a record of a batch has.
///
/// # Errors
/// When the database does.
pub fn contributors_to_a_record(conn: &mut Conn, coop: &CoopId, batch: &BatchId) -> Result<(i64, i64)> {
    let at: Vec<(i64, i64)> = record_contributors::table
        .inner_join(records::table.on(records::coop_id.eq(record_contributors::coop_id).and(records::id.eq(record_contributors::record_id))))
        .filter(records::coop_id.eq(coop).and(records::batch_id.eq(batch)))
        .group_by(record_contributors::position)
        .order(record_contributors::position)
        .select((record_contributors::position, diesel::dsl::count_star()))
        .load(conn)?;
    let all = at.first().map_or(0, |(_, count)| *count);
    let fewest = at.iter().filter(|(_, count)| *count == all).count();
    Ok((i64::try_from(fewest).unwrap_or(0), i64::try_from(at.len()).unwrap_or(0)))
}

/// Claims from the newest; of one member where given.
///
/// # Errors
/// When the database does.
pub fn claims(conn: &mut Conn, coop: &CoopId, member: Option<&MemberId>) -> Result<Vec<Claim>> {
    Ok(people::claims(conn, coop, member, 200)?)
}

/// Figures of a kind of record: kind, records, words.
pub type KindFigure = (String, i64, i64);

/// What the pool holds, by kind; only imported batches count.
///
/// # Errors
/// When the database does.
pub fn composition(conn: &mut Conn, coop: &CoopId) -> Result<Vec<KindFigure>> {
    Ok(records::table
        .inner_join(batch_completions::table.on(batch_completions::coop_id.eq(records::coop_id).and(batch_completions::batch_id.eq(records::batch_id))))
        .filter(records::coop_id.eq(coop))
        .group_by(records::kind)
        .order(records::kind)
        .select((records::kind, diesel::dsl::count_star(), diesel::dsl::sql::<BigInt>("CAST(COALESCE(SUM(records.words), 0) AS BIGINT)")))
        .load(conn)?)
}

/// How many contributors there are, and how many of them no member has been recognised behind.
///
/// # Errors
/// When the database does.
pub fn people(conn: &mut Conn, coop: &CoopId) -> Result<(i64, i64)> {
    let all = contributors::table.filter(contributors::coop_id.eq(coop)).count().get_result(conn)?;
    let held = contributors::table.filter(contributors::coop_id.eq(coop).and(contributors::member_id.is_null())).count().get_result(conn)?;
    Ok((all, held))
}

/// Contributors no member has been recognised behind, after a pseudonym: id, pseudonym, records.
///
/// # Errors
/// When the database does.
pub fn unclaimed(conn: &mut Conn, coop: &CoopId, after: &str, limit: i64) -> Result<Vec<(ContributorId, Option<String>, i64)>> {
    Ok(contributors::table
        .inner_join(record_contributors::table.on(record_contributors::coop_id.eq(contributors::coop_id).and(record_contributors::contributor_id.eq(contributors::id))))
        .filter(contributors::coop_id.eq(coop).and(contributors::member_id.is_null()).and(contributors::pseudonym.gt(after)))
        .group_by((contributors::id, contributors::pseudonym))
        .order(contributors::pseudonym)
        .limit(limit)
        .select((contributors::id, contributors::pseudonym, diesel::dsl::count_star()))
        .load(conn)?)
}

/// Records and words of one member, over all contributors the member was recognised behind.
///
/// # Errors
/// When the database does.
pub fn part_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<(i64, i64)> {
    Ok(contributors::table
        .inner_join(record_contributors::table.on(record_contributors::coop_id.eq(contributors::coop_id).and(record_contributors::contributor_id.eq(contributors::id))))
        .filter(contributors::coop_id.eq(coop).and(contributors::member_id.eq(member)))
        .select((diesel::dsl::sql::<BigInt>("COUNT(DISTINCT record_contributors.record_id)"), diesel::dsl::sql::<BigInt>("CAST(COALESCE(SUM(record_contributors.words), 0) AS BIGINT)")))
        .first(conn)?)
}

/// A member's own records after an id, oldest first.
///
/// # Errors
/// When the database does.
pub fn records_of(conn: &mut Conn, coop: &CoopId, member: &MemberId, after: Option<&RecordId>, limit: i64) -> Result<Vec<Row>> {
    use crate::kernel::ids::Id as _;
    let ids: Vec<RecordId> = record_contributors::table
        .inner_join(contributors::table.on(contributors::coop_id.eq(record_contributors::coop_id).and(contributors::id.eq(record_contributors::contributor_id))))
        .inner_join(records::table.on(records::coop_id.eq(record_contributors::coop_id).and(records::id.eq(record_contributors::record_id))))
        .inner_join(batch_completions::table.on(batch_completions::coop_id.eq(records::coop_id).and(batch_completions::batch_id.eq(records::batch_id))))
        .filter(record_contributors::coop_id.eq(coop).and(contributors::member_id.eq(member)))
        .filter(records::id.gt(after.map_or_else(String::new, |id| id.as_str().to_owned())))
        .order(records::id)
        .select(records::id)
        .distinct()
        .limit(limit)
        .load(conn)?;
    Ok(records::table.filter(records::coop_id.eq(coop).and(records::id.eq_any(ids))).order(records::id).select(row_columns!()).load(conn)?)
}

/// The first records of a batch, for its page.
///
/// # Errors
/// When the database does.
pub fn records_in(conn: &mut Conn, coop: &CoopId, batch: &BatchId, limit: i64) -> Result<Vec<Row>> {
    Ok(records::table
        .filter(records::coop_id.eq(coop).and(records::batch_id.eq(batch)))
        .order(records::id)
        .limit(limit)
        .select(row_columns!())
        .load(conn)?)
}

/// A record with its contributors, its batch's number, and why it was taken out, if it was.
///
/// # Errors
/// Not found.
pub fn record_view(conn: &mut Conn, coop: &CoopId, id: &RecordId) -> Result<(Row, Vec<Holder>, i64, Option<String>)> {
    let row = shelf::record(conn, coop, id).or_not_found()?;
    let holders = shelf::holders(conn, coop, std::slice::from_ref(id))?;
    let number = batches::table.find((coop, &row.batch)).select(batches::number).first(conn)?;
    let out = tombstones::table.find((coop, id)).select(tombstones::reason).first(conn).optional()?;
    Ok((row, holders, number, out))
}

/// How many imported batches wait for a steward's attestation, and how many claims for an answer.
///
/// # Errors
/// When the database does.
pub fn waiting(conn: &mut Conn, coop: &CoopId) -> Result<(i64, i64)> {
    let unscreened = batch_completions::table
        .left_join(screenings::table.on(screenings::coop_id.eq(batch_completions::coop_id).and(screenings::batch_id.eq(batch_completions::batch_id))))
        .filter(batch_completions::coop_id.eq(coop).and(screenings::at.nullable().is_null()))
        .count()
        .get_result(conn)?;
    let open = people::claims(conn, coop, None, 1_000)?.iter().filter(|claim| claim.verdict.is_none()).count();
    Ok((unscreened, i64::try_from(open).unwrap_or(i64::MAX)))
}

/// The grounds of these batches, each with the number beside the batch.
///
/// # Errors
/// When the database does.
pub fn grounds_of(conn: &mut Conn, coop: &CoopId, counts: &[(BatchId, i64)]) -> Result<Vec<(StoredBasis, i64)>> {
    let mut grounds = Vec::new();
    for (batch, count) in counts {
        if let Some(basis) = store::batch(conn, coop, batch)?.basis {
            grounds.push((store::basis(conn, coop, &basis)?, *count));
        }
    }
    Ok(grounds)
}

/// What a member's imported batches brought: when, records added, lines refused.
///
/// # Errors
/// When the database does.
pub fn uploads_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<Vec<(Timestamp, i64, i64)>> {
    Ok(batch_completions::table
        .inner_join(batches::table.on(batches::coop_id.eq(batch_completions::coop_id).and(batches::id.eq(batch_completions::batch_id))))
        .filter(batch_completions::coop_id.eq(coop).and(batches::uploaded_by.eq(member)))
        .order(batch_completions::at)
        .limit(10_000)
        .select((batch_completions::at, batch_completions::added, batch_completions::refused))
        .load(conn)?)
}

/// Numbers of these members (at most 1,000).
///
/// # Errors
/// When the database does.
pub fn numbers(conn: &mut Conn, coop: &CoopId, ids: &[MemberId]) -> Result<Vec<(MemberId, i64)>> {
    Ok(members::table.filter(members::coop_id.eq(coop).and(members::id.eq_any(ids))).select((members::id, members::number)).load(conn)?)
}

/// A frozen revision that a record is in.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Held {
    /// The corpus's name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The revision's number.
    pub number: i64,
    /// When it was frozen.
    pub at: Timestamp,
}

/// The frozen revisions that a record is in, the newest first.
///
/// # Errors
/// When the database does.
pub fn revisions_with(conn: &mut Conn, coop: &CoopId, record: &RecordId) -> Result<Vec<Held>> {
    Ok(revision_records::table
        .inner_join(freezes::table.on(freezes::coop_id.eq(revision_records::coop_id).and(freezes::revision_id.eq(revision_records::revision_id))))
        .inner_join(revisions::table.on(revisions::coop_id.eq(revision_records::coop_id).and(revisions::id.eq(revision_records::revision_id))))
        .inner_join(corpora::table.on(corpora::coop_id.eq(revisions::coop_id).and(corpora::id.eq(revisions::corpus_id))))
        .filter(revision_records::coop_id.eq(coop).and(revision_records::record_id.eq(record)))
        .order(freezes::at.desc())
        .limit(100)
        .select((corpora::slug, corpora::name, revisions::number, freezes::at))
        .load(conn)?)
}
