//! Handing a file over in bounded memory: a window is logged, then streamed in small pieces, then the
//! next window is. A revocation therefore stops even a download under way.

use super::rules::Part;
use super::{File, Opened, hand_over};
use crate::app::App;
use crate::error::Result;
use bytes::Bytes;
use futures_util::Stream;
use futures_util::stream::try_unfold;

/// Bytes held in memory at once.
const PIECE: i64 = 256 << 10;
/// Bytes that one logged delivery covers at most; the files of a revision are smaller than this.
const WINDOW: i64 = 64 << 20;

/// A part of a file on its way.
pub(super) struct Parcel {
    app: App,
    opened: Opened,
    file: File,
    at: i64,
    logged: i64,
    last: i64,
}

impl Parcel {
    /// Logs the first window; after this, bytes may leave.
    ///
    /// # Errors
    /// As [`hand_over`].
    pub(super) async fn begin(app: App, opened: Opened, file: File, part: Part) -> Result<Self> {
        let mut parcel = Self { app, opened, file, at: part.first, logged: part.first - 1, last: part.last };
        parcel.log().await?;
        Ok(parcel)
    }

    async fn log(&mut self) -> Result<()> {
        let part = Part { first: self.at, last: self.last.min(self.at.saturating_add(WINDOW - 1)), partial: true };
        let (opened, file) = (self.opened.clone(), self.file.clone());
        self.app.db.write(move |tx| hand_over(tx, &opened, &file, part)).await?;
        self.logged = part.last;
        Ok(())
    }

    async fn next(mut self) -> Result<Option<(Bytes, Self)>> {
        if self.at > self.last {
            return Ok(None);
        }
        if self.at > self.logged {
            self.log().await?;
        }
        let end = self.logged.min(self.at.saturating_add(PIECE - 1)) + 1;
        let range = u64::try_from(self.at).unwrap_or(0)..u64::try_from(end).unwrap_or(0);
        let piece = self.app.blobs.get_range(&self.opened.coop.id, &self.file.digest, range).await?;
        self.at = end;
        Ok(Some((piece, self)))
    }

    /// The bytes.
    pub(super) fn stream(self) -> impl Stream<Item = std::io::Result<Bytes>> {
        try_unfold(self, |parcel| async { parcel.next().await.map_err(broke_off) })
    }
}

/// Bytes are on their way already, so there is no page for this: the download breaks off, and what
/// is not the licensee's doing is logged.
fn broke_off(error: crate::error::Error) -> std::io::Error {
    if let crate::error::Error::Broken(cause) = &error {
        tracing::error!(cause = format!("{cause:#}"), "a delivery broke off");
    }
    std::io::Error::other("broken off")
}
