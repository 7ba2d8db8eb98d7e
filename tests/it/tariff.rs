//! The tariff, as anybody reads it.

use crate::support::market::{Market, terms};
use guildhall::kernel::terms::{Unit, Use};
use guildhall::kernel::time::DAY;

#[test]
fn anybody_reads_the_floors_the_terms_and_the_votes_behind_them() {
    let market = Market::bare();
    let empty = market.hall.visitor().get("/c/callworkers/tariff");
    assert!(empty.status == 200 && empty.has("No floor yet") && empty.has("No terms yet"), "{}", empty.text());
    market.adopt(&terms());
    market.floor(Use::Finetune, Unit::Record, None, "0.10");
    market.hall.clock.advance(40 * DAY);
    market.floor(Use::Finetune, Unit::Record, Some("0.10"), "0.12");
    market.floor(Use::Search, Unit::ThousandWords, None, "0.5");
    let page = market.hall.visitor().get("/c/callworkers/tariff");
    for text in ["EUR 0.12", "per record", "EUR 0.50", "per thousand words", "no. 3", "11 Apr 2026", "Prohibited: watching workers", "Terms for commercial buyers"] {
        assert!(page.has(text), "{text} in {}", page.text());
    }
    let record = "/c/callworkers/proposals/3/decision.json";
    assert!(page.body.contains(&format!("href=\"{record}\"")) && page.body.contains("<svg"), "votes are linked, the history is drawn");
    assert_eq!(market.hall.visitor().get(record).status, 200, "whoever is no member reads the vote's public record");
    assert!(!page.has("Ana") && !page.has("No new licences"));
    let file = market.hall.visitor().get("/c/callworkers/tariff.csv");
    let rows: Vec<&str> = file.body.lines().collect();
    assert_eq!(rows[1], "finetune,commercial,record,EUR,0.10,2026-03-02T09:00:00Z,2026-04-11T09:00:00Z,2");
    assert!(rows.contains(&"finetune,commercial,record,EUR,0.12,2026-04-11T09:00:00Z,,3"), "{rows:?}");
    assert_eq!(rows.len(), 4);
}

#[test]
fn withholding_stands_on_the_tariff_until_it_is_lifted() {
    let market = Market::open();
    market.withhold(true);
    let page = market.hall.visitor().get("/c/callworkers/tariff");
    assert!(page.has("Withheld") && page.has("Members voted on 2 Mar 2026 to withhold"), "{}", page.text());
    market.hall.clock.advance(DAY);
    market.withhold(false);
    assert!(!market.hall.visitor().get("/c/callworkers/tariff").has("Withheld"));
}
