//! The queue of background work: claimed by row, so that two nodes never do the same. What each
//! kind of job does stands in `hall::worker`, the one match from kind to verb.

use crate::error::Result;
use crate::kernel::ids::{CoopId, JobId};
use crate::kernel::time::{DAY, MINUTE, SECOND, Timestamp};
use crate::platform::db::schema::jobs;
use crate::platform::db::{Conn, Db, Tx, claimed};
use diesel::prelude::*;
use serde::Serialize;

/// A claimed job.
#[derive(Clone, Debug, Queryable)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// The cooperative it works for, if any.
    pub coop: Option<CoopId>,
    /// What to do.
    pub kind: String,
    /// With what, JSON.
    pub payload: String,
    /// Tries so far, this one included.
    pub attempts: i64,
}

/// How long a claim holds before another node may take over.
pub const CLAIM: i64 = 5 * MINUTE;

/// Queues work to be done no earlier than `run_at`.
///
/// # Errors
/// When the database does.
pub fn queue<P: Serialize>(tx: &mut Tx<'_>, coop: Option<&CoopId>, kind: &str, payload: &P, run_at: Timestamp) -> Result<JobId> {
    let (id, now): (JobId, _) = (tx.fresh(), tx.now());
    diesel::insert_into(jobs::table)
        .values((
            jobs::id.eq(&id),
            jobs::coop_id.eq(coop),
            jobs::kind.eq(kind),
            jobs::payload.eq(serde_json::to_string(payload)?),
            jobs::queued_at.eq(now),
            jobs::run_at.eq(run_at),
            jobs::attempts.eq(0),
        ))
        .execute(&mut **tx)?;
    Ok(id)
}

/// Claims the next due job, if there is one.
///
/// # Errors
/// When the database does.
pub async fn claim(db: &Db) -> Result<Option<Job>> {
    db.claim(|tx| {
        let now = tx.now();
        let free = jobs::claimed_until.is_null().or(jobs::claimed_until.le(Some(now)));
        let query = jobs::table
            .filter(jobs::done_at.is_null().and(jobs::run_at.le(now)).and(free))
            .order(jobs::run_at)
            .limit(1)
            .select((jobs::id, jobs::coop_id, jobs::kind, jobs::payload, jobs::attempts + 1));
        let found: QueryResult<Job> = claimed!(&mut **tx, query, first);
        let job = found.optional()?;
        if let Some(job) = &job {
            diesel::update(jobs::table.find(&job.id))
                .set((jobs::claimed_until.eq(Some(now.plus(CLAIM))), jobs::attempts.eq(job.attempts)))
                .execute(&mut **tx)?;
        }
        Ok(job)
    })
    .await
}

/// Keeps a long job claimed; call it at each chunk.
///
/// # Errors
/// When the database does.
pub fn keep(tx: &mut Tx<'_>, id: &JobId) -> Result<()> {
    let until = tx.now().plus(CLAIM);
    diesel::update(jobs::table.find(id)).set(jobs::claimed_until.eq(Some(until))).execute(&mut **tx)?;
    Ok(())
}

/// Notes that a job is done. With what it was done goes: nobody reads it again.
///
/// # Errors
/// When the database does.
pub fn done(tx: &mut Tx<'_>, id: &JobId) -> Result<()> {
    let now = tx.now();
    diesel::update(jobs::table.find(id)).set((jobs::done_at.eq(Some(now)), jobs::fault.eq(None::<String>), jobs::payload.eq(""))).execute(&mut **tx)?;
    Ok(())
}

/// Notes a failed try, to be tried again later and later.
///
/// # Errors
/// When the database does.
pub fn failed(tx: &mut Tx<'_>, job: &Job, fault: &str) -> Result<()> {
    let wait = (10 * SECOND).saturating_mul(1 << job.attempts.clamp(0, 12)).min(DAY);
    let run_at = tx.now().plus(wait);
    diesel::update(jobs::table.find(&job.id))
        .set((jobs::fault.eq(Some(fault)), jobs::run_at.eq(run_at), jobs::claimed_until.eq(None::<Timestamp>)))
        .execute(&mut **tx)?;
    Ok(())
}

/// How many jobs are undone, and how many of them were due before `old`.
///
/// # Errors
/// When the database does.
pub fn undone(conn: &mut Conn, old: Timestamp) -> Result<(i64, i64)> {
    let all = jobs::table.filter(jobs::done_at.is_null()).count().get_result(conn)?;
    let late = jobs::table.filter(jobs::done_at.is_null().and(jobs::run_at.lt(old))).count().get_result(conn)?;
    Ok((all, late))
}
