//! One integration binary. Every test has its own hall: its own database, folder, clock and port.
//! It runs on SQLite, or on PostgreSQL where GUILDHALL_TEST_POSTGRES names a server; bin/test runs
//! it on both.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that meets what it does not expect has to fail there; what holds for tests holds for what they share"
)]

mod support;

mod accounts;
mod architecture;
mod audit;
mod audit_corpora;
mod audit_licences;
mod audit_votes;
mod backup;
mod buyers;
mod ballots;
mod complaints;
mod coops;
mod corpora;
mod db;
mod desk;
mod faults;
mod deliveries;
mod guard;
mod import;
mod journal;
mod ledger;
mod licences;
mod mandates;
mod matrix;
mod money_shown;
mod move_coop;
mod offers;
mod operations;
mod payouts;
mod pool;
mod proposals;
mod runs;
mod scenario_chain;
mod security;
mod tariff;
mod standing;
mod treasury_pages;
mod votes;
