//! The audit meets its match: for each invariant something is changed past the program, and the
//! audit finds it and names it.

use crate::support::Hall;
use crate::support::books::Books;
use guildhall::kernel::time::{DAY, SECOND, Timestamp};
use guildhall::platform::journal::chain::{Head, extend};
use guildhall::platform::journal::{self, Chain};
use guildhall::platform::outbox::{self, Mail};
use guildhall::platform::{jobs, db::schema};
use diesel::prelude::*;

const ALL: [&str; 8] = ["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"];

/// A cooperative's books with a released run and a payment that waits.
fn books() -> Books {
    let books = Books::open();
    let receipt = books.receive(100_001, "INV-1").expect("a receipt");
    let run = books.propose_run(&books.ana, receipt).expect("a run");
    books.release_run(&books.bea, run).expect("released");
    books.receive(5_000, "INV-2").expect("a second receipt");
    books.hall.catch_up();
    assert!(["A1", "A4", "A6", "A7", "A8"].iter().all(|name| books.hall.audit().check(name).is_some_and(|check| check.is_clean())), "{}", books.hall.audit());
    books.hall.excuse(&ALL);
    books
}

/// What one invariant's check says after these changes.
fn found(hall: &Hall, name: &str, sql: &str) -> String {
    hall.plant(sql);
    let report = hall.audit();
    let check = report.check(name).expect("a check");
    assert!(!check.is_clean(), "{name} did not find it:\n{report}");
    check.to_string()
}

fn one<T: Send + 'static>(hall: &Hall, ask: impl FnOnce(&mut guildhall::platform::db::Conn) -> QueryResult<T> + Send + 'static) -> T {
    hall.read(move |conn| Ok(ask(conn)?))
}

/// Id of a transaction of this kind.
fn transaction(hall: &Hall, kind: &'static str) -> String {
    use schema::ledger_transactions::dsl;
    one(hall, move |conn| dsl::ledger_transactions.filter(dsl::kind.eq(kind)).order(dsl::at).select(dsl::id).first(conn))
}

#[test]
fn a1_finds_a_posting_that_was_raised() {
    let books = books();
    let id = transaction(&books.hall, "receipt");
    let said = found(&books.hall, "A1", &format!("UPDATE postings SET amount = amount + 1 WHERE transaction_id = '{id}' AND account = 'bank'"));
    assert!(said.contains(&format!("{id}: transaction's postings sum to 1 EUR")), "{said}");
    assert!(said.contains("bank: balance is kept as"), "{said}");
}

#[test]
fn a1_finds_money_moved_evenly_and_balances_moved_with_it() {
    let books = books();
    let id = transaction(&books.hall, "run");
    let sql = format!(
        "UPDATE postings SET amount = amount - 100 WHERE transaction_id = '{id}' AND account = 'costs'; UPDATE postings SET amount = amount + 100 WHERE transaction_id = '{id}' AND account = 'reserve'; \
         UPDATE balances SET amount = amount - 100 WHERE account = 'costs'; UPDATE balances SET amount = amount + 100 WHERE account = 'reserve';"
    );
    let said = found(&books.hall, "A1", &sql);
    assert!(said.contains(&format!("{id}: transaction does not hash to its fields")) && !said.contains("balance is kept"), "{said}");
}

#[test]
fn a1_finds_a_balance_without_ground_and_a_transaction_that_is_gone() {
    let books = books();
    let said = found(&books.hall, "A1", "UPDATE balances SET amount = amount + 7 WHERE account = 'reserve'");
    assert!(said.contains("reserve: balance is kept as"), "{said}");
    let id = transaction(&books.hall, "receipt");
    let said = found(&books.hall, "A1", &format!("DELETE FROM postings WHERE transaction_id = '{id}'; DELETE FROM ledger_transactions WHERE id = '{id}'"));
    assert!(said.contains(&format!("{id}: the journal tells of this transaction, and it is gone")), "{said}");
}

#[test]
fn a4_finds_an_entry_that_was_changed_or_cut() {
    let books = books();
    let id = books.coop.id.to_string();
    let entry: String = one(&books.hall, { let id = id.clone(); move |conn| schema::journal_links::table.find((id, 3_i64)).select(schema::journal_links::entry_id).first(conn) });
    let said = found(&books.hall, "A4", &format!("UPDATE journal_entries SET facts = '{{}}' WHERE id = '{entry}'"));
    assert!(said.contains(&format!("{id} entry {entry}: entry does not hash to its digest")) && said.contains(&format!("{id} height 3: the chain breaks at link 3")), "{said}");
}

