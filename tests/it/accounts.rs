//! Accounts over HTTP: what people and attackers notice.

use crate::support::{Hall, START};
use guildhall::kernel::time::{DAY, HOUR};

const PASSWORD: &str = "correct horse battery staple";

fn link(hall: &Hall, path: &str) -> String {
    let mail = hall.mails().into_iter().find(|mail| mail.contains(path)).expect("a mail with a link");
    let at = mail.find(path).expect("the link");
    mail[at..].split_whitespace().next().expect("a link").to_owned()
}

#[test]
fn somebody_signs_up_confirms_signs_in_and_out() {
    let hall = Hall::start();
    let mut browser = hall.visitor();
    let answer = browser.post("/sign-up", &[("name", "Ana Example"), ("email", "Ana@People.example"), ("password", PASSWORD)]);
    assert_eq!((answer.status, answer.location()), (303, "/mailed"));
    let link = link(&hall, "/confirm?token=");
    let page = browser.get(&link);
    assert!(page.has("Confirm your address"));
    // A mail scanner that opened the link used nothing up.
    let token = browser.get(&link).field("token");
    assert_eq!(browser.post("/confirm", &[("token", &token)]).location(), "/sign-in");
    assert!(browser.post("/confirm", &[("token", &token)]).has("used already"));
    let answer = browser.post("/sign-in", &[("email", "ana@people.example"), ("password", PASSWORD), ("next", "//evil.example")]);
    assert_eq!((answer.status, answer.location()), (303, "/home"), "{}", answer.text());
    let cookie = &answer.headers["set-cookie"];
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    browser.cookie = cookie.split(';').next().map(str::to_owned);
    assert!(browser.get("/home").has("Nothing is waiting for you"));
    browser.post("/sign-out", &[]);
    assert!(browser.get("/home").location().starts_with("/sign-in?next="));
}

#[test]
fn no_answer_tells_whether_an_address_is_known() {
    let hall = Hall::start();
    hall.person("Known");
    let browser = hall.visitor();
    let shape = |email: &str| {
        let up = browser.post("/sign-up", &[("name", "X"), ("email", email), ("password", PASSWORD)]);
        let reset = browser.post("/reset", &[("email", email)]);
        let sign_in = browser.post("/sign-in", &[("email", email), ("password", "wrong password here")]);
        (up.status, up.location().to_owned(), reset.status, reset.location().to_owned(), sign_in.status, sign_in.body.replace(email, ""))
    };
    assert_eq!(shape("known@people.example"), shape("other@people.example"));
}

#[test]
fn a_reset_works_once_within_the_hour_and_ends_every_session() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.visitor().post("/reset", &[("email", "ana@people.example")]);
    let token = link(&hall, "/reset/set?token=").split('=').nth(1).expect("a token").to_owned();
    let set = |password: &str| hall.visitor().post("/reset/set", &[("token", &token), ("password", password)]);
    assert!(set("short").has("at least 8 characters"));
    assert_eq!(set(PASSWORD).location(), "/sign-in");
    assert!(ana.browser.get("/home").location().starts_with("/sign-in"), "the old session is dead");
    assert!(set(PASSWORD).has("used already"));
    hall.visitor().post("/reset", &[("email", "ana@people.example")]);
    hall.clock.advance(2 * HOUR);
    hall.catch_up();
}

#[test]
fn sessions_end_by_idling_and_by_age() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.clock.advance(11 * HOUR);
    assert_eq!(ana.browser.get("/home").status, 200);
    hall.clock.advance(2 * HOUR);
    assert_eq!(ana.browser.get("/home").status, 303, "idle for more than twelve hours");
    let bea = hall.person("Bea");
    hall.clock.advance(31 * DAY);
    assert_eq!(bea.browser.get("/home").status, 303);
    assert!(hall.app.now() > START);
}

#[test]
fn guessing_is_slowed_down() {
    let hall = Hall::start();
    hall.person("Ana");
    let tries: Vec<u16> = (0..12).map(|_| hall.visitor().post("/sign-in", &[("email", "ana@people.example"), ("password", "not this one")]).status).collect();
    assert_eq!(tries.iter().filter(|status| **status == 422).count(), 10);
    assert_eq!(tries.last(), Some(&429));
    hall.clock.advance(HOUR);
    assert_eq!(hall.visitor().post("/sign-in", &[("email", "ana@people.example"), ("password", "not this one")]).status, 422);
}

#[test]
fn an_empty_hall_is_set_up_by_the_one_time_link_only() {
    let hall = Hall::start();
    let token = hall.wait(guildhall::hall::setup::invite(&hall.app.db)).expect("a token").expect("an empty hall");
    let browser = hall.visitor();
    let fields = |token: &str| browser.post("/set-up", &[("token", token), ("name", "Founder"), ("email", "f@people.example"), ("password", PASSWORD)]);
    assert_eq!(fields("wrong").status, 404);
    assert_eq!(fields(&token).location(), "/coops/new");
    assert_eq!(fields(&token).status, 404, "used up");
    assert!(hall.wait(guildhall::hall::setup::invite(&hall.app.db)).expect("an answer").is_none());
}
