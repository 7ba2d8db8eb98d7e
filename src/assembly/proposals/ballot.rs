//! Casting a ballot. It is sealed before the transaction and written in it: one row, the next
//! version of one member's vote. A form sent twice carries the same nonce inside its envelope and is
//! recognised there, so nothing outside an envelope ever depends on a choice.

use super::store::{self, Booth};
use super::{Refusal, closed};
use crate::app::App;
use crate::error::{Error, NotFound, OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, CoopId, Id as _, MemberId, ProposalId};
use crate::kernel::matter::Level;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, State};
use crate::platform::db::{Conn, Tx, random};
use crate::platform::outbox::{self, Mail};
use crate::platform::secrets::{self, KEY, Secrets};
use crate::platform::{journal, web::limits};
use serde_json::json;

const RECEIPT: usize = 10;
const NONCE: usize = 16;

/// What an envelope holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slip {
    /// The choice taken.
    pub choice: i64,
    /// Random; listed on the board after close.
    pub receipt: [u8; RECEIPT],
    /// The form it came from.
    nonce: [u8; NONCE],
}

impl Slip {
    /// The receipt as people read it, without letters that look alike.
    #[must_use]
    pub fn receipt(&self) -> String {
        receipt_words(&self.receipt)
    }

    /// Always the same length, whatever the choice.
    fn bytes(&self) -> Vec<u8> {
        [self.choice.to_be_bytes().as_slice(), &self.receipt, &self.nonce].concat()
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let (choice, rest) = bytes.split_at_checked(8)?;
        let (receipt, nonce) = rest.split_at_checked(RECEIPT)?;
        Some(Self { choice: i64::from_be_bytes(choice.try_into().ok()?), receipt: receipt.try_into().ok()?, nonce: nonce.try_into().ok()? })
    }
}

/// Five bits a letter, Crockford's alphabet, in groups of four.
fn receipt_words(bytes: &[u8; RECEIPT]) -> String {
    const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let number = bytes.iter().fold(0_u128, |number, byte| (number << 8) | u128::from(*byte));
    let letters: Vec<u8> = (0..16_u32).rev().filter_map(|at| usize::try_from((number >> (5 * at)) & 31).ok().and_then(|n| LETTERS.get(n)).copied()).collect();
    letters.chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
}

/// What the key of one vote's envelopes is sealed for.
pub(super) fn key_context(proposal: &ProposalId) -> String {
    format!("ballot key {proposal}")
}

/// The key of one vote's envelopes, out of the secret file and the database together.
pub(super) fn open_key(secrets: &Secrets, proposal: &ProposalId, sealed: &[u8]) -> Result<[u8; KEY]> {
    let key = secrets::unseal(&secrets.vote(proposal)?, key_context(proposal).as_bytes(), sealed)?;
    Ok(key.try_into().map_err(|_| anyhow::anyhow!("the key of a vote is not {KEY} bytes long"))?)
}

fn context(coop: &CoopId, proposal: &ProposalId, member: &MemberId, version: i64) -> String {
    format!("ballot {coop} {proposal} {member} {version}")
}

/// Opens one envelope; none when it is not what was sealed.
pub(super) fn open(key: &[u8; KEY], (coop, proposal): (&CoopId, &ProposalId), (member, version): (&MemberId, i64), envelope: &[u8]) -> Option<Slip> {
    let bytes = secrets::unseal(key, context(coop, proposal, member, version).as_bytes(), envelope).ok()?;
    Slip::read(&bytes)
}

/// A ballot ready to be written.
#[derive(Clone, Debug)]
pub struct Vote {
    /// The version it will be.
    pub version: i64,
    /// In clear, at an open roll call only.
    pub choice: Option<i64>,
    /// Sealed, or the receipt of an open roll call.
    pub envelope: Vec<u8>,
    /// Whether the member wants a mail that a vote was recorded.
    pub mail: bool,
}

