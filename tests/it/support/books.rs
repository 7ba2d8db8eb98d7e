//! A cooperative with two treasurers, a licensed revision of shared records, a voted split and a
//! voted budget: what the treasury's tests begin with.

use super::rows::put;
use super::world::World;
use super::{Hall, Person};
use guildhall::error::Result;
use guildhall::kernel::actor::{Actor, Confirmation, Person as Acting};
use guildhall::kernel::digest::Digest;
use guildhall::kernel::ids::{AccountId, ContributorId, CoopId, Id as _, MemberId, ProposalId};
use guildhall::kernel::matter::{Matter, ShareBy, Split};
use guildhall::kernel::terms::{BuyerClass, TermSheet};
use guildhall::membership::coops::{self, Coop, Role};
use guildhall::platform::db::Tx;
use guildhall::treasury::receipts::{self, Payment};
use guildhall::treasury::{entries, payouts, splits};
use std::collections::BTreeMap;

pub struct Books {
    pub hall: Hall,
    pub coop: Coop,
    /// Steward and treasurer, the founder.
    pub ana: Person,
    /// Treasurer.
    pub bea: Person,
    /// A member without office.
    pub cia: Person,
}

/// A well-formed id that is the same in every run.
pub fn id(n: u32) -> String {
    format!("0190a0b0-0000-7000-8000-{n:012x}")
}

/// The pseudonym that nobody has claimed.
pub fn unclaimed() -> ContributorId {
    ContributorId::parse(&id(903)).expect("an id")
}

pub fn proposal(n: u32) -> ProposalId {
    ProposalId::parse(&id(n)).expect("an id")
}

/// The split of these tests: 8% costs, 5% reserve, 40% equal parts, 60% by words.
pub fn split() -> Split {
    Split { costs_bp: 800, reserve_bp: 500, parts: BTreeMap::from([(ShareBy::Equal, 4_000), (ShareBy::Word, 6_000)]) }
}

/// Somebody who gave the password for exactly this.
pub fn confirmed(person: &Person, act: Digest, tx: &Tx<'_>) -> Actor {
    signed(&person.account, act, tx)
}

impl Person {
    pub fn actor(&self) -> Actor {
        Actor::person(self.account.clone())
    }

    fn again(&self) -> Self {
        Self { account: self.account.clone(), browser: self.browser.clone() }
    }
}

impl Books {
    pub fn open() -> Self {
        let books = Self::without_votes();
        let coop = books.coop.id.clone();
        books
            .hall
            .write(move |tx| {
                splits::adopt(tx, &coop, &proposal(101), &split())?;
                entries::allow_spending(tx, &coop, &proposal(102), "Hosting", 20_000)
            })
            .expect("votes carried out");
        books
    }

    pub fn without_votes() -> Self {
        let hall = Hall::start();
        let (ana, bea, cia) = (hall.person("Ana"), hall.person("Bea"), hall.person("Cia"));
        let coop = hall.coop(&ana, "Callworkers");
        hall.join(&coop.id, &ana, &bea, Some(Role::Treasurer));
        hall.join(&coop.id, &ana, &cia, None);
        // The vote, the revision and the licence are rows put there, not acts.
        hall.excuse(&["A2", "A3", "A5"]);
        let books = Self { hall, coop, ana, bea, cia };
        furnish(&books.hall, &books.coop.id, &books.ana.account, [books.member(&books.ana), books.member(&books.bea)], 0);
        books
    }

    pub fn member(&self, person: &Person) -> MemberId {
        let (actor, coop) = (person.actor(), self.coop.id.clone());
        self.hall.write(move |tx| Ok(coops::standing(tx, &actor, &coop)?.member)).expect("a member")
    }

