//! Records: what members pool, how it is read, whose it is and on what ground it may be licensed.
//!
//! A member uploads a file ([`receive`]), looks at its first lines ([`preview`]), says where the facts
//! stand ([`map`]) and on what ground its records may be licensed ([`ground`]), and begins the import
//! ([`begin`]). The job [`import`] turns lines into records with contributors; people the source
//! names by a pseudonym are held until a member claims to be one ([`claim`]) and a steward agrees
//! ([`rule_claim`]). A steward attests a batch ([`screen`]); a record can be taken out for good
//! ([`take_out`], [`repack`]). Whether a record may enter a corpus is [`rules::may_enter`].

pub mod canonical;
mod desk;
mod from_file;
mod gate;
mod import;
pub mod intake;
pub mod mapping;
mod misfit;
pub mod pack;
mod people;
mod preview;
mod reading;
mod report;
pub mod rules;
pub mod shelf;
mod store;
mod suggest;
pub mod upload;
mod views;
pub mod web;

use crate::app::App;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::ids::{BatchId, CoopId, Id as _};
use crate::membership::coops::{self, Role, Standing};
use crate::platform::db::Tx;
use crate::platform::{jobs, journal};
pub use desk::{claim, repack, rule_claim, screen, take_out};
pub use from_file::import_file;
pub use gate::Gate;
pub use import::{Overtaken, Step, Task, import};
use intake::Format;
use mapping::Mapping;
pub use preview::{Preview, preview};
pub use report::findings_csv;
pub use rules::Refusal;
use rules::Basis;
use serde_json::json;
pub use people::{Claim, StoredContributor};
pub use store::{Batch, Completion, Finding, Progress, StoredBasis};
use upload::Upload;
pub use views::*;

/// The standing of a member who may act.
fn member(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId) -> Result<Standing> {
    let standing = coops::standing(tx, actor, coop)?;
    if standing.is_in() { Ok(standing) } else { Err(coops::Refusal::Suspended.into()) }
}

/// A batch that its uploader or a steward may still change.
fn open_batch(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &BatchId) -> Result<Batch> {
    let standing = member(tx, actor, coop)?;
    let batch = store::batch(tx, coop, id).or_not_found()?;
    if batch.uploaded_by != standing.member && !standing.may(Role::Steward) {
        return Err(crate::error::NotFound.into());
    }
    if store::progress(tx, coop, id)?.is_some() || store::completion(tx, coop, id)?.is_some() {
        return Err(Refusal::Begun(batch.number).into());
    }
    Ok(batch)
}

/// Room for one more upload, in bytes, and whether the actor may make one. Asked before a byte is
/// taken in.
///
/// # Errors
/// [`crate::error::NotFound`] for strangers, a suspended membership.
pub async fn room(app: &App, actor: &Actor, coop: &CoopId) -> Result<u64> {
    let (actor, coop, now) = (actor.clone(), coop.clone(), app.now());
    app.db
        .read(move |conn| {
            let account = actor.account().or_not_found()?;
            let standing = coops::standing_of(conn, account, &coop, now)?.or_not_found()?;
            if !standing.is_in() {
                return Err(coops::Refusal::Suspended.into());
            }
            let left = rules::QUOTA.saturating_sub(store::kept(conn, &coop)?);
            Ok(u64::try_from(left).unwrap_or(0).min(intake::UPLOAD_CAP))
        })
        .await
}

/// Notes an upload that has arrived and answers its batch.
///
/// # Errors
/// [`Refusal::UnknownFormat`]; [`crate::error::NotFound`] for strangers.
pub fn receive(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, file_name: &str, upload: &Upload) -> Result<Batch> {
    let standing = member(tx, actor, coop)?;
    let format = Format::of(file_name).ok_or_else(|| Refusal::UnknownFormat(file_name.to_owned()))?;
    let bytes = i64::try_from(upload.bytes).unwrap_or(i64::MAX);
    let batch = Batch {
        id: tx.fresh(),
        number: store::next_number(tx, coop)?,
        file_name: file_name.to_owned(),
        upload: serde_json::to_string(upload)?,
        bytes,
        kind: String::new(),
        mapping: None,
        basis: None,
        uploaded_by: standing.member,
        at: tx.now(),
    };
    store::put_batch(tx, coop, &batch, format.word())?;
    for piece in &upload.pieces {
        store::put_blob(tx, coop, piece, bytes / i64::try_from(upload.pieces.len().max(1)).unwrap_or(1), "upload")?;
    }
    journal::append(tx, coop, "batch_received", batch.id.as_str(), &json!({"number": batch.number, "bytes": bytes, "sha256": upload.sha256, "by": batch.uploaded_by}))?;
    Ok(batch)
}

/// Says where a batch's facts stand in its lines.
///
/// # Errors
/// [`Refusal::Mapping`], [`Refusal::Begun`]; [`crate::error::NotFound`] for others' batches.
pub fn map(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &BatchId, mapping: &Mapping) -> Result<()> {
    let batch = open_batch(tx, actor, coop, id)?;
    let mapping = mapping.clone().checked().map_err(|fault| Refusal::Mapping(fault.to_string()))?;
    let text = serde_json::to_string(&mapping)?;
    store::set_mapping(tx, coop, id, &mapping.kind, &text)?;
    let digest = crate::kernel::digest::Digest::of(text.as_bytes());
    journal::append(tx, coop, "batch_mapped", batch.id.as_str(), &json!({"kind": mapping.kind, "mapping": digest}))
}

/// States the ground on which a batch's records may be licensed.
///
/// # Errors
/// [`Refusal::LicenceIncomplete`], [`Refusal::Begun`]; [`crate::error::NotFound`] for others' batches.
pub fn ground(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &BatchId, basis: &Basis) -> Result<()> {
    let batch = open_batch(tx, actor, coop, id)?;
    let basis = basis.clone().checked()?;
    let basis_id = store::put_basis(tx, coop, id, &basis)?;
    let text = crate::kernel::digest::Digest::of(basis.body.as_bytes());
    journal::append(tx, coop, "basis_stated", basis_id.as_str(), &json!({"batch": batch.id, "kind": basis.kind, "text": text}))
}

/// Begins the import of a batch that has a mapping and a ground: queues the job.
///
/// # Errors
/// [`Refusal::NotMapped`], [`Refusal::NoBasis`], [`Refusal::Begun`].
pub fn begin(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &BatchId) -> Result<()> {
    let batch = open_batch(tx, actor, coop, id)?;
    ready(&batch)?;
    store::put_progress(tx, coop, id, &Progress::default())?;
    let now = tx.now();
    jobs::queue(tx, Some(coop), "import", &Task { coop: coop.clone(), batch: id.clone() }, now)?;
    journal::append(tx, coop, "import_begun", id.as_str(), &json!({}))
}

fn ready(batch: &Batch) -> Result<(), Refusal> {
    if batch.mapping.is_none() {
        return Err(Refusal::NotMapped(batch.number));
    }
    if batch.basis.is_none() { Err(Refusal::NoBasis(batch.number)) } else { Ok(()) }
}
