//! The form of a term sheet, shared by whoever proposes, offers or counters one: the fields of
//! `templates/terms_form.html` read into a [`TermSheet`], and a sheet filled into the form.

use super::Fields;
use crate::kernel::money::{Currency, percent};
use crate::kernel::terms::{Afterwards, Attribution, Audit, BuyerClass, Competition, Likeness, Price, Reports, Sensitive, Sharing, TermSheet, Unit, Use, Weights, Withdrawal};
use std::collections::BTreeSet;

/// Whether the form asks for a price.
#[derive(Clone, Debug)]
pub enum Asks<'a> {
    /// Model terms: none, the floors stand beside them.
    NoPrice,
    /// An offer: a rate above zero in this currency.
    Price(&'a Currency),
}

/// Reads the whole sheet; every mistake becomes a problem beside its field.
pub fn read(form: &mut Fields, asks: &Asks<'_>) -> TermSheet {
    let uses: BTreeSet<Use> = form.words("uses", Use::parse).into_iter().collect();
    if uses.is_empty() {
        form.refuse("uses", "Choose at least one use. What is not chosen is prohibited.");
    }
    let class = form.word("class", "the kind of buyer", BuyerClass::parse).unwrap_or(BuyerClass::Commercial);
    let base = TermSheet::strictest(class);
    TermSheet {
        uses,
        class,
        sensitive: form.words("sensitive", Sensitive::parse).into_iter().collect(),
        sharing: form.word("sharing", "who may share in it", Sharing::parse).unwrap_or(base.sharing),
        weights: form.word("weights", "what happens to model weights", Weights::parse).unwrap_or(base.weights),
        exclusive: form.checked("exclusive", "yes"),
        territory: territory(form),
        months: small(form, "months", "Term in months", 1, 120),
        afterwards: form.word("afterwards", "what happens to models at the end", Afterwards::parse).unwrap_or(base.afterwards),
        delete_days: small(form, "delete_days", "Days until raw copies are deleted", 0, 365),
        attribution: form.word("attribution", "attribution", Attribution::parse).unwrap_or(base.attribution),
        likeness: form.word("likeness", "likeness", Likeness::parse).unwrap_or(base.likeness),
        competition: form.word("competition", "competition", Competition::parse).unwrap_or(base.competition),
        reports: form.word("reports", "how often use is reported", Reports::parse).unwrap_or(base.reports),
        audit: form.word("audit", "audit", Audit::parse).unwrap_or(base.audit),
        withdrawal: form.word("withdrawal", "what a withdrawal does", Withdrawal::parse).unwrap_or(base.withdrawal),
        net_days: small(form, "net_days", "Days to pay", 0, 180),
        late_interest_bp: u16::try_from(basis_points(form, "late_interest", "Interest on late payment")).unwrap_or_default(),
        law: form.optional("law", 120),
        price: match asks {
            Asks::NoPrice => None,
            Asks::Price(currency) => Some(price(form, currency)),
        },
    }
}

fn small(form: &mut Fields, name: &str, label: &str, least: i64, most: i64) -> u16 {
    u16::try_from(form.number(name, label, least..=most)).unwrap_or_default()
}

/// A percentage with at most two decimals, from 0 to 100, as basis points.
pub fn basis_points(form: &mut Fields, name: &str, label: &str) -> i64 {
    let typed = form.value(name).trim().trim_end_matches('%').trim_end().to_owned();
    let (whole, part) = typed.split_once('.').unwrap_or((&typed, "0"));
    let digits = |text: &str, most: usize| !text.is_empty() && text.len() <= most && text.bytes().all(|b| b.is_ascii_digit());
    let read = (digits(whole, 3) && digits(part, 2)).then(|| {
        let tens = if part.len() == 1 { 10 } else { 1 };
        whole.parse::<i64>().unwrap_or_default() * 100 + part.parse::<i64>().unwrap_or_default() * tens
    });
    match read {
        Some(bp) if bp <= 10_000 => bp,
        _ => {
            form.refuse(name, format!("{label}: enter a percentage from 0 to 100, for example 8 or 12.5."));
            0
        }
    }
}

fn price(form: &mut Fields, currency: &Currency) -> Price {
    let unit = form.word("unit", "the unit of the price", Unit::parse).unwrap_or(Unit::Record);
    let rate = form.rate("rate", currency);
    if rate.0 == 0 && form.problem("rate").is_none() {
        form.refuse("rate", "Enter a price above zero.");
    }
    Price { currency: currency.clone(), unit, rate }
}

