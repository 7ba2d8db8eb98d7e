//! A cooperative with a frozen revision, voted terms and floors, and buyers who want it: what the
//! tests of bargaining begin with. Votes are put down as decided; how they come about is tested
//! elsewhere.

use super::rows::put;
use super::{Hall, Page, Person};
use guildhall::bargaining::tariffs;
use guildhall::kernel::actor::Actor;
use guildhall::kernel::digest::Digest;
use guildhall::kernel::ids::{Id as _, MemberId, ProposalId, RevisionId};
use guildhall::kernel::matter::{Ladder, Matter};
use guildhall::kernel::money::Currency;
use guildhall::kernel::terms::{BuyerClass, TermSheet, Unit, Use};
use guildhall::membership::coops::{self, Coop, Role};
use std::cell::Cell;

pub struct Market {
    pub hall: Hall,
    pub coop: Coop,
    /// Steward and negotiator, the founder.
    pub ana: Person,
    votes: Cell<i64>,
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
        let market = Self { hall, coop, ana, votes: Cell::new(0) };
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
                put(tx, "corpora", &[("coop_id", &coop), ("id", &corpus), ("number", &number), ("slug", &slug), ("name", "Service calls"), ("made_by", &ana)])?;
                put(tx, "revisions", &[("coop_id", &coop), ("id", &revision), ("corpus_id", &corpus), ("number", "1"), ("uses", r#"["evaluate","search","finetune"]"#), ("started_by", &ana)])?;
                let counts = [("records", "6205"), ("contributors", "12"), ("words", "1241000"), ("bytes", "7000000")];
                put(tx, "freezes", &[&[("coop_id", coop.as_str()), ("revision_id", &revision), ("root", Digest::of(b"root").as_str())][..], &counts].concat())
            })
            .expect("a revision");
        id
    }

    /// A passed decision on a matter, closed now.
    pub fn decided(&self, matter: &Matter) -> ProposalId {
        self.votes.set(self.votes.get() + 1);
        let number = self.votes.get();
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

    /// A member, with an office or none.
    pub fn joined(&self, name: &str, role: Option<Role>) -> Person {
        let person = self.hall.person(name);
        let (id, officer, actor) = (self.coop.id.clone(), Actor::person(self.ana.account.clone()), Actor::person(person.account.clone()));
        self.hall
            .write(move |tx| {
                let application = coops::apply(tx, &actor, &id, "payslip", "")?;
                coops::review(tx, &officer, &id, &application, true, "")?;
                let member = coops::standing(tx, &actor, &id)?.member;
                role.map_or(Ok(()), |role| coops::give_role(tx, &officer, &id, &member, role))
            })
            .expect("a member");
        person
    }

    /// Somebody who has registered an organisation and signs for it.
    pub fn buyer(&self, name: &str, organisation: &str) -> Person {
        let person = self.hall.person(name);
        let page = register(&person, organisation, organisation);
        assert_eq!((page.status, page.location()), (303, "/buyer"), "{}", page.text());
        person
    }
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
