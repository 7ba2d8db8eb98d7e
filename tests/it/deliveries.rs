//! Fetching the files of a licence: tokens, ranges, the log, and everything that stops it.

use crate::support::Page;
use crate::support::deals::{Deals, PASSWORD, Wishes, issue};
use guildhall::kernel::digest::Digest;
use guildhall::licensing::deliveries;
use guildhall::licensing::licences;
use sha2::{Digest as _, Sha256};
use std::io::Read as _;

const LICENCE: &str = "/c/callworkers/licences/1";
const TOKENS: &str = "/c/callworkers/licences/1/tokens";

/// Makes a token in the browser and reads it from the page that shows it once.
fn token(deals: &Deals, kind: &str) -> String {
    let key = deals.buyer.browser.get(TOKENS).field("key");
    let page = deals.buyer.browser.post(TOKENS, &[("key", &key), ("kind", kind), ("label", "Training machine"), ("days", "30")]);
    assert_eq!(page.status, 201, "{}", page.text());
    let at = page.body.find("ghd_").expect("a token");
    page.body[at..].chars().take(52).collect()
}

struct File {
    status: u16,
    headers: std::collections::BTreeMap<String, String>,
    bytes: Vec<u8>,
}

fn fetch(deals: &Deals, path: &str, token: &str, headers: &[(&str, &str)]) -> File {
    let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut request = agent.get(format!("{}{path}", deals.hall.url)).header("Authorization", format!("Bearer {token}")).header("Accept-Encoding", "gzip");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut answer = request.call().expect("an answer");
    let headers: std::collections::BTreeMap<String, String> = answer.headers().iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap_or("").to_owned())).collect();
    let mut bytes = answer.body_mut().read_to_vec().expect("bytes");
    if headers.get("content-encoding").is_some_and(|coding| coding == "gzip") {
        let packed = std::mem::take(&mut bytes);
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_end(&mut bytes).expect("gzip");
    }
    File { status: answer.status().as_u16(), headers, bytes }
}

fn files(deals: &Deals) -> Vec<deliveries::File> {
    let coop = deals.coop.id.clone();
    deals.hall.read(move |conn| {
        let licence = licences::numbered(conn, &coop, 1)?;
        deliveries::files(conn, &licence)
    })
}

fn handed(deals: &Deals) -> deliveries::Handed {
    let coop = deals.coop.id.clone();
    deals.hall.read(move |conn| {
        let licence = licences::numbered(conn, &coop, 1)?;
        deliveries::handed(conn, &licence)
    })
}

fn of(name: &str) -> String {
    format!("{LICENCE}/files/{name}")
}

fn hashes_to(bytes: &[u8]) -> Digest {
    Digest::from_bytes(&Sha256::digest(bytes).into())
}

fn says(file: &File, words: &str) -> bool {
    String::from_utf8_lossy(&file.bytes).contains(words)
}

#[test]
fn every_file_arrives_as_the_manifest_says_and_is_logged() {
    let deals = Deals::licensed();
    let token = token(&deals, "once");
    let index: serde_json::Value = serde_json::from_slice(&fetch(&deals, &format!("{LICENCE}/files"), &token, &[]).bytes).expect("JSON");
    let manifest: serde_json::Value = serde_json::from_str(&deals.hall.visitor().get(&format!("{LICENCE}/manifest.json")).body).expect("JSON");
    assert_eq!(index["files"].as_array().map(Vec::len), manifest["files"].as_array().map(Vec::len));
    assert!(index["licence"].as_str().expect("an address").ends_with(".jwt"));
    for (n, file) in files(&deals).into_iter().enumerate() {
        let got = fetch(&deals, &of(&file.name), &token, &[]);
        assert_eq!(got.status, 200);
        assert_eq!(hashes_to(&got.bytes), file.digest, "{}", file.name);
        assert_eq!(got.headers["etag"], format!("\"{}\"", file.digest));
        assert_eq!(got.headers["content-length"], file.bytes.to_string());
        assert_eq!(got.headers.get("content-encoding").map_or("identity", String::as_str), "identity", "the bytes of the manifest, not compressed again");
        assert!(got.headers["link"].contains("rel=\"license\""));
        assert_eq!(handed(&deals).times, n as i64 + 1);
        assert!(manifest["files"].as_array().expect("files").iter().any(|f| f["name"] == file.name && f["sha256"] == file.digest.as_str()));
    }
    assert!(deals.hall.visitor().get(LICENCE).has("2 deliveries"));
    assert!(deals.ana.browser.get(LICENCE).has("Training machine"));
}

