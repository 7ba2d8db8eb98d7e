//! Payouts: members say where they want to be paid, a treasurer lists what is owed to those who did,
//! somebody else releases the list, and only then is there a file for the bank. Whoever has not said
//! where keeps the money on the books, and is told so.

pub mod rules;
mod store;
pub mod web;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ContributorId, CoopId, Id as _, MemberId};
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Role};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::platform::outbox::{self, Mail};
use crate::treasury::entries::rules::are_two;
use crate::treasury::ledger::{self, Account, Posting, Transaction};
use crate::treasury::people;
pub use rules::{Details, Method, Payment, Refusal};
use serde_json::json;
use std::collections::BTreeMap;
pub use store::{Payout, Sent, Verdict};

/// Most people on one list: with its lines, postings and balances below 1,000 rows.
pub const MOST: usize = 300;
/// Most mails sent with one list to people who have not said where to be paid.
const MOST_TOLD: usize = 200;

/// Says where whoever is or was a member wants to be paid, from now on. Needs the password for exactly these
/// details; the member is told by mail, in case it was somebody else.
///
/// # Errors
/// For strangers, or a password not given for this.
pub fn set_details(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, details: &Details) -> Result<()> {
    let member = people::ever_member(tx, coop, actor)?;
    actor.confirmed(&details.act(), tx.now())?;
    store::put_details(tx, coop, &member, details)?;
    journal::append(tx, coop, "payment_details_set", member.as_str(), &json!({}))?;
    let to = store::address(tx, actor.account().or_not_found()?)?;
    let body = "Where you are paid was set or changed just now. If that was not you, change your password at once and write to your treasurer.\n";
    outbox::queue(tx, &Mail { coop: Some(coop.clone()), to, subject: "A change to your account".to_owned(), body: body.to_owned() })
}

