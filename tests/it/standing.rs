//! Standing: suspension, expulsion by two, appeal, leaving, and what stays with whoever is gone.

use crate::support::{Hall, Page, Person};
use guildhall::kernel::actor::Actor;
use guildhall::kernel::ids::CoopId;
use guildhall::kernel::time::{DAY, HOUR, SECOND};
use guildhall::membership::coops::{self, Role};

struct Shop {
    hall: Hall,
    id: CoopId,
    /// Steward, number 1.
    ana: Person,
    /// Treasurer, number 2.
    bea: Person,
    /// Scrutineer, number 3.
    cia: Person,
    /// Number 4.
    dan: Person,
}

fn shop() -> Shop {
    let hall = Hall::start();
    let (ana, bea, cia, dan) = (hall.person("Ana"), hall.person("Bea"), hall.person("Cia"), hall.person("Dan"));
    let id = hall.coop(&ana, "Callworkers").id;
    hall.join(&id, &ana, &bea, Some(Role::Treasurer));
    hall.join(&id, &ana, &cia, Some(Role::Scrutineer));
    hall.join(&id, &ana, &dan, None);
    Shop { hall, id, ana, bea, cia, dan }
}

impl Shop {
    fn act(&self, who: &Person, number: i64, act: &str, fields: &[(&str, &str)]) -> Page {
        // What happens at one instant has no order.
        self.hall.clock.advance(SECOND);
        who.browser.post(&format!("/c/callworkers/members/{number}/{act}"), fields)
    }
}

#[test]
fn a_suspended_member_reads_and_appeals_and_does_nothing_else() {
    let shop = shop();
    assert_eq!(shop.act(&shop.bea, 4, "suspension", &[("reason", "x")]).status, 403, "only stewards");
    assert_eq!(shop.act(&shop.ana, 4, "suspension", &[("reason", "")]).status, 422, "not without a reason");
    assert_eq!(shop.act(&shop.ana, 1, "suspension", &[("reason", "x")]).status, 409, "not oneself");
    assert_eq!(shop.act(&shop.ana, 4, "suspension", &[("reason", "Sold the list of members.")]).status, 303);
    assert_eq!(shop.act(&shop.ana, 4, "suspension", &[("reason", "again")]).status, 409);
    let card = shop.dan.browser.get("/c/callworkers/members/4");
    assert!(card.has("You are suspended") && card.has("Sold the list of members."), "{}", card.text());
    assert!(!shop.hall.person("Stranger").browser.get("/c/callworkers/members/4").has("Dan"));
    assert_eq!(shop.dan.browser.get("/c/callworkers/members").status, 200, "reads");
    let give = [("kind", "consent"), ("use", "search"), ("change", "give")];
    assert_eq!(shop.dan.browser.post("/c/callworkers/mandate", &give).status, 403, "and acts on nothing");
    assert_eq!(shop.dan.browser.post("/c/callworkers/invitations", &[("email", "x@people.example")]).status, 403);
    let mail = shop.hall.mails().into_iter().find(|mail| mail.contains("You were suspended")).expect("a mail");
    assert!(mail.contains("Subject: Your membership\r\n"), "the subject says nothing: {mail}");

    assert_eq!(shop.act(&shop.bea, 4, "appeal", &[("reason", "x")]).status, 404, "only one's own");
    assert_eq!(shop.act(&shop.dan, 4, "appeal", &[("reason", "I sold nothing.")]).status, 303);
    assert_eq!(shop.act(&shop.dan, 4, "appeal", &[("reason", "Really.")]).status, 409, "once");
    assert_eq!(shop.act(&shop.ana, 4, "ruling", &[("reason", "No."), ("verdict", "dismiss")]).status, 409, "not by whoever suspended");
    let seen = shop.bea.browser.get("/c/callworkers/members/4");
    assert!(seen.has("I sold nothing.") && seen.has("Rule on the appeal"));
    assert_eq!(shop.act(&shop.bea, 4, "ruling", &[("reason", "Nothing shows it."), ("verdict", "uphold")]).status, 303);
    assert_eq!(shop.dan.browser.post("/c/callworkers/mandate", &give).status, 303, "stands as before");
    shop.hall.catch_up();
}

