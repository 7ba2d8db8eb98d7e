//! Cooperatives: founding, bylaws as data, who is a member and holds which office, and how somebody
//! becomes one. Every other department asks here how an actor stands.

pub mod card;
pub mod conduct;
pub mod people;
pub mod rulebook;
pub mod rules;
pub mod standing;
mod store;
pub mod web;

use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{AccountId, ApplicationId, CoopId, GrantId, Id as _, MemberId, ProposalId};
use crate::kernel::matter::Bylaws;
use crate::kernel::money::Currency;
use crate::kernel::text::slug;
use crate::kernel::time::{DAY, Timestamp, Zone};
use crate::membership::accounts::signed_in;
use crate::platform::db::{Conn, Tx};
use crate::platform::journal;
use crate::platform::outbox::{self, Mail};
pub use rules::{Refusal, Role, Standing, StandingKind, State};
use serde_json::json;
pub use people::{count, count_now, holders, members, of_account, reviewed_by};
pub use standing::{ever, ever_of, officer};
pub use store::{ApplicationRow, MemberRow};

/// A cooperative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coop {
    /// Its id.
    pub id: CoopId,
    /// Its name in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// The currency it keeps its books in.
    pub currency: Option<Currency>,
    /// The zone its times are shown in.
    pub zone: Zone,
    /// Since when.
    pub founded_at: Timestamp,
}

impl Coop {
    /// The currency of the books.
    ///
    /// # Errors
    /// Only when the row was damaged past the program.
    pub fn currency(&self) -> Result<Currency> {
        Ok(self.currency.clone().ok_or_else(|| anyhow::anyhow!("cooperative {} has no currency", self.id))?)
    }
}

/// What is needed to found a cooperative.
#[derive(Clone, Debug)]
pub struct Founding {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub purpose: String,
    /// Currency of its books.
    pub currency: Currency,
    /// Zone of its times.
    pub zone: Zone,
    /// The bylaws it begins with; every later change takes a vote.
    pub bylaws: Bylaws,
}

/// A cooperative, and how whoever asks stands in it.
#[derive(Clone, Debug)]
pub struct Here {
    /// The cooperative.
    pub coop: Coop,
    /// The asker's standing; none for strangers and members who are gone.
    pub standing: Option<Standing>,
    /// The asker's membership that ended, for what stays theirs.
    pub former: Option<Standing>,
}

impl Here {
    /// The asker's standing as a member, suspended or not.
    ///
    /// # Errors
    /// [`NotFound`] for anybody else.
    pub fn member(&self) -> Result<&Standing> {
        self.standing.as_ref().or_not_found()
    }

    /// The asker's membership in whatever state, gone included: statements, payout details,
    /// mandates to withdraw, complaints and appeals stay open to whoever was a member.
    ///
    /// # Errors
    /// [`NotFound`] for whoever never was one.
    pub fn ever(&self) -> Result<&Standing> {
        self.standing.as_ref().or(self.former.as_ref()).or_not_found()
    }

    /// The standing of a member who is not suspended.
    ///
    /// # Errors
    /// [`NotFound`] for strangers, [`Refusal::Suspended`].
    pub fn active(&self) -> Result<&Standing> {
        let standing = self.member()?;
        if standing.is_in() { Ok(standing) } else { Err(Refusal::Suspended.into()) }
    }

    /// The standing of a member who holds an office.
    ///
    /// # Errors
    /// [`NotFound`] for strangers, [`Refusal::Suspended`], [`Refusal::NeedsRole`].
    pub fn with_role(&self, role: Role) -> Result<&Standing> {
        let standing = self.active()?;
        if standing.may(role) { Ok(standing) } else { Err(Refusal::NeedsRole(role).into()) }
    }
}

