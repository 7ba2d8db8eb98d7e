//! Corpora: saved selections of records, and their frozen revisions.
//!
//! A steward saves a corpus ([`save`]) and asks for a revision for stated uses ([`freeze`]); the job
//! [`carry_out`] judges every record by the gate as of that instant, fixes them under a Merkle root,
//! writes the files and the manifest. Nothing of a frozen revision ever changes: what is withdrawn
//! later bars its delivery ([`barred`]) and is left out of the next one. Anybody who holds a record
//! and its salt can be shown that it is in ([`prove`]).

pub mod files;
mod freeze;
pub mod rules;
mod store;
pub mod web;

use crate::error::{OrNotFound as _, Result};
use crate::kernel::actor::Actor;
use crate::kernel::digest::Digest;
use crate::kernel::ids::{CoopId, CorpusId, Id as _, MemberId, RecordId, RevisionId};
use crate::kernel::merkle::{self, Step};
use crate::kernel::terms::{Quantities, Use};
use crate::kernel::text::slug;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{self, Role};
use crate::platform::db::{Conn, Tx};
use crate::platform::{jobs, journal};
use crate::pool::records::Gate;
use crate::pool::records::rules::Reason;
use crate::pool::records::shelf::Row;
pub use freeze::{Task, carry_out};
pub use rules::{Filter, Manifest, Refusal};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
pub use store::{Corpus, Freeze, Revision};

/// How a leaf is made, in words that manifests and footers carry.
pub const LEAF: &str = "SHA-256(0x00 || salt || record), the record's bytes as delivered (RFC 8785); root by RFC 6962 in the order of ids";

/// Saves a corpus: a name, what it is, and what it selects.
///
/// # Errors
/// [`Refusal::Name`], [`Refusal::NameTaken`], [`Refusal::Period`], the need of the office.
pub fn save(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, name: &str, about: &str, filter: &Filter) -> Result<Corpus> {
    let steward = coops::with_role(tx, actor, coop, Role::Steward)?;
    let slug = slug(name);
    if slug.len() < 2 || slug == "new" {
        return Err(Refusal::Name.into());
    }
    if store::by_slug(tx, coop, &slug)?.is_some() {
        return Err(Refusal::NameTaken.into());
    }
    if filter.from.zip(filter.to).is_some_and(|(from, to)| to <= from) {
        return Err(Refusal::Period.into());
    }
    let corpus = Corpus {
        id: tx.fresh(),
        number: store::next_number(tx, coop)?,
        slug,
        name: name.to_owned(),
        about: about.to_owned(),
        filter: serde_json::to_string(filter)?,
        at: tx.now(),
    };
    store::put_corpus(tx, coop, &corpus, &steward.member)?;
    journal::append(tx, coop, "corpus_saved", corpus.id.as_str(), &json!({"number": corpus.number, "filter": filter}))?;
    Ok(corpus)
}

/// Asks for a revision of a corpus for these uses; the job freezes it as of now.
///
/// # Errors
/// [`Refusal::NoUse`], [`Refusal::UnderWay`], [`Refusal::Nothing`] when the filter selects nothing.
pub fn freeze(tx: &mut Tx<'_>, actor: &Actor, coop: &CoopId, id: &CorpusId, uses: &BTreeSet<Use>) -> Result<Revision> {
    let steward = coops::with_role(tx, actor, coop, Role::Steward)?;
    let corpus = store::corpus(tx, coop, id).or_not_found()?;
    if uses.is_empty() {
        return Err(Refusal::NoUse.into());
    }
    let earlier = store::revisions_of(tx, coop, id)?;
    for revision in &earlier {
        if store::freeze(tx, coop, &revision.id)?.is_none() && store::abandonment(tx, coop, &revision.id)?.is_none() {
            return Err(Refusal::UnderWay(revision.number).into());
        }
    }
    if store::count(tx, coop, &corpus.filter()?)?.0 == 0 {
        return Err(Refusal::Nothing.into());
    }
    let now = tx.now();
    let number = earlier.first().map_or(0, |revision| revision.number) + 1;
    let revision = Revision { id: tx.fresh(), corpus: id.clone(), number, filter: corpus.filter, uses: serde_json::to_string(uses)?, at: now };
    store::put_revision(tx, coop, &revision, &steward.member)?;
    jobs::queue(tx, Some(coop), "freeze", &Task { coop: coop.clone(), revision: revision.id.clone() }, now)?;
    journal::append(tx, coop, "freeze_begun", revision.id.as_str(), &json!({"corpus": id, "revision": number, "uses": uses}))?;
    Ok(revision)
}

