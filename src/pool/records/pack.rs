//! Packs: the canonical content of about a thousand records, a line each, behind zstd. Small files
//! are dear to keep and to move; a pack is one blob.

use crate::error::Result;
use std::io::Read as _;

/// Records a pack holds at most.
pub const RECORDS: usize = 1_000;
/// Bytes of content after which a pack is closed.
pub const BYTES: usize = 8 << 20;
/// Nothing that was ever packed unpacks to more: a pack is closed at 8 MiB, and one record is at most
/// as long again, escaped.
const UNPACKED_MOST: u64 = 128 << 20;
const LEVEL: i32 = 3;

/// Packs lines of content.
///
/// # Errors
/// When the compressor does.
pub fn close<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    for line in lines {
        plain.extend_from_slice(line);
        plain.push(b'\n');
    }
    Ok(zstd::bulk::compress(&plain, LEVEL)?)
}

/// Unpacks them.
///
/// # Errors
/// When the bytes are no pack.
pub fn open(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut plain = Vec::new();
    zstd::stream::read::Decoder::new(bytes)?.take(UNPACKED_MOST).read_to_end(&mut plain)?;
    Ok(plain)
}

/// The line at an ordinal, from 0.
#[must_use]
pub fn line(plain: &[u8], ordinal: i64) -> Option<&[u8]> {
    plain.split(|byte| *byte == b'\n').nth(usize::try_from(ordinal).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        let packed = close([b"one".as_slice(), b"two"].into_iter()).unwrap();
        let plain = open(&packed).unwrap();
        assert_eq!((line(&plain, 0), line(&plain, 1)), (Some(b"one".as_slice()), Some(b"two".as_slice())));
        assert_eq!(line(&plain, 7), None);
        assert!(open(b"no pack").is_err());
        assert_eq!(packed, close([b"one".as_slice(), b"two"].into_iter()).unwrap(), "the same lines make the same blob");
    }
}
