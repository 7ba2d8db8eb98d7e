//! What members can decide, as plain payloads: a proposal carries one, a decision is about it, and
//! `hall::enactment` is the one place that turns it into an act.

use crate::kernel::digest::Digest;
use crate::kernel::ids::{NegotiationId, OfferId, RevisionId};
use crate::kernel::money::{Currency, Rate, WHOLE_BP};
use crate::kernel::sql::words;
use crate::kernel::terms::{BuyerClass, TermSheet, Unit, Use};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// The kinds of matter.
    MatterKind {
        /// Adopt the model terms.
        AdoptTerms = "adopt_terms", "Adopt terms";
        /// Set the lowest price.
        SetFloor = "set_floor", "Set a floor";
        /// Accept a buyer's offer.
        RatifyOffer = "ratify_offer", "Ratify an offer";
        /// How money is split.
        AdoptSplit = "adopt_split", "Adopt a split";
        /// Change the bylaws.
        AmendBylaws = "amend_bylaws", "Amend the bylaws";
        /// Allow spending from a budget line.
        Spend = "spend", "Allow spending";
        /// Stop issuing licences.
        Withhold = "withhold", "Withhold (stop new licences)";
        /// Anything else members want to say together.
        Resolve = "resolve", "Resolve";
    }
}

words! {
    /// Who can see how somebody voted.
    Level {
        /// Everyone in the cooperative.
        V0 = "V0", "open roll call";
        /// Nobody in the cooperative; the server until close.
        V1 = "V1", "sealed envelope";
    }
}

words! {
    /// By what the members' part of a receipt is shared.
    ShareBy {
        /// The same for every contributor.
        Equal = "equal", "equal part";
        /// By records, each split by its contributors' shares.
        Record = "record", "by records";
        /// By words, each record's split by its contributors' shares.
        Word = "word", "by words";
    }
}

/// How money that came in is distributed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    /// Running costs, basis points of the receipt.
    pub costs_bp: i64,
    /// Strike and solidarity reserve, basis points of the receipt.
    pub reserve_bp: i64,
    /// What remains goes to contributors by these parts, basis points that make a whole.
    pub parts: BTreeMap<ShareBy, i64>,
}

impl Split {
    /// Whether the numbers make sense: nothing negative, deductions below the whole, parts a whole.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        let fits = |bp: i64| (0..=WHOLE_BP).contains(&bp);
        fits(self.costs_bp)
            && fits(self.reserve_bp)
            && self.costs_bp + self.reserve_bp < WHOLE_BP
            && self.parts.values().all(|bp| fits(*bp))
            && self.parts.values().sum::<i64>() == WHOLE_BP
    }
}

/// How one kind of matter is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionRule {
    /// Ballots needed, basis points of the roll; abstentions count.
    pub quorum_bp: i64,
    /// Valid votes needed, basis points; passing takes strictly more. Abstentions do not count.
    pub threshold_bp: i64,
    /// Secrecy.
    pub level: Level,
}

/// A cooperative's own rules, as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bylaws {
    /// Days between notice and opening, at least.
    pub notice_days: i64,
    /// Days a ballot stays open, at least.
    pub voting_days: i64,
    /// Days after close in which a decision can be complained of before an offer is firm no longer.
    pub complaint_days: i64,
    /// Days a new member waits before voting; founders do not.
    pub waiting_days: i64,
    /// Days of notice for leaving.
    pub leaving_days: i64,
    /// Days of notice for withdrawing a mandate, six months at most.
    pub mandate_days: i64,
    /// Sealed ballots need a roll of at least this many.
    pub sealed_roll: i64,
    /// How each kind of matter is decided.
    pub rules: BTreeMap<MatterKind, DecisionRule>,
    /// Lines that spending is voted for.
    pub budget_lines: Vec<String>,
}

impl Bylaws {
    /// The bylaws a cooperative is founded with.
    #[must_use]
    pub fn founding() -> Self {
        let rule = |kind| {
            let threshold_bp = if kind == MatterKind::AmendBylaws { 6_667 } else { 5_000 };
            (kind, DecisionRule { quorum_bp: 5_000, threshold_bp, level: Level::V1 })
        };
        Self {
            notice_days: 7,
            voting_days: 3,
            complaint_days: 7,
            waiting_days: 30,
            leaving_days: 30,
            mandate_days: 180,
            sealed_roll: 10,
            rules: MatterKind::ALL.iter().copied().map(rule).collect(),
            budget_lines: vec!["Bank fees".to_owned(), "Hosting".to_owned(), "Legal advice".to_owned()],
        }
    }

