//! What an attacker tries at the door: fixed and kept sessions, stolen rows, forged fields, floods of
//! the same, markup and line breaks in every text, raw bytes on the socket. docs/security-checks.md
//! names each of these by the check it answers.

use crate::support::votes::Assembly;
use crate::support::world::content;
use crate::support::{Browser, Hall, Person};
use diesel::prelude::*;
use guildhall::assembly::proposals::{self, Choice};
use guildhall::kernel::matter::Matter;
use guildhall::kernel::time::DAY;
use guildhall::membership::accounts;
use guildhall::membership::coops::{self, Role};
use guildhall::platform::db::schema;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

const PASSWORD: &str = "correct horse battery staple";

fn knows_password(hall: &Hall, person: &Person, password: &str) {
    let (hash, id) = (hall.wait(hall.app.hasher.hash(password)).expect("a hash"), person.account.clone());
    hall.write(move |tx| accounts::rehash(tx, &id, &hash)).expect("a password");
}

fn sign_in(browser: &Browser, email: &str, password: &str) -> Option<String> {
    let answer = browser.post("/sign-in", &[("email", email), ("password", password)]);
    answer.headers.get("set-cookie").and_then(|cookie| cookie.split(';').next()).filter(|_| answer.status == 303).map(str::to_owned)
}

#[test]
fn signing_in_begins_a_new_session_and_ends_the_one_before() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    knows_password(&hall, &ana, PASSWORD);
    let fixed = Browser { url: hall.url.clone(), cookie: Some("session=chosen-by-somebody-else".to_owned()) };
    let first = sign_in(&fixed, "ana@people.example", PASSWORD).expect("a session");
    assert!(!first.contains("chosen-by-somebody-else"));
    assert_eq!(fixed.get("/home").status, 303, "what was planted opens nothing");
    let signed_in = Browser { url: hall.url.clone(), cookie: Some(first.clone()) };
    assert_eq!(signed_in.get("/home").status, 200);
    let second = sign_in(&signed_in, "ana@people.example", PASSWORD).expect("a session");
    assert!(second != first && second.len() >= "session=".len() + 32, "128 bits and more");
    assert_eq!(signed_in.get("/home").status, 303, "the session before is over");
}

#[test]
fn a_password_given_again_leaves_no_right_behind_and_an_office_counts_from_the_next_request_only() {
    let hall = Hall::start();
    let coop = Assembly::of(&hall, 10);
    let (one, two) = (coop.draft(Matter::Withhold { stop: true }), coop.draft(Matter::Withhold { stop: false }));
    let [one, two] = [&one, &two].map(|drafted| coop.path(&format!("/{}/notice", drafted.number)));
    let founder = &coop.people[0].browser;
    let page = founder.get(&one);
    let done = founder.post(&one, &[("key", &page.field("key")), ("act", &page.field("act")), ("password", crate::support::votes::PASSWORD)]);
    assert_eq!(done.status, 303, "{}", done.text());
    let page = founder.get(&two);
    assert_eq!(founder.post(&two, &[("key", &page.field("key")), ("act", &page.field("act"))]).status, 422, "the next act asks again");
    let (holder, member) = (coop.people[1].actor(), &coop.people[1].browser);
    let status = || member.get("/c/callworkers/desk").status;
    assert_eq!(status(), 403);
    let change = |given: bool| {
        let holder = holder.clone();
        coop.write(0, move |tx, actor, id| {
            let member = coops::standing(tx, &holder, id)?.member;
            if given { coops::give_role(tx, actor, id, &member, Role::Treasurer) } else { coops::take_role(tx, actor, id, &member, Role::Treasurer) }
        })
        .expect("an office");
    };
    change(true);
    assert_eq!(status(), 200);
    change(false);
    assert_eq!(status(), 403, "no session carries an office along");
}

#[test]
fn a_session_ended_elsewhere_or_by_the_operator_is_refused_at_the_very_next_request() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let phone = hall.browser_of(&ana.account);
    assert_eq!((ana.browser.get("/home").status, phone.get("/home").status), (200, 200));
    phone.post("/sign-out", &[]);
    assert_eq!((ana.browser.get("/home").status, phone.get("/home").status), (200, 303), "signed out on the server, whatever the browser keeps");
    let ended = hall.write(|tx| accounts::sign_out_by_address(tx, "ana@people.example")).expect("sessions");
    assert_eq!((ended, ana.browser.get("/home").status), (1, 303));
}