#[test]
fn a4_finds_history_written_anew_with_hashes_to_match() {
    let books = books();
    let coop = books.coop.id.clone();
    // Somebody who knows the format recomputes the whole chain after a change; heads were published.
    let pairs = books.hall.read({ let coop = coop.clone(); move |conn| journal::linked(conn, &Chain::Coop(coop), 0, 100_000) });
    let mut entries: Vec<_> = pairs.into_iter().map(|(entry, _)| entry).collect();
    entries[1].facts = r#"{"role":"treasurer"}"#.to_owned();
    let links = extend(&Head::start(coop.to_string().as_str()), &entries);
    let mut sql = format!("UPDATE journal_entries SET facts = '{}', digest = '{}' WHERE id = '{}';", entries[1].facts, entries[1].digest(), entries[1].id);
    for link in &links {
        sql += &format!("UPDATE journal_links SET hash = '{}' WHERE chain = '{coop}' AND height = {};", link.hash, link.height);
    }
    sql += &format!("UPDATE journal_chains SET hash = '{}' WHERE chain = '{coop}'", links.last().expect("a link").hash);
    let said = found(&books.hall, "A4", &sql);
    assert!(said.contains("was published and is not a state of this chain: history was rewritten"), "{said}");
    let height = links.len();
    let said = found(&books.hall, "A4", &format!("DELETE FROM journal_links WHERE chain = '{coop}' AND height = {height}"));
    assert!(said.contains(&format!("{coop} head {height}: was published, and the chain ends at {}", height - 1)), "{said}");
    assert!(said.contains("has no link and waits for none"), "{said}");
}

#[test]
fn a4_counts_young_entries_and_finds_old_ones_without_a_link() {
    let books = books();
    books.receive(700, "INV-3").expect("a receipt");
    let young = books.hall.audit();
    let check = young.check("A4").expect("A4");
    assert!(check.is_clean() && check.counts.iter().any(|(what, n)| *what == "entries not yet linked" && *n > 0), "{check}");
    books.hall.clock.advance(6 * SECOND);
    let said = books.hall.audit().check("A4").expect("A4").to_string();
    assert!(said.contains("waits for its link since"), "{said}");
}

#[test]
fn a6_finds_a_cent_moved_between_two_payees() {
    let books = books();
    let run: String = one(&books.hall, |conn| schema::runs::table.select(schema::runs::id).first(conn));
    let said = found(&books.hall, "A6", "UPDATE run_lines SET amount = amount + 1 WHERE position = 2; UPDATE run_lines SET amount = amount - 1 WHERE position = 3");
    assert!(said.contains(&format!("{run}: computing the split anew gives other shares")) && said.contains(&format!("{run}: the output does not hash")), "{said}");
    let said = found(&books.hall, "A6", "UPDATE receipts SET amount = amount + 5");
    assert!(said.contains(&format!("{run}: the run shares another amount than its receipt")), "{said}");
    let said = found(&books.hall, "A6", "UPDATE runs SET input = replace(input, '\"costs_bp\":800', '\"costs_bp\":801')");
    assert!(said.contains(&format!("{run}: the run's stored input does not hash")), "{said}");
}

#[test]
fn a8_finds_mail_and_work_that_nobody_does() {
    let hall = Hall::start();
    let (mail, job) = hall
        .write(|tx| {
            outbox::queue(tx, &Mail { coop: None, to: "ana@people.example".into(), subject: "Something is waiting for you".into(), body: "Sign in.".into() })?;
            let now = tx.now();
            let job = jobs::queue(tx, None, "freeze", &"x", now)?;
            let mail: String = schema::outbox::table.select(schema::outbox::id).first(&mut **tx)?;
            Ok((mail, job))
        })
        .expect("queued");
    assert!(hall.audit().is_clean(), "nothing is late yet");
    hall.clock.advance(DAY);
    let said = hall.audit().check("A8").expect("A8").to_string();
    assert!(said.contains(&format!("mail {mail}: was due at 2026-03-02T09:00:00Z and nobody has tried to send it")), "{said}");
    assert!(said.contains(&format!("job {job}: freeze was due at 2026-03-02T09:00:00Z and nobody works on it")), "{said}");
}

#[test]
fn what_cannot_be_read_is_a_finding_and_one_cooperative_is_looked_at_alone() {
    let books = books();
    let other = books.hall.person("Omar");
    let other = books.hall.coop(&other, "Writers");
    books.hall.plant("UPDATE notices SET level = 'V9'");
    let report = books.hall.audit();
    assert!(report.check("A7").expect("A7").to_string().contains("rows that cannot be read"), "{report}");
    let of_other = books.hall.wait(guildhall::hall::audit::run(&books.hall.app, Some(&other.id))).expect("an audit");
    assert!(of_other.is_clean(), "{of_other}");
    assert!(of_other.at > Timestamp(0));
}
