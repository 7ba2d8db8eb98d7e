//! Pages of licences: the list, the public record with the chain behind it, the contract that
//! prints, and the files a stranger checks with.

use super::claims::Claims;
use super::rules::Status;
use super::{Licence, Paid};
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::ids::{BuyerId, Id as _, LicenceId};
use crate::kernel::money::Currency;
use crate::kernel::terms::{Clause, clauses};
use crate::kernel::text::thousands;
use crate::kernel::time::Zone;
use crate::licensing::{deliveries, usage};
use crate::membership::coops::{self, Coop, Here, Role};
use crate::platform::db::Conn;
use crate::platform::web::{Answer, Frame, Hall, attachment, page};
use crate::pool::corpora;
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;
use serde_json::json;

/// A licence, and who reads about it.
#[derive(Clone, Debug)]
pub struct Reader {
    /// The cooperative, and the reader's standing there.
    pub here: Here,
    /// The licence.
    pub licence: Licence,
    /// What it says.
    pub claims: Claims,
    /// How it stands now.
    pub status: Status,
    /// Whether the reader acts for the licensee.
    pub buyer: bool,
}

impl Reader {
    /// Whether the reader is of one of the two parties.
    #[must_use]
    pub const fn is_party(&self) -> bool {
        self.buyer || self.here.standing.is_some()
    }

    /// Whether the reader may revoke it now.
    #[must_use]
    pub fn may_revoke(&self) -> bool {
        self.status == Status::Active && self.here.standing.as_ref().is_some_and(|standing| standing.may(Role::Steward))
    }

    /// The address of its page.
    #[must_use]
    pub fn page(&self) -> String {
        format!("/c/{}/licences/{}", self.here.coop.slug, self.licence.number)
    }

    /// The permitted uses in words.
    #[must_use]
    pub fn uses(&self) -> String {
        self.claims.terms.uses.iter().map(|used| used.phrase()).collect::<Vec<_>>().join("; ")
    }

    /// When its ratifying vote closed.
    #[must_use]
    pub fn closed(&self) -> String {
        super::instant(self.claims.ratified.closed).day(self.zone())
    }

    /// The words around its seal, filled up so that they go once round.
    #[must_use]
    pub fn around(&self) -> String {
        format!("{} \u{2022} licence {}", self.claims.licensor.name, self.licence.number)
    }

    /// The zone of its times.
    #[must_use]
    pub const fn zone(&self) -> &Zone {
        &self.here.coop.zone
    }

    /// The class of its stamp and seal.
    #[must_use]
    pub const fn mark(&self) -> &'static str {
        match self.status {
            Status::Active => "issued",
            Status::Revoked(..) => "revoked",
            Status::Expired(_) => "closed",
        }
    }
}

/// A licence by the number in its address, for whoever reads.
///
/// # Errors
/// Not found.
pub async fn reader(hall: &Hall, slug: &str, number: &str) -> Result<Reader> {
    let (actor, now, slug) = (hall.actor(), hall.now(), slug.to_owned());
    let number: i64 = number.parse().ok().or_not_found()?;
    hall.app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let licence = super::numbered(conn, &here.coop.id, number)?;
            let buyer = super::buyer_of(conn, actor.account())?.as_ref() == Some(&licence.buyer);
            Ok(Reader { claims: licence.claims()?, status: licence.status(now), here, licence, buyer })
        })
        .await
}

/// A row of a list of licences.
struct Row {
    licence: Licence,
    status: Status,
    coop: Coop,
    total: String,
}

fn row(conn: &mut Conn, licence: Licence, now: crate::kernel::time::Timestamp) -> Result<Row> {
    let coop = coops::coop(conn, &licence.coop)?;
    Ok(Row { status: licence.status(now), coop, total: licence.currency.show(licence.total), licence })
}

#[derive(Template)]
#[template(path = "licences/list.html")]
struct ListPage {
    frame: Frame,
    here: Here,
    rows: Vec<Row>,
    older: String,
}

/// Where a list goes on.
#[derive(Deserialize)]
pub struct Before {
    before: Option<i64>,
}

const PAGE: i64 = 50;

/// All licences of a cooperative.
pub async fn list(hall: Hall, slug: Path<String>, from: Query<Before>) -> Answer {
    let (actor, now, before) = (hall.actor(), hall.now(), from.before.unwrap_or(i64::MAX));
    let (here, rows) = hall
        .app
        .db
        .read(move |conn| {
            let here = coops::enter(conn, &actor, &slug, now)?;
            let licences = super::of_coop(conn, &here.coop.id, before, PAGE)?;
            let rows = licences.into_iter().map(|licence| row(conn, licence, now)).collect::<Result<Vec<_>>>()?;
            Ok((here, rows))
        })
        .await?;
    let last = rows.last().map_or(1, |row| row.licence.number);
    let older = if last > 1 { format!("/c/{}/licences?before={last}", here.coop.slug) } else { String::new() };
    page(&ListPage { frame: hall.frame("Licences").in_coop(&here, "licences"), here, rows, older }, Default::default())
}

#[derive(Template)]
#[template(path = "licences/buyer.html")]
struct BuyerPage {
    frame: Frame,
    rows: Vec<Row>,
}

/// The licences of the reader's own organisation.
pub async fn mine(hall: Hall) -> Answer {
    let (account, now) = (hall.account()?, hall.now());
    let rows = hall
        .app
        .db
        .read(move |conn| {
            let Some(buyer): Option<BuyerId> = super::buyer_of(conn, Some(&account))? else { return Err(NotFound.into()) };
            super::of_buyer(conn, &buyer)?.into_iter().map(|licence| row(conn, licence, now)).collect::<Result<Vec<_>>>()
        })
        .await?;
    page(&BuyerPage { frame: hall.frame("Our licences"), rows }, Default::default())
}

