//! ZIP: every file in it is read as its own kind says. Nothing is ever written under a name from
//! the archive; names only tell records apart. What an archive says of its sizes is checked before
//! and counted while reading.

use super::{Each, Flow, Format, Limits, Refusal};
use std::cell::Cell;
use std::io::{Read, Seek, SeekFrom};

/// Most entries an archive may list.
pub const ENTRIES: u64 = 20_000;
/// How many times its packed size an entry may unpack to, past the first mebibyte.
const RATIO: u64 = 200;
const FREE: u64 = 1 << 20;

/// Reads the files of an archive, in the order it lists them. Lines are counted on through all of
/// them, so that every line of the upload has one number.
pub(super) fn read<R: Read + Seek>(mut source: R, limits: &Limits, each: &mut Each<'_>) -> Result<Flow, Refusal> {
    check_directory(&mut source)?;
    let mut archive = zip::ZipArchive::new(source).map_err(|cause| Refusal::NotZip { reason: cause.to_string() })?;
    let (mut line, total) = (0_u64, Cell::new(0));
    for position in 0..archive.len() {
        let name = archive.name_for_index(position).and_then(Result::ok).unwrap_or_default().into_owned();
        let before = line;
        let answer = archive
            .by_index(position)
            .map_err(|cause| Refusal::NotZip { reason: cause.to_string() })
            .and_then(|entry| one(entry, &name, limits, &total, &mut |within, raw| {
                line = before + within;
                each(line, raw)
            }));
        let flow = match answer {
            Ok(flow) => flow,
            Err(refusal) if refusal.ends_the_file() => return Err(refusal),
            Err(refusal) => {
                line = line.max(before) + 1;
                each(line, Err(Refusal::Entry { name: shown(&name), reason: Box::new(refusal) }))
            }
        };
        if flow == Flow::Stop {
            return Ok(flow);
        }
    }
    Ok(Flow::On)
}

/// Looks at every end-of-directory mark in the tail, before any directory is read into memory.
fn check_directory(source: &mut (impl Read + Seek)) -> Result<(), Refusal> {
    let io = |cause: std::io::Error| Refusal::of_io(&cause);
    let size = source.seek(SeekFrom::End(0)).map_err(io)?;
    let start = size.saturating_sub(66_000);
    source.seek(SeekFrom::Start(start)).map_err(io)?;
    let mut tail = Vec::new();
    source.take(66_000).read_to_end(&mut tail).map_err(io)?;
    let number = |at: usize, bytes: usize| tail.get(at..at + bytes).map_or(0, |b| b.iter().rev().fold(0_u64, |n, byte| n << 8 | u64::from(*byte)));
    let plain = memchr::memmem::find_iter(&tail, b"PK\x05\x06").map(|at| (number(at + 10, 2), number(at + 12, 4)));
    let wide = memchr::memmem::find_iter(&tail, b"PK\x06\x06").map(|at| (number(at + 32, 8), number(at + 40, 8)));
    let marks: Vec<(u64, u64)> = plain.filter(|(entries, _)| *entries != 0xFFFF).chain(wide).collect();
    match marks.iter().map(|(entries, bytes)| (*entries).max(bytes / 512)).max() {
        None => Err(Refusal::NotZip { reason: "it has no directory".to_owned() }),
        Some(entries) if entries > ENTRIES => Err(Refusal::TooManyEntries { entries }),
        Some(_) => source.seek(SeekFrom::Start(0)).map(|_| ()).map_err(io),
    }
}

fn one<R: Read>(entry: zip::read::ZipFile<'_, R>, name: &str, limits: &Limits, total: &Cell<u64>, each: &mut Each<'_>) -> Result<Flow, Refusal> {
    if entry.is_dir() {
        return Ok(Flow::On);
    }
    check_name(name, &entry)?;
    let format = Format::of(name).ok_or_else(|| Refusal::UnknownFormat { name: shown(name) })?;
    if format == Format::Zip || name.to_lowercase().ends_with(".gz") {
        return Err(Refusal::Nested);
    }
    let allowed = FREE.max(entry.compressed_size().saturating_mul(RATIO));
    if entry.size() > limits.unpacked {
        return Err(Refusal::TooLarge { limit: limits.unpacked });
    }
    if entry.size() > allowed {
        return Err(Refusal::Bomb);
    }
    let counted = Counted { inner: entry, left: allowed, total, limit: limits.unpacked };
    super::read_plain(counted, format, name, limits, each)
}

fn check_name<R: Read>(name: &str, entry: &zip::read::ZipFile<'_, R>) -> Result<(), Refusal> {
    let link = entry.unix_mode().is_some_and(|mode| mode & 0o170_000 == 0o120_000);
    let absolute = name.starts_with(['/', '\\']) || name.chars().nth(1) == Some(':');
    if link {
        Err(Refusal::Symlink)
    } else if absolute || name.split(['/', '\\']).any(|step| step == "..") || name.contains('\0') {
        Err(Refusal::NameEscapes)
    } else if entry.encrypted() {
        Err(Refusal::Encrypted)
    } else {
        Ok(())
    }
}

fn shown(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(120).collect()
}

/// Counts what really comes out, whatever the archive declared.
struct Counted<'t, R> {
    inner: R,
    left: u64,
    total: &'t Cell<u64>,
    limit: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let got = self.inner.read(into)?;
        let size = got as u64;
        if size > self.left {
            return Err(std::io::Error::other(super::BOMB));
        }
        self.left -= size;
        self.total.set(self.total.get() + size);
        if self.total.get() > self.limit {
            return Err(std::io::Error::other(super::TOO_LARGE));
        }
        Ok(got)
    }
}
