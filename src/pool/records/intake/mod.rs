//! Readers of what people upload: JSON lines, CSV, plain text or Markdown, alone, behind gzip or in
//! a ZIP. They stream: memory is bounded by the longest line allowed, whatever the file claims. A
//! line that cannot be read is refused by name with its number, and the rest is read on.

mod archive;
mod json;
mod lines;
mod table;
#[cfg(test)]
mod tests;

pub use archive::ENTRIES;
pub use json::Json;

use std::io::{Read, Seek};

/// Longest line, row or text file: 8 MiB.
pub const LINE_CAP: usize = 8 << 20;
/// Largest upload: 1 GiB.
pub const UPLOAD_CAP: u64 = 1 << 30;
const BOMB: &str = "unpacks to too many times its size";
const TOO_LARGE: &str = "unpacks to more than is allowed";

/// What a file holds, told by the end of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON value a line.
    Lines,
    /// Comma-separated values under one row of names.
    Table,
    /// Plain text or Markdown: the file is one record.
    Text,
    /// An archive of the others.
    Zip,
}

impl Format {
    /// The format that a file name says, with or without `.gz` behind it.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "jsonl" | "ndjson" => Some(Self::Lines),
            "csv" => Some(Self::Table),
            "txt" | "md" | "markdown" => Some(Self::Text),
            "zip" => Some(Self::Zip),
            _ => None,
        }
    }

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Lines => "jsonl",
            Self::Table => "csv",
            Self::Text => "text",
            Self::Zip => "zip",
        }
    }

    /// Reads a stored word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Lines, Self::Table, Self::Text, Self::Zip].into_iter().find(|format| format.word() == word)
    }
}

/// How much of a file is read at most.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes after unpacking.
    pub unpacked: u64,
    /// Lines, rows or files.
    pub lines: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { unpacked: 8 << 30, lines: 50_000_000 }
    }
}

impl Limits {
    const fn count(&self, lines: u64) -> Result<(), Refusal> {
        if lines > self.lines { Err(Refusal::TooManyLines { limit: self.lines }) } else { Ok(()) }
    }
}

/// One thing read, before it is mapped.
#[derive(Clone, Copy, Debug)]
pub enum Raw<'a> {
    /// A JSON value.
    Json(&'a Json<'a>),
    /// Column names and a row's cells; a text file is a row of `name` and `text`.
    Row(&'a [String], &'a [&'a str]),
}

/// Whether to read on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Read on.
    On,
    /// Enough.
    Stop,
}

/// Takes each thing read, or why it could not be, with its line (from 1).
pub type Each<'f> = dyn FnMut(u64, Result<Raw<'_>, Refusal>) -> Flow + 'f;

/// Why a line, a file in an archive or a whole upload could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Past [`LINE_CAP`].
    #[error("longer than 8 MiB; a record is at most that long")]
    LineTooLong,
    /// Bytes that are no text.
    #[error("not UTF-8 text (byte {byte}); save the file as UTF-8")]
    NotUtf8 {
        /// The first byte that does not belong.
        byte: usize,
    },
    /// A zero byte or character.
    #[error("holds a NUL character, which no text should")]
    Nul,
    /// Half of a UTF-16 pair.
    #[error("holds half a character (a lone surrogate in a \\u escape)")]
    LoneSurrogate,
    /// More than 127 levels of brackets.
    #[error("nested deeper than 127 levels")]
    TooDeep,
    /// Not a JSON value.
    #[error("not JSON at column {column}: {reason}")]
    NotJson {
        /// Where, from 1.
        column: usize,
        /// What the parser met.
        reason: String,
    },
    /// A row with another number of cells than there are columns.
    #[error("{got} cells where the first row names {expected} columns")]
    RowWidth {
        /// Cells in the row.
        got: usize,
        /// Columns named.
        expected: usize,
    },
    /// Two columns of one name.
    #[error("the first row names the column {name:?} twice; each needs its own name")]
    ColumnTwice {
        /// The name.
        name: String,
    },
    /// No ZIP archive.
    #[error("not a ZIP archive that can be read: {reason}")]
    NotZip {
        /// What is wrong.
        reason: String,
    },
    /// No gzip file.
    #[error("the gzip file is damaged or breaks off")]
    NotGzip,
    /// More entries than [`ENTRIES`].
    #[error("the archive lists {entries} files; at most 20,000 are read")]
    TooManyEntries {
        /// How many it claims.
        entries: u64,
    },
    /// More lines than the limit.
    #[error("more than {limit} lines; split the file")]
    TooManyLines {
        /// The limit.
        limit: u64,
    },
    /// More bytes than the limit.
    #[error("unpacks to more than {limit} bytes; split the file")]
    TooLarge {
        /// The limit.
        limit: u64,
    },
    /// Unpacks to more than 200 times its size.
    #[error("unpacks to more than 200 times its packed size, as only a bomb does")]
    Bomb,
    /// A name that leads out of the archive.
    #[error("its name leads out of the archive")]
    NameEscapes,
    /// A link.
    #[error("a link, not a file")]
    Symlink,
    /// An archive in the archive.
    #[error("an archive inside the archive; put the files in directly")]
    Nested,
    /// Needs a password.
    #[error("encrypted; put it in without a password")]
    Encrypted,
    /// Neither lines, table, text nor archive.
    #[error("{name:?} is none of .jsonl, .csv, .txt, .md or .zip")]
    UnknownFormat {
        /// The file's name.
        name: String,
    },
    /// One file of an archive.
    #[error("{name}: {reason}")]
    Entry {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: Box<Refusal>,
    },
    /// The upload could not be read back.
    #[error("the file could not be read: {reason}")]
    Unreadable {
        /// What went wrong.
        reason: String,
    },
}

