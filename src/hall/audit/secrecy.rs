//! A7: what is kept of sealed votes holds no way back from a choice to a voter: the key of a counted
//! vote is gone from database and secret file, envelopes tell nothing by their size, counted choices
//! stand sorted, and no receipt of a counted vote is written down beside anything else.

use super::{Check, PAGE, Scope};
use crate::app::App;
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, ProposalId};
use crate::kernel::matter::Level;
use crate::membership::coops;
use crate::platform::db::Conn;
use crate::platform::db::schema::{ballot_keys, ballots, counted_ballots, counted_receipts, decisions, form_keys, jobs, journal_entries, notices, outbox};
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};
use std::collections::HashSet;

pub(super) fn look(conn: &mut Conn, scope: &Scope, check: &mut Check) -> Result<()> {
    for coop in &scope.coops {
        let votes: Vec<(ProposalId, Level, Option<String>)> = notices::table
            .left_join(decisions::table.on(decisions::coop_id.eq(notices::coop_id).and(decisions::proposal_id.eq(notices::proposal_id))))
            .filter(notices::coop_id.eq(coop))
            .order(notices::proposal_id)
            .select((notices::proposal_id, notices::level, decisions::outcome.nullable()))
            .load(conn)?;
        for (proposal, level, decided) in &votes {
            match level {
                Level::V0 => check.count("open votes", 1),
                Level::V1 => sealed(conn, scope, coop, proposal, decided.is_some(), check)?,
            }
        }
        let told = Told::of(conn, coop)?;
        check.count("receipts", told.0.len());
        written_down(conn, coop, &told, check)?;
    }
    remembered(conn, check)
}

fn sealed(conn: &mut Conn, scope: &Scope, coop: &CoopId, proposal: &ProposalId, counted: bool, check: &mut Check) -> Result<()> {
    let id = format!("proposal {proposal}");
    check.count("sealed votes", 1);
    let of_vote = ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(proposal));
    let clear: i64 = ballots::table.filter(of_vote.and(ballots::choice.is_not_null())).count().get_result(conn)?;
    check.expect(clear == 0, &id, &format!("{clear} sealed ballots carry their choice in clear"));
    type Sizes = (Nullable<BigInt>, Nullable<BigInt>, BigInt);
    let (least, most, many): (Option<i64>, Option<i64>, i64) =
        ballots::table.filter(of_vote).select(sql::<Sizes>("CAST(MIN(LENGTH(envelope)) AS BIGINT), CAST(MAX(LENGTH(envelope)) AS BIGINT), COUNT(*)")).first(conn)?;
    check.count("envelopes", many);
    check.expect(least == most, &id, "envelopes differ in size, so their size tells about what is in them");
    if !counted {
        return Ok(());
    }
    let keys: i64 = ballot_keys::table.filter(ballot_keys::coop_id.eq(coop).and(ballot_keys::proposal_id.eq(proposal))).count().get_result(conn)?;
    check.expect(keys == 0, &id, "the key of this counted vote is still in the database: whoever has the secret file opens every envelope");
    check.expect(!scope.keys.contains(proposal), &id, "the key of this counted vote is still in the secret file");
    sorted(conn, coop, proposal, &id, check)
}

fn sorted(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId, id: &str, check: &mut Check) -> Result<()> {
    let (mut after, mut before) = (-1, i64::MIN);
    loop {
        let some: Vec<(i64, i64)> = counted_ballots::table
            .filter(counted_ballots::coop_id.eq(coop).and(counted_ballots::proposal_id.eq(proposal)).and(counted_ballots::position.gt(after)))
            .order(counted_ballots::position)
            .limit(PAGE)
            .select((counted_ballots::position, counted_ballots::choice))
            .load(conn)?;
        let Some((last, _)) = some.last() else { return Ok(()) };
        after = *last;
        for (_, choice) in some {
            if choice < before {
                check.find(id, "counted choices are not sorted: their order tells something");
                return Ok(());
            }
            before = choice;
        }
    }
}

/// Marks of all receipts of counted votes: eight bytes each.
struct Told(HashSet<u64>);

