//! Leaving a cooperative: notice by the bylaws, and with it every mandate and consent withdrawn.

pub mod web;

use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::ids::CoopId;
use crate::kernel::time::Timestamp;
use crate::membership::coops::standing;
use crate::membership::mandates;
use crate::platform::db::Tx;

/// Gives notice of leaving and withdraws everything the member gave; answers when the membership
/// ends. Mandates end after their own notice, consents at once. What is owed stays owed.
///
/// # Errors
/// [`crate::membership::coops::Refusal::LastSteward`],
/// [`crate::membership::coops::conduct::Misconduct::LeavingAlready`];
/// [`crate::error::NotFound`] for strangers.
pub fn leave(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, reason: &str) -> Result<Timestamp> {
    let ends = standing::give_notice(tx, actor, coop, reason)?;
    mandates::withdraw_all(tx, actor, coop)?;
    Ok(ends)
}
