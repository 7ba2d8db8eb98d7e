//! Money in whole minor units of a currency with its own exponent, and prices per unit in
//! millionths of a minor unit. No float anywhere, nothing rounded that the caller did not ask for.

use crate::kernel::text::thousands;
use serde::{Deserialize, Serialize};

/// The active currencies of ISO 4217 with two decimals.
const TWO: &str = "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF \
CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR \
IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO \
NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT \
TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW";
/// Those without decimals.
const NONE: &str = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF";
/// Those with three.
const THREE: &str = "BHD IQD JOD KWD LYD OMR TND";

/// A currency code of ISO 4217.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
#[serde(transparent)]
pub struct Currency(String);
crate::kernel::sql::stored_as_text!(Currency);

impl Currency {
    /// Reads a code; `None` when ISO 4217 lists no such active currency.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let code = code.trim().to_uppercase();
        let listed = [TWO, NONE, THREE].iter().any(|list| list.split_whitespace().any(|c| c == code));
        listed.then_some(Self(code))
    }

    /// The three letters.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.0
    }

    /// How many decimals its minor unit has.
    #[must_use]
    pub fn exponent(&self) -> u32 {
        if NONE.contains(&self.0) {
            0
        } else if THREE.contains(&self.0) {
            3
        } else {
            2
        }
    }

    /// An amount for people: `EUR 1,234.50`.
    #[must_use]
    pub fn show(&self, minor: i64) -> String {
        format!("{} {}", self.0, self.figure(minor))
    }

    /// An amount without its code: `1,234.50`.
    #[must_use]
    pub fn figure(&self, minor: i64) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let unit = 10_u64.pow(self.exponent());
        let size = minor.unsigned_abs();
        let whole = thousands(i64::try_from(size / unit).unwrap_or(i64::MAX));
        match self.exponent() {
            0 => format!("{sign}{whole}"),
            digits => format!("{sign}{whole}.{:0width$}", size % unit, width = digits as usize),
        }
    }

    /// The amount as a plain decimal for files: `1234.50`.
    #[must_use]
    pub fn plain(&self, minor: i64) -> String {
        self.figure(minor).replace(',', "")
    }

    /// Reads an amount as people type it: digits, at most one point, no more decimals than the
    /// currency has.
    ///
    /// # Errors
    /// Anything else, in words that say what was expected: signs, exponents, commas, other scripts'
    /// digits, amounts past 2^63 minor units.
    pub fn amount(&self, text: &str) -> Result<i64, AmountRefusal> {
        decimal(text, self.exponent()).map_err(|fault| AmountRefusal { fault, example: self.plain(123_450) })
    }

    /// Reads a price per unit, which may be finer than the minor unit by six decimals.
    ///
    /// # Errors
    /// As [`Currency::amount`].
    pub fn rate(&self, text: &str) -> Result<Rate, AmountRefusal> {
        decimal(text, self.exponent() + 6).map(Rate).map_err(|fault| AmountRefusal { fault, example: "0.125".to_owned() })
    }

    /// A price per unit for people, with as many decimals as it needs: `EUR 0.125`.
    #[must_use]
    pub fn show_rate(&self, rate: Rate) -> String {
        let digits = self.exponent() as usize + 6;
        let unit = 10_u64.pow(self.exponent() + 6);
        let whole = thousands(i64::try_from(rate.0.unsigned_abs() / unit).unwrap_or(i64::MAX));
        let part = format!("{:0digits$}", rate.0.unsigned_abs() % unit);
        let keep = part.trim_end_matches('0').len().max(self.exponent() as usize);
        match part.get(..keep) {
            Some(part) if !part.is_empty() => format!("{} {whole}.{part}", self.0),
            _ => format!("{} {whole}", self.0),
        }
    }
}

impl std::fmt::Display for Currency {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A price for one unit, in millionths of a minor unit, so that 0.001 euro a word is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::BigInt)]
#[serde(transparent)]
pub struct Rate(pub i64);
crate::kernel::sql::stored_as_number!(Rate);

impl Rate {
    /// Millionths in one minor unit.
    pub const MICROS: i128 = 1_000_000;

    /// The price of a quantity `num/den`, rounded up to a whole minor unit; `None` past 2^63.
    #[must_use]
    pub fn total(self, num: i64, den: i64) -> Option<i64> {
        let divisor = Self::MICROS.checked_mul(i128::from(den))?;
        let exact = i128::from(self.0).checked_mul(i128::from(num))?;
        let up = exact.checked_add(divisor.checked_sub(1)?)?.checked_div(divisor)?;
        i64::try_from(up).ok()
    }
}

