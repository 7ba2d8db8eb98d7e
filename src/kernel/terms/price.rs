//! What a licence costs: a rate per unit and a minimum, and how much of each unit a revision holds.

use crate::kernel::money::{Currency, Rate};
use crate::kernel::sql::words;
use serde::{Deserialize, Serialize};

words! {
    /// What a price is counted in.
    Unit {
        /// One sum for the whole revision.
        Flat = "flat", "for the whole corpus";
        /// Each record.
        Record = "record", "per record";
        /// A thousand words.
        ThousandWords = "thousand_words", "per thousand words";
        /// A million bytes of text.
        Megabyte = "megabyte", "per megabyte of text";
    }
}

/// How much a revision holds, in every unit a price can be counted in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quantities {
    /// Records.
    pub records: i64,
    /// Words.
    pub words: i64,
    /// Bytes of text.
    pub bytes: i64,
}

impl Quantities {
    /// How many of `unit`, as an exact fraction.
    #[must_use]
    pub const fn of(&self, unit: Unit) -> (i64, i64) {
        match unit {
            Unit::Flat => (1, 1),
            Unit::Record => (self.records, 1),
            Unit::ThousandWords => (self.words, 1_000),
            Unit::Megabyte => (self.bytes, 1_000_000),
        }
    }
}

/// A price in one unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// ISO 4217.
    pub currency: Currency,
    /// Counted in.
    pub unit: Unit,
    /// For one unit, in millionths of a minor unit.
    pub rate: Rate,
}

impl Price {
    /// The sum due for these quantities in minor units, rounded up; `None` past 2^63.
    #[must_use]
    pub fn total(&self, quantities: &Quantities) -> Option<i64> {
        let (num, den) = quantities.of(self.unit);
        self.rate.total(num, den)
    }

    /// For people: `EUR 0.125 per record`.
    #[must_use]
    pub fn show(&self) -> String {
        format!("{} {}", self.currency.show_rate(self.rate), self.unit.phrase())
    }
}
