//! The pool at its door: files come in over HTTP, are mapped, grounded, imported, attested; what
//! cannot be read is refused with its reason and leaves nothing behind.

use crate::support::stage::Stage;
use crate::support::{Page, Person};
use diesel::prelude::*;
use guildhall::kernel::actor::Actor;
use guildhall::membership::coops::{self, Role};
use guildhall::platform::db::schema::{batches, blobs, records};
use std::io::Write as _;

const NEW: &str = "/c/callworkers/pool/new";
const BATCHES: &str = "/c/callworkers/batches";
/// Notes: a key, a text, and whoever uploads as the writer.
const NOTES: [(&str, &str); 8] =
    [("kind", "article"), ("record_key", "/id"), ("language", "=en"), ("who_1", "@me"), ("role_1", "author"), ("share_1", "1"), ("text", "/text"), ("time", "/at")];

impl Stage {
    fn steward(&self, name: &str) -> Person {
        let person = self.member(name);
        let (coop, actor, officer) = (self.coop.id.clone(), Actor::person(person.account.clone()), Actor::person(self.ana.account.clone()));
        self.hall
            .write(move |tx| {
                let member = coops::standing(tx, &actor, &coop)?.member;
                coops::give_role(tx, &officer, &coop, &member, Role::Steward)
            })
            .expect("a steward");
        person
    }

    fn upload(&self, who: &Person, name: &str, bytes: &[u8]) -> Page {
        let key = who.browser.get(NEW).field("key");
        who.browser.upload(BATCHES, &key, name, bytes)
    }

    /// Batches, records and noted blobs, and blobs that lie in the storage.
    fn kept(&self) -> (i64, i64, i64, usize) {
        let (batches, records, noted) = self.hall.read(|conn| {
            Ok((batches::table.count().get_result(conn)?, records::table.count().get_result(conn)?, blobs::table.count().get_result(conn)?))
        });
        (batches, records, noted, files(&self.hall.folder.path().join("blobs")))
    }

    /// Uploads, maps with the form, grounds on consent and imports; answers the batch's page.
    fn bring_in(&self, who: &Person, name: &str, bytes: &[u8], mapping: &[(&str, &str)]) -> Page {
        let sent = self.upload(who, name, bytes);
        assert_eq!(sent.status, 303, "{}", sent.text());
        let at = sent.location().trim_end_matches("/mapping").to_owned();
        for (path, fields) in [("/mapping", mapping), ("/basis", &[("kind", "consent")]), ("/import", &[])] {
            let done = who.browser.post(&format!("{at}{path}"), fields);
            assert_eq!(done.status, 303, "{path}: {}", done.text());
        }
        self.hall.catch_up();
        who.browser.get(&at)
    }
}

fn files(folder: &std::path::Path) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries.map(|entry| entry.expect("an entry").path()).map(|path| if path.is_dir() { files(&path) } else { 1 }).sum()
}

fn note(id: u32, text: &str) -> String {
    format!("{{\"id\": {id}, \"text\": \"{text}\", \"at\": \"2026-01-0{}T10:00:00Z\"}}\n", id % 9 + 1)
}

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).expect("an entry");
        archive.write_all(bytes).expect("its bytes");
    }
    archive.finish().expect("an archive").into_inner()
}

