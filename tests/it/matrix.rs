//! The route matrix: every route for every kind of person, and every id of one cooperative replayed
//! in another. A route without a line here fails.
//!
//! To add a route: a line in TABLE, under your department. Where its path has placeholders or its
//! form needs fields to get past reading, give them in `fixtures` (made once, copied for each use)
//! and in FORMS. Refused people must leave every row as it was; "may" means any answer but a way
//! to sign in, a 401, 403 or 404, so a form may well be refused for other reasons.

use crate::support::Hall;
use crate::support::world::{Fixture, Frozen, PEOPLE, World, changed, content};
use guildhall::hall::routes;
use guildhall::pool::records;
use std::collections::BTreeSet;
use std::sync::{Mutex, OnceLock};

/// Who may.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "departments take theirs as they open")]
enum For {
    /// Everybody.
    Anyone,
    /// Whoever has signed in, address confirmed or not.
    SignedIn,
    /// Whoever has signed in with a confirmed address.
    Confirmed,
    /// Members; suspended ones read and do not act.
    Members,
    /// Members, suspended ones too, also for acts.
    AllMembers,
    /// Members, also when suspended or put out: what is owed to them stays theirs.
    EverMembers,
    /// Members past their waiting period.
    Voters,
    /// Whoever holds any office.
    Officers,
    Stewards,
    Negotiators,
    Treasurers,
    Scrutineers,
    /// Users of any buyer.
    BuyerUsers,
    /// Users of the buyer the thing belongs to ("buyer", not "other buyer").
    ThatBuyer,
    /// That buyer's users and the negotiators.
    DealParties,
    /// That buyer's users and all members.
    MembersAndThatBuyer,
    /// Exactly these.
    Only(&'static [&'static str]),
    /// Nobody without a token.
    Nobody,
}
use For::*;

