//! Who belongs: people with accounts, cooperatives with bylaws, and who holds which role in which.

pub mod accounts;
pub mod coops;
pub mod mandates;
