//! Exact fractions. A record shared by three people gives each a third of it, and a sum of such
//! parts must stay exact over a million records: units are whole numbers over one common measure.

use num_bigint::BigUint;
use serde::{Deserialize, Serialize};

/// A number of units of one common measure, written as decimal text in files so that no reader
/// rounds it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Units(pub u128);

impl From<Units> for String {
    fn from(units: Units) -> Self {
        units.0.to_string()
    }
}

impl TryFrom<String> for Units {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let units: u128 = text.parse().map_err(|_| format!("{text:?} is no whole number"))?;
        if units.to_string() == text { Ok(Self(units)) } else { Err(format!("{text:?} is not written as plain digits")) }
    }
}

/// Finer than this, shares are cut to whole units: one record is then a thousand million of them.
pub const FINEST: u128 = 1_000_000_000_000_000_000;
const CUT: u128 = 1_000_000_000;

/// The common measure of these shares-of: how many units make one record. Exact whenever their
/// least common multiple is at most 10^18 (it is for any mix of up to 40 equal shares, percent
/// and basis points); else 10^9 units, each sum then cut down by less than one unit.
#[must_use]
pub fn measure(of_shares: impl IntoIterator<Item = u128>) -> u128 {
    of_shares.into_iter().filter(|of| *of > 0).try_fold(1, lcm).unwrap_or(CUT)
}

fn lcm(a: u128, b: u128) -> Option<u128> {
    a.checked_div(gcd(a, b))?.checked_mul(b).filter(|lcm| *lcm <= FINEST)
}

/// The greatest common divisor.
#[must_use]
pub fn gcd(mut a: u128, mut b: u128) -> u128 {
    while b != 0 {
        (a, b) = (b, a.checked_rem(b).unwrap_or(0));
    }
    a
}

/// `sum` shares, each one `of`-th of a record (or of its words), in units of the measure.
#[must_use]
pub fn units(sum: u128, of: u128, measure: u128) -> Option<u128> {
    let scaled = sum.checked_mul(measure);
    match scaled {
        Some(scaled) => scaled.checked_div(of),
        // Only when cut: whole records first, the rest after.
        None => sum.checked_div(of)?.checked_mul(measure)?.checked_add(sum.checked_rem(of)?.checked_mul(measure)?.checked_div(of)?),
    }
}

/// A fraction in lowest terms, stored as `613/2` or `613`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fraction {
    /// Above the line.
    pub num: u128,
    /// Below the line, above zero.
    pub den: u128,
}

impl Fraction {
    /// So many units of a measure.
    #[must_use]
    pub fn of(units: u128, measure: u128) -> Self {
        let common = gcd(units, measure).max(1);
        Self { num: units.checked_div(common).unwrap_or(units), den: measure.checked_div(common).unwrap_or(1).max(1) }
    }

    /// Reads the stored form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (num, den) = text.split_once('/').unwrap_or((text, "1"));
        let fraction = Self { num: num.parse().ok()?, den: den.parse().ok()? };
        (fraction.den > 0).then_some(fraction)
    }

    /// For people: `306 1/2`, `1,204`.
    #[must_use]
    pub fn show(&self) -> String {
        let (whole, rest) = (self.num.checked_div(self.den).unwrap_or(0), self.num.checked_rem(self.den).unwrap_or(0));
        let whole_words = i64::try_from(whole).map_or_else(|_| whole.to_string(), crate::kernel::text::thousands);
        match (whole, rest) {
            (_, 0) => whole_words,
            (0, _) => format!("{rest}/{}", self.den),
            _ => format!("{whole_words} {rest}/{}", self.den),
        }
    }
}

impl std::fmt::Display for Fraction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.den == 1 { write!(f, "{}", self.num) } else { write!(f, "{}/{}", self.num, self.den) }
    }
}

/// An exact sum of money, minor units over a denominator of any size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitlement {
    /// Above the line.
    pub num: BigUint,
    /// Below the line, above zero.
    pub den: BigUint,
}

impl Entitlement {
    /// Whole minor units in it.
    #[must_use]
    pub fn floor(&self) -> i64 {
        i64::try_from(&self.num / &self.den).unwrap_or(i64::MAX)
    }

    /// What is left of a minor unit, over the same denominator.
    #[must_use]
    pub fn rest(&self) -> BigUint {
        &self.num % &self.den
    }

    /// Whether `paid` is within one minor unit of it.
    #[must_use]
    pub fn is_near(&self, paid: i64) -> bool {
        let Ok(paid) = u64::try_from(paid) else { return false };
        let paid = &self.den * BigUint::from(paid);
        let off = if paid > self.num { paid - &self.num } else { &self.num - paid };
        off < self.den
    }

    /// In minor units with four decimals, cut, for people: `4123.6182`.
    #[must_use]
    pub fn show(&self) -> String {
        let parts = (&self.num * BigUint::from(10_000_u32) / &self.den).to_string();
        let padded = format!("{parts:0>5}");
        let (whole, part) = padded.split_at_checked(padded.len().saturating_sub(4)).unwrap_or((&padded, ""));
        format!("{whole}.{part}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_measure_is_exact_for_every_plausible_mix() {
        assert_eq!(measure([1, 2, 3, 100]), 300);
        let all: Vec<u128> = (1..=40).chain([100, 10_000]).collect();
        let measure_of_all = measure(all.iter().copied());
        assert!(all.iter().all(|of| measure_of_all % of == 0));
        assert_eq!(measure([999_999_937, 999_999_929, 999_999_893]), CUT, "primes past any use are cut");
        assert_eq!(units(7, 2, 6), Some(21));
        assert_eq!(units(u128::MAX / 2, 3, CUT), None);
    }

    #[test]
    fn fractions_read_as_written() {
        assert_eq!(Fraction::of(1_226, 4).to_string(), "613/2");
        assert_eq!(Fraction::parse("613/2"), Some(Fraction { num: 613, den: 2 }));
        assert_eq!([Fraction::of(613, 2).show(), Fraction::of(1, 3).show(), Fraction::of(2_408, 2).show(), Fraction::of(0, 5).show()], ["306 1/2", "1/3", "1,204", "0"]);
        assert!(Fraction::parse("1/0").is_none() && Fraction::parse("-1").is_none() && Fraction::parse("").is_none());
        assert!(Units::try_from("007".to_owned()).is_err() && Units::try_from("+7".to_owned()).is_err());
    }

    #[test]
    fn an_entitlement_shows_its_decimals() {
        let third = Entitlement { num: BigUint::from(10_u8), den: BigUint::from(3_u8) };
        assert_eq!(third.show(), "3.3333");
        assert!(third.is_near(3) && third.is_near(4) && !third.is_near(5) && !third.is_near(2) && !third.is_near(-1));
        assert_eq!(Entitlement { num: BigUint::from(1_u8), den: BigUint::from(400_u16) }.show(), "0.0025");
    }

    proptest! {
        #[test]
        fn lowest_terms_keep_the_value(units in 0..u64::MAX, measure in 1..u64::MAX) {
            let fraction = Fraction::of(units.into(), measure.into());
            prop_assert_eq!(fraction.num * u128::from(measure), fraction.den * u128::from(units));
            prop_assert_eq!(Fraction::parse(&fraction.to_string()), Some(fraction));
        }
    }
}
