//! Buyers: organisations that license, and the people who act for them. A buyer belongs to the
//! hall, not to a cooperative; its people see numbers of members and never a name.

pub mod rules;
mod store;
pub mod web;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, BuyerId, Id as _};
use crate::kernel::terms::BuyerClass;
use crate::kernel::time::{DAY, Timestamp};
use crate::membership::accounts::{self, signed_in};
use crate::platform::db::{Conn, Tx};
use crate::platform::journal::{self, Chain};
use crate::platform::outbox::{self, Mail};
use diesel::Queryable;
pub use rules::Refusal;
use serde_json::json;

/// A buying organisation.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Buyer {
    /// Its id.
    pub id: BuyerId,
    /// Its name.
    pub name: String,
    /// Two-letter country code.
    pub country: String,
    /// Its number in that country's register, in its compared form.
    pub registration: String,
    /// What kind of buyer it says it is.
    pub class: BuyerClass,
    /// What it does, in its own words.
    pub purpose: String,
    /// Since when.
    pub at: Timestamp,
}

/// What is needed to register one.
#[derive(Clone, Debug)]
pub struct Wish {
    /// Its name.
    pub name: String,
    /// Two-letter country code.
    pub country: String,
    /// Its number in that country's register, in its compared form.
    pub registration: String,
    /// What kind of buyer it is.
    pub class: BuyerClass,
    /// What it does.
    pub purpose: String,
}

/// Somebody who acts for a buyer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// The buyer.
    pub buyer: Buyer,
    /// The person's account.
    pub account: AccountId,
    /// Whether the person may sign for it.
    pub signatory: bool,
}

impl Agent {
    /// This agent, if allowed to sign.
    ///
    /// # Errors
    /// [`Refusal::SignatoryNeeded`].
    pub fn signing(self) -> Result<Self, Refusal> {
        if self.signatory { Ok(self) } else { Err(Refusal::SignatoryNeeded(self.buyer.name)) }
    }
}

/// A user of a buyer, for its own people.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct User {
    /// The account.
    pub account: AccountId,
    /// The person's name.
    pub name: String,
    /// Address.
    pub email: String,
    /// 1 when the person may sign.
    pub signatory: i64,
    /// Since when.
    pub at: Timestamp,
}

/// Registers an organisation; whoever does so acts and signs for it.
///
/// # Errors
/// [`Refusal::ActsAlready`], [`Refusal::Registered`].
pub fn register(tx: &mut Tx<'_>, actor: &Actor, wish: &Wish) -> Result<BuyerId> {
    let account = signed_in(actor)?.clone();
    not_acting(tx, &account)?;
    if store::registered(tx, &wish.country, &wish.registration)? {
        return Err(Refusal::Registered.into());
    }
    let id: BuyerId = tx.fresh();
    store::insert(tx, &id, wish)?;
    store::insert_user(tx, &id, &account, true)?;
    journal::append(tx, Chain::Hall, "buyer_registered", id.as_str(), &json!({"class": wish.class, "by": account}))?;
    Ok(id)
}

fn not_acting(tx: &mut Tx<'_>, account: &AccountId) -> Result<()> {
    match store::acting(tx, account)? {
        Some((buyer, _)) => Err(Refusal::ActsAlready(buyer.name).into()),
        None => Ok(()),
    }
}

/// Days an invitation works.
const INVITATION_DAYS: i64 = 14;
/// Open invitations a buyer may have.
const INVITATIONS: usize = 20;

