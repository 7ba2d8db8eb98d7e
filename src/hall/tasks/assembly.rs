//! What waits in the assembly: votes, drafts, challenges.

use super::{Place, Task, short};
use crate::assembly::proposals::{self, rules::Phase};
use crate::error::Result;
use crate::membership::coops::{Role, people};
use crate::platform::db::Conn;

pub(super) fn tasks(conn: &mut Conn, place: &Place<'_>) -> Result<Vec<Task>> {
    let (coop, steward) = (&place.coop.id, place.may(Role::Steward));
    let mut tasks = Vec::new();
    if place.reader.is_in() {
        let account = people::account_of(conn, coop, &place.reader.member)?;
        for (number, title, closes) in proposals::unvoted(conn, coop, &account, place.now)? {
            tasks.push(Task { queue: "", words: format!("Vote: {}", short(&title)), link: place.link(&format!("/proposals/{number}/ballot")), at: closes, mine: true });
        }
    }
    if !place.reader.is_in() || place.reader.roles.is_empty() {
        return Ok(tasks);
    }
    for card in proposals::list(conn, coop, i64::MAX, 200)?.into_iter().filter(|card| card.phase(place.now) == Phase::Draft) {
        let what = card.what;
        tasks.push(Task { queue: "Drafts", words: format!("Give notice of no. {}: {}", what.number, short(&what.title)), link: place.link(&format!("/proposals/{}", what.number)), at: what.drafted_at, mine: steward });
    }
    for (number, title, at) in proposals::unanswered(conn, coop)? {
        tasks.push(Task { queue: "Challenges", words: format!("Answer a challenge to: {}", short(&title)), link: place.link(&format!("/proposals/{number}#challenges")), at, mine: steward });
    }
    Ok(tasks)
}
