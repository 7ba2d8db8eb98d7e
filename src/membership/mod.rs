//! Who belongs: people with accounts, cooperatives with bylaws, and who holds which role in which.

pub mod accounts;
pub mod complaints;
pub mod coops;
pub mod invitations;
pub mod leaving;
pub mod mandates;
