//! From counted choices to a decision with its arithmetic in words, and the record from which
//! anybody recomputes both. Choice 0 is always "abstain"; it counts for the quorum and nothing else.

use super::ladder::{at_or_above, at_or_below, needed, settle};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, ProposalId};
use crate::kernel::matter::{DecisionRule, Ladder, Matter, MatterKind};
use crate::kernel::money::{Rate, WHOLE_BP};
use crate::kernel::sql::words;
use crate::kernel::text::thousands;
use crate::kernel::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The choice that says nothing.
pub const ABSTAIN: i64 = 0;
/// The choice that agrees, where the question is yes or no.
pub const YES: i64 = 1;
/// The choice that disagrees.
pub const NO: i64 = 2;

words! {
    /// How a vote ended.
    Outcome {
        /// What was proposed is decided, or the floor moves.
        Passed = "passed", "Passed";
        /// Not enough were for it.
        Rejected = "rejected", "Not passed";
        /// Too few voted.
        Inquorate = "inquorate", "Not quorate";
        /// The floor stays where it is.
        Unchanged = "unchanged", "Unchanged";
    }
}

/// An outcome and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// How it ended.
    pub outcome: Outcome,
    /// The floor from now on, when the vote moved it.
    pub floor: Option<Rate>,
    /// The arithmetic, in words.
    pub explanation: String,
}

/// What the ballots said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// Ballots for each choice, abstentions first.
    pub by_choice: Vec<i64>,
    /// Envelopes that would not open: they count for nothing, and are told.
    pub unreadable: i64,
}

impl Counts {
    /// Counts choices; one that is no choice counts as unreadable.
    #[must_use]
    pub fn of(choices: i64, counted: &[i64], unreadable: i64) -> Self {
        let mut by_choice = vec![0; usize::try_from(choices).unwrap_or(0)];
        let mut unreadable = unreadable;
        for choice in counted {
            match usize::try_from(*choice).ok().and_then(|at| by_choice.get_mut(at)) {
                Some(slot) => *slot += 1,
                None => unreadable += 1,
            }
        }
        Self { by_choice, unreadable }
    }

    /// Ballots that could be read.
    #[must_use]
    pub fn cast(&self) -> i64 {
        self.by_choice.iter().sum()
    }

    fn at(&self, choice: i64) -> i64 {
        usize::try_from(choice).ok().and_then(|at| self.by_choice.get(at)).copied().unwrap_or(0)
    }

    /// Ballots that take a side.
    #[must_use]
    pub fn valid(&self) -> i64 {
        self.cast() - self.at(ABSTAIN)
    }

    fn levels(&self) -> &[i64] {
        self.by_choice.get(1..).unwrap_or(&[])
    }
}

/// How many ballots make a quorum: the share of the roll, rounded up, and never none.
#[must_use]
pub fn quorum(roll: i64, quorum_bp: i64) -> i64 {
    let (share, whole) = (i128::from(roll) * i128::from(quorum_bp), i128::from(WHOLE_BP));
    i64::try_from((share + whole - 1) / whole).unwrap_or(i64::MAX).max(1)
}

/// How many choices a matter offers, abstaining among them.
#[must_use]
pub fn choices(matter: &Matter) -> i64 {
    choice_names(matter).len().try_into().unwrap_or(i64::MAX)
}

/// What the choices are called on the ballot, in order, abstaining first.
#[must_use]
pub fn choice_names(matter: &Matter) -> Vec<String> {
    let sides: Vec<String> = match matter {
        Matter::SetFloor { ladder } => ladder.levels.iter().map(|level| format!("At least {}", ladder.currency.show_rate(*level))).collect(),
        _ => vec!["Yes".to_owned(), "No".to_owned()],
    };
    std::iter::once("Abstain".to_owned()).chain(sides).collect()
}

/// The decision: quorum first, then strictly more than the threshold of valid votes, or the ladder.
#[must_use]
pub fn decide(rule: &DecisionRule, roll: i64, counts: &Counts, ladder: Option<&Ladder>) -> Decision {
    let (cast, wanted) = (counts.cast(), quorum(roll, rule.quorum_bp));
    let turnout = format!("{} of {} voted; {} needed", thousands(cast), thousands(roll), thousands(wanted));
    let broken = match counts.unreadable {
        0 => String::new(),
        1 => " 1 envelope could not be opened and counts for nothing.".to_owned(),
        n => format!(" {} envelopes could not be opened and count for nothing.", thousands(n)),
    };
    if cast < wanted {
        let end = match ladder.map(|l| l.current.map(|c| l.currency.show_rate(c))) {
            None => "Not quorate, so nothing is decided.".to_owned(),
            Some(None) => "Not quorate, so there is still no floor.".to_owned(),
            Some(Some(current)) => format!("Not quorate, so the floor stays at {current}."),
        };
        return Decision { outcome: Outcome::Inquorate, floor: None, explanation: format!("{turnout}. {end}{broken}") };
    }
    let decided = match ladder {
        None => yes_or_no(rule, counts),
        Some(ladder) => on_ladder(rule, counts, ladder),
    };
    Decision { explanation: format!("{turnout}; {}{broken}", decided.explanation), ..decided }
}

