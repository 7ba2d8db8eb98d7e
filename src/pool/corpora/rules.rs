//! What a corpus selects, what a manifest says, and how figures are told.

use crate::kernel::digest::Digest;
use crate::kernel::terms::Use;
use crate::kernel::time::Timestamp;
use crate::pool::records::rules::BasisKind;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Which records a corpus selects. Records without words and later exact repeats stay out unless
/// asked for: a buyer pays for neither, and nobody is paid twice for the same words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Kinds of work; none means every kind.
    pub kinds: BTreeSet<String>,
    /// Languages; none means every one.
    pub languages: BTreeSet<String>,
    /// Numbers of batches; none means every one.
    pub batches: BTreeSet<i64>,
    /// Not before this instant.
    pub from: Option<Timestamp>,
    /// Before this instant.
    pub to: Option<Timestamp>,
    /// At least so many words; 1 leaves out the empty ones.
    pub min_words: i64,
    /// Whether later exact repeats come along.
    pub repeats: bool,
}

impl Default for Filter {
    fn default() -> Self {
        Self { kinds: BTreeSet::new(), languages: BTreeSet::new(), batches: BTreeSet::new(), from: None, to: None, min_words: 1, repeats: false }
    }
}

impl Filter {
    /// The filter in words, a condition a sentence.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let list = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(", ");
        let mut words = Vec::new();
        if !self.kinds.is_empty() {
            words.push(format!("Kinds: {}.", list(&self.kinds)));
        }
        if !self.languages.is_empty() {
            words.push(format!("Languages: {}.", list(&self.languages)));
        }
        if !self.batches.is_empty() {
            words.push(format!("Batches: {}.", self.batches.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")));
        }
        if let Some(from) = self.from {
            words.push(format!("From {}.", from.iso()));
        }
        if let Some(to) = self.to {
            words.push(format!("Before {}.", to.iso()));
        }
        words.push(match self.min_words {
            0 => "Records without words too.".to_owned(),
            1 => "No records without words.".to_owned(),
            n => format!("At least {n} words."),
        });
        words.push(if self.repeats { "Exact repeats too." } else { "Of exact repeats, the first only." }.to_owned());
        words
    }
}

/// Why an act on corpora was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The name makes no address.
    #[error("Take a name with at least two letters or digits.")]
    Name,
    /// The name is in use.
    #[error("There is a corpus of this name already. Take another, or freeze a new revision of that one.")]
    NameTaken,
    /// No use stated.
    #[error("State at least one use: what may enter depends on what contributors permit.")]
    NoUse,
    /// The period ends before it begins.
    #[error("The period ends before it begins.")]
    Period,
    /// Nothing to freeze.
    #[error("No record may enter for these uses, so there is nothing to freeze. The page says why.")]
    Nothing,
    /// A freeze is under way.
    #[error("Revision {0} is being frozen. Wait until it is done.")]
    UnderWay(i64),
}

impl crate::error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NameTaken | Self::UnderWay(_) => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        match self {
            Self::Name | Self::NameTaken => Some("name"),
            Self::NoUse => Some("uses"),
            Self::Period => Some("to"),
            _ => None,
        }
    }
}

/// A ground named in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ground {
    /// Which kind.
    pub kind: BasisKind,
    /// The licence's name, or how consent was asked.
    pub name: String,
    /// Where from.
    pub source: String,
    /// Records on it.
    pub records: i64,
}

/// A file named in a manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub media_type: String,
    /// Its bytes.
    pub bytes: i64,
    /// SHA-256 of its bytes.
    pub sha256: Digest,
    /// Records in it.
    pub records: i64,
}