fn mark(receipt: &str) -> u64 {
    Digest::of(receipt.as_bytes()).bytes().iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

impl Told {
    fn of(conn: &mut Conn, coop: &CoopId) -> Result<Self> {
        let mut marks = HashSet::new();
        let votes: Vec<ProposalId> = decisions::table.filter(decisions::coop_id.eq(coop)).select(decisions::proposal_id).load(conn)?;
        for vote in votes {
            let mut after = String::new();
            loop {
                let some: Vec<String> = counted_receipts::table
                    .filter(counted_receipts::coop_id.eq(coop).and(counted_receipts::proposal_id.eq(&vote)).and(counted_receipts::receipt.gt(&after)))
                    .order(counted_receipts::receipt)
                    .limit(PAGE * 5)
                    .select(counted_receipts::receipt)
                    .load(conn)?;
                let Some(last) = some.last() else { break };
                after.clone_from(last);
                marks.extend(some.iter().map(|receipt| mark(receipt)));
            }
        }
        Ok(Self(marks))
    }

    /// Whether a word of this text is a receipt.
    fn is_in(&self, text: &str) -> bool {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        !self.0.is_empty() && text.split(|c| !is_word(c)).filter(|word| word.len() >= 8).any(|word| self.0.contains(&mark(word)))
    }
}

/// Looks for receipts in everything else this cooperative keeps as text.
fn written_down(conn: &mut Conn, coop: &CoopId, told: &Told, check: &mut Check) -> Result<()> {
    if told.0.is_empty() {
        return Ok(());
    }
    macro_rules! texts {
        ($what:literal, $table:ident, $id:ident, $owner:expr, ($($text:ident),+)) => {
            let mut after = String::new();
            loop {
                let some: Vec<(String, ($(texts!(@text $text),)+))> =
                    $table::table.filter($owner.and($table::$id.gt(&after))).order($table::$id).limit(PAGE).select(($table::$id, ($($table::$text,)+))).load(conn)?;
                let Some((last, _)) = some.last() else { break };
                after.clone_from(last);
                check.count("texts searched for receipts", some.len());
                for (id, ($($text,)+)) in &some {
                    check.expect(![$(told.is_in($text)),+].contains(&true), format_args!(concat!($what, " {}"), id), "holds the receipt of a counted ballot");
                }
            }
        };
        (@text $text:ident) => { String };
    }
    texts!("mail", outbox, id, outbox::coop_id.eq(coop.clone()), (subject, body));
    texts!("job", jobs, id, jobs::coop_id.eq(coop.clone()), (kind, payload));
    texts!("journal entry", journal_entries, id, journal_entries::chain.eq(coop), (subject, facts));
    Ok(())
}

/// A ballot's own row makes it one act; a remembered form would keep a digest of the choice beside
/// the session that sent it, and a choice is quickly guessed.
fn remembered(conn: &mut Conn, check: &mut Check) -> Result<()> {
    let ballots = form_keys::location.like("%/proposals/%/receipt%").or(form_keys::location.like("%/proposals/%/ballot%"));
    let some: Vec<String> = form_keys::table.filter(ballots).order(form_keys::at).limit(PAGE).select(form_keys::location).load(conn)?;
    some.iter().for_each(|location| check.find(format_args!("form key for {location}"), "remembers a digest of a ballot's form beside the session that sent it"));
    Ok(())
}

/// Looks for receipts in the mails that are kept as files.
pub(super) async fn mails(app: &App, check: &mut Check) -> Result<()> {
    let told = app
        .db
        .read(|conn| {
            let mut all = HashSet::new();
            for (coop, _) in coops::all(conn)? {
                all.extend(Told::of(conn, &coop.id)?.0);
            }
            Ok(Told(all))
        })
        .await?;
    if told.0.is_empty() || !app.config.mail_folder.is_dir() {
        return Ok(());
    }
    for file in std::fs::read_dir(&app.config.mail_folder)? {
        let file = file?.path();
        let text = String::from_utf8_lossy(&std::fs::read(&file)?).replace("=\r\n", "").replace("=3D", "=");
        check.count("mail files", 1);
        check.expect(!told.is_in(&text), file.display(), "holds the receipt of a counted ballot");
    }
    Ok(())
}
