//! What waits in bargaining and licensing: requests and offers to answer, deals to put to members,
//! licences to issue.

use super::{Place, Task};
use crate::bargaining::offers::{self, State};
use crate::error::Result;
use crate::kernel::ids::AccountId;
use crate::kernel::time::Timestamp;
use crate::membership::coops::Role;
use crate::platform::db::Conn;

pub(super) fn tasks(conn: &mut Conn, place: &Place<'_>) -> Result<Vec<Task>> {
    let mut tasks = Vec::new();
    if !place.reader.is_in() || place.reader.roles.is_empty() {
        return Ok(tasks);
    }
    for (number, buyer, state, at) in offers::waiting_for_coop(conn, &place.coop.id, place.now)? {
        let words = match state {
            State::Accepted => format!("Put the offer {buyer} accepted to members (no. {number})"),
            State::Verified => format!("Issue the licence agreed with {buyer} (no. {number})"),
            _ => format!("Answer {buyer} in negotiation no. {number}"),
        };
        tasks.push(Task { queue: "Deals", words, link: place.link(&format!("/deals/{number}")), at, mine: place.may(Role::Negotiator) });
    }
    Ok(tasks)
}

/// What waits for a user of a buyer: offers on the table, with the cooperative's name.
///
/// # Errors
/// When the database does.
pub fn for_buyer(conn: &mut Conn, account: &AccountId, now: Timestamp) -> Result<Vec<(String, Task)>> {
    let task = |(coop, link, at)| (coop, Task { queue: "", words: "Accept or counter the offer on the table".to_owned(), link, at, mine: true });
    Ok(offers::waiting_for_buyer(conn, account, now)?.into_iter().map(task).collect())
}