/// Mails a colleague a link to act for one's buyer. Only the hash of its token is kept.
///
/// # Errors
/// [`Refusal::NoBuyer`], [`Refusal::SignatoryNeeded`], [`Refusal::EnoughInvited`].
pub fn invite(tx: &mut Tx<'_>, actor: &Actor, email: &str, signatory: bool, hall_url: &str) -> Result<()> {
    let agent = agent(tx, actor)?.signing()?;
    let now = tx.now();
    if store::open_invitations(tx, &agent.buyer.id, now)?.len() >= INVITATIONS {
        return Err(Refusal::EnoughInvited.into());
    }
    let (token, hash) = accounts::token();
    store::insert_invitation(tx, &hash, &agent.buyer.id, email, signatory, &agent.account, now.plus(INVITATION_DAYS * DAY))?;
    journal::append(tx, Chain::Hall, "buyer_user_invited", agent.buyer.id.as_str(), &json!({"invitation": hash, "signatory": signatory, "by": agent.account}))?;
    let body = format!(
        "You are invited to act for {} at {hall_url}.\n\nMake an account with this address or sign in, then open:\n\n{hall_url}/buyer/join?token={token}\n\nThe link works once, for {INVITATION_DAYS} days. If you expected nothing of the kind, do nothing.\n",
        agent.buyer.name
    );
    outbox::queue(tx, &Mail { coop: None, to: email.to_owned(), subject: "An invitation".to_owned(), body })
}

/// Takes up an invitation.
///
/// # Errors
/// [`Refusal::Invitation`], [`Refusal::OtherAddress`], [`Refusal::ActsAlready`].
pub fn join(tx: &mut Tx<'_>, actor: &Actor, token: &str) -> Result<BuyerId> {
    let account = signed_in(actor)?.clone();
    let (hash, now) = (Digest::of(token.as_bytes()), tx.now());
    let email = accounts::account(tx, &account)?.email;
    let found = store::invitation(tx, &hash)?;
    rules::may_join(found.as_ref().map(|(_, _, invited)| invited), &email, now)?;
    let (buyer, signatory, _) = found.or_not_found()?;
    not_acting(tx, &account)?;
    store::use_invitation(tx, &hash)?;
    store::insert_user(tx, &buyer, &account, signatory)?;
    journal::append(tx, Chain::Hall, "buyer_user_joined", buyer.as_str(), &json!({"account": account, "signatory": signatory}))?;
    Ok(buyer)
}

/// Takes a colleague out; oneself too, as long as a signatory remains.
///
/// # Errors
/// [`Refusal::SignatoryNeeded`], [`Refusal::LastSignatory`]; [`crate::error::NotFound`] for others' people.
pub fn remove(tx: &mut Tx<'_>, actor: &Actor, whom: &AccountId) -> Result<()> {
    let agent = agent(tx, actor)?.signing()?;
    let users = store::users(tx, &agent.buyer.id)?;
    let gone = users.iter().find(|user| user.account == *whom).or_not_found()?;
    let signatories: Vec<AccountId> = users.iter().filter(|user| user.signatory != 0).map(|user| user.account.clone()).collect();
    rules::may_remove(&signatories, whom)?;
    store::delete_user(tx, &agent.buyer.id, whom)?;
    store::close_invitations(tx, &agent.buyer.id, &gone.email)?;
    journal::append(tx, Chain::Hall, "buyer_user_removed", agent.buyer.id.as_str(), &json!({"account": whom, "by": agent.account}))
}

/// The buyer an account acts for, if it acts for one.
///
/// # Errors
/// When the database does.
pub fn acting(conn: &mut Conn, account: &AccountId) -> Result<Option<Agent>> {
    let found = store::acting(conn, account)?;
    Ok(found.map(|(buyer, signatory)| Agent { buyer, account: account.clone(), signatory: signatory != 0 }))
}

/// The actor as somebody who acts for a buyer.
///
/// # Errors
/// [`Refusal::NoBuyer`]; a sign-in is needed.
pub fn agent(conn: &mut Conn, actor: &Actor) -> Result<Agent> {
    let account = signed_in(actor)?.clone();
    acting(conn, &account)?.ok_or_else(|| Refusal::NoBuyer.into())
}

/// Everybody who acts for a buyer.
///
/// # Errors
/// When the database does.
pub fn users(conn: &mut Conn, buyer: &BuyerId) -> Result<Vec<User>> {
    Ok(store::users(conn, buyer)?)
}

/// A buyer.
///
/// # Errors
/// [`crate::error::NotFound`].
pub fn buyer(conn: &mut Conn, id: &BuyerId) -> Result<Buyer> {
    store::buyer(conn, id).or_not_found()
}
