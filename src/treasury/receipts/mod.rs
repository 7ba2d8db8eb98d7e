//! Receipts: money that came in for a licence. A treasurer records it once, with the password given
//! for exactly that payment; it then waits under its own number until a run shares it out.

pub mod rules;
mod store;
pub mod web;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CoopId, Id as _, LicenceId, ReceiptId};
use crate::kernel::money::Currency;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Role};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::treasury::ledger::{self, Account, Posting, Transaction};
pub use rules::{Payment, Refusal};
use serde_json::json;
pub use store::{Licensed, Receipt};

/// Records a payment and answers the receipt's number. The same licence and reference with the same
/// amount and day is the same payment: one effect, the same number.
///
/// # Errors
/// A [`Refusal`], or a password that was not given for exactly this payment.
pub fn record(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, payment: &Payment) -> Result<i64> {
    let (standing, now) = (coops::standing(tx, actor, coop)?, tx.now());
    if !standing.may(Role::Treasurer) {
        return Err(Refusal::NotTreasurer.into());
    }
    let Checked { licence, currency, known, .. } = check(tx, coop, payment, now)?;
    if let Some(number) = known {
        return Ok(number);
    }
    actor.confirmed(&payment.act(), now)?;
    let (id, number): (ReceiptId, i64) = (tx.fresh(), store::next_number(tx, coop)?);
    store::insert(tx, coop, &id, number, &licence, payment, &currency, &standing.member)?;
    let posted = Transaction {
        id: ledger::named("receipt", id.as_str()).or_not_found()?,
        kind: "receipt",
        memo: format!("Receipt {number} for licence {}", payment.licence),
        proposal: None,
        currency: currency.clone(),
        postings: vec![Posting { account: Account::Bank, amount: payment.amount }, Posting { account: Account::Receipt(number), amount: -payment.amount }],
    };
    ledger::post(tx, coop, Some(&standing.member), &posted)?;
    let facts = json!({ "number": number, "licence": licence, "amount": payment.amount, "currency": currency, "received_on": payment.received_on });
    journal::append(tx, coop, "receipt_recorded", id.as_str(), &facts)?;
    Ok(number)
}

/// A payment that can be recorded as it was typed.
#[derive(Clone, Debug)]
pub struct Checked {
    licence: LicenceId,
    /// Who bought the licence.
    pub buyer: String,
    /// Currency of the books.
    pub currency: Currency,
    /// The receipt that this payment is already, if it was recorded before.
    pub known: Option<i64>,
}

/// Whether a payment can be recorded, before anybody gives a password for it.
///
/// # Errors
/// A [`Refusal`].
pub fn check(conn: &mut Conn, coop: &CoopId, payment: &Payment, now: Timestamp) -> Result<Checked> {
    let (currency, zone) = store::coop(conn, coop)?;
    let (licence, priced, buyer) = store::licence(conn, coop, payment.licence)?.ok_or(Refusal::NoLicence(payment.licence))?;
    rules::admit(payment, &priced, &currency, &zone, now)?;
    let known = match store::known(conn, coop, &licence, &payment.reference)? {
        None => None,
        Some((number, amount, day)) if amount == payment.amount && day == payment.received_on => Some(number),
        Some((number, ..)) => return Err(Refusal::Known { reference: payment.reference.clone(), number }.into()),
    };
    Ok(Checked { licence, buyer, currency, known })
}

/// The newest licences with what was received for each.
///
/// # Errors
/// When the database does.
pub fn licences(conn: &mut Conn, coop: &CoopId) -> Result<Vec<Licensed>> {
    Ok(store::licences(conn, coop)?)
}

/// What became of a receipt's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing yet.
    Waiting,
    /// A run was proposed, by number.
    Proposed(i64),
    /// A run shared it out, by number.
    Shared(i64),
    /// A refund waits for approval, by entry number.
    Refunding(i64),
    /// It was paid back, by entry number.
    Refunded(i64),
}

/// One receipt by its number.
///
/// # Errors
/// Nothing here.
pub fn find(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<Receipt> {
    store::find(conn, coop, number)?.or_not_found()
}

/// A receipt's number.
///
/// # Errors
/// Nothing here.
pub fn number_of(conn: &mut Conn, coop: &CoopId, receipt: &ReceiptId) -> Result<i64> {
    store::number_of(conn, coop, receipt).or_not_found()
}

/// What became of a receipt's money.
///
/// # Errors
/// When the database does.
pub fn state(conn: &mut Conn, coop: &CoopId, receipt: &ReceiptId) -> Result<State> {
    if let Some((number, verdict)) = store::live_run(conn, coop, receipt)? {
        return Ok(if verdict.is_some() { State::Shared(number) } else { State::Proposed(number) });
    }
    Ok(match store::live_refund(conn, coop, receipt)? {
        Some((number, Some(_))) => State::Refunded(number),
        Some((number, None)) => State::Refunding(number),
        None => State::Waiting,
    })
}

/// Receipts, newest first.
///
/// # Errors
/// When the database does.
pub fn list(conn: &mut Conn, coop: &CoopId, offset: i64, limit: i64) -> Result<Vec<Receipt>> {
    Ok(store::list(conn, coop, offset, limit)?)
}

/// Everything that ever came in, minor units.
///
/// # Errors
/// When the database does.
pub fn total(conn: &mut Conn, coop: &CoopId) -> Result<i64> {
    Ok(store::sum(conn, coop)?)
}
