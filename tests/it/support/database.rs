//! A database for one test: a copy of a migrated SQLite file, or a clone of a migrated PostgreSQL
//! database. Nothing is ever truncated.

use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, PgConnection};
use guildhall::platform::db;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

static NUMBER: AtomicU32 = AtomicU32::new(0);

pub struct Database {
    pub url: String,
    drop: Option<String>,
}

/// The PostgreSQL server to test on, if one is named.
#[expect(clippy::disallowed_methods, reason = "tests are told by the environment where to run")]
pub fn postgres() -> Option<String> {
    std::env::var("GUILDHALL_TEST_POSTGRES").ok().filter(|url| !url.is_empty())
}

fn admin(server: &str, sql: &str) {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _turn = ONE_AT_A_TIME.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    PgConnection::establish(&format!("{server}/postgres")).expect("the server").batch_execute(sql).expect("an order to the server");
}

impl Database {
    pub fn fresh(folder: &Path) -> Self {
        match postgres() {
            Some(server) => Self::clone_of_template(&server),
            None => Self::copy_of_template(folder),
        }
    }

    pub fn copy_of_template(folder: &Path) -> Self {
        static TEMPLATE: OnceLock<tempfile::TempDir> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let folder = tempfile::tempdir().expect("a folder");
            db::migrate(&format!("sqlite:{}", folder.path().join("t.db").display())).expect("migrations");
            folder
        });
        let file = folder.join("hall.db");
        for end in ["", "-wal"] {
            let from = template.path().join(format!("t.db{end}"));
            if from.exists() {
                std::fs::copy(from, format!("{}{end}", file.display())).expect("a copy");
            }
        }
        Self { url: format!("sqlite:{}", file.display()), drop: None }
    }

    fn clone_of_template(server: &str) -> Self {
        static TEMPLATE: OnceLock<String> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let name = format!("template_{}", std::process::id());
            admin(server, &format!("DROP DATABASE IF EXISTS {name}; "));
            admin(server, &format!("CREATE DATABASE {name}"));
            db::migrate(&format!("{server}/{name}")).expect("migrations");
            name
        });
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
        admin(server, &format!("CREATE DATABASE {name} TEMPLATE {template}"));
        Self { url: format!("{server}/{name}"), drop: Some(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) }
    }

    fn name(&self) -> &str {
        self.url.rsplit('/').next().unwrap_or_default()
    }

    /// A copy of a database whose hall was stopped, to be copied further.
    pub fn keep(&self, folder: &Path) -> Self {
        if let (Some(server), true) = (postgres(), self.url.starts_with("postgres")) {
            // A pool may close its connections a moment after its hall; a template takes none.
            admin(&server, &format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name()));
            return self.copy_in(&server);
        }
        let file = folder.join("hall.db");
        super::world::copy_database(&self.url, &file);
        Self { url: format!("sqlite:{}", file.display()), drop: None }
    }

    /// A copy of a database that nobody uses.
    pub fn copy(&self, folder: &Path) -> Self {
        match postgres() {
            Some(server) => self.copy_in(&server),
            None => {
                let file = folder.join("hall.db");
                std::fs::copy(self.url.trim_start_matches("sqlite:"), &file).expect("a copy");
                Self { url: format!("sqlite:{}", file.display()), drop: None }
            }
        }
    }

    fn copy_in(&self, server: &str) -> Self {
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::SeqCst));
        admin(server, &format!("CREATE DATABASE {name} TEMPLATE {}", self.name()));
        Self { url: format!("{server}/{name}"), drop: Some(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")) }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let (Some(sql), Some(server)) = (&self.drop, postgres()) {
            admin(&server, sql);
        }
    }
}
