//! A cooperative whose members may vote, and the way of a matter from draft to decision, by verbs.

use super::{Browser, Hall, Person};
use guildhall::assembly::proposals::{self, Choice, Decided};
use guildhall::error::Result;
use guildhall::kernel::actor::{Actor, Confirmation};
use guildhall::kernel::ids::ProposalId;
use guildhall::kernel::matter::Matter;
use guildhall::kernel::time::{DAY, SECOND};
use guildhall::membership::accounts::{self, Wish};
use guildhall::membership::coops::Coop;

/// A cooperative of people who may all vote; the first founded it and holds every office.
pub struct Assembly<'h> {
    pub hall: &'h Hall,
    pub coop: Coop,
    pub people: Vec<Person>,
}

impl<'h> Assembly<'h> {
    pub fn of(hall: &'h Hall, members: usize) -> Self {
        let founder = founder(hall);
        let coop = hall.coop(&founder, "Callworkers");
        let mut people = vec![founder];
        for n in 1..members {
            let person = hall.person(&format!("Member {n}"));
            hall.join(&coop.id, &people[0], &person, None);
            people.push(person);
        }
        let mut assembly = Self { hall, coop, people };
        assembly.pass(31 * DAY);
        assembly
    }

    /// Lets time pass, does what has come due, and signs everybody in again.
    pub fn pass(&mut self, micros: i64) {
        self.hall.clock.advance(micros);
        self.hall.catch_up();
        for person in &mut self.people {
            person.browser = self.hall.browser_of(&person.account);
        }
    }

    pub fn path(&self, rest: &str) -> String {
        format!("/c/{}/proposals{rest}", self.coop.slug)
    }

    pub fn write<T: Send + 'static>(&self, who: usize, act: impl Fn(&mut guildhall::platform::db::Tx<'_>, &Actor, &guildhall::kernel::ids::CoopId) -> Result<T> + Send + 'static) -> Result<T> {
        let (actor, coop) = (self.people[who].actor(), self.coop.id.clone());
        self.hall.write(move |tx| act(tx, &actor, &coop))
    }

    pub fn draft(&self, matter: Matter) -> proposals::Drafted {
        self.write(0, move |tx, actor, coop| proposals::draft(tx, actor, coop, &matter, "Shall we?", "Because we can.")).expect("a draft")
    }

    /// Orders notice as the founder, with the password given for it, and lets the roll be written.
    pub fn order_notice(&self, id: &ProposalId, openly: bool) -> Result<()> {
        let (id, account) = (id.clone(), self.people[0].account.clone());
        self.write(0, move |tx, _, coop| {
            let sheet = proposals::sheet(tx, coop, &id)?;
            let now = tx.now();
            let act = proposals::notice_terms(tx, coop, &sheet, openly, now)?.act;
            let confirmation = Some(Confirmation { act, at: now });
            let actor = Actor::Person(guildhall::kernel::actor::Person { account: account.clone(), confirmation });
            proposals::give_notice(tx, &actor, coop, &id, openly)
        })
    }

    pub fn notice(&self, matter: Matter) -> proposals::Drafted {
        let drafted = self.draft(matter);
        self.order_notice(&drafted.id, true).expect("notice");
        self.hall.catch_up();
        drafted
    }

    /// Drafts, gives notice and waits until voting is open.
    pub fn open(&mut self, matter: Matter) -> proposals::Drafted {
        let drafted = self.notice(matter);
        self.pass(7 * DAY + SECOND);
        drafted
    }

    pub fn cast(&self, who: usize, id: &ProposalId, choice: i64, form: &str) -> Result<()> {
        let wish = Choice { choice, form: form.to_owned(), mail: false };
        self.hall.wait(proposals::cast(&self.hall.app, &self.people[who].actor(), &self.coop.id, id, &wish))
    }

    pub fn decision(&self, id: &ProposalId) -> Option<Decided> {
        let (coop, id) = (self.coop.id.clone(), id.clone());
        self.hall.read(move |conn| proposals::decision(conn, &coop, &id))
    }

    /// Takes a matter all the way: these choices by the first members, then close and enactment.
    pub fn decide(&mut self, matter: Matter, choices: &[i64]) -> (proposals::Drafted, Decided) {
        let drafted = self.open(matter);
        for (who, choice) in choices.iter().enumerate() {
            self.cast(who, &drafted.id, *choice, "form").expect("a ballot");
        }
        self.pass(3 * DAY);
        let decided = self.decision(&drafted.id).expect("a decision");
        (drafted, decided)
    }
}

/// What the founder types to confirm an act.
pub const PASSWORD: &str = "a password of the founder";

fn founder(hall: &Hall) -> Person {
    let password = hall.wait(hall.app.hasher.hash(PASSWORD)).expect("a hash");
    let wish = Wish { email: "founder@people.example".into(), name: "Founder".into(), password };
    let account = hall.write(move |tx| accounts::make_confirmed(tx, &wish)).expect("an account");
    Person { browser: hall.browser_of(&account), account }
}

impl Hall {
    /// Signs an account in by the verb.
    pub fn browser_of(&self, account: &guildhall::kernel::ids::AccountId) -> Browser {
        let of = account.clone();
        let token = self.write(move |tx| accounts::open_session(tx, &of, "test")).expect("a session");
        Browser { url: self.url.clone(), cookie: Some(format!("session={token}")) }
    }
}
