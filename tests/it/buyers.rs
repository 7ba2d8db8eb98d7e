//! Buyers: registering an organisation, inviting colleagues, who may sign, and that nothing of it
//! is anybody else's.

use crate::support::Hall;
use crate::support::market::{Market, register};

fn link(hall: &Hall, to: &str) -> String {
    let mail = hall.mails().into_iter().find(|mail| mail.contains(&format!("To: {to}")) && mail.contains("/buyer/join?token=")).expect("an invitation");
    let at = mail.find("/buyer/join?token=").expect("a link");
    mail[at..].split_whitespace().next().expect("a link").to_owned()
}

fn invite(hall: &Hall, by: &crate::support::Person, email: &str, signatory: bool) -> String {
    let sign = if signatory { "yes" } else { "" };
    let page = by.browser.post("/buyer/users", &[("email", email), ("signatory", sign)]);
    assert_eq!(page.status, 303, "{}", page.text());
    link(hall, email)
}

#[test]
fn an_organisation_is_registered_once_and_its_founder_signs() {
    let market = Market::bare();
    let (bo, cy) = (market.hall.person("Bo"), market.hall.person("Cy"));
    let wrong = bo.browser.post("/buyer/new", &[("name", "Acme"), ("country", "Germany"), ("registration", "---"), ("class", "pirates"), ("purpose", "")]);
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("4 things need putting right") && wrong.field("name") == "Acme" && wrong.field("country") == "Germany", "{}", wrong.text());
    let key = bo.browser.get("/buyer/new").field("key");
    let fields = [("key", key.as_str()), ("name", "Acme Models"), ("country", "de"), ("registration", "HRB 12-345"), ("class", "commercial"), ("purpose", "We train models.")];
    for _ in 0..2 {
        assert_eq!(bo.browser.post("/buyer/new", &fields).location(), "/buyer", "sent twice, done once");
    }
    assert!(bo.browser.get("/buyer").has("Acme Models"));
    assert!(bo.browser.get("/coops").has("Acme Models"), "it stands in the masthead");
    let again = register(&bo, "Other", "77");
    assert!(again.status == 409 && again.has("You act for Acme Models already"), "{}", again.text());
    let known = register(&cy, "Acme again", "hrb12345");
    assert!(known.status == 409 && known.has("Ask one of its signatories"), "compared in one form");
    assert!(bo.browser.get("/buyer/users").has("bo@people.example"));
}

#[test]
fn colleagues_come_by_mailed_links_that_work_once_for_their_address() {
    let market = Market::bare();
    let hall = &market.hall;
    let bo = market.buyer("Bo", "Acme Models");
    let (cy, eve) = (hall.person("Cy"), hall.person("Eve"));
    let link = invite(hall, &bo, "cy@people.example", false);
    let token = link.rsplit('=').next().expect("a token").to_owned();
    let stored: Vec<String> = hall.read(|conn| {
        use diesel::prelude::*;
        use guildhall::platform::db::schema::buyer_invitations;
        Ok(buyer_invitations::table.select(buyer_invitations::token).load(conn)?)
    });
    assert!(stored.len() == 1 && !stored.contains(&token), "only a hash of the token is kept");
    assert_eq!(hall.visitor().get(&link).status, 303, "sign in first");
    assert_eq!(cy.browser.get(&link).field("token"), token);
    assert_eq!(eve.browser.post("/buyer/join", &[("token", &token)]).status, 403, "sent to another address");
    assert_eq!(cy.browser.post("/buyer/join", &[("token", "guessed")]).status, 422);
    assert_eq!(cy.browser.post("/buyer/join", &[("token", &token)]).location(), "/buyer");
    assert!(cy.browser.get("/buyer").has("Acme Models"));
    assert_eq!(cy.browser.post("/buyer/join", &[("token", &token)]).status, 422, "used");
    let denied = cy.browser.post("/buyer/users", &[("email", "x@people.example")]);
    assert!(denied.status == 403 && denied.has("Only a signatory of Acme Models"), "{}", denied.text());
    let late = invite(hall, &bo, "eve@people.example", true);
    hall.clock.advance(15 * guildhall::kernel::time::DAY);
    let eve = hall.again(&eve);
    assert_eq!(eve.browser.post("/buyer/join", &[("token", late.rsplit('=').next().expect("a token"))]).status, 422, "too old");
}

#[test]
fn a_signatory_remains_and_others_organisations_are_nothing() {
    let market = Market::bare();
    let hall = &market.hall;
    let (bo, dan) = (market.buyer("Bo", "Acme Models"), market.buyer("Dan", "Beta Labs"));
    let last = bo.browser.post("/buyer/users/removal", &[("account", &bo.account.to_string())]);
    assert!(last.status == 409 && last.has("only signatory"), "{}", last.text());
    assert_eq!(dan.browser.post("/buyer/users/removal", &[("account", &bo.account.to_string())]).status, 404);
    assert!(!dan.browser.get("/buyer/users").has("bo@people.example"));
    let cy = hall.person("Cy");
    let token = invite(hall, &bo, "cy@people.example", true).rsplit('=').next().expect("a token").to_owned();
    assert_eq!(cy.browser.post("/buyer/join", &[("token", &token)]).status, 303);
    assert_eq!(cy.browser.post("/buyer/users/removal", &[("account", &bo.account.to_string())]).status, 303);
    assert!(bo.browser.get("/buyer").has("You act for no buyer"));
    assert_eq!(bo.browser.get("/buyer/users").status, 403);
}
