//! Written complaints: numbered, answered in writing by an officer whom they do not concern.

pub mod rules;
mod store;
pub mod web;

use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{ComplaintId, CoopId, Id as _};
use crate::membership::coops::{self, Standing};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::platform::outbox::{self, Mail};
pub use rules::Refusal;
use serde_json::json;
pub use store::Complaint;

/// Makes a complaint, about the member with this number if it is about one; answers its own number.
/// Suspended and former members may complain too.
///
/// # Errors
/// [`Refusal::NobodyByThatNumber`]; [`NotFound`] for whoever never was a member.
pub fn complain(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, about: Option<i64>, subject: &str, body: &str) -> Result<i64> {
    let own = coops::ever(tx, actor, coop)?;
    let concerns = match about {
        Some(number) => Some(coops::people::row(tx, coop, number).map_err(|_| Refusal::NobodyByThatNumber)?.id),
        None => None,
    };
    let (id, number): (ComplaintId, _) = (tx.fresh(), store::next_number(tx, coop)?);
    store::insert(tx, coop, &id, number, &own.member, concerns.as_ref(), subject, body)?;
    journal::append(tx, coop, "complaint_made", id.as_str(), &json!({ "number": number }))?;
    Ok(number)
}

/// Answers a complaint in writing, once and for good.
///
/// # Errors
/// [`coops::Refusal::NeedsOffice`], [`Refusal::Concerned`], [`Refusal::Answered`]; [`NotFound`].
pub fn answer(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, body: &str) -> Result<()> {
    let officer = coops::officer(tx, actor, coop)?;
    let complaint = store::numbered(tx, coop, number).or_not_found()?;
    rules::may_answer(&complaint, &officer.member)?;
    store::insert_answer(tx, coop, &complaint.id, body, &officer.member)?;
    journal::append(tx, coop, "complaint_answered", complaint.id.as_str(), &json!({ "by": officer.member }))?;
    let name = coops::coop(tx, coop)?.name;
    let to = store::email_of(tx, coop, &complaint.member)?;
    let words = format!("Your complaint no. {number} in {name} has an answer in writing. Sign in to read it.\n");
    outbox::queue(tx, &Mail { coop: Some(coop.clone()), to, subject: "An answer is waiting".to_owned(), body: words })
}

/// The complaints a reader may see, the latest first: one's own, and for officers all that do not
/// concern them.
///
/// # Errors
/// When the database does.
pub fn visible(conn: &mut Conn, coop: &CoopId, reader: &Standing) -> Result<Vec<Complaint>> {
    let all = store::all(conn, coop)?;
    Ok(all.into_iter().filter(|complaint| rules::may_read(complaint, reader)).collect())
}

/// One complaint, if the reader may see it.
///
/// # Errors
/// [`NotFound`].
pub fn one(conn: &mut Conn, coop: &CoopId, number: i64, reader: &Standing) -> Result<Complaint> {
    let complaint = store::numbered(conn, coop, number).or_not_found()?;
    if rules::may_read(&complaint, reader) { Ok(complaint) } else { Err(NotFound.into()) }
}