#[test]
fn a_file_becomes_records_step_by_step_and_every_step_says_what_comes_next() {
    let stage = Stage::open();
    let ana = &stage.ana.browser;
    let lines = [note(1, "The desk opens at eight."), note(2, "Nobody calls on Sundays."), note(3, ""), note(4, "The desk opens at eight."), "{broken\n".to_owned()].concat();
    let sent = stage.upload(&stage.ana, "notes.jsonl", lines.as_bytes());
    assert_eq!((sent.status, sent.location()), (303, "/c/callworkers/batches/1/mapping"), "{}", sent.text());
    let mapping = ana.get(sent.location());
    assert!(mapping.has("/text") && mapping.has("The desk opens at eight."), "the first line's places, with examples");
    assert_eq!((mapping.field("record_key"), mapping.field("text"), mapping.field("time"), mapping.field("who_1")), ("/id".into(), "/text".into(), "/at".into(), "@me".into()), "guessed");
    assert!(ana.get("/c/callworkers/batches/1").has("Say next where the facts stand"));
    assert_eq!(ana.post("/c/callworkers/batches/1/import", &[]).status, 422, "not before it is mapped");
    assert_eq!(ana.post(sent.location(), &NOTES).location(), "/c/callworkers/batches/1/basis");
    let incomplete = ana.post("/c/callworkers/batches/1/basis", &[("kind", "public_licence"), ("name", "MIT"), ("source", ""), ("body", "")]);
    assert!(incomplete.status == 422 && incomplete.field("name") == "MIT", "what was typed is kept");
    assert_eq!(ana.post("/c/callworkers/batches/1/basis", &[("kind", "consent")]).location(), "/c/callworkers/batches/1");
    let preview = ana.get("/c/callworkers/batches/1");
    assert!(preview.has("Nobody calls on Sundays.") && preview.has("Refused as it is mapped now: not JSON"), "{}", preview.text());
    assert_eq!(ana.post("/c/callworkers/batches/1/import", &[]).status, 303);
    let waiting = ana.get("/c/callworkers/batches/1");
    assert!(waiting.body.contains(" data-again ") && waiting.has("0 % read"), "{}", waiting.text());
    assert_eq!(ana.post("/c/callworkers/batches/1/mapping", &NOTES).status, 409, "what is being imported is fixed");
    stage.hall.catch_up();
    let done = ana.get("/c/callworkers/batches/1");
    for words in ["5 lines read", "4 records added", "1 lines refused", "1 people, 1 on each record", "1 records without words", "1 exact repeats of text", "the same words as 1", "not JSON at column"] {
        let (number, what) = words.split_once(' ').expect("a figure");
        assert!(done.has(words) || done.has(&format!("{what} {number}")), "{words} in {}", done.text());
    }
    assert!(done.has("Not machine-screened"));
    let report = ana.get("/c/callworkers/batches/1/findings.csv");
    assert_eq!(report.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(report.body.lines().count(), 4, "{}", report.body);
    let again = stage.bring_in(&stage.ana, "notes.jsonl", lines.as_bytes(), &NOTES);
    assert!(again.has("0 records added") || again.has("records added 0"), "{}", again.text());
    assert_eq!(stage.kept().1, 4, "nothing twice");
}

#[test]
fn what_cannot_be_read_is_refused_with_its_reason_and_leaves_nothing() {
    let stage = Stage::open();
    let deep = format!("{}1{}", "[".repeat(300), "]".repeat(300));
    let cases: &[(&str, &[u8], u16, &str)] = &[
        ("a.jsonl", b"{\"id\": 1,}\n", 422, "line 1: not JSON at column"),
        ("a.jsonl", b"{\"id\": \"\xff\xfe\"}\n", 422, "not UTF-8 text"),
        ("a.jsonl", b"{\"id\": \"a\0b\"}\n", 422, "NUL character"),
        ("a.jsonl", deep.as_bytes(), 422, "nested deeper than 127 levels"),
        ("a.jsonl", b"{\"id\": \"\\ud800\"}\n", 422, "half a character"),
        ("a.jsonl", b"", 422, "The file is empty"),
        ("a.jsonl", b"\xEF\xBB\xBF\n\n", 422, "there is no record in it"),
        ("a.csv", b"id,id\n1,2\n", 422, "twice"),
        ("a.csv", b"id,text\n1\n", 422, "1 cells where the first row names 2 columns"),
        ("a.csv", b"id,text\n1,\xff\n", 422, "not UTF-8 text"),
        ("a.txt", b"a\0b", 422, "NUL character"),
        ("a.jsonl.gz", b"no gzip at all", 422, "gzip"),
        ("a.zip", b"PK but no archive", 422, "not a ZIP archive"),
        ("a.exe", b"MZ", 422, "is none of .jsonl, .csv, .txt, .md or .zip"),
        ("noname", b"x", 422, "is none of"),
        ("", b"x", 422, "Choose a file"),
    ];
    for (name, bytes, status, words) in cases {
        let page = stage.upload(&stage.ana, name, bytes);
        assert_eq!(page.status, *status, "{name}: {}", page.text());
        assert!(page.has(words), "{name}: {words} in {}", page.text());
        assert!(page.has("Error:") && page.body.contains("name=\"file\""), "the form is there again");
        assert_eq!(stage.kept(), (0, 0, 0, 0), "{name}: nothing is left");
    }
    let not_a_file = stage.ana.browser.post(BATCHES, &[("file", "x")]);
    assert!(not_a_file.status == 422 && not_a_file.has("Choose a file"), "{}", not_a_file.text());
}

#[test]
fn archives_that_lie_or_lead_out_are_refused_by_the_name_of_the_file_in_them() {
    let stage = Stage::open();
    let zeros = vec![b'0'; 64 << 20];
    for (entries, words) in [
        (&[("../../etc/passwd.txt", b"root".as_slice())][..], "its name leads out of the archive"),
        (&[("bomb.txt", &zeros)], "200 times its packed size"),
        (&[("inner.zip", b"PK")], "an archive inside the archive"),
    ] {
        let page = stage.upload(&stage.ana, "a.zip", &zip(entries));
        assert!(page.status == 422 && page.has(words), "{words} in {}", page.text());
        assert_eq!(stage.kept(), (0, 0, 0, 0));
    }
    // One bad file in an archive is refused by name; the others come in.
    let mixed = zip(&[("good.md", b"A fine text."), ("../up.md", b"Out."), ("bomb.txt", &zeros), ("more.txt", b"Another.")]);
    let text = [("kind", "article"), ("record_key", "name"), ("language", "=en"), ("who_1", "@me"), ("role_1", "author"), ("share_1", "1"), ("text", "text")];
    let done = stage.bring_in(&stage.ana, "mixed.zip", &mixed, &text);
    assert!(done.has("../up.md: its name leads out of the archive") && done.has("bomb.txt: unpacks to more than 200 times"), "{}", done.text());
    assert_eq!(stage.kept().1, 2, "the two good ones");
}

#[test]
fn a_line_of_a_hundred_megabytes_costs_one_line_and_no_memory_to_speak_of() {
    let stage = Stage::open();
    let head = note(1, "Before.");
    let long = std::io::Read::take(std::io::repeat(b'x'), 100 << 20);
    let tail = format!("\n{}", note(2, "After."));
    let length = (head.len() + tail.len()) as u64 + (100 << 20);
    let key = stage.ana.browser.get(NEW).field("key");
    let body = std::io::Read::chain(std::io::Read::chain(head.as_bytes(), long), tail.as_bytes());
    let sent = stage.ana.browser.upload_from(BATCHES, &key, "long.jsonl", body, length);
    assert_eq!(sent.status, 303, "{}", sent.text());
    for (path, fields) in [("/mapping", &NOTES[..]), ("/basis", &[("kind", "consent")]), ("/import", &[])] {
        assert_eq!(stage.ana.browser.post(&format!("/c/callworkers/batches/1{path}"), fields).status, 303);
    }
    stage.hall.catch_up();
    let done = stage.ana.browser.get("/c/callworkers/batches/1");
    assert!(done.has("longer than 8 MiB; a record is at most that long"), "{}", done.text());
    assert_eq!(stage.kept().1, 2, "before and after");
}

#[test]
fn more_than_there_is_room_for_is_refused_before_it_is_taken_in() {
    let stage = Stage::open();
    let length = (1_u64 << 30) + (1 << 20);
    // A request that claims more than there is room for; nothing but its head is sent.
    let mut raw = std::net::TcpStream::connect(stage.hall.url.trim_start_matches("http://")).expect("the hall");
    let cookie = stage.ana.browser.cookie.clone().expect("a session");
    let head = format!("POST {BATCHES} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n--b\r\n");
    raw.write_all(head.as_bytes()).expect("a request");
    raw.shutdown(std::net::Shutdown::Write).expect("an end");
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut raw, &mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("larger than 1024 MiB"), "{}", answer.chars().take(300).collect::<String>());
    // A cooperative whose room is full takes nothing more.
    let coop = stage.coop.id.to_string();
    stage
        .hall
        .write(move |tx| crate::support::rows::put(tx, "blobs", &[("coop_id", &coop), ("digest", "x"), ("bytes", &(64_i64 << 30).to_string()), ("purpose", "pack")]))
        .expect("a full pool");
    assert!(stage.ana.browser.get(NEW).has("There is room for 0 bytes"));
    let page = stage.upload(&stage.ana, "a.txt", b"One word too many.");
    assert!(page.status == 413 && page.has("larger than 0 MiB"), "{} {}", page.status, page.text());
    assert_eq!(stage.kept(), (0, 0, 1, 0));
}

