//! Deliveries: the files of a licensed revision, fetched with a token of the licensee. What is handed
//! over is logged before it leaves, with its hash and range; nothing leaves under a licence that was
//! revoked or has ended, nor from a revision in which anything was withdrawn.

pub mod rules;
mod store;
mod stream;
pub mod web;

use crate::app::App;
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::{Digest, hex};
use crate::kernel::ids::{CoopId, DeliveryId, Id as _};
use crate::kernel::time::{DAY, Timestamp};
use crate::licensing::licences::{self, Licence};
use crate::membership::coops::{self, Coop};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::pool::corpora;
pub use rules::{Kind, Part, Refusal};
use serde_json::json;
pub use store::Token;

/// A token to be shown once; only its hash is kept.
#[must_use]
pub fn fresh_token() -> (String, Digest) {
    let token = format!("{}{}", rules::PREFIX, hex(&crate::platform::db::random::<24>()));
    let hash = Digest::of(token.as_bytes());
    (token, hash)
}

/// The licence by its number, if the actor acts for its licensee.
fn licensed(conn: &mut Conn, actor: &Actor, coop: &CoopId, number: i64) -> Result<Licence> {
    let licence = licences::numbered(conn, coop, number)?;
    let buyer = licences::buyer_of(conn, actor.account())?;
    if buyer.as_ref() == Some(&licence.buyer) { Ok(licence) } else { Err(NotFound.into()) }
}

/// Makes a token for a licence: one complete set of files within a week, or any number of fetches
/// for so many days. It never outlives the licence.
///
/// # Errors
/// [`NotFound`] for anybody but the licensee's users; [`Refusal::Revoked`], [`Refusal::Ended`],
/// [`Refusal::TooMany`].
#[expect(clippy::too_many_arguments, reason = "what a token is for, how it is called and how long it lasts")]
pub fn make_token(tx: &mut Tx<'_>, actor: &Actor, coop: &Coop, number: i64, hash: &Digest, kind: Kind, label: &str, days: i64) -> Result<()> {
    let licence = licensed(tx, actor, &coop.id, number)?;
    let (now, account) = (tx.now(), actor.account().or_not_found()?.clone());
    rules::in_force(&licence.status(now), &coop.zone)?;
    if store::tokens(tx, &coop.id, &licence.id)?.iter().filter(|token| token.is_open(now)).count() >= rules::MOST_OPEN {
        return Err(Refusal::TooMany.into());
    }
    let lasts = if kind == Kind::Once { rules::ONCE_LASTS } else { days.clamp(1, rules::API_DAYS) * DAY };
    let until = now.plus(lasts).min(licence.ends_at);
    store::insert_token(tx, &coop.id, hash, &licence.id, kind, label, &account, until)?;
    journal::append(tx, &coop.id, "delivery_token_made", licence.id.as_str(), &json!({ "token": hash, "kind": kind, "until": until }))
}

/// Revokes a token. One that is revoked already stays so.
///
/// # Errors
/// [`NotFound`] for anybody but the licensee's users, and for tokens of other licences.
pub fn revoke_token(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, hash: &Digest) -> Result<()> {
    let licence = licensed(tx, actor, coop, number)?;
    if !store::tokens(tx, coop, &licence.id)?.iter().any(|token| token.hash == *hash) {
        return Err(NotFound.into());
    }
    if store::revoke_token(tx, coop, &licence.id, hash)? {
        journal::append(tx, coop, "delivery_token_revoked", licence.id.as_str(), &json!({ "token": hash }))?;
    }
    Ok(())
}

/// The tokens of a licence, newest first.
///
/// # Errors
/// When the database does.
pub fn tokens(conn: &mut Conn, licence: &Licence) -> Result<Vec<Token>> {
    Ok(store::tokens(conn, &licence.coop, &licence.id)?)
}

/// A file of a licensed revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: i64,
    /// SHA-256 of them.
    pub digest: Digest,
}

/// The files of a licensed revision.
///
/// # Errors
/// When the database does.
pub fn files(conn: &mut Conn, licence: &Licence) -> Result<Vec<File>> {
    let rows = store::files(conn, &licence.coop, &licence.revision)?;
    Ok(rows.into_iter().map(|(name, media_type, bytes, digest)| File { name, media_type, bytes, digest }).collect())
}

/// What may be fetched with one token: the licence, as looked at just now.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The cooperative.
    pub coop: Coop,
    /// The licence.
    pub licence: Licence,
    /// The token's hash.
    pub token: Digest,
    /// When it was looked at.
    pub at: Timestamp,
}

