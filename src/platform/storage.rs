//! Blobs: files too large for rows, kept by the digest of their content under the cooperative they
//! belong to. Which blobs exist is a row of `blobs`, written by the verb that stores them.

use crate::error::{NotFound, Result};
use crate::kernel::digest::Digest;
use crate::kernel::ids::CoopId;
use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutPayload};
use std::ops::Range;
use std::sync::Arc;

/// A folder, or whatever else `object_store` reaches.
#[derive(Clone, Debug)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Opens the storage that `url` names: `file:data/blobs`.
    ///
    /// # Errors
    /// When the folder cannot be made, or the scheme is not known.
    pub fn open(url: &str) -> anyhow::Result<Self> {
        let Some(folder) = url.strip_prefix("file:") else {
            anyhow::bail!("STORAGE_URL must begin with file: (a folder on this machine)");
        };
        std::fs::create_dir_all(folder)?;
        let store = object_store::local::LocalFileSystem::new_with_prefix(folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store) })
    }

    fn path(coop: &CoopId, digest: &Digest) -> Path {
        let digits = digest.as_str();
        Path::from(format!("{coop}/{}/{digits}", digits.get(..2).unwrap_or("00")))
    }

    /// Stores bytes and answers their digest. Storing the same bytes again changes nothing.
    ///
    /// # Errors
    /// When the storage does.
    pub async fn put(&self, coop: &CoopId, bytes: impl Into<Bytes>) -> Result<Digest> {
        let bytes: Bytes = bytes.into();
        let digest = Digest::of(&bytes);
        let path = Self::path(coop, &digest);
        if self.store.head(&path).await.is_err() {
            self.store.put(&path, PutPayload::from_bytes(bytes)).await?;
        }
        Ok(digest)
    }

    /// The bytes with this digest.
    ///
    /// # Errors
    /// [`NotFound`] when there are none; broken when they are there and do not hash to it.
    pub async fn get(&self, coop: &CoopId, digest: &Digest) -> Result<Bytes> {
        let bytes = match self.store.get(&Self::path(coop, digest)).await {
            Ok(found) => found.bytes().await?,
            Err(object_store::Error::NotFound { .. }) => return Err(NotFound.into()),
            Err(cause) => return Err(cause.into()),
        };
        if Digest::of(&bytes) != *digest {
            return Err(anyhow::anyhow!("blob {} does not hash to its name", digest.short()).into());
        }
        Ok(bytes)
    }

    /// A part of the bytes with this digest, for resumed downloads; not checked against it.
    ///
    /// # Errors
    /// As [`Blobs::get`].
    pub async fn get_range(&self, coop: &CoopId, digest: &Digest, range: Range<u64>) -> Result<Bytes> {
        match self.store.get_range(&Self::path(coop, digest), range).await {
            Ok(bytes) => Ok(bytes),
            Err(object_store::Error::NotFound { .. }) => Err(NotFound.into()),
            Err(cause) => Err(cause.into()),
        }
    }

    /// Destroys the bytes with this digest, if they are there.
    ///
    /// # Errors
    /// When the storage does.
    pub async fn destroy(&self, coop: &CoopId, digest: &Digest) -> Result<()> {
        match self.store.delete(&Self::path(coop, digest)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(cause) => Err(cause.into()),
        }
    }
}