fn yes_or_no(rule: &DecisionRule, counts: &Counts) -> Decision {
    let (yes, valid) = (counts.at(YES), counts.valid());
    let enough = needed(valid, rule.threshold_bp);
    let passed = yes >= enough;
    let sums = if valid == 0 { "nobody voted yes or no".to_owned() } else { format!("{} yes of {} valid, {} needed", thousands(yes), thousands(valid), thousands(enough)) };
    let end = if passed { "Passed." } else { "Not passed." };
    Decision { outcome: if passed { Outcome::Passed } else { Outcome::Rejected }, floor: None, explanation: format!("{sums}. {end}") }
}

fn on_ladder(rule: &DecisionRule, counts: &Counts, ladder: &Ladder) -> Decision {
    let (votes, valid) = (counts.levels(), counts.valid());
    let show = |rate: Rate| ladder.currency.show_rate(rate);
    let current = ladder.current.and_then(|floor| ladder.levels.iter().position(|level| *level == floor));
    let settled = settle(votes, current, rule.threshold_bp);
    let rate = settled.and_then(|level| ladder.levels.get(level)).copied();
    let want = |level: usize, side: &str, votes: i64| format!("{} of {} want at {side} {}", thousands(votes), thousands(valid), ladder.levels.get(level).map_or_else(String::new, |r| show(*r)));
    let least = |level| want(level, "least", at_or_above(votes, level));
    let most = |level| want(level, "most", at_or_below(votes, level));
    let enough = thousands(needed(valid, rule.threshold_bp));
    let unchanged = |explanation| Decision { outcome: Outcome::Unchanged, floor: None, explanation };
    let moved = |explanation| Decision { outcome: Outcome::Passed, floor: rate, explanation };
    match (ladder.current.zip(current), settled.zip(rate)) {
        _ if valid == 0 => unchanged(format!("nobody chose a level. {}", ladder.current.map_or_else(|| "There is still no floor.".to_owned(), |c| format!("The floor stays at {}.", show(c))))),
        (None, Some((level, rate))) => moved(format!("{}, {enough} needed. The floor is set at {}.", least(level), show(rate))),
        (Some((was, from)), Some((level, rate))) if level > from => moved(format!("{}, {enough} needed. The floor rises from {} to {}.", least(level), show(was), show(rate))),
        (Some((was, from)), Some((level, rate))) if level < from => moved(format!("{}, {enough} needed. The floor falls from {} to {}.", most(level), show(was), show(rate))),
        (Some((was, from)), _) => unchanged(format!("{} and {}, {enough} needed to move it. The floor stays at {}.", least(from), most(from), show(was))),
        (None, None) => unchanged("no level has enough votes. There is still no floor.".to_owned()),
    }
}

/// Everything needed to recompute one decision; its canonical JSON is what is stored and hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Which layout this is.
    pub format: String,
    /// The cooperative.
    pub coop: CoopId,
    /// The proposal.
    pub proposal: ProposalId,
    /// Its number.
    pub number: i64,
    /// Kind of matter.
    pub kind: MatterKind,
    /// Digest of the matter's canonical JSON.
    pub matter_hash: Digest,
    /// Digest of the frozen notice.
    pub notice_hash: Digest,
    /// The rule frozen with it.
    pub rule: DecisionRule,
    /// The ladder, where one was voted on.
    pub ladder: Option<Ladder>,
    /// How many were on the roll.
    pub roll_count: i64,
    /// Its Merkle root.
    pub roll_root: Digest,
    /// When voting ended.
    pub closed_at: Timestamp,
    /// Ballots for each choice, abstentions first.
    pub counts: Vec<i64>,
    /// Envelopes that would not open.
    pub unreadable: i64,
    /// How it ended.
    pub outcome: Outcome,
    /// The floor from now on, when the vote moved it.
    pub floor: Option<Rate>,
    /// The arithmetic in words.
    pub explanation: String,
}

/// The layout of records made by this program.
pub const FORMAT: &str = "guildhall decision 1";