/// Whether this member may vote at this instant.
fn admit(conn: &mut Conn, coop: &CoopId, booth: &Booth, now: Timestamp) -> Result<()> {
    if booth.cancelled_at.is_some() {
        return Err(Refusal::Cancelled.into());
    }
    if now >= booth.closes_at || booth.closed_at.is_some() {
        return Err(closed(conn, coop, booth.closes_at)?.into());
    }
    let state = coops::rules::state(&store::standing_events(conn, coop, &booth.member)?, booth.votes_from, now);
    match state {
        State::Gone => return Err(NotFound.into()),
        State::Suspended => return Err(Refusal::Barred.into()),
        State::Active | State::Waiting => {}
    }
    if booth.position.is_some() && now >= booth.opens_at {
        return Ok(());
    }
    let zone = coops::coop(conn, coop)?.zone;
    Err(match (booth.position, now < booth.opens_at) {
        (None, true) => Refusal::NotOnRoll(booth.noticed_at.long(&zone)),
        (None, false) => Refusal::NotOnRollLate(booth.noticed_at.long(&zone)),
        (Some(_), _) => Refusal::NotOpen(booth.opens_at.long(&zone)),
    }
    .into())
}

fn enter(conn: &mut Conn, account: &AccountId, coop: &CoopId, proposal: &ProposalId) -> Result<Booth> {
    if let Some(booth) = store::booth(conn, coop, proposal, account)? {
        return Ok(booth);
    }
    // No notice yet, or no such proposal, or no member.
    store::card(conn, coop, proposal).or_not_found()?;
    coops::standing_of(conn, account, coop, Timestamp(i64::MAX))?.or_not_found()?;
    Err(Refusal::StillDraft.into())
}

/// Whether an account could cast a ballot at this instant.
///
/// # Errors
/// Every refusal of [`vote`] that does not depend on the ballot.
pub fn may_vote(conn: &mut Conn, account: &AccountId, coop: &CoopId, proposal: &ProposalId, now: Timestamp) -> Result<()> {
    let booth = enter(conn, account, coop, proposal)?;
    admit(conn, coop, &booth, now)
}

/// Writes one ballot. Until close a later version replaces it; the stored instant of closing
/// decides, and so does the closure, after which counting begins.
///
/// # Errors
/// [`Refusal::NotOpen`], [`Refusal::Closed`], [`Refusal::Cancelled`], [`Refusal::NotOnRoll`],
/// [`Refusal::Barred`], [`Refusal::ChoiceMissing`]; [`NotFound`] for strangers and those expelled.
/// A version that is taken already is the unique key's violation: look again and seal anew.
pub fn vote(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, proposal: &ProposalId, vote: &Vote) -> Result<()> {
    let (account, now) = (actor.account().ok_or(NotFound)?.clone(), tx.now());
    let booth = enter(tx, &account, coop, proposal)?;
    admit(tx, coop, &booth, now)?;
    if vote.choice.is_some() != (booth.level == Level::V0) || vote.choice.is_some_and(|choice| !(0..booth.choices).contains(&choice)) {
        return Err(Refusal::ChoiceMissing.into());
    }
    // The first version is looked up by nobody: on PostgreSQL a read beside others' inserts makes
    // strangers' ballots conflict, and the key says the same.
    if vote.version != 1 && store::last_version(tx, coop, proposal, &booth.member)? + 1 != vote.version {
        return Err(anyhow::Error::from(overtaken()).into());
    }
    store::insert_ballot(tx, coop, proposal, &booth.member, vote.version, vote.choice, &vote.envelope)?;
    journal::append(tx, coop, "ballot_cast", proposal.as_str(), &json!({ "ballot": Digest::of(&vote.envelope) }))?;
    if vote.mail {
        let body = "A vote of yours was recorded. How you voted stands in no mail.\n\nIf this was not you, sign in, change your vote and your password.\n".to_owned();
        outbox::queue(tx, &Mail { coop: Some(coop.clone()), to: booth.email, subject: "Recorded".to_owned(), body })?;
    }
    Ok(())
}

/// What the unique key says of a version that is taken.
fn overtaken() -> diesel::result::Error {
    diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, Box::new("another ballot came first".to_owned()))
}

fn is_overtaken(error: &Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error as Diesel};
    let Error::Broken(cause) = error else { return false };
    matches!(cause.downcast_ref(), Some(Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, _)))
}

/// A choice as it came from a form.
#[derive(Clone, Debug)]
pub struct Choice {
    /// Its place among the choices, abstaining first.
    pub choice: i64,
    /// The form's key: sent twice, it is one ballot.
    pub form: String,
    /// Whether the member wants a mail that a vote was recorded.
    pub mail: bool,
}

/// A member at the booth: what is known before a ballot is sealed.
struct Ready {
    booth: Booth,
    last: Option<store::Ballot>,
    sealed_key: Option<Vec<u8>>,
}

