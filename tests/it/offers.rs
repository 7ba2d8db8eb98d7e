//! Negotiations: from a request to what members ratify, and everything that stands in the way.

use crate::support::market::{Market, terms};
use crate::support::rows::put;
use crate::support::votes::Assembly;
use crate::support::{Browser, Page, Person};
use guildhall::assembly::proposals;
use guildhall::bargaining::offers::{self, State};
use guildhall::kernel::actor::Actor;
use guildhall::kernel::ids::{Id as _, ProposalId};
use guildhall::kernel::matter::Matter;
use guildhall::kernel::terms::{Unit, Use};
use guildhall::kernel::time::{DAY, SECOND};
use guildhall::membership::accounts;
use guildhall::membership::coops::Role;

const REQUEST: &str = "/c/callworkers/catalogue/calls/request";
const DEAL: &str = "/c/callworkers/deals/1";

/// Opens a form's page and sends it with some fields changed.
fn send(browser: &Browser, path: &str, changes: &[(&str, &str)]) -> Page {
    browser.send(path, path, changes)
}

fn ask(buyer: &Person, changes: &[(&str, &str)]) -> Page {
    let base = [("purpose", "A support assistant."), ("uses", "finetune"), ("rate", "0.13"), ("unit", "record")];
    let kept: Vec<(&str, &str)> = base.into_iter().filter(|(name, _)| !changes.iter().any(|(n, _)| n == name)).chain(changes.iter().copied()).collect();
    send(&buyer.browser, REQUEST, &kept)
}

fn offer(person: &Person, changes: &[(&str, &str)]) -> Page {
    send(&person.browser, &format!("{DEAL}/offers"), changes)
}

/// Gives somebody a real password, which signing takes.
fn with_password(market: &Market, person: &Person) {
    let hash = market.hall.wait(market.hall.app.hasher.hash("three wise hens")).expect("a hash");
    let account = person.account.clone();
    market.hall.write(move |tx| accounts::rehash(tx, &account, &hash)).expect("a password");
}

const SIGNED: [(&str, &str); 5] = [("name", "Bo Buyer"), ("role", "Director"), ("authority", "Sole signatory"), ("order_number", "PO-77"), ("password", "three wise hens")];

fn accept(person: &Person) -> Page {
    send(&person.browser, &format!("{DEAL}/acceptance"), &SIGNED)
}

fn state(market: &Market) -> State {
    let (coop, now) = (market.coop.id.clone(), market.hall.app.now());
    market.hall.read(move |conn| Ok(offers::deal::numbered(conn, &coop, 1)?.state(now)))
}

fn refusals(market: &Market) -> Vec<(String, i64, i64)> {
    use diesel::prelude::*;
    use guildhall::platform::db::schema::refused_offers as r;
    market.hall.read(|conn| Ok(r::table.order((r::at, r::id)).select((r::path, r::total, r::floor_total)).load(conn)?))
}

/// A market with a buyer who asked and an offer of the cooperative's at EUR 900.
fn offered() -> (Market, Person) {
    let market = Market::open();
    let bo = market.buyer("Bo", "Acme Models");
    with_password(&market, &bo);
    assert_eq!(ask(&bo, &[]).location(), DEAL);
    assert_eq!(offer(&market.ana, &[("rate", "900"), ("unit", "flat")]).location(), DEAL);
    (market, bo)
}