impl Record {
    /// What the record says was decided.
    #[must_use]
    pub fn decision(&self) -> Decision {
        Decision { outcome: self.outcome, floor: self.floor, explanation: self.explanation.clone() }
    }
}

/// Decides again from the counted choices and the record's own rule (audit A3): equal to
/// [`Record::decision`], and its counts to the record's, or something was changed.
#[must_use]
pub fn recompute(record: &Record, counted: &[i64]) -> (Counts, Decision) {
    let choices = record.ladder.as_ref().map_or(3, |l| i64::try_from(l.levels.len()).unwrap_or(0) + 1);
    let mut counts = Counts::of(choices, counted, 0);
    counts.unreadable += record.unreadable;
    let decision = decide(&record.rule, record.roll_count, &counts, record.ladder.as_ref());
    (counts, decision)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::matter::Level;
    use crate::kernel::money::Currency;
    use crate::kernel::terms::{BuyerClass, Unit, Use};
    use proptest::prelude::*;

    fn rule(quorum_bp: i64, threshold_bp: i64) -> DecisionRule {
        DecisionRule { quorum_bp, threshold_bp, level: Level::V1 }
    }

    fn counts(by_choice: &[i64]) -> Counts {
        Counts { by_choice: by_choice.to_vec(), unreadable: 0 }
    }

    fn ladder(current: Option<&str>) -> Ladder {
        let eur = Currency::parse("EUR").unwrap();
        let rate = |text: &str| eur.rate(text).unwrap();
        Ladder { purpose: Use::Finetune, class: BuyerClass::Commercial, unit: Unit::Record, levels: vec![rate("0.08"), rate("0.10"), rate("0.12")], current: current.map(rate), currency: eur }
    }

    #[test]
    fn quorums_round_up_and_are_never_none() {
        for (roll, bp, wanted) in [(61, 5_000, 31), (60, 5_000, 30), (3, 3_334, 2), (10, 0, 1), (1, 1, 1), (100_000, 10_000, 100_000)] {
            assert_eq!(quorum(roll, bp), wanted, "{roll} x {bp}");
        }
    }

    #[test]
    fn decisions_say_their_arithmetic() {
        let cases: &[(DecisionRule, i64, &[i64], Outcome, &str)] = &[
            (rule(5_000, 6_666), 61, &[2, 25, 11], Outcome::Passed, "38 of 61 voted; 31 needed; 25 yes of 36 valid, 24 needed. Passed."),
            (rule(5_000, 5_000), 61, &[2, 18, 18], Outcome::Rejected, "38 of 61 voted; 31 needed; 18 yes of 36 valid, 19 needed. Not passed."),
            (rule(5_000, 5_000), 61, &[0, 30, 0], Outcome::Inquorate, "30 of 61 voted; 31 needed. Not quorate, so nothing is decided."),
            (rule(5_000, 5_000), 4, &[2, 0, 0], Outcome::Rejected, "2 of 4 voted; 2 needed; nobody voted yes or no. Not passed."),
            (rule(5_000, 5_000), 4, &[1, 1, 0], Outcome::Passed, "2 of 4 voted; 2 needed; 1 yes of 1 valid, 1 needed. Passed."),
            (rule(1, 7_500), 100, &[0, 75, 25], Outcome::Rejected, "100 of 100 voted; 1 needed; 75 yes of 100 valid, 76 needed. Not passed."),
        ];
        for (rule, roll, by_choice, outcome, words) in cases {
            let decision = decide(rule, *roll, &counts(by_choice), None);
            assert_eq!((decision.outcome, decision.explanation.as_str()), (*outcome, *words));
        }
    }

    #[test]
    fn a_rejection_stands_on_the_same_rule_whatever_the_turnout() {
        // The 2018 parcel-drivers' contract: 92,604 of 209,043 voted and 54.2% said no; a rule that
        // asks for more when fewer vote adopted it. Here a quorum that is missed adopts nothing.
        let decision = decide(&rule(5_000, 5_000), 209_043, &counts(&[0, 42_356, 50_248]), None);
        assert_eq!(decision.outcome, Outcome::Inquorate);
        let decision = decide(&rule(4_000, 5_000), 209_043, &counts(&[0, 42_356, 50_248]), None);
        assert_eq!(decision.outcome, Outcome::Rejected);
    }

    #[test]
    fn ladders_say_who_wants_what() {
        let eur = Currency::parse("EUR").unwrap();
        let rate = |text: &str| Some(eur.rate(text).unwrap());
        let cases: &[(Option<&str>, &[i64], Outcome, Option<Rate>, &str)] = &[
            (Some("0.08"), &[2, 2, 3, 31], Outcome::Passed, rate("0.12"), "38 of 61 voted; 31 needed; 31 of 36 want at least EUR 0.12, 19 needed. The floor rises from EUR 0.08 to EUR 0.12."),
            (Some("0.12"), &[2, 20, 10, 6], Outcome::Passed, rate("0.08"), "38 of 61 voted; 31 needed; 20 of 36 want at most EUR 0.08, 19 needed. The floor falls from EUR 0.12 to EUR 0.08."),
            (Some("0.10"), &[2, 18, 0, 18], Outcome::Unchanged, None, "38 of 61 voted; 31 needed; 18 of 36 want at least EUR 0.10 and 18 of 36 want at most EUR 0.10, 19 needed to move it. The floor stays at EUR 0.10."),
            (None, &[0, 10, 11, 10], Outcome::Passed, rate("0.10"), "31 of 61 voted; 31 needed; 21 of 31 want at least EUR 0.10, 16 needed. The floor is set at EUR 0.10."),
            (Some("0.10"), &[3, 0, 0, 1], Outcome::Inquorate, None, "4 of 61 voted; 31 needed. Not quorate, so the floor stays at EUR 0.10."),
            (Some("0.10"), &[31, 0, 0, 0], Outcome::Unchanged, None, "31 of 61 voted; 31 needed; nobody chose a level. The floor stays at EUR 0.10."),
            (None, &[31, 0, 0, 0], Outcome::Unchanged, None, "31 of 61 voted; 31 needed; nobody chose a level. There is still no floor."),
        ];
        for (current, by_choice, outcome, floor, words) in cases {
            let decision = decide(&rule(5_000, 5_000), 61, &counts(by_choice), Some(&ladder(*current)));
            assert_eq!((decision.outcome, decision.floor, decision.explanation.as_str()), (*outcome, *floor, *words));
        }
    }

    #[test]
    fn envelopes_that_do_not_open_are_told_and_count_for_nothing() {
        let decision = decide(&rule(5_000, 5_000), 3, &Counts::of(3, &[1, 1, 9], 1), None);
        assert_eq!(decision.explanation, "2 of 3 voted; 2 needed; 2 yes of 2 valid, 2 needed. Passed. 2 envelopes could not be opened and count for nothing.");
    }

    proptest! {
        #[test]
        fn yes_passes_exactly_with_more_than_the_threshold(abstain in 0..50_i64, yes in 0..50_i64, no in 0..50_i64, spare in 0..50_i64, threshold in 5_000..10_000_i64, quorum_bp in 1..=10_000_i64) {
            let roll = abstain + yes + no + spare;
            let decision = decide(&rule(quorum_bp, threshold), roll, &counts(&[abstain, yes, no]), None);
            let quorate = (abstain + yes + no) * 10_000 >= roll * quorum_bp && abstain + yes + no > 0;
            let passes = yes * 10_000 > (yes + no) * threshold;
            let outcome = if !quorate { Outcome::Inquorate } else if passes { Outcome::Passed } else { Outcome::Rejected };
            prop_assert_eq!(decision.outcome, outcome);
        }

        #[test]
        fn a_record_recomputes_whatever_the_order_of_ballots(mut counted in prop::collection::vec(0..4_i64, 0..60), spare in 0..20_i64) {
            let roll = i64::try_from(counted.len()).unwrap() + spare;
            let ladder = ladder(Some("0.10"));
            let counts = Counts::of(4, &counted, 0);
            let decided = decide(&rule(5_000, 5_000), roll, &counts, Some(&ladder));
            let record = Record {
                format: FORMAT.to_owned(), coop: id(), proposal: id(), number: 1, kind: MatterKind::SetFloor, matter_hash: Digest::of(b"m"), notice_hash: Digest::of(b"n"),
                rule: rule(5_000, 5_000), ladder: Some(ladder), roll_count: roll, roll_root: Digest::of(b"r"), closed_at: Timestamp(0),
                counts: counts.by_choice.clone(), unreadable: 0, outcome: decided.outcome, floor: decided.floor, explanation: decided.explanation,
            };
            counted.reverse();
            let read: Record = serde_json::from_str(&serde_json::to_string(&record).unwrap()).unwrap();
            prop_assert_eq!(recompute(&read, &counted), (counts, record.decision()));
        }
    }

    fn id<T: crate::kernel::ids::Id>() -> T {
        T::parse("0190a0b0-0000-7000-8000-000000000001").unwrap()
    }
}
