//! Invitations by mail: a link that leads to the form to join. It spares the search and nothing
//! else: two officers admit as always. Only the token's hash is kept, and it leads to one application.

mod store;
pub mod web;

use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ApplicationId, CoopId, Id as _, InvitationId, MemberId};
use crate::kernel::time::{DAY, Timestamp};
use crate::membership::{accounts, coops};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::platform::outbox::{self, Mail};
use serde_json::json;
pub use store::Invitation;

/// How long a link works.
pub const LASTS: i64 = 14 * DAY;

/// How many unused invitations one member may have out at once.
pub const MOST_OPEN: i64 = 20;

/// Why an invitation was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The link does nothing.
    #[error("This invitation was used already, is older than two weeks, or is not complete. You can still ask to join without one.")]
    Spent,
    /// Enough for now.
    #[error("You have twenty invitations out that nobody has used yet. Wait until some are used or two weeks old.")]
    Enough,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::Spent => 422,
            Self::Enough => 429,
        }
    }
}

/// Whether a link still leads somewhere.
///
/// # Errors
/// [`Refusal::Spent`].
pub fn may_use(used: bool, expires_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if used || expires_at <= now { Err(Refusal::Spent) } else { Ok(()) }
}

/// Mails somebody a link to the form to join. The answer does not tell whether the address is known.
///
/// # Errors
/// [`coops::Refusal::Suspended`], [`Refusal::Enough`]; [`crate::error::NotFound`] for strangers.
pub fn invite(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, email: &str, hall_url: &str) -> Result<()> {
    let inviter = coops::standing(tx, actor, coop)?;
    if !inviter.is_in() {
        return Err(coops::Refusal::Suspended.into());
    }
    let now = tx.now();
    if store::open_by(tx, coop, &inviter.member, now)? >= MOST_OPEN {
        return Err(Refusal::Enough.into());
    }
    let (token, hash) = accounts::token();
    let id: InvitationId = tx.fresh();
    store::insert(tx, coop, &id, &hash, email, &inviter.member, now.plus(LASTS))?;
    journal::append(tx, coop, "invitation_sent", id.as_str(), &json!({ "by": inviter.member }))?;
    let coop_row = coops::coop(tx, coop)?;
    let link = format!("{hall_url}/c/{}/invitation?token={token}", coop_row.slug);
    let body = format!("A member of {} invites you to ask to join:\n\n{link}\n\nThe link works once, for two weeks. You need an account here; two officers look at every application. If you do not know what this is about, do nothing.\n", coop_row.name);
    outbox::queue(tx, &Mail { coop: Some(coop.clone()), to: email.to_owned(), subject: "An invitation".to_owned(), body })
}

/// Asks to join by an invitation, which is used up by it.
///
/// # Errors
/// [`Refusal::Spent`], and whatever [`coops::apply`] refuses.
pub fn accept(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, token: &str, evidence: &str, note: &str) -> Result<ApplicationId> {
    let now = tx.now();
    let found = store::by_token(tx, coop, &Digest::of(token.as_bytes()))?.ok_or(Refusal::Spent)?;
    may_use(found.used, found.expires_at, now)?;
    let application = coops::apply(tx, actor, coop, evidence, note)?;
    store::mark_used(tx, coop, &found.id, &application)?;
    journal::append(tx, coop, "invitation_used", found.id.as_str(), &json!({ "application": application }))?;
    Ok(application)
}

/// The member's own invitations, the latest first.
///
/// # Errors
/// When the database does.
pub fn sent_by(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<Vec<Invitation>> {
    Ok(store::sent_by(conn, coop, member)?)
}

/// The number of the member whose invitation a link carries.
///
/// # Errors
/// [`Refusal::Spent`].
pub fn inviter(conn: &mut Conn, coop: &CoopId, token: &str, now: Timestamp) -> Result<i64> {
    let found = store::by_token(conn, coop, &Digest::of(token.as_bytes()))?.ok_or(Refusal::Spent)?;
    may_use(found.used, found.expires_at, now)?;
    coops::people::number_of(conn, coop, &found.by)
}
