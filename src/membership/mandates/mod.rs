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

/// Withdraws a mandate (with the bylaws' notice) or a consent (at once). Whoever was suspended, left
/// or was put out may withdraw too: the work stays theirs.
///
/// # Errors
/// [`Refusal::NotGiven`]; [`crate::error::NotFound`] for whoever never was a member.
pub fn withdraw(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, kind: Kind, purpose: Use) -> Result<Timestamp> {
    let own = coops::ever(tx, actor, coop)?.member;
    let given = store::of(tx, coop, &own)?;
    let open = given.iter().find(|a| a.kind == kind && a.purpose == purpose && a.ends_at.is_none()).ok_or(Refusal::NotGiven)?;
    end(tx, coop, &own, open)
}

/// Withdraws everything a member gave, as leaving does.
///
/// # Errors
/// [`crate::error::NotFound`] for whoever never was a member.
pub fn withdraw_all(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId) -> Result<()> {
    let own = coops::ever(tx, actor, coop)?.member;
    for open in store::of(tx, coop, &own)?.iter().filter(|a| a.ends_at.is_none()) {
        end(tx, coop, &own, open)?;
    }
    Ok(())
}

fn end(tx: &mut Tx<'_>, coop: &CoopId, member: &MemberId, open: &Authorisation) -> Result<Timestamp> {
    let now = tx.now();
    let ends = rules::ends_at(open.kind, &coops::bylaws(tx, coop, now)?.1, now);
    store::withdraw(tx, coop, &open.id, ends)?;
    journal::append(tx, coop, "authorisation_withdrawn", member.as_str(), &json!({ "kind": open.kind.word(), "use": open.purpose.word(), "ends_at": ends }))?;
    Ok(ends)
}

/// Everything a member ever gave, withdrawn or not.
///
/// # Errors
/// When the database does.
pub fn given_by(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<Vec<Authorisation>> {
    Ok(store::of(conn, coop, member)?)
}