#[test]
fn no_token_lies_in_the_database_that_opens_anything() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    hall.visitor().post("/reset", &[("email", "ana@people.example")]);
    let mail = hall.mails().into_iter().find(|mail| mail.contains("/reset/set?token=")).expect("a mail");
    let at = mail.find("token=").expect("a token") + 6;
    let mailed = mail[at..].split_whitespace().next().expect("a token").to_owned();
    let cookie = ana.browser.cookie.as_ref().expect("a cookie").trim_start_matches("session=").to_owned();
    let mut rows: Vec<String> = content(&hall).into_iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    rows.extend(hall.read(|conn| Ok(schema::sessions::table.select(schema::sessions::token).load::<String>(conn)?)));
    for secret in [mailed, cookie] {
        assert!(secret.len() >= 32);
        let found: Vec<&str> = rows.iter().filter(|row| row.contains(&secret)).map(|row| row.split(' ').next().unwrap_or_default()).collect();
        assert!(found.is_empty(), "in {found:?}");
    }
}

#[test]
fn nobody_is_led_off_the_site_after_signing_in() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    knows_password(&hall, &ana, PASSWORD);
    for next in ["//evil.example", "/\\evil.example", "https://evil.example", "https:evil.example", "/home\r\nLocation: https://evil.example", "\\\\evil.example", " //evil.example", "/\t/evil.example"] {
        let answer = ana.browser.post("/sign-in", &[("email", "ana@people.example"), ("password", PASSWORD), ("next", next)]);
        hall.clock.advance(DAY / 24);
        assert_eq!((answer.status, answer.location()), (303, "/home"), "{next:?}");
    }
}

#[test]
fn a_forged_address_of_origin_resets_no_limit() {
    let hall = Hall::start();
    hall.person("Ana");
    let guess = |n: u8| hall.visitor().post_with("/sign-in", &[("email", "ana@people.example"), ("password", "not this one")], &[("Sec-Fetch-Site", "same-origin"), ("X-Forwarded-For", &format!("203.0.113.{n}")), ("Forwarded", &format!("for=203.0.113.{n}"))]).status;
    let statuses: Vec<u16> = (1..=11).map(guess).collect();
    assert_eq!(statuses.last(), Some(&429), "{statuses:?}");
}

#[test]
fn the_last_of_eighty_letters_counts() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let long = |last: char| format!("{}{last}", "correct horse battery staple in the night shift ".repeat(2).chars().take(79).collect::<String>());
    knows_password(&hall, &ana, &long('a'));
    assert_eq!(long('a').len(), 80);
    assert!(sign_in(&hall.visitor(), "ana@people.example", &long('b')).is_none());
    assert!(sign_in(&hall.visitor(), "ana@people.example", &long('a')).is_some());
}

