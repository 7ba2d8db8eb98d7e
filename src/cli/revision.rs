//! `guildhall export --revision`: the files of a frozen revision, as buyers get them, into a folder.

use crate::app::App;
use crate::config::Config;
use crate::error::OrNotFound as _;
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::text::thousands;
use crate::membership::coops;
use crate::platform::clock::Clock;
use crate::pool::corpora;
use anyhow::{Context as _, bail};
use std::path::Path;

/// Writes the manifest and every file of `COOP/CORPUS/NUMBER` into a folder.
///
/// # Errors
/// When there is no such frozen revision, it may no longer be delivered, or something cannot be read
/// or written.
pub async fn export(config: Config, revision: &str, folder: &Path) -> anyhow::Result<()> {
    let [slug, name, number] = revision.split('/').collect::<Vec<_>>()[..] else { bail!("--revision takes COOP/CORPUS/NUMBER, as in the address of its page") };
    let number: i64 = number.parse().context("the last part of --revision is the revision's number")?;
    let app = App::open(config, Clock::Machine)?;
    let (slug, name, now) = (slug.to_owned(), name.to_owned(), app.now());
    let found = app.db.read(move |conn| {
        let coop = coops::enter(conn, &Actor::Hall, &slug, now)?.coop.id;
        let corpus = corpora::by_slug(conn, &coop, &name)?;
        let view = corpora::numbered(conn, &coop, &corpus.id, number)?;
        let barred = corpora::barred(conn, &coop, &view.revision.id, now)?;
        Ok((coop, view.frozen.or_not_found()?, barred))
    });
    let (coop, freeze, barred) = found.await.map_err(|_| anyhow::anyhow!("there is no frozen revision {revision} here"))?;
    if barred > 0 {
        bail!("{} of its records may no longer be delivered; freeze another revision, which leaves them out", thousands(barred));
    }
    std::fs::create_dir_all(folder)?;
    let manifest = freeze.manifest().map_err(|cause| anyhow::anyhow!("{cause}"))?;
    for file in &manifest.files {
        let bytes = app.blobs.get(&coop, &file.sha256).await.map_err(|cause| anyhow::anyhow!("{}: {cause}", file.name))?;
        if Digest::of(&bytes) != file.sha256 {
            bail!("{} is not what the manifest says", file.name);
        }
        std::fs::write(folder.join(&file.name), &bytes)?;
        eprintln!("{}  {} bytes", file.name, thousands(file.bytes));
    }
    std::fs::write(folder.join("manifest.json"), &freeze.manifest)?;
    println!("{} records, root {}, manifest {}, in {}", thousands(freeze.records), freeze.root, freeze.manifest_hash, folder.display());
    Ok(())
}
