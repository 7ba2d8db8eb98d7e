//! One hall with everybody in it, made once and copied for each use: who may do what is tried on
//! copies, so that an act of one person never changes what the next one meets.

use super::rows::{columns, put};
use super::{Browser, Hall, database, tables};
use diesel::prelude::*;
use diesel::sql_types::Text;
use guildhall::error::Result;
use guildhall::kernel::actor::Actor;
use guildhall::kernel::ids::{AccountId, CoopId, MemberId};
use guildhall::kernel::time::{DAY, SECOND, Timestamp};
use guildhall::membership::accounts::{self, Wish};
use guildhall::membership::coops::{self, Coop, Role, standing};
use guildhall::platform::db::{self, Conn, Tx};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Everybody, those with the least rights first.
pub const PEOPLE: [&str; 14] = [
    "anonymous", "unverified", "other coop's member", "pending", "expelled", "buyer", "other buyer", "suspended",
    "waiting", "member", "scrutineer", "treasurer", "negotiator", "steward",
];

/// A hall under construction: the cooperative `callworkers` with all kinds of people, and beside it
/// `writers`, where "other coop's member" holds every office.
pub struct World {
    pub hall: Hall,
    pub coop: Coop,
    people: BTreeMap<&'static str, AccountId>,
}

/// What stands for the placeholders of paths and forms.
#[derive(Clone, Default)]
pub struct Fixture(BTreeMap<String, String>);

impl Fixture {
    /// The value of the last placeholder of this pattern: `path("/c/{coop}/proposals/{n}", 1)`
    /// serves `/c/{coop}/proposals/{n}` and every route below it.
    pub fn path(&mut self, pattern: &str, value: impl ToString) {
        self.0.insert(pattern.to_owned(), value.to_string());
    }

    /// The value of `{name}` in the forms of the table.
    pub fn field(&mut self, name: &str, value: impl ToString) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    /// A real path for a pattern; what nobody gave a value for is `none`.
    pub fn resolve(&self, pattern: &str, coop: &str) -> String {
        let (mut so_far, mut real) = (String::new(), String::new());
        for segment in pattern.split_inclusive('/') {
            so_far.push_str(segment.trim_end_matches('/'));
            match segment.split_once('{').and_then(|(before, rest)| rest.split_once('}').map(|(name, after)| (before, name, after))) {
                Some((before, name, after)) => {
                    let name = name.split(':').next().unwrap_or(name);
                    let value = if name == "coop" { Some(coop) } else { self.0.get(&so_far).or_else(|| self.0.get(name)).map(String::as_str) };
                    real.push_str(&format!("{before}{}{after}", value.unwrap_or("none")));
                }
                None => real.push_str(segment),
            }
            if segment.ends_with('/') {
                so_far.push('/');
            }
        }
        real
    }

    /// A form's value with its `{name}` replaced.
    pub fn fill(&self, value: &str) -> String {
        match value.strip_prefix('{').and_then(|v| v.strip_suffix('}')) {
            Some(name) => self.0.get(name).cloned().unwrap_or_else(|| panic!("no fixture gives {{{name}}} a value")),
            None => value.to_owned(),
        }
    }
}

