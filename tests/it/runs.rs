//! Runs: each refusal, two people, what is released is what was worked out, and every share is
//! explained from the receipt to the cent.

use crate::support::books::{Books, proposal, split, unclaimed};
use guildhall::kernel::actor::ConfirmRefusal;
use guildhall::kernel::digest::Digest;
use guildhall::kernel::matter::{ShareBy, Split};
use guildhall::treasury::ledger::{self, Account};
use guildhall::treasury::splits::{self, Refusal, verify_run};
use guildhall::treasury::statements;

fn refusal(error: guildhall::error::Error) -> Refusal {
    error.refusal().cloned().unwrap_or_else(|| panic!("not a run's refusal: {error}"))
}

#[test]
fn a_released_run_shares_the_receipt_to_the_cent() {
    let books = Books::open();
    let receipt = books.receive(100_001, "ACME 1").unwrap();
    let run = books.propose_run(&books.ana, receipt).unwrap();
    let coop = books.coop.id.clone();
    let before = books.hall.read(move |conn| ledger::totals(conn, &coop));
    assert_eq!((before.unsplit, before.members), (100_001, 0), "a proposal moves nothing");
    assert_eq!(refusal(books.release_run(&books.ana, run).unwrap_err()), Refusal::SamePerson(run));
    assert_eq!(refusal(books.release_run(&books.cia, run).unwrap_err()), Refusal::MayNotRule);
    books.release_run(&books.bea, run).unwrap();
    assert_eq!(refusal(books.release_run(&books.bea, run).unwrap_err()), Refusal::Ruled(run));

    // 8% costs, 5% reserve, the rest 40% in three equal parts and 60% by words: Ana 300 + 50, Bea
    // 300 + 250 + 50 under two names, the pseudonym 50, of 1,000.
    let (coop, ana, bea, cia) = (books.coop.id.clone(), books.member(&books.ana), books.member(&books.bea), books.member(&books.cia));
    let (totals, [ana, bea, cia], held) = books.hall.read(move |conn| {
        let statements = [statements::statement(conn, &coop, &ana)?, statements::statement(conn, &coop, &bea)?, statements::statement(conn, &coop, &cia)?];
        Ok((ledger::totals(conn, &coop)?, statements, -ledger::balance(conn, &coop, &Account::Member(unclaimed()))?))
    });
    assert_eq!((totals.bank, totals.unsplit, totals.costs, totals.reserve, totals.members), (100_001, 0, 8_000, 5_000, 87_001));
    assert_eq!((ana.owed, bea.owed, held), (29_870, 42_921, 14_210));
    assert_eq!(ana.owed + bea.owed + held, 87_001);
    assert!(ana.agrees() && bea.agrees() && cia.agrees());
    assert!(cia.shares.is_empty() && cia.earned == 0);
    let share = &bea.shares[0];
    assert_eq!((share.receipt, share.licence, share.proposal, share.revision, share.amount, share.share), (1, 1, 2, 1, 100_001, 42_921));
    assert_eq!(share.working.exact, "42920.4933");
    assert_eq!((share.working.bases[1].mine.as_str(), share.working.bases[1].all.as_str()), ("600", "1,000"));
}

#[test]
fn a_runs_file_replays_and_names_nobody() {
    let books = Books::open();
    let receipt = books.receive(12_345, "ACME 1").unwrap();
    let run = books.propose_run(&books.ana, receipt).unwrap();
    let coop = books.coop.id.clone();
    let file = books.hall.read(move |conn| splits::file(conn, &coop, run));
    let text = serde_json::to_string(&file).unwrap();
    let report = verify_run(&text).unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    assert!(!text.contains(unclaimed().to_string().as_str()) && !text.contains("speaker"), "payees are marks");
    assert_eq!(file.input.payees.len(), 3, "two names of one member are one payee");
    let robbed = text.replacen(&format!("\"amount\":{}", file.output.lines[0].amount), &format!("\"amount\":{}", file.output.lines[0].amount + 1), 1);
    assert!(!verify_run(&robbed).unwrap().problems.is_empty());
    assert!(verify_run("{}").is_err());
}

#[test]
fn a_receipt_has_one_run_until_that_is_discarded() {
    let books = Books::open();
    let receipt = books.receive(12_345, "ACME 1").unwrap();
    let run = books.propose_run(&books.ana, receipt).unwrap();
    assert_eq!(refusal(books.propose_run(&books.bea, receipt).unwrap_err()), Refusal::HasRun(receipt, run));
    assert_eq!(refusal(books.act(&books.bea, move |tx, actor, coop| splits::discard(tx, actor, coop, run, "")).unwrap_err()), Refusal::NoReason);
    books.act(&books.ana, move |tx, actor, coop| splits::discard(tx, actor, coop, run, "Recorded under the wrong licence.")).unwrap();
    assert_eq!(refusal(books.release_run(&books.bea, run).unwrap_err()), Refusal::Ruled(run));
    let again = books.propose_run(&books.bea, receipt).unwrap();
    books.release_run(&books.ana, again).unwrap();
    assert_eq!(refusal(books.propose_run(&books.ana, receipt).unwrap_err()), Refusal::HasRun(receipt, again));
}

#[test]
fn only_a_treasurer_proposes_and_only_the_password_for_this_run_releases() {
    let books = Books::open();
    let receipt = books.receive(12_345, "ACME 1").unwrap();
    assert_eq!(refusal(books.propose_run(&books.cia, receipt).unwrap_err()), Refusal::NotTreasurer);
    assert!(books.propose_run(&books.ana, 9).unwrap_err().refusal::<guildhall::error::NotFound>().is_some());
    let run = books.propose_run(&books.ana, receipt).unwrap();
    let unsigned = books.act(&books.bea, move |tx, actor, coop| splits::release(tx, actor, coop, run)).unwrap_err();
    assert_eq!(unsigned.refusal(), Some(&ConfirmRefusal::Missing));
    let other = books.sign(&books.bea, |_, _| Ok(Digest::of(b"another act")), move |tx, actor, coop| splits::release(tx, actor, coop, run)).unwrap_err();
    assert_eq!(other.refusal(), Some(&ConfirmRefusal::Changed));
}

