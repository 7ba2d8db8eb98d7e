//! The import job: packs of lines are read on one thread, compressed on another, and written in
//! chunks of about five hundred records, each chunk noting how far it came in the same transaction.
//! A job that breaks off goes on after the last noted line; one completion row makes the batch
//! visible.

use super::canonical::Marks;
use super::mapping::Mapping;
use super::{pack, people};
use super::reading::{Lines, Prepared, Reading};
use super::rules::{FindingKind, Refusal};
use super::shelf::{self, Holder, Row};
use super::store::{self, Batch, Completion, Finding, Progress};
use super::upload;
use crate::app::App;
use crate::error::{Error, OrNotFound as _, Result};
use crate::kernel::digest::Digest;
use crate::kernel::ids::{BatchId, ContributorId, CoopId, JobId, RecordId};
use crate::platform::db::{Conn, Tx};
use crate::platform::{jobs, journal};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Payload of the job.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Task {
    /// Whose pool.
    pub coop: CoopId,
    /// Which upload.
    pub batch: BatchId,
}

/// Lines a write deals with at most: with two contributors each, about a thousand rows.
const CHUNK: usize = 400;

/// How far an import has come, for whoever watches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// The last line written.
    pub lines: i64,
    /// Bytes of the upload read.
    pub bytes: u64,
    /// Bytes it has.
    pub of_bytes: u64,
}

/// One write of an import.
struct Chunk {
    coop: CoopId,
    batch: Batch,
    kind: String,
    after: i64,
    to: i64,
    bytes: i64,
    pack: Option<(Digest, i64)>,
    /// Records with their place in the pack; known ones have none.
    records: Vec<(Prepared, Option<i64>)>,
    refused: Vec<(i64, String)>,
    job: Option<JobId>,
}

/// Imports a batch, from the beginning or from where it broke off, and answers how it ended. A batch
/// that was imported before answers the same again.
///
/// # Errors
/// [`Refusal::NotMapped`]; broken when the database or the storage is.
pub async fn import(app: &App, job: Option<&JobId>, task: &Task, tell: impl Fn(Step) + Send) -> Result<Completion> {
    let done = import_on(app, job, task, tell).await;
    if let Err(error) = &done {
        note_fault(app, task, error).await;
    }
    done
}

/// Notes why an import broke off, for its page; that another node does it is no fault.
async fn note_fault(app: &App, task: &Task, error: &Error) {
    let words = match error {
        _ if error.refusal::<Overtaken>().is_some() => return,
        Error::Refused(refusal) => refusal.to_string(),
        Error::Broken(_) => "something did not work here.".to_owned(),
    };
    let (coop, batch) = (task.coop.clone(), task.batch.clone());
    let noted = app
        .db
        .for_jobs()
        .write(move |tx| {
            let progress = store::progress(tx, &coop, &batch)?.unwrap_or_default();
            store::put_progress(tx, &coop, &batch, &Progress { fault: Some(words.clone()), ..progress })?;
            Ok(())
        })
        .await;
    if let Err(cause) = noted {
        tracing::warn!(%cause, "why an import broke off was not noted");
    }
}

