//! What the pages of the treasury share: who may look, in what currency and zone, and how a form
//! that was refused comes back.

use crate::error::{Error, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, MemberId};
use crate::kernel::money::Currency;
use crate::kernel::time::{Timestamp, Zone};
use crate::membership::coops::{self, Here, Role};
use crate::platform::db::{Conn, Tx};
use crate::platform::web::{Answer, Fields, Frame, Hall, see_other};
use crate::treasury::people;
use actix_web::web::Path;

/// Who may look at a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Everybody.
    Anybody,
    /// Members, suspended ones too: they read everything.
    Members,
    /// Whoever is or was a member: what is owed to them stays theirs.
    EverMembers,
    /// Treasurers.
    Treasurers,
    /// Treasurers and stewards: those who may be the second person.
    Officers,
}

/// A cooperative's books as one reader sees them.
#[derive(Clone, Debug)]
pub struct Place {
    /// The cooperative and how the reader stands in it.
    pub here: Here,
    /// Currency of the books.
    pub currency: Currency,
    /// The reader's membership, whatever became of it.
    pub reader: Option<MemberId>,
    /// Whether the reader may record and propose.
    pub treasurer: bool,
    /// Whether the reader may be the second person.
    pub officer: bool,
}

impl Place {
    fn of(here: Here, reader: Option<MemberId>) -> Result<Self> {
        let may = |role| here.standing.as_ref().is_some_and(|s| s.may(role));
        let (treasurer, steward) = (may(Role::Treasurer), may(Role::Steward));
        Ok(Self { currency: here.coop.currency()?, treasurer, officer: treasurer || steward, here, reader })
    }

    fn admits(&self, whom: Whom) -> Result<()> {
        match whom {
            Whom::Anybody => Ok(()),
            Whom::Members => self.here.member().map(drop),
            Whom::EverMembers => self.reader().map(drop),
            Whom::Treasurers => self.here.with_role(Role::Treasurer).map(drop),
            Whom::Officers if self.officer => Ok(()),
            Whom::Officers => self.here.with_role(Role::Treasurer).map(drop),
        }
    }

    /// The reader's membership, whatever became of it.
    ///
    /// # Errors
    /// Nothing here for whoever never was a member.
    pub fn reader(&self) -> Result<&MemberId> {
        self.reader.as_ref().or_not_found()
    }

    /// The cooperative's name in addresses.
    #[must_use]
    pub fn slug(&self) -> &str {
        &self.here.coop.slug
    }

    /// Whether the reader is a member.
    #[must_use]
    pub const fn is_member(&self) -> bool {
        self.here.standing.is_some()
    }

    /// Whether this member is the reader.
    #[must_use]
    pub fn is_me(&self, member: &MemberId) -> bool {
        self.here.standing.as_ref().is_some_and(|s| s.member == *member)
    }

    /// A page's frame under the tab of the books.
    #[must_use]
    pub fn frame(&self, hall: &Hall, title: impl Into<String>) -> Frame {
        hall.frame(title).in_coop(&self.here, "books")
    }

    /// An amount with its currency, which no line parts from it.
    #[must_use]
    pub fn money(&self, minor: i64) -> String {
        self.currency.show(minor).replace(' ', "\u{a0}")
    }

    /// An amount without it, for columns that name it.
    #[must_use]
    pub fn figure(&self, minor: i64) -> String {
        self.currency.figure(minor)
    }

    /// A day in the cooperative's zone.
    #[must_use]
    pub fn day(&self, at: Timestamp) -> String {
        at.day(&self.here.coop.zone)
    }

    /// A vote by its number: its page for members, its public record for everybody else.
    #[must_use]
    pub fn vote(&self, number: i64) -> Link {
        let record = if self.is_member() { "" } else { "/decision.json" };
        Link { words: format!("no.\u{a0}{number}"), path: format!("/c/{}/proposals/{number}{record}", self.slug()) }
    }

    /// A page of this cooperative.
    #[must_use]
    pub fn link(&self, words: impl Into<String>, path: &str) -> Link {
        Link { words: words.into(), path: format!("/c/{}/{path}", self.slug()) }
    }
}

/// Words that lead somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What is read.
    pub words: String,
    /// Where it leads.
    pub path: String,
}

/// Reads what a page shows in one snapshot, for those who may see it; others are sent to sign in or
/// find nothing here.
///
/// # Errors
/// As said, or whatever `read` answers.
pub async fn look<T: Send + 'static>(hall: &Hall, slug: &str, whom: Whom, read: impl FnOnce(&mut Conn, &Place) -> Result<T> + Send + 'static) -> Result<(Place, T)> {
    if whom != Whom::Anybody {
        hall.account()?;
    }
    let (actor, slug, now) = (hall.actor(), slug.to_owned(), hall.now());
    let look = move |conn: &mut Conn| {
        let here = coops::enter(conn, &actor, &slug, now)?;
        let reader = people::ever_member(conn, &here.coop.id, &actor).ok();
        let place = Place::of(here, reader)?;
        place.admits(whom)?;
        let seen = read(conn, &place)?;
        Ok((place, seen))
    };
    hall.app.db.read(look).await
}