#[test]
fn a_broken_download_goes_on_where_it_stopped() {
    let deals = Deals::licensed();
    let (token, file) = (token(&deals, "once"), files(&deals).remove(0));
    let first = fetch(&deals, &of(&file.name), &token, &[("Range", "bytes=0-99")]);
    assert_eq!((first.status, first.bytes.len(), first.headers["content-range"].as_str()), (206, 100, format!("bytes 0-99/{}", file.bytes).as_str()));
    let tag = format!("\"{}\"", file.digest);
    let rest = fetch(&deals, &of(&file.name), &token, &[("Range", "bytes=100-"), ("If-Range", &tag)]);
    assert_eq!(rest.status, 206);
    assert_eq!(hashes_to(&[first.bytes, rest.bytes].concat()), file.digest);
    let mut log: Vec<_> = handed(&deals).latest.iter().map(|one| one.range).collect();
    log.sort_unstable();
    assert_eq!(log, [(0, 99), (100, file.bytes - 1)]);
}

#[test]
fn a_range_of_another_state_of_the_file_starts_over() {
    let deals = Deals::licensed();
    let (token, file) = (token(&deals, "api"), files(&deals).remove(0));
    let other = fetch(&deals, &of(&file.name), &token, &[("Range", "bytes=100-"), ("If-Range", "\"other\"")]);
    assert_eq!((other.status, hashes_to(&other.bytes)), (200, file.digest.clone()));
    let outside = fetch(&deals, &of(&file.name), &token, &[("Range", &format!("bytes={}-", file.bytes))]);
    assert_eq!((outside.status, outside.headers["content-range"].as_str()), (416, format!("bytes */{}", file.bytes).as_str()));
    assert_eq!(handed(&deals).times, 1, "nothing was handed over for the second");
}

#[test]
fn a_one_time_token_is_worth_one_set_of_files() {
    let mut deals = Deals::licensed();
    let (once, api, file) = (token(&deals, "once"), token(&deals, "api"), files(&deals).remove(0));
    assert_eq!(fetch(&deals, &of(&file.name), &once, &[]).status, 200);
    let again = fetch(&deals, &of(&file.name), &once, &[]);
    assert!(again.status == 410 && says(&again, "has delivered this file whole"));
    assert_eq!(again.headers["content-type"], "application/problem+json");
    assert_eq!(fetch(&deals, &of(&files(&deals)[1].name), &once, &[]).status, 200, "the other file of the set");
    for _ in 0..3 {
        assert_eq!(fetch(&deals, &of(&file.name), &api, &[]).status, 200);
    }
    deals.pass(31);
    let ended = fetch(&deals, &of(&file.name), &api, &[]);
    assert!(ended.status == 401 && says(&ended, "ended on") && ended.headers.contains_key("www-authenticate"));
}

#[test]
fn only_a_known_token_of_this_licence_fetches() {
    let deals = Deals::licensed();
    let (good, file) = (token(&deals, "api"), files(&deals).remove(0));
    let made_up = format!("ghd_{}", "0".repeat(48));
    for bad in ["", "x", "ghd_", made_up.as_str(), good.to_uppercase().as_str()] {
        assert_eq!(fetch(&deals, &of(&file.name), bad, &[]).status, 401, "{bad}");
        assert_eq!(fetch(&deals, &format!("{LICENCE}/files"), bad, &[]).status, 401);
    }
    assert_eq!(deals.buyer.browser.get(&of(&file.name)).status, 401, "a session is no token");
    assert_eq!(fetch(&deals, &of("../../secret"), &good, &[]).status, 404);
    assert_eq!(fetch(&deals, &of("..%2f..%2fsecret"), &good, &[]).status, 404);
    deals.agree(&Wishes::deal(2));
    issue(&deals.hall, &deals.coop, &deals.ana.account, 2);
    assert_eq!(fetch(&deals, &format!("/c/callworkers/licences/2/files/{}", file.name), &good, &[]).status, 401, "another licence");
    assert_eq!(handed(&deals).times, 0);
}