async fn import_on(app: &App, job: Option<&JobId>, task: &Task, tell: impl Fn(Step) + Send) -> Result<Completion> {
    let (coop, id) = (task.coop.clone(), task.batch.clone());
    let (batch, done, progress, refused) = app
        .db
        .read(move |conn| {
            let refused = store::count_findings(conn, &coop, &id, FindingKind::Refused)?;
            Ok((store::batch(conn, &coop, &id).or_not_found()?, store::completion(conn, &coop, &id)?, store::progress(conn, &coop, &id)?.unwrap_or_default(), refused))
        })
        .await?;
    let upload = Arc::new(batch.pieces()?);
    if let Some(done) = done {
        clear_away(app, task, &upload).await?;
        return Ok(done);
    }
    let mapping = batch.mapping.as_deref().ok_or(Refusal::NotMapped(batch.number))?;
    let reading = Reading {
        mapping: Mapping::parse(mapping).map_err(|fault| Refusal::Mapping(fault.to_string()))?,
        marks: Marks::new(&app.secrets.derive("pool marks")?, &task.coop),
        me: format!("member {}", batch.uploaded_by),
        file_name: batch.file_name.clone(),
        after: progress.lines,
        refused_before: u64::try_from(refused).unwrap_or(0),
    };
    let farthest = Arc::new(AtomicU64::new(0));
    let reader = upload::Reader::new(tokio::runtime::Handle::current(), app.blobs.clone(), task.coop.clone(), Arc::clone(&upload), Arc::clone(&farthest));
    let (give, mut take) = tokio::sync::mpsc::channel::<Lines>(2);
    let reading = tokio::task::spawn_blocking(move || {
        reading.run(reader, |lines| if give.blocking_send(lines).is_ok() { super::intake::Flow::On } else { super::intake::Flow::Stop });
    });
    let mut after = progress.lines;
    while let Some(lines) = take.recv().await {
        let bytes = farthest.load(Ordering::Relaxed);
        after = write(app, task, &batch, job, after, bytes, lines).await?;
        tell(Step { lines: after, bytes, of_bytes: upload.bytes });
    }
    reading.await.map_err(|cause| anyhow::anyhow!("reading broke off: {cause}"))?;
    let (coop, batch_id) = (task.coop.clone(), task.batch.clone());
    let done = app.db.for_jobs().write(move |tx| complete(tx, &coop, &batch_id)).await?;
    clear_away(app, task, &upload).await?;
    Ok(done)
}

/// Packs the new ones among these lines, stores the pack, and writes all in chunks. Answers the last
/// line written.
async fn write(app: &App, task: &Task, batch: &Batch, job: Option<&JobId>, mut after: i64, bytes: u64, lines: Lines) -> Result<i64> {
    let lines = Arc::new(lines);
    let (coop, kind, asked) = (task.coop.clone(), batch.kind.clone(), Arc::clone(&lines));
    let known: HashSet<String> = app
        .db
        .read(move |conn| {
            let keys: Vec<&str> = asked.records.iter().map(|r| r.key.as_str()).collect();
            Ok(shelf::known(conn, &coop, &kind, &keys)?.into_iter().map(|(key, _)| key).collect())
        })
        .await?;
    let mut fresh = 0;
    let places: Vec<Option<i64>> = lines
        .records
        .iter()
        .map(|record| {
            let new = !known.contains(&record.key);
            fresh += i64::from(new);
            new.then(|| fresh - 1)
        })
        .collect();
    let pack = if fresh > 0 { Some(put_pack(app, &task.coop, &lines, places.clone()).await?) } else { None };
    let lines = Arc::unwrap_or_clone(lines);
    let mut records = lines.records.into_iter().zip(places).peekable();
    let mut refused = lines.refused.into_iter().peekable();
    loop {
        let some: Vec<_> = records.by_ref().take(CHUNK).collect();
        let to = if records.peek().is_none() { lines.last } else { some.last().map_or(after, |(record, _)| record.line) };
        let mut bad = Vec::new();
        while let Some(line) = refused.next_if(|(line, _)| *line <= to) {
            bad.push(line);
        }
        let chunk = Arc::new(Chunk {
            coop: task.coop.clone(),
            batch: batch.clone(),
            kind: batch.kind.clone(),
            after,
            to,
            bytes: i64::try_from(bytes).unwrap_or(i64::MAX),
            pack: pack.clone(),
            records: some,
            refused: bad,
            job: job.cloned(),
        });
        app.db.for_jobs().write(move |tx| write_chunk(tx, &chunk)).await?;
        after = to;
        if records.peek().is_none() {
            return Ok(after);
        }
    }
}

async fn put_pack(app: &App, coop: &CoopId, lines: &Arc<Lines>, places: Vec<Option<i64>>) -> Result<(Digest, i64)> {
    let packing = Arc::clone(lines);
    let packed = tokio::task::spawn_blocking(move || {
        let fresh = packing.records.iter().zip(&places).filter(|(_, place)| place.is_some());
        pack::close(fresh.map(|(record, _)| record.content.as_bytes()))
    })
    .await
    .map_err(|cause| anyhow::anyhow!("packing broke off: {cause}"))??;
    let bytes = i64::try_from(packed.len()).unwrap_or(i64::MAX);
    Ok((app.blobs.put(coop, packed).await?, bytes))
}

