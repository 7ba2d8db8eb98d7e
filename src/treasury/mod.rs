//! Money: what came in, how it was shared, and where every cent of it went.

pub mod ledger;
pub mod splits;