#[test]
fn an_upload_that_breaks_off_leaves_nothing() {
    let stage = Stage::open();
    let cookie = stage.ana.browser.cookie.clone().expect("a session");
    let mut raw = std::net::TcpStream::connect(stage.hall.url.trim_start_matches("http://")).expect("the hall");
    let part = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n";
    let head = format!("POST {BATCHES} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 90000000\r\n\r\n{part}");
    raw.write_all(head.as_bytes()).expect("a request");
    raw.write_all(&vec![b'x'; 9 << 20]).expect("two pieces and a half");
    drop(raw);
    for _ in 0..100 {
        std::thread::sleep(std::time::Duration::from_millis(20));
        if stage.kept() == (0, 0, 0, 0) {
            break;
        }
    }
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(stage.kept(), (0, 0, 0, 0));
}

#[test]
fn a_file_sent_twice_from_one_form_is_one_upload() {
    let stage = Stage::open();
    let key = stage.ana.browser.get(NEW).field("key");
    let send = |text: &str| stage.ana.browser.upload(BATCHES, &key, "a.jsonl", note(1, text).as_bytes());
    let (first, second) = (send("Once."), send("Once."));
    assert_eq!((first.status, first.location()), (second.status, second.location()));
    assert_eq!(stage.kept().0, 1);
    assert_eq!(stage.kept().3, 1, "the second copy is cleared away");
    assert_eq!(send("Twice.").status, 409, "another file under the same key");
    assert_eq!((stage.kept().0, stage.kept().3), (1, 1));
}

