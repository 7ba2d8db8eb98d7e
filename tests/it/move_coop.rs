//! A whole cooperative moves from one hall to another and from one database to the other; a person
//! takes their own data along.

use crate::support::books::{Books, id};
use crate::support::rows::put;
use crate::support::world::content;
use crate::support::{Hall, tables};
use guildhall::hall::move_coop::{self, OpenVotes};
use guildhall::kernel::time::{HOUR, SECOND};
use std::collections::BTreeMap;
use std::io::Read as _;

/// Tables whose rows move with a cooperative and are the same on both sides.
fn moved(hall: &Hall) -> BTreeMap<String, String> {
    let stays = ["accounts", "account_tokens", "ballot_keys", "form_keys", "hall", "jobs", "journal_chains", "journal_entries", "journal_heads", "journal_links", "journal_pending", "outbox", "signing_keys"];
    content(hall).into_iter().filter(|(table, _)| !stays.contains(&table.as_str())).collect()
}

/// A cooperative with people of all standings, complaints, a mandate, records, licences, money and a blob.
fn furnished() -> Books {
    let books = Books::open();
    let send = |person: &crate::support::Person, path: &str, fields: &[(&str, &str)]| assert_eq!(person.browser.post(path, fields).status, 303, "{path}");
    send(&books.bea, "/c/callworkers/mandate", &[("kind", "mandate"), ("use", "search"), ("change", "give")]);
    send(&books.cia, "/c/callworkers/complaints", &[("subject", "Late pay"), ("body", "It is \"late\"; \\x41 again,\nand '2%' short. \u{20ac}")]);
    send(&books.cia, "/c/callworkers/invitations", &[("email", "eve@people.example")]);
    send(&books.ana, "/c/callworkers/members/3/suspension", &[("reason", "x")]);
    let receipt = books.receive(100_000, "bank 1").expect("a receipt");
    let run = books.propose_run(&books.ana, receipt).expect("a run");
    books.release_run(&books.bea, run).expect("released");
    let digest = books.hall.wait(books.hall.app.blobs.put(&books.coop.id, b"a pack of records".to_vec())).expect("a blob").to_string();
    let coop = books.coop.id.to_string();
    books.hall.write(move |tx| put(tx, "blobs", &[("coop_id", &coop), ("digest", &digest), ("bytes", "17"), ("purpose", "pack")])).expect("a row");
    books
}

fn import(hall: &Hall, file: &std::path::Path, under: Option<&str>) -> guildhall::error::Result<move_coop::Moved> {
    hall.wait(move_coop::import(&hall.app, file, under))
}

#[test]
fn a_cooperative_moves_to_another_hall_and_database_with_every_row_and_link() {
    let books = furnished();
    let folder = tempfile::tempdir().expect("a folder");
    let (first, second) = (folder.path().join("one.zip"), folder.path().join("two.zip"));
    let manifest = books.hall.wait(move_coop::export(&books.hall.app, "callworkers", &first)).expect("an export");
    assert!(manifest.parts["members"].rows == 3 && manifest.blobs.len() == 1);
    assert!(books.hall.wait(move_coop::export(&books.hall.app, "callworkers", &first)).is_err(), "never over a file");
    assert!(books.hall.wait(move_coop::export(&books.hall.app, "nowhere", &second)).is_err());

    // Always by way of the embedded database; where PostgreSQL is tested, from there and back.
    let away = Hall::embedded();
    let done = import(&away, &first, None).expect("an import");
    assert_eq!((done.known, done.made, done.blobs), (0, 3, 1));
    assert!(import(&away, &first, None).is_err(), "not twice");
    let (before, after) = (moved(&books.hall), moved(&away));
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    let rows = |content: &str| content.split('|').count();
    for (table, content) in &before {
        assert_eq!(rows(content), rows(&after[table]), "{table}");
    }
    away.wait(move_coop::export(&away.app, "callworkers", &second)).expect("an export");
    let home = Hall::start();
    import(&home, &second, None).expect("an import");
    let back = moved(&home);
    for (table, content) in &before {
        assert_eq!(content, &back[table], "{table}, there and back");
    }
    for hall in [&away, &home] {
        let chains = hall.audit().checks.into_iter().find(|check| check.name == "A4").expect("the check of the chains");
        assert!(chains.is_clean(), "{chains}");
        hall.excuse(&["A2", "A3", "A5"]);
    }
    let blob = home.wait(home.app.blobs.get(&books.coop.id, &manifest.blobs[0])).expect("the blob");
    assert_eq!(&blob[..], b"a pack of records");
    assert!(home.visitor().get("/c/callworkers").has("Callworkers"));
    assert!(tables().len() > before.len());
}

