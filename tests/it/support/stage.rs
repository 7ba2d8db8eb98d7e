//! A cooperative and its founder, and how others join it: what the pool's tests begin with.

use super::{Hall, Person};
use guildhall::membership::coops::Coop;

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
        self.hall.join(&self.coop.id, &self.ana, &person, None);
        person
    }
}