#[test]
fn the_split_in_force_when_the_receipt_was_recorded_counts() {
    let books = Books::without_votes();
    let receipt = books.receive(10_000, "ACME 1").unwrap();
    assert_eq!(refusal(books.propose_run(&books.ana, receipt).unwrap_err()), Refusal::NoSplit);
    let adopt = |n, split: Split| books.act(&books.ana, move |tx, _, coop| splits::adopt(tx, coop, &proposal(n), &split));
    assert_eq!(refusal(adopt(101, Split { costs_bp: 9_000, reserve_bp: 1_000, ..split() }).unwrap_err()), Refusal::NotWhole);
    books.hall.clock.advance(1_000_000);
    assert_eq!(adopt(101, split()).unwrap(), 1);
    assert_eq!(adopt(101, split()).unwrap(), 1, "carried out once");
    let equal = Split { costs_bp: 0, reserve_bp: 0, parts: [(ShareBy::Equal, 10_000)].into() };
    assert_eq!(refusal(adopt(101, equal.clone()).unwrap_err()), Refusal::AdoptedBefore);
    books.hall.clock.advance(1_000_000);
    let before_change = books.receive(10_000, "ACME 2").unwrap();
    books.hall.clock.advance(1_000_000);
    assert_eq!(adopt(103, equal).unwrap(), 2);
    let version = |receipt| {
        let run = books.propose_run(&books.ana, receipt).unwrap();
        let coop = books.coop.id.clone();
        books.hall.read(move |conn| splits::find(conn, &coop, run)).split_version
    };
    assert_eq!(version(receipt), 1, "the first one adopted, as there was none");
    assert_eq!(version(before_change), 1, "a later vote does not reach back");
    assert_eq!(version(books.receive(10_000, "ACME 3").unwrap()), 2);
}

#[test]
fn a_run_worked_out_from_other_facts_is_refused() {
    let books = Books::without_votes();
    let receipt = books.receive(10_000, "ACME 1").unwrap();
    books.hall.clock.advance(1_000_000);
    let equal = Split { costs_bp: 0, reserve_bp: 0, parts: [(ShareBy::Equal, 10_000)].into() };
    books.act(&books.ana, |tx, _, coop| splits::adopt(tx, coop, &proposal(103), &split())).unwrap();
    let coop = books.coop.id.clone();
    let prepared = books.hall.read(move |conn| splits::prepare(conn, &coop, receipt));
    let other = Books::without_votes();
    other.receive(10_000, "ACME 1").unwrap();
    other.act(&other.ana, move |tx, _, coop| splits::adopt(tx, coop, &proposal(103), &equal)).unwrap();
    let refused = other.act(&other.ana, move |tx, actor, coop| splits::propose(tx, actor, coop, &prepared)).unwrap_err();
    assert_eq!(refusal(refused), Refusal::Changed, "another cooperative's run");
}

#[test]
fn a_long_run_is_written_and_shared_in_chunks_and_breaking_off_changes_nothing() {
    let books = Books::open();
    let coop = books.coop.id.to_string();
    for chunk in 0..3_u32 {
        let coop = coop.clone();
        books
            .hall
            .write(move |tx| {
                for n in 0..250 {
                    let (id, position) = (crate::support::books::id(2_000 + chunk * 250 + n), (10 + chunk * 250 + n).to_string());
                    let record = crate::support::books::id(302);
                    crate::support::rows::put(tx, "contributors", &[("coop_id", &coop), ("id", &id), ("pseudonym", &position)])?;
                    crate::support::rows::put(tx, "record_contributors", &[("coop_id", &coop), ("record_id", &record), ("position", &position), ("contributor_id", &id), ("share", "1"), ("of_shares", "751")])?;
                }
                Ok(())
            })
            .unwrap();
    }
    let receipt = books.receive(100_001, "ACME 1").unwrap();
    let run = books.propose_run(&books.ana, receipt).unwrap();
    assert_eq!(refusal(books.release_run(&books.bea, run).unwrap_err()), Refusal::Unfinished(run));
    let job = splits::RunJob { coop: books.coop.id.clone(), number: run };
    books.hall.wait(splits::write_lines(&books.hall.app.db, &job)).unwrap();
    books.hall.wait(splits::write_lines(&books.hall.app.db, &job)).unwrap();
    let coop = books.coop.id.clone();
    let file = books.hall.read(move |conn| splits::file(conn, &coop, run));
    assert_eq!(file.output.lines.len(), 753);
    assert!(verify_run(&serde_json::to_string(&file).unwrap()).unwrap().problems.is_empty());
    books.release_run(&books.bea, run).unwrap();
    let totals = || {
        let coop = books.coop.id.clone();
        books.hall.read(move |conn| Ok((ledger::totals(conn, &coop)?, ledger::balance(conn, &coop, &Account::Run(run))?)))
    };
    assert_eq!((totals().0.members, totals().1), (87_001, -87_001), "on its way");
    books.hall.wait(splits::share_out(&books.hall.app.db, &job)).unwrap();
    books.hall.wait(splits::share_out(&books.hall.app.db, &job)).unwrap();
    assert_eq!((totals().0.members, totals().1), (87_001, 0), "arrived, once");
    assert!(books.hall.mails().iter().any(|mail| mail.contains("has shared out a payment")));
}
