//! Licences: signed permissions that carry their own proof. A licence is issued from an agreement
//! that a vote ratified: [`prepare`] reads everything and signs outside any transaction, the page
//! shows what was looked at, and [`issue`] looks at all of it again before it stores what was signed.
//! Anybody checks one from the key set alone ([`verification::examine`]); the hall tells its status.

pub mod checking;
pub mod claims;
pub mod issuing;
pub mod rules;
mod store;
pub mod verification;
pub mod web;

use crate::app::App;
use crate::bargaining::tariffs;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, BuyerId, CoopId, Id as _, LicenceId};
use crate::kernel::time::{DAY, MINUTE, SECOND, Timestamp};
use crate::licensing::keys;
use crate::membership::coops::{self, Coop, Role};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal::{self, Chain};
use crate::platform::outbox::{self, Mail};
use crate::pool::corpora;
use claims::{AUDIENCE, Agreed, Bound, Claims, Corpus, JournalHead, Licensor, MEDIA_TYPE, Ratified, Total};
pub use rules::{Facts, Ground, Refusal, Status};
use serde_json::json;
pub use store::{Licence, Paid};

/// How long after its signing a licence may be stored.
const SIGNING_LASTS: i64 = 5 * MINUTE;

/// A licence signed and not stored yet.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// What it says.
    pub claims: Claims,
    /// The signed token.
    pub jwt: String,
    /// The key that signed it.
    pub kid: String,
    /// What the steward confirms.
    pub act: Digest,
    at: Timestamp,
}

/// What a licence would be issued from, for the page that shows it.
#[derive(Clone, Debug)]
pub struct Ready {
    /// Everything stored.
    pub facts: Facts,
    /// The number it would get.
    pub number: i64,
    ballots: Digest,
    journal: JournalHead,
}

/// Reads everything a licence for this deal would be issued from.
///
/// # Errors
/// Not found when there is no such deal; [`Refusal::NotAgreed`].
pub fn ready(conn: &mut Conn, coop: &Coop, deal: i64, now: Timestamp) -> Result<Ready> {
    let facts = facts(conn, coop, deal, now, true)?;
    let (choices, receipts) = store::counted(conn, &coop.id, &facts.proposal)?;
    let chain = Chain::from(&coop.id);
    let head = journal::head(conn, &chain)?.unwrap_or_else(|| journal::Head::start(chain.name()));
    Ok(Ready {
        ballots: claims::ballots(&choices, &receipts)?,
        journal: JournalHead { height: head.height, hash: head.hash },
        number: store::next_number(conn, &coop.id)?,
        facts,
    })
}

/// Reads the facts; counting barred records reads every record, so it is done outside a write only.
fn facts(conn: &mut Conn, coop: &Coop, deal: i64, now: Timestamp, count_barred: bool) -> Result<Facts> {
    let id = &coop.id;
    let Some(agreed) = store::agreed(conn, id, deal)? else {
        return if store::deal_exists(conn, id, deal)? { Err(Refusal::NotAgreed.into()) } else { Err(crate::error::NotFound.into()) };
    };
    let (version, sheet, sheet_hash, total, currency) = store::offer(conn, id, &agreed.offer)?;
    let (mandate, notice_hash, notice_text) = store::vote(conn, id, &agreed.proposal)?;
    let (revision, frozen, manifest) = corpora::frozen(conn, id, &agreed.revision)?;
    let corpus = corpora::corpus(conn, id, &agreed.corpus)?;
    let closed = mandate.closes_at;
    let complaint_days = coops::bylaws(conn, id, closed)?.1.complaint_days;
    let withheld = match tariffs::not_withheld(conn, id, now, &coop.zone) {
        Ok(()) => None,
        Err(error) => Some(error.refusal::<tariffs::Refusal>().cloned().ok_or(error)?),
    };
    Ok(Facts {
        deal,
        buyer: store::buyer(conn, &agreed.buyer)?,
        accepted: store::accepted(conn, id, &agreed.negotiation, &agreed.offer)?,
        ended: store::ended(conn, id, &agreed.negotiation)?,
        issued: store::number_for(conn, id, &agreed.negotiation)?,
        complaints_until: closed.plus(complaint_days.saturating_mul(DAY)),
        cleared: manifest.uses,
        barred: if count_barred { corpora::barred(conn, id, &agreed.revision, now)? } else { 0 },
        floors_then: tariffs::floors_at(conn, id, closed)?,
        floors_now: tariffs::floors_at(conn, id, now)?,
        corpus: Corpus {
            name: corpus.name,
            slug: corpus.slug,
            revision: revision.number,
            id: agreed.revision,
            holds: frozen.quantities(),
            root: frozen.root,
            manifest: frozen.manifest_hash,
        },
        negotiation: agreed.negotiation,
        offer: agreed.offer,
        proposal: agreed.proposal,
        version,
        sheet,
        sheet_hash,
        total,
        currency,
        mandate,
        notice_hash,
        notice_text,
        withheld,
    })
}