#[test]
fn two_sides_bargain_sign_and_members_have_the_word() {
    let market = Market::open();
    let bo = market.buyer("Bo", "Acme Models");
    with_password(&market, &bo);
    assert!(bo.browser.get(REQUEST).has("EUR 744.60"), "the least for this revision, 6,205 x 0.12");
    let asked = ask(&bo, &[("note", "We start small.")]);
    assert_eq!((asked.status, asked.location()), (303, DEAL), "{}", asked.text());
    assert_eq!(state(&market), State::Requested);
    let desk = market.ana.browser.get("/c/callworkers/deals");
    assert!(desk.has("1 deal waits for our word") && desk.has("EUR 806.65") && desk.has("Acme Models"), "{}", desk.text());
    assert!(market.hall.mails().iter().any(|mail| mail.contains("ana@people.example") && mail.contains("Something is waiting for you") && mail.contains("/c/callworkers/deals/1")));
    assert!(market.ana.browser.get("/home").has("Answer Acme Models in negotiation no. 1"));
    let seen = market.ana.browser.get(DEAL);
    assert!(seen.has("A support assistant.") && seen.has("We start small.") && seen.has("Answer with an offer"), "{}", seen.text());

    assert_eq!(offer(&market.ana, &[("rate", "1000"), ("unit", "flat"), ("months", "6")]).location(), DEAL);
    assert_eq!(state(&market), State::Offered);
    assert!(bo.browser.get("/buyer").has("1 offer waits for you") && bo.browser.get("/home").has("Accept or counter the offer on the table"));
    let countered = offer(&bo, &[("rate", "0.75"), ("unit", "thousand_words")]);
    assert_eq!(countered.location(), DEAL, "{}", countered.text());
    let page = market.ana.browser.get(DEAL);
    assert!(page.has("EUR 0.75 per thousand words = EUR 930.75") && page.has("6 months from issue."), "{}", page.text());
    assert!(page.body.contains("<del>12 months from issue.</del>") && page.body.contains("<ins>6 months from issue.</ins>"), "versions are told apart");
    assert_eq!(offer(&market.ana, &[("rate", "940"), ("unit", "flat")]).location(), DEAL);

    let signed = accept(&bo);
    assert_eq!((signed.status, signed.location()), (303, DEAL), "{}", signed.text());
    assert_eq!(state(&market), State::Accepted);
    for browser in [&bo.browser, &market.ana.browser] {
        let page = browser.get(DEAL);
        assert!(page.has("Bo Buyer, Director, order number PO-77"), "{}", page.text());
    }
    let asked = send(&market.ana.browser, &format!("{DEAL}/vote"), &[]);
    assert!(asked.status == 303 && asked.location().starts_with("/c/callworkers/proposals/"), "{}", asked.text());
    assert_eq!(state(&market), State::Accepted);
    assert!(bo.browser.get(DEAL).has("Members have the word") && !bo.browser.get(DEAL).has("Ana"), "no member's name");
}

#[test]
fn below_the_floor_is_refused_at_every_door_in_every_unit_with_the_numbers() {
    let market = Market::open();
    let bo = market.buyer("Bo", "Acme Models");
    with_password(&market, &bo);
    let page = ask(&bo, &[("rate", "600"), ("unit", "flat"), ("note", "All we have.")]);
    assert_eq!(page.status, 422);
    let words = "You offered EUR 600.00 for 6,205 records, which is EUR 0.0967 per record; the floor for fine-tuning a model in force since 2 Mar 2026 is EUR 0.12 per record = EUR 744.60.";
    assert!(page.has(words), "{}", page.text());
    assert!(page.field("rate") == "600" && page.has("All we have.") && page.has("A support assistant."), "what was typed is kept");
    assert_eq!(market.ana.browser.get(DEAL).status, 404, "nothing came of it");
    assert_eq!(refusals(&market), [("request".to_owned(), 60_000, 74_460)]);
    for (rate, unit) in [("0.11", "record"), ("0.59", "thousand_words"), ("106.37", "megabyte"), ("0.1199", "record")] {
        assert_eq!(ask(&bo, &[("rate", rate), ("unit", unit)]).status, 422, "{rate} {unit}");
    }
    assert_eq!(ask(&bo, &[("rate", "0.11"), ("unit", "record")]).status, 422);
    assert_eq!(refusals(&market).len(), 5, "the same again is kept once");

    assert_eq!(ask(&bo, &[("rate", "106.38"), ("unit", "megabyte")]).location(), DEAL, "744.66");
    assert_eq!(offer(&market.ana, &[("rate", "744.59"), ("unit", "flat")]).status, 422);
    assert_eq!(offer(&market.ana, &[("rate", "744.60"), ("unit", "flat")]).location(), DEAL, "at the floor is not below it");
    assert_eq!(offer(&bo, &[("rate", "0.1"), ("unit", "record")]).status, 422);
    assert_eq!(offer(&market.ana, &[("rate", "700"), ("unit", "flat")]).status, 422);
    let form = bo.browser.get(&format!("{DEAL}/acceptance"));
    market.hall.clock.advance(DAY / 4);
    market.floor(Use::Finetune, Unit::ThousandWords, None, "0.7");
    let late = bo.browser.submit(&form, &format!("{DEAL}/acceptance"), &SIGNED);
    assert!(late.status == 422 && late.has("EUR 868.70") && late.field("order_number") == "PO-77", "{}", late.text());
    let mut doors: Vec<String> = refusals(&market).into_iter().map(|(path, ..)| path).filter(|path| path != "request").collect();
    doors.sort();
    assert_eq!(doors, ["accept", "counter", "counter", "offer"]);
    let page = bo.browser.get(DEAL);
    assert!(page.has("You offered EUR 744.59") && page.body.contains("class=\"cross"), "both sides see what was refused");
}

