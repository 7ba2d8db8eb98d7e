//! The assembly: what members decided besides the deals, and what is under way today: a price vote
//! that is open, a notice that was challenged, a draft.

use super::{DAYS, Stage};
use crate::assembly::proposals::{self, Choice, Drafted};
use crate::error::Result;
use crate::kernel::ids::ProposalId;
use crate::kernel::matter::{Bylaws, Ladder, Matter, MatterKind, ShareBy, Split};
use crate::kernel::terms::{BuyerClass, Unit, Use};
use crate::kernel::time::{DAY, HOUR, MINUTE, Timestamp};
use crate::membership::coops;
use std::collections::BTreeMap;

/// How each member votes, by place, counted round; -1 stays away.
type Lean = &'static [i64];

/// Waits until those who joined first may vote, and decides how money is split and what may be spent.
///
/// # Errors
/// When a verb refuses.
pub async fn early(stage: &Stage) -> Result<()> {
    let ready = stage.coop.founded_at.plus(35 * DAY);
    wait_until(stage, ready).await?;
    let parts = BTreeMap::from([(ShareBy::Equal, 4_000), (ShareBy::Record, 2_000), (ShareBy::Word, 4_000)]);
    let split = Matter::AdoptSplit { split: Split { costs_bp: 800, reserve_bp: 500, parts } };
    let hosting = Matter::Spend { line: "Hosting".to_owned(), amount: 6_000_000 };
    let put = [
        (draft(stage, split, "How do we split what comes in?", "Eight per cent keep the lights on, five go to the strike and solidarity reserve.\n\nOf the rest, four tenths are shared equally by those whose work was sold, two by records and four by words.").await?, &[1, 1, 1, 2, 1, -1, 1, 0][..]),
        (draft(stage, hosting, "Rent a server of our own for a year?", "KES 60,000 at most. The two treasurers pay by two.").await?, &[1, 1, 2, 1, -1, 1][..]),
        (draft(stage, Matter::Resolve {}, "Shall we answer the ministry's letter together?", "It asks what platforms owe to those whose work they learn from.").await?, &[1, -1, -1, 1, -1, -1, -1][..]),
        (draft(stage, Matter::Withhold { stop: true }, "Stop all licences until the new terms are settled?", "For: nobody undercuts us meanwhile. Against: two buyers wait, and rent is due.").await?, &[2, 2, 1, 2, -1, 2, 1, 0][..]),
    ];
    for (drafted, _) in &put {
        notice(stage, &drafted.id).await?;
    }
    stage.pass(7 * DAY + HOUR).await?;
    for (drafted, lean) in put {
        cast(stage, &drafted.id, lean, stage.members.len()).await?;
    }
    stage.pass(3 * DAY).await
}

/// What is under way when the story ends.
///
/// # Errors
/// When a verb refuses, or the story took longer than its days.
pub async fn late(stage: &Stage) -> Result<()> {
    // Ten hours short of the end, so that it lies in the past whatever the hour is now.
    let today = stage.coop.founded_at.plus(DAYS * DAY - 10 * HOUR);
    if stage.clock.now() > today.plus(-8 * DAY) {
        return Err(anyhow::anyhow!("the story took longer than its {DAYS} days: it is {} already", stage.clock.now().iso()).into());
    }
    wait_until(stage, today.plus(-8 * DAY)).await?;
    let price = draft(stage, price(stage).await?, "What is the least a thousand words may cost to ground answers?", "Grounding shows our own words to people who ask a machine. Two buyers have asked for it; neither has named a price.\n\nChoose the least you want it done for. The highest price that more than half want at least becomes the floor.").await?;
    notice(stage, &price.id).await?;
    wait_until(stage, today.plus(-3 * DAY)).await?;
    let bylaws = draft(stage, longer_notice(stage).await?, "Give two weeks of notice for money matters?", "Seven days are short for those on night shifts.").await?;
    notice(stage, &bylaws.id).await?;
    let (doubt, of) = (stage.member(11)?.clone(), bylaws.id.clone());
    stage.act(&doubt, move |tx, actor, coop| proposals::challenge(tx, actor, coop, &of, "The heading speaks of money matters, but the text changes the notice of every matter.").map(drop)).await?;
    draft(stage, Matter::Resolve {}, "Shall we meet in person in March?", "The community hall is free on the second Saturday.").await?;
    wait_until(stage, today.plus(-20 * HOUR)).await?;
    // The eighth member has not voted yet, and is one of those the command line names.
    cast(stage, &price.id, &[2, 3, 1, 3, -1, 4, 2, -1, 3, 2, 0, -1], stage.members.len() * 4 / 5).await?;
    wait_until(stage, today).await
}

