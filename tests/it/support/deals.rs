//! A cooperative with a frozen corpus of real records, a floor, and deals that votes ratified: what
//! licensing begins with. The pool's part is made by its verbs; bargaining and votes by rows.

use super::books::id;
use super::rows::put;
use super::{Hall, Person};
use guildhall::kernel::actor::{Actor, Confirmation, Person as Acting};
use guildhall::kernel::digest::Digest;
use guildhall::kernel::ids::{AccountId, BuyerId, CoopId, CorpusId, Id as _, MemberId, NegotiationId, OfferId, RecordId};
use guildhall::kernel::matter::{Matter, OfferRef};
use guildhall::kernel::money::{Currency, Rate};
use guildhall::kernel::terms::{BuyerClass, Price, TermSheet, Unit, Use};
use guildhall::kernel::time::{DAY, Timestamp};
use guildhall::licensing::licences;
use guildhall::membership::accounts::{self, Wish};
use guildhall::membership::coops::{self, Coop};
use guildhall::pool::corpora::{self, Filter, Freeze, Revision};
use guildhall::pool::records::mapping::Mapping;
use guildhall::pool::records::rules::{Basis, BasisKind};
use guildhall::pool::records;
use std::collections::BTreeSet;

pub const PASSWORD: &str = "correct horse battery staple";
/// Articles of one author each.
const MAPPING: &str = r#"
kind = "article"
source = "desk"
key = "/slug"
time = "/published"
language = "=en"
[[contributors]]
who = "/by"
role = "author"
[parts]
text = "/text"
"#;

/// The people and the first deal of a test.
pub struct Deals {
    pub hall: Hall,
    pub coop: Coop,
    pub pool: Pool,
    /// Founder, so steward; knows the password.
    pub ana: Person,
    /// A member without office.
    pub bob: Person,
    /// Signatory of the buyer.
    pub buyer: Person,
    /// A user of another buyer.
    pub rival: Person,
    /// Nobody's.
    pub eve: Person,
}

/// A frozen corpus.
#[derive(Clone)]
pub struct Pool {
    pub corpus: CorpusId,
    pub revision: Revision,
    pub frozen: Freeze,
}

/// What is different about a deal.
#[derive(Clone)]
pub struct Wishes {
    /// Its number; ids are made from it.
    pub number: u32,
    /// Total in cents.
    pub total: i64,
    pub uses: BTreeSet<Use>,
    /// Days since the vote closed.
    pub closed_days: i64,
    pub outcome: &'static str,
    pub accepted: bool,
    /// What the ballot said.
    pub text: String,
    /// What is stored as terms, when not what was voted.
    pub stored_sheet: Option<String>,
    pub class: BuyerClass,
}

impl Wishes {
    pub fn deal(number: u32) -> Self {
        let uses = BTreeSet::from([Use::Finetune, Use::Evaluate]);
        let text = "The floor is EUR 1.50 per record.".to_owned();
        Self { number, total: 9_000, uses, closed_days: 8, outcome: "passed", accepted: true, text, stored_sheet: None, class: BuyerClass::Commercial }
    }
}

impl Deals {
    pub fn open() -> Self {
        let hall = Hall::start();
        // Votes are rows here, without the ballots that the audit would count again.
        hall.excuse(&["A3"]);
        let ana = with_password(&hall, "Ana");
        let (bob, buyer, rival, eve) = (hall.person("Bob"), hall.person("Buyer"), hall.person("Rival"), hall.person("Eve"));
        let coop = hall.coop(&ana, "Callworkers");
        hall.join(&coop.id, &ana, &bob, None);
        let pool = fill(&hall, &coop, &ana.actor(), "");
        buyers(&hall, &[(71_001, "Acme Models", &buyer.account), (71_002, "Rival Models", &rival.account)]);
        let mut deals = Self { hall, coop, pool, ana, bob, buyer, rival, eve };
        deals.pass(20);
        let by = deals.steward();
        floor(&deals.hall, &deals.coop.id, &by, 1, &[Use::Finetune, Use::Evaluate], 150, deals.ago(19));
        deals
    }

