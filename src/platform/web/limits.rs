//! Rate limits as rows, so that every node shares them: a bucket fills by one at each try and leaks
//! at a steady rate; a try that would overflow it is refused.

use crate::app::App;
use crate::error::{Refusal, Result};
use crate::kernel::time::{MINUTE, SECOND, Timestamp};
use crate::platform::db::Tx;
use crate::platform::db::schema::rate_buckets;
use diesel::prelude::*;

/// How many tries at once, and how long one takes to leak away (microseconds).
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    /// At once.
    pub burst: i64,
    /// Microseconds a try.
    pub every: i64,
}

/// Signing in, per account and address.
pub const SIGN_IN: Limit = Limit { burst: 10, every: MINUTE };
/// Signing in, per address alone.
pub const SIGN_IN_ADDRESS: Limit = Limit { burst: 60, every: 5 * SECOND };
/// Signing in to one account from anywhere, known browsers apart.
pub const SIGN_IN_ACCOUNT: Limit = Limit { burst: 100, every: MINUTE };
/// Asking for another address, per account.
pub const ADDRESS: Limit = Limit { burst: 5, every: 12 * MINUTE };
/// Signing up and asking for mails, per address.
pub const MAILS: Limit = Limit { burst: 10, every: 2 * MINUTE };
/// Confirming acts by password, per account.
pub const CONFIRM: Limit = Limit { burst: 10, every: 30 * SECOND };

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Too many tries. Wait {0} seconds and try again.")]
pub struct TooMany(pub i64);

impl Refusal for TooMany {
    fn status(&self) -> u16 {
        429
    }
}

/// Takes one try from a bucket.
///
/// # Errors
/// [`TooMany`] with the seconds to wait.
pub async fn spend(app: &App, bucket: &str, limit: Limit) -> Result<()> {
    let bucket = bucket.to_owned();
    app.db.claim(move |tx| take(tx, &bucket, limit)).await
}

/// The level is kept in microseconds of leaking still to do.
fn take(tx: &mut Tx<'_>, bucket: &str, limit: Limit) -> Result<()> {
    let now = tx.now();
    let row: Option<(i64, Timestamp)> = rate_buckets::table.find(bucket).select((rate_buckets::level, rate_buckets::at)).first(&mut **tx).optional()?;
    let level = row.map_or(0, |(level, at)| level.saturating_sub(now.0.saturating_sub(at.0)).max(0));
    let full = limit.burst.saturating_mul(limit.every);
    if level.saturating_add(limit.every) > full {
        let wait = level.saturating_add(limit.every).saturating_sub(full);
        return Err(TooMany(wait / SECOND + 1).into());
    }
    let level = level.saturating_add(limit.every);
    if row.is_some() {
        diesel::update(rate_buckets::table.find(bucket)).set((rate_buckets::level.eq(level), rate_buckets::at.eq(now))).execute(&mut **tx)?;
    } else {
        diesel::insert_into(rate_buckets::table)
            .values((rate_buckets::bucket.eq(bucket), rate_buckets::level.eq(level), rate_buckets::at.eq(now)))
            .execute(&mut **tx)?;
    }
    Ok(())
}
