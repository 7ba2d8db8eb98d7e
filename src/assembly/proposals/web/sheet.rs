//! The page of one proposal, from draft to what became of it, and the small acts on it.

use super::drafting::{paragraphs, secrecy, shares};
use super::words::{self, Words};
use super::{Seen, taken};
use crate::assembly::proposals::{self, Challenge, Decided, Enactment, Outcome, Phase, Record, rules, store, tally};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{ChallengeId, Id as _};
use crate::kernel::matter::{Level, MatterKind};
use crate::kernel::text::thousands;
use crate::membership::coops::Role;
use crate::platform::db::{Conn, Tx};
use crate::platform::web::charts::{self, Bar, Caption, Chart};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

/// What is recorded about how it ended.
struct End {
    decided: Decided,
    record: Record,
    enactment: Option<Enactment>,
    chart: Chart,
    unanimous: bool,
}

/// What a member may do here and has done.
#[derive(Default)]
struct Mine {
    on_roll: bool,
    voted: bool,
    /// Not suspended.
    active: bool,
    steward: bool,
    scrutineer: bool,
}

#[derive(Template)]
#[template(path = "proposals/sheet.html")]
struct SheetPage {
    frame: Frame,
    seen: Seen,
    form: Fields,
    words: Words,
    paragraphs: Vec<String>,
    mine: Mine,
    runs: bool,
    challenges: Vec<Challenge>,
    cancelled: Option<String>,
    /// Turnout against the quorum, while and after voting.
    gauge: Option<Chart>,
    voted: String,
    /// What would have to happen: turnout, votes needed.
    outcomes: Vec<(String, Option<String>)>,
    shares: (String, String),
    secrecy: &'static str,
    end: Option<End>,
    /// How an open roll call ends that is over and not recorded yet.
    provisional: Option<String>,
}

/// Everything the page shows beside the proposal itself.
struct More {
    words: Words,
    mine: Mine,
    challenges: Vec<Challenge>,
    cancelled: Option<String>,
    turnout: i64,
    decided: Option<(Decided, Record, Option<Enactment>)>,
    provisional: Option<String>,
}

fn more(conn: &mut Conn, seen: &Seen) -> Result<More> {
    let (coop, id) = (seen.coop(), &seen.sheet.card.what.id);
    let matter = seen.sheet.matter()?;
    let at = seen.sheet.card.dates().ordered_at.unwrap_or(seen.now);
    let words = words::of(conn, coop, &seen.here.coop.currency()?, &matter, at)?;
    let standing = seen.here.member()?;
    let mine = Mine {
        on_roll: store::place(conn, coop, id, &standing.member)?.is_some(),
        voted: store::last_version(conn, coop, id, &standing.member)? > 0,
        active: standing.is_in(),
        steward: standing.may(Role::Steward),
        scrutineer: standing.may(Role::Scrutineer),
    };
    let voting = matches!(seen.phase, Phase::Open | Phase::Counting | Phase::Decided);
    let turnout = if voting { proposals::turnout(conn, coop, id)? } else { 0 };
    let decided = match proposals::decision(conn, coop, id)? {
        Some(decided) => Some((decided.record()?, proposals::enactment(conn, coop, id)?, decided)).map(|(record, enactment, decided)| (decided, record, enactment)),
        None => None,
    };
    let provisional = if seen.phase == Phase::Counting { proposals::provisional(conn, coop, id)?.map(|record| record.explanation) } else { None };
    Ok(More { provisional, words, mine, challenges: proposals::challenges(conn, coop, id)?, cancelled: proposals::cancellation(conn, coop, id)?, turnout, decided })
}

fn gauge(seen: &Seen, turnout: i64) -> Option<Chart> {
    let (notice, _) = seen.notice.as_ref().filter(|_| matches!(seen.phase, Phase::Open | Phase::Counting | Phase::Decided))?;
    let quorum = tally::quorum(notice.roll_count, notice.rule.quorum_bp);
    let description = format!("{} on the roll have voted; {} are needed.", rules::of(turnout, notice.roll_count), thousands(quorum));
    let caption = Caption { id: "turnout", title: "Turnout", description: &description, across: "Of the roll", unit: "Members", decimals: 0 };
    let bar = |label: &str, value: i64| Bar { label: label.to_owned(), value };
    Some(charts::gauge(&caption, &bar("voted", turnout), &bar("needed", quorum), &bar("on the roll", notice.roll_count)))
}

/// The counted choices, abstentions last, as the decision's figure and its CSV file show them.
pub(super) fn chart(names: &[String], record: &Record) -> Chart {
    let bar = |(name, votes): (&String, &i64)| Bar { label: name.clone(), value: *votes };
    let mut bars: Vec<Bar> = names.iter().zip(&record.counts).map(bar).collect();
    if !bars.is_empty() {
        bars.rotate_left(1);
    }
    let caption = Caption { id: "choices", title: "How members voted", description: &record.explanation, across: "Choice", unit: "Votes", decimals: 0 };
    charts::bars(&caption, &bars)
}