/// The place of an act, for those who may do it.
///
/// # Errors
/// As [`look`].
pub async fn stand(hall: &Hall, slug: &str, whom: Whom) -> Result<Place> {
    look(hall, slug, whom, |_, _| Ok(())).await.map(|(place, ())| place)
}

/// Leads on after an act, or shows its form again with what was typed and why it was refused.
///
/// # Errors
/// What does not belong in a form.
pub async fn settle(done: Result<String, Error>, mut form: Fields, again: impl AsyncFnOnce(Fields) -> Answer) -> Answer {
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            form.take(error)?;
            again(form).await
        }
    }
}

/// One numbered thing that an officer made and a second one releases or discards: a run, a payment list.
pub struct Waiting {
    /// The cooperative's name in addresses.
    pub slug: String,
    /// The number people see.
    pub number: i64,
    coop: CoopId,
    page: String,
}

impl Waiting {
    /// What waits under this number, for those who may be the second person.
    ///
    /// # Errors
    /// As [`look`].
    pub async fn find(hall: &Hall, path: Path<(String, i64)>, folder: &str) -> Result<Self> {
        let (slug, number) = path.into_inner();
        let coop = stand(hall, &slug, Whom::Officers).await?.here.coop.id;
        let page = format!("/c/{slug}/{folder}/{number}");
        Ok(Self { slug, number, coop, page })
    }

    /// Releases it by a verb, with the password given for exactly it.
    ///
    /// # Errors
    /// What does not belong in a form.
    pub async fn release(&self, hall: &Hall, form: Fields, verb: fn(&mut Tx<'_>, &Actor, &CoopId, i64) -> Result<()>, again: impl AsyncFnOnce(Fields) -> Answer) -> Answer {
        let (coop, number, to) = (self.coop.clone(), self.number, self.page.clone());
        let done = hall.confirmed_act(&form, move |tx, actor| verb(tx, actor, &coop, number).map(|()| to.clone())).await;
        settle(done, form, again).await
    }

    /// Discards it by a verb, with the reason.
    ///
    /// # Errors
    /// What does not belong in a form.
    pub async fn discard(&self, hall: &Hall, mut form: Fields, verb: fn(&mut Tx<'_>, &Actor, &CoopId, i64, &str) -> Result<()>, again: impl AsyncFnOnce(Fields) -> Answer) -> Answer {
        let reason = form.optional("reason", 500);
        if !form.is_fine() {
            return again(form).await;
        }
        let (coop, number, to) = (self.coop.clone(), self.number, self.page.clone());
        let done = hall.act(&form, move |tx, actor| verb(tx, actor, &coop, number, &reason).map(|()| to.clone())).await;
        settle(done, form, again).await
    }
}

/// Who ruled on something and when, and the reason they gave, as rows of its facts.
#[must_use]
pub fn ruling(zone: &Zone, verdict: &'static str, at: Option<Timestamp>, by: Option<&String>, reason: Option<&String>) -> Vec<(&'static str, String)> {
    let ruled = at.zip(by).map(|(at, by)| (verdict, format!("{} by {by}", at.long(zone))));
    let reason = reason.filter(|reason| !reason.is_empty()).map(|reason| ("Reason", reason.clone()));
    ruled.into_iter().chain(reason).collect()
}

/// The same form with the digest of the act that the page shows, for the password to be bound to.
#[must_use]
pub fn shows(mut form: Fields, act: &Digest) -> Fields {
    form.set("act", act.as_str());
    form
}

/// Which page of a list is asked for, from 1.
#[derive(Clone, Copy, Debug, serde::Deserialize)]
pub struct Leaf {
    page: Option<i64>,
}

/// Rows on one page of a list.
const LEAF: i64 = 25;

impl Leaf {
    /// The first page.
    pub const FIRST: Self = Self { page: None };

    fn number(self) -> i64 {
        self.page.unwrap_or(1).clamp(1, 1_000_000)
    }

    /// How many rows to leave out, and how many to read: one more than a page shows.
    #[must_use]
    pub fn span(self) -> (i64, i64) {
        ((self.number() - 1) * LEAF, LEAF + 1)
    }

    /// Cuts what was read to one page, and answers where newer and older ones are.
    pub fn cut<T>(self, rows: &mut Vec<T>) -> Turn {
        let shown = usize::try_from(LEAF).unwrap_or(usize::MAX);
        let (number, more) = (self.number(), rows.len() > shown);
        rows.truncate(shown);
        let to = |there: bool, page: i64| if there { format!("?page={page}") } else { String::new() };
        Turn { newer: to(number > 1, number - 1), older: to(more, number + 1), words: format!("page {number}") }
    }
}

/// The ends of a page of a list.
#[derive(Clone, Debug)]
pub struct Turn {
    /// Where newer rows are; empty when there are none.
    pub newer: String,
    /// Where older rows are.
    pub older: String,
    /// Which page this is.
    pub words: String,
}

impl Turn {
    /// Whether there is anywhere to turn.
    #[must_use]
    pub const fn is_needed(&self) -> bool {
        !self.newer.is_empty() || !self.older.is_empty()
    }
}
