//! Who may do what with records, and when a record may enter a corpus.

use crate::kernel::sql::words;
use crate::kernel::terms::Use;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

words! {
    /// The ground on which a batch's records may be licensed.
    BasisKind {
        /// Every contributor says yes, per use.
        Consent = "consent", "consent of all contributors";
        /// A public licence already allows it.
        PublicLicence = "public_licence", "a public licence";
    }
}

words! {
    /// What is to be said of a line.
    FindingKind {
        /// It did not become a record.
        Refused = "refused", "refused";
        /// Its key is in the pool with other words; nothing was changed.
        Changed = "changed", "known with other words";
        /// A record in which nobody says anything.
        Empty = "empty", "without words";
        /// A record whose words are in the pool already.
        Repeat = "repeat", "exact repeat";
    }
}

words! {
    /// The answer to a claim.
    Verdict {
        /// The member is this contributor.
        Upheld = "upheld", "upheld";
        /// The evidence does not show it.
        Dismissed = "dismissed", "dismissed";
    }
}

/// Most refused lines before an import stops: past them, the mapping does not fit.
pub const REFUSED_MOST: u64 = 10_000;

/// What one cooperative may keep in uploads and packs: 64 GiB.
pub const QUOTA: i64 = 64 << 30;

/// Why an act on records was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No file chosen.
    #[error("Choose a file: .jsonl, .csv, .txt, .md, or a .zip of them.")]
    NoFile,
    /// A name that tells no format.
    #[error("{0:?} is none of .jsonl, .csv, .txt, .md or .zip (or .jsonl.gz, .csv.gz). Save it as one of them.")]
    UnknownFormat(String),
    /// Nothing in it.
    #[error("The file is empty.")]
    EmptyFile,
    /// More than there is room for.
    #[error("The file is larger than {mebibytes} MiB, which is what there is room for. Split it, or ask a steward.")]
    TooLarge {
        /// Room in MiB.
        mebibytes: u64,
    },
    /// The connection ended within the file.
    #[error("The upload broke off before the file was whole, so nothing of it was kept. Send it again.")]
    BrokeOff,
    /// Not a line of it can be read.
    #[error("Nothing in {name} can be read: {reason}.")]
    Unreadable {
        /// The file's name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The mapping makes no sense.
    #[error("{0}")]
    Mapping(String),
    /// The import has begun.
    #[error("Batch {0} is being imported, or has been. It can no longer be changed; upload the file again for another mapping.")]
    Begun(i64),
    /// No mapping yet.
    #[error("Say first where in the lines of batch {0} the records' facts stand.")]
    NotMapped(i64),
    /// No basis yet.
    #[error("Say first on what ground the records of batch {0} may be licensed.")]
    NoBasis(i64),
    /// A public licence without its name, text or source.
    #[error("A public licence needs its name, where it is from, and its text, so that a buyer can check it.")]
    LicenceIncomplete,
    /// Not imported yet.
    #[error("Batch {0} has not been imported yet; there is nothing to screen.")]
    NotImported(i64),
    /// Screened before.
    #[error("Batch {0} has been screened already.")]
    AlreadyScreened(i64),
    /// Claimed by somebody.
    #[error("This contributor has been recognised as a member already. If that is wrong, write a complaint.")]
    AlreadyClaimed,
    /// The same member asked before.
    #[error("You have claimed this contributor already; a steward will answer.")]
    ClaimWaits,
    /// Answered.
    #[error("This claim has been answered already.")]
    AlreadyRuled,
    /// One's own.
    #[error("Another steward must answer your own claim.")]
    OwnClaim,
    /// Neither theirs nor a steward.
    #[error("Only a contributor of this record or a steward may take it out.")]
    NotYours,
    /// Out already.
    #[error("This record has been taken out already.")]
    AlreadyOut,
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NotYours | Self::OwnClaim => 403,
            Self::TooLarge { .. } => 413,
            Self::Begun(_) | Self::AlreadyScreened(_) | Self::AlreadyClaimed | Self::ClaimWaits | Self::AlreadyRuled | Self::AlreadyOut => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoFile | Self::UnknownFormat(_) | Self::EmptyFile | Self::TooLarge { .. } | Self::BrokeOff | Self::Unreadable { .. } => Some("file"),
            Self::Mapping(_) => Some("mapping"),
            Self::LicenceIncomplete => Some("body"),
            _ => None,
        }
    }
}