#[test]
fn a_floor_that_rose_keeps_the_signed_offer_from_members_and_from_agreement() {
    let (market, bo) = offered();
    assert_eq!(accept(&bo).status, 303);
    let form = market.ana.browser.get(&format!("{DEAL}/vote"));
    market.floor(Use::Finetune, Unit::Flat, None, "901");
    let page = market.ana.browser.submit(&form, &format!("{DEAL}/vote"), &[]);
    assert!(page.status == 422 && page.has("EUR 901.00"), "{}", page.text());
    assert_eq!(refusals(&market).last().map(|(path, ..)| path.as_str()), Some("members"));
}

#[test]
fn terms_beyond_the_adopted_ones_are_flagged_when_asked_for_and_never_offered() {
    let market = Market::open();
    let bo = market.buyer("Bo", "Acme Models");
    assert_eq!(ask(&bo, &[("weights", "open")]).location(), DEAL, "asking is free");
    let page = market.ana.browser.get(DEAL);
    assert!(page.has("Beyond what members permit: Model weights"), "{}", page.text());
    let refused = offer(&market.ana, &[("rate", "1000"), ("unit", "flat")]);
    assert!(refused.status == 422 && refused.has("allow more than the terms members adopted (version 1): Model weights") && refused.field("rate") == "1000", "{}", refused.text());
    assert_eq!(offer(&market.ana, &[("weights", "closed")]).location(), DEAL);
    let other = offer(&market.ana, &[("class", "research")]);
    assert!(other.status == 422 && other.has("This buyer is of the class commercial"), "{}", other.text());
    let unfrozen = offer(&bo, &[("uses", "pretrain")]);
    assert!(unfrozen.status == 422 && unfrozen.has("Not among them: pre-training a model"), "{}", unfrozen.text());
}

#[test]
fn nothing_is_asked_for_without_terms_or_floor_or_while_members_withhold() {
    let market = Market::bare();
    let bo = market.buyer("Bo", "Acme Models");
    assert!(ask(&bo, &[("territory", "WORLD")]).has("Members have adopted no terms for commercial buyers"));
    market.adopt(&terms());
    assert!(ask(&bo, &[]).has("No floor is in force for fine-tuning a model by commercial buyers"));
    market.floor(Use::Finetune, Unit::Record, None, "0.12");
    market.withhold(true);
    let page = ask(&bo, &[]);
    assert!(page.status == 422 && page.has("Members voted to withhold: no new licences since 2 Mar 2026"), "{}", page.text());
    market.hall.clock.advance(DAY / 4);
    market.withhold(false);
    assert_eq!(ask(&bo, &[]).location(), DEAL);
    let again = ask(&bo, &[("rate", "0.2")]);
    assert!(again.status == 409 && again.has("in negotiation no. 1"), "{}", again.text());
    for (name, value) in [("rate", "1e9"), ("rate", "0,13"), ("rate", "-1"), ("rate", ""), ("valid_days", "181"), ("purpose", "")] {
        let page = ask(&bo, &[(name, value)]);
        assert!(page.status == 422 && page.field("territory") == "WORLD", "{name} {value}");
    }
}

