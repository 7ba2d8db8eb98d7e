//! What may be proposed and when what may be done with it: pure, with the words of every refusal.

use crate::kernel::ids::{Id as _, MemberId};
use crate::kernel::digest::Digest;
use crate::kernel::matter::{Bylaws, Ladder, Level, Matter, MatterKind};
use crate::kernel::merkle;
use crate::kernel::money::{Currency, Rate, WHOLE_BP};
use crate::kernel::text::thousands;
use crate::kernel::time::Timestamp;
use crate::membership::coops::Role;

/// Where a proposal stands at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Written, not yet put to members.
    Draft,
    /// Its notice was ordered and the roll is being written.
    Noticing,
    /// Members have notice; voting has not begun.
    Noticed,
    /// Members vote.
    Open,
    /// Voting is over and the ballots are being counted.
    Counting,
    /// Decided.
    Decided,
    /// Called off.
    Cancelled,
}

/// The instants that settle a proposal's phase, as far as they are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dates {
    /// Notice was ordered.
    pub ordered_at: Option<Timestamp>,
    /// Voting begins.
    pub opens_at: Option<Timestamp>,
    /// Voting ends.
    pub closes_at: Option<Timestamp>,
    /// Called off.
    pub cancelled_at: Option<Timestamp>,
    /// The decision was recorded.
    pub decided_at: Option<Timestamp>,
}

/// Where a proposal stands. The stored instants decide, never a job that is late.
#[must_use]
pub fn phase(dates: &Dates, now: Timestamp) -> Phase {
    match (dates.opens_at.zip(dates.closes_at), dates.ordered_at) {
        _ if dates.cancelled_at.is_some() => Phase::Cancelled,
        _ if dates.decided_at.is_some() => Phase::Decided,
        (Some((opens, _)), _) if now < opens => Phase::Noticed,
        (Some((_, closes)), _) if now < closes => Phase::Open,
        (Some(_), _) => Phase::Counting,
        (None, Some(_)) => Phase::Noticing,
        (None, None) => Phase::Draft,
    }
}

/// Why something about a proposal was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The matter cannot be put to a vote as it is written.
    #[error("{words}")]
    Unsound {
        /// The field of the form it is about.
        field: &'static str,
        /// What is expected.
        words: String,
    },
    /// No heading.
    #[error("Give the proposal a heading of 3 to 120 letters: one question members can answer.")]
    Title,
    /// Too much text.
    #[error("The text may be at most 20,000 letters long.")]
    Body,
    /// Notice was given already.
    #[error("Notice of this proposal was given already. To change anything, cancel it and draft it anew.")]
    Noticed,
    /// Called off already.
    #[error("This proposal was cancelled.")]
    Cancelled,
    /// Voting is over.
    #[error("Voting closed {0}. Nothing can be changed any more.")]
    Closed(String),
    /// Voting has not begun.
    #[error("Voting opens {0}. Until then you can read, discuss and challenge the notice.")]
    NotOpen(String),
    /// Not a draft any more, not yet noticed.
    #[error("This proposal is a draft. Members vote after notice of it is given.")]
    StillDraft,
    /// Not on the frozen roll.
    #[error("You are not on the roll of this vote, which was frozen {0}. If you should be, challenge the notice before voting opens.")]
    NotOnRoll(String),
    /// Not on the frozen roll, and it is too late to say so.
    #[error("You are not on the roll of this vote, which was frozen {0}. It could be challenged until voting opened; now you can write a complaint.")]
    NotOnRollLate(String),
    /// Suspended or expelled since.
    #[error("Your membership is suspended, so you cannot vote. You can appeal, and write a complaint.")]
    Barred,
    /// Too few for secrecy.
    #[error("A sealed vote needs a roll of at least {needed}; {members} can vote now. In a smaller group the counts alone would give votes away. Wait for more members, or hold this vote as an open roll call.")]
    RollTooSmall {
        /// Who could vote now.
        members: String,
        /// The bylaws' number.
        needed: i64,
    },
    /// Nobody may vote.
    #[error("Nobody can vote yet: every member is suspended or still in the waiting period.")]
    NobodyVotes,
    /// More levels than so few voters can have.
    #[error("The ladder has {levels} levels, but with fewer than 50 voters at most 7 are allowed, or single votes could be guessed. Draft it anew with fewer.")]
    TooManyLevels {
        /// How many it has.
        levels: usize,
    },
    /// The floor moved.
    #[error("The floor in force is {now}, but this ladder was drafted when it was {then}. Draft it anew.")]
    FloorMoved {
        /// In force now.
        now: String,
        /// In force at drafting.
        then: String,
    },
    /// A reason is missing.
    #[error("Say why. Every member on the roll will read it.")]
    ReasonMissing,
    /// Challenges end at opening.
    #[error("A notice can be challenged until voting opens, and that was {0}.")]
    ChallengeOver(String),
    /// Words are missing.
    #[error("Say in a few words what is wrong, at most 4,000 letters.")]
    WordsMissing,
    /// Answered already.
    #[error("This challenge was answered already.")]
    Answered,
    /// No choice was taken.
    #[error("Choose one of the answers.")]
    ChoiceMissing,
    /// The same form with another choice.
    #[error("This form was already sent with another choice. Open the ballot anew to change your vote.")]
    FormUsed,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NotOnRoll(_) | Self::NotOnRollLate(_) | Self::Barred => 403,
            Self::Noticed | Self::Cancelled | Self::Closed(_) | Self::NotOpen(_) | Self::StillDraft | Self::ChallengeOver(_) | Self::Answered | Self::FormUsed | Self::FloorMoved { .. } => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Unsound { field, .. } => Some(field),
            Self::Title => Some("title"),
            Self::Body => Some("text"),
            Self::ReasonMissing => Some("reason"),
            Self::WordsMissing => Some("words"),
            Self::ChoiceMissing => Some("choice"),
            Self::RollTooSmall { .. } => Some("openly"),
            _ => None,
        }
    }
}

