//! Drafting: a kind of matter, its form, a look at it as members will see it, the draft; and notice.

use super::forms::{self, Ground};
use super::words::{self, Words};
use super::{Seen, taken};
use crate::assembly::proposals::{self, Phase, Refusal, Terms, rules};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::matter::{Bylaws, Level, Matter, MatterKind};
use crate::kernel::money::{Currency, percent};
use crate::kernel::time::DAY;
use crate::membership::coops::{self, Here, Role};
use crate::platform::web::{Answer, Fields, Frame, Hall, page, see_other};
use actix_web::web::Path;
use askama::Template;

/// Kinds with the sentence that says what each does. Offers are put to members by those who bargain.
const KINDS: [(MatterKind, &str); 7] = [
    (MatterKind::AdoptTerms, "What any buyer of a kind may do with our records. Every offer is held against it."),
    (MatterKind::SetFloor, "Members choose from a ladder of prices; nothing is licensed below what they settle on."),
    (MatterKind::AdoptSplit, "Costs, reserve, and how the rest is shared among contributors."),
    (MatterKind::AmendBylaws, "Quorums, thresholds, days, secrecy, budget lines."),
    (MatterKind::Spend, "Up to an amount on one budget line. The treasurers spend it by two."),
    (MatterKind::Withhold, "Stop new licences, or lift the stop."),
    (MatterKind::Resolve, "Say something together. It stands in the record."),
];

#[derive(Template)]
#[template(path = "proposals/new.html")]
struct NewPage {
    frame: Frame,
    here: Here,
    kinds: Vec<(&'static str, &'static str, &'static str)>,
}

/// Which matter?
pub async fn new(hall: Hall, slug: Path<String>) -> Answer {
    let here = steward(&hall, &slug).await?;
    let kinds = KINDS.iter().map(|(kind, words)| (kind.word(), kind.phrase(), *words)).collect();
    page(&NewPage { frame: hall.frame("Propose something").in_coop(&here, "proposals"), here, kinds }, Default::default())
}

async fn steward(hall: &Hall, slug: &str) -> Result<Here> {
    hall.account()?;
    let here = hall.here(slug).await?;
    here.with_role(Role::Steward)?;
    Ok(here)
}

fn kind_of(word: &str) -> Result<MatterKind> {
    MatterKind::parse(word).filter(|kind| *kind != MatterKind::RatifyOffer).or_not_found()
}

/// What a draft is written against.
struct Desk {
    here: Here,
    kind: MatterKind,
    currency: Currency,
    bylaws: Bylaws,
}

impl Desk {
    async fn open(hall: &Hall, path: &(String, String)) -> Result<Self> {
        let (here, kind) = (steward(hall, &path.0).await?, kind_of(&path.1)?);
        let (id, now, currency) = (here.coop.id.clone(), hall.now(), here.coop.currency()?);
        let bylaws = hall.app.db.read(move |conn| Ok(coops::bylaws(conn, &id, now)?.1)).await?;
        Ok(Self { here, kind, currency, bylaws })
    }

    fn ground(&self) -> Ground<'_> {
        Ground { currency: &self.currency, bylaws: &self.bylaws }
    }
}

#[derive(Template)]
#[template(path = "proposals/draft.html")]
struct DraftPage<'a> {
    frame: Frame,
    desk: &'a Desk,
    form: Fields,
    hint: &'static str,
    lines: Vec<(String, String)>,
    decided: String,
    when: String,
}

fn draft_page(hall: &Hall, desk: &Desk, form: Fields) -> Answer {
    let status = form.status();
    let frame = hall.frame(desk.kind.phrase()).in_coop(&desk.here, "proposals").of_form(&form);
    let hint = KINDS.iter().find(|(kind, _)| *kind == desk.kind).map_or("", |(_, words)| words);
    let lines = desk.bylaws.budget_lines.iter().map(|line| (line.clone(), line.clone())).collect();
    let rule = desk.bylaws.rule(desk.kind);
    let (quorum, threshold) = shares(&rule);
    let decided = format!("At least {quorum} of the roll vote, and more than {threshold} of those who take a side are for it. The ballot: {}.", rule.level.phrase());
    let when = format!("Voting opens {} days after notice and stays open for {}.", desk.bylaws.notice_days, desk.bylaws.voting_days);
    page(&DraftPage { frame, desk, form, hint, lines, decided, when }, status)
}

