//! Corpora over HTTP: selected with live counts, frozen by a job, proven record by record, shown to
//! the public without names, exported with hashes that are the manifest's.

use crate::support::Person;
use crate::support::stage::Stage;
use guildhall::kernel::actor::Actor;
use guildhall::kernel::digest::{Digest, unhex};
use guildhall::kernel::merkle;
use guildhall::pool::records::canonical;
use guildhall::pool::records::mapping::Mapping;
use guildhall::pool::records::rules::{Basis, BasisKind};
use guildhall::pool::records::{self, Batch};
use std::io::Read as _;

impl Stage {
    /// Imports lines of `id` and `text` as one's own articles, attested.
    fn attested(&self, who: &Person, texts: &[&str], basis: BasisKind) -> Batch {
        let lines: Vec<String> = texts.iter().enumerate().map(|(n, text)| serde_json::json!({"id": format!("{}-{n}", Digest::of(text.as_bytes()).short()), "text": text, "at": 1_700_000_000 + n}).to_string()).collect();
        let file = self.hall.folder.path().join("a.jsonl");
        std::fs::write(&file, lines.join("\n")).expect("a file");
        let mapping = Mapping::parse("kind = 'article'\nkey = '/id'\ntime = '/at'\nlanguage = '=en'\ncontributors = [{ who = '@me', role = 'author' }]\nparts = { text = '/text' }").expect("a mapping");
        let basis = Basis { kind: basis, name: "MIT".into(), source: "https://example.org".into(), body: "Permission is granted.".into() };
        let actor = Actor::person(who.account.clone());
        let (batch, _) = self.hall.wait(records::import_file(&self.hall.app, &self.coop.id, &actor, &file, &mapping, &basis, |_| {})).expect("an import");
        let (coop, steward, id) = (self.coop.id.clone(), Actor::person(self.ana.account.clone()), batch.id.clone());
        self.hall.write(move |tx| records::screen(tx, &steward, &coop, &id, "Looked through.")).expect("an attestation");
        batch
    }

    fn permit(&self, who: &Person, purpose: &str, change: &str) {
        for kind in ["mandate", "consent"] {
            let done = who.browser.post("/c/callworkers/mandate", &[("kind", kind), ("use", purpose), ("change", change)]);
            assert_eq!(done.status, 303, "{}", done.text());
        }
    }

    fn save(&self, name: &str, more: &[(&str, &str)]) {
        let fields = [&[("name", name), ("about", "Articles of the members."), ("min_words", "1")], more].concat();
        let saved = self.ana.browser.post("/c/callworkers/corpora", &fields);
        assert_eq!(saved.status, 303, "{}", saved.text());
    }

    fn export(&self, revision: &str) -> std::process::Output {
        let config = &self.hall.app.config;
        std::process::Command::new(env!("CARGO_BIN_EXE_guildhall"))
            .args(["export", "--revision", revision, "--to"])
            .arg(self.hall.folder.path().join("out"))
            .env("DATABASE_URL", &config.database_url)
            .env("STORAGE_URL", &config.storage_url)
            .env("SECRET_FILE", &config.secret_file)
            .output()
            .expect("the program runs")
    }
}

#[test]
fn a_corpus_is_counted_saved_frozen_and_every_record_proven() {
    let stage = Stage::open();
    let bea = stage.member("Bea");
    stage.attested(&bea, &["The first article of mine.", "A second one, longer than the first.", "Three."], BasisKind::Consent);
    let ana = &stage.ana.browser;
    let count = ana.get("/c/callworkers/corpora/new?uses=search&min_words=2");
    assert!(count.has("records selected 2") || count.has("2 records selected"), "{}", count.text());
    assert!(count.has("may enter now 0") || count.has("0 may enter now"), "{}", count.text());
    assert!(count.has("A contributor gives no mandate for search."), "why the others stay out");
    stage.permit(&bea, "search", "give");
    let count = ana.get("/c/callworkers/corpora/new?uses=search&min_words=2");
    assert!(count.has("may enter now 2") || count.has("2 may enter now"), "{}", count.text());
    let wrong = ana.post("/c/callworkers/corpora", &[("name", ""), ("about", "x"), ("min_words", "-1"), ("from", "soon"), ("batches", "one")]);
    assert!(wrong.status == 422 && wrong.field("from") == "soon" && wrong.has("4 things need putting right"), "{}", wrong.text());
    stage.save("Articles", &[]);
    let none = ana.post("/c/callworkers/corpora/articles/freeze", &[]);
    assert!(none.status == 422 && none.has("State at least one use"), "{}", none.text());
    let begun = ana.post("/c/callworkers/corpora/articles/freeze", &[("uses", "search")]);
    assert_eq!((begun.status, begun.location()), (303, "/c/callworkers/corpora/articles/1"), "{}", begun.text());
    let waiting = bea.browser.get(begun.location());
    assert!(waiting.body.contains(" data-again ") && waiting.has("0 records taken in so far"), "{}", waiting.text());
    assert_eq!(ana.post("/c/callworkers/corpora/articles/freeze", &[("uses", "search")]).status, 409, "one at a time");
    stage.hall.catch_up();
    let frozen = bea.browser.get("/c/callworkers/corpora/articles/1");
    assert!(frozen.has("frozen") && frozen.has("Length of records") && frozen.has("part-0000.parquet"), "{}", frozen.text());
    let proof = frozen.body.split("/proofs/").nth(1).and_then(|rest| rest.split('"').next()).expect("a proof");
    let path = format!("/c/callworkers/corpora/articles/1/proofs/{proof}");
    assert_eq!(stage.member("Cia").browser.get(&path).status, 404, "others' records");
    let proof: serde_json::Value = serde_json::from_str(&bea.browser.get(&path).body).expect("a proof");
    let text = |name: &str| proof[name].as_str().expect("text").to_owned();
    let record = serde_json::to_string(&proof["record"]).expect("its bytes");
    let mut hash = canonical::leaf(&unhex(&text("salt")).expect("a salt"), record.as_bytes());
    assert_eq!(hash.as_str(), text("leaf"));
    for step in proof["steps"].as_array().expect("steps") {
        let sibling = Digest::parse(step["sibling"].as_str().expect("a hash")).expect("a hash");
        let (left, right) = if step["left"] == true { (sibling, hash) } else { (hash, sibling) };
        hash = merkle_node(&left, &right);
    }
    assert_eq!(hash.as_str(), text("root"), "up to the root with SHA-256 alone");
}

