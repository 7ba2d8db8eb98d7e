//! The splitter: one receipt into costs, reserve and contributors' shares, to the cent, by largest
//! remainder. What it is computed from is one canonical text, so that anybody replays it.

use super::exact::{Entitlement, Units};
use crate::error;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{LicenceId, RevisionId};
use crate::kernel::matter::{ShareBy, Split};
use crate::kernel::money::{Currency, WHOLE_BP};
use num_bigint::BigUint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The name and version of the file format.
pub const FORMAT: &str = "guildhall-run-1";

/// What one payee contributed to the licensed revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// The payee's mark in this run: a digest over a secret salt, telling nobody who it is.
    pub mark: Digest,
    /// Records, each counted by the payee's share in it.
    pub records: Units,
    /// Words of records, each record's counted by the payee's share in it.
    pub words: Units,
}

/// The receipt that is split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Received {
    /// Its number.
    pub number: i64,
    /// Minor units.
    pub amount: i64,
    /// Their currency.
    pub currency: Currency,
    /// The licence that was paid for.
    pub licence: LicenceId,
}

/// Everything a run is computed from. The order of fields is that of the canonical JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// [`FORMAT`].
    pub format: String,
    /// The money.
    pub receipt: Received,
    /// The corpus revision that was licensed.
    pub revision: RevisionId,
    /// Its Merkle root.
    pub root: Digest,
    /// Number of the proposal that adopted the split.
    pub adopted_by: i64,
    /// The split.
    pub split: Split,
    /// How many units make one record (and one word).
    pub measure: Units,
    /// By mark, rising.
    pub payees: Vec<Weight>,
}

/// One payee's part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The payee's mark.
    pub mark: Digest,
    /// Minor units.
    pub amount: i64,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// For running costs.
    pub costs: i64,
    /// For the reserve.
    pub reserve: i64,
    /// For contributors, in the order of the input.
    pub lines: Vec<Line>,
}

/// A run as a file that anybody checks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunFile {
    /// What it was computed from.
    pub input: Input,
    /// SHA-256 of the input's canonical JSON.
    pub input_hash: Digest,
    /// What came out.
    pub output: Output,
    /// SHA-256 of the output's canonical JSON.
    pub output_hash: Digest,
}

/// Why there is no run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No split was ever adopted.
    #[error("Members have not adopted a split yet, so nothing says who gets what. Put one to the vote first.")]
    NoSplit,
    /// The split's numbers make no whole.
    #[error("The parts of this split do not make a whole, so nothing was adopted.")]
    NotWhole,
    /// Adopted already.
    #[error("This decision's split was adopted before. Nothing was changed.")]
    AdoptedBefore,
    /// Nobody to pay.
    #[error("The licensed revision names no contributors, so there is nobody to share this receipt among.")]
    Nobody,
    /// Nothing above zero came in.
    #[error("Only an amount above zero can be split.")]
    NoMoney,
    /// The input's payees are out of order or repeated.
    #[error("The payees of a run stand by mark, each once. This input is not in order.")]
    Disorder,
    /// Too many or too fine shares.
    #[error("The shares of this revision are too many to be added up exactly.")]
    TooMuch,
    /// A run waits or was released already.
    #[error("Receipt {0} has a run already (no. {1}). Discard that one first, if it was not released.")]
    HasRun(i64, i64),
    /// The receipt was paid back.
    #[error("Receipt {0} was refunded, or a refund of it waits for approval, so it is not split.")]
    Refunded(i64),
    /// What was worked out is no longer what is stored.
    #[error("The receipt, the split or the revision changed while the run was worked out. Start again.")]
    Changed,
    /// Not a treasurer.
    #[error("Only a treasurer may propose a run.")]
    NotTreasurer,
    /// Neither treasurer nor steward.
    #[error("Only a treasurer or a steward may rule on a run.")]
    MayNotRule,
    /// The same person twice.
    #[error("You proposed run {0} yourself. Somebody else has to release it.")]
    SamePerson(i64),
    /// Ruled on already.
    #[error("Run {0} was ruled on already. Nothing was changed.")]
    Ruled(i64),
    /// Lines are still being written.
    #[error("Run {0} is still being written down. Try again in a minute.")]
    Unfinished(i64),
    /// No reason given.
    #[error("Say why the run is discarded.")]
    NoReason,
}

