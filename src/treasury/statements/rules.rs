//! One share worked out again, with every step between the receipt and the cent.

use crate::kernel::matter::{ShareBy, Split};
use crate::kernel::money::percent;
use crate::kernel::text::thousands;
use crate::treasury::splits::exact::{Fraction, measure, units};
use crate::treasury::splits::rules::{Bases, Refusal, deduct};

/// One basis of a split as it applied to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basis {
    /// By what.
    pub by: &'static str,
    /// Part of the members' money shared this way.
    pub part: String,
    /// The person's units.
    pub mine: String,
    /// Everybody's units.
    pub all: String,
}

/// A share explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Working {
    /// To running costs, minor units.
    pub costs: i64,
    /// To the reserve.
    pub reserve: i64,
    /// To members.
    pub rest: i64,
    /// Each basis.
    pub bases: Vec<Basis>,
    /// The exact share in minor units, four decimals.
    pub exact: String,
    /// Whether what was paid is within one minor unit of it.
    pub is_near: bool,
}

/// Records and words.
pub type Weights = (Fraction, Fraction);

/// Works out one person's share again from what the run stored: everybody's weights and theirs.
///
/// # Errors
/// When the stored figures make no sense.
pub fn working(amount: i64, split: &Split, payees: i64, all: Weights, mine: Weights, paid: i64) -> Result<Working, Refusal> {
    let (costs, reserve, rest) = deduct(amount, split)?;
    let common = measure([all.0.den, all.1.den, mine.0.den, mine.1.den]);
    let scaled = |fraction: Fraction| units(fraction.num, fraction.den, common).ok_or(Refusal::TooMuch);
    let bases = Bases::new(rest, split, u64::try_from(payees).unwrap_or(0), scaled(all.0)?, scaled(all.1)?);
    let share = bases.entitlement(scaled(mine.0)?, scaled(mine.1)?);
    let show = |by: ShareBy, bp: i64| {
        let (mine, all) = match by {
            ShareBy::Equal => ("1".to_owned(), thousands(payees)),
            ShareBy::Record => (mine.0.show(), all.0.show()),
            ShareBy::Word => (mine.1.show(), all.1.show()),
        };
        Basis { by: by.phrase(), part: percent(bp), mine, all }
    };
    let shown = split.parts.iter().filter(|(_, bp)| **bp > 0).map(|(by, bp)| show(*by, *bp)).collect();
    Ok(Working { costs, reserve, rest, bases: shown, exact: share.show(), is_near: share.is_near(paid) })
}

/// An exact share as people read it, in the currency's own units: `42920.4933` of a currency with
/// two decimals is `429.204933`.
#[must_use]
pub fn in_units(exact: &str, exponent: u32) -> String {
    let (whole, part) = exact.split_once('.').unwrap_or((exact, ""));
    let digits = usize::try_from(exponent).unwrap_or(0);
    let padded = format!("{whole:0>width$}", width = digits + 1);
    match padded.split_at_checked(padded.len().saturating_sub(digits)) {
        Some((units, cents)) => format!("{units}.{cents}{part}"),
        None => exact.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_share_is_explained_step_by_step() {
        let split = Split { costs_bp: 800, reserve_bp: 500, parts: BTreeMap::from([(ShareBy::Equal, 4_000), (ShareBy::Word, 6_000)]) };
        let whole = |n| Fraction { num: n, den: 1 };
        let working = working(100_001, &split, 3, (whole(3), whole(1_000)), (whole(1), whole(700)), 48_141).unwrap();
        assert_eq!((working.costs, working.reserve, working.rest), (8_000, 5_000, 87_001));
        assert_eq!(working.exact, "48140.5533");
        assert!(working.is_near);
        assert_eq!(working.bases[1], Basis { by: "by words", part: "60%".into(), mine: "700".into(), all: "1,000".into() });
    }

    #[test]
    fn an_exact_share_reads_in_the_currencys_own_units() {
        assert_eq!(in_units("42920.4933", 2), "429.204933");
        assert_eq!(in_units("5.1250", 2), "0.051250");
        assert_eq!(in_units("5.1250", 0), "5.1250");
        assert_eq!(in_units("5.1250", 3), "0.0051250");
    }
}
