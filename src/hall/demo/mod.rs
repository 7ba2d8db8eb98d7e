//! The demonstration: a cooperative of sixty plainly made-up people whose story is told by calling
//! the verbs, each at its own instant of the weeks before today. Nothing is written past the verbs,
//! so what the demonstration shows is what the program does.

mod deals;
mod licences;
mod money;
mod people;
mod pool;
mod standing;
mod votes;
mod words;

use super::setup;
use crate::app::App;
use crate::config::Config;
use crate::error::Result;
use crate::kernel::actor::{Actor, Confirmation, Person};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, CoopId};
use crate::kernel::time::{DAY, HOUR, Timestamp};
use crate::membership::coops::Coop;
use crate::platform::clock::Clock;
use crate::platform::db::schema::hall;
use crate::platform::db::{Conn, Tx};
use diesel::prelude::*;

/// The password of everybody in the demonstration.
pub const PASSWORD: &str = "guildhall on show";
/// How many days the story takes before today.
const DAYS: i64 = 100;
/// Where the hall remembers that it is a demonstration.
const MARK: &str = "demonstration";

/// A sign-in that the command line prints.
#[derive(Clone, Debug)]
pub struct SignIn {
    /// What this person shows.
    pub role: &'static str,
    /// Address to sign in with.
    pub email: String,
}

/// Somebody on the stage.
#[derive(Clone, Debug)]
pub struct Player {
    /// The account.
    pub account: AccountId,
    /// Address to sign in with.
    pub email: String,
    /// Name.
    pub name: String,
}

impl Player {
    /// This person acting.
    #[must_use]
    pub fn actor(&self) -> Actor {
        Actor::person(self.account.clone())
    }

    /// This person acting with the password given again for exactly this act.
    #[must_use]
    pub fn confirming(&self, act: Digest, tx: &Tx<'_>) -> Actor {
        Actor::Person(Person { account: self.account.clone(), confirmation: Some(Confirmation { act, at: tx.now() }) })
    }
}

/// How much the demonstration holds.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Members, the officers among them.
    pub members: usize,
    /// Service transcripts; code reviews and articles are a fifth and a tenth of them.
    pub transcripts: usize,
}

impl Size {
    /// What `guildhall demo` shows.
    pub const SHOWN: Self = Self { members: 60, transcripts: 900 };
    /// Enough for a test: a roll that a sealed ballot accepts.
    pub const SMALL: Self = Self { members: 14, transcripts: 30 };
}

/// The hall while the story is told.
pub struct Stage {
    /// The program's parts, on a clock that the story moves.
    pub app: App,
    /// That clock.
    pub clock: Clock,
    /// How much is made.
    pub size: Size,
    /// The cooperative.
    pub coop: Coop,
    /// Members by number, the founder first. 0 founder and steward, 1 steward, 2 negotiator,
    /// 3 and 4 treasurers, 5 scrutineer, the others hold no office.
    pub members: Vec<Player>,
}

impl Stage {
    /// The cooperative's id.
    #[must_use]
    pub fn coop_id(&self) -> CoopId {
        self.coop.id.clone()
    }

    /// A member by place, counted round.
    ///
    /// # Errors
    /// Never once there are members.
    pub fn member(&self, place: usize) -> Result<&Player> {
        let found = self.members.get(place % self.members.len().max(1));
        Ok(found.ok_or_else(|| anyhow::anyhow!("the demonstration has no members"))?)
    }

    /// Runs one act as somebody.
    ///
    /// # Errors
    /// Whatever the act answers.
    pub async fn act<T: Send + 'static>(&self, who: &Player, act: impl Fn(&mut Tx<'_>, &Actor, &CoopId) -> Result<T> + Send + 'static) -> Result<T> {
        let (actor, coop) = (who.actor(), self.coop.id.clone());
        self.app.db.write(move |tx| act(tx, &actor, &coop)).await
    }

    /// Reads.
    ///
    /// # Errors
    /// Whatever the reading answers.
    pub async fn read<T: Send + 'static>(&self, read: impl FnOnce(&mut Conn, &CoopId) -> Result<T> + Send + 'static) -> Result<T> {
        let coop = self.coop.id.clone();
        self.app.db.read(move |conn| read(conn, &coop)).await
    }

    /// Lets time pass, and does all background work that has come due.
    ///
    /// # Errors
    /// Whatever that work answers.
    pub async fn pass(&self, micros: i64) -> Result<()> {
        self.clock.advance(micros);
        super::worker::catch_up(&self.app).await
    }
}

/// Tells the whole story on an empty hall, up to the present instant `now`.
///
/// # Errors
/// When any verb refuses or breaks: the demonstration is a test of the chain.
pub async fn make(app: App, clock: Clock, size: Size) -> Result<Stage> {
    let stage = people::found(app, clock, size).await?;
    pool::fill(&stage).await?;
    votes::early(&stage).await?;
    deals::bargain(&stage).await?;
    // After the votes and the bargaining: every agreed deal becomes a licence.
    licences::issue_all(&stage).await?;
    money::pay(&stage).await?;
    standing::tell(&stage).await?;
    votes::late(&stage).await?;
    stage.app.db.write(|tx| Ok(diesel::insert_into(hall::table).values((hall::name.eq(MARK), hall::value.eq("told"))).execute(&mut **tx).map(drop)?)).await?;
    Ok(stage)
}

/// When the story begins, so that it ends at `now`: at nine in the morning, UTC.
#[must_use]
pub fn beginning(now: Timestamp) -> Timestamp {
    let day = now.0.div_euclid(DAY) - DAYS;
    Timestamp(day * DAY + 9 * HOUR)
}

/// Whom to sign in as, and what each shows.
#[must_use]
pub fn sign_ins() -> Vec<SignIn> {
    people::ROLES.iter().map(|(place, role)| SignIn { role, email: people::email(*place) }).chain(deals::sign_ins()).collect()
}

/// Opens the demonstration's hall, making it first where there is none.
///
/// # Errors
/// When the configuration names a hall that is in real use.
pub async fn open(config: Config, tell: impl Fn(&str)) -> anyhow::Result<App> {
    let app = App::open(config.clone(), Clock::Machine)?;
    let state = app.db.read(|conn| Ok((setup::is_empty(conn)?, is_demonstration(conn)?))).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
    match state {
        (_, true) => return Ok(app),
        (false, false) => anyhow::bail!("this hall is in use and no demonstration; point DATABASE_URL, STORAGE_URL and SECRET_FILE elsewhere, for example DATABASE_URL=sqlite:show/hall.db STORAGE_URL=file:show/blobs SECRET_FILE=show/secret"),
        (true, false) => tell("Making a demonstration: sixty people, three kinds of work, a dozen votes, three buyers. This takes some seconds."),
    }
    let clock = Clock::manual(beginning(app.now()));
    drop(app);
    let stage = make(App::open(config.clone(), clock.clone())?, clock, Size::SHOWN).await.map_err(|cause| anyhow::anyhow!("the demonstration broke off: {cause}"))?;
    drop(stage);
    App::open(config, Clock::Machine)
}

fn is_demonstration(conn: &mut Conn) -> Result<bool> {
    Ok(hall::table.find(MARK).select(hall::value).first::<String>(conn).optional()?.is_some())
}