fn ready(conn: &mut Conn, account: &AccountId, coop: &CoopId, proposal: &ProposalId, now: Timestamp) -> Result<Ready> {
    let booth = enter(conn, account, coop, proposal)?;
    admit(conn, coop, &booth, now)?;
    let last = store::last_ballot(conn, coop, proposal, &booth.member)?;
    let sealed_key = if booth.level == Level::V1 { store::key(conn, coop, proposal)? } else { None };
    Ok(Ready { booth, last, sealed_key })
}

/// Where a ballot is cast: known, or still an address as it came from a browser.
#[derive(Clone, Debug)]
pub enum Booths {
    /// This proposal.
    Known(CoopId, ProposalId),
    /// The cooperative's name in addresses and the proposal's number.
    Address(String, i64),
}

impl Booths {
    fn find(&self, conn: &mut Conn) -> Result<(CoopId, ProposalId)> {
        match self {
            Self::Known(coop, proposal) => Ok((coop.clone(), proposal.clone())),
            Self::Address(slug, number) => store::by_address(conn, slug, *number).or_not_found(),
        }
    }
}

/// Seals a choice and writes it, once for each form: the same form again changes nothing.
///
/// # Errors
/// As [`vote`]; [`Refusal::FormUsed`] when the form was sent before with another choice.
pub async fn cast(app: &App, actor: &Actor, coop: &CoopId, proposal: &ProposalId, wish: &Choice) -> Result<()> {
    cast_at(app, actor, &Booths::Known(coop.clone(), proposal.clone()), wish).await
}

/// The same where the place is told by its address, so that one reading finds and prepares it.
///
/// # Errors
/// As [`cast`]; [`NotFound`] where there is no such proposal.
pub async fn cast_at(app: &App, actor: &Actor, place: &Booths, wish: &Choice) -> Result<()> {
    let account = actor.account().ok_or(NotFound)?.clone();
    let form = Digest::of_parts(&[b"ballot form", account.as_str().as_bytes(), wish.form.as_bytes()]).bytes();
    let nonce = *form.first_chunk::<NONCE>().unwrap_or(&[0; NONCE]);
    // Each turn but the last was overtaken by another ballot of the same member.
    for _ in 0..8 {
        let (of, at, now) = (account.clone(), place.clone(), app.now());
        let read = move |conn: &mut Conn| {
            let (coop, proposal) = at.find(conn)?;
            let ready = ready(conn, &of, &coop, &proposal, now)?;
            Ok((coop, proposal, ready))
        };
        let (coop, proposal, ready) = app.db.glance(read).await?;
        let ballot = match prepare(app, (&coop, &proposal), &ready, wish, nonce) {
            Ok(Some(ballot)) => ballot,
            Ok(None) => return Ok(()),
            Err(cause) => return Err(overtaken_by_close(app, account, coop, proposal, cause).await),
        };
        let actor = actor.clone();
        match app.db.write(move |tx| vote(tx, &actor, &coop, &proposal, &ballot)).await {
            Err(error) if is_overtaken(&error) => {}
            done => return done,
        }
    }
    Err(limits::TooMany(1).into())
}

/// A vote that was counted or called off since it was read has no key any more: then the answer is
/// that it is over, not that something broke.
async fn overtaken_by_close(app: &App, account: AccountId, coop: CoopId, proposal: ProposalId, cause: Error) -> Error {
    let now = app.now();
    match app.db.read(move |conn| may_vote(conn, &account, &coop, &proposal, now)).await {
        Err(over) if matches!(cause, Error::Broken(_)) => over,
        _ => cause,
    }
}

/// The next ballot of a member, sealed; none when this form's ballot is recorded already.
fn prepare(app: &App, (coop, proposal): (&CoopId, &ProposalId), ready: &Ready, wish: &Choice, nonce: [u8; NONCE]) -> Result<Option<Vote>> {
    if !(0..ready.booth.choices).contains(&wish.choice) {
        return Err(Refusal::ChoiceMissing.into());
    }
    let key = match &ready.sealed_key {
        Some(sealed) => Some(open_key(&app.secrets, proposal, sealed)?),
        None if ready.booth.level == Level::V1 => return Err(anyhow::anyhow!("the key of an open vote is gone").into()),
        None => None,
    };
    if let Some(before) = ready.last.as_ref().and_then(|last| slip(key.as_ref(), coop, proposal, &ready.booth.member, last))
        && before.nonce == nonce
    {
        return if before.choice == wish.choice { Ok(None) } else { Err(Refusal::FormUsed.into()) };
    }
    let version = ready.last.as_ref().map_or(0, |last| last.version) + 1;
    seal(key.as_ref(), (coop, proposal), (&ready.booth.member, version), wish, nonce).map(Some)
}