impl World {
    pub fn make() -> Self {
        let hall = Hall::start();
        let mut people = BTreeMap::new();
        for name in PEOPLE.into_iter().filter(|name| *name != "anonymous") {
            people.insert(name, account(&hall, name));
        }
        let person = |name: &str| super::Person { account: people[name].clone(), browser: hall.visitor() };
        let coop = hall.coop(&person("steward"), "Callworkers");
        hall.coop(&person("other coop's member"), "Writers");
        let world = Self { hall, coop, people };
        for name in ["member", "scrutineer", "treasurer", "negotiator", "suspended", "expelled"] {
            world.join(name);
        }
        for (name, role) in [("scrutineer", Role::Scrutineer), ("treasurer", Role::Treasurer), ("negotiator", Role::Negotiator)] {
            let (holder, founder) = (world.member(name), world.member("steward"));
            world.act("steward", move |tx, actor, coop| {
                coops::give_role(tx, actor, coop, &holder, role)?;
                coops::take_role(tx, actor, coop, &founder, role)
            });
        }
        world.hall.notice(&world.coop, &world.actor("steward"));
        world.hall.clock.advance(31 * DAY);
        world.join("waiting");
        world.act("pending", |tx, actor, coop| coops::apply(tx, actor, coop, "payslip", "x"));
        let (suspended, expelled) = (world.number("suspended"), world.number("expelled"));
        world.act("steward", move |tx, actor, coop| {
            standing::suspend(tx, actor, coop, suspended, "x")?;
            standing::propose_expulsion(tx, actor, coop, expelled, "x")
        });
        world.hall.clock.advance(SECOND);
        world.act("treasurer", move |tx, actor, coop| standing::second_expulsion(tx, actor, coop, expelled, "x"));
        for (n, name) in [(1, "buyer"), (2, "other buyer")] {
            world.buyer(n, name);
        }
        world
    }

    /// Runs a verb as one of the people, in `callworkers`.
    pub fn act<T: Send + 'static>(&self, name: &str, verb: impl Fn(&mut Tx<'_>, &Actor, &CoopId) -> Result<T> + Send + 'static) -> T {
        let (actor, coop) = (self.actor(name), self.coop.id.clone());
        self.hall.write(move |tx| verb(tx, &actor, &coop)).expect("an act of the fixture")
    }

    /// One of the people as an actor.
    pub fn actor(&self, name: &str) -> Actor {
        Actor::person(self.people[name].clone())
    }

    /// The account of one of the people.
    #[allow(dead_code, reason = "departments take it as they open")]
    pub fn account(&self, name: &str) -> AccountId {
        self.people[name].clone()
    }

    /// The membership of one of the people in `callworkers`, whatever its state.
    pub fn member(&self, name: &str) -> MemberId {
        use guildhall::platform::db::schema::members;
        let (account, coop) = (self.people[name].clone(), self.coop.id.clone());
        self.hall.read(move |conn| Ok(members::table.filter(members::coop_id.eq(coop).and(members::account_id.eq(account))).select(members::id).first(conn)?))
    }

    fn join(&self, name: &str) {
        let application = self.act(name, |tx, actor, coop| coops::apply(tx, actor, coop, "payslip", ""));
        self.act("steward", move |tx, actor, coop| coops::review(tx, actor, coop, &application, true, ""));
    }

    /// The number on a member's card.
    pub fn number(&self, name: &str) -> i64 {
        let (member, coop) = (self.member(name), self.coop.id.clone());
        self.hall.read(move |conn| coops::people::number_of(conn, &coop, &member))
    }

    fn buyer(&self, n: u32, name: &str) {
        let account = self.people[name].to_string();
        self.act("steward", move |tx, _, _| {
            let id = super::books::id(n);
            put(tx, "buyers", &[("id", &id), ("name", &format!("Buyer {n}")), ("country", "KE"), ("registration", &format!("R{n}")), ("class", "commercial")])?;
            put(tx, "buyer_users", &[("buyer_id", &id), ("account_id", &account), ("signatory", "1")])
        });
    }

    /// Ends construction: the hall is stopped, and copies of it can be started.
    pub fn freeze(self, fixture: Fixture) -> Frozen {
        let mut cookies = BTreeMap::new();
        for (name, account) in &self.people {
            let account = account.clone();
            let token = self.hall.write(move |tx| accounts::open_session(tx, &account, "test")).expect("a session");
            cookies.insert(*name, format!("session={token}"));
        }
        self.hall.catch_up();
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["blobs", "secret"] {
            copy(&self.hall.folder.path().join(part), &folder.path().join(part));
        }
        let (at, excused) = (self.hall.app.now(), self.hall.excused.borrow().clone());
        let database = self.hall.stop_into(folder.path());
        Frozen { folder, database, at, excused, cookies, fixture }
    }
}

