//! A matter in words: facts, clauses with what changes in them, levels, bylaws beside those in force.

use super::super::store;
use crate::error::Result;
use crate::kernel::ids::CoopId;
use crate::kernel::matter::{Bylaws, Matter, MatterKind, ShareBy};
use crate::kernel::money::{Currency, percent};
use crate::kernel::terms::{Change, Clause, TermSheet, clauses, diff};
use crate::kernel::time::Timestamp;
use crate::membership::coops;
use crate::platform::db::Conn;

/// One bylaw: what it is about, the words in force, the words proposed.
pub(super) struct Bylaw {
    pub name: String,
    pub now: String,
    pub then: String,
}

/// A matter as pages show it.
#[derive(Default)]
pub(super) struct Words {
    /// What is asked, in one sentence.
    pub asked: String,
    pub facts: Vec<(String, String)>,
    /// Levels of a ladder, and whether each is the floor in force.
    pub levels: Vec<(String, bool)>,
    pub clauses: Vec<Clause>,
    /// Against what the clauses are compared, and where they differ.
    pub against: Option<(String, Vec<Change>)>,
    pub bylaws: Vec<Bylaw>,
}

fn fact(name: &str, value: impl Into<String>) -> (String, String) {
    (name.to_owned(), value.into())
}

/// A matter in words, compared with what was in force at an instant.
pub(super) fn of(conn: &mut Conn, coop: &CoopId, currency: &Currency, matter: &Matter, at: Timestamp) -> Result<Words> {
    Ok(match matter {
        Matter::AdoptTerms { sheet } => of_terms(conn, coop, sheet, at)?,
        Matter::SetFloor { ladder } => Words {
            asked: format!("The least price for {} by {} buyers, {}.", ladder.purpose.phrase(), ladder.class.phrase(), ladder.unit.phrase()),
            facts: vec![fact("Floor in force", ladder.current.map_or_else(|| "None".to_owned(), |floor| ladder.currency.show_rate(floor)))],
            levels: ladder.levels.iter().map(|level| (ladder.currency.show_rate(*level), ladder.current == Some(*level))).collect(),
            ..Words::default()
        },
        Matter::RatifyOffer { offer } => of_offer(conn, coop, offer, at)?,
        Matter::AdoptSplit { split } => {
            let share = |by: &ShareBy| split.parts.get(by).filter(|bp| **bp > 0).map(|bp| fact(&format!("Of the rest, {}", by.phrase()), percent(*bp)));
            let fixed = [fact("Running costs", percent(split.costs_bp)), fact("Strike and solidarity reserve", percent(split.reserve_bp))];
            Words { asked: "How money that comes in is split from now on.".to_owned(), facts: fixed.into_iter().chain(ShareBy::ALL.iter().filter_map(share)).collect(), ..Words::default() }
        }
        Matter::AmendBylaws { bylaws } => {
            let now = coops::bylaws(conn, coop, at)?.1;
            Words { asked: "Replace the bylaws by these.".to_owned(), bylaws: compared(&now, bylaws), ..Words::default() }
        }
        Matter::Spend { line, amount } => Words {
            asked: format!("Allow spending up to {} on {line}.", currency.show(*amount)),
            facts: vec![fact("Budget line", line.clone()), fact("At most", currency.show(*amount))],
            ..Words::default()
        },
        Matter::Withhold { stop: true } => Words { asked: "Issue no new licence until members lift this by a vote.".to_owned(), ..Words::default() },
        Matter::Withhold { stop: false } => Words { asked: "Issue licences again.".to_owned(), ..Words::default() },
        Matter::Resolve {} => Words { asked: "Resolve what the text says.".to_owned(), ..Words::default() },
    })
}

fn of_terms(conn: &mut Conn, coop: &CoopId, sheet: &TermSheet, at: Timestamp) -> Result<Words> {
    let against = against(conn, coop, sheet, at)?;
    Ok(Words { asked: format!("Adopt these model terms for {} buyers.", sheet.class.phrase()), clauses: clauses(sheet), against, ..Words::default() })
}

fn against(conn: &mut Conn, coop: &CoopId, sheet: &TermSheet, at: Timestamp) -> Result<Option<(String, Vec<Change>)>> {
    let Some(text) = store::model_terms(conn, coop, sheet.class, at)? else { return Ok(None) };
    let before: TermSheet = serde_json::from_str(&text)?;
    Ok(Some((format!("the model terms in force for {} buyers", sheet.class.phrase()), diff(&before, sheet))))
}

fn of_offer(conn: &mut Conn, coop: &CoopId, offer: &crate::kernel::matter::OfferRef, at: Timestamp) -> Result<Words> {
    let mut words = Words {
        asked: format!("Accept this offer of {}.", offer.currency.show(offer.total)),
        facts: vec![
            fact("Sum due", offer.currency.show(offer.total)),
            fact("Version of the offer", offer.version.to_string()),
            fact("Digest of its terms", offer.sheet_hash.as_str()),
            fact("Root of the frozen corpus", offer.corpus_root.as_str()),
        ],
        ..Words::default()
    };
    // Shown only while it still is what its digest says.
    if let Some((text, hash)) = store::offer_sheet(conn, coop, &offer.offer)?
        && hash == offer.sheet_hash
    {
        let sheet: TermSheet = serde_json::from_str(&text)?;
        (words.clauses, words.against) = (clauses(&sheet), against(conn, coop, &sheet, at)?);
    }
    Ok(words)
}

fn rows(bylaws: &Bylaws) -> Vec<(String, String)> {
    let days = |name: &str, days: i64| fact(name, if days == 1 { "1 day".to_owned() } else { format!("{days} days") });
    let fixed = vec![
        days("Notice before voting opens", bylaws.notice_days),
        days("Voting stays open", bylaws.voting_days),
        days("Complaints after close", bylaws.complaint_days),
        days("Waiting before a new member votes", bylaws.waiting_days),
        days("Notice for leaving", bylaws.leaving_days),
        days("Notice for withdrawing a mandate", bylaws.mandate_days),
        fact("Smallest roll of a sealed vote", bylaws.sealed_roll.to_string()),
        fact("Budget lines", bylaws.budget_lines.join("; ")),
    ];
    let rule = |kind: &MatterKind| {
        let rule = bylaws.rule(*kind);
        fact(kind.phrase(), format!("quorum {}, more than {}, {}", percent(rule.quorum_bp), percent(rule.threshold_bp), rule.level.phrase()))
    };
    fixed.into_iter().chain(MatterKind::ALL.iter().map(rule)).collect()
}

fn compared(now: &Bylaws, then: &Bylaws) -> Vec<Bylaw> {
    rows(now).into_iter().zip(rows(then)).map(|((name, now), (_, then))| Bylaw { name, now, then }).collect()
}
