//! The ledger, receipts and entries made by hand: each refusal, once for twice, two people for one.

use crate::support::books::{Books, proposal};
use diesel::prelude::*;
use guildhall::kernel::actor::ConfirmRefusal;
use guildhall::kernel::money::Currency;
use guildhall::membership::coops::{self, Role};
use guildhall::treasury::entries::{self, Kind, Wish};
use guildhall::treasury::ledger::{self, Account, Outcome, Posting, Transaction, named};
use guildhall::treasury::receipts::{self, Payment};

fn transaction(name: &str, amount: i64, currency: &str) -> Transaction {
    let postings = vec![Posting { account: Account::Bank, amount }, Posting { account: Account::Reserve, amount: -amount }];
    Transaction { id: named("test", name).unwrap(), kind: "test", memo: "A test".into(), proposal: None, currency: Currency::parse(currency).unwrap(), postings }
}

fn post(books: &Books, transaction: Transaction) -> guildhall::error::Result<Outcome> {
    books.act(&books.ana, move |tx, _, coop| ledger::post(tx, coop, None, &transaction))
}

fn bank(books: &Books) -> i64 {
    let coop = books.coop.id.clone();
    books.hall.read(move |conn| ledger::balance(conn, &coop, &Account::Bank))
}

#[test]
fn a_transaction_is_posted_once_however_often_it_is_sent() {
    let books = Books::open();
    assert_eq!(post(&books, transaction("a", 500, "EUR")).unwrap(), Outcome::New);
    assert_eq!(post(&books, transaction("a", 500, "EUR")).unwrap(), Outcome::Known);
    assert_eq!(bank(&books), 500);
    let other = post(&books, transaction("a", 501, "EUR")).unwrap_err();
    assert_eq!(other.refusal(), Some(&ledger::Refusal::Different));
    let foreign = post(&books, transaction("b", 5, "USD")).unwrap_err();
    assert_eq!(foreign.refusal(), Some(&ledger::Refusal::Currency("EUR".into())));
    let short = post(&books, transaction("c", -501, "EUR")).unwrap_err();
    assert!(matches!(short.refusal(), Some(ledger::Refusal::Short { .. })));
    assert_eq!(bank(&books), 500, "a refusal changes nothing");
}

#[test]
fn what_is_posted_stays_even_against_raw_sql() {
    let books = Books::open();
    post(&books, transaction("a", 500, "EUR")).unwrap();
    for sql in ["UPDATE postings SET amount = 1", "DELETE FROM postings", "UPDATE ledger_transactions SET memo = ''", "DELETE FROM ledger_transactions", "DELETE FROM receipts", "DELETE FROM run_lines"] {
        let refused = books.act(&books.ana, move |tx, _, _| Ok(diesel::sql_query(sql).execute(&mut **tx)?));
        // A statement that touches no row fires no row trigger; those tables are empty here.
        assert!(refused.is_err() || matches!(refused, Ok(0)), "{sql}");
    }
    assert_eq!(bank(&books), 500);
    let updated = books.act(&books.ana, |tx, _, _| Ok(diesel::sql_query("UPDATE postings SET amount = 1").execute(&mut **tx)?));
    assert!(updated.is_err());
}