/// Founds a cooperative; the founder is member number one, votes at once
/// and holds every office until others are given them.
///
/// # Errors
/// [`Refusal::Taken`], [`Refusal::NoSlug`].
pub fn found(tx: &mut Tx<'_>, actor: &Actor, wish: &Founding) -> Result<Coop> {
    let account = signed_in(actor)?.clone();
    let slug = slug(&wish.name);
    if slug.len() < 3 {
        return Err(Refusal::NoSlug.into());
    }
    if store::by_slug(tx, &slug)?.is_some() {
        return Err(Refusal::Taken.into());
    }
    let id: CoopId = tx.fresh();
    store::insert(tx, &id, &slug, wish)?;
    let bylaws = serde_json::to_string(&wish.bylaws)?;
    store::insert_bylaws(tx, &id, 1, &bylaws, None)?;
    journal::append(tx, &id, "coop_founded", id.as_str(), &json!({ "bylaws": 1 }))?;
    let now = tx.now();
    let founder = admit(tx, &id, &account, now)?;
    for role in Role::ALL {
        grant(tx, &id, &founder, *role, &founder)?;
    }
    Ok(store::by_id(tx, &id)?)
}

/// Makes an account a member who votes from `votes_from`.
///
/// # Errors
/// When the database does.
fn admit(tx: &mut Tx<'_>, coop: &CoopId, account: &AccountId, votes_from: Timestamp) -> Result<MemberId> {
    let (id, number): (MemberId, _) = (tx.fresh(), store::next_number(tx, coop)?);
    store::insert_member(tx, coop, &id, account, number, votes_from)?;
    journal::append(tx, coop, "member_admitted", id.as_str(), &json!({ "number": number, "votes_from": votes_from }))?;
    Ok(id)
}

fn grant(tx: &mut Tx<'_>, coop: &CoopId, member: &MemberId, role: Role, by: &MemberId) -> Result<()> {
    let id: GrantId = tx.fresh();
    store::grant(tx, coop, &id, member, role, by)?;
    journal::append(tx, coop, "role_granted", member.as_str(), &json!({ "role": role.word(), "by": by }))
}

/// Asks to join, with the kind of evidence the person can show.
///
/// # Errors
/// [`Refusal::AlreadyMember`], [`Refusal::AlreadyApplied`].
pub fn apply(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, evidence: &str, note: &str) -> Result<ApplicationId> {
    let account = signed_in(actor)?.clone();
    let now = tx.now();
    if standing_of(tx, &account, coop, now)?.is_some() {
        return Err(Refusal::AlreadyMember.into());
    }
    if !open(tx, coop, Some(&account))?.is_empty() {
        return Err(Refusal::AlreadyApplied.into());
    }
    let id: ApplicationId = tx.fresh();
    store::insert_application(tx, coop, &id, &account, evidence, note)?;
    journal::append(tx, coop, "application_made", id.as_str(), &json!({ "evidence": evidence }))?;
    Ok(id)
}

/// Gives one officer's verdict on an application; the second yes admits, the first no refuses.
/// Whoever is admitted before the first vote is noticed is a founder and votes at once.
///
/// # Errors
/// [`Refusal::NeedsRole`], [`Refusal::SecondPerson`], [`Refusal::Decided`].
pub fn review(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ApplicationId, admit_them: bool, reason: &str) -> Result<()> {
    let officer = with_role(tx, actor, coop, Role::Steward)?;
    let application = store::application(tx, coop, id).or_not_found()?;
    let earlier = store::reviews(tx, coop, id)?;
    let officers = officers(tx, coop)?;
    let verdicts: Vec<bool> = earlier.iter().map(|(_, verdict)| verdict == "admit").collect();
    // Decided for good: a refusal stands, and who was admitted is in, however many officers there are since.
    if verdicts.contains(&false) || admitted_since(tx, coop, &application)? {
        return Err(Refusal::Decided.into());
    }
    if earlier.iter().any(|(reviewer, _)| *reviewer == officer.member) {
        return Err(Refusal::SecondPerson.into());
    }
    let verdict = if admit_them { "admit" } else { "refuse" };
    store::insert_review(tx, coop, id, &officer.member, verdict, reason)?;
    journal::append(tx, coop, "application_reviewed", id.as_str(), &json!({ "verdict": verdict, "by": officer.member }))?;
    let verdicts: Vec<bool> = verdicts.into_iter().chain([admit_them]).collect();
    let Some(admitted) = rules::admission(&verdicts, officers) else { return Ok(()) };
    if admitted {
        let now = tx.now();
        match store::member_of(tx, coop, &application.account)? {
            Some((former, ..)) => standing::readmit(tx, coop, &former, &officer.member)?,
            None => {
                let waiting = if store::has_noticed(tx, coop)? { bylaws(tx, coop, now)?.1.waiting_days } else { 0 };
                let votes_from = now.plus(waiting * DAY);
                admit(tx, coop, &application.account, votes_from)?;
            }
        }
    }
    let name = store::by_id(tx, coop)?.name;
    let body = if admitted { format!("You are now a member of {name}.\n") } else { format!("Your application to {name} was not accepted.\n\nReason: {reason}\n\nYou can apply again.\n") };
    outbox::queue(tx, &Mail { coop: Some(coop.clone()), to: application.email, subject: "Your application".to_owned(), body })
}

