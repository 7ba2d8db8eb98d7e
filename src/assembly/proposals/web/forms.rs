//! One form for each kind of matter: read into a [`Matter`] with every problem beside its field, and
//! a matter filled into the form again.

use super::super::rules::MOST_LEVELS;
use crate::kernel::matter::{Bylaws, DecisionRule, Ladder, Level, Matter, MatterKind, ShareBy, Split};
use crate::kernel::money::{Currency, Rate, percent};
use crate::kernel::terms::{BuyerClass, TermSheet, Unit, Use};
use crate::platform::web::{Fields, terms};

/// What a form is read and filled against.
pub(super) struct Ground<'a> {
    pub currency: &'a Currency,
    pub bylaws: &'a Bylaws,
}

/// The empty form of a kind, with what is in force filled in where that helps.
pub(super) fn blank(kind: MatterKind, ground: &Ground<'_>) -> Fields {
    let form = Fields::empty();
    match kind {
        MatterKind::AdoptTerms => {
            let mut sheet = TermSheet::strictest(BuyerClass::Commercial);
            sheet.territory.insert("WORLD".to_owned());
            terms::filled(form, &sheet)
        }
        MatterKind::SetFloor => form.with("use", Use::Finetune.word()).with("class", BuyerClass::Commercial.word()).with("unit", Unit::Record.word()),
        MatterKind::AdoptSplit => form.with("costs", "8").with("reserve", "5").with("equal", "40").with("record", "0").with("word", "60"),
        MatterKind::AmendBylaws => with_bylaws(form, ground.bylaws),
        MatterKind::Withhold => form.with("stop", "yes"),
        MatterKind::Spend | MatterKind::RatifyOffer | MatterKind::Resolve => form,
    }
}

/// The form with a matter filled in.
pub(super) fn filled(form: Fields, matter: &Matter, currency: &Currency) -> Fields {
    match matter {
        Matter::AdoptTerms { sheet } => terms::filled(form, sheet),
        Matter::SetFloor { ladder } => {
            let figure = |level: &Rate| currency.show_rate(*level).replace(',', "").split(' ').next_back().unwrap_or_default().to_owned();
            let levels: Vec<String> = ladder.levels.iter().map(figure).collect();
            form.with("use", ladder.purpose.word()).with("class", ladder.class.word()).with("unit", ladder.unit.word()).with("levels", &levels.join("\n"))
        }
        Matter::AdoptSplit { split } => {
            let share = |bp: i64| percent(bp).trim_end_matches('%').to_owned();
            let form = form.with("costs", &share(split.costs_bp)).with("reserve", &share(split.reserve_bp));
            ShareBy::ALL.iter().fold(form, |form, by| form.with(by.word(), &share(split.parts.get(by).copied().unwrap_or(0))))
        }
        Matter::AmendBylaws { bylaws } => with_bylaws(form, bylaws),
        Matter::Spend { line, amount } => form.with("line", line).with("amount", &currency.plain(*amount)),
        Matter::Withhold { stop } => form.with("stop", if *stop { "yes" } else { "no" }),
        Matter::RatifyOffer { .. } | Matter::Resolve {} => form,
    }
}

/// Reads the matter; none when something is to be put right, which then stands in the form. A
/// ladder's floor in force is found by `floor`, since no form may name it.
pub(super) fn read(kind: MatterKind, form: &mut Fields, ground: &Ground<'_>) -> Option<Matter> {
    let matter = match kind {
        MatterKind::AdoptTerms => Matter::AdoptTerms { sheet: Box::new(terms::read(form, &terms::Asks::NoPrice)) },
        MatterKind::SetFloor => Matter::SetFloor { ladder: ladder(form, ground.currency)? },
        MatterKind::AdoptSplit => split(form),
        MatterKind::AmendBylaws => Matter::AmendBylaws { bylaws: Box::new(bylaws(form)) },
        MatterKind::Spend => {
            let line = form.word("line", "a budget line", |line| ground.bylaws.budget_lines.iter().find(|known| *known == line).cloned());
            let amount = form.amount("amount", ground.currency);
            Matter::Spend { line: line?, amount }
        }
        MatterKind::Withhold => Matter::Withhold { stop: form.word("stop", "to stop or to lift", |word| ["yes", "no"].contains(&word).then(|| word == "yes"))? },
        MatterKind::Resolve => Matter::Resolve {},
        MatterKind::RatifyOffer => return None,
    };
    form.is_fine().then_some(matter)
}

