use super::*;
use crate::kernel::time::DAY;
use proptest::prelude::*;

fn id<T: crate::kernel::ids::Id>(n: u32) -> T {
    T::parse(&format!("0190a0b0-0000-7000-8000-{n:012}")).unwrap()
}

fn eur() -> Currency {
    Currency::parse("EUR").unwrap()
}

fn floor(n: u32, purpose: Use, unit: Unit, rate: Rate, since: i64) -> Floor {
    Floor { id: id(n), purpose, class: BuyerClass::Commercial, unit, currency: eur(), rate, proposal: id(n), number: i64::from(n), since: Timestamp(since) }
}

fn price(unit: Unit, rate: &str) -> Price {
    Price { currency: eur(), unit, rate: eur().rate(rate).unwrap() }
}

const POOL: Quantities = Quantities { records: 6_205, words: 1_240_000, bytes: 7_400_000 };

fn guard(bid: &Bid<'_>, uses: &[Use], floors: &[Floor]) -> Result<Vec<FloorCheck>, Refusal> {
    floor_guard(bid, &uses.iter().copied().collect(), BuyerClass::Commercial, floors, &Zone::utc())
}

#[test]
fn the_refusal_shows_the_numbers_in_both_units() {
    let second_of_november = Zone::utc().start_of("2026-11-02").unwrap().0;
    let floors = [floor(1, Use::Finetune, Unit::Record, eur().rate("0.12").unwrap(), second_of_november)];
    let flat = price(Unit::Flat, "600");
    let refusal = guard(&Bid { price: &flat, total: 60_000, quantities: &POOL }, &[Use::Finetune], &floors).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "You offered EUR 600.00 for 6,205 records, which is EUR 0.0967 per record; the floor for fine-tuning a model in force since 2 Nov 2026 is EUR 0.12 per record = EUR 744.60."
    );
    let words = price(Unit::ThousandWords, "0.5");
    let refusal = guard(&Bid { price: &words, total: 62_000, quantities: &POOL }, &[Use::Finetune], &floors).unwrap_err();
    assert!(refusal.to_string().starts_with("You offered EUR 0.50 per thousand words, in all EUR 620.00, for 6,205 records"), "{refusal}");
    assert_eq!(guard(&Bid { price: &flat, total: 74_460, quantities: &POOL }, &[Use::Finetune], &floors).unwrap()[0].least, 74_460);
    assert!(guard(&Bid { price: &flat, total: 74_459, quantities: &POOL }, &[Use::Finetune], &floors).is_err());
}

#[test]
fn a_use_without_a_floor_cannot_be_priced() {
    let floors = [floor(1, Use::Finetune, Unit::Record, Rate(1), 0)];
    let flat = price(Unit::Flat, "600");
    let bid = Bid { price: &flat, total: 60_000, quantities: &POOL };
    let refusal = guard(&bid, &[Use::Finetune, Use::Pretrain], &floors).unwrap_err();
    assert_eq!(refusal, Refusal::NoFloor { uses: "pre-training a model".to_owned(), class: BuyerClass::Commercial });
    assert!(matches!(guard(&bid, &[], &floors), Err(Refusal::NoFloor { .. })));
    let research = floor_guard(&bid, &BTreeSet::from([Use::Finetune]), BuyerClass::Research, &floors, &Zone::utc());
    assert!(matches!(research, Err(Refusal::NoFloor { .. })), "a floor for one class of buyer is none for another");
}

#[test]
fn another_currency_is_refused_and_so_is_what_cannot_be_counted() {
    let floors = [floor(1, Use::Finetune, Unit::Record, Rate(i64::MAX), 0)];
    let dollars = Price { currency: Currency::parse("USD").unwrap(), unit: Unit::Flat, rate: Rate(1) };
    let bid = Bid { price: &dollars, total: 1, quantities: &POOL };
    assert!(matches!(guard(&bid, &[Use::Finetune], &floors), Err(Refusal::OtherCurrency { .. })));
    let flat = price(Unit::Flat, "1");
    let huge = Quantities { records: i64::MAX, ..POOL };
    assert_eq!(guard(&Bid { price: &flat, total: i64::MAX, quantities: &huge }, &[Use::Finetune], &floors), Err(Refusal::TooLarge));
}

#[test]
fn the_latest_floor_that_has_begun_is_in_force_per_unit() {
    let history = [
        floor(1, Use::Finetune, Unit::Record, Rate(10), 0),
        floor(2, Use::Finetune, Unit::Record, Rate(20), DAY),
        floor(3, Use::Finetune, Unit::Flat, Rate(30), DAY),
        floor(4, Use::Finetune, Unit::Record, Rate(5), 2 * DAY),
    ];
    let rates = |at| in_force(&history, Timestamp(at)).iter().map(|f| f.rate.0).collect::<Vec<_>>();
    assert_eq!(rates(-1), Vec::<i64>::new());
    assert_eq!(rates(0), [10]);
    assert_eq!(rates(DAY - 1), [10]);
    assert_eq!(rates(DAY), [30, 20]);
    assert_eq!(rates(2 * DAY), [30, 5]);
}