/// Everything a stranger needs to check a frozen revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The cooperative's name in addresses.
    pub cooperative: String,
    /// The corpus's name in addresses.
    pub corpus: String,
    /// The corpus's name.
    pub title: String,
    /// Number of the revision.
    pub revision: i64,
    /// When it was frozen (its records, grounds and permissions as they stood then).
    pub frozen_at: String,
    /// Root of the Merkle tree (RFC 6962) over the leaves in the order of record ids.
    pub root: Digest,
    /// How a leaf is made.
    pub leaf: String,
    /// Records.
    pub records: i64,
    /// Different contributors, as a number.
    pub contributors: i64,
    /// Words (UAX 29).
    pub words: i64,
    /// Bytes of text.
    pub bytes: i64,
    /// Records by kind.
    pub kinds: BTreeMap<String, i64>,
    /// Records by language.
    pub languages: BTreeMap<String, i64>,
    /// Earliest and latest instant of a record, where known.
    pub period: Option<(String, String)>,
    /// Records by length: label and number.
    pub lengths: Vec<(String, i64)>,
    /// The uses contributors were asked for.
    pub uses: BTreeSet<Use>,
    /// The selection.
    pub filter: Filter,
    /// The grounds.
    pub grounds: Vec<Ground>,
    /// How it was screened.
    pub screening: String,
    /// The files.
    pub files: Vec<File>,
}

/// Upper ends of the classes of length, in words; above the last is one more class.
const LENGTHS: [i64; 8] = [10, 25, 50, 100, 200, 400, 800, 1_600];

/// Labels of the classes of length.
#[must_use]
pub fn length_labels() -> Vec<String> {
    let mut from = 0;
    let mut labels: Vec<String> = LENGTHS
        .iter()
        .map(|to| {
            let label = format!("{from}-{}", to - 1);
            from = *to;
            label
        })
        .collect();
    labels.push(format!("{from}+"));
    labels
}

/// The class of a length.
#[must_use]
pub fn length_class(words: i64) -> usize {
    LENGTHS.iter().position(|to| words < *to).unwrap_or(LENGTHS.len())
}

/// Figures gathered while a revision is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Records.
    pub records: i64,
    /// Words.
    pub words: i64,
    /// Bytes of text.
    pub bytes: i64,
    /// By kind.
    pub kinds: BTreeMap<String, i64>,
    /// By language.
    pub languages: BTreeMap<String, i64>,
    /// Earliest and latest.
    pub period: Option<(Timestamp, Timestamp)>,
    /// By class of length.
    pub lengths: Vec<i64>,
}

impl Figures {
    /// Counts one record in.
    pub fn count(&mut self, kind: &str, language: &str, at: Option<Timestamp>, words: i64, bytes: i64) {
        self.records += 1;
        self.words += words;
        self.bytes += bytes;
        *self.kinds.entry(kind.to_owned()).or_default() += 1;
        *self.languages.entry(language.to_owned()).or_default() += 1;
        if let Some(at) = at {
            self.period = Some(self.period.map_or((at, at), |(from, to)| (from.min(at), to.max(at))));
        }
        self.lengths.resize(LENGTHS.len() + 1, 0);
        if let Some(class) = self.lengths.get_mut(length_class(words)) {
            *class += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_has_its_class_and_every_class_its_label() {
        let labels = length_labels();
        assert_eq!((labels.len(), labels[0].as_str(), labels[8].as_str()), (9, "0-9", "1600+"));
        for (words, label) in [(0, "0-9"), (9, "0-9"), (10, "10-24"), (1_599, "800-1599"), (1_600, "1600+"), (i64::MAX, "1600+")] {
            assert_eq!(labels[length_class(words)], label);
        }
    }

    #[test]
    fn figures_add_up() {
        let mut figures = Figures::default();
        figures.count("a", "en", Some(Timestamp(5)), 3, 10);
        figures.count("b", "en", Some(Timestamp(2)), 30, 90);
        figures.count("b", "sw", None, 0, 0);
        assert_eq!((figures.records, figures.words, figures.bytes, figures.period), (3, 33, 100, Some((Timestamp(2), Timestamp(5)))));
        assert_eq!((figures.kinds["b"], figures.languages["en"], figures.lengths[0], figures.lengths.iter().sum::<i64>()), (2, 2, 2, 3));
    }

    #[test]
    fn the_usual_filter_leaves_out_what_nobody_pays_for() {
        assert_eq!(Filter::default().words(), ["No records without words.", "Of exact repeats, the first only."]);
        let json = serde_json::to_string(&Filter::default()).unwrap();
        assert_eq!(serde_json::from_str::<Filter>(&json).unwrap(), Filter::default());
    }
}
