//! Writes on SQLite: one writer thread, two lanes, group commit. It takes what is queued (the commit
//! in progress is the batching window), runs each act in its savepoint, commits once, and only then
//! answers. A refusal or a violated constraint undoes its own savepoint; any other database error
//! fails the whole batch and the connection is opened anew, for after a full disk SQLite has rolled
//! back the transaction and later savepoints would stand outside any.

use super::connection::{self, Conn, Mode};
use super::{Counters, Lane, Tx, Verdict, count, run, verdict};
use crate::error::{NotRecorded, Result};
use crate::kernel::time::Timestamp;
use crate::platform::clock::Clock;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use tokio::sync::oneshot;

/// How many acts may wait; one more is answered 503.
const ROOM: usize = 4_096;
/// How many members' acts one commit serves, and how many jobs' steps.
const BATCH: usize = 512;
const JOBS_A_BATCH: usize = 4;

trait Act: Send {
    fn run(&mut self, conn: &mut Conn, now: Timestamp) -> Verdict;
    fn answer(self: Box<Self>, committed: bool);
}

struct Waiting<F, T> {
    act: F,
    answer: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T: Send, F: Fn(&mut Tx<'_>) -> Result<T> + Send> Act for Waiting<F, T> {
    fn run(&mut self, conn: &mut Conn, now: Timestamp) -> Verdict {
        let answer = run(conn, now, &self.act);
        let verdict = verdict(&answer);
        self.answer = Some(answer);
        verdict
    }

    fn answer(self: Box<Self>, committed: bool) {
        let answer = match self.answer {
            Some(answer) if committed => answer,
            _ => Err(NotRecorded.into()),
        };
        // Whoever asked may have gone away; the act stands all the same.
        let _ = self.reply.send(answer);
    }
}

#[derive(Default)]
struct Queues {
    members: VecDeque<Box<dyn Act>>,
    jobs: VecDeque<Box<dyn Act>>,
    closed: bool,
}

struct Desk {
    queues: Mutex<Queues>,
    bell: Condvar,
}

/// The queue in front of the one writer.
pub(super) struct Writer {
    desk: Arc<Desk>,
    counters: Arc<Counters>,
}

impl Writer {
    pub(super) fn start(url: String, clock: Clock, counters: Arc<Counters>) -> anyhow::Result<Self> {
        let conn = connection::open(&url, Mode::Write)?;
        let desk = Arc::new(Desk { queues: Mutex::default(), bell: Condvar::new() });
        let (at_desk, counted) = (Arc::clone(&desk), Arc::clone(&counters));
        std::thread::Builder::new().name("writer".to_owned()).spawn(move || serve(&at_desk, &url, conn, &clock, &counted))?;
        Ok(Self { desk, counters })
    }

    pub(super) async fn queue<T: Send + 'static>(&self, lane: Lane, act: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> Result<T> {
        let (reply, answer) = oneshot::channel();
        {
            let mut queues = self.desk.queues.lock().unwrap_or_else(PoisonError::into_inner);
            let queue = match lane {
                Lane::Members => &mut queues.members,
                Lane::Jobs => &mut queues.jobs,
            };
            if queue.len() >= ROOM {
                count(&self.counters.not_recorded);
                return Err(NotRecorded.into());
            }
            queue.push_back(Box::new(Waiting { act, answer: None, reply }));
        }
        self.desk.bell.notify_one();
        answer.await.unwrap_or_else(|_| Err(NotRecorded.into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.desk.queues.lock().unwrap_or_else(PoisonError::into_inner).closed = true;
        self.desk.bell.notify_one();
    }
}

fn next_batch(desk: &Desk) -> Option<Vec<Box<dyn Act>>> {
    let mut queues = desk.queues.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        let members = queues.members.len().min(BATCH);
        let mut batch: Vec<_> = queues.members.drain(..members).collect();
        let jobs = queues.jobs.len().min(JOBS_A_BATCH);
        batch.extend(queues.jobs.drain(..jobs));
        if !batch.is_empty() {
            return Some(batch);
        }
        if queues.closed {
            return None;
        }
        queues = desk.bell.wait(queues).unwrap_or_else(PoisonError::into_inner);
    }
}

fn serve(desk: &Desk, url: &str, conn: Conn, clock: &Clock, counters: &Counters) {
    let mut conn = Some(conn);
    while let Some(mut batch) = next_batch(desk) {
        if conn.is_none() {
            conn = connection::open(url, Mode::Write).inspect_err(|cause| tracing::error!(%cause, "cannot open the database")).ok();
        }
        let committed = conn.as_mut().is_some_and(|conn| commit_batch(conn, &mut batch, clock));
        if !committed {
            conn = None;
        }
        for act in batch {
            count(if committed { &counters.recorded } else { &counters.not_recorded });
            act.answer(committed);
        }
    }
}

fn commit_batch(conn: &mut Conn, batch: &mut [Box<dyn Act>], clock: &Clock) -> bool {
    let done = (|| {
        connection::begin(conn, "BEGIN", "BEGIN IMMEDIATE")?;
        for act in batch.iter_mut() {
            connection::savepoint(conn)?;
            match act.run(conn, clock.now()) {
                Verdict::Keep => connection::commit(conn)?,
                Verdict::Undo => connection::rollback(conn)?,
                Verdict::Abort => return Err(diesel::result::Error::RollbackTransaction),
            }
        }
        connection::commit(conn)
    })();
    if let Err(cause) = &done {
        tracing::error!(%cause, acts = batch.len(), "batch not recorded");
        let _ = connection::rollback(conn);
    }
    done.is_ok()
}
