//! Who proposed and who ruled, as members read it, and whose money it is.

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{CoopId, MemberId};
use crate::platform::db::Conn;
use crate::platform::db::schema::{accounts, members};
use diesel::prelude::*;

/// A member's name and number, for members' eyes: `Ana, no. 1`.
///
/// # Errors
/// When the database does.
pub fn who(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<String> {
    let row: Option<(String, i64)> = members::table
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .filter(members::coop_id.eq(coop).and(members::id.eq(member)))
        .select((accounts::name, members::number))
        .first(conn)
        .optional()?;
    Ok(row.map_or_else(|| "a former member".to_owned(), |(name, number)| format!("{name}, no. {number}")))
}

/// The membership of whoever asks, whatever became of it: what is owed to somebody who was suspended,
/// put out or left stays theirs.
///
/// # Errors
/// Nothing here for whoever never was a member.
pub fn ever_member(conn: &mut Conn, coop: &CoopId, actor: &Actor) -> Result<MemberId> {
    let account = actor.account().or_not_found()?;
    members::table.filter(members::coop_id.eq(coop).and(members::account_id.eq(account))).select(members::id).first(conn).or_not_found()
}