/// Looks whether a token opens a licence: the token, the licence, and every record of the revision.
/// Reading the records is why this happens outside the write that logs.
///
/// # Errors
/// Not found for unknown licences; a [`Refusal`].
pub async fn open(app: &App, slug: &str, number: &str, token: &str) -> Result<Opened> {
    let (slug, now) = (slug.to_owned(), app.now());
    let number: i64 = number.parse().ok().or_not_found()?;
    let token = rules::hash(token);
    app.db
        .read(move |conn| {
            let coop = coops::enter(conn, &Actor::Visitor, &slug, now)?.coop;
            let licence = licences::numbered(conn, &coop.id, number)?;
            let token = token.ok_or(Refusal::NoToken)?;
            let stored = store::token(conn, &coop.id, &licence.id, &licence.buyer, &token)?.ok_or(Refusal::NoToken)?;
            rules::open(&stored, now, &coop.zone)?;
            rules::in_force(&licence.status(now), &coop.zone)?;
            let barred = barred(conn, &licence, now)?;
            if barred > 0 { Err(Refusal::Barred(barred).into()) } else { Ok(Opened { coop, licence, token, at: now }) }
        })
        .await
}

/// How many records bar the delivery. Only a withdrawal since the revision was asked for can, so
/// without one no record is read.
fn barred(conn: &mut Conn, licence: &Licence, now: Timestamp) -> Result<i64> {
    let frozen_as_of = corpora::frozen(conn, &licence.coop, &licence.revision)?.0.at;
    if licences::withdrawn_between(conn, &licence.coop, frozen_as_of.plus(-1), now)? {
        corpora::barred(conn, &licence.coop, &licence.revision, now)
    } else {
        Ok(0)
    }
}

/// Logs that a part of a file is handed over, before it is. The token, the licence and withdrawals
/// since [`open`] are looked at again.
///
/// # Errors
/// A [`Refusal`]; not found for files that are none of the revision's.
pub fn hand_over(tx: &mut Tx<'_>, opened: &Opened, file: &File, part: Part) -> Result<()> {
    let (now, zone, coop, licence) = (tx.now(), &opened.coop.zone, &opened.coop.id, &opened.licence);
    let stored = store::token(tx, coop, &licence.id, &licence.buyer, &opened.token)?.ok_or(Refusal::NoToken)?;
    rules::open(&stored, now, zone)?;
    rules::in_force(&licences::numbered(tx, coop, licence.number)?.status(now), zone)?;
    if licences::withdrawn_between(tx, coop, opened.at.plus(-1), now)? {
        return Err(Refusal::Overtaken.into());
    }
    if stored.kind == Kind::Once && rules::covers(&store::ranges(tx, coop, &opened.token, &file.name)?, file.bytes) {
        return Err(Refusal::UsedUp.into());
    }
    let id: DeliveryId = tx.fresh();
    let row = store::Logged { id: &id, licence: &licence.id, revision: &licence.revision, name: &file.name, digest: &file.digest, first: part.first, last: part.last, token: &opened.token };
    store::log(tx, coop, &row)?;
    let facts = json!({ "licence": licence.id, "file": file.name, "sha256": file.digest, "first": part.first, "last": part.last, "token": opened.token });
    journal::append(tx, coop, "file_delivered", id.as_str(), &facts)
}

/// One file of a licensed revision by its name.
///
/// # Errors
/// Not found.
pub fn file(conn: &mut Conn, licence: &Licence, name: &str) -> Result<File> {
    let (name, media_type, bytes, digest) = store::file(conn, &licence.coop, &licence.revision, name).or_not_found()?;
    Ok(File { name, media_type, bytes, digest })
}

/// One delivery as the two parties see it.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The file.
    pub name: String,
    /// First and last byte.
    pub range: (i64, i64),
    /// When.
    pub at: Timestamp,
    /// What the token is called.
    pub label: String,
}

/// What was handed over under a licence.
#[derive(Clone, Debug)]
pub struct Handed {
    /// How often.
    pub times: i64,
    /// When last.
    pub last: Option<Timestamp>,
    /// The latest of them.
    pub latest: Vec<Delivery>,
}

/// What was handed over under a licence.
///
/// # Errors
/// When the database does.
pub fn handed(conn: &mut Conn, licence: &Licence) -> Result<Handed> {
    let (times, last) = store::handed(conn, &licence.coop, &licence.id)?;
    let latest = store::latest(conn, &licence.coop, &licence.id, 20)?;
    let latest = latest.into_iter().map(|(name, first, last, at, label)| Delivery { name, range: (first, last), at, label }).collect();
    Ok(Handed { times, last, latest })
}
