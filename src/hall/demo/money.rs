//! The money: what buyers paid, shared out by the split that members adopted, sent to those who said
//! where, and spent within voted lines. The last of each kind waits for a second person, so that
//! there is something to do.

use super::{Player, Stage};
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::ids::CoopId;
use crate::kernel::time::HOUR;
use crate::platform::db::Tx;
use crate::treasury::entries::{self, Kind, Wish};
use crate::treasury::ledger;
use crate::treasury::payouts::{self, Details, Method};
use crate::treasury::receipts::{self, Payment};
use crate::treasury::splits;

/// Of thirteen members this many have not said yet where to be paid: the one at this place.
const SILENT: usize = 8;

/// Records, shares out, pays and spends; nothing where no licence was issued or no split adopted.
///
/// # Errors
/// When a verb refuses.
pub async fn pay(stage: &Stage) -> Result<()> {
    let (licences, splits) = stage.read(|conn, coop| Ok((receipts::licences(conn, coop)?, splits::adopted(conn, coop)?))).await?;
    if licences.is_empty() || splits.is_empty() {
        return Ok(());
    }
    let (first, second) = (stage.member(3)?.clone(), stage.member(4)?.clone());
    say_where(stage).await?;
    for licence in licences.iter().rev() {
        // Half on signature, half on delivery, as such contracts go.
        let half = licence.total / 2;
        for (part, amount) in [("on signature", licence.total - half), ("on delivery", half)] {
            if amount > 0 {
                let receipt = receive(stage, &first, licence.number, amount, &format!("{} licence {} {part}", licence.buyer, licence.number)).await?;
                stage.pass(HOUR).await?;
                share_out(stage, &first, &second, receipt).await?;
            }
        }
    }
    send(stage, &first, &second).await?;
    spend(stage, &first, &second).await?;
    waiting(stage, &first).await
}

/// Where members want to be paid: most by telephone, some at a bank.
async fn say_where(stage: &Stage) -> Result<()> {
    for place in (0..stage.size.members).filter(|place| place % 13 != SILENT) {
        let member = stage.member(place)?.clone();
        let (method, number) = if place % 4 == 1 { (Method::Bank, format!("{:010}", 7_100_200_000 + place)) } else { (Method::Mobile, format!("+254 7{:08}", 12_000_000 + place * 7_919)) };
        let details = Details::read(method, &member.name, &number)?;
        let who = member.clone();
        stage.act(&member, move |tx, _, coop| payouts::set_details(tx, &who.confirming(details.act(), tx), coop, &details)).await?;
    }
    Ok(())
}

async fn receive(stage: &Stage, treasurer: &Player, licence: i64, amount: i64, reference: &str) -> Result<i64> {
    let payment = Payment { licence, amount, reference: reference.to_owned(), received_on: stage.clock.now().date(&stage.coop.zone) };
    let who = treasurer.clone();
    stage.act(treasurer, move |tx, _, coop| receipts::record(tx, &who.confirming(payment.act(), tx), coop, &payment)).await
}

async fn propose(stage: &Stage, treasurer: &Player, receipt: i64) -> Result<i64> {
    let prepared = stage.read(move |conn, coop| splits::prepare(conn, coop, receipt)).await?;
    stage.act(treasurer, move |tx, actor, coop| splits::propose(tx, actor, coop, &prepared)).await
}

async fn share_out(stage: &Stage, first: &Player, second: &Player, receipt: i64) -> Result<()> {
    let run = propose(stage, first, receipt).await?;
    stage.pass(2 * HOUR).await?;
    let who = second.clone();
    let release = move |tx: &mut Tx<'_>, _: &Actor, coop: &CoopId| {
        let act = splits::release_act(&splits::find(tx, coop, run)?);
        splits::release(tx, &who.confirming(act, tx), coop, run)
    };
    stage.act(second, release).await?;
    stage.pass(HOUR).await
}

async fn send(stage: &Stage, first: &Player, second: &Player) -> Result<()> {
    let list = stage.act(first, payouts::list).await?;
    stage.pass(2 * HOUR).await?;
    let who = second.clone();
    let release = move |tx: &mut Tx<'_>, _: &Actor, coop: &CoopId| {
        let payout = payouts::find(tx, coop, list)?;
        let act = payouts::release_act(tx, coop, &payout)?;
        payouts::release(tx, &who.confirming(act, tx), coop, list)
    };
    stage.act(second, release).await?;
    stage.pass(HOUR).await
}

/// A quarter of what costs were set aside on each voted line, as far as the line goes, is approved;
/// as much again waits.
async fn spend(stage: &Stage, first: &Player, second: &Player) -> Result<()> {
    let (lines, set_aside) = stage.read(|conn, coop| Ok((entries::lines(conn, coop)?, ledger::totals(conn, coop)?.costs))).await?;
    let of_each = set_aside / 4 / i64::try_from(lines.len()).unwrap_or(1).max(1);
    for (name, line) in lines {
        let amount = of_each.min(line.left() / 2).max(1);
        let wish = |amount: i64, memo: &str| Wish { kind: Kind::Expense, line: name.clone(), amount, memo: memo.to_owned(), receipt: None };
        let (small, larger) = (wish(amount, "First quarter"), wish(amount, "Second quarter"));
        let number = stage.act(first, move |tx, actor, coop| entries::propose(tx, actor, coop, &small)).await?;
        stage.pass(HOUR).await?;
        let who = second.clone();
        let approve = move |tx: &mut Tx<'_>, _: &Actor, coop: &CoopId| {
            let entry = entries::find(tx, coop, number)?;
            let act = entries::act(entry.number, entry.kind, &entry.line, entry.amount, &entry.memo);
            entries::approve(tx, &who.confirming(act, tx), coop, number)
        };
        stage.act(second, approve).await?;
        stage.act(first, move |tx, actor, coop| entries::propose(tx, actor, coop, &larger)).await?;
    }
    Ok(())
}

/// A last small payment whose run is proposed and waits for the second treasurer.
async fn waiting(stage: &Stage, first: &Player) -> Result<()> {
    stage.pass(3 * HOUR).await?;
    let licence = stage.read(|conn, coop| Ok(receipts::licences(conn, coop)?.into_iter().map(|l| (l.number, l.total)).next_back())).await?;
    let Some((licence, total)) = licence else { return Ok(()) };
    let receipt = receive(stage, first, licence, (total / 40).max(1), "Usage above the agreed volume").await?;
    propose(stage, first, receipt).await?;
    stage.pass(HOUR).await
}
