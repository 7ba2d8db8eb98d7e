//! Floors and the guard that holds every offer against them. Exact integer arithmetic: an offer is
//! compared by cross multiplication and nothing is rounded in anybody's favour.

use crate::kernel::digest::Digest;
use crate::kernel::ids::{FloorId, ProposalId};
use crate::kernel::matter::Ladder;
use crate::kernel::money::{Currency, Rate};
use crate::kernel::terms::{BuyerClass, Price, Quantities, TermSheet, Unit, Use};
use crate::kernel::text::thousands;
use crate::kernel::time::{Timestamp, Zone};
use diesel::Queryable;
use serde::Serialize;
use std::collections::BTreeSet;

/// A lowest price that members voted, in force from an instant until a later one for the same use,
/// unit and class of buyer replaces it.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Serialize)]
pub struct Floor {
    /// Its id.
    pub id: FloorId,
    /// For which use.
    #[serde(rename = "use")]
    pub purpose: Use,
    /// For which buyers.
    pub class: BuyerClass,
    /// Counted in.
    pub unit: Unit,
    /// The cooperative's currency.
    pub currency: Currency,
    /// For one unit, in millionths of a minor unit.
    pub rate: Rate,
    /// The vote that set it.
    pub proposal: ProposalId,
    /// That vote's number.
    pub number: i64,
    /// In force from here: the instant the vote closed.
    pub since: Timestamp,
}

impl Floor {
    /// For people: `EUR 0.12 per record`.
    #[must_use]
    pub fn show(&self) -> String {
        format!("{} {}", self.currency.show_rate(self.rate), self.unit.phrase())
    }

    /// The price alone, for people: `EUR 0.12`.
    #[must_use]
    pub fn figure(&self) -> String {
        self.currency.show_rate(self.rate)
    }

    /// The least total for these quantities in minor units, rounded up; `None` past 2^63.
    #[must_use]
    pub fn least(&self, quantities: &Quantities) -> Option<i64> {
        let (num, den) = quantities.of(self.unit);
        self.rate.total(num, den)
    }
}

/// The floors in force at an instant out of their whole history: of each use, unit and class the
/// latest that had begun. Two of the same instant: the one noted later (by id) counts.
#[must_use]
pub fn in_force(history: &[Floor], at: Timestamp) -> Vec<Floor> {
    let mut begun: Vec<&Floor> = history.iter().filter(|floor| floor.since <= at).collect();
    begun.sort_by(|a, b| (b.since, &b.id).cmp(&(a.since, &a.id)));
    let mut seen = BTreeSet::new();
    let mut floors: Vec<Floor> = begun.into_iter().filter(|f| seen.insert((f.purpose, f.class, f.unit))).cloned().collect();
    floors.sort_by_key(|f| (f.purpose, f.class, f.unit));
    floors
}

/// A sum on offer for a quantity of records.
#[derive(Clone, Copy, Debug)]
pub struct Bid<'a> {
    /// As it was named: so much per unit.
    pub price: &'a Price,
    /// The sum due, minor units.
    pub total: i64,
    /// How much is licensed for it.
    pub quantities: &'a Quantities,
}

/// One floor that a bid was held against and met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FloorCheck {
    /// The floor.
    pub floor: Floor,
    /// The least total it allows for these quantities, minor units, rounded up.
    pub least: i64,
}

/// An offer below a floor, with everything needed to show why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The floor it stays furthest below.
    pub floor: FloorId,
    /// Offered, minor units.
    pub total: i64,
    /// Needed, minor units.
    pub least: i64,
    /// The arithmetic in words, as both sides are shown it.
    pub words: String,
}