#[test]
fn sent_twice_is_done_once_and_nobody_answers_blindly() {
    let market = Market::open();
    let bo = market.buyer("Bo", "Acme Models");
    let form = bo.browser.get(REQUEST);
    for _ in 0..2 {
        assert_eq!(bo.browser.submit(&form, REQUEST, &[("purpose", "A support assistant."), ("uses", "finetune"), ("rate", "0.13")]).location(), DEAL);
    }
    let blind = bo.browser.get(&format!("{DEAL}/offers"));
    let form = market.ana.browser.get(&format!("{DEAL}/offers"));
    for _ in 0..2 {
        assert_eq!(market.ana.browser.submit(&form, &format!("{DEAL}/offers"), &[("rate", "0.15")]).location(), DEAL);
    }
    let moved = bo.browser.submit(&blind, &format!("{DEAL}/offers"), &[("rate", "0.14")]);
    assert!(moved.status == 409 && moved.has("Version 2 has come onto the table") && moved.field("rate") == "0.14", "{}", moved.text());
    let coop = market.coop.id.clone();
    assert_eq!(market.hall.read(move |conn| offers::deal::numbered(conn, &coop, 1)).versions.len(), 2);
}

#[test]
fn a_negotiation_is_nothing_to_other_buyers_strangers_and_cooperatives() {
    let (market, bo) = offered();
    let (dan, eve, fay) = (market.buyer("Dan", "Beta Labs"), market.hall.person("Eve"), market.hall.person("Fay"));
    market.hall.coop(&fay, "Writers");
    for path in ["", "/offers", "/acceptance", "/vote", "/withdrawal"] {
        for person in [&dan, &eve, &fay] {
            assert_eq!(person.browser.get(&format!("{DEAL}{path}")).status, 404, "{path}");
            assert_eq!(fay.browser.get(&format!("/c/writers/deals/1{path}")).status, 404, "{path}");
            if !path.is_empty() {
                assert_eq!(person.browser.post(&format!("{DEAL}{path}"), &[("version", "2"), ("reason", "x")]).status, 404, "{path}");
            }
        }
    }
    assert_eq!(dan.browser.get("/c/callworkers/deals").status, 404);
    assert!(!dan.browser.get("/buyer").has("Service calls"));
    assert_eq!(market.hall.visitor().get(DEAL).location(), "/sign-in?next=/c/callworkers/deals/1");
    assert_eq!(bo.browser.get(&format!("{DEAL}/vote")).status, 404, "the vote is the cooperative's");
    assert_eq!(market.ana.browser.get(&format!("{DEAL}/acceptance")).status, 404, "the signature is the buyer's");
    assert_eq!(eve.browser.get(REQUEST).status, 403, "register first");
    assert_eq!(bo.browser.get("/c/callworkers/catalogue/none/request").status, 404);
    assert_eq!(state(&market), State::Offered);
}

#[test]
fn only_the_negotiator_bargains_and_not_while_suspended() {
    let (market, _) = offered();
    let (cia, nia) = (market.joined("Cia", None), market.joined("Nia", Some(Role::Negotiator)));
    assert!(cia.browser.get(DEAL).status == 200 && cia.browser.get("/c/callworkers/deals").status == 200, "members read");
    assert!(cia.browser.get(&format!("{DEAL}/offers")).has("Only a negotiator can do this"));
    assert_eq!(offer(&nia, &[("rate", "1000")]).location(), DEAL);
    market.suspend(&nia);
    assert!(nia.browser.get(DEAL).status == 200 && nia.browser.get(&format!("{DEAL}/withdrawal")).status == 403);
    let page = nia.browser.post(&format!("{DEAL}/withdrawal"), &[("reason", "x")]);
    assert!(page.status == 403 && page.has("suspended"), "{}", page.text());
}

