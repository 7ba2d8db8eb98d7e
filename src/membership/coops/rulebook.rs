//! The bylaws as plain sentences, and what changed from one version to the next: pure.

use crate::kernel::matter::{Bylaws, Level, MatterKind};
use crate::kernel::money::percent;

/// One rule in words: what it is about, and the sentence.
pub type Sentence = (String, String);

/// One difference between two versions; a side is empty where the rule did not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What the rule is about.
    pub about: String,
    /// The sentence before.
    pub before: String,
    /// The sentence now.
    pub after: String,
}

fn days(number: i64) -> String {
    if number == 1 { "1 day".to_owned() } else { format!("{number} days") }
}

fn decided(bylaws: &Bylaws, kind: MatterKind) -> Sentence {
    let rule = bylaws.rule(kind);
    let secrecy = match rule.level {
        Level::V0 => "by open roll call: everyone in the cooperative sees who voted how".to_owned(),
        Level::V1 => format!("in sealed envelopes, with {} or more on the roll", bylaws.sealed_roll),
    };
    let sentence = format!("At least {} of the roll vote, and more than {} of the valid votes say yes, {secrecy}.", percent(rule.quorum_bp), percent(rule.threshold_bp));
    (kind.phrase().to_owned(), sentence)
}

/// Every rule of these bylaws, one sentence each, in a fixed order.
#[must_use]
pub fn sentences(bylaws: &Bylaws) -> Vec<Sentence> {
    let about = |title: &str, sentence: String| (title.to_owned(), sentence);
    let lines = if bylaws.budget_lines.is_empty() { "None yet.".to_owned() } else { format!("{}.", bylaws.budget_lines.join(", ")) };
    let mut all = vec![
        about("Notice", format!("Text, rule and roll of a vote are published at least {} before it opens.", days(bylaws.notice_days))),
        about("Voting", format!("A vote stays open for at least {}.", days(bylaws.voting_days))),
        about("Complaint", format!("For {} after a vote closes, members can complain of it; an offer stays firm that long.", days(bylaws.complaint_days))),
        about("Waiting", format!("A new member votes after {}; founders, admitted before the first vote was noticed, at once.", days(bylaws.waiting_days))),
        about("Leaving", format!("Whoever gives notice leaves after {}.", days(bylaws.leaving_days))),
        about("Mandates", format!("A mandate that is withdrawn ends after {}, six months at most whatever stands here; a consent ends at once.", days(bylaws.mandate_days))),
        about("Sealed envelopes", format!("A sealed vote needs a roll of at least {}; a smaller one votes by open roll call.", bylaws.sealed_roll)),
    ];
    all.extend(MatterKind::ALL.iter().map(|kind| decided(bylaws, *kind)));
    all.push(about("Budget lines", lines));
    all
}

/// What differs between two versions, in the order of the sentences.
#[must_use]
pub fn changes(before: &Bylaws, after: &Bylaws) -> Vec<Change> {
    let (old, new) = (sentences(before), sentences(after));
    let pairs = old.into_iter().zip(new).filter(|((_, before), (_, after))| before != after);
    pairs.map(|((about, before), (_, after))| Change { about, before, after }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_a_sentence_and_every_change_is_shown() {
        let founding = Bylaws::founding();
        let all = sentences(&founding);
        assert!(all.iter().any(|(about, sentence)| about == "Amend the bylaws" && sentence.contains("more than 66.67%")), "{all:?}");
        assert!(all.iter().any(|(_, sentence)| sentence.contains("Bank fees, Hosting, Legal advice.")));
        assert_eq!(changes(&founding, &founding), []);
        let mut amended = founding.clone();
        amended.notice_days = 1;
        amended.rules.entry(MatterKind::SetFloor).and_modify(|rule| rule.level = Level::V0);
        let changes = changes(&founding, &amended);
        assert_eq!(changes.iter().map(|c| c.about.as_str()).collect::<Vec<_>>(), ["Notice", MatterKind::SetFloor.phrase()]);
        assert!(changes.iter().all(|c| c.before != c.after) && changes.first().is_some_and(|c| c.after.contains("1 day before")));
    }
}
