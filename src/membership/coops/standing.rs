//! Suspension, expulsion, appeal, reinstatement and notice of leaving: each is an event with its
//! author and reason, and how somebody stands is what these events add up to.

use super::conduct::{self, Event};
use super::rules::{self, Refusal, Role, Standing, State, StandingKind};
use super::store;
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{AccountId, CoopId, Id as _, MemberId, StandingId};
use crate::kernel::time::{DAY, Timestamp};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::platform::outbox::{self, Mail};
use serde_json::json;
use std::collections::BTreeSet;

/// The membership of an account in whatever state, gone included; none for whoever never was a
/// member. Whoever is gone holds no office and no vote, and keeps what is owed: statements, payout
/// details, withdrawing mandates, complaints and the appeal ask here, everything else asks
/// [`super::standing_of`].
///
/// # Errors
/// When the database does.
pub fn ever_of(conn: &mut Conn, account: &AccountId, coop: &CoopId, now: Timestamp) -> Result<Option<Standing>> {
    let Some((member, number, votes_from)) = store::member_of(conn, coop, account)? else { return Ok(None) };
    let history = store::history(conn, coop, &member)?;
    let state = state_of(&history, votes_from, now);
    let roles: BTreeSet<Role> = if state == State::Gone { BTreeSet::new() } else { store::roles(conn, coop, &member)?.into_iter().collect() };
    Ok(Some(Standing { member, number, state, votes_from, roles }))
}

/// How the actor of a verb stands, gone or not.
///
/// # Errors
/// [`NotFound`] for whoever never was a member.
pub fn ever(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId) -> Result<Standing> {
    let account = actor.account().ok_or(NotFound)?.clone();
    let now = tx.now();
    ever_of(tx, &account, coop, now)?.or_not_found()
}

/// The standing of an actor who holds any office.
///
/// # Errors
/// [`NotFound`] for strangers, [`Refusal::Suspended`], [`Refusal::NeedsOffice`].
pub fn officer(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId) -> Result<Standing> {
    let standing = super::standing(tx, actor, coop)?;
    if !standing.is_in() {
        return Err(Refusal::Suspended.into());
    }
    if standing.roles.is_empty() { Err(Refusal::NeedsOffice.into()) } else { Ok(standing) }
}

pub(super) fn state_of(history: &[Event], votes_from: Timestamp, now: Timestamp) -> State {
    let events: Vec<(StandingKind, Timestamp)> = history.iter().map(|event| (event.kind, event.effective_at)).collect();
    rules::state(&events, votes_from, now)
}

/// A member as an act on their standing finds them.
struct Member {
    id: MemberId,
    state: State,
    history: Vec<Event>,
}

fn numbered(tx: &mut Tx<'_>, coop: &CoopId, number: i64) -> Result<Member> {
    let now = tx.now();
    let (id, votes_from) = store::numbered(tx, coop, number).or_not_found()?;
    let history = store::history(tx, coop, &id)?;
    Ok(Member { state: state_of(&history, votes_from, now), id, history })
}

fn record(tx: &mut Tx<'_>, coop: &CoopId, member: &MemberId, kind: StandingKind, reason: &str, by: &MemberId, effective: Timestamp) -> Result<()> {
    let id: StandingId = tx.fresh();
    let event = Event { kind, reason: reason.to_owned(), by: by.clone(), at: tx.now(), effective_at: effective };
    store::insert_event(tx, coop, &id, member, &event)?;
    // The reason is personal and stays out of the chain.
    journal::append(tx, coop, "standing_changed", member.as_str(), &json!({ "event": id, "kind": kind.word(), "by": by, "effective_at": effective }))
}

fn tell(tx: &mut Tx<'_>, coop: &CoopId, member: &MemberId, what: &str, reason: &str) -> Result<()> {
    let (to, name) = (store::email_of(tx, coop, member)?, store::by_id(tx, coop)?.name);
    let body = format!("{what}, in {name}.\n\nReason: {reason}\n\nSign in and open your own card there: it says what you can do now.\n");
    outbox::queue(tx, &Mail { coop: Some(coop.clone()), to, subject: "Your membership".to_owned(), body })
}

/// Suspends a member, with a reason the member reads: from now on they read and appeal, and do nothing else.
///
/// # Errors
/// [`Refusal::NeedsRole`], [`conduct::Misconduct`]; [`NotFound`] for strangers and unknown numbers.
pub fn suspend(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, reason: &str) -> Result<()> {
    let by = super::with_role(tx, actor, coop, Role::Steward)?.member;
    let member = numbered(tx, coop, number)?;
    conduct::may_suspend(&by, &member.id, member.state)?;
    let now = tx.now();
    record(tx, coop, &member.id, StandingKind::Suspended, reason, &by, now)?;
    tell(tx, coop, &member.id, "You were suspended. You can appeal within 30 days", reason)
}

/// Lifts a suspension, and drops a proposal to put the member out.
///
/// # Errors
/// [`Refusal::NeedsRole`], [`conduct::Misconduct`].
pub fn reinstate(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, reason: &str) -> Result<()> {
    let by = super::with_role(tx, actor, coop, Role::Steward)?.member;
    let member = numbered(tx, coop, number)?;
    conduct::may_reinstate(&by, &member.id, member.state)?;
    let now = tx.now();
    record(tx, coop, &member.id, StandingKind::Reinstated, reason, &by, now)?;
    tell(tx, coop, &member.id, "You are no longer suspended", reason)
}