#[test]
fn nobody_sits_on_both_sides_of_the_table() {
    let (market, bo) = offered();
    market.join(&bo, Some(Role::Negotiator));
    let page = offer(&bo, &[("rate", "1000")]);
    assert!(page.status == 403 && page.has("You are a member of this cooperative and act for this buyer"), "{}", page.text());
    assert!(bo.browser.post(&format!("{DEAL}/withdrawal"), &[("reason", "x")]).has("A colleague has to"));
    let cia = market.joined("Cia", None);
    assert_eq!(crate::support::market::register(&cia, "Gamma", "9").status, 303);
    assert_eq!(cia.browser.get(REQUEST).status, 403, "a member asks for nothing here");
}

#[test]
fn only_a_signatory_accepts_with_the_password_for_exactly_this_text() {
    let (market, bo) = offered();
    let cy = market.hall.person("Cy");
    market.colleague(&bo, &cy, false);
    assert_eq!(offer(&cy, &[("rate", "0.14"), ("unit", "record")]).location(), DEAL, "anybody of the buyer counters");
    assert_eq!(offer(&market.ana, &[("rate", "900"), ("unit", "flat")]).location(), DEAL);
    with_password(&market, &cy);
    let denied = accept(&cy);
    assert!(denied.status == 403 && denied.has("Only a signatory of Acme Models"), "{}", denied.text());
    let wrong = send(&bo.browser, &format!("{DEAL}/acceptance"), &[SIGNED[0], SIGNED[1], SIGNED[2], SIGNED[3], ("password", "guess")]);
    assert!(wrong.status == 422 && wrong.has("That is not your password") && wrong.field("order_number") == "PO-77", "{}", wrong.text());
    let missing = send(&bo.browser, &format!("{DEAL}/acceptance"), &[("name", "Bo"), ("password", "three wise hens")]);
    assert!(missing.status == 422 && missing.has("3 things need putting right"), "{}", missing.text());
    let changes: Vec<(&str, &str)> = SIGNED.into_iter().chain([("act", "0000000000000000000000000000000000000000000000000000000000000000")]).collect();
    let other = send(&bo.browser, &format!("{DEAL}/acceptance"), &changes);
    assert!(other.status == 422 && other.has("Something changed since this page was shown"), "{}", other.text());
    assert_eq!(accept(&bo).status, 303);
    let closed = bo.browser.get(&format!("{DEAL}/offers"));
    assert!(closed.status == 409 && closed.has("This negotiation is accepted"), "{}", closed.text());
}

#[test]
fn an_offer_runs_out() {
    let market = Market::open();
    let bo = market.buyer("Bo", "Acme Models");
    with_password(&market, &bo);
    ask(&bo, &[]);
    assert_eq!(offer(&market.ana, &[("rate", "900"), ("unit", "flat"), ("valid_days", "2")]).location(), DEAL);
    let form = bo.browser.get(&format!("{DEAL}/acceptance"));
    market.hall.clock.advance(2 * DAY);
    let bo = market.hall.again(&bo);
    let late = bo.browser.submit(&form, &format!("{DEAL}/acceptance"), &SIGNED);
    assert!(late.status == 422 && late.has("its time has run out"), "{}", late.text());
    let ana = market.hall.again(&market.ana);
    assert_eq!(offer(&ana, &[("rate", "900"), ("unit", "flat"), ("valid_days", "1")]).location(), DEAL, "a new version stands again");
    assert_eq!(accept(&bo).status, 303);
    market.hall.clock.advance(DAY);
    assert_eq!(state(&market), State::Offered, "a signature lapses with its version");
    let ana = market.hall.again(&ana);
    assert!(ana.browser.get(&format!("{DEAL}/vote")).has("its time has run out"));
}

