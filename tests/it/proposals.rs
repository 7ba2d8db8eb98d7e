//! The pages of the assembly, as members use them: from the form of a draft to the board.

use crate::support::votes::{Assembly, PASSWORD};
use crate::support::{Browser, Hall, Page};
use guildhall::kernel::digest::Digest;
use guildhall::kernel::matter::Matter;
use guildhall::kernel::time::{DAY, SECOND};
use guildhall::platform::db::schema::ballots;

use diesel::prelude::*;

fn rows(hall: &Hall) -> i64 {
    hall.read(|conn| Ok(ballots::table.count().get_result(conn)?))
}

/// Drafts a floor over HTTP: form, look at it, save. Answers the proposal's address.
fn draft_floor(founder: &Browser, levels: &str) -> String {
    let form = "/c/callworkers/proposals/new/set_floor";
    let key = founder.get(form).field("key");
    let typed = [("key", key.as_str()), ("title", "What is the least a record may cost?"), ("text", "Buyers came back.\n\nWe can ask for more."), ("use", "finetune"), ("class", "commercial"), ("unit", "record"), ("levels", levels)];
    let preview = founder.post(form, &typed);
    assert_eq!(preview.status, 200, "{}", preview.text());
    assert!(preview.has("Not saved yet") && preview.has("We can ask for more."));
    let saved = founder.post(form, &[("key", &preview.field("key")), ("title", &preview.field("title")), ("text", &preview.field("text")), ("matter", &preview.field("matter")), ("step", "save")]);
    assert_eq!(saved.status, 303, "{}", saved.text());
    saved.location().to_owned()
}

fn give_notice(founder: &Browser, path: &str, password: &str) -> Page {
    let page = founder.get(&format!("{path}/notice"));
    founder.post(&format!("{path}/notice"), &[("key", &page.field("key")), ("act", &page.field("act")), ("password", password)])
}

/// Votes as a person does: choose, check, cast. Answers the receipt's letters.
fn vote(browser: &Browser, path: &str, choice: &str) -> String {
    let booth = browser.get(&format!("{path}/ballot"));
    let check = browser.post(&format!("{path}/ballot"), &[("key", &booth.field("key")), ("choice", choice), ("step", "check")]);
    assert!(check.status == 200 && check.has("not recorded yet"), "{}", check.text());
    let again = browser.post(&format!("{path}/ballot"), &[("key", &check.field("key")), ("choice", &check.field("choice")), ("step", "change")]);
    assert!(again.status == 200 && again.body.contains(&format!("value=\"{choice}\" checked")), "choosing again begins with what was chosen: {}", again.text());
    let cast = browser.post(&format!("{path}/ballot"), &[("key", &check.field("key")), ("choice", &check.field("choice")), ("step", "cast")]);
    assert_eq!((cast.status, cast.location()), (303, format!("{path}/receipt").as_str()), "{}", cast.text());
    letters(&browser.get(cast.location()))
}

fn letters(page: &Page) -> String {
    let html = scraper::Html::parse_document(&page.body);
    let strong = scraper::Selector::parse(".receipt strong").expect("a selector");
    html.select(&strong).next().expect("a receipt").text().collect()
}