/// What members call an empty record of this kind.
#[must_use]
pub fn without_words(kind: &str) -> &'static str {
    if kind == "transcript" { "records without speech" } else { "records without words" }
}

/// What must be known of a record before it may enter a corpus.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The ground of its batch.
    pub basis: Option<BasisKind>,
    /// Whether a steward has attested the batch.
    pub screened: bool,
    /// Whether it was taken out for good.
    pub out: bool,
    /// Its contributors, in order.
    pub people: Vec<Permits>,
}

/// What one contributor permits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Permits {
    /// Whether a member has been recognised behind the pseudonym.
    pub known: bool,
    /// Uses under a mandate in force.
    pub mandate: BTreeSet<Use>,
    /// Uses under a consent in force.
    pub consent: BTreeSet<Use>,
}

/// One reason why a record stays out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error, Serialize, Deserialize)]
pub enum Reason {
    /// Tombstone.
    #[error("It was taken out for good.")]
    Out,
    /// No ground.
    #[error("Its batch has no ground on which it may be licensed.")]
    NoBasis,
    /// Nobody has looked.
    #[error("No steward has attested its batch yet.")]
    NotScreened,
    /// Held for somebody unknown.
    #[error("Contributor {0} is known by a pseudonym only; it is held for them until they claim it.")]
    Unclaimed(usize),
    /// No mandate.
    #[error("Contributor {0} gives the cooperative no mandate for {1}.")]
    NoMandate(usize, Use),
    /// No consent.
    #[error("Contributor {0} gives no consent to {1}.")]
    NoConsent(usize, Use),
}

/// Whether a record may enter a corpus for all of these uses, or every reason why not. A public
/// licence stands in for the contributors' mandates and consents; nothing stands in for screening.
///
/// # Errors
/// The reasons, each once.
pub fn may_enter(facts: &Facts, uses: &BTreeSet<Use>) -> Result<(), Vec<Reason>> {
    let mut reasons = Vec::new();
    if facts.out {
        reasons.push(Reason::Out);
    }
    if !facts.screened {
        reasons.push(Reason::NotScreened);
    }
    match facts.basis {
        None => reasons.push(Reason::NoBasis),
        Some(BasisKind::PublicLicence) => {}
        Some(BasisKind::Consent) => {
            for (number, person) in (1..).zip(&facts.people) {
                if !person.known {
                    reasons.push(Reason::Unclaimed(number));
                    continue;
                }
                reasons.extend(uses.difference(&person.mandate).map(|u| Reason::NoMandate(number, *u)));
                reasons.extend(uses.difference(&person.consent).map(|u| Reason::NoConsent(number, *u)));
            }
        }
    }
    reasons.sort();
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}

/// The ground somebody states for a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// Which kind.
    pub kind: BasisKind,
    /// The licence's name, or how consent was asked.
    pub name: String,
    /// Where the licence or the material is from.
    pub source: String,
    /// The licence's text, or what contributors were told.
    pub body: String,
}

impl Reason {
    /// What would let the record in, as far as this reason goes.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Out => "Nothing: a tombstone stays, and its text and salt are destroyed.".to_owned(),
            Self::NoBasis => "Whoever uploaded it states a ground for its batch.".to_owned(),
            Self::NotScreened => "A steward looks through its batch and attests it.".to_owned(),
            Self::Unclaimed(number) => format!("Contributor {number} joins and claims the pseudonym, and a steward agrees."),
            Self::NoMandate(number, purpose) => format!("Contributor {number} gives a mandate for {purpose}."),
            Self::NoConsent(number, purpose) => format!("Contributor {number} consents to {purpose}."),
        }
    }
}

