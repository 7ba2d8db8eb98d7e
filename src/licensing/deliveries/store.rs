//! The tables of delivery tokens and deliveries.

use super::rules::{Kind, Stored};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, BuyerId, CoopId, DeliveryId, LicenceId, RevisionId};
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{accounts, buyer_users, deliveries as d, delivery_tokens as t, revision_files};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;

/// A token as its licensee sees it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Token {
    /// Its hash, which names it.
    pub hash: Digest,
    /// What it is good for.
    pub kind: Kind,
    /// What its maker calls it.
    pub label: String,
    /// Who made it.
    pub maker: String,
    /// When.
    pub at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Since when it is revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it still opens anything.
    #[must_use]
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.expires_at
    }
}

pub(super) fn tokens(conn: &mut Conn, coop: &CoopId, licence: &LicenceId) -> QueryResult<Vec<Token>> {
    t::table
        .inner_join(accounts::table.on(accounts::id.eq(t::made_by)))
        .filter(t::coop_id.eq(coop).and(t::licence_id.eq(licence)))
        .order((t::at.desc(), t::token))
        .limit(200)
        .select((t::token, t::kind, t::label, accounts::name, t::at, t::expires_at, t::revoked_at))
        .load(conn)
}

#[expect(clippy::too_many_arguments, reason = "one row has that many columns")]
pub(super) fn insert_token(tx: &mut Tx<'_>, coop: &CoopId, hash: &Digest, licence: &LicenceId, kind: Kind, label: &str, by: &AccountId, until: Timestamp) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(t::table)
        .values((
            t::coop_id.eq(coop),
            t::token.eq(hash),
            t::licence_id.eq(licence),
            t::kind.eq(kind),
            t::label.eq(label),
            t::made_by.eq(by),
            t::at.eq(now),
            t::expires_at.eq(until),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Revokes an open token of a licence; answers whether there was one.
pub(super) fn revoke_token(tx: &mut Tx<'_>, coop: &CoopId, licence: &LicenceId, hash: &Digest) -> QueryResult<bool> {
    let now = tx.now();
    let of_licence = t::coop_id.eq(coop).and(t::token.eq(hash)).and(t::licence_id.eq(licence)).and(t::revoked_at.is_null());
    Ok(diesel::update(t::table.filter(of_licence)).set(t::revoked_at.eq(Some(now))).execute(&mut **tx)? > 0)
}

pub(super) fn token(conn: &mut Conn, coop: &CoopId, licence: &LicenceId, buyer: &BuyerId, hash: &Digest) -> QueryResult<Option<Stored>> {
    type Row = (Kind, Timestamp, Option<Timestamp>, Option<BuyerId>);
    let row: Option<Row> = t::table
        .left_join(buyer_users::table.on(buyer_users::account_id.eq(t::made_by)))
        .filter(t::coop_id.eq(coop).and(t::token.eq(hash)).and(t::licence_id.eq(licence)))
        .select((t::kind, t::expires_at, t::revoked_at, buyer_users::buyer_id.nullable()))
        .first(conn)
        .optional()?;
    Ok(row.map(|(kind, expires_at, revoked_at, of)| Stored { kind, expires_at, revoked_at, maker_stays: of.as_ref() == Some(buyer) }))
}

/// A file of a frozen revision: name, media type, bytes, digest.
pub(super) type FileRow = (String, String, i64, Digest);

pub(super) fn files(conn: &mut Conn, coop: &CoopId, revision: &RevisionId) -> QueryResult<Vec<FileRow>> {
    use revision_files as f;
    f::table
        .filter(f::coop_id.eq(coop).and(f::revision_id.eq(revision)))
        .order(f::name)
        .limit(10_000)
        .select((f::name, f::media_type, f::bytes, f::digest))
        .load(conn)
}

pub(super) fn file(conn: &mut Conn, coop: &CoopId, revision: &RevisionId, name: &str) -> QueryResult<FileRow> {
    use revision_files as f;
    f::table.find((coop, revision, name)).select((f::name, f::media_type, f::bytes, f::digest)).first(conn)
}

/// The ranges of a file that a token was handed.
pub(super) fn ranges(conn: &mut Conn, coop: &CoopId, token: &Digest, name: &str) -> QueryResult<Vec<(i64, i64)>> {
    d::table.filter(d::coop_id.eq(coop).and(d::token.eq(token)).and(d::name.eq(name))).select((d::first_byte, d::last_byte)).load(conn)
}

/// One logged delivery.
pub(super) struct Logged<'a> {
    pub id: &'a DeliveryId,
    pub licence: &'a LicenceId,
    pub revision: &'a RevisionId,
    pub name: &'a str,
    pub digest: &'a Digest,
    pub first: i64,
    pub last: i64,
    pub token: &'a Digest,
}

pub(super) fn log(tx: &mut Tx<'_>, coop: &CoopId, row: &Logged<'_>) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(d::table)
        .values((
            d::coop_id.eq(coop),
            d::id.eq(row.id),
            d::licence_id.eq(row.licence),
            d::revision_id.eq(row.revision),
            d::name.eq(row.name),
            d::digest.eq(row.digest),
            d::first_byte.eq(row.first),
            d::last_byte.eq(row.last),
            d::token.eq(row.token),
            d::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// How often, and when last, something was handed over under a licence.
pub(super) fn handed(conn: &mut Conn, coop: &CoopId, licence: &LicenceId) -> QueryResult<(i64, Option<Timestamp>)> {
    let of = d::coop_id.eq(coop).and(d::licence_id.eq(licence));
    let times = d::table.filter(of).count().get_result(conn)?;
    let last: Option<i64> = d::table.filter(of).select(diesel::dsl::max(d::at)).first(conn)?;
    Ok((times, last.map(Timestamp)))
}

/// A delivery as the two parties see it: file, range, when, token's label.
pub(super) type HandedRow = (String, i64, i64, Timestamp, String);

pub(super) fn latest(conn: &mut Conn, coop: &CoopId, licence: &LicenceId, limit: i64) -> QueryResult<Vec<HandedRow>> {
    d::table
        .inner_join(t::table.on(t::coop_id.eq(d::coop_id).and(t::token.eq(d::token))))
        .filter(d::coop_id.eq(coop).and(d::licence_id.eq(licence)))
        .order((d::at.desc(), d::id.desc()))
        .limit(limit)
        .select((d::name, d::first_byte, d::last_byte, d::at, t::label))
        .load(conn)
}
