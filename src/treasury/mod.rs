//! Money: what came in, how it was shared, and where every cent of it went. A receipt is recorded,
//! a run shares it out by the voted split, a payout sends it; each step is posted to the ledger and
//! takes two people.

pub mod entries;
pub mod ledger;
pub mod payouts;
pub mod receipts;
pub mod splits;
pub mod statements;