fn ladder(form: &mut Fields, currency: &Currency) -> Option<Ladder> {
    let purpose = form.word("use", "a use", Use::parse);
    let class = form.word("class", "a kind of buyer", BuyerClass::parse);
    let unit = form.word("unit", "what the price is counted in", Unit::parse);
    let typed: Vec<String> = form.value("levels").lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect();
    let mut levels = Vec::new();
    for line in typed.iter().take(MOST_LEVELS + 1) {
        match currency.rate(line) {
            Ok(rate) if rate.0 > 0 => levels.push(rate),
            Ok(_) => form.refuse("levels", "Every level is above zero."),
            Err(refusal) => form.refuse("levels", format!("\u{201c}{line}\u{201d}: {refusal}")),
        }
    }
    if typed.is_empty() {
        form.refuse("levels", "Enter at least two prices, one a line, for example 0.08 and 0.12.");
    }
    levels.sort_unstable();
    levels.dedup();
    Some(Ladder { purpose: purpose?, class: class?, unit: unit?, currency: currency.clone(), levels, current: None })
}

/// Puts the floor in force on a ladder; it is always one of the levels.
pub(super) fn with_floor(mut ladder: Ladder, floor: Option<Rate>) -> Ladder {
    ladder.current = floor;
    ladder.levels.extend(floor);
    ladder.levels.sort_unstable();
    ladder.levels.dedup();
    ladder
}

fn split(form: &mut Fields) -> Matter {
    let costs_bp = terms::basis_points(form, "costs", "Running costs");
    let reserve_bp = terms::basis_points(form, "reserve", "Reserve");
    let mut parts = std::collections::BTreeMap::new();
    for by in ShareBy::ALL {
        let bp = terms::basis_points(form, by.word(), by.phrase());
        if bp > 0 {
            parts.insert(*by, bp);
        }
    }
    let split = Split { costs_bp, reserve_bp, parts };
    if form.is_fine() && !split.is_whole() {
        let sum: i64 = split.parts.values().sum();
        form.refuse("equal", format!("The parts of the rest make {}; they must make exactly 100%, and costs and reserve together stay below 100%.", percent(sum)));
    }
    Matter::AdoptSplit { split }
}

/// Days and counts of the bylaws: field, label, hint, least, most.
pub(crate) const NUMBERS: [(&str, &str, &str, i64, i64); 7] = [
    ("notice_days", "Days between notice and opening", "At least.", 0, 90),
    ("voting_days", "Days a vote stays open", "", 1, 90),
    ("complaint_days", "Days for complaints after close", "An offer is final only after them.", 0, 90),
    ("waiting_days", "Days before a new member votes", "", 0, 365),
    ("leaving_days", "Days of notice for leaving", "", 0, 365),
    ("mandate_days", "Days of notice for withdrawing a mandate", "Six months at most.", 0, 183),
    ("sealed_roll", "Smallest roll of a sealed vote", "In a smaller group the counts alone give votes away.", 5, 1_000),
];

fn with_bylaws(form: Fields, bylaws: &Bylaws) -> Fields {
    let numbers = [bylaws.notice_days, bylaws.voting_days, bylaws.complaint_days, bylaws.waiting_days, bylaws.leaving_days, bylaws.mandate_days, bylaws.sealed_roll];
    let form = NUMBERS.iter().zip(numbers).fold(form, |form, ((field, ..), number)| form.with(field, &number.to_string()));
    let share = |bp: i64| percent(bp).trim_end_matches('%').to_owned();
    let form = MatterKind::ALL.iter().fold(form, |form, kind| {
        let rule = bylaws.rule(*kind);
        form.with(&format!("quorum_{}", kind.word()), &share(rule.quorum_bp)).with(&format!("threshold_{}", kind.word()), &share(rule.threshold_bp)).with(&format!("level_{}", kind.word()), rule.level.word())
    });
    form.with("budget_lines", &bylaws.budget_lines.join("\n"))
}

fn bylaws(form: &mut Fields) -> Bylaws {
    let mut number = NUMBERS.iter().map(|(field, label, _, least, most)| form.number(field, label, *least..=*most)).collect::<Vec<_>>().into_iter();
    let mut next = || number.next().unwrap_or(0);
    let (notice_days, voting_days, complaint_days, waiting_days, leaving_days, mandate_days, sealed_roll) = (next(), next(), next(), next(), next(), next(), next());
    let rules = MatterKind::ALL.iter().map(|kind| (*kind, rule(form, *kind))).collect();
    let budget_lines = form.value("budget_lines").lines().map(crate::kernel::text::line).filter(|line| !line.is_empty()).collect();
    Bylaws { notice_days, voting_days, complaint_days, waiting_days, leaving_days, mandate_days, sealed_roll, rules, budget_lines }
}

