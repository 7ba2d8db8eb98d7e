//! The tables of buyers: organisations, who acts for them, invitations.

use super::rules::Invited;
use super::{Buyer, User, Wish};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, BuyerId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{accounts, buyer_invitations, buyer_users, buyers};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;

macro_rules! columns {
    () => {
        (buyers::id, buyers::name, buyers::country, buyers::registration, buyers::class, buyers::purpose, buyers::at)
    };
}

pub(super) fn buyer(conn: &mut Conn, id: &BuyerId) -> QueryResult<Buyer> {
    buyers::table.find(id).select(columns!()).first(conn)
}

pub(super) fn registered(conn: &mut Conn, country: &str, registration: &str) -> QueryResult<bool> {
    let rows: i64 = buyers::table.filter(buyers::country.eq(country).and(buyers::registration.eq(registration))).count().get_result(conn)?;
    Ok(rows > 0)
}

pub(super) fn insert(tx: &mut Tx<'_>, id: &BuyerId, wish: &Wish) -> QueryResult<usize> {
    let now = tx.now();
    diesel::insert_into(buyers::table)
        .values((
            buyers::id.eq(id),
            buyers::name.eq(&wish.name),
            buyers::country.eq(&wish.country),
            buyers::registration.eq(&wish.registration),
            buyers::class.eq(wish.class),
            buyers::purpose.eq(&wish.purpose),
            buyers::at.eq(now),
        ))
        .execute(&mut **tx)
}

/// The buyer an account acts for, and whether it may sign.
pub(super) fn acting(conn: &mut Conn, account: &AccountId) -> QueryResult<Option<(Buyer, i64)>> {
    buyer_users::table
        .inner_join(buyers::table.on(buyers::id.eq(buyer_users::buyer_id)))
        .filter(buyer_users::account_id.eq(account))
        .select((columns!(), buyer_users::signatory))
        .first(conn)
        .optional()
}

pub(super) fn users(conn: &mut Conn, buyer: &BuyerId) -> QueryResult<Vec<User>> {
    buyer_users::table
        .inner_join(accounts::table.on(accounts::id.eq(buyer_users::account_id)))
        .filter(buyer_users::buyer_id.eq(buyer))
        .order((accounts::name, accounts::id))
        .select((accounts::id, accounts::name, accounts::email, buyer_users::signatory, buyer_users::at))
        .load(conn)
}

pub(super) fn insert_user(tx: &mut Tx<'_>, buyer: &BuyerId, account: &AccountId, signatory: bool) -> QueryResult<usize> {
    let now = tx.now();
    diesel::insert_into(buyer_users::table)
        .values((buyer_users::buyer_id.eq(buyer), buyer_users::account_id.eq(account), buyer_users::signatory.eq(i64::from(signatory)), buyer_users::at.eq(now)))
        .execute(&mut **tx)
}

pub(super) fn delete_user(tx: &mut Tx<'_>, buyer: &BuyerId, account: &AccountId) -> QueryResult<usize> {
    diesel::delete(buyer_users::table.find((buyer, account))).execute(&mut **tx)
}

pub(super) fn insert_invitation(tx: &mut Tx<'_>, token: &Digest, buyer: &BuyerId, email: &str, signatory: bool, by: &AccountId, expires_at: Timestamp) -> QueryResult<usize> {
    let now = tx.now();
    diesel::insert_into(buyer_invitations::table)
        .values((
            buyer_invitations::token.eq(token),
            buyer_invitations::buyer_id.eq(buyer),
            buyer_invitations::email.eq(email),
            buyer_invitations::signatory.eq(i64::from(signatory)),
            buyer_invitations::invited_by.eq(by),
            buyer_invitations::at.eq(now),
            buyer_invitations::expires_at.eq(expires_at),
        ))
        .execute(&mut **tx)
}

pub(super) fn invitation(conn: &mut Conn, token: &Digest) -> QueryResult<Option<(BuyerId, bool, Invited)>> {
    use buyer_invitations as i;
    type Row = (BuyerId, i64, String, Timestamp, Option<Timestamp>);
    let row: Option<Row> = i::table.find(token).select((i::buyer_id, i::signatory, i::email, i::expires_at, i::used_at)).first(conn).optional()?;
    Ok(row.map(|(buyer, signatory, email, expires_at, used_at)| (buyer, signatory != 0, Invited { email, expires_at, used_at })))
}

pub(super) fn use_invitation(tx: &mut Tx<'_>, token: &Digest) -> QueryResult<usize> {
    let now = tx.now();
    diesel::update(buyer_invitations::table.find(token)).set(buyer_invitations::used_at.eq(Some(now))).execute(&mut **tx)
}

/// Open invitations: address, whether as signatory, until when.
pub(super) fn open_invitations(conn: &mut Conn, buyer: &BuyerId, now: Timestamp) -> QueryResult<Vec<(String, i64, Timestamp)>> {
    use buyer_invitations as i;
    let open = i::buyer_id.eq(buyer).and(i::used_at.is_null()).and(i::expires_at.gt(now));
    i::table.filter(open).order((i::at, i::token)).select((i::email, i::signatory, i::expires_at)).load(conn)
}

/// The number of a buyer's invitations to one address that are open, made void by a removal.
pub(super) fn close_invitations(tx: &mut Tx<'_>, buyer: &BuyerId, email: &str) -> QueryResult<usize> {
    use buyer_invitations as i;
    let now = tx.now();
    diesel::update(i::table.filter(i::buyer_id.eq(buyer).and(i::email.eq(email)).and(i::used_at.is_null()))).set(i::used_at.eq(Some(now))).execute(&mut **tx)
}
