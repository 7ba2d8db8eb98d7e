//! A3 and A7 meet their match: a sealed vote is held and counted, then something of it is changed
//! past the program.

use crate::support::Hall;
use diesel::prelude::*;
use guildhall::assembly::proposals::{self, Choice};
use guildhall::hall::bench_seed::{self, Size};
use guildhall::kernel::actor::Actor;
use guildhall::kernel::ids::{AccountId, CoopId, ProposalId};
use guildhall::kernel::time::{DAY, HOUR, MINUTE};
use guildhall::platform::clock::Clock;
use guildhall::platform::db::schema;

const MEMBERS: usize = 12;

struct Vote {
    hall: Hall,
    id: String,
    proposal: ProposalId,
}

/// Twelve members vote under seal on a ladder, one of them twice, and the vote is counted.
fn counted() -> Vote {
    let hall = Hall::start();
    let size = Size { members: MEMBERS, proposals: 1, open: 1, closes_in: Some(3 * 24 * 3_600) };
    hall.wait(bench_seed::fill(hall.app.config.as_ref().clone(), size, &hall.folder.path().join("sessions"))).expect("a seeded hall");
    hall.clock.advance(Clock::Machine.now().plus(HOUR).0 - hall.clock.now().0);
    let (coop, proposal, accounts): (CoopId, ProposalId, Vec<AccountId>) = hall.read(|conn| {
        let (coop, proposal) = schema::notices::table.select((schema::notices::coop_id, schema::notices::proposal_id)).first(conn)?;
        Ok((coop, proposal, schema::members::table.order(schema::members::number).select(schema::members::account_id).load(conn)?))
    });
    for (number, account) in accounts.iter().chain(accounts.first()).enumerate() {
        let wish = Choice { choice: i64::try_from(number % 5).expect("small"), form: number.to_string(), mail: number % 2 == 0 };
        hall.wait(proposals::cast(&hall.app, &Actor::person(account.clone()), &coop, &proposal, &wish)).expect("a ballot");
    }
    hall.catch_up();
    let open = hall.audit();
    assert!(open.is_clean(), "while it is open:\n{open}");
    hall.clock.advance(4 * DAY);
    hall.catch_up();
    hall.clock.advance(MINUTE);
    let closed = hall.audit();
    assert!(closed.is_clean() && closed.check("A3").expect("A3").counts.contains(&("counted ballots", 12)), "when it was counted:\n{closed}");
    hall.excuse(&["A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"]);
    Vote { id: format!("proposal {proposal}"), hall, proposal }
}

impl Vote {
    /// What a check says after these changes; each begins from what the ones before left.
    fn found(&self, name: &str, sql: &str, words: &str) {
        self.hall.plant(sql);
        let report = self.hall.audit();
        let check = report.check(name).expect("a check");
        assert!(check.findings.iter().any(|finding| finding.id.starts_with(&self.id) && finding.words.contains(words)), "{name} did not name it: {words}\n{report}");
    }
}

#[test]
fn a3_finds_a_choice_an_outcome_a_record_and_a_roll_that_were_changed() {
    let vote = counted();
    vote.found("A3", "UPDATE roll SET leaf = (SELECT record_hash FROM decisions) WHERE position = 3", "the roll is not the one the notice froze");
    vote.found("A3", "UPDATE notices SET quorum_bp = quorum_bp - 1", "decides by another rule than the notice froze");
    vote.found("A3", "UPDATE decisions SET explanation = 'All of us want more.'", "other words than its record");
    vote.found("A3", "UPDATE counted_ballots SET choice = 4 WHERE position = 11; UPDATE counted_ballots SET choice = 4 WHERE position = 10; UPDATE counted_ballots SET choice = 4 WHERE position = 9", "the counted ballots are not those of the record");
    vote.found("A3", "DELETE FROM ballots WHERE member_id = (SELECT MAX(member_id) FROM ballots)", "11 members' ballots are stored and 12 were counted");
    vote.found("A3", "UPDATE decisions SET record = replace(record, '\"unreadable\":0', '\"unreadable\":1')", "does not hash to its record hash");
}

#[test]
fn a3_finds_an_outcome_that_the_ballots_do_not_give_even_when_record_and_hash_agree() {
    let vote = counted();
    let record: String = vote.hall.read(|conn| Ok(schema::decisions::table.select(schema::decisions::record).first(conn)?));
    let outcome = record.split("\"outcome\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an outcome").to_owned();
    let forged = record.replace(&format!("\"outcome\":\"{outcome}\""), "\"outcome\":\"rejected\"");
    let hash = guildhall::kernel::digest::Digest::of(forged.as_bytes());
    let sql = format!("UPDATE decisions SET outcome = 'rejected', record = '{}', record_hash = '{hash}'", forged.replace('\'', "''"));
    vote.found("A3", &sql, "counting again decides otherwise");
}

#[test]
fn a7_finds_keys_clear_choices_telling_sizes_and_telling_orders() {
    let vote = counted();
    vote.hall.app.secrets.add_vote(&vote.proposal).expect("a key");
    vote.found("A7", "UPDATE counted_ballots SET choice = 9 WHERE position = 0", "counted choices are not sorted");
    vote.found("A7", "UPDATE ballots SET choice = 2 WHERE version = 2", "1 sealed ballots carry their choice in clear");
    vote.found("A7", "SELECT 1", "the key of this counted vote is still in the secret file");
    let blob = |digits: &str| if vote.hall.app.db.is_postgres() { format!("'\\x{digits}'::bytea") } else { format!("x'{digits}'") };
    vote.found("A7", &format!("INSERT INTO ballot_keys (coop_id, proposal_id, sealed) SELECT coop_id, proposal_id, {} FROM notices", blob("00ff")), "is still in the database");
    vote.found("A7", &format!("UPDATE ballots SET envelope = {} WHERE version = 2", blob("0001")), "envelopes differ in size");
}

#[test]
fn a7_finds_a_receipt_that_was_written_down_and_a_remembered_ballot_form() {
    let vote = counted();
    let receipt: String = vote.hall.read(|conn| Ok(schema::counted_receipts::table.select(schema::counted_receipts::receipt).first(conn)?));
    vote.hall.plant(&format!(
        "UPDATE outbox SET body = 'Your receipt is {receipt}.' WHERE id = (SELECT MIN(id) FROM outbox WHERE coop_id IS NOT NULL); \
         INSERT INTO form_keys (owner, key, body, location, at) VALUES ('x', 'x', 'x', '/c/bench/proposals/1/receipt', 0)"
    ));
    std::fs::write(vote.hall.folder.path().join("mail/kept.eml"), format!("Subject: Recorded\r\n\r\nYour receipt is {receipt}.\r\n")).expect("a mail");
    let said = vote.hall.audit().check("A7").expect("A7").to_string();
    for words in ["mail 0", "kept.eml: holds the receipt of a counted ballot", "form key for /c/bench/proposals/1/receipt: remembers"] {
        assert!(said.contains(words), "{words}\n{said}");
    }
    assert_eq!(said.matches("holds the receipt").count(), 2, "{said}");
}
