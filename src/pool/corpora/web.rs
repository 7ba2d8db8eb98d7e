//! Pages of corpora: selecting with live counts, freezing, revisions with their proofs, and what the
//! public sees of them.

pub mod builder;
pub mod catalogue;
pub mod corpus;
mod figures;
pub mod revision;
