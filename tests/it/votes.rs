//! Votes under stress: floors that move between draft and effect, members who lose their standing
//! between notice and ballot, ballots that race each other and the close, and a count that is broken
//! off at every step.

use crate::support::Hall;
use crate::support::votes::Assembly;
use diesel::prelude::*;
use guildhall::assembly::proposals::{self, Outcome, Refusal};
use guildhall::error::NotFound;
use guildhall::hall::enactment;
use guildhall::kernel::ids::ProposalId;
use guildhall::kernel::matter::{Ladder, Matter};
use guildhall::kernel::money::Currency;
use guildhall::kernel::terms::{BuyerClass, Unit, Use};
use guildhall::kernel::time::{DAY, SECOND};
use guildhall::membership::coops::{self, Role};
use guildhall::membership::leaving;
use guildhall::platform::db::schema::{ballots, closures, counted_ballots, counted_receipts};
use std::sync::atomic::{AtomicUsize, Ordering};

fn ladder(levels: &[&str], current: Option<&str>) -> Matter {
    let currency = Currency::parse("EUR").expect("euro");
    let rate = |text: &str| currency.rate(text).expect("a rate");
    let (levels, current) = (levels.iter().map(|l| rate(l)).collect(), current.map(rate));
    Matter::SetFloor { ladder: Ladder { purpose: Use::Finetune, class: BuyerClass::Commercial, unit: Unit::Record, currency, levels, current } }
}

fn effect(coop: &Assembly<'_>, id: &ProposalId) -> Option<proposals::Enactment> {
    let (of, id) = (coop.coop.id.clone(), id.clone());
    coop.hall.read(move |conn| proposals::enactment(conn, &of, &id))
}

#[test]
fn a_ladder_drafted_under_another_floor_is_not_noticed() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let stale = coop.draft(ladder(&["0.05", "0.10"], None));
    let (_, decided) = coop.decide(ladder(&["0.08", "0.12"], None), &[2; 8]);
    assert_eq!(decided.outcome, Outcome::Passed);
    let refused = coop.order_notice(&stale.id, false).unwrap_err();
    let words = "The floor in force is EUR 0.12, but this ladder was drafted when it was not set. Draft it anew.";
    assert!(matches!(refused.refusal::<Refusal>(), Some(Refusal::FloorMoved { .. })) && refused.to_string() == words, "{refused}");
    let path = coop.path(&format!("/{}", stale.number));
    let page = coop.people[0].browser.post(&format!("{path}/notice"), &[("password", crate::support::votes::PASSWORD)]);
    assert!(page.status == 409 && page.has(words), "{} {}", page.status, page.text());
    assert!(coop.people[3].browser.get(&path).has("A draft."), "it stays a draft");
}

#[test]
fn of_two_ladders_from_the_same_floor_the_second_passes_and_is_not_enacted() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let first = coop.notice(ladder(&["0.08", "0.12"], None));
    hall.clock.advance(SECOND);
    let second = coop.notice(ladder(&["0.05", "0.20"], None));
    coop.pass(7 * DAY + 2 * SECOND);
    for (who, id) in (0..8).flat_map(|who| [(who, &first.id), (who, &second.id)]) {
        coop.cast(who, id, 2, "f").expect("a ballot");
    }
    coop.pass(3 * DAY);
    assert!(effect(&coop, &first.id).expect("tried").effect.is_some_and(|words| words.contains("EUR 0.12")));
    assert_eq!(coop.decision(&second.id).expect("a decision").outcome, Outcome::Passed);
    let because = effect(&coop, &second.id).expect("tried").because.expect("a reason");
    assert_eq!(because, "The floor in force is EUR 0.12, but the ladder that members voted on was frozen when it was none. Vote on a new ladder.");
    let page = coop.people[4].browser.get(&coop.path(&format!("/{}", second.number)));
    assert!(page.has("not enacted") && page.has(&because), "{}", page.text());
    assert!(hall.visitor().get("/c/callworkers/tariff").has("EUR 0.12") && !hall.visitor().get("/c/callworkers/tariff").has("EUR 0.20"));
}

