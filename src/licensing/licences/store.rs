//! The tables of licences and revocations, and what is read of the deal and the vote behind them.

use super::claims::{self, Claims, Licensee};
use super::rules::Ground;
use crate::bargaining::tariffs::Mandate;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, BuyerId, CoopId, CorpusId, LicenceId, MemberId, NegotiationId, OfferId, ProposalId, RevisionId};
use crate::kernel::money::Currency;
use crate::kernel::terms::BuyerClass;
use crate::kernel::time::Timestamp;
use crate::platform::db::schema::{
    acceptances, accounts, agreements, authorisation_withdrawals, buyer_users, buyers, coops, counted_ballots, counted_receipts, decisions, journal_heads, licences, negotiations, notices, offers,
    proposals, receipts, revocations, run_rulings, runs, terminations, tombstones,
};
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;
use diesel::result::QueryResult;

/// A deal that a vote ratified: bargaining, offer and vote.
#[derive(Clone, Debug, Queryable)]
pub(super) struct Agreed {
    pub negotiation: NegotiationId,
    pub offer: OfferId,
    pub proposal: ProposalId,
    pub buyer: BuyerId,
    pub corpus: CorpusId,
    pub revision: RevisionId,
}

pub(super) fn agreed(conn: &mut Conn, coop: &CoopId, deal: i64) -> QueryResult<Option<Agreed>> {
    negotiations::table
        .inner_join(agreements::table.on(agreements::coop_id.eq(negotiations::coop_id).and(agreements::negotiation_id.eq(negotiations::id))))
        .filter(negotiations::coop_id.eq(coop).and(negotiations::number.eq(deal)))
        .select((negotiations::id, agreements::offer_id, agreements::proposal_id, negotiations::buyer_id, negotiations::corpus_id, negotiations::revision_id))
        .first(conn)
        .optional()
}

pub(super) fn deal_exists(conn: &mut Conn, coop: &CoopId, deal: i64) -> QueryResult<bool> {
    let rows: i64 = negotiations::table.filter(negotiations::coop_id.eq(coop).and(negotiations::number.eq(deal))).count().get_result(conn)?;
    Ok(rows > 0)
}

/// Version, sheet, its digest, total, currency.
pub(super) type OfferRow = (i64, String, Digest, i64, Currency);

pub(super) fn offer(conn: &mut Conn, coop: &CoopId, id: &OfferId) -> QueryResult<OfferRow> {
    offers::table.find((coop, id)).select((offers::version, offers::sheet, offers::sheet_hash, offers::total, offers::currency)).first(conn)
}

pub(super) fn accepted(conn: &mut Conn, coop: &CoopId, deal: &NegotiationId, offer: &OfferId) -> QueryResult<Option<Digest>> {
    acceptances::table.find((coop, deal, offer)).select(acceptances::text_hash).first(conn).optional()
}

pub(super) fn ended(conn: &mut Conn, coop: &CoopId, deal: &NegotiationId) -> QueryResult<bool> {
    let rows: i64 = terminations::table.filter(terminations::coop_id.eq(coop).and(terminations::negotiation_id.eq(deal))).count().get_result(conn)?;
    Ok(rows > 0)
}