const TABLE: &[(&str, &str, For)] = &[
    // The hall
    ("GET", "/", Anyone),
    ("GET", "/static/{name:.*}", Anyone),
    ("GET", "/healthz", Anyone),
    ("GET", "/readyz", Anyone),
    ("GET", "/robots.txt", Anyone),
    ("GET", "/.well-known/security.txt", Anyone),
    ("GET", "/.well-known/tdmrep.json", Anyone),
    ("GET", "/security", Anyone),
    ("GET", "/privacy", Anyone),
    ("GET", "/accessibility", Anyone),
    ("GET", "/home", Confirmed),
    ("GET", "/set-up", Anyone),
    ("POST", "/set-up", Anyone),
    // Accounts
    ("GET", "/sign-up", Anyone),
    ("POST", "/sign-up", Anyone),
    ("GET", "/mailed", Anyone),
    ("GET", "/confirm", Anyone),
    ("POST", "/confirm", Anyone),
    ("GET", "/sign-in", Anyone),
    ("POST", "/sign-in", Anyone),
    ("POST", "/sign-out", Anyone),
    ("GET", "/reset", Anyone),
    ("POST", "/reset", Anyone),
    ("GET", "/reset/set", Anyone),
    ("POST", "/reset/set", Anyone),
    ("GET", "/settings", SignedIn),
    ("POST", "/settings/password", Confirmed),
    ("GET", "/settings/export", Confirmed),
    ("POST", "/settings/email", Confirmed),
    ("GET", "/settings/email/confirm", Anyone),
    ("POST", "/settings/email/confirm", Anyone),
    ("GET", "/settings/email/undo", Anyone),
    ("POST", "/settings/email/undo", Anyone),
    ("POST", "/settings/sessions", SignedIn),
    ("POST", "/settings/confirm", SignedIn),
    // Cooperatives and members
    ("GET", "/coops", Anyone),
    ("GET", "/coops/new", Confirmed),
    ("POST", "/coops", Confirmed),
    ("GET", "/c/{coop}", Anyone),
    ("GET", "/c/{coop}/join", Confirmed),
    ("POST", "/c/{coop}/join", Confirmed),
    ("GET", "/c/{coop}/members", Members),
    ("POST", "/c/{coop}/applications/{id}", Stewards),
    ("POST", "/c/{coop}/roles", Stewards),
    ("GET", "/c/{coop}/members/{n}", EverMembers),
    ("POST", "/c/{coop}/members/{n}/suspension", Stewards),
    ("POST", "/c/{coop}/members/{n}/reinstatement", Stewards),
    ("POST", "/c/{coop}/members/{n}/expulsion", Stewards),
    ("POST", "/c/{coop}/members/{n}/appeal", Only(&["expelled"])),
    ("POST", "/c/{coop}/members/{n}/ruling", Officers),
    ("GET", "/c/{coop}/desk", Officers),
    ("GET", "/c/{coop}/leave", Members),
    ("POST", "/c/{coop}/leave", AllMembers),
    ("GET", "/c/{coop}/bylaws", Anyone),
    ("GET", "/c/{coop}/invitations", Members),
    ("POST", "/c/{coop}/invitations", Members),
    ("GET", "/c/{coop}/invitation", Confirmed),
    ("POST", "/c/{coop}/invitation", Confirmed),
    ("GET", "/c/{coop}/complaints", EverMembers),
    ("POST", "/c/{coop}/complaints", EverMembers),
    ("GET", "/c/{coop}/complaints/{n}", Only(&["member", "scrutineer", "treasurer", "negotiator", "steward"])),
    ("POST", "/c/{coop}/complaints/{n}/answer", Officers),
    ("GET", "/c/{coop}/mandate", EverMembers),
    ("POST", "/c/{coop}/mandate", Members),
    // Pool
    ("GET", "/c/{coop}/pool", Members),
    ("GET", "/c/{coop}/pool/new", Only(ACTING)),
    ("GET", "/c/{coop}/batches", Members),
    ("POST", "/c/{coop}/batches", Members),
    ("GET", "/c/{coop}/batches/{n}", Only(&["member", "steward"])),
    ("GET", "/c/{coop}/batches/{n}/mapping", Only(&["member", "steward"])),
    ("POST", "/c/{coop}/batches/{n}/mapping", Only(&["member", "steward"])),
    ("GET", "/c/{coop}/batches/{n}/basis", Only(&["member", "steward"])),
    ("POST", "/c/{coop}/batches/{n}/basis", Only(&["member", "steward"])),
    ("POST", "/c/{coop}/batches/{n}/import", Only(&["member", "steward"])),
    ("POST", "/c/{coop}/batches/{n}/screening", Stewards),
    ("GET", "/c/{coop}/batches/{n}/findings.csv", Only(&["member", "steward"])),
    ("GET", "/c/{coop}/records/{id}", Only(&["member", "steward"])),
    ("POST", "/c/{coop}/records/{id}/withdrawal", Only(&["member", "steward"])),
    ("GET", "/c/{coop}/claims", Members),
    ("POST", "/c/{coop}/claims", Members),
    ("POST", "/c/{coop}/claims/{id}", Stewards),
    ("GET", "/c/{coop}/corpora", Members),
    ("POST", "/c/{coop}/corpora", Stewards),
    ("GET", "/c/{coop}/corpora/new", Stewards),
    ("GET", "/c/{coop}/corpora/{slug}", Members),
    ("POST", "/c/{coop}/corpora/{slug}/freeze", Stewards),
    ("GET", "/c/{coop}/corpora/{slug}/{n}", Members),
    ("GET", "/c/{coop}/corpora/{slug}/{n}/proofs/{id}", Only(&["member", "steward"])),
    ("GET", "/c/{coop}/catalogue", Anyone),
    ("GET", "/c/{coop}/catalogue/{slug}", Anyone),
    ("GET", "/c/{coop}/catalogue/{slug}/{n}/manifest.json", Anyone),
    // Assembly
    ("GET", "/c/{coop}/proposals", Members),
    ("GET", "/c/{coop}/proposals/new", Stewards),
    ("GET", "/c/{coop}/proposals/new/{kind}", Stewards),
    ("POST", "/c/{coop}/proposals/new/{kind}", Stewards),
    ("GET", "/c/{coop}/proposals/{n}", Members),
    ("GET", "/c/{coop}/proposals/{n}/notice", Members),
    ("POST", "/c/{coop}/proposals/{n}/notice", Stewards),
    ("GET", "/c/{coop}/proposals/{n}/notice.json", Members),
    ("POST", "/c/{coop}/proposals/{n}/cancellation", Stewards),
    ("POST", "/c/{coop}/proposals/{n}/challenges", AllMembers),
    ("POST", "/c/{coop}/proposals/{n}/challenges/{id}", Stewards),
    ("GET", "/c/{coop}/proposals/{n}/ballot", Voters),
    ("POST", "/c/{coop}/proposals/{n}/ballot", Voters),
    ("GET", "/c/{coop}/proposals/{n}/receipt", Members),
    ("GET", "/c/{coop}/proposals/{n}/voters", Scrutineers),
    ("GET", "/c/{coop}/proposals/{n}/board", Members),
    ("GET", "/c/{coop}/proposals/{n}/decision.json", Anyone),
    ("GET", "/c/{coop}/proposals/{n}/decision.csv", Members),
    // Bargaining
    ("GET", "/c/{coop}/tariff", Anyone),
    ("GET", "/c/{coop}/tariff.csv", Anyone),
    ("GET", "/buyer", Confirmed),
    ("GET", "/buyer/new", Confirmed),
    ("POST", "/buyer/new", Confirmed),
    ("GET", "/buyer/users", BuyerUsers),
    ("POST", "/buyer/users", BuyerUsers),
    ("POST", "/buyer/users/removal", BuyerUsers),
    ("GET", "/buyer/join", Confirmed),
    ("POST", "/buyer/join", Confirmed),
    ("GET", "/c/{coop}/catalogue/{slug}/request", BuyerUsers),
    ("POST", "/c/{coop}/catalogue/{slug}/request", BuyerUsers),
    ("GET", "/c/{coop}/deals", Members),
    ("GET", "/c/{coop}/deals/{n}", MembersAndThatBuyer),
    ("GET", "/c/{coop}/deals/{n}/offers", DealParties),
    ("POST", "/c/{coop}/deals/{n}/offers", DealParties),
    ("GET", "/c/{coop}/deals/{n}/acceptance", ThatBuyer),
    ("POST", "/c/{coop}/deals/{n}/acceptance", ThatBuyer),
    ("GET", "/c/{coop}/deals/{n}/vote", Negotiators),
    ("POST", "/c/{coop}/deals/{n}/vote", Negotiators),
    ("GET", "/c/{coop}/deals/{n}/withdrawal", DealParties),
    ("POST", "/c/{coop}/deals/{n}/withdrawal", DealParties),
    // Licensing
    ("GET", "/.well-known/jwks.json", Anyone),
    ("GET", "/verify", Anyone),
    ("POST", "/verify", Anyone),
    ("GET", "/licences/{id}.jwt", Anyone),
    ("GET", "/licences/{id}/status", Anyone),
    ("GET", "/buyer/licences", BuyerUsers),
    ("GET", "/c/{coop}/licences", Anyone),
    ("GET", "/c/{coop}/licences/{n}", Anyone),
    ("GET", "/c/{coop}/licences/{n}/contract", MembersAndThatBuyer),
    ("GET", "/c/{coop}/licences/{n}/manifest.json", Anyone),
    ("GET", "/c/{coop}/licences/{n}/revocation", Stewards),
    ("POST", "/c/{coop}/licences/{n}/revocation", Stewards),
    ("GET", "/c/{coop}/licences/{n}/tokens", ThatBuyer),
    ("POST", "/c/{coop}/licences/{n}/tokens", ThatBuyer),
    ("POST", "/c/{coop}/licences/{n}/tokens/revocation", ThatBuyer),
    ("GET", "/c/{coop}/licences/{n}/files", Nobody),
    ("GET", "/c/{coop}/licences/{n}/files/{name}", Nobody),
    ("POST", "/c/{coop}/licences/{n}/files/{name}", Nobody),
    ("GET", "/c/{coop}/licences/{n}/reports", ThatBuyer),
    ("POST", "/c/{coop}/licences/{n}/reports", ThatBuyer),
    ("GET", "/c/{coop}/deals/{n}/licence", Stewards),
    ("POST", "/c/{coop}/deals/{n}/licence", Stewards),
    // Treasury
    ("GET", "/c/{coop}/books", Anyone),
    ("GET", "/c/{coop}/books.csv", Anyone),
    ("GET", "/c/{coop}/ledger", Members),
    ("GET", "/c/{coop}/ledger.csv", Members),
    ("GET", "/c/{coop}/ledger.beancount", Members),
    ("GET", "/c/{coop}/receipts", Members),
    ("GET", "/c/{coop}/receipts/new", Treasurers),
    ("POST", "/c/{coop}/receipts", Treasurers),
    ("GET", "/c/{coop}/receipts/{n}", Members),
    ("GET", "/c/{coop}/receipts/{n}/run", Treasurers),
    ("GET", "/c/{coop}/entries", Members),
    ("GET", "/c/{coop}/entries/new", Treasurers),
    ("POST", "/c/{coop}/entries", Treasurers),
    ("GET", "/c/{coop}/entries/{n}", Members),
    ("POST", "/c/{coop}/entries/{n}/approval", SECOND_PERSONS),
    ("POST", "/c/{coop}/entries/{n}/refusal", SECOND_PERSONS),
    ("GET", "/c/{coop}/runs", Members),
    ("POST", "/c/{coop}/runs", Treasurers),
    ("GET", "/c/{coop}/runs/{n}", Members),
    ("POST", "/c/{coop}/runs/{n}/release", SECOND_PERSONS),
    ("POST", "/c/{coop}/runs/{n}/discard", SECOND_PERSONS),
    ("GET", "/c/{coop}/runs/{n}/file.json", Members),
    ("GET", "/c/{coop}/payouts", SECOND_PERSONS),
    ("POST", "/c/{coop}/payouts", Treasurers),
    ("GET", "/c/{coop}/payouts/{n}", SECOND_PERSONS),
    ("POST", "/c/{coop}/payouts/{n}/release", SECOND_PERSONS),
    ("POST", "/c/{coop}/payouts/{n}/discard", SECOND_PERSONS),
    ("GET", "/c/{coop}/payouts/{n}/file.csv", SECOND_PERSONS),
    ("GET", "/c/{coop}/earnings", EverMembers),
    ("GET", "/c/{coop}/earnings.csv", EverMembers),
    ("GET", "/c/{coop}/earnings/details", EverMembers),
    ("POST", "/c/{coop}/earnings/details", EverMembers),
    ("GET", "/c/{coop}/earnings/{n}", Only(&["member", "expelled"])),
    // Desk, record, audit
    ("GET", "/c/{coop}/record", Anyone),
    ("GET", "/c/{coop}/record/journal.jsonl", Anyone),
];