#[test]
fn a_decision_that_was_changed_past_the_program_is_not_carried_out() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.open(Matter::Withhold { stop: true });
    for who in 0..8 {
        coop.cast(who, &drafted.id, 2, "f").expect("a ballot");
    }
    hall.clock.advance(3 * DAY);
    let job = proposals::ProposalJob { coop: coop.coop.id.clone(), proposal: drafted.id.clone() };
    hall.wait(proposals::close(&hall.app, &job)).expect("counted");
    assert_eq!(coop.decision(&drafted.id).expect("a decision").outcome, Outcome::Rejected);
    hall.plant("UPDATE decisions SET record = replace(record, 'rejected', 'passed'), outcome = 'passed'");
    assert!(hall.wait(enactment::carry_out(&hall.app, &job)).is_err(), "the record is not what its digest says");
    assert!(effect(&coop, &drafted.id).is_none(), "neither carried out nor explained away");
    assert!(!hall.visitor().get("/c/callworkers/tariff").has("withhold"));
    hall.excuse(&["A2", "A3", "A4"]);
}

#[test]
fn who_lost_their_standing_after_the_notice_votes_no_more_and_what_they_cast_before_stands() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 12);
    let second = coop.people[1].actor();
    coop.write(0, move |tx, actor, id| {
        let member = coops::standing(tx, &second, id)?.member;
        coops::give_role(tx, actor, id, &member, Role::Treasurer)
    })
    .expect("a second officer");
    // Member 5 gave notice so long ago that it runs out between the notice and the vote.
    coop.write(4, |tx, actor, id| leaving::leave(tx, actor, id, "I move away.").map(drop)).expect("notice to leave");
    coop.pass(25 * DAY);
    let drafted = coop.open(Matter::Resolve {});
    let ballot = coop.path(&format!("/{}/ballot", drafted.number));
    coop.cast(2, &drafted.id, 1, "before").expect("a ballot in good standing");
    let act = |coop: &Assembly<'_>, who: usize, number: i64, what: &str, fields: &[(&str, &str)]| {
        hall.clock.advance(SECOND);
        let page = coop.people[who].browser.post(&format!("/c/callworkers/members/{number}/{what}"), fields);
        assert_eq!(page.status, 303, "{what} {number}: {}", page.text());
    };
    act(&coop, 0, 3, "suspension", &[("reason", "Sold the list of members.")]);
    act(&coop, 0, 4, "expulsion", &[("reason", "Undercut us."), ("step", "propose")]);
    act(&coop, 1, 4, "expulsion", &[("reason", "I agree."), ("step", "second")]);
    let refused = |who: usize| coop.cast(who, &drafted.id, 2, "after").unwrap_err();
    assert_eq!(refused(2).refusal::<Refusal>(), Some(&Refusal::Barred));
    assert!(refused(3).refusal::<NotFound>().is_some(), "expelled");
    assert!(refused(4).refusal::<NotFound>().is_some(), "left");
    for (who, status) in [(2, 403), (3, 404), (4, 404)] {
        let browser = &coop.people[who].browser;
        assert_eq!((browser.get(&ballot).status, browser.post(&ballot, &[("choice", "2"), ("step", "cast")]).status), (status, status), "member {}", who + 1);
    }
    assert!(coop.people[2].browser.get(&ballot).has("Your membership is suspended, so you cannot vote."));
    for who in 5..11 {
        coop.cast(who, &drafted.id, 1, "f").expect("a ballot");
    }
    coop.pass(3 * DAY);
    let decided = coop.decision(&drafted.id).expect("a decision");
    assert_eq!(decided.record().expect("a record").counts, [0, 7, 0], "the ballot cast in good standing counts, nothing after it does");
    assert!(decided.explanation.starts_with("7 of 12 voted"), "{}", decided.explanation);
}

