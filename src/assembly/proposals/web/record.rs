//! The record: the frozen notice with one's own place on the roll, the board after close, who voted
//! (for the scrutineer), and the files a stranger checks.

use super::super::{Undecided, store};
use super::drafting::{paragraphs, secrecy, shares};
use super::sheet::chart;
use super::words::{self, Words};
use super::Seen;
use crate::assembly::proposals::{self, Place, Record};
use crate::error::{OrNotFound as _, Result};
use crate::kernel::digest::hex;
use crate::kernel::matter::Level;
use crate::kernel::merkle::Step;
use crate::kernel::text::thousands;
use crate::membership::coops::Role;
use crate::platform::db::Conn;
use crate::platform::web::{Answer, Frame, Hall, attachment, page};
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

/// What an address of this slice may ask for.
#[derive(Deserialize)]
pub struct Asked {
    /// Hold the vote as an open roll call.
    pub openly: Option<String>,
    /// The first letters of receipts, or a number to go on after.
    pub from: Option<String>,
    /// Show the way to the root of a long roll too.
    pub proof: Option<String>,
}

/// One's own place on the roll and the way from it to the root.
struct MyPlace {
    place: Place,
    salt: String,
    member: String,
    steps: Vec<Step>,
}

#[derive(Template)]
#[template(path = "proposals/frozen.html")]
struct FrozenPage {
    frame: Frame,
    seen: Seen,
    words: Words,
    paragraphs: Vec<String>,
    facts: Vec<(String, String)>,
    mine: Option<MyPlace>,
    secrecy: &'static str,
}

/// The notice exactly as it was frozen.
pub(super) async fn frozen(hall: Hall, path: Path<(String, String)>, proof: bool) -> Answer {
    let read = move |conn: &mut Conn, seen: &Seen| {
        let (notice, _) = seen.notice.as_ref().or_not_found()?;
        let (coop, id, member) = (seen.coop(), &seen.sheet.card.what.id, &seen.here.member()?.member);
        let words = words::of(conn, coop, &seen.here.coop.currency()?, &notice.matter, notice.roll_at)?;
        let mine = match store::place(conn, coop, id, member)? {
            // The way to the root reads the whole roll: of a long one it is shown when asked for.
            Some(place) => Some(MyPlace { steps: if proof || notice.roll_count <= 20_000 { proposals::notice::prove(conn, coop, id, notice.roll_count, place.position)? } else { Vec::new() }, salt: hex(&place.salt), member: member.to_string(), place }),
            None => None,
        };
        Ok((words, mine))
    };
    let (seen, (words, mine)) = hall.of_proposal(&path, read).await?;
    let (notice, hash) = seen.notice.as_ref().or_not_found()?;
    let (zone, (quorum, threshold)) = (seen.zone(), shares(&notice.rule));
    let fact = |name: &str, value: String| (name.to_owned(), value);
    let facts = vec![
        fact("Notice given", notice.at.long(zone)),
        fact("Voting opens", notice.opens_at.long(zone)),
        fact("Voting closes", notice.closes_at.long(zone)),
        fact("Rule", format!("Quorum {quorum} of the roll; more than {threshold} of valid votes. Bylaws version {}.", notice.bylaws_version)),
        fact("Roll", format!("{} members, settled {}", thousands(notice.roll_count), notice.roll_at.long(zone))),
        fact("Since the last notice", format!("{} joined, {} left", thousands(notice.joined), thousands(notice.departed))),
        fact("Root of the roll", notice.roll_root.to_string()),
        fact("Digest of the matter", notice.matter_hash.to_string()),
        fact("Digest of this notice", hash.to_string()),
    ];
    let (paragraphs, secrecy, frame) = (paragraphs(&notice.body), secrecy(notice.rule.level), seen.frame(&hall, "The notice"));
    page(&FrozenPage { frame, words, paragraphs, facts, mine, secrecy, seen }, Default::default())
}

/// The bytes that the notice's digest is of.
pub async fn notice_json(hall: Hall, path: Path<(String, String)>) -> Answer {
    let read = |conn: &mut Conn, seen: &Seen| Ok(store::notice(conn, seen.coop(), &seen.sheet.card.what.id)?.or_not_found()?.0);
    let (seen, text) = hall.of_proposal(&path, read).await?;
    attachment(&format!("notice-{}.json", seen.sheet.card.what.number), "application/json", text)
}

/// The bytes that the decision's digest is of, for anybody: rule and counts, from which the outcome
/// is computed again.
pub async fn decision_json(hall: Hall, path: Path<(String, String)>) -> Answer {
    let (slug, number) = path.into_inner();
    let number: i64 = number.parse().ok().or_not_found()?;
    let read = move |conn: &mut Conn| {
        let (coop, id) = store::by_address(conn, &slug, number).or_not_found()?;
        Ok(store::decided(conn, &coop, &id)?.ok_or(Undecided)?.record)
    };
    let record = hall.app.db.read(read).await?;
    attachment(&format!("decision-{number}.json"), "application/json", record)
}