    /// Runs a verb as somebody.
    pub fn act<T: Send + 'static>(&self, person: &Person, verb: impl Fn(&mut Tx<'_>, &Actor, &CoopId) -> Result<T> + Send + 'static) -> Result<T> {
        let (actor, coop) = (person.actor(), self.coop.id.clone());
        self.hall.write(move |tx| verb(tx, &actor, &coop))
    }

    /// Runs a verb as somebody who gave the password for the act that `shown` digests.
    pub fn sign<T: Send + 'static>(
        &self,
        person: &Person,
        shown: impl Fn(&mut Tx<'_>, &CoopId) -> Result<Digest> + Send + 'static,
        verb: impl Fn(&mut Tx<'_>, &Actor, &CoopId) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (person, coop) = (person.again(), self.coop.id.clone());
        self.hall.write(move |tx| {
            let actor = confirmed(&person, shown(tx, &coop)?, tx);
            verb(tx, &actor, &coop)
        })
    }

    /// Records a payment for the licence.
    pub fn receive(&self, amount: i64, reference: &str) -> Result<i64> {
        let payment = Payment { licence: 1, amount, reference: reference.to_owned(), received_on: "2026-03-01".to_owned() };
        let act = payment.act();
        self.sign(&self.ana, move |_, _| Ok(act.clone()), move |tx, actor, coop| receipts::record(tx, actor, coop, &payment))
    }

    /// Proposes the run of a receipt.
    pub fn propose_run(&self, person: &Person, receipt: i64) -> Result<i64> {
        let coop = self.coop.id.clone();
        let prepared = self.hall.wait(self.hall.app.db.read(move |conn| splits::prepare(conn, &coop, receipt)))?;
        self.act(person, move |tx, actor, coop| splits::propose(tx, actor, coop, &prepared))
    }

    pub fn release_run(&self, person: &Person, number: i64) -> Result<()> {
        self.sign(person, move |tx, coop| Ok(splits::release_act(&splits::find(tx, coop, number)?)), move |tx, actor, coop| splits::release(tx, actor, coop, number))
    }
}

