//! The page of one negotiation, the same for both sides, and its acts: offer, accept, put to
//! members, withdraw.

use super::rules::{State, acceptance_act};
use super::sight::{Can, Seen, What, look, stamp};
use super::{MOST_DAYS, Signature, Terms, members};
use crate::bargaining::tariffs::Floor;
use crate::error::{Error, OrNotFound as _, Result};
use crate::kernel::digest::Digest;
use crate::kernel::time::Timestamp;
use crate::membership::coops;
use crate::platform::web::charts::Chart;
use crate::platform::web::terms::{self, Asks};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

#[derive(Template)]
#[template(path = "offers/deal.html")]
struct DealPage {
    frame: Frame,
    seen: Seen,
    state: State,
    stamp: &'static str,
    words: &'static str,
    can: Can,
    ladder: Chart,
    binding: Vec<(Floor, String)>,
    units: Vec<(&'static str, String, String)>,
    /// Heading, words, whether beyond the adopted terms.
    clauses: Vec<(&'static str, String, bool)>,
    story: Vec<(Timestamp, What)>,
}

#[derive(Template)]
#[template(path = "offers/offer.html")]
struct OfferPage {
    frame: Frame,
    form: Fields,
    seen: Seen,
    currency: String,
    binding: Vec<(Floor, String)>,
}

#[derive(Template)]
#[template(path = "offers/acceptance.html")]
struct AcceptancePage {
    frame: Frame,
    form: Fields,
    seen: Seen,
    text: String,
    text_hash: Digest,
    act: Digest,
}

#[derive(Template)]
#[template(path = "offers/vote.html")]
struct VotePage {
    frame: Frame,
    form: Fields,
    seen: Seen,
    title: String,
    body: String,
}

#[derive(Template)]
#[template(path = "offers/withdrawal.html")]
struct WithdrawalPage {
    frame: Frame,
    form: Fields,
    seen: Seen,
    with_vote: bool,
}

/// Where a negotiation stands: the cooperative's name in addresses, and the number.
type At = Path<(String, String)>;

fn number_of(text: &str) -> Result<i64> {
    text.parse().ok().filter(|number| *number > 0).or_not_found()
}

async fn seen(hall: &Hall, at: &At) -> Result<Seen> {
    hall.account()?;
    let (actor, now, slug, number) = (hall.actor(), hall.now(), at.0.clone(), number_of(&at.1)?);
    hall.app.db.read(move |conn| look(conn, &actor, &slug, number, now)).await
}

/// A negotiation whose reader speaks for one of its sides.
async fn seen_by_party(hall: &Hall, at: &At) -> Result<Seen> {
    let seen = seen(hall, at).await?;
    if !seen.is_buyer() {
        seen.here.with_role(coops::Role::Negotiator)?;
    }
    Ok(seen)
}

fn frame(hall: &Hall, seen: &Seen, title: &str) -> Frame {
    hall.frame(format!("{title}, negotiation no. {}", seen.deal.what.number)).in_coop(&seen.here, "deals")
}

fn location(seen: &Seen) -> String {
    format!("/c/{}/deals/{}", seen.here.coop.slug, seen.deal.what.number)
}

/// Where to look after an act, or the form again with what was refused; a price below the floor is
/// kept in the book first.
async fn settled(hall: &Hall, seen: &Seen, form: &mut Fields, answer: Result<String>) -> Result<Option<String>> {
    match answer {
        Ok(location) => Ok(Some(location)),
        Err(error) => {
            let error: Error = super::kept(&hall.app.db, &seen.here.coop.id, error).await?;
            form.take(error)?;
            Ok(None)
        }
    }
}

/// A negotiation.
pub async fn show(hall: Hall, at: At) -> Answer {
    let seen = seen(&hall, &at).await?;
    let frame = frame(&hall, &seen, &seen.deal.what.buyer.name);
    let (state, can, ladder, binding) = (seen.state(), seen.can(), seen.ladder(), seen.binding());
    let (units, clauses, story) = (seen.in_every_unit(), seen.clauses(), seen.story());
    page(&DealPage { frame, state, stamp: stamp(state), words: state.phrase(), can, ladder, binding, units, clauses, story, seen }, Default::default())
}

fn offer_page(hall: &Hall, seen: Seen, form: Fields) -> Answer {
    let status = form.status();
    let frame = frame(hall, &seen, "Make an offer").of_form(&form);
    let (currency, binding) = (seen.here.coop.currency()?.code().to_owned(), seen.binding());
    page(&OfferPage { frame, form, currency, binding, seen }, status)
}

/// The form for a new version, filled with the one on the table.
pub async fn offer_form(hall: Hall, at: At) -> Answer {
    let seen = seen_by_party(&hall, &at).await?;
    seen.deal.course.may_offer(hall.now())?;
    let latest = &seen.deal.latest;
    let form = terms::filled(Fields::empty(), &latest.sheet).with("valid_days", "30").with("version", &latest.version.to_string());
    offer_page(&hall, seen, form)
}

/// Reads the terms of a version.
pub(super) fn read_terms(form: &mut Fields, currency: &crate::kernel::money::Currency) -> Terms {
    let sheet = terms::read(form, &Asks::Price(currency));
    let valid_days = form.number("valid_days", "Days it stands", 1..=MOST_DAYS);
    let note = crate::kernel::text::clean(&form.value("note").replace("\r\n", "\n"));
    if note.chars().count() > 2_000 {
        form.refuse("note", "At most 2000 characters fit here.");
    }
    Terms { sheet, note, valid_days }
}

fn version_of(form: &mut Fields) -> i64 {
    form.number("version", "Version", 1..=1_000)
}

/// Puts a version on the table.
pub async fn offer(hall: Hall, at: At, mut form: Fields) -> Answer {
    let seen = seen_by_party(&hall, &at).await?;
    let (terms, version) = (read_terms(&mut form, &seen.here.coop.currency()?), version_of(&mut form));
    if !form.is_fine() {
        return offer_page(&hall, seen, form);
    }
    let (coop, number, url, location) = (seen.here.coop.id.clone(), seen.deal.what.number, hall.app.config.public_url.clone(), location(&seen));
    let answer = hall.act(&form, move |tx, actor| super::offer(tx, actor, &coop, number, version, &terms, &url).map(|_| location.clone())).await;
    match settled(&hall, &seen, &mut form, answer).await? {
        Some(location) => see_other(&location),
        None => offer_page(&hall, seen, form),
    }
}

fn acceptance_page(hall: &Hall, seen: Seen, form: Fields) -> Answer {
    let status = form.status();
    let text = seen.deal.text(&seen.here.coop);
    let text_hash = Digest::of(text.as_bytes());
    let frame = frame(hall, &seen, "Accept").of_form(&form);
    page(&AcceptancePage { frame, form, act: acceptance_act(&text_hash), text, text_hash, seen }, status)
}

async fn seen_by_buyer(hall: &Hall, at: &At) -> Result<Seen> {
    let seen = seen(hall, at).await?;
    seen.is_buyer().then_some(()).or_not_found()?;
    Ok(seen)
}

/// The page on which a signatory accepts the version on the table.
pub async fn acceptance_form(hall: Hall, at: At) -> Answer {
    let seen = seen_by_buyer(&hall, &at).await?;
    seen.deal.course.may_accept(hall.now())?;
    let form = Fields::empty().with("version", &seen.deal.latest.version.to_string());
    acceptance_page(&hall, seen, form)
}

fn read_signature(form: &mut Fields) -> Signature {
    Signature {
        name: form.line("name", "Your full name", 120),
        role: form.line("role", "Your office", 120),
        authority: form.line("authority", "By what authority you sign", 300),
        order_number: form.line("order_number", "Your order number", 60),
    }
}

/// Accepts the version on the table, with the password for exactly its text.
pub async fn accept(hall: Hall, at: At, mut form: Fields) -> Answer {
    let seen = seen_by_buyer(&hall, &at).await?;
    let (signature, version) = (read_signature(&mut form), version_of(&mut form));
    if !form.is_fine() {
        return acceptance_page(&hall, seen, form);
    }
    let (coop, number, url, location) = (seen.here.coop.id.clone(), seen.deal.what.number, hall.app.config.public_url.clone(), location(&seen));
    let answer = hall.confirmed_act(&form, move |tx, actor| super::accept(tx, actor, &coop, number, version, &signature, &url).map(|()| location.clone())).await;
    match settled(&hall, &seen, &mut form, answer).await? {
        Some(location) => see_other(&location),
        None => acceptance_page(&hall, seen, form),
    }
}

fn vote_page(hall: &Hall, seen: Seen, form: Fields) -> Answer {
    let status = form.status();
    let (title, body) = members::question(&seen.here.coop, &seen.deal);
    let frame = frame(hall, &seen, "Put to members").of_form(&form);
    page(&VotePage { frame, form, title, body, seen }, status)
}

async fn seen_by_negotiator(hall: &Hall, at: &At) -> Result<Seen> {
    let seen = seen(hall, at).await?;
    (!seen.is_buyer()).then_some(()).or_not_found()?;
    seen.here.with_role(coops::Role::Negotiator)?;
    Ok(seen)
}

/// The question as it would be put to members.
pub async fn vote_form(hall: Hall, at: At) -> Answer {
    let seen = seen_by_negotiator(&hall, &at).await?;
    seen.deal.course.may_put(hall.now())?;
    let form = Fields::empty().with("version", &seen.deal.latest.version.to_string());
    vote_page(&hall, seen, form)
}

/// Puts the accepted version to members: a draft that is then noticed.
pub async fn vote(hall: Hall, at: At, mut form: Fields) -> Answer {
    let seen = seen_by_negotiator(&hall, &at).await?;
    let version = version_of(&mut form);
    if !form.is_fine() {
        return vote_page(&hall, seen, form);
    }
    let (coop, number, url, slug) = (seen.here.coop.id.clone(), seen.deal.what.number, hall.app.config.public_url.clone(), seen.here.coop.slug.clone());
    let answer = hall.act(&form, move |tx, actor| super::put_to_members(tx, actor, &coop, number, version, &url).map(|n| format!("/c/{slug}/proposals/{n}"))).await;
    match settled(&hall, &seen, &mut form, answer).await? {
        Some(location) => see_other(&location),
        None => vote_page(&hall, seen, form),
    }
}

fn withdrawal_page(hall: &Hall, seen: Seen, form: Fields) -> Answer {
    let status = form.status();
    let with_vote = seen.deal.course.may_withdraw(hall.now(), &seen.here.coop.zone).unwrap_or(false);
    let frame = frame(hall, &seen, "Withdraw").of_form(&form);
    page(&WithdrawalPage { frame, form, with_vote, seen }, status)
}

/// The page on which either side ends the negotiation.
pub async fn withdrawal_form(hall: Hall, at: At) -> Answer {
    let seen = seen_by_party(&hall, &at).await?;
    seen.deal.course.may_withdraw(hall.now(), &seen.here.coop.zone)?;
    withdrawal_page(&hall, seen, Fields::empty())
}

/// Ends the negotiation with a reason.
pub async fn withdraw(hall: Hall, at: At, mut form: Fields) -> Answer {
    let seen = seen_by_party(&hall, &at).await?;
    let reason = form.text("reason", "Why you withdraw", 1_000);
    if !form.is_fine() {
        return withdrawal_page(&hall, seen, form);
    }
    let (coop, number, url, location) = (seen.here.coop.id.clone(), seen.deal.what.number, hall.app.config.public_url.clone(), location(&seen));
    let answer = hall.act(&form, move |tx, actor| super::withdraw(tx, actor, &coop, number, &reason, &url).map(|()| location.clone())).await;
    match settled(&hall, &seen, &mut form, answer).await? {
        Some(location) => see_other(&location),
        None => withdrawal_page(&hall, seen, form),
    }
}
