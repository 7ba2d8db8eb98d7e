//! A5: every frozen revision is what its manifest says, every file is what its digest says, every
//! delivery was of such a file, and every record had its ground, consent and screening when frozen.

use super::{Check, PAGE, Scope};
use crate::app::App;
use crate::error::Result;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, DeliveryId, RecordId, RevisionId};
use crate::kernel::merkle::Roots;
use crate::kernel::terms::Use;
use crate::kernel::time::Timestamp;
use crate::platform::db::Conn;
use crate::platform::db::schema::{deliveries, freezes, licences, records, revision_files, revision_records, revisions, tombstones};
use crate::pool::corpora::Manifest;
use crate::pool::records::Gate;
use crate::pool::records::rules::Reason;
use crate::pool::records::shelf::{Row, row_columns};
use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Queryable)]
struct Frozen {
    id: RevisionId,
    uses: String,
    at: Timestamp,
    root: Digest,
    records: i64,
    manifest: String,
    manifest_hash: Digest,
}

pub(super) fn look(conn: &mut Conn, scope: &Scope, check: &mut Check) -> Result<()> {
    for coop in &scope.coops {
        let mut after = String::new();
        while let Some(frozen) = next(conn, coop, &after)? {
            after = frozen.id.to_string();
            check.count("revisions", 1);
            manifest(conn, coop, &frozen, check)?;
            leaves(conn, coop, &frozen, check)?;
            admitted(conn, coop, &frozen, check)?;
        }
        delivered(conn, coop, check)?;
    }
    Ok(())
}

fn next(conn: &mut Conn, coop: &CoopId, after: &str) -> Result<Option<Frozen>> {
    Ok(freezes::table
        .inner_join(revisions::table.on(revisions::coop_id.eq(freezes::coop_id).and(revisions::id.eq(freezes::revision_id))))
        .filter(freezes::coop_id.eq(coop).and(freezes::revision_id.gt(after)))
        .order(freezes::revision_id)
        .select((freezes::revision_id, revisions::uses, revisions::at, freezes::root, freezes::records, freezes::manifest, freezes::manifest_hash))
        .first(conn)
        .optional()?)
}

fn manifest(conn: &mut Conn, coop: &CoopId, frozen: &Frozen, check: &mut Check) -> Result<()> {
    let id = format!("revision {}", frozen.id);
    check.expect(Digest::of(frozen.manifest.as_bytes()) == frozen.manifest_hash, &id, "the manifest does not hash to its digest: it was changed");
    let Ok(manifest) = serde_json::from_str::<Manifest>(&frozen.manifest) else {
        check.find(&id, "the manifest cannot be read");
        return Ok(());
    };
    check.expect(manifest.root == frozen.root && manifest.records == frozen.records, &id, "the manifest names another root or number of records");
    let kept: BTreeMap<String, (i64, Digest)> = revision_files::table
        .filter(revision_files::coop_id.eq(coop).and(revision_files::revision_id.eq(&frozen.id)))
        .select((revision_files::name, (revision_files::bytes, revision_files::digest)))
        .load(conn)?
        .into_iter()
        .collect();
    check.count("files", kept.len());
    let told: BTreeMap<String, (i64, Digest)> = manifest.files.into_iter().map(|file| (file.name, (file.bytes, file.sha256))).collect();
    for (name, file) in &kept {
        check.expect(told.get(name) == Some(file), format_args!("{id} file {name}"), "is not in the revision's manifest with this size and hash");
    }
    for name in told.keys().filter(|name| !kept.contains_key(*name)) {
        check.find(format_args!("{id} file {name}"), "is in the manifest and not kept");
    }
    Ok(())
}

fn leaves(conn: &mut Conn, coop: &CoopId, frozen: &Frozen, check: &mut Check) -> Result<()> {
    let (mut roots, mut expected) = (Roots::default(), 0);
    loop {
        let some: Vec<(i64, RecordId, Digest, Digest)> = revision_records::table
            .inner_join(records::table.on(records::coop_id.eq(revision_records::coop_id).and(records::id.eq(revision_records::record_id))))
            .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(&frozen.id)).and(revision_records::position.ge(expected)))
            .order(revision_records::position)
            .limit(PAGE * 5)
            .select((revision_records::position, revision_records::record_id, revision_records::leaf, records::leaf))
            .load(conn)?;
        if some.is_empty() {
            break;
        }
        check.count("frozen records", some.len());
        for (position, record, leaf, own) in some {
            check.expect(position == expected, format_args!("revision {} place {expected}", frozen.id), "holds no record");
            check.expect(leaf == own, format_args!("record {record}"), "has another leaf than the revision froze: record or revision was changed");
            roots.push(&leaf);
            expected = position + 1;
        }
    }
    check.expect(expected == frozen.records && roots.root() == frozen.root, format_args!("revision {}", frozen.id), "its records do not make its Merkle root");
    Ok(())
}

