//! A2: every licence held against the vote that ratified it and the floors that bound it.

use super::{Check, Scope};
use crate::bargaining::tariffs::{self, Bid, Floor};
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, LicenceId, OfferId, RevisionId};
use crate::kernel::matter::Matter;
use crate::kernel::money::Currency;
use crate::kernel::terms::{Quantities, TermSheet};
use crate::kernel::time::{Timestamp, Zone};
use crate::licensing::keys::{self, KeySet};
use crate::licensing::licences::verification::examine;
use crate::platform::db::Conn;
use crate::platform::db::schema::{decisions, freezes, licences, notices, offers, proposals};
use diesel::prelude::*;

#[derive(Queryable)]
struct Issued {
    id: LicenceId,
    number: i64,
    offer: OfferId,
    revision: RevisionId,
    sheet: String,
    sheet_hash: Digest,
    corpus_root: Digest,
    decision_hash: Digest,
    total: i64,
    currency: Currency,
    jwt: String,
    issued_at: Timestamp,
}

#[derive(Queryable)]
struct Behind {
    outcome: String,
    record_hash: Digest,
    matter: String,
    closes_at: Timestamp,
    root: Digest,
    records: i64,
    words: i64,
    bytes: i64,
    offered: i64,
    offered_hash: Digest,
}

pub(super) fn look(conn: &mut Conn, scope: &Scope, check: &mut Check) -> Result<()> {
    let keys = keys::key_set(conn)?;
    for coop in &scope.coops {
        let floors = tariffs::history(conn, coop)?;
        check.count("floors", floors.len());
        let mut after = 0;
        while let Some((licence, behind)) = next(conn, coop, after)? {
            after = licence.number;
            check.count("licences", 1);
            let id = format!("licence {} (no. {})", licence.id, licence.number);
            match behind {
                None => check.find(&id, "no decision, notice, offer or frozen revision stands behind it"),
                Some(behind) => one(&licence, &behind, &floors, &id, check),
            }
            signed(&licence, &keys, &id, check);
        }
    }
    Ok(())
}

fn next(conn: &mut Conn, coop: &CoopId, after: i64) -> Result<Option<(Issued, Option<Behind>)>> {
    let licence: Option<Issued> = licences::table
        .filter(licences::coop_id.eq(coop).and(licences::number.gt(after)))
        .order(licences::number)
        .select((
            licences::id,
            licences::number,
            licences::offer_id,
            licences::revision_id,
            licences::sheet,
            licences::sheet_hash,
            licences::corpus_root,
            licences::decision_hash,
            licences::total,
            licences::currency,
            licences::jwt,
            licences::issued_at,
        ))
        .first(conn)
        .optional()?;
    let Some(licence) = licence else { return Ok(None) };
    let behind = licences::table
        .inner_join(decisions::table.on(decisions::coop_id.eq(licences::coop_id).and(decisions::proposal_id.eq(licences::proposal_id))))
        .inner_join(proposals::table.on(proposals::coop_id.eq(licences::coop_id).and(proposals::id.eq(licences::proposal_id))))
        .inner_join(notices::table.on(notices::coop_id.eq(licences::coop_id).and(notices::proposal_id.eq(licences::proposal_id))))
        .inner_join(freezes::table.on(freezes::coop_id.eq(licences::coop_id).and(freezes::revision_id.eq(licences::revision_id))))
        .inner_join(offers::table.on(offers::coop_id.eq(licences::coop_id).and(offers::id.eq(licences::offer_id))))
        .filter(licences::coop_id.eq(coop).and(licences::id.eq(&licence.id)))
        .select((
            decisions::outcome,
            decisions::record_hash,
            proposals::matter,
            notices::closes_at,
            freezes::root,
            freezes::records,
            freezes::words,
            freezes::bytes,
            offers::total,
            offers::sheet_hash,
        ))
        .first(conn)
        .optional()?;
    Ok(Some((licence, behind)))
}

fn one(licence: &Issued, behind: &Behind, floors: &[Floor], id: &str, check: &mut Check) {
    ratified(licence, behind, id, check);
    check.expect(licence.decision_hash == behind.record_hash, id, "it names another decision record than the one stored");
    check.expect(licence.corpus_root == behind.root, id, "it names another corpus root than its revision was frozen with");
    check.expect(licence.total == behind.offered && licence.sheet_hash == behind.offered_hash, id, "its price or terms are not those of the offer it was made from");
    let Ok(sheet) = serde_json::from_str::<TermSheet>(&licence.sheet) else {
        check.find(id, "its term sheet cannot be read");
        return;
    };
    check.expect(Digest::of_json(&sheet).is_ok_and(|hash| hash == licence.sheet_hash), id, "its term sheet does not hash to its sheet hash: it was changed");
    let Some(price) = &sheet.price else {
        check.find(id, "its term sheet names no price");
        return;
    };
    let quantities = Quantities { records: behind.records, words: behind.words, bytes: behind.bytes };
    let bid = Bid { price, total: licence.total, quantities: &quantities };
    let bound = tariffs::in_force(floors, behind.closes_at);
    match tariffs::floor_guard(&bid, &sheet.uses, sheet.class, &bound, &Zone::utc()) {
        Ok(met) => check.count("floors met", met.len()),
        Err(refusal) => check.find(id, format!("its price does not meet the floors in force when its vote closed. {refusal}")),
    }
}

/// The vote was on exactly this offer, and it passed.
fn ratified(licence: &Issued, behind: &Behind, id: &str, check: &mut Check) {
    check.expect(behind.outcome == tariffs::rules::PASSED, id, &format!("its vote did not pass but ended {:?}", behind.outcome));
    match serde_json::from_str::<Matter>(&behind.matter) {
        Ok(Matter::RatifyOffer { offer }) => {
            let same = offer.offer == licence.offer && offer.sheet_hash == licence.sheet_hash && offer.revision == licence.revision && offer.corpus_root == licence.corpus_root;
            check.expect(same, id, "members ratified another offer, other terms or another corpus");
            check.expect(offer.total == licence.total && offer.currency == licence.currency, id, "members ratified another price");
        }
        _ => check.find(id, "the vote behind it did not ratify an offer"),
    }
}

/// The signed text holds as of its issue, as any stranger checks it, and says the same as the row.
fn signed(licence: &Issued, keys: &KeySet, id: &str, check: &mut Check) {
    let report = examine(&licence.jwt, keys, None, licence.issued_at);
    if let Some(failure) = report.failure() {
        check.find(id, format!("its signed text does not hold. {}: {}", failure.name, failure.words));
    }
    use base64::Engine as _;
    let body = licence.jwt.split('.').nth(1).and_then(|part| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).ok());
    let body = body.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default();
    let named = [licence.id.to_string(), licence.sheet_hash.to_string(), licence.corpus_root.to_string(), licence.decision_hash.to_string()];
    check.expect(named.iter().all(|value| body.contains(value.as_str())), id, "its signed text names another id, term sheet, corpus root or decision than its row");
}
