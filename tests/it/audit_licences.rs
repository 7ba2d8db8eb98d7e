//! A2 and A5 meet their match: a licence is issued and fetched, then something of it, of its vote or
//! of its floor is changed past the program.

use crate::support::deals::Deals;

const LICENCE: &str = "/c/callworkers/licences/1";

/// An issued licence of which the buyer has fetched a file.
fn delivered() -> Deals {
    let deals = Deals::licensed();
    let key = deals.buyer.browser.get(&format!("{LICENCE}/tokens")).field("key");
    let page = deals.buyer.browser.post(&format!("{LICENCE}/tokens"), &[("key", &key), ("kind", "api"), ("label", "Machine"), ("days", "30")]);
    let at = page.body.find("ghd_").expect("a token");
    let token: String = page.body[at..].chars().take(52).collect();
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let fetched = agent.get(format!("{}{LICENCE}/files/part-0000.jsonl.gz", deals.hall.url)).header("Authorization", format!("Bearer {token}")).call().expect("an answer");
    assert_eq!(fetched.status().as_u16(), 200);
    drop(fetched.into_body().read_to_vec().expect("the file"));
    deals.hall.catch_up();
    let report = deals.hall.audit();
    assert!(report.checks.iter().all(|check| check.name == "A3" || check.is_clean()), "{report}");
    assert!(report.check("A5").expect("A5").counts.iter().any(|(what, n)| *what == "deliveries" && *n > 0), "{report}");
    deals.hall.excuse(&["A1", "A2", "A4", "A5", "A6", "A7", "A8"]);
    deals
}

fn found(deals: &Deals, name: &str, sql: &str, words: &str) {
    deals.hall.plant(sql);
    let said = deals.hall.audit().check(name).expect("a check").to_string();
    assert!(said.contains(words) && said.contains("(no. 1)") | said.contains("delivery 0"), "{name} did not name it: {words}\n{said}");
}

#[test]
fn a2_finds_a_licence_below_a_floor_without_its_vote_or_changed_after_signing() {
    let deals = delivered();
    found(&deals, "A2", "UPDATE floors SET rate = rate * 100", "its price does not meet the floors in force when its vote closed. You offered");
    found(&deals, "A2", "UPDATE licences SET total = total - 1", "members ratified another price");
    found(&deals, "A2", "UPDATE licences SET sheet = replace(sheet, '\"exclusive\":false', '\"exclusive\":true')", "its term sheet does not hash to its sheet hash");
    found(&deals, "A2", "UPDATE decisions SET outcome = 'rejected'", "its vote did not pass but ended \"rejected\"");
    found(&deals, "A2", "UPDATE proposals SET matter = '{\"matter\":\"resolve\"}'", "the vote behind it did not ratify an offer");
    found(&deals, "A2", "UPDATE licences SET corpus_root = decision_hash", "it names another corpus root than its revision was frozen with");
    found(&deals, "A2", "UPDATE licences SET jwt = jwt || 'AAAA'", "its signed text does not hold");
    found(&deals, "A2", "DELETE FROM decisions", "no decision, notice, offer or frozen revision stands behind it");
}

#[test]
fn a5_finds_a_delivery_of_something_else() {
    let deals = delivered();
    found(&deals, "A5", "UPDATE deliveries SET digest = (SELECT root FROM freezes)", "delivered a file whose hash is not in its revision's manifest");
}
