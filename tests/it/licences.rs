//! Licences over HTTP: issued with a password for exactly that, checked by anybody, revoked.

use crate::support::Hall;
use crate::support::deals::{self, Deals, PASSWORD, Wishes};
use guildhall::error::NotFound;
use guildhall::kernel::actor::{Actor, Confirmation, Person as Acting};
use guildhall::kernel::terms::{BuyerClass, Use};
use guildhall::kernel::time::MINUTE;
use guildhall::licensing::keys::{self, KeySet};
use guildhall::licensing::licences::verification::examine;
use guildhall::licensing::licences::{self, Refusal};
use guildhall::membership::coops;
use guildhall::platform::journal::{self, Chain};

const ISSUE: &str = "/c/callworkers/deals/1/licence";
const LICENCE: &str = "/c/callworkers/licences/1";
const REVOKE: &str = "/c/callworkers/licences/1/revocation";

fn issued(deals: &Deals) -> usize {
    let coop = deals.coop.id.clone();
    deals.hall.read(move |conn| licences::of_coop(conn, &coop, i64::MAX, 10)).len()
}

/// The refusal of a deal that cannot be licensed, as `prepare` answers it.
fn refused(deals: &Deals, deal: i64) -> Refusal {
    let error = deals.hall.wait(licences::prepare(&deals.hall.app, &deals.coop, deal)).expect_err("a refusal");
    error.refusal::<Refusal>().expect("a licensing refusal").clone()
}

fn token(deals: &Deals) -> String {
    let record = deals.hall.visitor().get(LICENCE);
    let at = record.body.find("/licences/0").expect("the token's address");
    let address = record.body[at..].split('"').next().expect("an address").to_owned();
    deals.hall.visitor().get(&address).body
}

#[test]
fn a_steward_issues_what_was_ratified_and_a_stranger_follows_the_chain() {
    let deals = Deals::agreed();
    let page = deals.ana.browser.get(ISSUE);
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.has("Ready to issue") && page.has("EUR 90.00") && !page.has("does not hold"), "{}", page.text());
    let done = deals.confirm(&deals.ana, ISSUE, ISSUE, &[("password", PASSWORD)]);
    assert_eq!((done.status, done.location()), (303, LICENCE), "{}", done.text());
    let record = deals.hall.visitor().get(LICENCE);
    assert_eq!(record.status, 200);
    for words in ["licensed to Acme Models", "EUR 90.00 for 40 records", "No. 801 ratified exactly this offer", "EUR 1.50 per record for evaluation and benchmarks", "Deal 1, version 2", "Nothing fetched yet", "Nothing received yet", "Only: evaluation and benchmarks; fine-tuning a model."] {
        assert!(record.has(words), "{words}: {}", record.text());
    }
    assert!(!record.has("Bea Buyer"), "persons are for the parties only");
    assert!(deals.hall.visitor().get("/c/callworkers/licences").has("Licence 1"));
    let mails = deals.hall.mails();
    assert!(mails.iter().any(|mail| mail.contains("buyer@people.example") && mail.contains("/c/callworkers/licences/1")), "{mails:?}");
    assert!(!mails.iter().any(|mail| mail.contains("rival@people.example")));
}

#[test]
fn the_token_carries_everything_and_holds_by_the_key_set_alone() {
    let deals = Deals::licensed();
    let (jwt, set) = (token(&deals), deals.hall.visitor().get("/.well-known/jwks.json"));
    assert_eq!(set.headers["content-type"], "application/jwk-set+json");
    let keys = KeySet::parse(&set.body).expect("a key set");
    let report = examine(&jwt, &keys, Some(&deals.hall.url), deals.hall.app.now());
    assert!(report.holds(), "{:?}", report.checks);
    let claims = report.claims.expect("claims");
    assert_eq!(claims.corpus.root, deals.pool.frozen.root);
    assert_eq!(claims.corpus.manifest, deals.pool.frozen.manifest_hash);
    assert_eq!((claims.total.minor, claims.ratified.number, claims.floors.len()), (9_000, 801, 2));
    assert_eq!(claims.exp, deals.hall.app.now().months_later(12, &deals.coop.zone).seconds());
    let coop = deals.coop.id.clone();
    let heads = deals.hall.read(move |conn| journal::heads(conn, &Chain::from(&coop), 100));
    assert!(heads.iter().any(|head| head.height == claims.journal.height && head.hash == claims.journal.hash), "a published head");
    let manifest = deals.hall.visitor().get("/c/callworkers/licences/1/manifest.json");
    assert_eq!(guildhall::kernel::digest::Digest::of(manifest.body.as_bytes()), claims.corpus.manifest);
}