/// Why a tariff act or a price was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A use without a floor cannot be priced.
    #[error("No floor is in force for {uses} by {class} buyers. Members vote a floor first; until then this cannot be licensed.")]
    NoFloor {
        /// The uses without a floor, in words.
        uses: String,
        /// The class.
        class: BuyerClass,
    },
    /// The price stays below a floor.
    #[error("{}", .0.words)]
    BelowFloor(Box<Shortfall>),
    /// Floors are in another currency.
    #[error("The price is in {offered} and the floors are in {floors}. Offer in {floors}.")]
    OtherCurrency {
        /// Of the offer.
        offered: Currency,
        /// Of the floors.
        floors: Currency,
    },
    /// The numbers do not fit.
    #[error("This price and quantity are larger than can be kept. Enter a smaller price.")]
    TooLarge,
    /// Not the hall.
    #[error("Only a vote of the members can do this. Make a proposal.")]
    VoteNeeded,
    /// The proposal did not pass, is not decided, or is about something else.
    #[error("No passed decision on exactly this matter was found.")]
    NotDecided,
    /// The floor moved between the ladder's freezing and its vote.
    #[error("The floor in force is {now}, but the ladder that members voted on was frozen when it was {then}. Vote on a new ladder.")]
    FloorMoved {
        /// In force now.
        now: String,
        /// In force when frozen.
        then: String,
    },
    /// The level voted is not on the ladder.
    #[error("The level {0} is not on the ladder that members voted on.")]
    NotOnLadder(String),
    /// Members have stopped new licences.
    #[error("Members voted to withhold: no new licences since {since} (no. {number}). A vote can lift it.")]
    Withheld {
        /// Since when, in the cooperative's zone.
        since: String,
        /// By which vote.
        number: i64,
    },
}

impl crate::error::Refusal for Refusal {
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::BelowFloor(_) | Self::OtherCurrency { .. } | Self::TooLarge => Some("rate"),
            _ => None,
        }
    }
}

/// Holds a bid against every floor in force for every permitted use. Each use needs at least one
/// floor; under each floor's own unit, total x 10^6 x denominator >= rate x numerator must hold exactly.
///
/// # Errors
/// [`Refusal::NoFloor`] names uses without a floor; [`Refusal::BelowFloor`] the floor most undercut.
pub fn floor_guard(bid: &Bid<'_>, uses: &BTreeSet<Use>, class: BuyerClass, floors: &[Floor], zone: &Zone) -> Result<Vec<FloorCheck>, Refusal> {
    let binding: Vec<&Floor> = floors.iter().filter(|f| f.class == class && uses.contains(&f.purpose)).collect();
    let bare: Vec<&str> = uses.iter().filter(|u| !binding.iter().any(|f| f.purpose == **u)).map(|u| u.phrase()).collect();
    if !bare.is_empty() || uses.is_empty() {
        let uses = if bare.is_empty() { "no use at all".to_owned() } else { bare.join(", ") };
        return Err(Refusal::NoFloor { uses, class });
    }
    let mut checks = Vec::with_capacity(binding.len());
    let mut worst: Option<(&Floor, i64)> = None;
    for floor in binding {
        if floor.currency != bid.price.currency {
            return Err(Refusal::OtherCurrency { offered: bid.price.currency.clone(), floors: floor.currency.clone() });
        }
        let least = floor.least(bid.quantities).ok_or(Refusal::TooLarge)?;
        if !meets(bid.total, floor.rate, bid.quantities.of(floor.unit)) && worst.is_none_or(|(_, most)| least > most) {
            worst = Some((floor, least));
        }
        checks.push(FloorCheck { floor: floor.clone(), least });
    }
    match worst {
        None => Ok(checks),
        Some((floor, least)) => {
            let words = shortfall_words(bid, floor, least, zone);
            Err(Refusal::BelowFloor(Box::new(Shortfall { floor: floor.id.clone(), total: bid.total, least, words })))
        }
    }
}

/// total >= rate x num / den, exactly.
fn meets(total: i64, rate: Rate, (num, den): (i64, i64)) -> bool {
    let offered = i128::from(total).checked_mul(Rate::MICROS).and_then(|o| o.checked_mul(i128::from(den)));
    let needed = i128::from(rate.0).checked_mul(i128::from(num));
    matches!((offered, needed), (Some(offered), Some(needed)) if offered >= needed)
}

/// "You offered EUR 600.00 for 6,205 records, which is EUR 0.0967 per record; the floor ..".
fn shortfall_words(bid: &Bid<'_>, floor: &Floor, least: i64, zone: &Zone) -> String {
    let currency = &floor.currency;
    let offered = if bid.price.unit == Unit::Flat || bid.price.unit == floor.unit {
        currency.show(bid.total)
    } else {
        format!("{}, in all {},", bid.price.show(), currency.show(bid.total))
    };
    let quantity = quantity_words(bid.quantities, floor.unit);
    let per_unit = match effective(bid.total, bid.quantities.of(floor.unit), floor.rate) {
        Some(rate) if floor.unit != Unit::Flat => format!(", which is {} {}", currency.show_rate(rate), floor.unit.phrase()),
        _ => String::new(),
    };
    format!(
        "You offered {offered} for {quantity}{per_unit}; the floor for {} in force since {} is {} = {}.",
        floor.purpose.phrase(),
        floor.since.day(zone),
        floor.show(),
        currency.show(least),
    )
}