#[test]
fn the_cookie_of_a_hall_behind_tls_is_bound_to_its_host_and_to_tls() {
    let hall = Hall::start();
    let mut config = hall.app.config.as_ref().clone();
    config.public_url = "https://hall.example".to_owned();
    let app = guildhall::app::App { config: std::sync::Arc::new(config), ..hall.app.clone() };
    let cookie = guildhall::platform::web::cookie(&app, "opaque").to_string();
    assert!(cookie.starts_with("__Host-session=opaque; ") && ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"].iter().all(|part| cookie.contains(part)) && !cookie.contains("Domain"), "{cookie}");
}

#[test]
fn fields_that_no_form_has_change_nothing() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let forged = [("role", "steward"), ("coop_id", "x"), ("id", "x"), ("weight", "9"), ("amount_cents", "1"), ("total", "1"), ("status", "active"), ("is_admin", "1"), ("verified_at", "1"), ("votes_from", "0"), ("number", "99"), ("member_id", "x"), ("level", "V0"), ("at", "1")];
    let founding = [&[("name", "Callworkers"), ("purpose", "To bargain as one."), ("currency", "EUR"), ("zone", "UTC")][..], &forged].concat();
    assert_eq!(ana.browser.post("/coops", &founding).status, 303);
    let bea = hall.person("Bea");
    let joining = [&[("evidence", "payslip"), ("note", "I take calls.")][..], &forged].concat();
    let joined = bea.browser.post("/c/callworkers/join", &joining);
    assert_eq!(joined.status, 303, "{}", joined.text());
    let (members, holders, pending): (Vec<i64>, Vec<String>, i64) = hall.read(|conn| {
        use schema::{applications, members, role_grants};
        Ok((members::table.select(members::number).load(conn)?, role_grants::table.select(role_grants::member_id).distinct().load(conn)?, applications::table.count().get_result(conn)?))
    });
    assert_eq!((members, holders.len(), pending), (vec![1], 1, 1), "one founder with number 1 and offices, one application that waits");
    assert!(bea.browser.get("/c/callworkers/members").status != 200, "nobody admitted her");
    let draft = [&[("title", "Shall we?"), ("text", "x"), ("step", "")][..], &forged].concat();
    let form = "/c/callworkers/proposals/new/resolve";
    let preview = ana.browser.post(form, &draft);
    let saved = ana.browser.post(form, &[&[("key", preview.field("key").as_str()), ("title", "Shall we?"), ("text", "x"), ("matter", preview.field("matter").as_str()), ("step", "save")][..], &forged].concat());
    assert_eq!(saved.location(), "/c/callworkers/proposals/1", "{}", saved.text());
}

#[test]
fn what_is_unknown_and_what_is_forbidden_are_the_same_page() {
    let hall = Hall::start();
    let (ana, eve) = (hall.person("Ana"), hall.person("Eve"));
    let coop = hall.coop(&ana, "Callworkers");
    hall.notice(&coop, &ana.actor());
    let page = |path: &str| {
        let page = eve.browser.get(path);
        (page.status, page.body)
    };
    for (forbidden, unknown) in [("/c/callworkers/members", "/c/nowhere/members"), ("/c/callworkers/members/1", "/c/callworkers/members/7"), ("/c/callworkers/proposals/1", "/c/callworkers/proposals/7"), ("/c/callworkers/ledger", "/c/nowhere/ledger")] {
        let (forbidden, unknown) = (page(forbidden), page(unknown));
        assert_eq!(forbidden.0, 404);
        assert_eq!(forbidden, unknown, "nothing tells that something is there");
    }
}

#[test]
fn pages_show_no_address_of_others_and_the_public_no_name() {
    let hall = Hall::start();
    let coop = Assembly::of(&hall, 4);
    for path in ["/members", "/members/1", "/proposals", "/desk", ""] {
        let page = coop.people[0].browser.get(&format!("/c/callworkers{path}"));
        assert!(page.status == 200 && !page.body.contains("@people.example"), "{path}: {}", page.status);
        let public = hall.visitor().get(&format!("/c/callworkers{path}"));
        assert!(!public.body.contains("Member 1") && !public.body.contains("Founder"), "{path}");
    }
}

#[test]
fn two_hundred_ballots_at_once_on_two_nodes_are_one() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.open(Matter::Resolve {});
    let other = guildhall::app::App::open(hall.app.config.as_ref().clone(), hall.clock.clone()).expect("a second node");
    let answers: Vec<bool> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..20)
            .map(|n| {
                let (app, actor, at, id) = (if n % 2 == 0 { hall.app.clone() } else { other.clone() }, coop.people[1].actor(), coop.coop.id.clone(), drafted.id.clone());
                scope.spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                    let wish = Choice { choice: 1, form: "the same form".to_owned(), mail: false };
                    (0..10).map(|_| runtime.block_on(proposals::cast(&app, &actor, &at, &id, &wish)).is_ok()).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("answers")).collect()
    });
    assert_eq!((answers.len(), answers.iter().filter(|ok| **ok).count()), (200, 200), "each is told that it is recorded");
    let rows: i64 = hall.read(|conn| Ok(schema::ballots::table.count().get_result(conn)?));
    assert_eq!(rows, 1);
    coop.pass(3 * DAY);
    assert_eq!(coop.decision(&drafted.id).expect("a decision").record().expect("a record").counts, [0, 1, 0]);
}

