//! The term sheet: the one structure that proposals, offers and licences share, and everything
//! that is generated from it. Whatever it does not permit is prohibited.

mod clauses;
mod price;
mod sheet;

pub use clauses::{Change, Clause, clauses, diff};
pub use price::{Price, Quantities, Unit};
pub use sheet::*;
