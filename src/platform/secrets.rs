//! The hall's secret file: one key that seals what must not lie open in the database (signing keys,
//! the keys of sealed votes), and one key per open sealed vote, struck out when that vote is
//! counted, so that not even an older backup together with this file opens a counted vote.

use crate::kernel::digest::{hex, unhex};
use crate::kernel::ids::ProposalId;
use anyhow::Context as _;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Length of every key.
pub const KEY: usize = 32;
const NONCE: usize = 24;

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hall: String,
    votes: BTreeMap<ProposalId, String>,
}

/// The opened secret file.
pub struct Secrets {
    path: PathBuf,
    file: Mutex<File>,
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secrets(redacted)")
    }
}

impl Secrets {
    /// Opens the file, or makes it with fresh randomness, readable by its owner alone.
    ///
    /// # Errors
    /// When it cannot be read or written, or holds no key of 32 bytes.
    pub fn open(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            let fresh = File { hall: hex(&super::db::random::<KEY>()), votes: BTreeMap::new() };
            write(path, &fresh)?;
        }
        let file = read(path)?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }

    fn file(&self) -> MutexGuard<'_, File> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hall_key(&self) -> anyhow::Result<[u8; KEY]> {
        key(&self.file().hall)
    }

    /// Seals bytes under the hall's key, bound to a context such as `signing key k1`.
    ///
    /// # Errors
    /// When the secret file holds no key.
    pub fn seal(&self, context: &str, bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
        seal(&self.hall_key()?, context.as_bytes(), bytes)
    }

    /// Opens what [`Secrets::seal`] sealed in the same context.
    ///
    /// # Errors
    /// When the secret file is another one, or the bytes or the context were changed.
    pub fn unseal(&self, context: &str, sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
        unseal(&self.hall_key()?, context.as_bytes(), sealed)
    }

    /// A key for one named purpose, the same each time, from which the hall's key cannot be computed.
    ///
    /// # Errors
    /// When the secret file holds no key.
    pub fn derive(&self, purpose: &str) -> anyhow::Result<[u8; KEY]> {
        Ok(crate::kernel::digest::Digest::of_parts(&[b"guildhall derived key", &self.hall_key()?, purpose.as_bytes()]).bytes())
    }

    /// Puts a fresh key for one sealed vote into the file and answers it, or answers the one that is
    /// there: a notice sent twice must not lose the votes of the first. Call it before the notice is
    /// written; an unused key does no harm.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn add_vote(&self, proposal: &ProposalId) -> anyhow::Result<[u8; KEY]> {
        let mut file = self.file();
        let mut next = read(&self.path)?;
        if let Some(there) = next.votes.get(proposal).map(|digits| key(digits)) {
            *file = next;
            return there;
        }
        let secret = super::db::random::<KEY>();
        next.votes.insert(proposal.clone(), hex(&secret));
        write(&self.path, &next)?;
        *file = next;
        Ok(secret)
    }

    /// The key of one open sealed vote; another node may have put it there since we looked.
    ///
    /// # Errors
    /// When the file holds none: the vote was counted, or this is another hall's file.
    pub fn vote(&self, proposal: &ProposalId) -> anyhow::Result<[u8; KEY]> {
        let mut file = self.file();
        if !file.votes.contains_key(proposal) {
            *file = read(&self.path)?;
        }
        key(file.votes.get(proposal).context("the secret file holds no key for this vote")?)
    }

    /// Strikes out the key of a counted vote.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn forget_vote(&self, proposal: &ProposalId) -> anyhow::Result<()> {
        let mut file = self.file();
        let mut next = read(&self.path)?;
        if next.votes.remove(proposal).is_some() {
            write(&self.path, &next)?;
        }
        *file = next;
        Ok(())
    }

    /// The votes the file holds keys for, for the audit.
    #[must_use]
    pub fn votes(&self) -> Vec<ProposalId> {
        self.file().votes.keys().cloned().collect()
    }
}

fn key(digits: &str) -> anyhow::Result<[u8; KEY]> {
    let bytes = unhex(digits).context("the secret file is damaged")?;
    bytes.try_into().map_err(|_| anyhow::anyhow!("the secret file holds a key that is not 32 bytes long"))
}

fn read(path: &Path) -> anyhow::Result<File> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read the secret file {}", path.display()))?;
    let file: File = serde_json::from_str(&text).context("the secret file is damaged")?;
    key(&file.hall)?;
    Ok(file)
}

fn write(path: &Path, file: &File) -> anyhow::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&beside)?;
    out.write_all(serde_json::to_string_pretty(file)?.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&beside, path)?;
    Ok(())
}

/// Seals bytes under any key: a random nonce, then XChaCha20-Poly1305 (RFC 8439 with the extended
/// nonce of draft-irtf-cfrg-xchacha). The length of the result is that of the bytes plus 40.
///
/// # Errors
/// When the bytes are longer than the cipher allows.
pub fn seal(key: &[u8; KEY], context: &[u8], bytes: &[u8]) -> anyhow::Result<Vec<u8>> {
    let nonce = super::db::random::<NONCE>();
    let cipher = XChaCha20Poly1305::new(Key::from_slice(key));
    let sealed = cipher.encrypt(XNonce::from_slice(&nonce), Payload { msg: bytes, aad: context }).map_err(|_| anyhow::anyhow!("cannot seal"))?;
    Ok([nonce.as_slice(), &sealed].concat())
}

/// Opens what [`seal`] sealed.
///
/// # Errors
/// When key, context or bytes are not the same.
pub fn unseal(key: &[u8; KEY], context: &[u8], sealed: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (nonce, body) = sealed.split_at_checked(NONCE).context("too short to be sealed")?;
    let cipher = XChaCha20Poly1305::new(Key::from_slice(key));
    cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: body, aad: context }).map_err(|_| anyhow::anyhow!("cannot unseal: another key, or changed since"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_only_with_the_same_key_and_context() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(&folder.path().join("secret")).unwrap();
        let sealed = secrets.seal("signing key k1", b"private").unwrap();
        assert_eq!(secrets.unseal("signing key k1", &sealed).unwrap(), b"private");
        assert!(secrets.unseal("signing key k2", &sealed).is_err());
        let again = Secrets::open(&folder.path().join("secret")).unwrap();
        assert_eq!(again.unseal("signing key k1", &sealed).unwrap(), b"private");
        let other = Secrets::open(&folder.path().join("other")).unwrap();
        assert!(other.unseal("signing key k1", &sealed).is_err());
    }

    #[test]
    fn a_counted_votes_key_is_gone_from_the_file() {
        use crate::kernel::ids::Id as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        let (one, two) = (Secrets::open(&path).unwrap(), Secrets::open(&path).unwrap());
        let vote = ProposalId::parse("0190a0b0-0000-7000-8000-000000000001").unwrap();
        let key = one.add_vote(&vote).unwrap();
        assert_eq!(two.vote(&vote).unwrap(), key, "another node finds it");
        assert_eq!(two.add_vote(&vote).unwrap(), key, "a notice sent twice keeps the first key");
        one.forget_vote(&vote).unwrap();
        assert!(one.vote(&vote).is_err());
        assert!(!std::fs::read_to_string(&path).unwrap().contains(&hex(&key)));
    }
}