    /// With deal 1 ratified.
    pub fn agreed() -> Self {
        let deals = Self::open();
        deals.agree(&Wishes::deal(1));
        deals
    }

    /// With licence 1 issued for it.
    pub fn licensed() -> Self {
        let deals = Self::agreed();
        assert_eq!(issue(&deals.hall, &deals.coop, &deals.ana.account, 1), 1);
        deals.hall.catch_up();
        deals
    }

    /// Lets days pass; everybody signs in anew, for sessions end when nobody uses them.
    pub fn pass(&mut self, days: i64) {
        self.hall.clock.advance(days * DAY);
        for person in [&mut self.ana, &mut self.bob, &mut self.buyer, &mut self.rival, &mut self.eve] {
            let account = person.account.clone();
            let token = self.hall.write(move |tx| accounts::open_session(tx, &account, "test")).expect("a session");
            person.browser.cookie = Some(format!("session={token}"));
        }
    }

    pub fn ago(&self, days: i64) -> Timestamp {
        self.hall.app.now().plus(-days * DAY)
    }

    fn steward(&self) -> MemberId {
        let (actor, coop) = (self.ana.actor(), self.coop.id.clone());
        self.hall.write(move |tx| Ok(coops::standing(tx, &actor, &coop)?.member)).expect("a member")
    }

    pub fn agree(&self, wishes: &Wishes) {
        agree(&self.hall, &self.coop.id, &self.steward(), &BuyerId::parse(&id(71_001)).expect("an id"), &self.buyer.account, &self.pool, wishes);
    }

    /// A floor for both uses at so many cents a record, in force since so many days.
    pub fn floor(&self, n: u32, cents: i64, days: i64) {
        floor(&self.hall, &self.coop.id, &self.steward(), n, &[Use::Finetune, Use::Evaluate], cents, self.ago(days));
    }

    /// Members withhold new licences from now.
    pub fn withhold(&self, n: u32) {
        let (coop, at, by) = (self.coop.id.to_string(), self.hall.app.now().0.to_string(), self.steward().to_string());
        self.hall
            .write(move |tx| {
                vote(tx, &coop, &by, 72_000 + n, 600 + i64::from(n), "passed", "", Timestamp(at.parse().expect("a number")), &Matter::Withhold { stop: true })?;
                put(tx, "withholdings", &[("coop_id", &coop), ("proposal_id", &id(72_000 + n)), ("stop", "1"), ("in_force_at", &at)])
            })
            .expect("a withholding");
    }

    /// Takes one record of the revision out for good.
    pub fn take_out(&self) {
        let (coop, revision, actor) = (self.coop.id.clone(), self.pool.revision.id.clone(), self.ana.actor());
        let record: RecordId = self.hall.read({
            let coop = coop.clone();
            move |conn| Ok(corpora::first_records(conn, &coop, &revision, 1)?.remove(0).id)
        });
        self.hall.write(move |tx| records::take_out(tx, &actor, &coop, &record, "Erased at its author's wish.")).expect("a tombstone");
    }

    /// Posts a step-up form: reads the page it stands on first, as a browser does.
    pub fn confirm(&self, who: &Person, page: &str, post: &str, fields: &[(&str, &str)]) -> super::Page {
        let shown = who.browser.get(page);
        let (key, act) = (shown.field("key"), shown.field("act"));
        let all = [&[("key", key.as_str()), ("act", act.as_str())], fields].concat();
        who.browser.post(post, &all)
    }
}

/// A person whose password is [`PASSWORD`].
pub fn with_password(hall: &Hall, name: &str) -> Person {
    let password = hall.wait(hall.app.hasher.hash(PASSWORD)).expect("a hash");
    let wish = Wish { email: format!("{}@people.example", name.to_lowercase()), name: name.to_owned(), password };
    let (account, token) = hall
        .write(move |tx| {
            let account = accounts::make_confirmed(tx, &wish)?;
            let token = accounts::open_session(tx, &account, "test")?;
            Ok((account, token))
        })
        .expect("an account");
    Person { account, browser: super::Browser { url: hall.url.clone(), cookie: Some(format!("session={token}")) } }
}