/// Two-letter country codes, or WORLD alone.
fn territory(form: &mut Fields) -> BTreeSet<String> {
    let typed = form.value("territory").to_uppercase();
    let places: BTreeSet<String> = typed.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty()).map(str::to_owned).collect();
    let is_code = |place: &String| place.len() == 2 && place.bytes().all(|b| b.is_ascii_uppercase());
    let world = places.len() == 1 && places.contains("WORLD");
    if !world && (places.is_empty() || places.len() > 250 || !places.iter().all(is_code)) {
        form.refuse("territory", "Enter WORLD, or two-letter country codes such as KE, DE.");
    }
    places
}

/// The form with this sheet filled in.
#[must_use]
pub fn filled(mut form: Fields, sheet: &TermSheet) -> Fields {
    for purpose in &sheet.uses {
        form = form.with("uses", purpose.word());
    }
    for purpose in &sheet.sensitive {
        form = form.with("sensitive", purpose.word());
    }
    if sheet.exclusive {
        form = form.with("exclusive", "yes");
    }
    if let Some(price) = &sheet.price {
        let shown = price.currency.show_rate(price.rate).replace(',', "");
        let rate = shown.split_once(' ').map_or(shown.as_str(), |(_, rate)| rate);
        form = form.with("unit", price.unit.word()).with("rate", rate);
    }
    let places = sheet.territory.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
    form.with("class", sheet.class.word())
        .with("sharing", sheet.sharing.word())
        .with("weights", sheet.weights.word())
        .with("territory", &places)
        .with("months", &sheet.months.to_string())
        .with("afterwards", sheet.afterwards.word())
        .with("delete_days", &sheet.delete_days.to_string())
        .with("attribution", sheet.attribution.word())
        .with("likeness", sheet.likeness.word())
        .with("competition", sheet.competition.word())
        .with("reports", sheet.reports.word())
        .with("audit", sheet.audit.word())
        .with("withdrawal", sheet.withdrawal.word())
        .with("net_days", &sheet.net_days.to_string())
        .with("late_interest", percent(i64::from(sheet.late_interest_bp)).trim_end_matches('%'))
        .with("law", &sheet.law)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sheet_filled_in_is_read_back() {
        let eur = Currency::parse("EUR").unwrap();
        let mut sheet = TermSheet::strictest(BuyerClass::Research);
        sheet.uses.extend([Use::Finetune, Use::Pretrain]);
        sheet.sensitive.insert(Sensitive::Biometrics);
        sheet.territory.extend(["KE".to_owned(), "DE".to_owned()]);
        sheet.exclusive = true;
        sheet.law = "Kenya".to_owned();
        sheet.late_interest_bp = 1_250;
        sheet.price = Some(Price { currency: eur.clone(), unit: Unit::ThousandWords, rate: eur.rate("1234.125").unwrap() });
        let mut form = filled(Fields::empty(), &sheet);
        assert_eq!(read(&mut form, &Asks::Price(&eur)), sheet);
        assert!(form.is_fine(), "{:?}", form.problems());
    }

    #[test]
    fn each_mistake_stands_beside_its_field() {
        let eur = Currency::parse("EUR").unwrap();
        let sheet = TermSheet::strictest(BuyerClass::Research);
        let mut form = filled(Fields::empty(), &sheet);
        for (name, value) in [("uses", ""), ("territory", "Kenya"), ("months", "0"), ("late_interest", "1,5"), ("rate", "-1"), ("class", "pirates")] {
            form.set(name, value);
        }
        read(&mut form, &Asks::Price(&eur));
        for name in ["uses", "territory", "months", "late_interest", "rate", "class", "unit"] {
            assert!(form.problem(name).is_some(), "{name}");
        }
    }
}

#[cfg(test)]
mod page {
    use super::*;
    use askama::Template as _;

    #[derive(askama::Template)]
    #[template(source = "{% import \"terms_form.html\" as terms %}{{ terms::sheet(form) }}{{ terms::price(form, \"EUR\") }}", ext = "html")]
    struct Form<'a> {
        form: &'a Fields,
    }

    #[test]
    fn every_field_that_is_read_stands_in_the_form() {
        let html = Form { form: &filled(Fields::empty(), &TermSheet::strictest(BuyerClass::Public)) }.render().unwrap();
        for name in "uses sensitive class sharing weights territory exclusive months afterwards delete_days attribution likeness competition reports audit withdrawal net_days late_interest law rate unit".split(' ') {
            assert!(html.contains(&format!("name=\"{name}\"")), "{name}");
        }
        assert!(html.contains("value=\"public\" selected"));
    }
}