#[test]
fn a_payment_is_recorded_once_by_a_treasurer_who_gave_the_password_for_it() {
    let books = Books::open();
    let payment = |amount, reference: &str| Payment { licence: 1, amount, reference: reference.into(), received_on: "2026-03-01".into() };
    let unconfirmed = payment(100_001, "ACME 1");
    let refused = books.act(&books.ana, move |tx, actor, coop| receipts::record(tx, actor, coop, &unconfirmed)).unwrap_err();
    assert_eq!(refused.refusal(), Some(&ConfirmRefusal::Missing));
    let (shown, done) = (payment(1, "ACME 1").act(), payment(100_001, "ACME 1"));
    let refused = books.sign(&books.ana, move |_, _| Ok(shown.clone()), move |tx, actor, coop| receipts::record(tx, actor, coop, &done)).unwrap_err();
    assert_eq!(refused.refusal(), Some(&ConfirmRefusal::Changed), "what was shown is what is signed");
    assert_eq!(books.receive(100_001, "ACME 1").unwrap(), 1);
    assert_eq!(books.receive(100_001, "ACME 1").unwrap(), 1, "the same payment again");
    assert_eq!(bank(&books), 100_001);
    let known = books.receive(5, "ACME 1").unwrap_err();
    assert_eq!(known.refusal(), Some(&receipts::Refusal::Known { reference: "ACME 1".into(), number: 1 }));
    assert_eq!(books.receive(5, "ACME 2").unwrap(), 2);
    let as_cia = payment(7, "x");
    let refused = books.act(&books.cia, move |tx, actor, coop| receipts::record(tx, actor, coop, &as_cia)).unwrap_err();
    assert_eq!(refused.refusal(), Some(&receipts::Refusal::NotTreasurer));
    let nowhere = Payment { licence: 9, ..payment(7, "x") };
    let refused = books.act(&books.ana, move |tx, actor, coop| receipts::record(tx, actor, coop, &nowhere)).unwrap_err();
    assert_eq!(refused.refusal(), Some(&receipts::Refusal::NoLicence(9)));
    assert_eq!(bank(&books), 100_006);
}

fn wish(kind: Kind, line: &str, amount: i64) -> Wish {
    Wish { kind, line: line.into(), amount, memo: "Server, March".into(), receipt: None }
}

fn propose(books: &Books, wish: Wish) -> guildhall::error::Result<i64> {
    books.act(&books.ana, move |tx, actor, coop| entries::propose(tx, actor, coop, &wish))
}

fn approve(books: &Books, person: &crate::support::Person, number: i64) -> guildhall::error::Result<()> {
    let shown = move |tx: &mut guildhall::platform::db::Tx<'_>, coop: &_| {
        let entry = entries::find(tx, coop, number)?;
        Ok(entries::act(entry.number, entry.kind, &entry.line, entry.amount, &entry.memo))
    };
    books.sign(person, shown, move |tx, actor, coop| entries::approve(tx, actor, coop, number))
}

#[test]
fn spending_takes_two_people_a_voted_line_and_money_set_aside() {
    let books = Books::open();
    let refusal = |error: guildhall::error::Error| error.refusal::<entries::Refusal>().cloned().expect("an entry's refusal");
    assert_eq!(refusal(propose(&books, wish(Kind::Expense, "Travel", 100)).unwrap_err()), entries::Refusal::NoBudget("Travel".into()));
    assert!(matches!(refusal(propose(&books, wish(Kind::Expense, "Hosting", 20_001)).unwrap_err()), entries::Refusal::OverBudget { .. }));
    assert_eq!(refusal(propose(&books, wish(Kind::Expense, "Hosting", 0)).unwrap_err()), entries::Refusal::NoMoney);
    let as_cia = wish(Kind::Expense, "Hosting", 1);
    assert_eq!(refusal(books.act(&books.cia, move |tx, actor, coop| entries::propose(tx, actor, coop, &as_cia)).unwrap_err()), entries::Refusal::NotTreasurer);

    let first = propose(&books, wish(Kind::Expense, "Hosting", 15_000)).unwrap();
    let over = refusal(propose(&books, wish(Kind::Expense, "Hosting", 6_000)).unwrap_err());
    assert!(over.to_string().contains("EUR 50.00 left") && over.to_string().contains("EUR 150.00 waiting"), "{over}");
    assert_eq!(refusal(approve(&books, &books.ana, first).unwrap_err()), entries::Refusal::SamePerson(first));
    assert_eq!(refusal(approve(&books, &books.cia, first).unwrap_err()), entries::Refusal::MayNotRule);
    let short = approve(&books, &books.bea, first).unwrap_err();
    assert!(matches!(short.refusal(), Some(ledger::Refusal::Short { .. })), "nothing was set aside for costs yet");

    let opening = propose(&books, wish(Kind::Opening, "costs", 30_000)).unwrap();
    approve(&books, &books.bea, opening).unwrap();
    approve(&books, &books.bea, first).unwrap();
    assert_eq!(bank(&books), 15_000);
    assert_eq!(refusal(approve(&books, &books.bea, first).unwrap_err()), entries::Refusal::Ruled(first));
    let coop = books.coop.id.clone();
    let lines = books.hall.read(move |conn| entries::lines(conn, &coop));
    assert_eq!(lines, [("Hosting".to_owned(), entries::Line { voted: 20_000, spent: 15_000, waiting: 0 })]);
    assert_eq!(refusal(propose(&books, wish(Kind::Opening, "party", 5)).unwrap_err()), entries::Refusal::NoFund);
}