/// Imports 40 articles under a public licence, attests them and freezes them for four uses.
pub fn fill(hall: &Hall, coop: &Coop, steward: &Actor, mark: &str) -> Pool {
    let words = |n: usize| format!("Article number {n} tells how the night shift was won, and what it cost. ").repeat(1 + n % 5);
    let lines: String = (0..40)
        .map(|n| serde_json::json!({ "slug": format!("{mark}a-{n:03}"), "by": format!("writer-{}", n % 7), "published": "2026-01-05T08:00:00Z", "text": format!("{mark}{}", words(n)) }).to_string() + "\n")
        .collect();
    let file = hall.folder.path().join("articles.jsonl");
    std::fs::write(&file, lines).expect("a file");
    let basis = Basis { kind: BasisKind::PublicLicence, name: "CC BY 4.0".into(), source: "https://example.org/".into(), body: "Anybody may share and adapt.".into() };
    let mapping = Mapping::parse(MAPPING).expect("a mapping");
    let (batch, done) = hall.wait(records::import_file(&hall.app, &coop.id, steward, &file, &mapping, &basis, |_| {})).expect("an import");
    assert_eq!(done.added, 40);
    let (actor, of, name) = (steward.clone(), coop.id.clone(), format!("Newsletter{mark}"));
    let (corpus, revision) = hall
        .write(move |tx| {
            records::screen(tx, &actor, &of, &batch.id, "I read all of it.")?;
            let filter = Filter { kinds: BTreeSet::from(["article".to_owned()]), ..Filter::default() };
            let corpus = corpora::save(tx, &actor, &of, &name, "Articles.", &filter)?;
            let uses = BTreeSet::from([Use::Evaluate, Use::Finetune, Use::Rag, Use::Search]);
            let revision = corpora::freeze(tx, &actor, &of, &corpus.id, &uses)?;
            Ok((corpus.id, revision))
        })
        .expect("a corpus");
    hall.catch_up();
    let (of, id) = (coop.id.clone(), revision.id.clone());
    let frozen = hall.read(move |conn| Ok(corpora::frozen(conn, &of, &id)?.1));
    Pool { corpus, revision, frozen }
}

/// Buyers of the class commercial, each with one signatory.
pub fn buyers(hall: &Hall, all: &[(u32, &str, &AccountId)]) {
    for (n, name, account) in all {
        let (id, name, account) = (id(*n), (*name).to_owned(), account.to_string());
        hall.write(move |tx| {
            put(tx, "buyers", &[("id", &id), ("name", &name), ("country", "DE"), ("registration", &format!("HRB {}", id)), ("class", "commercial")])?;
            put(tx, "buyer_users", &[("buyer_id", &id), ("account_id", &account), ("signatory", "1")])
        })
        .expect("a buyer");
    }
}

