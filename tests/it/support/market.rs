//! A cooperative with a frozen revision, voted terms and floors, and buyers who want it: what the
//! tests of bargaining begin with. Votes are put down as decided; how they come about is tested
//! elsewhere.

use super::rows::put;
use super::{Hall, Page, Person};
use diesel::prelude::*;
use guildhall::bargaining::tariffs;
use guildhall::kernel::actor::Actor;
use guildhall::kernel::digest::Digest;
use guildhall::kernel::ids::{CoopId, Id as _, MemberId, ProposalId, RevisionId};
use guildhall::kernel::matter::{Ladder, Matter};
use guildhall::kernel::money::Currency;
use guildhall::kernel::terms::{BuyerClass, TermSheet, Unit, Use};
use guildhall::membership::coops::{self, Coop, Role};
use guildhall::platform::db::schema::proposals;
use guildhall::pool::records::mapping::Mapping;
use guildhall::pool::records::rules::{Basis, BasisKind};
use guildhall::pool::{corpora, records};

pub struct Market {
    pub hall: Hall,
    pub coop: Coop,
    /// Steward and negotiator, the founder.
    pub ana: Person,
}

/// What the terms of these tests permit to commercial buyers.
pub fn terms() -> TermSheet {
    let mut sheet = TermSheet::strictest(BuyerClass::Commercial);
    sheet.uses.extend([Use::Finetune, Use::Search]);
    sheet.territory.insert("WORLD".to_owned());
    sheet
}

impl Market {
    /// Terms in force, EUR 0.12 per record for fine-tuning and EUR 0.02 for evaluation.
    pub fn open() -> Self {
        let market = Self::bare();
        market.adopt(&terms());
        market.floor(Use::Finetune, Unit::Record, None, "0.12");
        market.floor(Use::Evaluate, Unit::Record, None, "0.02");
        market
    }

    /// A cooperative with a frozen revision, before any vote.
    pub fn bare() -> Self {
        let hall = Hall::start();
        let ana = hall.person("Ana");
        let coop = hall.coop(&ana, "Callworkers");
        // Votes and the revision are rows put there, not acts.
        hall.excuse(&["A3", "A5"]);
        let market = Self { hall, coop, ana };
        market.revision("calls", 1);
        market
    }

    pub fn member(&self, person: &Person) -> MemberId {
        let (actor, coop) = (Actor::person(person.account.clone()), self.coop.id.clone());
        self.hall.write(move |tx| Ok(coops::standing(tx, &actor, &coop)?.member)).expect("a member")
    }

