//! Migrations, embedded for both databases under equal names.

use super::connection::{self, Conn, Mode};
use diesel::connection::SimpleConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");

/// Two nodes that start at once take turns; the number is Guildhall's own.
const LOCK: &str = "SELECT pg_advisory_lock(7305804402)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(7305804402)";

/// Brings the database up to date and says how many steps that took. An SQLite file and its folder
/// are made when they are not there.
///
/// # Errors
/// When the database cannot be reached or a step fails.
pub fn migrate(url: &str) -> anyhow::Result<usize> {
    if let Some(folder) = url.strip_prefix("sqlite:").and_then(|path| std::path::Path::new(path).parent()) {
        std::fs::create_dir_all(folder)?;
    }
    let run = match connection::open(url, Mode::Write)? {
        Conn::Postgres(mut conn) => {
            conn.batch_execute(LOCK)?;
            let run = conn.run_pending_migrations(POSTGRES).map(|steps| steps.len());
            conn.batch_execute(UNLOCK)?;
            run
        }
        Conn::Sqlite(mut conn) => conn.run_pending_migrations(SQLITE).map(|steps| steps.len()),
    };
    run.map_err(|cause| anyhow::anyhow!("migration failed: {cause}"))
}

/// Writes a consistent copy of an embedded database into a new file while it is in use.
///
/// # Errors
/// When it is not an embedded one, or the file cannot be written.
pub fn copy_into(url: &str, file: &std::path::Path) -> anyhow::Result<()> {
    use diesel::RunQueryDsl as _;
    match connection::open(url, Mode::Write)? {
        Conn::Postgres(_) => anyhow::bail!("PostgreSQL is copied by its own tools"),
        Conn::Sqlite(mut conn) => {
            let name = file.display().to_string();
            diesel::sql_query("VACUUM INTO $1").bind::<diesel::sql_types::Text, _>(name).execute(&mut conn)?;
            Ok(())
        }
    }
}

/// Takes every step back, leaving an empty database.
///
/// # Errors
/// When the database cannot be reached or a step fails.
pub fn revert_all(url: &str) -> anyhow::Result<usize> {
    let run = match connection::open(url, Mode::Write)? {
        Conn::Postgres(mut conn) => conn.revert_all_migrations(POSTGRES).map(|steps| steps.len()),
        Conn::Sqlite(mut conn) => conn.revert_all_migrations(SQLITE).map(|steps| steps.len()),
    };
    run.map_err(|cause| anyhow::anyhow!("migration failed: {cause}"))
}