/// Members who may act.
const ACTING: &[&str] = &["waiting", "member", "scrutineer", "treasurer", "negotiator", "steward"];
/// Treasurers, and stewards where a second person is needed.
const SECOND_PERSONS: For = Only(&["treasurer", "steward"]);

/// What a form holds, by route; `{name}` stands for a value that `fixtures` gives.
const FORMS: &[(&str, &[(&str, &str)])] = &[
    // Cooperatives and members
    ("/c/{coop}/applications/{id}", &[("verdict", "admit")]),
    ("/c/{coop}/roles", &[("member", "{member}"), ("role", "scrutineer"), ("change", "give")]),
    ("/c/{coop}/members/{n}/suspension", &[("reason", "x")]),
    ("/c/{coop}/members/{n}/reinstatement", &[("reason", "x")]),
    ("/c/{coop}/members/{n}/expulsion", &[("reason", "x"), ("step", "propose")]),
    ("/c/{coop}/members/{n}/appeal", &[("reason", "x")]),
    ("/c/{coop}/members/{n}/ruling", &[("reason", "x"), ("verdict", "dismiss")]),
    ("/c/{coop}/leave", &[("sure", "yes")]),
    ("/c/{coop}/invitations", &[("email", "somebody@people.example")]),
    ("/c/{coop}/invitation", &[("token", "none"), ("evidence", "payslip"), ("note", "x")]),
    ("/c/{coop}/complaints", &[("subject", "x"), ("body", "x")]),
    ("/c/{coop}/complaints/{n}/answer", &[("answer", "x")]),
    ("/c/{coop}/mandate", &[("kind", "consent"), ("use", "search"), ("change", "give")]),
    // Pool
    ("/c/{coop}/batches/{n}/screening", &[("statement", "x")]),
    ("/c/{coop}/records/{id}/withdrawal", &[("reason", "x"), ("sure", "yes")]),
    ("/c/{coop}/claims", &[("contributor", "{contributor}"), ("evidence", "x")]),
    ("/c/{coop}/claims/{id}", &[("verdict", "dismissed"), ("reason", "x")]),
    ("/c/{coop}/corpora", &[("name", "More"), ("about", "x"), ("min_words", "1")]),
    ("/c/{coop}/corpora/{slug}/freeze", &[("uses", "search")]),
    // Assembly
    ("/c/{coop}/proposals/new/{kind}", &[("title", "Shall we?"), ("text", "We could.")]),
    ("/c/{coop}/proposals/{n}/cancellation", &[("reason", "A mistake.")]),
    ("/c/{coop}/proposals/{n}/challenges", &[("words", "The text is unclear.")]),
    ("/c/{coop}/proposals/{n}/challenges/{id}", &[("words", "It is clear enough.")]),
    ("/c/{coop}/proposals/{n}/ballot", &[("step", "cast"), ("choice", "1"), ("key", "form")]),
    // Bargaining
    ("/c/{coop}/deals/{n}/offers", &[("version", "1")]),
    ("/c/{coop}/deals/{n}/vote", &[("version", "1")]),
    ("/c/{coop}/deals/{n}/withdrawal", &[("reason", "x")]),
    // Licensing
    ("/c/{coop}/licences/{n}/tokens", &[("kind", "api"), ("label", "x"), ("days", "5")]),
    ("/c/{coop}/licences/{n}/tokens/revocation", &[("token", "{delivery token}")]),
    ("/c/{coop}/licences/{n}/revocation", &[("ground", "breach"), ("reason", "x")]),
    // Treasury
    ("/c/{coop}/receipts", &[("licence", "1"), ("amount", "12.50"), ("reference", "R 9"), ("received_on", "2026-03-01")]),
    ("/c/{coop}/entries", &[("kind", "opening"), ("line", "costs"), ("amount", "5"), ("memo", "x")]),
    ("/c/{coop}/entries/{n}/refusal", &[("reason", "x")]),
    ("/c/{coop}/runs", &[("receipt", "2")]),
    ("/c/{coop}/runs/{n}/discard", &[("reason", "x")]),
    ("/c/{coop}/payouts/{n}/discard", &[("reason", "x")]),
    ("/c/{coop}/earnings/details", &[("method", "mobile"), ("holder", "M"), ("number", "+254712345678")]),
    // Desk, record, audit
];

