//! What waits for somebody: one small function a department, each a query and nothing else. A
//! person's home shows what waits for them; the desk shows every queue of the cooperative.

mod assembly;
mod bargaining;
mod membership;
mod pool;
mod treasury;

pub use bargaining::for_buyer;

use crate::error::Result;
use crate::kernel::time::Timestamp;
use crate::membership::coops::{Coop, Role, Standing};
use crate::platform::db::Conn;

/// Where and for whom a department looks.
pub struct Place<'a> {
    /// The cooperative.
    pub coop: &'a Coop,
    /// The reader.
    pub reader: &'a Standing,
    /// The present instant.
    pub now: Timestamp,
}

impl Place<'_> {
    /// Whether the reader may act in this office.
    #[must_use]
    pub fn may(&self, role: Role) -> bool {
        self.reader.may(role)
    }

    /// An address in the cooperative.
    #[must_use]
    pub fn link(&self, rest: &str) -> String {
        format!("/c/{}{rest}", self.coop.slug)
    }
}

/// One thing that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// The queue it stands in on the desk; empty for what is one person's own.
    pub queue: &'static str,
    /// What to do, beginning with a verb.
    pub words: String,
    /// Where.
    pub link: String,
    /// Since when it waits, or until when it can be done.
    pub at: Timestamp,
    /// Whether the reader is one who may do it.
    pub mine: bool,
}

/// The queues of the desk, in the order of the story.
pub const QUEUES: [&str; 10] =
    ["Applications", "Standing", "Complaints", "Screenings", "Claims", "Drafts", "Challenges", "Deals", "Money in and out", "Runs"];

/// Everything that waits in a cooperative, as far as the reader may know of it.
///
/// # Errors
/// When the database does.
pub fn all(conn: &mut Conn, place: &Place<'_>) -> Result<Vec<Task>> {
    let mut tasks = assembly::tasks(conn, place)?;
    tasks.extend(membership::tasks(conn, place)?);
    tasks.extend(pool::tasks(conn, place)?);
    tasks.extend(bargaining::tasks(conn, place)?);
    tasks.extend(treasury::tasks(conn, place)?);
    Ok(tasks)
}

/// A title in a list; of a very long one the first words.
#[must_use]
pub fn short(title: &str) -> String {
    if title.chars().count() > 120 { format!("{}...", title.chars().take(117).collect::<String>().trim_end()) } else { title.to_owned() }
}
