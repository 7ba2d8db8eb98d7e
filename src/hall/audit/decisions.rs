//! A3: every decision counted again from what was counted, by the rule frozen in its notice; its
//! record, its words and its roll held against each other.

use super::{Check, PAGE, Scope};
use crate::assembly::proposals::tally::{Record, recompute};
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, ProposalId};
use crate::kernel::matter::Level;
use crate::kernel::merkle::Roots;
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use crate::platform::db::schema::{ballots, counted_ballots, decisions, notices, proposals, roll};
use diesel::prelude::*;

#[derive(Queryable)]
struct Stored {
    proposal: ProposalId,
    number: i64,
    matter: String,
    matter_hash: Digest,
    outcome: String,
    explanation: String,
    record: String,
    record_hash: Digest,
    notice_hash: Digest,
    level: Level,
    quorum_bp: i64,
    threshold_bp: i64,
    roll_count: i64,
    roll_root: Digest,
    closes_at: Timestamp,
}

pub(super) fn look(conn: &mut Conn, scope: &Scope, check: &mut Check) -> Result<()> {
    for coop in &scope.coops {
        let mut after = 0;
        while let Some(decision) = next(conn, coop, after)? {
            after = decision.number;
            check.count("decisions", 1);
            one(conn, coop, &decision, check)?;
        }
    }
    Ok(())
}

fn next(conn: &mut Conn, coop: &CoopId, after: i64) -> Result<Option<Stored>> {
    Ok(decisions::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(decisions::coop_id).and(proposals::id.eq(decisions::proposal_id))))
        .inner_join(notices::table.on(notices::coop_id.eq(decisions::coop_id).and(notices::proposal_id.eq(decisions::proposal_id))))
        .filter(decisions::coop_id.eq(coop).and(proposals::number.gt(after)))
        .order(proposals::number)
        .select((
            decisions::proposal_id,
            proposals::number,
            proposals::matter,
            proposals::matter_hash,
            decisions::outcome,
            decisions::explanation,
            decisions::record,
            decisions::record_hash,
            notices::notice_hash,
            notices::level,
            notices::quorum_bp,
            notices::threshold_bp,
            notices::roll_count,
            notices::roll_root,
            notices::closes_at,
        ))
        .first(conn)
        .optional()?)
}

fn one(conn: &mut Conn, coop: &CoopId, stored: &Stored, check: &mut Check) -> Result<()> {
    let id = format!("proposal {} (no. {})", stored.proposal, stored.number);
    check.expect(Digest::of(stored.matter.as_bytes()) == stored.matter_hash, &id, "the matter does not hash to its matter hash: it was changed");
    check.expect(Digest::of(stored.record.as_bytes()) == stored.record_hash, &id, "the decision's record does not hash to its record hash: it was changed");
    let Ok(record) = serde_json::from_str::<Record>(&stored.record) else {
        check.find(&id, "the decision's record cannot be read");
        return Ok(());
    };
    of_its_notice(&record, coop, stored, &id, check);
    let counted = counted(conn, coop, &stored.proposal)?;
    check.count("counted ballots", counted.len());
    let (counts, decision) = recompute(&record, &counted);
    check.expect(counts.by_choice == record.counts && counts.unreadable == record.unreadable, &id, "the counted ballots are not those of the record");
    check.expect(decision == record.decision(), &id, &format!("counting again decides otherwise: {}", decision.explanation));
    check.expect(stored.outcome == record.outcome.word() && stored.explanation == record.explanation, &id, "the decision is shown with another outcome or other words than its record");
    cast(conn, coop, stored, &record, &counted, &id, check)?;
    rolled(conn, coop, stored, &id, check)
}

fn of_its_notice(record: &Record, coop: &CoopId, stored: &Stored, id: &str, check: &mut Check) {
    let same_vote = record.coop == *coop && record.proposal == stored.proposal && record.number == stored.number;
    check.expect(same_vote, id, "the record is of another vote");
    let same_rule = (record.rule.quorum_bp, record.rule.threshold_bp, record.rule.level) == (stored.quorum_bp, stored.threshold_bp, stored.level);
    check.expect(same_rule, id, "the record decides by another rule than the notice froze");
    let frozen = record.matter_hash == stored.matter_hash && record.notice_hash == stored.notice_hash && record.closed_at == stored.closes_at;
    check.expect(frozen, id, "the record names another matter, notice or end of voting than the notice froze");
    check.expect(record.roll_count == stored.roll_count && record.roll_root == stored.roll_root, id, "the record names another roll than the notice froze");
}

/// Choices as counted, in their stored order. One number a ballot: eight megabytes for a million.
fn counted(conn: &mut Conn, coop: &CoopId, proposal: &ProposalId) -> Result<Vec<i64>> {
    Ok(counted_ballots::table
        .filter(counted_ballots::coop_id.eq(coop).and(counted_ballots::proposal_id.eq(proposal)))
        .order(counted_ballots::position)
        .select(counted_ballots::choice)
        .load(conn)?)
}

/// As many were counted as voted; of an open roll call, also the same choices.
fn cast(conn: &mut Conn, coop: &CoopId, stored: &Stored, record: &Record, counted: &[i64], id: &str, check: &mut Check) -> Result<()> {
    let (mut voters, mut last, mut choices) = (0_i64, None::<(String, i64)>, Vec::new());
    loop {
        let mut query = ballots::table.filter(ballots::coop_id.eq(coop).and(ballots::proposal_id.eq(&stored.proposal))).into_boxed();
        if let Some((member, version)) = &last {
            query = query.filter(ballots::member_id.gt(member.clone()).or(ballots::member_id.eq(member.clone()).and(ballots::version.gt(*version))));
        }
        let some: Vec<(String, i64, Option<i64>)> =
            query.order((ballots::member_id, ballots::version)).limit(PAGE).select((ballots::member_id, ballots::version, ballots::choice)).load(conn)?;
        if some.is_empty() {
            break;
        }
        for (member, version, choice) in some {
            if last.as_ref().is_some_and(|(before, _)| *before == member) {
                choices.pop();
            } else {
                voters += 1;
            }
            choices.push(choice.unwrap_or(-1));
            last = Some((member, version));
        }
    }
    let told = i64::try_from(counted.len()).unwrap_or(i64::MAX).saturating_add(record.unreadable);
    check.expect(voters == told, id, &format!("{voters} members' ballots are stored and {told} were counted"));
    if stored.level == Level::V0 {
        choices.sort_unstable();
        let mut counted = counted.to_vec();
        counted.sort_unstable();
        check.expect(choices == counted, id, "the open ballots say otherwise than what was counted");
    }
    Ok(())
}

fn rolled(conn: &mut Conn, coop: &CoopId, stored: &Stored, id: &str, check: &mut Check) -> Result<()> {
    let (mut roots, mut after, mut many) = (Roots::default(), -1, 0_i64);
    loop {
        let leaves: Vec<(i64, Digest)> = roll::table
            .filter(roll::coop_id.eq(coop).and(roll::proposal_id.eq(&stored.proposal)).and(roll::position.gt(after)))
            .order(roll::position)
            .limit(PAGE * 5)
            .select((roll::position, roll::leaf))
            .load(conn)?;
        let Some((last, _)) = leaves.last() else { break };
        after = *last;
        many += i64::try_from(leaves.len()).unwrap_or(0);
        leaves.iter().for_each(|(_, leaf)| roots.push(leaf));
    }
    check.count("roll entries", many);
    check.expect(many == stored.roll_count && roots.root() == stored.roll_root, id, "the roll is not the one the notice froze");
    Ok(())
}
