//! `guildhall import`: a file of the operator's machine into a pool, beside the running hall.

use crate::support::Hall;
use std::process::{Command, Output};

/// A dialogue as the STAR files have it.
fn dialogue(number: u32, user: &str, wizard: &str, turns: &[(&str, &str, &str)]) -> String {
    let events: Vec<_> = turns.iter().map(|(agent, action, text)| serde_json::json!({"Agent": agent, "Action": action, "Text": text, "UnixTime": 1_589_375_664})).collect();
    serde_json::json!({"AnonymizedUserWorkerID": user, "AnonymizedWizardWorkerID": wizard, "DialogueID": number, "Events": events}).to_string()
}

fn star() -> String {
    let spoken = [("UserGuide", "instruct", "Book a ride."), ("User", "utter", "Hello, I need a ride."), ("Wizard", "pick_suggestion", "Where to?")];
    let lines = [
        dialogue(1, "u1", "w1", &spoken),
        dialogue(2, "w1", "u1", &[("User", "utter", "What is the weather?"), ("Wizard", "utter", "It rains.")]),
        dialogue(3, "u2", "w1", &[("UserGuide", "instruct", "Say something.")]),
        dialogue(4, "u2", "w2", &spoken),
        dialogue(5, "u1", "w2", &[("UserGuide", "instruct", "Say nothing.")]),
    ];
    lines.join("\n")
}

fn import(hall: &Hall, file: &std::path::Path, more: &[&str]) -> Output {
    let mapping = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/mappings/star.toml");
    let config = &hall.app.config;
    Command::new(env!("CARGO_BIN_EXE_guildhall"))
        .args(["import", "--coop", "callworkers", "--mapping", mapping])
        .args(more)
        .arg(file)
        .env("DATABASE_URL", &config.database_url)
        .env("STORAGE_URL", &config.storage_url)
        .env("SECRET_FILE", &config.secret_file)
        .output()
        .expect("the program runs")
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_file_is_imported_from_a_shell_and_a_second_time_adds_nothing() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.coop(&ana, "Callworkers");
    let (file, licence, report) = (hall.folder.path().join("star.jsonl"), hall.folder.path().join("LICENSE"), hall.folder.path().join("report.csv"));
    std::fs::write(&file, star()).expect("a file");
    std::fs::write(&licence, "Permission is hereby granted").expect("a licence");
    let ground = ["--licence", "MIT", "--licence-source", "https://example.org/star", "--licence-text", licence.to_str().expect("a path")];
    let first = import(&hall, &file, &[&ground[..], &["--report", report.to_str().expect("a path")]].concat());
    let words = said(&first);
    assert!(first.status.success(), "{words}");
    for line in ["5  lines read", "5  records added", "0  in the pool already", "4  people found, 2 on each record", "2  records without speech", "2  exact repeats of text", "0  lines refused"] {
        assert!(words.contains(&format!(" {line}\n")), "{line} in {words}");
    }
    assert!(words.contains("star:3, line 3: nobody says anything in it") && words.contains("star:4, line 4: the same words as star:1"), "{words}");
    let report = std::fs::read_to_string(report).expect("a report");
    assert_eq!(report.lines().count(), 5, "{report}");
    let again = said(&import(&hall, &file, &ground));
    assert!(again.contains(" 0  records added\n") && again.contains(" 5  in the pool already\n"), "{again}");
}

#[test]
fn an_import_that_does_not_fit_says_why_and_does_not_end_in_zero() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.coop(&ana, "Callworkers");
    let file = hall.folder.path().join("star.jsonl");
    std::fs::write(&file, "{\"DialogueID\": 1}\n{broken\n").expect("a file");
    let none = import(&hall, &file, &[]);
    assert!(!none.status.success());
    assert!(said(&none).contains("no contributor at /AnonymizedUserWorkerID") && said(&none).contains("not JSON at column"), "{}", said(&none));
    assert!(!import(&hall, &hall.folder.path().join("absent.jsonl"), &[]).status.success(), "a file that is not there");
    assert!(!import(&hall, &file, &["--as", "nobody@people.example"]).status.success(), "a member who is not there");
    assert!(!import(&hall, &file, &["--licence", "MIT"]).status.success(), "a licence without its text");
    std::fs::write(hall.folder.path().join("a.exe"), "x").expect("a file");
    let unknown = import(&hall, &hall.folder.path().join("a.exe"), &[]);
    assert!(!unknown.status.success() && said(&unknown).contains("is none of .jsonl"), "{}", said(&unknown));
}
