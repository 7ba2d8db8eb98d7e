//! The booth: choose, check, receipt. Nothing about a choice leaves the page it was made on but the
//! sealed envelope; the receipt is shown to its signed-in owner and never put in an address.

use super::super::tally;
use super::drafting::secrecy;
use super::{Seen, taken};
use crate::assembly::proposals::{self, Booths, Choice, Own, Phase, Refusal};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::matter::{Level, Matter};
use crate::kernel::text::thousands;
use crate::platform::db::Conn;
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

/// One answer on the ballot.
struct Option_ {
    value: String,
    label: String,
    /// A price, set apart.
    figure: String,
    small: String,
}

#[derive(Template)]
#[template(path = "proposals/ballot.html")]
struct BallotPage {
    frame: Frame,
    seen: Seen,
    form: Fields,
    options: Vec<Option_>,
    asked: String,
    closes: String,
    how: String,
    secrecy: &'static str,
    /// A ballot of one's own is recorded already.
    again: bool,
}

#[derive(Template)]
#[template(path = "proposals/check.html")]
struct CheckPage {
    frame: Frame,
    seen: Seen,
    form: Fields,
    chosen: Option_,
    closes: String,
    sealed: bool,
}

fn options(seen: &Seen) -> Result<Vec<Option_>> {
    let (notice, _) = seen.notice.as_ref().or_not_found()?;
    let quorum = thousands(tally::quorum(notice.roll_count, notice.rule.quorum_bp));
    let abstain = Option_ { value: "0".to_owned(), label: "Abstain".to_owned(), figure: String::new(), small: format!("Counts for the {quorum} that are needed, and for neither side.") };
    let ladder = match &notice.matter {
        Matter::SetFloor { ladder } => Some(ladder),
        _ => None,
    };
    let option = |(value, name): (usize, &String)| {
        let level = ladder.and_then(|ladder| ladder.levels.get(value.saturating_sub(1)).map(|level| (ladder, *level)));
        match level {
            Some((ladder, level)) => {
                let current = ladder.current == Some(level);
                let small = if current { "The floor in force.".to_owned() } else { String::new() };
                Option_ { value: value.to_string(), label: "At least".to_owned(), figure: ladder.currency.show_rate(level), small }
            }
            None => Option_ { value: value.to_string(), label: name.clone(), figure: String::new(), small: String::new() },
        }
    };
    Ok(notice.choices.iter().enumerate().skip(1).map(option).chain([abstain]).collect())
}

/// The rule in the words of this question.
fn how(seen: &Seen) -> String {
    let Some((notice, _)) = &seen.notice else { return String::new() };
    let quorum = thousands(tally::quorum(notice.roll_count, notice.rule.quorum_bp));
    let share = crate::kernel::money::percent(notice.rule.threshold_bp);
    match &notice.matter {
        Matter::SetFloor { ladder } => {
            let stays = ladder.current.map_or_else(|| "there is no floor".to_owned(), |floor| format!("it stays at {}", ladder.currency.show_rate(floor)));
            format!("The floor becomes the highest price that more than {share} of the valid votes want at least; it falls only if more than {share} want less. With fewer than {quorum} votes {stays}.")
        }
        _ => format!("It passes with more than {share} yes of those who say yes or no, if at least {quorum} vote."),
    }
}

/// The booth as whoever asks finds it, or why it is shut for them.
async fn booth(hall: &Hall, path: &Path<(String, String)>) -> Result<(Seen, Option<Own>)> {
    let account = hall.account()?;
    let read = move |conn: &mut Conn, seen: &Seen| proposals::may_vote(conn, &account, seen.coop(), &seen.sheet.card.what.id, seen.now);
    let (seen, ()) = hall.of_proposal(path, read).await?;
    let own = proposals::receipt(&hall.app, seen.coop(), &seen.sheet.card.what.id, &seen.here.member()?.member).await?;
    Ok((seen, own))
}

fn ballot_page(hall: &Hall, seen: Seen, form: Fields, again: bool) -> Answer {
    let (notice, _) = seen.notice.as_ref().or_not_found()?;
    let (closes, secrecy) = (closes(&seen), secrecy(notice.rule.level));
    let asked = match &notice.matter {
        Matter::SetFloor { ladder } => format!("The least price for {} by {} buyers, {}", ladder.purpose.phrase(), ladder.class.phrase(), ladder.unit.phrase()),
        _ => notice.kind.phrase().to_owned(),
    };
    let (options, how, status) = (options(&seen)?, how(&seen), form.status());
    let frame = seen.frame(hall, seen.sheet.card.what.title.clone()).of_form(&form);
    page(&BallotPage { frame, options, asked, closes, how, secrecy, again, seen, form }, status)
}