#[test]
fn a_floor_goes_from_a_form_to_the_tariff_and_nobody_learns_who_wanted_what() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 12);
    let path = draft_floor(&coop.people[0].browser, "0.08\n0.12\n0.10");
    assert!(coop.people[3].browser.get(&path).has("A draft."));
    let wrong = give_notice(&coop.people[0].browser, &path, "not it");
    assert!(wrong.status == 422 && wrong.has("That is not your password"), "{}", wrong.text());
    assert_eq!(give_notice(&coop.people[0].browser, &path, PASSWORD).status, 303);
    assert_eq!(give_notice(&coop.people[0].browser, &path, PASSWORD).location(), path, "noticed once");
    let page = coop.people[3].browser.get(&path);
    assert!(page.has("Voting opens") && page.has("You are on the roll"), "{}", page.text());
    let frozen = coop.people[3].browser.get(&format!("{path}/notice"));
    assert!(frozen.has("My salt") && frozen.has("12 members"), "{}", frozen.text());
    let json = coop.people[3].browser.get(&format!("{path}/notice.json"));
    assert!(frozen.body.contains(Digest::of(json.body.as_bytes()).as_str()), "the file's hash is the notice's");
    let mails = hall.mails();
    assert_eq!(mails.iter().filter(|mail| mail.contains("is waiting for you")).count(), 12);
    assert!(!mails.iter().any(|mail| mail.contains("least a record")), "mail says only that something is waiting");
    let early = coop.people[3].browser.get(&format!("{path}/ballot"));
    assert!(early.status == 409 && early.has("Voting opens"), "{}", early.text());
    coop.pass(7 * DAY + SECOND);
    assert!(coop.people[3].browser.get("/home").has("Vote: What is the least a record may cost?"));
    // Choices: 0 abstain, 1 at least 0.08, 2 at least 0.10, 3 at least 0.12.
    let kept = vote(&coop.people[3].browser, &path, "1");
    for who in [0, 1, 2, 4, 5] {
        vote(&coop.people[who].browser, &path, "3");
    }
    vote(&coop.people[6].browser, &path, "0");
    let changed = vote(&coop.people[3].browser, &path, "2");
    assert_ne!(kept, changed, "a changed vote has a receipt of its own");
    let page = coop.people[3].browser.get(&path);
    assert!(page.has("7 of 12 have voted") && page.has("Your vote is recorded"), "{}", page.text());
    assert!(!page.has("How members voted") && !page.has("5 of 6"), "no result before close");
    assert!(coop.people[3].browser.get(&format!("{path}/ballot")).body.contains("value=\"2\" checked"), "one's own choice is marked until close");
    assert!(!coop.people[3].browser.get("/home").has("Vote: What is the least"));
    assert_eq!(coop.people[3].browser.get(&format!("{path}/voters")).status, 403);
    assert!(coop.people[0].browser.get(&format!("{path}/voters")).has("Member 3"), "the scrutineer sees who, never how");
    assert_eq!(hall.visitor().get(&format!("{path}/decision.json")).status, 409);
    coop.pass(3 * DAY);
    let page = coop.people[8].browser.get(&path);
    assert!(page.has("7 of 12 voted; 6 needed; 5 of 6 want at least EUR 0.12, 4 needed. The floor is set at EUR 0.12."), "{}", page.text());
    assert!(page.has("Enacted"), "{}", page.text());
    assert!(hall.visitor().get("/c/callworkers/tariff").has("0.12"));
    let board = coop.people[8].browser.get(&format!("{path}/board"));
    assert!(board.has(&changed) && !board.has(&kept), "the last version counts");
    let own = coop.people[3].browser.get(&format!("{path}/receipt"));
    assert!(own.has("destroyed when it was counted") && !own.has(&changed), "{}", own.text());
    let record = hall.visitor().get(&format!("{path}/decision.json"));
    assert!(page.body.contains(Digest::of(record.body.as_bytes()).as_str()), "a stranger's hash of the record is the one that is shown");
    assert!(coop.people[8].browser.get(&format!("{path}/decision.csv")).body.contains("At least EUR 0.12,5"));
    let logs: Vec<String> = hall.mails();
    assert!(!logs.iter().any(|mail| mail.contains(&changed)), "no receipt in a mail");
}

#[test]
fn a_ballot_sent_twice_is_one_row_with_one_receipt() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.open(Matter::Resolve {});
    let (path, browser) = (coop.path(&format!("/{}", drafted.number)), coop.people[2].browser.clone());
    let key = browser.get(&format!("{path}/ballot")).field("key");
    let fields = [("key", key.as_str()), ("choice", "1"), ("step", "cast")];
    assert_eq!(browser.post(&format!("{path}/ballot"), &fields).status, 303);
    let first = letters(&browser.get(&format!("{path}/receipt")));
    assert_eq!(browser.post(&format!("{path}/ballot"), &fields).status, 303);
    assert_eq!((rows(&hall), letters(&browser.get(&format!("{path}/receipt")))), (1, first));
    let other = browser.post(&format!("{path}/ballot"), &[("key", key.as_str()), ("choice", "2"), ("step", "cast")]);
    assert!(other.status == 409 && other.has("already sent with another choice"), "{}", other.text());
    let none = browser.post(&format!("{path}/ballot"), &[("step", "check")]);
    assert!(none.status == 422 && none.has("Choose one of the answers"), "{}", none.text());
    let odd = browser.post(&format!("{path}/ballot"), &[("choice", "9"), ("step", "cast")]);
    assert!(odd.status == 422 && odd.has("Choose one of the answers"), "{}", odd.text());
    assert_eq!(rows(&hall), 1);
    hall.clock.advance(3 * DAY);
    let late = hall.browser_of(&coop.people[2].account).post(&format!("{path}/ballot"), &[("choice", "1"), ("step", "cast")]);
    assert!(late.status == 409 && late.has("Voting closed"), "{}", late.text());
}