/// An account with a confirmed address, or, for "unverified", without.
fn account(hall: &Hall, name: &'static str) -> AccountId {
    let wish = Wish { email: format!("{}@people.example", name.replace([' ', '\''], ".")), name: name.to_owned(), password: "none".into() };
    hall.write(move |tx| {
        if name != "unverified" {
            return accounts::make_confirmed(tx, &wish);
        }
        accounts::sign_up(tx, &wish, "http://x")?;
        Ok(accounts::by_email(tx, &wish.email)?.expect("an account").id)
    })
    .expect("an account")
}

fn copy(from: &Path, to: &Path) {
    if from.is_dir() {
        std::fs::create_dir_all(to).expect("a folder");
        for entry in std::fs::read_dir(from).expect("a folder") {
            let entry = entry.expect("an entry");
            copy(&entry.path(), &to.join(entry.file_name()));
        }
    } else if from.exists() {
        std::fs::copy(from, to).expect("a copy");
    }
}

/// A hall that was stopped with everything in it.
pub struct Frozen {
    folder: tempfile::TempDir,
    database: database::Database,
    at: Timestamp,
    excused: BTreeSet<&'static str>,
    cookies: BTreeMap<&'static str, String>,
    pub fixture: Fixture,
}

impl Frozen {
    /// A running copy of it.
    pub fn thaw(&self) -> Hall {
        let folder = tempfile::tempdir().expect("a folder");
        for part in ["blobs", "secret"] {
            copy(&self.folder.path().join(part), &folder.path().join(part));
        }
        let database = self.database.copy(folder.path());
        let hall = Hall::open(folder, database, self.at);
        hall.excused.borrow_mut().extend(&self.excused);
        hall
    }

    /// One of the people, in front of a copy.
    pub fn browser(&self, hall: &Hall, name: &str) -> Browser {
        Browser { url: hall.url.clone(), cookie: self.cookies.get(name).cloned() }
    }
}

#[derive(QueryableByName)]
struct Rows {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    content: String,
}

/// The full content of every table but the two that a GET may change, to compare before and after.
pub fn content(hall: &Hall) -> BTreeMap<String, String> {
    let names: Vec<String> = tables().into_iter().filter(|table| !["sessions", "rate_buckets"].contains(&table.as_str())).collect();
    hall.read(move |conn| {
        let rows: Vec<Rows> = match conn {
            Conn::Postgres(conn) => {
                let each = names.iter().map(|t| format!("SELECT '{t}' AS name, coalesce(string_agg(t::text, '|' ORDER BY t::text), '') AS content FROM {t} t"));
                diesel::sql_query(each.collect::<Vec<_>>().join(" UNION ALL ")).load(conn)?
            }
            Conn::Sqlite(conn) => {
                let quoted = |table: &str| columns(table).iter().map(|(column, ..)| format!("quote({column})")).collect::<Vec<_>>().join("||','||");
                let each = names.iter().map(|t| format!("SELECT '{t}' AS name, coalesce((SELECT group_concat(x, '|') FROM (SELECT {} AS x FROM {t} ORDER BY 1)), '') AS content", quoted(t)));
                diesel::sql_query(each.collect::<Vec<_>>().join(" UNION ALL ")).load(conn)?
            }
        };
        Ok(rows.into_iter().map(|row| (row.name, row.content)).collect())
    })
}

/// The tables whose rows differ.
pub fn changed(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> Vec<String> {
    before.iter().filter(|(table, rows)| after.get(*table) != Some(*rows)).map(|(table, _)| table.clone()).collect()
}

/// Copies an embedded database that is in use.
pub fn copy_database(url: &str, file: &Path) {
    db::copy_into(url, file).expect("a copy of the database");
}
