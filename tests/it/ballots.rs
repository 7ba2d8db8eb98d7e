//! Ballots: who may cast one, that a form is one ballot, that a closed vote's links are gone, and
//! that lateness and crashes change no outcome.

use crate::support::Hall;
use crate::support::votes::Assembly;
use guildhall::assembly::proposals::{self, Outcome, Refusal};
use guildhall::error::NotFound;
use guildhall::kernel::matter::{Bylaws, Matter};
use guildhall::kernel::time::DAY;
use guildhall::platform::db::schema::{ballot_keys, ballots, counted_ballots, counted_receipts};

use diesel::prelude::*;

fn rows(hall: &Hall) -> i64 {
    hall.read(|conn| Ok(ballots::table.count().get_result(conn)?))
}

#[test]
fn a_sealed_vote_runs_from_draft_to_decision_and_its_links_are_gone() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 12);
    let (drafted, decided) = coop.decide(Matter::Resolve {}, &[1, 1, 1, 1, 1, 2, 0]);
    assert_eq!(decided.outcome, Outcome::Passed);
    assert_eq!(decided.explanation, "7 of 12 voted; 6 needed; 5 yes of 6 valid, 4 needed. Passed.");
    let choices: Vec<i64> = hall.read(|conn| Ok(counted_ballots::table.order(counted_ballots::position).select(counted_ballots::choice).load(conn)?));
    assert_eq!(choices, [0, 1, 1, 1, 1, 1, 2], "sorted by choice");
    let receipts: i64 = hall.read(|conn| Ok(counted_receipts::table.count().get_result(conn)?));
    assert_eq!(receipts, 7);
    let keys: i64 = hall.read(|conn| Ok(ballot_keys::table.count().get_result(conn)?));
    assert_eq!(keys, 0);
    assert!(hall.app.secrets.vote(&drafted.id).is_err(), "the secret file forgot the vote");
    let (record, counted) = (decided.record().expect("a record"), choices);
    assert_eq!(proposals::tally::recompute(&record, &counted).1, record.decision());
    let (id, coop_id) = (drafted.id.clone(), coop.coop.id.clone());
    let enactment = hall.read(move |conn| proposals::enactment(conn, &coop_id, &id)).expect("an enactment");
    assert!(enactment.effect.is_some());
}

#[test]
fn a_form_is_one_ballot_and_a_change_is_a_new_version() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.open(Matter::Resolve {});
    coop.cast(1, &drafted.id, 1, "a").expect("a ballot");
    coop.cast(1, &drafted.id, 1, "a").expect("the same again");
    assert_eq!(rows(&hall), 1, "a double submit is the same row");
    assert_eq!(coop.cast(1, &drafted.id, 2, "a").unwrap_err().refusal::<Refusal>(), Some(&Refusal::FormUsed));
    coop.cast(1, &drafted.id, 2, "b").expect("a change");
    assert_eq!(rows(&hall), 2);
    assert_eq!(coop.cast(1, &drafted.id, 3, "c").unwrap_err().refusal::<Refusal>(), Some(&Refusal::ChoiceMissing));
    coop.pass(3 * DAY);
    assert_eq!(coop.decision(&drafted.id).expect("a decision").record().expect("a record").counts, [0, 0, 1], "the last version counts");
}

#[test]
fn a_late_job_and_a_crash_before_the_key_was_forgotten_change_nothing() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.open(Matter::Resolve {});
    for who in 0..6 {
        coop.cast(who, &drafted.id, 1, "f").expect("a ballot");
    }
    hall.clock.advance(30 * DAY);
    assert!(matches!(coop.cast(7, &drafted.id, 2, "late").unwrap_err().refusal::<Refusal>(), Some(Refusal::Closed(_))), "the stored instant decides, not the job");
    hall.catch_up();
    let decided = coop.decision(&drafted.id).expect("a decision");
    assert_eq!(decided.record().expect("a record").counts, [0, 6, 0]);
    assert!(decided.at > decided.closes_at);
    // As if the program had stopped between the decision and the secret file.
    hall.app.secrets.add_vote(&drafted.id).expect("a key");
    let job = proposals::ProposalJob { coop: coop.coop.id.clone(), proposal: drafted.id.clone() };
    hall.wait(proposals::close(&hall.app, &job)).expect("close again");
    assert!(hall.app.secrets.vote(&drafted.id).is_err());
    assert_eq!(coop.decision(&drafted.id).expect("a decision").record_hash, decided.record_hash);
}

#[test]
fn only_those_on_the_roll_and_in_good_standing_vote_and_only_while_it_is_open() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.draft(Matter::Resolve {});
    let refused = |coop: &Assembly<'_>, who: usize| coop.cast(who, &drafted.id, 1, "f").unwrap_err();
    assert_eq!(refused(&coop, 1).refusal::<Refusal>(), Some(&Refusal::StillDraft));
    coop.order_notice(&drafted.id, false).expect("notice");
    hall.catch_up();
    assert!(matches!(refused(&coop, 1).refusal::<Refusal>(), Some(Refusal::NotOpen(_))));
    let newcomer = hall.person("Newcomer");
    hall.join(&coop.coop.id, &coop.people[0], &newcomer, None);
    coop.people.push(newcomer);
    assert!(matches!(refused(&coop, 10).refusal::<Refusal>(), Some(Refusal::NotOnRoll(_))));
    coop.people.push(hall.person("Stranger"));
    assert!(refused(&coop, 11).refusal::<NotFound>().is_some());
    coop.pass(8 * DAY);
    assert!(matches!(refused(&coop, 10).refusal::<Refusal>(), Some(Refusal::NotOnRollLate(_))));
    let foreign = hall.coop(&coop.people[11], "Writers").id;
    let wish = proposals::Choice { choice: 1, form: "f".into(), mail: false };
    let elsewhere = hall.wait(proposals::cast(&hall.app, &coop.people[11].actor(), &foreign, &drafted.id, &wish));
    assert!(elsewhere.unwrap_err().refusal::<NotFound>().is_some(), "an id of another cooperative is nothing here");
    assert_eq!(rows(&hall), 0);
    coop.cast(1, &drafted.id, 1, "f").expect("a ballot");
}

#[test]
fn amended_bylaws_are_in_force() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let bylaws = Bylaws { notice_days: 2, ..Bylaws::founding() };
    let (_, decided) = coop.decide(Matter::AmendBylaws { bylaws: Box::new(bylaws) }, &[1; 8]);
    assert_eq!(decided.outcome, Outcome::Passed);
    let (id, now) = (coop.coop.id.clone(), hall.app.now());
    let (version, body) = hall.read(move |conn| guildhall::membership::coops::bylaws(conn, &id, now));
    assert_eq!((version, body.notice_days), (2, 2));
}
