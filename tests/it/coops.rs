//! Cooperatives: founding, joining by two officers, offices, and the wall between two of them.

use crate::support::{Hall, Person};
use guildhall::kernel::actor::Actor;
use guildhall::membership::coops::{self, Refusal, Role};

fn join(hall: &Hall, slug: &str, name: &str) -> Person {
    let person = hall.person(name);
    let form = person.browser.get(&format!("/c/{slug}/join"));
    let sent = person.browser.post(&format!("/c/{slug}/join"), &[("key", &form.field("key")), ("evidence", "payslip"), ("note", "I take calls.")]);
    assert_eq!(sent.status, 303, "{}", sent.text());
    person
}

/// Where an officer's page sends the verdict on the first application it asks about.
fn application(slug: &str, officer: &Person) -> String {
    let page = officer.browser.get(&format!("/c/{slug}/members"));
    let at = page.body.find("/applications/").expect("an application");
    format!("/c/{slug}/applications/{}", page.body[at + 14..].split('"').next().expect("an id"))
}

fn verdict(hall: &Hall, slug: &str, officer: &Person, verdict: &str, reason: &str) -> crate::support::Page {
    let _ = hall;
    officer.browser.post(&application(slug, officer), &[("verdict", verdict), ("reason", reason)])
}

#[test]
fn a_founder_founds_and_a_double_submit_founds_once() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let key = ana.browser.get("/coops/new").field("key");
    let fields = [("key", key.as_str()), ("name", "Example Callworkers"), ("purpose", "To bargain."), ("currency", "kes"), ("zone", "Africa/Nairobi")];
    let first = ana.browser.post("/coops", &fields);
    assert_eq!((first.status, first.location()), (303, "/c/example-callworkers"));
    assert_eq!(ana.browser.post("/coops", &fields).location(), "/c/example-callworkers", "the same answer again");
    let mut other = fields;
    other[1] = ("name", "Another Name");
    assert_eq!(ana.browser.post("/coops", &other).status, 409, "the same key with other content");
    assert_eq!(hall.read(coops::all).len(), 1);
    let taken = ana.browser.post("/coops", &[("name", "Example callworkers"), ("purpose", "Again."), ("currency", "EUR"), ("zone", "UTC")]);
    assert_eq!(taken.status, 422);
    assert!(taken.has("already") && taken.field("zone") == "UTC", "what was typed is kept");
    let wrong = ana.browser.post("/coops", &[("name", "X"), ("purpose", ""), ("currency", "XBT"), ("zone", "Mars")]);
    assert!(wrong.has("3 things need putting right"), "{}", wrong.text());
    let page = hall.visitor().get("/c/example-callworkers");
    assert!(page.has("member 1") && !page.has("Ana"), "numbers, never names");
}

#[test]
fn two_different_officers_admit_and_the_newcomer_waits_before_voting() {
    let hall = Hall::start();
    let (ana, bea) = (hall.person("Ana"), hall.person("Bea"));
    let coop = hall.coop(&ana, "Callworkers");
    let join_bea = hall.person("Unused");
    drop(join_bea);
    // Bea is admitted by the one officer there is, and made a second steward.
    bea.browser.post("/c/callworkers/join", &[("evidence", "member"), ("note", "I know Ana.")]);
    assert_eq!(verdict(&hall, "callworkers", &ana, "admit", "").status, 303);
    let (id, actor) = (coop.id.clone(), Actor::person(ana.account.clone()));
    hall.write(move |tx| {
        let bea = coops::members(tx, &id, 0, 9)?.pop().expect("bea").id;
        coops::give_role(tx, &actor, &id, &bea, Role::Steward)
    })
    .expect("an office");
    let votes_at_once = |person: &Person| {
        let (id, account, now) = (coop.id.clone(), person.account.clone(), hall.app.now());
        hall.read(move |conn| coops::standing_of(conn, &account, &id, now)).expect("a member").state == coops::State::Active
    };
    assert!(votes_at_once(&bea), "who is admitted before the first notice is a founder");
    hall.notice(&coop, &Actor::person(ana.account.clone()));
    let cia = join(&hall, "callworkers", "Cia");
    assert_eq!(verdict(&hall, "callworkers", &ana, "admit", "").status, 303);
    assert_eq!(cia.browser.get("/c/callworkers/members").status, 404, "one officer is not enough");
    let page = ana.browser.get("/c/callworkers/members");
    assert!(page.has("You said yes") && !page.body.contains("/applications/"), "who said yes is not asked again: {}", page.text());
    assert_eq!(ana.browser.post(&application("callworkers", &bea), &[("verdict", "admit"), ("reason", "")]).status, 409, "not the same officer twice");
    assert_eq!(verdict(&hall, "callworkers", &bea, "admit", "").status, 303);
    assert!(cia.browser.get("/c/callworkers").has("member number 3"));
    assert!(!votes_at_once(&cia), "a newcomer waits");
    assert!(hall.mails().iter().any(|mail| mail.contains("You are now a member of Callworkers")));
}