/// What the licence says, given when and under which id it is signed.
fn claims(hall: &str, coop: &Coop, ready: &Ready, jti: LicenceId, at: Timestamp, checks: &[tariffs::FloorCheck]) -> Result<Claims> {
    let facts = &ready.facts;
    let terms: crate::kernel::terms::TermSheet = serde_json::from_str(&facts.sheet)?;
    Ok(Claims {
        iss: hall.to_owned(),
        sub: format!("urn:uuid:{}", facts.buyer.id),
        aud: AUDIENCE.to_owned(),
        iat: at.seconds(),
        nbf: at.seconds(),
        exp: at.months_later(terms.months, &coop.zone).seconds(),
        status: format!("{hall}/licences/{jti}/status"),
        jti,
        number: ready.number,
        licensor: Licensor { id: coop.id.clone(), name: coop.name.clone(), page: format!("{hall}/c/{}", coop.slug) },
        licensee: facts.buyer.clone(),
        corpus: facts.corpus.clone(),
        terms,
        terms_hash: facts.sheet_hash.clone(),
        total: Total { minor: facts.total, currency: facts.currency.clone() },
        agreed: Agreed {
            negotiation: facts.negotiation.clone(),
            deal: facts.deal,
            offer: facts.offer.clone(),
            version: facts.version,
            accepted_text: facts.accepted.clone().ok_or(Refusal::NotAccepted)?,
        },
        ratified: Ratified {
            proposal: facts.proposal.clone(),
            number: facts.mandate.number,
            matter: facts.mandate.matter_hash.clone(),
            notice: facts.notice_hash.clone(),
            ballots: ready.ballots.clone(),
            record: facts.mandate.record_hash.clone(),
            closed: facts.mandate.closes_at.seconds(),
        },
        floors: checks.iter().map(Bound::from).collect(),
        journal: ready.journal.clone(),
    })
}

/// What the steward confirms, if a licence may be issued.
///
/// # Errors
/// The first reason why not.
pub fn act(hall: &str, coop: &Coop, ready: &Ready, now: Timestamp) -> Result<Digest> {
    let checks = rules::admit(&ready.facts, now, &coop.zone)?;
    Ok(claims(hall, coop, ready, fresh_id(now)?, now, &checks)?.act()?)
}

/// Reads everything, checks it and signs the licence, outside any transaction.
///
/// # Errors
/// As [`ready`], and the first reason why it may not be issued.
pub async fn prepare(app: &App, coop: &Coop, deal: i64) -> Result<Prepared> {
    let (of, at) = (coop.clone(), app.now());
    let ready = app.db.read(move |conn| ready(conn, &of, deal, at)).await?;
    let checks = rules::admit(&ready.facts, at, &coop.zone)?;
    let claims = claims(&app.config.public_url, coop, &ready, fresh_id(at)?, at, &checks)?;
    let signer = keys::signer(app).await?;
    let jwt = signer.sign(MEDIA_TYPE, &claims)?;
    let act = claims.act()?;
    Ok(Prepared { claims, jwt, kid: signer.kid, act, at })
}

