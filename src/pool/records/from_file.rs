//! Importing a file of this machine at once, as the command line does.

use super::mapping::Mapping;
use super::rules::Basis;
use super::store::{self, Batch, Completion};
use super::upload::{self, Arriving, Upload};
use super::{Step, Task, ground, import, map, member, receive, room};
use crate::app::App;
use crate::error::Result;
use crate::kernel::actor::Actor;
use crate::kernel::ids::CoopId;
use crate::platform::db::Tx;
use std::path::Path;
use tokio::io::AsyncReadExt as _;

/// Bytes read from the file at a time.
const READ: usize = 1 << 20;

/// Imports a file of this machine at once, as the command line does: upload, mapping, ground, import.
/// Running it again with the same file adds nothing twice, and goes on where an earlier try by the
/// same member broke off.
///
/// # Errors
/// Every refusal of the verbs it calls; broken when the file cannot be read.
pub async fn import_file(app: &App, coop: &CoopId, actor: &Actor, path: &Path, mapping: &Mapping, basis: &Basis, tell: impl Fn(Step) + Send) -> Result<(Batch, Completion)> {
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let upload = take_in(app, coop, actor, path).await?;
    let (who, in_coop, mapping, basis, sent) = (actor.clone(), coop.clone(), mapping.clone(), basis.clone(), upload.clone());
    let received = app
        .db
        .write(move |tx| {
            if let Some(batch) = broken_off(tx, &who, &in_coop, &sent, &mapping)? {
                return Ok(batch);
            }
            let batch = receive(tx, &who, &in_coop, &name, &sent)?;
            map(tx, &who, &in_coop, &batch.id, &mapping)?;
            ground(tx, &who, &in_coop, &batch.id, &basis)?;
            Ok(batch)
        })
        .await;
    let batch = match received {
        Ok(batch) => batch,
        Err(refusal) => {
            upload::clear(&app.blobs, coop, &upload.pieces).await?;
            return Err(refusal);
        }
    };
    if batch.pieces()?.pieces != upload.pieces {
        upload::clear(&app.blobs, coop, &upload.pieces).await?;
    }
    let done = import(app, None, &Task { coop: coop.clone(), batch: batch.id.clone() }, tell).await?;
    Ok((batch, done))
}

async fn take_in(app: &App, coop: &CoopId, actor: &Actor, path: &Path) -> Result<Upload> {
    let mut arriving = Arriving::begin(&app.blobs, coop, room(app, actor, coop).await?);
    let mut file = tokio::fs::File::open(path).await?;
    let mut buffer = vec![0; READ];
    loop {
        let count = file.read(&mut buffer).await?;
        if count == 0 {
            return arriving.finish().await;
        }
        if let Err(refusal) = arriving.take(buffer.get(..count).unwrap_or_default()).await {
            arriving.abandon().await?;
            return Err(refusal);
        }
    }
}

/// A batch of the same bytes, mapped the same by the same member, whose import broke off.
fn broken_off(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, upload: &Upload, mapping: &Mapping) -> Result<Option<Batch>> {
    let standing = member(tx, actor, coop)?;
    let mapped = serde_json::to_string(mapping)?;
    for batch in store::begun_by(tx, coop, &standing.member)? {
        if batch.mapping.as_ref() == Some(&mapped) && batch.pieces()?.sha256 == upload.sha256 {
            return Ok(Some(batch));
        }
    }
    Ok(None)
}