/// What the placeholders stand for; a line for each department, a function where it takes more.
/// World::act(name, verb) acts as one of the people.
fn fixtures(world: &World, fixture: &mut Fixture) {
    // The hall
    fixture.path("/static/{name:.*}", "guildhall.css");
    // Cooperatives and members
    fixture.field("member", world.member("member"));
    let open = world.hall.read({
        let coop = world.coop.id.clone();
        move |conn| guildhall::membership::coops::open_applications(conn, &coop)
    });
    fixture.path("/c/{coop}/applications/{id}", &open[0].0.id);
    fixture.path("/c/{coop}/members/{n}", world.number("expelled"));
    let complaint = world.act("member", |tx, actor, coop| guildhall::membership::complaints::complain(tx, actor, coop, None, "x", "x"));
    fixture.path("/c/{coop}/complaints/{n}", complaint);
    // Pool
    pool(world, fixture);
    // Bargaining
    crate::support::market::negotiation(world);
    fixture.path("/c/{coop}/catalogue/{slug}", "negotiated");
    fixture.path("/c/{coop}/deals/{n}", 1);
    // Licensing
    crate::support::deals::in_world(world, fixture);
    // Treasury
    crate::support::books::in_world(world);
    for (path, number) in [("receipts", 1), ("entries", 1), ("runs", 2), ("payouts", 1), ("earnings", 1)] {
        fixture.path(&format!("/c/{{coop}}/{path}/{{n}}"), number);
    }
    // Assembly: last, for its vote must not have closed while the others let time pass.
    assembly(world, fixture);
    // Desk, record, audit
}