fn seal(key: Option<&[u8; KEY]>, (coop, proposal): (&CoopId, &ProposalId), (member, version): (&MemberId, i64), wish: &Choice, nonce: [u8; NONCE]) -> Result<Vote> {
    let slip = Slip { choice: wish.choice, receipt: random(), nonce };
    let (choice, envelope) = match key {
        Some(key) => (None, secrets::seal(key, context(coop, proposal, member, version).as_bytes(), &slip.bytes())?),
        None => (Some(slip.choice), [slip.receipt.as_slice(), &slip.nonce].concat()),
    };
    Ok(Vote { version, choice, envelope, mail: wish.mail })
}

/// A stored ballot as its slip: opened with the key, or, of an open roll call, put together again.
pub(super) fn slip(key: Option<&[u8; KEY]>, coop: &CoopId, proposal: &ProposalId, member: &MemberId, ballot: &store::Ballot) -> Option<Slip> {
    match (key, ballot.choice) {
        (Some(key), None) => open(key, (coop, proposal), (member, ballot.version), &ballot.envelope),
        (_, Some(choice)) => Slip::read(&[choice.to_be_bytes().as_slice(), &ballot.envelope].concat()),
        (None, None) => None,
    }
}

/// One's own last ballot, as long as it can be opened: until close.
#[derive(Clone, Debug)]
pub struct Own {
    /// Which version.
    pub version: i64,
    /// When it was recorded.
    pub at: Timestamp,
    /// What it says; none once its key is destroyed.
    pub slip: Option<Slip>,
}

/// One's own last ballot; none when there is none.
///
/// # Errors
/// When the database does.
pub async fn receipt(app: &App, coop: &CoopId, proposal: &ProposalId, member: &MemberId) -> Result<Option<Own>> {
    let (at, id, of) = (coop.clone(), proposal.clone(), member.clone());
    let (last, sealed) = app.db.read(move |conn| Ok((store::last_ballot(conn, &at, &id, &of)?, store::key(conn, &at, &id)?))).await?;
    let Some(ballot) = last else { return Ok(None) };
    let key = sealed.and_then(|sealed| open_key(&app.secrets, proposal, &sealed).ok());
    let slip = slip(key.as_ref(), coop, proposal, member, &ballot);
    Ok(Some(Own { version: ballot.version, at: ballot.at, slip }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id<T: crate::kernel::ids::Id>(n: u8) -> T {
        T::parse(&format!("0190a0b0-0000-7000-8000-0000000000{n:02}")).unwrap()
    }

    #[test]
    fn envelopes_have_one_length_and_open_for_their_own_place_only() {
        let (key, coop, proposal, member) = ([7; KEY], id(1), id(2), id(3));
        let wish = |choice| Choice { choice, form: "f".into(), mail: false };
        let sealed: Vec<Vote> = [0, 1, 20].map(|choice| seal(Some(&key), (&coop, &proposal), (&member, 1), &wish(choice), [9; NONCE]).unwrap()).into();
        assert!(sealed.iter().all(|vote| vote.envelope.len() == sealed[0].envelope.len() && vote.choice.is_none()));
        let opened = open(&key, (&coop, &proposal), (&member, 1), &sealed[2].envelope).unwrap();
        assert_eq!((opened.choice, opened.nonce), (20, [9; NONCE]));
        for (other, version) in [(id::<MemberId>(4), 1), (member.clone(), 2)] {
            assert_eq!(open(&key, (&coop, &proposal), (&other, version), &sealed[2].envelope), None, "nobody's envelope counts for another");
        }
        assert_eq!(open(&[8; KEY], (&coop, &proposal), (&member, 1), &sealed[2].envelope), None);
    }

    #[test]
    fn receipts_read_well() {
        assert_eq!(receipt_words(&[0; RECEIPT]), "0000-0000-0000-0000");
        assert_eq!(receipt_words(&[255; RECEIPT]), "ZZZZ-ZZZZ-ZZZZ-ZZZZ");
        assert_eq!(receipt_words(&[0, 0, 0, 0, 0, 0, 0, 0, 0, 33]), "0000-0000-0000-0011");
    }
}
