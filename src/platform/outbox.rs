//! Mail waits here, put down in the same transaction as the act it tells of. Delivery is at least
//! once, backs off, gives up visibly, and no act ever waits for a mail server.

use crate::error::Result;
use crate::kernel::ids::{CoopId, MailId};
use crate::kernel::text::line;
use crate::kernel::time::{DAY, MINUTE, Timestamp};
use crate::platform::db::schema::outbox;
use crate::platform::db::{Conn, Db, Tx, claimed};
use diesel::prelude::*;

/// A mail to queue. The subject says only that something is waiting, never what.
#[derive(Clone, Debug)]
pub struct Mail {
    /// The cooperative it is about, if any.
    pub coop: Option<CoopId>,
    /// Address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
}

/// A mail that is due.
#[derive(Clone, Debug, Queryable)]
pub struct Due {
    /// Its id, which becomes the Message-ID.
    pub id: MailId,
    /// Address.
    pub to: String,
    /// One line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// Tries so far.
    pub attempts: i64,
}

/// Queues one mail.
///
/// # Errors
/// When the database does.
pub fn queue(tx: &mut Tx<'_>, mail: &Mail) -> Result<()> {
    let (id, now): (MailId, _) = (tx.fresh(), tx.now());
    diesel::insert_into(outbox::table)
        .values((
            outbox::id.eq(id),
            outbox::coop_id.eq(&mail.coop),
            outbox::recipient.eq(line(&mail.to)),
            outbox::subject.eq(line(&mail.subject)),
            outbox::body.eq(&mail.body),
            outbox::queued_at.eq(now),
            outbox::next_at.eq(now),
            outbox::attempts.eq(0),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// How many tries before a mail counts as bounced: over about two days.
const TRIES: i64 = 12;

/// Claims mails that are due, so that no other node sends them for the next minutes.
///
/// # Errors
/// When the database does.
pub async fn claim(db: &Db, limit: i64) -> Result<Vec<Due>> {
    db.claim(move |tx| {
        let now = tx.now();
        let due = outbox::sent_at.is_null().and(outbox::bounced_at.is_null()).and(outbox::next_at.le(now));
        let query = outbox::table
            .filter(due)
            .order(outbox::next_at)
            .limit(limit)
            .select((outbox::id, outbox::recipient, outbox::subject, outbox::body, outbox::attempts));
        let mails: Vec<Due> = claimed!(&mut **tx, query, load)?;
        for mail in &mails {
            diesel::update(outbox::table.find(&mail.id))
                .set((outbox::attempts.eq(mail.attempts + 1), outbox::next_at.eq(now.plus(backoff(mail.attempts)))))
                .execute(&mut **tx)?;
        }
        Ok(mails)
    })
    .await
}

/// Five minutes, then doubling, at most half a day.
fn backoff(attempts: i64) -> i64 {
    let doubled = 5_i64.saturating_mul(1 << attempts.clamp(0, 10));
    doubled.saturating_mul(MINUTE).min(DAY / 2)
}

/// Notes that a mail server took it. Its text goes: it may hold a link that opens an account.
///
/// # Errors
/// When the database does.
pub fn sent(tx: &mut Tx<'_>, id: &MailId) -> Result<()> {
    let now = tx.now();
    diesel::update(outbox::table.find(id)).set((outbox::sent_at.eq(Some(now)), outbox::fault.eq(None::<String>), outbox::body.eq(""))).execute(&mut **tx)?;
    Ok(())
}

/// Notes a failed try; for good when the server said so or the last try is used up. The text of what
/// is never sent again goes too.
///
/// # Errors
/// When the database does.
pub fn failed(tx: &mut Tx<'_>, mail: &Due, fault: &str, for_good: bool) -> Result<()> {
    let now = tx.now();
    let bounced = (for_good || mail.attempts + 1 >= TRIES).then_some(now);
    let body = if bounced.is_some() { "" } else { &mail.body };
    diesel::update(outbox::table.find(&mail.id)).set((outbox::fault.eq(Some(fault)), outbox::bounced_at.eq(bounced), outbox::body.eq(body))).execute(&mut **tx)?;
    Ok(())
}

/// What a desk or the audit wants to know of the outbox.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// Not yet sent.
    pub waiting: i64,
    /// Given up.
    pub bounced: i64,
    /// Waiting since before the asked instant.
    pub late: i64,
}

/// The outbox of one cooperative, or of the whole hall.
///
/// # Errors
/// When the database does.
pub fn state(conn: &mut Conn, coop: Option<&CoopId>, old: Timestamp) -> Result<State> {
    let count = |conn: &mut Conn, bounced: bool, before: Option<Timestamp>| -> Result<i64> {
        let mut query = outbox::table.filter(outbox::sent_at.is_null()).count().into_boxed();
        query = if bounced { query.filter(outbox::bounced_at.is_not_null()) } else { query.filter(outbox::bounced_at.is_null()) };
        if let Some(coop) = coop {
            query = query.filter(outbox::coop_id.eq(coop.clone()));
        }
        if let Some(before) = before {
            query = query.filter(outbox::queued_at.lt(before));
        }
        Ok(query.get_result(conn)?)
    };
    Ok(State { waiting: count(conn, false, None)?, bounced: count(conn, true, None)?, late: count(conn, false, Some(old))? })
}