/// The form of one kind of matter.
pub async fn draft_form(hall: Hall, path: Path<(String, String)>) -> Answer {
    let desk = Desk::open(&hall, &path).await?;
    let form = forms::blank(desk.kind, &desk.ground());
    draft_page(&hall, &desk, form)
}

#[derive(Template)]
#[template(path = "proposals/preview.html")]
struct PreviewPage<'a> {
    frame: Frame,
    desk: &'a Desk,
    form: Fields,
    words: Words,
    paragraphs: Vec<String>,
}

/// Reads the form, shows it as members will see it, or writes the draft down.
pub async fn draft(hall: Hall, path: Path<(String, String)>, mut form: Fields) -> Answer {
    let desk = Desk::open(&hall, &path).await?;
    let (title, body) = (form.line("title", "The question", 120), form.text("text", "The text", 20_000));
    if form.value("matter").is_empty() {
        let Some(matter) = forms::read(desk.kind, &mut form, &desk.ground()) else { return draft_page(&hall, &desk, form) };
        return preview(&hall, &desk, form, matter).await;
    }
    let matter: Matter = serde_json::from_str(form.value("matter")).ok().filter(|m: &Matter| m.kind() == desk.kind).or_not_found()?;
    if form.value("step") == "change" {
        let again = Fields::empty().with("title", &title).with("text", &body);
        return draft_page(&hall, &desk, forms::filled(again, &matter, &desk.currency));
    }
    let (coop, slug, of) = (desk.here.coop.id.clone(), desk.here.coop.slug.clone(), matter.clone());
    let done = hall.act(&form, move |tx, actor| proposals::draft(tx, actor, &coop, &of, &title, &body).map(|draft| format!("/c/{slug}/proposals/{}", draft.number))).await;
    match done {
        Ok(location) => see_other(&location),
        Err(error) => {
            let form = taken(form, error)?;
            draft_page(&hall, &desk, forms::filled(form, &matter, &desk.currency))
        }
    }
}

/// A look at it as members will see it, with nothing written yet.
async fn preview(hall: &Hall, desk: &Desk, mut form: Fields, matter: Matter) -> Answer {
    let (coop, currency, now, bylaws) = (desk.here.coop.id.clone(), desk.currency.clone(), hall.now(), desk.bylaws.clone());
    let read = move |conn: &mut crate::platform::db::Conn| {
        let (matter, floor) = match matter {
            Matter::SetFloor { ladder } => {
                let floor = proposals::store::floor(conn, &coop, &ladder, now)?;
                (Matter::SetFloor { ladder: forms::with_floor(ladder, floor) }, floor)
            }
            other => (other, None),
        };
        let sound = rules::is_sound(&matter, &rules::Ground { currency: &currency, floor, bylaws: &bylaws });
        Ok((words::of(conn, &coop, &currency, &matter, now)?, matter, sound))
    };
    let (words, matter, sound) = hall.app.db.read(read).await?;
    if let Err(refusal) = sound {
        return draft_page(hall, desk, taken(form, refusal.into())?);
    }
    if form.value("title").trim().chars().count() < 3 {
        form.refuse("title", Refusal::Title.to_string());
    }
    if !form.is_fine() {
        return draft_page(hall, desk, form);
    }
    form.set("matter", &serde_json::to_string(&matter)?);
    let paragraphs = paragraphs(form.value("text"));
    let frame = hall.frame(form.value("title").to_owned()).in_coop(&desk.here, "proposals");
    page(&PreviewPage { frame, desk, form, words, paragraphs }, Default::default())
}

/// A text by its paragraphs; a line that was begun anew stays one, as in terms and clauses.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|p| !p.is_empty()).map(str::to_owned).collect()
}

#[derive(Template)]
#[template(path = "proposals/notice.html")]
struct NoticePage {
    frame: Frame,
    seen: Seen,
    form: Fields,
    words: Words,
    paragraphs: Vec<String>,
    terms: Option<Terms>,
    /// Why no notice can be given as things are.
    why_not: Option<String>,
    too_small: bool,
    openly: bool,
    weighty: bool,
    shares: (String, String),
    opens: String,
    closes: String,
}