/// An id for a licence that is signed before it is stored (RFC 9562, version 7).
fn fresh_id(at: Timestamp) -> Result<LicenceId> {
    let millis = u64::try_from(at.0 / 1_000).unwrap_or(0);
    let id = uuid::Builder::from_unix_timestamp_millis(millis, &crate::platform::db::random()).into_uuid();
    LicenceId::parse(&id.hyphenated().to_string()).or_not_found()
}

/// Stores a signed licence and tells the buyer. Everything it rests on is read and checked again;
/// what was signed must be exactly what would be signed now.
///
/// # Errors
/// The need of the office, any [`Refusal`], a password that was not given for exactly this.
pub fn issue(tx: &mut Tx<'_>, actor: &Actor, coop: &Coop, prepared: &Prepared) -> Result<i64> {
    let (steward, now) = (coops::with_role(tx, actor, &coop.id, Role::Steward)?, tx.now());
    let signed = &prepared.claims;
    let fresh = Ready {
        facts: facts(tx, coop, signed.agreed.deal, now, false)?,
        number: store::next_number(tx, &coop.id)?,
        ballots: signed.ratified.ballots.clone(),
        journal: signed.journal.clone(),
    };
    let checks = rules::admit(&fresh.facts, now, &coop.zone)?;
    let again = claims(&signed.iss, coop, &fresh, signed.jti.clone(), prepared.at, &checks)?;
    let late = now.0.saturating_sub(prepared.at.0) > SIGNING_LASTS || now < prepared.at;
    let known = signed.journal.height == 0 || store::head_published(tx, &coop.id, &signed.journal)?;
    if again != *signed || late || !known || !keys::signs(tx, &prepared.kid)? || store::withdrawn_between(tx, &coop.id, prepared.at.plus(-1), now)? {
        return Err(Refusal::Overtaken.into());
    }
    actor.confirmed(&signed.act()?, now)?;
    let floors = serde_json::to_string(&signed.floors)?;
    let stored = store::Signed { sheet: &fresh.facts.sheet, floors: &floors, kid: &prepared.kid, jwt: &prepared.jwt };
    store::insert(tx, &coop.id, signed, &stored, &steward.member)?;
    let told = json!({
        "number": signed.number, "negotiation": signed.agreed.negotiation, "offer": signed.agreed.offer, "sheet_hash": signed.terms_hash,
        "corpus_root": signed.corpus.root, "record_hash": signed.ratified.record, "total": signed.total.minor, "currency": signed.total.currency,
        "token_hash": Digest::of(prepared.jwt.as_bytes()),
    });
    journal::append(tx, &coop.id, "licence_issued", signed.jti.as_str(), &told)?;
    let body = format!("{} has issued a licence to {}. You can read it, check it and fetch the files here:\n\n{}/c/{}/licences/{}\n", coop.name, signed.licensee.name, signed.iss, coop.slug, signed.number);
    mail_buyer(tx, &coop.id, &signed.licensee.id, &body)?;
    Ok(signed.number)
}

fn mail_buyer(tx: &mut Tx<'_>, coop: &CoopId, buyer: &BuyerId, body: &str) -> Result<()> {
    for to in store::addresses(tx, buyer)? {
        outbox::queue(tx, &Mail { coop: Some(coop.clone()), to, subject: "Something is waiting for you".to_owned(), body: body.to_owned() })?;
    }
    Ok(())
}

