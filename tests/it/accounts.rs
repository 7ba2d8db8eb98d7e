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
    let out = browser.post("/sign-out", &[]);
    assert!(out.headers["clear-site-data"].contains("cache") && out.headers["set-cookie"].contains("Max-Age=0"), "the browser forgets too");
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

#[test]
fn an_address_is_changed_at_the_new_one_and_taken_back_from_the_old() {
    let hall = Hall::start();
    let hash = hall.wait(hall.app.hasher.hash(PASSWORD)).expect("a hash");
    let (ana, elsewhere) = (hall.person("Ana"), hall.person("Known"));
    let (id, other) = (ana.account.clone(), ana.account.clone());
    hall.write(move |tx| guildhall::membership::accounts::rehash(tx, &id, &hash)).expect("a password");
    let second = hall.write(move |tx| guildhall::membership::accounts::open_session(tx, &other, "phone")).expect("a session");
    let phone = crate::support::Browser { url: hall.url.clone(), cookie: Some(format!("session={second}")) };
    let ask = |email: &str, password: &str| ana.browser.post("/settings/email", &[("email", email), ("password", password)]);
    assert_eq!(ask("new@people.example", "wrong").status, 422, "the password is asked");
    assert_eq!(ask("ana@people.example", PASSWORD).status, 422, "the same address");
    let (fresh, known) = (ask("new@people.example", PASSWORD), ask("known@people.example", PASSWORD));
    assert_eq!((fresh.status, fresh.location(), &fresh.body), (known.status, known.location(), &known.body), "no answer tells that an address is known");
    assert!(hall.mails().iter().any(|mail| mail.contains("To: known@people.example") && mail.contains("nothing was changed")));
    let link_to = link(&hall, "/settings/email/confirm?token=");
    let token = ana.browser.get(&link_to).field("token");
    assert_eq!(hall.visitor().post("/sign-in", &[("email", "new@people.example"), ("password", PASSWORD)]).status, 422, "nothing changed yet");
    assert_eq!(ana.browser.post("/settings/email/confirm", &[("token", &token)]).status, 303);
    assert_eq!(ana.browser.post("/settings/email/confirm", &[("token", &token)]).status, 422, "once");
    assert!(ana.browser.get("/settings").has("new@people.example"), "this session goes on");
    assert_eq!(phone.get("/settings").status, 303, "the others are over");
    assert_eq!(elsewhere.browser.get("/settings").status, 200);
    let undo = link(&hall, "/settings/email/undo?token=").split('=').nth(1).expect("a token").to_owned();
    // Whoever took the account over sets a password of their own; the way back stays open.
    hall.visitor().post("/reset", &[("email", "new@people.example")]);
    let reset = link(&hall, "/reset/set?token=").split('=').nth(1).expect("a token").to_owned();
    assert_eq!(hall.visitor().post("/reset/set", &[("token", &reset), ("password", "another horse battery staple")]).status, 303);
    hall.clock.advance(6 * DAY);
    assert_eq!(hall.visitor().post("/settings/email/undo", &[("token", &undo)]).location(), "/reset");
    assert_eq!(hall.visitor().post("/settings/email/undo", &[("token", &undo)]).status, 422, "once");
    let email = hall.read({
        let id = ana.account.clone();
        move |conn| guildhall::membership::accounts::account(conn, &id)
    });
    assert_eq!(email.email, "ana@people.example");
}

#[test]
fn a_new_password_ends_every_other_session_and_every_mailed_link() {
    let hall = Hall::start();
    let hash = hall.wait(hall.app.hasher.hash(PASSWORD)).expect("a hash");
    let ana = hall.person("Ana");
    let (id, other) = (ana.account.clone(), ana.account.clone());
    hall.write(move |tx| guildhall::membership::accounts::rehash(tx, &id, &hash)).expect("a password");
    let second = hall.write(move |tx| guildhall::membership::accounts::open_session(tx, &other, "phone")).expect("a session");
    let phone = crate::support::Browser { url: hall.url.clone(), cookie: Some(format!("session={second}")) };
    hall.visitor().post("/reset", &[("email", "ana@people.example")]);
    let reset = link(&hall, "/reset/set?token=").split('=').nth(1).expect("a token").to_owned();
    let change = ana.browser.post("/settings/password", &[("password", PASSWORD), ("new_password", "another horse battery staple")]);
    assert_eq!(change.status, 303, "{}", change.text());
    assert_eq!(ana.browser.get("/settings").status, 200);
    assert_eq!(phone.get("/settings").status, 303);
    assert_eq!(hall.visitor().post("/reset/set", &[("token", &reset), ("password", PASSWORD)]).status, 422, "mailed before the change");
    let third = hall.person("Bea");
    assert_eq!(third.browser.post("/settings/sessions", &[]).status, 303);
    assert_eq!(third.browser.get("/settings").status, 200, "everywhere else, not here");
}

#[test]
fn guessing_from_many_addresses_fills_the_account_and_not_a_known_browser() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let spend = || hall.wait(guildhall::platform::web::limits::spend(&hall.app, "sign-in-account:ana@people.example", guildhall::platform::web::limits::SIGN_IN_ACCOUNT));
    while spend().is_ok() {}
    let sign_in = |browser: &crate::support::Browser| browser.post("/sign-in", &[("email", "ana@people.example"), ("password", "not this one")]).status;
    assert_eq!(sign_in(&hall.visitor()), 429);
    hall.clock.advance(13 * HOUR);
    while spend().is_ok() {}
    assert_eq!(sign_in(&ana.browser), 422, "her own browser, its session long over, may still try");
}