/// How members voted, as CSV.
pub async fn decision_csv(hall: Hall, path: Path<(String, String)>) -> Answer {
    let read = |conn: &mut Conn, seen: &Seen| store::decided(conn, seen.coop(), &seen.sheet.card.what.id)?.ok_or(Undecided)?.record();
    let (seen, record) = hall.of_proposal(&path, read).await?;
    let names = seen.notice.as_ref().map_or_else(Vec::new, |(notice, _)| notice.choices.clone());
    attachment(&format!("decision-{}.csv", seen.sheet.card.what.number), "text/csv; charset=utf-8", chart(&names, &record).csv())
}

#[derive(Template)]
#[template(path = "proposals/board.html")]
struct BoardPage {
    frame: Frame,
    seen: Seen,
    sealed: bool,
    record: Option<Record>,
    receipts: Vec<String>,
    total: i64,
    /// Beginnings to choose from, where there are too many receipts for one page.
    beginnings: Vec<String>,
    from: String,
    /// Choices as they were counted: each, and how often.
    counted: Vec<(String, String)>,
    /// An open roll call: number, name, choice.
    calls: Vec<(i64, String, String)>,
}

/// Most receipts on one page.
const PAGE: i64 = 2_000;

/// What the board holds, read together.
struct Board {
    record: Option<Record>,
    receipts: Vec<String>,
    total: i64,
    calls: Vec<(i64, String, Option<i64>)>,
}

fn board_of(conn: &mut Conn, seen: &Seen, from: &str) -> Result<Board> {
    let (coop, id) = (seen.coop(), &seen.sheet.card.what.id);
    let record = match store::decided(conn, coop, id)? {
        Some(decided) => decided.record()?,
        None => return Ok(Board { record: None, receipts: Vec::new(), total: 0, calls: Vec::new() }),
    };
    let open = record.rule.level == Level::V0;
    let calls = if open { store::roll_call(conn, coop, id, 20_000)? } else { Vec::new() };
    let total = store::counted_receipt_rows(conn, coop, id)?;
    let receipts = if open || (total > PAGE && from.is_empty()) { Vec::new() } else { store::receipts(conn, coop, id, from, PAGE)? };
    Ok(Board { record: Some(record), receipts, total, calls })
}

/// Receipts and, apart from them, choices; of an open roll call, who voted how.
pub async fn board(hall: Hall, path: Path<(String, String)>, asked: Query<Asked>) -> Answer {
    let from: String = asked.from.clone().unwrap_or_default().to_uppercase().chars().filter(char::is_ascii_alphanumeric).take(2).collect();
    let start = from.clone();
    let (seen, board) = hall.of_proposal(&path, move |conn, seen| board_of(conn, seen, &start)).await?;
    let names = seen.notice.as_ref().map_or_else(Vec::new, |(notice, _)| notice.choices.clone());
    let name = |choice: i64| usize::try_from(choice).ok().and_then(|at| names.get(at)).cloned().unwrap_or_default();
    let counted = board.record.iter().flat_map(|record| record.counts.iter().zip(&names)).map(|(votes, name)| (name.clone(), thousands(*votes))).collect();
    // Each member's last version stands; the rows come in their order.
    let last: std::collections::BTreeMap<i64, (String, Option<i64>)> = board.calls.into_iter().map(|(number, member, choice)| (number, (member, choice))).collect();
    let calls = last.into_iter().map(|(number, (member, choice))| (number, member, choice.map_or_else(String::new, name))).collect();
    let receipts = board.receipts.into_iter().filter(|receipt| receipt.starts_with(&from)).collect();
    let letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ".chars();
    let beginnings = if board.total > PAGE { letters.clone().flat_map(|a| letters.clone().map(move |b| format!("{a}{b}"))).collect() } else { Vec::new() };
    let (sealed, frame) = (board.record.as_ref().is_some_and(|r| r.rule.level == Level::V1), seen.frame(&hall, "The board"));
    page(&BoardPage { frame, sealed, record: board.record, receipts, total: board.total, beginnings, from, counted, calls, seen }, Default::default())
}

#[derive(Template)]
#[template(path = "proposals/voters.html")]
struct VotersPage {
    frame: Frame,
    seen: Seen,
    voters: Vec<(i64, String)>,
    turnout: String,
    next: Option<i64>,
}

/// Who has voted, for the scrutineer: to tell whether the ballot reaches everybody, never how they vote.
pub async fn voters(hall: Hall, path: Path<(String, String)>, asked: Query<Asked>) -> Answer {
    let after: i64 = asked.from.as_deref().and_then(|from| from.parse().ok()).unwrap_or(0);
    let read = move |conn: &mut Conn, seen: &Seen| {
        seen.here.with_role(Role::Scrutineer)?;
        let (coop, id) = (seen.coop(), &seen.sheet.card.what.id);
        Ok((store::voters(conn, coop, id, after, 1_000)?, store::turnout(conn, coop, id)?))
    };
    let (seen, (voters, turnout)) = hall.of_proposal(&path, read).await?;
    let next = if voters.len() == 1_000 { voters.last().map(|(number, _)| *number) } else { None };
    let frame = seen.frame(&hall, "Who has voted");
    page(&VotersPage { frame, seen, voters, turnout: thousands(turnout), next }, Default::default())
}
