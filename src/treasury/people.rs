//! Who proposed and who ruled, as members read it.

use crate::error::Result;
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