/// A corpus by its name in addresses.
///
/// # Errors
/// Not found.
pub fn by_slug(conn: &mut Conn, coop: &CoopId, slug: &str) -> Result<Corpus> {
    store::by_slug(conn, coop, slug)?.or_not_found()
}

/// A corpus by its id.
///
/// # Errors
/// Not found.
pub fn corpus(conn: &mut Conn, coop: &CoopId, id: &CorpusId) -> Result<Corpus> {
    store::corpus(conn, coop, id).or_not_found()
}

/// All corpora of a cooperative.
///
/// # Errors
/// When the database does.
pub fn all(conn: &mut Conn, coop: &CoopId) -> Result<Vec<Corpus>> {
    Ok(store::corpora_of(conn, coop)?)
}

/// A revision with how far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionView {
    /// The revision.
    pub revision: Revision,
    /// Its freeze, once it is frozen.
    pub frozen: Option<Freeze>,
    /// Why it was given up, if it was.
    pub abandoned: Option<String>,
}

fn view(conn: &mut Conn, coop: &CoopId, revision: Revision) -> Result<RevisionView> {
    Ok(RevisionView { frozen: store::freeze(conn, coop, &revision.id)?, abandoned: store::abandonment(conn, coop, &revision.id)?, revision })
}

/// Revisions of a corpus from the newest.
///
/// # Errors
/// When the database does.
pub fn revisions(conn: &mut Conn, coop: &CoopId, corpus: &CorpusId) -> Result<Vec<RevisionView>> {
    store::revisions_of(conn, coop, corpus)?.into_iter().map(|revision| view(conn, coop, revision)).collect()
}

/// A revision of a corpus by its number.
///
/// # Errors
/// Not found.
pub fn numbered(conn: &mut Conn, coop: &CoopId, corpus: &CorpusId, number: i64) -> Result<RevisionView> {
    let revision = store::revisions_of(conn, coop, corpus)?.into_iter().find(|revision| revision.number == number).or_not_found()?;
    view(conn, coop, revision)
}

/// A frozen revision by its id, with its manifest.
///
/// # Errors
/// Not found when there is none, or it is not frozen.
pub fn frozen(conn: &mut Conn, coop: &CoopId, id: &RevisionId) -> Result<(Revision, Freeze, Manifest)> {
    let revision = store::revision(conn, coop, id).or_not_found()?;
    let freeze = store::freeze(conn, coop, id)?.or_not_found()?;
    let manifest = serde_json::from_str(&freeze.manifest)?;
    Ok((revision, freeze, manifest))
}

impl Freeze {
    /// How much it holds, in every unit a price can be counted in.
    #[must_use]
    pub const fn quantities(&self) -> Quantities {
        Quantities { records: self.records, words: self.words, bytes: self.bytes }
    }

    /// What a stranger needs to check it.
    ///
    /// # Errors
    /// When the row is damaged.
    pub fn manifest(&self) -> Result<Manifest> {
        Ok(serde_json::from_str(&self.manifest)?)
    }
}

/// What a selection holds now, and what of it may enter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// Records the filter selects.
    pub records: i64,
    /// Their words.
    pub words: i64,
    /// Records that were judged (the first ones, when there are very many).
    pub judged: i64,
    /// Of them, those that may enter.
    pub enter: i64,
    /// Words of those.
    pub enter_words: i64,
    /// Why the others stay out, with how many for each reason.
    pub reasons: BTreeMap<String, i64>,
}

/// Records a page judges at most; the freeze judges all.
const JUDGED: i64 = 20_000;