#[test]
fn reasons_are_for_the_member_and_for_officers() {
    let shop = shop();
    shop.hall.join(&shop.id, &shop.ana, &shop.hall.person("Eve"), None);
    shop.act(&shop.ana, 4, "suspension", &[("reason", "A private matter.")]);
    let eve = shop.hall.person("Fay");
    shop.hall.join(&shop.id, &shop.ana, &eve, None);
    let card = eve.browser.get("/c/callworkers/members/4");
    assert!(card.has("suspended") && !card.has("A private matter."), "{}", card.text());
    assert!(shop.cia.browser.get("/c/callworkers/members/4").has("A private matter."));
    let id = shop.id.clone();
    let facts = shop.hall.read(move |conn| {
        use diesel::prelude::*;
        use guildhall::platform::db::schema::journal_entries;
        Ok(journal_entries::table.filter(journal_entries::chain.eq(id.to_string())).select(journal_entries::facts).load::<String>(conn)?)
    });
    assert!(!facts.iter().any(|fact| fact.contains("private") || fact.contains("Dan")), "the chain holds no words about people");
}

#[test]
fn two_officers_put_a_member_out_and_what_is_owed_stays() {
    let shop = shop();
    shop.dan.browser.post("/c/callworkers/mandate", &[("kind", "mandate"), ("use", "search"), ("change", "give")]);
    assert_eq!(shop.act(&shop.ana, 4, "expulsion", &[("reason", "Undercut us."), ("step", "propose")]).status, 303);
    assert_eq!(shop.dan.browser.get("/c/callworkers/members").status, 200, "nothing changed yet");
    assert_eq!(shop.act(&shop.ana, 4, "expulsion", &[("reason", "x"), ("step", "second")]).status, 409, "a different officer");
    assert_eq!(shop.act(&shop.dan, 4, "expulsion", &[("reason", "x"), ("step", "second")]).status, 403, "holds no office");
    assert_eq!(shop.act(&shop.bea, 4, "expulsion", &[("reason", "I agree."), ("step", "second")]).status, 303);
    assert_eq!(shop.dan.browser.get("/c/callworkers/members").status, 404, "a stranger now");
    assert_eq!(shop.dan.browser.get("/c/callworkers/members/1").status, 404);
    let card = shop.dan.browser.get("/c/callworkers/members/4");
    assert!(card.has("What is owed to you stays yours") && card.has("Appeal"), "{}", card.text());
    assert!(shop.dan.browser.get("/c/callworkers").has("What stays yours"));
    for kept in ["/c/callworkers/earnings", "/c/callworkers/earnings/details", "/c/callworkers/mandate", "/c/callworkers/complaints"] {
        assert_eq!(shop.dan.browser.get(kept).status, 200, "{kept}");
    }
    assert!(shop.hall.visitor().get("/c/callworkers").has("members 3"));
    assert!(shop.hall.visitor().get("/").has("3 members"), "the front page counts who is here");
    let change = |change: &str| shop.dan.browser.post("/c/callworkers/mandate", &[("kind", "mandate"), ("use", "search"), ("change", change)]).status;
    assert_eq!(change("give"), 404);
    assert_eq!(change("withdraw"), 303, "the work stays theirs to withdraw");
    assert_eq!(shop.dan.browser.post("/c/callworkers/complaints", &[("subject", "Unheard"), ("body", "Nobody asked me.")]).status, 303);
    for concerned in [&shop.ana, &shop.bea] {
        shop.act(&shop.dan, 4, "appeal", &[("reason", "Not so.")]);
        assert_eq!(shop.act(concerned, 4, "ruling", &[("reason", "x"), ("verdict", "dismiss")]).status, 409);
    }
    assert_eq!(shop.act(&shop.cia, 4, "ruling", &[("reason", "It holds."), ("verdict", "dismiss")]).status, 303);
    assert_eq!(shop.dan.browser.get("/c/callworkers/members").status, 404);
    // Taken back the way everybody comes in, under the old number.
    shop.hall.clock.advance(HOUR);
    shop.hall.join(&shop.id, &shop.ana, &shop.dan, None);
    assert!(shop.dan.browser.get("/c/callworkers").has("member number 4"));
}