/// What is wrong with a typed amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountFault {
    /// Nothing typed.
    Empty,
    /// A sign in front.
    Signed,
    /// A comma, which means different things in different countries.
    Comma,
    /// Anything but digits and one point.
    NotDigits,
    /// More decimals than the currency has.
    TooFine(u32),
    /// Past 2^63 minor units.
    TooLarge,
}

/// A refused amount, with an example of one that would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountRefusal {
    /// What is wrong.
    pub fault: AmountFault,
    /// An amount that would be accepted.
    pub example: String,
}

impl std::fmt::Display for AmountRefusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let example = &self.example;
        match self.fault {
            AmountFault::Empty => write!(f, "Enter an amount, for example {example}."),
            AmountFault::Signed => write!(f, "Enter an amount without a sign, for example {example}."),
            AmountFault::Comma => write!(f, "Write the amount without commas, with a point before the decimals, for example {example}."),
            AmountFault::NotDigits => write!(f, "Write the amount in digits 0 to 9 with at most one point, for example {example}."),
            AmountFault::TooFine(n) => write!(f, "At most {n} decimals are possible here, for example {example}."),
            AmountFault::TooLarge => write!(f, "This amount is larger than can be kept. Enter a smaller one."),
        }
    }
}

fn decimal(text: &str, digits: u32) -> Result<i64, AmountFault> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if text.is_empty() {
        return Err(AmountFault::Empty);
    }
    if text.starts_with(['-', '+', '\u{2212}']) {
        return Err(AmountFault::Signed);
    }
    if text.contains(',') {
        return Err(AmountFault::Comma);
    }
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    if whole.is_empty() || !whole.chars().chain(part.chars()).all(|c| c.is_ascii_digit()) || text.ends_with('.') {
        return Err(AmountFault::NotDigits);
    }
    if part.len() > digits as usize {
        return Err(AmountFault::TooFine(digits));
    }
    let padded = format!("{whole}{part:0<width$}", width = digits as usize);
    padded.parse::<i64>().map_err(|_| AmountFault::TooLarge)
}

/// Ten thousand basis points are the whole.
pub const WHOLE_BP: i64 = 10_000;

/// A share in basis points for people: `8%`, `12.5%`.
#[must_use]
pub fn percent(bp: i64) -> String {
    let part = format!("{:02}", (bp % 100).abs());
    match part.trim_end_matches('0') {
        "" => format!("{}%", bp / 100),
        part => format!("{}.{part}%", bp / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn eur() -> Currency {
        Currency::parse("eur").unwrap()
    }

    #[test]
    fn currencies_keep_their_own_exponent() {
        assert_eq!(eur().show(123_456_789), "EUR 1,234,567.89");
        assert_eq!(Currency::parse("JPY").unwrap().show(1_234), "JPY 1,234");
        assert_eq!(Currency::parse("KWD").unwrap().show(-1_234), "KWD -1.234");
        assert_eq!(Currency::parse("XBT"), None);
    }

    #[test]
    fn what_is_not_plainly_an_amount_is_refused_and_said_why() {
        for (text, fault) in [
            ("", AmountFault::Empty),
            ("-1", AmountFault::Signed),
            ("1,50", AmountFault::Comma),
            ("1e9", AmountFault::NotDigits),
            ("NaN", AmountFault::NotDigits),
            (".5", AmountFault::NotDigits),
            ("5.", AmountFault::NotDigits),
            ("１２", AmountFault::NotDigits),
            ("1.505", AmountFault::TooFine(2)),
            ("9223372036854775808", AmountFault::TooLarge),
        ] {
            assert_eq!(eur().amount(text).unwrap_err().fault, fault, "{text}");
        }
        assert_eq!(eur().amount(" 1 234.5 "), Ok(123_450));
        assert_eq!(eur().amount("92233720368547758.07"), Ok(i64::MAX));
    }

    #[test]
    fn a_rate_is_finer_than_a_cent_and_totals_round_up() {
        let rate = eur().rate("0.001").unwrap();
        assert_eq!(eur().show_rate(rate), "EUR 0.001");
        assert_eq!(eur().show_rate(eur().rate("12").unwrap()), "EUR 12.00");
        assert_eq!(rate.total(1_000, 1), Some(100));
        assert_eq!(rate.total(1_001, 1), Some(101));
        assert_eq!(Rate(i64::MAX).total(i64::MAX, 1), None);
    }

    #[test]
    fn shares_read_as_percentages() {
        assert_eq!([percent(800), percent(1250), percent(10_000), percent(1)], ["8%", "12.5%", "100%", "0.01%"]);
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(minor in 0..i64::MAX) {
            prop_assert_eq!(eur().amount(&eur().plain(minor)), Ok(minor));
        }
    }
}
