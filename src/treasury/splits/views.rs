//! What pages ask of runs; nothing here changes anything.

use super::{Prepared, Refusal, Run, Verdict, rules, store};
use crate::error::Result;
use crate::kernel::ids::{CoopId, MemberId};
use crate::kernel::matter::Split;
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use crate::treasury::ledger::{self, Account};
use crate::treasury::receipts::{self, State};
use crate::treasury::{people, statements};

/// The run of a receipt that waits for one, worked out.
///
/// # Errors
/// When it has a run or a refund already, or as [`super::prepare`].
pub fn preview(conn: &mut Conn, coop: &CoopId, number: i64) -> Result<Prepared> {
    let receipt = receipts::find(conn, coop, number)?;
    match receipts::state(conn, coop, &receipt.id)? {
        State::Waiting => super::prepare(conn, coop, number),
        State::Proposed(run) | State::Shared(run) => Err(Refusal::HasRun(number, run).into()),
        State::Refunding(_) | State::Refunded(_) => Err(Refusal::Refunded(number).into()),
    }
}

/// Costs, reserve and the contributors' part of a run, minor units.
///
/// # Errors
/// When the stored split makes no sense.
pub fn parts(run: &Run) -> Result<(i64, i64, i64)> {
    Ok(rules::deduct(run.amount, &split(run)?)?)
}

/// The split of a run.
///
/// # Errors
/// When the stored text is no split.
pub fn split(run: &Run) -> Result<Split> {
    Ok(serde_json::from_str(&run.split)?)
}

/// A member's part of a run under all their names; none when they have no part in it.
///
/// # Errors
/// When the database does.
pub fn part_of(conn: &mut Conn, coop: &CoopId, run: &Run, member: &MemberId) -> Result<Option<i64>> {
    let names = statements::names_of(conn, coop, member)?;
    let (sum, lines) = store::part_of(conn, coop, &run.id, &names)?;
    Ok((lines > 0).then_some(sum))
}

/// Runs that wait for a second person: number, who proposed it, when.
///
/// # Errors
/// When the database does.
pub fn open(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(i64, MemberId, Timestamp)>> {
    Ok(store::open(conn, coop)?)
}

/// How far the worker is with a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Lines written down.
    pub written: i64,
    /// Of the released part for contributors, what stands on their accounts already.
    pub shared: i64,
    /// The whole of that part.
    pub rest: i64,
}

/// Everything a run's page shows besides the run.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Contributors' amounts, for their spread.
    pub amounts: Vec<i64>,
    /// Sum and number of names that nobody claimed.
    pub unclaimed: (i64, i64),
    /// The reader's part.
    pub mine: Option<i64>,
    /// How far it is.
    pub progress: Progress,
    /// Who proposed it.
    pub proposed_by: String,
    /// Who ruled on it.
    pub ruled_by: Option<String>,
}

/// What a run's page shows to one member.
///
/// # Errors
/// When the database does.
pub fn seen(conn: &mut Conn, coop: &CoopId, run: &Run, reader: &MemberId) -> Result<Seen> {
    let (_, _, rest) = parts(run)?;
    let on_its_way = match run.verdict {
        Some(Verdict::Released) => ledger::balance(conn, coop, &Account::Run(run.number))?.saturating_neg(),
        _ => rest,
    };
    let ruled_by = store::ruled_by(conn, coop, &run.id)?;
    Ok(Seen {
        amounts: store::lines(conn, coop, &run.id, 2, run.lines)?.into_iter().map(|(_, amount)| amount).collect(),
        unclaimed: store::unclaimed(conn, coop, &run.id)?,
        mine: part_of(conn, coop, run, reader)?,
        progress: Progress { written: store::written(conn, coop, &run.id)?, shared: rest.saturating_sub(on_its_way), rest },
        proposed_by: people::who(conn, coop, &run.proposed_by)?,
        ruled_by: ruled_by.map(|member| people::who(conn, coop, &member)).transpose()?,
    })
}

impl Prepared {
    /// The receipt it would share out, by number.
    #[must_use]
    pub const fn receipt(&self) -> i64 {
        self.input.receipt.number
    }

    /// What it would share out, minor units.
    #[must_use]
    pub const fn amount(&self) -> i64 {
        self.input.receipt.amount
    }

    /// The split it would follow and the number of the vote that adopted it.
    #[must_use]
    pub const fn split(&self) -> (&Split, i64) {
        (&self.input.split, self.input.adopted_by)
    }

    /// What each contributor would get.
    pub fn amounts(&self) -> impl Iterator<Item = i64> {
        self.rows.iter().skip(2).map(|row| row.amount)
    }
}