impl Licence {
    /// How it stands.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> Status {
        rules::status(self.ground.zip(self.revoked_at), self.ends_at, now)
    }

    /// What a steward confirms to revoke it.
    #[must_use]
    pub fn revocation_act(&self) -> Digest {
        Digest::of_parts(&[b"revoke a licence", self.id.as_str().as_bytes(), self.jwt.as_bytes()])
    }

    /// What it says.
    ///
    /// # Errors
    /// When the stored token was damaged past the program.
    pub fn claims(&self) -> Result<Claims> {
        use anyhow::Context as _;
        use base64::Engine as _;
        let body = self.jwt.split('.').nth(1).context("a token has three parts")?;
        let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(body).context("a token is base64url")?;
        Ok(serde_json::from_slice(&bytes)?)
    }
}

/// Revokes a licence for a reason; the buyer is told, and nothing more is delivered.
///
/// # Errors
/// The need of the office, [`Refusal::Revoked`], [`Refusal::Expired`], a password that was not given
/// for exactly this.
pub fn revoke(tx: &mut Tx<'_>, actor: &Actor, coop: &Coop, number: i64, ground: Ground, reason: &str) -> Result<()> {
    let (steward, now) = (coops::with_role(tx, actor, &coop.id, Role::Steward)?, tx.now());
    let licence = numbered(tx, &coop.id, number)?;
    match licence.status(now) {
        Status::Active => {}
        Status::Revoked(..) => return Err(Refusal::Revoked.into()),
        Status::Expired(_) => return Err(Refusal::Expired.into()),
    }
    actor.confirmed(&licence.revocation_act(), now)?;
    store::revoke(tx, &coop.id, &licence.id, ground, reason, &steward.member)?;
    journal::append(tx, &coop.id, "licence_revoked", licence.id.as_str(), &json!({ "number": number, "ground": ground, "by": steward.member }))?;
    let body = format!("{} has revoked licence {number} to {}: {}.\n\n{reason}\n\nNothing more is delivered under it. Its terms say what happens to copies and models.\n", coop.name, licence.buyer_name, ground.phrase());
    mail_buyer(tx, &coop.id, &licence.buyer, &body)
}

/// A licence by its number.
///
/// # Errors
/// Not found.
pub fn numbered(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<Licence> {
    store::numbered(conn, coop, number).or_not_found()
}

/// A licence by its id, of whichever cooperative: licences are public.
///
/// # Errors
/// Not found.
pub fn by_id(conn: &mut Conn, id: &LicenceId) -> Result<Licence> {
    store::by_id(conn, id).or_not_found()
}

/// A cooperative's licences with numbers below one, newest first.
///
/// # Errors
/// When the database does.
pub fn of_coop(conn: &mut Conn, coop: &CoopId, before: i64, limit: i64) -> Result<Vec<Licence>> {
    Ok(store::of_coop(conn, coop, before, limit)?)
}

/// A buyer's licences from all cooperatives, newest first.
///
/// # Errors
/// When the database does.
pub fn of_buyer(conn: &mut Conn, buyer: &BuyerId) -> Result<Vec<Licence>> {
    Ok(store::of_buyer(conn, buyer)?)
}

/// Payments for a licence and the runs that share them out.
///
/// # Errors
/// When the database does.
pub fn paid(conn: &mut Conn, licence: &Licence) -> Result<Vec<Paid>> {
    Ok(store::paid(conn, &licence.coop, &licence.id)?)
}

/// The buyer an account acts for.
///
/// # Errors
/// When the database does.
pub fn buyer_of(conn: &mut Conn, account: Option<&AccountId>) -> Result<Option<BuyerId>> {
    match account {
        Some(account) => Ok(store::buyer_of(conn, account)?),
        None => Ok(None),
    }
}

/// Whether something was withdrawn in the cooperative between two instants, so that revisions frozen
/// before have to be looked at again.
///
/// # Errors
/// When the database does.
pub fn withdrawn_between(conn: &mut Conn, coop: &CoopId, after: Timestamp, until: Timestamp) -> Result<bool> {
    Ok(store::withdrawn_between(conn, coop, after, until)?)
}

/// The instant whole seconds since 1970 name.
#[must_use]
pub const fn instant(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(SECOND))
}