impl error::Refusal for Refusal {
    fn status(&self) -> u16 {
        match self {
            Self::NotTreasurer | Self::MayNotRule | Self::SamePerson(_) => 403,
            Self::HasRun(..) | Self::Ruled(_) | Self::Changed | Self::AdoptedBefore => 409,
            _ => 422,
        }
    }
    fn field(&self) -> Option<&'static str> {
        matches!(self, Self::NoReason).then_some("reason")
    }
}

/// Costs, reserve and the members' part of an amount: the first two cut down to whole minor units,
/// so that what rounding leaves goes to members.
///
/// # Errors
/// When the amount is not above zero, or the split makes no whole.
pub fn deduct(amount: i64, split: &Split) -> Result<(i64, i64, i64), Refusal> {
    if amount <= 0 {
        return Err(Refusal::NoMoney);
    }
    if !split.is_whole() {
        return Err(Refusal::NotWhole);
    }
    let part = |bp: i64| i64::try_from(i128::from(amount) * i128::from(bp) / i128::from(WHOLE_BP)).map_err(|_| Refusal::TooMuch);
    let (costs, reserve) = (part(split.costs_bp)?, part(split.reserve_bp)?);
    Ok((costs, reserve, amount - costs - reserve))
}

/// By what the members' part is shared: each basis in use with its basis points and the sum of
/// everybody's units. A basis under which nobody has anything is left out and the others take its
/// part in proportion; where that leaves none, everybody gets an equal part.
#[derive(Clone, Debug)]
pub struct Bases {
    rest: i64,
    used: Vec<(ShareBy, BigUint, BigUint)>,
}

impl Bases {
    /// Of the members' part `rest`, a split's parts and everybody's totals.
    #[must_use]
    pub fn new(rest: i64, split: &Split, payees: u64, records: u128, words: u128) -> Self {
        let total = |by| match by {
            ShareBy::Equal => BigUint::from(payees),
            ShareBy::Record => BigUint::from(records),
            ShareBy::Word => BigUint::from(words),
        };
        let in_use = |(by, bp): (&ShareBy, &i64)| Some((*by, BigUint::from(u64::try_from(*bp).ok()?), total(*by)));
        let zero = BigUint::from(0_u8);
        let mut used: Vec<_> = split.parts.iter().filter_map(in_use).filter(|(_, bp, total)| *bp > zero && *total > zero).collect();
        if used.is_empty() {
            used.push((ShareBy::Equal, BigUint::from(1_u8), BigUint::from(payees.max(1))));
        }
        Self { rest, used }
    }

    /// What a payee with these units is entitled to, exactly.
    #[must_use]
    pub fn entitlement(&self, records: u128, words: u128) -> Entitlement {
        let mine = |by| match by {
            ShareBy::Equal => BigUint::from(1_u8),
            ShareBy::Record => BigUint::from(records),
            ShareBy::Word => BigUint::from(words),
        };
        let others = |by| self.used.iter().filter(move |(other, ..)| *other != by).map(|(.., total)| total).product::<BigUint>();
        let num: BigUint = self.used.iter().map(|(by, bp, _)| bp * mine(*by) * others(*by)).sum();
        let whole: BigUint = self.used.iter().map(|(_, bp, _)| bp).sum();
        let den = whole * self.used.iter().map(|(.., total)| total).product::<BigUint>();
        Entitlement { num: num * BigUint::from(u64::try_from(self.rest).unwrap_or(0)), den }
    }
}