    /// A corpus with one frozen revision: 6,205 records, 1,241,000 words, 7,000,000 bytes, for
    /// evaluation, search and fine-tuning.
    pub fn revision(&self, slug: &str, n: u32) -> RevisionId {
        let (ana, coop, slug) = (self.member(&self.ana).to_string(), self.coop.id.to_string(), slug.to_owned());
        let (corpus, revision) = (super::books::id(600 + 10 * n), super::books::id(601 + 10 * n));
        let id = RevisionId::parse(&revision).expect("an id");
        self.hall
            .write(move |tx| {
                let number = n.to_string();
                put(tx, "corpora", &[("coop_id", &coop), ("id", &corpus), ("number", &number), ("slug", &slug), ("filter", super::rows::FILTER), ("name", "Service calls"), ("made_by", &ana)])?;
                put(tx, "revisions", &[("coop_id", &coop), ("id", &revision), ("corpus_id", &corpus), ("number", "1"), ("uses", r#"["evaluate","search","finetune"]"#), ("started_by", &ana)])?;
                let counts = [("records", "6205"), ("contributors", "12"), ("words", "1241000"), ("bytes", "7000000"), ("manifest", super::rows::MANIFEST)];
                put(tx, "freezes", &[&[("coop_id", coop.as_str()), ("revision_id", &revision), ("root", Digest::of(b"root").as_str())][..], &counts].concat())
            })
            .expect("a revision");
        id
    }

    /// A passed decision on a matter, closed now.
    pub fn decided(&self, matter: &Matter) -> ProposalId {
        let before: i64 = self.hall.read(|conn| Ok(proposals::table.count().get_result(conn)?));
        let number = before + 1;
        let id = super::books::id(700 + u32::try_from(number).expect("few votes"));
        let proposal = ProposalId::parse(&id).expect("an id");
        let (ana, coop) = (self.member(&self.ana).to_string(), self.coop.id.to_string());
        let (text, hash) = (serde_json::to_string(matter).expect("json"), Digest::of_json(matter).expect("json"));
        let kind = matter.kind().word();
        self.hall
            .write(move |tx| {
                let (number, now) = (number.to_string(), tx.now().0.to_string());
                put(tx, "proposals", &[("coop_id", &coop), ("id", &id), ("number", &number), ("kind", kind), ("matter", &text), ("matter_hash", hash.as_str()), ("title", "A vote"), ("drafted_by", &ana)])?;
                put(tx, "notices", &[("coop_id", &coop), ("proposal_id", &id), ("level", "V1"), ("noticed_by", &ana), ("closes_at", &now)])?;
                put(tx, "decisions", &[("coop_id", &coop), ("proposal_id", &id), ("outcome", "passed"), ("record_hash", Digest::of(b"record").as_str()), ("at", &now)])
            })
            .expect("a decision");
        proposal
    }

    pub fn floor(&self, purpose: Use, unit: Unit, current: Option<&str>, rate: &str) {
        let eur = Currency::parse("EUR").expect("euro");
        let (rate, current) = (eur.rate(rate).expect("a rate"), current.map(|c| eur.rate(c).expect("a rate")));
        let levels = current.into_iter().chain([rate]).collect();
        let ladder = Ladder { purpose, class: BuyerClass::Commercial, unit, currency: eur, levels, current };
        let proposal = self.decided(&Matter::SetFloor { ladder: ladder.clone() });
        let coop = self.coop.id.clone();
        self.hall.write(move |tx| tariffs::set_floor(tx, &Actor::Hall, &coop, &proposal, &ladder, rate)).expect("a floor");
    }

    pub fn adopt(&self, sheet: &TermSheet) {
        let proposal = self.decided(&Matter::AdoptTerms { sheet: Box::new(sheet.clone()) });
        let (coop, sheet) = (self.coop.id.clone(), sheet.clone());
        self.hall.write(move |tx| tariffs::adopt_terms(tx, &Actor::Hall, &coop, &proposal, &sheet)).expect("terms");
    }

    pub fn withhold(&self, stop: bool) {
        let proposal = self.decided(&Matter::Withhold { stop });
        let coop = self.coop.id.clone();
        self.hall.write(move |tx| tariffs::withhold(tx, &Actor::Hall, &coop, &proposal, stop)).expect("a stop");
    }

    /// A new member, with an office or none.
    pub fn joined(&self, name: &str, role: Option<Role>) -> Person {
        let person = self.hall.person(name);
        self.join(&person, role);
        person
    }

    /// Makes somebody a member, with an office or none.
    pub fn join(&self, person: &Person, role: Option<Role>) {
        self.hall.join(&self.coop.id, &self.ana, person, role);
    }

    pub fn suspend(&self, person: &Person) {
        let (member, by, coop) = (self.member(person).to_string(), self.member(&self.ana).to_string(), self.coop.id.to_string());
        self.hall
            .write(move |tx| {
                let id: guildhall::kernel::ids::StandingId = tx.fresh();
                put(tx, "standing_events", &[("coop_id", &coop), ("id", id.as_str()), ("member_id", &member), ("kind", "suspended"), ("reason", "x"), ("by_member", &by)])
            })
            .expect("a suspension");
    }

    /// Makes somebody a colleague of a buyer's signatory.
    pub fn colleague(&self, of: &Person, person: &Person, signatory: bool) {
        let (of, account, sign) = (of.account.clone(), person.account.to_string(), if signatory { "1" } else { "0" });
        self.hall
            .write(move |tx| {
                let buyer = guildhall::bargaining::buyers::acting(tx, &of)?.expect("a buyer").buyer.id.to_string();
                put(tx, "buyer_users", &[("buyer_id", &buyer), ("account_id", &account), ("signatory", sign)])
            })
            .expect("a colleague");
    }

    /// Notes that the version on the table of a negotiation was put to members as this proposal.
    pub fn put(&self, number: i64, proposal: &ProposalId) {
        let (coop, proposal) = (self.coop.id.clone(), proposal.to_string());
        self.hall
            .write(move |tx| {
                let deal = guildhall::bargaining::offers::deal::numbered(tx, &coop, number)?;
                put(tx, "ratifications", &[("coop_id", coop.as_str()), ("negotiation_id", deal.what.id.as_str()), ("offer_id", deal.latest.id.as_str()), ("proposal_id", &proposal)])
            })
            .expect("a ratification");
    }

    /// Somebody who has registered an organisation and signs for it.
    pub fn buyer(&self, name: &str, organisation: &str) -> Person {
        let person = self.hall.person(name);
        let page = register(&person, organisation, organisation);
        assert_eq!((page.status, page.location()), (303, "/buyer"), "{}", page.text());
        person
    }
}

/// Three articles under a public licence, imported, attested and frozen by the verbs, as revision 1
/// of a new corpus.
pub fn frozen(hall: &Hall, coop: &CoopId, steward: &Actor, name: &str, uses: &[Use]) -> RevisionId {
    let mapping = Mapping::parse(include_str!("../../../demo/mappings/newsletter.toml")).expect("a mapping");
    let basis = Basis { kind: BasisKind::PublicLicence, name: "CC BY 4.0".into(), source: "https://creativecommons.org/licenses/by/4.0/".into(), body: "Anybody may share it.".into() };
    let article = |n: usize| format!("{{\"slug\":\"{name}-{n}\",\"by\":\"agent-{n}\",\"published\":\"2026-01-0{n}T08:00:00Z\",\"text\":\"The {n} of {name} came late to the gate.\"}}\n");
    let path = hall.folder.path().join(format!("{name}.jsonl"));
    std::fs::write(&path, (1..=3).map(article).collect::<String>()).expect("a file");
    let (batch, _) = hall.wait(records::import_file(&hall.app, coop, steward, &path, &mapping, &basis, |_| {})).expect("an import");
    let (id, by, title, uses, number) = (coop.clone(), steward.clone(), name.to_owned(), uses.iter().copied().collect(), batch.number);
    let revision = hall
        .write(move |tx| {
            records::screen(tx, &by, &id, &batch.id, "I read every record from beginning to end and found nothing that must stay out.")?;
            let filter = corpora::Filter { batches: [number].into(), ..corpora::Filter::default() };
            let corpus = corpora::save(tx, &by, &id, &title, "Articles.", &filter)?;
            corpora::freeze(tx, &by, &id, &corpus.id, &uses)
        })
        .expect("a revision");
    hall.catch_up();
    revision.id
}

/// A frozen corpus "negotiated" and negotiation no. 1 of "buyer" over it, for the route matrix.
pub fn negotiation(world: &super::world::World) {
    let revision = frozen(&world.hall, &world.coop.id, &world.actor("steward"), "Negotiated", &[Use::Evaluate]);
    let account = world.account("buyer").to_string();
    world.act("steward", move |tx, _, coop| {
        let [negotiation, offer, buyer] = [9_102, 9_103, 1].map(super::books::id);
        let (sheet, corpus) = (serde_json::to_string(&terms())?, corpora::by_slug(tx, coop, "negotiated")?.id);
        let mut row = |table: &str, values: &[(&str, &str)]| put(tx, table, &[&[("coop_id", coop.as_str())][..], values].concat());
        row("negotiations", &[("id", &negotiation), ("number", "1"), ("buyer_id", &buyer), ("corpus_id", corpus.as_str()), ("revision_id", revision.as_str()), ("requested_by", &account)])?;
        row("offers", &[("id", &offer), ("negotiation_id", &negotiation), ("version", "1"), ("side", "buyer"), ("sheet", &sheet), ("currency", "EUR"), ("made_by", &account)])
    });
}

impl Hall {
    /// The same person with a fresh session, after time has passed.
    pub fn again(&self, person: &Person) -> Person {
        let account = person.account.clone();
        let token = self.write(move |tx| guildhall::membership::accounts::open_session(tx, &account, "test")).expect("a session");
        Person { account: person.account.clone(), browser: super::Browser { url: self.url.clone(), cookie: Some(format!("session={token}")) } }
    }
}

pub fn register(person: &Person, organisation: &str, number: &str) -> Page {
    person.browser.post("/buyer/new", &[("name", organisation), ("country", "de"), ("registration", number), ("class", "commercial"), ("purpose", "We train models.")])
}
