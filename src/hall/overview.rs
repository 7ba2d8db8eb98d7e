//! What a cooperative is, for anybody: its people in numbers, what it pools, what it asks at least,
//! what it has agreed, and how it decides.

use crate::bargaining::tariffs::{self, rules::Floor};
use crate::error::Result;
use crate::kernel::ids::CoopId;
use crate::kernel::matter::Bylaws;
use crate::kernel::money::Currency;
use crate::kernel::text::thousands;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Here};
use crate::platform::db::Conn;
use crate::platform::db::schema::{deliveries, licences, notices, revocations};
use crate::platform::journal::{self, Chain, Head};
use crate::platform::web::charts::{Bar, Caption, Chart, bars};
use crate::platform::web::{Answer, Frame, Hall, page};
use crate::pool::records;
use crate::treasury::{payouts, receipts};
use actix_web::web::Path;
use askama::Template;
use diesel::prelude::*;

#[derive(Template)]
#[template(path = "hall/overview.html")]
struct OverviewPage {
    frame: Frame,
    here: Here,
    figures: Figures,
    tally: Vec<(String, String)>,
    composition: Chart,
    floors: Vec<Floor>,
    bylaws: Bylaws,
    version: i64,
    head: Option<Head>,
}

/// The numbers of one cooperative that anybody may know.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Members at this instant.
    pub members: i64,
    /// Votes noticed.
    pub votes: i64,
    /// Records by kind: kind, records, words.
    pub kinds: Vec<(String, i64, i64)>,
    /// Licences issued and not revoked.
    pub licences: i64,
    /// Files delivered.
    pub deliveries: i64,
    /// Received from buyers, minor units.
    pub received: i64,
    /// Sent to members, minor units.
    pub paid: i64,
}

impl Figures {
    /// Reads them all.
    ///
    /// # Errors
    /// When the database does.
    pub fn of(conn: &mut Conn, coop: &CoopId, now: Timestamp) -> Result<Self> {
        let revoked: i64 = revocations::table.filter(revocations::coop_id.eq(coop)).count().get_result(conn)?;
        let issued: i64 = licences::table.filter(licences::coop_id.eq(coop)).count().get_result(conn)?;
        Ok(Self {
            members: coops::count_now(conn, coop, now)?,
            votes: notices::table.filter(notices::coop_id.eq(coop)).count().get_result(conn)?,
            kinds: records::composition(conn, coop)?,
            licences: issued - revoked,
            deliveries: deliveries::table.filter(deliveries::coop_id.eq(coop)).count().get_result(conn)?,
            received: receipts::total(conn, coop)?,
            paid: payouts::total(conn, coop)?,
        })
    }

    /// How many records there are.
    #[must_use]
    pub fn records(&self) -> i64 {
        self.kinds.iter().map(|(_, records, _)| records).sum()
    }

    /// The figures as a row of big numbers with what they count.
    #[must_use]
    pub fn tally(&self, currency: Option<&Currency>) -> Vec<(String, String)> {
        let counted = |number: i64, one: &str, many: &str| (if number == 1 { one.to_owned() } else { many.to_owned() }, thousands(number));
        let mut tally = vec![counted(self.members, "member", "members"), counted(self.records(), "record in the pool", "records in the pool"), counted(self.licences, "licence in force", "licences in force")];
        if let Some(currency) = currency {
            tally.push((format!("{} paid to members", currency.code()), currency.figure(self.paid)));
        }
        tally
    }
}

/// A kind of work as people say it: `code_review` is "code review".
fn spoken(kind: &str) -> String {
    kind.replace('_', " ")
}

fn composition(kinds: &[(String, i64, i64)]) -> Chart {
    let caption = Caption { id: "composition", title: "Words in the pool by kind of work", description: "One bar for each kind of work, as long as the words it holds.", across: "Kind of work", unit: "Words", decimals: 0 };
    let each: Vec<Bar> = kinds.iter().map(|(kind, records, words)| Bar { label: format!("{}, {} records", spoken(kind), thousands(*records)), value: *words }).collect();
    bars(&caption, &each)
}

type Gathered = (Here, Figures, Vec<Floor>, (i64, Bylaws), Option<Head>);

fn gather(conn: &mut Conn, actor: &crate::kernel::actor::Actor, slug: &str, now: Timestamp) -> Result<Gathered> {
    let here = coops::enter(conn, actor, slug, now)?;
    let coop = &here.coop.id;
    let (figures, floors) = (Figures::of(conn, coop, now)?, tariffs::floors_at(conn, coop, now)?);
    let (bylaws, head) = (coops::bylaws(conn, coop, now)?, journal::head(conn, &Chain::from(coop))?);
    Ok((here, figures, floors, bylaws, head))
}

/// The page of a cooperative.
pub async fn coop(hall: Hall, slug: Path<String>) -> Answer {
    let (actor, now) = (hall.actor(), hall.now());
    let (here, figures, floors, (version, bylaws), head) = hall.app.db.read(move |conn| gather(conn, &actor, &slug, now)).await?;
    let frame = hall.frame("Overview").in_coop(&here, "home");
    let tally = figures.tally(here.coop.currency.as_ref());
    let composition = composition(&figures.kinds);
    page(&OverviewPage { frame, here, figures, tally, composition, floors, bylaws, version, head }, Default::default())
}