/// Gives a member an office.
///
/// # Errors
/// [`Refusal::NeedsRole`]; [`NotFound`] for strangers.
pub fn give_role(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, member: &MemberId, role: Role) -> Result<()> {
    let steward = with_role(tx, actor, coop, Role::Steward)?;
    store::number_of(tx, coop, member).or_not_found()?;
    if store::open_grant(tx, coop, member, role)?.is_some() {
        return Ok(());
    }
    grant(tx, coop, member, role, &steward.member)
}

/// Takes an office from a member; the last steward keeps it.
///
/// # Errors
/// [`Refusal::NeedsRole`], [`Refusal::LastSteward`]; [`NotFound`] when it is not held.
pub fn take_role(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, member: &MemberId, role: Role) -> Result<()> {
    let steward = with_role(tx, actor, coop, Role::Steward)?;
    let held = store::open_grant(tx, coop, member, role)?.or_not_found()?;
    if role == Role::Steward && officers(tx, coop)? < 2 {
        return Err(Refusal::LastSteward.into());
    }
    store::revoke(tx, coop, &held, &steward.member)?;
    journal::append(tx, coop, "role_revoked", member.as_str(), &json!({ "role": role.word(), "by": steward.member }))
}

/// Puts amended bylaws in force, as a vote decided.
///
/// # Errors
/// When the database does.
pub fn amend_bylaws(tx: &mut Tx<'_>, coop: &CoopId, proposal: &ProposalId, body: &Bylaws) -> Result<i64> {
    let now = tx.now();
    let version = bylaws(tx, coop, now)?.0 + 1;
    store::insert_bylaws(tx, coop, version, &serde_json::to_string(body)?, Some(proposal.as_str()))?;
    journal::append(tx, coop, "bylaws_amended", proposal.as_str(), &json!({ "version": version }))?;
    Ok(version)
}

/// How an account stands in a cooperative; none for strangers and members who are gone.
///
/// # Errors
/// When the database does.
pub fn standing_of(conn: &mut Conn, account: &AccountId, coop: &CoopId, now: Timestamp) -> Result<Option<Standing>> {
    Ok(ever_of(conn, account, coop, now)?.filter(|standing| standing.state != State::Gone))
}

/// How the actor of a verb stands.
///
/// # Errors
/// [`NotFound`] for whoever is not a member.
pub fn standing(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId) -> Result<Standing> {
    let account = actor.account().ok_or(NotFound)?.clone();
    let now = tx.now();
    standing_of(tx, &account, coop, now)?.or_not_found()
}

/// The standing of an actor who must hold an office.
///
/// # Errors
/// [`NotFound`] for strangers, [`Refusal::Suspended`], [`Refusal::NeedsRole`].
pub fn with_role(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, role: Role) -> Result<Standing> {
    let standing = standing(tx, actor, coop)?;
    if !standing.is_in() {
        return Err(Refusal::Suspended.into());
    }
    if standing.may(role) { Ok(standing) } else { Err(Refusal::NeedsRole(role).into()) }
}