#[test]
fn the_proposer_cannot_approve_after_a_change_of_role_either() {
    let books = Books::open();
    let opening = propose(&books, wish(Kind::Opening, "reserve", 30_000)).unwrap();
    books
        .act(&books.ana, |tx, actor, coop| {
            let ana = coops::standing(tx, actor, coop)?.member;
            coops::take_role(tx, actor, coop, &ana, Role::Treasurer)
        })
        .unwrap();
    assert_eq!(approve(&books, &books.ana, opening).unwrap_err().refusal(), Some(&entries::Refusal::SamePerson(opening)), "still the same person, now as steward");
    let refused = books.act(&books.bea, move |tx, actor, coop| entries::refuse(tx, actor, coop, opening, "")).unwrap_err();
    assert_eq!(refused.refusal(), Some(&entries::Refusal::NoReason));
    books.act(&books.bea, move |tx, actor, coop| entries::refuse(tx, actor, coop, opening, "There was no such balance.")).unwrap();
    assert_eq!(bank(&books), 0);
}

#[test]
fn a_receipt_is_refunded_whole_and_once_and_never_after_it_was_shared() {
    let books = Books::open();
    let (one, two) = (books.receive(500, "one").unwrap(), books.receive(700, "two").unwrap());
    let refund = |receipt| Wish { receipt: Some(receipt), ..wish(Kind::Refund, "", 0) };
    let entry = propose(&books, refund(one)).unwrap();
    assert_eq!(propose(&books, refund(one)).unwrap_err().refusal(), Some(&entries::Refusal::AlreadyRefunded(one)));
    assert_eq!(books.propose_run(&books.ana, one).unwrap_err().refusal(), Some(&guildhall::treasury::splits::Refusal::Refunded(one)));
    approve(&books, &books.bea, entry).unwrap();
    assert_eq!(bank(&books), 700, "as if the first had never come");
    let run = books.propose_run(&books.ana, two).unwrap();
    assert_eq!(propose(&books, refund(two)).unwrap_err().refusal(), Some(&entries::Refusal::AlreadySplit { receipt: two, run }));
    assert_eq!(propose(&books, wish(Kind::Refund, "", 5)).unwrap_err().refusal(), Some(&entries::Refusal::NoReceipt));
}

#[test]
fn a_vote_to_spend_is_carried_out_once() {
    let books = Books::open();
    let allow = |amount| books.act(&books.ana, move |tx, _, coop| entries::allow_spending(tx, coop, &proposal(102), "Hosting", amount));
    allow(20_000).unwrap();
    assert_eq!(allow(30_000).unwrap_err().refusal(), Some(&entries::Refusal::Different));
    assert_eq!(books.act(&books.ana, |tx, _, coop| entries::allow_spending(tx, coop, &proposal(103), "Hosting", 0)).unwrap_err().refusal(), Some(&entries::Refusal::NoMoney));
    let coop = books.coop.id.clone();
    assert_eq!(books.hall.read(move |conn| entries::lines(conn, &coop))[0].1.voted, 20_000);
}
