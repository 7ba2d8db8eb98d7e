//! The tables of negotiations. Ballots and licences are read by join, never written.

use super::deal::{Acceptance, Ballot, Negotiation, Refused, Termination, Version};
use super::rules::{Attempt, Side};
use crate::bargaining::buyers::Buyer;
use super::{Ask, Signature};
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, BuyerId, CoopId, Id as _, NegotiationId, OfferId, ProposalId};
use crate::kernel::terms::{Quantities, TermSheet};
use crate::kernel::time::Timestamp;
use crate::membership::coops::Role;
use crate::platform::db::schema::{
    acceptances, accounts, agreements, buyer_users, buyers, cancellations, coops, corpora, decisions, enactments, freezes, licences, members, negotiations, notices, offers, proposals, ratifications,
    refused_offers, revisions, revocations, role_grants, role_revocations, terminations,
};
use crate::platform::db::{Conn, Tx};
use diesel::dsl::max;
use diesel::prelude::*;

/// Which negotiations to read.
pub(super) enum Which<'a> {
    /// The one of this number.
    Number(&'a CoopId, i64),
    /// The one of this id.
    Id(&'a CoopId, &'a NegotiationId),
    /// A cooperative's, numbers below this one, newest first.
    Coop(&'a CoopId, i64),
    /// A buyer's, newest first.
    Buyer(&'a BuyerId),
}

/// How many negotiations one page lists.
pub(super) const PAGE: i64 = 50;

type Row = (
    (CoopId, NegotiationId, i64, String, Timestamp),
    Buyer,
    (crate::kernel::ids::CorpusId, String, String),
    (crate::kernel::ids::RevisionId, i64, String),
    (Digest, i64, i64, i64),
);

pub(super) fn negotiations(conn: &mut Conn, which: &Which<'_>) -> Result<Vec<Negotiation>> {
    use negotiations as n;
    let mut query = n::table
        .inner_join(buyers::table.on(buyers::id.eq(n::buyer_id)))
        .inner_join(corpora::table.on(corpora::coop_id.eq(n::coop_id).and(corpora::id.eq(n::corpus_id))))
        .inner_join(revisions::table.on(revisions::coop_id.eq(n::coop_id).and(revisions::id.eq(n::revision_id))))
        .inner_join(freezes::table.on(freezes::coop_id.eq(n::coop_id).and(freezes::revision_id.eq(n::revision_id))))
        .select((
            (n::coop_id, n::id, n::number, n::purpose, n::at),
            (buyers::id, buyers::name, buyers::country, buyers::registration, buyers::class, buyers::purpose, buyers::at),
            (corpora::id, corpora::slug, corpora::name),
            (revisions::id, revisions::number, revisions::uses),
            (freezes::root, freezes::records, freezes::words, freezes::bytes),
        ))
        .order((n::at.desc(), n::number.desc()))
        .limit(PAGE)
        .into_boxed();
    query = match which {
        Which::Number(coop, number) => query.filter(n::coop_id.eq((*coop).clone()).and(n::number.eq(*number))),
        Which::Id(coop, id) => query.filter(n::coop_id.eq((*coop).clone()).and(n::id.eq((*id).clone()))),
        Which::Coop(coop, below) => query.filter(n::coop_id.eq((*coop).clone()).and(n::number.lt(*below))),
        Which::Buyer(buyer) => query.filter(n::buyer_id.eq((*buyer).clone())),
    };
    let rows: Vec<Row> = query.load(conn)?;
    rows.into_iter().map(negotiation).collect()
}

fn negotiation(((coop, id, number, purpose, at), buyer, (corpus, slug, name), (revision, revision_number, uses), (root, records, words, bytes)): Row) -> Result<Negotiation> {
    let (quantities, frozen_for) = (Quantities { records, words, bytes }, serde_json::from_str(&uses)?);
    Ok(Negotiation { coop, id, number, purpose, at, buyer, corpus, corpus_slug: slug, corpus_name: name, revision, revision_number, frozen_for, root, quantities })
}

/// Negotiations of a buyer over one revision that nobody has ended and that have no licence.
pub(super) fn open_over(conn: &mut Conn, coop: &CoopId, buyer: &BuyerId, ask: &Ask) -> QueryResult<Option<i64>> {
    use negotiations as n;
    n::table
        .left_join(terminations::table.on(terminations::coop_id.eq(n::coop_id).and(terminations::negotiation_id.eq(n::id))))
        .left_join(licences::table.on(licences::coop_id.eq(n::coop_id).and(licences::negotiation_id.eq(n::id))))
        .filter(n::coop_id.eq(coop).and(n::buyer_id.eq(buyer)).and(n::revision_id.eq(&ask.revision)))
        .filter(terminations::negotiation_id.is_null().and(licences::id.is_null()))
        .select(n::number)
        .first(conn)
        .optional()
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = negotiations::table.filter(negotiations::coop_id.eq(coop)).select(max(negotiations::number)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

pub(super) fn insert_negotiation(tx: &mut Tx<'_>, coop: &CoopId, id: &NegotiationId, number: i64, buyer: &BuyerId, ask: &Ask, by: &AccountId) -> QueryResult<usize> {
    use negotiations as n;
    let now = tx.now();
    diesel::insert_into(n::table)
        .values((
            n::coop_id.eq(coop),
            n::id.eq(id),
            n::number.eq(number),
            n::buyer_id.eq(buyer),
            n::corpus_id.eq(&ask.corpus),
            n::revision_id.eq(&ask.revision),
            n::purpose.eq(&ask.purpose),
            n::requested_by.eq(by),
            n::at.eq(now),
        ))
        .execute(&mut **tx)
}

/// The account that began a negotiation.
pub(super) fn requester(conn: &mut Conn, coop: &CoopId, id: &NegotiationId) -> QueryResult<AccountId> {
    negotiations::table.find((coop, id)).select(negotiations::requested_by).first(conn)
}

/// A negotiation's versions, the first first.
pub(super) fn versions(conn: &mut Conn, coop: &CoopId, id: &NegotiationId) -> Result<Vec<Version>> {
    type Row = (OfferId, i64, Side, String, Digest, (i64, crate::kernel::money::Currency), String, Timestamp, Timestamp);
    use offers as o;
    let rows: Vec<Row> = o::table
        .filter(o::coop_id.eq(coop).and(o::negotiation_id.eq(id)))
        .order(o::version)
        .select((o::id, o::version, o::side, o::sheet, o::sheet_hash, (o::total, o::currency), o::note, o::at, o::valid_until))
        .load(conn)?;
    let version = |(id, version, side, sheet, sheet_hash, (total, currency), note, at, valid_until): Row| {
        let sheet: TermSheet = serde_json::from_str(&sheet)?;
        Ok(Version { id, version, side, sheet, sheet_hash, total, currency, note, at, valid_until })
    };
    rows.into_iter().map(version).collect()
}

pub(super) fn insert_version(tx: &mut Tx<'_>, coop: &CoopId, id: &NegotiationId, version: &Version, by: &AccountId) -> Result<()> {
    use offers as o;
    diesel::insert_into(o::table)
        .values((
            o::coop_id.eq(coop),
            o::id.eq(&version.id),
            o::negotiation_id.eq(id),
            o::version.eq(version.version),
            o::side.eq(version.side),
            o::sheet.eq(serde_json::to_string(&version.sheet)?),
            o::sheet_hash.eq(&version.sheet_hash),
            o::total.eq(version.total),
            o::currency.eq(&version.currency),
            o::note.eq(&version.note),
            o::made_by.eq(by),
            o::at.eq(version.at),
            o::valid_until.eq(version.valid_until),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// Refused prices of a negotiation, the first first, with those refused when it was asked for.
pub(super) fn refused(conn: &mut Conn, what: &Negotiation) -> QueryResult<Vec<Refused>> {
    use refused_offers as r;
    let before = r::negotiation_id.is_null().and(r::buyer_id.eq(&what.buyer.id)).and(r::revision_id.eq(&what.revision)).and(r::at.le(what.at));
    r::table
        .filter(r::coop_id.eq(&what.coop).and(r::negotiation_id.eq(&what.id).assume_not_null().or(before)))
        .order((r::at, r::id))
        .limit(PAGE)
        .select((r::side, r::path, r::total, r::floor_total, r::words, r::at))
        .load(conn)
}

/// Whether exactly this was refused since an instant.
pub(super) fn refused_since(conn: &mut Conn, coop: &CoopId, attempt: &Attempt, since: Timestamp) -> QueryResult<bool> {
    use refused_offers as r;
    let same = r::coop_id.eq(coop).and(r::buyer_id.eq(&attempt.buyer)).and(r::revision_id.eq(&attempt.revision)).and(r::made_by.eq(&attempt.made_by));
    let rows: i64 = r::table.filter(same).filter(r::path.eq(attempt.path.word()).and(r::total.eq(attempt.total)).and(r::at.gt(since))).count().get_result(conn)?;
    Ok(rows > 0)
}

pub(super) fn insert_refused(tx: &mut Tx<'_>, coop: &CoopId, id: &OfferId, attempt: &Attempt) -> QueryResult<usize> {
    use refused_offers as r;
    let now = tx.now();
    diesel::insert_into(r::table)
        .values((
            r::coop_id.eq(coop),
            r::id.eq(id.as_str()),
            r::negotiation_id.eq(attempt.negotiation.as_ref()),
            r::buyer_id.eq(&attempt.buyer),
            r::revision_id.eq(&attempt.revision),
            r::path.eq(attempt.path.word()),
            r::side.eq(attempt.side),
            r::total.eq(attempt.total),
            r::floor_total.eq(attempt.least),
            r::floor_id.eq(&attempt.floor),
            r::words.eq(&attempt.words),
            r::made_by.eq(&attempt.made_by),
            r::at.eq(now),
        ))
        .execute(&mut **tx)
}

pub(super) fn acceptances(conn: &mut Conn, coop: &CoopId, id: &NegotiationId) -> QueryResult<Vec<Acceptance>> {
    use acceptances as a;
    a::table
        .filter(a::coop_id.eq(coop).and(a::negotiation_id.eq(id)))
        .order((a::at, a::offer_id))
        .select((a::offer_id, a::signatory_name, a::signatory_role, a::authority, a::order_number, a::text_hash, a::at))
        .load(conn)
}

pub(super) fn insert_acceptance(tx: &mut Tx<'_>, coop: &CoopId, id: &NegotiationId, offer: &OfferId, by: &AccountId, signature: &Signature, text_hash: &Digest) -> QueryResult<usize> {
    use acceptances as a;
    let now = tx.now();
    diesel::insert_into(a::table)
        .values((
            a::coop_id.eq(coop),
            a::negotiation_id.eq(id),
            a::offer_id.eq(offer),
            a::account_id.eq(by),
            a::signatory_name.eq(&signature.name),
            a::signatory_role.eq(&signature.role),
            a::authority.eq(&signature.authority),
            a::order_number.eq(&signature.order_number),
            a::text_hash.eq(text_hash),
            a::at.eq(now),
        ))
        .execute(&mut **tx)
}

/// The votes on a negotiation's versions, each as far as it has come.
pub(super) fn ballots(conn: &mut Conn, coop: &CoopId, id: &NegotiationId) -> QueryResult<Vec<Ballot>> {
    use ratifications as r;
    r::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(r::coop_id).and(proposals::id.eq(r::proposal_id))))
        .left_join(notices::table.on(notices::coop_id.eq(r::coop_id).and(notices::proposal_id.eq(r::proposal_id))))
        .left_join(cancellations::table.on(cancellations::coop_id.eq(r::coop_id).and(cancellations::proposal_id.eq(r::proposal_id))))
        .left_join(decisions::table.on(decisions::coop_id.eq(r::coop_id).and(decisions::proposal_id.eq(r::proposal_id))))
        .left_join(enactments::table.on(enactments::coop_id.eq(r::coop_id).and(enactments::proposal_id.eq(r::proposal_id))))
        .filter(r::coop_id.eq(coop).and(r::negotiation_id.eq(id)))
        .order((r::at, r::offer_id))
        .select((
            (r::offer_id, proposals::id, proposals::number, r::at),
            (notices::opens_at.nullable(), notices::closes_at.nullable()),
            (cancellations::reason.nullable(), cancellations::at.nullable()),
            (decisions::outcome.nullable(), decisions::explanation.nullable(), decisions::at.nullable()),
            enactments::because.nullable(),
        ))
        .load(conn)
}

pub(super) fn insert_ratification(tx: &mut Tx<'_>, coop: &CoopId, id: &NegotiationId, offer: &OfferId, proposal: &ProposalId) -> QueryResult<usize> {
    use ratifications as r;
    let now = tx.now();
    diesel::insert_into(r::table)
        .values((r::coop_id.eq(coop), r::negotiation_id.eq(id), r::offer_id.eq(offer), r::proposal_id.eq(proposal), r::at.eq(now)))
        .execute(&mut **tx)
}

pub(super) fn agreement(conn: &mut Conn, coop: &CoopId, id: &NegotiationId) -> QueryResult<Option<(OfferId, ProposalId, Timestamp)>> {
    use agreements as a;
    a::table.find((coop, id)).select((a::offer_id, a::proposal_id, a::at)).first(conn).optional()
}

pub(super) fn insert_agreement(tx: &mut Tx<'_>, coop: &CoopId, id: &NegotiationId, offer: &OfferId, proposal: &ProposalId) -> QueryResult<usize> {
    use agreements as a;
    let now = tx.now();
    diesel::insert_into(a::table)
        .values((a::coop_id.eq(coop), a::negotiation_id.eq(id), a::offer_id.eq(offer), a::proposal_id.eq(proposal), a::at.eq(now)))
        .execute(&mut **tx)
}

pub(super) fn termination(conn: &mut Conn, coop: &CoopId, id: &NegotiationId) -> QueryResult<Option<Termination>> {
    use terminations as t;
    t::table.find((coop, id)).select((t::side, t::reason, t::at)).first(conn).optional()
}

pub(super) fn insert_termination(tx: &mut Tx<'_>, coop: &CoopId, id: &NegotiationId, side: Side, reason: &str, by: &AccountId) -> QueryResult<usize> {
    use terminations as t;
    let now = tx.now();
    diesel::insert_into(t::table)
        .values((t::coop_id.eq(coop), t::negotiation_id.eq(id), t::side.eq(side), t::reason.eq(reason), t::by_account.eq(Some(by)), t::at.eq(now)))
        .execute(&mut **tx)
}

/// The licence of a negotiation: its number, and when it was issued and ends.
pub(super) fn licence(conn: &mut Conn, coop: &CoopId, id: &NegotiationId) -> QueryResult<Option<(i64, Timestamp, Timestamp)>> {
    use licences as l;
    l::table.filter(l::coop_id.eq(coop).and(l::negotiation_id.eq(id))).select((l::number, l::issued_at, l::ends_at)).first(conn).optional()
}

/// Addresses of the people who act for a buyer.
pub(super) fn buyers_addresses(conn: &mut Conn, buyer: &BuyerId) -> QueryResult<Vec<String>> {
    buyer_users::table
        .inner_join(accounts::table.on(accounts::id.eq(buyer_users::account_id)))
        .filter(buyer_users::buyer_id.eq(buyer))
        .order(accounts::id)
        .select(accounts::email)
        .load(conn)
}

/// Addresses of a cooperative's negotiators.
pub(super) fn negotiators_addresses(conn: &mut Conn, coop: &CoopId) -> QueryResult<Vec<String>> {
    role_grants::table
        .inner_join(members::table.on(members::coop_id.eq(role_grants::coop_id).and(members::id.eq(role_grants::member_id))))
        .inner_join(accounts::table.on(accounts::id.eq(members::account_id)))
        .left_join(role_revocations::table.on(role_revocations::coop_id.eq(role_grants::coop_id).and(role_revocations::grant_id.eq(role_grants::id))))
        .filter(role_grants::coop_id.eq(coop).and(role_grants::role.eq(Role::Negotiator)).and(role_revocations::at.is_null()))
        .order(accounts::id)
        .select(accounts::email)
        .load(conn)
}

/// A buyer's licences with all cooperatives, newest first.
pub(super) fn licences_of(conn: &mut Conn, buyer: &BuyerId) -> QueryResult<Vec<super::desk::Held>> {
    use licences as l;
    l::table
        .inner_join(coops::table.on(coops::id.eq(l::coop_id)))
        .inner_join(revisions::table.on(revisions::coop_id.eq(l::coop_id).and(revisions::id.eq(l::revision_id))))
        .inner_join(corpora::table.on(corpora::coop_id.eq(revisions::coop_id).and(corpora::id.eq(revisions::corpus_id))))
        .left_join(revocations::table.on(revocations::coop_id.eq(l::coop_id).and(revocations::licence_id.eq(l::id))))
        .filter(l::buyer_id.eq(buyer))
        .order((l::issued_at.desc(), l::id.desc()))
        .limit(PAGE)
        .select(((coops::slug, coops::name), corpora::name, l::number, l::total, l::currency, l::ends_at, revocations::at.nullable()))
        .load(conn)
}
