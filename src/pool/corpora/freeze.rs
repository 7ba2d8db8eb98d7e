//! The freeze job. It selects as of the instant the freeze was asked for, in the order of record ids
//! (which tells no more than the coarse order of import and keeps reading local to packs), a page a
//! write; then writes the files part by part; one row makes the revision visible. Breaking off at any
//! point loses nothing: what was selected stays selected, and files come out the same again.

use super::files::{self, Delivered, PART_BYTES};
use super::rules::{Figures, File, Filter, Ground, Manifest, length_labels};
use super::store::{self, Freeze, Revision};
use crate::app::App;
use crate::error::{OrNotFound as _, Result};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{ContributorId, CoopId, Id as _, JobId, RecordId, RevisionId};
use crate::kernel::merkle::Roots;
use crate::kernel::terms::Use;
use crate::membership::coops;
use crate::platform::db::Tx;
use crate::platform::{jobs, journal};
use crate::pool::records::shelf::{self, Row};
use crate::pool::records::{Gate, grounds_of, pack};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeSet, HashSet, VecDeque};
use std::sync::Arc;

/// Payload of the job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Whose pool.
    pub coop: CoopId,
    /// Which revision.
    pub revision: RevisionId,
}

/// Records looked at a step.
const PAGE: i64 = 500;
/// Packs kept open while reading: records in the order of ids lie close together.
const OPEN_PACKS: usize = 4;

/// Freezes a revision, from the beginning or from where it broke off; `None` when it was given up
/// because something was withdrawn meanwhile.
///
/// # Errors
/// When the database or the storage does, or content does not hash to its leaf.
pub async fn carry_out(app: &App, job: Option<&JobId>, task: &Task) -> Result<Option<Freeze>> {
    let (coop, id) = (task.coop.clone(), task.revision.clone());
    let (revision, frozen, abandoned) =
        app.db.read(move |conn| Ok((store::revision(conn, &coop, &id).or_not_found()?, store::freeze(conn, &coop, &id)?, store::abandonment(conn, &coop, &id)?))).await?;
    if frozen.is_some() || abandoned.is_some() {
        return Ok(frozen);
    }
    let records = select(app, job, task, &revision).await?;
    if records == 0 {
        return give_up(app, task, "No record may enter for these uses.").await;
    }
    let root = root(app, task).await?;
    let mut writing = Writing { root: root.clone(), ..Writing::default() };
    let mut from = 0;
    while from < records {
        from = write_part(app, task, from, &mut writing).await?;
    }
    flip(app, task, revision, writing).await
}

async fn select(app: &App, job: Option<&JobId>, task: &Task, revision: &Revision) -> Result<i64> {
    let filter: Filter = serde_json::from_str(&revision.filter)?;
    let uses: BTreeSet<Use> = serde_json::from_str(&revision.uses)?;
    let (coop, id, at) = (task.coop.clone(), task.revision.clone(), revision.at);
    let (gate, last) = app.db.read(move |conn| Ok((Arc::new(Gate::at(conn, &coop, at)?), store::last_selected(conn, &coop, &id)?))).await?;
    let (mut next, mut after) = last.map_or((0, None), |(position, record)| (position + 1, Some(record)));
    loop {
        let (coop, filter, uses, gate, from) = (task.coop.clone(), filter.clone(), uses.clone(), Arc::clone(&gate), after.clone());
        let (seen, fit, last) = app
            .db
            .read(move |conn| {
                let rows = store::select(conn, &coop, &filter, from.as_ref(), PAGE)?;
                let judged = gate.judge(conn, &coop, &rows, &uses)?;
                let last = rows.last().map(|row| row.id.clone());
                let seen = rows.len();
                let fit: Vec<(RecordId, Digest)> = rows.into_iter().zip(judged).filter(|(_, answer)| answer.is_ok()).map(|(row, _)| (row.id, row.leaf)).collect();
                Ok((seen, fit, last))
            })
            .await?;
        if let Some(last) = last {
            after = Some(last);
        }
        let count = i64::try_from(fit.len()).unwrap_or(i64::MAX);
        let (task, job) = (task.clone(), job.cloned());
        app.db.for_jobs().write(move |tx| put_page(tx, &task, job.as_ref(), next, &fit)).await?;
        next += count;
        if seen < usize::try_from(PAGE).unwrap_or(usize::MAX) {
            return Ok(next);
        }
    }
}

