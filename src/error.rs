//! The two families of error. *Refused* is expected: typed per slice, explained, leads on, 4xx.
//! *Broken* is not: opaque to the user but for a reference number, logged once, at the edge.

use std::any::Any;
use std::fmt::{Debug, Display};

/// An expected "no". Its `Display` is the sentence people read.
pub trait Refusal: Any + Debug + Display + Send + Sync {
    /// HTTP status: 4xx, or 503 where waiting helps.
    fn status(&self) -> u16 {
        422
    }
    /// The form field it is about, so that it is shown beside it.
    fn field(&self) -> Option<&'static str> {
        None
    }
    /// Where to go from here: a label and a path.
    fn next(&self) -> Option<(String, String)> {
        None
    }
}

/// What a verb answers when it does not do what was asked.
#[derive(Debug)]
pub enum Error {
    /// Expected, explained.
    Refused(Box<dyn Refusal>),
    /// Unexpected, with its cause.
    Broken(anyhow::Error),
}

/// The result of a verb.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The refusal as its slice's own type, for tests and for pages that treat one case apart.
    #[must_use]
    pub fn refusal<R: Refusal>(&self) -> Option<&R> {
        match self {
            Self::Refused(refusal) => (refusal.as_ref() as &dyn Any).downcast_ref(),
            Self::Broken(_) => None,
        }
    }
}

impl<R: Refusal> From<R> for Error {
    fn from(refusal: R) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

macro_rules! broken_from {
    ($($source:ty),+ $(,)?) => {$(
        impl From<$source> for Error {
            fn from(source: $source) -> Self {
                Self::Broken(source.into())
            }
        }
    )+};
}
broken_from!(diesel::result::Error, serde_json::Error, std::io::Error, object_store::Error, anyhow::Error);

/// Nothing here, or nothing this actor may know of: the two look the same, so that nobody can
/// probe for other cooperatives' things.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("There is nothing here, or nothing you may see.")]
pub struct NotFound;

impl Refusal for NotFound {
    fn status(&self) -> u16 {
        404
    }
}

/// The hall could not record an act: too much at once, a full disk, a database that is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("This was not recorded. Nothing was changed. Try again in a moment.")]
pub struct NotRecorded;

impl Refusal for NotRecorded {
    fn status(&self) -> u16 {
        503
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => write!(f, "{refusal}"),
            Self::Broken(cause) => write!(f, "{cause:#}"),
        }
    }
}

/// Turns "no such row" into [`NotFound`].
pub trait OrNotFound<T> {
    /// The value, or the refusal that says nothing.
    ///
    /// # Errors
    /// [`NotFound`] when there is none; the cause when looking failed.
    fn or_not_found(self) -> Result<T>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self) -> Result<T> {
        self.ok_or_else(|| NotFound.into())
    }
}

impl<T> OrNotFound<T> for diesel::QueryResult<T> {
    fn or_not_found(self) -> Result<T> {
        match self {
            Err(diesel::result::Error::NotFound) => Err(NotFound.into()),
            other => Ok(other?),
        }
    }
}

impl Refusal for crate::kernel::actor::ConfirmRefusal {
    fn field(&self) -> Option<&'static str> {
        Some("password")
    }
}