/// Another node has written these lines; this one steps back and its job is tried again.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("Another worker is importing this batch.")]
pub struct Overtaken;

impl crate::error::Refusal for Overtaken {
    fn status(&self) -> u16 {
        409
    }
}

fn write_chunk(tx: &mut Tx<'_>, chunk: &Chunk) -> Result<()> {
    let mut progress = store::progress(tx, &chunk.coop, &chunk.batch.id)?.unwrap_or_default();
    if progress.lines != chunk.after {
        return Err(Overtaken.into());
    }
    if let Some((digest, bytes)) = &chunk.pack {
        store::put_blob(tx, &chunk.coop, digest, *bytes, "pack")?;
    }
    for (line, reason) in &chunk.refused {
        store::put_finding(tx, &chunk.coop, &chunk.batch.id, &Finding { line: *line, finding: FindingKind::Refused, key: String::new(), reason: reason.clone() })?;
    }
    progress.known += put_records(tx, chunk)?;
    let progress = Progress { lines: chunk.to, bytes: chunk.bytes, fault: None, ..progress };
    store::put_progress(tx, &chunk.coop, &chunk.batch.id, &progress)?;
    if let Some(job) = &chunk.job {
        jobs::keep(tx, job)?;
    }
    Ok(())
}

/// What the pool holds already that these records touch.
struct Held {
    keys: HashMap<String, Digest>,
    words: HashMap<Digest, (RecordId, BatchId, String)>,
    people: HashMap<String, ContributorId>,
}

fn held(conn: &mut Conn, chunk: &Chunk) -> Result<Held> {
    let keys: Vec<&str> = chunk.records.iter().map(|(r, _)| r.key.as_str()).collect();
    let marks: Vec<&Digest> = chunk.records.iter().map(|(r, _)| &r.sameness).collect();
    let names: HashSet<&String> = chunk.records.iter().flat_map(|(r, _)| r.people.iter().map(|p| &p.who)).filter(|who| *who != "@me").collect();
    let names: Vec<String> = names.into_iter().cloned().collect();
    let mut people = HashMap::new();
    for some in names.chunks(1_000) {
        people.extend(people::contributors_named(conn, &chunk.coop, some)?.into_iter().filter_map(|c| Some((c.pseudonym?, c.id))));
    }
    Ok(Held {
        keys: shelf::known(conn, &chunk.coop, &chunk.kind, &keys)?.into_iter().collect(),
        words: shelf::firsts(conn, &chunk.coop, &marks)?.into_iter().map(|(mark, id, batch, key)| (mark, (id, batch, key))).collect(),
        people,
    })
}

/// Writes the new ones and answers how many were known.
fn put_records(tx: &mut Tx<'_>, chunk: &Chunk) -> Result<i64> {
    let mut held = held(tx, chunk)?;
    let mut known = 0;
    for (record, place) in &chunk.records {
        let say = |tx: &mut Tx<'_>, finding, reason: String| {
            store::put_finding(tx, &chunk.coop, &chunk.batch.id, &Finding { line: record.line, finding, key: record.key.clone(), reason })
        };
        match held.keys.get(&record.key) {
            Some(words) if *words == record.sameness => {
                known += 1;
                continue;
            }
            Some(_) => {
                say(tx, FindingKind::Changed, "its key is in the pool with other words; nothing was changed".to_owned())?;
                continue;
            }
            None => {}
        }
        let (Some(ordinal), Some((pack, _))) = (*place, &chunk.pack) else {
            return Err(anyhow::anyhow!("a record that was known is no longer").into());
        };
        if record.parts == 0 {
            say(tx, FindingKind::Empty, "nobody says anything in it".to_owned())?;
        }
        let first = held.words.get(&record.sameness).cloned();
        if let Some((_, batch, key)) = &first {
            let reason = if *batch == chunk.batch.id { format!("the same words as {key}") } else { "the same words are in the pool already".to_owned() };
            say(tx, FindingKind::Repeat, reason)?;
        }
        let id: RecordId = tx.fresh();
        if first.is_none() {
            held.words.insert(record.sameness.clone(), (id.clone(), chunk.batch.id.clone(), record.key.clone()));
        }
        held.keys.insert(record.key.clone(), record.sameness.clone());
        shelf::put(tx, &chunk.coop, &row(chunk, record, id.clone(), first.map(|(id, ..)| id), pack, ordinal), &record.sameness)?;
        put_holders(tx, chunk, record, &id, &mut held.people)?;
    }
    Ok(known)
}

