//! Receipts: money that came in for a licence. A treasurer records it once, with the password given
//! for exactly that payment; it then waits under its own number until a run shares it out.

pub mod rules;
mod store;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CoopId, Id as _, ReceiptId};
use crate::membership::coops::{self, Role};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::treasury::ledger::{self, Account, Posting, Transaction};
pub use rules::{Payment, Refusal};
use serde_json::json;
pub use store::Receipt;

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
    let (currency, zone) = store::coop(tx, coop)?;
    let (licence, priced) = store::licence(tx, coop, payment.licence)?.ok_or(Refusal::NoLicence(payment.licence))?;
    rules::admit(payment, &priced, &currency, &zone, now)?;
    if let Some((number, amount, day)) = store::known(tx, coop, &licence, &payment.reference)? {
        let same = amount == payment.amount && day == payment.received_on;
        return if same { Ok(number) } else { Err(Refusal::Known { reference: payment.reference.clone(), number }.into()) };
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
