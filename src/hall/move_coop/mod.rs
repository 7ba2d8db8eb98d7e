//! A whole cooperative as one file that another hall imports: all its rows, its journal with every
//! link, its blobs, and the people and buyers its rows name. Passwords, sessions, keys of open
//! votes and signing secrets are never in it.

mod import;
pub use import::{Moved, import};

use crate::app::App;
use crate::error::{NotFound, OrNotFound as _, Result};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, Id as _};
use crate::kernel::time::Timestamp;
use crate::membership::coops;
use crate::platform::db::Conn;
use crate::platform::db::schema::{ballot_keys, blobs, coops as cooperatives, proposals};
use crate::platform::db::transfer::{Table, rows};
use crate::platform::journal::{self, Chain};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The format's name and version, the first thing an import looks at.
pub const FORMAT: &str = "guildhall-cooperative/1";

/// What the file holds, with a digest of each part.
#[derive(Debug, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: String,
    /// The cooperative's id.
    pub coop: CoopId,
    /// Its name in addresses.
    pub slug: String,
    /// When it was exported, RFC 3339.
    pub exported_at: String,
    /// The head of its journal, as HEIGHT:HASH.
    pub head: String,
    /// Rows and digest by part.
    pub parts: BTreeMap<String, Part>,
    /// The digests of its blobs.
    pub blobs: Vec<Digest>,
}

/// One part of the file.
#[derive(Debug, Serialize, Deserialize)]
pub struct Part {
    /// How many rows.
    pub rows: u64,
    /// SHA-256 of its lines.
    pub digest: Digest,
}

/// Votes are open whose envelopes only this hall can open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Sealed votes are open: no. {0}. Only this hall can open their envelopes, so the cooperative moves when they are counted or cancelled.")]
pub struct OpenVotes(String);

impl crate::error::Refusal for OpenVotes {
    fn status(&self) -> u16 {
        409
    }
}

/// The tables that belong to a cooperative, parents first: those keyed by its id, and its chain of
/// the journal. The keys of sealed votes stay behind.
fn own_tables() -> impl Iterator<Item = (&'static Table, &'static str)> {
    Table::all().iter().filter_map(|table| match table.key.first() {
        Some(&"coop_id") if table.name != "ballot_keys" => Some((table, "coop_id")),
        Some(&"chain") => Some((table, "chain")),
        _ => None,
    })
}

/// The file being written, and what was noticed on the way.
struct Sink {
    zip: ZipWriter<File>,
    parts: BTreeMap<String, Part>,
    accounts: BTreeSet<String>,
}

impl Sink {
    fn entry(&mut self, name: &str) -> Result<()> {
        Ok(self.zip.start_file(name, SimpleFileOptions::default().large_file(true)).map_err(anyhow::Error::from)?)
    }

    /// Writes the rows of a table in which a column has one of these values as one part.
    fn part(&mut self, conn: &mut Conn, table: &Table, column: &'static str, values: &[String], strip: impl Fn(&mut Value)) -> Result<()> {
        self.entry(&format!("rows/{}.jsonl", table.name))?;
        let (mut hash, mut count) = (Sha256::new(), 0);
        for value in values {
            rows(conn, table, &[(column, value)], |row| {
                let mut row = row.clone();
                strip(&mut row);
                self.accounts.extend(table.accounts.iter().filter_map(|name| row.get(*name)?.as_str().map(str::to_owned)));
                let line = format!("{row}\n");
                hash.update(&line);
                count += 1;
                Ok(self.zip.write_all(line.as_bytes())?)
            })?;
        }
        let digest = Digest::from_bytes(&hash.finalize().into());
        self.parts.insert(table.name.to_owned(), Part { rows: count, digest });
        Ok(())
    }
}

fn table(name: &str) -> Result<&'static Table> {
    Ok(Table::named(name).ok_or_else(|| anyhow::anyhow!("there is no table {name}"))?)
}

fn blank(row: &mut Value, columns: &[(&str, Value)]) {
    for (name, value) in columns {
        if let Some(field) = row.get_mut(*name) {
            *field = value.clone();
        }
    }
}

/// Values of a column of a cooperative's rows.
fn distinct(conn: &mut Conn, name: &str, column: &str, coop: &CoopId) -> Result<Vec<String>> {
    let mut found = BTreeSet::new();
    rows(conn, table(name)?, &[("coop_id", coop.as_str())], |row| {
        found.extend(row.get(column).and_then(Value::as_str).map(str::to_owned));
        Ok(())
    })?;
    Ok(found.into_iter().collect())
}

