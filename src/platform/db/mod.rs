//! Two databases behind two methods. [`Db::read`] runs on connections that refuse writes, in one
//! snapshot. [`Db::write`] runs a closure in one serialised transaction and answers after its commit.
//!
//! On SQLite all writes queue to one writer that commits them in batches, each in its savepoint;
//! on PostgreSQL each is its own SERIALIZABLE transaction, tried again on conflict. The closure may
//! run more than once, so it touches nothing outside its transaction: no mail, no files, no
//! cryptography worth the name. It learns the time and draws randomness from its [`Tx`] alone.

mod connection;
mod migrate;
mod postgres;
pub mod schema;
mod shape;
mod sqlite;
pub mod transfer;

use crate::error::{Error, NotRecorded, Result};
use crate::kernel::ids::Id;
use crate::kernel::time::Timestamp;
use crate::platform::clock::Clock;
use connection::{Manager, Mode};
pub use connection::{Conn, is_loopback_or_local};
use diesel::r2d2::{Pool, PooledConnection};
pub use migrate::{copy_into, migrate, revert_all};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Runs an expression on whichever concrete connection is there: for the few statements that the
/// multi-connection cannot express, and for the reads of every request, since it writes their SQL
/// anew each time (see ARCHITECTURE: at most ten uses).
macro_rules! each_db {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::platform::db::Conn::Postgres($c) => $body,
            $crate::platform::db::Conn::Sqlite($c) => $body,
        }
    };
}
pub(crate) use each_db;

/// Loads rows that this transaction claims. On PostgreSQL it holds them and passes over those that
/// another node holds; on SQLite there is one writer and nobody to compete with.
macro_rules! claimed {
    ($conn:expr, $query:expr, $load:ident) => {
        match $conn {
            $crate::platform::db::Conn::Postgres(conn) => $query.for_update().skip_locked().$load(conn),
            $crate::platform::db::Conn::Sqlite(conn) => $query.$load(conn),
        }
    };
}
pub(crate) use claimed;

/// One write transaction: a connection, the instant it happens at, and fresh randomness.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    now: Timestamp,
}

impl Tx<'_> {
    /// The instant of this act; every row and journal entry it writes carries the same one.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id, version 7 (RFC 9562), sortable by this act's instant.
    #[must_use]
    pub fn fresh<T: Id>(&self) -> T {
        let millis = u64::try_from(self.now.0 / 1_000).unwrap_or(0);
        let id = uuid::Builder::from_unix_timestamp_millis(millis, &self.random()).into_uuid();
        // A version 7 UUID is always a UUID, so the second arm is never taken.
        T::parse(&id.hyphenated().to_string()).unwrap_or_else(|| self.fresh())
    }

    /// Random bytes from the operating system's generator.
    #[must_use]
    pub fn random<const N: usize>(&self) -> [u8; N] {
        random()
    }
}

/// Random bytes from the operating system's generator, for values made outside a transaction.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::RngCore::fill_bytes(&mut rand::rngs::OsRng, &mut bytes);
    bytes
}

impl std::ops::Deref for Tx<'_> {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        self.conn
    }
}

impl std::ops::DerefMut for Tx<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        self.conn
    }
}

/// Counters for `/metrics`.
#[derive(Debug, Default)]
pub struct Counters {
    /// Writes recorded.
    pub recorded: AtomicU64,
    /// Transactions tried again after a conflict.
    pub retries: AtomicU64,
    /// Writes answered "not recorded".
    pub not_recorded: AtomicU64,
}

struct Shared {
    reads: Pool<Manager>,
    /// None on PostgreSQL, where every read waits for another process.
    glances: Option<Pool<Manager>>,
    writes: Writes,
    clock: Clock,
    counters: Arc<Counters>,
}

enum Writes {
    Sqlite(sqlite::Writer),
    Postgres(Pool<Manager>),
}

/// The database, cheap to clone. See the module for what its two methods promise.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
    lane: Lane,
}

/// Whose write it is: members' acts go before background work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Somebody waits for it.
    Members,
    /// Nobody does.
    Jobs,
}

/// Connections for glances: more than there are threads that serve requests, so none waits.
const GLANCES: u32 = 32;

/// How long a write may take before it is logged.
const SLOW: Duration = Duration::from_millis(50);

impl Db {
    /// Opens the database that `url` names (`sqlite:path` or `postgres://..`), already migrated.
    ///
    /// # Errors
    /// When it cannot be reached or opened.
    pub fn open(url: &str, clock: Clock) -> anyhow::Result<Self> {
        let counters = Arc::new(Counters::default());
        let pool = |mode, size| {
            Pool::builder()
                .max_size(size)
                .min_idle(Some(1))
                .test_on_check_out(false)
                .connection_timeout(Duration::from_secs(2))
                .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
                .build(Manager::new(url, mode))
        };
        let writes = if connection::is_sqlite(url) {
            Writes::Sqlite(sqlite::Writer::start(url.to_owned(), clock.clone(), Arc::clone(&counters))?)
        } else {
            Writes::Postgres(pool(Mode::Write, 12)?)
        };
        let reads = pool(Mode::Read, 8)?;
        let glances = if connection::is_sqlite(url) { Some(pool(Mode::Read, GLANCES)?) } else { None };
        Ok(Self { shared: Arc::new(Shared { reads, glances, writes, clock, counters }), lane: Lane::Members })
    }