fn row(chunk: &Chunk, record: &Prepared, id: RecordId, repeat_of: Option<RecordId>, pack: &Digest, ordinal: i64) -> Row {
    Row {
        id,
        batch: chunk.batch.id.clone(),
        line: record.line,
        kind: chunk.kind.clone(),
        key: record.key.clone(),
        happened_at: record.happened_at,
        language: record.language.clone(),
        parts: record.parts,
        words: record.words,
        bytes: record.bytes,
        salt: record.salt.to_vec(),
        leaf: record.leaf.clone(),
        repeat_of,
        pack: pack.clone(),
        ordinal,
    }
}

fn put_holders(tx: &mut Tx<'_>, chunk: &Chunk, record: &Prepared, id: &RecordId, people: &mut HashMap<String, ContributorId>) -> Result<()> {
    for (position, person) in (0..).zip(&record.people) {
        let contributor = match people.get(&person.who) {
            Some(known) => known.clone(),
            None => {
                let found = if person.who == "@me" { myself(tx, chunk)? } else { people::put_contributor(tx, &chunk.coop, Some(&person.who), None)? };
                people.insert(person.who.clone(), found.clone());
                found
            }
        };
        let holder =
            Holder { record: id.clone(), contributor, role: person.role.clone(), share: person.share, of: person.of, words: person.words, pseudonym: None, member: None };
        shelf::put_holder(tx, &chunk.coop, position, &holder)?;
    }
    Ok(())
}

fn myself(tx: &mut Tx<'_>, chunk: &Chunk) -> Result<ContributorId> {
    let me = &chunk.batch.uploaded_by;
    match people::own_contributor(tx, &chunk.coop, me)? {
        Some(known) => Ok(known),
        None => Ok(people::put_contributor(tx, &chunk.coop, None, Some(me))?),
    }
}

/// The flip: from here on the batch is seen by all who may.
fn complete(tx: &mut Tx<'_>, coop: &CoopId, batch: &BatchId) -> Result<Completion> {
    if let Some(done) = store::completion(tx, coop, batch)? {
        return Ok(done);
    }
    let count = |tx: &mut Tx<'_>, kind| store::count_findings(tx, coop, batch, kind);
    let (refused, changed, repeats, empty) =
        (count(tx, FindingKind::Refused)?, count(tx, FindingKind::Changed)?, count(tx, FindingKind::Repeat)?, count(tx, FindingKind::Empty)?);
    let (added, people) = shelf::count_of_batch(tx, coop, batch)?;
    let known = store::progress(tx, coop, batch)?.unwrap_or_default().known;
    let done = Completion { lines: added + known + refused + changed, added, known, repeats, empty, refused, changed, people, at: tx.now() };
    store::put_completion(tx, coop, batch, &done)?;
    let facts = json!({"lines": done.lines, "added": added, "known": known, "refused": refused, "changed": changed, "repeats": repeats, "empty": empty, "people": people});
    journal::append(tx, coop, "batch_imported", batch_text(batch), &facts)?;
    Ok(done)
}

fn batch_text(batch: &BatchId) -> &str {
    use crate::kernel::ids::Id as _;
    batch.as_str()
}

/// The upload's pieces have served.
async fn clear_away(app: &App, task: &Task, upload: &Arc<upload::Upload>) -> Result<()> {
    upload::clear(&app.blobs, &task.coop, &upload.pieces).await?;
    let (coop, upload) = (task.coop.clone(), Arc::clone(upload));
    app.db.for_jobs().write(move |tx| Ok(store::forget_blobs(tx, &coop, &upload.pieces)?)).await
}
