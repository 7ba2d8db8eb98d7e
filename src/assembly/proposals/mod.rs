//! Proposals.

pub mod ladder;
pub mod tally;