#[test]
fn a_mapping_that_does_not_fit_says_where_and_keeps_what_was_typed() {
    let stage = Stage::open();
    stage.upload(&stage.ana, "a.jsonl", note(1, "Words.").as_bytes());
    let mapping = "/c/callworkers/batches/1/mapping";
    for (name, value, words) in [
        ("kind", "Two words!", "must be one word"),
        ("record_key", "", "Say where the key stands"),
        ("share_1", "1e9", "whole number from 1 to 10,000"),
        ("share_1", "-1", "whole number from 1 to 10,000"),
        ("authors", "nobody", "is no pair"),
        ("toml", "kind = [", "The mapping cannot be read"),
        ("toml", "{\"kind\": \"x\"}", "The mapping cannot be read"),
    ] {
        let mut fields = NOTES.to_vec();
        fields.retain(|(field, _)| *field != name);
        fields.push((name, value));
        let page = stage.ana.browser.post(mapping, &fields);
        assert!(page.status == 422 && page.has(words), "{name}={value}: {}", page.text());
        assert_eq!(page.field("text"), "/text", "what was typed is kept");
        assert!(page.body.contains(&format!("{name}-problem")), "beside its field: {name}");
    }
    let mut pointer = NOTES.to_vec();
    pointer.retain(|(field, _)| *field != "text");
    pointer.push(("text", "/nowhere"));
    let mut kind = NOTES.to_vec();
    kind.retain(|(field, _)| *field != "record_key");
    kind.push(("record_key", "id"));
    for (fields, words) in [(pointer, "Nobody says anything in it"), (kind, "id does not fit this kind of file")] {
        assert_eq!(stage.ana.browser.post(mapping, &fields).status, 303, "it makes sense in itself");
        stage.ana.browser.post("/c/callworkers/batches/1/basis", &[("kind", "consent")]);
        let preview = stage.ana.browser.get("/c/callworkers/batches/1");
        assert!(preview.has(words), "{words} in {}", preview.text());
    }
}