fn merkle_node(left: &Digest, right: &Digest) -> Digest {
    merkle::root([left, right])
}

#[test]
fn the_public_sees_a_data_sheet_a_sample_and_the_manifest_and_no_name() {
    let stage = Stage::open();
    let bea = stage.member("Bea Nyambura");
    stage.attested(&bea, &["A public article about nothing much."], BasisKind::PublicLicence);
    stage.attested(&bea, &["A private one that nobody may show."], BasisKind::Consent);
    stage.permit(&bea, "search", "give");
    stage.save("Articles", &[]);
    let visitor = stage.hall.visitor();
    assert!(visitor.get("/c/callworkers/catalogue").has("Nothing to license yet"));
    assert_eq!(visitor.get("/c/callworkers/catalogue/articles").status, 404, "nothing frozen yet");
    stage.ana.browser.post("/c/callworkers/corpora/articles/freeze", &[("uses", "search")]);
    stage.hall.catch_up();
    assert!(visitor.get("/c/callworkers/catalogue").has("2 records"));
    let sheet = visitor.get("/c/callworkers/catalogue/articles");
    assert!(sheet.has("A public article about nothing much.") && !sheet.has("A private one"), "{}", sheet.text());
    assert!(sheet.has("Not machine-screened") && !sheet.body.contains("Nyambura"));
    let manifest = visitor.get("/c/callworkers/catalogue/articles/1/manifest.json");
    assert!(sheet.body.contains(Digest::of(manifest.body.as_bytes()).as_str()), "the manifest is byte for byte what was hashed");
    assert!(!manifest.body.contains("Nyambura"));
    assert_eq!(visitor.get("/c/callworkers/catalogue/articles/2/manifest.json").status, 404);
    assert_eq!(visitor.get("/c/callworkers/corpora/articles").status, 303, "the rest is for members");
}

#[test]
fn what_is_withdrawn_bars_a_revisions_delivery_and_is_left_out_of_the_next() {
    let stage = Stage::open();
    let bea = stage.member("Bea");
    stage.attested(&bea, &["The first article of mine.", "A second one."], BasisKind::Consent);
    stage.permit(&bea, "search", "give");
    stage.save("Articles", &[]);
    stage.ana.browser.post("/c/callworkers/corpora/articles/freeze", &[("uses", "search")]);
    stage.hall.catch_up();
    let out = stage.export("callworkers/articles/1");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let folder = stage.hall.folder.path().join("out");
    let manifest: serde_json::Value = serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).expect("a manifest")).expect("JSON");
    for file in manifest["files"].as_array().expect("files") {
        let bytes = std::fs::read(folder.join(file["name"].as_str().expect("a name"))).expect("a file");
        assert_eq!(Digest::of(&bytes).as_str(), file["sha256"], "{}", file["name"]);
    }
    let mut plain = String::new();
    flate2::read::GzDecoder::new(std::fs::File::open(folder.join("part-0000.jsonl.gz")).expect("lines")).read_to_string(&mut plain).expect("text");
    assert_eq!(plain.lines().count(), 2);
    let record = bea.browser.get("/c/callworkers/pool").body.split("/records/").nth(1).and_then(|rest| rest.split('"').next()).expect("a record").to_owned();
    bea.browser.post(&format!("/c/callworkers/records/{record}/withdrawal"), &[("reason", "x"), ("sure", "yes")]);
    let page = bea.browser.get("/c/callworkers/corpora/articles/1");
    assert!(page.has("1 of its records may no longer be delivered"), "{}", page.text());
    let refused = stage.export("callworkers/articles/1");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("may no longer be delivered"));
    stage.hall.clock.advance(guildhall::kernel::time::MINUTE);
    stage.ana.browser.post("/c/callworkers/corpora/articles/freeze", &[("uses", "search")]);
    stage.hall.catch_up();
    let next = stage.export("callworkers/articles/2");
    assert!(next.status.success() && String::from_utf8_lossy(&next.stdout).starts_with("1 records"), "{}", String::from_utf8_lossy(&next.stdout));
}
