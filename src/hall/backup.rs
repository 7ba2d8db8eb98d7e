//! Backup and restore of the embedded database and its blobs. The secret file is never part of it:
//! keep it elsewhere. PostgreSQL is kept by its own tools, as docs/operate.md says.

use crate::app::App;
use crate::config::Config;
use crate::platform::clock::Clock;
use crate::platform::db;
use crate::platform::journal::{self, Chain};
use anyhow::{Context as _, bail};
use serde_json::json;
use std::path::{Path, PathBuf};

const DATABASE: &str = "guildhall.db";
const BLOBS: &str = "blobs";

fn places(config: &Config) -> anyhow::Result<(PathBuf, PathBuf)> {
    let database = config.database_url.strip_prefix("sqlite:").context("this is for the embedded database; keep PostgreSQL by its own tools (pg_dump, base backups)")?;
    let blobs = config.storage_url.strip_prefix("file:").context("only blobs in a folder are copied")?;
    Ok((database.into(), blobs.into()))
}

/// Writes a consistent copy of the running hall's database, and then of its blobs, into an empty
/// folder. Blobs are only ever added, so the copy of them holds all that the database names.
///
/// # Errors
/// When the folder is not empty or something cannot be copied.
pub fn backup(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let (_, blobs) = places(config)?;
    std::fs::create_dir_all(folder)?;
    if std::fs::read_dir(folder)?.next().is_some() {
        bail!("{} is not empty: give an empty or new folder", folder.display());
    }
    db::copy_into(&config.database_url, &folder.join(DATABASE))?;
    copy_tree(&blobs, &folder.join(BLOBS))
}

/// Puts a backup where the configuration points, which must be empty, and enters into the hall's
/// journal that this was done and up to which head its history is known.
///
/// # Errors
/// When there is a database already, or something cannot be copied.
pub async fn restore(config: Config, folder: &Path) -> anyhow::Result<String> {
    let (database, blobs) = places(&config)?;
    if database.exists() {
        bail!("{} is there already: nothing was restored over it", database.display());
    }
    if let Some(parent) = database.parent() {
        std::fs::create_dir_all(parent)?;
    }
    std::fs::copy(folder.join(DATABASE), &database).with_context(|| format!("{} holds no backup", folder.display()))?;
    copy_tree(&folder.join(BLOBS), &blobs)?;
    let app = App::open(config, Clock::Machine)?;
    let words = app
        .db
        .write(|tx| {
            let head = journal::head(tx, &Chain::Hall)?;
            let (height, hash) = head.map_or((0, String::new()), |head| (head.height, head.hash.to_string()));
            journal::append(tx, Chain::Hall, "restored", "hall", &json!({ "known_height": height, "known_hash": hash }))?;
            Ok(format!("Restored. The hall's journal is known up to {height}:{hash}; whatever came after it is lost."))
        })
        .await
        .map_err(|cause| anyhow::anyhow!("{cause}"))?;
    journal::sequence(&app.db).await.map_err(|cause| anyhow::anyhow!("{cause}"))?;
    Ok(words)
}

fn copy_tree(from: &Path, to: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(to)?;
    if !from.exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_tree(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