/// A batch of the member with one record, whose other contributor is known by a pseudonym only and
/// was claimed by the scrutineer; and a corpus frozen from another one under a public licence.
fn pool(world: &World, fixture: &mut Fixture) {
    use guildhall::kernel::terms::Use;
    use guildhall::pool::corpora::{self, Filter};
    use guildhall::pool::records::rules::BasisKind::{Consent, PublicLicence};
    let batch = bring_in(world, "calls", "{ who = '@me', role = 'agent' }, { who = '/by', role = 'agent' }", Consent);
    let public = bring_in(world, "articles", "{ who = '@me', role = 'author' }", PublicLicence);
    let (coop, id, other) = (world.coop.id.clone(), batch.id.clone(), public.id.clone());
    let (record, frozen, contributor) = world.hall.read(move |conn| {
        let first = |conn: &mut _, id| records::records_in(conn, &coop, id, 1).map(|mut rows| rows.remove(0).id);
        Ok((first(conn, &id)?, first(conn, &other)?, records::unclaimed(conn, &coop, "", 1)?.remove(0).0))
    });
    let of = contributor.clone();
    let claim = world.act("scrutineer", move |tx, actor, coop| records::claim(tx, actor, coop, &of, "x"));
    world.act("steward", move |tx, actor, coop| {
        records::screen(tx, actor, coop, &public.id, "x")?;
        let filter = Filter { kinds: BTreeSet::from(["articles".to_owned()]), ..Filter::default() };
        let corpus = corpora::save(tx, actor, coop, "Articles", "x", &filter)?;
        corpora::freeze(tx, actor, coop, &corpus.id, &BTreeSet::from([Use::Search]))
    });
    world.hall.catch_up();
    fixture.path("/c/{coop}/batches/{n}", batch.number);
    fixture.path("/c/{coop}/records/{id}", record);
    fixture.path("/c/{coop}/claims/{id}", claim);
    fixture.field("contributor", contributor);
    for place in ["corpora", "catalogue"] {
        fixture.path(&format!("/c/{{coop}}/{place}/{{slug}}"), "articles");
        fixture.path(&format!("/c/{{coop}}/{place}/{{slug}}/{{n}}"), 1);
    }
    fixture.path("/c/{coop}/corpora/{slug}/{n}/proofs/{id}", frozen);
}