/// How much of a unit there is, in words: `6,205 records`.
#[must_use]
pub fn quantity_words(quantities: &Quantities, unit: Unit) -> String {
    match unit {
        Unit::Flat => "the whole corpus".to_owned(),
        Unit::Record => format!("{} records", thousands(quantities.records)),
        Unit::ThousandWords => format!("{} words", thousands(quantities.words)),
        Unit::Megabyte => format!("{} bytes of text", thousands(quantities.bytes)),
    }
}

/// The price per unit that a total comes to, rounded to four places of the minor unit or finer so
/// that an offer below the floor never reads as one at it. `None` for nothing at all.
#[must_use]
pub fn effective(total: i64, (num, den): (i64, i64), floor: Rate) -> Option<Rate> {
    if num == 0 {
        return None;
    }
    let exact = i128::from(total).checked_mul(Rate::MICROS)?.checked_mul(i128::from(den))?;
    let cut = |step: i128| exact.checked_add(i128::from(num) * step / 2)?.checked_div(i128::from(num).checked_mul(step)?)?.checked_mul(step);
    let coarse = cut(10_000).and_then(|micros| i64::try_from(micros).ok()).map(Rate);
    let fine = exact.checked_div(i128::from(num)).and_then(|micros| i64::try_from(micros).ok()).map(Rate);
    coarse.filter(|rate| (rate.0 < floor.0) == (fine.is_some_and(|fine| fine.0 < floor.0))).or(fine)
}

/// What a passed decision says, as read from the assembly's tables.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Mandate {
    /// The proposal's number.
    pub number: i64,
    /// Digest of the matter that was voted on.
    pub matter_hash: Digest,
    /// `passed` or another word.
    pub outcome: String,
    /// Digest of the decision's record.
    pub record_hash: Digest,
    /// When voting ended, by the notice.
    pub closes_at: Timestamp,
}

/// Whether a decision passed on exactly this matter.
///
/// # Errors
/// [`Refusal::NotDecided`].
pub fn stands(mandate: Option<Mandate>, matter_hash: &Digest) -> Result<Mandate, Refusal> {
    mandate.filter(|m| m.outcome == PASSED && m.matter_hash == *matter_hash).ok_or(Refusal::NotDecided)
}

/// Whether a voted level may become the floor: it is on the ladder, and the floor is still the one
/// the ladder was frozen with.
///
/// # Errors
/// [`Refusal::NotOnLadder`], [`Refusal::FloorMoved`].
pub fn fits_ladder(ladder: &Ladder, rate: Rate, history: &[Floor]) -> Result<(), Refusal> {
    let show = |rate: Option<Rate>| rate.map_or_else(|| "none".to_owned(), |rate| ladder.currency.show_rate(rate));
    if !ladder.levels.contains(&rate) {
        return Err(Refusal::NotOnLadder(show(Some(rate))));
    }
    let same = |f: &&Floor| f.purpose == ladder.purpose && f.class == ladder.class && f.unit == ladder.unit;
    let latest = history.iter().filter(same).max_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id))).map(|f| f.rate);
    if latest != ladder.current {
        return Err(Refusal::FloorMoved { now: show(latest), then: show(ladder.current) });
    }
    Ok(())
}

/// How the assembly writes the outcome of a passed vote.
pub const PASSED: &str = "passed";

/// Whether members withhold new licences, since when and by which vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Withholding {
    /// Since the vote closed.
    pub since: Timestamp,
    /// The vote's number.
    pub number: i64,
}

/// A version of the model terms that members adopted for one class of buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelTerms {
    /// Rising with every adoption.
    pub version: i64,
    /// For which buyers.
    pub class: BuyerClass,
    /// The most that may be agreed.
    pub sheet: TermSheet,
    /// Its digest.
    pub sheet_hash: Digest,
    /// The vote.
    pub proposal: ProposalId,
    /// The vote's number.
    pub number: i64,
    /// In force from here.
    pub since: Timestamp,
}

#[cfg(test)]
mod tests;
