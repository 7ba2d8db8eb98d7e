//! What is uploaded is kept in pieces of 4 MiB until it is imported, so that neither its arrival nor
//! its reading ever needs more memory than a piece, and any node can go on where another stopped.
//! Each piece begins with the upload's own random bytes: pieces of two uploads are never the same
//! blob, so that clearing one away cannot touch the other.

use super::intake::UPLOAD_CAP;
use super::rules::Refusal;
use crate::error::{Error, Result};
use crate::kernel::digest::Digest;
use crate::kernel::ids::CoopId;
use crate::platform::storage::Blobs;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::runtime::Handle;

const PIECE: usize = 4 << 20;
const MARK: usize = 16;

/// An upload that has arrived whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Digest of the file.
    pub sha256: Digest,
    /// Its bytes.
    pub bytes: u64,
    /// Its pieces, in order.
    pub pieces: Vec<Digest>,
}

/// An upload on its way in.
#[derive(Debug)]
pub struct Arriving {
    blobs: Blobs,
    coop: CoopId,
    room: u64,
    mark: [u8; MARK],
    piece: Vec<u8>,
    hash: Sha256,
    bytes: u64,
    pieces: Vec<Digest>,
}

impl Arriving {
    /// Begins to take in an upload of at most `room` bytes (never more than [`UPLOAD_CAP`]).
    #[must_use]
    pub fn begin(blobs: &Blobs, coop: &CoopId, room: u64) -> Self {
        let mark = crate::platform::db::random();
        Self { blobs: blobs.clone(), coop: coop.clone(), room: room.min(UPLOAD_CAP), mark, piece: mark.to_vec(), hash: Sha256::new(), bytes: 0, pieces: Vec::new() }
    }

    /// Takes the next bytes.
    ///
    /// # Errors
    /// [`Refusal::TooLarge`] once there are more than there is room for; broken when the storage is.
    pub async fn take(&mut self, mut bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        if self.bytes > self.room {
            return Err(Refusal::TooLarge { mebibytes: self.room >> 20 }.into());
        }
        self.hash.update(bytes);
        while !bytes.is_empty() {
            let (now, later) = bytes.split_at(bytes.len().min(PIECE + MARK - self.piece.len()));
            self.piece.extend_from_slice(now);
            bytes = later;
            if self.piece.len() == PIECE + MARK {
                self.put().await?;
            }
        }
        Ok(())
    }

    async fn put(&mut self) -> Result<()> {
        let piece = std::mem::replace(&mut self.piece, self.mark.to_vec());
        self.pieces.push(self.blobs.put(&self.coop, piece).await?);
        Ok(())
    }

    /// Ends it.
    ///
    /// # Errors
    /// [`Refusal::EmptyFile`] when nothing came; broken when the storage is.
    pub async fn finish(mut self) -> Result<Upload> {
        if self.bytes == 0 {
            return Err(Refusal::EmptyFile.into());
        }
        if self.piece.len() > MARK {
            self.put().await?;
        }
        Ok(Upload { sha256: Digest::from_bytes(&self.hash.finalize().into()), bytes: self.bytes, pieces: self.pieces })
    }

    /// Clears away what came, after a refusal.
    ///
    /// # Errors
    /// When the storage does.
    pub async fn abandon(self) -> Result<()> {
        clear(&self.blobs, &self.coop, &self.pieces).await
    }
}

/// Destroys the pieces of an upload.
///
/// # Errors
/// When the storage does.
pub async fn clear(blobs: &Blobs, coop: &CoopId, pieces: &[Digest]) -> Result<()> {
    for piece in pieces {
        blobs.destroy(coop, piece).await?;
    }
    Ok(())
}

/// Reads an upload back piece by piece. It blocks, so it is for threads of its own.
pub struct Reader {
    handle: Handle,
    blobs: Blobs,
    coop: CoopId,
    upload: Arc<Upload>,
    at: u64,
    held: Option<(u64, Bytes)>,
    farthest: Arc<AtomicU64>,
}

impl Reader {
    /// A reader from the first byte. `farthest` tells others how far it has come.
    #[must_use]
    pub fn new(handle: Handle, blobs: Blobs, coop: CoopId, upload: Arc<Upload>, farthest: Arc<AtomicU64>) -> Self {
        Self { handle, blobs, coop, upload, at: 0, held: None, farthest }
    }

    fn piece(&mut self, number: u64) -> std::io::Result<&[u8]> {
        if self.held.as_ref().is_none_or(|(held, _)| *held != number) {
            let digest = usize::try_from(number).ok().and_then(|n| self.upload.pieces.get(n)).ok_or(std::io::ErrorKind::UnexpectedEof)?;
            let bytes = self.handle.block_on(self.blobs.get(&self.coop, digest)).map_err(|cause: Error| std::io::Error::other(cause.to_string()))?;
            self.held = Some((number, bytes));
        }
        Ok(self.held.as_ref().and_then(|(_, bytes)| bytes.get(MARK..)).unwrap_or_default())
    }
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.at >= self.upload.bytes || into.is_empty() {
            return Ok(0);
        }
        let (number, within) = (self.at / PIECE as u64, usize::try_from(self.at % PIECE as u64).unwrap_or(0));
        let rest = self.piece(number)?.get(within..).unwrap_or_default();
        let count = rest.len().min(into.len());
        for (slot, bytes) in [(into.get_mut(..count), rest.get(..count))] {
            if let (Some(slot), Some(bytes)) = (slot, bytes) {
                slot.copy_from_slice(bytes);
            }
        }
        self.at += count as u64;
        self.farthest.fetch_max(self.at, Ordering::Relaxed);
        Ok(count)
    }
}

impl Seek for Reader {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.upload.bytes.checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(std::io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}
