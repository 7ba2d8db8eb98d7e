//! The route matrix: every route for every kind of person. A route without a line here fails.

use crate::support::{Browser, Hall, Person};
use guildhall::hall::routes;
use guildhall::kernel::actor::Actor;
use guildhall::membership::accounts::{self, Wish};
use guildhall::membership::coops;
use std::collections::{BTreeMap, BTreeSet};

/// Who may.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    Anyone,
    SignedIn,
    Confirmed,
    Members,
    Stewards,
}
use For::{Anyone, Confirmed, Members, SignedIn, Stewards};

const TABLE: &[(&str, &str, For)] = &[
    ("GET", "/", Anyone),
    ("GET", "/static/{name:.*}", Anyone),
    ("GET", "/healthz", Anyone),
    ("GET", "/readyz", Anyone),
    ("GET", "/robots.txt", Anyone),
    ("GET", "/.well-known/security.txt", Anyone),
    ("GET", "/security", Anyone),
    ("GET", "/privacy", Anyone),
    ("GET", "/accessibility", Anyone),
    ("GET", "/home", Confirmed),
    ("GET", "/set-up", Anyone),
    ("POST", "/set-up", Anyone),
    ("GET", "/sign-up", Anyone),
    ("POST", "/sign-up", Anyone),
    ("GET", "/mailed", Anyone),
    ("GET", "/confirm", Anyone),
    ("POST", "/confirm", Anyone),
    ("GET", "/sign-in", Anyone),
    ("POST", "/sign-in", Anyone),
    ("POST", "/sign-out", Anyone),
    ("GET", "/reset", Anyone),
    ("POST", "/reset", Anyone),
    ("GET", "/reset/set", Anyone),
    ("POST", "/reset/set", Anyone),
    ("GET", "/settings", SignedIn),
    ("POST", "/settings/password", SignedIn),
    ("POST", "/settings/sessions", SignedIn),
    ("POST", "/settings/confirm", SignedIn),
    ("GET", "/coops", Anyone),
    ("GET", "/coops/new", Confirmed),
    ("POST", "/coops", Confirmed),
    ("GET", "/c/{coop}", Anyone),
    ("GET", "/c/{coop}/join", Confirmed),
    ("POST", "/c/{coop}/join", Confirmed),
    ("GET", "/c/{coop}/members", Members),
    ("POST", "/c/{coop}/applications/{id}", Stewards),
    ("POST", "/c/{coop}/roles", Stewards),
    ("GET", "/c/{coop}/mandate", Members),
    ("POST", "/c/{coop}/mandate", Members),
];

const PEOPLE: [&str; 7] = ["anonymous", "unconfirmed", "stranger", "pending", "other coop's steward", "member in waiting period", "steward"];

/// Whether a status means "you may": anything but a way to sign in, a 401, 403 or 404.
fn may(status: u16, location: &str) -> bool {
    !(status == 303 && location.starts_with("/sign-in?next=")) && ![401, 403, 404].contains(&status)
}

fn expected(who: &str, whom: For) -> bool {
    match whom {
        Anyone => true,
        SignedIn => who != "anonymous",
        Confirmed => !["anonymous", "unconfirmed"].contains(&who),
        Members => ["member in waiting period", "steward"].contains(&who),
        Stewards => who == "steward",
    }
}

fn unconfirmed(hall: &Hall) -> Browser {
    let wish = Wish { email: "u@people.example".into(), name: "U".into(), password: "none".into() };
    let token = hall
        .write(move |tx| {
            accounts::sign_up(tx, &wish, "http://x")?;
            let id = accounts::by_email(tx, &wish.email)?.expect("an account").id;
            accounts::open_session(tx, &id, "test")
        })
        .expect("a session");
    Browser { url: hall.url.clone(), cookie: Some(format!("session={token}")) }
}

fn apply(hall: &Hall, coop: &coops::Coop, person: &Person) -> guildhall::kernel::ids::ApplicationId {
    let (id, actor) = (coop.id.clone(), Actor::person(person.account.clone()));
    hall.write(move |tx| coops::apply(tx, &actor, &id, "payslip", "x")).expect("an application")
}

fn people(hall: &Hall) -> (BTreeMap<&'static str, Browser>, String) {
    let (steward, other) = (hall.person("Steward"), hall.person("Other"));
    let coop = hall.coop(&steward, "Callworkers");
    hall.coop(&other, "Writers");
    let (member, pending) = (hall.person("Member"), hall.person("Pending"));
    let (application, id, actor) = (apply(hall, &coop, &member), coop.id.clone(), Actor::person(steward.account.clone()));
    hall.write(move |tx| coops::review(tx, &actor, &id, &application, true, "")).expect("a member");
    let open = apply(hall, &coop, &pending).to_string();
    let browsers = [hall.visitor(), unconfirmed(hall), hall.person("Stranger").browser, pending.browser, other.browser, member.browser, steward.browser];
    (PEOPLE.into_iter().zip(browsers).collect(), open)
}

#[test]
fn every_route_is_declared() {
    let routes: BTreeSet<(&str, &str)> = routes::table().iter().map(|line| (line.method, line.path)).collect();
    let declared: BTreeSet<(&str, &str)> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(routes, declared);
    assert_eq!(routes.len(), routes::table().len(), "no route stands twice");
}

#[test]
fn every_route_answers_everybody_as_declared() {
    let mut wrong = Vec::new();
    for (method, path, whom) in TABLE.iter().filter(|(_, path, _)| *path != "/set-up" && *path != "/sign-out" && !path.ends_with("sessions")) {
        if *method == "GET" {
            continue;
        }
        let hall = Hall::start();
        // Each act has a hall of its own, for it may change who is who.
        let (browsers, open) = people(&hall);
        let member = browsers["steward"].get("/c/callworkers/members").body.split("<option value=\"").nth(2).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
        let real = path.replace("{coop}", "callworkers").replace("{id}", &open);
        for (who, browser) in &browsers {
            let fields = [("verdict", "admit"), ("member", member.as_str()), ("role", "scrutineer"), ("kind", "consent"), ("use", "search"), ("change", "give")];
            let page = browser.post(&real, &fields);
            assert!(page.status < 500, "{path} as {who}: {}", page.text());
            if may(page.status, page.location()) != expected(who, *whom) {
                wrong.push(format!("{method} {path} as {who}: {} {}", page.status, page.location()));
            }
        }
    }
    let hall = Hall::start();
    let (browsers, _) = people(&hall);
    for (method, path, whom) in TABLE.iter().filter(|(method, _, _)| *method == "GET") {
        let real = path.replace("{coop}", "callworkers").replace("{name:.*}", "guildhall.css");
        for (who, browser) in &browsers {
            let page = browser.get(&real);
            if may(page.status, page.location()) != expected(who, *whom) {
                wrong.push(format!("{method} {path} as {who}: {} {}", page.status, page.location()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
