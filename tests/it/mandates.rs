//! Mandates and consents: given and withdrawn use by use, by the member alone.

use crate::support::Hall;
use guildhall::kernel::terms::Use;
use guildhall::kernel::time::DAY;
use guildhall::membership::mandates::rules::state;
use guildhall::membership::mandates::{Kind, State};
use guildhall::membership::{coops, mandates};

#[test]
fn a_member_gives_and_withdraws_use_by_use() {
    let hall = Hall::start();
    let (ana, eve) = (hall.person("Ana"), hall.person("Eve"));
    let coop = hall.coop(&ana, "Callworkers");
    let send = |kind: &str, change: &str| ana.browser.post("/c/callworkers/mandate", &[("kind", kind), ("use", "finetune"), ("change", change)]);
    let stands = |kind: Kind| {
        let (id, account, now) = (coop.id.clone(), ana.account.clone(), hall.app.now());
        hall.read(move |conn| {
            let me = coops::standing_of(conn, &account, &id, now)?.expect("a member").member;
            Ok(state(&mandates::given_by(conn, &id, &me)?, kind, Use::Finetune, now))
        })
    };
    assert_eq!(send("mandate", "withdraw").status, 409, "nothing to withdraw yet");
    assert_eq!((send("mandate", "give").status, send("consent", "give").status), (303, 303));
    assert_eq!(send("mandate", "give").status, 303, "giving again changes nothing");
    assert_eq!((stands(Kind::Mandate), stands(Kind::Consent)), (State::Given, State::Given));
    assert_eq!((send("mandate", "withdraw").status, send("consent", "withdraw").status), (303, 303));
    assert_eq!(stands(Kind::Consent), State::Absent, "a consent ends at once");
    assert_eq!(stands(Kind::Mandate), State::Ending(hall.app.now().plus(180 * DAY)));
    assert!(ana.browser.get("/c/callworkers/mandate").has("Withdrawn, ends 29 Aug 2026"));
    assert_eq!(send("likeness", "give").status, 422);
    assert_eq!(eve.browser.get("/c/callworkers/mandate").status, 404);
    assert_eq!(eve.browser.post("/c/callworkers/mandate", &[("kind", "mandate"), ("use", "finetune"), ("change", "give")]).status, 404);
}