/// There is no decision yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("This is not decided yet. Its record is published when it is.")]
pub struct Undecided;

impl crate::error::Refusal for Undecided {
    fn status(&self) -> u16 {
        409
    }
}

fn unsound(field: &'static str, words: impl Into<String>) -> Refusal {
    Refusal::Unsound { field, words: words.into() }
}

/// The office that drafts, notices and cancels this kind of matter, besides the steward.
#[must_use]
pub const fn second_office(kind: MatterKind) -> Role {
    match kind {
        MatterKind::RatifyOffer => Role::Negotiator,
        _ => Role::Steward,
    }
}

/// Whether the password is asked again before notice: money, licences and floors.
#[must_use]
pub const fn is_weighty(kind: MatterKind) -> bool {
    !matches!(kind, MatterKind::AmendBylaws | MatterKind::Resolve)
}

/// What a matter is held against when it is drafted.
#[derive(Clone, Debug)]
pub struct Ground<'a> {
    /// The cooperative's currency.
    pub currency: &'a Currency,
    /// The floor in force for the ladder's use, class and unit.
    pub floor: Option<Rate>,
    /// The bylaws in force.
    pub bylaws: &'a Bylaws,
}

/// Most levels on any ladder, and with fewer than [`MANY`] voters.
pub const MOST_LEVELS: usize = 21;
/// See [`MOST_LEVELS`].
pub const MOST_LEVELS_OF_FEW: usize = 7;
/// From so many voters on a ladder may have [`MOST_LEVELS`].
pub const MANY: usize = 50;

/// Whether members could decide this matter as it is written.
///
/// # Errors
/// [`Refusal::Unsound`] beside the field it is about; [`Refusal::FloorMoved`].
pub fn is_sound(matter: &Matter, ground: &Ground<'_>) -> Result<(), Refusal> {
    match matter {
        Matter::AdoptTerms { sheet } if sheet.uses.is_empty() => Err(unsound("uses", "Permit at least one use, or there is nothing to license.")),
        Matter::AdoptTerms { sheet } if sheet.price.is_some() => Err(unsound("rate", "Model terms carry no price: the floors stand beside them.")),
        Matter::AdoptTerms { sheet } if sheet.territory.is_empty() => Err(unsound("territory", "Name at least one country, or WORLD.")),
        Matter::SetFloor { ladder } => is_sound_ladder(ladder, ground),
        Matter::RatifyOffer { offer } if offer.total <= 0 => Err(unsound("", "An offer of nothing cannot be ratified.")),
        Matter::AdoptSplit { split } if !split.is_whole() => Err(unsound("parts", "Costs and reserve stay below 100% together, and the parts of the rest make exactly 100%.")),
        Matter::AmendBylaws { bylaws } => are_sound_bylaws(bylaws),
        Matter::Spend { line, .. } if !ground.bylaws.budget_lines.contains(line) => Err(unsound("line", "Choose a budget line of the bylaws.")),
        Matter::Spend { amount, .. } if *amount <= 0 => Err(unsound("amount", "Enter an amount above zero.")),
        _ => Ok(()),
    }
}

fn is_sound_ladder(ladder: &Ladder, ground: &Ground<'_>) -> Result<(), Refusal> {
    let levels = &ladder.levels;
    if ladder.currency != *ground.currency {
        return Err(unsound("levels", format!("Levels are in {}, the cooperative's currency.", ground.currency)));
    }
    if ladder.current != ground.floor {
        let show = |rate: Option<Rate>| rate.map_or_else(|| "not set".to_owned(), |rate| ladder.currency.show_rate(rate));
        return Err(Refusal::FloorMoved { now: show(ground.floor), then: show(ladder.current) });
    }
    if levels.len() < 2 || levels.len() > MOST_LEVELS {
        return Err(unsound("levels", format!("A ladder has 2 to {MOST_LEVELS} levels, the floor in force among them; with fewer than {MANY} voters at most {MOST_LEVELS_OF_FEW}.")));
    }
    if levels.iter().zip(levels.iter().skip(1)).any(|(low, high)| low >= high) || levels.first().is_none_or(|low| low.0 <= 0) {
        return Err(unsound("levels", "Levels rise from above zero, none twice."));
    }
    if ladder.current.is_some_and(|floor| !levels.contains(&floor)) {
        return Err(unsound("levels", "The floor in force is always one of the levels."));
    }
    Ok(())
}