    /// The rule for one kind of matter; the strictest founding rule when the bylaws are silent.
    #[must_use]
    pub fn rule(&self, kind: MatterKind) -> DecisionRule {
        self.rules.get(&kind).copied().unwrap_or(DecisionRule { quorum_bp: 5_000, threshold_bp: 6_667, level: Level::V1 })
    }
}

/// A price ladder that members choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    /// Which use.
    #[serde(rename = "use")]
    pub purpose: Use,
    /// Which buyers.
    pub class: BuyerClass,
    /// Counted in.
    pub unit: Unit,
    /// The cooperative's currency.
    pub currency: Currency,
    /// Levels, rising, the floor in force among them.
    pub levels: Vec<Rate>,
    /// The floor in force when the ladder was frozen.
    pub current: Option<Rate>,
}

/// A reference to one exact version of an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferRef {
    /// The bargaining.
    pub negotiation: NegotiationId,
    /// The version on the table.
    pub offer: OfferId,
    /// Its number.
    pub version: i64,
    /// Digest of its term sheet.
    pub sheet_hash: Digest,
    /// The frozen corpus it is about.
    pub revision: RevisionId,
    /// That corpus's Merkle root.
    pub corpus_root: Digest,
    /// The sum due, minor units.
    pub total: i64,
    /// Currency of the sum.
    pub currency: Currency,
}

/// The matter of a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "matter", rename_all = "snake_case", deny_unknown_fields)]
pub enum Matter {
    /// Adopt these model terms.
    AdoptTerms {
        /// The sheet.
        sheet: Box<TermSheet>,
    },
    /// Choose a floor from this ladder.
    SetFloor {
        /// The ladder.
        ladder: Ladder,
    },
    /// Accept this offer.
    RatifyOffer {
        /// Which.
        offer: OfferRef,
    },
    /// Split money like this.
    AdoptSplit {
        /// The split.
        split: Split,
    },
    /// Replace the bylaws by these.
    AmendBylaws {
        /// The bylaws.
        bylaws: Box<Bylaws>,
    },
    /// Allow spending up to an amount on a budget line.
    Spend {
        /// The line.
        line: String,
        /// At most, minor units of the cooperative's currency.
        amount: i64,
    },
    /// Issue no new licences until this is lifted by a vote.
    Withhold {
        /// True to stop, false to lift.
        stop: bool,
    },
    /// Say something together.
    Resolve {},
}

impl Matter {
    /// Its kind.
    #[must_use]
    pub const fn kind(&self) -> MatterKind {
        match self {
            Self::AdoptTerms { .. } => MatterKind::AdoptTerms,
            Self::SetFloor { .. } => MatterKind::SetFloor,
            Self::RatifyOffer { .. } => MatterKind::RatifyOffer,
            Self::AdoptSplit { .. } => MatterKind::AdoptSplit,
            Self::AmendBylaws { .. } => MatterKind::AmendBylaws,
            Self::Spend { .. } => MatterKind::Spend,
            Self::Withhold { .. } => MatterKind::Withhold,
            Self::Resolve {} => MatterKind::Resolve,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_a_whole_or_refused() {
        let split = |costs_bp, reserve_bp, equal, word| Split { costs_bp, reserve_bp, parts: BTreeMap::from([(ShareBy::Equal, equal), (ShareBy::Word, word)]) };
        assert!(split(800, 500, 4_000, 6_000).is_whole());
        assert!(!split(800, 500, 4_000, 5_999).is_whole());
        assert!(!split(-1, 500, 4_000, 6_000).is_whole());
        assert!(!split(9_000, 1_000, 4_000, 6_000).is_whole());
    }

    #[test]
    fn a_matter_is_read_back_as_written() {
        let matter = Matter::AmendBylaws { bylaws: Box::new(Bylaws::founding()) };
        let text = serde_json::to_string(&matter).unwrap();
        assert_eq!(serde_json::from_str::<Matter>(&text).unwrap(), matter);
        assert!(serde_json::from_str::<Matter>(r#"{"matter":"resolve","x":1}"#).is_err());
    }
}