impl Refusal {
    fn of_io(cause: &std::io::Error) -> Self {
        let reason = cause.to_string();
        if reason.contains(BOMB) {
            Self::Bomb
        } else if reason.contains(TOO_LARGE) {
            Self::TooLarge { limit: Limits::default().unpacked }
        } else if matches!(cause.kind(), std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::InvalidInput | std::io::ErrorKind::InvalidData) {
            Self::NotGzip
        } else {
            Self::Unreadable { reason }
        }
    }

    /// Whether nothing more of the upload can be read after it.
    const fn ends_the_file(&self) -> bool {
        matches!(self, Self::TooManyLines { .. } | Self::Unreadable { .. })
    }
}

/// Reads a whole upload of this name, telling `each` of every line. Lines that are refused are told
/// too; only what ends the reading of the file comes back as an error.
///
/// # Errors
/// What is wrong with the file as a whole.
pub fn read<R: Read + Seek>(source: R, name: &str, limits: &Limits, each: &mut Each<'_>) -> Result<Flow, Refusal> {
    let format = Format::of(name).ok_or_else(|| Refusal::UnknownFormat { name: name.to_owned() })?;
    let packed = name.to_lowercase().ends_with(".gz");
    match format {
        Format::Zip if packed => Err(Refusal::Nested),
        Format::Zip => archive::read(source, limits, each),
        _ if packed => {
            let unpacked = flate2::read::MultiGzDecoder::new(std::io::BufReader::with_capacity(1 << 16, source));
            read_plain(Capped { inner: unpacked, left: limits.unpacked }, format, name, limits, each)
        }
        _ => read_plain(source, format, name, limits, each),
    }
}

fn read_plain(source: impl Read, format: Format, name: &str, limits: &Limits, each: &mut Each<'_>) -> Result<Flow, Refusal> {
    match format {
        Format::Lines => lines::read(source, limits, each),
        Format::Table => table::read(source, limits, each),
        Format::Text => text(source, name, each),
        Format::Zip => Err(Refusal::Nested),
    }
}

/// A text file: one record with its name and its text.
fn text(source: impl Read, name: &str, each: &mut Each<'_>) -> Result<Flow, Refusal> {
    let mut bytes = Vec::new();
    source.take(LINE_CAP as u64 + 1).read_to_end(&mut bytes).map_err(|cause| Refusal::of_io(&cause))?;
    if bytes.len() > LINE_CAP {
        return Ok(each(1, Err(Refusal::LineTooLong)));
    }
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&bytes);
    if bytes.contains(&0) {
        return Ok(each(1, Err(Refusal::Nul)));
    }
    let columns = ["name".to_owned(), "text".to_owned()];
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => each(1, Ok(Raw::Row(&columns, &[name, text]))),
        Err(cause) => each(1, Err(Refusal::NotUtf8 { byte: cause.valid_up_to() })),
    })
}

/// Stops a stream that unpacks to more than is allowed.
struct Capped<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let got = self.inner.read(into)?;
        self.left = self.left.checked_sub(got as u64).ok_or_else(|| std::io::Error::other(TOO_LARGE))?;
        Ok(got)
    }
}
