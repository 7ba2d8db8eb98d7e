//! Runs.
pub mod exact;
pub mod rules;