fn end(names: &[String], (decided, record, enactment): (Decided, Record, Option<Enactment>)) -> End {
    let unanimous = record.rule.level == Level::V1 && record.counts.iter().filter(|votes| **votes > 0).count() == 1;
    End { chart: chart(names, &record), decided, record, enactment, unanimous }
}

/// What would have to happen for a yes-or-no question to pass.
fn outcomes(seen: &Seen) -> Vec<(String, Option<String>)> {
    let Some((notice, _)) = &seen.notice else { return Vec::new() };
    if notice.kind == MatterKind::SetFloor || seen.phase == Phase::Decided {
        return Vec::new();
    }
    let told = rules::outcomes(notice.roll_count, notice.rule.quorum_bp, notice.rule.threshold_bp);
    told.into_iter().map(|(cast, yes)| (rules::of(cast, notice.roll_count), yes.map(thousands))).collect()
}

async fn sheet_page(hall: &Hall, path: &Path<(String, String)>, form: Fields) -> Answer {
    let (seen, more) = hall.of_proposal(path, more).await?;
    let names = seen.notice.as_ref().map_or_else(Vec::new, |(notice, _)| notice.choices.clone());
    let (shares, secrecy) = seen.notice.as_ref().map_or_else(Default::default, |(notice, _)| (shares(&notice.rule), secrecy(notice.rule.level)));
    let voted = seen.notice.as_ref().map_or_else(String::new, |(notice, _)| rules::of(more.turnout, notice.roll_count));
    let (frame, status) = (seen.frame(hall, seen.sheet.card.what.title.clone()).of_form(&form), form.status());
    let page_ = SheetPage {
        frame,
        form,
        words: more.words,
        paragraphs: paragraphs(&seen.sheet.body),
        mine: more.mine,
        runs: seen.may_run(),
        challenges: more.challenges,
        cancelled: more.cancelled,
        gauge: gauge(&seen, more.turnout),
        voted,
        outcomes: outcomes(&seen),
        shares,
        secrecy,
        provisional: more.provisional,
        end: more.decided.map(|decided| end(&names, decided)),
        seen,
    };
    page(&page_, status)
}

/// One proposal.
pub async fn show(hall: Hall, path: Path<(String, String)>) -> Answer {
    sheet_page(&hall, &path, Fields::empty()).await
}

/// Runs one small act of the page and shows the page again when it was refused.
async fn act(hall: Hall, path: Path<(String, String)>, form: Fields, below: &str, verb: impl Fn(&mut Tx<'_>, &Actor, &Seen) -> Result<()> + Send + 'static) -> Answer {
    let (seen, ()) = hall.of_proposal(&path, |_, _| Ok(())).await?;
    let location = format!("{}{below}", seen.path(""));
    match hall.act(&form, move |tx, actor| verb(tx, actor, &seen).map(|()| location.clone())).await {
        Ok(location) => see_other(&location),
        Err(error) => sheet_page(&hall, &path, taken(form, error)?).await,
    }
}

/// Calls the proposal off.
pub async fn cancel(hall: Hall, path: Path<(String, String)>, form: Fields) -> Answer {
    let reason = crate::kernel::text::clean(&form.value("reason").replace("\r\n", "\n"));
    act(hall, path, form, "", move |tx, actor, seen| proposals::cancel(tx, actor, seen.coop(), &seen.sheet.card.what.id, &reason)).await
}

/// Challenges the notice.
pub async fn challenge(hall: Hall, path: Path<(String, String)>, form: Fields) -> Answer {
    let words = crate::kernel::text::clean(&form.value("words").replace("\r\n", "\n"));
    let verb = move |tx: &mut Tx<'_>, actor: &Actor, seen: &Seen| proposals::challenge(tx, actor, seen.coop(), &seen.sheet.card.what.id, &words).map(|_| ());
    act(hall, path, form, "#challenges", verb).await
}

/// Answers a challenge.
pub async fn answer(hall: Hall, path: Path<(String, String, String)>, form: Fields) -> Answer {
    let (slug, number, challenge) = path.into_inner();
    let challenge = ChallengeId::parse(&challenge).or_not_found()?;
    let words = crate::kernel::text::clean(&form.value("words").replace("\r\n", "\n"));
    let verb = move |tx: &mut Tx<'_>, actor: &Actor, seen: &Seen| proposals::answer_challenge(tx, actor, seen.coop(), &seen.sheet.card.what.id, &challenge, &words);
    act(hall, Path::from((slug, number)), form, "#challenges", verb).await
}