fn rule(form: &mut Fields, kind: MatterKind) -> DecisionRule {
    let name = |part: &str| format!("{part}_{}", kind.word());
    let (quorum, threshold) = (name("quorum"), name("threshold"));
    let rule = DecisionRule {
        quorum_bp: terms::basis_points(form, &quorum, &format!("Quorum, {}", kind.phrase())),
        threshold_bp: terms::basis_points(form, &threshold, &format!("Threshold, {}", kind.phrase())),
        level: form.word(&name("level"), "open or sealed", Level::parse).unwrap_or(Level::V1),
    };
    if form.problem(&quorum).is_none() && rule.quorum_bp == 0 {
        form.refuse(&quorum, "A quorum is above 0.");
    }
    if form.problem(&threshold).is_none() && !(5_000..10_000).contains(&rule.threshold_bp) {
        form.refuse(&threshold, "A threshold is from 50% to below 100%: passing takes more than it.");
    }
    rule
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::money::Currency;

    fn ground(currency: &Currency, bylaws: &Bylaws, act: impl Fn(&Ground<'_>)) {
        act(&Ground { currency, bylaws });
    }

    #[test]
    fn every_matter_filled_in_is_read_back() {
        let (eur, bylaws) = (Currency::parse("EUR").unwrap(), Bylaws::founding());
        let levels = vec![eur.rate("0.08").unwrap(), eur.rate("1234.5").unwrap()];
        let mut sheet = TermSheet::strictest(BuyerClass::Research);
        sheet.territory.insert("KE".to_owned());
        let matters = [
            Matter::AdoptTerms { sheet: Box::new(sheet) },
            Matter::SetFloor { ladder: Ladder { purpose: Use::Rag, class: BuyerClass::Public, unit: Unit::ThousandWords, currency: eur.clone(), levels, current: None } },
            Matter::AdoptSplit { split: Split { costs_bp: 850, reserve_bp: 0, parts: [(ShareBy::Equal, 4_000), (ShareBy::Word, 6_000)].into() } },
            Matter::AmendBylaws { bylaws: Box::new(Bylaws { notice_days: 9, ..Bylaws::founding() }) },
            Matter::Spend { line: "Hosting".to_owned(), amount: 123_450 },
            Matter::Withhold { stop: false },
            Matter::Resolve {},
        ];
        ground(&eur, &bylaws, |ground| {
            for matter in &matters {
                let mut form = filled(Fields::empty(), matter, &eur);
                assert_eq!(read(matter.kind(), &mut form, ground).as_ref(), Some(matter), "{:?}", form.problems());
            }
        });
    }

    #[test]
    fn the_floor_in_force_is_always_on_the_ladder() {
        let eur = Currency::parse("EUR").unwrap();
        let rate = |text| eur.rate(text).unwrap();
        let ladder = |levels: &[Rate]| Ladder { purpose: Use::Rag, class: BuyerClass::Public, unit: Unit::Record, currency: eur.clone(), levels: levels.to_vec(), current: None };
        let with = with_floor(ladder(&[rate("0.08"), rate("0.12")]), Some(rate("0.10")));
        assert_eq!((with.levels.len(), with.current), (3, Some(rate("0.10"))));
        assert_eq!(with_floor(ladder(&[rate("0.10")]), Some(rate("0.10"))).levels.len(), 1, "none twice");
    }

    #[test]
    fn mistakes_stand_beside_their_fields() {
        let (eur, bylaws) = (Currency::parse("EUR").unwrap(), Bylaws::founding());
        ground(&eur, &bylaws, |ground| {
            let cases: &[(MatterKind, &[(&str, &str)], &str)] = &[
                (MatterKind::SetFloor, &[("levels", "0,08")], "levels"),
                (MatterKind::SetFloor, &[("levels", "")], "levels"),
                (MatterKind::AdoptSplit, &[("word", "59")], "equal"),
                (MatterKind::AdoptSplit, &[("costs", "-1")], "costs"),
                (MatterKind::AmendBylaws, &[("voting_days", "0")], "voting_days"),
                (MatterKind::AmendBylaws, &[("threshold_spend", "49")], "threshold_spend"),
                (MatterKind::Spend, &[("line", "Parties"), ("amount", "5")], "line"),
                (MatterKind::Spend, &[("line", "Hosting"), ("amount", "1e9")], "amount"),
            ];
            for (kind, typed, field) in cases {
                let mut form = blank(*kind, ground);
                typed.iter().for_each(|(name, value)| form.set(name, value));
                assert_eq!(read(*kind, &mut form, ground), None);
                assert!(form.problem(field).is_some(), "{kind:?} {typed:?}: {:?}", form.problems());
            }
        });
    }
}