/// Versions stored of one vote, and choices and receipts counted.
fn stored(hall: &Hall) -> (i64, i64, i64) {
    hall.read(|conn| Ok((ballots::table.count().get_result(conn)?, counted_ballots::table.count().get_result(conn)?, counted_receipts::table.count().get_result(conn)?)))
}

#[test]
fn racing_ballots_of_one_member_are_one_line_of_versions_and_one_vote() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.open(Matter::Resolve {});
    let path = coop.path(&format!("/{}/ballot", drafted.number));
    // The same form from many connections at once, then different forms at once.
    for (forms, rows) in [(1, 1), (6, 7)] {
        let done: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..6)
                .map(|n| {
                    let (browser, path) = (coop.people[1].browser.clone(), path.clone());
                    let (key, choice) = if forms == 1 { ("0".repeat(32), "1") } else { (format!("{:032x}", n + 1), if n % 2 == 0 { "1" } else { "2" }) };
                    scope.spawn(move || browser.post(&path, &[("key", &key), ("choice", choice), ("step", "cast")]).status)
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
        });
        assert_eq!(done, [303; 6]);
        assert_eq!(stored(&hall).0, rows);
    }
    let versions: Vec<i64> = hall.read(|conn| Ok(ballots::table.order(ballots::version).select(ballots::version).load(conn)?));
    assert_eq!(versions, (1..=7).collect::<Vec<_>>(), "no version twice and none left out");
    coop.pass(3 * DAY);
    assert_eq!(coop.decision(&drafted.id).expect("a decision").record().expect("a record").counts.iter().sum::<i64>(), 1);
    assert_eq!(stored(&hall), (7, 1, 1));
}

#[test]
fn a_ballot_that_races_the_close_is_counted_if_it_was_acknowledged_and_refused_if_not() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 12);
    let drafted = coop.open(Matter::Resolve {});
    coop.pass(3 * DAY - 2 * SECOND);
    let path = coop.path(&format!("/{}/ballot", drafted.number));
    let job = proposals::ProposalJob { coop: coop.coop.id.clone(), proposal: drafted.id.clone() };
    let in_time = &AtomicUsize::new(0);
    let acknowledged: Vec<usize> = std::thread::scope(|scope| {
        let threads: Vec<_> = coop
            .people
            .iter()
            .enumerate()
            .map(|(who, person)| {
                let (browser, path) = (person.browser.clone(), path.clone());
                scope.spawn(move || {
                    // Vote after vote until the answer is that voting is over.
                    (0..200_usize).take_while(|n| {
                        let page = browser.post(&path, &[("key", &format!("{:032x}", who * 1_000 + n)), ("choice", "1"), ("step", "cast")]);
                        assert!(page.status == 303 || page.status == 409 && page.has("Voting closed"), "{} {}", page.status, page.text());
                        in_time.fetch_add(usize::from(page.status == 303), Ordering::SeqCst);
                        page.status == 303
                    }).count()
                })
            })
            .collect();
        // Not before every member's first ballot can be under way and some are in.
        while in_time.load(Ordering::SeqCst) < 6 {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        hall.clock.advance(3 * SECOND);
        hall.wait(proposals::close(&hall.app, &job)).expect("counted");
        threads.into_iter().map(|thread| thread.join().expect("answers")).collect()
    });
    let voted = i64::try_from(acknowledged.iter().filter(|times| **times > 0).count()).expect("few");
    let cast = i64::try_from(acknowledged.iter().sum::<usize>()).expect("few");
    assert!(voted > 0, "some were in time");
    assert_eq!(stored(&hall), (cast, voted, voted), "every acknowledged ballot is stored, each member's last is counted, no other is");
    let closed: i64 = hall.read(|conn| Ok(closures::table.select(closures::ballots).first(conn)?));
    assert_eq!(closed, cast);
}