fn put_page(tx: &mut Tx<'_>, task: &Task, job: Option<&JobId>, next: i64, fit: &[(RecordId, Digest)]) -> Result<()> {
    let expected = store::last_selected(tx, &task.coop, &task.revision)?.map_or(0, |(position, _)| position + 1);
    if expected != next {
        return Err(crate::pool::records::Overtaken.into());
    }
    for (position, (record, leaf)) in (next..).zip(fit) {
        store::put_selected(tx, &task.coop, &task.revision, position, record, leaf)?;
    }
    if let Some(job) = job {
        jobs::keep(tx, job)?;
    }
    Ok(())
}

async fn root(app: &App, task: &Task) -> Result<Digest> {
    let (mut roots, mut from) = (Roots::default(), 0);
    loop {
        let (coop, id) = (task.coop.clone(), task.revision.clone());
        let leaves = app.db.read(move |conn| Ok(store::leaves(conn, &coop, &id, from, 10_000)?)).await?;
        if leaves.is_empty() {
            return Ok(roots.root());
        }
        from += i64::try_from(leaves.len()).unwrap_or(i64::MAX);
        leaves.iter().for_each(|leaf| roots.push(leaf));
    }
}

/// What has been written so far.
struct Writing {
    root: Digest,
    figures: Figures,
    people: HashSet<ContributorId>,
    files: Vec<File>,
    parts: usize,
    packs: VecDeque<(Digest, Arc<Vec<u8>>)>,
}

impl Default for Writing {
    fn default() -> Self {
        Self { root: Digest::of(b""), figures: Figures::default(), people: HashSet::new(), files: Vec::new(), parts: 0, packs: VecDeque::new() }
    }
}

/// Gathers records up to the size of a part, writes its two files, and answers the next position.
async fn write_part(app: &App, task: &Task, mut from: i64, writing: &mut Writing) -> Result<i64> {
    let (mut part, mut size): (Vec<Delivered>, usize) = (Vec::new(), 0);
    while size < PART_BYTES {
        let (coop, id) = (task.coop.clone(), task.revision.clone());
        let (rows, people) = app
            .db
            .read(move |conn| {
                let rows = store::selected(conn, &coop, &id, from, PAGE)?;
                let ids: Vec<RecordId> = rows.iter().map(|row| row.id.clone()).collect();
                let people: Vec<ContributorId> = shelf::holders(conn, &coop, &ids)?.into_iter().map(|holder| holder.contributor).collect();
                Ok((rows, people))
            })
            .await?;
        if rows.is_empty() {
            break;
        }
        writing.people.extend(people);
        for row in rows {
            from += 1;
            writing.figures.count(&row.kind, &row.language, row.happened_at, row.words, row.bytes);
            let delivered = content(app, task, row, &mut writing.packs).await?;
            size += delivered.record.len();
            part.push(delivered);
        }
    }
    let (root, number) = (writing.root.clone(), writing.parts);
    let records = i64::try_from(part.len()).unwrap_or(i64::MAX);
    let made = tokio::task::spawn_blocking(move || Ok::<_, crate::error::Error>([files::jsonl(&part)?, files::parquet(&part, &root)?]));
    let [lines, table] = made.await.map_err(|cause| anyhow::anyhow!("writing broke off: {cause}"))??;
    for (bytes, end, media_type) in [(lines, "jsonl.gz", "application/gzip"), (table, "parquet", "application/vnd.apache.parquet")] {
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        let sha256 = app.blobs.put(&task.coop, bytes).await?;
        writing.files.push(File { name: format!("part-{number:04}.{end}"), media_type: media_type.to_owned(), bytes: length, sha256, records });
    }
    writing.parts += 1;
    Ok(from)
}

async fn content(app: &App, task: &Task, row: Row, packs: &mut VecDeque<(Digest, Arc<Vec<u8>>)>) -> Result<Delivered> {
    let open = packs.iter().find(|(digest, _)| *digest == row.pack).map(|(_, plain)| Arc::clone(plain));
    let plain = match open {
        Some(plain) => plain,
        None => {
            let plain = Arc::new(pack::open(&app.blobs.get(&task.coop, &row.pack).await?)?);
            packs.push_front((row.pack.clone(), Arc::clone(&plain)));
            packs.truncate(OPEN_PACKS);
            plain
        }
    };
    let line = pack::line(&plain, row.ordinal).ok_or_else(|| anyhow::anyhow!("record {} is not in its pack", row.id))?;
    Delivered::checked(row, line)
}

