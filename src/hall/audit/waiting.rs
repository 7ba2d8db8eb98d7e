//! A8: mail and work that is overdue and says nothing of why, and votes that ended uncounted.

use super::{Check, PAGE, Scope};
use crate::error::Result;
use crate::kernel::ids::{JobId, MailId, ProposalId};
use crate::kernel::time::{MINUTE, Timestamp};
use crate::platform::db::Conn;
use crate::platform::db::schema::{cancellations, decisions, jobs, notices, outbox};
use diesel::prelude::*;

/// How long past its time something may be before somebody has to be told.
const LATE: i64 = 15 * MINUTE;

pub(super) fn look(conn: &mut Conn, scope: &Scope, check: &mut Check) -> Result<()> {
    let late = scope.now.plus(-LATE);
    mails(conn, scope, late, check)?;
    work(conn, scope, late, check)?;
    scope.coops.iter().try_for_each(|coop| uncounted(conn, coop, late, check))
}

fn mails(conn: &mut Conn, scope: &Scope, late: Timestamp, check: &mut Check) -> Result<()> {
    let open = |scope: &Scope| {
        let mut query = outbox::table.filter(outbox::sent_at.is_null()).into_boxed();
        if let Some(coop) = &scope.only {
            query = query.filter(outbox::coop_id.eq(coop.clone()));
        }
        query
    };
    check.count("mails waiting", open(scope).filter(outbox::bounced_at.is_null()).count().get_result::<i64>(conn)?);
    check.count("bounced", open(scope).filter(outbox::bounced_at.is_not_null()).count().get_result::<i64>(conn)?);
    let overdue: Vec<(MailId, Timestamp)> =
        open(scope).filter(outbox::bounced_at.is_null().and(outbox::next_at.lt(late))).order(outbox::next_at).limit(PAGE).select((outbox::id, outbox::next_at)).load(conn)?;
    overdue.iter().for_each(|(id, due)| check.find(format_args!("mail {id}"), format!("was due at {} and nobody has tried to send it", due.iso())));
    let silent: Vec<MailId> = open(scope).filter(outbox::bounced_at.is_not_null().and(outbox::fault.is_null())).order(outbox::id).limit(PAGE).select(outbox::id).load(conn)?;
    silent.iter().for_each(|id| check.find(format_args!("mail {id}"), "was given up without a reason"));
    Ok(())
}

/// Id, kind, due, claimed until, what went wrong.
type Open = (JobId, String, Timestamp, Option<Timestamp>, Option<String>);

fn work(conn: &mut Conn, scope: &Scope, late: Timestamp, check: &mut Check) -> Result<()> {
    let mut open = jobs::table.filter(jobs::done_at.is_null()).into_boxed();
    if let Some(coop) = &scope.only {
        open = open.filter(jobs::coop_id.eq(coop.clone()));
    }
    let open: Vec<Open> =
        open.order(jobs::run_at).limit(PAGE * 10).select((jobs::id, jobs::kind, jobs::run_at, jobs::claimed_until, jobs::fault)).load(conn)?;
    check.count("jobs waiting", open.len());
    check.count("jobs that failed and will be tried again", open.iter().filter(|(.., fault)| fault.is_some()).count());
    for (id, kind, due, claimed, _) in &open {
        let held = claimed.is_some_and(|until| until > late);
        check.expect(*due >= late || held, format_args!("job {id}"), &format!("{kind} was due at {} and nobody works on it", due.iso()));
    }
    Ok(())
}

fn uncounted(conn: &mut Conn, coop: &crate::kernel::ids::CoopId, late: Timestamp, check: &mut Check) -> Result<()> {
    let ended: Vec<(ProposalId, Timestamp)> = notices::table
        .left_join(decisions::table.on(decisions::coop_id.eq(notices::coop_id).and(decisions::proposal_id.eq(notices::proposal_id))))
        .left_join(cancellations::table.on(cancellations::coop_id.eq(notices::coop_id).and(cancellations::proposal_id.eq(notices::proposal_id))))
        .filter(notices::coop_id.eq(coop).and(notices::closes_at.lt(late)))
        .filter(decisions::outcome.nullable().is_null().and(cancellations::reason.nullable().is_null()))
        .order(notices::closes_at)
        .limit(PAGE)
        .select((notices::proposal_id, notices::closes_at))
        .load(conn)?;
    ended.iter().for_each(|(id, closed)| check.find(format_args!("proposal {id}"), format!("voting ended at {} and it was not counted", closed.iso())));
    Ok(())
}