#[test]
fn nobody_but_a_steward_with_the_password_issues() {
    let deals = Deals::agreed();
    for (who, status) in [(&deals.bob, 403), (&deals.buyer, 404), (&deals.eve, 404)] {
        assert_eq!(who.browser.get(ISSUE).status, status);
        assert_eq!(who.browser.post(ISSUE, &[("password", PASSWORD)]).status, status);
    }
    let wrong = deals.confirm(&deals.ana, ISSUE, ISSUE, &[("password", "not this one")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("That is not your password"));
    let blind = deals.ana.browser.post(ISSUE, &[("password", PASSWORD)]);
    assert!(blind.has("Something changed since this page was shown"), "the digest of the page is missing: {}", blind.text());
    assert_eq!(issued(&deals), 0);
}

#[test]
fn a_confirmation_of_one_deal_issues_no_other() {
    let deals = Deals::agreed();
    deals.agree(&Wishes { total: 60_000, ..Wishes::deal(2) });
    let shown = deals.ana.browser.get(ISSUE).field("act");
    let other = deals.ana.browser.post("/c/callworkers/deals/2/licence", &[("act", &shown), ("password", PASSWORD)]);
    assert!(other.has("Something changed since this page was shown"));
    assert_eq!(issued(&deals), 0);
}

#[test]
fn a_form_sent_twice_issues_one_licence() {
    let deals = Deals::agreed();
    let page = deals.ana.browser.get(ISSUE);
    let (key, act) = (page.field("key"), page.field("act"));
    let fields = [("key", key.as_str()), ("act", act.as_str()), ("password", PASSWORD)];
    let (first, second) = (deals.ana.browser.post(ISSUE, &fields), deals.ana.browser.post(ISSUE, &fields));
    assert_eq!((first.status, first.location()), (303, LICENCE));
    assert_eq!((second.status, second.location()), (303, LICENCE));
    assert_eq!(issued(&deals), 1);
    assert_eq!(refused(&deals, 1), Refusal::Issued(1));
}

#[test]
fn deals_that_are_not_ready_are_refused_with_the_reason() {
    let deals = Deals::open();
    let with = |number: u32, change: &dyn Fn(&mut Wishes)| {
        let mut wishes = Wishes::deal(number);
        change(&mut wishes);
        deals.agree(&wishes);
        refused(&deals, i64::from(number))
    };
    assert!(matches!(with(1, &|w| w.closed_days = 3), Refusal::WindowOpen(_)));
    assert_eq!(with(2, &|w| w.accepted = false), Refusal::NotAccepted);
    assert!(matches!(with(3, &|w| w.outcome = "failed"), Refusal::Tariff(guildhall::bargaining::tariffs::Refusal::NotDecided)));
    assert!(matches!(with(4, &|w| w.total = 5_999), Refusal::Tariff(guildhall::bargaining::tariffs::Refusal::BelowFloor(_))));
    assert!(matches!(with(5, &|w| w.uses = [Use::Pretrain].into()), Refusal::NotCleared(_)));
    assert!(matches!(with(6, &|w| w.uses = [Use::Search].into()), Refusal::Tariff(guildhall::bargaining::tariffs::Refusal::NoFloor { .. })));
    assert!(matches!(with(7, &|w| w.class = BuyerClass::Research), Refusal::OtherTerms(_)));
    let page = deals.ana.browser.get("/c/callworkers/deals/4/licence");
    assert!(page.has("does not hold") && page.has("You offered EUR 59.99 for 40 records") && page.has("Not yet"), "{}", page.text());
    assert_eq!(deals.ana.browser.get("/c/callworkers/deals/99/licence").status, 404);
    assert_eq!(issued(&deals), 0);
}

#[test]
fn terms_changed_past_the_program_are_not_signed() {
    let deals = Deals::open();
    let mut sheet = guildhall::kernel::terms::TermSheet::strictest(BuyerClass::Commercial);
    sheet.months = 600;
    deals.agree(&Wishes { stored_sheet: Some(serde_json::to_string(&sheet).expect("a sheet")), ..Wishes::deal(1) });
    assert!(matches!(refused(&deals, 1), Refusal::OtherTerms(_)));
}

#[test]
fn a_floor_that_rose_after_the_vote_stops_the_licence_unless_the_ballot_named_both() {
    let deals = Deals::agreed();
    deals.agree(&Wishes { text: "The floor is EUR 1.50 per record; members also vote on EUR 3.00 per record, and this offer stands all the same.".to_owned(), ..Wishes::deal(2) });
    deals.agree(&Wishes { total: 12_000, ..Wishes::deal(3) });
    deals.floor(2, 300, 2);
    assert!(matches!(refused(&deals, 1), Refusal::HigherFloor(short) if short.words.contains("EUR 3.00 per record")));
    for deal in [2, 3] {
        assert!(deals.hall.wait(licences::prepare(&deals.hall.app, &deals.coop, deal)).is_ok(), "deal {deal}");
    }
}

#[test]
fn a_price_that_a_floor_overtook_is_refused_when_issuing_and_kept_in_the_book() {
    use diesel::prelude::*;
    use guildhall::platform::db::schema::refused_offers as r;
    let deals = Deals::agreed();
    deals.agree(&Wishes { total: 5_999, ..Wishes::deal(2) });
    let book = |deals: &Deals| -> Vec<(String, String, i64, i64)> { deals.hall.read(|conn| Ok(r::table.order((r::at, r::id)).select((r::path, r::side, r::total, r::floor_total)).load(conn)?)) };
    let shown = deals.ana.browser.get(ISSUE);
    assert!(shown.has("Ready to issue") && book(&deals).is_empty(), "looking is no attempt");
    deals.floor(2, 300, 2);
    for _ in 0..2 {
        let late = deals.ana.browser.post(ISSUE, &[("key", &shown.field("key")), ("act", &shown.field("act")), ("password", PASSWORD)]);
        assert!(late.status == 422 && late.has("EUR 3.00 per record"), "{}", late.text());
    }
    let kept = ("issue".to_owned(), "coop".to_owned(), 9_000, 12_000);
    assert_eq!(book(&deals), std::slice::from_ref(&kept), "once, however often it is sent");
    deals.hall.clock.advance(MINUTE);
    let below = deals.ana.browser.post("/c/callworkers/deals/2/licence", &[("password", PASSWORD)]);
    assert!(below.status == 422 && below.has("You offered EUR 59.99 for 40 records"), "{}", below.text());
    assert_eq!(book(&deals), [kept, ("issue".to_owned(), "coop".to_owned(), 5_999, 6_000)], "below the floor it was voted under, too");
    for reader in [&deals.ana, &deals.buyer] {
        let page = reader.browser.get("/c/callworkers/deals/1");
        assert!(page.has("Refused when issuing the licence.") && page.has("EUR 120.00"), "{}", page.text());
    }
    assert_eq!(issued(&deals), 0);
}

#[test]
fn a_floor_in_force_when_voting_closed_binds_though_it_was_noted_later() {
    let deals = Deals::open();
    deals.floor(2, 300, 9);
    deals.agree(&Wishes::deal(1));
    assert!(matches!(refused(&deals, 1), Refusal::Tariff(guildhall::bargaining::tariffs::Refusal::BelowFloor(_))));
}

#[test]
fn members_who_withhold_stop_new_licences() {
    let deals = Deals::agreed();
    deals.withhold(1);
    assert!(matches!(refused(&deals, 1), Refusal::Tariff(guildhall::bargaining::tariffs::Refusal::Withheld { .. })));
}

#[test]
fn a_withdrawn_record_stops_a_new_licence() {
    let deals = Deals::agreed();
    deals.take_out();
    assert_eq!(refused(&deals, 1), Refusal::Barred(1));
}

#[test]
fn what_changes_between_signing_and_storing_is_met() {
    let deals = Deals::agreed();
    let prepared = deals.hall.wait(licences::prepare(&deals.hall.app, &deals.coop, 1)).expect("a signed licence");
    let store = |deals: &Deals| {
        let (coop, account, prepared) = (deals.coop.clone(), deals.ana.account.clone(), prepared.clone());
        deals.hall.write(move |tx| {
            let confirmation = Some(Confirmation { act: prepared.act.clone(), at: tx.now() });
            licences::issue(tx, &Actor::Person(Acting { account: account.clone(), confirmation }), &coop, &prepared)
        })
    };
    deals.hall.clock.advance(6 * MINUTE);
    assert_eq!(store(&deals).expect_err("too late").refusal::<Refusal>(), Some(&Refusal::Overtaken));
    deals.hall.clock.advance(-6 * MINUTE);
    deals.take_out();
    assert_eq!(store(&deals).expect_err("withdrawn").refusal::<Refusal>(), Some(&Refusal::Overtaken));
    assert_eq!(issued(&deals), 0);
}

#[test]
fn a_rotated_key_stays_in_the_set_and_signs_no_more() {
    let deals = Deals::licensed();
    let jwt = token(&deals);
    deals.agree(&Wishes::deal(2));
    let prepared = deals.hall.wait(licences::prepare(&deals.hall.app, &deals.coop, 2)).expect("a signed licence");
    deals.hall.clock.advance(MINUTE);
    let key = keys::fresh(&deals.hall.app.secrets).expect("a key");
    let (again, person) = (key.clone(), deals.ana.actor());
    assert!(deals.hall.write(move |tx| keys::rotate(tx, &person, &again)).expect_err("not theirs").refusal::<keys::NotYours>().is_some());
    deals.hall.write(move |tx| keys::rotate(tx, &Actor::Hall, &key)).expect("a rotation");
    let set = KeySet::parse(&deals.hall.visitor().get("/.well-known/jwks.json").body).expect("a key set");
    assert_eq!(set.keys.len(), 2);
    assert_eq!(set.keys.iter().filter(|key| key.retired.is_some()).count(), 1);
    assert!(examine(&jwt, &set, Some(&deals.hall.url), deals.hall.app.now()).holds(), "the old licence stays good");
    let (coop, account) = (deals.coop.clone(), deals.ana.account.clone());
    let late = deals.hall.write(move |tx| {
        let confirmation = Some(Confirmation { act: prepared.act.clone(), at: tx.now() });
        licences::issue(tx, &Actor::Person(Acting { account: account.clone(), confirmation }), &coop, &prepared)
    });
    assert_eq!(late.expect_err("a retired key").refusal::<Refusal>(), Some(&Refusal::Overtaken));
    assert_eq!(deals::issue(&deals.hall, &deals.coop, &deals.ana.account, 2), 2);
}

#[test]
fn a_licence_signed_with_another_secret_file_is_nobodys_fault_but_said() {
    let deals = Deals::licensed();
    deals.agree(&Wishes::deal(2));
    std::fs::remove_file(deals.hall.folder.path().join("secret")).expect("the file");
    let mut app = deals.hall.app.clone();
    app.secrets = std::sync::Arc::new(guildhall::platform::secrets::Secrets::open(&deals.hall.folder.path().join("secret")).expect("another file"));
    let error = deals.hall.wait(licences::prepare(&app, &deals.coop, 2)).expect_err("cannot open the key");
    assert!(error.to_string().contains("another secret file"), "{error}");
}

#[test]
fn the_verify_page_names_every_check_and_keeps_nothing() {
    let mut deals = Deals::licensed();
    let jwt = token(&deals);
    let eve = deals.hall.visitor();
    let good = eve.post("/verify", &[("licence", &jwt)]);
    assert!(good.has("This licence holds") && good.has("In the register, and in force."), "{}", good.text());
    for name in licences::verification::NAMES {
        assert!(good.has(name), "{name}");
    }
    let wrapped: String = jwt.as_bytes().chunks(64).map(|line| format!("{}\r\n", String::from_utf8_lossy(line))).collect();
    assert!(eve.post("/verify", &[("licence", &wrapped)]).has("This licence holds"), "line breaks do no harm");
    let forged = eve.post("/verify", &[("licence", &jwt.replace('.', ".x"))]);
    assert!(forged.has("Do not rely on this") && !forged.has("This licence holds"));
    assert_eq!(eve.post("/verify", &[("licence", "  ")]).status, 422);
    assert_eq!(eve.post("/verify", &[("licence", "<script>alert(1)</script>")]).status, 200);
    deals.pass(366);
    assert!(eve.post("/verify", &[("licence", &jwt)]).has("Do not rely on this"), "it has ended");
}

#[test]
fn a_revoked_licence_says_so_everywhere_and_the_buyer_hears_of_it() {
    let deals = Deals::licensed();
    let jwt = token(&deals);
    let fields = [("ground", "breach"), ("reason", "Weights were released against the terms."), ("password", PASSWORD)];
    for (who, status) in [(&deals.bob, 403), (&deals.buyer, 404), (&deals.eve, 404)] {
        assert_eq!(who.browser.post(REVOKE, &fields).status, status);
    }
    assert_eq!(deals.confirm(&deals.ana, REVOKE, REVOKE, &[("ground", "breach"), ("password", PASSWORD)]).status, 422, "a reason is needed");
    assert_eq!(deals.confirm(&deals.ana, REVOKE, REVOKE, &[("ground", "breach"), ("reason", "x"), ("password", "wrong")]).status, 422);
    let done = deals.confirm(&deals.ana, REVOKE, REVOKE, &fields);
    assert_eq!((done.status, done.location()), (303, LICENCE), "{}", done.text());
    let again = deals.confirm(&deals.ana, REVOKE, REVOKE, &fields);
    assert!(again.status == 409 && again.has("revoked already"), "{}", again.text());
    let record = deals.hall.visitor().get(LICENCE);
    assert!(record.has("revoked") && record.has("the licensee broke the terms") && !record.has("Weights were released against"), "the word is public, the reason for the parties");
    assert!(deals.buyer.browser.get(LICENCE).has("Weights were released against"));
    let status: serde_json::Value = serde_json::from_str(&deals.hall.visitor().get(&format!("/licences/{}/status", id_of(&deals))).body).expect("JSON");
    assert_eq!((status["status"].as_str(), status["reason"].as_str(), status["since"].as_str()), (Some("revoked"), Some("breach"), Some(deals.hall.app.now().iso().as_str())));
    assert!(deals.hall.visitor().post("/verify", &[("licence", &jwt)]).has("Revoked on"));
    assert!(deals.hall.mails().iter().any(|mail| mail.contains("buyer@people.example") && mail.contains("Weights were released against")));
}

fn id_of(deals: &Deals) -> String {
    let coop = deals.coop.id.clone();
    deals.hall.read(move |conn| licences::numbered(conn, &coop, 1)).id.to_string()
}

#[test]
fn a_status_is_active_until_the_end() {
    let mut deals = Deals::licensed();
    let address = format!("/licences/{}/status", id_of(&deals));
    let status = |deals: &Deals| -> serde_json::Value { serde_json::from_str(&deals.hall.visitor().get(&address).body).expect("JSON") };
    assert_eq!(status(&deals)["status"], "active");
    deals.pass(365);
    assert_eq!(status(&deals)["status"], "expired");
    let revoked = deals.confirm(&deals.ana, REVOKE, REVOKE, &[("ground", "ended"), ("reason", "x"), ("password", PASSWORD)]);
    assert!(revoked.has("ended by itself"), "{}", revoked.text());
    for nothing in ["/licences/x/status", "/licences/x.jwt", "/licences/0190a0b0-0000-7000-8000-000000000001/status", "/c/callworkers/licences/9", "/c/callworkers/licences/x"] {
        assert_eq!(deals.hall.visitor().get(nothing).status, 404, "{nothing}");
    }
}

#[test]
fn the_contract_is_for_the_two_parties() {
    let deals = Deals::licensed();
    let address = format!("{LICENCE}/contract");
    for (who, status) in [(&deals.ana, 200), (&deals.bob, 200), (&deals.buyer, 200), (&deals.rival, 404), (&deals.eve, 404)] {
        assert_eq!(who.browser.get(&address).status, status);
    }
    assert_eq!(deals.hall.visitor().get(&address).status, 303);
    let paper = deals.buyer.browser.get(&address);
    for words in ["Collective licence agreement", "Bea Buyer", "By resolution of the board", "Order PO-77", "Counted ballots", "Every other use is prohibited."] {
        assert!(paper.has(words), "{words}");
    }
}

#[test]
fn a_buyer_sees_its_own_licences() {
    let deals = Deals::licensed();
    assert!(deals.buyer.browser.get("/buyer/licences").has("Licence 1"));
    assert!(deals.rival.browser.get("/buyer/licences").has("No licence yet"));
    assert_eq!(deals.bob.browser.get("/buyer/licences").status, 404);
}

#[test]
fn use_is_reported_by_the_licensee_and_listed() {
    let mut deals = Deals::licensed();
    deals.pass(30);
    let address = format!("{LICENCE}/reports");
    let day = |ago: i64| deals.ago(ago).date(&deals.coop.zone);
    let (from, to) = (day(29), day(1));
    let fields = [("from", from.as_str()), ("to", to.as_str()), ("purpose", "Fine-tuning, three epochs"), ("model", "acme-7b v2"), ("note", "")];
    for (who, status) in [(&deals.bob, 404), (&deals.rival, 404), (&deals.eve, 404)] {
        assert_eq!(who.browser.post(&address, &fields).status, status);
    }
    assert_eq!(deals.buyer.browser.post(&address, &fields).status, 303);
    let twice = deals.buyer.browser.post(&address, &fields);
    assert!(twice.status == 409 && twice.has("exactly this period"));
    let early = deals.buyer.browser.post(&address, &[("from", "2020-01-01"), ("to", &to), ("purpose", "x"), ("model", "y")]);
    assert!(early.status == 422 && early.field("purpose") == "x" && early.has("before the licence was issued"));
    assert_eq!(deals.buyer.browser.post(&address, &[("from", &from), ("to", "soon")]).status, 422);
    assert!(deals.ana.browser.get(LICENCE).has("acme-7b v2"));
    let public = deals.hall.visitor().get(LICENCE);
    assert!(public.has("1 report") && !public.has("acme-7b"), "the model stays between the parties");
}

#[test]
fn a_licence_of_another_cooperative_is_nothing_here() {
    let deals = Deals::licensed();
    let zoe = deals::with_password(&deals.hall, "Zoe");
    deals.hall.coop(&zoe, "Writers");
    for path in ["/c/writers/licences/1", "/c/writers/licences/1/contract", "/c/writers/licences/1/manifest.json", "/c/writers/licences/1/revocation", "/c/writers/deals/1/licence"] {
        assert_eq!(zoe.browser.get(path).status, 404, "{path}");
    }
    assert_eq!(zoe.browser.post("/c/writers/licences/1/revocation", &[("ground", "breach"), ("reason", "x"), ("password", PASSWORD)]).status, 404);
    assert_eq!(zoe.browser.post(REVOKE, &[("ground", "breach"), ("reason", "x"), ("password", PASSWORD)]).status, 404);
    let actor = zoe.actor();
    let coop = deals.coop.clone();
    let other = deals.hall.write(move |tx| licences::revoke(tx, &actor, &coop, 1, licences::Ground::Breach, "x"));
    assert!(other.expect_err("a stranger").refusal::<NotFound>().is_some());
}

#[test]
fn the_command_line_checks_a_licence_offline() {
    let deals = Deals::licensed();
    let folder = deals.hall.folder.path();
    let (jwt, keys) = (folder.join("licence.jwt"), folder.join("jwks.json"));
    std::fs::write(&jwt, format!("{}\n", token(&deals))).expect("a file");
    std::fs::write(&keys, deals.hall.visitor().get("/.well-known/jwks.json").body).expect("a file");
    let run = |jwt: &std::path::Path, more: &[&str]| {
        let out = std::process::Command::new(env!("CARGO_BIN_EXE_guildhall")).args(["verify", "licence"]).arg(jwt).arg("--jwks").arg(&keys).args(more).output().expect("the program runs");
        (out.status.success(), format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
    };
    // The machine's clock may stand before or after the test's year, so only the term may fail.
    let (_, words) = run(&jwt, &["--issuer", &deals.hall.url]);
    for check in ["Signature", "Issuer", "Audience", "Terms", "Price"] {
        assert!(words.lines().any(|line| line.starts_with("holds") && line.contains(check)), "{check}: {words}");
    }
    let (fine, words) = run(&jwt, &["--issuer", "https://elsewhere.example"]);
    assert!(!fine && words.contains("FAILS  Issuer"), "{words}");
    let forged = folder.join("forged.jwt");
    std::fs::write(&forged, token(&deals).replacen("eyJ", "eyK", 1)).expect("a file");
    assert!(!run(&forged, &[]).0);
    assert!(!run(&folder.join("absent"), &[]).0);
}

#[test]
fn the_record_page_gives_a_journal_that_verifies() {
    let deals = Deals::licensed();
    let page = deals.hall.visitor().get("/c/callworkers/record");
    assert_eq!(page.status, 200);
    let coop = deals.coop.id.clone();
    let head = deals.hall.read(move |conn| journal::head(conn, &Chain::from(&coop))).expect("a head");
    assert!(page.has(head.hash.as_str()) && page.has(&format!("--seen-head {}:{}", head.height, head.hash)));
    let file = deals.hall.folder.path().join("journal.jsonl");
    let text = deals.hall.visitor().get("/c/callworkers/record/journal.jsonl").body;
    std::fs::write(&file, &text).expect("a file");
    let words = guildhall::cli::verify_journal(&file, Some(&format!("{}:{}", head.height, head.hash))).expect("intact");
    assert!(words.contains(&format!("{} entries", head.height)));
    assert!(text.contains("licence_issued") && !text.contains("people.example") && !text.contains("Acme"), "ids and hashes only");
    assert_eq!(Hall::start().visitor().get("/c/nowhere/record/journal.jsonl").status, 404);
}

#[test]
fn a_member_is_no_part_of_a_licence_they_cannot_see() {
    let deals = Deals::licensed();
    let (actor, now, coop) = (deals.eve.actor(), deals.hall.app.now(), deals.coop.id.clone());
    let standing = deals.hall.read(move |conn| coops::standing_of(conn, actor.account().expect("an account"), &coop, now));
    assert!(standing.is_none());
    let page = deals.eve.browser.get(LICENCE);
    assert!(page.status == 200 && !page.body.contains("/contract") && !page.body.contains("/tokens") && !page.body.contains("/revocation"));
}

#[test]
fn the_demonstration_ends_with_a_licence_that_holds() {
    use guildhall::hall::demo::{Size, make};
    let hall = Hall::start();
    let stage = hall.wait(make(hall.app.clone(), hall.clock.clone(), Size::SMALL)).expect("the story is told");
    let (coop, now) = (stage.coop.id.clone(), hall.app.now());
    assert!(now.0 <= crate::support::START.0 + 100 * guildhall::kernel::time::DAY, "the story ends before today: {}", now.iso());
    let (licence, keys) = hall.read(move |conn| Ok((licences::numbered(conn, &coop, 1)?, keys::key_set(conn)?)));
    assert!(examine(&licence.jwt, &keys, Some(&hall.url), now).holds());
    let page = hall.visitor().get(&format!("/c/{}/licences/1", licence.slug));
    assert!(page.has("deliveries") && page.has("1 report"), "{}", page.text());
}
