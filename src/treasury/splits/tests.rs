use super::*;
use crate::kernel::ids::Id as _;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn rule(costs_bp: i64, reserve_bp: i64, parts: &[(ShareBy, i64)]) -> Split {
    Split { costs_bp, reserve_bp, parts: parts.iter().copied().collect() }
}

fn mark(n: usize) -> Digest {
    Digest::of(&n.to_be_bytes())
}

fn input(amount: i64, split: Split, units: &[(u128, u128)]) -> Input {
    let mut payees: Vec<Weight> = units.iter().enumerate().map(|(n, (r, w))| Weight { mark: mark(n), records: Units(*r), words: Units(*w) }).collect();
    payees.sort_by(|a, b| a.mark.cmp(&b.mark));
    let id = "0190a0b0-0000-7000-8000-000000000001";
    Input {
        format: FORMAT.into(),
        receipt: Received { number: 1, amount, currency: Currency::parse("EUR").unwrap(), licence: LicenceId::parse(id).unwrap() },
        revision: RevisionId::parse(id).unwrap(),
        root: Digest::of(b"root"),
        adopted_by: 3,
        split,
        measure: Units(1),
        payees,
    }
}

/// Amounts in the order in which the units were given.
fn amounts(amount: i64, split_rule: Split, units: &[(u128, u128)]) -> Vec<i64> {
    let output = split(&input(amount, split_rule, units)).unwrap();
    let by_mark: BTreeMap<_, _> = output.lines.into_iter().map(|line| (line.mark, line.amount)).collect();
    (0..units.len()).map(|n| by_mark[&mark(n)]).collect()
}

#[test]
fn a_known_split_comes_out_to_the_cent() {
    let split_rule = rule(800, 500, &[(ShareBy::Equal, 4_000), (ShareBy::Word, 6_000)]);
    let input = input(100_001, split_rule, &[(1, 700), (1, 200), (1, 100)]);
    let output = split(&input).unwrap();
    assert_eq!((output.costs, output.reserve), (8_000, 5_000));
    // 87,001 left; 34,800.4 in equal parts of 11,600.13; 52,200.6 by words.
    assert_eq!(amounts(100_001, input.split, &[(1, 700), (1, 200), (1, 100)]), [48_141, 22_040, 16_820]);
}

#[test]
fn refusals() {
    let equal = rule(0, 0, &[(ShareBy::Equal, 10_000)]);
    assert_eq!(split(&input(0, equal.clone(), &[(1, 1)])), Err(Refusal::NoMoney));
    assert_eq!(split(&input(-5, equal.clone(), &[(1, 1)])), Err(Refusal::NoMoney));
    assert_eq!(split(&input(5, equal.clone(), &[])), Err(Refusal::Nobody));
    assert_eq!(split(&input(5, rule(5_000, 5_000, &[(ShareBy::Equal, 10_000)]), &[(1, 1)])), Err(Refusal::NotWhole));
    let mut twice = input(5, equal.clone(), &[(1, 1), (1, 1)]);
    twice.payees[1] = twice.payees[0].clone();
    assert_eq!(split(&twice), Err(Refusal::Disorder));
    assert_eq!(split(&input(5, equal, &[(u128::MAX, 1), (1, 1)])), Err(Refusal::TooMuch));
}

#[test]
fn a_basis_under_which_nobody_has_anything_is_left_out() {
    let words = rule(0, 0, &[(ShareBy::Word, 10_000)]);
    assert_eq!(amounts(90, words, &[(1, 0), (2, 0), (3, 0)]), [30, 30, 30]);
    let mixed = rule(0, 0, &[(ShareBy::Record, 2_000), (ShareBy::Word, 8_000)]);
    assert_eq!(amounts(60, mixed, &[(1, 0), (2, 0), (3, 0)]), [10, 20, 30]);
}

#[test]
fn a_million_payees_times_the_largest_amount_does_not_overflow() {
    let units: Vec<(u128, u128)> = (0..1_000).map(|n| (super::super::exact::FINEST + n, super::super::exact::FINEST * 1_000_000 + n)).collect();
    let mix = rule(1, 1, &[(ShareBy::Equal, 3_334), (ShareBy::Record, 3_333), (ShareBy::Word, 3_333)]);
    let output = split(&input(i64::MAX, mix, &units)).unwrap();
    assert_eq!(total(&output), i128::from(i64::MAX));
}

/// Every small case, not a sample: up to four payees, amounts to 30, weights to 3.
#[test]
fn every_small_split_is_whole_and_near() {
    let by_record = rule(700, 300, &[(ShareBy::Record, 10_000)]);
    for n in 1..=4_u32 {
        for code in 0..4_u128.pow(n) {
            let units: Vec<(u128, u128)> = (0..n).map(|i| (code / 4_u128.pow(i) % 4, 0)).collect();
            for amount in 1..=30 {
                check(&input(amount, by_record.clone(), &units)).unwrap();
            }
        }
    }
}