/// Proposes to put a member out; nothing changes until a second officer agrees.
///
/// # Errors
/// [`Refusal::NeedsRole`], [`conduct::Misconduct`].
pub fn propose_expulsion(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, reason: &str) -> Result<()> {
    let by = super::with_role(tx, actor, coop, Role::Steward)?.member;
    let (member, now) = (numbered(tx, coop, number)?, tx.now());
    conduct::may_propose(&by, &member.id, member.state, &member.history, now)?;
    record(tx, coop, &member.id, StandingKind::ExpulsionProposed, reason, &by, now)?;
    tell(tx, coop, &member.id, "An officer proposed to put you out. It takes effect when a second one agrees", reason)
}

/// Puts a member out whose expulsion another officer proposed; offices end with it. Any office will
/// do for the second, so that a cooperative with one steward needs no second one to be fair.
///
/// # Errors
/// [`Refusal::NeedsOffice`], [`conduct::Misconduct`].
pub fn second_expulsion(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, reason: &str) -> Result<()> {
    let by = officer(tx, actor, coop)?.member;
    let (member, now) = (numbered(tx, coop, number)?, tx.now());
    conduct::may_second(&by, &member.id, &member.history, now)?;
    lay_down(tx, coop, &member.id, &by)?;
    record(tx, coop, &member.id, StandingKind::Expelled, reason, &by, now)?;
    tell(tx, coop, &member.id, "You were put out by two officers. You can appeal within 30 days, and what is owed to you stays yours", reason)
}

/// Ends every office a member holds.
fn lay_down(tx: &mut Tx<'_>, coop: &CoopId, member: &MemberId, by: &MemberId) -> Result<()> {
    for role in store::roles(tx, coop, member)? {
        let Some(grant) = store::open_grant(tx, coop, member, role)? else { continue };
        store::revoke(tx, coop, &grant, by)?;
        journal::append(tx, coop, "role_revoked", member.as_str(), &json!({ "role": role.word(), "by": by }))?;
    }
    Ok(())
}

/// Appeals against one's own suspension or expulsion.
///
/// # Errors
/// [`conduct::Misconduct`]; [`NotFound`] for whoever never was a member.
pub fn appeal(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, words: &str) -> Result<()> {
    let (own, now) = (ever(tx, actor, coop)?, tx.now());
    conduct::may_appeal(&store::history(tx, coop, &own.member)?, now)?;
    record(tx, coop, &own.member, StandingKind::Appealed, words, &own.member, now)
}

/// Rules on a member's appeal, in writing; upheld, the member stands as before.
///
/// # Errors
/// [`Refusal::NeedsOffice`], [`conduct::Misconduct`].
pub fn rule_appeal(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, number: i64, uphold: bool, reason: &str) -> Result<()> {
    let by = officer(tx, actor, coop)?.member;
    let (member, now) = (numbered(tx, coop, number)?, tx.now());
    conduct::may_rule(&by, &member.id, &member.history)?;
    let (kind, what) = if uphold { (StandingKind::AppealUpheld, "Your appeal was upheld: you stand as before") } else { (StandingKind::AppealDismissed, "Your appeal was dismissed") };
    record(tx, coop, &member.id, kind, reason, &by, now)?;
    tell(tx, coop, &member.id, what, reason)
}

/// Gives notice of leaving; it takes effect after the bylaws' days. Offices are laid down at once.
///
/// # Errors
/// [`Refusal::LastSteward`], [`conduct::Misconduct::LeavingAlready`]; [`NotFound`] for strangers.
pub fn give_notice(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, reason: &str) -> Result<Timestamp> {
    let (own, now) = (super::standing(tx, actor, coop)?, tx.now());
    conduct::may_leave(&store::history(tx, coop, &own.member)?)?;
    if own.roles.contains(&Role::Steward) && super::officers(tx, coop)? < 2 {
        return Err(Refusal::LastSteward.into());
    }
    let ends = now.plus(super::bylaws(tx, coop, now)?.1.leaving_days.clamp(0, 365) * DAY);
    lay_down(tx, coop, &own.member, &own.member)?;
    record(tx, coop, &own.member, StandingKind::Left, reason, &own.member, ends)?;
    Ok(ends)
}

/// Takes somebody back who left or was put out, admitted anew by two officers.
pub(super) fn readmit(tx: &mut Tx<'_>, coop: &CoopId, member: &MemberId, by: &MemberId) -> Result<()> {
    let now = tx.now();
    record(tx, coop, member, StandingKind::Reinstated, "Admitted anew by two officers.", by, now)
}

/// Everything that happened to a member's standing, oldest first.
///
/// # Errors
/// When the database does.
pub fn history(conn: &mut Conn, coop: &CoopId, member: &MemberId) -> Result<Vec<Event>> {
    Ok(store::history(conn, coop, member)?)
}

/// Members about whom something waits: proposed expulsions and appeals, each with the number on the
/// card, for officers' queues.
///
/// # Errors
/// When the database does.
pub fn open_cases(conn: &mut Conn, coop: &CoopId, now: Timestamp) -> Result<Vec<(i64, StandingKind, Timestamp)>> {
    let mut cases = Vec::new();
    for (member, number, _) in store::with_events(conn, coop)? {
        let history = store::history(conn, coop, &member)?;
        if let Some(appeal) = conduct::open_appeal(&history) {
            cases.push((number, StandingKind::Appealed, appeal.at));
        } else if conduct::proposed_by(&history, now).is_some() {
            let at = history.iter().rev().find(|event| event.kind == StandingKind::ExpulsionProposed).map_or(now, |event| event.at);
            cases.push((number, StandingKind::ExpulsionProposed, at));
        }
    }
    Ok(cases)
}