#[test]
fn people_are_known_by_their_address_and_secrets_stay_behind() {
    let books = furnished();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("coop.zip");
    let hash = books.hall.wait(books.hall.app.hasher.hash("correct horse battery staple")).expect("a hash");
    let (ana, phc) = (books.ana.account.clone(), hash.clone());
    books.hall.write(move |tx| guildhall::membership::accounts::rehash(tx, &ana, &phc)).expect("a password");
    books.hall.wait(move_coop::export(&books.hall.app, "callworkers", &file)).expect("an export");
    let mut text = String::new();
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&file).expect("a file")).expect("a zip");
    for at in 0..archive.len() {
        archive.by_index(at).expect("an entry").read_to_string(&mut text).expect("text");
    }
    assert!(text.contains("ana@people.example") && !text.contains(&hash) && !text.contains("argon2"), "no password");
    for table in ["sessions", "account_tokens", "ballot_keys", "form_keys", "outbox"] {
        assert!(archive.by_name(&format!("rows/{table}.jsonl")).is_err(), "{table}");
    }

    let other = Hall::embedded();
    let (known, zoe) = (other.person("Ana"), other.person("Zoe"));
    other.coop(&zoe, "Callworkers");
    assert!(import(&other, &file, None).is_err(), "the name is taken");
    other.excuse(&["A2", "A3", "A5"]);
    let done = import(&other, &file, Some("Callworkers of Nairobi")).expect("an import");
    assert_eq!((done.slug.as_str(), done.known, done.made), ("callworkers-of-nairobi", 1, 2));
    assert!(known.browser.get("/c/callworkers-of-nairobi").has("member number 1"), "by her address, though her account here is another");
    assert_eq!(known.browser.get("/c/callworkers-of-nairobi/members").status, 200);
    assert_eq!(zoe.browser.get("/c/callworkers-of-nairobi/members").status, 404);
    other.visitor().post("/reset", &[("email", "bea@people.example")]);
    assert!(other.mails().iter().any(|mail| mail.contains("To: bea@people.example") && mail.contains("/reset/set?token=")), "whoever is new sets a password by mail");
}

#[test]
fn a_changed_file_and_open_sealed_votes_move_nothing() {
    let books = Books::open();
    let folder = tempfile::tempdir().expect("a folder");
    let (file, forged) = (folder.path().join("coop.zip"), folder.path().join("forged.zip"));
    books.hall.wait(move_coop::export(&books.hall.app, "callworkers", &file)).expect("an export");
    let mut archive = zip::ZipArchive::new(std::fs::File::open(&file).expect("a file")).expect("a zip");
    let mut out = zip::ZipWriter::new(std::fs::File::create(&forged).expect("a file"));
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).expect("an entry");
        let (name, mut text) = (entry.name().expect("a name").into_owned(), String::new());
        entry.read_to_string(&mut text).expect("text");
        out.start_file(name, zip::write::SimpleFileOptions::default()).expect("an entry");
        std::io::Write::write_all(&mut out, text.replace("Callworkers", "Strikebreakers").as_bytes()).expect("written");
    }
    out.finish().expect("a zip");
    let other = Hall::embedded();
    let before = content(&other);
    let refused = import(&other, &forged, None).expect_err("a changed file");
    assert!(refused.to_string().contains("damaged or changed"), "{refused}");
    assert!(import(&other, &folder.path().join("nothing.zip"), None).is_err());
    assert_eq!(before, content(&other), "nothing was imported");

    let coop = books.coop.id.to_string();
    books
        .hall
        .write(move |tx| put(tx, "ballot_keys", &[("coop_id", &coop), ("proposal_id", &id(100)), ("sealed", "00")]))
        .expect("an open vote");
    let refused = books.hall.wait(move_coop::export(&books.hall.app, "callworkers", &folder.path().join("open.zip"))).expect_err("an open vote");
    assert!(refused.refusal::<OpenVotes>().is_some() && refused.to_string().contains("no. 1"), "{refused}");
    assert!(!folder.path().join("open.zip").exists(), "no half file is left");
    let coop = books.coop.id.to_string();
    books.hall.write(move |tx| Ok(diesel::RunQueryDsl::execute(diesel::sql_query(format!("DELETE FROM ballot_keys WHERE coop_id = '{coop}'")), &mut **tx)?)).expect("cleared");
}

#[test]
fn a_person_takes_along_everything_about_them_and_nothing_secret() {
    let books = furnished();
    books.hall.clock.advance(HOUR);
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).max_redirects(0).build().into();
    let mut answer = agent.get(format!("{}/settings/export", books.hall.url)).header("Cookie", books.cia.browser.cookie.clone().expect("a cookie")).call().expect("an answer");
    assert!(answer.headers()["content-disposition"].to_str().is_ok_and(|v| v.starts_with("attachment")));
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let bytes = answer.body_mut().read_to_vec().expect("bytes");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).expect("a zip");
    let mut read = |name: &str| {
        let mut text = String::new();
        archive.by_name(name).expect("a part").read_to_string(&mut text).expect("text");
        text
    };
    let (own, coop) = (read("account.json"), read("callworkers.json"));
    assert!(own.contains("cia@people.example") && own.contains("\"sessions\"") && !own.contains("\"password\"") && !own.contains("\"token\""), "{own}");
    for part in ["\"members\"", "\"applications\"", "\"standing_events\"", "\"complaints\"", "Late pay", "\"records\""] {
        assert!(coop.contains(part), "{part}: {coop}");
    }
    assert!(!coop.contains("ana@people.example") && !coop.contains("bea@people.example"), "nobody else's address");
    let cookie = books.bea.browser.cookie.clone().expect("a cookie");
    let mut answer = agent.get(format!("{}/settings/export", books.hall.url)).header("Cookie", cookie).call().expect("an answer");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(answer.body_mut().read_to_vec().expect("bytes"))).expect("a zip");
    let mut text = String::new();
    archive.by_name("callworkers.json").expect("a part").read_to_string(&mut text).expect("text");
    for part in ["\"authorisations\"", "\"contributors\"", "\"run_lines\"", "\"source_key\""] {
        assert!(text.contains(part), "{part}");
    }
    assert!(!text.contains("Late pay") && !text.contains("\"salt\""), "not what others wrote");
    books.hall.clock.advance(SECOND);
}