/// Digest and text of the notice, and what its decision says.
pub(super) fn vote(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<(Mandate, Digest, String)> {
    proposals::table
        .inner_join(notices::table.on(notices::coop_id.eq(proposals::coop_id).and(notices::proposal_id.eq(proposals::id))))
        .inner_join(decisions::table.on(decisions::coop_id.eq(proposals::coop_id).and(decisions::proposal_id.eq(proposals::id))))
        .filter(proposals::coop_id.eq(coop).and(proposals::id.eq(id)))
        .select((
            (proposals::number, proposals::matter_hash, decisions::outcome, decisions::record_hash, notices::closes_at),
            notices::notice_hash,
            notices::text,
        ))
        .first(conn)
}

/// Choices and receipts of a counted vote, each in order.
pub(super) fn counted(conn: &mut Conn, coop: &CoopId, id: &ProposalId) -> QueryResult<(Vec<i64>, Vec<String>)> {
    let choices = counted_ballots::table
        .filter(counted_ballots::coop_id.eq(coop).and(counted_ballots::proposal_id.eq(id)))
        .order((counted_ballots::choice, counted_ballots::position))
        .select(counted_ballots::choice)
        .load(conn)?;
    let receipts = counted_receipts::table
        .filter(counted_receipts::coop_id.eq(coop).and(counted_receipts::proposal_id.eq(id)))
        .order(counted_receipts::receipt)
        .select(counted_receipts::receipt)
        .load(conn)?;
    Ok((choices, receipts))
}

pub(super) fn buyer(conn: &mut Conn, id: &BuyerId) -> QueryResult<Licensee> {
    let (id, name, country, registration, class): (BuyerId, String, String, String, BuyerClass) =
        buyers::table.find(id).select((buyers::id, buyers::name, buyers::country, buyers::registration, buyers::class)).first(conn)?;
    Ok(Licensee { id, name, country, registration, class })
}

pub(super) fn buyer_of(conn: &mut Conn, account: &AccountId) -> QueryResult<Option<BuyerId>> {
    buyer_users::table.filter(buyer_users::account_id.eq(account)).select(buyer_users::buyer_id).first(conn).optional()
}

/// Addresses of a buyer's users.
pub(super) fn addresses(conn: &mut Conn, buyer: &BuyerId) -> QueryResult<Vec<String>> {
    buyer_users::table
        .inner_join(accounts::table.on(accounts::id.eq(buyer_users::account_id)))
        .filter(buyer_users::buyer_id.eq(buyer))
        .order(accounts::email)
        .limit(500)
        .select(accounts::email)
        .load(conn)
}

/// Whether anything was withdrawn or taken out, or a withdrawal took effect, in the cooperative
/// after one instant and up to another.
pub(super) fn withdrawn_between(conn: &mut Conn, coop: &CoopId, after: Timestamp, until: Timestamp) -> QueryResult<bool> {
    use authorisation_withdrawals as w;
    let stones: i64 = tombstones::table.filter(tombstones::coop_id.eq(coop).and(tombstones::at.gt(after))).count().get_result(conn)?;
    let ended: i64 = w::table.filter(w::coop_id.eq(coop).and(w::effective_at.gt(after)).and(w::effective_at.le(until))).count().get_result(conn)?;
    Ok(stones + ended > 0)
}

pub(super) fn head_published(conn: &mut Conn, coop: &CoopId, head: &claims::JournalHead) -> QueryResult<bool> {
    let rows: i64 = journal_heads::table
        .filter(journal_heads::chain.eq(coop).and(journal_heads::height.eq(head.height)).and(journal_heads::hash.eq(&head.hash)))
        .count()
        .get_result(conn)?;
    Ok(rows > 0)
}

pub(super) fn next_number(conn: &mut Conn, coop: &CoopId) -> QueryResult<i64> {
    let last: Option<i64> = licences::table.filter(licences::coop_id.eq(coop)).select(diesel::dsl::max(licences::number)).first(conn)?;
    Ok(last.unwrap_or(0) + 1)
}

pub(super) fn number_for(conn: &mut Conn, coop: &CoopId, deal: &NegotiationId) -> QueryResult<Option<i64>> {
    licences::table.filter(licences::coop_id.eq(coop).and(licences::negotiation_id.eq(deal))).select(licences::number).first(conn).optional()
}

/// What is stored beside the claims.
pub(super) struct Signed<'a> {
    pub sheet: &'a str,
    pub floors: &'a str,
    pub kid: &'a str,
    pub jwt: &'a str,
}