/// Something in the database that stops every insert into a table, as a crash at that step would.
fn obstacle(hall: &Hall, table: &str, there: bool) {
    let sqlite = hall.app.config.database_url.starts_with("sqlite:");
    hall.statements(match (sqlite, there) {
        (true, true) => format!("CREATE TRIGGER obstacle BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'stopped'); END"),
        (true, false) => "DROP TRIGGER obstacle".to_owned(),
        (false, true) => format!("CREATE FUNCTION obstacle() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''stopped''; END'; CREATE TRIGGER obstacle BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION obstacle()"),
        (false, false) => "DROP FUNCTION obstacle CASCADE".to_owned(),
    });
}

#[test]
fn a_count_broken_off_at_any_step_goes_on_and_counts_once() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 12);
    let drafted = coop.open(Matter::Resolve {});
    for (who, choice) in [1, 1, 2, 1, 0, 1, 2, 1, 1].into_iter().enumerate() {
        coop.cast(who, &drafted.id, choice, "f").expect("a ballot");
    }
    hall.clock.advance(3 * DAY);
    let job = proposals::ProposalJob { coop: coop.coop.id.clone(), proposal: drafted.id.clone() };
    let close = || hall.wait(proposals::close(&hall.app, &job));
    for (table, counted) in [("closures", (9, 0, 0)), ("counted_ballots", (9, 0, 0)), ("counted_receipts", (9, 9, 0)), ("decisions", (9, 9, 9))] {
        obstacle(&hall, table, true);
        assert!(close().is_err(), "stopped at {table}");
        obstacle(&hall, table, false);
        assert_eq!(stored(&hall), counted, "stopped at {table}");
        assert!(coop.decision(&drafted.id).is_none() && hall.app.secrets.vote(&drafted.id).is_ok(), "still countable after {table}");
    }
    // Pieces commit one by one: as if only the first of them had.
    hall.plant("DELETE FROM counted_ballots WHERE position >= 4");
    hall.plant("DELETE FROM counted_receipts WHERE receipt IN (SELECT receipt FROM counted_receipts ORDER BY receipt DESC LIMIT 6)");
    assert_eq!(stored(&hall), (9, 4, 3));
    close().expect("the rest");
    close().expect("and again");
    assert_eq!(stored(&hall), (9, 9, 9));
    let choices: Vec<i64> = hall.read(|conn| Ok(counted_ballots::table.order(counted_ballots::position).select(counted_ballots::choice).load(conn)?));
    assert_eq!(choices, [0, 1, 1, 1, 1, 1, 1, 2, 2]);
    let decided = coop.decision(&drafted.id).expect("a decision");
    assert_eq!(decided.record().expect("a record").counts, [1, 6, 2]);
    assert!(hall.app.secrets.vote(&drafted.id).is_err(), "then the key is forgotten");
}

#[test]
fn a_notice_says_who_joined_and_left_in_numbers_and_that_a_vote_of_one_mind_tells_everything() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 12);
    let first = coop.notice(Matter::Resolve {});
    let frozen = coop.people[3].browser.get(&coop.path(&format!("/{}/notice", first.number)));
    assert!(frozen.has("12 joined, 0 left") && frozen.has("If everybody votes the same way, the count tells how each voted."), "{}", frozen.text());
    coop.write(11, |tx, actor, id| leaving::leave(tx, actor, id, "I move away.").map(drop)).expect("notice to leave");
    for name in ["Newcomer One", "Newcomer Two"] {
        hall.join(&coop.coop.id, &coop.people[0], &hall.person(name), None);
    }
    coop.pass(100 * DAY);
    let second = coop.notice(Matter::Resolve {});
    let frozen = coop.people[3].browser.get(&coop.path(&format!("/{}/notice", second.number)));
    assert!(frozen.has("2 joined, 1 left") && frozen.has("13 members"), "{}", frozen.text());
    assert!(!frozen.has("Newcomer"), "numbers, no names");
}