/// Splits: everybody gets the whole minor units of the exact entitlement; the units left over go
/// one each to the largest remainders, ties to the lower mark. Marks are digests over a secret
/// salt, so no order of names, numbers or joining is favoured.
///
/// # Errors
/// When there is no money, nobody to pay, or the input is out of order.
pub fn split(input: &Input) -> Result<Output, Refusal> {
    let (costs, reserve, rest) = deduct(input.receipt.amount, &input.split)?;
    check_payees(&input.payees)?;
    let sum = |unit: fn(&Weight) -> u128| input.payees.iter().map(unit).try_fold(0_u128, u128::checked_add).ok_or(Refusal::TooMuch);
    let (records, words) = (sum(|w| w.records.0)?, sum(|w| w.words.0)?);
    let bases = Bases::new(rest, &input.split, input.payees.len() as u64, records, words);
    let shares: Vec<Entitlement> = input.payees.iter().map(|w| bases.entitlement(w.records.0, w.words.0)).collect();
    let mut left = rest - shares.iter().map(Entitlement::floor).sum::<i64>();
    let mut by_rest: Vec<(usize, BigUint)> = shares.iter().map(Entitlement::rest).enumerate().collect();
    // Stable, and payees stand by mark: equal remainders stay in the order of marks.
    by_rest.sort_by(|(_, a), (_, b)| b.cmp(a));
    let mut raised = BTreeSet::new();
    for (position, _) in by_rest {
        if left == 0 {
            break;
        }
        raised.insert(position);
        left -= 1;
    }
    let line = |(position, (weight, share)): (usize, (&Weight, &Entitlement))| Line { mark: weight.mark.clone(), amount: share.floor() + i64::from(raised.contains(&position)) };
    let lines = input.payees.iter().zip(&shares).enumerate().map(line).collect();
    Ok(Output { costs, reserve, lines })
}

fn check_payees(payees: &[Weight]) -> Result<(), Refusal> {
    if payees.is_empty() {
        return Err(Refusal::Nobody);
    }
    let rising = payees.iter().zip(payees.iter().skip(1)).all(|(a, b)| a.mark < b.mark);
    if rising { Ok(()) } else { Err(Refusal::Disorder) }
}

/// What a check of a run file found; no problems means it is right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What was checked, as names and values.
    pub facts: Vec<(String, String)>,
    /// What is wrong, in words.
    pub problems: Vec<String>,
}

/// Checks a run file from nothing but itself: hashes, sum, and every line computed anew.
///
/// # Errors
/// When the text is no run file.
pub fn verify_run(json: &str) -> Result<Report, serde_json::Error> {
    let file: RunFile = serde_json::from_str(json)?;
    let (input, output) = (&file.input, &file.output);
    let mut problems = Vec::new();
    let mut expect = |right: bool, words: &str| if !right { problems.push(words.to_owned()) };
    expect(input.format == FORMAT, "the format is not guildhall-run-1");
    expect(Digest::of_json(input)? == file.input_hash, "the input does not hash to input_hash: it was changed");
    expect(Digest::of_json(output)? == file.output_hash, "the output does not hash to output_hash: it was changed");
    expect(total(output) == i128::from(input.receipt.amount), "the shares do not sum to the receipt");
    match split(input) {
        Ok(replayed) => expect(replayed == *output, "computing the split anew gives other shares"),
        Err(refusal) => problems.push(refusal.to_string()),
    }
    let money = |minor| input.receipt.currency.show(minor);
    let facts = [
        ("receipt", input.receipt.number.to_string()),
        ("licence", input.receipt.licence.to_string()),
        ("revision", input.revision.to_string()),
        ("adopted by proposal", input.adopted_by.to_string()),
        ("amount", money(input.receipt.amount)),
        ("costs", money(output.costs)),
        ("reserve", money(output.reserve)),
        ("payees", output.lines.len().to_string()),
    ];
    Ok(Report { facts: facts.map(|(name, value)| (name.to_owned(), value)).into(), problems })
}

/// Everything that was given out.
#[must_use]
pub fn total(output: &Output) -> i128 {
    output.lines.iter().map(|line| i128::from(line.amount)).sum::<i128>() + i128::from(output.costs) + i128::from(output.reserve)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
