//! The demonstration's money: paid for, shared out, sent, and something left for a second person.

use crate::support::Hall;
use guildhall::hall::demo::{Size, make};
use guildhall::treasury::{books, entries, payouts, splits, statements};

#[test]
fn the_demonstration_pays_its_people_and_leaves_something_for_a_second_person() {
    let hall = Hall::start();
    let stage = hall.wait(make(hall.app.clone(), hall.clock.clone(), Size::SMALL)).expect("the story is told");
    hall.catch_up();
    let (coop, member) = (stage.coop.id.clone(), stage.member(6).expect("a member").account.clone());
    let now = hall.app.now();
    let (totals, open, statement) = hall.read(move |conn| {
        let standing = guildhall::membership::coops::standing_of(conn, &member, &coop, now)?.expect("a member");
        let open = (splits::views::open(conn, &coop)?.len(), entries::open(conn, &coop)?.len(), payouts::open(conn, &coop)?.len());
        Ok((books::totals(conn, &coop)?, open, statements::statement(conn, &coop, &standing.member)?))
    });
    assert!(totals.agree() && totals.sent > 0 && totals.spent > 0 && totals.now.unsplit > 0, "{totals:?}");
    assert!(open.0 == 1 && open.1 > 0 && open.2 == 0, "{open:?}");
    assert!(statement.agrees() && statement.earned > 0);
    let page = hall.visitor().get(&format!("/c/{}/books", stage.coop.slug));
    assert!(page.has("The books agree") && page.has("Hosting"), "{}", page.text());
}
