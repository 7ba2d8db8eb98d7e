//! What a member lets the cooperative do with their work, use by use: a mandate to license it
//! (non-exclusive, withdrawn with the bylaws' notice) and, apart from it, consent where personal
//! data and likeness are concerned (withdrawn at once).

pub mod rules;
mod store;
pub mod web;

use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::ids::{AuthorisationId, CoopId, Id as _, MemberId};
use crate::kernel::terms::Use;
use crate::kernel::time::Timestamp;
use crate::membership::coops;
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
pub use rules::{Authorisation, Kind, Refusal, State};
use serde_json::json;

/// Gives a mandate or a consent for one use. Giving what stands already changes nothing.
///
/// # Errors
/// [`crate::error::NotFound`] for strangers; [`coops::Refusal::Suspended`].
pub fn give(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, kind: Kind, purpose: Use) -> Result<()> {
    let standing = coops::standing(tx, actor, coop)?;
    if !standing.is_in() {
        return Err(coops::Refusal::Suspended.into());
    }
    let now = tx.now();
    if rules::state(&store::of(tx, coop, &standing.member)?, kind, purpose, now) == State::Given {
        return Ok(());
    }
    let id: AuthorisationId = tx.fresh();
    store::insert(tx, coop, &id, &standing.member, kind, purpose)?;
    journal::append(tx, coop, "authorisation_given", standing.member.as_str(), &json!({ "kind": kind.word(), "use": purpose.word() }))
}

/// Withdraws a mandate (with the bylaws' notice) or a consent (at once).
///
/// # Errors
/// [`Refusal::NotGiven`]; [`crate::error::NotFound`] for strangers. A suspended member may withdraw.
pub fn withdraw(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, kind: Kind, purpose: Use) -> Result<Timestamp> {
    let standing = coops::standing(tx, actor, coop)?;
    let now = tx.now();
    let given = store::of(tx, coop, &standing.member)?;
    let open = given.iter().find(|a| a.kind == kind && a.purpose == purpose && a.ends_at.is_none()).ok_or(Refusal::NotGiven)?;
    let ends = rules::ends_at(kind, &coops::bylaws(tx, coop, now)?.1, now);
    store::withdraw(tx, coop, &open.id, ends)?;
    journal::append(tx, coop, "authorisation_withdrawn", standing.member.as_str(), &json!({ "kind": kind.word(), "use": purpose.word(), "ends_at": ends }))?;
    Ok(ends)
}

/// Everything a member ever gave, withdrawn or not.
///
/// # Errors
/// When the database does.
pub fn given_by(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<Vec<Authorisation>> {
    Ok(store::of(conn, coop, member)?)
}