fn check(input: &Input) -> Result<(), TestCaseError> {
    let output = split(input).unwrap();
    prop_assert_eq!(total(&output), i128::from(input.receipt.amount), "S1: the sum is exact");
    let (_, _, rest) = deduct(input.receipt.amount, &input.split).unwrap();
    let sum = |unit: fn(&Weight) -> u128| input.payees.iter().map(unit).sum();
    let bases = Bases::new(rest, &input.split, input.payees.len() as u64, sum(|w| w.records.0), sum(|w| w.words.0));
    for (weight, line) in input.payees.iter().zip(&output.lines) {
        prop_assert!(bases.entitlement(weight.records.0, weight.words.0).is_near(line.amount), "S2: within one unit");
    }
    Ok(())
}

fn any_split() -> impl Strategy<Value = Split> {
    (0..3_000_i64, 0..3_000_i64, 0..=10_000_i64, 0..=10_000_i64).prop_map(|(costs, reserve, a, b)| {
        let (low, high) = (a.min(b), a.max(b));
        rule(costs, reserve, &[(ShareBy::Equal, low), (ShareBy::Record, high - low), (ShareBy::Word, 10_000 - high)])
    })
}

fn any_units() -> impl Strategy<Value = Vec<(u128, u128)>> {
    let one = prop_oneof![0..5_u128, 0..1_000_000_u128, 0..1_u128 << 80];
    prop::collection::vec((one.clone(), one), 1..30)
}

fn any_amount() -> impl Strategy<Value = i64> {
    prop_oneof![1..100_i64, 1..10_000_000_i64, 1..i64::MAX]
}

proptest! {
    /// S1 and S2.
    #[test]
    fn sums_exactly_and_nobody_is_off_by_a_cent(amount in any_amount(), split in any_split(), units in any_units()) {
        check(&input(amount, split, &units))?;
    }

    /// S3: who stands first in the list does not matter; the marks decide and they are random.
    #[test]
    fn the_order_of_payees_changes_nothing(amount in any_amount(), split_rule in any_split(), units in any_units(), turn in 0..30_usize) {
        let one = input(amount, split_rule, &units);
        let mut turned = one.clone();
        let by = turn % turned.payees.len();
        turned.payees.rotate_left(by);
        if by > 0 {
            prop_assert_eq!(split(&turned), Err(Refusal::Disorder));
        }
        turned.payees.sort_by(|a, b| a.mark.cmp(&b.mark));
        prop_assert_eq!(split(&turned).unwrap(), split(&one).unwrap());
    }

    /// S4: more work never means a smaller exact entitlement.
    #[test]
    fn more_records_never_mean_less(rest in 1..i64::MAX, split in any_split(), units in any_units(), more in 1..1_000_000_u128) {
        let totals = |units: &[(u128, u128)]| (units.iter().map(|u| u.0).sum::<u128>(), units.iter().map(|u| u.1).sum::<u128>());
        let entitled = |units: &[(u128, u128)]| {
            let (records, words) = totals(units);
            Bases::new(rest, &split, units.len() as u64, records, words).entitlement(units[0].0, units[0].1)
        };
        // Where a basis comes into use only by the raise, the parts themselves change; that case is apart.
        prop_assume!(totals(&units).0 > 0);
        let mut raised = units.clone();
        raised[0].0 += more;
        let (before, after) = (entitled(&units), entitled(&raised));
        prop_assert!(after.num * before.den >= before.num * after.den);
    }

    /// S5: no part in it, no share of it, where nothing is shared equally.
    #[test]
    fn nothing_for_nothing(amount in any_amount(), mut units in any_units()) {
        units.push((0, 0));
        units.push((1, 1));
        let by_work = rule(0, 0, &[(ShareBy::Record, 5_000), (ShareBy::Word, 5_000)]);
        let shares = amounts(amount, by_work, &units);
        for (unit, share) in units.iter().zip(shares) {
            if *unit == (0, 0) {
                prop_assert_eq!(share, 0);
            }
        }
    }

    /// S7: counting in halves or in sixths is the same.
    #[test]
    fn a_finer_measure_changes_nothing(amount in any_amount(), split_rule in any_split(), units in any_units(), times in 1..1_000_u128) {
        let finer: Vec<(u128, u128)> = units.iter().map(|(r, w)| (r * times, w * times)).collect();
        prop_assert_eq!(amounts(amount, split_rule.clone(), &units), amounts(amount, split_rule, &finer));
    }

    /// S9: a run file replays to the same bytes, and any change of it is named.
    #[test]
    fn a_run_file_replays(amount in any_amount(), split_rule in any_split(), units in any_units()) {
        let input = input(amount, split_rule, &units);
        let output = split(&input).unwrap();
        let file = RunFile { input_hash: Digest::of_json(&input).unwrap(), output_hash: Digest::of_json(&output).unwrap(), input, output };
        let text = serde_json::to_string(&file).unwrap();
        prop_assert_eq!(serde_json::to_string(&serde_json::from_str::<RunFile>(&text).unwrap()).unwrap(), text.clone());
        prop_assert!(verify_run(&text).unwrap().problems.is_empty());
        let mut robbed = file;
        robbed.output.lines[0].amount += 1;
        robbed.output_hash = Digest::of_json(&robbed.output).unwrap();
        let report = verify_run(&serde_json::to_string(&robbed).unwrap()).unwrap();
        prop_assert_eq!(report.problems.len(), 2);
    }
}
