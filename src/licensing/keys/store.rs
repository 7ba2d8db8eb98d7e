//! The table of signing keys.

use super::NewKey;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::signing_keys;
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;

pub(super) fn current(conn: &mut Conn) -> QueryResult<Option<(String, Vec<u8>)>> {
    signing_keys::table
        .filter(signing_keys::retired_at.is_null())
        .order((signing_keys::created_at.desc(), signing_keys::kid))
        .select((signing_keys::kid, signing_keys::sealed))
        .first(conn)
        .optional()
}

/// Every key, newest first: its coordinates and since when it is retired.
pub(super) fn all(conn: &mut Conn) -> QueryResult<Vec<(String, Option<Timestamp>)>> {
    signing_keys::table
        .order((signing_keys::created_at.desc(), signing_keys::kid))
        .select((signing_keys::public_key, signing_keys::retired_at))
        .load(conn)
}

pub(super) fn signs(conn: &mut Conn, kid: &str) -> QueryResult<bool> {
    let rows: i64 = signing_keys::table.filter(signing_keys::kid.eq(kid).and(signing_keys::retired_at.is_null())).count().get_result(conn)?;
    Ok(rows > 0)
}

pub(super) fn insert(tx: &mut Tx<'_>, key: &NewKey) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(signing_keys::table)
        .values((
            signing_keys::kid.eq(&key.kid),
            signing_keys::public_key.eq(&key.x),
            signing_keys::sealed.eq(&key.sealed),
            signing_keys::created_at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn retire_all(tx: &mut Tx<'_>) -> QueryResult<usize> {
    let now = tx.now();
    diesel::update(signing_keys::table.filter(signing_keys::retired_at.is_null())).set(signing_keys::retired_at.eq(Some(now))).execute(&mut **tx)
}