#[test]
fn nothing_public_or_private_changes_with_how_members_vote_until_the_close() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 12);
    let drafted = coop.open(Matter::Resolve {});
    let path = coop.path(&format!("/{}", drafted.number));
    for who in 1..4 {
        coop.cast(who, &drafted.id, 1, "first").expect("a ballot");
    }
    let look = |coop: &Assembly<'_>| -> Vec<(u16, String)> {
        let member = &coop.people[9].browser;
        let pages = [&path, &format!("{path}/board"), &format!("{path}/decision.json"), &format!("{path}/decision.csv"), "/c/callworkers/proposals", "/home", "/c/callworkers"];
        let key = |body: String| body.split("name=\"key\" value=\"").map(|part| part.split_once('"').map_or(part, |(_, rest)| rest)).collect::<String>();
        pages.iter().flat_map(|page| [member.get(page), hall.visitor().get(page)]).map(|page| (page.status, key(page.body))).collect()
    };
    let before = look(&coop);
    for who in 1..4 {
        coop.cast(who, &drafted.id, 2, "changed").expect("a ballot");
    }
    for ((page, old), (_, new)) in before.iter().zip(&look(&coop)) {
        assert_eq!(old, new, "{page}");
    }
    coop.pass(3 * DAY);
    let receipts: Vec<String> = hall.read(|conn| Ok(schema::counted_receipts::table.select(schema::counted_receipts::receipt).load(conn)?));
    let board = coop.people[9].browser.get(&format!("{path}/board"));
    assert_eq!(receipts.iter().collect::<std::collections::BTreeSet<_>>().len(), 3, "three alike votes, three receipts");
    for receipt in receipts {
        assert_eq!(board.text().matches(receipt.as_str()).count(), 1, "{receipt} stands on the board once");
    }
}

#[test]
fn a_forms_key_with_other_answers_is_refused() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let found = |name: &str| ana.browser.post("/coops", &[("key", "0123456789abcdef0123456789abcdef"), ("name", name), ("purpose", "p"), ("currency", "EUR"), ("zone", "UTC")]);
    let first = found("Callworkers");
    assert_eq!(first.status, 303);
    assert_eq!(found("Callworkers").location(), first.location(), "the first answer again");
    let other = found("Writers");
    assert!(other.status == 409 && other.has("already sent with other answers"), "{} {}", other.status, other.text());
    assert_eq!(hall.read(coops::all).len(), 1);
}

