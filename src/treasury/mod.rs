//! Money: what came in, how it was shared, and where every cent of it went. A receipt is recorded,
//! a run shares it out by the voted split, a payout sends it; each step is posted to the ledger and
//! takes two people.

pub mod books;
pub mod entries;
pub mod ledger;
pub mod payouts;
mod people;
pub mod receipts;
pub mod splits;
pub mod statements;
pub mod waiting;
pub mod web;