#[test]
fn withdrawing_ends_it_with_a_reason_and_calls_the_vote_off() {
    let (market, bo) = offered();
    assert_eq!(accept(&bo).status, 303);
    let put = send(&market.ana.browser, &format!("{DEAL}/vote"), &[]);
    assert!(put.status == 303, "{}", put.text());
    let twice = market.ana.browser.get(&format!("{DEAL}/vote"));
    assert!(twice.status == 409 && twice.has("before members already"), "{}", twice.text());
    assert!(bo.browser.get(&format!("{DEAL}/withdrawal")).has("The vote is cancelled with it"));
    assert_eq!(bo.browser.post(&format!("{DEAL}/withdrawal"), &[("reason", "")]).status, 422);
    assert_eq!(bo.browser.post(&format!("{DEAL}/withdrawal"), &[("reason", "Our budget is gone.")]).location(), DEAL);
    assert_eq!(state(&market), State::Terminated);
    let page = market.ana.browser.get(DEAL);
    assert!(page.has("Our budget is gone.") && page.has("was cancelled. The buyer withdrew the offer this vote is about."), "{}", page.text());
    let over = market.ana.browser.post(&format!("{DEAL}/withdrawal"), &[("reason", "x")]);
    assert!(over.status == 409 && over.has("This negotiation is withdrawn"), "{}", over.text());
    assert_eq!(ask(&bo, &[]).location(), "/c/callworkers/deals/2", "it can begin anew");
}

/// The proposal on the version on the table, decided as passed without its ballot.
fn passed(market: &Market) -> (ProposalId, guildhall::kernel::matter::OfferRef) {
    let coop = market.coop.id.clone();
    let reference = market.hall.read(move |conn| Ok(offers::deal::numbered(conn, &coop, 1)?.reference()));
    (market.decided(&Matter::RatifyOffer { offer: reference.clone() }), reference)
}

#[test]
fn what_members_ratified_is_agreed_only_if_it_still_stands() {
    let (market, bo) = offered();
    assert_eq!(accept(&bo).status, 303);
    let (proposal, reference) = passed(&market);
    let agree = |proposal: &ProposalId, reference: &guildhall::kernel::matter::OfferRef| {
        let (coop, proposal, reference) = (market.coop.id.clone(), proposal.clone(), reference.clone());
        market.hall.write(move |tx| offers::agree(tx, &coop, &proposal, &reference))
    };
    let not_put = agree(&proposal, &reference).unwrap_err();
    assert_eq!(not_put.refusal::<offers::Refusal>(), Some(&offers::Refusal::NotWhatWasVoted("another version is on the table")));
    market.put(1, &proposal);
    let mut other = reference.clone();
    other.total += 1;
    assert!(agree(&proposal, &other).unwrap_err().refusal::<guildhall::bargaining::tariffs::Refusal>().is_some(), "members voted on another sum");
    agree(&proposal, &reference).expect("an agreement");
    agree(&proposal, &reference).expect("the same again changes nothing");
    assert_eq!(state(&market), State::Verified);
    let page = market.ana.browser.get(DEAL);
    assert!(page.has("The licence can be issued") && page.has("Issue the licence"), "{}", page.text());
    let stranger = market.hall.write({
        let (coop, actor) = (market.coop.id.clone(), Actor::Hall);
        move |tx| offers::offer(tx, &actor, &coop, 1, 2, &offers::Terms { sheet: terms(), note: String::new(), valid_days: 1 }, "http://x").map(drop)
    });
    assert!(stranger.is_err(), "the hall bargains for nobody");
}

