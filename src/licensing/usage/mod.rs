//! What buyers report of their use: a period, what for, which model. The public record shows the
//! periods; the two parties see the rest.

pub mod rules;
mod store;
pub mod web;

use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{Id as _, ReportId};
use crate::licensing::licences::{self, Licence};
use crate::membership::coops::Coop;
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
pub use rules::{Refusal, Wish};
use serde_json::json;
pub use store::Report;

/// Takes a report of use from the licensee, during the term or after it.
///
/// # Errors
/// [`NotFound`] for anybody but the licensee's users; a [`Refusal`].
pub fn report(tx: &mut Tx<'_>, actor: &Actor, coop: &Coop, number: i64, wish: &Wish) -> Result<()> {
    let licence = licences::numbered(tx, &coop.id, number)?;
    if licences::buyer_of(tx, actor.account())?.as_ref() != Some(&licence.buyer) {
        return Err(NotFound.into());
    }
    let account = actor.account().or_not_found()?.clone();
    let now = tx.now();
    rules::admit(wish, licence.issued_at, &coop.zone, now)?;
    if of(tx, &licence)?.iter().any(|known| known.from == wish.from && known.to == wish.to) {
        return Err(Refusal::Known.into());
    }
    let id: ReportId = tx.fresh();
    store::insert(tx, &coop.id, &id, &licence.id, wish, &account)?;
    journal::append(tx, &coop.id, "usage_reported", id.as_str(), &json!({ "licence": licence.id, "from": wish.from, "to": wish.to }))
}

/// The reports on a licence, latest period first.
///
/// # Errors
/// When the database does.
pub fn of(conn: &mut Conn, licence: &Licence) -> Result<Vec<Report>> {
    Ok(store::of(conn, &licence.coop, &licence.id)?)
}