/// A cooperative by its name in addresses, and how the actor stands in it.
///
/// # Errors
/// [`NotFound`] when there is none.
pub fn enter(conn: &mut Conn, actor: &Actor, slug: &str, now: Timestamp) -> Result<Here> {
    let coop = store::by_slug(conn, slug)?.or_not_found()?;
    let ever = match actor.account() {
        Some(account) => ever_of(conn, account, &coop.id, now)?,
        None => None,
    };
    let (standing, former) = if ever.as_ref().is_some_and(|s| s.state == State::Gone) { (None, ever) } else { (ever, None) };
    Ok(Here { coop, standing, former })
}

/// A cooperative.
///
/// # Errors
/// [`NotFound`].
pub fn coop(conn: &mut Conn, id: &CoopId) -> Result<Coop> {
    store::by_id(conn, id).or_not_found()
}

/// All cooperatives of the hall with how many were ever admitted.
///
/// # Errors
/// When the database does.
pub fn all(conn: &mut Conn) -> Result<Vec<(Coop, i64)>> {
    Ok(store::all(conn)?)
}

/// All cooperatives of the hall with how many members each has now, without those who are gone.
///
/// # Errors
/// When the database does.
pub fn all_now(conn: &mut Conn, now: Timestamp) -> Result<Vec<(Coop, i64)>> {
    let (mut all, changed) = (store::all(conn)?, store::coops_with_events(conn)?);
    // Only where something ever happened to a membership can anybody be gone.
    for (coop, count) in all.iter_mut().filter(|(coop, _)| changed.contains(&coop.id)) {
        *count = count_now(conn, &coop.id, now)?;
    }
    Ok(all)
}

/// The bylaws in force at an instant, and their version.
///
/// # Errors
/// When the database does.
pub fn bylaws(conn: &mut Conn, coop: &CoopId, at: Timestamp) -> Result<(i64, Bylaws)> {
    let (version, body) = store::bylaws(conn, coop, at)?;
    Ok((version, serde_json::from_str(&body)?))
}

/// Every version of the bylaws, the newest first: number, rules, the proposal that adopted them
/// (none for the founding ones) and since when they are in force.
///
/// # Errors
/// When the database does.
pub fn bylaws_versions(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(i64, Bylaws, Option<String>, Timestamp)>> {
    let rows = store::bylaws_versions(conn, coop)?;
    rows.into_iter().map(|(version, body, proposal, at)| Ok((version, serde_json::from_str(&body)?, proposal, at))).collect()
}

/// How many stewards can act: whoever is suspended or gone cannot be waited for.
fn officers(tx: &mut Tx<'_>, coop: &CoopId) -> Result<i64> {
    let (mut acting, now) = (0, tx.now());
    for (member, _) in store::holders(tx, coop)?.into_iter().filter(|(_, role)| *role == Role::Steward) {
        let account = store::account_of(tx, coop, &member)?;
        acting += i64::from(standing_of(tx, &account, coop, now)?.is_some_and(|s| s.is_in()));
    }
    Ok(acting)
}

/// Whether an application's person was let in after asking.
fn admitted_since(conn: &mut Conn, coop: &CoopId, application: &ApplicationRow) -> Result<bool> {
    let Some((member, joined)) = store::joined(conn, coop, &application.account)? else { return Ok(false) };
    let back = |event: &conduct::Event| event.kind == StandingKind::Reinstated && event.at >= application.at;
    Ok(joined >= application.at || store::history(conn, coop, &member)?.iter().any(back))
}

/// Applications not decided yet, each with the number of yeses it has.
///
/// # Errors
/// When the database does.
pub fn open_applications(conn: &mut Conn, coop: &CoopId) -> Result<Vec<(ApplicationRow, usize)>> {
    let open = open(conn, coop, None)?;
    open.into_iter().map(|row| Ok((row.clone(), store::reviews(conn, coop, &row.id)?.len()))).collect()
}

/// Applications not decided yet: one person's, or all.
fn open(conn: &mut Conn, coop: &CoopId, of: Option<&AccountId>) -> Result<Vec<ApplicationRow>> {
    let mut open = Vec::new();
    for row in store::applications(conn, coop, of)? {
        if !admitted_since(conn, coop, &row)? {
            open.push(row);
        }
    }
    Ok(open)
}