/// Counts a selection for these uses as of now.
///
/// # Errors
/// When the database does.
pub fn count(conn: &mut Conn, coop: &CoopId, filter: &Filter, uses: &BTreeSet<Use>, now: Timestamp) -> Result<Count> {
    let (records, words) = store::count(conn, coop, filter)?;
    let gate = Gate::at(conn, coop, now)?;
    let mut count = Count { records, words, ..Count::default() };
    let mut after = None;
    while count.judged < JUDGED {
        let rows = store::select(conn, coop, filter, after.as_ref(), 1_000)?;
        let Some(last) = rows.last() else { break };
        after = Some(last.id.clone());
        for (row, answer) in rows.iter().zip(gate.judge(conn, coop, &rows, uses)?) {
            count.judged += 1;
            match answer {
                Ok(()) => {
                    count.enter += 1;
                    count.enter_words += row.words;
                }
                Err(reasons) => {
                    let kinds: BTreeSet<String> = reasons.iter().map(in_general).collect();
                    kinds.into_iter().for_each(|kind| *count.reasons.entry(kind).or_default() += 1);
                }
            }
        }
    }
    Ok(count)
}

/// A reason without the contributor it is about.
fn in_general(reason: &Reason) -> String {
    match reason {
        Reason::Unclaimed(_) => "A contributor is known by a pseudonym only.".to_owned(),
        Reason::NoMandate(_, purpose) => format!("A contributor gives no mandate for {purpose}."),
        Reason::NoConsent(_, purpose) => format!("A contributor gives no consent to {purpose}."),
        other => other.to_string(),
    }
}

/// How many records of a frozen revision may no longer be delivered: taken out, or a permission
/// withdrawn. Any at all bars its delivery; a new revision leaves them out.
///
/// # Errors
/// When the database does.
pub fn barred(conn: &mut Conn, coop: &CoopId, id: &RevisionId, now: Timestamp) -> Result<i64> {
    let revision = store::revision(conn, coop, id).or_not_found()?;
    let uses: BTreeSet<Use> = serde_json::from_str(&revision.uses)?;
    let gate = Gate::at(conn, coop, now)?;
    let (mut barred, mut from) = (0, 0);
    loop {
        let rows = store::selected(conn, coop, id, from, 1_000)?;
        if rows.is_empty() {
            return Ok(barred);
        }
        from += i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let out = gate.judge(conn, coop, &rows, &uses)?.iter().filter(|answer| answer.is_err()).count();
        barred += i64::try_from(out).unwrap_or(i64::MAX);
    }
}

/// The proof that a record is in a frozen revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inclusion {
    /// The revision's root.
    pub root: Digest,
    /// The record's leaf.
    pub leaf: Digest,
    /// Its place in the order, from 0.
    pub position: i64,
    /// Of how many.
    pub of: i64,
    /// From the leaf upwards.
    pub steps: Vec<Step>,
}

/// Proves that a record is in a frozen revision.
///
/// # Errors
/// Not found when it is not, or the revision is not frozen.
pub fn prove(conn: &mut Conn, coop: &CoopId, id: &RevisionId, record: &RecordId) -> Result<Inclusion> {
    let freeze = store::freeze(conn, coop, id)?.or_not_found()?;
    let position = store::position(conn, coop, id, record).or_not_found()?;
    let leaves = store::leaves(conn, coop, id, 0, i64::MAX)?;
    let at = usize::try_from(position).unwrap_or(usize::MAX);
    let (leaf, steps) = (leaves.get(at).cloned().or_not_found()?, merkle::prove(&leaves, at).or_not_found()?);
    Ok(Inclusion { root: freeze.root, leaf, position, of: freeze.records, steps })
}

/// Kinds and languages there are to choose from.
///
/// # Errors
/// When the database does.
pub fn choices(conn: &mut Conn, coop: &CoopId) -> Result<(Vec<String>, Vec<String>)> {
    Ok(store::choices(conn, coop)?)
}

/// The first records of a revision, for its sample.
///
/// # Errors
/// When the database does.
pub fn first_records(conn: &mut Conn, coop: &CoopId, id: &RevisionId, limit: i64) -> Result<Vec<Row>> {
    Ok(store::selected(conn, coop, id, 0, limit)?)
}

/// How many records a revision has taken in so far.
///
/// # Errors
/// When the database does.
pub fn selected_so_far(conn: &mut Conn, coop: &CoopId, id: &RevisionId) -> Result<i64> {
    Ok(store::last_selected(conn, coop, id)?.map_or(0, |(position, _)| position + 1))
}

/// The first records of a member in a revision: id and key.
///
/// # Errors
/// When the database does.
pub fn of_member(conn: &mut Conn, coop: &CoopId, id: &RevisionId, member: &MemberId, limit: i64) -> Result<Vec<(RecordId, String)>> {
    Ok(store::of_member(conn, coop, id, member, limit)?)
}