#[test]
fn a_head_in_a_members_mail_is_one_that_the_journal_extends() {
    let hall = Hall::start();
    let coop = Assembly::of(&hall, 10);
    coop.notice(Matter::Resolve {});
    let mail = hall.mails().into_iter().find(|mail| mail.contains("The journal's head is ")).expect("a mail");
    let head = mail.split("The journal's head is ").nth(1).and_then(|rest| rest.split_whitespace().next()).expect("a head").trim_end_matches('.');
    let (height, hash) = head.split_once(':').expect("height and hash");
    let id = coop.coop.id.clone();
    let heads = hall.read(move |conn| guildhall::platform::journal::heads(conn, &guildhall::platform::journal::Chain::from(&id), 1_000));
    assert!(heads.iter().any(|known| known.height.to_string() == height && known.hash.as_str() == hash), "{head}");
}

#[test]
fn after_the_stored_instant_an_open_roll_call_shows_its_outcome_and_a_sealed_vote_says_that_it_is_counted() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 12);
    let (sealed, open) = (coop.draft(Matter::Resolve {}), coop.draft(Matter::Resolve {}));
    coop.order_notice(&sealed.id, false).expect("notice");
    hall.catch_up();
    // The second as an open roll call: its order says so, as that of a small cooperative would.
    let (by, id) = (coop.people[0].actor(), open.id.clone());
    coop.write(0, move |tx, _, of| {
        let member = coops::standing(tx, &by, of)?.member.to_string();
        let at = tx.now().0.to_string();
        crate::support::rows::put(tx, "notice_orders", &[("coop_id", of.to_string().as_str()), ("proposal_id", id.to_string().as_str()), ("bylaws_version", "1"), ("level", "V0"), ("ordered_by", &member), ("at", &at)])
    })
    .expect("an order");
    let job = |id: &ProposalId| proposals::ProposalJob { coop: coop.coop.id.clone(), proposal: id.clone() };
    hall.wait(proposals::publish(&hall.app, &job(&open.id))).expect("a notice");
    coop.pass(7 * DAY + SECOND);
    for (who, id) in (0..7).flat_map(|who| [(who, &sealed.id), (who, &open.id)]) {
        coop.cast(who, id, 1, "f").expect("a ballot");
    }
    hall.clock.advance(3 * DAY);
    let browser = hall.browser_of(&coop.people[5].account);
    let page = |number: i64| browser.get(&coop.path(&format!("/{number}")));
    let (counting, shown) = (page(sealed.number), page(open.number));
    assert!(counting.has("7 of 12 voted; counting is under way") && !counting.has("7 yes of 7"), "{}", counting.text());
    assert!(shown.has("7 of 12 voted; 6 needed; 7 yes of 7 valid, 4 needed. Passed.") && shown.has("about to be recorded"), "{}", shown.text());
    hall.catch_up();
    assert!(page(open.number).has("7 of 12 voted; 6 needed; 7 yes of 7 valid, 4 needed. Passed."), "the job records the same");
    assert!(page(sealed.number).has("7 yes of 7 valid"));
}

#[test]
fn a_mail_about_a_sealed_vote_says_that_it_was_recorded_and_nothing_else() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.open(Matter::Resolve {});
    let wish = proposals::Choice { choice: 1, form: "f".into(), mail: true };
    hall.wait(proposals::cast(&hall.app, &coop.people[1].actor(), &coop.coop.id, &drafted.id, &wish)).expect("a ballot");
    let mail = hall.mails().into_iter().find(|mail| mail.contains("Subject: Recorded")).expect("a mail");
    assert!(mail.contains("A vote of yours was recorded."), "{mail}");
    for word in ["Shall we", "Yes", "No.", "Abstain", drafted.id.to_string().as_str(), "/proposals/", "Callworkers"] {
        assert!(!mail.split("\r\n\r\n").nth(1).unwrap_or_default().contains(word), "{word}: {mail}");
    }
}