pub(super) fn insert(tx: &mut Tx<'_>, coop: &CoopId, claims: &Claims, signed: &Signed<'_>, by: &MemberId) -> QueryResult<()> {
    let (now, ends) = (tx.now(), Timestamp(claims.exp.saturating_mul(crate::kernel::time::SECOND)));
    diesel::insert_into(licences::table)
        .values((
            (licences::coop_id.eq(coop), licences::id.eq(&claims.jti), licences::number.eq(claims.number)),
            (licences::negotiation_id.eq(&claims.agreed.negotiation), licences::offer_id.eq(&claims.agreed.offer), licences::buyer_id.eq(&claims.licensee.id)),
            (licences::proposal_id.eq(&claims.ratified.proposal), licences::revision_id.eq(&claims.corpus.id)),
            (licences::sheet.eq(signed.sheet), licences::sheet_hash.eq(&claims.terms_hash), licences::corpus_root.eq(&claims.corpus.root)),
            (licences::decision_hash.eq(&claims.ratified.record), licences::floors.eq(signed.floors)),
            (licences::journal_height.eq(claims.journal.height), licences::journal_hash.eq(&claims.journal.hash)),
            (licences::total.eq(claims.total.minor), licences::currency.eq(&claims.total.currency)),
            (licences::kid.eq(signed.kid), licences::jwt.eq(signed.jwt)),
            (licences::issued_by.eq(by), licences::issued_at.eq(now), licences::ends_at.eq(ends)),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

/// An issued licence as it is listed.
#[derive(Clone, Debug, Queryable)]
pub struct Licence {
    /// Its id.
    pub id: LicenceId,
    /// Whose.
    pub coop: CoopId,
    /// The cooperative's name in addresses.
    pub slug: String,
    /// Its number there.
    pub number: i64,
    /// The buyer.
    pub buyer: BuyerId,
    /// The buyer's name.
    pub buyer_name: String,
    /// The vote behind it.
    pub proposal: ProposalId,
    /// The bargaining.
    pub negotiation: NegotiationId,
    /// The agreed offer.
    pub offer: OfferId,
    /// The frozen corpus.
    pub revision: RevisionId,
    /// Its terms, JSON.
    pub sheet: String,
    /// The sum, minor units.
    pub total: i64,
    /// Its currency.
    pub currency: Currency,
    /// The signed token.
    pub jwt: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it ends.
    pub ends_at: Timestamp,
    /// Why it was revoked.
    pub ground: Option<Ground>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

macro_rules! listed {
    () => {
        licences::table
            .inner_join(buyers::table.on(buyers::id.eq(licences::buyer_id)))
            .inner_join(coops::table.on(coops::id.eq(licences::coop_id)))
            .left_join(revocations::table.on(revocations::coop_id.eq(licences::coop_id).and(revocations::licence_id.eq(licences::id))))
            .select((
                licences::id,
                licences::coop_id,
                coops::slug,
                licences::number,
                licences::buyer_id,
                buyers::name,
                licences::proposal_id,
                licences::negotiation_id,
                licences::offer_id,
                licences::revision_id,
                licences::sheet,
                licences::total,
                licences::currency,
                licences::jwt,
                licences::issued_at,
                licences::ends_at,
                revocations::ground.nullable(),
                revocations::at.nullable(),
            ))
    };
}

pub(super) fn numbered(conn: &mut Conn, coop: &CoopId, number: i64) -> QueryResult<Licence> {
    listed!().filter(licences::coop_id.eq(coop).and(licences::number.eq(number))).first(conn)
}

pub(super) fn by_id(conn: &mut Conn, id: &LicenceId) -> QueryResult<Licence> {
    listed!().filter(licences::id.eq(id)).first(conn)
}

/// A cooperative's licences before a number, newest first.
pub(super) fn of_coop(conn: &mut Conn, coop: &CoopId, before: i64, limit: i64) -> QueryResult<Vec<Licence>> {
    listed!().filter(licences::coop_id.eq(coop).and(licences::number.lt(before))).order(licences::number.desc()).limit(limit).load(conn)
}

pub(super) fn of_buyer(conn: &mut Conn, buyer: &BuyerId) -> QueryResult<Vec<Licence>> {
    listed!().filter(licences::buyer_id.eq(buyer)).order((licences::issued_at.desc(), licences::id)).limit(500).load(conn)
}

pub(super) fn revoke(tx: &mut Tx<'_>, coop: &CoopId, id: &LicenceId, ground: Ground, reason: &str, by: &MemberId) -> QueryResult<()> {
    let now = tx.now();
    diesel::insert_into(revocations::table)
        .values((
            revocations::coop_id.eq(coop),
            revocations::licence_id.eq(id),
            revocations::ground.eq(ground),
            revocations::reason.eq(reason),
            revocations::revoked_by.eq(by),
            revocations::at.eq(now),
        ))
        .execute(&mut **tx)?;
    Ok(())
}

pub(super) fn reason(conn: &mut Conn, coop: &CoopId, id: &LicenceId) -> QueryResult<Option<String>> {
    revocations::table.find((coop, id)).select(revocations::reason).first(conn).optional()
}

/// Who signed for the buyer: name, role, statement of authority, order number, when.
pub(super) type Signatory = (String, String, String, String, Timestamp);

pub(super) fn signatory(conn: &mut Conn, coop: &CoopId, deal: &NegotiationId, offer: &OfferId) -> QueryResult<Option<Signatory>> {
    acceptances::table
        .find((coop, deal, offer))
        .select((acceptances::signatory_name, acceptances::signatory_role, acceptances::authority, acceptances::order_number, acceptances::at))
        .first(conn)
        .optional()
}

/// A payment for a licence and what became of it.
#[derive(Clone, Debug, Queryable)]
pub struct Paid {
    /// The receipt's number.
    pub receipt: i64,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// The day it arrived.
    pub received_on: String,
    /// The run that shares it out, by number.
    pub run: Option<i64>,
    /// What became of that run.
    pub verdict: Option<String>,
}

impl Paid {
    /// The amount, for people.
    #[must_use]
    pub fn show(&self) -> String {
        self.currency.show(self.amount)
    }
}

/// Payments for a licence, each with its runs.
pub(super) fn paid(conn: &mut Conn, coop: &CoopId, id: &LicenceId) -> QueryResult<Vec<Paid>> {
    receipts::table
        .left_join(runs::table.on(runs::coop_id.eq(receipts::coop_id).and(runs::receipt_id.eq(receipts::id))))
        .left_join(run_rulings::table.on(run_rulings::coop_id.nullable().eq(runs::coop_id.nullable()).and(run_rulings::run_id.nullable().eq(runs::id.nullable()))))
        .filter(receipts::coop_id.eq(coop).and(receipts::licence_id.eq(id)))
        .order((receipts::number, runs::number.nullable()))
        .limit(200)
        .select((receipts::number, receipts::amount, receipts::currency, receipts::received_on, runs::number.nullable(), run_rulings::verdict.nullable()))
        .load(conn)
}
