//! Reading an upload for import, on a thread of its own: lines become prepared records, salted and
//! hashed, gathered into packs that the import writes.

use super::canonical::{self, Marks, Record, SALT};
use super::intake::{self, Flow, Limits};
use super::mapping::Mapping;
use super::pack;
use super::rules::REFUSED_MOST;
use crate::kernel::digest::Digest;
use crate::kernel::time::Timestamp;
use std::collections::HashMap;
use std::io::{Read, Seek};

/// A record ready to be written.
#[derive(Clone, Debug)]
pub(super) struct Prepared {
    pub line: i64,
    pub key: String,
    pub happened_at: Option<Timestamp>,
    pub language: String,
    pub parts: i64,
    pub words: i64,
    pub bytes: i64,
    pub salt: [u8; SALT],
    pub leaf: Digest,
    pub sameness: Digest,
    pub people: Vec<Person>,
    /// Canonical content.
    pub content: String,
}

/// A contributor ready to be written.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub who: String,
    pub role: String,
    pub share: i64,
    pub of: i64,
    pub words: i64,
}

/// Some lines of an upload, read.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines {
    pub records: Vec<Prepared>,
    /// Line and reason.
    pub refused: Vec<(i64, String)>,
    /// The last line among them.
    pub last: i64,
    size: usize,
}

impl Lines {
    fn is_full(&self) -> bool {
        self.records.len() + self.refused.len() >= pack::RECORDS || self.size >= pack::BYTES
    }
}

/// What a reader needs to know of its batch.
pub(super) struct Reading {
    pub mapping: Mapping,
    pub marks: Marks,
    /// The uploader's name for [`Marks::person`].
    pub me: String,
    pub file_name: String,
    /// Lines dealt with before.
    pub after: i64,
    pub refused_before: u64,
}

impl Reading {
    /// Reads on from where the import stopped, giving packs of lines to `give` until it says stop.
    pub fn run(&self, source: impl Read + Seek, mut give: impl FnMut(Lines) -> Flow) {
        let mut names = HashMap::new();
        let (mut lines, mut last, mut refused) = (Lines::default(), self.after, self.refused_before);
        let mut stopped = false;
        let end = intake::read(source, &self.file_name, &Limits::default(), &mut |line, raw| {
            let line = i64::try_from(line).unwrap_or(i64::MAX);
            if line <= self.after {
                return Flow::On;
            }
            last = line;
            let read = raw.map_err(|refusal| refusal.to_string()).and_then(|raw| self.mapping.apply(&raw).map_err(|misfit| misfit.to_string()));
            match read.and_then(|record| self.prepare(line, &record, &mut names)) {
                Ok(prepared) => {
                    lines.size += prepared.content.len();
                    lines.records.push(prepared);
                }
                Err(reason) => {
                    refused += 1;
                    stopped = refused > REFUSED_MOST;
                    let reason = if stopped { format!("{reason}. Stopped here: more than {REFUSED_MOST} lines were refused") } else { reason };
                    lines.refused.push((line, reason));
                }
            }
            lines.last = line;
            let flow = if lines.is_full() { give(std::mem::take(&mut lines)) } else { Flow::On };
            if stopped { Flow::Stop } else { flow }
        });
        if let Err(refusal) = end {
            last += 1;
            lines.refused.push((last, refusal.to_string()));
        }
        lines.last = last;
        give(lines);
    }

    fn prepare(&self, line: i64, record: &Record, names: &mut HashMap<String, String>) -> Result<Prepared, String> {
        let opaque: Vec<String> = record
            .contributors
            .iter()
            .map(|c| names.entry(c.who.clone()).or_insert_with(|| self.marks.person(if c.who == "@me" { &self.me } else { &c.who })).clone())
            .collect();
        let content = record.content(&opaque).bytes().map_err(|cause| cause.to_string())?;
        let salt = crate::platform::db::random::<SALT>();
        let (each, words) = record.words();
        let of = canonical::whole(&record.contributors);
        let people = record.contributors.iter().zip(each);
        Ok(Prepared {
            line,
            key: record.key.clone(),
            happened_at: record.time,
            language: record.language.clone(),
            parts: i64::try_from(record.parts.len()).unwrap_or(i64::MAX),
            words,
            bytes: i64::try_from(record.text_bytes()).unwrap_or(i64::MAX),
            salt,
            leaf: canonical::leaf(&salt, content.as_bytes()),
            sameness: self.marks.sameness(record),
            people: people.map(|(c, words)| Person { who: c.who.clone(), role: c.role.clone(), share: i64::from(c.share), of, words }).collect(),
            content,
        })
    }
}