/// Judges every record again by the gate as it stood when the freeze was asked for.
fn admitted(conn: &mut Conn, coop: &CoopId, frozen: &Frozen, check: &mut Check) -> Result<()> {
    let Ok(uses) = serde_json::from_str::<BTreeSet<Use>>(&frozen.uses) else {
        check.find(format_args!("revision {}", frozen.id), "its uses cannot be read");
        return Ok(());
    };
    let (gate, mut from) = (Gate::at(conn, coop, frozen.at)?, 0);
    loop {
        let rows: Vec<Row> = revision_records::table
            .inner_join(records::table.on(records::coop_id.eq(revision_records::coop_id).and(records::id.eq(revision_records::record_id))))
            .filter(revision_records::coop_id.eq(coop).and(revision_records::revision_id.eq(&frozen.id)).and(revision_records::position.ge(from)))
            .order(revision_records::position)
            .limit(PAGE)
            .select(row_columns!())
            .load(conn)?;
        if rows.is_empty() {
            return Ok(());
        }
        from += i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let ids: Vec<&RecordId> = rows.iter().map(|row| &row.id).collect();
        let later: BTreeSet<RecordId> = tombstones::table
            .filter(tombstones::coop_id.eq(coop).and(tombstones::record_id.eq_any(ids)).and(tombstones::at.ge(frozen.at)))
            .select(tombstones::record_id)
            .load(conn)?
            .into_iter()
            .collect();
        for (row, answer) in rows.iter().zip(gate.judge(conn, coop, &rows, &uses)?) {
            let reasons = answer.err().unwrap_or_default();
            for reason in reasons.iter().filter(|reason| **reason != Reason::Out || !later.contains(&row.id)) {
                check.find(format_args!("record {} in revision {}", row.id, frozen.id), format!("was frozen and ought not to have been. {reason}"));
            }
        }
    }
}

fn delivered(conn: &mut Conn, coop: &CoopId, check: &mut Check) -> Result<()> {
    let mut after = String::new();
    loop {
        let some: Vec<(DeliveryId, Digest, RevisionId, RevisionId, Digest)> = deliveries::table
            .inner_join(revision_files::table.on(
                revision_files::coop_id.eq(deliveries::coop_id).and(revision_files::revision_id.eq(deliveries::revision_id)).and(revision_files::name.eq(deliveries::name)),
            ))
            .inner_join(licences::table.on(licences::coop_id.eq(deliveries::coop_id).and(licences::id.eq(deliveries::licence_id))))
            .filter(deliveries::coop_id.eq(coop).and(deliveries::id.gt(&after)))
            .order(deliveries::id)
            .limit(PAGE)
            .select((deliveries::id, deliveries::digest, deliveries::revision_id, licences::revision_id, revision_files::digest))
            .load(conn)?;
        let Some((last, ..)) = some.last() else { return Ok(()) };
        after = last.to_string();
        check.count("deliveries", some.len());
        for (id, digest, revision, licensed, kept) in &some {
            check.expect(digest == kept, format_args!("delivery {id}"), "delivered a file whose hash is not in its revision's manifest");
            check.expect(revision == licensed, format_args!("delivery {id}"), "delivered another revision than its licence is for");
        }
    }
}

/// Reads every file of every frozen revision and hashes it.
pub(super) async fn files(app: &App, check: &mut Check) -> Result<()> {
    let mut after = (String::new(), String::new(), String::new());
    loop {
        let (coop, revision, name) = after.clone();
        let some: Vec<(CoopId, RevisionId, String, Digest)> = app
            .db
            .read(move |conn| {
                let here = revision_files::coop_id.eq(coop.clone());
                let further = revision_files::coop_id.gt(coop).or(here.clone().and(revision_files::revision_id.gt(revision.clone()))).or(here.and(revision_files::revision_id.eq(revision)).and(revision_files::name.gt(name)));
                let query = revision_files::table.filter(further).order((revision_files::coop_id, revision_files::revision_id, revision_files::name)).limit(PAGE);
                Ok(query.select((revision_files::coop_id, revision_files::revision_id, revision_files::name, revision_files::digest)).load(conn)?)
            })
            .await?;
        let Some((coop, revision, name, _)) = some.last() else { return Ok(()) };
        after = (coop.to_string(), revision.to_string(), name.clone());
        for (coop, revision, name, digest) in &some {
            match app.blobs.get(coop, digest).await {
                Ok(bytes) => check.count("bytes of files hashed", bytes.len()),
                Err(cause) => check.find(format_args!("revision {revision} file {name}"), format!("cannot be read as what it was frozen as: {cause}")),
            }
        }
    }
}
