//! Connections: which database by the URL's scheme, read or write by a setting the server enforces.

use diesel::connection::{AnsiTransactionManager, Connection, SimpleConnection, TransactionManager};
use diesel::pg::PgConnection;
use diesel::r2d2::ManageConnection;
use diesel::result::QueryResult;
use diesel::sqlite::SqliteConnection;

/// A connection to either database.
#[derive(diesel::MultiConnection)]
pub enum Conn {
    /// PostgreSQL.
    Postgres(PgConnection),
    /// SQLite.
    Sqlite(SqliteConnection),
}

/// What a connection may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    Read,
    Write,
}

/// Whether this URL names the embedded database.
pub(super) fn is_sqlite(url: &str) -> bool {
    url.starts_with("sqlite:")
}

/// Whether a PostgreSQL URL stays on this machine, where no TLS is needed.
#[must_use]
pub fn is_loopback_or_local(url: &str) -> bool {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = host.split(['/', '?']).next().unwrap_or("");
    let named = host.trim_start_matches('[').split([']', ':']).next().unwrap_or("");
    let socket = host.is_empty() || url.contains("host=/") || url.contains("host=%2F");
    socket || named == "localhost" || named.starts_with("127.") || host.starts_with("[::1]")
}

/// Opens one connection. The scheme decides; nothing is tried in turn.
pub(super) fn open(url: &str, mode: Mode) -> anyhow::Result<Conn> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let mut conn = SqliteConnection::establish(path)?;
        // FULL: a commit that was answered survives power loss. secure_delete: a destroyed ballot
        // key is gone from the file, not only from the tables.
        conn.batch_execute(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
             PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 2000;",
        )?;
        if mode == Mode::Read {
            conn.batch_execute("PRAGMA query_only = ON;")?;
        }
        return Ok(Conn::Sqlite(conn));
    }
    let mut conn = PgConnection::establish(url)?;
    conn.batch_execute("SET TIME ZONE 'UTC'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '60s';")?;
    if mode == Mode::Read {
        conn.batch_execute("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY;")?;
    }
    Ok(Conn::Postgres(conn))
}

/// Begins with the statement that fits each database.
pub(super) fn begin(conn: &mut Conn, postgres: &str, sqlite: &str) -> QueryResult<()> {
    match conn {
        Conn::Postgres(inner) => AnsiTransactionManager::begin_transaction_sql(inner, postgres),
        Conn::Sqlite(inner) => AnsiTransactionManager::begin_transaction_sql(inner, sqlite),
    }
}

/// One snapshot for all reads of a page.
pub(super) fn begin_read(conn: &mut Conn) -> QueryResult<()> {
    begin(conn, "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN DEFERRED")
}

pub(super) fn end_read(conn: &mut Conn) -> QueryResult<()> {
    rollback(conn)
}

pub(super) fn commit(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::commit_transaction(conn)
}

pub(super) fn rollback(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::rollback_transaction(conn)
}

/// A savepoint inside the open transaction; [`commit`] or [`rollback`] ends it.
pub(super) fn savepoint(conn: &mut Conn) -> QueryResult<()> {
    <Conn as Connection>::TransactionManager::begin_transaction(conn)
}

/// Makes connections for the pools.
#[derive(Debug)]
pub struct Manager {
    url: String,
    mode: Mode,
}

impl Manager {
    pub(super) fn new(url: &str, mode: Mode) -> Self {
        Self { url: url.to_owned(), mode }
    }
}

/// A connection that could not be had.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct ConnectError(String);

impl ManageConnection for Manager {
    type Connection = Conn;
    type Error = ConnectError;

    fn connect(&self) -> Result<Conn, ConnectError> {
        open(&self.url, self.mode).map_err(|cause| ConnectError(cause.to_string()))
    }

    fn is_valid(&self, conn: &mut Conn) -> Result<(), ConnectError> {
        conn.batch_execute("SELECT 1").map_err(|cause| ConnectError(cause.to_string()))
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        std::thread::panicking() || <Conn as Connection>::TransactionManager::is_broken_transaction_manager(conn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_goes_without_tls() {
        for local in ["postgres://a:b@127.0.0.1:5432/x", "postgres://localhost/x", "postgres://u@[::1]:5/x", "postgres:///x?host=/tmp"] {
            assert!(is_loopback_or_local(local), "{local}");
        }
        for remote in ["postgres://db.example/x", "postgres://a:b@10.0.0.1/x", "postgres://127.0.0.1@evil.example/x"] {
            assert!(!is_loopback_or_local(remote), "{remote}");
        }
    }
}
