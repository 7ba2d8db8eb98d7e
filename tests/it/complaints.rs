//! Complaints in writing, numbered, answered by somebody they do not concern.

use crate::support::{Hall, Person};
use guildhall::membership::coops::Role;

fn with_officers() -> (Hall, Person, Person, Person) {
    let hall = Hall::start();
    let (ana, bea, cia) = (hall.person("Ana"), hall.person("Bea"), hall.person("Cia"));
    let id = hall.coop(&ana, "Callworkers").id;
    hall.join(&id, &ana, &bea, Some(Role::Scrutineer));
    hall.join(&id, &ana, &cia, None);
    (hall, ana, bea, cia)
}

#[test]
fn a_complaint_about_an_officer_is_answered_by_another() {
    let (hall, ana, bea, cia) = with_officers();
    let complain = |about: &str| cia.browser.post("/c/callworkers/complaints", &[("subject", "Late pay"), ("about", about), ("body", "Twice now.")]);
    let wrong = complain("77");
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("no member with this number") && wrong.field("subject") == "Late pay", "what was typed is kept");
    assert_eq!(complain("1").location(), "/c/callworkers/complaints/1");
    assert_eq!(complain("").location(), "/c/callworkers/complaints/2", "numbered");
    assert_eq!(ana.browser.get("/c/callworkers/complaints/1").status, 404, "whom it concerns does not read it");
    assert!(!ana.browser.get("/c/callworkers/complaints").has("No. 1:"));
    assert!(bea.browser.get("/c/callworkers/complaints/1").has("about member no. 1"));
    let answer = |who: &Person, words: &str| who.browser.post("/c/callworkers/complaints/1/answer", &[("answer", words)]).status;
    assert_eq!(answer(&cia, "I am right."), 403);
    assert_eq!(answer(&ana, "I was ill."), 404, "nor answers it");
    assert_eq!(answer(&bea, ""), 422);
    assert_eq!(answer(&bea, "It will be paid on Friday."), 303);
    assert_eq!(answer(&bea, "Or later."), 409, "for good");
    assert!(cia.browser.get("/c/callworkers/complaints/1").has("It will be paid on Friday."));
    let mail = hall.mails().into_iter().find(|mail| mail.contains("complaint no. 1")).expect("a mail");
    assert!(!mail.contains("Friday") && !mail.contains("Late pay"), "the mail says only that something is waiting");
}

#[test]
fn a_complaint_is_nothing_to_other_members() {
    let (hall, _, _, cia) = with_officers();
    cia.browser.post("/c/callworkers/complaints", &[("subject", "Late pay"), ("body", "Twice now.")]);
    let stranger = hall.person("Stranger");
    assert_eq!(stranger.browser.get("/c/callworkers/complaints").status, 404);
    assert_eq!(stranger.browser.post("/c/callworkers/complaints", &[("subject", "x"), ("body", "y")]).status, 404);
    assert_eq!(stranger.browser.get("/c/callworkers/complaints/1").status, 404);
}