#[test]
fn a_token_is_shown_once_and_kept_as_a_hash() {
    let deals = Deals::licensed();
    let form = deals.buyer.browser.get(TOKENS);
    let key = form.field("key");
    let fields = [("key", key.as_str()), ("kind", "once"), ("label", "Laptop"), ("days", "")];
    let first = deals.buyer.browser.post(TOKENS, &fields);
    let at = first.body.find("ghd_").expect("a token");
    let token: String = first.body[at..].chars().take(52).collect();
    let second = deals.buyer.browser.post(TOKENS, &fields);
    assert!(second.status == 409 && !second.body.contains("ghd_") && second.has("made and shown already"), "{}", second.text());
    let later = deals.buyer.browser.get(TOKENS);
    assert!(later.has("Laptop") && !later.body.contains(&token));
    assert_eq!(first.headers["cache-control"], "no-store");
    let coop = deals.coop.id.clone();
    let stored = deals.hall.read(move |conn| {
        let licence = licences::numbered(conn, &coop, 1)?;
        deliveries::tokens(conn, &licence)
    });
    assert_eq!((stored.len(), &stored[0].hash), (1, &Digest::of(token.as_bytes())));
}

#[test]
fn a_browser_downloads_by_a_form() {
    let deals = Deals::licensed();
    let (token, file) = (token(&deals, "once"), files(&deals).remove(1));
    let got: Page = deals.buyer.browser.post(&of(&file.name), &[("token", &token)]);
    assert_eq!(got.status, 200);
    assert!(got.headers["content-disposition"].contains(&file.name));
    assert_eq!(deals.buyer.browser.post(&of(&file.name), &[("token", "ghd_nothing")]).status, 401);
    assert_eq!(deals.hall.visitor().post_with(&of(&file.name), &[("token", &token)], &[("Sec-Fetch-Site", "cross-site")]).status, 403, "from another site");
}

#[test]
fn tokens_are_made_and_revoked_by_the_licensees_people_only() {
    let deals = Deals::licensed();
    let fields = [("kind", "api"), ("label", "x"), ("days", "5")];
    for (who, status) in [(&deals.ana, 404), (&deals.bob, 404), (&deals.rival, 404), (&deals.eve, 404)] {
        assert_eq!(who.browser.get(TOKENS).status, status);
        assert_eq!(who.browser.post(TOKENS, &fields).status, status);
    }
    for bad in [[("kind", "for ever"), ("label", "x"), ("days", "5")], [("kind", "api"), ("label", ""), ("days", "5")], [("kind", "api"), ("label", "x"), ("days", "366")]] {
        assert_eq!(deals.buyer.browser.post(TOKENS, &bad).status, 422, "{bad:?}");
    }
    let (secret, file) = (token(&deals, "api"), files(&deals).remove(0));
    let hash = Digest::of(secret.as_bytes()).to_string();
    let revoke = format!("{TOKENS}/revocation");
    assert_eq!(deals.rival.browser.post(&revoke, &[("token", &hash)]).status, 404);
    assert_eq!(deals.buyer.browser.post(&revoke, &[("token", &"0".repeat(64))]).status, 404);
    assert_eq!(fetch(&deals, &of(&file.name), &secret, &[]).status, 200);
    assert_eq!(deals.buyer.browser.post(&revoke, &[("token", &hash)]).status, 303);
    let dead = fetch(&deals, &of(&file.name), &secret, &[]);
    assert!(dead.status == 401 && says(&dead, "was revoked"));
}

#[test]
fn not_more_than_twenty_tokens_are_open() {
    let deals = Deals::licensed();
    for _ in 0..20 {
        token(&deals, "api");
    }
    let more = deals.buyer.browser.post(TOKENS, &[("kind", "api"), ("label", "x"), ("days", "5")]);
    assert!(more.status == 409 && more.has("20 tokens are open"), "{}", more.text());
}

#[test]
fn a_token_stops_when_its_maker_leaves_the_buyer() {
    use diesel::prelude::*;
    use guildhall::platform::db::schema::buyer_users;
    let deals = Deals::licensed();
    let (token, file, account) = (token(&deals, "api"), files(&deals).remove(0), deals.buyer.account.clone());
    deals.hall.write(move |tx| Ok(diesel::delete(buyer_users::table.filter(buyer_users::account_id.eq(&account))).execute(&mut **tx).map(drop)?)).expect("gone");
    let gone = fetch(&deals, &of(&file.name), &token, &[]);
    assert!(gone.status == 403 && says(&gone, "no longer acts for the licensee"));
}

