//! Payouts: where somebody is paid, who lists, who releases, and what the bank's file holds.

use crate::support::Person;
use crate::support::books::Books;
use guildhall::error::{Error, Result};
use guildhall::kernel::actor::ConfirmRefusal;
use guildhall::treasury::payouts::{self, Details, Method, Refusal};
use guildhall::treasury::statements;

fn refusal(error: Error) -> Refusal {
    error.refusal().cloned().unwrap_or_else(|| panic!("not a payout's refusal: {error}"))
}

fn set(books: &Books, person: &Person, number: &str) {
    let details = Details::read(Method::Mobile, "=Ana", number).unwrap();
    let act = details.act();
    books.sign(person, move |_, _| Ok(act.clone()), move |tx, actor, coop| payouts::set_details(tx, actor, coop, &details)).unwrap();
}

fn list(books: &Books, person: &Person) -> Result<i64> {
    books.act(person, payouts::list)
}

fn release(books: &Books, person: &Person, number: i64) -> Result<()> {
    let shown = move |tx: &mut guildhall::platform::db::Tx<'_>, coop: &_| {
        let payout = payouts::find(tx, coop, number)?;
        payouts::release_act(tx, coop, &payout)
    };
    books.sign(person, shown, move |tx, actor, coop| payouts::release(tx, actor, coop, number))
}

fn shared() -> Books {
    let books = Books::open();
    let receipt = books.receive(100_001, "ACME 1").unwrap();
    let run = books.propose_run(&books.ana, receipt).unwrap();
    books.release_run(&books.bea, run).unwrap();
    books
}

#[test]
fn those_who_said_where_are_paid_once_and_the_others_are_told() {
    let books = shared();
    assert_eq!(refusal(list(&books, &books.ana).unwrap_err()), Refusal::Nobody);
    assert_eq!(refusal(list(&books, &books.cia).unwrap_err()), Refusal::NotTreasurer);
    set(&books, &books.ana, "+254 712 345678");
    let number = list(&books, &books.ana).unwrap();
    assert_eq!(refusal(list(&books, &books.bea).unwrap_err()), Refusal::Nobody, "nobody is on two lists");
    let coop = books.coop.id.clone();
    let early = books.hall.wait(books.hall.app.db.read(move |conn| payouts::file(conn, &coop, number))).unwrap_err();
    assert_eq!(refusal(early), Refusal::NotReleased(number));
    assert_eq!(refusal(release(&books, &books.ana, number).unwrap_err()), Refusal::SamePerson(number));
    assert_eq!(refusal(release(&books, &books.cia, number).unwrap_err()), Refusal::MayNotRule);
    let unsigned = books.act(&books.bea, move |tx, actor, coop| payouts::release(tx, actor, coop, number)).unwrap_err();
    assert_eq!(unsigned.refusal(), Some(&ConfirmRefusal::Missing));
    release(&books, &books.bea, number).unwrap();
    assert_eq!(refusal(release(&books, &books.bea, number).unwrap_err()), Refusal::Ruled(number));
    let coop = books.coop.id.clone();
    let file = books.hall.read(move |conn| payouts::file(conn, &coop, number));
    assert_eq!(file.lines().nth(1), Some("1,1,mobile,'=Ana,,254712345678,298.70,EUR,Callworkers 1-1 member 1"));
    let (coop, ana, bea) = (books.coop.id.clone(), books.member(&books.ana), books.member(&books.bea));
    let (ana, bea) = books.hall.read(move |conn| Ok((statements::statement(conn, &coop, &ana)?, statements::statement(conn, &coop, &bea)?)));
    assert_eq!((ana.earned, ana.paid, ana.owed), (29_870, 29_870, 0));
    assert_eq!((bea.paid, bea.owed), (0, 42_921), "it stays hers");
    assert!(ana.agrees() && bea.agrees());
    let mails = books.hall.mails();
    assert!(mails.iter().any(|mail| mail.contains("bea@people.example") && mail.contains("you have not said where to be paid")));
    assert!(!mails.iter().any(|mail| mail.contains("298.70") || mail.contains("254712345678")), "no sums or numbers in mails");
}

#[test]
fn a_change_of_details_after_listing_stops_the_list() {
    let books = shared();
    set(&books, &books.ana, "+254 712 345678");
    let number = list(&books, &books.bea).unwrap();
    set(&books, &books.ana, "+254 799 999999");
    assert_eq!(refusal(release(&books, &books.ana, number).unwrap_err()), Refusal::DetailsChanged(1));
    assert_eq!(refusal(books.act(&books.ana, move |tx, actor, coop| payouts::discard(tx, actor, coop, number, "")).unwrap_err()), Refusal::NoReason);
    books.act(&books.bea, move |tx, actor, coop| payouts::discard(tx, actor, coop, number, "Details changed.")).unwrap();
    let again = list(&books, &books.bea).unwrap();
    release(&books, &books.ana, again).unwrap();
}

#[test]
fn changing_where_one_is_paid_takes_the_password_and_is_told() {
    let books = Books::open();
    let details = Details::read(Method::Bank, "Cia", "DE89 3704 0044 0532 0130 00").unwrap();
    let refused = books.act(&books.cia, move |tx, actor, coop| payouts::set_details(tx, actor, coop, &details)).unwrap_err();
    assert_eq!(refused.refusal(), Some(&ConfirmRefusal::Missing));
    set(&books, &books.cia, "+254 712 345678");
    assert!(books.hall.mails().iter().any(|mail| mail.contains("cia@people.example") && mail.contains("Where you are paid was set or changed")));
}
