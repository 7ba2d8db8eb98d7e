//! Password hashing: argon2id at the floor of the OWASP cheat sheet, off the async threads, at most
//! a few at once and a bounded queue behind them, so that a flood of sign-ins cannot starve votes.

use crate::error::{Error, NotRecorded, Result};
use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Memory in KiB, passes and lanes: m = 19 MiB, t = 2, p = 1.
const COST: (u32, u32, u32) = (19_456, 2, 1);
/// How many may wait; one more is answered 503.
const QUEUE: usize = 64;

/// The bounded hasher.
#[derive(Clone, Debug)]
pub struct Hasher {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

fn argon2() -> Argon2<'static> {
    let (memory, passes, lanes) = COST;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(memory, passes, lanes, None).unwrap_or_default())
}

impl Hasher {
    /// One hash at a time for every core but one, and never none.
    #[must_use]
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self { permits: Arc::new(Semaphore::new(cores.saturating_sub(1).max(1))), waiting: Arc::default() }
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        if self.waiting.fetch_add(1, Ordering::SeqCst) >= QUEUE {
            self.waiting.fetch_sub(1, Ordering::SeqCst);
            return Err(NotRecorded.into());
        }
        let permit = Arc::clone(&self.permits).acquire_owned().await;
        self.waiting.fetch_sub(1, Ordering::SeqCst);
        let _permit = permit.map_err(anyhow::Error::from)?;
        tokio::task::spawn_blocking(work).await.map_err(anyhow::Error::from)?
    }

    /// The PHC string of a password with a fresh salt.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || {
            let salt = SaltString::encode_b64(&crate::platform::db::random::<16>()).map_err(broken)?;
            Ok(argon2().hash_password(password.as_bytes(), &salt).map_err(broken)?.to_string())
        })
        .await
    }

    /// Whether a password is the one behind a PHC string. An empty string stands for "no such
    /// account" and costs the same time.
    ///
    /// # Errors
    /// 503 when too many wait.
    pub async fn matches(&self, password: &str, stored: &str) -> Result<bool> {
        let (password, stored) = (password.to_owned(), stored.to_owned());
        self.run(move || {
            let Ok(hash) = PasswordHash::new(&stored) else {
                let salt = SaltString::encode_b64(&[0; 16]).map_err(broken)?;
                argon2().hash_password(password.as_bytes(), &salt).map_err(broken)?;
                return Ok(false);
            };
            Ok(argon2().verify_password(password.as_bytes(), &hash).is_ok())
        })
        .await
    }

    /// Whether a stored hash is cheaper than today's cost, to be made anew at sign-in.
    #[must_use]
    pub fn is_stale(stored: &str) -> bool {
        let Ok(hash) = PasswordHash::new(stored) else { return false };
        let cost = Params::try_from(&hash).map(|p| (p.m_cost(), p.t_cost(), p.p_cost()));
        cost.is_ok_and(|(memory, passes, _)| memory < COST.0 || passes < COST.1)
    }
}

fn broken(cause: argon2::password_hash::Error) -> Error {
    Error::Broken(anyhow::anyhow!("password hashing: {cause}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_matches_itself_to_the_last_character() {
        let hasher = Hasher::new();
        let long = "x".repeat(80);
        let stored = hasher.hash(&long).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.matches(&long, &stored).await.unwrap());
        assert!(!hasher.matches(&format!("{}y", "x".repeat(79)), &stored).await.unwrap());
        assert!(!hasher.matches("anything", "").await.unwrap());
        assert!(Hasher::is_stale(&stored.replace("m=19456", "m=8192")));
        assert!(!Hasher::is_stale(&stored));
    }
}
