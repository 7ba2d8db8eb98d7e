//! What waits for whom: a person's home, and the desk of those who hold an office.

use crate::support::Hall;
use guildhall::kernel::actor::Actor;
use guildhall::kernel::matter::Matter;
use guildhall::kernel::time::HOUR;
use guildhall::membership::coops::Role;

#[test]
fn home_and_desk_show_what_waits_to_those_who_may_do_it() {
    let hall = Hall::start();
    let (ana, bea, cia, dan) = (hall.person("Ana"), hall.person("Bea"), hall.person("Cia"), hall.person("Dan"));
    let id = hall.coop(&ana, "Callworkers").id;
    hall.join(&id, &ana, &bea, Some(Role::Scrutineer));
    hall.join(&id, &ana, &cia, None);
    let empty = bea.browser.get("/c/callworkers/desk");
    assert!(empty.has("Every queue is empty") && empty.has("fewer than two hold the office"), "{}", empty.text());
    assert_eq!(cia.browser.get("/c/callworkers/desk").status, 403, "holds no office");

    dan.browser.post("/c/callworkers/join", &[("evidence", "payslip"), ("note", "x")]);
    cia.browser.post("/c/callworkers/complaints", &[("subject", "Late pay"), ("body", "x")]);
    let (coop, actor) = (id.clone(), Actor::person(ana.account.clone()));
    hall.write(move |tx| guildhall::assembly::proposals::draft(tx, &actor, &coop, &Matter::Resolve {}, "Greet the neighbours", "We greet them.")).expect("a draft");
    ana.browser.post("/c/callworkers/members/3/suspension", &[("reason", "x")]);
    hall.clock.advance(HOUR);

    let desk = ana.browser.get("/c/callworkers/desk");
    for words in ["Look at the application of Dan", "Answer complaint no. 1: Late pay", "Give notice of no. 1: Greet the neighbours", "1 hour ago"] {
        assert!(desk.has(words), "{words}: {}", desk.text());
    }
    let home = ana.browser.get("/home");
    assert!(home.has("Look at the application of Dan") && home.has("Waiting for me (3)"), "{}", home.text());
    let home = bea.browser.get("/home");
    assert!(home.has("Late pay") && !home.has("application of Dan") && !home.has("Give notice"), "a scrutineer's: {}", home.text());
    assert!(cia.browser.get("/home").has("You are suspended"));
    assert!(dan.browser.get("/home").has("Nothing is waiting for you"));
}

#[test]
fn what_a_former_member_keeps_is_found_at_home() {
    let hall = Hall::start();
    let (ana, bea) = (hall.person("Ana"), hall.person("Bea"));
    let id = hall.coop(&ana, "Callworkers").id;
    hall.join(&id, &ana, &bea, None);
    bea.browser.post("/c/callworkers/leave", &[("sure", "yes")]);
    assert!(!bea.browser.get("/home").has("I was a member of"));
    hall.clock.advance(11 * HOUR);
    for _ in 0..70 {
        // Nobody's session lasts for thirty days unused.
        hall.clock.advance(11 * HOUR);
    }
    let account = bea.account.clone();
    let token = hall.write(move |tx| guildhall::membership::accounts::open_session(tx, &account, "test")).expect("a session");
    let browser = crate::support::Browser { url: hall.url.clone(), cookie: Some(format!("session={token}")) };
    assert!(browser.get("/home").has("I was a member of Callworkers"), "{}", browser.get("/home").text());
}