async fn give_up(app: &App, task: &Task, reason: &'static str) -> Result<Option<Freeze>> {
    let task = task.clone();
    app.db
        .for_jobs()
        .write(move |tx| {
            store::put_abandonment(tx, &task.coop, &task.revision, reason)?;
            journal::append(tx, &task.coop, "freeze_abandoned", task.revision.as_str(), &json!({}))
        })
        .await?;
    Ok(None)
}

/// The flip: counts, root and manifest, or the reason why not.
async fn flip(app: &App, task: &Task, revision: Revision, writing: Writing) -> Result<Option<Freeze>> {
    let (task, writing) = (task.clone(), Arc::new(writing));
    app.db
        .for_jobs()
        .write(move |tx| {
            if let Some(frozen) = store::freeze(tx, &task.coop, &task.revision)? {
                return Ok(Some(frozen));
            }
            if store::withdrawn_since(tx, &task.coop, revision.at)? {
                store::put_abandonment(tx, &task.coop, &task.revision, "A record or a permission was withdrawn while it was being frozen. Freeze again.")?;
                journal::append(tx, &task.coop, "freeze_abandoned", task.revision.as_str(), &json!({}))?;
                return Ok(None);
            }
            let manifest = manifest(tx, &task, &revision, &writing)?;
            let text = serde_json::to_string_pretty(&manifest)?;
            let freeze = Freeze {
                root: writing.root.clone(),
                records: manifest.records,
                contributors: manifest.contributors,
                words: manifest.words,
                bytes: manifest.bytes,
                manifest_hash: Digest::of(text.as_bytes()),
                manifest: text,
                at: tx.now(),
            };
            for file in &manifest.files {
                store::put_file(tx, &task.coop, &task.revision, file)?;
            }
            let languages = serde_json::to_string(&manifest.languages)?;
            store::put_freeze(tx, &task.coop, &task.revision, &freeze, &languages, writing.figures.period)?;
            let facts = json!({"corpus": revision.corpus, "revision": revision.number, "root": freeze.root, "manifest": freeze.manifest_hash, "records": freeze.records});
            journal::append(tx, &task.coop, "revision_frozen", task.revision.as_str(), &facts)?;
            Ok(Some(freeze))
        })
        .await
}

fn manifest(tx: &mut Tx<'_>, task: &Task, revision: &Revision, writing: &Writing) -> Result<Manifest> {
    let corpus = store::corpus(tx, &task.coop, &revision.corpus)?;
    let cooperative = coops::coop(tx, &task.coop)?.slug;
    let counts = store::batches_in(tx, &task.coop, &task.revision)?;
    let mut grounds: Vec<Ground> = Vec::new();
    for (basis, records) in grounds_of(tx, &task.coop, &counts)? {
        match grounds.iter_mut().find(|g| (g.kind, &g.name, &g.source) == (basis.kind, &basis.name, &basis.source)) {
            Some(known) => known.records += records,
            None => grounds.push(Ground { kind: basis.kind, name: basis.name, source: basis.source, records }),
        }
    }
    let figures = &writing.figures;
    Ok(Manifest {
        cooperative,
        corpus: corpus.slug,
        title: corpus.name,
        revision: revision.number,
        frozen_at: revision.at.iso(),
        root: writing.root.clone(),
        leaf: super::LEAF.to_owned(),
        records: figures.records,
        contributors: i64::try_from(writing.people.len()).unwrap_or(i64::MAX),
        words: figures.words,
        bytes: figures.bytes,
        kinds: figures.kinds.clone(),
        languages: figures.languages.clone(),
        period: figures.period.map(|(from, to)| (from.iso(), to.iso())),
        lengths: length_labels().into_iter().zip(figures.lengths.iter().copied()).collect(),
        uses: serde_json::from_str(&revision.uses)?,
        filter: serde_json::from_str(&revision.filter)?,
        grounds,
        screening: "Attested batch by batch by a steward. Not machine-screened.".to_owned(),
        files: writing.files.clone(),
    })
}