#[test]
fn a_refusal_needs_a_reason_and_reaches_the_person() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.coop(&ana, "Callworkers");
    let dan = join(&hall, "callworkers", "Dan");
    assert_eq!(verdict(&hall, "callworkers", &ana, "refuse", "").status, 422);
    assert_eq!(verdict(&hall, "callworkers", &ana, "refuse", "No payslip was shown.").status, 303);
    assert_eq!(dan.browser.get("/c/callworkers/members").status, 404);
    assert!(hall.mails().iter().any(|mail| mail.contains("No payslip was shown.")));
}

#[test]
fn the_last_steward_keeps_the_office_and_others_cannot_give_any() {
    let hall = Hall::start();
    let (ana, eve) = (hall.person("Ana"), hall.person("Eve"));
    let coop = hall.coop(&ana, "Callworkers");
    let (id, actor) = (coop.id.clone(), Actor::person(ana.account.clone()));
    let last = hall.write(move |tx| {
        let member = coops::standing(tx, &actor, &id)?.member;
        coops::take_role(tx, &actor, &id, &member, Role::Steward)
    });
    assert_eq!(last.unwrap_err().refusal::<Refusal>(), Some(&Refusal::LastSteward));
    let unknown = ana.browser.post("/c/callworkers/roles", &[("member", "0190a0b0-0000-7000-8000-000000000001"), ("role", "steward"), ("change", "give")]);
    assert_eq!(unknown.status, 404, "an id of nobody here");
    let (id, actor) = (coop.id, Actor::person(eve.account.clone()));
    let stranger = hall.write(move |tx| coops::standing(tx, &actor, &id).map(drop));
    assert!(stranger.unwrap_err().refusal::<guildhall::error::NotFound>().is_some());
}

#[test]
fn one_cooperatives_people_and_ids_are_nothing_in_another() {
    let hall = Hall::start();
    let (ana, bob) = (hall.person("Ana"), hall.person("Bob"));
    hall.coop(&ana, "Callworkers");
    hall.coop(&bob, "Writers");
    join(&hall, "callworkers", "Cia");
    let page = ana.browser.get("/c/callworkers/members");
    let at = page.body.find("/applications/").expect("an application");
    let id = page.body[at + 14..].split('"').next().expect("an id").to_owned();
    assert_eq!(bob.browser.get("/c/callworkers/members").status, 404);
    assert_eq!(bob.browser.post(&format!("/c/callworkers/applications/{id}"), &[("verdict", "admit")]).status, 404);
    assert_eq!(bob.browser.post(&format!("/c/writers/applications/{id}"), &[("verdict", "admit")]).status, 404, "the id is of another cooperative");
    let (unknown, foreign) = (bob.browser.get("/c/nowhere/members"), bob.browser.get("/c/callworkers/members"));
    assert_eq!(unknown.body, foreign.body, "unknown and forbidden look the same");
    assert!(ana.browser.get("/c/callworkers/members").has("Cia"), "still waiting: nothing changed");
}