#[test]
fn leaving_takes_its_notice_and_lays_offices_down() {
    let shop = shop();
    assert_eq!(shop.ana.browser.post("/c/callworkers/leave", &[("sure", "yes")]).status, 422, "the last steward");
    shop.bea.browser.post("/c/callworkers/mandate", &[("kind", "consent"), ("use", "search"), ("change", "give")]);
    assert_eq!(shop.bea.browser.post("/c/callworkers/leave", &[]).status, 422, "not by a slip");
    assert_eq!(shop.bea.browser.post("/c/callworkers/leave", &[("sure", "yes"), ("reason", "Another trade.")]).status, 303);
    assert_eq!(shop.bea.browser.post("/c/callworkers/leave", &[("sure", "yes")]).status, 409);
    assert!(shop.bea.browser.get("/c/callworkers/mandate").has("Not given"), "consents end at once");
    let (id, account, now) = (shop.id.clone(), shop.bea.account.clone(), shop.hall.app.now());
    let standing = |now| {
        let (id, account) = (id.clone(), account.clone());
        shop.hall.read(move |conn| coops::standing_of(conn, &account, &id, now))
    };
    assert!(standing(now).expect("still a member").roles.is_empty(), "offices are laid down");
    assert!(standing(now.plus(29 * DAY)).is_some());
    assert!(standing(now.plus(30 * DAY)).is_none());
}

#[test]
fn a_suspended_steward_is_not_waited_for() {
    let shop = shop();
    let (id, actor, bea) = (shop.id.clone(), Actor::person(shop.ana.account.clone()), shop.bea.account.clone());
    shop.hall
        .write(move |tx| {
            let bea = coops::standing(tx, &Actor::person(bea.clone()), &id)?.member;
            coops::give_role(tx, &actor, &id, &bea, Role::Steward)
        })
        .expect("a second steward");
    shop.act(&shop.bea, 1, "suspension", &[("reason", "Absent.")]);
    let eve = shop.hall.person("Eve");
    shop.hall.join(&shop.id, &shop.bea, &eve, None);
    assert!(eve.browser.get("/c/callworkers").has("member number 5"), "one acting steward is enough where there is one");
    assert_eq!(shop.bea.browser.post("/c/callworkers/leave", &[("sure", "yes")]).status, 422, "and that one stays");
}

#[test]
fn an_invitation_spares_the_search_and_nothing_else() {
    let shop = shop();
    assert_eq!(shop.dan.browser.post("/c/callworkers/invitations", &[("email", "eve@people.example")]).status, 303);
    let mail = shop.hall.mails().into_iter().find(|mail| mail.contains("/invitation?token=")).expect("a mail");
    let at = mail.find("/c/callworkers/invitation?token=").expect("a link");
    let link = mail[at..].split_whitespace().next().expect("a link").to_owned();
    let token = link.split('=').nth(1).expect("a token").to_owned();
    let eve = shop.hall.person("Eve");
    assert_eq!(shop.hall.visitor().get(&link).status, 303, "sign in first");
    assert!(eve.browser.get(&link).has("invited to Callworkers") && eve.browser.get(&link).has("by no. 4"), "opening it uses nothing up");
    let fields = [("token", token.as_str()), ("evidence", "member"), ("note", "I know Dan.")];
    assert_eq!(eve.browser.post("/c/callworkers/invitation", &fields).status, 303);
    assert_eq!(eve.browser.get("/c/callworkers/members").status, 404, "two officers still decide");
    assert!(shop.ana.browser.get("/c/callworkers/members").has("invited by member no. 4"));
    assert!(shop.dan.browser.get("/c/callworkers/invitations").has("asked to join"));
    assert!(!shop.bea.browser.get("/c/callworkers/invitations").has("eve@"), "only to whoever sent it");
    let fay = shop.hall.person("Fay");
    assert_eq!(fay.browser.post("/c/callworkers/invitation", &fields).status, 422, "once");
    shop.dan.browser.post("/c/callworkers/invitations", &[("email", "fay@people.example")]);
    shop.hall.clock.advance(15 * DAY);
    assert_eq!(fay.browser.get("/c/callworkers/invitation?token=none").status, 303, "the session is over too");
    let rows = shop.hall.read(|conn| {
        use diesel::prelude::*;
        use guildhall::platform::db::schema::invitations;
        Ok(invitations::table.select(invitations::token).load::<String>(conn)?)
    });
    assert!(!rows.contains(&token), "only a hash is kept");
}