#[test]
fn a_batch_is_its_uploaders_and_the_stewards_and_a_record_its_contributors() {
    let stage = Stage::open();
    let (bea, cia) = (stage.member("Bea"), stage.member("Cia"));
    stage.bring_in(&bea, "a.jsonl", note(1, "Mine alone.").as_bytes(), &NOTES);
    let pool = bea.browser.get("/c/callworkers/pool");
    let record = pool.body.split("/records/").nth(1).and_then(|rest| rest.split('"').next()).expect("a record of mine").to_owned();
    let record = format!("/c/callworkers/records/{record}");
    for path in ["/c/callworkers/batches/1", "/c/callworkers/batches/1/findings.csv", record.as_str()] {
        assert_eq!((bea.browser.get(path).status, stage.ana.browser.get(path).status, cia.browser.get(path).status), (200, 200, 404), "{path}");
    }
    assert!(bea.browser.get(&record).has("Mine alone.") && bea.browser.get(&record).has("1 of 1"));
    assert!(cia.browser.get("/c/callworkers/batches").has("Nothing uploaded yet"));
    assert_eq!(cia.browser.post("/c/callworkers/batches/1/screening", &[("statement", "x")]).status, 404);
    assert_eq!(bea.browser.post("/c/callworkers/batches/1/screening", &[("statement", "x")]).status, 403, "a steward's word only");
    assert_eq!(cia.browser.post(&format!("{record}/withdrawal"), &[("reason", "x"), ("sure", "yes")]).status, 404);
    assert!(cia.browser.get("/c/callworkers/pool").has("No record of yours yet"));
}

#[test]
fn a_record_says_why_it_is_out_and_what_would_let_it_in() {
    let stage = Stage::open();
    let bea = stage.member("Bea");
    stage.bring_in(&bea, "a.jsonl", note(1, "Words of mine.").as_bytes(), &NOTES);
    let page = bea.browser.get("/c/callworkers/pool");
    assert!(page.has("for none: No steward has attested its batch yet."), "{}", page.text());
    let path = page.body.split("href=\"/c/callworkers/records/").nth(1).and_then(|rest| rest.split('"').next()).map(|id| format!("/c/callworkers/records/{id}")).expect("a record");
    let record = bea.browser.get(&path);
    assert!(record.has("A steward looks through its batch and attests it.") && record.has("Contributor 1 gives a mandate for search."), "{}", record.text());
    assert_eq!(stage.ana.browser.post("/c/callworkers/batches/1/screening", &[("statement", "I read all of it.")]).status, 303);
    assert!(stage.ana.browser.get("/c/callworkers/batches/1").has("I read all of it."));
    assert_eq!(stage.ana.browser.post("/c/callworkers/batches/1/screening", &[("statement", "Again.")]).status, 409);
    for kind in ["mandate", "consent"] {
        bea.browser.post("/c/callworkers/mandate", &[("kind", kind), ("use", "search"), ("change", "give")]);
    }
    assert!(bea.browser.get("/c/callworkers/pool").has("for 1 of 8 uses"));
    let taken = bea.browser.post(&format!("{path}/withdrawal"), &[("reason", "It names a child."), ("sure", "")]);
    assert!(taken.status == 422 && taken.field("reason") == "It names a child.", "{}", taken.text());
    assert_eq!(bea.browser.post(&format!("{path}/withdrawal"), &[("reason", "It names a child."), ("sure", "yes")]).status, 303);
    stage.hall.catch_up();
    let gone = bea.browser.get(&path);
    assert!(gone.has("Taken out for good: It names a child.") && !gone.has("Words of mine."), "{}", gone.text());
    assert_eq!(bea.browser.post(&format!("{path}/withdrawal"), &[("reason", "Again."), ("sure", "yes")]).status, 409);
    assert!(!everything(&stage).windows(14).any(|bytes| bytes == b"Words of mine."), "no blob holds its text, unpacked");
}