/// Writes all rows in one snapshot: first the cooperative's, then whom and what they name.
fn write_rows(conn: &mut Conn, coop: &CoopId, sink: &mut Sink, now: Timestamp) -> Result<Vec<Digest>> {
    let id = [coop.to_string()];
    let open: Vec<i64> = ballot_keys::table
        .inner_join(proposals::table.on(proposals::coop_id.eq(ballot_keys::coop_id).and(proposals::id.eq(ballot_keys::proposal_id))))
        .filter(ballot_keys::coop_id.eq(coop))
        .order(proposals::number)
        .select(proposals::number)
        .load(conn)?;
    if !open.is_empty() {
        return Err(OpenVotes(open.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")).into());
    }
    sink.part(conn, table("coops")?, "id", &id, |_| ())?;
    for (own, column) in own_tables() {
        sink.part(conn, own, column, &id, |_| ())?;
    }
    let buyers = distinct(conn, "negotiations", "buyer_id", coop)?;
    sink.part(conn, table("buyers")?, "id", &buyers, |_| ())?;
    sink.part(conn, table("buyer_users")?, "buyer_id", &buyers, |_| ())?;
    // The public half of each signing key lets its licences be checked; the other half stays here.
    let keys = distinct(conn, "licences", "kid", coop)?;
    sink.part(conn, table("signing_keys")?, "kid", &keys, |row| blank(row, &[("sealed", json!("\\x")), ("retired_at", json!(now.0))]))?;
    let people: Vec<String> = std::mem::take(&mut sink.accounts).into_iter().collect();
    sink.part(conn, table("accounts")?, "id", &people, |row| blank(row, &[("password", json!("")), ("verified_at", Value::Null)]))?;
    Ok(blobs::table.filter(blobs::coop_id.eq(coop)).order(blobs::digest).select(blobs::digest).load(conn)?)
}

/// Writes a cooperative into a new file and says what it holds.
///
/// # Errors
/// [`NotFound`], [`OpenVotes`]; when the file is there already or cannot be written.
pub async fn export(app: &App, slug: &str, file: &Path) -> Result<Manifest> {
    journal::sequence(&app.db).await?;
    let target = File::options().write(true).create_new(true).open(file)?;
    let written = write(app, slug, target).await;
    if written.is_err() {
        let _ = std::fs::remove_file(file);
    }
    written
}

async fn write(app: &App, slug: &str, target: File) -> Result<Manifest> {
    let (slug, now) = (slug.to_owned(), app.now());
    let (mut sink, mut manifest) = app
        .db
        .read(move |conn| {
            let id: CoopId = cooperatives::table.filter(cooperatives::slug.eq(&slug)).select(cooperatives::id).first(conn).or_not_found()?;
            let mut sink = Sink { zip: ZipWriter::new(target), parts: BTreeMap::new(), accounts: BTreeSet::new() };
            let blobs = write_rows(conn, &id, &mut sink, now)?;
            let head = journal::head(conn, &Chain::from(&id))?.map_or_else(|| "0:".to_owned(), |head| format!("{}:{}", head.height, head.hash));
            Ok((sink, Manifest { format: FORMAT.to_owned(), coop: id, slug, exported_at: now.iso(), head, parts: BTreeMap::new(), blobs }))
        })
        .await?;
    for digest in &manifest.blobs {
        // A row may outlive its bytes by a moment, when an erased record's pack is being written anew.
        match app.blobs.get(&manifest.coop, digest).await {
            Ok(bytes) => {
                let stored = SimpleFileOptions::default().large_file(true).compression_method(zip::CompressionMethod::Stored);
                sink.zip.start_file(format!("blobs/{digest}"), stored).map_err(anyhow::Error::from)?;
                sink.zip.write_all(&bytes)?;
            }
            Err(error) if error.refusal::<NotFound>().is_some() => {
                return Err(anyhow::anyhow!("blob {digest} is named by a row and not there: nothing was exported").into());
            }
            Err(error) => return Err(error),
        }
    }
    manifest.parts = std::mem::take(&mut sink.parts);
    sink.entry("manifest.json")?;
    sink.zip.write_all(serde_json::to_string_pretty(&manifest)?.as_bytes())?;
    sink.zip.finish().map_err(anyhow::Error::from)?.sync_all()?;
    Ok(manifest)
}

/// Whether a cooperative of this name or id is here.
fn is_here(conn: &mut Conn, id: &CoopId, slug: &str) -> Result<bool> {
    Ok(coops::coop(conn, id).is_ok_and(|coop| !import::is_underway(&coop.slug)) || cooperatives::table.filter(cooperatives::slug.eq(slug)).count().get_result::<i64>(conn)? > 0)
}