#[test]
fn only_a_passed_decision_on_exactly_this_matter_stands() {
    let hash = Digest::of(b"matter");
    let mandate = |outcome: &str| Mandate { number: 4, matter_hash: hash.clone(), outcome: outcome.to_owned(), record_hash: hash.clone(), closes_at: Timestamp(1) };
    assert!(stands(Some(mandate(PASSED)), &hash).is_ok());
    assert_eq!(stands(Some(mandate("failed")), &hash), Err(Refusal::NotDecided));
    assert_eq!(stands(Some(mandate(PASSED)), &Digest::of(b"another")), Err(Refusal::NotDecided));
    assert_eq!(stands(None, &hash), Err(Refusal::NotDecided));
}

fn any_unit() -> impl Strategy<Value = Unit> {
    prop::sample::select(Unit::ALL)
}

prop_compose! {
    fn any_quantities()(records in 1..10_000_000_i64, words in 1..10_000_000_000_i64, bytes in 1..100_000_000_000_i64) -> Quantities {
        Quantities { records, words, bytes }
    }
}

proptest! {
    /// P1: what passes is at or above every floor under every unit, by arithmetic of its own.
    #[test]
    fn nothing_below_a_floor_passes_under_any_unit(quantities in any_quantities(), offered in any_unit(), rate in 1..5_000_000_000_i64, floors in prop::collection::vec((any_unit(), 1..5_000_000_000_i64), 1..4)) {
        let floors: Vec<_> = floors.iter().zip(1..).map(|((unit, rate), n)| floor(n, Use::Rag, *unit, Rate(*rate), 0)).collect();
        let price = Price { currency: eur(), unit: offered, rate: Rate(rate) };
        let Some(total) = price.total(&quantities) else { return Ok(()) };
        let passed = guard(&Bid { price: &price, total, quantities: &quantities }, &[Use::Rag], &floors).is_ok();
        // Scaled to the common denominator of all units, 10^6 x 10^6, with its own numbers.
        let in_unit = |unit| match unit {
            Unit::Flat => 1_000_000_i128,
            Unit::Record => i128::from(quantities.records) * 1_000_000,
            Unit::ThousandWords => i128::from(quantities.words) * 1_000,
            Unit::Megabyte => i128::from(quantities.bytes),
        };
        let above = floors.iter().all(|f| i128::from(total) * 1_000_000 * 1_000_000 >= i128::from(f.rate.0) * in_unit(f.unit));
        prop_assert_eq!(passed, above);
    }

    /// P4: more money never turns a yes into a no; more records or a higher floor never a no into a yes.
    #[test]
    fn the_guard_is_monotone(quantities in any_quantities(), unit in any_unit(), rate in 1..5_000_000_000_i64, total in 0..1_000_000_000_000_i64, more in 0..1_000_000_i64) {
        let flat = price(Unit::Flat, "1");
        let yes = |total, quantities: &Quantities, rate| guard(&Bid { price: &flat, total, quantities }, &[Use::Rag], &[floor(1, Use::Rag, unit, Rate(rate), 0)]).is_ok();
        let grown = Quantities { records: quantities.records + more, words: quantities.words + more, bytes: quantities.bytes + more };
        let now = yes(total, &quantities, rate);
        prop_assert!(!now || yes(total + more, &quantities, rate));
        prop_assert!(now || !yes(total, &grown, rate));
        prop_assert!(now || !yes(total, &quantities, rate + more));
        let due = Price { currency: eur(), unit, rate: Rate(rate) };
        prop_assert!(due.total(&quantities) <= due.total(&grown));
    }

    /// A price at the floor's own rate always passes: the total due is rounded up, never down.
    #[test]
    fn the_floor_itself_is_always_enough(quantities in any_quantities(), unit in any_unit(), rate in 1..5_000_000_000_i64) {
        let price = Price { currency: eur(), unit, rate: Rate(rate) };
        if let Some(total) = price.total(&quantities) {
            let passed = guard(&Bid { price: &price, total, quantities: &quantities }, &[Use::Rag], &[floor(1, Use::Rag, unit, Rate(rate), 0)]);
            prop_assert!(passed.is_ok());
        }
    }

    #[test]
    fn an_offer_below_the_floor_never_reads_as_one_at_it(total in 1..1_000_000_000_i64, num in 1..1_000_000_000_i64, rate in 1..5_000_000_000_i64) {
        let shown = effective(total, (num, 1), Rate(rate)).unwrap();
        let below = i128::from(total) * 1_000_000 < i128::from(rate) * i128::from(num);
        prop_assert_eq!(shown.0 < rate, below);
    }
}