/// All blobs, unpacked where they are packs.
fn everything(stage: &Stage) -> Vec<u8> {
    fn walk(folder: &std::path::Path, out: &mut Vec<u8>) {
        for entry in std::fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, out);
            } else {
                let bytes = std::fs::read(path).expect("a blob");
                out.extend(guildhall::pool::records::pack::open(&bytes).unwrap_or_default());
                out.extend(bytes);
            }
        }
    }
    let mut out = Vec::new();
    walk(&stage.hall.folder.path().join("blobs"), &mut out);
    out
}

#[test]
fn a_pseudonym_is_claimed_and_another_steward_answers() {
    let stage = Stage::open();
    let (bea, dan) = (stage.member("Bea"), stage.steward("Dan"));
    let mut mapping = NOTES.to_vec();
    mapping.retain(|(field, _)| *field != "who_1");
    mapping.push(("who_1", "/by"));
    let line = "{\"id\": 1, \"by\": \"desk-7\", \"text\": \"A reply.\"}\n{\"id\": 2, \"by\": \"desk-8\", \"text\": \"Another.\"}\n";
    stage.bring_in(&stage.ana, "a.jsonl", line.as_bytes(), &mapping);
    let page = bea.browser.get("/c/callworkers/claims?look=desk-7");
    assert!(page.has("desk-7") && !page.has("desk-8"), "{}", page.text());
    let id = page.field("contributor");
    let empty = bea.browser.post("/c/callworkers/claims", &[("contributor", &id), ("evidence", "")]);
    assert!(empty.status == 422 && empty.has("Enter: What shows that it is you."), "{}", empty.text());
    assert_eq!(bea.browser.post("/c/callworkers/claims", &[("contributor", &id), ("evidence", "My shift plan.")]).status, 303);
    assert_eq!(bea.browser.post("/c/callworkers/claims", &[("contributor", &id), ("evidence", "Again.")]).status, 409);
    assert!(stage.ana.browser.get("/c/callworkers/pool").has("1 claim to answer"));
    let desk = dan.browser.get("/c/callworkers/claims");
    let claim = desk.body.split("action=\"/c/callworkers/claims/").nth(1).and_then(|rest| rest.split('"').next()).expect("a claim").to_owned();
    let claim = format!("/c/callworkers/claims/{claim}");
    assert_eq!(bea.browser.post(&claim, &[("verdict", "upheld"), ("reason", "It is me.")]).status, 403);
    assert_eq!(dan.browser.post(&claim, &[("verdict", "upheld"), ("reason", "")]).status, 422, "with a reason");
    assert_eq!(dan.browser.post(&claim, &[("verdict", "upheld"), ("reason", "The plan shows it.")]).status, 303);
    assert!(bea.browser.get("/c/callworkers/claims").has("The plan shows it."));
    assert!(bea.browser.get("/c/callworkers/pool").body.contains("/records/"), "its records are mine");
    let again = stage.ana.browser.post("/c/callworkers/claims", &[("contributor", &id), ("evidence", "No, me.")]);
    assert_eq!(again.status, 409, "{}", again.text());
    let own = dan.browser.get("/c/callworkers/claims").field("contributor");
    dan.browser.post("/c/callworkers/claims", &[("contributor", &own), ("evidence", "Me.")]);
    let page = stage.ana.browser.get("/c/callworkers/claims");
    let mine = page.body.split("action=\"/c/callworkers/claims/").nth(1).and_then(|rest| rest.split('"').next()).expect("a claim").to_owned();
    assert_eq!(dan.browser.post(&format!("/c/callworkers/claims/{mine}"), &[("verdict", "upheld"), ("reason", "Me.")]).status, 403, "not one's own");
}