/// Ana and Bea share the first record by halves; Bea has the second; a pseudonym wrote the third
/// with Ana and Bea, a third each. Bea also appears under a second name.
/// Numbers that people see begin after `from`, so that other departments' things keep theirs.
pub fn furnish(hall: &Hall, coop: &CoopId, account: &AccountId, members: [MemberId; 2], from: i64) {
    let (coop, account) = (coop.to_string(), account.to_string());
    hall.write(move |tx| {
            let [ana, bea] = members.each_ref().map(|m| m.as_str());
            let number = |n: i64| (from + n).to_string();
            let sheet = serde_json::to_string(&TermSheet::strictest(BuyerClass::Commercial))?;
            let in_coop = |values: &[(&'static str, String)]| -> Vec<(&'static str, String)> { [&[("coop_id", coop.clone())], values].concat() };
            let mut row = |table: &str, values: &[(&'static str, String)]| {
                let values = in_coop(values);
                let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
                put(tx, table, &values)
            };
            let text = str::to_owned;
            row("batches", &[("id", id(200)), ("number", number(1)), ("uploaded_by", text(ana))])?;
            for (n, member) in [(901, Some(ana)), (902, Some(bea)), (903, None), (904, Some(bea))] {
                let mut values = vec![("id", id(n)), ("pseudonym", format!("speaker {n}"))];
                values.extend(member.map(|m| ("member_id", text(m))));
                row("contributors", &values)?;
            }
            let records: [(u32, i64, &[(u32, i64, i64)]); 3] = [(301, 600, &[(901, 1, 2), (902, 1, 2)]), (302, 250, &[(904, 1, 1)]), (303, 150, &[(903, 1, 3), (901, 1, 3), (902, 1, 3)])];
            for (n, words, shares) in records {
                row("records", &[("id", id(n)), ("batch_id", id(200)), ("kind", text("transcript")), ("source_key", n.to_string()), ("words", words.to_string())])?;
                for (position, (contributor, share, of)) in (0..).zip(shares) {
                    let position: i64 = position;
                    row("record_contributors", &[("record_id", id(n)), ("position", position.to_string()), ("contributor_id", id(*contributor)), ("share", share.to_string()), ("of_shares", of.to_string())])?;
                }
            }
            row("corpora", &[("id", id(400)), ("filter", text(super::rows::FILTER)), ("number", number(1)), ("slug", format!("calls{}", if from == 0 { String::new() } else { from.to_string() })), ("name", text("Calls")), ("made_by", text(ana))])?;
            row("revisions", &[("id", id(401)), ("uses", text("[]")), ("corpus_id", id(400)), ("number", text("1")), ("started_by", text(ana))])?;
            for (position, n) in [(0, 301), (1, 302), (2, 303)] {
                row("revision_records", &[("revision_id", id(401)), ("position", position.to_string()), ("record_id", id(n))])?;
            }
            row("freezes", &[("revision_id", id(401)), ("manifest", text(super::rows::MANIFEST)), ("root", Digest::of(b"root").to_string())])?;
            for (n, nth) in [(100, 1), (101, 2), (102, 3), (103, 4)] {
                let matter = Matter::Resolve {};
                let (kind, hash) = (matter.kind().word(), Digest::of_json(&matter)?);
                row("proposals", &[("id", id(n)), ("number", number(nth)), ("title", format!("Proposal {nth}")), ("kind", text(kind)), ("matter", serde_json::to_string(&matter)?), ("matter_hash", hash.to_string())])?;
                row("notices", &[("proposal_id", id(n)), ("level", text("V0")), ("noticed_by", text(ana))])?;
                row("decisions", &[("proposal_id", id(n)), ("outcome", text("passed"))])?;
            }
            put(tx, "signing_keys", &[("kid", "k")])?;
            put(tx, "buyers", &[("id", &id(500)), ("name", "Acme Models"), ("class", "commercial")])?;
            let mut row = |table: &str, values: &[(&'static str, String)]| {
                let values = in_coop(values);
                let values: Vec<(&str, &str)> = values.iter().map(|(k, v)| (*k, v.as_str())).collect();
                put(tx, table, &values)
            };
            row("negotiations", &[("id", id(501)), ("number", number(1)), ("buyer_id", id(500)), ("corpus_id", id(400)), ("revision_id", id(401)), ("requested_by", account.clone())])?;
            row("offers", &[("id", id(502)), ("negotiation_id", id(501)), ("version", text("1")), ("side", text("coop")), ("made_by", account.clone()), ("currency", text("EUR")), ("sheet", sheet)])?;
            row("agreements", &[("negotiation_id", id(501)), ("offer_id", id(502)), ("proposal_id", id(100))])?;
            row(
                "licences",
                &[
                    ("id", id(503)),
                    ("number", number(1)),
                    ("negotiation_id", id(501)),
                    ("offer_id", id(502)),
                    ("buyer_id", id(500)),
                    ("proposal_id", id(100)),
                    ("revision_id", id(401)),
                    ("corpus_root", Digest::of(b"root").to_string()),
                    ("total", text("100001")),
                    ("currency", text("EUR")),
                    ("kid", text("k")),
                    ("issued_by", text(ana)),
                ],
            )
        })
        .expect("a licensed revision");
}

fn signed(account: &AccountId, act: Digest, tx: &Tx<'_>) -> Actor {
    Actor::Person(Acting { account: account.clone(), confirmation: Some(Confirmation { act, at: tx.now() }) })
}

/// Books for the matrix: receipt 1 shared out in run 1; receipt 2 with run 2, entry 1 and payment list
/// 1, all waiting for a second person. Their proposer is no treasurer any more.
pub fn in_world(world: &World) {
    world.hall.excuse(&["A2", "A3", "A5"]);
    furnish(&world.hall, &world.coop.id, &world.account("member"), [world.member("member"), world.member("expelled")], 700);
    let role = |given: bool| {
        let member = world.member("member");
        let change = if given { coops::give_role } else { coops::take_role };
        world.act("steward", move |tx, actor, coop| change(tx, actor, coop, &member, Role::Treasurer));
    };
    role(true);
    world.act("member", |tx, _, coop| splits::adopt(tx, coop, &proposal(101), &split()));
    for (reference, receipt) in [("one", 1), ("two", 2)] {
        let payment = Payment { licence: 701, amount: 100_001, reference: reference.to_owned(), received_on: "2026-03-01".to_owned() };
        let account = world.account("member");
        world.act("member", move |tx, _, coop| {
            receipts::record(tx, &signed(&account, payment.act(), tx), coop, &payment)
        });
        let coop = world.coop.id.clone();
        let prepared = world.hall.read(move |conn| splits::prepare(conn, &coop, receipt));
        world.act("member", move |tx, actor, coop| splits::propose(tx, actor, coop, &prepared));
        if receipt == 1 {
            let account = world.account("steward");
            world.act("steward", move |tx, _, coop| {
                let act = splits::release_act(&splits::find(tx, coop, 1)?);
                splits::release(tx, &signed(&account, act, tx), coop, 1)
            });
        }
    }
    let details = payouts::Details::read(payouts::Method::Mobile, "M", "254712345678").expect("details");
    let account = world.account("member");
    world.act("member", move |tx, actor, coop| {
        payouts::set_details(tx, &signed(&account, details.act(), tx), coop, &details)?;
        payouts::list(tx, actor, coop)?;
        entries::propose(tx, actor, coop, &entries::Wish { kind: entries::Kind::Opening, line: "costs".into(), amount: 500, memo: "x".into(), receipt: None })
    });
    role(false);
}
