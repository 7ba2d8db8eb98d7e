//! The one place that reads the time. Everything else is told it.

use crate::kernel::time::Timestamp;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// A source of the present instant: the machine's clock, or one that is moved by hand.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    Machine,
    /// Moved by hand: tests and the demo.
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands still at `at` until moved.
    #[must_use]
    pub fn manual(at: Timestamp) -> Self {
        Self::Manual(Arc::new(AtomicI64::new(at.0)))
    }

    /// The present instant.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::Machine => {
                let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
                Timestamp(since.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX)))
            }
            Self::Manual(at) => Timestamp(at.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward by some microseconds; the machine's does not move.
    pub fn advance(&self, micros: i64) {
        if let Self::Manual(at) = self {
            at.fetch_add(micros, Ordering::SeqCst);
        }
    }
}
