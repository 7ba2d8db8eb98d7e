//! Importing a cooperative that another hall exported. Every part is checked before anything is
//! written; rows go in by chunks, parents first, and one last step gives the cooperative its name
//! and makes it visible. An import that broke off is run again with the same file.

use super::{FORMAT, Manifest, is_here, own_tables, table};
use crate::app::App;
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{AccountId, CoopId, Id as _};
use crate::kernel::time::Timestamp;
use crate::membership::accounts;
use crate::platform::db::Tx;
use crate::platform::db::schema::coops as cooperatives;
use crate::platform::db::transfer::{self, Table};
use crate::platform::journal::{self, Chain};
use anyhow::{Context as _, bail};
use diesel::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use zip::ZipArchive;

/// Rows and bytes written together at most.
const CHUNK: usize = 500;
const CHUNK_BYTES: usize = 1 << 20;

/// How a cooperative is called until all of it is there.
const UNDERWAY: &str = "importing-";

/// Whether this name says that an import is not finished.
pub(super) fn is_underway(slug: &str) -> bool {
    slug.starts_with(UNDERWAY)
}

/// What an import did.
#[derive(Debug)]
pub struct Moved {
    /// Its name in addresses here.
    pub slug: String,
    /// Rows the file held.
    pub rows: u64,
    /// Blobs stored.
    pub blobs: usize,
    /// People who had an account here, and people for whom one was made; these set a password first.
    pub known: usize,
    /// See `known`.
    pub made: usize,
}

type Archive = ZipArchive<File>;

fn manifest(archive: &mut Archive) -> anyhow::Result<Manifest> {
    let mut text = String::new();
    archive.by_name("manifest.json").context("this is no export of a cooperative: it has no manifest")?.read_to_string(&mut text)?;
    let manifest: Manifest = serde_json::from_str(&text).context("the manifest cannot be read")?;
    if manifest.format != FORMAT {
        bail!("the file is of the format {:?}; this program reads {FORMAT:?}", manifest.format);
    }
    Ok(manifest)
}

fn part_name(table: &Table) -> String {
    format!("rows/{}.jsonl", table.name)
}

/// Compares every part with the manifest, so that a damaged or changed file does nothing.
fn check(archive: &mut Archive, manifest: &Manifest) -> anyhow::Result<()> {
    for (name, part) in &manifest.parts {
        let table = Table::named(name).with_context(|| format!("the file holds the part {name:?}, which this program does not know"))?;
        let mut entry = archive.by_name(&part_name(table)).with_context(|| format!("the part {name} is missing"))?;
        let mut hash = Sha256::new();
        std::io::copy(&mut entry, &mut hash)?;
        if Digest::from_bytes(&hash.finalize().into()) != part.digest {
            bail!("the part {name} is not what the manifest says: the file was damaged or changed, and nothing was imported");
        }
    }
    Ok(())
}

/// All rows of a part that is small.
fn whole(archive: &mut Archive, name: &str) -> Result<Vec<Value>> {
    let Ok(entry) = archive.by_name(&part_name(table(name)?)) else { return Ok(Vec::new()) };
    BufReader::new(entry).lines().map(|line| Ok(serde_json::from_str(&line?)?)).collect()
}

/// The account of each person in the file: theirs here by e-mail address, or one made now, without
/// a password, under the same id where that is free.
fn settle(tx: &mut Tx<'_>, people: &[Value]) -> Result<(BTreeMap<String, String>, usize)> {
    let (mut ids, mut made) = (BTreeMap::new(), 0);
    for person in people {
        let text = |name: &str| person.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (id, email) = (text("id"), text("email"));
        let here = match accounts::by_email(tx, &email)? {
            Some(known) => known.id,
            None => {
                made += 1;
                accounts::adopt(tx, AccountId::parse(&id), &email, &text("name"))?
            }
        };
        ids.insert(id, here.to_string());
    }
    Ok((ids, made))
}

/// Rows as this hall keeps them: accounts by their ids here, tokens of the other hall stopped.
fn translated(table: &Table, mut rows: Vec<Value>, ids: &BTreeMap<String, String>, now: Timestamp) -> Vec<Value> {
    for row in &mut rows {
        for column in table.accounts {
            if let Some(Value::String(id)) = row.get_mut(*column)
                && let Some(here) = ids.get(id)
            {
                here.clone_into(id);
            }
        }
        if let (true, Some(revoked @ Value::Null)) = (table.name == "delivery_tokens", row.get_mut("revoked_at")) {
            *revoked = json!(now.0);
        }
    }
    rows
}