/// A floor that bound the price, in words.
struct FloorRow {
    words: String,
    number: i64,
    least: String,
}

#[derive(Template)]
#[template(path = "licences/record.html")]
struct RecordPage {
    frame: Frame,
    reader: Reader,
    total: String,
    clauses: Vec<Clause>,
    floors: Vec<FloorRow>,
    /// What it holds: records, words.
    holds: (String, String),
    ends: String,
    handed: deliveries::Handed,
    reports: Vec<usage::Report>,
    paid: Vec<Paid>,
    received: String,
    revoked: Option<(String, String)>,
}

fn floors(claims: &Claims) -> Vec<FloorRow> {
    let row = |floor: &super::claims::Bound| FloorRow {
        words: format!("{} {} for {}, {} buyers", floor.currency.show_rate(floor.rate), floor.unit, floor.purpose, floor.class),
        number: floor.number,
        least: floor.currency.show(floor.least),
    };
    claims.floors.iter().map(row).collect()
}

/// The public record of one licence: what it is, and the chain behind it.
pub async fn record(hall: Hall, path: Path<(String, String)>) -> Answer {
    let reader = reader(&hall, &path.0, &path.1).await?;
    let licence = reader.licence.clone();
    let (handed, reports, paid, reason) = hall
        .app
        .db
        .read(move |conn| {
            let reason = super::store::reason(conn, &licence.coop, &licence.id)?;
            Ok((deliveries::handed(conn, &licence)?, usage::of(conn, &licence)?, super::paid(conn, &licence)?, reason))
        })
        .await?;
    let (claims, zone) = (&reader.claims, reader.zone());
    let revoked = match (&reader.status, reason) {
        (Status::Revoked(ground, at), Some(reason)) => Some((format!("Revoked {}: {}.", at.long(zone), ground.phrase()), reason)),
        _ => None,
    };
    let frame = hall.frame(format!("Licence {}", reader.licence.number)).in_coop(&reader.here, "licences");
    page(
        &RecordPage {
            total: claims.total.currency.show(claims.total.minor),
            clauses: clauses(&claims.terms),
            floors: floors(claims),
            holds: (thousands(claims.corpus.holds.records), thousands(claims.corpus.holds.words)),
            ends: reader.licence.ends_at.day(zone),
            received: received(&paid, &claims.total.currency),
            frame,
            handed,
            reports,
            paid,
            revoked,
            reader,
        },
        Default::default(),
    )
}

/// What has come in, each receipt counted once though several runs may name it.
fn received(paid: &[Paid], currency: &Currency) -> String {
    let mut seen = std::collections::BTreeSet::new();
    let sum = paid.iter().filter(|p| seen.insert(p.receipt)).fold(0_i64, |sum, p| sum.saturating_add(p.amount));
    currency.show(sum)
}

#[derive(Template)]
#[template(path = "licences/contract.html")]
struct ContractPage {
    frame: Frame,
    reader: Reader,
    clauses: Vec<Clause>,
    total: String,
    issued: String,
    ends: String,
    signatory: Option<super::store::Signatory>,
    hall_url: String,
}

/// The contract, for the two parties; it prints as one.
pub async fn contract(hall: Hall, path: Path<(String, String)>) -> Answer {
    hall.account()?;
    let reader = reader(&hall, &path.0, &path.1).await?;
    if !reader.is_party() {
        return Err(NotFound.into());
    }
    let licence = reader.licence.clone();
    let signatory = hall.app.db.read(move |conn| Ok(super::store::signatory(conn, &licence.coop, &licence.negotiation, &licence.offer)?)).await?;
    let (claims, zone) = (&reader.claims, reader.zone());
    let frame = hall.frame(format!("Contract of licence {}", reader.licence.number)).in_coop(&reader.here, "licences");
    page(
        &ContractPage {
            clauses: clauses(&claims.terms),
            total: claims.total.currency.show(claims.total.minor),
            issued: reader.licence.issued_at.day(zone),
            ends: reader.licence.ends_at.day(zone),
            hall_url: hall.app.config.public_url.clone(),
            frame,
            signatory,
            reader,
        },
        Default::default(),
    )
}

/// The manifest of the licensed revision, for whoever checks files against it.
pub async fn manifest(hall: Hall, path: Path<(String, String)>) -> Answer {
    let licence = reader(&hall, &path.0, &path.1).await?.licence;
    let manifest = hall.app.db.read(move |conn| Ok(corpora::frozen(conn, &licence.coop, &licence.revision)?.1.manifest)).await?;
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(manifest))
}

/// A licence by the id in its address.
async fn by_id(hall: &Hall, id: &str) -> Result<Licence> {
    let id = LicenceId::parse(id).or_not_found()?;
    hall.app.db.read(move |conn| super::by_id(conn, &id)).await
}

/// The signed token itself.
pub async fn token(hall: Hall, id: Path<String>) -> Answer {
    let licence = by_id(&hall, &id).await?;
    attachment(&format!("{}-licence-{}.jwt", licence.slug, licence.number), "application/jwt", licence.jwt)
}

/// How a licence stands, for machines.
pub async fn status(hall: Hall, id: Path<String>) -> Answer {
    let (licence, now) = (by_id(&hall, &id).await?, hall.now());
    let status = licence.status(now);
    let (reason, since) = match &status {
        Status::Active => (None, licence.issued_at),
        Status::Revoked(ground, at) => (Some(ground.word()), *at),
        Status::Expired(at) => (None, *at),
    };
    let told = json!({ "licence": licence.id, "status": status.word(), "reason": reason, "since": since.iso(), "ends": licence.ends_at.iso(), "asked": now.iso() });
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "application/json")).body(told.to_string()))
}