/// One record of the member's, imported.
fn bring_in(world: &World, kind: &str, people: &str, basis: records::rules::BasisKind) -> records::Batch {
    use guildhall::pool::records::{mapping::Mapping, rules::Basis};
    let file = world.hall.folder.path().join(format!("{kind}.jsonl"));
    std::fs::write(&file, format!("{{\"id\": 1, \"by\": \"desk-7\", \"text\": \"Good day, {kind}.\"}}\n")).unwrap();
    let mapping = Mapping::parse(&format!("kind = '{kind}'\nkey = '/id'\nlanguage = '=en'\ncontributors = [{people}]\nparts = {{ text = '/text' }}")).unwrap();
    let basis = Basis { kind: basis, name: "MIT".into(), source: "https://example.org".into(), body: "Permission is granted.".into() };
    let by = world.actor("member");
    world.hall.wait(records::import_file(&world.hall.app, &world.coop.id, &by, &file, &mapping, &basis, |_| {})).unwrap().0
}

/// A question under notice, with a challenge.
fn assembly(world: &World, fixture: &mut Fixture) {
    use guildhall::assembly::proposals;
    let drafted = world.act("steward", |tx, actor, coop| {
        let drafted = proposals::draft(tx, actor, coop, &guildhall::kernel::matter::Matter::Resolve {}, "Shall we?", "We could.")?;
        proposals::give_notice(tx, actor, coop, &drafted.id, true)?;
        Ok(drafted)
    });
    world.hall.catch_up();
    let id = drafted.id.clone();
    let challenge = world.act("member", move |tx, actor, coop| proposals::challenge(tx, actor, coop, &id, "Is it?"));
    fixture.path("/c/{coop}/proposals/new/{kind}", "resolve");
    fixture.path("/c/{coop}/proposals/{n}", drafted.number);
    fixture.path("/c/{coop}/proposals/{n}/challenges/{id}", challenge);
}

