//! What waits in the pool: mappings, screenings, claims.

use super::{Place, Task};
use crate::error::Result;
use crate::kernel::ids::MemberId;
use crate::kernel::time::Timestamp;
use crate::membership::coops::Role;
use crate::platform::db::Conn;
use crate::platform::db::schema::{batch_completions, batches, claim_rulings, claims, screenings};
use diesel::prelude::*;

/// At most so many of each are shown; the oldest first.
const MOST: i64 = 100;

pub(super) fn tasks(conn: &mut Conn, place: &Place<'_>) -> Result<Vec<Task>> {
    let (coop, reader) = (&place.coop.id, place.reader);
    let mut tasks = Vec::new();
    if !reader.is_in() {
        return Ok(tasks);
    }
    let unmapped: Vec<(i64, Timestamp)> = batches::table
        .filter(batches::coop_id.eq(coop).and(batches::uploaded_by.eq(&reader.member)).and(batches::mapping.is_null()))
        .order(batches::number)
        .limit(MOST)
        .select((batches::number, batches::at))
        .load(conn)?;
    for (number, at) in unmapped {
        tasks.push(Task { queue: "", words: format!("Say what is what in batch no. {number}"), link: place.link(&format!("/batches/{number}/mapping")), at, mine: true });
    }
    if reader.roles.is_empty() {
        return Ok(tasks);
    }
    let unscreened: Vec<(i64, Timestamp)> = batch_completions::table
        .inner_join(batches::table.on(batches::coop_id.eq(batch_completions::coop_id).and(batches::id.eq(batch_completions::batch_id))))
        .left_join(screenings::table.on(screenings::coop_id.eq(batch_completions::coop_id).and(screenings::batch_id.eq(batch_completions::batch_id))))
        .filter(batch_completions::coop_id.eq(coop).and(batch_completions::added.gt(0)).and(screenings::at.is_null()))
        .order(batches::number)
        .limit(MOST)
        .select((batches::number, batch_completions::at))
        .load(conn)?;
    for (number, at) in unscreened {
        tasks.push(Task { queue: "Screenings", words: format!("Screen batch no. {number}"), link: place.link(&format!("/batches/{number}")), at, mine: place.may(Role::Steward) });
    }
    let unruled: Vec<(MemberId, Timestamp)> = claims::table
        .left_join(claim_rulings::table.on(claim_rulings::coop_id.eq(claims::coop_id).and(claim_rulings::claim_id.eq(claims::id))))
        .filter(claims::coop_id.eq(coop).and(claim_rulings::at.is_null()))
        .order(claims::at)
        .limit(MOST)
        .select((claims::member_id, claims::at))
        .load(conn)?;
    for (member, at) in unruled {
        let mine = place.may(Role::Steward) && member != reader.member;
        tasks.push(Task { queue: "Claims", words: "Rule on the claim of a member to a pseudonym".to_owned(), link: place.link("/claims"), at, mine });
    }
    Ok(tasks)
}