#[test]
fn the_database_itself_refuses_a_row_of_two_cooperatives() {
    let hall = Hall::start();
    let (ana, eve) = (hall.person("Ana"), hall.person("Eve"));
    let (here, there) = (hall.coop(&ana, "Callworkers"), hall.coop(&eve, "Writers"));
    let member = |person: &Person, coop: &coops::Coop| {
        let (actor, coop) = (person.actor(), coop.id.clone());
        hall.write(move |tx| Ok(coops::standing(tx, &actor, &coop)?.member)).expect("a member").to_string()
    };
    let (mine, theirs) = (member(&ana, &here), member(&eve, &there));
    let put = |table: &'static str, coop: &coops::Coop, columns: &[(&'static str, &str)]| {
        let (coop, columns): (String, Vec<(&'static str, String)>) = (coop.id.to_string(), columns.iter().map(|(name, value)| (*name, (*value).to_owned())).collect());
        hall.write(move |tx| {
            let all: Vec<(&str, &str)> = [("coop_id", coop.as_str())].into_iter().chain(columns.iter().map(|(name, value)| (*name, value.as_str()))).collect();
            crate::support::rows::put(tx, table, &all)
        })
    };
    let id = crate::support::books::id;
    for (n, table, by) in [(1, "batches", "uploaded_by"), (2, "corpora", "made_by"), (3, "standing_events", "member_id"), (4, "proposals", "drafted_by")] {
        let row = |member: &str| {
            let own = [("id", id(n)), ("number", "1".to_owned()), ("by_member", mine.clone()), (by, member.to_owned())];
            let known = crate::support::rows::columns(table);
            let row: Vec<(&'static str, &str)> = own.iter().filter(|(name, _)| known.iter().any(|(column, ..)| column == name)).map(|(name, value)| (*name, value.as_str())).collect();
            put(table, &here, &row)
        };
        assert!(row(&theirs).is_err(), "{table} of one cooperative names a member of another");
        assert!(row(&mine).is_ok(), "{table} of one's own: {:?}", row(&mine));
    }
}

/// Texts that would run if anything forgot to escape them.
const MARKUP: [&str; 5] = ["<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "'-alert(1)-'", "{{7*7}}<svg/onload=alert(1)>", "</textarea></title><a href=javascript:alert(1)>x</a>"];

#[test]
fn markup_in_any_text_is_shown_and_never_runs() {
    let hall = Hall::start();
    for (n, markup) in MARKUP.iter().enumerate() {
        let person = hall.person(&format!("P{n} {markup}"));
        let name = format!("Coop {n} {markup}");
        let founded = person.browser.post("/coops", &[("name", &name), ("purpose", markup), ("currency", "EUR"), ("zone", "UTC")]);
        assert_eq!(founded.status, 303, "{}", founded.text());
        let coop = founded.location().to_owned();
        let form = format!("{coop}/proposals/new/resolve");
        let typed = [("title", format!("Title {markup}")), ("text", format!("Text {markup}"))];
        let preview = person.browser.post(&form, &[("title", &typed[0].1), ("text", &typed[1].1)]);
        let saved = person.browser.post(&form, &[("key", &preview.field("key")), ("title", &typed[0].1), ("text", &typed[1].1), ("matter", &preview.field("matter")), ("step", "save")]);
        assert_eq!(saved.status, 303, "{}", saved.text());
        let complaint = person.browser.post(&format!("{coop}/complaints"), &[("subject", &format!("About {markup}")), ("body", markup)]);
        assert_eq!(complaint.status, 303, "{}", complaint.text());
        person.browser.post("/buyer/new", &[("name", &format!("Buyer {markup}")), ("country", "DE"), ("registration", markup), ("class", "commercial"), ("purpose", markup)]);
        let pages = ["/home", "/coops", "/settings", "/buyer", &coop, &format!("{coop}/members"), &format!("{coop}/members/1"), &format!("{coop}/desk"), &format!("{coop}/proposals"), saved.location(), complaint.location(), &format!("{coop}/complaints"), &format!("{coop}/bylaws"), &format!("{coop}/tariff"), &format!("{coop}/books")];
        for page in pages.iter().map(|path| person.browser.get(path)).chain([preview]) {
            assert_eq!(page.status, 200);
            let html = scraper::Html::parse_document(&page.body);
            let bad = scraper::Selector::parse("script:not([src]), img[src=x], [onerror], [onload], a[href^='javascript']").expect("a selector");
            assert!(html.select(&bad).next().is_none(), "{markup} runs in {}", page.text());
            assert!(!page.body.contains("49<svg"), "nothing is worked out");
        }
        assert!(person.browser.get(saved.location()).has(&format!("Title {markup}")), "and it is shown as it was typed");
    }
    assert!(hall.mails().iter().all(|mail| !mail.to_lowercase().contains("content-type: text/html")), "mails are plain text");
}

#[test]
fn a_line_break_in_a_name_or_address_becomes_no_header() {
    let hall = Hall::start();
    for email in ["a@b.example\r\nBcc: all@people.example", "a@b.example\nSubject: x", "a@b.example, c@d.example", "<a@b.example>", "a@b.example%0d%0aBcc:x"] {
        let page = hall.visitor().post("/sign-up", &[("name", "X"), ("email", email), ("password", PASSWORD)]);
        hall.clock.advance(DAY / 24);
        assert_eq!(page.status, 422, "{email:?}");
    }
    hall.visitor().post("/sign-up", &[("name", "Ana\r\nBcc: all@people.example\r\n\r\nBody"), ("email", "ana@people.example"), ("password", PASSWORD)]);
    for mail in hall.mails() {
        let head = mail.split("\r\n\r\n").next().unwrap_or_default();
        assert!(!head.contains("Bcc:") && mail.matches("To: ").count() == 1, "{mail}");
    }
}

#[test]
fn fields_said_twice_and_forms_in_other_shapes_have_a_defined_answer() {
    let hall = Hall::start();
    let mut coop = Assembly::of(&hall, 10);
    let drafted = coop.open(Matter::Resolve {});
    let (path, browser) = (coop.path(&format!("/{}/ballot", drafted.number)), &coop.people[1].browser);
    let twice = browser.post(&format!("{path}?choice=0"), &[("key", &"1".repeat(32)), ("choice", "1"), ("choice", "2"), ("step", "cast")]);
    assert_eq!(twice.status, 303, "{}", twice.text());
    let mut rest = coop.people[2].browser.clone();
    rest.cookie = browser.cookie.clone();
    for (kind, body) in [("application/json", "{\"choice\":2,\"step\":\"cast\"}"), ("text/plain", "choice=2&step=cast"), ("multipart/form-data; boundary=x", "--x--"), ("application/x-www-form-urlencoded; charset=utf-16", "choice=2&step=cast"), ("", "choice=2&step=cast")] {
        let answer = raw(&hall, &format!("POST {path} HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nCookie: {}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", rest.cookie.as_deref().unwrap_or_default(), body.len()));
        let status: u16 = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        assert!((400..500).contains(&status) || status == 303 && kind.starts_with("application/x-www"), "{kind}: {status}");
    }
    coop.pass(3 * DAY);
    let counts = coop.decision(&drafted.id).expect("a decision").record().expect("a record").counts;
    assert_eq!(counts.iter().sum::<i64>(), 1);
    assert_eq!(counts[0], 0, "what stands in the address is no answer to a form");
}

/// Sends bytes as they are and reads until the hall ends the connection.
fn raw(hall: &Hall, bytes: &str) -> String {
    let mut stream = TcpStream::connect(hall.url.trim_start_matches("http://")).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(15))).expect("a limit");
    stream.write_all(bytes.as_bytes()).expect("bytes are taken");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn one_request_is_never_read_as_two() {
    let hall = Hall::start();
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n";
    for (what, bytes) in [
        ("both lengths", format!("POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n{smuggled}")),
        ("two lengths", format!("POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: 40\r\nConnection: close\r\n\r\n{smuggled}")),
        ("a masked encoding", format!("POST /sign-in HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc{smuggled}")),
        ("a signed length", format!("POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: +3\r\nConnection: close\r\n\r\nabc{smuggled}")),
    ] {
        let answer = raw(&hall, &bytes);
        assert!(answer.matches("HTTP/1.1 ").count() <= 1, "{what}: {answer}");
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{what}: {answer}");
    }
}

#[test]
fn what_is_endless_is_bounded() {
    let hall = Hall::start();
    let ana = hall.person("Ana");
    let headers: String = (0..2_000).map(|n| format!("X-{n}: {}\r\n", "y".repeat(100))).collect();
    let answer = raw(&hall, &format!("GET / HTTP/1.1\r\nHost: x\r\n{headers}\r\n"));
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{}", answer.chars().take(80).collect::<String>());
    let many: Vec<(String, String)> = (0..10_000).map(|n| (format!("f{n}"), "x".to_owned())).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert!((400..500).contains(&ana.browser.post("/coops", &many).status));
    hall.coop(&ana, "Callworkers");
    for page in ["/c/callworkers/receipts?page=9223372036854775807", "/c/callworkers/receipts?page=-1", "/c/callworkers/proposals?before=-9223372036854775808", "/c/callworkers/deals?below=9223372036854775807", "/c/callworkers/licences?before=-9223372036854775808"] {
        let answer = ana.browser.get(page);
        assert!(answer.status < 500, "{page}: {}", answer.status);
    }
    for method in ["TRACE", "CONNECT", "DELETE", "PUT", "PATCH"] {
        let answer = raw(&hall, &format!("{method} /home HTTP/1.1\r\nHost: x\r\nX-Secret: echo-me\r\nConnection: close\r\n\r\n"));
        assert!(answer.starts_with("HTTP/1.1 4") && !answer.contains("echo-me"), "{method}: {answer}");
    }
    assert_eq!(hall.visitor().get("/static/").status, 404, "no listing");
    assert_eq!(hall.visitor().get("/static/../Cargo.toml").status, 404);
}