fn expected(who: &str, method: &str, whom: For) -> bool {
    let acting = ["waiting", "member", "scrutineer", "treasurer", "negotiator", "steward"].contains(&who);
    let suspended = who == "suspended";
    match whom {
        Anyone => true,
        SignedIn => who != "anonymous",
        Confirmed => !["anonymous", "unverified"].contains(&who),
        Members => acting || (suspended && method == "GET"),
        AllMembers => acting || suspended,
        EverMembers => acting || suspended || who == "expelled",
        Voters => acting && who != "waiting",
        Officers => ["scrutineer", "treasurer", "negotiator", "steward"].contains(&who),
        Stewards => who == "steward",
        Negotiators => who == "negotiator",
        Treasurers => who == "treasurer",
        Scrutineers => who == "scrutineer",
        BuyerUsers => ["buyer", "other buyer"].contains(&who),
        ThatBuyer => who == "buyer",
        DealParties => ["buyer", "negotiator"].contains(&who),
        MembersAndThatBuyer => acting || who == "buyer" || (suspended && method == "GET"),
        Only(people) => people.contains(&who),
        Nobody => false,
    }
}

/// Whether a status means "you may": anything but a way to sign in, a 401, 403 or 404.
fn may(status: u16, location: &str) -> bool {
    !(status == 303 && location.starts_with("/sign-in?next=") || [401, 403, 404].contains(&status))
}

/// Everybody with every department's fixtures, made once.
fn world() -> &'static Frozen {
    static WORLD: OnceLock<Frozen> = OnceLock::new();
    WORLD.get_or_init(|| {
        let world = World::make();
        let mut fixture = Fixture::default();
        fixtures(&world, &mut fixture);
        world.freeze(fixture)
    })
}

fn form(path: &str) -> Vec<(&'static str, String)> {
    let fields = FORMS.iter().find(|(route, _)| *route == path).map_or(&[][..], |(_, fields)| fields);
    fields.iter().map(|(name, value)| (*name, world().fixture.fill(value))).collect()
}

/// Asks one route as one person: status and location.
fn ask(hall: &Hall, who: &str, method: &str, path: &str, coop: &str) -> (u16, String) {
    let (browser, real) = (world().browser(hall, who), world().fixture.resolve(path, coop));
    let page = if method == "GET" {
        browser.get(&real)
    } else {
        let fields = form(path);
        browser.post(&real, &fields.iter().map(|(name, value)| (*name, value.as_str())).collect::<Vec<_>>())
    };
    assert!(page.status < 500 || page.status == 503, "{method} {path} as {who}: {}", page.text());
    (page.status, page.location().to_owned())
}

#[test]
fn every_route_is_declared() {
    let routes: BTreeSet<(&str, &str)> = routes::table().iter().map(|line| (line.method, line.path)).collect();
    let declared: BTreeSet<(&str, &str)> = TABLE.iter().map(|(method, path, _)| (*method, *path)).collect();
    assert_eq!(routes, declared);
    assert_eq!(routes.len(), routes::table().len(), "no route stands twice");
}

/// Whoever may not: refused, and every row as it was. GETs change nothing for anybody.
fn refusals(lines: &[(&str, &str, For)], wrong: &Mutex<Vec<String>>) {
    let hall = world().thaw();
    let before = content(&hall);
    for (method, path, whom) in lines {
        for who in PEOPLE {
            let allowed = expected(who, method, *whom);
            if *method == "POST" && allowed {
                continue;
            }
            let (status, location) = ask(&hall, who, method, path, "callworkers");
            if may(status, &location) != allowed {
                wrong.lock().unwrap().push(format!("{method} {path} as {who}: {status} {location}"));
            }
        }
        if *method == "POST" {
            let changed = changed(&before, &content(&hall));
            assert!(changed.is_empty(), "{method} {path}: somebody who may not changed {changed:?}");
        }
    }
    let changed = changed(&before, &content(&hall));
    assert!(changed.is_empty(), "a page that is only read changed {changed:?}");
}

