//! Writes on PostgreSQL: one transaction each, tried again on conflict at most ten times.

use super::connection::{Manager, begin, commit, rollback};
use super::{Counters, Tx, Verdict, count, run, take, verdict};
use crate::error::{Error, NotRecorded, Result};
use crate::platform::clock::Clock;
use diesel::connection::{Connection, TransactionManager};
use diesel::r2d2::Pool;
use diesel::result::{DatabaseErrorKind, Error as Diesel};
use std::time::Duration;

pub(super) const SERIALIZABLE: &str = "BEGIN TRANSACTION ISOLATION LEVEL SERIALIZABLE";
pub(super) const READ_COMMITTED: &str = "BEGIN TRANSACTION ISOLATION LEVEL READ COMMITTED";
const TRIES: u32 = 10;

pub(super) fn write<T>(pool: &Pool<Manager>, clock: &Clock, counters: &Counters, start: &str, act: &impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    for attempt in 0..TRIES {
        let mut conn = take(pool).inspect_err(|_| count(&counters.not_recorded))?;
        begin(&mut conn, start, start)?;
        let answer = run(&mut conn, clock.now(), act);
        let ended = match verdict(&answer) {
            Verdict::Keep => commit(&mut conn).map(|()| answer).map_err(Error::from),
            Verdict::Undo if !is_conflict(answer.as_ref().err()) => rollback(&mut conn).map(|()| answer).map_err(Error::from),
            Verdict::Undo | Verdict::Abort => {
                let _ = rollback(&mut conn);
                answer.map(Ok)
            }
        };
        match ended {
            Ok(answer) => {
                count(&counters.recorded);
                return answer;
            }
            Err(cause) if is_conflict(Some(&cause)) => {
                forget_transaction(&mut conn);
                count(&counters.retries);
                pause(attempt);
            }
            Err(cause) => {
                forget_transaction(&mut conn);
                count(&counters.not_recorded);
                tracing::error!(%cause, "write not recorded");
                return Err(NotRecorded.into());
            }
        }
    }
    count(&counters.not_recorded);
    Err(NotRecorded.into())
}

/// After a failed commit the server has already ended the transaction; the pool drops the
/// connection when diesel's count of open transactions is not zero again.
fn forget_transaction(conn: &mut super::Conn) {
    let _ = <super::Conn as Connection>::TransactionManager::rollback_transaction(conn);
}

fn is_conflict(error: Option<&Error>) -> bool {
    let Some(Error::Broken(cause)) = error else { return false };
    match cause.downcast_ref::<Diesel>() {
        Some(Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _)) => true,
        Some(Diesel::DatabaseError(_, info)) => info.message().contains("deadlock detected"),
        Some(Diesel::RollbackErrorOnCommit { commit_error, .. }) => matches!(**commit_error, Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, _)),
        _ => false,
    }
}

/// Waits a little longer at each try, never in step with others.
fn pause(attempt: u32) {
    let jitter = u64::from(super::random::<1>()[0]);
    std::thread::sleep(Duration::from_micros((jitter * 20) << attempt.min(6)));
}
