//! A cooperative and its founder, and how others join it: what the pool's tests begin with.

use super::{Hall, Person};
use guildhall::kernel::actor::Actor;
use guildhall::membership::coops::{self, Coop};

pub struct Stage {
    pub hall: Hall,
    pub coop: Coop,
    /// The founder, so steward.
    pub ana: Person,
}

impl Stage {
    pub fn open() -> Self {
        let hall = Hall::start();
        let ana = hall.person("Ana");
        let coop = hall.coop(&ana, "Callworkers");
        Self { hall, coop, ana }
    }

    /// Another member.
    pub fn member(&self, name: &str) -> Person {
        let person = self.hall.person(name);
        let (coop, actor, officer) = (self.coop.id.clone(), Actor::person(person.account.clone()), Actor::person(self.ana.account.clone()));
        self.hall
            .write(move |tx| {
                let application = coops::apply(tx, &actor, &coop, "payslip", "")?;
                coops::review(tx, &officer, &coop, &application, true, "")
            })
            .expect("a member");
        person
    }
}
