//! The tariff, for anybody: the floors in force, how they came about, the model terms in words, and
//! whether members withhold.

use super::history::{History, histories};
use super::rules::Withholding;
use super::{Floor, ModelTerms, store};
use crate::error::Result;
use crate::kernel::terms::clauses;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Here};
use crate::platform::web::{Answer, Frame, Hall, attachment, page};
use actix_web::web::Path;
use askama::Template;

#[derive(Template)]
#[template(path = "tariffs/tariff.html")]
struct TariffPage {
    frame: Frame,
    here: Here,
    floors: Vec<Floor>,
    histories: Vec<History>,
    /// Terms and their clauses, heading and words.
    terms: Vec<(ModelTerms, Vec<(&'static str, String)>)>,
    withheld: Option<Withholding>,
    member: bool,
}

/// What the page needs, read in one snapshot.
struct Tariff {
    here: Here,
    history: Vec<Floor>,
    offered: Vec<super::history::Offered>,
    terms: Vec<ModelTerms>,
    withheld: Option<Withholding>,
}

async fn tariff_of(hall: &Hall, slug: String) -> Result<(Tariff, Timestamp)> {
    let (actor, now) = (hall.actor(), hall.now());
    let read = move |conn: &mut crate::platform::db::Conn| {
        let here = coops::enter(conn, &actor, &slug, now)?;
        let coop = &here.coop.id;
        // What is still being bargained over is for members' eyes; what was agreed or refused is public.
        let offered = store::offered(conn, coop, here.standing.is_some())?;
        let (history, terms) = (super::history(conn, coop)?, super::terms_at(conn, coop, now)?);
        let withheld = super::withheld_at(conn, coop, now)?;
        Ok(Tariff { here, history, offered, terms, withheld })
    };
    Ok((hall.app.db.read(read).await?, now))
}

/// The tariff.
pub async fn show(hall: Hall, slug: Path<String>) -> Answer {
    let (tariff, now) = tariff_of(&hall, slug.into_inner()).await?;
    let floors = super::in_force(&tariff.history, now);
    let histories = histories(&tariff.history, &tariff.offered, now, &tariff.here.coop.zone);
    let frame = hall.frame("Tariff").in_coop(&tariff.here, "tariff");
    let member = tariff.here.standing.is_some();
    let words = |terms: &ModelTerms| clauses(&terms.sheet).into_iter().map(|clause| (clause.title, clause.text)).collect();
    let terms = tariff.terms.into_iter().map(|terms| (words(&terms), terms)).map(|(words, terms)| (terms, words)).collect();
    page(&TariffPage { frame, here: tariff.here, floors, histories, terms, withheld: tariff.withheld, member }, Default::default())
}

/// Every floor there ever was, as a file.
pub async fn csv(hall: Hall, slug: Path<String>) -> Answer {
    let (tariff, _) = tariff_of(&hall, slug.into_inner()).await?;
    let mut writer = csv::Writer::from_writer(Vec::new());
    let head = ["use", "buyers", "unit", "currency", "price", "in_force_since", "in_force_until", "vote"];
    writer.write_record(head).map_err(anyhow::Error::from)?;
    for floor in &tariff.history {
        let same = |f: &&Floor| f.purpose == floor.purpose && f.class == floor.class && f.unit == floor.unit && f.since > floor.since;
        let until = tariff.history.iter().filter(same).map(|f| f.since).min().map_or_else(String::new, Timestamp::iso);
        let price = floor.currency.show_rate(floor.rate).replace([',', ' '], "").replace(floor.currency.code(), "");
        let row = [floor.purpose.word(), floor.class.word(), floor.unit.word(), floor.currency.code(), &price, &floor.since.iso(), &until, &floor.number.to_string()];
        writer.write_record(row).map_err(anyhow::Error::from)?;
    }
    let bytes = writer.into_inner().map_err(|fault| anyhow::anyhow!("{fault}"))?;
    attachment(&format!("{}-tariff.csv", tariff.here.coop.slug), "text/csv; charset=utf-8", bytes)
}