    /// The same database, its writes behind those of members.
    #[must_use]
    pub fn for_jobs(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), lane: Lane::Jobs }
    }

    /// The clock that acts are dated by.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// What has been counted since start.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.shared.counters
    }

    /// True for PostgreSQL, for the operator's pages only.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.shared.writes, Writes::Postgres(_))
    }

    /// Reads in one snapshot, off the async threads, on a connection that refuses writes.
    ///
    /// # Errors
    /// Whatever `act` answers; [`NotRecorded`] (503) when no connection can be had within two seconds.
    pub async fn read<T: Send + 'static>(&self, act: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        let shared = Arc::clone(&self.shared);
        off_thread(move || snapshot(&shared.reads, act)).await
    }

    /// The same for reads whose cost does not grow with what is stored: rows found by key, at most
    /// one page of a list. On the embedded database they run where they stand, since handing them
    /// to another thread and back costs as much as they do.
    ///
    /// # Errors
    /// Those of [`Db::read`].
    pub async fn glance<T: Send + 'static>(&self, act: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        match &self.shared.glances {
            Some(pool) => snapshot(pool, act),
            None => self.read(act).await,
        }
    }

    /// Writes in one serialised transaction and answers after its commit. A refusal undoes exactly
    /// what `act` did.
    ///
    /// # Errors
    /// Whatever `act` answers; [`NotRecorded`] (503) when it could not be committed.
    pub async fn write<T: Send + 'static>(&self, act: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        match &self.shared.writes {
            Writes::Sqlite(writer) => writer.queue(self.lane, act).await,
            Writes::Postgres(_) => {
                let shared = Arc::clone(&self.shared);
                off_thread(move || match &shared.writes {
                    Writes::Postgres(pool) => postgres::write(pool, &shared.clock, &shared.counters, postgres::SERIALIZABLE, &act),
                    Writes::Sqlite(_) => Err(NotRecorded.into()),
                })
                .await
            }
        }
    }

    /// A write that competes with others for rows by claiming them (sequencer, job claims, rate
    /// buckets): READ COMMITTED on PostgreSQL, an ordinary write on SQLite.
    pub(in crate::platform) async fn claim<T: Send + 'static>(&self, act: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        match &self.shared.writes {
            Writes::Sqlite(writer) => writer.queue(self.lane, act).await,
            Writes::Postgres(_) => {
                let shared = Arc::clone(&self.shared);
                off_thread(move || match &shared.writes {
                    Writes::Postgres(pool) => postgres::write(pool, &shared.clock, &shared.counters, postgres::READ_COMMITTED, &act),
                    Writes::Sqlite(_) => Err(NotRecorded.into()),
                })
                .await
            }
        }
    }
}

fn snapshot<T>(pool: &Pool<Manager>, act: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    let mut conn = take(pool)?;
    connection::begin_read(&mut conn)?;
    let answer = act(&mut conn);
    connection::end_read(&mut conn)?;
    answer
}

fn take(pool: &Pool<Manager>) -> Result<PooledConnection<Manager>> {
    pool.get().map_err(|_| NotRecorded.into())
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await {
        Ok(answer) => answer,
        Err(panic) => Err(Error::Broken(anyhow::anyhow!("database work broke off: {panic}"))),
    }
}

/// What an act's answer means for its transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// Commit it.
    Keep,
    /// Undo this act alone: a refusal, or a constraint that said no.
    Undo,
    /// Trust nothing of this transaction.
    Abort,
}

fn verdict<T>(answer: &Result<T>) -> Verdict {
    use diesel::result::DatabaseErrorKind as Kind;
    use diesel::result::Error as Diesel;
    match answer {
        Ok(_) => Verdict::Keep,
        Err(Error::Refused(_)) => Verdict::Undo,
        Err(Error::Broken(cause)) => match cause.downcast_ref::<Diesel>() {
            None | Some(Diesel::NotFound | Diesel::DatabaseError(Kind::UniqueViolation | Kind::ForeignKeyViolation | Kind::NotNullViolation | Kind::CheckViolation, _)) => Verdict::Undo,
            Some(_) => Verdict::Abort,
        },
    }
}

/// Runs one act, timed; a panic in it is an error like any other.
fn run<T>(conn: &mut Conn, now: Timestamp, act: &impl Fn(&mut Tx<'_>) -> Result<T>) -> Result<T> {
    let started = Instant::now();
    let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| act(&mut Tx { conn, now })))
        .unwrap_or_else(|_| Err(Error::Broken(anyhow::anyhow!("an act panicked").context(diesel::result::Error::BrokenTransactionManager))));
    let took = started.elapsed();
    if took > SLOW {
        tracing::warn!(millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "slow write");
    }
    answer
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
