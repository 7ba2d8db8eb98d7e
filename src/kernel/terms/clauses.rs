//! A term sheet as numbered clauses that people sign, and the difference between two of them.

use super::sheet::TermSheet;
use crate::kernel::money::percent;

/// One clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its heading, the same in every sheet.
    pub title: &'static str,
    /// What it says.
    pub text: String,
}

/// One clause that two sheets word differently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its heading.
    pub title: &'static str,
    /// The older words.
    pub before: String,
    /// The newer words.
    pub after: String,
}

fn list<'a>(items: impl Iterator<Item = &'a str>) -> String {
    items.collect::<Vec<_>>().join("; ")
}

/// The sheet in words, one clause a heading, always the same headings in the same order.
#[must_use]
pub fn clauses(sheet: &TermSheet) -> Vec<Clause> {
    let clause = |title, text| Clause { title, text };
    let uses = list(sheet.uses.iter().map(|u| u.phrase()));
    let sensitive = list(sheet.sensitive.iter().map(|s| s.phrase()));
    let territory = match sheet.territory.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => "No territory is permitted.".to_owned(),
        ["WORLD"] => "The whole world.".to_owned(),
        places => format!("Only: {}.", places.join(", ")),
    };
    vec![
        clause("Permitted uses", if uses.is_empty() { "None. Every use is prohibited.".to_owned() } else { format!("Only: {uses}. Every other use is prohibited.") }),
        clause("Sensitive purposes", if sensitive.is_empty() { "Prohibited: watching workers, setting the members' own pay, recognising people by body or voice, weapons.".to_owned() } else { format!("Permitted all the same: {sensitive}. The others are prohibited.") }),
        clause("Licensee", format!("A buyer of the class {}.", sheet.class.phrase())),
        clause("Sharing", format!("The corpus may be used by {}.", sheet.sharing.phrase())),
        clause("Model weights", format!("The weights of models trained on the corpus {}.", sheet.weights.phrase())),
        clause("Exclusivity", if sheet.exclusive { "The cooperative licenses the same to nobody else during the term.".to_owned() } else { "None. The cooperative and each of its members stay free to license to others.".to_owned() }),
        clause("Territory", territory),
        clause("Term", format!("{} months from issue.", sheet.months)),
        clause("After the end", format!("At the end {}. Raw copies are deleted within {} days and the deletion is certified.", sheet.afterwards.phrase(), sheet.delete_days)),
        clause("Attribution", format!("As to sources, {}.", sheet.attribution.phrase())),
        clause("Likeness", format!("As to persons, {}. Finding out who a contributor is, is prohibited.", sheet.likeness.phrase())),
        clause("Competition", format!("As to jobs, {}.", sheet.competition.phrase())),
        clause("Reports of use", format!("The licensee reports its use {}.", sheet.reports.phrase())),
        clause("Audit", format!("The cooperative may call for {}.", sheet.audit.phrase())),
        clause("Withdrawal", format!("When a member withdraws, {}.", sheet.withdrawal.phrase())),
        clause("Payment", format!("Within {} days of the invoice; {} a year on what is late.", sheet.net_days, percent(i64::from(sheet.late_interest_bp)))),
        clause("Law", if sheet.law.is_empty() { "That of the cooperative's seat.".to_owned() } else { format!("{}.", sheet.law.trim_end_matches('.')) }),
        clause("Price", sheet.price.as_ref().map_or_else(|| "None named here: the floors in force bind every offer.".to_owned(), |price| format!("{}.", price.show()))),
    ]
}

/// The clauses in which two sheets differ.
#[must_use]
pub fn diff(before: &TermSheet, after: &TermSheet) -> Vec<Change> {
    clauses(before)
        .into_iter()
        .zip(clauses(after))
        .filter(|(old, new)| old.text != new.text)
        .map(|(old, new)| Change { title: old.title, before: old.text, after: new.text })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::terms::{BuyerClass, Use, Weights};

    #[test]
    fn what_is_not_named_is_prohibited_in_words_too() {
        let mut sheet = TermSheet::strictest(BuyerClass::Commercial);
        sheet.uses.clear();
        let all = clauses(&sheet);
        assert_eq!(all[0].text, "None. Every use is prohibited.");
        assert_eq!(all[6].text, "No territory is permitted.");
    }

    #[test]
    fn a_diff_names_the_clauses_that_changed_and_only_those() {
        let limit = TermSheet::strictest(BuyerClass::Commercial);
        let mut sheet = limit.clone();
        sheet.uses.insert(Use::Pretrain);
        sheet.weights = Weights::Open;
        let titles: Vec<_> = diff(&limit, &sheet).into_iter().map(|c| c.title).collect();
        assert_eq!(titles, ["Permitted uses", "Model weights"]);
        assert_eq!(sheet.beyond(&limit), titles);
        assert!(limit.beyond(&sheet).is_empty());
    }
}