async fn put(app: &App, table: &'static Table, rows: Vec<Value>) -> Result<()> {
    app.db.for_jobs().write(move |tx| Ok(transfer::insert(tx, table, &rows).map(drop)?)).await
}

/// Writes one part, a chunk at a time, so that memory holds no more than that.
async fn put_part(app: &App, archive: &mut Archive, table: &'static Table, ids: &BTreeMap<String, String>) -> Result<()> {
    let now = app.now();
    let Ok(entry) = archive.by_name(&part_name(table)) else { return Ok(()) };
    let (mut chunk, mut bytes) = (Vec::new(), 0);
    for line in BufReader::new(entry).lines() {
        let line = line?;
        bytes += line.len();
        chunk.push(serde_json::from_str(&line)?);
        if chunk.len() >= CHUNK || bytes >= CHUNK_BYTES {
            put(app, table, translated(table, std::mem::take(&mut chunk), ids, now)).await?;
            bytes = 0;
        }
    }
    if chunk.is_empty() { Ok(()) } else { put(app, table, translated(table, chunk, ids, now)).await }
}

/// The cooperative's own row, under a name that says it is not finished.
async fn begin(app: &App, archive: &mut Archive, id: &CoopId) -> Result<()> {
    let mut rows = whole(archive, "coops")?;
    for row in &mut rows {
        if let Some(slug) = row.get_mut("slug") {
            *slug = json!(format!("{UNDERWAY}{id}"));
        }
    }
    put(app, table("coops")?, rows).await
}

async fn blobs(app: &App, archive: &mut Archive, manifest: &Manifest) -> Result<()> {
    for digest in &manifest.blobs {
        let mut bytes = Vec::new();
        archive.by_name(&format!("blobs/{digest}")).map_err(anyhow::Error::from)?.read_to_end(&mut bytes)?;
        if app.blobs.put(&manifest.coop, bytes).await? != *digest {
            return Err(anyhow::anyhow!("blob {digest} does not hash to its name").into());
        }
    }
    Ok(())
}

/// Makes the cooperative visible under its name, and enters what happened into both journals.
fn finish(tx: &mut Tx<'_>, coop: &CoopId, slug: &str, head: &str) -> Result<()> {
    diesel::update(cooperatives::table.find(coop)).set(cooperatives::slug.eq(slug)).execute(&mut **tx)?;
    journal::append(tx, coop, "cooperative_imported", coop.as_str(), &json!({ "known_head": head }))?;
    journal::append(tx, Chain::Hall, "cooperative_imported", coop.as_str(), &json!({ "known_head": head }))
}

/// Imports a cooperative, under another name in addresses if one is given.
///
/// # Errors
/// When the file is no export, was changed, or the cooperative or its name is here already.
pub async fn import(app: &App, file: &Path, under: Option<&str>) -> Result<Moved> {
    let mut archive = ZipArchive::new(File::open(file)?).map_err(|_| anyhow::anyhow!("this is no export of a cooperative: it is no ZIP file"))?;
    let manifest = manifest(&mut archive)?;
    check(&mut archive, &manifest)?;
    let slug = under.map_or_else(|| manifest.slug.clone(), crate::kernel::text::slug);
    let (id, name) = (manifest.coop.clone(), slug.clone());
    if app.db.read(move |conn| is_here(conn, &id, &name)).await? {
        return Err(anyhow::anyhow!("this cooperative, or another one called {slug}, is here already: nothing was imported").into());
    }
    blobs(app, &mut archive, &manifest).await?;
    let people = whole(&mut archive, "accounts")?;
    let count = people.len();
    let mut ids = BTreeMap::new();
    let mut made = 0;
    for some in people.chunks(CHUNK).map(<[Value]>::to_vec) {
        let (settled, anew) = app.db.write(move |tx| settle(tx, &some)).await?;
        ids.extend(settled);
        made += anew;
    }
    begin(app, &mut archive, &manifest.coop).await?;
    for global in ["buyers", "buyer_users", "signing_keys"] {
        put_part(app, &mut archive, table(global)?, &ids).await?;
    }
    for (own, _) in own_tables() {
        put_part(app, &mut archive, own, &ids).await?;
    }
    let (coop, head, name) = (manifest.coop.clone(), manifest.head.clone(), slug.clone());
    app.db.write(move |tx| finish(tx, &coop, &name, &head)).await?;
    journal::sequence(&app.db).await?;
    Ok(Moved { slug, rows: manifest.parts.values().map(|part| part.rows).sum(), blobs: manifest.blobs.len(), known: count - made, made })
}