#[test]
fn nothing_is_delivered_under_a_revoked_licence() {
    let deals = Deals::licensed();
    let (token, file) = (token(&deals, "api"), files(&deals).remove(0));
    let revoke = format!("{LICENCE}/revocation");
    deals.confirm(&deals.ana, &revoke, &revoke, &[("ground", "unpaid"), ("reason", "Nothing was paid."), ("password", PASSWORD)]);
    let got = fetch(&deals, &of(&file.name), &token, &[]);
    assert!(got.status == 403 && says(&got, "This licence was revoked"));
    let more = deals.buyer.browser.post(TOKENS, &[("kind", "once"), ("label", "x")]);
    assert_eq!(more.status, 403);
    assert!(deals.buyer.browser.get(TOKENS).has("nothing is delivered under it"));
    assert_eq!(handed(&deals).times, 0);
}

#[test]
fn nothing_is_delivered_after_the_end() {
    let mut deals = Deals::licensed();
    deals.pass(360);
    let (token, file) = (token(&deals, "api"), files(&deals).remove(0));
    assert_eq!(fetch(&deals, &of(&file.name), &token, &[]).status, 200);
    deals.pass(6);
    let got = fetch(&deals, &of(&file.name), &token, &[]);
    assert!(got.status == 401 && says(&got, "ended on"), "the token ends with the licence");
}

#[test]
fn a_record_taken_out_stops_every_delivery_at_once() {
    let mut deals = Deals::licensed();
    let (token, file) = (token(&deals, "api"), files(&deals).remove(0));
    assert_eq!(fetch(&deals, &of(&file.name), &token, &[]).status, 200);
    deals.pass(1);
    deals.take_out();
    deals.pass(1);
    let got = fetch(&deals, &of(&file.name), &token, &[]);
    assert!(got.status == 410 && says(&got, "1 of the records were withdrawn"), "{}", String::from_utf8_lossy(&got.bytes));
    assert_eq!(handed(&deals).times, 1);
}

/// A stranger's program in another language and library checks the licence, the manifest, every file,
/// every record and the root, from what the hall publishes and delivers.
#[test]
#[ignore = "an outside judge: takes a Python with jwcrypto, which bin/test installs, names in GUILDHALL_OUTSIDE_PYTHON and runs this with"]
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment what is installed")]
fn a_strangers_program_checks_the_whole_delivery() {
    let python = std::env::var("GUILDHALL_OUTSIDE_PYTHON").expect("GUILDHALL_OUTSIDE_PYTHON names a Python with jwcrypto");
    let deals = Deals::licensed();
    let (token, folder) = (token(&deals, "once"), deals.hall.folder.path().to_owned());
    for file in files(&deals) {
        std::fs::write(folder.join(&file.name), fetch(&deals, &of(&file.name), &token, &[]).bytes).expect("a file");
    }
    let visitor = deals.hall.visitor();
    let index: serde_json::Value = serde_json::from_slice(&fetch(&deals, &format!("{LICENCE}/files"), &self::token(&deals, "api"), &[]).bytes).expect("JSON");
    let address = index["licence"].as_str().expect("an address").replace(&deals.hall.url, "");
    for (name, path) in [("l.jwt", address.as_str()), ("jwks.json", "/.well-known/jwks.json"), ("manifest.json", &format!("{LICENCE}/manifest.json")), ("status.json", &address.replace(".jwt", "/status"))] {
        std::fs::write(folder.join(name), visitor.get(path).body).expect("a file");
    }
    std::fs::write(folder.join("board.json"), r#"{"choices":[1,0,0],"receipts":["R2-76001","R0-76001","R1-76001"]}"#).expect("a file");
    let run = |licence: &str| {
        let now = (deals.hall.app.now().seconds() + 60).to_string();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outside/verify_licence.py");
        let mut command = std::process::Command::new(&python);
        command.current_dir(&folder).arg(script).arg(licence).args(["--jwks", "jwks.json", "--issuer", &deals.hall.url, "--now", &now]);
        command.args(["--manifest", "manifest.json", "--files", ".", "--status", "status.json", "--board", "board.json"]);
        let out = command.output().expect("Python runs");
        (out.status.success(), format!("{}{}", String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr)))
    };
    let (fine, words) = run("l.jwt");
    assert!(fine && words.lines().count() > 12, "{words}");
    let jwt = std::fs::read_to_string(folder.join("l.jwt")).expect("a file");
    std::fs::write(folder.join("forged.jwt"), jwt.replacen('.', ".e", 1)).expect("a file");
    assert!(!run("forged.jwt").0);
}