#[allow(clippy::too_many_arguments, reason = "a row of a fixture")]
fn vote(tx: &mut guildhall::platform::db::Tx<'_>, coop: &str, by: &str, n: u32, number: i64, outcome: &str, text: &str, closed: Timestamp, matter: &Matter) -> guildhall::error::Result<()> {
    let (proposal, number, closed) = (id(n), number.to_string(), closed.0.to_string());
    let hash = Digest::of_json(matter)?.to_string();
    let record = format!("{{\"proposal\":\"{proposal}\"}}");
    put(tx, "proposals", &[("coop_id", coop), ("id", &proposal), ("number", &number), ("kind", matter.kind().word()), ("matter", &serde_json::to_string(matter)?), ("matter_hash", &hash), ("title", "A vote")])?;
    let notice = Digest::of(format!("notice {n}").as_bytes()).to_string();
    put(tx, "notices", &[("coop_id", coop), ("proposal_id", &proposal), ("text", text), ("notice_hash", &notice), ("noticed_by", by), ("level", "V1"), ("roll_count", "12"), ("closes_at", &closed)])?;
    for (position, choice) in [(0, 0), (1, 0), (2, 1)] {
        let (position, choice): (i32, i32) = (position, choice);
        put(tx, "counted_ballots", &[("coop_id", coop), ("proposal_id", &proposal), ("position", &position.to_string()), ("choice", &choice.to_string())])?;
        put(tx, "counted_receipts", &[("coop_id", coop), ("proposal_id", &proposal), ("receipt", &format!("R{position}-{n}"))])?;
    }
    let hash = Digest::of(record.as_bytes()).to_string();
    put(tx, "decisions", &[("coop_id", coop), ("proposal_id", &proposal), ("outcome", outcome), ("record", &record), ("record_hash", &hash), ("at", &closed)])
}

/// A floor for commercial buyers for each of these uses, so many cents a record.
pub fn floor(hall: &Hall, coop: &CoopId, by: &MemberId, n: u32, uses: &[Use], cents: i64, since: Timestamp) {
    let (coop, by, uses) = (coop.to_string(), by.to_string(), uses.to_vec());
    hall.write(move |tx| {
        for (place, purpose) in (0_u32..).zip(&uses) {
            let number = 73_000 + n * 10 + place;
            vote(tx, &coop, &by, number, i64::from(number - 72_000), "passed", "", since, &Matter::Resolve {})?;
            let (rate, at) = ((cents * 1_000_000).to_string(), since.0.to_string());
            let values = [
                ("coop_id", coop.as_str()), ("id", &id(number)), ("purpose", purpose.word()), ("class", "commercial"), ("unit", "record"),
                ("currency", "EUR"), ("rate", &rate), ("proposal_id", &id(number)), ("in_force_at", &at),
            ];
            put(tx, "floors", &values)?;
        }
        Ok(())
    })
    .expect("a floor");
}

/// A deal whose offer the buyer accepted and a vote ratified.
pub fn agree(hall: &Hall, coop: &CoopId, by: &MemberId, buyer: &BuyerId, signatory: &AccountId, pool: &Pool, wishes: &Wishes) {
    let (coop, by, buyer, signatory, pool, w) = (coop.to_string(), by.to_string(), buyer.to_string(), signatory.to_string(), pool.clone(), wishes.clone());
    let closed = hall.app.now().plus(-w.closed_days * DAY);
    hall.write(move |tx| {
        let (deal, offer, n) = (id(74_000 + w.number), id(75_000 + w.number), w.number.to_string());
        let euro = Currency::parse("EUR").expect("euro");
        let mut sheet = TermSheet::strictest(w.class);
        sheet.uses = w.uses.clone();
        sheet.territory = BTreeSet::from(["DE".to_owned(), "KE".to_owned()]);
        sheet.law = "Kenya \u{2013} Nairobi".to_owned();
        sheet.price = Some(Price { currency: euro.clone(), unit: Unit::Flat, rate: Rate(w.total * 1_000_000) });
        let text = serde_json::to_string(&sheet)?;
        let hash = Digest::of(text.as_bytes());
        let matter = Matter::RatifyOffer {
            offer: OfferRef {
                negotiation: NegotiationId::parse(&deal).expect("an id"),
                offer: OfferId::parse(&offer).expect("an id"),
                version: 2,
                sheet_hash: hash.clone(),
                revision: pool.revision.id.clone(),
                corpus_root: pool.frozen.root.clone(),
                total: w.total,
                currency: euro,
            },
        };
        let stored = w.stored_sheet.clone().unwrap_or(text);
        let (revision, corpus, total) = (pool.revision.id.to_string(), pool.corpus.to_string(), w.total.to_string());
        put(tx, "negotiations", &[("coop_id", &coop), ("id", &deal), ("number", &n), ("buyer_id", &buyer), ("corpus_id", &corpus), ("revision_id", &revision), ("requested_by", &signatory)])?;
        let values = [
            ("coop_id", coop.as_str()), ("id", &offer), ("negotiation_id", &deal), ("version", "2"), ("side", "buyer"), ("sheet", &stored),
            ("sheet_hash", hash.as_str()), ("total", &total), ("currency", "EUR"), ("made_by", &signatory),
        ];
        put(tx, "offers", &values)?;
        if w.accepted {
            let accepted = Digest::of(b"accepted");
            let values = [
                ("coop_id", coop.as_str()), ("negotiation_id", &deal), ("offer_id", &offer), ("account_id", &signatory), ("signatory_name", "Bea Buyer"),
                ("signatory_role", "head of data"), ("authority", "By resolution of the board"), ("order_number", "PO-77"),
                ("text_hash", accepted.as_str()), ("at", "1772442000000000"),
            ];
            put(tx, "acceptances", &values)?;
        }
        vote(tx, &coop, &by, 76_000 + w.number, 800 + i64::from(w.number), w.outcome, &w.text, closed, &matter)?;
        put(tx, "agreements", &[("coop_id", &coop), ("negotiation_id", &deal), ("offer_id", &offer), ("proposal_id", &id(76_000 + w.number))])
    })
    .expect("a deal");
    hall.catch_up();
}

