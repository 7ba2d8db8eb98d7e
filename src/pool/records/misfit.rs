//! What can be wrong with a mapping, and with one line held against it.

/// Why a mapping cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    /// Not TOML or JSON, or not these fields.
    #[error("The mapping cannot be read: {0}")]
    Unreadable(String),
    /// A kind that is no short word.
    #[error("The kind {0:?} must be one word of small letters, digits and underscores, for example transcript.")]
    Kind(String),
    /// A source that is no short word.
    #[error("The source {0:?} must be one word of small letters, digits and underscores, or nothing.")]
    Source(String),
    /// Nobody, or too many.
    #[error("A record needs 1 to 100 contributors; the mapping names {0}.")]
    Contributors(usize),
    /// A share of nothing or too much.
    #[error("The share of {0} must be a whole number from 1 to 10,000.")]
    Share(String),
    /// A role without a word.
    #[error("Give contributor {0} a role, for example agent.")]
    Role(usize),
    /// An author who is no contributor.
    #[error("The part author {0:?} is contributor {1}, but only {2} are named.")]
    Author(String, usize, usize),
    /// Filters without an array.
    #[error("Conditions on parts need the array they are in (each).")]
    OnlyWithoutEach,
    /// An empty place.
    #[error("Say where the {0} stands: a JSON pointer such as /id, a column name, or =text for a fixed one.")]
    Nowhere(&'static str),
}

/// Why one line does not fit the mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Nothing where something must be.
    #[error("no {what} at {place}")]
    Missing {
        /// What was looked for.
        what: &'static str,
        /// Where.
        place: String,
    },
    /// An object or an array where text must be.
    #[error("{place} is not text or a whole number")]
    NotPlain {
        /// Where.
        place: String,
    },
    /// A pointer into a CSV row, or a column of a JSON value.
    #[error("{place} does not fit this kind of file (a pointer begins with /, a column does not)")]
    WrongKind {
        /// Where.
        place: String,
    },
    /// No column of that name.
    #[error("the file has no column {name:?}")]
    NoColumn {
        /// The name.
        name: String,
    },
    /// No array of parts.
    #[error("{place} is not an array")]
    NotAnArray {
        /// Where.
        place: String,
    },
    /// A time that is none.
    #[error("{text:?} is no time; expected seconds since 1970 or 2026-11-24T18:00:00Z")]
    NotATime {
        /// What stood there.
        text: String,
    },
    /// An author the mapping does not know.
    #[error("part {part} is by {author:?}, whom the mapping does not name")]
    UnknownAuthor {
        /// Which part, from 1.
        part: usize,
        /// What stood there.
        author: String,
    },
    /// An origin the mapping does not know.
    #[error("part {part} is of origin {origin:?}, which the mapping does not name")]
    UnknownOrigin {
        /// Which part, from 1.
        part: usize,
        /// What stood there.
        origin: String,
    },
    /// Past a limit of length or number.
    #[error("{what} is longer than {limit} characters")]
    TooLong {
        /// What is.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// More contributors than the mapping allows.
    #[error("more than 100 contributors")]
    TooManyContributors,
    /// A NUL or another control character where a name must be.
    #[error("the {what} holds a control character")]
    Control {
        /// In what.
        what: &'static str,
    },
}