impl Basis {
    /// Whether everything is there that a stranger needs to check it.
    ///
    /// # Errors
    /// [`Refusal::LicenceIncomplete`].
    pub fn checked(self) -> Result<Self, Refusal> {
        let whole = [&self.name, &self.source, &self.body].iter().all(|text| !text.trim().is_empty());
        if self.kind == BasisKind::PublicLicence && !whole { Err(Refusal::LicenceIncomplete) } else { Ok(self) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn willing(uses: &[Use]) -> Permits {
        let uses: BTreeSet<Use> = uses.iter().copied().collect();
        Permits { known: true, mandate: uses.clone(), consent: uses }
    }

    #[test]
    fn a_record_enters_only_with_ground_screening_and_everybodys_yes() {
        let uses = BTreeSet::from([Use::Evaluate, Use::Finetune]);
        let fine = Facts { basis: Some(BasisKind::Consent), screened: true, out: false, people: vec![willing(&[Use::Evaluate, Use::Finetune, Use::Rag]); 2] };
        assert_eq!(may_enter(&fine, &uses), Ok(()));
        let one_short = Facts { people: vec![willing(&[Use::Evaluate, Use::Finetune]), willing(&[Use::Evaluate])], ..fine.clone() };
        assert_eq!(may_enter(&one_short, &uses), Err(vec![Reason::NoMandate(2, Use::Finetune), Reason::NoConsent(2, Use::Finetune)]));
        let held = Facts { people: vec![willing(&[Use::Evaluate, Use::Finetune]), Permits::default()], ..fine.clone() };
        assert_eq!(may_enter(&held, &uses), Err(vec![Reason::Unclaimed(2)]));
        assert_eq!(may_enter(&Facts { screened: false, ..fine.clone() }, &uses), Err(vec![Reason::NotScreened]));
        assert_eq!(may_enter(&Facts { basis: None, ..fine.clone() }, &uses), Err(vec![Reason::NoBasis]));
        assert_eq!(may_enter(&Facts { out: true, ..fine }, &uses), Err(vec![Reason::Out]));
    }

    #[test]
    fn a_public_licence_stands_in_for_consents_and_not_for_screening() {
        let facts = Facts { basis: Some(BasisKind::PublicLicence), screened: true, out: false, people: vec![Permits::default()] };
        assert_eq!(may_enter(&facts, &BTreeSet::from([Use::Pretrain])), Ok(()));
        assert_eq!(may_enter(&Facts { screened: false, ..facts }, &BTreeSet::new()), Err(vec![Reason::NotScreened]));
    }

    #[test]
    fn a_public_licence_comes_with_name_source_and_text() {
        let basis = |body: &str| Basis { kind: BasisKind::PublicLicence, name: "MIT".into(), source: "example.org".into(), body: body.into() };
        assert!(basis("Permission is hereby granted").checked().is_ok());
        assert_eq!(basis(" ").checked(), Err(Refusal::LicenceIncomplete));
        assert!(Basis { kind: BasisKind::Consent, ..basis("") }.checked().is_ok());
    }

    proptest! {
        /// Asking for less never shuts a record out, and taking a consent back never lets one in.
        #[test]
        fn the_gate_is_monotone(given in proptest::collection::btree_set(0..8_usize, 0..8), asked in proptest::collection::btree_set(0..8_usize, 0..8), dropped in 0..8_usize) {
            let pick = |set: &BTreeSet<usize>| set.iter().filter_map(|i| Use::ALL.get(*i).copied()).collect::<Vec<_>>();
            let facts = Facts { basis: Some(BasisKind::Consent), screened: true, out: false, people: vec![willing(&pick(&given))] };
            let uses: BTreeSet<Use> = pick(&asked).into_iter().collect();
            let mut fewer = uses.clone();
            fewer.remove(&Use::ALL[dropped]);
            let mut less = facts.clone();
            less.people[0].consent.remove(&Use::ALL[dropped]);
            prop_assert!(may_enter(&facts, &uses).is_err() || may_enter(&facts, &fewer).is_ok());
            prop_assert!(may_enter(&less, &uses).is_err() || may_enter(&facts, &uses).is_ok());
        }
    }
}