/// Issues the licence of a deal by the verb, as a steward who gave the password.
pub fn issue(hall: &Hall, coop: &Coop, steward: &AccountId, deal: i64) -> i64 {
    let prepared = hall.wait(licences::prepare(&hall.app, coop, deal)).expect("a signed licence");
    let (coop, account) = (coop.clone(), steward.clone());
    hall.write(move |tx| {
        let confirmation = Some(Confirmation { act: prepared.act.clone(), at: tx.now() });
        licences::issue(tx, &Actor::Person(Acting { account: account.clone(), confirmation }), &coop, &prepared)
    })
    .expect("a licence")
}

/// A licence of "buyer" with a token, and a ratified deal, for the route matrix.
pub fn in_world(world: &super::world::World, fixture: &mut super::world::Fixture) {
    let (hall, coop, steward) = (&world.hall, &world.coop, world.actor("steward"));
    hall.excuse(&["A3"]);
    let pool = fill(hall, coop, &steward, "matrix ");
    let (by, at, account) = (world.member("steward"), hall.app.now().plus(-19 * DAY), world.account("buyer"));
    floor(hall, &coop.id, &by, 1, &[Use::Finetune, Use::Evaluate], 150, at);
    let buyer = hall.read({
        let account = account.clone();
        move |conn| licences::buyer_of(conn, Some(&account))
    });
    for number in [91, 92] {
        agree(hall, &coop.id, &by, &buyer.clone().expect("a buyer"), &account, &pool, &Wishes::deal(number));
    }
    let number = issue(hall, coop, &world.account("steward"), 91);
    let token = guildhall::licensing::deliveries::fresh_token().1;
    let (coop, actor, hash) = (coop.clone(), world.actor("buyer"), token.clone());
    let (id, name) = hall
        .write(move |tx| {
            guildhall::licensing::deliveries::make_token(tx, &actor, &coop, number, &hash, guildhall::licensing::deliveries::Kind::Api, "x", 5)?;
            let licence = licences::numbered(tx, &coop.id, number)?;
            Ok((licence.id.clone(), guildhall::licensing::deliveries::files(tx, &licence)?.remove(0).name))
        })
        .expect("a token");
    fixture.path("/licences/{id}.jwt", &id);
    fixture.path("/licences/{id}", &id);
    fixture.path("/c/{coop}/licences/{n}", number);
    fixture.path("/c/{coop}/licences/{n}/files/{name}", name);
    fixture.path("/c/{coop}/deals/{n}", 92);
    fixture.field("delivery token", token);
}