async fn wait_until(stage: &Stage, at: Timestamp) -> Result<()> {
    let left = at.0 - stage.clock.now().0;
    if left > 0 { stage.pass(left).await } else { Ok(()) }
}

async fn price(stage: &Stage) -> Result<Matter> {
    let currency = stage.coop.currency()?;
    let levels = ["40", "55", "70", "90"].iter().map(|level| currency.rate(level).map_err(|fault| anyhow::anyhow!("{fault}"))).collect::<Result<Vec<_>, _>>()?;
    let ladder = Ladder { purpose: Use::Rag, class: BuyerClass::Commercial, unit: Unit::ThousandWords, currency, levels, current: None };
    let (of, now) = (ladder.clone(), stage.clock.now());
    let current = stage.read(move |conn, coop| proposals::floor_for(conn, coop, &of, now)).await?;
    let mut ladder = Ladder { current, ..ladder };
    ladder.levels.extend(current);
    ladder.levels.sort_unstable();
    ladder.levels.dedup();
    Ok(Matter::SetFloor { ladder })
}

async fn longer_notice(stage: &Stage) -> Result<Matter> {
    let now = stage.clock.now();
    let mut bylaws: Bylaws = stage.read(move |conn, coop| Ok(coops::bylaws(conn, coop, now)?.1)).await?;
    bylaws.notice_days = 14;
    if let Some(rule) = bylaws.rules.get_mut(&MatterKind::Spend) {
        rule.quorum_bp = 4_000;
    }
    Ok(Matter::AmendBylaws { bylaws: Box::new(bylaws) })
}

/// Drafts as the founder.
async fn draft(stage: &Stage, matter: Matter, title: &'static str, body: &'static str) -> Result<Drafted> {
    let drafted = stage.act(stage.member(0)?, move |tx, actor, coop| proposals::draft(tx, actor, coop, &matter, title, body)).await?;
    stage.pass(20 * MINUTE).await?;
    Ok(drafted)
}

/// Gives notice as the founder, the password given for exactly it.
pub(super) async fn notice(stage: &Stage, id: &ProposalId) -> Result<()> {
    let (founder, of) = (stage.member(0)?.clone(), id.clone());
    stage
        .act(stage.member(0)?, move |tx, _, coop| {
            let (sheet, now) = (proposals::sheet(tx, coop, &of)?, tx.now());
            let act = proposals::notice_terms(tx, coop, &sheet, false, now)?.act;
            proposals::give_notice(tx, &founder.confirming(act, tx), coop, &of, false)
        })
        .await?;
    stage.pass(5 * MINUTE).await
}

/// Casts the ballots of the first members.
async fn cast(stage: &Stage, id: &ProposalId, lean: Lean, members: usize) -> Result<()> {
    for place in 0..members {
        let choice = lean.get(place % lean.len().max(1)).copied().unwrap_or(-1);
        if choice >= 0 {
            let wish = Choice { choice, form: format!("demonstration {place}"), mail: false };
            proposals::cast(&stage.app, &stage.member(place)?.actor(), &stage.coop.id, id, &wish).await?;
        }
        stage.clock.advance(7 * MINUTE);
    }
    Ok(())
}
