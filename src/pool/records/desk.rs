//! What is decided about records after they are in: screening, claims, and taking one out.

use super::rules::{Refusal, Verdict};
use super::{member, pack, people, shelf, store};
use crate::app::App;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{BatchId, ClaimId, ContributorId, CoopId, Id as _, RecordId};
use crate::membership::coops::{self, Role};
use crate::platform::db::Tx;
use crate::platform::{jobs, journal};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::HashSet;

/// Attests, as a steward, that a batch was looked through. No machine has screened it, and every
/// page says so.
///
/// # Errors
/// [`Refusal::NotImported`], [`Refusal::AlreadyScreened`], the need of the office.
pub fn screen(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &BatchId, statement: &str) -> Result<()> {
    let steward = coops::with_role(tx, actor, coop, Role::Steward)?;
    let batch = store::batch(tx, coop, id).or_not_found()?;
    if store::completion(tx, coop, id)?.is_none() {
        return Err(Refusal::NotImported(batch.number).into());
    }
    if store::screening(tx, coop, id)?.is_some() {
        return Err(Refusal::AlreadyScreened(batch.number).into());
    }
    store::put_screening(tx, coop, id, statement, &steward.member)?;
    journal::append(tx, coop, "batch_screened", id.as_str(), &json!({"by": steward.member, "statement": Digest::of(statement.as_bytes())}))
}

/// Claims, as a member, to be the contributor whom a source names by a pseudonym.
///
/// # Errors
/// [`Refusal::AlreadyClaimed`], [`Refusal::ClaimWaits`]; not found when there is no such contributor.
pub fn claim(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, contributor: &ContributorId, evidence: &str) -> Result<ClaimId> {
    let standing = member(tx, actor, coop)?;
    let stored = people::contributor(tx, coop, contributor).or_not_found()?;
    if stored.member.is_some() {
        return Err(Refusal::AlreadyClaimed.into());
    }
    if people::claim_waits(tx, coop, contributor, &standing.member)? {
        return Err(Refusal::ClaimWaits.into());
    }
    let id = people::put_claim(tx, coop, contributor, &standing.member, evidence)?;
    journal::append(tx, coop, "contributor_claimed", id.as_str(), &json!({"contributor": contributor, "by": standing.member}))?;
    Ok(id)
}

/// Answers a claim, as a steward other than the claimant, with a reason.
///
/// # Errors
/// [`Refusal::OwnClaim`], [`Refusal::AlreadyRuled`], [`Refusal::AlreadyClaimed`], the need of the office.
pub fn rule_claim(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &ClaimId, verdict: Verdict, reason: &str) -> Result<()> {
    let steward = coops::with_role(tx, actor, coop, Role::Steward)?;
    let (contributor, claimant, ruled) = people::claim(tx, coop, id).or_not_found()?;
    if ruled {
        return Err(Refusal::AlreadyRuled.into());
    }
    if claimant == steward.member {
        return Err(Refusal::OwnClaim.into());
    }
    if verdict == Verdict::Upheld {
        if people::contributor(tx, coop, &contributor)?.member.is_some() {
            return Err(Refusal::AlreadyClaimed.into());
        }
        people::recognise(tx, coop, &contributor, &claimant)?;
    }
    people::put_ruling(tx, coop, id, verdict, reason, &steward.member)?;
    journal::append(tx, coop, "claim_ruled", id.as_str(), &json!({"contributor": contributor, "verdict": verdict, "by": steward.member}))
}

/// Payload of the job that takes erased content out of a pack.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Repacking {
    /// Whose pool.
    pub coop: CoopId,
    /// Which pack.
    pub pack: Digest,
}

/// Takes a record out for good, as one of its contributors or a steward: a tombstone stays, its salt
/// is destroyed at once and its content by the job [`repack`].
///
/// # Errors
/// [`Refusal::NotYours`], [`Refusal::AlreadyOut`].
pub fn take_out(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &RecordId, reason: &str) -> Result<()> {
    let standing = member(tx, actor, coop)?;
    let row = shelf::record(tx, coop, id).or_not_found()?;
    let mine = shelf::holders(tx, coop, std::slice::from_ref(id))?.iter().any(|holder| holder.member.as_ref() == Some(&standing.member));
    if !mine && !standing.may(Role::Steward) {
        return Err(Refusal::NotYours.into());
    }
    if !shelf::out(tx, coop, std::slice::from_ref(id))?.is_empty() {
        return Err(Refusal::AlreadyOut.into());
    }
    people::put_tombstone(tx, coop, id, reason, &standing.member)?;
    shelf::destroy_salt(tx, coop, id)?;
    let now = tx.now();
    jobs::queue(tx, Some(coop), "repack", &Repacking { coop: coop.clone(), pack: row.pack }, now)?;
    journal::append(tx, coop, "record_taken_out", id.as_str(), &json!({"by": standing.member}))
}

/// Writes a pack again without the content of the records that were taken out, and destroys the old
/// one. Safe to run twice.
///
/// # Errors
/// When the database or the storage does.
pub async fn repack(app: &App, task: &Repacking) -> Result<()> {
    let (coop, old) = (task.coop.clone(), task.pack.clone());
    let rows = app.db.read(move |conn| Ok(shelf::in_pack(conn, &coop, &old)?)).await?;
    if rows.is_empty() {
        return app.blobs.destroy(&task.coop, &task.pack).await;
    }
    let gone: HashSet<i64> = rows.iter().filter(|(_, _, out)| *out).map(|(_, ordinal, _)| *ordinal).collect();
    let packed = app.blobs.get(&task.coop, &task.pack).await?;
    let fresh = tokio::task::spawn_blocking(move || {
        let plain = pack::open(&packed)?;
        let lines = plain.strip_suffix(b"\n").unwrap_or(&plain).split(|byte| *byte == b'\n');
        pack::close((0..).zip(lines).map(|(ordinal, line)| if gone.contains(&ordinal) { b"".as_slice() } else { line }))
    })
    .await
    .map_err(|cause| anyhow::anyhow!("packing broke off: {cause}"))??;
    let bytes = i64::try_from(fresh.len()).unwrap_or(i64::MAX);
    let digest = app.blobs.put(&task.coop, fresh).await?;
    if digest == task.pack {
        return Ok(());
    }
    let (coop, old) = (task.coop.clone(), task.pack.clone());
    app.db
        .for_jobs()
        .write(move |tx| {
            store::put_blob(tx, &coop, &digest, bytes, "pack")?;
            shelf::move_pack(tx, &coop, &old, &digest)?;
            Ok(store::forget_blobs(tx, &coop, std::slice::from_ref(&old))?)
        })
        .await?;
    app.blobs.destroy(&task.coop, &task.pack).await
}
