//! Everything a request or a job may reach, put together once at start and passed on; no statics.

use crate::config::Config;
use crate::kernel::time::Timestamp;
use crate::platform::clock::Clock;
use crate::platform::db::{self, Db};
use crate::platform::mail::Post;
use crate::platform::secrets::Secrets;
use crate::platform::storage::Blobs;
use crate::platform::web::passwords::Hasher;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The program's parts, cheap to clone.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// Large files.
    pub blobs: Blobs,
    /// The secret file.
    pub secrets: Arc<Secrets>,
    /// Where mail goes.
    pub post: Post,
    /// Settings.
    pub config: Arc<Config>,
    /// Password hashing, bounded.
    pub hasher: Hasher,
    /// True once a stop was asked for, so that readiness says no first.
    pub draining: Arc<AtomicBool>,
}

impl App {
    /// Opens everything the configuration names; the database is brought up to date first.
    ///
    /// # Errors
    /// When something cannot be reached or opened.
    pub fn open(config: Config, clock: Clock) -> anyhow::Result<Self> {
        db::migrate(&config.database_url)?;
        Ok(Self {
            db: Db::open(&config.database_url, clock)?,
            blobs: Blobs::open(&config.storage_url)?,
            secrets: Arc::new(Secrets::open(&config.secret_file)?),
            post: Post::new(config.smtp_url.as_deref(), &config.mail_from, config.mail_folder.clone())?,
            hasher: Hasher::new(),
            config: Arc::new(config),
            draining: Arc::default(),
        })
    }

    /// The present instant, by the clock that acts are dated by.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.db.clock().now()
    }

    /// An address of this hall as the outside knows it: `link("/verify")`.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.config.public_url)
    }
}