#[test]
fn an_agreement_needs_the_floor_in_force_when_voting_closed() {
    let (market, bo) = offered();
    assert_eq!(accept(&bo).status, 303);
    market.hall.clock.advance(DAY / 4);
    market.floor(Use::Finetune, Unit::Flat, None, "901");
    let (proposal, reference) = passed(&market);
    market.put(1, &proposal);
    let coop = market.coop.id.clone();
    let refused = market.hall.write(move |tx| offers::agree(tx, &coop, &proposal, &reference)).unwrap_err();
    assert!(refused.to_string().contains("the floor for fine-tuning a model in force since 2 Mar 2026 is EUR 901.00"), "{refused}");
    assert_eq!(state(&market), State::Agreed, "passed, not enacted");
}

/// Takes the signed offer through an open roll call; `meanwhile` happens before voting closes. Answers
/// what the decision led to once nobody can complain of it any more, and its page.
fn enacted(market: &Market, bo: &Person, meanwhile: impl FnOnce(), after: impl FnOnce()) -> (proposals::Enactment, Page) {
    assert_eq!(accept(bo).status, 303);
    let put = send(&market.ana.browser, &format!("{DEAL}/vote"), &[]);
    let path = put.location().to_owned();
    let number: i64 = path.rsplit('/').next().and_then(|number| number.parse().ok()).expect("a number");
    let id = market.hall.read({
        let coop = market.coop.id.clone();
        move |conn| proposals::id_of(conn, &coop, number)
    });
    let mut assembly = Assembly { hall: &market.hall, coop: market.coop.clone(), people: vec![market.hall.again(&market.ana)] };
    assembly.order_notice(&id, true).expect("notice");
    market.hall.catch_up();
    assembly.pass(7 * DAY + SECOND);
    assembly.cast(0, &id, 1, "f").expect("a ballot");
    meanwhile();
    assembly.pass(3 * DAY);
    assert_eq!(assembly.decision(&id).expect("a decision").outcome, proposals::Outcome::Passed);
    after();
    assembly.pass(8 * DAY);
    let coop = market.coop.id.clone();
    let enactment = market.hall.read(move |conn| proposals::enactment(conn, &coop, &id)).expect("it was tried");
    (enactment, assembly.people[0].browser.get(&path))
}

#[test]
fn a_passed_offer_that_a_floor_overtook_is_not_enacted_and_says_why() {
    let (market, bo) = offered();
    let (enactment, page) = enacted(&market, &bo, || market.floor(Use::Finetune, Unit::Flat, None, "901"), || ());
    let because = enactment.because.expect("a reason");
    assert!(enactment.effect.is_none() && because.contains("EUR 901.00"), "{because}");
    assert!(page.has("not enacted") && page.has(&because), "{}", page.text());
    assert_eq!(refusals(&market).last(), Some(&("members".to_owned(), 90_000, 90_100)), "the attempt is kept on the way back from members too");
    assert_eq!(state(&market), State::Offered, "and both sides may bargain on");
}

#[test]
fn a_passed_offer_that_is_gone_is_not_enacted_and_says_why() {
    let (market, bo) = offered();
    // Members' decision is firm, so only something past the program can end the deal here.
    let end = || {
        let coop = market.coop.id.clone();
        let row = move |tx: &mut guildhall::platform::db::Tx<'_>| {
            let deal = offers::deal::numbered(tx, &coop, 1)?;
            put(tx, "terminations", &[("coop_id", coop.as_str()), ("negotiation_id", deal.what.id.as_str()), ("side", "buyer"), ("reason", "x")])
        };
        market.hall.write(row).expect("a row");
    };
    let (enactment, page) = enacted(&market, &bo, || (), end);
    let because = enactment.because.expect("a reason");
    assert!(because.contains("the negotiation was withdrawn"), "{because}");
    assert!(page.has(&because), "{}", page.text());
}

#[test]
fn a_passed_offer_that_still_stands_is_enacted_after_the_complaint_days() {
    let (market, bo) = offered();
    let (enactment, _) = enacted(&market, &bo, || (), || assert_eq!(state(&market), State::Agreed));
    assert!(enactment.because.is_none() && enactment.effect.is_some_and(|words| words.contains("EUR 900.00")));
    assert_eq!(state(&market), State::Verified);
}