/// Whoever may: not refused for who they are. They share a hall until one act stands in the way of
/// the next, which is then asked again on a fresh copy.
fn acts(lines: &[(&str, &str, For)], wrong: &Mutex<Vec<String>>) {
    let mut hall = world().thaw();
    for (method, path, whom) in lines.iter().filter(|(method, ..)| *method == "POST") {
        for who in PEOPLE.into_iter().filter(|who| expected(who, method, *whom)) {
            let (status, location) = ask(&hall, who, method, path, "callworkers");
            if may(status, &location) {
                continue;
            }
            hall = world().thaw();
            let (status, location) = ask(&hall, who, method, path, "callworkers");
            if !may(status, &location) {
                wrong.lock().unwrap().push(format!("{method} {path} as {who}: {status} {location}"));
            }
        }
    }
}

#[test]
fn every_route_answers_everybody_as_declared() {
    let wrong = Mutex::new(Vec::new());
    let (first, second) = TABLE.split_at(TABLE.len() / 2);
    std::thread::scope(|scope| {
        for half in [first, second] {
            scope.spawn(|| {
                refusals(half, &wrong);
                acts(half, &wrong);
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The tables whose rows nobody changes, as the migrations' source declares them.
fn append_only() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/source");
    let texts = std::fs::read_dir(folder).unwrap().map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap());
    texts.flat_map(|text| text.lines().filter_map(|line| line.strip_prefix("-- append-only: ").map(str::to_owned)).collect::<Vec<_>>()).flat_map(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn no_row_of_an_append_only_table_is_changed_or_removed() {
    use diesel::connection::SimpleConnection as _;
    let hall = world().thaw();
    let (before, mut tried) = (content(&hall), 0);
    for table in append_only() {
        let key = crate::support::rows::columns(&table).remove(0).0;
        let mut acts = vec![format!("UPDATE {table} SET {key} = {key}"), format!("DELETE FROM {table}")];
        if hall.app.db.is_postgres() {
            acts.push(format!("TRUNCATE {table} CASCADE"));
        }
        for act in acts.into_iter().filter(|act| act.starts_with("TRUNCATE") || !before[&table].is_empty()) {
            tried += 1;
            let sql = act.clone();
            assert!(hall.write(move |tx| Ok(tx.batch_execute(&sql)?)).is_err(), "{act}");
        }
    }
    assert!(tried > 40, "only {tried} acts could be tried");
    let changed = changed(&before, &content(&hall));
    assert!(changed.is_empty(), "{changed:?}");
}

#[test]
fn every_id_of_one_cooperative_is_nothing_in_another() {
    let hall = world().thaw();
    let before = content(&hall);
    let who = "other coop's member";
    let mut tried = 0;
    for (method, path, _) in TABLE.iter().filter(|(_, path, _)| path.starts_with("/c/{coop}/")) {
        let in_path = path.trim_start_matches("/c/{coop}").contains('{') && !path.ends_with("{kind}");
        let in_form = form_has_ids(path) && *method == "POST";
        if !in_path && !in_form {
            continue;
        }
        tried += 1;
        let (status, location) = ask(&hall, who, method, path, "writers");
        assert!(status == 404 || (!in_path && status == 422), "{method} {path} with ids of another cooperative: {status} {location}");
    }
    assert!(tried > 1, "there are ids to try");
    let changed = changed(&before, &content(&hall));
    assert!(changed.is_empty(), "ids of another cooperative changed {changed:?}");
}

fn form_has_ids(path: &str) -> bool {
    FORMS.iter().any(|(route, fields)| *route == path && fields.iter().any(|(_, value)| value.starts_with('{')))
}