fn closes(seen: &Seen) -> String {
    seen.sheet.card.dates().closes_at.map_or_else(String::new, |at| at.long(seen.zone()))
}

/// Choose.
pub async fn ballot_form(hall: Hall, path: Path<(String, String)>) -> Answer {
    let (seen, own) = booth(&hall, &path).await?;
    let form = match own.as_ref().and_then(|own| own.slip.as_ref()) {
        Some(slip) => Fields::empty().with("choice", &slip.choice.to_string()),
        None => Fields::empty(),
    };
    ballot_page(&hall, seen, form, own.is_some())
}

/// Check, and cast: the first post shows what was chosen, the second seals and records it, or leads
/// back with the choice still marked.
pub async fn ballot(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    if form.value("step") == "cast" {
        return cast(hall, path, form).await;
    }
    let (seen, own) = booth(&hall, &path).await?;
    if form.value("step") == "change" {
        return ballot_page(&hall, seen, form, own.is_some());
    }
    let chosen = options(&seen)?.into_iter().find(|option| option.value == form.value("choice"));
    let Some(chosen) = chosen else {
        form.refuse("choice", Refusal::ChoiceMissing.to_string());
        return ballot_page(&hall, seen, form, own.is_some());
    };
    let sealed = seen.notice.as_ref().is_some_and(|(notice, _)| notice.rule.level == Level::V1);
    let (closes, frame) = (closes(&seen), seen.frame(&hall, "Check your ballot"));
    page(&CheckPage { frame, seen, form, chosen, closes, sealed }, Default::default())
}

/// Kept short: this is what a whole cooperative does in one hour.
async fn cast(hall: Hall, path: Path<(String, String)>, form: Fields) -> Answer {
    hall.account()?;
    let place = Booths::Address(path.0.clone(), path.1.parse().ok().or_not_found()?);
    let choice = form.value("choice").parse::<i64>().unwrap_or(-1);
    // A form without a key is a form of its own.
    let key = if form.key().is_empty() { Fields::empty().key().to_owned() } else { form.key().to_owned() };
    let wish = Choice { choice, form: key, mail: form.checked("mail", "yes") };
    let error = match proposals::cast_at(&hall.app, &hall.actor(), &place, &wish).await {
        Ok(()) => return see_other(&format!("/c/{}/proposals/{}/receipt", path.0, path.1)),
        Err(error) => error,
    };
    if !matches!(error.refusal::<Refusal>(), Some(Refusal::ChoiceMissing)) {
        return Err(error);
    }
    let (seen, own) = booth(&hall, &path).await?;
    ballot_page(&hall, seen, taken(form, error)?, own.is_some())
}

#[derive(Template)]
#[template(path = "proposals/receipt.html")]
struct ReceiptPage {
    frame: Frame,
    seen: Seen,
    own: Option<Own>,
    /// What is printed on it.
    rows: Vec<(String, String)>,
    words: Option<String>,
    sealed: bool,
    open: bool,
    head: Option<String>,
}

/// One's own receipt, until close.
pub async fn receipt(hall: Hall, path: Path<(String, String)>) -> Answer {
    let read = |conn: &mut Conn, seen: &Seen| crate::platform::journal::head(conn, &crate::platform::journal::Chain::from(seen.coop()));
    let (seen, head) = hall.of_proposal(&path, read).await?;
    let own = proposals::receipt(&hall.app, seen.coop(), &seen.sheet.card.what.id, &seen.here.member()?.member).await?;
    let (notice, _) = seen.notice.as_ref().or_not_found()?;
    let (sealed, zone) = (notice.rule.level == Level::V1, seen.zone());
    let row = |name: &str, value: String| (name.to_owned(), value);
    let rows = own.iter().flat_map(|own| {
        let level = if sealed { "V1 sealed" } else { "V0 open roll call" };
        let closes = seen.sheet.card.dates().closes_at.map_or_else(String::new, |at| at.short(zone));
        [row("Proposal", format!("no. {}", notice.number)), row("Level", level.to_owned()), row("Ballot", format!("my no. {}", own.version)), row("Recorded", own.at.short(zone)), row("Change until", closes)]
    });
    let (rows, words) = (rows.collect(), own.as_ref().and_then(|own| own.slip.as_ref()).map(proposals::Slip::receipt));
    let head = head.map(|head| format!("{}:{}", head.height, head.hash.short()));
    let (open, frame) = (seen.phase == Phase::Open, seen.frame(&hall, "Receipt"));
    page(&ReceiptPage { frame, seen, own, rows, words, sealed, open, head }, Default::default())
}