#[test]
fn mistakes_in_a_draft_stand_beside_their_fields_and_nothing_is_written() {
    let hall = Hall::start();
    let coop = Assembly::of(&hall, 2);
    let founder = &coop.people[0].browser;
    let floor = "/c/callworkers/proposals/new/set_floor";
    let wrong = founder.post(floor, &[("title", "Floor?"), ("text", "x"), ("use", "finetune"), ("class", "commercial"), ("unit", "record"), ("levels", "0,08\n0.1")]);
    assert!(wrong.status == 422 && wrong.has("without commas") && wrong.body.contains("0,08"), "{}", wrong.text());
    let one = founder.post(floor, &[("title", "Floor?"), ("text", "x"), ("use", "finetune"), ("class", "commercial"), ("unit", "record"), ("levels", "0.1")]);
    assert!(one.status == 422 && one.has("2 to 21 levels"), "{}", one.text());
    let split = founder.post("/c/callworkers/proposals/new/adopt_split", &[("title", "Split?"), ("text", "x"), ("costs", "8"), ("reserve", "5"), ("equal", "40"), ("record", "0"), ("word", "59")]);
    assert!(split.status == 422 && split.has("make 99%"), "{}", split.text());
    let spend = founder.post("/c/callworkers/proposals/new/spend", &[("title", "Spend?"), ("text", "x"), ("line", "Hosting"), ("amount", "-1")]);
    assert!(spend.status == 422 && spend.has("without a sign"), "{}", spend.text());
    let short = founder.post("/c/callworkers/proposals/new/resolve", &[("title", "S"), ("text", "x")]);
    assert!(short.status == 422 && short.has("3 to 120 letters"), "{}", short.text());
    let forged = founder.post("/c/callworkers/proposals/new/resolve", &[("title", "Shall we?"), ("text", "x"), ("matter", "{\"matter\":\"withhold\",\"stop\":true}"), ("step", "save")]);
    assert_eq!(forged.status, 404, "a matter of another kind does not come in by this form");
    assert_eq!(founder.get("/c/callworkers/proposals/new/ratify_offer").status, 404);
    assert!(founder.get("/c/callworkers/proposals").has("No proposal yet"));
}

#[test]
fn every_kind_of_matter_can_be_drafted_looked_at_and_changed_again() {
    let hall = Hall::start();
    let coop = Assembly::of(&hall, 2);
    let founder = &coop.people[0].browser;
    for kind in ["adopt_terms", "set_floor", "adopt_split", "amend_bylaws", "spend", "withhold", "resolve"] {
        let form = format!("/c/callworkers/proposals/new/{kind}");
        let page = founder.get(&form);
        let fields = page.form(&form, &[("title", "Shall we?"), ("text", "Because."), ("levels", "0.05\n0.10"), ("line", "Hosting"), ("amount", "120.50")]);
        let send = |fields: &[(String, String)]| founder.post(&form, &fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect::<Vec<_>>());
        let preview = send(&fields);
        assert!(preview.status == 200 && preview.has("Not saved yet"), "{kind}: {}", preview.text());
        let hidden = |step: &str| [("key", preview.field("key")), ("title", preview.field("title")), ("text", preview.field("text")), ("matter", preview.field("matter")), ("step", step.to_owned())].map(|(n, v)| (n.to_owned(), v));
        let again = send(&hidden("change"));
        assert!(again.status == 200 && again.field("title") == "Shall we?", "{kind}");
        let saved = send(&hidden("save"));
        assert_eq!(saved.status, 303, "{kind}: {}", saved.text());
        assert_eq!(send(&hidden("save")).location(), saved.location(), "{kind}: saved once");
        let notice = founder.get(&format!("{}/notice", saved.location()));
        assert!(notice.has("A sealed vote needs a roll of at least 10; 2 members can vote now"), "{kind}: {}", notice.text());
        let openly = founder.get(&format!("{}/notice?openly=yes", saved.location()));
        assert!(openly.has("every member sees how each member voted"), "{kind}: {}", openly.text());
    }
    assert_eq!(founder.get("/c/callworkers/proposals").body.matches("Shall we?").count(), 7);
}

