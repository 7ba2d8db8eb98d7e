//! The journal's chain: linked by the sequencer, published, checked by a stranger.

use crate::support::Hall;
use guildhall::cli::verify_journal;
use guildhall::platform::journal::{self, Chain};
use serde_json::json;

#[test]
fn two_sequencers_link_every_entry_once_and_a_stranger_can_check() {
    let hall = Hall::start();
    for i in 0..25 {
        hall.write(move |tx| journal::append(tx, Chain::Hall, "counted", &i.to_string(), &json!({ "n": i }))).expect("an entry");
    }
    let (one, two) = hall.wait(async { tokio::join!(journal::sequence(&hall.app.db), journal::sequence(&hall.app.db)) });
    assert_eq!(one.unwrap_or(0) + two.unwrap_or(0), 25);
    hall.catch_up();
    let first = hall.read(|conn| journal::head(conn, &Chain::Hall)).expect("a head");
    assert_eq!(first.height, 25);
    hall.write(|tx| journal::append(tx, Chain::Hall, "counted", "26", &json!({}))).expect("an entry");
    hall.catch_up();
    let pairs = hall.read(|conn| journal::linked(conn, &Chain::Hall, 0, 100));
    let file = hall.folder.path().join("journal.jsonl");
    let lines: Vec<String> = pairs.iter().map(|pair| serde_json::to_string(pair).unwrap()).collect();
    std::fs::write(&file, lines.join("\n")).unwrap();
    let seen = format!("{}:{}", first.height, first.hash);
    assert!(verify_journal(&file, Some(&seen)).unwrap().starts_with("Intact: 26 entries"));
    let forged = format!("25:{}", "0".repeat(64));
    assert!(verify_journal(&file, Some(&forged)).unwrap_err().to_string().contains("rewritten"));
    std::fs::write(&file, lines.join("\n").replacen("\\\"n\\\":7", "\\\"n\\\":8", 1)).unwrap();
    assert!(verify_journal(&file, None).unwrap_err().to_string().contains("breaks at link"));
}
