//! Who is in a cooperative: its members by number, by name and by office.

use super::rules::{Role, State};
use super::store::{self, MemberRow};
use super::{Coop, standing};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::ids::{AccountId, ApplicationId, CoopId, MemberId};
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use std::collections::BTreeMap;

/// Members by their numbers after one, with names, for members' eyes only.
///
/// # Errors
/// When the database does.
pub fn members(conn: &mut Conn, coop: &CoopId, after: i64, limit: i64) -> Result<Vec<MemberRow>> {
    Ok(store::members(conn, coop, after, limit)?)
}

/// How many were ever admitted; [`count_now`] leaves out who is gone.
///
/// # Errors
/// When the database does.
pub fn count(conn: &mut Conn, coop: &CoopId) -> Result<i64> {
    Ok(store::count(conn, coop)?)
}

/// Who holds which office.
///
/// # Errors
/// When the database does.
pub fn holders(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(MemberId, Role)>> {
    Ok(store::holders(conn, coop)?)
}

/// How many members there are now: admitted and not gone.
///
/// # Errors
/// When the database does.
pub fn count_now(conn: &mut Conn, coop: &CoopId, now: Timestamp) -> Result<i64> {
    let gone = states(conn, coop, now)?.into_values().filter(|state| *state == State::Gone).count();
    Ok(store::count(conn, coop)?.saturating_sub(i64::try_from(gone).unwrap_or(0)))
}

/// How the members stand to whose standing anything ever happened; all others stand as admitted.
///
/// # Errors
/// When the database does.
pub fn states(conn: &mut Conn, coop: &CoopId, now: Timestamp) -> Result<BTreeMap<MemberId, State>> {
    let mut states = BTreeMap::new();
    for (member, _, votes_from) in store::with_events(conn, coop)? {
        let history = store::history(conn, coop, &member)?;
        states.insert(member, standing::state_of(&history, votes_from, now));
    }
    Ok(states)
}

/// One member's row by the number on the card.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn row(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<MemberRow> {
    store::row_numbered(conn, coop, number).or_not_found()
}

/// The number on a member's card.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn number_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<i64> {
    store::number_of(conn, coop, member).or_not_found()
}

/// How many rows one look through the members reads at once.
const STEP: i64 = 1_000;

/// Members after a number whose name holds these words or whose number is this one, at most `limit`.
/// Names are compared here and not in the database, whose ideas of upper and lower case differ.
///
/// # Errors
/// When the database does.
pub fn search(conn: &mut Conn, coop: &CoopId, words: &str, after: i64, limit: usize) -> Result<Vec<MemberRow>> {
    let wanted = words.trim().to_lowercase();
    let (mut found, mut after) = (Vec::new(), after);
    loop {
        let rows = store::members(conn, coop, after, STEP)?;
        let Some(last) = rows.last().map(|row| row.number) else { return Ok(found) };
        after = last;
        for row in rows {
            if found.len() >= limit {
                return Ok(found);
            }
            if wanted.is_empty() || row.name.to_lowercase().contains(&wanted) || row.number.to_string() == wanted {
                found.push(row);
            }
        }
    }
}

/// Who holds which office, by number and name, for members' eyes only.
///
/// # Errors
/// When the database does.
pub fn holders_by_name(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(Role, i64, String)>> {
    Ok(store::holders_by_name(conn, coop)?)
}

/// The account behind a member.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn account_of(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<AccountId> {
    store::account_of(conn, coop, member).or_not_found()
}

/// The cooperatives an account is or was a member of, by name.
///
/// # Errors
/// When the database does.
pub fn of_account(conn: &mut Conn, account: &AccountId) -> Result<Vec<Coop>> {
    Ok(store::of_account(conn, account)?)
}

/// Whether this officer has given a verdict on an application.
///
/// # Errors
/// When the database does.
pub fn reviewed_by(conn: &mut Conn, coop: &CoopId, application: &ApplicationId, officer: &MemberId) -> Result<bool> {
    Ok(store::reviews(conn, coop, application)?.iter().any(|(reviewer, _)| reviewer == officer))
}