#[test]
fn a_notice_is_challenged_answered_and_called_off() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.notice(Matter::Resolve {});
    let path = coop.path(&format!("/{}", drafted.number));
    let (founder, member) = (coop.people[0].browser.clone(), coop.people[4].browser.clone());
    let empty = member.post(&format!("{path}/challenges"), &[("words", " ")]);
    assert!(empty.status == 422 && empty.has("Say in a few words what is wrong"), "{}", empty.text());
    assert_eq!(member.post(&format!("{path}/challenges"), &[("words", "I know two who are not on the roll.")]).status, 303);
    assert!(founder.get("/home").has("Answer a challenge to: Shall we?"));
    let page = founder.get(&path);
    assert!(page.has("Member 5: I know two who are not on the roll."), "{}", page.text());
    let at = page.body.find("/challenges/").expect("an answer form");
    let id = page.body[at + 12..].split('"').next().expect("an id").to_owned();
    let answer = format!("{path}/challenges/{id}");
    assert_eq!(member.post(&answer, &[("words", "No.")]).status, 403);
    assert_eq!(founder.post(&answer, &[("words", "They joined this week.")]).status, 303);
    let twice = founder.post(&answer, &[("words", "Again.")]);
    assert!(twice.status == 409 && twice.has("answered already"), "{}", twice.text());
    assert!(!founder.get("/home").has("Answer a challenge"));
    assert!(member.get(&path).has("They joined this week."));
    coop.pass(7 * DAY + SECOND);
    let (founder, member) = (coop.people[0].browser.clone(), coop.people[4].browser.clone());
    let late = member.post(&format!("{path}/challenges"), &[("words", "Wait.")]);
    assert!(late.status == 409 && late.has("until voting opens"), "{}", late.text());
    vote(&member, &path, "1");
    let silent = founder.post(&format!("{path}/cancellation"), &[("reason", "")]);
    assert!(silent.status == 422 && silent.has("Say why."), "{}", silent.text());
    assert_eq!(member.post(&format!("{path}/cancellation"), &[("reason", "No.")]).status, 403);
    assert_eq!(founder.post(&format!("{path}/cancellation"), &[("reason", "The text named the wrong year.")]).status, 303);
    assert!(member.get(&path).has("Cancelled: The text named the wrong year."));
    let shut = member.get(&format!("{path}/ballot"));
    assert!(shut.status == 409 && shut.has("was cancelled"), "{}", shut.text());
    hall.catch_up();
    assert!(hall.app.secrets.vote(&drafted.id).is_err(), "its key is forgotten, its votes are never counted");
    assert_eq!(hall.mails().iter().filter(|mail| mail.contains("is waiting for you")).count(), 20, "told of the notice, and of the end");
    let again = founder.post(&format!("{path}/cancellation"), &[("reason", "Twice.")]);
    assert!(again.status == 409 && again.has("was cancelled"), "{}", again.text());
}

#[test]
fn a_small_cooperative_decides_openly_and_says_so() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 3);
    let drafted = coop.draft(Matter::Resolve {});
    let path = coop.path(&format!("/{}", drafted.number));
    let refused = coop.people[0].browser.post(&format!("{path}/notice"), &[]);
    assert!(refused.status == 422 && refused.has("A sealed vote needs a roll of at least 10; 3 members can vote now"), "{}", refused.text());
    assert_eq!(coop.people[0].browser.post(&format!("{path}/notice"), &[("openly", "yes")]).status, 303);
    assert!(coop.people[1].browser.get(&path).has("open roll call"));
    coop.pass(7 * DAY + SECOND);
    vote(&coop.people[1].browser, &path, "1");
    vote(&coop.people[2].browser, &path, "2");
    vote(&coop.people[2].browser, &path, "1");
    assert!(coop.people[1].browser.get(&format!("{path}/board")).has("Nothing on the board yet"), "hidden until close");
    coop.pass(3 * DAY);
    let board = coop.people[0].browser.get(&format!("{path}/board"));
    assert!(board.has("Member 1 Yes") && board.has("Member 2 Yes") && board.has("2 votes"), "{}", board.text());
    assert!(coop.people[0].browser.get(&path).has("2 of 3 voted; 2 needed; 2 yes of 2 valid, 2 needed. Passed."));
}