async fn notice_page(hall: &Hall, path: &Path<(String, String)>, mut form: Fields) -> Answer {
    let openly = form.checked("openly", "yes");
    let read = move |conn: &mut crate::platform::db::Conn, seen: &Seen| {
        let matter = seen.sheet.matter()?;
        let words = words::of(conn, seen.coop(), &seen.here.coop.currency()?, &matter, seen.now)?;
        Ok((words, proposals::notice_terms(conn, seen.coop(), &seen.sheet, openly, seen.now)))
    };
    let (seen, (words, terms)) = hall.of_proposal(path, read).await?;
    if !seen.may_run() {
        return Err(coops::Refusal::NeedsRole(rules::second_office(seen.sheet.card.what.kind)).into());
    }
    if seen.phase != Phase::Draft {
        return see_other(&seen.path(""));
    }
    let (terms, error) = match terms {
        Ok(terms) => (Some(terms), None),
        Err(error) => (None, Some(error)),
    };
    let too_small = openly || error.as_ref().is_some_and(|e| matches!(e.refusal::<Refusal>(), Some(Refusal::RollTooSmall { .. })));
    let why_not = error.map(|e| e.to_string());
    if let Some(terms) = &terms {
        form.set("act", terms.act.as_str());
    }
    let at = |days: i64| seen.now.plus(days * DAY).long(seen.zone());
    let days = terms.as_ref().map_or((0, 0), |t| (t.bylaws.notice_days, t.bylaws.notice_days + t.bylaws.voting_days));
    let (opens, closes, status) = (at(days.0), at(days.1), form.status());
    let (weighty, frame) = (rules::is_weighty(seen.sheet.card.what.kind), seen.frame(hall, "Give notice").of_form(&form));
    let (paragraphs, shares) = (paragraphs(&seen.sheet.body), terms.as_ref().map_or_else(Default::default, |terms| shares(&terms.rule)));
    page(&NoticePage { frame, seen, form, words, paragraphs, shares, terms, why_not, too_small, openly, weighty, opens, closes }, status)
}

/// What notice of a draft would freeze, or the notice as it was frozen.
pub async fn notice(hall: Hall, path: Path<(String, String)>, query: actix_web::web::Query<super::record::Asked>) -> Answer {
    let (seen, ()) = hall.of_proposal(&path, |_, _| Ok(())).await?;
    if seen.notice.is_some() {
        return super::record::frozen(hall, path, query.proof.is_some()).await;
    }
    let form = if query.openly.as_deref() == Some("yes") { Fields::empty().with("openly", "yes") } else { Fields::empty() };
    notice_page(&hall, &path, form).await
}

/// Gives notice.
pub async fn give_notice(hall: Hall, path: Path<(String, String)>, form: Fields) -> Answer {
    let (seen, members) = hall.of_proposal(&path, |conn, seen| coops::count(conn, seen.coop())).await?;
    let (coop, id, location, openly) = (seen.coop().clone(), seen.sheet.card.what.id.clone(), seen.path(""), form.checked("openly", "yes"));
    let job = proposals::ProposalJob { coop: coop.clone(), proposal: id.clone() };
    let verb = move |tx: &mut crate::platform::db::Tx<'_>, actor: &crate::kernel::actor::Actor| proposals::give_notice(tx, actor, &coop, &id, openly).map(|()| location.clone());
    let weighty = rules::is_weighty(seen.sheet.card.what.kind);
    let done = if weighty { hall.confirmed_act(&form, verb).await } else { hall.act(&form, verb).await };
    match done {
        Ok(location) => {
            // The job would do it within a second; of a short roll whoever gave notice sees it at once.
            if members <= 2_000 {
                proposals::publish(&hall.app, &job).await?;
            }
            see_other(&location)
        }
        Err(error) => notice_page(&hall, &path, taken(form, error)?).await,
    }
}

/// How a level of secrecy reads in a sentence.
pub(super) const fn secrecy(level: Level) -> &'static str {
    match level {
        Level::V0 => "Level V0, open roll call: after close every member sees how each member voted.",
        Level::V1 => "Level V1, sealed envelope: nobody in the cooperative can see how you voted, ever. Whoever runs the server could read votes until close. If everybody votes the same way, the count tells how each voted.",
    }
}

/// Quorum and threshold in short.
pub(super) fn shares(rule: &crate::kernel::matter::DecisionRule) -> (String, String) {
    (percent(rule.quorum_bp), percent(rule.threshold_bp))
}