/// Where a member wants to be paid.
///
/// # Errors
/// When the database does.
pub fn details(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<Option<Details>> {
    Ok(store::details(conn, coop, member)?)
}

#[derive(Default)]
struct Due {
    payable: Vec<(ContributorId, i64, Details)>,
    untold: Vec<String>,
}

/// Everybody who is owed something, up to a list's length: those who can be paid, and the addresses
/// of those who have not said where. Names that nobody claimed are in neither.
fn due(conn: &mut Conn, coop: &CoopId) -> Result<Due> {
    let (mut due, mut after) = (Due::default(), String::new());
    while due.payable.len() < MOST {
        let page = store::owed(conn, coop, &after, 500)?;
        let Some((last, _)) = page.last() else { break };
        after.clone_from(last);
        let owed: BTreeMap<ContributorId, i64> = page.iter().filter_map(|(path, amount)| Some((contributor(path)?, amount.saturating_neg()))).collect();
        let ids: Vec<ContributorId> = owed.keys().cloned().collect();
        let listed = store::on_lists(conn, coop, &ids)?;
        for payee in store::payees(conn, coop, &ids)?.into_iter().filter(|p| !listed.contains(&p.contributor)) {
            let amount = owed.get(&payee.contributor).copied().unwrap_or(0);
            match payee.details() {
                Some(details) => due.payable.push((payee.contributor, amount, details)),
                None => due.untold.push(payee.email),
            }
        }
    }
    due.payable.truncate(MOST);
    due.untold.truncate(MOST_TOLD);
    Ok(due)
}

fn contributor(path: &str) -> Option<ContributorId> {
    match Account::parse(path)? {
        Account::Member(id) => Some(id),
        _ => None,
    }
}

/// Lists what is owed to everybody who has said where to be paid, at most [`MOST`] people, and
/// answers the list's number. No money moves; those who have not said where are told.
///
/// # Errors
/// Each [`Refusal`] that speaks of listing.
pub fn list(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId) -> Result<i64> {
    let standing = coops::standing(tx, actor, coop)?;
    if !standing.may(Role::Treasurer) {
        return Err(Refusal::NotTreasurer.into());
    }
    let Due { payable, untold } = due(tx, coop)?;
    if payable.is_empty() {
        return Err(Refusal::Nobody.into());
    }
    let row = coops::coop(tx, coop)?;
    let (currency, bank) = (row.currency()?, ledger::balance(tx, coop, &Account::Bank)?);
    let total = payable.iter().try_fold(0_i64, |sum, (_, amount, _)| sum.checked_add(*amount)).unwrap_or(i64::MAX);
    if total > bank {
        return Err(Refusal::NotEnough { total: currency.show(total), bank: currency.show(bank) }.into());
    }
    let number = store::next_number(tx, coop)?;
    let payout = Payout { id: tx.fresh(), number, total, currency, listed_by: standing.member, at: tx.now(), verdict: None, ruled_at: None, ruled_by: None, reason: None };
    let line = |(payee, amount, details): (ContributorId, i64, Details)| {
        let hash = details.on_list(payout.id.as_str(), &payee);
        (payee, amount, hash)
    };
    let lines: Vec<store::Line> = payable.into_iter().map(line).collect();
    store::insert(tx, coop, &payout, &lines)?;
    tell(tx, coop, &row.name, untold)?;
    let facts = json!({ "number": number, "total": total, "currency": payout.currency, "people": lines.len(), "by": payout.listed_by });
    journal::append(tx, coop, "payout_listed", payout.id.as_str(), &facts)?;
    Ok(number)
}

fn tell(tx: &mut Tx<'_>, coop: &CoopId, name: &str, untold: Vec<String>) -> Result<()> {
    let body = format!("{name} is paying its members, and you are owed money. It waits for you because you have not said where to be paid. Sign in, open \"My earnings\" and say where; you are then on the next list.\n");
    for to in untold {
        outbox::queue(tx, &Mail { coop: Some(coop.clone()), to, subject: "Something is waiting for you".to_owned(), body: body.clone() })?;
    }
    Ok(())
}

/// What somebody who releases a list gives the password for.
///
/// # Errors
/// When the database does.
pub fn release_act(conn: &mut Conn, coop: &CoopId, payout: &Payout) -> Result<Digest> {
    let mut lines = store::lines(conn, coop, &payout.id)?;
    lines.sort();
    Ok(rules::release_act(payout.number, payout.total, &lines))
}

/// Releases a list: the money leaves the members' accounts and the bank's. Needs another member than
/// the one who made it, and the password for exactly this list.
///
/// # Errors
/// Each [`Refusal`] that speaks of releasing.
pub fn release(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64) -> Result<()> {
    let (payout, by) = to_rule_on(tx, actor, coop, number)?;
    if !are_two(&payout.listed_by, &by) {
        return Err(Refusal::SamePerson(number).into());
    }
    let act = release_act(tx, coop, &payout)?;
    actor.confirmed(&act, tx.now())?;
    let lines = store::lines(tx, coop, &payout.id)?;
    let changed = lines.len().saturating_sub(unchanged(tx, coop, &payout, &lines)?.len());
    if changed > 0 {
        return Err(Refusal::DetailsChanged(changed).into());
    }
    let debits = lines.iter().map(|(payee, amount, _)| Posting { account: Account::Member(payee.clone()), amount: *amount });
    let posted = Transaction {
        id: ledger::named("payout", payout.id.as_str()).or_not_found()?,
        kind: "payout",
        memo: format!("Payment list {number}"),
        proposal: None,
        currency: payout.currency.clone(),
        postings: debits.chain([Posting { account: Account::Bank, amount: -payout.total }]).collect(),
    };
    store::insert_ruling(tx, coop, &payout.id, Verdict::Released, "", &by)?;
    ledger::post(tx, coop, Some(&by), &posted)?;
    journal::append(tx, coop, "payout_released", payout.id.as_str(), &json!({ "number": number, "total": payout.total, "by": by }))
}

/// Discards a list that was not released, with the reason.
///
/// # Errors
/// Each [`Refusal`] that speaks of ruling.
pub fn discard(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, reason: &str) -> Result<()> {
    let (payout, by) = to_rule_on(tx, actor, coop, number)?;
    if reason.is_empty() {
        return Err(Refusal::NoReason.into());
    }
    store::insert_ruling(tx, coop, &payout.id, Verdict::Discarded, reason, &by)?;
    journal::append(tx, coop, "payout_discarded", payout.id.as_str(), &json!({ "number": number, "by": by }))
}

fn to_rule_on(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64) -> Result<(Payout, MemberId)> {
    let standing = coops::standing(tx, actor, coop)?;
    if !standing.may(Role::Treasurer) && !standing.may(Role::Steward) {
        return Err(Refusal::MayNotRule.into());
    }
    let payout = find(tx, coop, number)?;
    if payout.verdict.is_some() { Err(Refusal::Ruled(number).into()) } else { Ok((payout, standing.member)) }
}

/// The payments of a list whose people have not changed where they are paid since.
fn unchanged(conn: &mut Conn, coop: &CoopId, payout: &Payout, lines: &[store::Line]) -> Result<Vec<Payment>> {
    let of: BTreeMap<&ContributorId, (i64, &Digest)> = lines.iter().map(|(payee, amount, hash)| (payee, (*amount, hash))).collect();
    let ids: Vec<ContributorId> = lines.iter().map(|(payee, ..)| payee.clone()).collect();
    let same = |payee: store::Payee| {
        let (details, (amount, hash)) = (payee.details()?, of.get(&payee.contributor).copied()?);
        (details.on_list(payout.id.as_str(), &payee.contributor) == *hash).then_some(Payment { member: payee.member, details, amount })
    };
    Ok(store::payees(conn, coop, &ids)?.into_iter().filter_map(same).collect())
}

/// The payments of a list and how many of its people changed where they are paid since, for those
/// who rule on it.
///
/// # Errors
/// When the database does.
pub fn payments(conn: &mut Conn, coop: &CoopId, payout: &Payout) -> Result<(Vec<Payment>, usize)> {
    let lines = store::lines(conn, coop, &payout.id)?;
    let payments = unchanged(conn, coop, payout, &lines)?;
    let changed = lines.len().saturating_sub(payments.len());
    Ok((payments, changed))
}

/// The file for the bank of a released list.
///
/// # Errors
/// [`Refusal::NotReleased`], [`Refusal::DetailsChanged`].
pub fn file(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<String> {
    let payout = find(conn, coop, number)?;
    if payout.verdict != Some(Verdict::Released) {
        return Err(Refusal::NotReleased(number).into());
    }
    match payments(conn, coop, &payout)? {
        (payments, 0) => Ok(rules::csv(number, &payout.currency, &coops::coop(conn, coop)?.name, &payments)),
        (_, changed) => Err(Refusal::DetailsChanged(changed).into()),
    }
}

/// One list by its number.
///
/// # Errors
/// Nothing here.
pub fn find(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<Payout> {
    store::list(conn, coop, Some(number), 0, 1)?.pop().or_not_found()
}

/// Lists, newest first.
///
/// # Errors
/// When the database does.
pub fn lists(conn: &mut Conn, coop: &CoopId, offset: i64, limit: i64) -> Result<Vec<Payout>> {
    Ok(store::list(conn, coop, None, offset, limit)?)
}

/// Lists that wait for a second person: number, who made it, when.
///
/// # Errors
/// When the database does.
pub fn open(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(i64, MemberId, Timestamp)>> {
    Ok(store::open(conn, coop)?)
}

/// What a list made now would hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// How many people would be on it, at most [`MOST`].
    pub people: usize,
    /// What it would come to, minor units.
    pub total: i64,
    /// How many of those looked at have not said where to be paid.
    pub untold: usize,
}

/// What a list made now would hold.
///
/// # Errors
/// When the database does.
pub fn preview(conn: &mut Conn, coop: &CoopId) -> Result<Preview> {
    let due = due(conn, coop)?;
    let total = due.payable.iter().fold(0_i64, |sum, (_, amount, _)| sum.saturating_add(*amount));
    Ok(Preview { people: due.payable.len(), total, untold: due.untold.len() })
}

/// What was sent, or is listed, to a person's contributor names, newest first.
///
/// # Errors
/// When the database does.
pub fn sent_to(conn: &mut Conn, coop: &CoopId, names: &[ContributorId]) -> Result<Vec<Sent>> {
    Ok(store::sent_to(conn, coop, names)?)
}

/// Everything that was ever sent to members, minor units.
///
/// # Errors
/// When the database does.
pub fn total(conn: &mut Conn, coop: &CoopId) -> Result<i64> {
    Ok(store::sent(conn, coop)?)
}
