//! The ledger.
pub mod accounts;
pub mod rules;