fn are_sound_bylaws(bylaws: &Bylaws) -> Result<(), Refusal> {
    let days: [(&'static str, &str, i64, i64, i64); 7] = [
        ("notice_days", "Days of notice", bylaws.notice_days, 0, 90),
        ("voting_days", "Days of voting", bylaws.voting_days, 1, 90),
        ("complaint_days", "Days for complaints", bylaws.complaint_days, 0, 90),
        ("waiting_days", "Waiting days of new members", bylaws.waiting_days, 0, 365),
        ("leaving_days", "Days of notice for leaving", bylaws.leaving_days, 0, 365),
        ("mandate_days", "Days of notice for withdrawing a mandate", bylaws.mandate_days, 0, 183),
        ("sealed_roll", "Smallest roll of a sealed vote", bylaws.sealed_roll, 5, 1_000),
    ];
    for (field, label, number, least, most) in days {
        if !(least..=most).contains(&number) {
            return Err(unsound(field, format!("{label}: from {least} to {most}.")));
        }
    }
    let fits = |rule: &crate::kernel::matter::DecisionRule| (1..=WHOLE_BP).contains(&rule.quorum_bp) && (WHOLE_BP / 2..WHOLE_BP).contains(&rule.threshold_bp);
    if !bylaws.rules.values().all(fits) {
        return Err(unsound("rules", "A quorum is above 0 and at most 100%; a threshold is from 50% to below 100%, and passing takes more than it."));
    }
    let lines = &bylaws.budget_lines;
    if lines.len() > 40 || lines.iter().any(|line| line.is_empty() || line.chars().count() > 60) || lines.iter().enumerate().any(|(at, line)| lines.iter().take(at).any(|other| other == line)) {
        return Err(unsound("budget_lines", "At most 40 budget lines of at most 60 letters, none twice."));
    }
    Ok(())
}

/// Whether so many voters may vote on this at this level of secrecy. `voters` may stop counting at
/// whatever is needed to know.
///
/// # Errors
/// [`Refusal::NobodyVotes`], [`Refusal::RollTooSmall`], [`Refusal::TooManyLevels`].
pub fn fits_roll(matter: &Matter, level: Level, voters: usize, bylaws: &Bylaws) -> Result<(), Refusal> {
    if voters == 0 {
        return Err(Refusal::NobodyVotes);
    }
    let needed = usize::try_from(bylaws.sealed_roll).unwrap_or(usize::MAX);
    if level == Level::V1 && voters < needed {
        let members = if voters == 1 { "1 member".to_owned() } else { format!("{voters} members") };
        return Err(Refusal::RollTooSmall { members, needed: bylaws.sealed_roll });
    }
    match matter {
        Matter::SetFloor { ladder } if level == Level::V1 && voters < MANY && ladder.levels.len() > MOST_LEVELS_OF_FEW => Err(Refusal::TooManyLevels { levels: ladder.levels.len() }),
        _ => Ok(()),
    }
}

/// One voter's leaf in the roll's Merkle tree: the salt, known to that member, before the member's id.
#[must_use]
pub fn roll_leaf(salt: &[u8], member: &MemberId) -> Digest {
    merkle::leaf(&[salt, member.as_str().as_bytes()].concat())
}

/// The ranges of leaves whose roots are the siblings on the way from one leaf to the root, from the
/// leaf upwards: whether it stands to the left, its first leaf and how many (RFC 6962).
#[must_use]
pub fn siblings(size: i64, position: i64) -> Vec<(bool, i64, i64)> {
    let (mut first, mut size, mut way) = (0, size, Vec::new());
    while size > 1 {
        let mut split = 1;
        while split * 2 < size {
            split *= 2;
        }
        if position < first + split {
            way.push((false, first + split, size - split));
            size = split;
        } else {
            way.push((true, first, split));
            first += split;
            size -= split;
        }
    }
    way.reverse();
    way
}

/// What would have to happen for this to pass, for a few turnouts: turnout, ballots, yes votes that
/// are enough when nobody abstains. Turnouts below the quorum are told with none.
#[must_use]
pub fn outcomes(roll: i64, quorum_bp: i64, threshold_bp: i64) -> Vec<(i64, Option<i64>)> {
    let quorum = super::tally::quorum(roll, quorum_bp);
    let mut turnouts: Vec<i64> = [quorum - 1, quorum, (quorum + roll) / 2, roll].into_iter().filter(|n| (1..=roll).contains(n)).collect();
    turnouts.dedup();
    turnouts.into_iter().map(|cast| (cast, (cast >= quorum).then(|| super::ladder::needed(cast, threshold_bp)))).collect()
}

/// `31 of 61` in one way everywhere.
#[must_use]
pub fn of(part: i64, whole: i64) -> String {
    format!("{} of {}", thousands(part), thousands(whole))
}

#[cfg(test)]
mod tests;
